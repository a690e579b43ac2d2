"""copy: archives come whole or not at all, whatever the server does."""

import collections
import hashlib

import polars
from program import run_voxlake
from sample_corpus import part_of
from tables import ARCHIVES, read

NAMES = ["briefly-20140101-sht", "june-20180412-ybq", "oldmill-20070419-tsc", "oldmill-20070420-fho"]


def copy(site, lake, *more):
    return run_voxlake("run", "--corpus", site, "--name", "part", "--lake", lake, "--until", "copy", *more)


def assert_whole(lake, corpus):
    """Every archive is in bronze, byte by byte, and its row says so."""
    rows = {row["archive"]: row for row in read(lake, ARCHIVES).to_dicts()}
    assert sorted(rows) == sorted(corpus.archives)
    for name, row in rows.items():
        content = (corpus.folder / f"{name}.tgz").read_bytes()
        assert row["state"] == "copied"
        assert row["bytes"] == len(content)
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
        assert (lake / row["path"]).read_bytes() == content


def asked(site) -> collections.Counter:
    return collections.Counter(request["path"].removeprefix("/").removesuffix(".tgz") for request in site.requests())


def test_whole_sample_is_in_bronze_byte_by_byte(sample_lake):
    assert_whole(sample_lake.folder, sample_lake.corpus)


