"""What torchaudio takes for mel and MFCC: processor time of one thread for a second of audio.

usage: /usr/bin/python3 torchaudio_descriptors.py FILE.f32

Debian's torchaudio, built for the processor alone: what PyPI has of torch is half a gigabyte of CUDA. Frames, bands and
coefficients as in descriptors.py. Prints one line of JSON: microseconds.
"""

import array
import json
import sys
import time
from pathlib import Path

import torch
import torchaudio

RATE = 16000


def microseconds(run, y: torch.Tensor) -> float:
    """The best of several rounds, which other work on the machine disturbs least."""
    run(y)
    best = float("inf")
    for _ in range(7):
        begin = time.process_time()
        run(y)
        best = min(best, time.process_time() - begin)
    return 1e6 * best / (len(y) / RATE)


def main() -> None:
    torch.set_num_threads(1)
    samples = array.array("f")
    samples.frombytes(Path(sys.argv[1]).read_bytes())
    y = torch.tensor(samples)
    frame = {"n_fft": 2048, "hop_length": 512, "mel_scale": "slaney", "norm": "slaney"}
    mel = torchaudio.transforms.MelSpectrogram(sample_rate=RATE, n_mels=90, **frame)
    cepstrum = torchaudio.transforms.MFCC(sample_rate=RATE, n_mfcc=20, melkwargs={"n_mels": 128, **frame})
    with torch.no_grad():
        runs = {"mel, 90 bands": microseconds(mel, y), "MFCC, 20": microseconds(cepstrum, y)}
    print(json.dumps({what: {"torchaudio": cost} for what, cost in runs.items()}))


if __name__ == "__main__":
    main()
