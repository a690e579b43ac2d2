#!/usr/bin/python3
"""Makes the sample corpus: archives in VoxForge's layout with its mess, spoken by Debian's voices, and an index page.

usage: make_corpus.py OUTPUT_FOLDER [--scale N] [--processes N]

The same on every run and machine with the same packages; nothing is done where the folder is complete already.
OUTPUT_FOLDER/truth.json says what a reader should find. `--scale N` makes the corpus N times as large: the copies are
hard links under other users' names.
"""

import argparse
import calendar
import copy
import fcntl
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import time
from pathlib import Path

import audio_files
import mess
import sentences
import voices
from index_page import index_page
from plan import Archive, archives
from readme_text import in_capitals, prompts, prompts_original, readme
from tarball import Tarball

HERE = Path(__file__).resolve().parent
LICENSE = b"Made for testing by speech synthesis, or recordings of the Asterisk project (CC BY-SA 3.0).\n"
NO_TRUTH = {"clips": [], "rejects": [], "debris": []}


def spoken(archive: Archive) -> list[tuple[str, bytes, int]]:
    """What is said in each clip: its text, samples and their rate."""
    voice = archive.voice
    if voice.engine == "asterisk":
        found = voices.recordings(voice.name, 2.6, 8.5)
        random.Random(f"recordings {archive.name}").shuffle(found)
        return [(text, pcm, 8000) for text, pcm in found[: archive.clips]]
    if archive.short:
        texts = sentences.short_sentences(archive.clips)
    else:
        texts = sentences.sentences(voice.language, archive.clips, archive.name)
    return [(text, *voices.speak(voice, text)) for text in texts]


def fill(archive: Archive, tarball: Tarball, truth: dict) -> None:
    """Speaks the clips and puts the usual members into the tarball."""
    studio, folder = voices.Studio(), tarball.folder
    said, files = [], []
    for i, (text, pcm, rate) in enumerate(spoken(archive)):
        target = archive.formats[i % len(archive.formats)]
        clip = studio.record(archive.voice, pcm, rate, target, f"{archive.name} {i}")
        stem = f"a{i + 1:04d}"
        said.append((stem, text))
        for kind in archive.containers:
            content = audio_files.wav(clip) if kind == "wav" else audio_files.encoded(clip, kind)
            member = f"{folder}/{kind}/{stem}.{kind}"
            files.append((member, content))
            entry = {"member": member, "stem": stem, "prompt": in_capitals(text) if archive.prompts else None}
            stored = {"rate": target.rate, "channels": target.channels, "samples": clip.frames}
            truth["clips"].append({**entry, **stored, "format": "sphere" if kind == "sph" else kind})
    tarball.add_folder(folder)
    tarball.add(f"{folder}/LICENSE", LICENSE)
    if archive.readme:
        first = archive.formats[0]
        user = "anonymous" if archive.name.startswith("anonymous-") else archive.speaker
        text = readme(archive.readme, user, archive.containers[0], first.rate, first.channels)
        tarball.add(f"{folder}/etc/README", text)
    if "PROMPTS" in archive.prompts:
        tarball.add(f"{folder}/etc/PROMPTS", prompts(folder, said))
    if "prompts-original" in archive.prompts:
        tarball.add(f"{folder}/etc/prompts-original", prompts_original(said))
    for member, content in files:
        tarball.add(member, content)


def made(archive: Archive) -> tuple[bytes, dict]:
    """The archive's bytes, and the truth about it."""
    raw = archive.readme.gender.strip() if archive.readme else None
    truth = {"speaker": archive.speaker, "gender": archive.gender, "gender_raw": raw, **copy.deepcopy(NO_TRUTH)}
    tarball = Tarball(archive.folder or archive.name)
    fill(archive, tarball, truth)
    if archive.debris:
        mess.debris(tarball, truth)
    if archive.mess in mess.BEFORE_PACKING:
        mess.BEFORE_PACKING[archive.mess](tarball, truth)
    packed = tarball.packed()
    if archive.mess in mess.AFTER_PACKING:
        packed = mess.AFTER_PACKING[archive.mess](packed, truth)
    return packed, truth


def modified_at(name: str) -> int:
    """The day in the archive's name, as seconds since 1970; one day for all without one."""
    found = re.search(r"-(\d{4})(\d{2})(\d{2})", name)
    day = tuple(map(int, found.groups())) if found else (2012, 5, 17)
    if not 1 <= day[1] <= 12:  # MMDDYYYY
        day = (2006, 5, 23)
    return calendar.timegm((*day, 10, 12, 0))


