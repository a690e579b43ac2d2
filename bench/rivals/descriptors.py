"""What other libraries take for mel, MFCC and a set of functionals: processor time of one thread for a second of audio.

usage: descriptors.py FILE.f32

Frames of 2,048 samples every 512 at 16 kHz, 90 mel bands, 20 MFCC of 128 bands: as `features_bench --descriptors` has
them. kaldi-native-fbank and audioFlux are C and C++ underneath. openSMILE's eGeMAPSv02 functionals (88 columns) are
another set than `spectral` and stand beside it only to tell the scale; its licence allows research alone, so it is a
tool of this bench and nothing else. Prints one line of JSON: microseconds.
"""

import json
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import audioflux  # noqa: E402
import kaldi_native_fbank  # noqa: E402
import librosa  # noqa: E402
import numpy as np  # noqa: E402
import opensmile  # noqa: E402
from audioflux.type import SpectralDataType, SpectralFilterBankScaleType  # noqa: E402

RATE = 16000


def kaldi(options, rows: int, computer, y: np.ndarray):
    frame = options.frame_opts
    frame.samp_freq, frame.frame_length_ms, frame.frame_shift_ms = RATE, 128, 32
    frame.dither, frame.preemph_coeff, frame.remove_dc_offset = 0, 0, False
    frame.window_type, frame.snip_edges = "hanning", False
    options.mel_opts.num_bins = rows

    def run() -> None:
        online = computer(options)
        online.accept_waveform(RATE, y)
        online.input_finished()
        for i in range(online.num_frames_ready):
            online.get_frame(i)

    return run


def flux(rows: int, coefficients: int, y: np.ndarray):
    bank = audioflux.BFT(
        num=rows, radix2_exp=11, samplate=RATE, low_fre=0.0, high_fre=8000.0, slide_length=512,
        scale_type=SpectralFilterBankScaleType.MEL, data_type=SpectralDataType.POWER,
    )  # fmt: skip
    cepstrum = audioflux.XXCC(num=rows)

    def run() -> None:
        mel = bank.bft(y, result_type=1)
        if coefficients:
            cepstrum.set_time_length(time_length=mel.shape[1])
            cepstrum.xxcc(mel, cc_num=coefficients)

    return run


def microseconds(run, y: np.ndarray) -> float:
    """The best of several rounds, which other work on the machine disturbs least."""
    run()
    best = float("inf")
    for _ in range(7):
        begin = time.process_time()
        run()
        best = min(best, time.process_time() - begin)
    return 1e6 * best / (len(y) / RATE)


def main() -> None:
    y = np.fromfile(sys.argv[1], dtype=np.float32)
    cepstrum = kaldi_native_fbank.MfccOptions()
    cepstrum.num_ceps = 20
    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)
    runs = {
        "mel, 90 bands": {
            "kaldi-native-fbank": kaldi(kaldi_native_fbank.FbankOptions(), 90, kaldi_native_fbank.OnlineFbank, y),
            "audioFlux": flux(90, 0, y),
            "librosa": lambda: librosa.feature.melspectrogram(y=y, sr=RATE, n_mels=90),
        },
        "MFCC, 20": {
            "kaldi-native-fbank": kaldi(cepstrum, 128, kaldi_native_fbank.OnlineMfcc, y),
            "audioFlux": flux(128, 20, y),
            "librosa": lambda: librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=20),
        },
        "spectral": {"openSMILE's eGeMAPSv02": lambda: smile.process_signal(y, RATE)},
    }
    print(json.dumps({what: {name: microseconds(run, y) for name, run in by.items()} for what, by in runs.items()}))


if __name__ == "__main__":
    main()
