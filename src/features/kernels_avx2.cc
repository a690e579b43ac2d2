// The kernels for Avx2. Everything from the standard library is included before the compiler's target is switched, so that no function
// that other files share is compiled for a processor which may not be there.
#include "features/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif

#include "features/simd_avx2.h"
// After the target.
#include "features/kernel_set.h"

namespace voxlake::features::kernels {

const Kernels& avx2_kernels() {
  static constexpr Kernels kKernels = make_kernels<Avx2>(Level::avx2);
  return kKernels;
}

}  // namespace voxlake::features::kernels

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
