#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "pipeline/observer.h"

namespace voxlake::cli {

/// Tells a person how the run goes on, on stderr: one live line on a terminal, a plain line now and then elsewhere, a line for each stage
/// that ended.
class ConsoleObserver final : public pipeline::Observer {
 public:
  ConsoleObserver(bool live, bool quiet);
  ~ConsoleObserver() override;
  void begin(pipeline::Stage stage, int64_t total) override;
  void advance(pipeline::Stage stage, int64_t done, int64_t bytes) override;
  void message(pipeline::Level level, std::string_view text) override;
  void end(const pipeline::StageSummary& summary) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Going {
    int64_t total = -1;
    int64_t done = 0;
    int64_t bytes = 0;
    Clock::time_point begin;
  };
  std::string status_line() const;
  void show_progress();
  void clear_line();

  const bool live_;
  const bool quiet_;
  std::mutex mutex_;
  std::map<pipeline::Stage, Going> going_;
  Clock::time_point shown_{};
  bool line_shown_ = false;
};

/// Tells a machine: a JSON object a line on stderr, {"time", "event", "stage", …}.
class JsonObserver final : public pipeline::Observer {
 public:
  void begin(pipeline::Stage stage, int64_t total) override;
  void advance(pipeline::Stage stage, int64_t done, int64_t bytes) override;
  void message(pipeline::Level level, std::string_view text) override;
  void end(const pipeline::StageSummary& summary) override;

 private:
  std::mutex mutex_;
  std::map<pipeline::Stage, std::chrono::steady_clock::time_point> told_;
};

/// `1,234`
std::string grouped(int64_t number);
/// `12.3 MB`, powers of ten.
std::string byte_text(double bytes);
inline std::string byte_text(int64_t bytes) {
  return byte_text(static_cast<double>(bytes));
}
/// `0.8 s`, `2 min 05 s`, `1 h 02 min`.
std::string time_text(double seconds);

}  // namespace voxlake::cli
