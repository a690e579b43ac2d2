"""Golden values for src/audio, from librosa 0.11 itself.

usage: .deps/test/bin/python tests/golden/make_audio.py

Writes beside itself, in audio/:
  NAME.EXT        short audio files of every encoding, rate and channel count that matters (made with soundfile)
  NAME.mono.f32   what librosa.load(file, sr=None, mono=True) gives, raw little-endian float32
  NAME.16k.f32    what librosa.load(file, sr=16000, mono=True) gives
  files.tsv       file, format, rate, channels, frames
  trim.tsv        top_db, seed, segments (samples:amplitude,…), start, end as librosa.effects.trim gives them

Signals are formulas of whole numbers (see `noise`), so that the C++ tests make the same bits.
"""

import pathlib
import warnings

import librosa
import numpy as np
import soundfile

HERE = pathlib.Path(__file__).parent / "audio"


def noise(samples: int, seed: int) -> np.ndarray:
    """Whole numbers from -16384 to 16383, each a hash of its index and the seed."""
    x = np.arange(samples, dtype=np.uint64) + np.uint64(seed) * np.uint64(1_000_003)
    x = x * np.uint64(2_654_435_761) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(15)
    x = x * np.uint64(2_246_822_519) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(13)
    return (x & np.uint64(0x7FFF)).astype(np.int64) - 16384


def signal(seed: int, segments: list[tuple[int, int]]) -> np.ndarray:
    """Noise in steps of loudness: amplitudes are 0 to 512 (full scale is 512)."""
    gain = np.concatenate([np.full(samples, amplitude, dtype=np.int64) for samples, amplitude in segments])
    return (noise(len(gain), seed) * gain).astype(np.float32) / np.float32(1 << 23)


def speechlike(rate: int, seconds: float, channels: int) -> np.ndarray:
    t = np.arange(int(rate * seconds)) / rate

    def voice(c: int) -> np.ndarray:
        return 0.4 * np.sin(2 * np.pi * (180 + 70 * c) * t) * np.sin(2 * np.pi * 3 * t + c) + 0.1 * np.sin(
            2 * np.pi * 1900 * t + c
        )

    return (
        np.stack([voice(c) for c in range(channels)], axis=1)
        + 0.02 * noise(len(t) * channels, rate).reshape(-1, channels) / 16384
    )


# name, format, subtype, rate, channels, other arguments
FILES = [
    ("pcm8_8000", "WAV", "PCM_U8", 8000, 1, {}),
    ("pcm16_16000", "WAV", "PCM_16", 16000, 1, {}),
    ("pcm16_11025", "WAV", "PCM_16", 11025, 1, {}),
    ("pcm16_12345", "WAV", "PCM_16", 12345, 1, {}),
    ("pcm16_22050_stereo", "WAV", "PCM_16", 22050, 2, {}),
    ("pcm16_16000_stereo", "WAV", "PCM_16", 16000, 2, {}),
    ("pcm16_8000_5_channels", "WAV", "PCM_16", 8000, 5, {}),
    ("pcm16_8000_13_channels", "WAV", "PCM_16", 8000, 13, {}),
    ("pcm24_44100", "WAV", "PCM_24", 44100, 1, {}),
    ("pcm24_48000_extensible", "WAVEX", "PCM_24", 48000, 2, {}),
    ("pcm32_32000", "WAV", "PCM_32", 32000, 1, {}),
    ("float_44100", "WAV", "FLOAT", 44100, 1, {}),
    ("double_16000", "WAV", "DOUBLE", 16000, 2, {}),
    ("big_endian_16000", "WAV", "PCM_16", 16000, 1, {"endian": "BIG"}),
    ("alaw_8000", "WAV", "ALAW", 8000, 1, {}),
    ("ulaw_8000", "WAV", "ULAW", 8000, 1, {}),
    ("adpcm_22050", "WAV", "IMA_ADPCM", 22050, 1, {}),
    ("rf64_16000", "RF64", "PCM_16", 16000, 1, {}),
    ("w64_16000", "W64", "PCM_16", 16000, 1, {}),
    ("flac16_16000", "FLAC", "PCM_16", 16000, 1, {}),
    ("flac24_48000_stereo", "FLAC", "PCM_24", 48000, 2, {}),
    ("vorbis_22050", "OGG", "VORBIS", 22050, 1, {}),
    ("opus_48000", "OGG", "OPUS", 48000, 1, {}),
    ("sphere_16000", "NIST", "PCM_16", 16000, 1, {"endian": "BIG"}),
    ("sphere_8000_ulaw", "NIST", "ULAW", 8000, 1, {}),
]
FORMATS = {
    "WAV": ("wav", "wav"),
    "WAVEX": ("wav", "wav"),
    "RF64": ("wav", "wav"),
    "W64": ("wav", "wav"),
    "FLAC": ("flac", "flac"),
    "OGG": ("ogg", "ogg"),
    "NIST": ("sph", "sphere"),
}
LENGTHS = [*range(1, 80), *range(80, 5001, 61), 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097]


