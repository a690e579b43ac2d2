"""discover: from an index page, a folder or a manifest to the manifest and its chunks."""

import json
from pathlib import Path

import pytest
from program import ROOT, run_voxlake

REAL_NAMES = ROOT.parent / "shared" / "data" / "voxforge-archives.txt"


def discover(corpus, lake: Path, *more):
    return run_voxlake("discover", "--corpus", corpus, "--lake", lake, *more)


def manifest(lake: Path) -> list[dict]:
    return json.loads((lake / "miscellaneous" / "manifest" / "manifest.json").read_text())


def page_of(hrefs: list[str]) -> str:
    lines = "".join(
        f'<img src="/i.gif" alt="[ ]"> <a href="{href}">{href[:20]}..&gt;</a> 01-Jan-2010 10:00 1.2M\n'
        for href in hrefs
    )
    return f"<html><body><h1>Index of /a</h1><pre>{lines}</pre></body></html>\n"


def test_http_page_gives_every_archive_of_the_sample(program, sample, sample_site, tmp_path):
    outcome = discover(sample_site, tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    rows = manifest(tmp_path / "lake")
    assert [row["FileName"] for row in rows] == [entry["file"] for entry in sample.archives.values()]
    assert set(rows[0]) == {"BaseURL", "RelativeURL", "FileName"}
    by_name = {row["FileName"]: row["BaseURL"] + row["RelativeURL"] for row in rows}
    assert by_name["old oak-20110405-wbn.tgz"] == f"{sample_site}old%20oak-20110405-wbn.tgz"


@pytest.mark.parametrize("spelling", ["file://{page}", "{page}", "{folder}", "file://{folder}/"])
def test_local_page_and_folder_give_the_same_names(program, sample, tmp_path, spelling):
    corpus = spelling.format(page=sample.folder / "index.html", folder=sample.folder)
    outcome = discover(corpus, tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    assert sorted(row["FileName"] for row in manifest(tmp_path / "lake")) == sorted(
        e["file"] for e in sample.archives.values()
    )


def test_a_manifest_is_a_corpus_too(program, tmp_path):
    rows = [
        {
            "BaseURL": "http://127.0.0.1:9/",
            "RelativeURL": f"x/a-2008010{i}-abc.tgz",
            "FileName": f"a-2008010{i}-abc.tgz",
        }
        for i in range(1, 4)
    ]
    (tmp_path / "mine.json").write_text(json.dumps(rows))
    outcome = discover(tmp_path / "mine.json", tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    assert manifest(tmp_path / "lake") == rows


def test_links_of_every_spelling_are_resolved_once(program, web, tmp_path):
    hrefs = ["?C=N;O=D", "?C=M;O=A", "../", "/parent/", "mailto:x@example.org", "#top", "one-20080101-abc.tgz"]
    hrefs += ["./one-20080101-abc.tgz", "two%20words-20080102-abc.tgz", "/elsewhere/three-20080103-abc.tgz"]
    hrefs += ["four-20080104-abc.TGZ", "notes.txt", "one-20080101-abc.tgz"]
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(page_of(hrefs))
    site = web(tmp_path / "site")
    outcome = discover(site, tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    found = [row["BaseURL"] + row["RelativeURL"] for row in manifest(tmp_path / "lake")]
    wanted = [
        "one-20080101-abc.tgz",
        "two%20words-20080102-abc.tgz",
        "elsewhere/three-20080103-abc.tgz",
        "four-20080104-abc.TGZ",
    ]
    assert found == [site + name for name in wanted]


@pytest.mark.skipif(not REAL_NAMES.is_file(), reason="the list of real archive names (../shared/data) is not there")
def test_the_real_page_of_6244_names_makes_two_chunks(program, web, tmp_path):
    names = REAL_NAMES.read_text().split()
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(page_of(["?C=N;O=D", "?C=M;O=A", "?C=S;O=A", "?C=D;O=A", *names]))
    outcome = discover(web(tmp_path / "site"), tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    rows = manifest(tmp_path / "lake")
    assert [row["FileName"] for row in rows] == names
    assert len(rows) == 6244
    folder = tmp_path / "lake" / "miscellaneous" / "manifest"
    chunks = sorted(folder.glob("chunk-*.json"))
    assert len(chunks) == 2
    assert [row for chunk in chunks for row in json.loads(chunk.read_text())] == rows
    assert all(len(json.loads(chunk.read_text())) <= 5000 and chunk.stat().st_size <= 4_000_000 for chunk in chunks)
    assert len(json.loads((folder / "index.json").read_text())) == 2


@pytest.mark.parametrize(
    "what", ["no archives", "error page", "missing", "no server", "no folder", "empty folder", "bad manifest"]
)
def test_a_corpus_that_is_none_is_an_error_and_leaves_nothing(program, web, tmp_path, what):
    (tmp_path / "site").mkdir()
    corpus = str(tmp_path / "site")
    if what == "no archives":
        (tmp_path / "site" / "index.html").write_text(page_of(["notes.txt", "?C=N;O=D"]))
        corpus = web(tmp_path / "site")
    elif what == "error page":
        corpus = web(tmp_path / "site", ["page:*:*"])
    elif what == "missing":
        corpus = web(tmp_path / "site") + "nowhere/"
    elif what == "no server":
        corpus = "http://127.0.0.1:9/"
    elif what == "no folder":
        corpus = tmp_path / "nowhere"
    elif what == "bad manifest":
        corpus = tmp_path / "bad.json"
        corpus.write_text('[{"BaseURL": "http://127.0.0.1/", "FileName": "a.tgz"}]')
    for command in ("discover", "run"):
        lake = tmp_path / f"lake-{command}"
        outcome = run_voxlake(command, "--corpus", corpus, "--lake", lake, "--copy-attempts", 2)
        assert outcome.code == 1, outcome.text
        assert outcome.stderr.strip()
        assert not [path for path in lake.rglob("*") if path.is_file()] if lake.exists() else True
