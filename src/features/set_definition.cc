#include "features/set_definition.h"

#include <algorithm>
#include <cstdio>
#include <limits>

#include "features/pitch.h"

namespace voxlake::features {
namespace {

std::string name_of(const SetDefinition& definition) {
  return "the set \"" + definition.name + "\"";
}

std::string exact_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

const SetEntry* find_entry(const SetDefinition& definition, Descriptor descriptor) {
  const auto found = std::find_if(definition.entries.begin(), definition.entries.end(),
                                  [&](const SetEntry& entry) { return entry.descriptor == descriptor; });
  return found == definition.entries.end() ? nullptr : &*found;
}

Status check_mel(const SetDefinition& definition, const SetEntry& entry, int32_t rate) {
  const double highest = entry.parameters.highest_hz > 0 ? entry.parameters.highest_hz : rate / 2.0;
  if (highest <= rate / 2.0 && entry.parameters.lowest_hz < highest) return {};
  return failure(ErrorKind::invalid_argument,
                 name_of(definition) + " has bands of `" + std::string(text_of(entry.descriptor).name) + "` from " +
                     exact_text(entry.parameters.lowest_hz) + " to " + exact_text(highest) + " Hz, which do not lie below half of " +
                     std::to_string(rate) + " Hz",
                 "give an fmin below fmax, and an fmax of at most " + exact_text(rate / 2.0));
}

Status check_contrast(const SetDefinition& definition, const SetEntry& entry, int32_t rate) {
  const double reach = entry.parameters.contrast.lowest_hz * static_cast<double>(int64_t{1} << (entry.parameters.contrast.octaves - 1));
  if (reach >= rate / 2.0) {
    return failure(
        ErrorKind::invalid_argument,
        name_of(definition) + " cannot be computed at " + std::to_string(rate) + " Hz: the bands of its spectral contrast reach above " +
            exact_text(reach) + " Hz",
        "use a sample rate above " + exact_text(2 * reach) + " Hz" + (reach == 6400 ? std::string(", such as 16000") : ", or fewer bands"));
  }
  // Whether a window is long enough to be a frame is asked when its length is known.
  if (definition.frame_is_window) return {};
  if (!make_contrast_bands(rate, definition.framing.frame_samples, entry.parameters.contrast).empty()) return {};
  return failure(ErrorKind::invalid_argument,
                 name_of(definition) + ": a frame of " + std::to_string(definition.framing.frame_samples) + " samples at " +
                     std::to_string(rate) + " Hz is too short: a band of its spectral contrast holds no bin",
                 "use longer frames, or a higher fmin for contrast");
}

Status check_pitch(const SetDefinition& definition, int32_t rate) {
  if (definition.frame_is_window || !definition.framing.centred) {
    return failure(ErrorKind::invalid_argument, name_of(definition) + " asks for pitch, which is tracked over centred frames alone",
                   "centre the frames, or leave the pitch out");
  }
  const Status checked = PitchTracker::check(pitch_options(definition, rate));
  if (checked) return {};
  return failure(ErrorKind::invalid_argument, name_of(definition) + ": " + checked.error().message, checked.error().remedy);
}

/// How many rows the descriptor has, with these parameters; of mfcc and its deltas, at most.
int rows_at_most(const SetEntry& entry) {
  switch (entry.descriptor) {
    case Descriptor::mel:
    case Descriptor::mel_db:
    case Descriptor::mfcc: return mel_rows_of(entry);
    case Descriptor::mfcc_delta:
    case Descriptor::mfcc_delta2: return std::numeric_limits<int>::max();  // as many as mfcc, which is looked at
    case Descriptor::contrast: return entry.parameters.contrast.octaves + 1;
    case Descriptor::chroma: return kChromaClasses;
    case Descriptor::poly: return 2;
    default: return 1;
  }
}

/// Other rows would be read from beyond what is computed.
Status check_rows(const SetDefinition& definition, const SetEntry& entry, const std::string& name) {
  const int most = rows_at_most(entry);
  const bool fewer_are_fine = entry.descriptor == Descriptor::mfcc || most == std::numeric_limits<int>::max();
  if (entry.rows >= 1 && (entry.rows == most || (fewer_are_fine && entry.rows < most))) return {};
  return failure(ErrorKind::invalid_argument,
                 name_of(definition) + " has " + std::to_string(entry.rows) + " rows of " + name + ", which has " +
                     (fewer_are_fine ? "1 to " : "") + std::to_string(most),
                 "give it as many rows as it has");
}

Status check_entry(const SetDefinition& definition, const SetEntry& entry, int32_t rate) {
  const std::string name = "`" + std::string(text_of(entry.descriptor).name) + "`";
  const auto is_same = [&](const SetEntry& other) { return other.descriptor == entry.descriptor; };
  if (std::count_if(definition.entries.begin(), definition.entries.end(), is_same) > 1) {
    return failure(ErrorKind::invalid_argument, name_of(definition) + " has " + name + " twice", "leave one of them out");
  }
  const bool is_delta = entry.descriptor == Descriptor::mfcc_delta || entry.descriptor == Descriptor::mfcc_delta2;
  if (is_delta && definition.frame_is_window) {
    return failure(ErrorKind::invalid_argument, name_of(definition) + " has " + name + ", but each window is one frame", "leave it out");
  }
  if (is_delta) {
    const SetEntry* mfcc = find_entry(definition, Descriptor::mfcc);
    if (mfcc == nullptr || mfcc->rows != entry.rows) {
      return failure(ErrorKind::invalid_argument, name_of(definition) + " has " + name + " without the mfcc that it is taken of",
                     "add mfcc (with no functionals, if only its deltas are wanted)");
    }
  }
  VOXLAKE_TRY(check_rows(definition, entry, name));
  switch (entry.descriptor) {
    case Descriptor::mel:
    case Descriptor::mel_db:
    case Descriptor::mfcc: return check_mel(definition, entry, rate);
    case Descriptor::contrast: return check_contrast(definition, entry, rate);
    default: break;
  }
  return is_of_pitch(entry.descriptor) ? check_pitch(definition, rate) : Status();
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
  constexpr uint32_t kOfDeltas = bit_of(Functional::mean) | bit_of(Functional::deviation) | bit_of(Functional::interquartile_range) |
                                 bit_of(Functional::kurtosis) | bit_of(Functional::skewness);
  // Of speech, pitch classes tell little: where they lie, and how much they move.
  constexpr uint32_t kOfChroma = bit_of(Functional::mean) | bit_of(Functional::deviation);
  // Of pitch: a track has no mode worth the name, its bins being a tenth of a semitone wide, and an entropy that only counts its frames;
  // var is std again; and shape needs more frames than a window has. In semitones the extremes are left out too, as those of Hz say the
  // same.
  constexpr uint32_t kOfPitchInSemitones = bit_of(Functional::mean) | bit_of(Functional::median) | bit_of(Functional::deviation) |
                                           bit_of(Functional::first_quartile) | bit_of(Functional::third_quartile) |
                                           bit_of(Functional::interquartile_range);
  constexpr uint32_t kOfPitch = kOfPitchInSemitones | bit_of(Functional::min) | bit_of(Functional::max) | bit_of(Functional::range);
  const auto some = [](Descriptor descriptor, uint32_t functionals) { return SetEntry{descriptor, 1, functionals, false}; };
  // As scripts of the time took them, with pandas' variance and deviation of a sample.
  constexpr uint32_t kOfSamples =
      (kAllFunctionals & ~(bit_of(Functional::mode_count) | bit_of(Functional::variance) | bit_of(Functional::deviation))) |
      bit_of(Functional::sample_variance) | bit_of(Functional::sample_deviation);
  // The mean of the one value that a single frame has.
  const auto single = [](Descriptor descriptor, int rows = 1) { return SetEntry{descriptor, rows, bit_of(Functional::mean), rows > 1}; };
  const auto across = [](Descriptor descriptor, int rows) { return SetEntry{descriptor, rows, kAllFunctionals, false, true}; };
  static const std::vector<SetDefinition> kDefinitions = {
      {"spectral",
       2,
       {one(Descriptor::signal), one(Descriptor::zcr), one(Descriptor::rms), many(Descriptor::poly, 2), many(Descriptor::mfcc, 20),
        many(Descriptor::mfcc_delta, 20, kOfDeltas), many(Descriptor::mfcc_delta2, 20, kOfDeltas),
        many(Descriptor::contrast, kContrastRows), one(Descriptor::centroid), one(Descriptor::bandwidth), one(Descriptor::flatness),
        one(Descriptor::rolloff), many(Descriptor::chroma, kChromaClasses, kOfChroma), some(Descriptor::f0, kOfPitch),
        some(Descriptor::f0_semitones, kOfPitchInSemitones), some(Descriptor::voicing, bit_of(Functional::mean)),
        some(Descriptor::hnr, bit_of(Functional::mean) | bit_of(Functional::median)),
        some(Descriptor::aperiodicity, bit_of(Functional::median))}},
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

PitchOptions pitch_options(const SetDefinition& definition, int32_t rate) {
  PitchOptions options = speech_pitch_options(rate);
  options.fmin = definition.pitch.fmin;
  options.fmax = definition.pitch.fmax;
  options.no_trough_prob = definition.pitch.no_trough_prob;
  options.frame_length = definition.pitch.frame_samples;
  options.hop_length = definition.framing.hop_samples;
  return options;
}

Status check_definition(const SetDefinition& definition, int32_t rate) {
  constexpr int32_t kHighest = 384000;
  if (rate < 1000 || rate > kHighest) {
    return failure(ErrorKind::invalid_argument, "features cannot be computed at " + std::to_string(rate) + " Hz",
                   "give a sample rate from 1000 to " + std::to_string(kHighest) + " Hz");
  }
  for (const SetEntry& entry : definition.entries) VOXLAKE_TRY(check_entry(definition, entry, rate));
  return {};
}

std::string definition_text(const SetDefinition& definition) {
  const Framing& framing = definition.framing;
  std::string text =
      definition.frame_is_window ? "window" : std::to_string(framing.frame_samples) + "/" + std::to_string(framing.hop_samples);
  text += " taper" + std::to_string(static_cast<int>(framing.taper)) + (framing.centred ? " centred" : "");
  text += " pitch " + exact_text(definition.pitch.fmin) + "-" + exact_text(definition.pitch.fmax) + "/" +
          exact_text(definition.pitch.no_trough_prob) + "/" + std::to_string(definition.pitch.frame_samples);
  for (const SetEntry& entry : definition.entries) {
    const Parameters& parameters = entry.parameters;
    text += "; " + std::string(text_of(entry.descriptor).name) + (entry.across_rows ? " across " : " ") + std::to_string(entry.rows) +
            " f" + std::to_string(entry.functionals) + " m" + std::to_string(parameters.mel_rows) + "/" + exact_text(parameters.lowest_hz) +
            "/" + exact_text(parameters.highest_hz) + " r" + exact_text(parameters.rolloff) + " c" +
            exact_text(parameters.contrast.lowest_hz) + "/" + std::to_string(parameters.contrast.octaves) + "/" +
            exact_text(parameters.contrast.quantile);
  }
  return text;
}

}  // namespace voxlake::features
