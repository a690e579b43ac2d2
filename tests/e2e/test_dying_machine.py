"""The machine gives up under a run, in every way that it has: another run ends with the rows of an undisturbed one.

Killing is in test_crash.py."""

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from corpus_server import write_corpus
from program import PROGRAM, Running, run_voxlake
from tables import all_rows

# Small batches, so that there is something to be interrupted.
SETTINGS = ["--name", "made", "--tables-file-mb", "1", "--tables-row-group-mb", "1", "--dataset-select", "20"]


class Undisturbed:
    """A corpus, how long a run over it takes, and the rows and bytes that it leaves."""

    def __init__(self, folder: Path) -> None:
        self.corpus = folder / "corpus"
        write_corpus(self.corpus, "--count", 30, "--bytes", 150_000, "--level", 1)
        self.arguments = ["run", "--corpus", self.corpus, *SETTINGS]
        lake = folder / "lake"
        self.outcome = run_voxlake(*self.arguments, "--lake", lake)
        assert self.outcome.code == 0, self.outcome.text
        self.rows = all_rows(lake)
        self.bytes = sum(path.stat().st_size for path in lake.rglob("*") if path.is_file())

    def run(self, lake: Path, *more, **options):
        return run_voxlake(*self.arguments, "--lake", lake, *more, **options)

    def assert_made_good(self, lake: Path) -> None:
        outcome = self.run(lake)
        assert outcome.code == 0, outcome.text
        assert all_rows(lake) == self.rows
        assert not list(lake.rglob(".tmp-*"))


@pytest.fixture(scope="module")
def whole(program, tmp_path_factory) -> Undisturbed:
    return Undisturbed(tmp_path_factory.mktemp("whole"))


def assert_told(outcome, *words: str) -> None:
    """It failed as a program does that knows what went wrong."""
    assert outcome.code == 1, outcome.text
    assert any(word in outcome.stderr for word in words), outcome.text
    assert "terminate" not in outcome.stderr


