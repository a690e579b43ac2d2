"""What a feature set's columns must hold, computed by librosa, numpy and scipy: plain and slow.

Descriptors are computed once over the trimmed utterance; a window [s, s + W) takes the frames i with
s <= i * hop < s + W. Nothing here is shared with the program.
"""

import re
import warnings

import librosa
import numpy
import scipy.stats

RATE, FRAME, HOP = 16000, 2048, 512
FUNCTIONALS = ["mean", "median", "mode", "mode_count", "min", "max", "range", "var", "std", "q1", "q3", "iqr"]
FUNCTIONALS += ["entropy", "kurtosis", "skewness"]
COLUMN = re.compile(rf"^(.+?)(?:_(\d\d))?_({'|'.join(sorted([*FUNCTIONALS, 'share'], key=len, reverse=True))})$")
OF_VOICED_FRAMES = {"f0", "f0_semitones", "hnr"}

# How far a value of a descriptor may be from librosa's: (relative, absolute).
DESCRIPTOR_TOLERANCE = {
    "signal": (0, 1e-7),
    "zcr": (0, 1e-9),
    "rms": (2e-6, 1e-9),
    "poly": (1e-5, 1e-9),
    "centroid": (2e-6, 1e-4),
    "bandwidth": (2e-6, 1e-4),
    "flatness": (1e-5, 1e-12),
    "rolloff": (0, 1e-3),
    "contrast": (0, 2e-4),
    "chroma": (0, 1e-5),
    "mel": (4e-6, 1e-12),
    "mel_db": (0, 4e-4),
    "mfcc": (0, 4e-4),
    "mfcc_delta": (0, 4e-4),
    "mfcc_delta2": (0, 4e-4),
    "f0": (1e-6, 0),
    "f0_semitones": (0, 1e-5),
    "f0_voiced": (0, 1e-7),
    "voicing": (0, 1e-6),
    "hnr": (0, 1e-3),
    "aperiodicity": (0, 1e-6),
}


