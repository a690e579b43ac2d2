#include "corpus/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <new>
#include <optional>
#include <utility>

#include "corpus/archive_error.h"
#include "corpus/gunzip_source.h"
#include "corpus/labels.h"

namespace voxlake::corpus {
namespace {

constexpr size_t kPieceBytes = 64 << 10;
/// What a header's size may reserve before any byte of the member was seen.
constexpr int64_t kTrustedBytes = 4 << 20;

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  Result<std::span<const std::byte>> next() override { return std::exchange(bytes_, {}); }

 private:
  std::span<const std::byte> bytes_;
};

/// The packed file in pieces of at most 64 KiB, the first of which can be looked at before it is read.
class PackedSource : public ByteSource {
 public:
  explicit PackedSource(ByteSource& source) : source_(source) {}

  /// The file's first bytes: at least `wanted`, or all that there are.
  Result<std::span<const std::byte>> peek(size_t wanted) {
    while (head_.size() < wanted) {
      VOXLAKE_ASSIGN(const auto piece, source_.next());
      if (piece.empty()) break;
      const size_t taken = std::min(piece.size(), kPieceBytes);
      head_.insert(head_.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(taken));
      rest_ = piece.subspan(taken);
      if (!rest_.empty()) break;
    }
    return head_;
  }

  Result<std::span<const std::byte>> next() override {
    std::span<const std::byte> piece;
    if (!is_head_given_) {
      is_head_given_ = true;
      piece = head_;
    }
    if (piece.empty()) {
      if (rest_.empty()) {
        auto more = source_.next();
        if (!more) {
          failure_ = more.error();
          return propagate(more);
        }
        rest_ = *more;
      }
      piece = rest_.first(std::min(rest_.size(), kPieceBytes));
      rest_ = rest_.subspan(piece.size());
    }
    bytes_ += static_cast<int64_t>(piece.size());
    return piece;
  }

  int64_t bytes() const { return bytes_; }
  /// The error of the source itself, as opposed to damage in what it gave.
  const std::optional<Error>& source_failure() const { return failure_; }

 private:
  ByteSource& source_;
  std::vector<std::byte> head_;
  bool is_head_given_ = false;
  std::span<const std::byte> rest_;
  int64_t bytes_ = 0;
  std::optional<Error> failure_;
};

struct FreeArchive {
  void operator()(archive* handle) const { archive_read_free(handle); }
};
using Handle = std::unique_ptr<archive, FreeArchive>;

bool is_gzip(std::span<const std::byte> head) {
  return head.size() >= 2 && head[0] == std::byte{0x1F} && head[1] == std::byte{0x8B};
}

std::string beginning_of(std::span<const std::byte> bytes) {
  std::string text;
  for (std::byte byte : bytes.first(std::min<size_t>(bytes.size(), 16))) {
    const char c = static_cast<char>(byte);
    text += c >= 0x20 && c < 0x7f ? c : '.';
  }
  return text;
}

/// One walk through one archive: the state between libarchive's callbacks and the visitor.
class Walk {
 public:
  Walk(ByteSource& source, const ArchiveLimits& limits, const ArchiveReader::Visit& visit)
      : packed_(source), limits_(limits), visit_(visit) {}

  Status run() {
    Status walked = open();
    if (walked) walked = walk_members();
    // Not before libarchive has returned: an exception must not pass through it.
    if (is_out_of_memory_) throw std::bad_alloc();
    if (packed_.source_failure()) return tl::unexpected<Error>(*packed_.source_failure());
    if (!walked) return walked;
    return drain();
  }

 private:
  Status open() {
    VOXLAKE_ASSIGN(head_, packed_.peek(2));
    if (head_.empty()) return archive_error(ErrorKind::corrupt_data, "not_an_archive", "the file is empty", 0);
    if (is_gzip(head_)) gunzip_.emplace(packed_, limits_);
    handle_.reset(archive_read_new());
    if (handle_ == nullptr) throw std::bad_alloc();
    // Only formats that a corpus uses, and no filter of libarchive's: some of those start other programs.
    const bool knows_tar = archive_read_support_format_tar(handle_.get()) == ARCHIVE_OK;
    const bool knows_zip = archive_read_support_format_zip_streamable(handle_.get()) == ARCHIVE_OK;
    if (!knows_tar || !knows_zip) throw std::bad_alloc();
    if (archive_read_open(handle_.get(), this, nullptr, read_piece, nullptr) != ARCHIVE_OK) return describe_damage(ARCHIVE_FATAL);
    return {};
  }

