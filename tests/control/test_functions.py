"""Data Factory's pipeline, as it is deployed, with the real function app: what one sends, the other understands."""

import sys
from pathlib import Path

import pytest
from factory_site import settings
from program import run_voxlake
from tables import FEATURES, UTTERANCES, read

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "functions"))

from functions_host import KEY, FunctionsHost  # noqa: E402

NAMES = ["june-20180412-ybq", "kestrel-20100105-rta", "amsel77-20120514-nko"]


@pytest.mark.parametrize("contract", ["wrapped", "forwarded"])
def test_the_factory_discovers_copies_decodes_and_describes_by_function(
    program, azure, sample, web, tmp_path, contract
):
    site = tmp_path / "site"
    site.mkdir()
    links = ""
    for name in NAMES:
        (site / f"{name}.tgz").write_bytes((sample.folder / f"{name}.tgz").read_bytes())
        links += f'<a href="{name}.tgz">{name}</a>\n'
    (site / "index.html").write_text(links)
    lake = tmp_path / "lake"
    azure.put_secret("voxlake-function-key", KEY)
    app = {"VOXLAKE_LAKE": str(lake), "VOXLAKE_CORPUS": str(web(site)), "VOXLAKE_NAME": "sample"}
    with FunctionsHost(app, contract) as host:
        factory = settings(
            azure, adf_discover="function", adf_describe="function", adf_function_app=host.url, adf_vault=azure.url
        )
        deployed = run_voxlake("adf", "deploy", environment=factory)
        assert deployed.code == 0, deployed.text
        outcome = run_voxlake("adf", "run", environment=factory)
        assert outcome.code == 0, outcome.text + host.log()
        assert KEY not in host.log()
        assert "3 archives copied" in outcome.stdout
        assert set(read(lake, UTTERANCES)["archive"]) == set(read(lake, FEATURES)["archive"]) == set(NAMES)

        (site / "index.html").unlink()
        lost = run_voxlake("adf", "run", environment=factory)
        assert lost.code == 1, lost.text
        assert "function_failed: [FunctionFailed] discover is failed: " in lost.stdout
