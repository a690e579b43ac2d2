"""voxlake table: show, history, optimize, vacuum, and earlier versions; as delta-rs sees the same tables."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from deltalake import DeltaTable, write_deltalake
from program import run_voxlake
from tables import FEATURES, UTTERANCES, all_rows, rows


@pytest.fixture
def lake(small_lake, tmp_path):
    """A copy of the small lake in which silver/utterances grew by small commits of delta-rs's making."""
    folder = tmp_path / "lake"
    shutil.copytree(small_lake.folder, folder)
    path = str(folder / UTTERANCES)
    whole = DeltaTable(path).to_pyarrow_table()
    identity = whole.schema.get_field_index("utterance_id")
    for i in range(4):
        row = whole.slice(i, 1).set_column(identity, whole.schema.field(identity), [[f"added/{i}"]])
        write_deltalake(path, row, mode="append")
    return folder


def table(lake, *arguments):
    outcome = run_voxlake("table", *arguments, "--lake", lake)
    assert outcome.code == 0, outcome.text
    return outcome.stdout


def asked(lake, sql, *arguments):
    outcome = run_voxlake("sql", sql, "--format", "csv", "--lake", lake, *arguments)
    assert outcome.code == 0, outcome.text
    return outcome.stdout.splitlines()[1:]


def test_show_tells_what_delta_rs_tells(lake):
    shown = json.loads(table(lake, "show", "utterances", "--json"))
    there = DeltaTable(str(lake / UTTERANCES))
    assert shown["version"] == there.version()
    assert shown["files"] == len(there.file_uris())
    assert shown["rows"] == len(rows(lake, UTTERANCES))
    assert [column["name"] for column in shown["columns"]] == there.schema().to_arrow().names
    listed = {entry["table"] for entry in json.loads(table(lake, "show", "--json"))}
    assert {UTTERANCES, FEATURES} < listed


def test_history_is_delta_rs_history(lake):
    ours = json.loads(table(lake, "history", "utterances", "--json", "--commits", "0"))
    theirs = DeltaTable(str(lake / UTTERANCES)).history()
    assert [entry["version"] for entry in ours] == [entry["version"] for entry in theirs]
    assert [entry["operation"] for entry in ours] == [entry["operation"] for entry in theirs]


def test_the_dataset_is_not_made_again_for_an_optimize(lake):
    path = str(lake / FEATURES)
    whole = DeltaTable(path).to_pyarrow_table()
    half = whole.num_rows // 2
    write_deltalake(path, whole.slice(0, half), mode="overwrite")
    write_deltalake(path, whole.slice(half), mode="append")
    dataset = ["dataset", "--lake", lake]
    assert "Nothing to do" not in run_voxlake(*dataset).stdout
    before = all_rows(lake)
    assert "2 files" in table(lake, "optimize", "features")
    assert "Nothing to do" in run_voxlake(*dataset).stdout
    assert all_rows(lake) == before


def test_small_files_become_one_and_earlier_versions_can_still_be_read(lake):
    before, count = rows(lake, UTTERANCES), len(rows(lake, UTTERANCES))
    version = DeltaTable(str(lake / UTTERANCES)).version()
    assert "became 1" in table(lake, "optimize", "utterances")
    assert "nothing to join" in table(lake, "optimize", "utterances")
    after = DeltaTable(str(lake / UTTERANCES))
    assert len(after.file_uris()) == 1
    assert after.history(1)[0]["operation"] == "OPTIMIZE"
    assert rows(lake, UTTERANCES) == before
    assert asked(lake, "SELECT count(*) FROM utterances", "--version", f"utterances={version - 1}") == [str(count - 1)]
    assert duckdb.connect(str(lake / "warehouse.duckdb"), read_only=True).sql(
        "SELECT count(*) FROM utterances"
    ).fetchone() == (count,)


def test_vacuum_removes_what_no_version_needs_and_the_warehouse_still_answers(lake):
    before = rows(lake, UTTERANCES)
    table(lake, "optimize", "utterances")
    assert "removed 0 files" in table(lake, "vacuum", "utterances")
    dead = DeltaTable(str(lake / UTTERANCES)).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=True)
    would = json.loads(table(lake, "vacuum", "utterances", "--retention-days", "0", "--dry-run", "--json"))[0]
    assert would["removed"] == len(dead) >= 5
    assert {file.rsplit("/", 1)[1] for file in would["files"]} == set(dead)
    assert all((lake / file).is_file() for file in would["files"])
    refused = run_voxlake("table", "vacuum", "utterances", "--retention-days", "0", "--lake", lake)
    assert refused.code == 2
    assert "--force" in refused.stderr
    table(lake, "vacuum", "utterances", "--retention-days", "0", "--force")
    assert not any((lake / file).exists() for file in would["files"])
    assert rows(lake, UTTERANCES) == before
    with duckdb.connect(str(lake / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM utterances").fetchone() == (len(before),)


def test_a_dropped_table_is_gone_from_the_lake_and_the_warehouse(lake):
    features, before = lake / FEATURES, rows(lake, FEATURES)
    held = run_voxlake("table", "drop", "features", "--lake", lake)
    assert held.code == 2
    assert "--force" in held.stderr
    assert "would be removed" in table(lake, "drop", "features", "--dry-run")
    assert features.is_dir()
    assert "removed" in table(lake, "drop", "features", "--force")
    assert not features.exists()
    assert not list(lake.rglob(".tmp-*"))
    assert FEATURES not in {entry["table"] for entry in json.loads(table(lake, "show", "--json"))}
    with duckdb.connect(str(lake / "warehouse.duckdb"), read_only=True) as connection:
        assert not connection.sql("SELECT 1 FROM duckdb_views() WHERE view_name = 'features_spectral'").fetchall()
    assert run_voxlake("table", "drop", "features", "--force", "--lake", lake).code == 1
    assert run_voxlake("table", "drop", "bronze", "--force", "--lake", lake).code == 1
    made = run_voxlake("features", "--lake", lake)
    assert made.code in (0, 3), made.text
    assert set(before) <= set(rows(lake, FEATURES))


def test_as_of_finds_the_version_that_delta_rs_finds(lake):
    log = lake / UTTERANCES / "_delta_log"
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for number, entry in enumerate(sorted(log.glob("*.json"))):
        moment = (begin + timedelta(hours=number)).timestamp()
        os.utime(entry, (moment, moment))
    for hours in (0, 1.5, 3, 4.25, 400):
        moment = begin + timedelta(hours=hours)
        there = DeltaTable(str(lake / UTTERANCES))
        there.load_as_version(moment)
        shown = json.loads(table(lake, "show", "utterances", "--json", "--as-of", moment.isoformat()))
        assert shown["version"] == there.version()
        count = asked(lake, "SELECT count(*) FROM utterances", "--as-of", moment.isoformat())
        assert count == [str(there.to_pyarrow_table(columns=["archive"]).num_rows)]
    outcome = run_voxlake("table", "show", "utterances", "--as-of", "2025-12-31", "--lake", lake)
    assert outcome.code == 1
    assert "its oldest is version 0 of 2026-01-01T00:00:00.000Z" in outcome.stderr


def test_a_version_or_time_that_makes_no_sense_is_wrong_usage(lake):
    for arguments in (
        ["--version", "-1"],
        ["--version", "x"],
        ["--as-of", "soon"],
        ["--version", "1", "--version", "2"],
    ):
        outcome = run_voxlake("sql", "SELECT 1", "--lake", lake, *arguments)
        assert outcome.code == 2, outcome.text
    assert run_voxlake("table", "show", "nothing", "--lake", lake).code == 1
