#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace voxlake::audio {

/// What a file's first bytes say that it is.
enum class Container {
  wav,          ///< RIFF, RIFX, RF64 and Wave64
  flac,         ///< also behind an ID3 tag
  ogg,          ///< Vorbis, Opus, FLAC in Ogg
  sphere,       ///< NIST SPHERE
  other_audio,  ///< AIFF, AU, CAF, MP3, AMR: audio that Voxlake does not read
  none,         ///< anything else
};

Container container_of(std::span<const std::byte> file);

/// A RIFF header as far as it can be read. libsndfile reads it too, but tells neither what a damaged one lacks nor how much sound it
/// announced.
struct WavHeader {
  struct Format {
    uint16_t tag = 0;  ///< 1 PCM, 3 float, 6 A-law, 7 mu-law, 0xFFFE extensible
    uint16_t channels = 0;
    uint32_t rate = 0;         ///< Hz
    uint16_t block_bytes = 0;  ///< a frame, for the tags above
    uint16_t bits = 0;
  };
  std::optional<Format> format;
  std::optional<uint64_t> data_bytes;  ///< of the data chunk, as announced
  uint64_t data_offset = 0;            ///< where its samples begin
};

/// Reads the header of a RIFF, RIFX or RF64 file. Never fails: what is not there stays absent.
WavHeader read_wav_header(std::span<const std::byte> file);

/// Frames that a WAV or SPHERE header announces; absent where it does not (Wave64, compressed WAV, a size field that a pipe left open).
std::optional<int64_t> announced_frames(std::span<const std::byte> file, Container container);

/// True for an Ogg file whose last page is whole and marked as its stream's last one (RFC 3533, section 6).
bool ends_with_last_ogg_page(std::span<const std::byte> file);

}  // namespace voxlake::audio
