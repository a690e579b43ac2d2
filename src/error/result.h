#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace voxlake {

/// What went wrong, in the classes that a caller acts on differently.
enum class ErrorKind {
  invalid_argument,  ///< wrong usage or configuration: exit status 2
  not_found,         ///< a file, table or page that is not there
  already_exists,    ///< a put-if-absent that lost
  conflict,          ///< somebody else changed what was to be changed
  network,           ///< a transfer that failed after its retries
  io,                ///< a disk or store that failed
  corrupt_data,      ///< input that is not what it claims to be
  unsupported,       ///< well-formed input of a kind that Voxlake does not read
  limit_exceeded,    ///< input beyond a configured bound
  cancelled,         ///< the user interrupted
  internal,          ///< a defect of ours
};

/// The name of a kind, as logs print it: `corrupt_data`.
std::string_view to_string(ErrorKind kind);

/// An error that a user can act on: what was being done, to what, what was wrong, and what to do. Never a secret.
struct Error {
  ErrorKind kind = ErrorKind::internal;
  /// What was being done, to what, and what was wrong: one sentence, no full stop.
  std::string message;
  /// What to do about it; may be empty.
  std::string remedy;
  /// Where it happened, as key and value: {"archive", "x-20080101-abc"}, {"member", "…/wav/a1.wav"}.
  std::vector<std::pair<std::string, std::string>> details;

  /// `message [key value, …]; remedy`, on one line.
  std::string to_string() const;
  /// The same error with one more detail.
  Error with(std::string key, std::string value) &&;
  /// The value of its first detail of that name; `otherwise` where it has none.
  std::string detail(std::string_view key, std::string_view otherwise = {}) const;
};

/// A value or an error. Never throws on the paths of ours: test before use.
template <typename T>
using Result = tl::expected<T, Error>;

/// Success (`return {};`) or an error.
using Status = tl::expected<void, Error>;

/// `return failure(ErrorKind::io, "cannot write " + path, "free some disk space");`
tl::unexpected<Error> failure(ErrorKind kind, std::string message, std::string remedy = {});

/// Hands an error of one result on as an error of another type: `return propagate(result);`
template <typename T>
tl::unexpected<Error> propagate(tl::expected<T, Error>& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}

}  // namespace voxlake

#define VOXLAKE_CONCAT_(a, b) a##b
#define VOXLAKE_CONCAT(a, b) VOXLAKE_CONCAT_(a, b)

/// Returns the error of `expression` (a Status or a Result whose value is not needed) from the enclosing function.
#define VOXLAKE_TRY(expression)                                                                          \
  do {                                                                                                   \
    auto voxlake_status_ = (expression);                                                                 \
    if (!voxlake_status_) return ::tl::unexpected<::voxlake::Error>(std::move(voxlake_status_.error())); \
  } while (false)

#define VOXLAKE_ASSIGN_(temporary, target, expression)                                     \
  auto temporary = (expression);                                                           \
  if (!temporary) return ::tl::unexpected<::voxlake::Error>(std::move(temporary.error())); \
  target = std::move(*temporary)

/// `VOXLAKE_ASSIGN(auto rows, read_rows(path));` binds the value or returns the error.
#define VOXLAKE_ASSIGN(target, expression) VOXLAKE_ASSIGN_(VOXLAKE_CONCAT(voxlake_result_, __LINE__), target, expression)
