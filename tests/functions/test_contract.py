"""What the program takes from the Functions host and what not, over real HTTP; how it starts and stops."""

import http.client
import json
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest
from function_lakes import FolderLake
from functions_host import DEPLOYED, KEY, FunctionsHost, bindings_of
from program import run_voxlake

CONTRACTS = ["wrapped", "text", "forwarded"]


@pytest.fixture(scope="module")
def hosts(program, tmp_path_factory):
    lake = FolderLake(tmp_path_factory.mktemp("contract") / "lake")
    environment = {**lake.environment, "VOXLAKE_CORPUS": "http://127.0.0.1:1/", "VOXLAKE_NAME": "sample"}
    started = {contract: FunctionsHost(environment, contract) for contract in CONTRACTS}
    yield started
    for host in started.values():
        host.close()


REFUSED = [
    ("decode", {"nonsense": 1}, 400, "no field `nonsense`"),
    ("decode", {"set": "spectral"}, 400, "no field `set`"),
    ("decode", {"corpus": "http://127.0.0.1:1/"}, 400, "no field `corpus`"),
    ("decode", {"id": 7}, 400, "`id` must be a text"),
    ("decode", {"id": "../../etc"}, 400, "`id` must be letters"),
    ("decode", {"id": "a" * 65}, 400, "`id` is longer"),
    ("decode", {"name": ["a"]}, 400, "`name` must be a text"),
    ("decode", {"name": "../gold"}, 400, "`name` must be letters"),
    ("decode", {"name": "a" * 101}, 400, "`name` is longer"),
    ("decode", {"archives": "all"}, 400, "`archives` must be a list"),
    ("decode", {"archives": []}, 400, "`archives` is an empty list"),
    ("decode", {"archives": [1]}, 400, "`archives[0]` must be a text"),
    ("decode", {"archives": ["../x.tgz"]}, 400, "`archives[0]` cannot be"),
    ("decode", {"archives": ["a\u202egzt.tgz"]}, 400, "`archives[0]` cannot be"),
    ("decode", {"archives": ["a", "a.tgz"]}, 400, "`archives[1]` is given twice"),
    ("decode", {"archives": [f"a{i}" for i in range(5001)]}, 400, "more than 5000"),
    ("decode", {"lake": 1}, 400, "`lake` must be a text"),
    ("decode", {"lake": "abfss://elsewhere.dfs.core.windows.net"}, 403, "not the lake of this function app"),
    ("features", {"set": "a b"}, 400, "`set` must be letters"),
    ("discover", {"corpus": "file:///etc/"}, 400, "`corpus` must be"),
    ("discover", {"corpus": "http://u:p@127.0.0.1:1/"}, 400, "without user"),
    ("discover", {"corpus": "http://169.254.169.254/metadata/"}, 403, "not among the corpora"),
    ("status", {"id": "nobody"}, 404, "there is no operation nobody"),
    ("decode", "{", 400, "is not JSON"),
    ("decode", "[]", 400, "not a JSON object"),
    ("decode", "name=sample", 400, "is not JSON"),
]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_wrong_field_is_refused_and_named(hosts, contract):
    for function, body, status, reason in REFUSED:
        answer = hosts[contract].call(function, body)
        assert answer.status == status, (body, answer)
        assert reason in answer.json()["error"], (body, answer)
    assert hosts[contract].call("status", method="GET").json()["tables"] == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_query_counts_like_the_body(hosts, contract):
    assert hosts[contract].call("status", method="GET", query="id=nobody").status == 404
    assert hosts[contract].call("status", {"id": "a"}, query="id=b").status == 400
    assert hosts[contract].call("status", method="GET", query=f"code={KEY}&id=nobody", key=None).status == 404


def test_a_body_beyond_the_bound_is_refused_however_it_is_sent(hosts):
    port = hosts["forwarded"].handlers_port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/api/decode", body=b" " * (2 << 20))
    assert connection.getresponse().status == 413
    pieces = (b" " * 65536 for _ in range(64))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(
            "POST", "/api/decode", body=pieces, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
        )
        assert connection.getresponse().status == 413
    except (ConnectionError, BrokenPipeError):  # it hung up on what it would not read
        pass
    assert hosts["forwarded"].call("status", method="GET", query="id=nobody").status == 404


