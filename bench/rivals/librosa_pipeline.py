"""What a careful engineer would write with librosa, scipy and pyarrow: archives to Parquet files of features.

usage: librosa_pipeline.py --output FOLDER [--set librosa-full|spectral] [--windows sliced|apart] [--processes 2]
       ARCHIVE...

The rival of `voxlake features ARCHIVE... --format parquet`, doing the same job: reads each .tgz as a stream, loads its
clips at 16 kHz, trims them, computes each STFT once and everything from it, cuts windows of 3 s every second, describes
each by the fifteen functionals (the rows of a window at once, scipy.stats along an axis), and writes the columns with
pyarrow, a file for each process. What `voxlake run` does beside: bronze and silver (the copied archives, labels,
signals), hashes, Delta.

--windows apart calls librosa for each window by itself, as scripts do that cut the signal first: each STFT once a
window, not once a clip. Prints one line of JSON: seconds of audio, windows, seconds taken (imports and numba's warm-up
left out) and where the processor time went.
"""

import argparse
import io
import json
import multiprocessing
import tarfile
import time
import warnings
from collections import defaultdict
from pathlib import Path

from librosa_features import HOP, RATE, descriptors, functionals  # first: it sets one thread a process

import librosa  # isort: skip
import numpy as np  # isort: skip
import pyarrow as pa  # isort: skip
import pyarrow.parquet as pq  # isort: skip

LENGTH = 3 * RATE
ROWS_A_GROUP = 1024
KEYS = ("archive", "utterance_id", "window", "start_seconds")


class Stopwatch:
    """Processor seconds of each part of the work."""

    def __init__(self) -> None:
        self.parts = defaultdict(float)
        self.begin = time.process_time()

    def lap(self, part: str) -> None:
        now = time.process_time()
        self.parts[part] += now - self.begin
        self.begin = now


class Table:
    """Feature rows on their way to one Parquet file."""

    def __init__(self, path: Path) -> None:
        self.path, self.writer = path, None
        self.keys, self.rows = [], []

    def add(self, key: tuple, row: np.ndarray) -> None:
        self.keys.append(key)
        self.rows.append(row)
        if len(self.rows) == ROWS_A_GROUP:
            self.flush()

    def flush(self) -> None:
        if not self.rows:
            return
        values = np.asfortranarray(np.stack(self.rows).astype(np.float32))
        columns = dict(zip(KEYS, map(list, zip(*self.keys, strict=True)), strict=True))
        columns |= {f"feature_{i:04}": pa.array(values[:, i], from_pandas=True) for i in range(values.shape[1])}
        table = pa.table(columns)
        if self.writer is None:
            keys = list(KEYS)
            self.writer = pq.ParquetWriter(self.path, table.schema, use_dictionary=keys, write_statistics=keys)
        self.writer.write_table(table)
        self.keys, self.rows = [], []

    def close(self) -> None:
        self.flush()
        if self.writer is not None:
            self.writer.close()


def spans(samples: int) -> list[tuple[int, int]]:
    """The windows of a clip: one partial window where it is shorter than a window."""
    if samples < LENGTH:
        return [(0, samples)]
    return [(start, start + LENGTH) for start in range(0, samples - LENGTH + 1, RATE)]


def pitch(y: np.ndarray) -> np.ndarray:
    return librosa.pyin(y, fmin=65, fmax=500, sr=RATE, no_trough_prob=0.1)[0]


def pitch_row(f0: np.ndarray) -> np.ndarray:
    voiced = f0[~np.isnan(f0)]
    return functionals(voiced[np.newaxis])[0] if voiced.size else np.full(15, np.nan)


def describe(y: np.ndarray, name: str, apart: bool, watch: Stopwatch) -> list[np.ndarray]:
    """A row of columns for each window."""
    rows = []
    frames, f0 = None, None
    for start, end in spans(len(y)):
        if apart or frames is None:
            part = y[start:end] if apart else y
            frames = np.vstack(descriptors(part, name))
            watch.lap("descriptors")
            if name == "spectral":
                f0 = pitch(part)
                watch.lap("pitch")
        chosen = slice(None) if apart or len(y) < LENGTH else slice(-(-start // HOP), -(-end // HOP))
        parts = [functionals(y[np.newaxis, start:end]).ravel(), functionals(frames[:, chosen]).ravel()]
        if f0 is not None:
            parts.append(pitch_row(f0[chosen]))
        row = np.concatenate(parts)
        rows.append(row)
        watch.lap("functionals")
    return rows


def clips(path: Path):  # noqa: ANN201
    """The recordings of an archive, read as a stream."""
    with tarfile.open(path, "r|gz") as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".wav"):
                yield Path(member.name).stem, io.BytesIO(archive.extractfile(member).read())


def work(
    number: int, task: tuple[str, str, str, bool], queue: multiprocessing.Queue, results: multiprocessing.Queue
) -> None:
    """One process: archives from the queue into one Parquet file, until there are no more."""
    warnings.filterwarnings("ignore")
    output, name, warm, apart = task
    describe(np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32) * 0.1, name, apart, Stopwatch())
    for _, content in clips(Path(warm)):
        librosa.effects.trim(librosa.load(content, sr=RATE)[0], top_db=20)
        break
    results.put("ready")
    table, watch, samples, windows = Table(Path(output) / f"part-{number}.parquet"), Stopwatch(), 0, 0
    while (path := queue.get()) is not None:
        watch.lap("waiting")
        for stem, content in clips(path):
            y, _ = librosa.load(content, sr=RATE)
            samples += len(y)
            watch.lap("reading")
            y, _ = librosa.effects.trim(y, top_db=20)
            watch.lap("trim")
            for index, row in enumerate(describe(y, name, apart, watch)):
                table.add((path.stem, f"{path.stem}/{stem}", index, float(index)), row)
                windows += 1
            watch.lap("Parquet")
        watch.lap("reading")
    table.close()
    watch.lap("Parquet")
    results.put((samples / RATE, windows, dict(watch.parts)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("archives", nargs="+", type=Path)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--set", default="librosa-full", choices=["librosa-full", "spectral"])
    parser.add_argument("--windows", default="sliced", choices=["sliced", "apart"])
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    # The largest first, so that no process is left alone with a large one at the end.
    archives = sorted(options.archives, key=lambda path: -path.stat().st_size)
    queue, results = multiprocessing.Queue(), multiprocessing.Queue()
    task = (str(options.output), options.set, str(archives[0]), options.windows == "apart")
    processes = [multiprocessing.Process(target=work, args=(i, task, queue, results)) for i in range(options.processes)]
    for process in processes:
        process.start()
    for _ in processes:
        results.get()
    start = time.perf_counter()
    for item in [*archives, *[None] * len(processes)]:
        queue.put(item)
    answers = [results.get() for _ in processes]
    taken = time.perf_counter() - start
    for process in processes:
        process.join()

    seconds, windows = sum(answer[0] for answer in answers), sum(answer[1] for answer in answers)
    parts = defaultdict(float)
    for _, _, times in answers:
        for part, value in times.items():
            parts[part] += value
    print(json.dumps({"audio_seconds": seconds, "windows": windows, "seconds": taken, "processor_seconds": parts}))


if __name__ == "__main__":
    main()
