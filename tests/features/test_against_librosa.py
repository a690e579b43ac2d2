"""Every descriptor against librosa and every functional against numpy and scipy, on what speech and signals there are.

Windows of a millisecond, a hop apart, hold one frame each: their means are the frames. These are compared with
librosa's, as narrowly as an implementation of its own can follow. The functionals of longer windows are compared with
numpy's and scipy's of the same frames.
"""

import warnings

import librosa_reference as reference
import numpy
import pytest
import scipy.stats
from engine import Request, describe
from signals import RECORDINGS, VOICES, formulas, recording, voice

HOP = 512
# What an independent implementation reaches: relative to the value, and absolute. (poly's slope is a difference of
# sums: it is known relative to the largest of the row.)
TOLERANCE = {
    "zcr": (0, 0),
    "rolloff": (0, 0),
    "rms": (1e-6, 1e-12),
    "poly": (1e-6, 1e-14),
    "centroid": (1e-6, 1e-9),
    "bandwidth": (1e-6, 1e-9),
    "contrast": (0, 1e-5),
    "flatness": (5e-6, 0),
    "chroma": (0, 5e-6),
    "mel": (2e-6, 1e-14),
    "mel_db": (0, 2e-4),
    "mfcc": (0, 2e-4),
    "mfcc_delta": (0, 2e-4),
    "mfcc_delta2": (0, 2e-4),
    "f0": (0, 0),
    "f0_semitones": (0, 2e-6),  # of an f0 that is a float32
    "voicing": (0, 1e-6),
    "hnr": (0, 1e-4),
    "aperiodicity": (0, 1e-6),
}
FLOAT32 = 6e-8  # rounding to float32
DOUBLE = {"zcr", "poly", "contrast", "centroid", "bandwidth", "rolloff", "hnr", "f0_semitones"}


def expected_frames(signal: numpy.ndarray, set_name: str, rate: int) -> dict[str, numpy.ndarray]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return reference.descriptors(signal, set_name, rate)


def set_at(set_name: str, rate: int) -> str:
    return set_name if rate > 12800 else f"{set_name}/contrast"


def row_name(descriptor: str, rows: int, row: int) -> str:
    numbered = descriptor in ("poly", "mel", "mel_db", "mfcc", "mfcc_delta", "mfcc_delta2", "contrast", "chroma")
    return f"{descriptor}_{row:02d}" if numbered else descriptor


def frame_requests(signal: numpy.ndarray, set_name: str, rate: int) -> Request:
    """One frame a window. The last frame is left out where less than a millisecond follows its centre."""
    return Request(signal, set_at(set_name, rate), rate, "sliding", 0.001, HOP / rate)


def wrong_frames(answer, signal, set_name, rate, label) -> tuple[list[str], int, dict[str, numpy.ndarray]]:
    """What is off, how many values were compared, and our frames by row."""
    frames, wrong, compared = {}, [], 0
    assert not answer.error, f"{label}: {answer.error}"
    for descriptor, rows in expected_frames(signal, set_name, rate).items():
        if descriptor == "f0_voiced":
            continue
        relative, absolute = TOLERANCE[descriptor]
        for row, expected in enumerate(rows):
            name = row_name(descriptor, len(rows), row)
            ours = answer.column(f"{name}_{'median' if descriptor == 'aperiodicity' else 'mean'}").astype(float)
            assert len(expected) - 1 <= len(ours) <= len(expected), label
            expected = numpy.asarray(expected[: len(ours)], float)
            frames[name] = ours
            compared += len(ours)
            scale = numpy.abs(expected).max(initial=0) if descriptor == "poly" else numpy.abs(expected)
            allowed = relative * scale + absolute + FLOAT32 * numpy.abs(expected)
            with numpy.errstate(invalid="ignore"):
                off = ~(numpy.abs(ours - expected) <= allowed) & ~(numpy.isnan(ours) & numpy.isnan(expected))
            for i in numpy.flatnonzero(off)[:3]:
                wrong.append(f"{label}: {name} of frame {i} is {ours[i]!r}, not {expected[i]!r}")
    return wrong, compared, frames


