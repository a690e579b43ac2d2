"""Golden values for src/features/pitch*, from librosa 0.11's pyin itself.

usage: .deps/test/bin/python tests/golden/make_pitch.py

Needs espeak-ng. Writes beside itself, in pitch/:
  VOICE.i16    two seconds of an espeak-ng voice at 16 kHz, raw little-endian 16-bit samples
  expected.tsv signal, samples, rate, fmin, fmax, frame_length, hop_length, no_trough_prob,
               f0 of each frame as its pitch bin (- where unvoiced), voiced_prob of each frame

The other signals are formulas that pitch_test.cc has too, rounded to 16 bits so that the last bit of a sine does
not matter.
"""

import pathlib
import subprocess
import tempfile
import warnings

import librosa
import numpy as np
import soundfile

HERE = pathlib.Path(__file__).parent / "pitch"
SENTENCE = "Seven wise men were arguing about money, while the quick brown fox ran away."
VOICES = {"male_english": "en+m1", "male_german": "de+m3", "female_english": "en+f2", "female_french": "fr+f3"}
RATE = 16000
# Around whole hops, halves of frames and frames.
LENGTHS = [1, 2, 3, 17, 100, 511, 512, 513, 1023, 1024, 1025, 1500, 2047, 2048, 2049, 3000, 4095, 4096, 4097, 5000]


def noise(samples: int) -> np.ndarray:
    """White noise between -1 and 1 from a linear congruential generator."""
    state = 1
    out = np.empty(samples)
    for i in range(samples):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = (state >> 16) / 32768 - 1
    return out


def sine(frequency: float, t: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * t)


def formulas(samples: int) -> dict:
    """Signals by name, made as if for 16,000 samples a second whatever their rate is said to be later."""
    i = np.arange(samples)
    t = i / RATE
    return {
        "tone_100": lambda: 0.9 * sine(100, t),
        "tone_220": lambda: 0.5 * sine(220, t),
        "tone_499": lambda: 0.9 * sine(499, t),
        "tone_below_range": lambda: 0.9 * sine(40, t),
        "chirp": lambda: 0.8 * np.sin(2 * np.pi * (60 * t + 135 * t * t)),
        "vibrato": lambda: 0.8 * np.sin(2 * np.pi * 220 * t + 8 * np.sin(2 * np.pi * 5 * t)),
        "missing_fundamental": lambda: 0.25 * (sine(390, t) + sine(520, t) + sine(650, t) + sine(780, t)),
        "jump": lambda: np.where(i < RATE, 0.9 * sine(100, t), 0.9 * sine(410, t)),
        "gap": lambda: np.where((i > 8000) & (i < 18000), 0, 0.9 * sine(200, t)),
        "clipped": lambda: np.clip(5 * sine(150, t), -1, 1),
        "square": lambda: np.where(i % 128 < 64, 0.7, -0.7),
        "impulses": lambda: np.where(i % 100 == 0, 0.9, 0),
        "one_impulse": lambda: np.where(i == 777, 0.9, 0),
        "constant": lambda: np.full(samples, 0.3),
        "ramp": lambda: t / 2,
        "silence": lambda: np.zeros(samples),
        "noise": lambda: 0.3 * noise(samples),
        "faint_noise": lambda: noise(samples) / 30000,
        "noisy_tone": lambda: 0.3 * sine(180, t) + 0.5 * noise(samples),
    }


def formula(name: str, samples: int) -> np.ndarray:
    return to_16_bits(formulas(samples)[name]())


def to_16_bits(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values * 32767), -32768, 32767).astype(np.int16)


def speech(voice: str) -> np.ndarray:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-w", file.name, SENTENCE], check=True)
        samples, rate = soundfile.read(file.name, dtype="float32")
    return to_16_bits(librosa.resample(samples, orig_sr=rate, target_sr=RATE)[: 2 * RATE])


def with_noise(samples: np.ndarray) -> np.ndarray:
    return to_16_bits(samples / 32768 + 0.05 * noise(len(samples)))


def row(name: str, samples: np.ndarray, rate=RATE, fmin=65.0, fmax=500.0, frame=2048, hop=512, no_trough=0.01) -> str:
    f0, voiced, probability = librosa.pyin(
        samples.astype(np.float32) / 32768,
        sr=rate,
        fmin=fmin,
        fmax=fmax,
        frame_length=frame,
        hop_length=hop,
        no_trough_prob=no_trough,
    )
    bins = ["-" if not v else str(round(120 * np.log2(f / fmin))) for f, v in zip(f0, voiced, strict=True)]
    settings = [name, len(samples), rate, fmin, fmax, frame, hop, no_trough]
    return "\t".join([*map(str, settings), ",".join(bins), ",".join(f"{p:.7g}" for p in probability)])


def main() -> None:
    warnings.filterwarnings("ignore")
    HERE.mkdir(exist_ok=True)
    rows = [row(name, formula(name, 2 * RATE)) for name in formulas(0)]
    for file, voice in VOICES.items():
        samples = speech(voice)
        samples.astype("<i2").tofile(HERE / f"{file}.i16")
        rows += [row(file, samples), row(f"{file}+noise", with_noise(samples))]
        rows += [
            row(file, samples, frame=1024, hop=160),
            row(file, samples, fmin=50.0, fmax=2093.0, frame=2000, hop=400),
        ]
        rows += [row(f"{file}+noise", with_noise(samples), rate=22050), row(file, samples, rate=8000)]
        rows += [row(file, samples, no_trough=0.1), row(f"{file}+noise", with_noise(samples), no_trough=0.1)]
    for name in ("chirp", "noisy_tone", "clipped"):
        rows += [row(name, formula(name, RATE), rate=rate) for rate in (8000, 11025, 44100, 48000)]
        rows += [row(name, formula(name, RATE), fmin=80.0, fmax=400.0, frame=1001, hop=300)]
        rows += [row(name, formula(name, length)) for length in LENGTHS]
    (HERE / "expected.tsv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
