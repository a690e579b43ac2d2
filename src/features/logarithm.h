#pragma once

namespace voxlake::features {

// The C library's logarithm may differ in its last bit between processors; these do not. They are the same computation as the kernels'.

/// ln x for a positive, normal x; within 2 units in the last place.
double natural_log(double x);

/// e^x for |x| < 700.
double exponential(double x);

}  // namespace voxlake::features
