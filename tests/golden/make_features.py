"""Golden values for src/features, from librosa 0.11, numpy and scipy themselves.

usage: .deps/test/bin/python tests/golden/make_features.py      (needs espeak-ng)

Writes beside itself, in features/, files of records. A record is a line `name type rows columns`, then the values as
raw little-endian numbers, row after row:
  signals.records   the signals, in steps of 2^-15 (i2); noiseN is the first N samples of noise5000
  frames.records    descriptors of every frame (f8), `SIGNAL/DESCRIPTOR`
  windows.records   `SIGNAL/SET/WINDOWING`: a row a window; columns are descriptor by descriptor as in descriptors.txt,
                    row by row, functional by functional (f4, NaN where undefined)
  descriptors.txt   the descriptors of each set, in order, and their numbers of rows: `SET DESCRIPTOR ROWS`
  pitch_windows.records `SIGNAL/WINDOWING`: a row a window; the functionals of f0, f0_semitones, voicing, hnr and
                    aperiodicity, then f0_voiced_share (f4). speech+noise is speech plus noise5000 over and over
  summaries.records functionals of series: `NAME/values` and `NAME/summary` (f8)

The descriptors are taken as librosa returns them and widened to float64 for the functionals.
"""

import pathlib
import subprocess
import tempfile
import warnings

import librosa
import numpy as np
from scipy import stats

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent / "features"
RATE = 16000
FULL = [
    "signal", "zcr", "rms", "poly", "mel", "mel_db", "mfcc", "contrast", "centroid", "bandwidth", "flatness", "rolloff",
]  # fmt: skip


def summarise(x: np.ndarray) -> list[float]:
    """mean median mode mode_count min max range var std q1 q3 iqr entropy kurtosis skewness"""
    x = np.asarray(x, dtype=np.float64)
    if np.isnan(x).any() or not len(x):
        return [np.nan] * 15
    mode = stats.mode(x)
    q1, q3 = np.percentile(x, [25, 75])
    entropy = stats.entropy(x) if x.min() >= 0 and x.sum() > 0 else np.nan
    shape = [stats.kurtosis(x), stats.skew(x)] if x.min() < x.max() else [np.nan, np.nan]
    return [
        x.mean(), np.median(x), mode.mode, mode.count, x.min(), x.max(), np.ptp(x), x.var(), x.std(), q1, q3, q3 - q1,
        entropy, *shape,
    ]  # fmt: skip


def descriptors(y: np.ndarray, mfcc_rows: int) -> dict[str, np.ndarray]:
    mfcc = librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=mfcc_rows)
    mel = librosa.feature.melspectrogram(y=y, sr=RATE, n_mels=90)
    long_enough = mfcc.shape[1] >= 9
    undefined = np.full(mfcc.shape, np.nan)
    return {
        "zcr": librosa.feature.zero_crossing_rate(y),
        "rms": librosa.feature.rms(y=y),
        "poly": librosa.feature.poly_features(y=y, sr=RATE),
        "mel": mel,
        "mel_db": librosa.power_to_db(mel, ref=np.max),
        "mfcc": mfcc,
        "mfcc_delta": librosa.feature.delta(mfcc) if long_enough else undefined,
        "mfcc_delta2": librosa.feature.delta(mfcc, order=2) if long_enough else undefined,
        "contrast": librosa.feature.spectral_contrast(y=y, sr=RATE),
        "centroid": librosa.feature.spectral_centroid(y=y, sr=RATE),
        "bandwidth": librosa.feature.spectral_bandwidth(y=y, sr=RATE),
        "flatness": librosa.feature.spectral_flatness(y=y),
        "rolloff": librosa.feature.spectral_rolloff(y=y, sr=RATE),
        "chroma": librosa.feature.chroma_stft(y=y, sr=RATE, tuning=0),
    }


