"""Small, well-formed files for the fuzz targets to start from.

usage: .deps/test/bin/python tests/fuzz/make_seeds.py
"""

import gzip
import io
import pathlib
import tarfile
import zipfile

import numpy as np
import soundfile

HERE = pathlib.Path(__file__).parent / "seeds"
AUDIO = [
    ("pcm8.wav", "WAV", "PCM_U8", 1),
    ("pcm16_stereo.wav", "WAV", "PCM_16", 2),
    ("float.wav", "WAV", "FLOAT", 1),
    ("adpcm.wav", "WAV", "MS_ADPCM", 1),
    ("extensible.wav", "WAVEX", "PCM_24", 1),
    ("rf64.wav", "RF64", "PCM_16", 1),
    ("w64.wav", "W64", "PCM_16", 1),
    ("plain.flac", "FLAC", "PCM_16", 1),
    ("vorbis.ogg", "OGG", "VORBIS", 1),
    ("opus.ogg", "OGG", "OPUS", 1),
    ("ulaw.sph", "NIST", "ULAW", 1),
]


def audio(container: str, subtype: str, channels: int, frames: int = 200) -> bytes:
    ramp = np.linspace(-0.5, 0.5, frames * channels).reshape(frames, channels)
    file = io.BytesIO()
    soundfile.write(file, ramp, 8000, subtype=subtype, format=container)
    return file.getvalue()


def members() -> dict[str, bytes]:
    return {
        "ann-20080101-abc/etc/README": b"Gender: Female\r\nAge Range: Adult\r\n",
        "ann-20080101-abc/etc/PROMPTS": b"ann-20080101-abc/mfc/a1 HELLO\n",
        "ann-20080101-abc/wav/a1.wav": audio("WAV", "PCM_16", 1),
        "ann-20080101-abc/wav/._a1.wav": b"Mac OS X",
        "ann-20080101-abc/flac/a1.flac": audio("FLAC", "PCM_16", 1),
        "ann-20080101-abc/" + "d" * 120 + "/\u00e9.wav": audio("WAV", "PCM_U8", 1, 20),
    }


def tar(kind: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=kind) as archive:
        for name, content in members().items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("ann-20080101-abc/wav/link.wav")
        link.type, link.linkname = tarfile.SYMTYPE, "a1.wav"
        archive.addfile(link)
    return file.getvalue().rstrip(b"\0") + bytes(1024)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members().items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


if __name__ == "__main__":
    for folder in ("decode", "archive"):
        (HERE / folder).mkdir(parents=True, exist_ok=True)
    for name, container, subtype, channels in AUDIO:
        (HERE / "decode" / name).write_bytes(audio(container, subtype, channels))
    for name, kind in (("gnu.tar", tarfile.GNU_FORMAT), ("pax.tar", tarfile.PAX_FORMAT)):
        (HERE / "archive" / name).write_bytes(tar(kind))
    (HERE / "archive" / "gnu.tgz").write_bytes(gzip.compress(tar(tarfile.GNU_FORMAT), mtime=0))
    (HERE / "archive" / "deflated.zip").write_bytes(zipped())
