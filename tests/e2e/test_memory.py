"""Memory is bounded by configuration, not by the corpus."""

import random
import re
import shutil
import tarfile
import wave
from array import array
from pathlib import Path

import pytest
from program import run_voxlake
from sample_corpus import make_sample
from tables import read

MOST_MEGABYTES = 400
MOST_FOR_AN_HOUR = 300e6 / (1 << 20)
AN_HOUR = 3600  # seconds

# Two sets that cost little: what costs is the hour itself.
TWO_SETS = """
[features.sets.loud]
descriptors = ["rms"]
functionals = ["mean", "max"]

[features.sets.crossing]
descriptors = ["zcr"]
functionals = ["mean", "max"]
"""


def test_peak_on_the_sample_is_bounded_and_told(sample_lake):
    assert sample_lake.outcome.peak_megabytes < MOST_MEGABYTES
    told = re.search(r"^memory\s+([\d.]+) MB", sample_lake.outcome.stdout, re.MULTILINE)
    assert told, sample_lake.outcome.stdout
    assert float(told[1]) == pytest.approx(sample_lake.outcome.peak_megabytes * 1.048576, rel=0.15)


def test_peak_on_the_full_feature_set_is_bounded(full_lake):
    assert full_lake.outcome.peak_megabytes < MOST_MEGABYTES


@pytest.mark.slow
def test_peak_on_a_corpus_ten_times_as_large_is_bounded(program, web, tmp_path):
    large = make_sample(tmp_path / "corpus", scale=10)
    assert len(large.archives) >= 900
    outcome = run_voxlake("run", "--corpus", web(large.folder), "--lake", tmp_path / "lake", timeout=900)
    assert outcome.code == 3, outcome.text
    print(f"peak on {large.clips} clips: {outcome.peak_megabytes:.0f} MB in {outcome.seconds:.0f} s")
    shutil.rmtree(tmp_path / "lake")
    assert outcome.peak_megabytes < MOST_MEGABYTES


def long_clip(path: Path, rate: int, seconds: int = AN_HOUR) -> None:
    """A minute of noise, louder and fainter, over and over."""
    draw = random.Random(7)
    minute = array("h", (int(draw.gauss(0, 800 + 3000 * (i // rate % 2))) for i in range(rate)))
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        for _ in range(seconds):
            sound.writeframes(minute.tobytes())


def test_an_hour_is_described_in_bounded_memory(program, tmp_path):
    long_clip(tmp_path / "hour.wav", 16000)
    outcome = run_voxlake("features", tmp_path / "hour.wav", "--set", "librosa-full", "-o", tmp_path / "hour.csv")
    assert outcome.code == 0, outcome.text
    assert outcome.peak_megabytes < MOST_FOR_AN_HOUR
    with (tmp_path / "hour.csv").open("rb") as rows:
        assert sum(1 for _ in rows) == 1 + AN_HOUR - 2


def test_half_an_hour_at_another_rate_goes_to_the_lake_and_comes_back_in_bounded_memory(program, tmp_path):
    corpus, lake = tmp_path / "corpus", tmp_path / "lake"
    corpus.mkdir()
    long_clip(tmp_path / "long.wav", 44100, AN_HOUR // 2)
    with tarfile.open(corpus / "ann-20080101-abc.tgz", "w:gz", compresslevel=1) as packed:
        packed.add(tmp_path / "long.wav", "ann-20080101-abc/wav/long.wav")
    (tmp_path / "voxlake.toml").write_text(TWO_SETS)
    for command, name in (("run", "loud"), ("features", "crossing")):  # from the archive, and from silver
        outcome = run_voxlake(command, "--corpus", corpus, "--lake", lake, "--features", name, cwd=tmp_path)
        assert outcome.code == 0, outcome.text
        assert outcome.peak_megabytes < MOST_FOR_AN_HOUR, command
        assert len(read(lake, f"gold/features/{name}", ["window"])) == AN_HOUR // 2 - 2