def test_dropped_stalled_short_and_refused_transfers_are_tried_again(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    faults = ["drop:*sht.tgz:2", "short:*ybq.tgz:1", "503:*tsc.tgz:2:1", "reset:*fho.tgz:1", "503:/:1"]
    site = web(part.folder, faults)
    outcome = copy(site, tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    assert_whole(tmp_path / "lake", part)
    assert asked(site)["oldmill-20070419-tsc"] == 3
    assert asked(site)["briefly-20140101-sht"] == 3


def test_retry_after_is_obeyed(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES[:1])
    site = web(part.folder, ["503:*sht.tgz:1:2"])
    assert copy(site, tmp_path / "lake").code == 0
    times = [request["time"] for request in site.requests() if request["path"].endswith("sht.tgz")]
    assert times[1] - times[0] >= 1.9


def test_second_copy_asks_conditionally_and_transfers_nothing(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    site = web(part.folder)
    assert copy(site, tmp_path / "lake").code == 0
    site.forget()
    outcome = copy(site, tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    archives = [request for request in site.requests() if request["path"].endswith(".tgz")]
    assert len(archives) == len(NAMES)
    assert all(request["status"] == 304 and request["if-none-match"] for request in archives)


def test_a_changed_archive_is_fetched_again(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES[:2])
    site = web(part.folder)
    assert copy(site, tmp_path / "lake").code == 0
    content = (part.folder / f"{NAMES[0]}.tgz").read_bytes()
    (part.folder / f"{NAMES[1]}.tgz").unlink()
    (part.folder / f"{NAMES[1]}.tgz").write_bytes(content)
    assert copy(site, tmp_path / "lake").code == 0
    assert_whole(tmp_path / "lake", part)


def test_an_archive_that_cannot_be_had_is_a_row_and_the_others_come(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    site = web(part.folder, ["500:*ybq.tgz:*"])
    outcome = copy(site, tmp_path / "lake", "--copy-attempts", 2)
    assert outcome.code == 3, outcome.text
    states = dict(read(tmp_path / "lake", ARCHIVES, ["archive", "state"]).iter_rows())
    assert states == {name: "failed" if name.endswith("ybq") else "copied" for name in NAMES}
    error = read(tmp_path / "lake", ARCHIVES).filter(polars.col("state") == "failed")["error"][0]
    assert "500" in error
    assert not list((tmp_path / "lake" / "bronze").rglob("*ybq*"))


def test_a_failed_archive_is_tried_again_by_the_next_run(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    site = web(part.folder, ["404:*ybq.tgz:1"])
    assert copy(site, tmp_path / "lake").code == 3
    assert copy(site, tmp_path / "lake").code == 0
    assert_whole(tmp_path / "lake", part)


def test_an_archive_that_is_no_longer_published_is_kept_and_marked(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    site = web(part.folder)
    assert copy(site, tmp_path / "lake").code == 0
    (part.folder / f"{NAMES[0]}.tgz").unlink()
    part.write_index()
    assert copy(site, tmp_path / "lake").code in (0, 3)
    rows = {row["archive"]: row for row in read(tmp_path / "lake", ARCHIVES).to_dicts()}
    assert rows[NAMES[0]]["state"] == "gone"
    assert (tmp_path / "lake" / rows[NAMES[0]]["path"]).is_file()


def test_several_transfers_run_at_once(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    site = web(part.folder, [f"stall:*{name[-3:]}.tgz:1:1.5" for name in NAMES])
    outcome = copy(site, tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    assert site.most_at_once() > 1


def test_what_an_archive_replaces_is_kept_unless_told_otherwise(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES[:2])
    old = {name: (part.folder / f"{name}.tgz").read_bytes() for name in NAMES[:2]}
    new = (sample.folder / f"{NAMES[2]}.tgz").read_bytes()
    site = web(part.folder)
    for lake, more in ((tmp_path / "lake", ()), (tmp_path / "other", ("--copy-keep-replaced", "no"))):
        (part.folder / f"{NAMES[0]}.tgz").unlink()
        (part.folder / f"{NAMES[0]}.tgz").write_bytes(old[NAMES[0]])
        assert copy(site, lake).code == 0
        (part.folder / f"{NAMES[0]}.tgz").write_bytes(new)
        assert copy(site, lake, *more).code == 0
        row = next(row for row in read(lake, ARCHIVES).to_dicts() if row["archive"] == NAMES[0])
        assert (lake / row["path"]).read_bytes() == new
        kept = {path.relative_to(lake): path.read_bytes() for path in lake.glob("bronze/part/replaced/*/*")}
        name = f"bronze/part/replaced/{NAMES[0]}/{hashlib.sha256(old[NAMES[0]]).hexdigest()}.tgz"
        assert {str(path): content for path, content in kept.items()} == ({} if more else {name: old[NAMES[0]]})
        assert copy(site, lake).code == 0  # and again: nothing more is replaced
        assert len(list(lake.glob("bronze/part/replaced/*/*"))) == len(kept)


def test_a_server_without_validators_replaces_nothing_by_the_same(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES[:2])
    site = web(part.folder, ["norange:*.tgz:*"])
    assert copy(site, tmp_path / "lake").code == 0
    assert copy(site, tmp_path / "lake").code == 0
    assert_whole(tmp_path / "lake", part)
    assert not (tmp_path / "lake" / "bronze" / "part" / "replaced").exists()


def test_a_mirror_is_asked_for_what_the_first_address_refuses(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    site, mirror = web(part.folder, ["403:*ybq.tgz:*", "drop:*sht.tgz:*", "404:*fho.tgz:*"]), web(part.folder)
    outcome = copy(site, tmp_path / "lake", "--copy-mirror", mirror, "--copy-attempts", 2)
    assert outcome.code == 3, outcome.text
    states = dict(read(tmp_path / "lake", ARCHIVES, ["archive", "state"]).iter_rows())
    assert states == {name: "failed" if name.endswith("fho") else "copied" for name in NAMES}  # gone is gone
    assert sorted(asked(mirror)) == sorted(name for name in NAMES if name.endswith(("ybq", "sht")))


def test_a_mirrors_page_is_read_where_the_first_is_down_and_nothing_counts_as_gone(program, sample, web, tmp_path):
    part, lagging = part_of(sample, tmp_path / "site", NAMES), part_of(sample, tmp_path / "mirror", NAMES[:3])
    site, mirror = web(part.folder, ["500:/:2"]), web(lagging.folder)
    options = ("--copy-mirror", mirror, "--copy-attempts", 2)
    outcome = copy(site, tmp_path / "lake", *options)
    assert outcome.code == 0, outcome.text
    assert "its mirror's page is read" in outcome.stderr
    assert set(asked(mirror)) == {""}  # the archives were to be had at their own address
    assert_whole(tmp_path / "lake", lagging)
    outcome = copy(site, tmp_path / "lake", *options)
    assert outcome.code == 0, outcome.text
    assert_whole(tmp_path / "lake", part)
    down = web(part.folder, ["500:*:*"])
    manifest = tmp_path / "lake" / "miscellaneous" / "manifest" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(site, down))
    outcome = copy(down, tmp_path / "lake", *options)
    assert outcome.code == 0, outcome.text
    assert_whole(tmp_path / "lake", part)  # all four are still there, and copied
    manifest.unlink()
    manifest.symlink_to(manifest)  # there, but it cannot be read: then nobody knows what is published
    lost = copy(down, tmp_path / "lake", *options)
    assert lost.code == 1, lost.text
    assert "manifest" in lost.stderr
    assert_whole(tmp_path / "lake", part)


def test_the_rate_is_kept_to(program, sample, web, tmp_path):
    part = part_of(sample, tmp_path / "site", NAMES)
    size = sum((part.folder / f"{name}.tgz").stat().st_size for name in NAMES)
    outcome = copy(web(part.folder), tmp_path / "lake", "--limit-rate", size / 2e6 / 1.0)
    assert outcome.code == 0, outcome.text
    assert 1.5 < outcome.seconds < 60
    assert_whole(tmp_path / "lake", part)
