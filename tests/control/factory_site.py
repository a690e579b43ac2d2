"""What tests of the factory share: archives to serve, their manifest in the lake, the program's settings."""

import gzip
import json
from pathlib import Path

from fake_azure.azure import ACCOUNT, FakeAzure
from fake_azure.factory import FACTORY, GROUP, SUBSCRIPTION


def make_archives(folder: Path, count: int) -> list[str]:
    folder.mkdir(parents=True)
    names = [f"speaker{number}-20100101-abc.tgz" for number in range(count)]
    for name in names:
        (folder / name).write_bytes(gzip.compress(name.encode()))
    return names


def write_manifest(azure: FakeAzure, site: str, names: list[str], chunk: int = 5000) -> None:
    """As `voxlake discover` would."""
    rows = [{"BaseURL": f"{site}", "RelativeURL": name, "FileName": name} for name in names]
    store = azure.factory.surroundings.store
    chunks = [rows[at : at + chunk] for at in range(0, len(rows), chunk)]
    index = []
    for number, part in enumerate(chunks):
        name = f"chunk-{number:04}.json"
        store.write("miscellaneous", f"manifest/{name}", json.dumps(part).encode())
        index.append({"FileName": name, "Rows": len(part)})
    store.write("miscellaneous", "manifest/index.json", json.dumps(index).encode())


def settings(azure: FakeAzure, **more: str) -> dict[str, str]:
    """The environment of a program that drives the fake's factory as a service principal."""
    own = {
        "ADF_SUBSCRIPTION": SUBSCRIPTION,
        "ADF_RESOURCE_GROUP": GROUP,
        "ADF_FACTORY": FACTORY,
        "ADF_ENDPOINT": azure.url,
        "ADF_STORAGE": ACCOUNT,
        "ADF_POLL_SECONDS": "1",
        "NAME": "sample",
    }
    named = own | {name.upper(): value for name, value in more.items()}
    return azure.environment() | {f"VOXLAKE_{name}": value for name, value in named.items()}
