"""An HTTP server that does with each path what a test tells it to, down to the bytes and resets on the wire."""

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable


class Exchange:
    """One request, and the connection to answer it on. `turn` counts the requests for this path, from 0."""

    def __init__(self, connection: socket.socket, method: str, target: str, headers: dict[str, str], turn: int) -> None:
        self.connection, self.method, self.target, self.headers, self.turn = connection, method, target, headers, turn
        self.goes_on = True

    def send(self, status: int, body: bytes = b"", headers: dict | None = None, announced: int | None = None) -> None:
        """Any body with any announced length (-1: none at all)."""
        lines = [f"HTTP/1.1 {status} Scripted"]
        length = len(body) if announced is None else announced
        if length >= 0:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        sent = b"" if self.method == "HEAD" else body
        self.connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + sent)
        if length != len(body):
            self.goes_on = False

    def close(self) -> None:
        self.goes_on = False

    def reset(self) -> None:
        """Ends with RST. The client reads what came before only if it is given the time."""
        time.sleep(0.05)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.goes_on = False

    def stall(self, seconds: float) -> None:
        """Nothing more, until the client leaves."""
        self.connection.settimeout(seconds)
        with contextlib.suppress(OSError):
            self.connection.recv(1)
        self.goes_on = False


Script = Callable[[Exchange], None]


def serve_well(content: bytes, etag: str = '"v1"') -> Script:
    """What a good server does: ETag, ranges, conditions."""

    def answer(exchange: Exchange) -> None:
        if exchange.headers.get("if-none-match") == etag:
            exchange.send(304, b"", {"ETag": etag}, announced=0)
            return
        asked, only_if = exchange.headers.get("range"), exchange.headers.get("if-range", etag)
        if asked and only_if == etag:
            first = int(asked.removeprefix("bytes=").rstrip("-"))
            extent = f"bytes {first}-{len(content) - 1}/{len(content)}"
            exchange.send(206, content[first:], {"ETag": etag, "Content-Range": extent})
        else:
            exchange.send(200, content, {"ETag": etag, "Content-Type": "application/x-gzip"})

    return answer


class HostileServer:
    """Scripts by path; others are 404. As a proxy it is asked for whole URLs, which are paths here."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.scripts: dict[str, Script] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pending = b""
            while True:
                while b"\r\n\r\n" not in pending:
                    received = connection.recv(65536)
                    if not received:
                        return
                    pending += received
                head, pending = pending.split(b"\r\n\r\n", 1)
                first, *lines = head.decode("latin-1").split("\r\n")
                method, target = first.split(" ")[:2]
                headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
                turn = sum(1 for path, _ in self.asked if path == target)
                self.asked.append((target, headers))
                exchange = Exchange(connection, method, target, headers, turn)
                script = self.scripts.get(target)
                if script:
                    script(exchange)
                else:
                    exchange.send(404, b"not here")
                if not exchange.goes_on:
                    return
