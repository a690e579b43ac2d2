"""Reading a lake's tables by programs that are not Voxlake."""

import hashlib
import json
from pathlib import Path

import polars
import pyarrow
from deltalake import DeltaTable

ARCHIVES, UTTERANCES, SPEAKERS, REJECTS = "bronze/archives", "silver/utterances", "silver/speakers", "silver/rejects"
FEATURES, DATASET = "gold/features/spectral", "gold/dataset/spectral"
ALL = [ARCHIVES, UTTERANCES, SPEAKERS, REJECTS, FEATURES, DATASET]


def read(lake: Path, table: str, columns: list[str] | None = None) -> polars.DataFrame:
    """A table as it is now, by delta-rs."""
    return polars.from_arrow(DeltaTable(str(lake / table)).to_pyarrow_table(columns=columns))


def schema(lake: Path, table: str) -> pyarrow.Schema:
    return pyarrow.schema(DeltaTable(str(lake / table)).schema().to_arrow())


def versions(lake: Path) -> dict[str, int]:
    """The version of every table in the lake. A log without an entry is no table yet: its first commit is to come."""
    logs = sorted(log for log in lake.rglob("_delta_log") if any(log.glob("*.json")))
    return {str(log.parent.relative_to(lake)): DeltaTable(str(log.parent)).version() for log in logs}


def rows(lake: Path, table: str, ignored: tuple[str, ...] = ("copied_at",)) -> list[str]:
    """Every row as text, sorted: equal lists are equal tables, whatever the order of their rows and files."""
    return rows_of(read(lake, table), ignored)


def rows_of(frame: polars.DataFrame, ignored: tuple[str, ...] = ("copied_at",)) -> list[str]:
    """The same of rows that are at hand."""
    frame = frame.drop([name for name in ignored if name in frame.columns])
    numbers = [name for name in sorted(frame.columns) if frame.schema[name] == polars.Float32]
    lists = [name for name in frame.columns if frame.schema[name] == polars.List(polars.Float32)]
    others = [name for name in sorted(frame.columns) if name not in numbers and name not in lists]
    digests = [hashlib.sha256() for _ in range(len(frame))]
    if numbers:  # a null is a NaN here: the tables have none of their own (test_features.py)
        for digest, values in zip(digests, frame.select(numbers).fill_null(float("nan")).to_numpy(), strict=True):
            digest.update(values.tobytes())
    for name in lists:
        for digest, values in zip(digests, frame[name], strict=True):
            digest.update(values.to_numpy().tobytes())
    texts = [json.dumps(record, default=str) for record in frame.select(others).to_dicts()]
    return sorted(f"{text} {digest.hexdigest()}" for text, digest in zip(texts, digests, strict=True))


def all_rows(lake: Path) -> dict[str, list[str]]:
    return {table: rows(lake, table) for table in versions(lake)}


def file_hashes(lake: Path, table: str) -> list[str]:
    """The content of a table's data files, in the order in which the log added them."""
    added = []
    for entry in sorted((lake / table / "_delta_log").glob("*.json")):
        for line in entry.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                added.append(hashlib.sha256((lake / table / action["add"]["path"]).read_bytes()).hexdigest())
    return added
