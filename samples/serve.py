#!/usr/bin/python3
"""Serves a folder over HTTP/1.1 on 127.0.0.1, as a web server serves a corpus, or as a bad one does.

usage: serve.py FOLDER [--port N] [--log FILE] [--fault RULE]...

The first line on standard output is the address. Connections are kept alive; files have ETag and Last-Modified, and
conditional and Range requests are answered as RFC 9110 asks. `--log` appends a JSON object for each answer.

A fault RULE is WHAT:PATTERN[:TIMES[:NUMBER]]: WHAT happens to the first TIMES (default 1, `*`: all) requests whose path
matches the shell pattern, for instance `drop:*hbr.tgz:2`. WHAT is one of
  drop    sends half of the body, then closes the connection
  reset   closes the connection at once
  short   announces NUMBER bytes more than there are, then closes
  stall   sends half of the body, then nothing for NUMBER seconds (default 5)
  slow    sends NUMBER bytes a second (default 100000)
  page    answers 200 with an HTML page about an error
  norange ignores Range and conditions
  CODE    answers this status, for instance 503; NUMBER is its Retry-After in seconds
"""

import argparse
import contextlib
import email.utils
import fnmatch
import hashlib
import json
import os
import re
import socket
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TYPES = {".html": "text/html;charset=UTF-8", ".tgz": "application/x-gzip", ".json": "application/json"}
PIECE = 1 << 16
ERROR_PAGE = b"<html><body><h1>Error</h1><p>The archive is being moved. Come back later.</p></body></html>\n"


@dataclass
class Fault:
    """One rule, and how often it may still happen (below zero: always)."""

    what: str
    pattern: str
    times: int = 1
    number: float | None = None

    @classmethod
    def parse(cls, rule: str) -> "Fault":
        what, pattern, *rest = rule.split(":")
        times = -1 if rest[:1] == ["*"] else int(rest[0]) if rest else 1
        return cls(what, pattern, times, float(rest[1]) if len(rest) > 1 else None)


