"""Clips as files: WAV written here (so that a header can lie), the compressed formats by sox."""

import struct
import tempfile
from pathlib import Path

from voices import Clip, run, sample_bytes


def wav(clip: Clip, announced_frames: int | None = None) -> bytes:
    """A RIFF/WAVE file; `announced_frames` is what the header claims, when it is not the truth."""
    width, channels, rate = sample_bytes(clip.format.sample), clip.format.channels, clip.format.rate
    frames = clip.frames if announced_frames is None else announced_frames
    data_bytes = frames * width * channels
    tag = 3 if clip.format.sample == "f32" else 1
    frame = channels * width
    form = struct.pack("<IHHIIHH", 16, tag, channels, rate, rate * frame, frame, 8 * width)
    header = struct.pack("<4sI4s4s", b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ") + form
    pad = b"\0" if announced_frames is None and data_bytes % 2 else b""
    return header + struct.pack("<4sI", b"data", data_bytes) + clip.pcm + pad


def encoded(clip: Clip, kind: str) -> bytes:
    """The clip as flac, ogg (Vorbis) or sph (NIST SPHERE)."""
    source = f"-t raw -r {clip.format.rate} -e signed -b 16 -c {clip.format.channels} -".split()
    with tempfile.NamedTemporaryFile(suffix=f".{kind}") as file:  # not a pipe: flac goes back to write its length
        run(["sox", "-R", "-D", *source, "--comment", "", file.name], clip.pcm)
        return Path(file.name).read_bytes()
