"""Memory is bounded by configuration, not by the corpus."""

import re
import shutil

import pytest
from program import run_voxlake
from sample_corpus import make_sample

MOST_MEGABYTES = 400


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