class SmallDisk:
    """A file system in memory. Making one takes root's rights."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True
        )
        if done.returncode:
            pytest.skip(f"mounting a tmpfs is not allowed here: {done.stderr.decode().strip()}")

    def remount(self, options: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{options}", self.folder], check=True, capture_output=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "-l", self.folder], check=False, capture_output=True)


@pytest.fixture
def small_disk(tmp_path):
    disks = []

    def make(megabytes: int) -> SmallDisk:
        disks.append(SmallDisk(tmp_path / f"disk-{len(disks)}", megabytes))
        return disks[-1]

    yield make
    for disk in disks:
        disk.unmount()


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_a_full_disk_is_told_and_made_good_by_a_larger_one(whole, small_disk, share):
    disk = small_disk(max(1, int(share * whole.bytes / 1e6)))
    outcome = whole.run(disk.folder / "lake")
    assert_told(outcome, "No space left on device")
    assert "free some" in outcome.stderr
    if (disk.folder / "lake" / "bronze" / "archives").exists():
        all_rows(disk.folder / "lake")  # what is visible can be read
    disk.remount("size=1g")
    whole.assert_made_good(disk.folder / "lake")


def test_a_read_only_lake_is_told_and_left_as_it_was(whole, small_disk):
    disk = small_disk(500)
    lake = disk.folder / "lake"
    assert whole.run(lake, "--limit", 7, "--until", "features").code == 0
    before = all_rows(lake)
    disk.remount("ro")
    assert_told(whole.run(lake), "Read-only file system")
    assert all_rows(lake) == before
    assert run_voxlake("status", "--lake", lake).code == 0
    disk.remount("rw")
    whole.assert_made_good(lake)


def limited(whole, lake: Path, *limits: str):
    """A run under limits that a shell would set by ulimit."""
    command = ["prlimit", *limits, PROGRAM, *whole.arguments, "--lake", lake]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VOXLAKE_")}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment, timeout=300)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode, done.stderr


@pytest.mark.parametrize("files", [10, 14, 20, 32])
def test_out_of_file_handles_is_told_and_made_good(whole, tmp_path, files):
    code, told = limited(whole, tmp_path / "lake", f"--nofile={files}")
    assert code in (0, 1, 127), told  # 127: too few to load the program's own libraries
    if code == 1:
        assert re.search("Too many open files|open files", told), told
    whole.assert_made_good(tmp_path / "lake")


@pytest.mark.parametrize("megabytes", [250, 400, 600, 900])
def test_out_of_address_space_is_told_and_made_good(whole, tmp_path, megabytes):
    code, told = limited(whole, tmp_path / "lake", f"--as={megabytes << 20}")
    assert code in (0, 1, 3, 127), told
    if code == 1:
        assert re.search("memory|Resource temporarily unavailable", told), told
    whole.assert_made_good(tmp_path / "lake")


def memory_group(megabytes: int) -> Path:
    """A control group of so much memory: of version 2, or of version 1 where the machine mounts that."""
    first_version = Path("/sys/fs/cgroup/memory")
    limit = "memory.limit_in_bytes" if first_version.is_dir() else "memory.max"
    group = (first_version if first_version.is_dir() else first_version.parent) / f"voxlake-{os.getpid()}-{megabytes}"
    try:
        group.mkdir()
        (group / limit).write_text(str(megabytes << 20))
        with contextlib.suppress(OSError):
            (group / "memory.swap.max").write_text("0")
    except OSError as error:
        with contextlib.suppress(OSError):
            group.rmdir()
        pytest.skip(f"no control groups of our own here: {error}")
    return group


def remove_group(group: Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:  # its dead leave after their parent has been told
        try:
            group.rmdir()
            break
        except OSError:
            time.sleep(0.05)


@pytest.mark.parametrize("megabytes", [40, 90])
def test_killed_by_a_memory_limit_is_made_good(whole, tmp_path, megabytes):
    group = memory_group(megabytes)
    inside = f'echo $$ >{group}/cgroup.procs && exec "$@"'
    command = ["sh", "-c", inside, "sh", PROGRAM, *whole.arguments, "--lake", tmp_path / "lake"]
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=300)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
    finally:
        remove_group(group)
    whole.assert_made_good(tmp_path / "lake")


def test_a_second_run_leaves_and_names_the_first_and_a_dead_ones_lock_is_taken_over(whole, web, tmp_path):
    site = web(whole.corpus, ["stall:*.tgz:1:30"])
    lake = tmp_path / "lake"
    first = Running(["run", "--corpus", site, *SETTINGS, "--lake", lake])
    try:
        deadline = time.monotonic() + 20
        while not (lake / ".voxlake.lock").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        second = whole.run(lake)
        assert_told(second, f"another voxlake (process {first.process.pid})")
        assert "wait for it to end" in second.stderr
        assert run_voxlake("status", "--lake", lake).code in (0, 1)  # looking is allowed
    finally:
        first.send(signal.SIGKILL)
        assert first.wait().code == 137
    whole.assert_made_good(lake)


def fake_time(**settings: str) -> dict[str, str]:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("libfaketime (Debian's faketime) is not there")
    return {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", **settings}


def test_a_clock_that_was_set_back_between_runs_changes_no_row(whole, tmp_path):
    lake = tmp_path / "lake"
    assert whole.run(lake, "--limit", 9, "--until", "features").code == 0
    outcome = whole.run(lake, environment=fake_time(FAKETIME="-400d"))
    assert outcome.code == 0, outcome.text
    assert all_rows(lake) == whole.rows
    whole.assert_made_good(lake)


def test_a_clock_that_jumps_back_during_a_run_changes_no_row(whole, tmp_path):
    clock, lake = tmp_path / "clock", tmp_path / "lake"
    clock.write_text("+0")
    environment = fake_time(FAKETIME_TIMESTAMP_FILE=str(clock), FAKETIME_NO_CACHE="1")
    running = Running([*whole.arguments, "--lake", lake], environment=environment)
    for jump in ("-40d", "+1000d", "-3h"):
        time.sleep(whole.outcome.seconds / 5)
        clock.write_text(jump)
    outcome = running.wait()
    assert outcome.code == 0, outcome.text
    assert all_rows(lake) == whole.rows
    whole.assert_made_good(lake)


@pytest.mark.parametrize("trial", range(4))
def test_sigterm_ends_with_130_and_whole_archives_and_is_made_good(whole, tmp_path, trial):
    lake = tmp_path / "lake"
    running = Running([*whole.arguments, "--lake", lake])
    running.wait_until(lake.exists)
    time.sleep(random.Random(f"term {trial}").uniform(0.1, 0.9) * whole.outcome.seconds)
    running.send(signal.SIGTERM)
    sent = time.monotonic()
    outcome = running.wait()
    assert outcome.code in (0, 130), outcome.text
    assert time.monotonic() - sent < 30
    if outcome.code == 130:
        assert "run the same command again" in outcome.stderr
        assert not list(lake.rglob(".tmp-*"))  # it had the time to tidy up
        rows = all_rows(lake)
        for table in set(rows) & {"bronze/archives", "silver/utterances"}:
            assert set(rows[table]) <= set(whole.rows[table])
    whole.assert_made_good(lake)


def test_what_a_killed_run_left_unfinished_is_swept_up(whole, tmp_path):
    lake = tmp_path / "lake"
    running = Running([*whole.arguments, "--lake", lake])
    running.wait_until(lake.exists)
    time.sleep(whole.outcome.seconds / 2)
    running.send(signal.SIGKILL)
    running.wait()
    shutil.copytree(lake, tmp_path / "copy")  # as somebody would who looks at it first
    whole.assert_made_good(lake)


# Libraries whose n-th call (FAIL_AT) finds no memory, in front of the real ones.
WITHOUT_MEMORY = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int fails(const char* name, int* calls) {
  const char* wanted = getenv("FAIL_IN");
  return wanted && !strcmp(wanted, name) && ++*calls == atoi(getenv("FAIL_AT"));
}

void* soxr_create(double from, double to, unsigned channels, const char** error,
                  void* io, void* quality, void* runtime) {
  static int calls;
  if (fails("soxr_create", &calls)) {
    if (error) *error = "malloc failed";
    return NULL;
  }
  void* (*real)(double, double, unsigned, const char**, void*, void*, void*) = dlsym(RTLD_NEXT, "soxr_create");
  return real(from, to, channels, error, io, quality, runtime);
}

void* archive_read_new(void) {
  static int calls;
  if (fails("archive_read_new", &calls)) return NULL;
  void* (*real)(void) = dlsym(RTLD_NEXT, "archive_read_new");
  return real();
}

int archive_read_support_format_tar(void* archive) {
  static int calls;
  if (fails("archive_read_support_format_tar", &calls)) return -30;
  int (*real)(void*) = dlsym(RTLD_NEXT, "archive_read_support_format_tar");
  return real(archive);
}
"""


