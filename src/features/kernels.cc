#include "features/kernels.h"

namespace voxlake::features::kernels {
namespace {

/// Calls visit(low, high) for each comparison of Batcher's odd-even merge sort.
template <typename Visit>
void visit_network(int count, const Visit& visit) {
  for (int sorted = 1; sorted < count; sorted *= 2) {
    for (int distance = sorted; distance >= 1; distance /= 2) {
      for (int start = distance % sorted; start + distance < count; start += 2 * distance) {
        for (int i = start; i < start + distance && i + distance < count; ++i) {
          if (i / (2 * sorted) == (i + distance) / (2 * sorted)) visit(i, i + distance);
        }
      }
    }
  }
}

}  // namespace

std::string_view to_string(Level level) {
  switch (level) {
    case Level::portable: return "portable";
    case Level::avx2: return "avx2";
    case Level::avx512: return "avx512";
  }
  return "unknown";
}

Network make_network(int count) {
  Network network;
  visit_network(count, [&](int low, int high) { network.emplace_back(low, high); });
  return network;
}

const Kernels* find_kernels(Level level) {
  if (level == Level::portable) return &portable_kernels();
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (level == Level::avx2 && __builtin_cpu_supports("avx2")) return &avx2_kernels();
  if (level == Level::avx512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return &avx512_kernels();
  }
#endif
  return nullptr;
}

const Kernels& best_kernels() {
  for (const Level level : {Level::avx512, Level::avx2}) {
    if (const Kernels* kernels = find_kernels(level)) return *kernels;
  }
  return portable_kernels();
}

}  // namespace voxlake::features::kernels
