"""Small, well-formed files for the fuzz targets to start from.

usage: .deps/test/bin/python tests/fuzz/make_seeds.py
"""

import gzip
import io
import pathlib
import tarfile
import zipfile

import numpy as np
import pyarrow
import soundfile
from pyarrow import parquet

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


def options_and_samples(which: int, windows: int, rate: int, repeats: int, samples: np.ndarray) -> bytes:
    """As features_fuzz.cc reads it: a set, a rate of its list, windows of 0.6 s every 0.2 s, then the samples."""
    is_float = samples.dtype == np.float32
    options = bytes([which, 0, rate, windows, 48, 16, 24, 30, 0 if is_float else 1, repeats])
    return options + samples.tobytes()


def signals() -> dict[str, bytes]:
    random = np.random.default_rng(1)
    tone = (12000 * np.sin(2 * np.pi * 125 / 16000 * np.arange(1280))).astype("<i2")
    noise = random.integers(-3000, 3000, 600).astype("<i2")
    bad = np.array([0.5, np.nan, np.inf, -1e30, 1e-40], "<f4")
    return {
        "spectral_sliding_tone": options_and_samples(0, 0, 0, 12, tone),
        "spectral_session_gaps": options_and_samples(0, 1, 0, 4, np.concatenate([tone, np.zeros(900, "<i2")])),
        "full_whole_noise": options_and_samples(1, 2, 0, 6, noise),
        "full_48_khz": options_and_samples(1, 0, 3, 20, noise),
        "classic_sliding": options_and_samples(2, 0, 0, 12, tone),
        "contrast_too_high": options_and_samples(0, 2, 1, 1, tone),
        "not_finite": options_and_samples(0, 2, 0, 1, bad),
        "one_sample": options_and_samples(0, 0, 0, 0, tone[5:6]),
        # A set with entries left out and functionals of its own, another frame and hop.
        "own": bytes([0, 200]) + bytes([200] * 200) + tone.tobytes(),
    }


def footer() -> bytes:
    """Of a Parquet file with two row groups and the columns that footer_fuzz.cc asks for."""
    table = pyarrow.table(
        {"corpus": ["c"] * 4, "archive": list("aabb"), "signal": [[0.5, 1.0]] * 4, "n": [1, None, 3, 4], "a": [1.0] * 4}
    )
    file = io.BytesIO()
    parquet.write_table(table, file, row_group_size=2)
    content = file.getvalue()
    length = int.from_bytes(content[-8:-4], "little")
    return content[-8 - length : -8]


TEXTS = {
    "delta_log/commit.json": """\
{"commitInfo":{"timestamp":1,"operation":"COPY","operationParameters":{"corpus":"c"},"engineInfo":"e","txnId":"t"}}
{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}
{"metaData":{"id":"i","format":{"provider":"parquet","options":{}},"schemaString":"{\\"type\\":\\"struct\\",\\"fields\\":[]}",\
"partitionColumns":["p"],"configuration":{"delta.appendOnly":"true"},"createdTime":5}}
{"txn":{"appId":"voxlake/ingest","version":3,"lastUpdated":7}}
{"add":{"path":"part%20one.parquet","partitionValues":{"p":null},"size":10,"modificationTime":9,"dataChange":true,\
"stats":"{\\"numRecords\\":3,\\"minValues\\":{\\"a\\":1}}","tags":{"k":"v"}}}
{"remove":{"path":"old.parquet","deletionTimestamp":4,"dataChange":true,"size":8,"extendedFileMetadata":true}}
""",
    "headers/whole": 'HTTP/1.1 200 OK\r\nETag: W/"a"\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n'
    "Last-Modified: Sun, 06 Nov 1994 08:49:30 GMT\r\nContent-Type: text/html\r\n\r\n",
    "headers/range": 'HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-9/10\r\nETag: "b"\r\n\r\n',
    "headers/moved": "HTTP/1.1 302 Found\r\nLocation: https://u:p@[::ffff:10.0.0.1]:8/a?sig=s#f\r\nRetry-After: 12\r\n",
    "headers/extent": "bytes 0-99/1234",
    "headers/unsatisfied": "bytes */1234",
    "headers/date": "Sun, 06 Nov 1994 08:49:37 GMT",
    "headers/url": "https://user:password@host.example:8443/a b/\u00e9.tgz?token=t&x=1",
    "headers/address": "::ffff:169.254.169.254%eth0",
    "labels/README": "User Name:ann\r\n\r\nSpeaker Characteristics:\r\n\r\nGender: [female];\r\nAge Range: Adult\r\n"
    "Language: EN\r\nPronunciation dialect: n/a\r\n",
    "labels/PROMPTS": "ann-20080101-abc/mfc/a0001 HELLO THERE\na0002 The prompt.\n",
    "labels/translated": "Geschlecht: m\u00e4nnlich\rSprache: DE\rAltersgruppe: Erwachsener\r",
    "listing/apache.html": '<html><body><pre><a href="?C=N;O=D">Name</a><a href="../">Up</a>\n'
    '<img src="x"> <a href="ann-20080101-abc.tgz">ann-20080101-a..&gt;</a> 01-Jan-2008 10:00 1.2M\n</pre>',
    "listing/odd.html": "<base href='http://h/b/'><a href=\"two%20words.tgz\">a</a>"
    "<A HREF=//e/x.TAR.GZ><a href='%2e%2e%2fx.tgz'>",
    "manifest/two.json": """[{"BaseURL":"http://h/b/","RelativeURL":"a.tgz","FileName":"a.tgz"},
{"BaseURL":"http://h/","RelativeURL":"/x/b%20c.tar.gz","FileName":"b c.tar.gz"}]""",
    "manifest/empty.json": "[]",
}


if __name__ == "__main__":
    for folder in ("decode", "archive", "features"):
        (HERE / folder).mkdir(parents=True, exist_ok=True)
    for name, container, subtype, channels in AUDIO:
        (HERE / "decode" / name).write_bytes(audio(container, subtype, channels))
    for name, kind in (("gnu.tar", tarfile.GNU_FORMAT), ("pax.tar", tarfile.PAX_FORMAT)):
        (HERE / "archive" / name).write_bytes(tar(kind))
    (HERE / "archive" / "gnu.tgz").write_bytes(gzip.compress(tar(tarfile.GNU_FORMAT), mtime=0))
    (HERE / "archive" / "deflated.zip").write_bytes(zipped())
    for path, text in TEXTS.items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_bytes(text.encode())
    (HERE / "labels" / "latin1").write_bytes("Geschlecht: weiblich\r\nDialekt: Schw\u00e4bisch\r\n".encode("latin-1"))
    (HERE / "footer").mkdir(exist_ok=True)
    (HERE / "footer" / "two_groups").write_bytes(footer())
    for name, content in signals().items():
        (HERE / "features" / name).write_bytes(content)
