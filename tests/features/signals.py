"""Signals that feature extraction has to stand: recordings, voices, and what is made by a formula."""

import subprocess
import tempfile
import wave
from pathlib import Path

import librosa
import numpy

ASTERISK = Path("/usr/share/asterisk/sounds")
RECORDINGS = {
    "allison": "en_US_f_Allison/agent-newlocation.wav",
    "allison_es": "es_MX_f_Allison/conf-onlyperson.wav",
    "june": "fr_CA_f_June/vm-goodbye.wav",
    "carlo": "it_IT_m_Carlo/vm-goodbye.wav",
    "ivrvoice": "ru_RU_f_IvrvoiceRU/vm-goodbye.wav",
}
VOICES = {"en_m1": "en-us+m1", "en_f2": "en-us+f2", "de_m3": "de+m3", "fr_f3": "fr+f3", "croak": "en-us+croak"}


def read_wav(path: Path | str) -> tuple[numpy.ndarray, int]:
    with wave.open(str(path)) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.astype(numpy.float32) / 32768, file.getframerate()


def in_steps(signal: numpy.ndarray) -> numpy.ndarray:
    """As a file of 16 bits holds it."""
    return (numpy.clip(numpy.round(signal * 32768), -32768, 32767) / 32768).astype(numpy.float32)


def at_rate(signal: numpy.ndarray, rate: int, target: int) -> numpy.ndarray:
    return signal if rate == target else in_steps(librosa.resample(signal, orig_sr=rate, target_sr=target))


def recording(name: str, rate: int) -> numpy.ndarray:
    """A recording of a person, from Debian's asterisk-core-sounds."""
    return at_rate(*read_wav(ASTERISK / RECORDINGS[name]), rate)


def voice(name: str, rate: int, text: str = "Six wise men argued about money.") -> numpy.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "voice.wav"
        subprocess.run(["espeak-ng", "-v", VOICES[name], "-w", file, text], check=True)
        return at_rate(*read_wav(file), rate)


def formulas(rate: int, seconds: float = 1.3) -> dict[str, numpy.ndarray]:
    random = numpy.random.default_rng(4)
    n = int(seconds * rate)
    t = numpy.arange(n) / rate
    noise = random.normal(0, 0.1, n)
    impulse = numpy.zeros(n)
    impulse[n // 3] = 1
    exact = {
        "tone": 0.5 * numpy.sin(2 * numpy.pi * 440 * t),
        "tone_on_a_bin": 0.5 * numpy.sin(2 * numpy.pi * 32 * rate / 2048 * t),
        "chirp": 0.8 * numpy.sin(2 * numpy.pi * (60 * t + (rate / 2 - 60) / (2 * seconds) * t * t)),
        "noise": noise,
        "faint_noise": noise / 1000,
        "clipped": numpy.clip(4 * numpy.sin(2 * numpy.pi * 150 * t), -1, 1),
        "clipped_noise": numpy.clip(10 * noise, -1, 1),
        "impulse": impulse,
        "impulses": numpy.where(numpy.arange(n) % (rate // 110) == 0, 0.9, 0),
        "silence": numpy.zeros(n),
        "constant": numpy.full(n, 0.5),
        "tone_on_constant": 0.3 + 0.2 * numpy.sin(2 * numpy.pi * 200 * t),
        "ramp": t / seconds,
        "nyquist": 0.5 * (-1.0) ** numpy.arange(n),
        "burst": numpy.where((t > 0.4) & (t < 0.6), noise, 0),
        "silence_then_tone": numpy.where(t > 0.7, 0.4 * numpy.sin(2 * numpy.pi * 130 * t), 0),
        "voice_in_noise": sum(0.2 / k * numpy.sin(2 * numpy.pi * 120 * k * t) for k in range(1, 9)) + 0.3 * noise,
    }
    found = {name: in_steps(signal) for name, signal in exact.items()}
    # Not what 16 bits hold: as a resampler leaves it.
    found["float_noise"] = noise.astype(numpy.float32)
    found["tiny"] = (1e-7 * noise).astype(numpy.float32)
    found["huge"] = (1000 * noise).astype(numpy.float32)
    return found
