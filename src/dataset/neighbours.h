#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// Nearest rows by Euclidean distance. Internal to this room.
namespace voxlake::dataset {

/// The `count` candidates nearest to each query row, nearest first; of equal distances the lower row first. Exact: distances are compared
/// as computed in double, one column after another.
///
/// `matrix`: rows of `columns` finite values. `queries` and `candidates` are row numbers in it; candidates ascend. A row is no neighbour of
/// itself (but of others that equal it). REQUIRES: each query has at least `count` candidates other than itself.
///
/// How: the distance of each pair is first estimated in float as |a|^2 + |b|^2 - 2 a.b, with products in tiles that stay in cache; the
/// nearest few by estimate are computed exactly, and where the estimate's error bound does not rule out that another candidate belongs
/// among them, all candidates are. So the result does not depend on the kernel, which is there for AVX2 and for any machine.
///
/// Returns queries.size() * count row numbers. Pure; thread safe. Memory: about 2 MB for 512 queries.
std::vector<uint32_t> nearest_rows(std::span<const float> matrix, int64_t columns, std::span<const uint32_t> queries,
                                   std::span<const uint32_t> candidates, int64_t count);

}  // namespace voxlake::dataset
