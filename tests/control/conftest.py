"""A fake Azure for each test, and the resources that the program makes."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_azure.azure import ACCOUNT, FakeAzure  # noqa: E402
from program import run_voxlake  # noqa: E402


@pytest.fixture
def azure(tmp_path):
    folder = tmp_path / "azure"
    folder.mkdir()
    fake = FakeAzure(folder, tmp_path / "lake")
    yield fake
    fake.close()


ALL_PARTS = {
    "VOXLAKE_ADF_STORAGE": ACCOUNT,
    "VOXLAKE_ADF_VAULT": "speechvault",
    "VOXLAKE_ADF_FUNCTION_APP": "speechfunctions",
    "VOXLAKE_ADF_DISCOVER": "function",
    "VOXLAKE_ADF_DESCRIBE": "function",
    "VOXLAKE_ADF_DATABRICKS": "adb-1234567890123456.7.azuredatabricks.net",
    "VOXLAKE_ADF_DATABRICKS_WORKSPACE": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Databricks/workspaces/w",
    "VOXLAKE_ADF_DATABRICKS_CLUSTER": "0123-456789-abcdefgh",
    "VOXLAKE_NAME": "voxforge",
}


def export(folder: Path, **settings: str) -> dict[str, dict[str, dict]]:
    """What `voxlake adf export` wrote: collection, name, {"name", "properties"}."""
    environment = ALL_PARTS | {f"VOXLAKE_{name.upper()}": value for name, value in settings.items()}
    outcome = run_voxlake("adf", "export", "--output", folder, environment=environment)
    assert outcome.code == 0, outcome.text
    names = {"linkedService": "linkedServices", "dataset": "datasets", "pipeline": "pipelines", "trigger": "triggers"}
    return {
        collection: {
            file.stem: json.loads(file.read_text()) for file in sorted((folder / "git" / singular).glob("*.json"))
        }
        for singular, collection in names.items()
    }