def compare(cases: dict[str, tuple[numpy.ndarray, int]], set_name: str) -> int:
    """Frames of all cases against librosa; how many values that were."""
    answers = describe([frame_requests(signal, set_name, rate) for signal, rate in cases.values()])
    wrong, compared = [], 0
    for (label, (signal, rate)), answer in zip(cases.items(), answers, strict=True):
        found, count, _ = wrong_frames(answer, signal, set_name, rate, label)
        wrong += found
        compared += count
    assert not wrong, f"{len(wrong)} wrong, for instance:\n" + "\n".join(wrong[:30])
    return compared


SETS = ["spectral", "librosa-full"]


@pytest.mark.parametrize("set_name", SETS)
def test_frames_of_recordings_and_voices_are_librosas(set_name):
    cases = {}
    for i, name in enumerate(RECORDINGS):
        for rate in (8000, 16000, (22050, 32000, 44100, 48000, 11025)[i]):
            cases[f"{name} at {rate}"] = recording(name, rate)[: 2 * rate], rate
    for i, name in enumerate(VOICES):
        for rate in (16000, (22050, 12000, 48000, 24000, 8000)[i]):
            cases[f"{name} at {rate}"] = voice(name, rate)[: 2 * rate], rate
    assert compare(cases, set_name) > 50000


@pytest.mark.parametrize("set_name", SETS)
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_frames_of_formulas_are_librosas(set_name, rate):
    signals = formulas(rate, 1.0 if rate <= 16000 else 0.5)
    cases = {f"{name} at {rate}": (signal, rate) for name, signal in signals.items()}
    assert compare(cases, set_name) > 20000


def test_frames_of_one_to_five_thousand_samples_are_librosas():
    lengths = {*range(1, 20), *range(30, 5001, 149)}
    lengths |= {n + d for n in (512, 1024, 1536, 2048, 3584, 4096, 4608) for d in (-1, 0, 1, 31)}
    speech, noise = recording("allison", 16000)[8000:], formulas(16000)["noise"]
    for set_name in SETS:
        cases = {f"{n} of noise": (noise[:n], 16000) for n in sorted(lengths)[:: 1 if set_name == "spectral" else 2]}
        cases |= {f"{n} of speech": (speech[:n], 16000) for n in sorted(lengths)[::2]}
        # A window of a millisecond does not fit into 15 samples: the whole clip is then one frame, too.
        compare(cases, set_name)


def split_column(column: str) -> tuple[str, str]:
    """The row and the functional that a column is named after."""
    if column == "f0_voiced_share":
        return "f0", "share"
    match = column.removesuffix("_mode_count") if column.endswith("_mode_count") else column.rpartition("_")[0]
    return match, column[len(match) + 1 :]


def is_double(row: str) -> bool:
    """Kept as float64: we know it as it was rounded to float32."""
    return row in DOUBLE or row[:-3] in DOUBLE


def allowed_error(functional: str, expected: float, series: numpy.ndarray, value_error: float) -> float:
    spread, rounding = float(series.std()) if series.size else 0.0, FLOAT32 * abs(expected)
    if functional in ("mode_count", "share"):
        return rounding
    if functional in ("range", "iqr", "std"):
        return rounding + 2 * value_error
    if functional == "var":
        return rounding + 4 * value_error * (spread + value_error)
    if functional == "entropy":
        return rounding + 1e-7
    if functional in ("kurtosis", "skewness"):
        return rounding + 1e-7 + (20 * value_error / spread * (1 + abs(expected)) if spread else 0)
    return rounding + value_error


def wrong_functionals(answer, window: int, rows: dict[str, numpy.ndarray], label: str) -> tuple[list[str], int]:
    """The functionals of one window against numpy's and scipy's of our own frames, mode and all."""
    wrong, compared, summaries = [], 0, {}
    for column, found in zip(answer.columns, answer.values[:, window], strict=True):
        row, functional = split_column(column)
        series = rows[row].astype(float)
        defined = series[~numpy.isnan(series)]
        if row not in summaries:
            summaries[row] = reference.functionals(defined) | {"share": 1 - numpy.isnan(series).mean()}
        expected = summaries[row][functional]
        rounded = is_double(row)
        if rounded and functional in ("mode", "mode_count") and row not in ("zcr", "rolloff"):
            continue  # two frames may be equal for their rounding only
        scale = numpy.abs(defined).max(initial=0)
        value_error = (FLOAT32 if rounded else 1e-15) * scale
        if functional in ("kurtosis", "skewness") and rounded and defined.size and defined.std() < 1000 * value_error:
            continue  # the shape of rounding errors
        compared += 1
        agrees = abs(found - expected) <= allowed_error(functional, expected, defined, value_error)
        if not (numpy.isnan(found) and numpy.isnan(expected)) and not agrees:
            wrong.append(f"{label}: {column} is {found!r}, not {expected!r}")
    return wrong, compared


