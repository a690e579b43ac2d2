#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace voxlake::pipeline {

/// The stages of the flow, in order.
enum class Stage { discover, copy, decode, features, split, dataset, publish, report };

std::string_view to_string(Stage stage);

/// How much a stage did, for the summary, the report and the machines that read the log.
struct StageSummary {
  Stage stage = Stage::discover;
  bool ran = false;         ///< false where there was nothing to do
  std::string unit;         ///< what `out` counts: archives, clips, windows, speakers, rows, views
  int64_t in = 0;           ///< what the stage was given
  int64_t out = 0;          ///< what it made
  int64_t refused = 0;      ///< what it refused
  int64_t bytes = 0;        ///< read, or written where nothing is read
  double wall_seconds = 0;  ///< from its first piece of work to its last; stages of one pass overlap
  double work_seconds = 0;  ///< summed over threads
  std::string note;         ///< a sentence for people, may be empty
};

enum class Level { info, warning, error };

/// Who is told how the run goes on: a terminal, a log, a test. Implementations are thread safe.
class Observer {
 public:
  virtual ~Observer() = default;
  /// `total` is -1 where it is not known.
  virtual void begin(Stage stage, int64_t total) = 0;
  virtual void advance(Stage stage, int64_t done, int64_t bytes) = 0;
  virtual void message(Level level, std::string_view text) = 0;
  virtual void end(const StageSummary& summary) = 0;
};

/// An observer that is not interested.
class SilentObserver final : public Observer {
 public:
  void begin(Stage, int64_t) override {}
  void advance(Stage, int64_t, int64_t) override {}
  void message(Level, std::string_view) override {}
  void end(const StageSummary&) override {}
};

}  // namespace voxlake::pipeline
