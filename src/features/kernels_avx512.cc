// The kernels for Avx512. Everything from the standard library is included before the compiler's target is switched, so that no function
// that other files share is compiled for a processor which may not be there.
#include "features/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl"))), apply_to = function)
#else
// The intrinsics' header makes its "undefined" vectors in a way that GCC 12 itself warns of.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl")
#endif

#include "features/simd_avx512.h"
// After the target.
#include "features/kernel_set.h"

namespace voxlake::features::kernels {

const Kernels& avx512_kernels() {
  static constexpr Kernels kKernels = make_kernels<Avx512>(Level::avx512);
  return kKernels;
}

}  // namespace voxlake::features::kernels

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
