#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "corpus/archive_reader.h"
#include "error/result.h"

struct inflate_state;

namespace voxlake::corpus {

/// Unpacks gzip (RFC 1952, one member or many). A short file is unpacked at once, by libdeflate, in two thirds of ISA-L's time and half of
/// zlib's, as far as the budget for scratch memory allows; what is longer, has more than one member, or cannot be unpacked at once, is
/// unpacked piece by piece, by ISA-L. What comes out is the same, but for one thing: libdeflate takes two codes for lengths that RFC 1951
/// forbids, where the checksum at the end agrees; ISA-L calls the file damaged.
///
/// libarchive could unpack gzip itself, but does not compare the checksum that ends it, which is the only proof that a clip arrived as it
/// was packed. Not for use by two threads at once.
class GunzipSource : public ByteSource {
 public:
  enum class Way { at_once_if_short, in_pieces };
  /// A file that is longer, or says that it unpacks to more, is not short.
  static constexpr size_t kShortPackedBytes = size_t{4} << 20;
  static constexpr size_t kShortUnpackedBytes = size_t{8} << 20;

  /// `packed` must outlive this. Nothing is read yet.
  GunzipSource(ByteSource& packed, const ArchiveLimits& limits, Way way = Way::at_once_if_short);
  ~GunzipSource() override;

  /// The next unpacked piece, of at most 32 KiB. All that can be unpacked comes before an error: truncated_archive, corrupt_archive or
  /// archive_limit (see ArchiveReader), or the error of the packed source.
  Result<std::span<const std::byte>> next() override;

  /// Bytes of the packed file that were used for the pieces so far. A file that was unpacked at once is unpacked again to tell: for an
  /// error that ends the walk, not for each member.
  int64_t find_packed_bytes();
  /// The same, about and for nothing: of a file that was unpacked at once its share.
  int64_t packed_bytes_about() const;
  bool is_unpacked_at_once() const { return unpacked_ != nullptr; }
  /// Bytes of the pieces so far.
  int64_t unpacked_bytes() const { return unpacked_bytes_; }
  /// True where the packed file ended before its gzip stream did.
  bool is_truncated() const { return is_truncated_; }

 private:
  /// Reads a short file whole, and unpacks it at once where it can be.
  void begin();
  /// False where `head_` is not all of a gzip file of one member that is as short as it says.
  bool unpack_head();
  /// Gets more packed bytes where there are none left. False at the end of the packed file.
  Result<bool> refill();
  /// Inflates until the piece is full, the packed file or the gzip stream ends, or an error.
  Status fill_piece(size_t& produced);
  /// After a gzip member: goes on with the next one, or notes the end. Anything else behind a member is ignored, as gzip does.
  Status begin_next_member();
  Status check_limits() const;

  ByteSource& packed_;
  ArchiveLimits limits_;
  Way way_;
  bool has_begun_ = false;
  std::vector<std::byte> head_;            ///< what was read to see whether the file is short
  std::unique_ptr<std::byte[]> unpacked_;  ///< of a file that was unpacked at once
  size_t unpacked_size_ = 0;
  bool has_given_end_ = false;
  scratch::Charge charge_;  ///< for both
  std::unique_ptr<inflate_state> inflater_;
  std::span<const std::byte> rest_;  ///< of the piece that the packed source gave last
  std::vector<std::byte> gathered_;
  std::span<const std::byte> input_;  ///< of `gathered_` or `carried_`
  std::vector<std::byte> carried_;    ///< what was read behind the end of a gzip member
  std::vector<std::byte> piece_;
  int64_t packed_bytes_ = 0;
  int64_t unpacked_bytes_ = 0;
  bool has_ended_ = false;
  bool is_truncated_ = false;
  Status damage_;  ///< comes after the piece that was unpacked before it
};

}  // namespace voxlake::corpus
