"""Golden values for the set `classic` and for sets of a user's own, from librosa 0.11, numpy and scipy themselves.

usage: .deps/test/bin/python tests/golden/make_sets.py      (after make_features.py, whose signals it takes)

Writes features/classic.records, in the format of make_features.py. A record is
`SIGNAL/RATE/WINDOWING/SECONDS/HOP`: a row a window; columns are descriptor by descriptor as below, row by row, and of
each the seventeen functionals (f4, NaN where undefined): of the samples, of the one value that a frame has, or of the
rows of a frame (mel, mel_db, mfcc and contrast).

Writes features/own.records: a record is `SET/SIGNAL/SECONDS/HOP` (windows of so many seconds, or the whole signal
where SECONDS is 0), likewise, of sets of several framings and parameters. features/own_rows.txt has the rows of each
set in order, a line `SET ROW` each; own_sets_golden_test.cc defines the same sets.
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


OWN = {
    "narrow": {
        "rate": 16000, "frame": 400, "hop": 160, "mel": {"n_mels": 40, "fmin": 20, "fmax": 7600},
        "mel_db": {"n_mels": 23}, "mfcc": {"n_mfcc": 13, "n_mels": 40}, "delta": True,
        "contrast": {"n_bands": 5}, "roll_percent": 0.5,
        "pitch": {"fmin": 80, "fmax": 400, "no_trough_prob": 0.01, "frame_length": 1024},
    },
    "wide": {
        "rate": 44100, "frame": 4096, "hop": 1024, "window": "hamming", "mel": {"n_mels": 12}, "mel_db": {"n_mels": 12},
        "mfcc": {"n_mfcc": 6, "n_mels": 64}, "contrast": {"quantile": 0.1},
    },
    "inside": {
        "rate": 22050, "frame": 1024, "hop": 256, "window": "blackman", "center": False,
        "mel": {"n_mels": 10, "fmin": 100}, "mfcc": {"n_mfcc": 23, "n_mels": 23}, "contrast": {}, "roll_percent": 0.95,
    },
    "telephone": {
        "rate": 8000, "frame": 256, "hop": 80, "window": "boxcar", "mel_db": {"n_mels": 20, "fmax": 3800},
        "mfcc": {"n_mfcc": 8, "n_mels": 26}, "contrast": {"n_bands": 4, "fmin": 150},
    },
    "studio": {"rate": 48000, "frame": 2048, "hop": 480, "mfcc": {"n_mfcc": 4, "n_mels": 128}, "contrast": {}},
    "usual": {
        "rate": 16000, "frame": 2048, "hop": 512, "mel": {"n_mels": 9, "fmax": 4000}, "mel_db": {"n_mels": 7},
        "mfcc": {"n_mfcc": 5, "n_mels": 41}, "contrast": {"quantile": 0.2}, "roll_percent": 0.25,
    },
}  # fmt: skip


def own_descriptors(y: np.ndarray, own: dict) -> dict[str, np.ndarray]:
    rate, frame, hop, center = own["rate"], own["frame"], own["hop"], own.get("center", True)
    cut = {"frame_length": frame, "hop_length": hop, "center": center}
    magnitude = np.abs(librosa.stft(y, n_fft=frame, hop_length=hop, window=own.get("window", "hann"), center=center))
    given, power = {"S": magnitude, "sr": rate, "n_fft": frame}, magnitude**2
    found = {
        "zcr": librosa.feature.zero_crossing_rate(y, **cut),
        "rms": librosa.feature.rms(y=y, **cut),
        "poly": librosa.feature.poly_features(**given),
    }
    if "mel" in own:
        found["mel"] = librosa.feature.melspectrogram(S=power, sr=rate, n_fft=frame, **own["mel"])
    if "mel_db" in own:
        mel = librosa.feature.melspectrogram(S=power, sr=rate, n_fft=frame, **own["mel_db"])
        found["mel_db"] = librosa.power_to_db(mel, ref=np.max)
    mel = librosa.feature.melspectrogram(S=power, sr=rate, n_fft=frame, n_mels=own["mfcc"]["n_mels"])
    found["mfcc"] = librosa.feature.mfcc(S=librosa.power_to_db(mel), sr=rate, n_mfcc=own["mfcc"]["n_mfcc"])
    if own.get("delta"):
        found["mfcc_delta"] = librosa.feature.delta(found["mfcc"])
        found["mfcc_delta2"] = librosa.feature.delta(found["mfcc"], order=2)
    found |= {
        "contrast": librosa.feature.spectral_contrast(**given, **own["contrast"]),
        "centroid": librosa.feature.spectral_centroid(**given),
        "bandwidth": librosa.feature.spectral_bandwidth(**given),
        "flatness": librosa.feature.spectral_flatness(S=magnitude),
        "rolloff": librosa.feature.spectral_rolloff(**given, roll_percent=own.get("roll_percent", 0.85)),
        "chroma": librosa.feature.chroma_stft(S=power, sr=rate, n_fft=frame, tuning=0),
    }
    if "pitch" in own:
        found["f0"], _, found["voicing"] = librosa.pyin(y, sr=rate, hop_length=hop, **own["pitch"])
    return {name: np.atleast_2d(rows) for name, rows in found.items()}


def own_windows(y: np.ndarray, own: dict, seconds: float, hop_seconds: float) -> tuple[list[str], np.ndarray]:
    """A window takes the frames that are centred in it, or, where they are not centred, those that lie in it."""
    found, rate, hop = own_descriptors(y, own), own["rate"], own["hop"]
    count = found["zcr"].shape[1]
    windows, length = [(0, len(y), slice(None))], round(seconds * rate)
    if seconds:
        starts = [round(i * hop_seconds * rate) for i in range(1000)]
        starts = [s for s in starts if s + length <= len(y)]
        reach = 0 if own.get("center", True) else own["frame"] - 1
        windows = [(s, s + length, slice(-(-s // hop), min(count, -(-(s + length - reach) // hop)))) for s in starts]
    names, rows = [], []
    for begin, end, selected in windows:
        names, row = ["signal"], functionals(y[begin:end])
        for name, series in found.items():
            for number, values in enumerate(series):
                names.append(f"{name}_{number:02d}" if len(series) > 1 else name)
                taken = values[selected]
                row += functionals(taken[~np.isnan(taken)])
        rows.append(row)
    return names, np.array(rows, dtype="<f4")


def write_own(signals: dict[str, np.ndarray]) -> None:
    out, lines = Records("own.records"), []
    for set_name, own in OWN.items():
        for signal, seconds, hop in (("speech", 0, 0), ("speech", 0.2, 0.1), ("chirp", 0, 0), ("noise5000", 0, 0)):
            if seconds and own["rate"] * seconds * 2 > len(signals[signal]):
                continue
            if seconds and set_name == "telephone":
                seconds, hop = 1.2, 0.8
            names, values = own_windows(signals[signal], own, seconds, hop)
            out.add(f"{set_name}/{signal}/{seconds}/{hop}", values)
        lines += [f"{set_name} {name}\n" for name in names]
    (HERE / "own_rows.txt").write_text("".join(lines))


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
    write_own(signals)


if __name__ == "__main__":
    main()
