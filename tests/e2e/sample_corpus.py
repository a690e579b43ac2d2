"""The sample corpus and parts of it, with the truth about them."""

import io
import json
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import index_page  # of samples/
from program import ROOT


@dataclass
class Corpus:
    """A folder of archives with an index page, and what is in them: archive name to its entry of truth.json."""

    folder: Path
    archives: dict[str, dict]

    def member(self, archive: str, member: str) -> bytes:
        """The bytes of one file in an archive."""
        with tarfile.open(
            self.folder / f"{archive}.tgz", "r|gz"
        ) as tar:  # a stream: truncated archives are read as far as they go
            for info in tar:
                if info.name == member:
                    return tar.extractfile(info).read()
        raise KeyError(member)

    def members(self, archive: str, wanted: list[str]) -> dict[str, bytes]:
        found = {}
        with tarfile.open(self.folder / f"{archive}.tgz", "r|gz") as tar:
            for info in tar:
                if info.isfile() and info.name in wanted and info.name not in found:
                    found[info.name] = tar.extractfile(info).read()
                if len(found) == len(wanted):
                    break
        return found

    @property
    def clips(self) -> int:
        return sum(len(entry["clips"]) for entry in self.archives.values())

    def write_index(self) -> None:
        """The index page of the archives that are there now."""
        rows = [
            (path.name, path.stat().st_size, int(path.stat().st_mtime)) for path in sorted(self.folder.glob("*.tgz"))
        ]
        (self.folder / "index.html").write_text(index_page.index_page(rows))

    def add(self, source: "Corpus", name: str) -> None:
        os.link(source.folder / f"{name}.tgz", self.folder / f"{name}.tgz")
        self.archives[name] = source.archives[name]


def make_sample(folder: Path, scale: int = 1) -> Corpus:
    """The sample corpus in `folder`: made where it is not there."""
    command = ["/usr/bin/python3", ROOT / "samples" / "make_corpus.py", folder, "--scale", str(scale)]
    subprocess.run(command, check=True, capture_output=True)
    return Corpus(folder, json.loads((folder / "truth.json").read_text())["archives"])


def part_of(corpus: Corpus, folder: Path, names: list[str]) -> Corpus:
    """Some archives of a corpus as a corpus of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    part = Corpus(folder, {})
    for name in names:
        part.add(corpus, name)
    part.write_index()
    return part


def tgz(members: dict[str, bytes]) -> bytes:
    """An archive with these files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return packed.getvalue()
