"""Archives in the making: a list of members, packed so that the same members give the same bytes."""

import gzip
import io
import tarfile
from dataclasses import dataclass, field

SOME_TIME = 1_200_000_000  # the modification time of every member


@dataclass
class Tarball:
    """Members in order. `truth` collects what a reader should find."""

    folder: str
    members: list[tuple[tarfile.TarInfo, bytes]] = field(default_factory=list)

    def add(
        self, path: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644
    ) -> None:
        """A member at `path` exactly as given: nothing is made safe."""
        info = tarfile.TarInfo(path)
        info.size, info.mtime, info.type, info.linkname = len(content), SOME_TIME, kind, link
        info.mode = 0o755 if kind == tarfile.DIRTYPE else mode
        self.members.append((info, content))

    def add_folder(self, path: str) -> None:
        self.add(path, kind=tarfile.DIRTYPE)

    def packed(self) -> bytes:
        """The .tgz, without any time or name of this machine in it."""
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for info, content in self.members:
                tar.addfile(info, io.BytesIO(content) if content else None)
        return gzip.compress(plain.getvalue(), compresslevel=5, mtime=0)
