"""The web server that Azure's services share: routes, faults, a log, TLS with a certificate of its own."""

import datetime
import email.utils
import ipaddress
import json
import re
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .internet import HOSTS, SOVEREIGN_HOSTS


@dataclass
class Request:
    method: str
    path: str  # decoded
    query: dict[str, str]
    headers: dict[str, str]  # names in lower case
    body: bytes
    groups: dict[str, str] = field(default_factory=dict)

    def json(self) -> object:
        if "application/json" not in self.headers.get("content-type", ""):
            raise Refusal(415, "UnsupportedMediaType", "the body must be application/json")
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Refusal(400, "BadRequest", f"the body is not JSON: {error}") from None


@dataclass
class Answer:
    status: int = 200
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An error answer in Resource Manager's form."""

    def __init__(
        self, status: int, code: str, message: str, headers: dict[str, str] | None = None, inner: str | None = None
    ) -> None:
        super().__init__(message)
        error = {"code": code, "message": message} | ({"innererror": {"code": inner}} if inner else {})
        self.answer = Answer(status, {"error": error}, headers or {})


@dataclass
class Fault:
    """The next `times` requests whose `METHOD path` matches get `answer`, or none: before or after they took effect."""

    pattern: str
    times: int = 1
    answer: Answer | None = None
    before: bool = True  # False: it takes effect, and its answer is lost
    action: Callable[[], None] | None = None  # something that happens meanwhile; the request then goes on


Route = tuple[str, re.Pattern, Callable[[Request], Answer]]


class Site:
    """A server on 127.0.0.1 with `routes`. Thread safe."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.routes: list[Route] = []
        self.faults: list[Fault] = []
        self.log: list[dict] = []
        self._lock = threading.Lock()
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            timeout = 30

            def log_message(self, *_) -> None:
                pass

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urllib.parse.urlsplit(self.path)
                request = Request(
                    self.command,
                    urllib.parse.unquote(parts.path),
                    dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)),
                    {name.lower(): value for name, value in self.headers.items()},
                    body,
                )
                answer = site.answer(request)
                if answer is None:
                    self.close_connection = True
                    return
                text = b"" if answer.body is None else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(text)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = handle_any  # noqa: N815 (names that http.server asks for)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def route(self, method: str, pattern: str, handler: Callable[[Request], Answer]) -> None:
        self.routes.append((method, re.compile(pattern, re.IGNORECASE), handler))

    def answer(self, request: Request) -> Answer | None:
        fault = self._take_fault(f"{request.method} {request.path}")
        if fault and fault.action:
            fault.action()
        elif fault and fault.before:
            return self._note(request, fault.answer)
        answer = self._handle(request)
        if fault and not fault.before:
            return self._note(request, fault.answer)
        return self._note(request, answer)

    def _take_fault(self, text: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times != 0 and re.search(fault.pattern, text):
                    fault.times -= 1
                    return fault
        return None

    def _handle(self, request: Request) -> Answer:
        try:
            for method, pattern, handler in self.routes:
                match = pattern.fullmatch(request.path)
                if match and method == request.method:
                    request.groups = match.groupdict()
                    return handler(request)
            raise Refusal(404, "ResourceNotFound", f"{request.method} {request.path}: there is no such thing")
        except Refusal as refusal:
            return refusal.answer

    def _note(self, request: Request, answer: Answer | None) -> Answer | None:
        with self._lock:
            self.log.append(
                {
                    "time": time.time(),
                    "method": request.method,
                    "path": request.path,
                    "status": answer.status if answer else None,
                }
            )
        return answer


def make_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and Azure's names, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "voxlake test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                    *map(x509.DNSName, ("localhost", *HOSTS, *SOVEREIGN_HOSTS)),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "fake-azure.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def http_date(seconds_from_now: float) -> str:
    return email.utils.formatdate(time.time() + seconds_from_now, usegmt=True)
