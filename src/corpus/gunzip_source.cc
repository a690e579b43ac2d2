#include "corpus/gunzip_source.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>

#include <algorithm>
#include <new>

#include "corpus/archive_error.h"

namespace voxlake::corpus {
namespace {

constexpr size_t kUnpackedBytes = 32 << 10;
// The inflater is given this much at once, however the packed file comes: how far it has read does not depend on that.
constexpr size_t kPackedBytes = 16 << 10;

const char* describe(int status) {
  switch (status) {
    case ISAL_INVALID_BLOCK: return "a block of no known kind";
    case ISAL_INVALID_SYMBOL: return "an invalid code";
    case ISAL_INVALID_LOOKBACK: return "a reference to before its beginning";
    case ISAL_INVALID_WRAPPER: return "its header is damaged";
    case ISAL_UNSUPPORTED_METHOD: return "it is packed by another method than deflate";
    case ISAL_INCORRECT_CHECKSUM: return "its checksum does not match";
    default: return "it cannot be unpacked";
  }
}

}  // namespace

GunzipSource::GunzipSource(ByteSource& packed, const ArchiveLimits& limits, Way way)
    : packed_(packed), limits_(limits), way_(way), charge_(limits.scratch.budget) {}

GunzipSource::~GunzipSource() = default;

void GunzipSource::begin() {
  has_begun_ = true;
  constexpr size_t largest_piece = size_t{64} << 10;
  if (way_ == Way::at_once_if_short) head_.reserve(kShortPackedBytes + largest_piece);  // of which a file touches what it needs
  bool has_ended = false;
  while (way_ == Way::at_once_if_short && !has_ended && head_.size() <= kShortPackedBytes) {
    auto piece = packed_.next();
    if (!piece) break;  // the error comes again when the packed source is asked again
    has_ended = piece->empty();
    head_.insert(head_.end(), piece->begin(), piece->end());
  }
  if (has_ended && unpack_head()) return;
  rest_ = head_;
  piece_.resize(kUnpackedBytes);
  inflater_ = std::make_unique<inflate_state>();
  isal_inflate_init(inflater_.get());
  inflater_->crc_flag = ISAL_GZIP;
}

bool GunzipSource::unpack_head() {
  constexpr size_t header_and_end = 18;
  constexpr auto header_checksum = std::byte{2};
  if (head_.size() < header_and_end || (head_[3] & header_checksum) != std::byte{0}) return false;  // libdeflate does not compare that one
  size_t announced = 0;
  for (size_t i = 4; i > 0; --i) announced = announced << 8 | static_cast<size_t>(head_[head_.size() - 5 + i]);
  if (announced == 0 || announced > kShortUnpackedBytes || static_cast<int64_t>(announced) > limits_.max_total_bytes) return false;
  if (!charge_.reach(static_cast<int64_t>(head_.size() + announced))) return false;
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(libdeflate_alloc_decompressor(),
                                                                                                       &libdeflate_free_decompressor);
  unpacked_.reset(new (std::nothrow) std::byte[announced]);
  size_t used = 0;
  if (decompressor != nullptr && unpacked_ != nullptr &&
      libdeflate_gzip_decompress_ex(decompressor.get(), head_.data(), head_.size(), unpacked_.get(), announced, &used, &unpacked_size_) ==
          LIBDEFLATE_SUCCESS &&
      used == head_.size()) {
    return true;
  }
  unpacked_.reset();
  charge_.release();
  return false;
}

Result<bool> GunzipSource::refill() {
  if (!input_.empty()) return true;
  gathered_.clear();
  while (gathered_.size() < kPackedBytes) {
    if (rest_.empty()) {
      std::vector<std::byte>().swap(head_);
      auto more = packed_.next();
      if (!more && gathered_.empty()) return propagate(more);
      if (!more || more->empty()) break;  // an error comes again when the packed source is asked again
      rest_ = *more;
    }
    const auto taken = rest_.first(std::min(rest_.size(), kPackedBytes - gathered_.size()));
    gathered_.insert(gathered_.end(), taken.begin(), taken.end());
    rest_ = rest_.subspan(taken.size());
  }
  input_ = gathered_;
  return !input_.empty();
}

Status GunzipSource::begin_next_member() {
  // The inflater reads some bytes ahead. They go back before the rest of the piece: they may have come with an earlier one.
  const int32_t unread = inflater_->read_in_length / 8;
  if (unread > 0) {
    std::vector<std::byte> rest;
    for (int32_t i = 0; i < unread; ++i) rest.push_back(static_cast<std::byte>(inflater_->read_in >> (8 * i)));
    rest.insert(rest.end(), input_.begin(), input_.end());
    carried_ = std::move(rest);
    input_ = carried_;
    packed_bytes_ -= unread;
  }
  VOXLAKE_ASSIGN(const bool has_more, refill());
  // The first byte of gzip's mark is enough: padding is zeros, and what else follows is refused by the inflater.
  has_ended_ = !has_more || input_[0] != std::byte{0x1F};
  isal_inflate_reset(inflater_.get());
  inflater_->crc_flag = ISAL_GZIP;
  return {};
}

Status GunzipSource::fill_piece(size_t& produced) {
  while (produced < piece_.size() && !has_ended_) {
    VOXLAKE_ASSIGN(const bool has_more, refill());
    if (!has_more) {
      is_truncated_ = true;
      return archive_error(ErrorKind::corrupt_data, "truncated_archive", "the archive ends in the middle of its gzip stream",
                           packed_bytes_);
    }
    const size_t given = std::min<size_t>(input_.size(), 1U << 30);
    inflater_->next_in = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(input_.data()));
    inflater_->avail_in = static_cast<uint32_t>(given);
    inflater_->next_out = reinterpret_cast<uint8_t*>(piece_.data() + produced);
    inflater_->avail_out = static_cast<uint32_t>(piece_.size() - produced);
    const int status = isal_inflate(inflater_.get());
    // Told by the pointer: after an error avail_in may have gone below zero (ISA-L 2.30).
    const std::ptrdiff_t used = inflater_->next_in - reinterpret_cast<const uint8_t*>(input_.data());
    if (used < 0 || static_cast<size_t>(used) > given) {
      return archive_error(ErrorKind::corrupt_data, "corrupt_archive", "the archive's gzip stream is damaged", packed_bytes_);
    }
    input_ = input_.subspan(static_cast<size_t>(used));
    packed_bytes_ += used;
    produced = piece_.size() - inflater_->avail_out;
    if (status < ISAL_DECOMP_OK || status == ISAL_NEED_DICT) {
      return archive_error(ErrorKind::corrupt_data, "corrupt_archive",
                           std::string("the archive's gzip stream is damaged: ") + describe(status), packed_bytes_);
    }
    if (inflater_->block_state == ISAL_BLOCK_FINISH) VOXLAKE_TRY(begin_next_member());
  }
  return {};
}

