"""Data Factory's pipeline, as it is deployed, with the real function app: what one sends, the other understands."""

import json
import signal
import sys
import time
from pathlib import Path

import pytest
from factory_site import settings
from program import Running, run_voxlake
from tables import FEATURES, UTTERANCES, read

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "functions"))

from functions_host import KEY, FunctionsHost  # noqa: E402


def make_site(folder: Path, archives: dict[str, Path]) -> Path:
    """A folder of archives by name, each a copy of a file, with their index."""
    folder.mkdir()
    for name, source in archives.items():
        (folder / f"{name}.tgz").write_bytes(source.read_bytes())
    links = "".join(f'<a href="{name}.tgz">{name}</a>\n' for name in archives)
    (folder / "index.html").write_text(links)
    return folder


def environments(azure, lake: Path, site: str) -> tuple[dict[str, str], dict[str, str]]:
    """The function app's, and what the factory is told of it."""
    azure.put_secret("voxlake-function-key", KEY)
    app = {"VOXLAKE_LAKE": str(lake), "VOXLAKE_CORPUS": site, "VOXLAKE_NAME": "sample", "VOXLAKE_THREADS": "1"}
    return {**app, "VOXLAKE_FUNCTIONS_LEASE_SECONDS": "1"}, {
        "adf_discover": "function",
        "adf_describe": "function",
        "adf_vault": azure.url,
    }


@pytest.mark.parametrize("contract", ["wrapped", "forwarded"])
def test_the_factory_discovers_copies_decodes_and_describes_by_function(
    program, azure, sample, web, tmp_path, contract
):
    names = ["june-20180412-ybq", "briefly-20140101-sht"]
    site = make_site(tmp_path / "site", {name: sample.folder / f"{name}.tgz" for name in names})
    lake = tmp_path / "lake"
    app, told = environments(azure, lake, str(web(site)))
    with FunctionsHost(app, contract) as host:
        factory = settings(azure, adf_function_app=host.url, **told)
        deployed = run_voxlake("adf", "deploy", environment=factory)
        assert deployed.code == 0, deployed.text
        outcome = run_voxlake("adf", "run", environment=factory)
        assert outcome.code == 0, outcome.text + host.log()
        assert KEY not in host.log()
        assert "2 archives copied" in outcome.stdout
        assert set(read(lake, UTTERANCES)["archive"]) == set(read(lake, FEATURES)["archive"]) == set(names)

        (site / "index.html").unlink()
        lost = run_voxlake("adf", "run", environment=factory)
        assert lost.code == 1, lost.text
        assert "function_failed: [FunctionFailed] discover is failed: " in lost.stdout


def operations(lake: Path) -> dict[str, dict]:
    """By function, as they are in the lake."""
    files = (lake / "miscellaneous" / "operations").glob("*.json")
    kept = [json.loads(file.read_text()) for file in files if not file.name.startswith(".")]
    return {each["request"]["function"]: each for each in kept}


def test_a_run_of_the_factory_outlives_the_instance_that_decodes(program, azure, sample, web, tmp_path):
    source = sample.folder / "briefly-20140101-sht.tgz"
    names = [f"copy{number:03}-20140101-sht" for number in range(100)]
    site = make_site(tmp_path / "site", dict.fromkeys(names, source))
    lake = tmp_path / "lake"
    app, told = environments(azure, lake, str(web(site)))
    azure.factory.surroundings.seconds_a_second = (
        0.1  # the lease is real, and three tries must not be over before it is
    )
    with FunctionsHost(app) as host:
        factory = settings(azure, adf_function_app=host.url, **told)
        assert run_voxlake("adf", "deploy", environment=factory).code == 0
        running = Running(["adf", "run"], environment=factory)
        deadline = time.monotonic() + 60
        while operations(lake).get("decode", {}).get("state") != "running":
            assert time.monotonic() < deadline, host.log()
            time.sleep(0.005)
        host.restart(signal.SIGKILL)
        outcome = running.wait(300)
        assert outcome.code == 0, outcome.text + host.log()
        assert operations(lake)["decode"]["attempt"] == 2
        assert set(read(lake, FEATURES)["archive"]) == set(names)
