"""split: speakers, never clips, stay in one part for good."""

import polars
import pytest
from lakes import SMALL_CORPUS
from program import run_voxlake
from sample_corpus import part_of
from tables import SPEAKERS, UTTERANCES, read


@pytest.fixture(scope="module")
def speakers(sample_lake) -> polars.DataFrame:
    return read(sample_lake.folder, SPEAKERS)


def test_every_speaker_is_there_once_with_the_right_counts(speakers, sample_lake):
    clips = read(sample_lake.folder, UTTERANCES, ["speaker", "archive", "seconds"])
    counted = clips.group_by("speaker").agg(
        polars.col("archive").n_unique().alias("archives"), polars.len().alias("clips"), polars.col("seconds").sum()
    )
    columns = ["speaker", "archives", "clips"]
    found = speakers.select(columns).sort("speaker").cast({"archives": polars.Int64, "clips": polars.Int64})
    assert found.equals(counted.select(columns).sort("speaker").cast({"archives": polars.Int64, "clips": polars.Int64}))
    joined = speakers.join(counted, on="speaker", suffix="_counted")
    assert (joined["seconds"] - joined["seconds_counted"]).abs().max() < 1e-6


def test_anonymous_archives_are_speakers_of_their_own(speakers):
    anonymous = speakers.filter(polars.col("speaker").str.starts_with("anonymous"))
    assert len(anonymous) == 9
    assert set(anonymous["archives"]) == {1}


def test_a_speaker_whose_archives_disagree_takes_the_majority_and_is_reported(speakers, sample_lake):
    assert speakers.filter(polars.col("speaker") == "kestrel")["gender"].to_list() == ["male"]
    assert "kestrel" in sample_lake.outcome.stderr + sample_lake.outcome.stdout


def test_shares_are_70_15_15_within_each_gender_as_nearly_as_speakers_allow(speakers):
    for gender in ("male", "female"):
        of_gender = speakers.filter(polars.col("gender") == gender)
        total, largest = of_gender["clips"].sum(), of_gender["clips"].max()
        for part, share in (("train", 0.70), ("validation", 0.15), ("test", 0.15)):
            clips = of_gender.filter(polars.col("split") == part)["clips"].sum()
            # Dealing whole speakers cannot come nearer than about half of the largest one.
            assert abs(clips / total - share) <= 0.02 + largest / total / 2, (gender, part, clips / total)
    assert set(speakers["split"]) == {"train", "validation", "test"}


def test_speakers_keep_their_part_when_archives_are_added(program, sample, web, tmp_path):
    names = list(sample.archives)
    part = part_of(sample, tmp_path / "site", SMALL_CORPUS[:9])
    site = web(part.folder)
    run = ("run", "--corpus", site, "--name", "sample", "--lake", tmp_path / "lake", "--until", "dataset")
    assert run_voxlake(*run).code in (0, 3)
    before = dict(read(tmp_path / "lake", SPEAKERS).select("speaker", "split").iter_rows())
    for name in [n for n in names if n not in part.archives][:16]:
        part.add(sample, name)
    part.write_index()
    assert run_voxlake(*run).code in (0, 3)
    after = dict(read(tmp_path / "lake", SPEAKERS).select("speaker", "split").iter_rows())
    assert len(after) > len(before)
    assert {speaker: after[speaker] for speaker in before} == before


def test_the_split_is_the_same_in_another_lake(small_lake, full_lake):
    columns = ["speaker", "gender", "archives", "clips", "split"]
    assert (
        read(small_lake.folder, SPEAKERS)
        .select(columns)
        .sort("speaker")
        .equals(read(full_lake.folder, SPEAKERS).select(columns).sort("speaker"))
    )
