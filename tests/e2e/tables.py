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
    """The version of every table in the lake."""
    logs = sorted(lake.rglob("_delta_log"))
    return {str(log.parent.relative_to(lake)): DeltaTable(str(log.parent)).version() for log in logs}


def rows(lake: Path, table: str, ignored: tuple[str, ...] = ("copied_at",)) -> list[str]:
    """Every row as text, sorted: equal lists are equal tables, whatever the order of their rows and files."""
    frame = read(lake, table)
    frame = frame.drop([name for name in ignored if name in frame.columns])
    hashed = [column for column in frame.columns if frame.schema[column] == polars.List(polars.Float32)]
    records = frame.select(sorted(frame.columns)).to_dicts()
    for record in records:
        for column in hashed:
            record[column] = hashlib.sha256(
                polars.Series(record[column], dtype=polars.Float32).to_numpy().tobytes()
            ).hexdigest()
    return sorted(json.dumps(record, default=str) for record in records)


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
