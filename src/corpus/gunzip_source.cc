#include "corpus/gunzip_source.h"

#include <zlib.h>

#include <algorithm>

#include "corpus/archive_error.h"

namespace voxlake::corpus {
namespace {

constexpr size_t kPieceBytes = 32 << 10;
constexpr int kGzipWindowBits = 15 + 16;  // zlib.h: 16 more than the window's bits mean a gzip header and trailer, checked

}  // namespace

GunzipSource::GunzipSource(ByteSource& packed, const ArchiveLimits& limits)
    : packed_(packed), limits_(limits), inflater_(std::make_unique<z_stream_s>()), piece_(kPieceBytes) {
  is_initialised_ = inflateInit2(inflater_.get(), kGzipWindowBits) == Z_OK;
}

GunzipSource::~GunzipSource() {
  if (is_initialised_) inflateEnd(inflater_.get());
}

Result<bool> GunzipSource::refill() {
  if (!input_.empty()) return true;
  VOXLAKE_ASSIGN(input_, packed_.next());
  return !input_.empty();
}

Status GunzipSource::begin_next_member() {
  VOXLAKE_ASSIGN(const bool has_more, refill());
  // The first byte of gzip's mark is enough: padding is zeros, and what else follows is refused by inflate.
  has_ended_ = !has_more || input_[0] != std::byte{0x1F};
  if (!has_ended_ && inflateReset(inflater_.get()) != Z_OK) return failure(ErrorKind::internal, "cannot reset zlib");
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
    inflater_->next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input_.data()));
    inflater_->avail_in = static_cast<uInt>(given);
    inflater_->next_out = reinterpret_cast<Bytef*>(piece_.data() + produced);
    inflater_->avail_out = static_cast<uInt>(piece_.size() - produced);
    const int status = inflate(inflater_.get(), Z_NO_FLUSH);
    const size_t used = given - inflater_->avail_in;
    input_ = input_.subspan(used);
    packed_bytes_ += static_cast<int64_t>(used);
    produced = piece_.size() - inflater_->avail_out;
    if (status == Z_STREAM_END) {
      VOXLAKE_TRY(begin_next_member());
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      const std::string detail = inflater_->msg != nullptr ? inflater_->msg : "zlib error " + std::to_string(status);
      return archive_error(ErrorKind::corrupt_data, "corrupt_archive", "the archive's gzip stream is damaged: " + detail, packed_bytes_);
    }
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
  if (!is_initialised_) return failure(ErrorKind::limit_exceeded, "there is not enough memory for zlib");
  VOXLAKE_TRY(damage_);
  const Checkpoint begin{unpacked_bytes_, packed_bytes_};
  size_t produced = 0;
  damage_ = fill_piece(produced);
  unpacked_bytes_ += static_cast<int64_t>(produced);
  if (damage_) damage_ = check_limits();
  if (produced == 0) VOXLAKE_TRY(damage_);
  checkpoints_.push_back(begin);
  return std::span<const std::byte>(piece_).first(produced);
}

int64_t GunzipSource::packed_offset(int64_t unpacked) {
  while (checkpoints_.size() > 1 && checkpoints_[1].unpacked <= unpacked) checkpoints_.pop_front();
  return checkpoints_.empty() ? 0 : checkpoints_.front().packed;
}

}  // namespace voxlake::corpus
