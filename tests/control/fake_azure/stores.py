"""Where the fake factory's pipelines read and write: a folder for each container."""

from pathlib import Path


class FolderStore:
    """Containers as folders below `root`: the lake of a `voxlake --lake FOLDER`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, container: str, path: str) -> bytes | None:
        file = self.root / container / path
        return file.read_bytes() if file.is_file() else None

    def write(self, container: str, path: str, content: bytes) -> None:
        file = self.root / container / path
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".tmp-{file.name}")
        unfinished.write_bytes(content)
        unfinished.replace(file)
