"""No secret gets out: not by messages, logs, the report, tables, the process list, core files or modes of files."""

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest
from hostile_server import Exchange, HostileServer, serve_well
from program import PROGRAM, Running, plain_environment, run_voxlake
from sample_corpus import part_of
from tables import ALL, read

PASSWORD, SIGNATURE = "hunter2hunter2", "AbCdEf123456signature"
NAMES = ["briefly-20140101-sht", "june-20180412-ybq", "mixedbag-20150101-bad"]


class ProtectedSite(HostileServer):
    """An index page, archives, one that is missing and one that redirects, all for who knows name and password."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        links = [f"{name}.tgz" for name in NAMES] + [f"missing-20080101-abc.tgz?sig={SIGNATURE}"]
        links += [f"moved-20080101-abc.tgz?token={SIGNATURE}"]
        page = "".join(f'<a href="{link}">x</a>\n' for link in links).encode()
        self.scripts["/"] = self.guard(lambda exchange: exchange.send(200, page))
        for name in NAMES:
            self.scripts[f"/{name}.tgz"] = self.guard(serve_well((folder / f"{name}.tgz").read_bytes()))
        away = {"Location": f"ftp://ann:{PASSWORD}@127.0.0.1/x?sig={SIGNATURE}"}
        self.scripts[f"/moved-20080101-abc.tgz?token={SIGNATURE}"] = self.guard(lambda e: e.send(302, b"", away))

    @staticmethod
    def guard(script):
        def answer(exchange: Exchange) -> None:
            if "authorization" in exchange.headers:
                script(exchange)
            else:
                exchange.send(401, b"who are you", {"WWW-Authenticate": 'Basic realm="x"'})

        return answer

    @property
    def secret_url(self) -> str:
        return f"http://ann:{PASSWORD}@127.0.0.1:{self.port}/"


@pytest.fixture(scope="module")
def site(program, sample, tmp_path_factory):
    server = ProtectedSite(part_of(sample, tmp_path_factory.mktemp("protected"), NAMES).folder)
    yield server
    server.stop()


def assert_clean(text: str) -> None:
    assert PASSWORD not in text
    assert SIGNATURE not in text


def assert_lake_clean(lake: Path) -> None:
    for table in ALL:
        if (lake / table / "_delta_log").exists():
            assert_clean(str(read(lake, table).drop("signal", strict=False).to_dicts()))
    for path in lake.rglob("*"):
        if path.is_file():  # what is compressed was read above
            content = path.read_bytes()
            assert PASSWORD.encode() not in content, path
            # A page's links are kept whole for who copies by the manifest.
            assert SIGNATURE.encode() not in content or path.parent.name == "manifest", path


@pytest.mark.parametrize("log", ["text", "json"])
def test_a_password_opens_the_corpus_and_is_written_nowhere(site, tmp_path, log):
    lake = tmp_path / "lake"
    arguments = ["--corpus", site.secret_url, "--name", "guarded", "--lake", lake]
    outcome = run_voxlake("run", *arguments, "--log", log, "--copy-attempts", 2)
    assert outcome.code == 3, outcome.text  # the missing one, the moved one, and what is in the sample
    rows = {row["archive"]: row["state"] for row in read(lake, "bronze/archives").to_dicts()}
    assert {name for name, state in rows.items() if state == "copied"} == set(NAMES)
    assert_clean(outcome.stdout + outcome.stderr)
    assert (lake / "report.html").exists()
    assert_lake_clean(lake)
    for command in (["status"], ["explain"], ["explain", "--json"], ["doctor"], ["run", "--dry-run"]):
        outcome = run_voxlake(*command, *arguments)
        assert_clean(outcome.stdout + outcome.stderr)


def test_a_password_in_the_environment_or_file_is_masked_too(site, tmp_path):
    wrong = site.secret_url.replace("/ann", "/ann").rstrip("/") + "/nowhere/"
    outcome = run_voxlake("run", "--lake", tmp_path / "lake", environment={"VOXLAKE_CORPUS": wrong})
    assert outcome.code == 1
    assert "***" in outcome.stderr
    assert_clean(outcome.stdout + outcome.stderr)
    (tmp_path / "voxlake.toml").write_text(f'corpus = "{wrong}"\n')
    outcome = run_voxlake("run", "--lake", tmp_path / "lake", cwd=tmp_path)
    assert outcome.code == 1
    assert_clean(outcome.stdout + outcome.stderr)


def test_the_process_list_shows_no_password_and_no_core_file_is_written(program, tmp_path):
    silent = HostileServer()
    silent.scripts[f"/?sig={SIGNATURE}"] = lambda exchange: exchange.stall(30)
    url = f"http://ann:{PASSWORD}@127.0.0.1:{silent.port}/?sig={SIGNATURE}"
    running = Running(["run", "--corpus", url, "--lake", tmp_path / "lake"])
    process = Path(f"/proc/{running.process.pid}")
    try:
        deadline = time.monotonic() + 60
        while not silent.asked and time.monotonic() < deadline:
            time.sleep(0.02)
        assert silent.asked
        shown = (process / "cmdline").read_text()
        limits = (process / "limits").read_text()
    finally:
        running.send(signal.SIGKILL)
        running.wait()
        silent.stop()
    assert "run\0--corpus\0http://ann:***@127.0.0.1" in shown
    assert_clean(shown)
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4] == "0", core


def test_files_are_writable_by_their_owner_alone_or_the_group_but_not_by_all(program, small, tmp_path):
    command = ["sh", "-c", 'umask 000; exec "$@"', "sh", PROGRAM, "run", "--corpus", small.folder, "--limit", "3"]
    command += ["--lake", tmp_path / "lake"]
    done = subprocess.run(list(map(str, command)), capture_output=True, env=plain_environment(), cwd=tmp_path)
    assert done.returncode in (0, 3), done.stderr
    paths = [tmp_path / "lake", *(tmp_path / "lake").rglob("*")]
    assert len(paths) > 20
    assert not [path for path in paths if path.stat().st_mode & stat.S_IWOTH]


def doctor(tmp_path, *more, **options):
    return run_voxlake("doctor", "--corpus", tmp_path / "corpus", "--lake", tmp_path / "lake", *more, **options)


def test_doctor_warns_of_what_is_risky(program, sample, tmp_path):
    part_of(sample, tmp_path / "corpus", NAMES[:1])
    lake, settings = tmp_path / "lake", tmp_path / "voxlake.toml"
    lake.mkdir(mode=0o755)
    quiet = doctor(tmp_path, cwd=tmp_path)
    assert quiet.code == 0, quiet.text
    for word in ("anybody", "others may", "by http", "private addresses"):
        assert word not in quiet.stdout

    lake.chmod(0o777)
    settings.write_text(f'[copy]\nmirror = "http://ann:{PASSWORD}@mirror.example.org/"\nprivate_addresses = "yes"\n')
    settings.chmod(0o666)
    authorities = tmp_path / "old.pem"
    authorities.write_text("")
    os.utime(authorities, (1_000_000_000, 1_000_000_000))
    told = doctor(tmp_path, "--copy-ca-file", authorities, cwd=tmp_path)
    assert told.code == 0, told.text  # risky is not broken
    for words in (
        "anybody on this machine may write to",
        "others may change voxlake.toml",
        "holds a password or token and others may read it",
        "may lead to private addresses",
        "the mirror is asked by http",
        "more than two years old",
    ):
        assert words in told.stdout, told.text
    assert_clean(told.stdout + told.stderr)
    public = run_voxlake("doctor", "--corpus", "http://corpus.invalid/", "--lake", lake, "--copy-attempts", 1)
    assert "somebody on the way could alter it" in public.stdout
