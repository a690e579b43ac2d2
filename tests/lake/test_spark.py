"""Tables that Voxlake wrote, in a real Spark session with Delta: read, described, merged into, and read again by us.

Needs Java, PySpark and Delta's jars (setup/install.sh spark, which this runs): about a minute. Where they cannot be had
it is skipped.
"""

import json
import math
import os
import subprocess
from pathlib import Path

import deltalake
import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BUILD", ROOT / "build")).resolve()
MAKER, VOXLAKE = BUILD / "lake_table_maker", BUILD / "voxlake"
COLUMNS = ["utterance_id", "prompt", "samples", "fingerprint"]


def ours(folder):
    """The rows of silver/utterances as our own reader gives them."""
    command = [MAKER, "read", folder, "silver/utterances", *COLUMNS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    return sorted([r["utterance_id"], r["prompt"], int(r["samples"]), r["fingerprint"]] for r in records)


@pytest.fixture(scope="module")
def session(tmp_path_factory, small_lake):
    installed = subprocess.run([ROOT / "setup/install.sh", "spark"], capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"Spark cannot be installed here: {installed.stderr.strip()[-300:]}")
    folder = tmp_path_factory.mktemp("spark")
    lake = folder / "lake"
    for what in ("make", "wide"):
        subprocess.run([MAKER, what, lake], check=True, stdout=subprocess.DEVNULL)
    before = ours(lake)
    # A table whose newest files come out of our own optimize is one that Spark must read, too.
    subprocess.run([VOXLAKE, "table", "optimize", "utterances", "--lake", lake], check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "PYSPARK_PYTHON": str(ROOT / ".deps/spark/bin/python"), "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [ROOT / ".deps/spark/bin/python", ROOT / "tests/lake/spark_session.py", lake]
    command += [ROOT / ".deps/spark-jars", small_lake.folder]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, timeout=900)
    assert done.returncode == 0, done.stderr[-20000:]
    return lake, before, json.loads(done.stdout.splitlines()[-1])


def test_spark_3_5_reads_every_row_vectorised_and_row_by_row(session):
    _, before, seen = session
    assert seen["spark"].startswith("3.5.")
    assert seen["vectorised"]
    assert seen["utterances"] == before
    assert seen["utterances_row_by_row"] == before


def test_spark_sees_our_types_and_signals(session):
    _, _, seen = session
    assert seen["signal"] == [i / 32768 for i in range(6)]
    types = seen["types"]
    assert (types["signal"], types["source_rate"], types["samples"]) == ("array<float>", "int", "bigint")
    assert (types["seconds"], types["peak"], types["is_silent"]) == ("double", "float", "boolean")


def test_spark_reads_the_samples_of_real_recordings_by_both_readers(session, small_lake):
    _, _, seen = session
    clips = deltalake.DeltaTable(small_lake.folder / "silver/utterances").to_pyarrow_table(
        columns=["utterance_id", "signal"]
    )
    expected = sorted(
        [clip["utterance_id"], len(clip["signal"]), math.fsum(clip["signal"])] for clip in clips.to_pylist()
    )
    for found in (seen["samples"], seen["samples_row_by_row"]):
        assert [clip[:2] for clip in found] == [clip[:2] for clip in expected]
        assert [clip[2] for clip in found] == pytest.approx([clip[2] for clip in expected], abs=1e-6)


def test_spark_reads_4290_features(session):
    _, _, seen = session
    assert seen["wide_columns"] == 4301
    assert [row[0] for row in seen["wide"]] == [None, *(float(r + 9) for r in range(20) if r != 7)]


def test_spark_describes_our_history_and_travels_in_time(session):
    _, _, seen = session
    assert seen["history"][0] == [56, "OPTIMIZE", "200"]
    assert seen["history"][1][:2] == [55, "MERGE"]
    assert [entry[0] for entry in seen["history"]] == list(range(56, -1, -1))
    assert seen["rows_of_version_10"] == 40


def test_what_spark_merged_optimized_and_deleted_is_read_by_us(session):
    lake, before, seen = session
    expected = sorted(
        [name, prompt, samples, "merged by Spark" if name == "speaker1-20080101-abc/a0001" else fingerprint]
        for name, prompt, samples, fingerprint in before
        if not name.startswith("speaker2-20080101-abc/")
    )
    assert seen["merged"] == expected
    expected = [row for row in expected if row[0] != "speaker4-20080101-abc/a0000"]
    assert seen["deleted"] == expected
    assert ours(lake) == expected


def test_we_commit_after_spark_and_others_read_it(session):
    lake, _, _ = session
    version = deltalake.DeltaTable(lake / "silver/utterances").version()
    subprocess.run([MAKER, "again", lake, "7"], check=True)
    table = deltalake.DeltaTable(lake / "silver/utterances")
    assert table.version() == version + 1
    rows = ours(lake)
    assert sorted(list(row.values()) for row in table.to_pyarrow_table(columns=COLUMNS).to_pylist()) == rows
    assert [row[3] for row in rows if row[0].startswith("speaker7-20080101-abc/")] == ["again"] * 4
