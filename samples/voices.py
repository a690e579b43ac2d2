"""Speech for the sample corpus: espeak-ng and flite voices and asterisk's recordings, with a room and a microphone."""

import os
import random
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ASTERISK = Path("/usr/share/asterisk/sounds")


@dataclass(frozen=True)
class Voice:
    """Who speaks: `engine` is espeak, flite or asterisk; `name` what that engine calls the voice."""

    engine: str
    name: str
    language: str = "en"
    pitch: int = 50  # espeak-ng's 0 to 99
    speed: int = 160  # words a minute
    noise_db: float = -50.0  # of the room, against full scale
    gain_db: float = -4.0
    tone_db: float = 0.0  # treble of the microphone


@dataclass(frozen=True)
class Format:
    """How a clip is stored. `sample`: s16, s24, u8 or f32."""

    rate: int = 16000
    channels: int = 1
    sample: str = "s16"


@dataclass(frozen=True)
class Clip:
    """Interleaved samples in the format's own encoding (little endian)."""

    pcm: bytes
    format: Format

    @property
    def frames(self) -> int:
        return len(self.pcm) // (self.format.channels * sample_bytes(self.format.sample))


def sample_bytes(sample: str) -> int:
    return {"s16": 2, "s24": 3, "u8": 1, "f32": 4}[sample]


def run(command: list[str], given: bytes = b"") -> bytes:
    """The standard output of a program that must succeed."""
    done = subprocess.run(command, input=given, capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout


def speak(voice: Voice, text: str) -> tuple[bytes, int]:
    """16-bit mono samples of `voice` saying `text`, and their rate."""
    if voice.engine == "espeak":
        command = f"espeak-ng -v {voice.name} -p {voice.pitch} -s {voice.speed} -b 1 --stdin --stdout".split()
        wav = run(command, text.encode())
        return wav[44:], struct.unpack_from("<I", wav, 24)[0]  # the header's lengths are not filled in on a pipe
    if voice.engine == "flite":
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            stretch = f"duration_stretch={160 / voice.speed:.3f}"
            run(["flite", "-voice", voice.name, "--setf", stretch, "-t", text, "-o", file.name])
            wav = Path(file.name).read_bytes()
        return wav[44:], struct.unpack_from("<I", wav, 24)[0]
    raise ValueError(voice.engine)


def recordings(folder: str, least_seconds: float, most_seconds: float) -> list[tuple[str, bytes]]:
    """Asterisk's recordings by one person (8 kHz, 16 bit, mono) that last so long.

    A pair each: what is said, as the file's name tells, and the samples."""
    found = []
    for path in sorted((ASTERISK / folder).rglob("*.wav")):
        pcm = path.read_bytes()[44:]
        if path.parent.name != "silence" and least_seconds <= len(pcm) / 16000 <= most_seconds:
            found.append((path.stem.replace("-", " ").replace("_", " "), pcm))
    if not found:
        raise SystemExit(f"make_corpus: no recordings in {ASTERISK / folder}: run setup/install.sh sample")
    return found


def room_noise(seconds: float, rate: int) -> bytes:
    """Pink noise at full scale, the same in every call (sox -R)."""
    return run(f"sox -R -D -n -t raw -r {rate} -e signed -b 16 -c 1 - synth {seconds} pinknoise".split())


class Studio:
    """Records clips. Holds the noise of the rooms, so one for each process."""

    def __init__(self) -> None:
        self._noise: dict[int, bytes] = {}

    def record(self, voice: Voice, speech: bytes, rate: int, target: Format, seed: str) -> Clip:
        """`speech` with silence around it, in the voice's room, through its microphone, in the format `target`."""
        draw = random.Random(f"studio {seed}")
        before, after = draw.uniform(0.15, 0.7), draw.uniform(0.2, 0.8)
        padded = bytes(2 * int(before * rate)) + speech + bytes(2 * int(after * rate))
        if rate not in self._noise:
            self._noise[rate] = room_noise(40, rate)
        offset = 2 * draw.randrange(0, 10 * rate)
        noise = self._noise[rate][offset : offset + len(padded)]
        raw = f"-t raw -r {rate} -e signed -b 16 -c 1"
        encoding = {"s16": "signed -b 16", "s24": "signed -b 24", "u8": "unsigned -b 8", "f32": "floating-point -b 32"}
        effects = ["treble", str(voice.tone_db), "3000"] if voice.tone_db else []
        if target.channels == 2:
            effects += ["remix", "1", "1v0.6"]
        with tempfile.NamedTemporaryFile(suffix=".raw") as file:
            file.write(noise)
            file.flush()
            volumes = [f"{10 ** (decibel / 20):.5f}" for decibel in (voice.gain_db, voice.noise_db)]
            command = f"sox -R -D -m -v {volumes[0]} {raw} - -v {volumes[1]} {raw} {file.name}".split()
            command += f"-t raw -r {target.rate} -e {encoding[target.sample]} -L -".split() + effects
            return Clip(run(command, padded), target)
