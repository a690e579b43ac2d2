#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "corpus/archive_reader.h"
#include "error/result.h"

struct inflate_state;

namespace voxlake::corpus {

/// Unpacks gzip (RFC 1952, one member or many) piece by piece, and remembers where in the packed file each piece began. By ISA-L, which
/// takes about a third of zlib's time for packed sound.
///
/// libarchive could unpack gzip itself, but does not compare the checksum that ends it, which is the only proof that a clip arrived as it
/// was packed. Not for use by two threads at once.
class GunzipSource : public ByteSource {
 public:
  /// `packed` must outlive this. Nothing is read yet.
  GunzipSource(ByteSource& packed, const ArchiveLimits& limits);
  ~GunzipSource() override;

  /// The next unpacked piece. All that can be unpacked comes before an error: truncated_archive, corrupt_archive or archive_limit (see
  /// ArchiveReader), or the error of the packed source.
  Result<std::span<const std::byte>> next() override;

  /// Where in the packed file the piece begins that holds the byte `unpacked` of the unpacked one: at most a piece (32 KiB unpacked) early.
  /// Positions before the one asked last are forgotten.
  int64_t packed_offset(int64_t unpacked);
  /// Bytes of the packed file that were used.
  int64_t packed_bytes() const { return packed_bytes_; }
  /// True where the packed file ended before its gzip stream did.
  bool is_truncated() const { return is_truncated_; }

 private:
  struct Checkpoint {
    int64_t unpacked;
    int64_t packed;
  };

  /// Gets more packed bytes where there are none left. False at the end of the packed file.
  Result<bool> refill();
  /// Inflates until the piece is full, the packed file or the gzip stream ends, or an error.
  Status fill_piece(size_t& produced);
  /// After a gzip member: goes on with the next one, or notes the end. Anything else behind a member is ignored, as gzip does.
  Status begin_next_member();
  Status check_limits() const;

  ByteSource& packed_;
  ArchiveLimits limits_;
  std::unique_ptr<inflate_state> inflater_;
  std::span<const std::byte> rest_;  ///< of the piece that the packed source gave last
  std::vector<std::byte> gathered_;
  std::span<const std::byte> input_;  ///< of `gathered_` or `carried_`
  std::vector<std::byte> carried_;    ///< what was read behind the end of a gzip member
  std::vector<std::byte> piece_;
  std::deque<Checkpoint> checkpoints_;
  int64_t packed_bytes_ = 0;
  int64_t unpacked_bytes_ = 0;
  bool has_ended_ = false;
  bool is_truncated_ = false;
  Status damage_;  ///< comes after the piece that was unpacked before it
};

}  // namespace voxlake::corpus
