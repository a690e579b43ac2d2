"""copy.server_side: the storage service fetches what is public; what it cannot fetch comes through this machine."""

import hashlib
import sys
import urllib.request
from pathlib import Path

import polars
import pytest
from deltalake import DeltaTable
from hostile_server import HostileServer, serve_well
from program import run_voxlake
from sample_corpus import part_of
from tables import all_rows, rows_of

sys.path.insert(0, str(Path(__file__).resolve().parent))

from azurite import ACCOUNT, Azurite, signature  # noqa: E402
from fetching_service import AGENT, FetchingService  # noqa: E402

NAMES = ["briefly-20140101-sht", "june-20180412-ybq", "mixedbag-20150101-bad", "oldmill-20070419-tsc"]
SETTINGS = ["--tables-file-mb", "1", "--tables-row-group-mb", "1"]
# 127.0.0.1 is no place on the public web.
SERVER_SIDE = ["--copy-server-side", "yes", "--copy-private-addresses", "yes"]


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    emulator = Azurite(tmp_path_factory.mktemp("azurite"))
    yield emulator
    emulator.stop()


@pytest.fixture
def service(azurite):
    front = FetchingService(azurite)
    yield front
    front.stop()


@pytest.fixture(scope="module")
def part(sample, tmp_path_factory):
    return part_of(sample, tmp_path_factory.mktemp("part"), NAMES)


class Copying:
    """A lake of its own behind a service that fetches."""

    def __init__(self, azurite: Azurite, service: FetchingService, container: str) -> None:
        self.azurite, self.service = azurite, service
        self.lake = f"abfss://{container}@{ACCOUNT}.dfs.core.windows.net"

    def run(self, site, *more):
        arguments = ["--corpus", site, "--name", "sample", "--lake", self.lake, *SETTINGS, *SERVER_SIDE, *more]
        return run_voxlake("run", *arguments, environment=self.service.environment(self.azurite))

    def rows(self, table: str) -> polars.DataFrame:
        read = DeltaTable(f"{self.lake}/{table}", storage_options=self.azurite.storage_options())
        return polars.from_arrow(read.to_pyarrow_table())

    def archives(self) -> dict[str, dict]:
        return {row["archive"]: row for row in self.rows("bronze/archives").to_dicts()}


def publish(azurite: Azurite, folder: Path) -> str:
    """The archives and their page in a container that anybody may read."""

    def put(path: str, body: bytes, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in {"x_ms_version": "2020-12-06", **headers}.items()}
        url = f"{azurite.endpoint}/{path}{'&' if '?' in path else '?'}{signature()}"
        urllib.request.urlopen(urllib.request.Request(url, method="PUT", data=body, headers=named)).close()

    put("published?restype=container", b"", x_ms_blob_public_access="blob")
    for name in NAMES:
        content, kind = (folder / f"{name}.tgz").read_bytes(), "application/x-gzip"
        put(f"published/{name}.tgz", content, x_ms_blob_type="BlockBlob", Content_Type=kind)
    page = "".join(f'<a href="{name}.tgz">x</a>\n' for name in NAMES).encode()
    put("published/index.html", page, x_ms_blob_type="BlockBlob", Content_Type="text/html")
    return f"{azurite.endpoint}/published/index.html"


def test_azurite_itself_fetches_what_it_publishes(azurite, part):
    """Azurite knows Put Block From URL where the source is its own: the one judge of our requests that is not ours."""
    lake = f"abfss://own@{ACCOUNT}.dfs.core.windows.net"
    arguments = ["--corpus", publish(azurite, part.folder), "--name", "sample", "--lake", lake, *SERVER_SIDE]
    arguments += ["--until", "copy", "--azure-block-mb", 1]
    outcome = run_voxlake("run", *arguments, environment=azurite.environment())
    assert outcome.code == 0, outcome.text
    assert f"{len(NAMES)} by the storage service itself" in outcome.stderr
    for name in NAMES:
        url = f"{azurite.endpoint}/own/bronze/sample/{name}.tgz?{signature()}"
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == (part.folder / f"{name}.tgz").read_bytes()


def agents(site, method: str) -> set[str]:
    asked = [request for request in site.requests() if request["path"].endswith(".tgz")]
    return {request["agent"] for request in asked if request["method"] == method}


