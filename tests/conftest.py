"""What the end-to-end tests share: the program, the sample corpus, web servers, and lakes that were made once."""

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "samples")]
# Where setup/install.sh puts Node.js on a machine that has none.
os.environ["PATH"] = os.pathsep.join([str(ROOT / ".deps" / "tools"), os.environ["PATH"]])
# The settings of whoever runs the tests are not the tests'.
for name in [name for name in os.environ if name.startswith("VOXLAKE_")]:
    del os.environ[name]
# librosa's compiled functions, a folder for each process: two that write one cache make it useless, or worse.
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".deps" / "numba" / os.environ.get("PYTEST_XDIST_WORKER", "alone"))

from lakes import SMALL_CORPUS, Lake, make_lake  # noqa: E402
from program import PROGRAM  # noqa: E402
from sample_corpus import Corpus, make_sample, part_of  # noqa: E402
from serve import open_server  # noqa: E402

# The files that take longest, longest first: the two processes of tests/run are done at about the same time where
# neither has one of these left at the end.
LONGEST = [
    "e2e/test_memory.py",
    "azure/test_azure_lake.py",
    "control/test_whole_flow.py",
    "e2e/test_crash.py",
    "e2e/test_dying_machine.py",
    "features/test_against_librosa.py",
    "e2e/test_incremental.py",
    "report/test_report_page.py",
    "fuzz/test_fuzz.py",
    "lake/test_spark.py",
    "functions/test_operations.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {ROOT / "tests" / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))


# A part of the sample with each kind of thing in it, small enough to be run many times.
@pytest.fixture(scope="session")
def program() -> Path:
    if not PROGRAM.is_file():
        pytest.fail(f"{PROGRAM} is not there: run make build")
    return PROGRAM


@pytest.fixture(scope="session")
def sample() -> Corpus:
    """The sample corpus, made once for the checkout."""
    return make_sample(ROOT / "samples" / "corpus")


@pytest.fixture(scope="session")
def web(tmp_path_factory):
    """Serves folders: `web(folder, faults=[…])` gives the address, its `.requests()` what was asked so far."""
    servers = []

    class Site(str):
        """An address that knows its log."""

        log: Path
        settle: Callable[[], None]
        most_at_once: Callable[[], int]

        def requests(self) -> list[dict]:
            self.settle()
            return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

        def forget(self) -> None:
            self.settle()
            self.log.unlink(missing_ok=True)

    def serve(folder: Path, faults: list[str] = ()) -> Site:
        log = tmp_path_factory.mktemp("log") / "requests.jsonl"
        server, address = open_server(folder, faults=faults, log=log)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        servers.append(server)
        site = Site(address)
        site.log = log
        served = server.RequestHandlerClass.site
        site.settle = served.settle
        site.most_at_once = lambda: served.most_under_way
        return site

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def small(sample, tmp_path_factory) -> Corpus:
    return part_of(sample, tmp_path_factory.mktemp("small"), SMALL_CORPUS)


@pytest.fixture(scope="session")
def sample_site(sample, web):
    return web(sample.folder)


@pytest.fixture(scope="session")
def sample_lake(program, sample, sample_site, tmp_path_factory) -> Lake:
    """The whole sample in a lake, with the default settings. Tests only read it."""
    return make_lake(tmp_path_factory.mktemp("sample") / "lake", sample, sample_site)


@pytest.fixture(scope="session")
def full_lake(program, small, web, tmp_path_factory) -> Lake:
    """The small corpus with the set librosa-full. Tests only read it."""
    return make_lake(tmp_path_factory.mktemp("full") / "lake", small, web(small.folder), "--features", "librosa-full")


@pytest.fixture(scope="session")
def small_lake(program, small, web, tmp_path_factory) -> Lake:
    """The small corpus, undisturbed. Tests only read it."""
    return make_lake(tmp_path_factory.mktemp("undisturbed") / "lake", small, web(small.folder))
