"""copy --adopt: archives that others put into bronze become rows, and the next stages take them up."""

import hashlib
import json
import os
import shutil
import time

import pytest
from program import run_voxlake
from tables import ARCHIVES, REJECTS, UTTERANCES, read

NAMES = ["june-20180412-ybq", "oldmill-20070419-tsc", "kestrel-20100105-rta", "briefly-20140101-sht"]


@pytest.fixture
def lake(small, tmp_path):
    """A lake that has archives in bronze and nothing else, as a factory leaves it."""
    bronze = tmp_path / "lake" / "bronze" / "sample"
    bronze.mkdir(parents=True)
    for name in NAMES:
        shutil.copy(small.folder / f"{name}.tgz", bronze)
    return tmp_path / "lake"


def stage(lake, *arguments):
    return run_voxlake(*arguments, "--lake", lake, "--name", "sample")


def adopt(lake):
    return stage(lake, "copy", "--adopt")


def rows(lake):
    return {row["archive"]: row for row in read(lake, ARCHIVES).to_dicts()}


def fail(lake, *failures):
    file = lake / "miscellaneous/failures/sample/chunk-0000.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(list(failures)))


def test_archives_are_registered_as_they_are(program, lake):
    outcome = adopt(lake)
    assert outcome.code == 0, outcome.text
    assert sorted(rows(lake)) == sorted(NAMES)
    for name, row in rows(lake).items():
        content = (lake / "bronze/sample" / f"{name}.tgz").read_bytes()
        assert (row["bytes"], row["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert (row["state"], row["path"]) == ("copied", f"bronze/sample/{name}.tgz")


def test_the_next_stages_make_of_them_what_a_run_would(program, lake, small, web, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    for name in NAMES:
        shutil.copy(small.folder / f"{name}.tgz", site)
    (site / "index.html").write_text("".join(f'<a href="{name}.tgz">{name}.tgz</a>' for name in sorted(NAMES)))
    run = run_voxlake(
        "run", "--corpus", web(site), "--lake", tmp_path / "whole", "--name", "sample", "--until", "features"
    )
    assert run.code in (0, 3), run.text
    assert adopt(lake).code == 0
    for name in ("decode", "features", "dataset"):
        assert stage(lake, name).code in (0, 3)
    key = ["utterance_id"]
    ours, theirs = (read(folder, UTTERANCES).sort(key) for folder in (lake, tmp_path / "whole"))
    assert ours.equals(theirs)
    features = "gold/features/spectral"
    key = ["utterance_id", "window"]
    ours, theirs = (read(folder, features).sort(key) for folder in (lake, tmp_path / "whole"))
    assert ours.equals(theirs)


def test_an_archive_that_cannot_be_looked_at_is_not_said_to_have_failed(program, lake):
    fail(lake, [f"{NAMES[0]}.tgz", "host was down"])
    archive = lake / "bronze/sample" / f"{NAMES[0]}.tgz"
    content = archive.read_bytes()
    archive.unlink()
    archive.symlink_to(archive)
    outcome = adopt(lake)
    assert outcome.code == 1, outcome.text
    assert "symbolic links" in outcome.stderr
    archive.unlink()
    archive.write_bytes(content)
    assert adopt(lake).code == 0
    assert {row["state"] for row in rows(lake).values()} == {"copied"}


def test_a_second_adoption_changes_nothing(program, lake):
    adopt(lake)
    log = lake / "bronze/archives/_delta_log"
    before = sorted(file.name for file in log.iterdir())
    again = adopt(lake)
    assert again.code == 0, again.text
    assert sorted(file.name for file in log.iterdir()) == before


def test_a_changed_archive_is_read_again_and_an_unchanged_one_written_again_keeps_its_hash(program, lake):
    adopt(lake)
    assert stage(lake, "decode").code in (0, 3)
    before = rows(lake)
    bronze = lake / "bronze/sample"
    later = time.time() + 5
    shutil.copy(bronze / f"{NAMES[0]}.tgz", bronze / f"{NAMES[1]}.tgz")
    for name in NAMES[1:3]:
        os.utime(bronze / f"{name}.tgz", (later, later))
    assert adopt(lake).code == 0
    after = rows(lake)
    assert after[NAMES[1]]["sha256"] == before[NAMES[0]]["sha256"]
    assert after[NAMES[2]]["sha256"] == before[NAMES[2]]["sha256"]
    assert after[NAMES[3]] == before[NAMES[3]]
    assert adopt(lake).code == 0
    assert rows(lake) == after


def test_addresses_come_from_the_manifest_where_there_is_one(program, lake, small, web):
    site = web(small.folder)
    assert run_voxlake("discover", "--corpus", site, "--lake", lake, "--name", "sample").code == 0
    assert adopt(lake).code == 0
    assert all(row["url"] == f"{site}{name}.tgz" for name, row in rows(lake).items())


def test_what_the_factory_could_not_copy_is_a_failed_row_and_a_reject_until_it_comes(program, lake):
    bronze = lake / "bronze/sample"
    gone = bronze / f"{NAMES[0]}.tgz"
    content = gone.read_bytes()
    gone.unlink()
    part = bronze / f"{NAMES[1]}.tgz"
    whole = part.read_bytes()
    part.write_bytes(whole[:100])
    fail(lake, [gone.name, "status code 404"], [part.name, "connection reset"], ["../evil.tgz", "x"], "nonsense")
    outcome = adopt(lake)
    assert outcome.code == 3, outcome.text
    found = rows(lake)
    assert sorted(found) == sorted(NAMES)
    assert (found[NAMES[0]]["state"], found[NAMES[0]]["error"]) == ("failed", "status code 404")
    assert (found[NAMES[1]]["state"], found[NAMES[1]]["error"]) == ("failed", "connection reset")
    rejects = {row["archive"]: row for row in read(lake, REJECTS).to_dicts()}
    assert rejects[NAMES[0]]["reason"] == "transfer_failed"
    assert adopt(lake).code == 3
    later = time.time() + 5
    for file, bytes_ in ((gone, content), (part, whole)):
        file.write_bytes(bytes_)
        os.utime(file, (later, later))
    assert adopt(lake).code == 0
    assert {row["state"] for row in rows(lake).values()} == {"copied"}
    assert read(lake, REJECTS).height == 0


def test_an_archive_that_came_earlier_outlives_a_later_failure(program, lake):
    assert adopt(lake).code == 0
    time.sleep(0.05)
    fail(lake, [f"{NAMES[0]}.tgz", "status code 503"])
    assert adopt(lake).code == 0
    assert rows(lake)[NAMES[0]]["state"] == "copied"


def test_files_that_are_no_archives_and_twins_are_left_alone(program, lake):
    bronze = lake / "bronze/sample"
    (bronze / "README.txt").write_text("x")
    (bronze / "deep").mkdir()
    shutil.copy(bronze / f"{NAMES[0]}.tgz", bronze / "deep" / "other-20100101-abc.tgz")
    shutil.copy(bronze / f"{NAMES[0]}.tgz", bronze / f"{NAMES[0]}.tar.gz")
    outcome = adopt(lake)
    assert outcome.code == 0, outcome.text
    assert sorted(rows(lake)) == sorted(NAMES)
    assert "is the same archive" in outcome.stderr


def test_a_mistyped_lake_or_name_is_an_error(program, tmp_path):
    outcome = stage(tmp_path / "nothing", "copy", "--adopt")
    assert outcome.code == 1, outcome.text
    assert "there is nothing in bronze/sample" in outcome.stderr
    assert not (tmp_path / "nothing").exists()
