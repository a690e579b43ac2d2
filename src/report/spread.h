#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/report_data.h"

/// Values turned into the bins and quantiles that the page draws. Pure functions, thread safe.
namespace voxlake::report {

/// Values of one series, in any order. Those that are not finite are left out.
using NamedValues = std::pair<std::string, std::vector<double>>;

/// Counts of values from 0 up, in at most `most_bins` bins whose width is 1, 2 or 5 times a power of ten. The range reaches just beyond the
/// 99.5 % quantile of all values; the last bin also counts all above. No series and no edges where there is no value.
Histogram histogram_from_zero(std::span<const NamedValues> series, int64_t most_bins = 40);

/// The quantile of sorted values by linear interpolation, as numpy.quantile. NaN where there are none.
double quantile(std::span<const double> sorted, double share);

/// Fills edges, spreads (one for each of `genders`, in their order) and separation (of the series named female and male, where both have
/// values; ties count half). The range drawn leaves out the outermost half per cent at both ends, so that one odd window can't flatten
/// the picture.
void describe_spread(std::span<const NamedValues> genders, FeatureFacts& feature, int64_t bins = 40);

}  // namespace voxlake::report
