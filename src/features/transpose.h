#pragma once

#include <cstddef>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace voxlake::features {

/// out[j * out_stride + i] = in[i * in_stride + j], i and j from 0 to 3; of any x86-64 by its baseline instructions.
inline void transpose_four(const float* in, std::ptrdiff_t in_stride, float* out, std::ptrdiff_t out_stride) {
#if defined(__SSE2__)
  __m128 a = _mm_loadu_ps(in);
  __m128 b = _mm_loadu_ps(in + in_stride);
  __m128 c = _mm_loadu_ps(in + 2 * in_stride);
  __m128 d = _mm_loadu_ps(in + 3 * in_stride);
  _MM_TRANSPOSE4_PS(a, b, c, d);
  _mm_storeu_ps(out, a);
  _mm_storeu_ps(out + out_stride, b);
  _mm_storeu_ps(out + 2 * out_stride, c);
  _mm_storeu_ps(out + 3 * out_stride, d);
#else
  for (std::ptrdiff_t i = 0; i < 4; ++i) {
    for (std::ptrdiff_t j = 0; j < 4; ++j) out[j * out_stride + i] = in[i * in_stride + j];
  }
#endif
}

}  // namespace voxlake::features
