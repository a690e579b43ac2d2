#include "cli/console.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

namespace voxlake::cli {
namespace {

using pipeline::Level;
using pipeline::Stage;
using pipeline::StageSummary;

constexpr auto live_interval = std::chrono::milliseconds(100);
constexpr auto plain_interval = std::chrono::seconds(10);
constexpr auto machine_interval = std::chrono::seconds(1);

const char* unit_of(Stage stage) {
  return stage == Stage::features ? " windows" : "";
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string level_text(Level level) {
  switch (level) {
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "info";
}

}  // namespace

std::string grouped(int64_t number) {
  std::string digits = std::to_string(std::llabs(number));
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), ",");
  return (number < 0 ? "-" : "") + digits;
}

std::string byte_text(double bytes) {
  static constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  while (bytes >= 999.5 && unit < 4) {
    bytes /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
  return text;
}

std::string time_text(double seconds) {
  char text[48];
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (seconds < 0.9995) {
    std::snprintf(text, sizeof text, "%.0f ms", seconds * 1000);
  } else if (seconds < 99.95) {
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof text, "%lld min %02lld s", static_cast<long long>(whole / 60), static_cast<long long>(whole % 60));
  } else {
    std::snprintf(text, sizeof text, "%lld h %02lld min", static_cast<long long>(whole / 3600), static_cast<long long>(whole % 3600 / 60));
  }
  return text;
}

ConsoleObserver::ConsoleObserver(bool live, bool quiet) : live_(live), quiet_(quiet), shown_(Clock::now()) {}

ConsoleObserver::~ConsoleObserver() {
  clear_line();
}

void ConsoleObserver::begin(Stage stage, int64_t total) {
  std::lock_guard lock(mutex_);
  going_[stage] = {total, 0, 0, Clock::now()};
}

void ConsoleObserver::advance(Stage stage, int64_t done, int64_t bytes) {
  std::lock_guard lock(mutex_);
  Going& going = going_[stage];
  going.done = std::max(going.done, done);
  going.bytes = std::max(going.bytes, bytes);
  show_progress();
}

std::string ConsoleObserver::status_line() const {
  std::string line;
  double longest_left = -1;
  for (const auto& [stage, going] : going_) {
    line += line.empty() ? "  " : "  ·  ";
    line += std::string(pipeline::to_string(stage)) + " " + grouped(going.done);
    if (going.total >= 0) line += "/" + grouped(going.total);
    line += unit_of(stage);
    const double seconds = std::chrono::duration<double>(Clock::now() - going.begin).count();
    if (going.bytes > 0 && seconds > 0.2) line += " " + byte_text(static_cast<double>(going.bytes) / seconds) + "/s";
    if (going.total > 0 && going.done > 0 && seconds > 1) {
      longest_left = std::max(longest_left, seconds * static_cast<double>(going.total - going.done) / static_cast<double>(going.done));
    }
  }
  if (longest_left >= 1) line += "  ·  " + time_text(longest_left) + " left";
  return line;
}

void ConsoleObserver::show_progress() {
  if (quiet_) return;
  const auto now = Clock::now();
  if (now - shown_ < (live_ ? Clock::duration(live_interval) : Clock::duration(plain_interval))) return;
  shown_ = now;
  if (live_) {
    std::fprintf(stderr, "\r\x1b[K%s", status_line().c_str());
    std::fflush(stderr);
    line_shown_ = true;
  } else {
    std::fprintf(stderr, "%s\n", status_line().c_str());
  }
}

void ConsoleObserver::clear_line() {
  if (!line_shown_) return;
  std::fprintf(stderr, "\r\x1b[K");
  std::fflush(stderr);
  line_shown_ = false;
}

void ConsoleObserver::message(Level level, std::string_view text) {
  std::lock_guard lock(mutex_);
  if (quiet_ && level == Level::info) return;
  clear_line();
  const std::string mark = level == Level::info ? "" : level_text(level) + ": ";
  std::fprintf(stderr, "  %s%.*s\n", mark.c_str(), static_cast<int>(text.size()), text.data());
}

void ConsoleObserver::end(const StageSummary& summary) {
  std::lock_guard lock(mutex_);
  going_.erase(summary.stage);
  if (quiet_) return;
  clear_line();
  std::string line = "  " + std::string(pipeline::to_string(summary.stage));
  line.resize(12, ' ');
  if (summary.ran || summary.out > 0) {
    std::string unit = summary.unit;
    if (summary.out == 1 && unit.ends_with('s')) unit.pop_back();
    line += grouped(summary.out) + " " + unit;
    if (summary.bytes > 0) line += ", " + byte_text(summary.bytes);
    if (summary.refused > 0) line += ", " + grouped(summary.refused) + " refused";
    line += ", " + time_text(summary.wall_seconds);
  } else {
    line += "nothing to do";
  }
  if (!summary.note.empty()) line += " (" + summary.note + ")";
  std::fprintf(stderr, "%s\n", line.c_str());
}

void JsonObserver::begin(Stage stage, int64_t total) {
  std::lock_guard lock(mutex_);
  nlohmann::ordered_json line{{"time", utc_now()}, {"event", "begin"}, {"stage", pipeline::to_string(stage)}};
  if (total >= 0) line["total"] = total;
  std::fprintf(stderr, "%s\n", line.dump().c_str());
}

void JsonObserver::advance(Stage stage, int64_t done, int64_t bytes) {
  std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  auto& told = told_[stage];
  if (now - told < machine_interval) return;
  told = now;
  const nlohmann::ordered_json line{
      {"time", utc_now()}, {"event", "progress"}, {"stage", pipeline::to_string(stage)}, {"done", done}, {"bytes", bytes}};
  std::fprintf(stderr, "%s\n", line.dump().c_str());
}

void JsonObserver::message(Level level, std::string_view text) {
  std::lock_guard lock(mutex_);
  const nlohmann::ordered_json line{{"time", utc_now()}, {"event", "message"}, {"level", level_text(level)}, {"text", text}};
  std::fprintf(stderr, "%s\n", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void JsonObserver::end(const StageSummary& summary) {
  std::lock_guard lock(mutex_);
  nlohmann::ordered_json line{{"time", utc_now()},
                              {"event", "end"},
                              {"stage", pipeline::to_string(summary.stage)},
                              {"ran", summary.ran},
                              {"in", summary.in},
                              {"out", summary.out},
                              {"unit", summary.unit},
                              {"refused", summary.refused},
                              {"bytes", summary.bytes},
                              {"wall_seconds", summary.wall_seconds},
                              {"work_seconds", summary.work_seconds}};
  if (!summary.note.empty()) line["note"] = summary.note;
  std::fprintf(stderr, "%s\n", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

}  // namespace voxlake::cli
