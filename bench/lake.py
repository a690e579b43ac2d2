"""Tables beside `deltalake` (delta-rs): the time of a commit and of opening a table after 10, 1,000 and 10,000 commits,
and of appending wide and long tables. Ours by lake_bench, theirs in this process, in turn on the same disk.

A commit of ours is on the disk, names and all, when it says that it is done; delta-rs flushes nothing and leaves that
to the system. So commits are measured with both flushed (theirs by us, file by file, after each commit), with neither
(ours with tables.flush = "no"), and as both are out of the box.

usage: .deps/test/bin/python bench/lake.py [--rounds N] [--commits 10 1000 10000]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "build" / "lake_bench"


def ours(*arguments) -> list[float]:
    done = subprocess.run([BENCH, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench: lake_bench: {done.stderr}")
    return [float(line) for line in done.stdout.split()]


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def show(name: str, pairs: list[tuple[float, float]]) -> None:
    ratio = statistics.median(their / our for our, their in pairs)
    our, their = (statistics.median(side) * 1000 for side in zip(*pairs, strict=True))
    print(f"{name:<58} {our:8.2f} ms {their:8.2f} ms {ratio:6.1f} x", flush=True)


def one_row(number: int) -> pa.Table:
    return pa.table({"archive": [f"archive-{number}"], "number": pa.array([number], pa.int64())})


def flush(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


def flush_commit(table: Path, version: int) -> None:
    """What a commit of ours does before it says that it is done: its files and their names are on the disk."""
    entry = table / "_delta_log" / f"{version:020}.json"
    for line in entry.read_text().splitlines():
        action = json.loads(line)
        if "add" in action:
            flush(table / action["add"]["path"])
    for path in (table, entry, entry.parent):
        flush(path)


def their_commits(folder: Path, count: int, durable: bool) -> list[float]:
    table = DeltaTable(str(folder / "t"))
    schema = pa.schema([pa.field("archive", pa.string(), False), pa.field("number", pa.int64(), False)])

    def commit(row: pa.Table) -> None:
        write_deltalake(table, row, mode="append")
        if durable:
            flush_commit(folder / "t", table.version())

    rows = [one_row(i).cast(schema) for i in range(count)]
    return [timed(lambda row=row: commit(row)) for row in rows]


def bench_log(rounds: int, commits: list[int], work: Path) -> None:
    print("\na table of many commits, one row each                       voxlake     deltalake   ratio")
    at_once = 20  # between two checkpoints of ours, so that each round has one
    for count in commits:
        first = work / str(count)
        ours("fill", first, count, "unflushed")
        loads, durable, loose, plain = [], [], [], []
        for _ in range(rounds):
            their_load = statistics.median(timed(lambda at=str(first / "t"): DeltaTable(at)) for _ in range(5))
            loads.append((statistics.median(ours("load", first, 5)), their_load))
            for pairs, we_flush, they_flush in ((durable, True, True), (loose, False, False), (plain, True, False)):
                copies = [work / f"{count}-{who}" for who in ("ours", "theirs")]
                for copy in copies:
                    shutil.copytree(first, copy)
                our = statistics.mean(ours("commit", copies[0], at_once, *([] if we_flush else ["unflushed"])))
                pairs.append((our, statistics.mean(their_commits(copies[1], at_once, they_flush))))
                for copy in copies:
                    shutil.rmtree(copy)
        show(f"opening it after {count:,} commits", loads)
        show(f"a commit after {count:,}, both flushed to the disk", durable)
        show(f"a commit after {count:,}, neither flushed", loose)
        show(f"a commit after {count:,}, as they are: theirs not flushed", plain)
        shutil.rmtree(first)


def wide_table(rows: int, features: int) -> pa.Table:
    random = numpy.random.default_rng(1)
    numbers = numpy.arange(rows)
    columns = {
        "utterance_id": pa.array([f"archive-{row // 200}/a{row // 5}" for row in numbers]),
        "speaker": pa.array([f"speaker-{row // 1000}" for row in numbers]),
        "window": pa.array(numbers % 5, pa.int32()),
    }
    for i in range(features):
        columns[f"feature_{i}"] = pa.array(random.standard_normal(rows, numpy.float32))
    return pa.table(columns)


def bench_append(rounds: int, work: Path) -> None:
    print("\nappending in one commit                                     voxlake     deltalake   ratio")
    for name, rows, features in (
        ("wide: 2,000 rows of 4,290 features", 2000, 4290),
        ("long: 1,000,000 rows of 8", 1_000_000, 8),
    ):
        table = wide_table(rows, features)
        for how, flushed in ((["unflushed"], False), ([], True)):
            pairs = []
            for _ in range(rounds):
                (our,) = ours("append", work / "ours", rows, features, *how)

                def theirs(table: pa.Table = table, flushed: bool = flushed) -> None:
                    write_deltalake(str(work / "theirs"), table, mode="append")
                    if flushed:
                        flush_commit(work / "theirs", 0)

                their = timed(theirs)
                pairs.append((our, their))
                for folder in ("ours", "theirs"):
                    shutil.rmtree(work / folder)
            show(f"{name}, {'both' if flushed else 'neither'} flushed", pairs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--commits", type=int, nargs="*", default=[10, 1000, 10_000])
    parser.add_argument("--folder", type=Path, default=ROOT / "build", help="on which disk")
    arguments = parser.parse_args()
    if not BENCH.is_file():
        subprocess.run(
            ["cmake", "--build", ROOT / "build", "--target", "lake_bench"], check=True, stdout=subprocess.DEVNULL
        )
    with tempfile.TemporaryDirectory(dir=arguments.folder) as work:
        bench_log(arguments.rounds, arguments.commits, Path(work))
        bench_append(arguments.rounds, Path(work))
    return 0


if __name__ == "__main__":
    sys.exit(main())