  /// libarchive's read callback.
  static la_ssize_t read_piece(archive* handle, void* self, const void** buffer) {
    auto& walk = *static_cast<Walk*>(self);
    Result<std::span<const std::byte>> piece;
    try {
      piece = walk.gunzip_ ? walk.gunzip_->next() : walk.packed_.next();
    } catch (const std::bad_alloc&) {
      walk.is_out_of_memory_ = true;
      return -1;
    }
    if (!piece) {
      archive_set_error(handle, EIO, "its bytes ended");
      walk.damage_ = tl::unexpected<Error>(std::move(piece.error()));
      return -1;
    }
    walk.has_ended_ = walk.has_ended_ || piece->empty();
    *buffer = piece->data();
    return static_cast<la_ssize_t>(piece->size());
  }

  Status walk_members() {
    for (;;) {
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(handle_.get(), &entry);
      if (status == ARCHIVE_EOF) return {};
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return describe_damage(status);
      if (++members_ > limits_.max_members) {
        return archive_error(ErrorKind::limit_exceeded, "archive_limit",
                             "the archive has more than " + std::to_string(limits_.max_members) + " members", offset());
      }
      VOXLAKE_TRY(visit_member(entry));
    }
  }

  Status visit_member(archive_entry* entry) {
    Member member;
    // pathname is what stood in the header; it is absent where libarchive could not bring a pax or zip name into the C locale.
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr) path = archive_entry_pathname_utf8(entry);
    if (path != nullptr) member.path = to_utf8(path);
    member.bytes = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : 0;
    member.position = archive_read_header_position(handle_.get());
    member.is_file = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
    member.is_folder = archive_entry_filetype(entry) == AE_IFDIR;

    is_at_data_ = true;
    const bool is_sparse = archive_entry_sparse_count(entry) > 0;
    const int64_t announced = member.bytes;
    Status visited = visit_(member, [this, announced, is_sparse] { return read_content(announced, is_sparse); });
    VOXLAKE_TRY(std::move(visited));
    if (is_out_of_memory_) throw std::bad_alloc();
    VOXLAKE_TRY(damage_);
    return skip_content();
  }

  Result<scratch::Spool<std::byte>> read_content(int64_t announced, bool is_sparse) {
    if (!is_at_data_) return failure(ErrorKind::invalid_argument, "the member's content was already read");
    if (announced > limits_.max_member_bytes) return too_large();
    is_at_data_ = false;
    try {
      scratch::Spool<std::byte> content(limits_.scratch);
      content.reserve(static_cast<size_t>(std::clamp<int64_t>(announced, 0, kTrustedBytes)));
      VOXLAKE_TRY(each_block([&](const void* block, size_t bytes, int64_t at) -> Status {
        const auto held = static_cast<int64_t>(content.size());
        if (at < held) return member_damaged("its parts overlap");
        if (at > limits_.max_member_bytes || static_cast<int64_t>(bytes) > limits_.max_member_bytes - at) return too_large();
        VOXLAKE_TRY(count(at - held));
        VOXLAKE_TRY(append_zeros(at - held, content));
        return content.append({static_cast<const std::byte*>(block), bytes});
      }));
      // A sparse file may end in a hole, which has no block.
      const int64_t hole = announced - static_cast<int64_t>(content.size());
      if (is_sparse && hole > 0) {
        VOXLAKE_TRY(count(hole));
        VOXLAKE_TRY(append_zeros(hole, content));
      }
      VOXLAKE_TRY(content.finish());
      return content;
    } catch (const std::bad_alloc&) {
      is_out_of_memory_ = true;  // ends the walk once the visitor, who may take an error for the member's, has returned
      return failure(ErrorKind::limit_exceeded, "there is not enough memory for a member of the archive");
    }
  }

  static Status append_zeros(int64_t count, scratch::Spool<std::byte>& content) {
    static constexpr std::array<std::byte, 4096> kZeros{};
    for (; count > 0; count -= static_cast<int64_t>(kZeros.size())) {
      VOXLAKE_TRY(content.append(std::span(kZeros).first(std::min(kZeros.size(), static_cast<size_t>(count)))));
    }
    return {};
  }

  /// Members are skipped through their blocks as well: skipping as such would not count what a zip bomb unpacks.
  Status skip_content() {
    if (!is_at_data_) return {};
    is_at_data_ = false;
    // What is wrong with one member that nobody asked for ends no walk: only damage to the archive does.
    static_cast<void>(each_block([](const void*, size_t, int64_t) -> Status { return {}; }));
    return damage_;
  }

  template <typename Use>
  Status each_block(const Use& use) {
    for (;;) {
      const void* block = nullptr;
      size_t bytes = 0;
      la_int64_t at = 0;
      const int status = archive_read_data_block(handle_.get(), &block, &bytes, &at);
      if (status == ARCHIVE_EOF) return {};
      if (status == ARCHIVE_FATAL) {
        damage_ = describe_damage(status);
        return damage_;
      }
      if (status != ARCHIVE_OK) {
        note_shortage();
        return member_damaged(message());
      }
      VOXLAKE_TRY(count(static_cast<int64_t>(bytes)));
      VOXLAKE_TRY(use(block, bytes, at));
    }
  }

