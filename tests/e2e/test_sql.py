"""publish and sql: the warehouse, and the four ways to print an answer."""

import csv
import io
import json

import duckdb
import polars
import pytest
from program import run_voxlake
from tables import DATASET, FEATURES, REJECTS, SPEAKERS, UTTERANCES, read

QUERY = "SELECT gender, count(*) AS clips, sum(seconds) AS seconds FROM utterances GROUP BY gender ORDER BY gender"


def ask(lake, query, *more):
    return run_voxlake("sql", query, "--lake", lake, *more)


@pytest.fixture(scope="module")
def expected(sample_lake) -> list[tuple]:
    frame = read(sample_lake.folder, UTTERANCES, ["gender", "seconds"])
    return frame.group_by("gender").agg(polars.len(), polars.col("seconds").sum()).sort("gender").rows()


def test_a_table_is_aligned_and_names_its_columns(sample_lake, expected):
    outcome = ask(sample_lake.folder, QUERY)
    assert outcome.code == 0, outcome.text
    lines = [line for line in outcome.stdout.splitlines() if line.strip()]
    assert lines[0].split()[:2] == ["gender", "clips"] or "gender" in lines[0] + lines[1]
    assert len({len(line) for line in lines[:2]}) <= 2
    for gender, clips, _ in expected:
        assert any(gender in line and f"{clips:,}" in line or gender in line and str(clips) in line for line in lines)


def test_csv(sample_lake, expected):
    outcome = ask(sample_lake.folder, QUERY, "--format", "csv")
    assert outcome.code == 0, outcome.text
    rows = list(csv.reader(io.StringIO(outcome.stdout)))
    assert rows[0] == ["gender", "clips", "seconds"]
    assert [(row[0], int(row[1])) for row in rows[1:]] == [row[:2] for row in expected]
    assert [float(row[2]) for row in rows[1:]] == pytest.approx([row[2] for row in expected])


def test_json(sample_lake, expected):
    outcome = ask(sample_lake.folder, QUERY, "--format", "json")
    assert outcome.code == 0, outcome.text
    rows = json.loads(outcome.stdout)
    assert [(row["gender"], row["clips"]) for row in rows] == [row[:2] for row in expected]


def test_parquet(sample_lake, expected, tmp_path):
    outcome = ask(sample_lake.folder, QUERY, "--format", "parquet", "--output", tmp_path / "answer.parquet")
    assert outcome.code == 0, outcome.text
    assert [row[:2] for row in polars.read_parquet(tmp_path / "answer.parquet").rows()] == [row[:2] for row in expected]


def test_every_table_has_a_view(sample_lake):
    tables = {"archives": "bronze/archives", "utterances": UTTERANCES, "speakers": SPEAKERS, "rejects": REJECTS}
    for view, table in {**tables, "features": FEATURES, "dataset": DATASET}.items():
        outcome = ask(sample_lake.folder, f"SELECT count(*) FROM {view}", "--format", "csv")
        assert outcome.code == 0, outcome.text
        assert int(outcome.stdout.split()[-1]) == len(read(sample_lake.folder, table)), view


def test_duckdb_itself_opens_the_warehouse(sample_lake):
    connection = duckdb.connect(str(sample_lake.folder / "warehouse.duckdb"), read_only=True)
    count = connection.execute("SELECT count(*) FROM speakers WHERE split = 'test'").fetchone()[0]
    assert count == len(read(sample_lake.folder, SPEAKERS).filter(polars.col("split") == "test"))


def test_the_query_of_the_readme(sample_lake):
    outcome = ask(sample_lake.folder, "SELECT gender, split, count(*) FROM features GROUP BY ALL ORDER BY ALL")
    assert outcome.code == 0, outcome.text
    assert "validation" in outcome.stdout


def test_a_wrong_query_is_an_error_that_says_where(sample_lake):
    outcome = ask(sample_lake.folder, "SELECT nothing FROM nowhere")
    assert outcome.code == 2
    assert "nowhere" in outcome.stderr
    assert not outcome.stdout


def test_a_lake_that_is_not_there_is_an_error(program, tmp_path):
    outcome = ask(tmp_path / "none", "SELECT 1 FROM utterances")
    assert outcome.code == 1
    assert "voxlake run" in outcome.stderr or "publish" in outcome.stderr
    assert not (tmp_path / "none").exists()


def test_sql_cannot_change_the_tables(sample_lake):
    before = len(read(sample_lake.folder, UTTERANCES, ["archive"]))
    outcome = ask(sample_lake.folder, "DELETE FROM utterances")
    assert outcome.code == 2
    assert len(read(sample_lake.folder, UTTERANCES, ["archive"])) == before
