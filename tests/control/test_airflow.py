"""Airflow's AzureDataFactoryRunPipelineOperator runs what `voxlake adf deploy` deployed, under Azure's own names.

Needs Airflow (setup/install.sh airflow, which this runs): a quarter of a minute, once. Where it cannot be had it is
skipped.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from factory_site import make_archives, settings, write_manifest
from fake_azure import tokens
from fake_azure.azure import FakeAzure
from fake_azure.factory import FACTORY, GROUP, SUBSCRIPTION
from fake_azure.internet import HOSTS, Proxy
from fake_azure.stores import FolderStore
from program import run_voxlake

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".deps/airflow/bin/python"


@pytest.fixture(scope="module")
def azure(program, tmp_path_factory):
    """With the factory deployed. One for all tests here, as it takes Airflow long to start."""
    folder = tmp_path_factory.mktemp("airflow")
    fake = FakeAzure(folder, FolderStore(folder / "lake"))
    deployed = run_voxlake("adf", "deploy", environment=settings(fake))
    assert deployed.code == 0, deployed.text
    yield fake
    fake.close()


@pytest.fixture(scope="module")
def proxy(azure):
    proxy = Proxy(azure.url)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def run_operator(azure, proxy, tmp_path_factory):
    """A function that runs the operator and gives what came of it."""
    installed = subprocess.run([ROOT / "setup/install.sh", "airflow"], capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"Airflow cannot be installed here: {installed.stderr.strip()[-300:]}")
    folder = tmp_path_factory.mktemp("worker")
    connection = {
        "conn_type": "azure_data_factory",
        "login": tokens.CLIENT,
        "password": tokens.CLIENT_SECRET,
        "extra": {"tenantId": tokens.TENANT, "subscriptionId": SUBSCRIPTION},
    }
    environment = {
        "PATH": os.environ["PATH"],
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW_CONN_FACTORY": json.dumps(connection),
        "HTTPS_PROXY": proxy.url,
        "REQUESTS_CA_BUNDLE": str(azure.certificate),
        "GROUP": GROUP,
        "FACTORY": FACTORY,
    }
    command = [PYTHON, ROOT / "tests/control/airflow_task.py"]
    with (
        (folder / "log").open("w+") as log,
        subprocess.Popen(
            command, env=environment, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as worker,
    ):

        def run(**asked) -> dict:
            worker.stdin.write(json.dumps({"pipeline": "voxlake_corpus", "parameters": {"corpus": "sample"}} | asked))
            worker.stdin.write("\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
            log.seek(0)
            assert line, log.read()[-5000:]
            return json.loads(line)

        yield run
        worker.stdin.close()


def test_the_operator_runs_the_pipeline_to_its_end(azure, run_operator, proxy, web, tmp_path):
    names = make_archives(tmp_path / "site", 30)
    write_manifest(azure, web(tmp_path / "site"), names, chunk=20)
    told = run_operator()
    assert "error" not in told, (told, proxy.asked)
    assert azure.factory.runs[told["run"]].status == "Succeeded"
    bronze = azure.factory.surroundings.store.root / "bronze/sample"
    assert {file.name for file in bronze.iterdir()} == set(names)
    assert {address.removesuffix(":443") for address in proxy.asked} == set(HOSTS[:2])


def test_the_operator_fails_with_the_run(azure, run_operator):
    told = run_operator(pipeline="voxlake_copy_chunk", parameters={"chunk": "chunk-0000.json", "rows": 7})
    assert told["error"] == "AzureDataFactoryPipelineRunException", told
    assert azure.factory.runs[told["run"]].status == "Failed"


def test_a_task_that_is_killed_cancels_its_run(azure, run_operator, web, tmp_path):
    names = make_archives(tmp_path / "site", 40)
    write_manifest(azure, web(tmp_path / "site", ["slow:/speaker*:*:10"]), names)
    told = run_operator(kill_after=2)
    assert "cancel" in told["said"].lower(), told
    assert azure.factory.runs[told["run"]].status == "Cancelled"