@pytest.fixture(scope="module")
def without_memory(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("libraries")
    (folder / "without_memory.c").write_text(WITHOUT_MEMORY)
    library = folder / "without_memory.so"
    compiler = ["gcc", "-shared", "-fPIC", "-o", library, folder / "without_memory.c", "-ldl"]
    subprocess.run(compiler, check=True, capture_output=True)
    return library


@pytest.fixture(scope="module")
def undisturbed_rows(program, small, tmp_path_factory) -> dict:
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    assert run_voxlake("run", "--corpus", small.folder, "--lake", lake, "--until", "features").code == 3
    return all_rows(lake)


@pytest.mark.parametrize(
    ("function", "call"), [("soxr_create", 2), ("archive_read_new", 5), ("archive_read_support_format_tar", 3)]
)
def test_a_library_without_memory_ends_the_run_and_no_clip_is_lost(
    without_memory, undisturbed_rows, small, tmp_path, function, call
):
    arguments = ["run", "--corpus", small.folder, "--lake", tmp_path / "lake", "--until", "features"]
    short = {"LD_PRELOAD": str(without_memory), "FAIL_IN": function, "FAIL_AT": str(call)}
    assert_told(run_voxlake(*arguments, environment=short), "not enough memory")
    assert run_voxlake(*arguments).code == 3  # the sample has clips that are refused
    assert all_rows(tmp_path / "lake") == undisturbed_rows