def descriptors(signal: numpy.ndarray, set_name: str, rate: int = RATE) -> dict[str, numpy.ndarray]:
    """Each descriptor's rows x frames over one utterance, as librosa gives them; contrast only where it does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        magnitude = numpy.abs(librosa.stft(signal))
        mel = librosa.feature.melspectrogram(y=signal, sr=rate, n_mels=90)
        found = {
            "zcr": librosa.feature.zero_crossing_rate(signal),
            "rms": librosa.feature.rms(y=signal),
            "poly": librosa.feature.poly_features(y=signal, sr=rate),
            "centroid": librosa.feature.spectral_centroid(y=signal, sr=rate),
            "bandwidth": librosa.feature.spectral_bandwidth(y=signal, sr=rate),
            "flatness": librosa.feature.spectral_flatness(y=signal),
            "rolloff": librosa.feature.spectral_rolloff(y=signal, sr=rate),
            "mfcc": librosa.feature.mfcc(y=signal, sr=rate, n_mfcc=90 if set_name == "librosa-full" else 20),
        }
        if rate > 12800:
            found["contrast"] = librosa.feature.spectral_contrast(S=magnitude, sr=rate)
        if set_name == "librosa-full":
            found["mel"] = mel
            found["mel_db"] = librosa.power_to_db(mel, ref=numpy.max)
        else:
            found["chroma"] = librosa.feature.chroma_stft(y=signal, sr=rate, tuning=0)
        if set_name == "spectral" and found["mfcc"].shape[1] >= 9:  # librosa's delta takes 9 frames
            found["mfcc_delta"] = librosa.feature.delta(found["mfcc"])
            found["mfcc_delta2"] = librosa.feature.delta(found["mfcc"], order=2)
    return {**found, **pitch(signal, rate)} if set_name == "spectral" else found


def pitch(signal: numpy.ndarray, rate: int = RATE) -> dict[str, numpy.ndarray]:
    """Each series of pitch as a row, NaN where the frame does not count: it is not voiced."""
    fmin, fmax = 65, 500
    f0, voiced, voiced_prob = librosa.pyin(signal, fmin=fmin, fmax=fmax, sr=rate, no_trough_prob=0.1)
    # pyin keeps to itself how periodic a frame is: the lowest trough of the difference that it searches.
    frames = librosa.util.frame(numpy.pad(signal, FRAME // 2), frame_length=FRAME, hop_length=HOP)
    difference = librosa.core.pitch._cumulative_mean_normalized_difference(frames, rate // fmax, -(-rate // fmin))
    troughs = librosa.util.localmin(difference, axis=0)
    troughs[0] = difference[0] < difference[1]
    aperiodicity = numpy.where(troughs, difference, 1).min(axis=0).astype(numpy.float64)
    noise = aperiodicity.clip(0.001, 0.999)
    series = {
        "f0": f0,
        "f0_semitones": 12 * numpy.log2(f0 / 100),
        "f0_voiced": voiced.astype(numpy.float64),
        "voicing": voiced_prob,
        "hnr": numpy.where(voiced, 10 * numpy.log10((1 - noise) / noise), numpy.nan),
        "aperiodicity": aperiodicity,
    }
    return {name: values[None] for name, values in series.items()}


def functionals(values: numpy.ndarray) -> dict[str, float]:
    """The 15 functionals of a row of values, and its share of ones; NaN where one is undefined."""
    values = numpy.asarray(values, dtype=numpy.float64)
    if not len(values):
        return dict.fromkeys([*FUNCTIONALS, "share"], numpy.nan)
    with warnings.catch_warnings(), numpy.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        mode = scipy.stats.mode(values)
        q1, median, q3 = numpy.percentile(values, [25, 50, 75])
        entropy = scipy.stats.entropy(values) if values.min() >= 0 and values.sum() > 0 else numpy.nan
        return {
            **{"mean": values.mean(), "median": median, "mode": mode.mode, "mode_count": mode.count},
            **{"min": values.min(), "max": values.max(), "range": numpy.ptp(values)},
            **{"var": values.var(), "std": values.std(), "q1": q1, "q3": q3, "iqr": q3 - q1, "entropy": entropy},
            **{"kurtosis": scipy.stats.kurtosis(values), "skewness": scipy.stats.skew(values)},
            "share": numpy.mean(values == 1),
        }


def window_of(
    found: dict[str, numpy.ndarray], signal: numpy.ndarray, start_seconds: float, length: int
) -> dict[str, numpy.ndarray]:
    """The samples and the frames of one window, descriptor by descriptor."""
    start = round(start_seconds * RATE)
    end = start + length
    frames = numpy.arange(next(iter(found.values())).shape[1]) * HOP
    inside = (start <= frames) & (frames < end)
    rows_of = {name: rows[:, inside] for name, rows in found.items()}
    rows_of |= {name: rows_of[name][~numpy.isnan(rows_of[name])][None] for name in OF_VOICED_FRAMES & rows_of.keys()}
    return {"signal": signal[None, start:end], **rows_of}


def tolerance(descriptor: str, functional: str, values: numpy.ndarray) -> tuple[float, float]:
    """How far a functional may be off (relative, absolute), given how far its values may be."""
    relative, absolute = DESCRIPTOR_TOLERANCE[descriptor]
    scale = float(numpy.abs(values).max(initial=0))
    value_error = absolute + relative * scale
    spread = float(values.std())
    if functional in ("mean", "median", "min", "max", "q1", "q3", "share"):
        return 2e-6, value_error
    if functional in ("range", "iqr", "std"):
        return 2e-6, 2 * value_error
    if functional == "var":
        return 4e-6, 4 * value_error * spread + value_error**2
    if functional == "entropy":
        return 2e-6, 1e-5
    # Moments of the shape divide by the spread: they are as uncertain as the values are against it.
    shape = value_error / spread if spread else numpy.inf
    return 1e-4, 1e-5 + 50 * shape


def agrees(descriptor: str, functional: str, found: float | None, values: numpy.ndarray, expected: float) -> bool:
    """Is `found` (None: null) what librosa and scipy give, as nearly as can be asked?"""
    if not values.size:  # no frame is voiced
        return found is None
    relative, absolute = tolerance(descriptor, functional, values)
    if found is None or numpy.isnan(expected):
        # Null where librosa has a number: only where that is made of rounding errors alone.
        undefined = functional in ("entropy", "kurtosis", "skewness")
        return undefined and ((found is None) == bool(numpy.isnan(expected)) or is_noise(descriptor, values))
    return abs(found - expected) <= absolute + relative * abs(expected)


def is_noise(descriptor: str, values: numpy.ndarray) -> bool:
    """The values differ from one another by less than they may be off."""
    relative, absolute = DESCRIPTOR_TOLERANCE[descriptor]
    return float(numpy.ptp(values)) <= absolute + relative * float(numpy.abs(values).max(initial=0))