  /// Adds to what was unpacked; archive_limit where that is too much.
  Status count(int64_t bytes) {
    unpacked_bytes_ += bytes;
    const double ratio = static_cast<double>(unpacked_bytes_) / static_cast<double>(std::max<int64_t>(packed_bytes_about(), 1));
    const bool is_bomb = unpacked_bytes_ > kRatioGraceBytes && ratio > limits_.max_ratio;
    if (unpacked_bytes_ <= limits_.max_total_bytes && !is_bomb) return {};
    damage_ = archive_error(ErrorKind::limit_exceeded, "archive_limit",
                            "the archive unpacks to more than it may (" + std::to_string(unpacked_bytes_) + " bytes)", offset());
    return damage_;
  }

  /// Reads the rest of the gzip stream, which libarchive leaves unread behind a tar's end mark, so that its checksum is compared.
  Status drain() {
    while (gunzip_) {
      VOXLAKE_ASSIGN(const auto piece, gunzip_->next());
      if (piece.empty()) break;
    }
    return {};
  }

  /// libarchive had no memory: ends the walk once the visitor, who may take an error for the member's, has returned.
  void note_shortage() { is_out_of_memory_ = is_out_of_memory_ || archive_errno(handle_.get()) == ENOMEM; }

  Status describe_damage(int status) {
    note_shortage();
    if (is_out_of_memory_) return failure(ErrorKind::limit_exceeded, "there is not enough memory to read the archive");
    if (!damage_) return damage_;
    if (status == ARCHIVE_FATAL && archive_format(handle_.get()) == 0) {
      return archive_error(ErrorKind::corrupt_data, "not_an_archive",
                           gunzip_ ? "the file is gzip, but there is no tar or zip archive in it"
                                   : "the file is not an archive: it begins with \"" + beginning_of(head_) + "\"",
                           0);
    }
    if (has_ended_)
      return archive_error(ErrorKind::corrupt_data, "truncated_archive", "the archive ends in the middle of a member: " + message(),
                           offset());
    return archive_error(ErrorKind::corrupt_data, "corrupt_archive", "the archive is damaged: " + message(), offset());
  }

  static tl::unexpected<Error> member_damaged(const std::string& why) {
    return member_error(ErrorKind::corrupt_data, "corrupt_member", "the member cannot be unpacked: " + why);
  }
  tl::unexpected<Error> too_large() const {
    return member_error(ErrorKind::limit_exceeded, "member_too_large",
                        "the member is larger than " + std::to_string(limits_.max_member_bytes) + " bytes");
  }

  std::string message() const {
    const char* text = archive_error_string(handle_.get());
    return text != nullptr ? text : "it cannot be read";
  }

  /// How far the packed file was used, for an error that ends the walk.
  int64_t offset() { return gunzip_ ? gunzip_->find_packed_bytes() : archive_filter_bytes(handle_.get(), -1); }
  int64_t packed_bytes_about() const { return gunzip_ ? gunzip_->packed_bytes_about() : packed_.bytes(); }

  PackedSource packed_;
  ArchiveLimits limits_;
  const ArchiveReader::Visit& visit_;
  std::span<const std::byte> head_;
  std::optional<GunzipSource> gunzip_;
  Handle handle_;
  Status damage_;
  bool has_ended_ = false;
  bool is_out_of_memory_ = false;
  bool is_at_data_ = false;
  int64_t members_ = 0;
  int64_t unpacked_bytes_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> memory_source(std::span<const std::byte> bytes) {
  return std::make_unique<MemorySource>(bytes);
}

Status ArchiveReader::walk(ByteSource& source, const ArchiveLimits& limits, const Visit& visit) {
  return Walk(source, limits, visit).run();
}

Result<PackedPositions> ArchiveReader::locate(ByteSource& source, const ArchiveLimits& limits) {
  PackedPositions positions;
  PackedSource packed(source);
  VOXLAKE_ASSIGN(const auto head, packed.peek(2));
  positions.is_gzip_ = is_gzip(head);
  if (!positions.is_gzip_) return positions;
  GunzipSource gunzip(packed, limits, GunzipSource::Way::in_pieces);
  for (;;) {
    const PackedPositions::Checkpoint begin{gunzip.unpacked_bytes(), gunzip.find_packed_bytes()};
    const auto piece = gunzip.next();
    if (packed.source_failure()) return tl::unexpected<Error>(*packed.source_failure());
    if (!piece || piece->empty()) return positions;
    positions.checkpoints_.push_back(begin);
  }
}

int64_t PackedPositions::of(int64_t unpacked) const {
  if (!is_gzip_) return unpacked;
  const auto next = std::upper_bound(checkpoints_.begin(), checkpoints_.end(), unpacked,
                                     [](int64_t position, const Checkpoint& checkpoint) { return position < checkpoint.unpacked; });
  return next == checkpoints_.begin() ? 0 : std::prev(next)->packed;
}

}  // namespace voxlake::corpus
