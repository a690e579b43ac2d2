"""Feature sets of the user's own, and classic, through the whole program."""

import polars
import pytest
from program import run_voxlake
from sample_corpus import part_of
from tables import UTTERANCES, read

SETTINGS = """
[features]
window_seconds = 2

[features.sets.telephone]
rate = 8000
frame_length = 256
hop_length = 80
functionals = ["mean", "std"]
descriptors = ["rms", { name = "mfcc", n_mfcc = 5, n_mels = 23, fmax = 3800 }, { name = "contrast", n_bands = 4 }]

[features.sets.levels]
descriptors = [{ name = "rms", functionals = ["max"] }]
"""
ARCHIVES = ["amsel77-20120514-nko", "briefly-20140101-sht", "flacfinch-20120301-flc"]


@pytest.fixture
def own(sample, tmp_path):
    """A run of the program in a folder that has a voxlake.toml."""
    corpus = part_of(sample, tmp_path / "site", ARCHIVES)
    (tmp_path / "voxlake.toml").write_text(SETTINGS)

    def run(command, *arguments, expected=(0, 3)):
        outcome = run_voxlake(command, "--lake", tmp_path / "lake", *arguments, cwd=tmp_path)
        assert outcome.code in expected, outcome.text
        return outcome

    run.corpus = ("--corpus", corpus.folder, "--name", "sample")
    run.lake = tmp_path / "lake"
    return run


def seconds_of(lake) -> polars.DataFrame:
    return read(lake, UTTERANCES, ["utterance_id", "samples", "seconds"]).sort("utterance_id")


def test_a_set_at_another_rate_goes_from_archives_to_dataset_and_report(own):
    own("run", *own.corpus, "--set", "telephone")
    features = read(own.lake, "gold/features/telephone")
    names = [name for name in features.columns if name.startswith(("rms", "mfcc", "contrast"))]
    assert len(names) == 2 * (1 + 5 + 5)
    assert features[names].null_count().sum_horizontal()[0] == 0
    clips = seconds_of(own.lake)
    assert (clips["samples"] / clips["seconds"]).round(6).unique().to_list() == [8000]
    dataset = read(own.lake, "gold/dataset/telephone")
    assert set(names) >= {name for name in dataset.columns if "_0" in name}
    assert len(dataset) >= len(features)
    pages = [path.read_text() for path in own.lake.rglob("*.html")]
    assert any('"rate":8000' in page for page in pages)
    again = own("run", *own.corpus, "--set", "telephone")
    assert "nothing to do" in again.stdout.lower()


def test_a_set_at_another_rate_needs_silver_at_that_rate(own):
    own("run", *own.corpus, "--set", "levels")
    plain = seconds_of(own.lake)
    refused = own("features", "--name", "sample", "--set", "telephone", expected=(2,))
    assert "8000 Hz" in refused.stderr
    assert "voxlake decode" in refused.stderr
    own("decode", *own.corpus, "--set", "telephone")
    own("features", "--name", "sample", "--set", "telephone")
    narrow = seconds_of(own.lake)
    # The trim looks at frames of 2,048 samples every 512, which last twice as long at half the rate.
    assert narrow["utterance_id"].to_list() == plain["utterance_id"].to_list()
    assert ((narrow["seconds"] - plain["seconds"]).abs() <= (2048 + 2 * 512) / 8000).all()


def test_classic_and_a_set_of_one_column_go_through_every_stage(own):
    for name, columns in (("classic", 81), ("levels", 1)):
        own("run", *own.corpus, "--set", name)
        features = read(own.lake, f"gold/features/{name}")
        start = features.columns.index("partial") + 1
        assert len([c for c in features.columns[start:] if c not in ("fingerprint", "archive_sha256")]) == columns


def test_a_file_is_described_by_a_set_of_ones_own(own, sample, tmp_path):
    described = run_voxlake("features", "--describe", "--set", "telephone", cwd=tmp_path)
    assert described.code == 0, described.text
    assert described.stdout.count("\n") == 1 + 22
    assert "roll_percent" not in described.stdout
    unknown = run_voxlake("features", "--describe", "--set", "telefone", cwd=tmp_path)
    assert unknown.code == 2
    assert 'did you mean "telephone"' in unknown.stderr
