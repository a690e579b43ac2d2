"""Archives and recordings that lie, all in one run of the program, which takes what is good and tells of the rest."""

import gzip
import io
import os
import random
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy
import pytest
import soundfile
from program import run_voxlake
from tables import REJECTS, UTTERANCES, read

MOST_MEGABYTES = 400
DATE = "20080101-abc"


def tone(rate: int = 16000, seconds: float = 0.5, channels: int = 1) -> numpy.ndarray:
    samples = 0.3 * numpy.sin(numpy.arange(int(rate * seconds)) / 9)
    return numpy.tile(samples[:, None], channels) if channels > 1 else samples


def audio(kind: str = "WAV", subtype: str = "PCM_16", rate: int = 16000, channels: int = 1) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone(rate, channels=channels), rate, subtype=subtype, format=kind)
    return file.getvalue()


WAV = audio()


def patched(content: bytes, offset: int, value: bytes) -> bytes:
    return content[:offset] + value + content[offset + len(value) :]


def tar(members: list[tuple[str, bytes]], **options) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", **options) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def special(kind: bytes, name: str, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def with_specials() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info in (
            special(tarfile.SYMTYPE, "x/wav/a1.wav", "/etc/passwd"),
            special(tarfile.LNKTYPE, "x/wav/a2.wav", "../../../../etc/shadow"),
            special(tarfile.CHRTYPE, "x/wav/a3.wav"),
            special(tarfile.BLKTYPE, "x/wav/a4.wav"),
            special(tarfile.FIFOTYPE, "x/wav/a5.wav"),
        ):
            archive.addfile(info)
        good = tarfile.TarInfo("x/wav/good.wav")
        good.size = len(WAV)
        archive.addfile(good, io.BytesIO(WAV))
    return file.getvalue()


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/wav/good.wav", WAV)
        archive.writestr("../../../../tmp/voxlake-escaped-from-zip.wav", WAV)
    return file.getvalue()


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/wav/good.wav", WAV)
        archive.writestr("x/wav/bomb.wav", bytes(300 << 20))
    return file.getvalue()


