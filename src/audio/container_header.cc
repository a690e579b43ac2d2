#include "audio/container_header.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace voxlake::audio {
namespace {

/// A SPHERE header is text, padded to a multiple of 1,024 bytes; nobody's is longer than this.
constexpr size_t kSphereHeaderBytes = 65536;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view tag_at(std::span<const std::byte> file, uint64_t offset) {
  if (offset > file.size() || file.size() - offset < 4) return {};
  return text_of(file.subspan(offset, 4));
}

/// Reads whole numbers at offsets that the caller checked.
class Numbers {
 public:
  Numbers(std::span<const std::byte> file, bool big_endian) : file_(file), big_endian_(big_endian) {}
  uint64_t read(uint64_t offset, unsigned bytes) const {
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
      const unsigned place = big_endian_ ? bytes - 1 - i : i;
      value |= std::to_integer<uint64_t>(file_[offset + i]) << (8 * place);
    }
    return value;
  }

 private:
  std::span<const std::byte> file_;
  bool big_endian_;
};

bool is_chunk_name(std::string_view name) {
  return name.size() == 4 && std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

WavHeader::Format read_format(const Numbers& numbers, uint64_t offset) {
  WavHeader::Format format;
  format.tag = static_cast<uint16_t>(numbers.read(offset, 2));
  format.channels = static_cast<uint16_t>(numbers.read(offset + 2, 2));
  format.rate = static_cast<uint32_t>(numbers.read(offset + 4, 4));
  format.block_bytes = static_cast<uint16_t>(numbers.read(offset + 12, 2));
  format.bits = static_cast<uint16_t>(numbers.read(offset + 14, 2));
  return format;
}

std::optional<int64_t> announced_by_wav(std::span<const std::byte> file) {
  const WavHeader header = read_wav_header(file);
  if (!header.format || !header.data_bytes || header.format->block_bytes == 0) return std::nullopt;
  const std::array<uint16_t, 5> frame_by_frame = {1, 3, 6, 7, 0xFFFE};
  if (std::find(frame_by_frame.begin(), frame_by_frame.end(), header.format->tag) == frame_by_frame.end()) return std::nullopt;
  // A program that writes to a pipe cannot go back to fill the size in. It leaves 0, all bits set (ffmpeg), or 2 GiB less a bit (SoX).
  const uint64_t bytes = *header.data_bytes;
  const bool is_left_open = bytes == 0 || (bytes >= 0x7FFFF000 && bytes <= 0x7FFFFFFF) || (bytes >= 0xFFFFF000 && bytes <= 0xFFFFFFFF);
  if (is_left_open) return std::nullopt;
  return static_cast<int64_t>(std::min<uint64_t>(bytes / header.format->block_bytes, INT64_MAX));
}

std::optional<int64_t> announced_by_sphere(std::span<const std::byte> file) {
  const std::string_view header = text_of(file.first(std::min(file.size(), kSphereHeaderBytes)));
  constexpr std::string_view kField = "\nsample_count -i ";
  const size_t at = header.find(kField);
  const size_t end = header.find("\nend_head");
  if (at == std::string_view::npos || at > end) return std::nullopt;
  const char* begin = header.data() + at + kField.size();
  int64_t frames = 0;
  const auto [rest, error] = std::from_chars(begin, header.data() + header.size(), frames);
  if (error != std::errc() || frames < 0) return std::nullopt;
  return frames;
}

}  // namespace

Container container_of(std::span<const std::byte> file) {
  const std::string_view head = text_of(file.first(std::min<size_t>(file.size(), 16)));
  const std::string_view form = head.size() >= 12 ? head.substr(8, 4) : std::string_view{};
  if (head.starts_with("RIFF") || head.starts_with("RIFX") || head.starts_with("RF64")) {
    return form.empty() || form == "WAVE" ? Container::wav : Container::none;
  }
  if (head.starts_with(std::string_view("riff\x2E\x91\xCF\x11", 8))) return Container::wav;
  if (head.starts_with("fLaC")) return Container::flac;
  if (head.starts_with("OggS")) return Container::ogg;
  if (head.starts_with("NIST_1A\n")) return Container::sphere;
  // An ID3 tag stands before MP3 as a rule; FLAC files have one by mistake, and libsndfile skips it.
  if (head.starts_with("ID3")) return text_of(file).find("fLaC") != std::string_view::npos ? Container::flac : Container::other_audio;
  const bool is_aiff = head.starts_with("FORM") && (form == "AIFF" || form == "AIFC");
  const bool is_mpeg = head.size() >= 2 && head[0] == '\xFF' && (head[1] & '\xE6') == '\xE2';  // the frame sync of layer III
  if (is_aiff || is_mpeg || head.starts_with(".snd") || head.starts_with("caff") || head.starts_with("#!AMR"))
    return Container::other_audio;
  return Container::none;
}

WavHeader read_wav_header(std::span<const std::byte> file) {
  WavHeader header;
  if (file.size() < 12) return header;
  const Numbers numbers(file, tag_at(file, 0) == "RIFX");
  std::optional<uint64_t> wide_data_bytes;  // RF64 keeps the real size in a chunk of its own (EBU Tech 3306)
  uint64_t at = 12;
  while (file.size() - at >= 8) {
    const std::string_view name = tag_at(file, at);
    const uint64_t bytes = numbers.read(at + 4, 4);
    const uint64_t content = at + 8;
    const uint64_t there = file.size() - content;
    if (name == "fmt " && bytes >= 16 && there >= 16) header.format = read_format(numbers, content);
    if (name == "ds64" && there >= 16) wide_data_bytes = numbers.read(content + 8, 8);
    if (name == "data") {
      header.data_bytes = bytes == 0xFFFFFFFF && wide_data_bytes ? *wide_data_bytes : bytes;
      header.data_offset = content;
      return header;
    }
    if (bytes > there) return header;
    at = content + bytes;
    // A chunk of odd size is followed by a byte of padding, which some writers forget.
    if (bytes % 2 == 1 && at < file.size() && !(file[at] != std::byte{0} && is_chunk_name(tag_at(file, at)))) ++at;
  }
  return header;
}

std::optional<int64_t> announced_frames(std::span<const std::byte> file, Container container) {
  if (container == Container::wav) return announced_by_wav(file);
  if (container == Container::sphere) return announced_by_sphere(file);
  return std::nullopt;
}

bool ends_with_last_ogg_page(std::span<const std::byte> file) {
  constexpr size_t kPageHeaderBytes = 27;
  const size_t at = text_of(file).rfind("OggS");
  if (at == std::string_view::npos || file.size() - at < kPageHeaderBytes) return false;
  const bool is_last = (std::to_integer<unsigned>(file[at + 5]) & 4U) != 0;
  const auto segments = std::to_integer<size_t>(file[at + 26]);
  if (file.size() - at < kPageHeaderBytes + segments) return false;
  size_t content = 0;
  for (size_t i = 0; i < segments; ++i) content += std::to_integer<size_t>(file[at + kPageHeaderBytes + i]);
  return is_last && file.size() - at >= kPageHeaderBytes + segments + content;
}

}  // namespace voxlake::audio
