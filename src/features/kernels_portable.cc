#include "features/kernels.h"
#include "features/simd_portable.h"
// After the instruction set that they are made for.
#include "features/kernel_set.h"

namespace voxlake::features::kernels {

const Kernels& portable_kernels() {
  static constexpr Kernels kKernels = make_kernels<Portable>(Level::portable);
  return kKernels;
}

}  // namespace voxlake::features::kernels
