#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "report/report_data.h"

/// Pictures of a signal, as the page draws them: made for eyes, not for measuring. Pure functions, thread safe.
namespace voxlake::report {

/// The lowest and highest sample in each of `columns` equal stretches (fewer where there are fewer samples). `rate` in Hz.
Envelope envelope(std::span<const float> signal, int32_t rate, int32_t columns = 600);

/// A mel spectrogram in dB under its own maximum, 80 dB deep: 25 ms Hann windows, `rows` triangular bands between 60 Hz and the Nyquist
/// frequency, spaced evenly on the mel scale (O'Shaughnessy 1987), at most `columns` columns. Silence is all zeros. `rate` in Hz.
Spectrogram mel_spectrogram(std::span<const float> signal, int32_t rate, int32_t rows = 128, int32_t columns = 400);

/// Samples in -1 to 1 as 8-bit mu-law (ITU-T G.711).
std::vector<uint8_t> mu_law(std::span<const float> signal);

}  // namespace voxlake::report