@pytest.mark.parametrize("set_name", SETS)
def test_functionals_of_windows_are_numpys_and_scipys_of_the_frames(set_name):
    cases = {name: recording(name, 16000)[4000:24000] for name in RECORDINGS}
    cases |= formulas(16000)
    if set_name == "librosa-full":
        chosen = ("allison", "carlo", "noise", "silence", "constant", "clipped", "burst", "impulse", "tone", "tiny")
        cases = {name: cases[name] for name in chosen}
    length, hop = 0.768, 0.37  # 24 frames, not a whole number of hops apart
    frames = describe([frame_requests(signal, set_name, 16000) for signal in cases.values()])
    windows = describe([Request(s, set_name, 16000, "sliding", length, hop) for s in cases.values()])
    wrong, compared = [], 0
    for (label, signal), answer, per_frame in zip(cases.items(), windows, frames, strict=True):
        rows = {
            split_column(column)[0]: values
            for column, values in zip(per_frame.columns, per_frame.values, strict=True)
            if column.endswith("_mean") or column == "aperiodicity_median"
        }
        for window, start in enumerate(answer.starts):
            first, last = round(start * 16000), round(start * 16000) + round(length * 16000)
            inside = slice(-(-first // HOP), min(-(-last // HOP), per_frame.values.shape[1]))
            values = {name: series[inside] for name, series in rows.items()} | {"signal": signal[first:last]}
            found, count = wrong_functionals(answer, window, values, f"{label} window {window}")
            wrong += found
            compared += count
    assert not wrong, f"{len(wrong)} wrong of {compared}, for instance:\n" + "\n".join(wrong[:30])
    assert compared > 10000


def test_functionals_of_samples_are_numpys_and_scipys_at_any_length():
    noise = formulas(16000)["noise"]
    steps = numpy.round(noise * 8) / 8  # values that repeat
    cases = {(name, n): s[:n] for name, s in {"noise": noise, "steps": steps, "positive": abs(noise)}.items()
             for n in [*range(1, 40), 63, 64, 65, 255, 256, 257, 4095, 4096, 4097, 20000]}  # fmt: skip
    answers = describe([Request(signal) for signal in cases.values()])
    wrong = []
    for (label, signal), answer in zip(cases.items(), answers, strict=True):
        for i, column in enumerate(answer.columns):
            if column.startswith("signal_"):
                found, expected = answer.values[i, 0], reference.functionals(signal)[column[7:]]
                if not numpy.isclose(found, expected, rtol=1e-6, atol=1e-9, equal_nan=True):
                    wrong.append(f"{label}: {column} is {found}, not {expected}")
    assert not wrong, f"{len(wrong)} wrong: {wrong[:20]}"


def test_what_librosa_leaves_undefined_is_null():
    signals = formulas(16000)
    names = ["silence", "constant", "nyquist", "noise", "ramp"]
    answers = dict(zip(names, describe([Request(signals[name]) for name in names]), strict=True))

    def is_null(signal: str, column: str) -> bool:
        return bool(numpy.isnan(answers[signal].column(column)[0]))

    # No sum to divide by, no spread to divide by, no voice.
    assert is_null("silence", "signal_entropy")
    assert is_null("silence", "rms_entropy")
    for column in ("signal_kurtosis", "signal_skewness", "rms_kurtosis", "f0_median", "hnr_mean"):
        assert is_null("silence", column), column
    assert is_null("constant", "signal_kurtosis")
    assert not is_null("constant", "signal_entropy")
    # Negative values have no entropy.
    for column in ("signal_entropy", "poly_00_entropy", "mfcc_00_entropy"):
        assert is_null("noise", column), column
    assert not is_null("noise", "rms_entropy")
    assert numpy.isclose(answers["ramp"].column("signal_entropy")[0], scipy.stats.entropy(signals["ramp"]), rtol=1e-6)
    for name, answer in answers.items():
        assert not numpy.isinf(answer.values).any(), name
