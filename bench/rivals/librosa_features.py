"""What a careful script computes with librosa, numpy and scipy, and how fast: one STFT, functionals along an axis.

usage: librosa_features.py [--set librosa-full|spectral] [--processes 2] [--repeat 1] FILE...

The rival of `voxlake features`: the same columns, from the same files, over windows of 3 s every second (one partial
window where the clip is shorter); it unpacks, trims and writes nothing. Prints one line of JSON: seconds of audio,
seconds taken (imports and numba's warm-up left out), and processor seconds, which other work on the machine disturbs
less.
"""

import argparse
import json
import multiprocessing
import os
import time
import warnings

# One thread a process: as many processes as cores.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"

import librosa  # noqa: E402
import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402

RATE = 16000
HOP = 512


def descriptors(y: np.ndarray, name: str) -> list[np.ndarray]:
    magnitude = np.abs(librosa.stft(y))
    power = magnitude**2
    decibels = librosa.power_to_db(librosa.feature.melspectrogram(S=power, sr=RATE))
    mfcc = librosa.feature.mfcc(S=decibels, n_mfcc=90 if name == "librosa-full" else 20)
    series = [librosa.feature.zero_crossing_rate(y), librosa.feature.rms(y=y)]
    # The closed form would be faster than poly_features, which fits by least squares; so do both sides call it.
    series.append(librosa.feature.poly_features(S=magnitude, sr=RATE))
    if name == "librosa-full":
        mel = librosa.feature.melspectrogram(S=power, sr=RATE, n_mels=90)
        series += [mel, librosa.power_to_db(mel, ref=np.max)]
    series.append(mfcc)
    if name == "spectral" and mfcc.shape[1] >= 9:
        series += [librosa.feature.delta(mfcc), librosa.feature.delta(mfcc, order=2)]
    series.append(librosa.feature.spectral_contrast(S=magnitude, sr=RATE))
    centroid = librosa.feature.spectral_centroid(S=magnitude, sr=RATE)
    series += [centroid, librosa.feature.spectral_bandwidth(S=magnitude, sr=RATE, centroid=centroid)]
    series += [librosa.feature.spectral_flatness(S=magnitude), librosa.feature.spectral_rolloff(S=magnitude, sr=RATE)]
    if name == "spectral":
        series.append(librosa.feature.chroma_stft(S=power, sr=RATE, tuning=0))
    return series


def functionals(x: np.ndarray) -> np.ndarray:
    """The fifteen functionals of each row."""
    x = x.astype(np.float64)
    mean = x.mean(axis=1)
    variance = x.var(axis=1)
    mode = stats.mode(x, axis=1)
    low, q1, median, q3, high = np.percentile(x, [0, 25, 50, 75, 100], axis=1)
    with np.errstate(all="ignore"):
        entropy = np.where(low < 0, np.nan, stats.entropy(np.where(x < 0, 0, x), axis=1))
    return np.column_stack(
        [mean, median, mode.mode, mode.count, low, high, high - low, variance, np.sqrt(variance), q1, q3, q3 - q1,
         entropy, stats.kurtosis(x, axis=1), stats.skew(x, axis=1)]
    )  # fmt: skip


def featurise(task: tuple[str, str]) -> tuple[float, float]:
    """Seconds of audio, seconds of processor time."""
    start_of_work = time.process_time()
    warnings.filterwarnings("ignore")
    path, name = task
    y, _ = librosa.load(path, sr=RATE)
    frames = np.vstack(descriptors(y, name))
    f0 = librosa.pyin(y, fmin=65, fmax=500, sr=RATE, no_trough_prob=0.1)[0] if name == "spectral" else None
    length = 3 * RATE
    starts = range(0, len(y) - length + 1, RATE) if len(y) >= length else [0]
    for start in starts:
        end = min(start + length, len(y))
        chosen = slice(-(-start // HOP), -(-end // HOP)) if len(y) >= length else slice(None)
        functionals(y[np.newaxis, start:end])
        functionals(frames[:, chosen])
        if f0 is not None and not np.isnan(f0[chosen]).all():
            functionals(f0[chosen][~np.isnan(f0[chosen])][np.newaxis])
    return len(y) / RATE, time.process_time() - start_of_work


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--set", default="librosa-full", choices=["librosa-full", "spectral"])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    tasks = [(file, options.set) for file in options.files]
    with multiprocessing.Pool(options.processes) as pool:
        pool.map(featurise, tasks[:1] * options.processes, chunksize=1)  # imports and numba's caches
        start = time.perf_counter()
        results = pool.map(featurise, tasks * options.repeat, chunksize=1)
        taken = time.perf_counter() - start
    seconds, processor = (sum(column) for column in zip(*results, strict=True))
    print(json.dumps({"audio_seconds": seconds, "seconds": taken, "processor_seconds": {"all": processor}}))


if __name__ == "__main__":
    main()
