"""The resources that the program makes."""

import json
from pathlib import Path

from fake_azure.azure import ACCOUNT
from program import run_voxlake

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
