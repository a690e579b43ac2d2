#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "error/result.h"
#include "scratch/spool.h"

namespace voxlake::corpus {

/// Where an archive's bytes come from: memory, or a file in bronze read piece by piece.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// The next piece; empty at the end. Valid until the next call.
  virtual Result<std::span<const std::byte>> next() = 0;
};

std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes);

/// Bounds against hostile archives.
struct ArchiveLimits {
  int64_t max_members = 100'000;
  int64_t max_member_bytes = 512LL << 20;
  int64_t max_total_bytes = 16LL << 30;  ///< unpacked
  double max_ratio = 200;                ///< unpacked to packed, once 64 MiB were unpacked
  scratch::Limits scratch;               ///< of what `read` returns
};

/// A member of an archive. `content` is read when asked for; members that are not asked for are skipped without being kept.
struct Member {
  std::string path;      ///< as written, in UTF-8
  int64_t bytes = 0;     ///< as the header says; 0 where a zip says it only behind the content
  int64_t position = 0;  ///< where its header begins in the archive once that is unpacked; see PackedPositions
  bool is_file = true;   ///< false for links, devices and folders
  bool is_folder = false;
};

/// Where in an archive's file the bytes come from that it unpacks to.
class PackedPositions {
 public:
  /// Where in the file the piece of 32 KiB begins that holds the byte `unpacked` of the unpacked archive; the byte itself where the archive
  /// is no gzip.
  int64_t of(int64_t unpacked) const;

 private:
  friend class ArchiveReader;
  bool is_gzip_ = false;
  struct Checkpoint {
    int64_t unpacked;
    int64_t packed;
  };
  std::vector<Checkpoint> checkpoints_;  ///< of gzip: where each piece begins, as far as it could be unpacked
};

/// Walks a .tgz (or anything else that libarchive reads as a tar: plain tar, zip under a .tgz name) member by member, in one pass.
/// Nothing is ever written: a path is only text, so an absolute one or one with `..` is harmless; links and devices are told but not
/// followed. `visit` may call `read` once, before it returns, to get the content of the member that it was given. An error that `visit`
/// returns ends the walk.
///
/// Errors carry `reason` in their details (truncated_archive, corrupt_archive, not_an_archive, archive_limit) and `byte_offset`, those of
/// `read` that concern one member `reason` alone; what was visited before the error stays visited. An error of the source itself is
/// returned as it is. corrupt_archive comes at the very end where all members could be read but gzip's checksum tells that one of them is
/// not what was packed. `read` fails with member_too_large or corrupt_member (an encrypted or damaged zip member) where only this member is
/// concerned: the walk goes on if `visit` returns success. The reasons above it returns too; then the walk ends with them after `visit`
/// succeeded. An io error of `read` is not the archive's fault: there is no room for what `limits.scratch` sends to a file. Throws
/// std::bad_alloc where memory runs out, for whatever archive: it says nothing of the archive. Memory: the pieces of the source, some 200
/// KB, and what `read` returns; for gzip up to 4 MiB of the file, and a short one whole, packed and unpacked (12 MiB at most), as far as
/// the budget of `limits.scratch` allows; a size that a header claims reserves at most 4 MiB. Safe to call on many threads at once, with a
/// source each.
class ArchiveReader {
 public:
  using Read = std::function<Result<scratch::Spool<std::byte>>()>;
  using Visit = std::function<Status(const Member&, const Read&)>;
  static Status walk(ByteSource& source, const ArchiveLimits& limits, const Visit& visit);
  /// Unpacks an archive once more to tell where what it holds lies in its file, as far as it can be unpacked. An error is the source's.
  static Result<PackedPositions> locate(ByteSource& source, const ArchiveLimits& limits);
};

}  // namespace voxlake::corpus
