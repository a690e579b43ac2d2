#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "error/result.h"
#include "functions/request.h"

namespace voxlake::functions {

/// How an operation stands. `interrupted` is how its instance left it when it was told to stop: the next instance goes on.
enum class State { queued, running, interrupted, done, failed };

std::string_view to_string(State state);
/// Whether nothing more will happen.
bool has_ended(State state);

/// A piece of long work that somebody asked for: what it is, who does it, how far it is. Kept in the lake as
/// miscellaneous/operations/ID.json, so that every instance can tell. A plain value.
struct Operation {
  std::string id;
  Request request;
  State state = State::queued;
  int64_t created_ms = 0;  ///< since 1970, UTC
  int64_t updated_ms = 0;  ///< its instance's last sign of life
  std::string instance;    ///< that works on it, or did
  int64_t attempt = 1;     ///< how often an instance has taken it up
  int64_t deaths = 0;      ///< how many of them died over it
  std::string stage;       ///< running: what it is at
  int64_t finished = 0;    ///< running: of `total` pieces of the stage
  int64_t total = -1;      ///< -1: not known
  Json result;             ///< done: what was made; null otherwise
  std::string error;       ///< failed: why; queued: what it waits for
};

/// As it is stored.
std::string to_text(const Operation& operation);
/// corrupt_data where it is not what `to_text` wrote.
Result<Operation> read_operation(std::string_view text);

/// As callers see it. Data Factory's pipeline (src/adf/call_function_pipeline.cc) goes by `state` (queued, running, done, failed) and
/// `error`: one that was interrupted is queued, as another instance goes on with it.
Json to_answer(const Operation& operation);

}  // namespace voxlake::functions
