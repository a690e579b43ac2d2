"""How much a feature set tells of a voice: gender, by speakers that were not trained on.

usage: bench/worth.py --work FOLDER CORPUS…

A CORPUS is a folder GENDER/SPEAKER/*.wav of recordings of your own. Each is taken as it is, and as made-up
amateurs would have recorded it: each speaker with a microphone, a room's noise and hum, a level of their own.
Compared are `spectral`, parts of it, `librosa-full`, and openSMILE's eGeMAPSv02 where the Python package
opensmile is there (its licence is for research: it is a rival here and nothing that Voxlake has or needs).

Imputed by the mean, standardised, logistic regression, five folds of speakers; the balanced accuracy is over
all windows at once. Needs numpy, scipy, soundfile, librosa, polars and scikit-learn, and build/voxlake.
"""

import argparse
import re
import subprocess
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import librosa
import numpy
import polars
import scipy.signal
import soundfile
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ROOT = Path(__file__).resolve().parent.parent
RATE, LENGTH, HOP = 16000, 3.0, 1.0
CONDITIONS = ["clean", "amateur", "noisy"]
PITCH = re.compile(r"^(f0|voicing|hnr|aperiodicity)")


def coloured(random: numpy.random.Generator, samples: int, slope: float) -> numpy.ndarray:
    """Noise whose power falls with frequency to the power of `slope`, of unit power."""
    spectrum = numpy.fft.rfft(random.normal(size=samples))
    spectrum[1:] *= numpy.arange(1, len(spectrum)) ** (-slope / 2)
    noise = numpy.fft.irfft(spectrum, samples)
    return noise / noise.std()


def record(signal: numpy.ndarray, speaker: str, clip: str, condition: str) -> numpy.ndarray:
    """The recording as the speaker's equipment would have made it: the same for all of a speaker but for the noise."""
    if condition == "clean":
        return signal
    own = numpy.random.default_rng(zlib.crc32(f"{speaker} {condition}".encode()))
    random = numpy.random.default_rng(zlib.crc32(clip.encode()))
    low, high = own.uniform(40, 250), own.uniform(3400, 7900)
    band = scipy.signal.butter(2, [low, high], "bandpass", fs=RATE, output="sos")
    tilt = own.uniform(-0.6, 0.6)
    decibels = own.uniform(15, 35) if condition == "amateur" else own.uniform(3, 15)
    speech = scipy.signal.lfilter([1, tilt], [1], scipy.signal.sosfilt(band, signal))
    level = numpy.sqrt(numpy.mean(speech**2)) + 1e-9
    noise = coloured(random, len(signal), own.uniform(0, 1.5))
    hum = numpy.sin(2 * numpy.pi * own.choice([50, 60]) * numpy.arange(len(signal)) / RATE) * own.uniform(0, 1)
    noise = noise + 1.4 * hum * (own.random() < 0.4)
    mixed = speech + noise / noise.std() * level * 10 ** (-decibels / 20)
    return numpy.clip(mixed / numpy.abs(mixed).max() * own.uniform(0.1, 1.3), -1, 1)


def prepare(task: tuple[Path, Path, str]) -> None:
    source, target, condition = task
    if target.exists():
        return
    signal, rate = soundfile.read(source, dtype="float32", always_2d=True)
    signal = librosa.resample(signal.mean(axis=1), orig_sr=rate, target_sr=RATE)
    made = record(signal, source.parent.name, source.name, condition)
    target.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(target, made, RATE, subtype="PCM_16")


def egemaps(task: tuple[Path, list[tuple[float, float]]]) -> numpy.ndarray:
    import opensmile

    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
    signal, _ = librosa.effects.trim(soundfile.read(task[0], dtype="float32")[0], top_db=20)
    parts = [signal[round(begin * RATE) : round(end * RATE)] for begin, end in task[1]]
    return numpy.concatenate([smile.process_signal(part, RATE).to_numpy(dtype=float) for part in parts])


