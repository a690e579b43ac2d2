#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace voxlake::audio {

/// What a native FLAC file says in its STREAMINFO of its samples (RFC 9639, section 8.2).
struct FlacStreamInfo {
  int32_t channels = 0;
  int32_t bits = 0;                     ///< of a sample
  std::array<uint8_t, 16> samples_md5;  ///< of all samples, interleaved, little-endian
};

/// Nothing where it is not a native FLAC file, or where the encoder left the checksum out.
std::optional<FlacStreamInfo> read_flac_stream_info(std::span<const std::byte> file);

/// Compares decoded samples with the checksum of their file, which libsndfile does not. Each frame of a FLAC has a checksum of its own:
/// this one notices frames that are missing, doubled or not of this recording.
class FlacChecksum {
 public:
  explicit FlacChecksum(const FlacStreamInfo& info);
  ~FlacChecksum();
  FlacChecksum(const FlacChecksum&) = delete;
  FlacChecksum& operator=(const FlacChecksum&) = delete;

  /// Interleaved samples as libsndfile gives them: integers over 2^(bits - 1), which float holds exactly up to 24 bits.
  void add(std::span<const float> samples);
  /// True also where nothing can be said: another width than 8, 16 or 24 bits, or a library without MD5.
  bool fits() const;

 private:
  struct Digest;
  FlacStreamInfo info_;
  std::unique_ptr<Digest> digest_;
};

}  // namespace voxlake::audio
