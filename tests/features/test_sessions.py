"""Session windows against the rule written plainly.

Each frame with speech opens an interval of the gap, as an event does in Spark's session_window; intervals that overlap
are one session; one that grows too long ends there.
"""

import csv
import io
import os
import subprocess
from pathlib import Path

import librosa
import numpy
import pytest
import soundfile

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("BUILD", ROOT / "build")).resolve() / "voxlake"
SETTINGS = """
[features.sets.levels]
rate = {rate}
descriptors = [{{ name = "rms", functionals = ["max"] }}]
"""


def expected(signal: numpy.ndarray, rate: int, gap: float, longest: float) -> list[tuple[float, float]]:
    rms = librosa.feature.rms(y=signal)[0]
    speech = numpy.flatnonzero(rms > rms.max() * 10 ** (-30 / 20)) * 512
    gap, longest = round(gap * rate), round(longest * rate)
    sessions = []
    for event in speech[speech < len(signal)]:
        if sessions and event < sessions[-1][1] and event < sessions[-1][0] + longest:
            sessions[-1][1] = min(event + gap, sessions[-1][0] + longest)
        else:
            sessions.append([event, min(event + gap, event + longest)])
    return [(begin / rate, min(end, len(signal)) / rate) for begin, end in sessions]


def bursts(seed: int, rate: int) -> numpy.ndarray:
    """Noise that comes and goes, at levels around the threshold; loud at both ends, which are not trimmed."""
    random = numpy.random.default_rng(seed)
    parts = []
    for level in [1, *random.choice([1, 0.3, 0.05, 0.033, 0.03, 0.001, 0], 25), 1]:
        parts.append(0.3 * level * random.uniform(-1, 1, int(rate * random.uniform(0.02, 0.6))))
    return numpy.concatenate(parts)


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
@pytest.mark.parametrize(("gap", "longest"), [(0.3, 3), (0.1, 1), (0.5, 60), (1, 0.5), (0.01, 3)])
def test_sessions_are_those_of_the_plain_rule(tmp_path, rate, gap, longest):
    (tmp_path / "voxlake.toml").write_text(SETTINGS.format(rate=rate))
    found = 0
    for seed in range(3):
        file = tmp_path / f"{seed}.wav"
        soundfile.write(file, bursts(seed, rate), rate, subtype="PCM_16")
        signal = librosa.effects.trim(librosa.load(file, sr=rate)[0], top_db=20)[0]
        options = {"windows": "session", "gap-seconds": gap, "window-seconds": longest}
        flags = [f"--features-{name}={value}" for name, value in options.items()]
        done = subprocess.run(
            [PROGRAM, "features", file, "--set", "levels", *flags],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        windows = [
            (float(row["start_seconds"]), float(row["end_seconds"])) for row in csv.DictReader(io.StringIO(done.stdout))
        ]
        wanted = expected(signal, rate, gap, longest)
        assert numpy.allclose(windows, wanted, atol=1e-6), (seed, windows[:5], wanted[:5])
        found += len(windows)
    assert found > 3
