"""The tables as other programs see them: delta-rs and DuckDB."""

import json
from pathlib import Path

import duckdb
import duckdb_extension_delta
import pytest
from deltalake import DeltaTable
from tables import ALL, ARCHIVES, DATASET, FEATURES, REJECTS, SPEAKERS, UTTERANCES, read, schema, versions

# DuckDB's own reader of Delta tables, as PyPI packages it: no download at run time.
DELTA_EXTENSION = next(Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
STRINGS = ("string", "string_view", "large_string")
COLUMNS = {
    ARCHIVES: """corpus:string archive:string url:string path:string bytes:int64 sha256:string etag:string
        last_modified:string copied_at:timestamp state:string error:string""",
    UTTERANCES: """corpus:string archive:string utterance_id:string member:string speaker:string gender:string
        gender_raw:string age_range:string language:string dialect:string prompt:string source_format:string
        source_rate:int32 source_channels:int32 source_samples:int64 trim_start:int64 trim_end:int64 samples:int64
        seconds:double peak:float rms:float is_silent:bool signal:list archive_sha256:string fingerprint:string""",
    SPEAKERS: "speaker:string gender:string archives:int64 clips:int64 seconds:double split:string",
    REJECTS: """corpus:string archive:string member:string stage:string reason:string detail:string byte_offset:int64
        archive_sha256:string""",
    FEATURES: """corpus:string archive:string utterance_id:string speaker:string gender:string window:int32
        start_seconds:double end_seconds:double partial:bool fingerprint:string rms_mean:float mfcc_00_mean:float""",
    DATASET: "utterance_id:string window:int32 speaker:string gender:string split:string synthetic:bool corpus:string",
}


def test_every_table_of_the_contract_is_there(sample_lake):
    assert set(versions(sample_lake.folder)) == set(ALL)


@pytest.mark.parametrize("table", ALL)
def test_columns_have_the_names_and_types_of_the_contract(sample_lake, table):
    found = {field.name: str(field.type) for field in schema(sample_lake.folder, table)}
    for column in COLUMNS[table].split():
        name, kind = column.split(":")
        assert name in found
        if kind == "string":
            assert found[name] in STRINGS, name
        else:
            assert found[name].startswith(kind), (name, found[name])
    assert "timestamp[us, tz=UTC]" in found.values() or table != ARCHIVES


@pytest.mark.parametrize("table", ALL)
def test_protocol_is_the_oldest_that_everybody_reads(sample_lake, table):
    protocol = DeltaTable(str(sample_lake.folder / table)).protocol()
    assert protocol.min_reader_version == 1
    assert protocol.min_writer_version <= 2


@pytest.mark.parametrize("table", ALL)
def test_duckdb_reads_what_delta_rs_reads(sample_lake, table):
    connection = duckdb.connect()
    connection.execute(f"LOAD '{DELTA_EXTENSION}'")
    path = sample_lake.folder / table
    count = connection.execute(f"SELECT count(*) FROM delta_scan('{path}')").fetchone()[0]
    assert count == len(read(sample_lake.folder, table))


@pytest.mark.parametrize("table", ALL)
def test_duckdb_reads_the_parquet_files_of_the_log(sample_lake, table):
    files = [uri.removeprefix("file://") for uri in DeltaTable(str(sample_lake.folder / table)).file_uris()]
    count = duckdb.connect().execute("SELECT count(*) FROM read_parquet(?)", [files]).fetchone()[0]
    assert count == len(read(sample_lake.folder, table))


@pytest.mark.parametrize("table", ALL)
def test_statistics_in_the_log_count_the_rows(sample_lake, table):
    log = sample_lake.folder / table / "_delta_log"
    counted = 0
    for entry in sorted(log.glob("*.json")):
        for line in entry.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                counted += json.loads(action["add"]["stats"])["numRecords"]
            if "remove" in action:
                return
    assert counted == len(read(sample_lake.folder, table))


def test_every_row_tells_what_it_came_from(sample_lake):
    archives = dict(read(sample_lake.folder, ARCHIVES).select("archive", "sha256").iter_rows())
    for archive, sha256 in read(sample_lake.folder, UTTERANCES, ["archive", "archive_sha256"]).unique().iter_rows():
        assert archives[archive] == sha256
    for table in (UTTERANCES, FEATURES):
        assert read(sample_lake.folder, table, ["fingerprint"])["fingerprint"].n_unique() == 1


def test_no_row_is_there_twice(sample_lake):
    for table, key in ((ARCHIVES, ["archive"]), (UTTERANCES, ["utterance_id"]), (FEATURES, ["utterance_id", "window"])):
        frame = read(sample_lake.folder, table, key)
        assert len(frame) == len(frame.unique()), table
