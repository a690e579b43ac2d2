"""Function apps on lakes of their own."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "azure")]

from azurite import Azurite  # noqa: E402
from function_lakes import LEASE_SECONDS  # noqa: E402
from functions_host import FunctionsHost  # noqa: E402


@pytest.fixture(scope="session")
def functions_azurite(tmp_path_factory):
    emulator = Azurite(tmp_path_factory.mktemp("functions-azurite"))
    yield emulator
    emulator.stop()


@pytest.fixture
def host_on(program):
    """`host_on(lake, contract="wrapped", **settings)` starts a function app on it."""
    hosts = []

    def start(lake, contract: str = "wrapped", **settings: str) -> FunctionsHost:
        named = {f"VOXLAKE_{name.upper()}": str(value) for name, value in settings.items()}
        own = {"VOXLAKE_NAME": "sample", "VOXLAKE_THREADS": "1", "VOXLAKE_FUNCTIONS_LEASE_SECONDS": str(LEASE_SECONDS)}
        hosts.append(FunctionsHost({**own, **lake.environment, **named}, contract))
        return hosts[-1]

    yield start
    for host in hosts:
        host.close()
