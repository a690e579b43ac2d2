"""features: every column against librosa, numpy and scipy."""

import tarfile

import librosa_reference as reference
import numpy
import polars
import pytest
from program import run_voxlake
from tables import SPEAKERS, UTTERANCES, read

KEYS = ["corpus", "archive", "utterance_id", "speaker", "gender", "window", "start_seconds", "end_seconds", "partial"]
WINDOW = 3 * reference.RATE
# The mode of values that are all different is an accident of rounding: it is compared where values do repeat.
REPEATING = {"signal", "zcr", "rolloff"}
CLIPS = [
    "amsel77-20120514-nko/a0001",
    "briefly-20140101-sht/a0002",
    "flacfinch-20120301-flc/a0003",
    "june-20180412-ybq/a0002",
    "kestrel-20100105-rta/a0004",
    "larkspur_jo-20080112-kde/a0001",
    "oldmill-20070419-tsc/a0005",
    "zilvermeeuw-20150720-leh/a0002",
]


def compare(lake, set_name: str, clips: list[str]) -> list[str]:
    """The values that are off, in words; also checks that every known descriptor was looked at."""
    features = read(lake, f"gold/features/{set_name}").filter(polars.col("utterance_id").is_in(clips))
    signals = read(lake, UTTERANCES, ["utterance_id", "signal"]).filter(polars.col("utterance_id").is_in(clips))
    assert set(features["utterance_id"]) == set(clips)
    columns = [(name, reference.COLUMN.match(name)) for name in features.columns]
    columns = [(name, *match.groups()) for name, match in columns if match]
    wrong, seen = [], set()
    for utterance, samples in signals.iter_rows():
        signal = numpy.array(samples, numpy.float32)
        found = reference.descriptors(signal, set_name)
        for row in features.filter(polars.col("utterance_id") == utterance).iter_rows(named=True):
            window = reference.window_of(found, signal, row["start_seconds"], WINDOW)
            lines = [(name, i, values) for name, rows in window.items() for i, values in enumerate(rows)]
            expected = {(name, i): reference.functionals(values) for name, i, values in lines}
            for name, descriptor, line, functional in columns:
                if descriptor not in window:
                    continue
                seen.add(descriptor)
                if functional.startswith("mode") and descriptor not in REPEATING:
                    continue
                values, wanted = window[descriptor][int(line or 0)], expected[descriptor, int(line or 0)][functional]
                if not reference.agrees(descriptor, functional, row[name], values, wanted):
                    wrong.append(f"{name} of {utterance} {row['window']}: {row[name]}, not {wanted}")
    assert set(found) - {"mfcc_delta", "mfcc_delta2"} <= seen
    return wrong


def test_spectral_equals_librosa(sample_lake):
    wrong = compare(sample_lake.folder, "spectral", CLIPS)
    assert not wrong, f"{len(wrong)} wrong, for instance {wrong[:12]}"


def test_librosa_full_equals_librosa(full_lake):
    wrong = compare(full_lake.folder, "librosa-full", CLIPS[:2])
    assert not wrong, f"{len(wrong)} wrong, for instance {wrong[:12]}"


def test_librosa_full_has_its_4290_columns_in_order(full_lake):
    names = read(full_lake.folder, "gold/features/librosa-full").columns
    names = [name for name in names if reference.COLUMN.match(name)]
    lines = {"poly": 2, "mel": 90, "mel_db": 90, "mfcc": 90, "contrast": 7}
    order = ["signal", "zcr", "rms", "poly", "mel", "mel_db", "mfcc", "contrast"]
    order += ["centroid", "bandwidth", "flatness", "rolloff"]
    expected = [
        f"{descriptor}{f'_{line:02d}' if descriptor in lines else ''}_{functional}"
        for descriptor in order
        for line in range(lines.get(descriptor, 1))
        for functional in reference.FUNCTIONALS
    ]
    assert len(expected) == 4290
    assert names == expected


def test_windows_cover_each_clip_as_the_contract_says(sample_lake):
    features = read(sample_lake.folder, "gold/features/spectral", KEYS)
    clips = read(sample_lake.folder, UTTERANCES, ["utterance_id", "samples", "archive", "speaker", "gender"])
    assert set(features["utterance_id"]) == set(clips["utterance_id"])
    for utterance, samples in clips.select("utterance_id", "samples").iter_rows():
        rows = features.filter(polars.col("utterance_id") == utterance).sort("window").to_dicts()
        if samples < WINDOW:
            assert [row["partial"] for row in rows] == [True]
        else:
            assert len(rows) == (samples - WINDOW) // reference.RATE + 1
            assert not any(row["partial"] for row in rows)
        assert [row["window"] for row in rows] == list(range(len(rows)))
        assert [row["start_seconds"] for row in rows] == pytest.approx([float(i) for i in range(len(rows))])
        assert all(row["end_seconds"] <= samples / reference.RATE + 1e-9 for row in rows)


def test_undefined_values_are_null_and_never_nan(sample_lake):
    features = read(sample_lake.folder, "gold/features/spectral")
    floats = features.select(polars.selectors.float())
    assert floats.select(polars.all().is_nan().any()).row(0) == (False,) * len(floats.columns)
    assert floats.select(polars.all().is_infinite().any()).row(0) == (False,) * len(floats.columns)
    silent = features.filter(polars.col("utterance_id") == "hushed-20150202-sil/a0002")
    assert len(silent) > 0
    assert silent["signal_kurtosis"].null_count() == len(silent)
    assert silent["signal_entropy"].null_count() == len(silent)


def test_f0_of_male_and_female_voices_lies_where_it_should(sample_lake):
    features = read(sample_lake.folder, "gold/features/spectral")
    if "f0_median" not in features.columns:
        pytest.skip("the set has no f0_median")
    genders = (
        features.group_by("gender").agg(polars.col("f0_median").median()).filter(polars.col("gender") != "unknown")
    )
    middle = dict(genders.iter_rows())
    assert 70 < middle["male"] < 160
    assert 150 < middle["female"] < 300


def test_warehouse_view_joins_the_split(sample_lake):
    outcome = run_voxlake(
        "sql",
        "SELECT DISTINCT speaker, split FROM features ORDER BY speaker",
        "--lake",
        sample_lake.folder,
        "--format",
        "csv",
    )
    assert outcome.code == 0, outcome.text
    lines = outcome.stdout.splitlines()
    assert lines[0] == "speaker,split"
    splits = dict(read(sample_lake.folder, SPEAKERS).select("speaker", "split").iter_rows())
    assert dict(line.rsplit(",", 1) for line in lines[1:]) == splits


def test_files_are_described_as_silver_would_and_refused_as_silver_would(program, sample, tmp_path):
    with tarfile.open(sample.folder / "mixedbag-20150101-bad.tgz") as archive:
        archive.extractall(tmp_path)  # made by ourselves
    clips = tmp_path / "mixedbag-20150101-bad" / "wav"
    outcome = run_voxlake("features", *(clips / f"a000{i}.wav" for i in (1, 7, 8)))
    assert outcome.code == 3
    assert {line.split(",")[0] for line in outcome.stdout.splitlines()[1:]} == {str(clips / "a0001.wav")}
    assert "not_finite" in outcome.stderr
    assert "truncated_audio" in outcome.stderr