def pitch_series(y: np.ndarray) -> dict[str, np.ndarray]:
    """As librosa gives them, NaN where a series leaves a frame out."""
    fmin, fmax = 65, 500
    f0, _, voiced_prob = librosa.pyin(y, fmin=fmin, fmax=fmax, sr=RATE, no_trough_prob=0.1)
    # What pyin finds its troughs in, and how: librosa does not return it.
    padded = librosa.util.frame(np.pad(y, 1024), frame_length=2048, hop_length=512)
    difference = librosa.core.pitch._cumulative_mean_normalized_difference(padded, RATE // fmax, -(-RATE // fmin))
    is_trough = librosa.util.localmin(difference, axis=0)
    is_trough[0] = difference[0] < difference[1]
    aperiodicity = np.where(is_trough, difference, 1).min(axis=0).astype(np.float32)
    noise = np.clip(aperiodicity.astype(np.float64), 0.001, 0.999)
    return {
        "f0": f0,
        "f0_semitones": 12 * np.log2(f0 / 100),
        "voicing": voiced_prob,
        "hnr": np.where(np.isnan(f0), np.nan, 10 * np.log10((1 - noise) / noise)),
        "aperiodicity": aperiodicity,
    }


def describe_pitch(y: np.ndarray, windowing: str) -> np.ndarray:
    series, rows = pitch_series(y), []
    for _, _, selected in windows(len(y), windowing):
        row = []
        for values in series.values():
            row += summarise(values[selected][~np.isnan(values[selected])])
        rows.append([*row, (~np.isnan(series["f0"][selected])).mean()])
    return np.array(rows, dtype="<f4")


def windows(samples: int, windowing: str) -> list[tuple[int, int, slice]]:
    """Samples and frames of each window: 3 s every second, or everything."""
    length = 3 * RATE
    if windowing == "whole" or samples < length:
        return [(0, samples, slice(None))]
    starts = range(0, samples - length + 1, RATE)
    return [(s, s + length, slice(-(-s // 512), -(-(s + length) // 512))) for s in starts]


def describe(y: np.ndarray, names: list[str], mfcc_rows: int, windowing: str) -> tuple[dict[str, int], np.ndarray]:
    frames = descriptors(y, mfcc_rows)
    rows_of, rows = {}, []
    for begin, end, selected in windows(len(y), windowing):
        row = []
        for name in names:
            series = [y[begin:end]] if name == "signal" else frames[name][:, selected]
            rows_of[name] = len(series)
            for values in series:
                row += summarise(values)
        rows.append(row)
    return rows_of, np.array(rows, dtype="<f4")


def speech() -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "speech.wav"
        subprocess.run(["espeak-ng", "-v", "en-us+f2", "-s", "150", "-w", file, "Speech, in windows."], check=True)
        return librosa.load(file, sr=RATE)[0]


def signals() -> dict[str, np.ndarray]:
    t = np.arange(20000) / RATE
    random = np.random.default_rng(20240229)
    noise = random.normal(0, 0.1, 5000)
    impulse = np.zeros(4000)
    impulse[1500] = 1
    made = {
        "speech": speech()[:19000],
        "tone": 0.5 * np.sin(2 * np.pi * 440 * t[:6000]),
        "chirp": 0.8 * np.sin(2 * np.pi * (100 * t[:9000] + 5000 * t[:9000] ** 2)),
        "constant": np.full(4000, 0.5),
        "silence": np.zeros(6000),
        "impulse": impulse,
        "clipped": np.clip(4 * np.sin(2 * np.pi * 250 * t[:6000]), -1, 1),
        "burst": np.concatenate([np.zeros(4000), noise[:2000], np.zeros(4000)]),
        # Windows slide over it: long, and loud at one end only, so that decibels refer to a maximum outside the window.
        "long": np.concatenate([random.normal(0, 0.3, 9000), random.normal(0, 0.003, 55100)]),
    }
    for length in (1, 2, 3, 100, 511, 512, 513, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 5000):
        made[f"noise{length}"] = noise[:length]
    return {name: np.clip(np.round(y * 32768), -32768, 32767) for name, y in made.items()}


class Records:
    def __init__(self, name: str):
        self.file = (HERE / name).open("wb")

    def add(self, name: str, values: np.ndarray) -> None:
        values = np.atleast_2d(values)
        self.file.write(f"{name} {values.dtype.str[1:]} {values.shape[0]} {values.shape[1]}\n".encode())
        self.file.write(np.ascontiguousarray(values).tobytes())


def write_summaries() -> None:
    out = Records("summaries.records")
    random = np.random.default_rng(7)
    series = {f"normal{n}": random.normal(3, 2, n) for n in (1, 2, 3, 4, 5, 8, 17, 93, 94, 200)}
    series |= {f"positive{n}": random.random(n) for n in (1, 2, 94)}
    series |= {
        "ties": np.round(random.normal(0, 3, 94)),
        "equal": np.full(94, 0.1),
        "zeros": np.zeros(10),
        "tiny": random.random(50) * 1e-30,
        "offset": 1e6 + random.random(94),
        "half": np.array([0.0] * 5 + [1.0] * 5),
    }
    for name, values in series.items():
        out.add(f"{name}/values", values)
        out.add(f"{name}/summary", np.array(summarise(values)))


def write_pitch(signals: dict[str, np.ndarray]) -> None:
    out = Records("pitch_windows.records")
    signals = signals | {"speech+noise": signals["speech"] + np.resize(signals["noise5000"], len(signals["speech"]))}
    skipped = {name for name in signals if name.startswith("noise")} - {"noise1", "noise2049", "noise5000"}
    for name in sorted(signals.keys() - skipped):
        windowing = "sliding" if name == "long" else "whole"
        out.add(f"{name}/{windowing}", describe_pitch(signals[name].astype(np.float32) / 32768, windowing))


def main() -> None:
    HERE.mkdir(exist_ok=True)
    stored, frames, described = Records("signals.records"), Records("frames.records"), Records("windows.records")
    spectral = [*FULL, "mfcc_delta", "mfcc_delta2", "chroma"]
    spectral = [name for name in spectral if not name.startswith("mel")]
    rows_of = {}
    for name, whole in signals().items():
        if not name.startswith("noise") or name == "noise5000":
            stored.add(name, whole.astype("<i2"))
        y = whole.astype(np.float32) / 32768
        if name in ("speech", "noise5000", "burst", "noise1"):
            for descriptor, values in descriptors(y, 20).items():
                frames.add(f"{name}/{descriptor}", values.astype("<f8"))
        windowing = "sliding" if name == "long" else "whole"
        if name in ("speech", "chirp", "long", "noise1", "noise2049", "silence", "impulse", "clipped"):
            rows_of["librosa-full"], values = describe(y, FULL, 90, windowing)
            described.add(f"{name}/librosa-full/{windowing}", values)
        rows_of["spectral"], values = describe(y, spectral, 20, windowing)
        described.add(f"{name}/spectral/{windowing}", values)
    lines = [f"{name} {descriptor} {rows}\n" for name, each in rows_of.items() for descriptor, rows in each.items()]
    (HERE / "descriptors.txt").write_text("".join(lines))
    write_pitch(signals())
    write_summaries()


if __name__ == "__main__":
    main()
