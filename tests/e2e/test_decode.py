"""decode and label: silver says what librosa says, and what the archives say."""

import io
import re

import librosa
import numpy
import polars
import pytest
from tables import REJECTS, UTTERANCES, read


@pytest.fixture(scope="module")
def utterances(sample_lake) -> polars.DataFrame:
    return read(sample_lake.folder, UTTERANCES)


def by_member(frame: polars.DataFrame) -> dict[tuple[str, str], dict]:
    return {(row["archive"], row["member"]): row for row in frame.drop("signal").iter_rows(named=True)}


def expected_members(corpus) -> set[tuple[str, str]]:
    return {(name, clip["member"]) for name, entry in corpus.archives.items() for clip in entry["clips"]}


def test_every_good_clip_is_there_and_no_other(utterances, sample):
    found = {(archive, member) for archive, member in by_member(utterances)}
    assert found == expected_members(sample)
    assert len(found) == len(utterances)


def test_utterance_ids_are_unique_and_name_archive_and_stem(utterances):
    assert utterances["utterance_id"].n_unique() == len(utterances)
    assert (utterances["utterance_id"].str.starts_with(utterances["archive"] + "/")).all()
    both = utterances.filter(polars.col("archive") == "twicetold-20120402-bth")["utterance_id"].to_list()
    assert {f"twicetold-20120402-bth/a0001{end}" for end in (".wav", ".flac")} <= set(both)


def test_signals_equal_librosa_load_and_trim(utterances, sample):
    """Clips of every form: to 1e-6 where they came at 16 kHz, to 1e-5 where resampled; trim bounds exactly."""
    every = {name: entry for name, entry in sample.archives.items() if entry["clips"]}
    checked = 0
    for name, entry in every.items():
        clips = (
            entry["clips"]
            if len({c["format"] for c in entry["clips"]}) > 1 or "manyforms" in name
            else entry["clips"][:3]
        )
        contents = sample.members(name, [clip["member"] for clip in clips])
        rows = {row["member"]: row for row in utterances.filter(polars.col("archive") == name).iter_rows(named=True)}
        for clip in clips:
            row = rows[clip["member"]]
            loaded, _ = librosa.load(io.BytesIO(contents[clip["member"]]), sr=16000)
            trimmed, (start, end) = librosa.effects.trim(loaded, top_db=20)
            where = f"{name} {clip['member']}"
            assert (row["trim_start"], row["trim_end"]) == (start, end), where
            assert row["samples"] == len(trimmed) == len(row["signal"]), where
            tolerance = 1e-6 if clip["rate"] == 16000 else 1e-5
            numpy.testing.assert_allclose(
                numpy.array(row["signal"], numpy.float32), trimmed, rtol=0, atol=tolerance, err_msg=where
            )
            checked += 1
    assert checked > 200


def test_figures_of_a_clip_follow_from_its_signal(utterances, sample):
    for row in utterances.head(60).iter_rows(named=True):
        signal = numpy.array(row["signal"], numpy.float32)
        assert row["seconds"] == pytest.approx(len(signal) / 16000)
        assert row["peak"] == pytest.approx(numpy.abs(signal).max())
        assert row["rms"] == pytest.approx(numpy.sqrt(numpy.mean(signal.astype(float) ** 2)), rel=1e-5)
    silent = {(name, c["member"]) for name, e in sample.archives.items() for c in e["clips"] if c.get("silent")}
    assert {key for key, row in by_member(utterances).items() if row["is_silent"]} == silent


def test_sources_are_described_as_they_were(utterances, sample):
    rows = by_member(utterances)
    for name, entry in sample.archives.items():
        for clip in entry["clips"]:
            row = rows[name, clip["member"]]
            found = (row["source_format"], row["source_rate"], row["source_channels"], row["source_samples"])
            assert found == (clip["format"], clip["rate"], clip["channels"], clip["samples"]), clip["member"]


def test_speakers_genders_and_raw_spellings_are_the_truth(utterances, sample):
    for (name, _), row in by_member(utterances).items():
        truth = sample.archives[name]
        assert (row["speaker"], row["gender"], row["gender_raw"]) == (
            truth["speaker"],
            truth["gender"],
            truth["gender_raw"],
        ), name


def test_ages_and_dialects_are_read_in_any_encoding(utterances):
    def one(archive):
        return utterances.filter(polars.col("archive") == archive).row(0, named=True)

    assert one("brackenfell-20070611-bdo")["age_range"] == "adult"
    assert one("larkspur_jo-20080113-qpl")["age_range"] == "youth"
    assert one("mossgrove-20090217-ueh")["age_range"] == "senior"
    assert one("Zaunkoenig-20120601-pwe")["dialect"] == "Süddeutsch"
    assert one("gaviota-20081204-blf")["dialect"] == "México"
    assert one("quillfeather-20170902-nyg")["gender_raw"] == "male"
    assert one("soroka-20140116-qvd")["language"] == "RU"


def test_prompts_are_those_that_were_spoken(utterances, sample):
    def plain(text):
        return None if text is None else re.sub(r"[^\w' ]", "", text).upper()

    for (name, member), row in by_member(utterances).items():
        clip = next(c for c in sample.archives[name]["clips"] if c["member"] == member)
        assert plain(row["prompt"]) == clip["prompt"], member


def test_everything_that_was_refused_is_told_with_a_fitting_reason(sample_lake, sample):
    rejects = read(sample_lake.folder, REJECTS).to_dicts()
    for name, entry in sample.archives.items():
        of_archive = [row for row in rejects if row["archive"] == name]
        for expected in entry["rejects"]:
            fitting = [
                r for r in of_archive if r["member"] == expected["member"] and r["reason"] in expected["reasons"]
            ]
            assert fitting, f"{name} {expected}: {[(r['member'], r['reason']) for r in of_archive]}"
        assert len(of_archive) == len(entry["rejects"]), f"{name}: {of_archive}"
    assert all(row["detail"] and row["stage"] and row["corpus"] for row in rejects)


def test_a_truncated_archive_keeps_its_whole_clips_and_tells_where_it_ends(sample_lake, sample):
    name = "snapped-20150606-cut"
    assert len(read(sample_lake.folder, UTTERANCES, ["archive"]).filter(polars.col("archive") == name)) == 5
    row = next(r for r in read(sample_lake.folder, REJECTS).to_dicts() if r["archive"] == name and r["member"] is None)
    assert 0 < row["byte_offset"] <= (sample.folder / f"{name}.tgz").stat().st_size


def test_hostile_members_write_nothing_anywhere(sample_lake, utterances):
    from pathlib import Path

    assert not list(Path("/tmp").glob("voxlake-escaped*"))
    assert not list(sample_lake.folder.parent.rglob("*escaped*"))
    links = utterances.filter(
        (polars.col("archive") == "sneaky-20150303-pth") & polars.col("member").str.contains("a009")
    )
    assert links.is_empty()


def test_debris_of_macos_is_neither_a_clip_nor_a_reject(sample_lake, utterances, sample):
    name = "orchardist-20140404-mac"
    assert len(utterances.filter(polars.col("archive") == name)) == len(sample.archives[name]["clips"])
    assert read(sample_lake.folder, REJECTS).filter(polars.col("archive") == name).is_empty()
