"""copy at the scale of VoxForge: 6,244 archives, and one of gigabytes among others."""

import hashlib
import json
import os
import urllib.request

import pytest
from corpus_server import CorpusServer, names_of_voxforge
from program import run_voxlake
from tables import ARCHIVES, read

LARGE = "large-20080101-big"
# 2 GB where there is time for it; the same code runs for less.
LARGE_BYTES = int(os.environ.get("TEST_LARGE_BYTES", 300_000_000))
MOST_MEGABYTES = 250


@pytest.fixture
def serve(program):
    servers = []

    def start(*options) -> CorpusServer:
        servers.append(CorpusServer(*options))
        return servers[-1]

    yield start
    for server in servers:
        server._process.kill()


def copy(site: str, lake, *more):
    arguments = ["--corpus", site, "--name", "voxforge", "--lake", lake, "--until", "copy"]
    return run_voxlake("run", *arguments, *more, timeout=600)


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def test_6244_archives_come_whole_and_a_second_run_transfers_none(serve, tmp_path):
    lake = tmp_path / "lake"
    server = serve(*names_of_voxforge(), "--bytes", 8000)
    outcome = copy(server.url, lake)
    assert outcome.code == 0, outcome.text
    assert outcome.peak_megabytes < MOST_MEGABYTES
    print(f"6,244 archives: {outcome.seconds:.1f} s, {outcome.peak_megabytes:.0f} MB")
    rows = read(lake, ARCHIVES).to_dicts()
    assert len({row["archive"] for row in rows}) == len(rows) == 6244
    assert {row["state"] for row in rows} == {"copied"}
    for row in rows:
        content = (lake / row["path"]).read_bytes()
        assert row["bytes"] == len(content)
        assert row["sha256"] == hashlib.sha256(content).hexdigest()
    for row in rows[::1000]:
        assert (lake / row["path"]).read_bytes() == fetched(row["url"])
    asked = server.stop()
    assert asked["requests"] == 6244 + 1 + 7
    assert asked["most_connections"] <= 8
    assert asked["connections"] <= 8 + 1 + 7  # ours are used again; the page's and the test's own are not

    again = serve(*names_of_voxforge(), "--bytes", 8000)
    outcome = copy(again.url, lake)
    assert outcome.code == 0, outcome.text
    asked = again.stop()
    assert asked["requests"] == 6245
    assert asked["bytes"] < 2_000_000  # the index page alone


def test_a_huge_archive_among_small_ones_costs_no_memory(serve, tmp_path):
    server = serve("--count", 50, "--large", LARGE_BYTES)
    outcome = copy(server.url, tmp_path / "lake")
    assert outcome.code == 0, outcome.text
    print(f"{LARGE_BYTES / 1e6:.0f} MB: {outcome.seconds:.1f} s, {outcome.peak_megabytes:.0f} MB")
    assert outcome.peak_megabytes < MOST_MEGABYTES
    rows = {row["archive"]: row for row in read(tmp_path / "lake", ARCHIVES).to_dicts()}
    assert len(rows) == 51
    assert rows[LARGE]["bytes"] > 0.99 * LARGE_BYTES  # whole clips
    with (tmp_path / "lake" / rows[LARGE]["path"]).open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == rows[LARGE]["sha256"]


def test_the_server_makes_the_same_archives_again_and_answers_ranges(serve):
    urls = []
    for _ in range(2):
        server = serve("--count", 20, "--bytes", 50_000)
        page = fetched(server.url).decode()
        urls.append([server.url + line.split('"')[0] for line in page.split('href="')[5:]])
    assert len(urls[0]) == 20
    for one, other in zip(*urls, strict=True):
        assert fetched(one) == fetched(other)
    whole = fetched(urls[0][0])
    asked = urllib.request.Request(urls[0][0], headers={"Range": "bytes=1000-1999"})
    with urllib.request.urlopen(asked) as answer:
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes 1000-1999/{len(whole)}"
        assert answer.read() == whole[1000:2000]


def test_what_the_server_makes_is_decoded_and_described(serve, tmp_path):
    server = serve("--count", 12, "--bytes", 200_000, "--level", 6)
    lake = tmp_path / "lake"
    outcome = run_voxlake("run", "--corpus", server.url, "--lake", lake, "--until", "features", "--log", "json")
    assert outcome.code == 0, outcome.text
    clips = read(lake, "silver/utterances", ["archive", "gender", "is_silent", "prompt"])
    assert clips["archive"].n_unique() == 12
    assert set(clips["gender"]) <= {"male", "female"}
    assert not clips["is_silent"].any()
    assert clips["prompt"].null_count() == 0
    assert json.loads(outcome.stderr.splitlines()[-1])
