"""The sample corpus itself: is it what the other tests believe it to be?"""

import collections
import io
import subprocess
import tarfile

import soundfile
from sample_corpus import ROOT


def test_has_enough_speakers_and_archives_of_both_genders(sample):
    speakers = {entry["speaker"]: entry["gender"] for entry in sample.archives.values() if entry["clips"]}
    genders = collections.Counter(speakers.values())
    assert len(sample.archives) >= 60
    assert len(speakers) >= 24
    assert genders["male"] >= 10
    assert genders["female"] >= 10


def test_truth_agrees_with_the_archives(sample):
    for name, entry in sample.archives.items():
        if not entry["clips"]:
            continue
        clips = {clip["member"]: clip for clip in entry["clips"]}
        for member, content in sample.members(name, list(clips)).items():
            info = soundfile.info(io.BytesIO(content))
            told = clips.pop(member)
            assert (info.samplerate, info.channels, info.frames) == (told["rate"], told["channels"], told["samples"]), (
                member
            )
        assert not clips


def test_a_second_call_does_nothing(sample):
    before = {path.name: path.stat().st_mtime_ns for path in sample.folder.iterdir()}
    subprocess.run(["/usr/bin/python3", ROOT / "samples" / "make_corpus.py", sample.folder], check=True)
    assert {path.name: path.stat().st_mtime_ns for path in sample.folder.iterdir()} == before


def test_index_page_links_every_archive_and_cuts_long_names(sample):
    page = (sample.folder / "index.html").read_text()
    assert page.count('.tgz">') == len(sample.archives)
    assert 'href="old%20oak-20110405-wbn.tgz"' in page
    assert 'href="ren%C3%A9e-20130612-vqo.tgz"' in page
    assert ">larkspur_jo-20080112..&gt;</a>" in page


def test_broken_archives_are_broken(sample):
    for name in ("zerobyte-20150707-nul", "notfound-20150808-htm"):
        assert not tarfile.is_tarfile(sample.folder / f"{name}.tgz")
