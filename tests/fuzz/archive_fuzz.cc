// Any bytes as an archive: unpacked at once and in pieces, walked, and decoded in one pass and in two, which have to agree.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "corpus/archive_reader.h"
#include "corpus/gunzip_source.h"
#include "pipeline/decode_stage.h"

namespace {

using namespace voxlake;

void require(bool holds) {
  if (!holds) std::abort();
}

bool has_reason(const Error& error) {
  return std::any_of(error.details.begin(), error.details.end(),
                     [](const auto& detail) { return detail.first == "reason" && !detail.second.empty(); });
}

corpus::ArchiveLimits small_limits() {
  corpus::ArchiveLimits limits;
  limits.max_members = 200;
  limits.max_member_bytes = 1 << 20;
  limits.max_total_bytes = 4 << 20;
  return limits;
}

void walk(std::span<const std::byte> bytes) {
  int64_t members = 0;
  const corpus::ArchiveLimits limits = small_limits();
  const auto positions = corpus::ArchiveReader::locate(*corpus::memory_source(bytes), limits);
  const Status status = corpus::ArchiveReader::walk(
      *corpus::memory_source(bytes), limits, [&](const corpus::Member& member, const corpus::ArchiveReader::Read& read) -> Status {
        require(++members <= limits.max_members);
        require(member.position >= 0);
        require(positions && positions->of(member.position) >= 0 && positions->of(member.position) <= static_cast<int64_t>(bytes.size()));
        if (members % 3 == 0) return {};  // some are skipped
        const auto content = read();
        if (content) {
          require(static_cast<int64_t>(content->size()) <= limits.max_member_bytes);
        } else {
          require(has_reason(content.error()));
        }
        return {};
      });
  if (!status) require(has_reason(status.error()));
}

/// All that comes out, and how it ended.
std::pair<std::vector<std::byte>, std::string> unpack(std::span<const std::byte> bytes, corpus::GunzipSource::Way way) {
  const auto packed = corpus::memory_source(bytes);
  corpus::GunzipSource gunzip(*packed, small_limits(), way);
  std::vector<std::byte> unpacked;
  for (;;) {
    const auto piece = gunzip.next();
    if (!piece) return {std::move(unpacked), piece.error().to_string()};
    if (piece->empty()) return {std::move(unpacked), std::to_string(gunzip.find_packed_bytes())};
    unpacked.insert(unpacked.end(), piece->begin(), piece->end());
  }
}

/// What came of the archive, a line a row, sorted: the two ways to walk differ in nothing but the order.
std::vector<std::string> decode(std::span<const std::byte> bytes, bool in_two_passes) {
  pipeline::DecodeOptions options;
  options.archive_limits = small_limits();
  options.max_clip_seconds = 2;
  if (in_two_passes) options.one_pass_packed_bytes = -1;
  std::vector<std::string> rows;
  const Status status =
      pipeline::decode_archive({"c", "a", "5ha", static_cast<int64_t>(bytes.size())},
                               [&]() -> Result<std::unique_ptr<corpus::ByteSource>> { return corpus::memory_source(bytes); }, options,
                               {[&](lake::UtteranceRow&& row) -> Status {
                                  require(row.samples > 0 && row.samples == static_cast<int64_t>(row.signal.size()));
                                  rows.push_back(row.utterance_id + " " + std::to_string(row.samples) + " " + row.gender);
                                  return {};
                                },
                                [&](lake::RejectRow&& row) -> Status {
                                  rows.push_back(row.member.value_or("-") + " " + row.reason);
                                  return {};
                                }});
  require(status.has_value());
  require(!rows.empty());
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

// libsndfile 1.2.0 leaks 5.8 KB of libvorbis' for each Ogg file whose headers it cannot read: it returns before it clears them.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libvorbis.so";  // the module: without a symbolizer no function has a name
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  using corpus::GunzipSource;
  const auto in_pieces = unpack(bytes, GunzipSource::Way::in_pieces);
  const bool is_damaged = in_pieces.second.find_first_not_of("0123456789") != std::string::npos;  // to libdeflate less is
  require(unpack(bytes, GunzipSource::Way::at_once_if_short) == in_pieces || is_damaged);
  walk(bytes);
  require(decode(bytes, false) == decode(bytes, true));
  return 0;
}
