#include "features/reference.h"

#include <cmath>
#include <sstream>

#include "features/plan.h"

namespace voxlake::features {
namespace {

enum class UnitRule { same, squared, count, nats, none };

struct FunctionalText {
  std::string_view formula;  ///< of values x of a window, n of them
  UnitRule unit;
  std::string_view range;  ///< empty: the descriptor's own
  std::string_view source;
};

const FunctionalText& text_of(Functional functional) {
  static constexpr std::array<FunctionalText, kNamedFunctionals> kTexts = {{
      {"sum of x / n", UnitRule::same, "", "numpy.mean"},
      {"the middle of the sorted values", UnitRule::same, "", "numpy.median"},
      {"the smallest of the most frequent values", UnitRule::same, "", "scipy.stats.mode"},
      {"how often the mode occurs", UnitRule::count, "1 to n", "scipy.stats.mode"},
      {"smallest value", UnitRule::same, "", "numpy.min"},
      {"largest value", UnitRule::same, "", "numpy.max"},
      {"max - min", UnitRule::same, "0 or more", "numpy.ptp"},
      {"mean of (x - mean)^2", UnitRule::squared, "0 or more", "numpy.var(ddof=0)"},
      {"sqrt(var)", UnitRule::same, "0 or more", "numpy.std(ddof=0)"},
      {"first quartile, linear interpolation", UnitRule::same, "", "numpy.percentile(25)"},
      {"third quartile, linear interpolation", UnitRule::same, "", "numpy.percentile(75)"},
      {"q3 - q1", UnitRule::same, "0 or more", "scipy.stats.iqr"},
      {"-sum of p ln p, p = x / sum of x; null if a value is negative or their sum is 0", UnitRule::nats, "0 to ln n",
       "scipy.stats.entropy"},
      {"mean of (x - mean)^4 / var^2 - 3; null for a constant", UnitRule::none, "-2 or more", "scipy.stats.kurtosis"},
      {"mean of (x - mean)^3 / var^1.5; null for a constant", UnitRule::none, "any", "scipy.stats.skew"},
      {"sum of (x - mean)^2 / (n - 1); null for one value", UnitRule::squared, "0 or more", "numpy.var(ddof=1)"},
      {"sqrt(sample_var)", UnitRule::same, "0 or more", "numpy.std(ddof=1)"},
  }};
  return kTexts[static_cast<std::size_t>(functional)];
}

/// What the values are counted in that a functional is taken of.
std::string_view counted_in(const SetEntry& entry) {
  if (entry.across_rows) return "rows";
  return entry.descriptor == Descriptor::signal ? "samples" : "frames";
}

std::string unit_of(UnitRule rule, std::string_view unit, std::string_view counted) {
  switch (rule) {
    case UnitRule::same: return std::string(unit);
    case UnitRule::squared: return unit.empty() ? std::string() : std::string("(").append(unit).append(")^2");
    case UnitRule::count: return std::string(counted);
    case UnitRule::nats: return "nat";
    case UnitRule::none: break;
  }
  return "";
}

/// What tells a row from its neighbours: the band of a filter, the name of a pitch class.
std::string row_text(const FeatureSet::Plan& plan, Descriptor descriptor, int row) {
  const auto bins = [&](int first, int count) {
    if (count == 0) return std::string("no bin at this rate");
    std::ostringstream text;
    text << std::llround(first * plan.bin_hz) << " to " << std::llround((first + count - 1) * plan.bin_hz) << " Hz";
    return std::move(text).str();
  };
  switch (descriptor) {
    case Descriptor::mel: return bins(plan.mel.first_bin[row], plan.mel.bin_count[row]);
    case Descriptor::mel_db: {
      const FilterBank& bank = plan.decibel_bank();
      return bins(bank.first_bin[row], bank.bin_count[row]);
    }
    case Descriptor::contrast: return bins(plan.contrast_bands[row].first_bin, plan.contrast_bands[row].bin_count);
    case Descriptor::chroma: {
      static constexpr std::array<std::string_view, kChromaClasses> kPitches = {"C",  "C#", "D",  "D#", "E",  "F",
                                                                                "F#", "G",  "G#", "A",  "A#", "B"};
      return std::string(kPitches[row]);
    }
    case Descriptor::poly: return row == 0 ? "slope, magnitude a Hz" : "intercept, magnitude";
    default: return "";
  }
}

/// One octave error of one frame decides the extremes of a pitch track (docs/decisions/0005-pitch.md).
bool is_fragile(Descriptor descriptor, Functional functional) {
  const bool is_extreme = functional == Functional::min || functional == Functional::max || functional == Functional::range;
  return is_extreme && (descriptor == Descriptor::f0 || descriptor == Descriptor::f0_semitones);
}

constexpr std::string_view kVoicedShareFormula =
    "voiced frames / frames of the window; noise makes some unvoiced frames count as voiced, so that it tells of the noise too";
constexpr std::string_view kVoicedShareSource = "librosa.pyin(fmin=65, fmax=500, no_trough_prob=0.1), voiced_flag; numpy.mean";

std::string number_text(double number) {
  std::ostringstream text;
  text << number;
  return std::move(text).str();
}

std::string band_text(const SetEntry& entry) {
  const Parameters& parameters = entry.parameters;
  const std::string top = parameters.highest_hz > 0 ? number_text(parameters.highest_hz) + " Hz" : "rate / 2";
  return std::to_string(mel_rows_of(entry)) + " triangular filters on Slaney's mel scale, " + number_text(parameters.lowest_hz) +
         " Hz to " + top;
}

std::string band_arguments(const SetEntry& entry) {
  const Parameters& parameters = entry.parameters;
  std::string arguments = "n_mels=" + std::to_string(mel_rows_of(entry));
  if (parameters.lowest_hz > 0) arguments += ", fmin=" + number_text(parameters.lowest_hz);
  if (parameters.highest_hz > 0) arguments += ", fmax=" + number_text(parameters.highest_hz);
  return arguments;
}

/// What is said of a descriptor, with the parameters that it has in this set.
struct EntryText {
  std::string formula;
  std::string range;
  std::string source;
};

EntryText tuned_text(const FeatureSet::Plan& plan, const SetEntry& entry) {
  const DescriptorText& text = text_of(entry.descriptor);
  EntryText tuned = {std::string(text.formula), std::string(text.range), std::string(text.source)};
  const Parameters usual;
  if (is_of_pitch(entry.descriptor)) {
    const PitchOptions& pitch = plan.pitch;
    const std::string wanted = "fmin=" + number_text(pitch.fmin) + ", fmax=" + number_text(pitch.fmax) +
                               ", no_trough_prob=" + number_text(pitch.no_trough_prob) +
                               (pitch.frame_length == kFrameSamples ? "" : ", frame_length=" + std::to_string(pitch.frame_length));
    const std::string said = "fmin=65, fmax=500, no_trough_prob=0.1";
    if (const auto at = tuned.source.find(said); at != std::string::npos) tuned.source.replace(at, said.size(), wanted);
    if (entry.descriptor == Descriptor::f0) tuned.range = number_text(pitch.fmin) + " to " + number_text(pitch.fmax);
    if (entry.descriptor == Descriptor::f0_semitones && wanted != said) {
      tuned.range = number_text(12 * std::log2(pitch.fmin / 100)) + " to " + number_text(12 * std::log2(pitch.fmax / 100));
    }
    return tuned;
  }
  if (entry.parameters == usual) return tuned;
  switch (entry.descriptor) {
    case Descriptor::mel:
      tuned.formula = "sum over bins of filter(bin) S(bin)^2; " + band_text(entry);
      tuned.source = "librosa.feature.melspectrogram(" + band_arguments(entry) + "); Slaney 1998, Auditory Toolbox";
      break;
    case Descriptor::mel_db:
      tuned.formula = "10 log10(max(1e-10, mel)) less the same of the utterance's maximum, not under -80; mel of " + band_text(entry);
      tuned.source = "librosa.power_to_db(librosa.feature.melspectrogram(" + band_arguments(entry) + "), ref=numpy.max)";
      break;
    case Descriptor::mfcc:
      tuned.formula = "orthonormal DCT-II of mel bands in dB, none more than 80 dB under the utterance's maximum; " + band_text(entry);
      tuned.source = "librosa.feature.mfcc(n_mfcc=" + std::to_string(entry.rows) + ", " + band_arguments(entry) + ")";
      break;
    case Descriptor::contrast: {
      const ContrastOptions& contrast = entry.parameters.contrast;
      const std::string share = number_text(100 * contrast.quantile) + " %";
      tuned.formula = "dB of the mean of the highest " + share + " of the magnitudes in a band, less dB of the lowest " + share +
                      "; bands 0-" + number_text(contrast.lowest_hz) + " Hz, then octaves, the last to rate / 2";
      tuned.source = "librosa.feature.spectral_contrast(fmin=" + number_text(contrast.lowest_hz) +
                     ", n_bands=" + std::to_string(contrast.octaves) + ", quantile=" + number_text(contrast.quantile) + ")";
      break;
    }
    case Descriptor::rolloff:
      tuned.formula = "the lowest frequency up to which " + number_text(100 * entry.parameters.rolloff) + " % of the sum of S lies";
      tuned.source = "librosa.feature.spectral_rolloff(roll_percent=" + number_text(entry.parameters.rolloff) + ")";
      break;
    default: break;
  }
  return tuned;
}

ColumnDescription describe_column(const FeatureSet::Plan& plan, const SetEntry& entry, const std::string& name, const std::string& row,
                                  Functional functional) {
  const DescriptorText& descriptor = text_of(entry.descriptor);
  const EntryText tuned = tuned_text(plan, entry);
  const FunctionalText& taken = text_of(functional);
  std::string formula(to_string(functional));
  formula.append(" (").append(taken.formula).append(") of ").append(descriptor.name);
  if (!row.empty()) formula.append(", ").append(row);
  if (entry.across_rows) formula.append(", across its ").append(std::to_string(entry.rows)).append(" rows");
  formula.append(": ").append(tuned.formula);
  if (is_fragile(entry.descriptor, functional)) formula.append("; fragile: one octave error of one frame decides it");
  const std::string range = taken.range.empty() ? tuned.range : std::string(taken.range);
  std::string source = tuned.source;
  source.append("; ").append(taken.source);
  return {name, std::move(formula), unit_of(taken.unit, descriptor.unit, counted_in(entry)), range, std::move(source)};
}

void write_functionals(std::ostream& out) {
  out << "## Functionals\n\n"
         "Of the values x of a descriptor in a window, n of them, in float64. A value that is undefined is null.\n\n"
         "| name | formula | unit | range | equals |\n|---|---|---|---|---|\n";
  for (int i = 0; i < kNamedFunctionals; ++i) {
    const auto functional = static_cast<Functional>(i);
    const FunctionalText& text = text_of(functional);
    std::string unit = unit_of(text.unit, "the descriptor's", "values");
    out << "| `" << to_string(functional) << "` | " << text.formula << " | " << unit << " | "
        << (text.range.empty() ? "the descriptor's" : text.range) << " | " << text.source << " |\n";
  }
  out << "\n";
}

std::string functional_names(uint32_t functionals) {
  if (functionals == kAllFunctionals) return "the first fifteen";
  std::string names;
  for (int i = 0; i < kNamedFunctionals; ++i) {
    if ((functionals >> i & 1) != 0) names.append(names.empty() ? "`" : ", `").append(to_string(static_cast<Functional>(i))).append("`");
  }
  return names;
}

constexpr std::string_view kWindowFrameText =
    "Each window is one frame, as long as itself, under a periodic Hann window, not centred: librosa's n_fft is the window (48,000 samples "
    "for 3 s at 16 kHz), its hop_length the hop of the windows, center=False. What has several rows is summarised across them: "
    "`mel_mean` is the mean of the 90 bands, and n is 90. What has one value is that value, the mean of one. A window that is shorter "
    "(of a clip shorter than a window, or a session) is filled with zeros at its end to the configured length, so that its bins are those "
    "of the others; `signal` and `zcr` are of its own samples. A whole clip that is longer is one frame of its own length, up to "
    "2,097,152 samples (131 s at 16 kHz): beyond, only `signal` and `zcr` have values. Decibels refer to the maximum over all windows of "
    "the utterance.\n\n";

void write_set(std::ostream& out, const FeatureSet& set, int version) {
  const FeatureSet::Plan& plan = set.plan();
  out << "## " << set.options().set << "\n\nVersion " << version << ", " << set.columns().size()
      << " columns. Frequencies are those at 16 kHz.\n\n"
      << (plan.frame_columns.empty() ? "" : kWindowFrameText)
      << "| descriptor | rows | functionals | formula | unit | range | equals |\n|---|---|---|---|---|---|---|\n";
  for (const SetEntry& entry : plan.entries) {
    const DescriptorText& text = text_of(entry.descriptor);
    out << "| `" << text.name << "` | " << entry.rows << (entry.across_rows ? ", across them" : "") << " | "
        << functional_names(entry.functionals) << " | " << text.formula << " | " << text.unit << " | " << text.range << " | " << text.source
        << " |\n";
    if (entry.descriptor == Descriptor::f0) {
      out << "| `f0_voiced_share` | 1 | | " << kVoicedShareFormula << " | | 0 to 1 | " << kVoicedShareSource << " |\n";
    }
  }
  out << "\n";
  for (const SetEntry& entry : plan.entries) {
    if (entry.across_rows || row_text(plan, entry.descriptor, 0).empty()) continue;
    out << "Rows of `" << text_of(entry.descriptor).name << "`: ";
    for (int row = 0; row < entry.rows; ++row) {
      out << (row == 0 ? "" : " · ") << (row < 10 ? "0" : "") << row << " " << row_text(plan, entry.descriptor, row);
    }
    out << "\n\n";
  }
  if (plan.voiced_share_column < 0) return;
  out << "`f0_min`, `f0_max` and `f0_range` are fragile: one octave error of one frame decides them. To compare voices, take the median or "
         "the quartiles of `f0_semitones`: equal steps of it sound equal.\n\n";
}

}  // namespace

std::vector<ColumnDescription> describe_columns(const FeatureSet& set) {
  std::vector<ColumnDescription> descriptions;
  const FeatureSet::Plan& plan = set.plan();
  for (const SetEntry& entry : plan.entries) {
    for (int row = 0; row < (entry.across_rows ? 1 : entry.rows); ++row) {
      const std::string row_name = entry.across_rows ? "" : row_text(plan, entry.descriptor, row);
      for (int i = 0; i < kNamedFunctionals; ++i) {
        if ((entry.functionals >> i & 1) == 0) continue;
        descriptions.push_back(describe_column(plan, entry, set.columns()[descriptions.size()], row_name, static_cast<Functional>(i)));
      }
    }
    if (entry.descriptor == Descriptor::f0) {
      descriptions.push_back({"f0_voiced_share", std::string(kVoicedShareFormula), "", "0 to 1", std::string(kVoicedShareSource)});
    }
  }
  return descriptions;
}

std::string features_reference() {
  std::ostringstream out;
  out << "# Feature sets\n\n"
         "Written by `voxlake reference` from the program's own data.\n\n"
         "A column is named `DESCRIPTOR[_ROW]_FUNCTIONAL`: `mfcc_07_std` is the `std` of row 07 of `mfcc` over the frames of a window. The "
         "columns of a set are its descriptors in the order of its table, row by row, functional by functional.\n\n"
         "Descriptors are computed once over the whole utterance, as librosa 0.11 frames it: 2,048 samples, a hop of 512, centred, zeros "
         "outside; S is the magnitude of the transform of a frame under a periodic Hann window, f the frequency of its bin. A window [s, s "
         "+ "
         "W) takes the frames i with s <= 512 i < s + W samples; a partial window takes all. `signal` is taken of the samples of the "
         "window.\n\n"
         "Values are float32 or float64 as librosa gives them, widened to float64 for the functionals, and stored as float32. `mfcc_delta` "
         "and `mfcc_delta2` are null for utterances of under nine frames. `f0`, `f0_semitones` and `hnr` are taken of the voiced frames "
         "alone, and null where no "
         "frame of the window is voiced.\n\n";
  write_functionals(out);
  for (const SetDefinition& definition : set_definitions()) {
    FeatureOptions options;
    options.set = definition.name;
    if (const auto set = FeatureSet::create(options)) write_set(out, **set, definition.version);
  }
  return std::move(out).str();
}

}  // namespace voxlake::features
