"""Where the fake factory's pipelines read and write: a folder for each container, or Azurite's containers."""

import http.client
import ssl
import threading
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

STORAGE_VERSION = "2021-12-02"


class Store(Protocol):
    def read(self, container: str, path: str) -> bytes | None: ...

    def write(self, container: str, path: str, content: bytes) -> None: ...


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


class BlobStore:
    """A blob service over https, opened by the factory's token. `endpoint`: https://HOST:PORT/ACCOUNT. Thread safe."""

    def __init__(self, endpoint: str, certificate: Path, token: Callable[[], str]) -> None:
        self._parts = urllib.parse.urlsplit(endpoint)
        self._context = ssl.create_default_context(cafile=str(certificate))
        self._token = token
        self._threads = threading.local()

    def make_container(self, container: str) -> None:
        status, content = self._send("PUT", f"{container}?restype=container", {}, b"")
        assert status in (201, 409), content

    def read(self, container: str, path: str) -> bytes | None:
        status, content = self._send("GET", f"{container}/{urllib.parse.quote(path)}", {}, None)
        assert status in (200, 404), content
        return content if status == 200 else None

    def write(self, container: str, path: str, content: bytes) -> None:
        address = f"{container}/{urllib.parse.quote(path)}"
        status, said = self._send("PUT", address, {"x-ms-blob-type": "BlockBlob"}, content)
        assert status == 201, said

    def _send(self, method: str, address: str, headers: dict, body: bytes | None) -> tuple[int, bytes]:
        """One request over the thread's own connection, which is kept."""
        headers = {"Authorization": f"Bearer {self._token()}", "x-ms-version": STORAGE_VERSION, **headers}
        for kept in (True, False):
            connection = getattr(self._threads, "connection", None) if kept else None
            if connection is None:
                connection = http.client.HTTPSConnection(self._parts.netloc, timeout=60, context=self._context)
                self._threads.connection = connection
            try:
                connection.request(method, f"{self._parts.path}/{address}", body=body, headers=headers)
                answer = connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                self._threads.connection = None
                if not kept:
                    raise
        raise AssertionError
