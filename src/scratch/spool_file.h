#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "error/result.h"

namespace voxlake::scratch {

/// A file without a name, which goes with this object however the process ends: written from its beginning to its end, then mapped into
/// memory and read. What was read stays in memory, and counts as the process's, until it is let go; it can be read again then.
///
/// Written by one thread; a mapped one may be read, and let go, by many. A disk that fails while mapped bytes are read ends the process
/// (SIGBUS); one that is full is an error of `append`.
class SpoolFile {
 public:
  /// Errors: io, with what to do, where there can be no file in `folder` (see `Limits::folder`).
  static Result<SpoolFile> create(const std::string& folder);
  ~SpoolFile();
  SpoolFile(SpoolFile&& other) noexcept;
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  Status append(std::span<const std::byte> bytes);
  /// Maps what was written. Nothing may be appended any more.
  Status map();
  /// Empty until it is mapped.
  std::span<const std::byte> bytes() const { return {mapped_, mapped_size_}; }
  /// Lets the pages go that lie wholly in bytes [begin, end).
  void let_go(size_t begin, size_t end) const;

 private:
  SpoolFile(int descriptor, std::string folder) : descriptor_(descriptor), folder_(std::move(folder)) {}
  tl::unexpected<Error> failed(const char* doing) const;

  int descriptor_ = -1;
  std::string folder_;
  size_t size_ = 0;
  std::byte* mapped_ = nullptr;
  size_t mapped_size_ = 0;
};

}  // namespace voxlake::scratch
