"""How archives are spoilt.

Each function changes a tarball that was good, or its packed bytes, and notes in `truth` what a reader should find:
`clips` that remain, `rejects` (a member, or none for the archive, and the reasons that fit)."""

import io
import math
import struct
import tarfile
import zlib

import audio_files
from tarball import Tarball
from voices import Clip, Format

HTML = b"""<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1>
<p>The requested URL was not found on this server.</p></body></html>
"""
NOTHING = {
    "member": None,
    "reasons": ["no_utterances"],
}  # an archive without a clip says so, whatever else is wrong with it


def replace(tarball: Tarball, truth: dict, clip: int, content: bytes, reasons: list[str]) -> None:
    """Gives the clip's member another content, for which it must be refused."""
    member = truth["clips"][clip]["member"]
    for info, _ in tarball.members:
        if info.name == member:
            info.size = len(content)
    tarball.members = [(info, content if info.name == member else old) for info, old in tarball.members]
    truth["clips"][clip]["spoilt"] = True
    truth["rejects"].append({"member": member, "reasons": reasons})


def forget_spoilt(truth: dict) -> None:
    truth["clips"] = [clip for clip in truth["clips"] if not clip.pop("spoilt", False)]


def content_of(tarball: Tarball, member: str) -> bytes:
    return next(content for info, content in tarball.members if info.name == member)


def bad_audio(tarball: Tarball, truth: dict) -> None:
    """Files that are not what their names say. Clips 0, 1 and 8 stay good."""
    whole = content_of(tarball, truth["clips"][2]["member"])
    replace(tarball, truth, 2, b"", ["empty_file"])
    replace(tarball, truth, 3, whole[:20], ["truncated_audio"])
    replace(tarball, truth, 4, b"This is a note, not a recording.\n" * 50, ["not_audio"])
    replace(tarball, truth, 5, audio_files.wav(Clip(b"", Format())), ["no_samples"])
    poisoned = struct.pack("<8000f", *[math.nan if i == 5000 else 0.3 * math.sin(i / 9) for i in range(8000)])
    replace(tarball, truth, 6, audio_files.wav(Clip(poisoned, Format(16000, 1, "f32"))), ["not_finite"])
    member = truth["clips"][7]["member"]
    shortened = content_of(tarball, member)[:60_044]  # 30,000 samples of what its header announces
    replace(tarball, truth, 7, shortened, ["truncated_audio"])
    no_data_chunk = audio_files.wav(Clip(bytes(2), Format())).replace(b"data", b"LIST")
    replace(tarball, truth, 9, no_data_chunk, ["truncated_audio"])
    forget_spoilt(truth)


def silence(tarball: Tarball, truth: dict) -> None:
    """Clips without a sound, next to spoken ones: nothing wrong, but nothing in them."""
    for clip, seconds in ((1, 4.0), (3, 1.0)):
        entry = truth["clips"][clip]
        content = audio_files.wav(Clip(bytes(2 * int(16000 * seconds)), Format()))
        for i, (info, _) in enumerate(tarball.members):
            if info.name == entry["member"]:
                info.size = len(content)
                tarball.members[i] = (info, content)
        entry.update(samples=int(16000 * seconds), silent=True)


def hostile_members(tarball: Tarball, truth: dict) -> None:
    """Members that try to leave the folder (good clips: nothing is unpacked), links, a device, a long name."""
    first = truth["clips"][0]
    spoken = content_of(tarball, first["member"])
    folder = tarball.folder
    for path in ("../../../../../../tmp/voxlake-escaped.wav", "/tmp/voxlake-escaped-too.wav"):
        tarball.add(path, spoken)
        truth["clips"].append(
            {**first, "member": path, "stem": path.rsplit("/", 1)[1].removesuffix(".wav"), "prompt": None}
        )
    tarball.add(f"{folder}/wav/a0090.wav", kind=tarfile.SYMTYPE, link="/etc/passwd")
    tarball.add(f"{folder}/wav/a0091.wav", kind=tarfile.LNKTYPE, link=first["member"])
    tarball.add(f"{folder}/wav/a0092.wav", kind=tarfile.FIFOTYPE)
    truth["rejects"] += [{"member": f"{folder}/wav/a009{i}.wav", "reasons": ["not_a_file"]} for i in range(3)]
    tarball.add(f"{folder}/etc/{'long' * 75}", b"a long name\n")


def no_audio(tarball: Tarball, truth: dict) -> None:
    """Only etc/ in it."""
    truth["rejects"].append(NOTHING)


def no_members(tarball: Tarball, truth: dict) -> None:
    """A tar file with nothing in it but its end."""
    tarball.members.clear()
    truth["rejects"].append(NOTHING)


def other_layout(tarball: Tarball, truth: dict) -> None:
    """Another corpus's layout: no README, clips in folders of their own."""
    for i, clip in enumerate(truth["clips"]):
        moved = f"an4/wav/an4_clstk/voice/{clip['stem']}.sph"
        for info, _ in tarball.members:
            if info.name == clip["member"]:
                info.name = moved
        truth["clips"][i]["member"] = moved
    tarball.add("an4/etc/an4.phone", b"AA\nAE\n")


def cut_short(packed: bytes, truth: dict) -> bytes:
    """The end of the file is missing: cut within the sixth clip, so that five are whole."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        members = [truth["clips"][i]["member"] for i in (4, 5)]
        fourth, fifth = (tar.getmember(member) for member in members)
    target = fifth.offset_data + fifth.size // 2
    assert target - (fourth.offset_data + fourth.size) > 40_000  # whatever a reader buffers
    low, high = 0, len(packed)
    while high - low > 1:  # the shortest beginning that unpacks to more than `target` bytes
        middle = (low + high) // 2
        unpacked = len(zlib.decompressobj(31).decompress(packed[:middle]))
        low, high = (middle, high) if unpacked < target else (low, middle)
    truth["clips"] = truth["clips"][:5]
    truth["rejects"].append({"member": None, "reasons": ["truncated_archive"]})
    return packed[:high]


def no_bytes(packed: bytes, truth: dict) -> bytes:
    truth["rejects"] += [{"member": None, "reasons": ["not_an_archive"]}, NOTHING]
    return b""


def html_page(packed: bytes, truth: dict) -> bytes:
    """What a careless downloader saved when the server said 404."""
    truth["rejects"] += [{"member": None, "reasons": ["not_an_archive"]}, NOTHING]
    return HTML


BEFORE_PACKING = {f.__name__: f for f in (bad_audio, silence, hostile_members, no_audio, no_members, other_layout)}
AFTER_PACKING = {f.__name__: f for f in (cut_short, no_bytes, html_page)}


def apple_double() -> bytes:
    """What macOS's tar keeps beside each file: an AppleDouble header, no audio."""
    return struct.pack(">II16sHIII", 0x00051607, 0x00020000, b"Mac OS X        ", 1, 9, 38, 32) + bytes(32)


def debris(tarball: Tarball, truth: dict) -> None:
    """Leftovers of macOS: neither clips nor worth a word."""
    folder = tarball.folder
    for clip in list(truth["clips"][:4]):
        path = clip["member"].replace("/wav/", "/wav/._")
        tarball.add(path, apple_double())
        truth["debris"].append(path)
    store, double = f"{folder}/.DS_Store", f"__MACOSX/{folder}/wav/._a0001.wav"
    tarball.add(store, b"\0\0\0\1Bud1" + bytes(100))
    tarball.add(double, apple_double())
    truth["debris"] += [store, double]
