#include "audio/decode.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <optional>

#include "audio/container_header.h"
#include "audio/flac_checksum.h"
#include "audio/sample_level.h"
#include "files/system_error.h"

namespace voxlake::audio {
namespace {

constexpr int64_t kBlockSamples = 1 << 13;  // read, converted and mixed while they are in a near cache

tl::unexpected<Error> refused(ErrorKind kind, std::string_view reason, std::string message, std::string remedy = {}) {
  auto result = failure(kind, std::move(message), std::move(remedy));
  return tl::unexpected<Error>(std::move(result.value()).with("reason", std::string(reason)));
}

/// The file in memory as libsndfile reads it.
struct MemoryFile {
  std::span<const std::byte> bytes;
  sf_count_t position = 0;

  bool is_read_to_end() const { return position >= static_cast<sf_count_t>(bytes.size()); }

  static MemoryFile& of(void* self) { return *static_cast<MemoryFile*>(self); }
  static sf_count_t length(void* self) { return static_cast<sf_count_t>(of(self).bytes.size()); }
  static sf_count_t tell(void* self) { return of(self).position; }
  static sf_count_t seek(sf_count_t offset, int whence, void* self) {
    MemoryFile& file = of(self);
    const sf_count_t base = whence == SEEK_CUR ? file.position : whence == SEEK_END ? length(self) : 0;
    if (offset < -base || offset > INT64_MAX - base) return -1;
    file.position = base + offset;
    return file.position;
  }
  static sf_count_t read(void* target, sf_count_t count, void* self) {
    MemoryFile& file = of(self);
    const sf_count_t there = std::max<sf_count_t>(0, length(self) - file.position);
    const sf_count_t taken = std::clamp<sf_count_t>(count, 0, there);
    if (taken > 0) std::memcpy(target, file.bytes.data() + file.position, static_cast<size_t>(taken));
    file.position += taken;
    return taken;
  }
  static sf_count_t write(const void*, sf_count_t, void*) { return 0; }
};

struct CloseSound {
  void operator()(SNDFILE* file) const { sf_close(file); }
};
using Sound = std::unique_ptr<SNDFILE, CloseSound>;

/// numpy's mean of a frame's channels: float32 sums, in order up to seven channels, in eight lanes from eight on (loops_utils.h.src).
float mean_of_frame(const float* frame, int32_t channels) {
  float sum = 0.0F;
  int32_t next = 0;
  if (channels >= 8) {
    std::array<float, 8> lanes;
    std::copy_n(frame, 8, lanes.begin());
    for (next = 8; next + 8 <= channels; next += 8) {
      for (int32_t lane = 0; lane < 8; ++lane) lanes[static_cast<size_t>(lane)] += frame[next + lane];
    }
    sum = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  }
  for (; next < channels; ++next) sum += frame[next];
  return sum / static_cast<float>(channels);
}

std::string beginning_of(std::span<const std::byte> file) {
  std::string text;
  for (std::byte byte : file.first(std::min<size_t>(file.size(), 16))) {
    const char c = static_cast<char>(byte);
    text += c >= 0x20 && c < 0x7f ? c : '.';
  }
  return text;
}

bool is_plain_encoding(const WavHeader::Format& format) {
  const bool is_pcm = (format.tag == 1 || format.tag == 0xFFFE) && format.bits > 0 && format.bits <= 32;
  return is_pcm || (format.tag == 3 && (format.bits == 32 || format.bits == 64)) ||
         ((format.tag == 6 || format.tag == 7) && format.bits == 8);
}

/// Says why libsndfile could not open a WAV. Not by libsndfile's own words: it keeps them in one place for all threads.
tl::unexpected<Error> refused_wav(std::span<const std::byte> file, const DecodeLimits& limits) {
  const WavHeader header = read_wav_header(file);
  if (header.format) {
    const WavHeader::Format& format = *header.format;
    if (format.channels == 0 || format.channels > limits.max_channels) {
      return refused(ErrorKind::limit_exceeded, format.channels == 0 ? "bad_header" : "too_many_channels",
                     "the WAV header claims " + std::to_string(format.channels) + " channels");
    }
    if (format.rate < static_cast<uint32_t>(limits.min_rate) || format.rate > static_cast<uint32_t>(limits.max_rate)) {
      return refused(ErrorKind::limit_exceeded, "bad_sample_rate",
                     "the WAV header claims a rate of " + std::to_string(format.rate) + " Hz");
    }
    if (header.data_bytes && is_plain_encoding(format)) {
      return refused(ErrorKind::corrupt_data, "bad_header", "the WAV header's chunks are damaged or misplaced");
    }
    if (header.data_bytes) {
      return refused(ErrorKind::unsupported, "unsupported_encoding",
                     "the WAV has an encoding that is not read (format tag " + std::to_string(format.tag) + ", " +
                         std::to_string(format.bits) + " bits)",
                     "convert it to 16-bit PCM");
    }
    return refused(ErrorKind::corrupt_data, "truncated_audio", "the WAV ends before its data chunk");
  }
  if (header.data_bytes) return refused(ErrorKind::corrupt_data, "bad_header", "the WAV has no fmt chunk before its data");
  return refused(ErrorKind::corrupt_data, "truncated_audio",
                 "the WAV ends within its header, after " + std::to_string(file.size()) + " bytes");
}

tl::unexpected<Error> refused_to_open(std::span<const std::byte> file, Container container, const DecodeLimits& limits) {
  switch (container) {
    case Container::wav: return refused_wav(file, limits);
    case Container::flac: return refused(ErrorKind::corrupt_data, "bad_header", "the FLAC header cannot be read");
    case Container::ogg:
      return refused(ErrorKind::corrupt_data, ends_with_last_ogg_page(file) ? "bad_header" : "truncated_audio",
                     "the Ogg stream's headers cannot be read, or it is neither Vorbis, Opus nor FLAC");
    default:
      return refused(ErrorKind::unsupported, "bad_header", "the SPHERE header cannot be read, or its encoding is not one that is read");
  }
}

Result<std::string> format_name(int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_RF64:
    case SF_FORMAT_W64: return "wav";
    case SF_FORMAT_FLAC: return "flac";
    case SF_FORMAT_OGG: return "ogg";
    case SF_FORMAT_NIST: return "sphere";
    default: return refused(ErrorKind::unsupported, "unsupported_format", "the audio is neither WAV, FLAC, Ogg nor SPHERE");
  }
}

tl::unexpected<Error> too_long(int64_t max_frames, int32_t rate) {
  return refused(ErrorKind::limit_exceeded, "too_long",
                 "the audio is longer than " + std::to_string(max_frames) + " samples (" + std::to_string(max_frames / rate) + " s)",
                 "raise the longest length of a clip, or cut the recording");
}

Status check_claims(const SF_INFO& info, const DecodeLimits& limits) {
  if (info.channels < 1 || info.channels > limits.max_channels) {
    return refused(ErrorKind::limit_exceeded, "too_many_channels", "the header claims " + std::to_string(info.channels) + " channels");
  }
  if (info.samplerate < limits.min_rate || info.samplerate > limits.max_rate) {
    return refused(ErrorKind::limit_exceeded, "bad_sample_rate", "the header claims a rate of " + std::to_string(info.samplerate) + " Hz");
  }
  return {};
}

/// The frames of a sound in blocks of float samples, -1 to 1. Samples of 16 bits come as they are and are converted here, to the same
/// numbers: by vectors, where libsndfile takes one after the other.
class BlockReader {
 public:
  BlockReader(SNDFILE* sound, const SF_INFO& info)
      : sound_(sound),
        channels_(info.channels),
        announced_(info.frames),
        is_16_bit_((info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_16) {
    const auto samples = static_cast<size_t>(block_frames() * channels_);
    floats_.resize(samples);
    if (is_16_bit_) shorts_.resize(samples);
  }
  /// The next frames, channel beside channel. Valid until the next call.
  std::span<const float> next() {
    // No more than were announced: behind them there may be something else, such as tags, which is no damage.
    const sf_count_t left = announced_ - taken_;
    const sf_count_t wanted = left > 0 ? std::min(left, block_frames()) : block_frames();
    const sf_count_t frames = std::max<sf_count_t>(
        is_16_bit_ ? sf_readf_short(sound_, shorts_.data(), wanted) : sf_readf_float(sound_, floats_.data(), wanted), 0);
    taken_ += frames;
    has_ended_ = frames < wanted;
    const auto samples = static_cast<size_t>(frames * channels_);
    if (is_16_bit_) to_floats(std::span(shorts_).first(samples), floats_);
    return std::span(floats_).first(samples);
  }
  /// Whether there were fewer frames than asked for.
  bool has_ended() const { return has_ended_; }

 private:
  sf_count_t block_frames() const { return kBlockSamples / channels_; }

  SNDFILE* sound_;
  sf_count_t channels_;
  sf_count_t announced_;  ///< frames
  bool is_16_bit_;
  sf_count_t taken_ = 0;
  bool has_ended_ = false;
  std::vector<int16_t> shorts_;
  std::vector<float> floats_;
};

/// Reads and mixes all frames, block by block.
Status read_frames(SNDFILE* sound, const SF_INFO& info, const MemoryFile& memory, const DecodeLimits& limits,
                   const std::function<void(int64_t)>& done_with, FlacChecksum* checksum, DecodedAudio& audio) {
  const auto max_frames =
      static_cast<int64_t>(std::clamp(limits.max_seconds * info.samplerate, 0.0, static_cast<double>(limits.max_frames)));
  // A header's frame count is a claim: it reserves no more memory than a file of this size is likely to need.
  const sf_count_t likely = static_cast<sf_count_t>(memory.bytes.size()) * (audio.format == "ogg" ? 16 : 4) + kBlockSamples;
  audio.mono = scratch::Spool<float>(limits.scratch);
  audio.mono.reserve(static_cast<size_t>(std::clamp<sf_count_t>(info.frames, 0, likely)));

  BlockReader reader(sound, info);
  std::vector<float> mixed;
  for (;;) {
    std::span<const float> block = reader.next();
    if (checksum != nullptr) checksum->add(block);
    const sf_count_t frames = static_cast<sf_count_t>(block.size()) / info.channels;
    if (static_cast<int64_t>(audio.mono.size()) + frames > max_frames) return too_long(max_frames, info.samplerate);
    if (info.channels > 1) {
      mixed.resize(static_cast<size_t>(frames));
      for (sf_count_t i = 0; i < frames; ++i)
        mixed[static_cast<size_t>(i)] = mean_of_frame(block.data() + i * info.channels, info.channels);
      block = mixed;
    }
    VOXLAKE_TRY(audio.mono.append(block));
    if (sf_error(sound) != SF_ERR_NO_ERROR) {
      // Of a FLAC that was cut the decoder has seen the last byte. It reads 8 KiB ahead, so damage near the end counts as a cut as well.
      const bool is_announced = info.frames != SF_COUNT_MAX && static_cast<sf_count_t>(audio.mono.size()) < info.frames;
      if (audio.format == "flac" && is_announced && memory.is_read_to_end()) return {};
      return refused(
          ErrorKind::corrupt_data, "corrupt_audio",
          "the " + audio.format + " stream is damaged after " + std::to_string(audio.mono.size()) + " frames: " + sf_strerror(sound));
    }
    if (reader.has_ended()) return {};
    if (done_with) done_with(memory.position);
  }
}

bool has_whole_header(std::span<const std::byte> wav) {
  const WavHeader header = read_wav_header(wav);
  return header.format && header.data_bytes;
}

/// What the file itself says of its length, beside its header's frame count.
struct Announcement {
  std::optional<int64_t> frames;
  bool has_end = true;  ///< false for an Ogg stream without its last page
};

Status note_truncation(std::span<const std::byte> file, Container container, const SF_INFO& info, const Announcement& announcement,
                       DecodedAudio& audio) {
  const int64_t announced = announcement.frames.value_or(container == Container::flac && info.frames != SF_COUNT_MAX ? info.frames : 0);
  if (announced > audio.frames) audio.announced_frames = announced;
  audio.truncated = audio.announced_frames > 0 || !announcement.has_end;
  if (audio.frames > 0) return {};
  if (audio.truncated || (container == Container::wav && !has_whole_header(file))) {
    return refused(ErrorKind::corrupt_data, "truncated_audio", "the file ends before its first sample");
  }
  return refused(ErrorKind::corrupt_data, "no_samples", "the file has a header, but by what it says no samples");
}

Sound open_sound(MemoryFile& memory, SF_INFO& info) {
  SF_VIRTUAL_IO calls{MemoryFile::length, MemoryFile::seek, MemoryFile::read, MemoryFile::write, MemoryFile::tell};
  info = {};
  return Sound(sf_open_virtual(&calls, SFM_READ, &info, &memory));
}

Result<DecodedAudio> decode_container(std::span<const std::byte> file, Container container, const DecodeLimits& limits,
                                      const std::function<void(int64_t)>& done_with) {
  MemoryFile memory{file};
  SF_INFO info{};
  Sound sound = open_sound(memory, info);
  if (sound == nullptr) {
    // libsndfile refuses alike what it cannot read and what it has no memory for, and says which to all threads at once.
    if (files::is_memory_short()) throw std::bad_alloc();
    memory = MemoryFile{file};
    sound = open_sound(memory, info);
  }
  if (sound == nullptr) return refused_to_open(file, container, limits);

  DecodedAudio audio;
  VOXLAKE_ASSIGN(audio.format, format_name(info.format));
  VOXLAKE_TRY(check_claims(info, limits));
  audio.rate = info.samplerate;
  audio.channels = info.channels;
  // Looked for before the samples are read, after which parts of the file may be gone.
  const Announcement announcement{announced_frames(file, container), container != Container::ogg || ends_with_last_ogg_page(file)};
  std::optional<FlacChecksum> checksum;
  if (const auto stream = read_flac_stream_info(file); stream && stream->channels == info.channels) checksum.emplace(*stream);
  VOXLAKE_TRY(read_frames(sound.get(), info, memory, limits, done_with, checksum ? &*checksum : nullptr, audio));
  VOXLAKE_TRY(audio.mono.finish());
  audio.frames = static_cast<int64_t>(audio.mono.size());
  VOXLAKE_TRY(note_truncation(file, container, info, announcement, audio));
  if (checksum && !audio.truncated && !checksum->fits()) {
    return refused(ErrorKind::corrupt_data, "wrong_checksum", "the samples are not those that the FLAC's checksum (MD5) was made of");
  }
  return audio;
}

}  // namespace

Result<DecodedAudio> decode(std::span<const std::byte> file, const DecodeLimits& limits, const std::function<void(int64_t)>& done_with) {
  if (file.empty()) return refused(ErrorKind::corrupt_data, "empty_file", "the file is empty");
  const Container container = container_of(file);
  if (container == Container::none) {
    return refused(ErrorKind::corrupt_data, "not_audio", "the file is not audio: it begins with \"" + beginning_of(file) + "\"");
  }
  if (container == Container::other_audio) {
    return refused(ErrorKind::unsupported, "unsupported_format", "the file is audio of a kind that is not read (MP3, AIFF, AU, CAF or AMR)",
                   "convert it to WAV or FLAC");
  }
  return decode_container(file, container, limits, done_with);
}

bool is_audio_name(std::string_view name) {
  const size_t slash = name.find_last_of('/');
  const std::string_view file_name = slash == std::string_view::npos ? name : name.substr(slash + 1);
  const size_t dot = file_name.find_last_of('.');
  if (dot == std::string_view::npos) return false;
  std::string extension(file_name.substr(dot + 1));
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::string_view, 9> kExtensions = {"wav", "wave", "flac", "ogg", "oga", "opus", "sph", "sphere", "nist"};
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

}  // namespace voxlake::audio
