"""A fake Azure for each test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fake_azure.azure import FakeAzure  # noqa: E402
from fake_azure.stores import FolderStore  # noqa: E402


@pytest.fixture
def azure(tmp_path):
    folder = tmp_path / "azure"
    folder.mkdir()
    fake = FakeAzure(folder, FolderStore(tmp_path / "lake"))
    yield fake
    fake.close()
