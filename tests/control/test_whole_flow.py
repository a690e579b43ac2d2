"""The whole of it, at VoxForge's size: 6,244 archives from a web server through the factory to gold, in Azurite.

The fake executes the pipeline that `voxlake adf deploy` deployed: the function app discovers, the factory copies, the
function app registers, decodes and describes what came. Everybody is a managed identity, and its tokens expire again
and again on the way. One archive vanishes between listing and copying.
"""

import hashlib
import re
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import polars
import pytest
from corpus_server import CorpusServer, names_of_voxforge
from deltalake import DeltaTable
from factory_site import settings
from fake_azure.azure import FakeAzure
from fake_azure.stores import BlobStore
from fake_azure.tokens import MANAGEMENT, STORAGE
from program import run_voxlake
from tables import ARCHIVES, DATASET, FEATURES, REJECTS, UTTERANCES

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("azure", "functions")]

from azurite import ACCOUNT, LAKE, Azurite, azure_path  # noqa: E402
from functions_host import KEY, FunctionsHost  # noqa: E402

pytestmark = pytest.mark.slow
COUNT = 6244
VANISHED = "vanished-20100101-abc"
TOKENS_LAST_SECONDS = 40


class StorageToken:
    """The factory's own, renewed when half of its time is over."""

    def __init__(self, azure: FakeAzure) -> None:
        self.azure, self.text, self.until = azure, "", 0.0

    def __call__(self) -> str:
        if time.monotonic() > self.until:
            self.text, seconds = self.azure.tokens.issue(STORAGE)
            self.until = time.monotonic() + seconds / 2
        return self.text


@pytest.fixture(scope="module")
def flow(program, tmp_path_factory):
    """Everything, once: what each step told, and what reads the lake that it left."""
    folder = tmp_path_factory.mktemp("whole-flow")
    azurite = Azurite(folder, secure=True)
    azure = FakeAzure(folder, None, f"https://{ACCOUNT}.dfs.core.windows.net")
    azure.tokens.lifetime = TOKENS_LAST_SECONDS
    store = BlobStore(azurite.endpoint, azurite.certificate, StorageToken(azure))
    azure.factory.surroundings.store = store
    azure.factory.surroundings.seconds_a_second = 0.3
    azure.put_secret("voxlake-function-key", KEY)
    for container in ("miscellaneous", "bronze", "silver", "gold"):
        store.make_container(container)
    trusted = folder / "trusted.pem"
    trusted.write_text(azure.certificate.read_text() + azurite.certificate.read_text())
    site = CorpusServer(*names_of_voxforge(), "--missing", f"{VANISHED}.tgz", "--bytes", 8000)
    identity = azure.function_environment() | {"SSL_CERT_FILE": str(trusted)}
    app = {"LAKE": LAKE, "CORPUS": site.url, "NAME": "sample", "AZURE_ENDPOINT": azurite.endpoint}
    app = identity | {f"VOXLAKE_{name}": value for name, value in app.items()}
    steps = {}
    with FunctionsHost(app) as host:
        whole = {"adf_discover": "function", "adf_describe": "function", "adf_function_app": host.url}
        told = settings(azure, **whole, adf_vault=azure.url, adf_storage="", adf_copy_retries="1")
        environment = app | {name: value for name, value in told.items() if name.startswith("VOXLAKE_")}
        for name in ("adf deploy", "adf run", "dataset"):
            steps[name] = run_voxlake(*name.split(), environment=environment, timeout=1800)
            print(f"{name}: {steps[name].seconds:.1f} s", flush=True)
        for run in azure.factory.runs.values():
            print(run.pipeline, run.parameters, run.started, run.ended)
        yield SimpleNamespace(steps=steps, azurite=azurite, azure=azure, store=store, host=host)
    azure.close()
    azurite.stop()
    site.stop()


def table(flow, name, columns=None):
    options = flow.azurite.storage_options() | {"azure_allow_invalid_certificates": "true"}
    return polars.from_arrow(DeltaTable(azure_path(name), storage_options=options).to_pyarrow_table(columns=columns))


def test_the_factory_brings_all_but_the_archive_that_vanished(flow):
    assert flow.steps["adf deploy"].code == 0, flow.steps["adf deploy"].text
    outcome = flow.steps["adf run"]
    assert outcome.code == 3, outcome.text + flow.host.log()
    assert "6,244 archives copied" in outcome.stdout
    assert "1 failed" in outcome.stdout
    assert re.search(r"copy [\d,]+/6,245 ", outcome.stderr), outcome.stderr
    assert f"{VANISHED}.tgz: ErrorCode=HttpRequestFailed, Http request failed with status code 404" in outcome.stdout
    runs = sorted(run.pipeline for run in flow.azure.factory.runs.values())
    assert runs == 3 * ["voxlake_call_function"] + 2 * ["voxlake_copy_chunk"] + ["voxlake_corpus"]


def test_archives_are_rows_of_the_very_bytes(flow):
    rows = table(flow, ARCHIVES)
    assert rows["archive"].n_unique() == len(rows) == COUNT + 1
    copied = rows.filter(polars.col("state") == "copied")
    assert len(copied) == COUNT
    failed = rows.filter(polars.col("state") != "copied").to_dicts()
    assert [(row["archive"], row["state"]) for row in failed] == [(VANISHED, "failed")]
    assert "status code 404" in failed[0]["error"]
    for row in copied.to_dicts()[::500]:
        container, _, path = row["path"].partition("/")
        content = flow.store.read(container, path)
        assert (row["bytes"], row["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        with urllib.request.urlopen(row["url"]) as published:
            assert published.read() == content


def test_every_archive_comes_to_gold(flow):
    assert flow.steps["dataset"].code in (0, 3), flow.steps["dataset"].text
    clips = table(flow, UTTERANCES, ["archive", "utterance_id", "speaker", "archive_sha256"])
    assert clips["archive"].n_unique() == COUNT
    assert clips["utterance_id"].n_unique() == len(clips)
    windows = table(flow, FEATURES, ["archive", "utterance_id", "speaker", "window", "rms_mean"])
    assert windows["archive"].n_unique() == COUNT
    assert windows["rms_mean"].null_count() == 0
    ready = table(flow, DATASET, ["speaker", "split", "synthetic"]).filter(~polars.col("synthetic"))
    assert len(ready) == len(windows)
    assert ready.group_by("speaker").agg(polars.col("split").n_unique())["split"].max() == 1
    assert set(ready["split"]) == {"train", "validation", "test"}
    assert [(row["archive"], row["stage"]) for row in table(flow, REJECTS).to_dicts()] == [(VANISHED, "copy")]


def test_tokens_were_renewed_on_the_way(flow):
    issued = [claims["aud"] for claims in flow.azure.tokens.issued]
    assert issued.count(MANAGEMENT) >= 2 and issued.count(STORAGE) >= 7
    assert 401 not in [row["status"] for row in flow.azure.site.log]
