#include "features/plan.h"

#include <algorithm>

namespace voxlake::features {
namespace {

/// `mfcc_07_mean`, or `zcr_mean` for a descriptor of one row.
std::string column_name(const SetEntry& entry, int row, Functional functional) {
  std::string name(text_of(entry.descriptor).name);
  if (entry.is_numbered && !entry.across_rows) {
    name.append(row < 10 ? "_0" : "_");
    name.append(std::to_string(row));
  }
  name.append("_");
  name.append(to_string(functional));
  return name;
}

constexpr uint32_t bit(Functional functional) {
  return 1U << static_cast<int>(functional);
}

/// The columns of an entry: of each row, or of all rows together.
void append_columns(const SetEntry& entry, std::vector<std::string>& columns) {
  for (int row = 0; row < (entry.across_rows ? 1 : entry.rows); ++row) {
    for (int functional = 0; functional < kNamedFunctionals; ++functional) {
      if ((entry.functionals >> functional & 1) != 0) columns.push_back(column_name(entry, row, static_cast<Functional>(functional)));
    }
  }
}

bool never_positive(Descriptor descriptor) {
  return descriptor == Descriptor::mel_db;
}

/// Gives the rows of an entry a place among the groups of its type.
Placement place_rows(const SetEntry& entry, std::vector<RowGroup>& groups, int& used, int32_t first_column, int32_t columns_per_row) {
  const Placement placement = {used, entry.rows};
  for (int row = 0; row < entry.rows; ++row, ++used) {
    if (used / kLanes == static_cast<int>(groups.size())) {
      groups.emplace_back();
      groups.back().first_column.fill(-1);
      groups.back().functionals.fill(0);
      groups.back().can_be_positive = !never_positive(entry.descriptor);
    }
    groups.back().first_column[used % kLanes] = first_column + row * columns_per_row;
    groups.back().functionals[used % kLanes] = entry.functionals;
  }
  return placement;
}

void add_tables(FeatureSet::Plan& plan, int32_t rate) {
  plan.bin_hz = bin_width_hz(rate);
  plan.spectrum = make_spectrum_tables();
  if (plan.has(Descriptor::mel) || plan.has(Descriptor::mel_db)) plan.mel = make_mel_bank(rate, kMelRows);
  if (plan.needs_cepstrum()) {
    plan.cepstrum_mel = make_mel_bank(rate, kCepstrumMelRows);
    plan.cosine_weights = make_cosine_weights(kCepstrumMelRows, plan.placement(Descriptor::mfcc).rows);
  }
  if (plan.has(Descriptor::chroma)) plan.chroma_weights = make_chroma_weights(rate);
  if (plan.has(Descriptor::contrast)) plan.contrast_bands = make_contrast_bands(rate);
}

}  // namespace

int32_t mel_rows_of(const SetEntry& entry) {
  if (entry.parameters.mel_rows > 0) return entry.parameters.mel_rows;
  return entry.descriptor == Descriptor::mfcc ? kCepstrumMelRows : kMelRows;
}

const std::vector<SetDefinition>& set_definitions() {
  const auto one = [](Descriptor descriptor) { return SetEntry{descriptor, 1, kAllFunctionals, false}; };
  const auto many = [](Descriptor descriptor, int rows, uint32_t functionals = kAllFunctionals) {
    return SetEntry{descriptor, rows, functionals, true};
  };
  // No two deltas need be equal and they are of either sign, so that mode and entropy say nothing of them; their level is near 0.
  constexpr uint32_t kOfDeltas = bit(Functional::mean) | bit(Functional::deviation) | bit(Functional::interquartile_range) |
                                 bit(Functional::kurtosis) | bit(Functional::skewness);
  // Of speech, pitch classes tell little: where they lie, and how much they move.
  constexpr uint32_t kOfChroma = bit(Functional::mean) | bit(Functional::deviation);
  // Of pitch: a track has no mode worth the name, its bins being a tenth of a semitone wide, and an entropy that only counts its frames;
  // var is std again; and shape needs more frames than a window has. In semitones the extremes are left out too, as those of Hz say the
  // same.
  constexpr uint32_t kOfPitchInSemitones = bit(Functional::mean) | bit(Functional::median) | bit(Functional::deviation) |
                                           bit(Functional::first_quartile) | bit(Functional::third_quartile) |
                                           bit(Functional::interquartile_range);
  constexpr uint32_t kOfPitch = kOfPitchInSemitones | bit(Functional::min) | bit(Functional::max) | bit(Functional::range);
  const auto some = [](Descriptor descriptor, uint32_t functionals) { return SetEntry{descriptor, 1, functionals, false}; };
  // As scripts of the time took them, with pandas' variance and deviation of a sample.
  constexpr uint32_t kOfSamples =
      (kAllFunctionals & ~(bit(Functional::mode_count) | bit(Functional::variance) | bit(Functional::deviation))) |
      bit(Functional::sample_variance) | bit(Functional::sample_deviation);
  // The mean of the one value that a single frame has.
  const auto single = [](Descriptor descriptor, int rows = 1) { return SetEntry{descriptor, rows, bit(Functional::mean), rows > 1}; };
  const auto across = [](Descriptor descriptor, int rows) { return SetEntry{descriptor, rows, kAllFunctionals, false, true}; };
  static const std::vector<SetDefinition> kDefinitions = {
      {"spectral",
       2,
       {one(Descriptor::signal), one(Descriptor::zcr), one(Descriptor::rms), many(Descriptor::poly, 2), many(Descriptor::mfcc, 20),
        many(Descriptor::mfcc_delta, 20, kOfDeltas), many(Descriptor::mfcc_delta2, 20, kOfDeltas),
        many(Descriptor::contrast, kContrastRows), one(Descriptor::centroid), one(Descriptor::bandwidth), one(Descriptor::flatness),
        one(Descriptor::rolloff), many(Descriptor::chroma, kChromaClasses, kOfChroma), some(Descriptor::f0, kOfPitch),
        some(Descriptor::f0_semitones, kOfPitchInSemitones), some(Descriptor::voicing, bit(Functional::mean)),
        some(Descriptor::hnr, bit(Functional::mean) | bit(Functional::median)), some(Descriptor::aperiodicity, bit(Functional::median))}},
      {"librosa-full",
       1,
       {one(Descriptor::signal), one(Descriptor::zcr), one(Descriptor::rms), many(Descriptor::poly, 2), many(Descriptor::mel, kMelRows),
        many(Descriptor::mel_db, kMelRows), many(Descriptor::mfcc, kMelRows), many(Descriptor::contrast, kContrastRows),
        one(Descriptor::centroid), one(Descriptor::bandwidth), one(Descriptor::flatness), one(Descriptor::rolloff)}},
      {"classic",
       1,
       {some(Descriptor::signal, kOfSamples), single(Descriptor::zcr), single(Descriptor::poly, 2), single(Descriptor::centroid),
        single(Descriptor::bandwidth), single(Descriptor::flatness), single(Descriptor::rolloff), across(Descriptor::mel, kMelRows),
        across(Descriptor::mel_db, kMelRows), across(Descriptor::mfcc, kMelRows), across(Descriptor::contrast, kContrastRows)},
       true},
  };
  return kDefinitions;
}

FeatureSet::Plan make_plan(const SetDefinition& definition, int32_t rate, const kernels::Kernels& kernels,
                           std::vector<std::string>& columns) {
  FeatureSet::Plan plan;
  plan.kernels = &kernels;
  plan.entries = definition.entries;
  columns.clear();
  std::vector<int32_t> first_columns;
  for (const SetEntry& entry : definition.entries) {
    first_columns.push_back(static_cast<int32_t>(columns.size()));
    append_columns(entry, columns);
    if (entry.descriptor == Descriptor::f0) {
      plan.voiced_share_column = static_cast<int32_t>(columns.size());
      columns.emplace_back("f0_voiced_share");
    }
  }
  plan.column_count = static_cast<int32_t>(columns.size());

  // Rows that can be positive first: the others share groups of their own, for which no logarithm is taken.
  int float_rows = 0;
  int double_rows = 0;
  for (const bool positive : {true, false}) {
    if (!positive) float_rows = static_cast<int>(plan.float_groups.size()) * kLanes;
    for (std::size_t i = 0; i < definition.entries.size(); ++i) {
      const SetEntry& entry = definition.entries[i];
      if (never_positive(entry.descriptor) == positive) continue;
      const int32_t per_row = __builtin_popcount(entry.functionals);
      if (entry.descriptor == Descriptor::signal) {
        plan.signal_column = first_columns[i];
        plan.signal_functionals = entry.functionals;
      } else if (definition.frame_is_window) {
        plan.frame_columns.push_back({entry, first_columns[i]});
      } else if (is_of_pitch(entry.descriptor)) {
        plan.pitch_columns.push_back({entry.descriptor, first_columns[i], entry.functionals});
      } else {
        const bool wide = is_double(entry.descriptor);
        plan.placements[static_cast<std::size_t>(entry.descriptor)] =
            place_rows(entry, wide ? plan.double_groups : plan.float_groups, wide ? double_rows : float_rows, first_columns[i], per_row);
      }
    }
  }
  add_tables(plan, rate);
  return plan;
}

}  // namespace voxlake::features