class Site:
    """What all connections share: the folder, the faults left, the log. Thread safe."""

    def __init__(self, folder: Path, faults: list[Fault], log: Path | None) -> None:
        self.folder = folder.resolve()
        self._faults = faults
        self._log = log
        self._lock = threading.Lock()
        self._settled = threading.Condition()
        self._under_way = 0
        self.most_under_way = 0

    def fault_for(self, path: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.times and fnmatch.fnmatchcase(path, fault.pattern):
                    fault.times -= 1
                    return fault
        return None

    @contextlib.contextmanager
    def answering(self):
        """While a request is answered, its line in the log included."""
        with self._settled:
            self._under_way += 1
            self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            yield
        finally:
            with self._settled:
                self._under_way -= 1
                self._settled.notify_all()

    def settle(self, seconds: float = 5) -> None:
        """Waits until no request is under way: a client may have its answer before the log has its line."""
        with self._settled:
            self._settled.wait_for(lambda: self._under_way == 0, seconds)

    def note(self, **answer) -> None:
        if self._log:
            with self._lock, self._log.open("a") as file:
                file.write(json.dumps(answer) + "\n")

    def find(self, url_path: str) -> Path | None:
        """The file behind a request's path; a folder's index page; nothing outside of the folder."""
        path = (self.folder / urllib.parse.unquote(url_path).lstrip("/")).resolve()
        if not path.is_relative_to(self.folder):
            return None
        if path.is_dir():
            path = path / "index.html"
        return path if path.is_file() else None


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """First and one past the last byte of a single range; None where the header is to be ignored.

    ValueError where the file has no such bytes."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip())
    if not found or found.groups() == ("", ""):
        return None
    if not found[1]:
        return max(0, size - int(found[2])), size
    first, last = int(found[1]), int(found[2]) if found[2] else size - 1
    if first >= size:
        raise ValueError(header)
    return first, min(last, size - 1) + 1


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, *_) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        with self.site.answering():
            self._answer()

    def _answer(self) -> None:
        begun = time.time()
        url_path = urllib.parse.urlsplit(self.path).path
        fault = self.site.fault_for(urllib.parse.unquote(url_path)) if self.command == "GET" else None
        self._sent = 0
        if fault and fault.what == "reset":
            status = 0
            self._hang_up()
        elif fault and fault.what.isdigit():
            retry = {"Retry-After": str(int(fault.number))} if fault.number is not None else {}
            status = self._page(int(fault.what), ERROR_PAGE, retry)
        elif fault and fault.what == "page":
            status = self._page(200, ERROR_PAGE)
        else:
            path = self.site.find(url_path)
            status = (
                self._file(path, fault) if path else self._page(404, b"<html><body><h1>Not Found</h1></body></html>\n")
            )
        conditions = {name: self.headers[name] for name in ("Range", "If-None-Match", "If-Modified-Since", "If-Range")}
        asked = {name.lower(): value for name, value in conditions.items() if value}
        what = fault.what if fault else None
        agent = self.headers["User-Agent"]
        self.site.note(
            method=self.command,
            path=self.path,
            status=status,
            sent=self._sent,
            fault=what,
            agent=agent,
            time=begun,
            **asked,
        )

    def _page(self, status: int, body: bytes, headers: dict | None = None) -> int:
        self.send_response(status)
        for name, value in {
            **(headers or {}),
            "Content-Type": TYPES[".html"],
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._write(body)
        return status

    def _file(self, path: Path, fault: Fault | None) -> int:
        stat = path.stat()
        size = stat.st_size
        etag = '"' + hashlib.sha256(f"{path.name} {size} {stat.st_mtime_ns}".encode()).hexdigest()[:16] + '"'
        modified = email.utils.formatdate(stat.st_mtime, usegmt=True)
        validators = {"ETag": etag, "Last-Modified": modified, "Accept-Ranges": "bytes"}
        obey = not (fault and fault.what == "norange")
        if obey and self._has_it(etag, stat.st_mtime):
            return self._bodiless(304, validators)
        first, end, status = 0, size, 200
        asked = self.headers["Range"]
        if obey and asked and self.headers.get("If-Range", etag) in (etag, modified):
            try:
                found = parse_range(asked, size)
            except ValueError:
                return self._page(416, b"", {"Content-Range": f"bytes */{size}"})
            if found:
                (first, end), status = found, 206
        announced = end - first + (int(fault.number or 1000) if fault and fault.what == "short" else 0)
        self.send_response(status)
        headers = {
            **validators,
            "Content-Type": TYPES.get(path.suffix, "application/octet-stream"),
            "Content-Length": str(announced),
        }
        if status == 206:
            headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._body(path, first, end, fault)
        return status

    def _has_it(self, etag: str, modified: float) -> bool:
        if "If-None-Match" in self.headers:
            known = [item.strip().removeprefix("W/") for item in self.headers["If-None-Match"].split(",")]
            return etag in known or known == ["*"]
        since = self.headers["If-Modified-Since"]
        if not since:
            return False
        try:
            return int(modified) <= email.utils.parsedate_to_datetime(since).timestamp()
        except ValueError:
            return False

    def _bodiless(self, status: int, headers: dict) -> int:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        return status

    def _body(self, path: Path, first: int, end: int, fault: Fault | None) -> None:
        what = fault.what if fault else None
        stop = first + (end - first) // 2 if what in ("drop", "stall") else end
        with path.open("rb") as file:
            file.seek(first)
            while first < stop:
                piece = file.read(min(PIECE, stop - first))
                if what == "slow":
                    time.sleep(len(piece) / (fault.number or 100_000))
                if not self._write(piece):
                    return
                first += len(piece)
        if what == "stall":
            time.sleep(fault.number or 5)
        if what in ("drop", "stall", "short"):
            self._hang_up()

    def _write(self, piece: bytes) -> bool:
        """False where the other side has gone."""
        try:
            self.wfile.write(piece)
        except OSError:
            self.close_connection = True
            return False
        self._sent += len(piece)
        return True

    def _hang_up(self) -> None:
        self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Server(ThreadingHTTPServer):
    """A thread for each connection; none keeps the program from ending."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that has gone is nobody's fault
            super().handle_error(request, client_address)


def open_server(folder: Path, port: int = 0, faults: list[str] = (), log: Path | None = None) -> tuple[Server, str]:
    """A server that listens already, and its address. Call `serve_forever` on it."""
    site = Site(folder, [Fault.parse(rule) for rule in faults], log)
    handler = type("SiteHandler", (Handler,), {"site": site})
    server = Server(("127.0.0.1", port), handler)
    return server, f"http://127.0.0.1:{server.server_address[1]}/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--fault", action="append", default=[], metavar="RULE")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        raise SystemExit(f"serve: {arguments.folder} is not a folder")
    server, address = open_server(arguments.folder, arguments.port, arguments.fault, arguments.log)
    print(address, flush=True)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        os._exit(130)


if __name__ == "__main__":
    main()
