"""The same bits on a processor without AVX and FMA, for which the C library has other versions of its functions."""

from engine import Request, describe
from signals import formulas, recording, voice

# glibc leaves out what it is told that the processor does not have.
OLD_PROCESSOR = {
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX,-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL,-AVX512BW,-AVX512DQ,-SSE4_1"
}


def cases(level: str = "best") -> list[Request]:
    signals = [*formulas(16000, 1.0).values(), recording("allison", 16000), voice("en_m1", 16000)]
    found = [Request(s, name, level=level) for s in signals for name in ("spectral", "librosa-full", "classic")]
    return found + [Request(s, rate=rate, level=level) for rate in (22050, 48000) for s in formulas(rate, 0.5).values()]


def test_a_processor_without_avx_and_fused_multiply_add_gives_the_same_bits():
    here = describe(cases())
    there = describe(cases("portable"), OLD_PROCESSOR)
    assert not any(answer.error for answer in here)
    different = [
        i for i, (a, b) in enumerate(zip(here, there, strict=True)) if a.values.tobytes() != b.values.tobytes()
    ]
    assert not different
