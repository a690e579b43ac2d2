"""Lakes for function apps: in a folder, and in Azurite."""

import urllib.request
from pathlib import Path

from azurite import ACCOUNT, LAKE, Azurite, signature

LEASE_SECONDS = 1


class FolderLake:
    """A lake in a folder, and what a function app on it is started with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"VOXLAKE_LAKE": str(folder)}

    def put(self, path: str, content: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def table(self, name: str) -> tuple[str, dict[str, str] | None]:
        return str(self.folder / name), None


class AzureLake:
    """The same in Azurite, in a container for each layer, or in one."""

    def __init__(self, azurite: Azurite, container: str) -> None:
        self.azurite, self.container = azurite, container
        self.environment = azurite.environment(
            VOXLAKE_LAKE=LAKE.replace("//", f"//{container}@") if container else LAKE
        )

    def _request(self, method: str, path: str, content: bytes | None = None, **headers: str):
        url = self.azurite.endpoint + (f"/{self.container}" if self.container else "") + path
        request = urllib.request.Request(
            f"{url}{'&' if '?' in url else '?'}{signature()}", content, headers, method=method
        )
        return urllib.request.urlopen(request, timeout=20)

    def make(self) -> "AzureLake":
        self._request("PUT", "?restype=container").close()
        return self

    def put(self, path: str, content: bytes) -> None:
        self._request(
            "PUT", f"/{path}", content, **{"x-ms-blob-type": "BlockBlob", "Content-Type": "application/gzip"}
        ).close()

    def read(self, path: str) -> bytes:
        with self._request("GET", f"/{path}") as answer:
            return answer.read()

    def table(self, name: str) -> tuple[str, dict[str, str] | None]:
        return f"abfss://{self.container}@{ACCOUNT}.dfs.core.windows.net/{name}", self.azurite.storage_options()
