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
  const int32_t frame = plan.framing.frame_samples;
  plan.bins = frame / 2 + 1;
  plan.bin_hz = bin_width_hz(rate, frame);
  plan.spectrum = make_spectrum_tables();
  const auto bank_of = [&](const SetEntry& entry) {
    return make_mel_bank(rate, mel_rows_of(entry), frame, entry.parameters.lowest_hz, entry.parameters.highest_hz);
  };
  const SetEntry* mel = nullptr;
  for (const SetEntry& entry : plan.entries) {
    if (entry.descriptor == Descriptor::mel) mel = &entry;
  }
  for (const SetEntry& entry : plan.entries) {
    if (!plan.has(entry.descriptor)) continue;  // each window is one frame, of its own length
    switch (entry.descriptor) {
      case Descriptor::mel: plan.mel = bank_of(entry); break;
      case Descriptor::mel_db:
        if (mel == nullptr) plan.mel = bank_of(entry);
        if (mel != nullptr && !(mel->parameters == entry.parameters)) plan.mel_decibel = bank_of(entry);
        break;
      case Descriptor::mfcc: {
        plan.cepstrum_mel = bank_of(entry);
        const bool is_even = mel_rows_of(entry) % 2 == 0;
        if (is_even) plan.cosine_weights = make_cosine_weights(mel_rows_of(entry), entry.rows);
        if (!is_even) plan.plain_cosine_weights = make_plain_cosine_weights(mel_rows_of(entry), entry.rows);
        break;
      }
      case Descriptor::chroma: plan.chroma_weights = make_chroma_weights(rate, frame); break;
      case Descriptor::contrast: plan.contrast_bands = make_contrast_bands(rate, frame, entry.parameters.contrast); break;
      case Descriptor::rolloff: plan.rolloff = entry.parameters.rolloff; break;
      default: break;
    }
  }
}

}  // namespace

FeatureSet::Plan make_plan(const SetDefinition& definition, int32_t rate, const kernels::Kernels& kernels,
                           std::vector<std::string>& columns) {
  FeatureSet::Plan plan;
  plan.kernels = &kernels;
  plan.entries = definition.entries;
  plan.framing = definition.framing;
  plan.pitch = pitch_options(definition, rate);
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