def write(job: tuple[Archive, Path]) -> tuple[str, dict]:
    """Makes one archive's file."""
    archive, folder = job
    packed, truth = made(archive)
    path = folder / f"{archive.name}.tgz"
    path.write_bytes(packed)
    os.utime(path, (modified_at(archive.name),) * 2)
    return archive.name, truth


def renamed(name: str, speaker: str, number: int) -> tuple[str, str]:
    """Name and speaker of an archive's `number`-th copy: another user, but anonymous stays anonymous."""
    if name.startswith("anonymous-"):
        other = f"{name[:-1]}{chr(ord('a') + number % 26)}{number}"
        return other, other
    other = f"{speaker}{number:02d}"
    return (f"{other}{name[len(speaker) :]}", other)


def multiply(folder: Path, truth: dict, scale: int) -> None:
    """Adds `scale` - 1 copies of every archive, as hard links."""
    for name in list(truth):
        for number in range(2, scale + 1):
            other, speaker = renamed(name, truth[name]["speaker"], number)
            (folder / f"{other}.tgz").hardlink_to(folder / f"{name}.tgz")
            truth[other] = {**truth[name], "speaker": speaker}


def speakers_of(truth: dict) -> dict:
    """Each speaker with clips: archives, clips, and the gender that most of its clips are labelled with."""
    found: dict = {}
    for archive in truth.values():
        if not archive["clips"]:
            continue
        entry = found.setdefault(archive["speaker"], {"archives": 0, "clips": 0, "genders": {}})
        entry["archives"] += 1
        entry["clips"] += len(archive["clips"])
        entry["genders"][archive["gender"]] = entry["genders"].get(archive["gender"], 0) + len(archive["clips"])
    for entry in found.values():
        genders = entry.pop("genders")
        entry["gender"] = max(genders, key=genders.get)
        entry["disagrees"] = len(genders) > 1
    return found


def script_hash(scale: int) -> str:
    """Changes whenever the corpus could."""
    text = b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")) if path.name != "serve.py")
    return hashlib.sha256(text + f"scale {scale}".encode()).hexdigest()


def is_complete(folder: Path, wanted: str) -> bool:
    try:
        truth = json.loads((folder / "truth.json").read_text())
    except (OSError, ValueError):
        return False
    return truth["script"] == wanted and all((folder / entry["file"]).is_file() for entry in truth["archives"].values())


def make(folder: Path, scale: int, processes: int) -> None:
    """Makes everything beside `folder` and moves it there when it is whole."""
    began = time.monotonic()
    work = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with multiprocessing.Pool(processes) as pool:
        truth = dict(pool.imap_unordered(write, [(archive, work) for archive in archives()], chunksize=2))
    multiply(work, truth, scale)
    truth = dict(sorted(truth.items(), key=lambda item: item[0].encode()))
    for name in truth:
        truth[name] = {"file": f"{name}.tgz", **truth[name]}
    stats = [(f"{name}.tgz", (work / f"{name}.tgz").stat()) for name in truth]
    (work / "index.html").write_text(index_page([(file, stat.st_size, int(stat.st_mtime)) for file, stat in stats]))
    whole = {"script": script_hash(scale), "archives": truth, "speakers": speakers_of(truth)}
    (work / "truth.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    shutil.rmtree(folder, ignore_errors=True)
    work.rename(folder)
    clips = sum(len(entry["clips"]) for entry in truth.values())
    megabytes = sum(stat.st_size for _, stat in stats) / 1e6
    counts = f"{len(truth)} archives, {clips} clips, {len(whole['speakers'])} speakers, {megabytes:.0f} MB"
    print(f"sample corpus: {counts} in {folder} ({time.monotonic() - began:.0f} s)", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes Voxlake's sample corpus.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=int, default=1, help="how many times as large")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    missing = [program for program in ("espeak-ng", "flite", "sox") if not shutil.which(program)]
    if missing or not voices.ASTERISK.is_dir():
        what = ", ".join(missing) or "asterisk's recordings"
        raise SystemExit(f"make_corpus: not installed: {what}. Run: setup/install.sh sample")
    folder = arguments.folder.resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:  # whoever comes meanwhile waits, and finds it made
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_complete(folder, script_hash(arguments.scale)):
            make(folder, arguments.scale, arguments.processes)


if __name__ == "__main__":
    main()
