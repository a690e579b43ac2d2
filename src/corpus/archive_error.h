#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "error/result.h"

namespace voxlake::corpus {

/// Unpacked bytes up to which an archive may shrink as well as it likes (see ArchiveLimits::max_ratio).
constexpr int64_t kRatioGraceBytes = 64LL << 20;

/// An error of an archive, with the details that ArchiveReader promises.
inline tl::unexpected<Error> archive_error(ErrorKind kind, std::string_view reason, std::string message, int64_t byte_offset) {
  Error error{kind, std::move(message), {}, {{"reason", std::string(reason)}, {"byte_offset", std::to_string(byte_offset)}}};
  return tl::unexpected<Error>(std::move(error));
}

/// An error of one member of an archive. Where that lies its visitor knows.
inline tl::unexpected<Error> member_error(ErrorKind kind, std::string_view reason, std::string message) {
  return tl::unexpected<Error>(Error{kind, std::move(message), {}, {{"reason", std::string(reason)}}});
}

}  // namespace voxlake::corpus
