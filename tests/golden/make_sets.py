"""Golden values for the set `classic` and for sets of a user's own, from librosa 0.11, numpy and scipy themselves.

usage: .deps/test/bin/python tests/golden/make_sets.py      (after make_features.py, whose signals it takes)

Writes features/classic.records, in the format of make_features.py. A record is
`SIGNAL/RATE/WINDOWING/SECONDS/HOP`: a row a window; columns are descriptor by descriptor as below, row by row, and of
each the seventeen functionals (f4, NaN where undefined): of the samples, of the one value that a frame has, or of the
rows of a frame (mel, mel_db, mfcc and contrast).
"""

import pathlib
import sys
import warnings

import librosa
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from make_features import Records, summarise

warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent / "features"


def stored_signals() -> dict[str, np.ndarray]:
    data, at, found = (HERE / "signals.records").read_bytes(), 0, {}
    while at < len(data):
        end = data.index(b"\n", at)
        name, dtype, rows, columns = data[at:end].decode().split()
        count = int(rows) * int(columns)
        found[name] = np.frombuffer(data, "<" + dtype, count, end + 1).astype(np.float32) / 32768
        at = end + 1 + count * np.dtype(dtype).itemsize
    return found


def functionals(x: np.ndarray) -> list[float]:
    """The fifteen of make_features.py, then the variance and deviation of a sample."""
    x = np.asarray(x, dtype=np.float64)
    ofs = [x.var(ddof=1), x.std(ddof=1)] if len(x) > 1 else [np.nan, np.nan]
    return summarise(x) + ofs


def classic(y: np.ndarray, rate: int, windowing: str, seconds: float, hop_seconds: float) -> np.ndarray:
    """Frames as long as the windows, not centred; what is shorter is filled with zeros at its end."""
    frame, hop = round(seconds * rate), round(hop_seconds * rate)
    if windowing == "whole":
        frame = max(frame, len(y))
        hop = frame
    samples = [y[s : s + frame] for s in range(0, len(y) - frame + 1, hop)] if len(y) >= frame else [y]
    padded = librosa.util.fix_length(y, size=max(len(y), frame))
    framing = {"n_fft": frame, "hop_length": hop, "center": False}
    magnitude = np.abs(librosa.stft(padded, **framing))
    given = {"S": magnitude, "sr": rate, "n_fft": frame}
    mel = librosa.feature.melspectrogram(y=padded, sr=rate, n_mels=90, **framing)
    across = {
        "mel": mel,
        "mel_db": librosa.power_to_db(mel, ref=np.max),
        "mfcc": librosa.feature.mfcc(y=padded, sr=rate, n_mfcc=90, **framing),
        "contrast": librosa.feature.spectral_contrast(**given),
    }
    poly = librosa.feature.poly_features(**given)
    singles = [
        [
            librosa.feature.zero_crossing_rate(x, frame_length=len(x), hop_length=len(x), center=False)[0, 0]
            for x in samples
        ],
        poly[0],
        poly[1],
        librosa.feature.spectral_centroid(**given)[0],
        librosa.feature.spectral_bandwidth(**given)[0],
        librosa.feature.spectral_flatness(S=magnitude)[0],
        librosa.feature.spectral_rolloff(**given)[0],
    ]
    rows = []
    for i, x in enumerate(samples):
        row = functionals(x)
        for values in singles:
            row += functionals([values[i]])
        for values in across.values():
            row += functionals(values[:, i])
        rows.append(row)
    return np.array(rows, dtype="<f4")


def main() -> None:
    signals, out = stored_signals(), Records("classic.records")
    for name in ("speech", "chirp", "silence", "impulse", "clipped", "burst", "constant", "noise5000", "long"):
        y = signals[name]
        out.add(f"{name}/16000/sliding/3/1", classic(y, 16000, "sliding", 3, 1))
    speech = signals["speech"]
    # 19,000 samples: an odd frame, a frame of a prime length, and windows that reach into one another.
    for rate, windowing, seconds, hop in (
        (22050, "sliding", 0.3, 0.1),
        (48000, "sliding", 0.125, 0.05),
        (44100, "sliding", 0.2, 0.2),
        (16000, "sliding", 1, 0.1),
        (16000, "whole", 0.5, 1),
        (16000, "whole", 3, 1),
    ):
        out.add(f"speech/{rate}/{windowing}/{seconds}/{hop}", classic(speech, rate, windowing, seconds, hop))
    out.add("long/16000/whole/3/1", classic(signals["long"], 16000, "whole", 3, 1))


if __name__ == "__main__":
    main()
