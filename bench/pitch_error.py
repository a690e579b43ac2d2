"""How far the median pitch of spectral is from the truth in noise, beside librosa.pyin as it comes.

usage: bench/pitch_error.py [--voices 40]

The voices are made here, so that their pitch is known: pulses through three formants, 2.5 s each, declining,
with pauses and a little vibrato and jitter. Printed: the share of clips whose median is within a semitone,
how many have no median, and the median error. Needs numpy, scipy, soundfile, librosa and polars, and
build/voxlake.
"""

import argparse
import subprocess
import tempfile
import warnings
from pathlib import Path

import librosa
import numpy
import polars
import scipy.signal
import soundfile

ROOT = Path(__file__).resolve().parent.parent
RATE = 16000


def voice(random: numpy.random.Generator) -> tuple[numpy.ndarray, float]:
    """A clip, and the median of its pitch in Hz where it is voiced."""
    n = int(2.5 * RATE)
    t = numpy.arange(n) / RATE
    base = random.uniform(80, 290)
    semitones = random.uniform(-1, 3) - random.uniform(0.5, 2.5) * t + 0.4 * numpy.sin(2 * numpy.pi * 5 * t)
    semitones += numpy.interp(t, numpy.arange(0, 3, 0.1), random.normal(0, 0.4, 30))
    hertz = base * 2 ** (semitones / 12)
    phase = numpy.cumsum(hertz) / RATE
    pulses = numpy.diff(numpy.floor(phase), prepend=0.0)
    source = scipy.signal.lfilter([1], [1, -0.95], pulses) + 0.005 * random.normal(size=n)
    sounding = numpy.interp(t, numpy.arange(0, 3, 0.05), numpy.repeat(random.random(20) < 0.75, 3).astype(float)[:60])
    signal = source * sounding
    for formant in (random.uniform(350, 750), random.uniform(1000, 2000), random.uniform(2300, 3000)):
        radius = numpy.exp(-numpy.pi * 100 / RATE)
        poles = [1, -2 * radius * numpy.cos(2 * numpy.pi * formant / RATE), radius**2]
        signal = scipy.signal.lfilter([sum(poles)], poles, signal)
    return signal / numpy.abs(signal).max(), float(numpy.median(hertz[sounding > 0.5]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--voices", type=int, default=40)
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "voxlake")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    random = numpy.random.default_rng(3)
    voices = [voice(random) for _ in range(arguments.voices)]
    print(f"{'':12} {'spectral':>28}   {'librosa.pyin':>28}")
    for kind in ("white", "pink"):
        for decibels in (30, 15, 10, 5, 0):
            errors = {"spectral": [], "pyin": []}
            with tempfile.TemporaryDirectory() as folder:
                for i, (clean, _) in enumerate(voices):
                    noise = random.normal(size=len(clean))
                    if kind == "pink":
                        spectrum = numpy.fft.rfft(noise)
                        spectrum[1:] /= numpy.sqrt(numpy.arange(1, len(spectrum)))
                        noise = numpy.fft.irfft(spectrum, len(clean))
                    level = numpy.sqrt(numpy.mean(clean**2)) / noise.std() * 10 ** (-decibels / 20)
                    mixed = clean + noise * level
                    soundfile.write(Path(folder) / f"{i:03d}.wav", 0.7 * mixed / numpy.abs(mixed).max(), RATE, "PCM_16")
                files = sorted(Path(folder).glob("*.wav"))
                table = Path(folder) / "features.parquet"
                command = [arguments.program, "features", *files, "--format", "parquet", "-q", "-o", table]
                subprocess.run(command, check=True)
                found = dict(polars.read_parquet(table).select("file", "f0_semitones_median").iter_rows())
                for path, (_, truth) in zip(files, voices, strict=True):
                    goal = 12 * numpy.log2(truth / 100)
                    ours = found[str(path)]
                    errors["spectral"].append(numpy.nan if ours is None else ours - goal)
                    f0 = librosa.pyin(soundfile.read(path, dtype="float32")[0], fmin=65, fmax=500, sr=RATE)[0]
                    voiced = f0[~numpy.isnan(f0)]
                    errors["pyin"].append(
                        12 * numpy.log2(numpy.median(voiced) / 100) - goal if len(voiced) else numpy.nan
                    )
            words = []
            for values in errors.values():
                values = numpy.abs(values)
                near = numpy.mean(values < 1)
                words.append(
                    f"{near:.2f} near {int(numpy.isnan(values).sum()):2} null {numpy.nanmedian(values):5.2f} st"
                )
            print(f"{kind:5} {decibels:3} dB  {words[0]:>28}   {words[1]:>28}", flush=True)


if __name__ == "__main__":
    main()
