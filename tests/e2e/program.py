"""Running build/voxlake as a user does, and measuring it."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("BUILD", ROOT / "build")).resolve() / "voxlake"


@dataclass
class Outcome:
    """How a run ended. `code` is what a shell would show (128 + N for signal N)."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    peak_megabytes: float

    @property
    def text(self) -> str:
        return (
            f"exit {self.code} after {self.seconds:.1f} s\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr[-4000:]}"
        )


def plain_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """This environment without settings of Voxlake's."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("VOXLAKE_")}, **(extra or {})}


class Running:
    """A voxlake that was started. `wait` gives its outcome."""

    def __init__(self, arguments, cwd=None, environment=None) -> None:
        self._output = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 (closed by wait)
        self._folder = tempfile.TemporaryDirectory() if cwd is None else None  # no ./voxlake.toml of somebody else's
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=self._output[0],
            stderr=self._output[1],
            cwd=cwd or self._folder.name,
            env=plain_environment(environment),
        )

        self._peak_kilobytes, self._ended = 0, threading.Event()
        self._watcher = threading.Thread(target=self._watch_memory, daemon=True)
        self._watcher.start()

    def send(self, what: signal.Signals) -> None:
        self.process.send_signal(what)

    def read_stderr(self) -> str:
        """What it wrote so far."""
        return os.pread(self._output[1].fileno(), 1 << 20, 0).decode(errors="replace")

    def wait_until(self, holds, seconds: float = 60) -> None:
        """Waits until that holds, or it has ended."""
        deadline = time.monotonic() + seconds
        while not holds() and self.process.poll() is None:
            assert time.monotonic() < deadline, self.read_stderr()
            time.sleep(0.005)

    def _watch_memory(self) -> None:
        """Keeps the peak resident size. (rusage will not do: it counts what the forking process had before exec.)"""
        status = Path(f"/proc/{self.process.pid}/status")
        while not self._ended.wait(0.02):
            try:
                line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
            except (OSError, StopIteration):  # it is ending
                continue
            self._peak_kilobytes = int(line.split()[1])

    def wait(self, timeout: float = 300) -> Outcome:
        timer = threading.Timer(timeout, self.process.kill)
        timer.start()
        self.process.wait()
        timer.cancel()
        self._ended.set()
        self._watcher.join()
        seconds = time.monotonic() - self._began
        texts = []
        for file in self._output:
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
            file.close()
        if self._folder:
            self._folder.cleanup()
        code = self.process.returncode
        return Outcome(code if code >= 0 else 128 - code, *texts, seconds, self._peak_kilobytes / 1024)


def run_voxlake(*arguments, cwd=None, environment=None, timeout: float = 300) -> Outcome:
    """Runs the program to its end (or for `timeout` seconds: then it is killed, and the code is 137)."""
    return Running(arguments, cwd, environment).wait(timeout)
