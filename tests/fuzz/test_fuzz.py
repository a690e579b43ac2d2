"""A short run of each fuzz target; `tests/fuzz/run` runs them for as long as one likes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SECONDS = os.environ.get("TEST_FUZZ_SECONDS", "4")


@pytest.mark.skipif(not (shutil.which("clang++-14") or shutil.which("clang++")), reason="clang is not there")
def test_nothing_is_found_in_a_few_seconds_each():
    command = [sys.executable, HERE / "run", "--seconds", SECONDS]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=3600)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": ") >= 9
    assert "FOUND" not in done.stdout
