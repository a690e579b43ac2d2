"""A later run does what is missing or stale, and nothing else."""

import collections

import polars
import pytest
from lakes import SMALL_CORPUS
from program import run_voxlake
from sample_corpus import Corpus, part_of
from tables import ARCHIVES, FEATURES, REJECTS, UTTERANCES, all_rows, file_hashes, read, versions


def run(site, lake, *more):
    outcome = run_voxlake("run", "--corpus", site, "--name", "sample", "--lake", lake, *more)
    assert outcome.code in (0, 3), outcome.text
    return outcome


def files(lake) -> dict[str, int]:
    """Every file of the lake and when it was written, less what a run may touch without changing anything."""
    found = [path for path in lake.rglob("*") if path.is_file() and path.name != ".voxlake.lock"]
    return {str(path.relative_to(lake)): path.stat().st_mtime_ns for path in found}


@pytest.fixture
def grown(sample, web, tmp_path):
    """A corpus of its own, served, with a lake made from it."""
    part: Corpus = part_of(sample, tmp_path / "site", SMALL_CORPUS[:6])
    site = web(part.folder)
    run(site, tmp_path / "lake")
    site.forget()
    return part, site, tmp_path / "lake"


def test_second_run_on_the_sample_does_nothing_and_says_so_within_two_seconds(sample_lake, sample_site):
    before, tables = files(sample_lake.folder), versions(sample_lake.folder)
    seconds = []
    while not seconds or (seconds[-1] >= 2 and len(seconds) < 3):  # a machine busy with something else proves nothing
        outcome = run(sample_site, sample_lake.folder)
        assert outcome.code == sample_lake.outcome.code
        assert "nothing to do" in outcome.stdout.lower()
        seconds.append(outcome.seconds)
    assert min(seconds) < 2, seconds
    assert versions(sample_lake.folder) == tables
    assert files(sample_lake.folder) == before


def test_one_more_archive_costs_one_archive(program, sample, grown):
    part, site, lake = grown
    before = files(lake)
    part.add(sample, "oldmill-20070420-fho")
    part.write_index()
    outcome = run(site, lake)
    assert "nothing to do" not in outcome.stdout.lower()
    statuses = collections.Counter(r["status"] for r in site.requests() if r["path"].endswith(".tgz"))
    assert statuses[200] == 1
    assert statuses[304] == 6
    new = set(read(lake, UTTERANCES, ["archive"])["archive"])
    assert "oldmill-20070420-fho" in new
    kept = [name for name in before if name.startswith("silver/utterances/") and name.endswith(".parquet")]
    after = files(lake)
    assert all(after[name] == before[name] for name in kept)


def test_a_grown_lake_equals_one_made_at_once(program, sample, grown, web, tmp_path):
    """But for the split, which depends on who came when, and what follows from it."""
    part, site, lake = grown
    for name in SMALL_CORPUS[6:10]:
        part.add(sample, name)
    part.write_index()
    run(site, lake)
    run(site, tmp_path / "at-once")
    for table in (UTTERANCES, REJECTS, FEATURES):
        assert all_rows(lake)[table] == all_rows(tmp_path / "at-once")[table], table


def test_other_windows_recompute_features_only(program, grown):
    _, site, lake = grown
    before = versions(lake)
    utterances = file_hashes(lake, UTTERANCES)
    outcome = run(site, lake, "--features-hop-seconds", "0.5")
    assert outcome.code in (0, 3)
    after = versions(lake)
    assert {name for name in after if after[name] != before[name]} == {FEATURES, "gold/dataset/spectral"}
    assert file_hashes(lake, UTTERANCES) == utterances
    assert not [r for r in site.requests() if r["path"].endswith(".tgz") and r["status"] == 200]
    starts = read(lake, FEATURES).filter(~polars.col("partial"))["start_seconds"]
    assert set((starts * 2 % 2).unique()) == {0.0, 1.0}
    assert "nothing to do" in run(site, lake, "--features-hop-seconds", "0.5").stdout.lower()


def test_a_changed_archive_replaces_its_rows(program, sample, grown):
    part, site, lake = grown
    path = part.folder / f"{SMALL_CORPUS[0]}.tgz"
    path.unlink()
    path.write_bytes((sample.folder / "hushed-20150202-sil.tgz").read_bytes())
    run(site, lake)
    rows = read(lake, UTTERANCES).filter(polars.col("archive") == SMALL_CORPUS[0])
    assert len(rows) == len(sample.archives["hushed-20150202-sil"]["clips"])
    assert set(read(lake, FEATURES).filter(polars.col("archive") == SMALL_CORPUS[0])["utterance_id"]) == set(
        rows["utterance_id"]
    )


def test_limit_and_until_bound_a_run_and_a_later_one_goes_on(program, small, web, small_lake, tmp_path):
    site = web(small.folder)
    run(site, tmp_path / "lake", "--limit", 3, "--until", "decode")
    assert len(read(tmp_path / "lake", ARCHIVES)) == 3
    assert set(versions(tmp_path / "lake")) <= {ARCHIVES, UTTERANCES, REJECTS, FEATURES}
    assert FEATURES not in versions(tmp_path / "lake") or read(tmp_path / "lake", FEATURES).is_empty()
    run(site, tmp_path / "lake")
    for table in (UTTERANCES, REJECTS, FEATURES):
        assert all_rows(tmp_path / "lake")[table] == all_rows(small_lake.folder)[table], table


def test_stages_one_by_one_make_the_same_lake(program, small, web, small_lake, tmp_path):
    site = web(small.folder)
    for stage in ("discover", "copy", "decode", "features", "dataset", "publish", "report"):
        # From then on the manifest says whose it is.
        corpus = ("--corpus", site, "--name", "sample") if stage == "discover" else ()
        outcome = run_voxlake(stage, *corpus, "--lake", tmp_path / "lake")
        assert outcome.code in (0, 3), f"{stage}: {outcome.text}"
    expected, found = all_rows(small_lake.folder), all_rows(tmp_path / "lake")
    for table in expected:
        if table != ARCHIVES:  # another server: other addresses
            assert found[table] == expected[table], table
    assert (tmp_path / "lake" / "report.html").is_file()


def test_a_manifest_is_not_copied_under_the_name_of_another_corpus(program, small, web, tmp_path):
    site = web(small.folder)
    run(site, tmp_path / "lake", "--limit", 1, "--until", "copy")
    before = versions(tmp_path / "lake")
    outcome = run_voxlake("copy", "--corpus", site, "--name", "another", "--lake", tmp_path / "lake")
    assert outcome.code == 1
    assert "not of another" in outcome.stderr
    assert versions(tmp_path / "lake") == before


@pytest.mark.parametrize("threads", [1, 3])
def test_any_number_of_threads_gives_the_same_bytes(program, small, small_lake, tmp_path, threads):
    run(small_lake.url, tmp_path / "lake", "--threads", threads)
    for table in versions(small_lake.folder):
        if table != ARCHIVES:
            assert file_hashes(tmp_path / "lake", table) == file_hashes(small_lake.folder, table), table
    assert all_rows(tmp_path / "lake") == all_rows(small_lake.folder)
