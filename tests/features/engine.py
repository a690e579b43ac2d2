"""The feature engine, run on signals of a test's own by describe_signals (see there)."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("BUILD", ROOT / "build")).resolve() / "describe_signals"


@dataclass
class Request:
    signal: numpy.ndarray
    set_name: str = "spectral"  # `spectral/contrast` is spectral without contrast
    rate: int = 16000
    windowing: str = "whole"
    length: float = 3.0  # seconds
    hop: float = 1.0
    level: str = "best"


@dataclass
class Answer:
    """values[column][window]; `error` where the engine refused."""

    columns: list[str]
    starts: list[float]
    values: numpy.ndarray
    error: str = ""

    def column(self, name: str) -> numpy.ndarray:
        return self.values[self.columns.index(name)]


def describe(requests: list[Request], environment: dict[str, str] | None = None) -> list[Answer]:
    """Asks for them all in one run of the program."""
    sent = bytearray()
    for r in requests:
        words = [r.set_name, r.rate, r.windowing, repr(r.length), repr(r.hop), r.level, len(r.signal)]
        sent += " ".join(map(str, words)).encode() + b"\n" + numpy.asarray(r.signal, "<f4").tobytes()
    done = subprocess.run(
        [PROGRAM], input=bytes(sent), capture_output=True, check=True, env={**os.environ, **(environment or {})}
    )
    answers, at = [], 0

    def line() -> str:
        nonlocal at
        end = done.stdout.index(b"\n", at)
        text, at = done.stdout[at:end].decode(), end + 1
        return text

    for _ in requests:
        kind, _, rest = line().partition(" ")
        if kind == "error":
            answers.append(Answer([], [], numpy.zeros((0, 0)), rest))
            continue
        windows, columns = map(int, rest.split())
        names, starts = line().split(), [float(word) for word in line().split()]
        values = numpy.frombuffer(done.stdout, "<f4", windows * columns, at).reshape(columns, windows)
        at += values.nbytes
        answers.append(Answer(names, starts, values))
    assert at == len(done.stdout)
    return answers
