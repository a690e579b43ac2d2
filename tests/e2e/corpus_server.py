"""The server of tests/corpus_server: a corpus of any size on 127.0.0.1."""

import json
import subprocess
from pathlib import Path

from program import PROGRAM, ROOT

REAL_NAMES = ROOT.parent / "shared" / "data" / "voxforge-archives.txt"


class CorpusServer:
    """A server that was started; `stop` ends it and tells what it was asked."""

    def __init__(self, *options) -> None:
        command = [PROGRAM.parent / "corpus_server", *options]
        self._process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        self.url = self._process.stdout.readline().strip()

    def stop(self) -> dict[str, int]:
        self._process.terminate()
        told = self._process.stdout.read()
        self._process.wait()
        return json.loads(told)


def names_of_voxforge() -> list:
    """VoxForge's names where there is a list of them; otherwise the server makes as many up."""
    return ["--names", REAL_NAMES] if REAL_NAMES.is_file() else ["--count", 6244]


def write_corpus(folder: Path, *options) -> None:
    """The archives and their index page as files."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [PROGRAM.parent / "corpus_server", *options, "--write", folder]
    subprocess.run([str(part) for part in command], check=True)