Status GunzipSource::check_limits() const {
  if (unpacked_bytes_ > limits_.max_total_bytes) {
    return archive_error(ErrorKind::limit_exceeded, "archive_limit",
                         "the archive unpacks to more than " + std::to_string(limits_.max_total_bytes) + " bytes", packed_bytes_);
  }
  if (unpacked_bytes_ > kRatioGraceBytes && static_cast<double>(unpacked_bytes_) > limits_.max_ratio * static_cast<double>(packed_bytes_)) {
    return archive_error(ErrorKind::limit_exceeded, "archive_limit",
                         "the archive unpacks to more than " + std::to_string(static_cast<int64_t>(limits_.max_ratio)) + " times its size",
                         packed_bytes_);
  }
  return {};
}

Result<std::span<const std::byte>> GunzipSource::next() {
  if (!has_begun_) begin();
  if (unpacked_ != nullptr) {
    const auto whole = std::span<const std::byte>(unpacked_.get(), unpacked_size_).subspan(static_cast<size_t>(unpacked_bytes_));
    const auto piece = whole.first(std::min(whole.size(), kUnpackedBytes));
    unpacked_bytes_ += static_cast<int64_t>(piece.size());
    has_given_end_ = piece.empty();
    return piece;
  }
  VOXLAKE_TRY(damage_);
  size_t produced = 0;
  damage_ = fill_piece(produced);
  unpacked_bytes_ += static_cast<int64_t>(produced);
  if (damage_) damage_ = check_limits();
  if (produced == 0) VOXLAKE_TRY(damage_);
  return std::span<const std::byte>(piece_).first(produced);
}

int64_t GunzipSource::find_packed_bytes() {
  if (unpacked_ == nullptr) return packed_bytes_;
  const auto packed = memory_source(head_);
  GunzipSource again(*packed, limits_, Way::in_pieces);
  while (again.unpacked_bytes() < unpacked_bytes_) {
    if (!again.next()) break;
  }
  if (has_given_end_) static_cast<void>(again.next());
  return again.find_packed_bytes();
}

int64_t GunzipSource::packed_bytes_about() const {
  if (unpacked_ == nullptr) return packed_bytes_;
  return static_cast<int64_t>(head_.size()) * unpacked_bytes_ / static_cast<int64_t>(unpacked_size_);
}

}  // namespace voxlake::corpus
