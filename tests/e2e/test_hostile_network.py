"""Every way in which a network misbehaves, through the program: each archive ends whole, or as a row with its reason.

All misbehave at once, in one run: an archive each. A second run, of those alone that heal, ends with exit code 0."""

import gzip
import random
import socket
import ssl
import subprocess

import pytest
from hostile_server import Exchange, HostileServer, serve_well
from program import run_voxlake
from sample_corpus import tgz
from tables import ARCHIVES, REJECTS, read

PATIENCE = ["--copy-attempts", 4, "--copy-stall-timeout-seconds", 1.5, "--copy-connect-timeout-seconds", 5]
WHOLE = "whole"


def archive(name: str) -> bytes:
    """Some 200 kB that no gzip makes smaller."""
    return tgz({f"{name}/etc/README": b"Gender: Male\n", f"{name}/etc/noise": random.Random(name).randbytes(200_000)})


def once(fault, content: bytes):
    """The fault, and a good server from then on."""
    well = serve_well(content)
    return lambda exchange: fault(exchange) if exchange.turn == 0 else well(exchange)


def half(content: bytes, end: str):
    """Half of what was announced, and then an end."""

    def answer(exchange: Exchange) -> None:
        exchange.send(200, content[: len(content) // 2], {"ETag": '"v1"'}, announced=len(content))
        exchange.stall(20) if end == "stall" else getattr(exchange, end)()

    return answer


def first_half_then(content: bytes, then):
    """Half, so that the rest is asked for; then what `then` makes of that request."""

    def answer(exchange: Exchange) -> None:
        if exchange.turn == 0:
            half(content, "close")(exchange)
        elif "range" in exchange.headers:
            then(exchange)
        else:
            serve_well(content)(exchange)

    return answer


def status(code: int, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.send(code, b"status", named)


def redirect(where: str):
    return status(302, Location=where)


def page(exchange: Exchange) -> None:
    exchange.send(200, b"<html><body>Moved, come back later</body></html>", {"Content-Type": "text/html"})


def wrong_range(content: bytes):
    extent = f"bytes 0-99/{len(content)}"
    return lambda exchange: exchange.send(206, content[:100], {"ETag": '"v1"', "Content-Range": extent})


def chunked(content: bytes, whole: bool):
    def answer(exchange: Exchange) -> None:
        body = b"%x\r\n%s\r\n" % (len(content), content)
        exchange.send(200, body + (b"0\r\n\r\n" if whole else b""), {"Transfer-Encoding": "chunked"}, announced=-1)
        exchange.goes_on = whole

    return answer


def longer(content: bytes):
    def answer(exchange: Exchange) -> None:
        exchange.send(200, content + b"more than was announced", announced=len(content))
        exchange.close()

    return answer


def gzip_encoded(content: bytes):
    return lambda exchange: exchange.send(200, gzip.compress(content), {"Content-Encoding": "gzip"})


def x_gzip(content: bytes):
    return lambda exchange: exchange.send(200, content, {"Content-Encoding": "x-gzip"})


def no_http(exchange: Exchange) -> None:
    exchange.connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    exchange.close()


# What an archive's path does, and how its copy ends.
FAULTS = {
    "none": (serve_well, WHOLE),
    "reset-once": (lambda content: once(half(content, "reset"), content), WHOLE),
    "reset-always": (lambda content: lambda exchange: exchange.reset(), "connection_reset|no_answer"),
    "reset-in-the-middle-always": (lambda content: half(content, "reset"), "connection_reset|truncated"),
    "stalled-once": (lambda content: once(half(content, "stall"), content), WHOLE),
    "stalled-always": (lambda content: lambda exchange: exchange.stall(20), "stalled"),
    "truncated-once": (lambda content: once(half(content, "close"), content), WHOLE),
    "truncated-always": (lambda content: half(content, "close"), "truncated"),
    "chunked": (lambda content: chunked(content, whole=True), WHOLE),
    "chunked-truncated-once": (lambda content: once(chunked(content, whole=False), content), WHOLE),
    "longer-than-announced": (longer, WHOLE),
    "wrong-range-once": (lambda content: first_half_then(content, wrong_range(content)), WHOLE),
    "whole-to-a-range": (
        lambda content: first_half_then(content, lambda exchange: exchange.send(200, content, {"ETag": '"v1"'})),
        WHOLE,
    ),
    "range-not-satisfiable": (lambda content: first_half_then(content, status(416)), WHOLE),
    "404": (lambda content: status(404), "http_404"),
    "410": (lambda content: status(410), "http_410"),
    "403": (lambda content: status(403), "http_403"),
    "401": (lambda content: status(401), "http_401"),
    "429-once": (lambda content: once(status(429, Retry_After="1"), content), WHOLE),
    "429-always": (lambda content: status(429), "http_429"),
    "500-once": (lambda content: once(status(500), content), WHOLE),
    "500-always": (lambda content: status(500), "http_500"),
    "503-once": (lambda content: once(status(503, Retry_After="1"), content), WHOLE),
    "503-always": (lambda content: status(503), "http_503"),
    "503-for-a-day": (lambda content: status(503, Retry_After="86400"), "http_503"),
    "html": (lambda content: page, "not_an_archive"),
    "x-gzip": (x_gzip, WHOLE),
    "redirect-loop": (lambda content: redirect("redirect-loop-20080101-abc.tgz"), "too_many_redirects"),
    "redirect-to-a-file": (lambda content: redirect("file:///etc/passwd"), "redirect_refused"),
    "redirect-to-ftp": (lambda content: redirect("ftp://127.0.0.1/a.tgz"), "redirect_refused"),
    "no-http": (lambda content: no_http, "bad_answer"),
}


def file_name(fault: str) -> str:
    return f"{fault}-20080101-abc.tgz"


def index_page(links: list[str]) -> bytes:
    return "".join(f'<a href="{link}">x</a>\n' for link in links).encode()


def publish(server: HostileServer, faults: list[str], more_links: list[str] = ()) -> dict[str, bytes]:
    contents = {fault: archive(fault) for fault in faults}
    for fault, content in contents.items():
        server.scripts["/" + file_name(fault)] = FAULTS[fault][0](content)
    listing = index_page([*map(file_name, faults), *more_links])
    server.scripts["/"] = lambda exchange: exchange.send(200, listing, {"Content-Type": "text/html"})
    return contents


def copy(url: str, lake, *more, environment=None):
    arguments = ["--corpus", url, "--name", "hostile", "--lake", lake, "--until", "copy", *PATIENCE, *more]
    return run_voxlake("run", *arguments, environment=environment, timeout=120)


class Ended:
    """How a run over hostile archives ended."""

    def __init__(self, lake, outcome, contents) -> None:
        self.outcome, self.contents = outcome, contents
        self.rows = {row["archive"].removesuffix("-20080101-abc"): row for row in read(lake, ARCHIVES).to_dicts()}
        rejects = read(lake, REJECTS).to_dicts()
        self.reasons = {row["archive"].removesuffix("-20080101-abc"): row["reason"] for row in rejects}
        assert len(self.reasons) == len(rejects)
        self.files = {path.name for path in (lake / "bronze" / "hostile").glob("*")}
        self.lake = lake


def assert_whole(ended: Ended, name: str) -> None:
    row = ended.rows[name]
    assert row["state"] == "copied", row
    assert (ended.lake / row["path"]).read_bytes() == ended.contents[name]
    assert name not in ended.reasons


def assert_refused(ended: Ended, name: str, reasons: str) -> None:
    row = ended.rows[name]
    assert row["state"] == "failed", row
    assert row["error"]
    assert ended.reasons[name] in reasons.split("|")
    assert file_name(name) not in ended.files


@pytest.fixture
def hostile(program):
    server = HostileServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def all_at_once(program, tmp_path_factory):
    server = HostileServer()
    with socket.socket() as unheard:  # bound, but nobody listens
        unheard.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{unheard.getsockname()[1]}/{file_name('refused')}"
        unknown = f"http://{'a' * 64}.invalid/{file_name('unknown-host')}"
        contents = publish(server, list(FAULTS), [refused, unknown])
        lake = tmp_path_factory.mktemp("hostile") / "lake"
        outcome = copy(server.url, lake)
    server.stop()
    return Ended(lake, outcome, contents)


def test_the_run_ends_by_itself_with_exit_3_and_a_row_for_each_archive(all_at_once):
    assert all_at_once.outcome.code == 3, all_at_once.outcome.text
    assert all_at_once.outcome.seconds < 60
    assert set(all_at_once.rows) == {*FAULTS, "refused", "unknown-host"}
    assert not [name for name in all_at_once.files if name.startswith(".")]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_whole_or_with_its_reason(all_at_once, fault):
    expected = FAULTS[fault][1]
    if expected == WHOLE:
        assert_whole(all_at_once, fault)
    else:
        assert_refused(all_at_once, fault, expected)


def test_hosts_that_refuse_or_have_no_address_are_told(all_at_once):
    assert_refused(all_at_once, "refused", "connection_refused|host_down")
    assert_refused(all_at_once, "unknown-host", "dns_failed")


def test_what_heals_leaves_exit_0(hostile, tmp_path):
    healing = [fault for fault, (_, end) in FAULTS.items() if end == WHOLE]
    contents = publish(hostile, healing)
    ended = Ended(tmp_path / "lake", copy(hostile.url, tmp_path / "lake"), contents)
    assert ended.outcome.code == 0, ended.outcome.text
    for fault in healing:
        assert_whole(ended, fault)


def test_a_wrong_length_is_noticed_by_the_decoder(hostile, tmp_path):
    """HTTP cannot tell: what was announced has come. The archive says that it is cut."""
    content = archive("short")
    hostile.scripts["/"] = lambda exchange: exchange.send(200, index_page([file_name("short")]))
    hostile.scripts["/" + file_name("short")] = lambda exchange: exchange.send(200, content[:100_000])
    outcome = copy(hostile.url, tmp_path / "lake", "--until", "decode")
    assert outcome.code == 3, outcome.text
    rejects = read(tmp_path / "lake", REJECTS).to_dicts()
    assert {"truncated_archive"} <= {row["reason"] for row in rejects}
    assert all(row["archive_sha256"] for row in rejects)


def test_an_archive_packed_once_more_on_the_way_is_kept_as_sent_and_told(hostile, tmp_path):
    """We accept no encoding; who sends one all the same sends something else than the archive."""
    content = archive("twice")
    hostile.scripts["/"] = lambda exchange: exchange.send(200, index_page([file_name("twice")]))
    hostile.scripts["/" + file_name("twice")] = gzip_encoded(content)
    outcome = copy(hostile.url, tmp_path / "lake", "--until", "decode")
    assert outcome.code == 3, outcome.text
    assert "not_an_archive" in {row["reason"] for row in read(tmp_path / "lake", REJECTS).to_dicts()}


@pytest.mark.parametrize("what", ["reset", "stalled", "404", "500", "redirect-loop", "redirect-to-a-file", "not HTTP"])
def test_a_page_that_cannot_be_had_is_exit_1_with_a_reason_and_no_lake(hostile, tmp_path, what):
    hostile.scripts["/"] = {
        "reset": lambda exchange: exchange.reset(),
        "stalled": lambda exchange: exchange.stall(20),
        "404": status(404),
        "500": status(500),
        "redirect-loop": redirect("/"),
        "redirect-to-a-file": redirect("file:///etc/passwd"),
        "not HTTP": no_http,
    }[what]
    outcome = copy(hostile.url, tmp_path / "lake", "--copy-attempts", 2)
    assert outcome.code == 1, outcome.text
    assert hostile.url.rstrip("/") in outcome.stderr
    assert "[reason" in outcome.stderr
    assert "root:" not in outcome.text
    assert not (tmp_path / "lake").exists()


def through(proxy: HostileServer) -> dict[str, str]:
    return {"http_proxy": proxy.url, "no_proxy": "", "NO_PROXY": ""}


def test_a_proxy_is_used_and_what_the_public_web_says_of_private_addresses_is_refused(hostile, tmp_path):
    """To the program the proxy is the way to the public web: names stand for hosts that it cannot look up."""
    site = "http://corpus.example.org/"
    good, lured = archive("good"), f"{site}{file_name('lured')}"
    private = f"http://169.254.169.254/{file_name('metadata')}"
    local = f"http://127.0.0.1:{hostile.port}/{file_name('inside')}"
    listing = index_page([file_name("good"), file_name("lured"), private, local, "file:///etc/passwd.tgz"])
    hostile.scripts[site] = lambda exchange: exchange.send(200, listing)
    hostile.scripts[site + file_name("good")] = serve_well(good)
    hostile.scripts[lured] = redirect(private)
    outcome = copy(site, tmp_path / "lake", environment=through(hostile))
    ended = Ended(tmp_path / "lake", outcome, {"good": good})
    assert outcome.code == 3, outcome.text
    assert_whole(ended, "good")
    assert_refused(ended, "lured", "redirect_to_private")
    assert set(ended.rows) == {"good", "lured"}  # links to private addresses are none of the corpus
    assert "private" in outcome.stderr
    asked = {target for target, _ in hostile.asked}
    assert not [target for target in asked if "169.254" in target or "127.0.0.1" in target], asked

    allowed = copy(site, tmp_path / "other", "--copy-private-addresses", "yes", environment=through(hostile))
    assert allowed.code == 3, allowed.text
    asked = {target for target, _ in hostile.asked}
    assert private in asked
    assert local in asked


def test_a_proxy_that_refuses_or_is_down_is_told(hostile, tmp_path):
    site = "http://corpus.example.org/"
    hostile.scripts[site] = status(407)
    outcome = copy(site, tmp_path / "lake", environment=through(hostile))
    assert outcome.code == 1
    assert "407" in outcome.stderr
    outcome = copy(site, tmp_path / "lake", environment={"http_proxy": "http://127.0.0.1:9/", "no_proxy": ""})
    assert outcome.code == 1
    assert "[reason" in outcome.stderr


def certificate(folder, name: str) -> ssl.SSLContext:
    """A server's own certificate, by the openssl program. (One that expired: src/net/download_tls_test.cc.)"""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "30"]
    command += ["-addext", f"subjectAltName={name}", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"]
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("what", ["trusted", "unknown", "of another host", "trusted page, unknown archives"])
def test_tls_is_checked(program, tmp_path, what):
    name = "DNS:elsewhere.example.org" if what == "of another host" else "IP:127.0.0.1"
    server = HostileServer(certificate(tmp_path, name))
    content = archive("secret")
    server.scripts["/"] = lambda exchange: exchange.send(200, index_page([file_name("secret")]))
    server.scripts["/" + file_name("secret")] = serve_well(content)
    trust = [] if what == "unknown" else ["--copy-ca-file", tmp_path / "certificate.pem"]
    corpus = server.url
    if what == "trusted page, unknown archives":
        corpus, trust = tmp_path / "page.html", []
        corpus.write_bytes(index_page([server.url + file_name("secret")]))
    outcome = copy(corpus, tmp_path / "lake", *trust)
    server.stop()
    if what == "trusted":
        assert outcome.code == 0, outcome.text
        assert_whole(Ended(tmp_path / "lake", outcome, {"secret": content}), "secret")
    elif what == "trusted page, unknown archives":
        assert outcome.code == 3, outcome.text
        assert_refused(Ended(tmp_path / "lake", outcome, {}), "secret", "tls_certificate")
    else:
        assert outcome.code == 1, outcome.text
        assert "tls_certificate" in outcome.stderr