@pytest.mark.parametrize(
    "request_text",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /api/decode HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /api/decode HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
        b"POST /api/decode HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /api/decode HTTP/1.1\r\nContent-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /api/decode HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"GET /" + b"%2e%2e/" * 300 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/status?" + b"a=b&" * 1500 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"DELETE /api/status HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_request_harms_nobody(hosts, request_text):
    with socket.create_connection(("127.0.0.1", hosts["wrapped"].handlers_port), timeout=20) as connection:
        connection.sendall(request_text)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert not answer or 400 <= int(answer.split()[1]) < 500, answer
    assert hosts["wrapped"].call("status", method="GET", query="id=nobody").status == 404


def test_callers_that_are_slow_do_not_keep_others_out(hosts):
    port = hosts["wrapped"].handlers_port
    slow = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(20)]
    for connection in slow:
        connection.sendall(b"POST /decode HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    began = time.monotonic()
    assert hosts["wrapped"].call("status", method="GET", query="id=nobody").status == 404
    assert time.monotonic() - began < 8  # the server waits ten seconds for a caller
    for connection in slow:
        connection.close()


def test_it_starts_in_under_a_second_listens_on_this_machine_only_and_its_log_has_no_secret(host_on, tmp_path):
    secret = "a-secret-of-somebody"
    host = host_on(FolderLake(tmp_path / "lake"), corpus="http://127.0.0.1:1/", azure_client_secret=secret, log="json")
    seconds = [host.seconds_to_start]
    while seconds[-1] >= 1 and len(seconds) < 3:  # a machine that is busy with something else proves nothing
        host.restart()
        seconds.append(host.seconds_to_start)
    assert min(seconds) < 1, seconds
    sockets = [Path(f"/proc/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6")]
    local = [row.split()[1] for rows in sockets for row in rows if row.split()[3] == "0A"]  # 0A: listening
    port = f"{host.handlers_port:04X}"
    assert [address for address in local if address.endswith(f":{port}")] == [f"0100007F:{port}"]
    assert host.call("status", method="GET", query=f"code={KEY}").status == 200
    assert host.call("discover", {"corpus": f"http://x/?code={KEY}"}).status == 400
    assert host.call("decode", {"id": "kept"}, query=f"code={KEY}").status == 202
    assert host.wait_for("kept")["state"] == "failed"  # there is nothing in bronze
    assert host.stop() == 130
    assert "/status" in host.log()
    files = [file.read_bytes() for file in (tmp_path / "lake").rglob("*") if file.is_file()]
    for hidden in (KEY, secret):
        assert hidden not in host.log()
        assert not [content for content in files if hidden.encode() in content]


def test_wrong_settings_and_ports_end_it_with_a_reason(program):
    unset = run_voxlake("functions", "serve")
    assert (unset.code, "FUNCTIONS_CUSTOMHANDLER_PORT" in unset.stderr) == (2, True), unset.text
    for port in ("", "http", "0", "99999", "80 "):
        outcome = run_voxlake("functions", "serve", environment={"FUNCTIONS_CUSTOMHANDLER_PORT": port})
        assert outcome.code == 2, outcome.text
    wrong = run_voxlake("functions", "serve", "--port", "0", environment={"VOXLAKE_FUNCTIONS_LEASE_SECONDS": "none"})
    assert (wrong.code, "functions.lease_seconds" in wrong.stderr) == (2, True), wrong.text
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = run_voxlake("functions", "serve", "--port", taken.getsockname()[1], timeout=20)
    assert (busy.code, "cannot listen" in busy.stderr) == (1, True), busy.text


def test_the_deployed_files_fit_the_program(hosts):
    host_file = json.loads((DEPLOYED / "host.json").read_text())
    assert host_file["version"] == "2.0"
    handler = host_file["customHandler"]
    assert handler["description"]["arguments"] == ["functions", "serve"]
    assert host_file["extensions"]["http"]["routePrefix"] == "api"  # the address of the state says /api/status
    dockerfile = (DEPLOYED / "Dockerfile").read_text()
    assert handler["description"]["defaultExecutablePath"] in dockerfile
    folders = {folder.name for folder in DEPLOYED.iterdir() if folder.is_dir()}
    assert folders == {"discover", "discover_weekly", "decode", "features", "status", "work"}
    for function in folders:
        bindings = bindings_of(function)
        trigger = bindings[0]
        if trigger["type"] == "httpTrigger":
            assert [trigger["name"], bindings[1]["name"], trigger["route"]] == ["req", "res", function]
            assert trigger["authLevel"] == "function"
            for method in trigger["methods"]:
                assert hosts["wrapped"].call(function, {"id": "-"}, method=method.upper()).status == 400, function
        elif trigger["type"] == "timerTrigger":
            assert trigger["name"] == "timer"
            assert_weekly(trigger["schedule"])
        else:
            assert (trigger["type"], trigger["name"], len(bindings)) == ("queueTrigger", "message", 1)
            assert hosts["wrapped"].queue(function, {"function": "decode", "archives": 7}).status == 500


@pytest.mark.skipif("bookworm" not in Path("/etc/os-release").read_text(), reason="the image is of Debian 12")
def test_the_image_has_the_libraries_that_the_program_needs(program):
    dockerfile = (DEPLOYED / "Dockerfile").read_text()
    assert re.search(r"^FROM debian:12", dockerfile, re.MULTILINE)
    final = dockerfile.rpartition("\nFROM ")[2]
    packages = set(re.search(r"--no-install-recommends \\\n(.*?) \\\n", final, re.DOTALL)[1].split())
    packages |= {"libc6", "libgcc-s1", "libstdc++6"}  # of every Debian, and of the host's program
    needed = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    found = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    places = dict(re.findall(r"(\S+) => (\S+)", found))
    own, others = [], ["libcurl.so.4"]  # which is opened when first asked for
    for library in re.findall(r"\(NEEDED\).*\[(.+)\]", needed):
        (own if "/pyarrow/" in places.get(library, "") else others).append(library)
    assert {"libarrow", "libparquet"} <= {library.split(".so")[0] for library in own}
    for library in own:
        assert f"/src/.deps/arrow/pyarrow/{library.split('.so')[0]}.so.*" in final, library
    lists = [file for package in packages for file in Path("/var/lib/dpkg/info").glob(f"{package}[:.]*list")]
    brought = {Path(line).name for file in lists for line in file.read_text().splitlines()}
    assert set(others) <= brought, set(others) - brought


def assert_weekly(schedule: str) -> None:
    """NCRONTAB: second, minute, hour, day of the month, month, day of the week."""
    second, minute, hour, day, month, weekday = schedule.split()
    assert (int(second), 0 <= int(minute) < 60, 0 <= int(hour) < 24) == (0, True, True)
    assert (day, month) == ("*", "*")
    assert weekday in ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