def gzip_of_zeros(megabytes: int) -> bytes:
    """A tar of one member of zeros, packed without ever holding it."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        packed.write(tar([("x/wav/good.wav", WAV)])[: 512 + -(-len(WAV) // 512) * 512])
        info = tarfile.TarInfo("x/wav/bomb.wav")
        info.size = megabytes << 20
        packed.write(info.tobuf())
        for _ in range(megabytes):
            packed.write(bytes(1 << 20))
        packed.write(bytes(1024))
    return file.getvalue()


def lying_flac() -> bytes:
    content = audio("FLAC")
    return patched(content, 26, bytes(byte ^ 0xFF for byte in content[26:42]))


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def one(name: str, content: bytes) -> bytes:
    return packed(tar([(f"x/wav/{name}", content), ("x/wav/good.wav", WAV)]))


# An archive's bytes, how many clips are good in it, and the reasons that it is refused by, of itself or of its members.
CASES = {
    "path-traversal": (packed(tar([("../../../../tmp/voxlake-escaped.wav", WAV), ("x/../../y.wav", WAV)])), 2, set()),
    "absolute-path": (packed(tar([("/tmp/voxlake-escaped-absolute.wav", WAV)])), 1, set()),
    "links-and-devices": (packed(with_specials()), 1, {"not_a_file"}),
    "bomb-by-gzip": (gzip_of_zeros(200), 1, {"archive_limit"}),
    "bomb-in-zip": (zip_bomb(), 1, {"archive_limit", "member_too_large"}),
    "bomb-in-bomb": (packed(gzip_of_zeros(100)), 0, {"not_an_archive", "no_utterances"}),
    "nested": (packed(tar([("x/inner.tgz", one("a.wav", WAV)), ("x/wav/good.wav", WAV)])), 1, set()),
    "duplicates": (packed(tar([("x/wav/a.wav", WAV)] * 3)), 3, set()),
    "many-members": (packed(tar([("x/wav/good.wav", WAV), *((f"x/{i}", b"") for i in range(99_990))])), 1, set()),
    "too-many-members": (
        packed(tar([("x/wav/good.wav", WAV), *((f"x/{i}", b"") for i in range(100_010))])),
        1,
        {"archive_limit"},
    ),
    "latin-1-names": (packed(tar([("x/wav/\u00fc\u00df.wav", WAV)], encoding="latin-1")), 1, set()),
    "utf-16-names": (
        packed(tar([("x/wav/\u00fc\u4e2d.wav", WAV)], encoding="utf-8", format=tarfile.USTAR_FORMAT)),
        1,
        set(),
    ),
    "raw-bytes-in-names": (packed(tar([("x/wav/\udcff\udcfe.wav", WAV)], errors="surrogateescape")), 1, set()),
    "pax-names": (packed(tar([(f"x/{'d' * 300}/\u4e2d.wav", WAV)], format=tarfile.PAX_FORMAT)), 1, set()),
    "zip-as-tgz": (zipped(), 2, set()),
    "tar-as-tgz": (tar([("x/wav/good.wav", WAV)]), 1, set()),
    "empty": (b"", 0, {"not_an_archive", "no_utterances"}),
    "noise": (random.Random(1).randbytes(50_000), 0, {"not_an_archive", "no_utterances"}),
    "wav-of-any-size": (one("lie.wav", patched(WAV, 4, b"\xff\xff\xff\xff")), 2, set()),
    "wav-data-longer-than-file": (one("lie.wav", patched(WAV, 40, struct.pack("<I", 1 << 30))), 1, {"truncated_audio"}),
    "wav-rate-0": (one("lie.wav", patched(WAV, 24, struct.pack("<I", 0))), 1, {"bad_sample_rate"}),
    "wav-rate-4-ghz": (one("lie.wav", patched(WAV, 24, struct.pack("<I", 4_000_000_000))), 1, {"bad_sample_rate"}),
    "wav-64-channels": (one("lie.wav", audio(channels=64)), 1, {"too_many_channels"}),
    "wav-without-data": (one("lie.wav", WAV[:36]), 1, {"truncated_audio"}),
    "flac-with-another-md5": (one("lie.flac", lying_flac()), 1, {"wrong_checksum"}),
}


def write_archives(folder: Path, contents: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in contents.items():
        (folder / f"{name}-{DATE}.tgz").write_bytes(content)
    return folder


def decode(corpus: Path, lake: Path, *more):
    return run_voxlake(
        "run", "--corpus", corpus, "--name", "bad", "--lake", lake, "--until", "decode", *more, timeout=280
    )


class Decoded:
    def __init__(self, lake: Path, outcome) -> None:
        self.outcome = outcome
        utterances = read(lake, UTTERANCES, ["archive", "utterance_id", "is_silent"])
        self.clips = dict(utterances.group_by("archive").len().iter_rows())
        assert utterances["utterance_id"].n_unique() == len(utterances)
        self.rejects = {}
        for row in read(lake, REJECTS).to_dicts():
            self.rejects.setdefault(row["archive"], []).append(row)


@pytest.fixture(scope="module")
def decoded(program, tmp_path_factory) -> Decoded:
    folder = tmp_path_factory.mktemp("bad")
    corpus = write_archives(folder / "corpus", {name: content for name, (content, _, _) in CASES.items()})
    outcome = decode(corpus, folder / "lake")
    assert outcome.code == 3, outcome.text
    return Decoded(folder / "lake", outcome)


@pytest.mark.parametrize("case", CASES)
def test_what_is_good_is_taken_and_the_rest_told(decoded, case):
    content, good, reasons = CASES[case]
    archive = f"{case}-{DATE}"
    assert decoded.clips.get(archive, 0) == good
    rows = decoded.rejects.get(archive, [])
    assert {row["reason"] for row in rows} <= reasons
    assert bool(rows) == bool(reasons)
    for row in rows:
        assert row["detail"]
        assert row["archive_sha256"]
        if row["member"] is not None:
            assert 0 <= row["byte_offset"] < len(content), row


def test_nothing_is_written_outside_of_the_lake(decoded):
    assert not [path for path in Path("/tmp").iterdir() if path.name.startswith("voxlake-escaped")]


def test_memory_stays_within_bounds(decoded):
    print(f"{decoded.outcome.peak_megabytes:.0f} MB at most")
    assert decoded.outcome.peak_megabytes < MOST_MEGABYTES


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("--decode-max-archive-members", 3, "archive_limit"),
        ("--decode-max-archive-mb", 1, "archive_limit"),
        ("--decode-max-member-mb", 1, "member_too_large"),
        ("--decode-max-archive-ratio", 2, "archive_limit"),
        ("--decode-max-clip-seconds", 2, "too_long"),
    ],
)
def test_each_limit_can_be_set(program, tmp_path, setting, value, reason):
    long = io.BytesIO()
    soundfile.write(long, tone(seconds=100), 16000, subtype="PCM_16", format="WAV")
    members = [("x/wav/good.wav", WAV), ("x/1", b""), ("x/wav/long.wav", long.getvalue()), ("x/2", bytes(70 << 20))]
    corpus = write_archives(tmp_path / "corpus", {"large": packed(tar(members))})
    outcome = decode(corpus, tmp_path / "lake", setting, value)
    assert outcome.code == 3, outcome.text
    ended = Decoded(tmp_path / "lake", outcome)
    assert reason in {row["reason"] for row in ended.rejects[f"large-{DATE}"]}
    assert ended.clips[f"large-{DATE}"] >= 1  # what came before it


def test_a_small_archive_cut_anywhere_and_with_bits_flipped_ends_in_rows(program, tmp_path):
    """A hundred of each; every byte of one: archive_reader_test.cc and decode_stage_test.cc."""
    whole = one("a.wav", audio("FLAC"))
    draw = random.Random(int(os.environ.get("TEST_SEED", 7)))
    contents = {f"cut{i}": whole[: draw.randrange(len(whole))] for i in range(100)}
    for i in range(100):
        flipped = bytearray(whole)
        for _ in range(draw.randrange(1, 20)):
            flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(8)
        contents[f"flip{i}"] = bytes(flipped)
    outcome = decode(write_archives(tmp_path / "corpus", contents), tmp_path / "lake")
    assert outcome.code == 3, outcome.text
    ended = Decoded(tmp_path / "lake", outcome)
    for name in contents:
        archive = f"{name}-{DATE}"
        assert ended.clips.get(archive, 0) or ended.rejects.get(archive), archive
        if name.startswith("cut"):
            assert ended.rejects[archive], archive
