"""Tables that Voxlake wrote, read and appended to by the programs that people will read them with."""

import json
import os
import pathlib
import subprocess

import deltalake
import duckdb
import polars
import pyarrow as pa
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
MAKER = BUILD / "lake_table_maker"
VOXLAKE = BUILD / "voxlake"
TABLE = "silver/utterances"
COLUMNS = ["utterance_id", "prompt", "samples", "fingerprint"]


def run_maker(*arguments):
    """Runs the maker; gives the JSON objects that it printed."""
    done = subprocess.run([MAKER, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_rows(records):
    """Rows as sorted tuples of text, as the maker prints them."""

    def text(value):
        return None if value is None else str(value)

    return sorted(tuple(text(record[column]) for column in COLUMNS) for record in records)


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lake")
    rows = run_maker("make", folder)
    assert len(rows) == 200
    return folder, as_rows(rows)


def load_delta_extension(connection):
    extension = pytest.importorskip("duckdb_extension_delta")
    found = list(pathlib.Path(extension.__path__[0]).rglob("*.duckdb_extension"))
    connection.execute(f"LOAD '{found[0]}'")


def test_deltalake_reads_the_rows(lake):
    folder, expected = lake
    table = deltalake.DeltaTable(folder / TABLE)
    assert table.version() == 55
    assert (table.protocol().min_reader_version, table.protocol().min_writer_version) == (1, 2)
    assert as_rows(table.to_pyarrow_table(columns=COLUMNS).to_pylist()) == expected


def test_deltalake_reads_signals_types_and_history(lake):
    folder, _ = lake
    table = deltalake.DeltaTable(folder / TABLE)
    clip = table.to_pyarrow_table(filters=[("utterance_id", "=", "speaker3-20080101-abc/a0002")]).to_pylist()
    assert len(clip) == 1
    assert clip[0]["signal"] == [i / 32768 for i in range(6)]
    assert clip[0]["is_silent"] is True
    history = table.history(1)[0]
    assert history["operation"] == "MERGE"
    assert history["engineInfo"].startswith("Voxlake/")


def test_deltalake_travels_to_an_earlier_version(lake):
    folder, _ = lake
    table = deltalake.DeltaTable(folder / TABLE, version=50)
    fingerprints = table.to_pyarrow_table(columns=["fingerprint"]).column(0).to_pylist()
    assert set(fingerprints) == {"first"}


def test_deltalake_sees_our_transactions(lake):
    folder, _ = lake
    table = deltalake.DeltaTable(folder / TABLE)
    assert table.transaction_version("decode/speaker10-20080101-abc") == 2
    assert table.transaction_version("decode/speaker11-20080101-abc") == 1


def test_duckdb_delta_scan_reads_the_rows(lake):
    folder, expected = lake
    connection = duckdb.connect()
    load_delta_extension(connection)
    relation = connection.sql(f"SELECT utterance_id, prompt, samples, fingerprint FROM delta_scan('{folder / TABLE}')")
    assert sorted(tuple(None if v is None else str(v) for v in row) for row in relation.fetchall()) == expected


def test_duckdb_reads_the_parquet_files_and_skips_by_statistics(lake):
    folder, _ = lake
    files = deltalake.DeltaTable(folder / TABLE).file_uris()
    connection = duckdb.connect()
    count, speakers = connection.sql(f"SELECT count(*), count(DISTINCT archive) FROM read_parquet({files})").fetchone()
    assert (count, speakers) == (200, 50)
    described = connection.sql(f"DESCRIBE SELECT * FROM read_parquet({files})").fetchall()
    assert {row[0]: row[1] for row in described}["signal"] == "FLOAT[]"


def test_polars_reads_the_rows(lake):
    folder, expected = lake
    frame = polars.scan_delta(str(folder / TABLE)).select(COLUMNS).collect()
    assert as_rows(frame.to_dicts()) == expected


def test_an_append_by_deltalake_is_read_and_appended_to_by_us(tmp_path):
    run_maker("make", tmp_path)
    path = tmp_path / TABLE
    table = deltalake.DeltaTable(path)
    rows = table.to_pyarrow_table(filters=[("archive", "=", "speaker5-20080101-abc")])
    renamed = rows.set_column(2, rows.schema.field(2), pa.array([f"new/{i}" for i in range(rows.num_rows)]))
    deltalake.write_deltalake(path, renamed, mode="append")
    ours = as_rows(run_maker("read", tmp_path, TABLE, *COLUMNS))
    assert ours == as_rows(deltalake.DeltaTable(path).to_pyarrow_table(columns=COLUMNS).to_pylist())
    assert len(ours) == 204
    run_maker("make", tmp_path)  # upserts after the other's commit
    again = as_rows(run_maker("read", tmp_path, TABLE, *COLUMNS))
    assert again == as_rows(deltalake.DeltaTable(path).to_pyarrow_table(columns=COLUMNS).to_pylist())


def test_a_checkpoint_and_a_compaction_by_deltalake_are_read_by_us(tmp_path):
    expected = as_rows(run_maker("make", tmp_path))
    table = deltalake.DeltaTable(tmp_path / TABLE)
    table.optimize.compact()
    table.create_checkpoint()
    assert len(table.file_uris()) < 50
    assert as_rows(run_maker("read", tmp_path, TABLE, *COLUMNS)) == expected


def test_a_table_with_deletion_vectors_is_refused(tmp_path):
    run_maker("make", tmp_path)
    table = deltalake.DeltaTable(tmp_path / TABLE)
    table.alter.add_feature(deltalake.TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)
    done = subprocess.run([MAKER, "read", tmp_path, TABLE, "archive"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "deletionVectors" in done.stderr


def test_a_table_of_4290_features_is_read_by_all(tmp_path):
    run_maker("wide", tmp_path)
    path = tmp_path / "gold/features/wide"
    table = deltalake.DeltaTable(path).to_pyarrow_table()
    assert table.num_columns == 4301
    assert table.column("feature_4289_mean").to_pylist() == [None if r == 7 else float(r + 9 + 4289) for r in range(20)]
    assert polars.read_delta(str(path))["feature_0_mean"].null_count() == 1
    connection = duckdb.connect()
    load_delta_extension(connection)
    assert connection.sql(f"SELECT count(feature_17_mean) FROM delta_scan('{path}')").fetchone() == (19,)


def test_readers_of_an_older_version_are_not_broken_by_optimize(tmp_path):
    run_maker("make", tmp_path)
    stale = deltalake.DeltaTable(tmp_path / TABLE)
    expected = as_rows(stale.to_pyarrow_table(columns=COLUMNS).to_pylist())
    lazy = polars.scan_delta(str(tmp_path / TABLE)).select(COLUMNS)
    command = [VOXLAKE, "table", "optimize", "utterances", "--lake", tmp_path]
    assert "became 1" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert as_rows(stale.to_pyarrow_table(columns=COLUMNS).to_pylist()) == expected
    assert as_rows(lazy.collect().to_dicts()) == expected
    before = deltalake.DeltaTable(tmp_path / TABLE, version=stale.version())
    assert as_rows(before.to_pyarrow_table(columns=COLUMNS).to_pylist()) == expected


def appenders(folder, writers, commits, how="append"):
    return [subprocess.Popen([MAKER, how, folder, str(writer), str(commits)]) for writer in range(writers)]


def test_four_processes_that_append_lose_and_duplicate_nothing(tmp_path):
    writers, commits = 4, 200
    assert [process.wait() for process in appenders(tmp_path, writers, commits)] == [0] * writers
    table = deltalake.DeltaTable(tmp_path / "silver/speakers")
    expected = sorted(f"{writer}/{i}" for writer in range(writers) for i in range(commits))
    assert sorted(table.to_pyarrow_table(columns=["speaker"]).column(0).to_pylist()) == expected
    assert table.version() == writers * commits
    assert sorted(row["speaker"] for row in run_maker("read", tmp_path, "silver/speakers", "speaker")) == expected


def test_processes_that_replace_the_same_row_give_way_to_each_other(tmp_path):
    writers, commits = 4, 10
    assert [process.wait() for process in appenders(tmp_path, writers, commits, "contend")] == [0] * writers
    path = tmp_path / "silver/speakers"
    own = {f"{writer}/{i}" for writer in range(writers) for i in range(commits)}
    assert deltalake.DeltaTable(path).version() == writers * commits
    turns = []
    for version in range(1, writers * commits + 1):
        rows = deltalake.DeltaTable(path, version=version).to_pyarrow_table(columns=["speaker", "gender", "archives"])
        contended = [(row["gender"], row["archives"]) for row in rows.to_pylist() if row["speaker"] == "contended"]
        assert len(contended) == 1, version
        assert rows.num_rows == version + 1
        turns += contended
    # Each writer's replacements came in its order, none was lost, and the last stands.
    assert all([i for who, i in turns if who == str(writer)] == list(range(commits)) for writer in range(writers))
    last = run_maker("read", tmp_path, "silver/speakers", "speaker", "gender")
    assert {row["speaker"] for row in last} == own | {"contended"}
    assert [row["gender"] for row in last if row["speaker"] == "contended"] == [turns[-1][0]]


def test_optimize_beside_four_appending_processes_loses_and_duplicates_nothing(tmp_path):
    writers, commits = 4, 60
    running = appenders(tmp_path, writers, commits)
    optimized = 0
    while any(process.poll() is None for process in running):
        command = [VOXLAKE, "table", "optimize", "speakers", "--lake", tmp_path]
        done = subprocess.run(command, capture_output=True, text=True)
        optimized += "became" in done.stdout
    assert [process.wait() for process in running] == [0] * writers
    assert optimized > 0
    expected = sorted(f"{writer}/{i}" for writer in range(writers) for i in range(commits))
    table = deltalake.DeltaTable(tmp_path / "silver/speakers")
    assert sorted(table.to_pyarrow_table(columns=["speaker"]).column(0).to_pylist()) == expected
    assert sorted(row["speaker"] for row in run_maker("read", tmp_path, "silver/speakers", "speaker")) == expected
