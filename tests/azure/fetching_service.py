"""Azurite with Put Block From URL for sources anywhere (by itself it fetches only what it stores): a server in front of
it that fetches the source and puts what came as a block.

As documented for the service: the request has no body, names its source and the range of it, and a source that cannot
be read, or has another ETag than was asked for, is refused.
"""

import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from azurite import Azurite, signature

NOT_PASSED_ON = {"connection", "host", "keep-alive", "transfer-encoding"}
AGENT = "the storage service"


class FetchingService(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, azurite: Azurite) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        parts = urlsplit(azurite.endpoint)
        self.behind = f"{parts.scheme}://{parts.netloc}"
        self.endpoint = f"http://127.0.0.1:{self.server_port}{parts.path}"
        self.reaches_sources = True
        self.blocks_from_url = 0
        self.bytes_sent = 0  # by its client
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def environment(self, azurite: Azurite, **more: str) -> dict[str, str]:
        return azurite.environment(VOXLAKE_AZURE_ENDPOINT=self.endpoint, **more)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FetchingService

    def log_message(self, *_) -> None:
        pass

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.bytes_sent += len(body)
        if "x-ms-copy-source" in self.headers:
            return self._block_from_url(body)
        kept = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
        return self._reply(*self._pass_on(self.path, self.command, kept, body))

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _answer

    def _pass_on(self, path: str, method: str, headers: dict, body: bytes):
        request = urllib.request.Request(self.server.behind + path, method=method, headers=headers)
        if method in ("PUT", "POST"):
            request.data = body
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def _reply(self, status: int, headers, body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {*NOT_PASSED_ON, "content-length", "date", "server"}:
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: int, code: str) -> None:
        self._reply(status, {"x-ms-error-code": code}, b"")

    def _block_from_url(self, body: bytes) -> None:
        self.server.blocks_from_url += 1
        extent = self.headers["x-ms-source-range"]
        if self.command != "PUT" or body or "comp=block&" not in self.path or not extent.startswith("bytes="):
            return self._refuse(400, "InvalidHeaderValue")
        if not self.server.reaches_sources:
            return self._refuse(403, "CannotVerifyCopySource")
        asked = {"Range": extent, "User-Agent": AGENT}
        if "x-ms-source-if-match" in self.headers:
            asked["If-Match"] = self.headers["x-ms-source-if-match"]
        try:
            source = urllib.request.Request(self.headers["x-ms-copy-source"], headers=asked)
            with urllib.request.urlopen(source) as answer:
                block = answer.read()
                if asked.get("If-Match") not in (None, answer.headers["ETag"]):
                    return self._refuse(412, "SourceConditionNotMet")
        except urllib.error.HTTPError as error:
            return self._refuse(error.code, "CannotVerifyCopySource")
        headers = {"x-ms-version": "2020-12-06", "Content-Type": "application/octet-stream"}
        return self._reply(*self._pass_on(f"{self.path}&{signature()}", "PUT", headers, block))
