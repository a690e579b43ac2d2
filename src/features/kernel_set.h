#pragma once

#include "features/contrast_kernel.h"
#include "features/functional_kernel.h"
#include "features/kernels.h"
#include "features/sample_kernel.h"
#include "features/spectral_kernel.h"
#include "features/spectrum_kernel.h"

namespace voxlake::features::kernels {

/// All kernels for the instruction set V.
template <typename V>
constexpr Kernels make_kernels(Level level) {
  return {level,
          spectrum<V>,
          shape<V>,
          filter<V>,
          chroma<V>,
          decibels<V>,
          contrast<V>,
          cosine<V>,
          weighted_logs_float<V>,
          weighted_logs_double<V>,
          describe_float<V>,
          describe_double<V>,
          sample_moments<V>,
          survey<V>,
          energy<V>,
          crossings<V>};
}

}  // namespace voxlake::features::kernels
