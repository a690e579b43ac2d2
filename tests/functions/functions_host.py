"""The Functions host, as far as a custom handler meets it: starts the program of host.json, gives it calls as the
contract says, and answers callers with what it gave. What is peculiar to the real host (Azure/azure-functions-host,
src/WebJobs.Script) is peculiar here too."""

import base64
import datetime
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.parse
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from program import PROGRAM, ROOT, plain_environment

DEPLOYED = ROOT / "deploy" / "functions"
KEY = "the-functions-key-0123456789abcdef=="
HOST_VERSION = "4.1036.2"


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict:
        return json.loads(self.body)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bindings_of(function: str) -> list[dict]:
    return json.loads((DEPLOYED / function / "function.json").read_text())["bindings"]


class FunctionsHost:
    """One instance of a function app. Callers need `KEY`. `contract`:

    wrapped    the documented one, with Query as an object, as hosts send it
    text       the same with Query and Body as JSON texts, as in the documentation's samples
    forwarded  enableForwardingHttpRequest
    """

    def __init__(self, environment: dict[str, str], contract: str = "wrapped") -> None:
        self.contract = contract
        self.handlers_port = free_port()
        self.seconds_to_start = 0.0
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._folder = tempfile.TemporaryDirectory()
        self._server = self._listen()
        name = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{name}"
        settings = {"FUNCTIONS_CUSTOMHANDLER_PORT": str(self.handlers_port), "FUNCTIONS_WORKER_RUNTIME": "custom"}
        settings |= {"WEBSITE_HOSTNAME": name, **environment}
        self._environment = plain_environment(settings)
        self.start()

    def start(self) -> None:
        description = json.loads((DEPLOYED / "host.json").read_text())["customHandler"]["description"]
        assert Path(description["defaultExecutablePath"]).name == PROGRAM.name
        began = time.monotonic()
        self.process = subprocess.Popen(
            [PROGRAM, *description["arguments"]],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=self._folder.name,
            env=self._environment,
        )
        while True:  # the host asks for / until something answers, whatever that is
            try:
                self._send("GET", "/", {}, None)
                break
            except OSError:
                assert self.process.poll() is None, f"the handler ended with {self.process.returncode}\n{self.log()}"
                assert time.monotonic() - began < 30, "the handler does not listen"
                time.sleep(0.005)
        self.seconds_to_start = time.monotonic() - began

    def stop(self, how: signal.Signals = signal.SIGTERM, timeout: float = 30) -> int:
        """Ends the program; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.stop(how)
        self.start()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._server.shutdown()
        self._server.server_close()
        self._log.close()
        self._folder.cleanup()

    def __enter__(self) -> "FunctionsHost":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def log(self) -> str:
        return os.pread(self._log.fileno(), 1 << 22, 0).decode(errors="replace")

    # What callers do.

    def call(
        self, function: str, body: object = None, *, method: str = "POST", query: str = "", key: str | None = KEY
    ) -> Answer:
        """A request to the function app, as from the internet. `body`: a value, or text that is sent as it is."""
        content = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        headers = {"Host": "speechfunctions.azurewebsites.net"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if key:
            headers["x-functions-key"] = key
        return self.serve(method, f"/api/{function}" + (f"?{query}" if query else ""), headers, content)

    def wait_for(self, identifier: str, timeout: float = 120) -> dict:
        """Asks for an operation's state until it has ended."""
        limit = time.monotonic() + timeout
        while time.monotonic() < limit:
            answer = self.call("status", method="GET", query=f"id={identifier}")
            assert answer.status in (200, 202), (answer, self.log())
            told = answer.json()
            if answer.status == 200:
                return told
            assert told["state"] in ("queued", "running"), told
            time.sleep(0.05)
        raise AssertionError(f"the operation {identifier} did not end in {timeout} s\n{self.log()}")

    def timer(self, function: str) -> Answer:
        """The timer fires. 500: the host takes the invocation for failed."""
        binding = next(each for each in bindings_of(function) if each["type"] == "timerTrigger")
        now = datetime.datetime.now(datetime.UTC).isoformat()
        data = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {"Last": now, "LastUpdated": now, "Next": now},
            "IsPastDue": False,
        }
        return self._invoke(function, {binding["name"]: data}, {})

    def queue(self, function: str, message: object, identifier: str = "", dequeued: int = 1) -> Answer:
        binding = next(each for each in bindings_of(function) if each["type"] == "queueTrigger")
        metadata = {"DequeueCount": str(dequeued), "Id": json.dumps(identifier or str(uuid.uuid4()))}
        return self._invoke(function, {binding["name"]: json.dumps(message)}, metadata)

    # What the host does.

    def serve(self, method: str, target: str, headers: dict[str, str], body: bytes | None) -> Answer:
        parts = urllib.parse.urlsplit(target)
        function = parts.path.removeprefix("/api/")
        known = {folder.name for folder in DEPLOYED.iterdir() if (folder / "function.json").is_file()}
        if function not in known:
            return Answer(404)
        trigger = next((each for each in bindings_of(function) if each["type"] == "httpTrigger"), None)
        if trigger is None or method.lower() not in trigger["methods"]:
            return Answer(404)
        query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        lower = {name.lower(): value for name, value in headers.items()}
        if trigger["authLevel"] != "anonymous" and KEY not in (lower.get("x-functions-key"), query.get("code")):
            return Answer(401)
        if self.contract == "forwarded":
            sent = {**headers, **self._own_headers()}
            return self._send(method, target, sent, body)
        request = {
            "Url": f"https://{lower.get('host', '')}{target}",
            "Method": method,
            "Query": json.dumps(query) if self.contract == "text" else query,
            "Headers": {name: [value] for name, value in headers.items()},
            "Params": {},
            "Identities": [{"AuthenticationType": "WebJobsAuthLevel", "IsAuthenticated": True, "Claims": []}],
        }
        if body:
            if "octet-stream" in lower.get("content-type", ""):
                request["Body"] = base64.b64encode(body).decode()
            else:
                request["Body"] = json.dumps(body.decode()) if self.contract == "text" else body.decode()
        metadata = {"Headers": json.dumps(headers), "Query": json.dumps(query)}
        answer = self._invoke(function, {trigger["name"]: request}, metadata)
        if answer.status != 200:
            return Answer(500)  # EnsureSuccessStatusCode: the caller learns no more
        name = next(each["name"] for each in bindings_of(function) if each["direction"] == "out")
        output = json.loads(answer.body)["Outputs"][name]
        assert isinstance(output["statusCode"], int)
        told = output["body"]
        text = told if isinstance(told, str) else json.dumps(told, indent=2)
        return Answer(output["statusCode"], output["headers"], text.encode())

    def _invoke(self, function: str, data: dict, metadata: dict) -> Answer:
        now = datetime.datetime.now(datetime.UTC).isoformat()
        system = {"MethodName": function, "UtcNow": now, "RandGuid": str(uuid.uuid4())}
        wrapped = json.dumps({"Data": data, "Metadata": {**metadata, "sys": system}}).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **self._own_headers()}
        answer = self._send("POST", f"/{function}", headers, wrapped)
        if answer.status == 200:
            told = json.loads(answer.body)
            assert answer.headers["Content-Type"].startswith("application/json")
            assert isinstance(told["Outputs"], dict)
            assert all(isinstance(line, str) for line in told.get("Logs", []))
        return answer

    def _own_headers(self) -> dict[str, str]:
        return {
            "X-Azure-Functions-HostVersion": HOST_VERSION,
            "X-Azure-Functions-InvocationId": str(uuid.uuid4()),
            "User-Agent": f"Azure-Functions-Host/{HOST_VERSION}",
        }

    def _send(self, method: str, target: str, headers: dict[str, str], body: bytes | None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.handlers_port, timeout=240)
        try:
            connection.request(method, target, body=body, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def _listen(self) -> ThreadingHTTPServer:
        """The front, for callers that speak HTTP themselves: Data Factory."""
        host = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_) -> None:
                pass

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    answer = host.serve(self.command, self.path, dict(self.headers.items()), body)
                except OSError:
                    answer = Answer(503)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("content-length", "connection", "date", "server"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 (names that http.server asks for)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server
