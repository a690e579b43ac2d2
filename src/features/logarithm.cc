#include "features/logarithm.h"

#include "features/simd_portable.h"
// After the instruction set that it is written for.
#include "features/logarithm_kernel.h"

namespace voxlake::features {

double natural_log(double x) {
  using kernels::Portable;
  return kernels::natural_log<Portable>(Portable::F64::broadcast(x)).lane[0];
}

double exponential(double x) {
  using kernels::Portable;
  return kernels::exponential<Portable>(Portable::F64::broadcast(x)).lane[0];
}

}  // namespace voxlake::features
