"""`voxlake features PATH…`: audio files, archives and folders described without a lake."""

import shutil
import tarfile
import zipfile

import polars
import pytest
from program import run_voxlake
from tables import REJECTS, UTTERANCES, read

KEYS = ["file", "window", "start_seconds", "end_seconds", "partial"]


@pytest.fixture(scope="module")
def described(sample, tmp_path_factory):
    """The whole sample corpus, and the exit status and messages of describing it."""
    output = tmp_path_factory.mktemp("described") / "features.parquet"
    outcome = run_voxlake("features", sample.folder, "--format", "parquet", "-o", output)
    return output, outcome


def test_a_folder_of_archives_gives_the_rows_that_a_lake_has(described, sample, sample_lake):
    output, _ = described
    clips = read(sample_lake.folder, UTTERANCES, ["archive", "member", "utterance_id"])
    file = polars.format(f"{sample.folder}/{{}}.tgz/{{}}", "archive", "member").alias("file")
    gold = read(sample_lake.folder, "gold/features/spectral").join(clips.with_columns(file), on="utterance_id")
    rows = polars.read_parquet(output)
    assert rows.columns[: len(KEYS)] == KEYS
    assert rows.null_count().select(KEYS).sum_horizontal().item() == 0
    order = ["file", "window"]
    assert rows.sort(order).equals(gold.select(rows.columns).sort(order))  # the same bits, nulls where there are nulls
    assert rows["file"].str.extract(r"/([^/]*\.t[^/]*)/", 1).is_sorted()  # archive by archive


def test_what_silver_refuses_is_refused_with_its_reason(described, sample, sample_lake):
    _, outcome = described
    assert outcome.code == 3
    rejects = read(sample_lake.folder, REJECTS).filter(polars.col("stage") == "decode")
    for archive, member, reason in rejects.select("archive", "member", "reason").iter_rows():
        name = f"{archive}.tgz" + (f"/{member}" if member else "")
        assert any(reason in line and name in line for line in outcome.stderr.splitlines()), (name, reason)


@pytest.mark.parametrize("threads", [1])
def test_the_bytes_do_not_depend_on_the_threads(described, sample, tmp_path, threads):
    again = tmp_path / "again.parquet"
    outcome = run_voxlake(
        "features", sample.folder, "--format", "parquet", "-o", again, "--threads", threads
    )  # fmt: skip
    assert outcome.code == 3
    assert again.read_bytes() == described[0].read_bytes()


def test_formats_and_packings_say_the_same(sample, tmp_path):
    name = "amsel77-20120514-nko"
    packed = tmp_path / "in" / f"{name}.tgz"
    packed.parent.mkdir()
    shutil.copy(sample.folder / packed.name, packed)
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "in" / "files")  # made by ourselves
    with zipfile.ZipFile(tmp_path / "in" / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((tmp_path / "in" / "files").rglob("*.wav")):
            archive.write(path, path.relative_to(tmp_path / "in" / "files"))
    whole = run_voxlake(
        "features", "in", "--set", "librosa-full", "--format", "parquet", "-o", "all.parquet", cwd=tmp_path
    )
    assert whole.code == 0, whole.text
    rows = polars.read_parquet(tmp_path / "all.parquet")
    clip = rows["file"].str.extract(r"/(wav/.*)$", 1)
    parts = [
        rows.with_columns(file=clip).filter(rows["file"].str.starts_with(begin))
        for begin in ("in/files/", f"in/{name}.tgz/", f"in/{name}.zip/")
    ]
    assert parts[0].height > 0
    for part in parts[1:]:
        assert part.sort("file", "window").equals(parts[0].sort("file", "window"))
    text = run_voxlake("features", f"in/{name}.tgz", "--set", "librosa-full", cwd=tmp_path)
    assert text.code == 0, text.text
    numbers = polars.read_csv(text.stdout.encode(), schema_overrides=rows.schema)
    assert numbers.equals(rows.filter(rows["file"].str.starts_with(f"in/{name}.tgz/")))


def test_an_archive_without_sound_and_one_that_is_none_are_refused(tmp_path):
    (tmp_path / "text.tgz").write_text("no archive")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("README", "nothing to hear")
    outcome = run_voxlake("features", "text.tgz", "empty.zip", "nowhere", cwd=tmp_path)
    assert outcome.code == 1
    assert "not_an_archive" in outcome.stderr
    assert "no_utterances" in outcome.stderr
    assert "there is no file nowhere" in outcome.stderr
