#pragma once

#include <set>
#include <string>

#include "config/settings.h"
#include "error/result.h"
#include "functions/call.h"

namespace voxlake::functions {

/// What can be asked for.
enum class Task { discover, decode, features, status };

std::string_view to_string(Task task);

/// A call's wish, every field of it checked. Fields that were not given are empty.
struct Request {
  Task task = Task::status;
  std::string id;                  ///< of the operation; of the caller's choice
  std::string lake;                ///< must be the one that is configured
  std::string name;                ///< the corpus's, in tables and below bronze/
  std::string corpus;              ///< discover: where its archives are listed
  std::string set;                 ///< features: which one
  std::set<std::string> archives;  ///< decode, features: by name, less .tgz; empty: all
  bool operator==(const Request&) const = default;

  /// The fields that say what is to be done, as an object that `read_request` takes: without the id and the lake.
  Json to_json() const;
};

/// Bounds of the fields.
inline constexpr size_t most_archives = 5000;
inline constexpr size_t longest_id = 64;
inline constexpr size_t longest_name = 100;
inline constexpr size_t longest_url = 2048;

/// The functions by name: discover, discover_weekly (timer), decode, features, status, and work (queue: the message's field `function`
/// says which of them). not_found for another; invalid_argument, naming the field, for a field that the function has not, one of another
/// type, too long, or malformed.
Result<Request> read_request(const Call& call);

/// Whether a text may be an operation's id: letters, digits, `-`, `_` and `.`, beginning with a letter or digit. It names a file.
bool is_operation_id(std::string_view text);

/// Whether the request keeps to what is configured: the lake must be the configured one, and the corpus `corpus`, or below one of the
/// addresses of `functions.corpora`.
Status check_allowed(const Request& request, const config::Settings& settings);

}  // namespace voxlake::functions