def write_files() -> None:
    rows = []
    for name, container, subtype, rate, channels, other in FILES:
        extension, format_name = FORMATS[container]
        path = HERE / f"{name}.{extension}"
        soundfile.write(path, speechlike(rate, 0.12, channels), rate, subtype=subtype, format=container, **other)
        native, native_rate = librosa.load(path, sr=None, mono=True)
        native.astype("<f4").tofile(HERE / f"{name}.mono.f32")
        librosa.load(path, sr=16000, mono=True)[0].astype("<f4").tofile(HERE / f"{name}.16k.f32")
        rows.append(f"{path.name}\t{format_name}\t{native_rate}\t{channels}\t{len(native)}\n")
    (HERE / "files.tsv").write_text("".join(rows))


def margin(y: np.ndarray, top_db: float) -> float:
    """How near the nearest frame is to the threshold, in dB."""
    rms = librosa.feature.rms(y=y).astype(np.float64)[0]
    reference = max(rms.max(), 1e-5)
    return float(np.min(np.abs(20 * np.log10(np.maximum(rms, 1e-5) / reference) + top_db)))


def trim_row(top_db: float, seed: int, segments: list[tuple[int, int]]) -> str:
    _, (start, end) = librosa.effects.trim(signal(seed, segments), top_db=top_db)
    return f"{top_db:g}\t{seed}\t{','.join(f'{n}:{a}' for n, a in segments)}\t{start}\t{end}\n"


def write_trim() -> None:
    random = np.random.default_rng(20080827)
    rows = [trim_row(20, n, [(n, 300)]) for n in LENGTHS]
    rows += [trim_row(20, n, [(n, 0)]) for n in (1, 511, 512, 513, 2048, 5000)]  # silence
    rows += [trim_row(20, n, [(n, 0), (1, 512), (5000 - n, 0)]) for n in range(0, 5000, 83)]  # an impulse
    rows += [
        trim_row(top_db, 7, [(3000, 2), (4000, 400), (3000, 9)])
        for top_db in (-5, 0, 0.5, 3, 10, 20, 33.25, 40, 60, 100)
    ]
    for seed in range(600):
        count = int(random.integers(1, 6))
        segments = [
            (int(random.integers(1, 6000)), int(random.choice([0, 1, 3, 12, 40, 51, 130, 512]))) for _ in range(count)
        ]
        rows.append(trim_row(20, seed, segments))
    # Edges near the threshold: of many tries the ones with a frame nearest to -20 dB.
    # 2e-5 dB is as near as librosa's answer does not
    # depend on the processor (see src/audio/trim.cc).
    tries = []
    for seed in range(1000, 9000):
        loud = int(random.integers(200, 513))
        before = (int(random.integers(2048, 5000)), round(loud / 10) + int(random.integers(-1, 2)))
        segments = [before, (3000, loud), (int(random.integers(2048, 5000)), round(loud / 10))]
        tries.append((margin(signal(seed, segments), 20), seed, segments))
    rows += [trim_row(20, seed, segments) for near, seed, segments in sorted(tries) if near > 2e-5][:300]
    (HERE / "trim.tsv").write_text("".join(rows))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    HERE.mkdir(exist_ok=True)
    write_files()
    write_trim()