def test_the_service_fetches_and_no_byte_comes_through_this_machine(azurite, service, part, web, tmp_path):
    site, copying = web(part.folder), Copying(azurite, service, "fetched")
    # In blocks of a mebibyte, so that an archive has several.
    outcome = copying.run(site, "--until", "copy", "--azure-block-mb", 1)
    assert outcome.code == 0, outcome.text
    assert f"{len(NAMES)} by the storage service itself" in outcome.stderr
    assert agents(site, "GET") == {AGENT}
    assert agents(site, "HEAD") and AGENT not in agents(site, "HEAD")
    sizes = {name: (part.folder / f"{name}.tgz").stat().st_size for name in NAMES}
    assert service.bytes_sent < sum(sizes.values()) / 4  # tables and block lists
    assert service.blocks_from_url == sum(-(-size // (1 << 20)) for size in sizes.values())
    rows = copying.archives()
    assert {name: row["bytes"] for name, row in rows.items()} == sizes
    assert {row["sha256"] for row in rows.values()} == {""}  # nobody here has seen the bytes
    assert all(row["etag"] for row in rows.values())

    site.forget()
    assert copying.run(site, "--until", "copy", "--copy-keep-replaced", "no").code == 0
    answers = [request["status"] for request in site.requests() if request["path"].endswith(".tgz")]
    assert answers == [304] * len(NAMES)

    outcome = copying.run(site, "--until", "decode")  # decoding reads them, and says what they are
    assert outcome.code == 3, outcome.text
    for name, row in copying.archives().items():
        assert row["sha256"] == hashlib.sha256((part.folder / f"{name}.tgz").read_bytes()).hexdigest()


def test_a_run_ends_with_the_rows_of_one_that_copied_by_itself(azurite, service, part, web, tmp_path):
    site, copying = web(part.folder), Copying(azurite, service, "whole")
    outcome = copying.run(site, "--until", "decode")
    assert outcome.code == 3, outcome.text
    assert service.blocks_from_url == len(NAMES)
    lake = tmp_path / "lake"
    assert (
        run_voxlake("run", "--corpus", site, "--name", "sample", "--lake", lake, *SETTINGS, "--until", "decode").code
        == 3
    )
    for table, rows in all_rows(lake).items():
        assert rows_of(copying.rows(table)) == rows, table


def test_what_the_service_cannot_reach_comes_through_this_machine(azurite, service, part, web):
    site, copying = web(part.folder), Copying(azurite, service, "unreached")
    service.reaches_sources = False
    outcome = copying.run(site, "--until", "copy", "--log", "json")
    assert outcome.code == 0, outcome.text
    assert service.blocks_from_url == len(NAMES)
    assert "CannotVerifyCopySource" in outcome.stderr
    assert AGENT not in agents(site, "GET")
    for name, row in copying.archives().items():
        assert row["sha256"] == hashlib.sha256((part.folder / f"{name}.tgz").read_bytes()).hexdigest()


def test_what_is_not_public_or_not_as_it_should_be_comes_through_this_machine(azurite, service, part):
    copying, server = Copying(azurite, service, "odd"), HostileServer()
    contents = {name: (part.folder / f"{name}.tgz").read_bytes() for name in NAMES}
    links = [f"{NAMES[0]}.tgz?token=secret", f"{NAMES[1]}.tgz", f"{NAMES[2]}.tgz", f"{NAMES[3]}.tgz"]
    page = "".join(f'<a href="{link}">x</a>\n' for link in links).encode()
    well = {name: serve_well(content) for name, content in contents.items()}

    def only_get(exchange):  # a server that knows no HEAD
        exchange.send(405, b"") if exchange.method == "HEAD" else well[NAMES[1]](exchange)

    def as_page(exchange):
        kind = {"Content-Type": "text/html"}
        exchange.send(200, b"<html>busy</html>", kind)

    server.scripts["/"] = lambda exchange: exchange.send(200, page)
    server.scripts["/" + links[0]] = well[NAMES[0]]
    server.scripts["/" + links[1]] = only_get
    server.scripts["/" + links[2]] = as_page
    server.scripts["/" + links[3]] = lambda exchange: exchange.send(404, b"")
    outcome = copying.run(server.url, "--until", "copy")
    server.stop()
    assert outcome.code == 3, outcome.text
    assert service.blocks_from_url == 0
    rows = copying.archives()
    assert {name: row["state"] for name, row in rows.items()} == {
        NAMES[0]: "copied",
        NAMES[1]: "copied",
        NAMES[2]: "failed",
        NAMES[3]: "failed",
    }
    for name in NAMES[:2]:
        assert rows[name]["sha256"] == hashlib.sha256(contents[name]).hexdigest()


def test_a_folder_copies_as_ever(program, part, web, tmp_path):
    site = web(part.folder)
    arguments = ["--corpus", site, "--name", "sample", "--lake", tmp_path / "lake", "--until", "copy"]
    outcome = run_voxlake("run", *arguments, *SERVER_SIDE)
    assert outcome.code == 0, outcome.text
    assert not agents(site, "HEAD")