def windows_of(folder: Path, set_name: str, program: Path) -> polars.DataFrame:
    """The program's rows for all files in the folder, cached beside it."""
    cache = folder.with_suffix(f".{set_name}.parquet")
    if not cache.exists():
        files = sorted(str(path) for path in folder.rglob("*.wav"))
        parts = []
        for i in range(0, len(files), 400):
            part = cache.with_suffix(f".{i}")
            command = [
                program,
                "features",
                *files[i : i + 400],
                "--set",
                set_name,
                "--format",
                "parquet",
                "-q",
                "-o",
                part,
            ]
            if subprocess.run(command).returncode not in (0, 3):
                sys.exit("voxlake features failed")
            parts.append(polars.read_parquet(part))
            part.unlink()
        polars.concat(parts).write_parquet(cache)
    return polars.read_parquet(cache)


def balanced_accuracy(
    values: numpy.ndarray, labels: numpy.ndarray, speakers: numpy.ndarray, strength: float = 1.0
) -> float:
    model = make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(max_iter=3000, C=strength)
    )
    folds = GroupKFold(5)
    predicted = cross_val_predict(model, values, labels, groups=speakers, cv=folds)
    return balanced_accuracy_score(labels, predicted)


def parts_of(columns: list[str]) -> dict[str, list[str]]:
    """Sets of columns to compare, by name."""
    pitch = [c for c in columns if PITCH.match(c)]
    families = dict.fromkeys(
        re.match(r"[a-z0-9]+(_db|_delta2?|_semitones)?", c).group() for c in columns if c not in pitch
    )
    parts = {"spectral": columns, "without pitch": [c for c in columns if c not in pitch], "pitch alone": pitch}
    for family in families:
        own = re.compile(rf"^{family}(_\d\d)?_[a-z]")
        parts[f"less {family}"] = [c for c in columns if not own.match(c) or c.startswith(f"{family}_delta")]
        parts[f"{family} alone"] = [c for c in columns if c not in parts[f"less {family}"]]
    return parts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "voxlake")
    parser.add_argument("--parts", action="store_true", help="each family of columns alone, and all but each")
    parser.add_argument("corpora", type=Path, nargs="+")
    arguments = parser.parse_args()
    for corpus in arguments.corpora:
        for condition in CONDITIONS:
            folder = arguments.work / f"{corpus.name}-{condition}"
            sources = sorted(corpus.glob("*/*/*.wav"))
            tasks = [(path, folder / path.relative_to(corpus), condition) for path in sources]
            with ProcessPoolExecutor(2) as pool:
                list(pool.map(prepare, tasks, chunksize=16))
            compare(folder, f"{corpus.name}, {condition}", arguments)


def compare(folder: Path, title: str, arguments: argparse.Namespace) -> None:
    rows = windows_of(folder, "spectral", arguments.program).sort("file", "window")
    paths = [Path(path) for path in rows["file"]]
    labels = numpy.array([path.parent.parent.name for path in paths])
    speakers = numpy.array([path.parent.name for path in paths])
    print(f"== {title}: {len(rows)} windows of {len(set(speakers))} speakers", flush=True)
    full = windows_of(folder, "librosa-full", arguments.program).sort("file", "window")
    columns = rows.columns[5:]
    parts = parts_of(columns)
    chosen = parts if arguments.parts else {name: parts[name] for name in ("spectral", "without pitch", "pitch alone")}
    compared = {name: rows.select(part).to_numpy() for name, part in chosen.items()}
    compared["librosa-full"] = full.select(full.columns[5:]).to_numpy()
    cache = folder.with_suffix(".egemaps.npy")
    try:
        if not cache.exists():
            spans = {}
            for row in rows.select("file", "start_seconds", "end_seconds").iter_rows():
                spans.setdefault(Path(row[0]), []).append(row[1:])
            with ProcessPoolExecutor(2) as pool:
                numpy.save(cache, numpy.concatenate(list(pool.map(egemaps, spans.items(), chunksize=8))))
        compared["eGeMAPSv02"] = numpy.load(cache)
    except ImportError:
        print("(opensmile is not there)")
    for name, values in compared.items():
        print(f"{name:24} {values.shape[1]:5} columns  {balanced_accuracy(values, labels, speakers):.3f}", flush=True)


if __name__ == "__main__":
    main()
