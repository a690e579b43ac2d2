"""The way to the fake by the names that Azure's services have: a proxy that knows them, and no others.

Programs that cannot be told another address (Airflow's operators) are given it as HTTPS_PROXY. They speak TLS with
`management.azure.com` itself, whose certificate the fake has.
"""

import selectors
import socket
import socketserver
import threading
from urllib.parse import urlsplit

HOSTS = ("login.microsoftonline.com", "management.azure.com", "speechvault.vault.azure.net")
SOVEREIGN_HOSTS = ("login.microsoftonline.us", "login.partner.microsoftonline.cn")


class Proxy:
    """CONNECT (RFC 9110, 9.3.6) to one of HOSTS leads to `target`, any other is forbidden. `asked`: what was wanted."""

    def __init__(self, target: str) -> None:
        self.asked: list[str] = []
        address = (urlsplit(target).hostname, urlsplit(target).port)
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                method, wanted, _ = self.rfile.readline().decode().split(" ", 2)
                while self.rfile.readline().strip():
                    pass
                proxy.asked.append(wanted)
                if method != "CONNECT" or wanted not in [f"{host}:443" for host in HOSTS + SOVEREIGN_HOSTS]:
                    self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                    return
                with socket.create_connection(address) as azure:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                    _carry(self.connection, azure)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _carry(one: socket.socket, other: socket.socket) -> None:
    """Bytes both ways, until one side ends."""
    with selectors.DefaultSelector() as waiting:
        for source, target in ((one, other), (other, one)):
            waiting.register(source, selectors.EVENT_READ, target)
        while True:
            for key, _ in waiting.select():
                try:
                    content = key.fileobj.recv(65536)
                    if not content:
                        return
                    key.data.sendall(content)
                except OSError:
                    return
