#pragma once

#include <chrono>
#include <cstdint>

namespace voxlake::net {

/// How many transfers a host may be asked for at once, and from when. Halved when the host says that it is too much (429, 503), and grown
/// by one after as many good answers as transfers are allowed: additive increase, multiplicative decrease, as TCP does.
class HostLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  HostLimit(int32_t most, bool adapts) : most_(most), adapts_(adapts), allowed_(most) {}

  bool admits(Time now) const { return now >= not_before_ && running_ < allowed_; }
  Time not_before() const { return not_before_; }
  int32_t allowed() const { return allowed_; }

  void started() { ++running_; }
  void ended();
  // Each before `ended`. Any answer, also a bad one, shows that the host is up.
  void answered_well();
  void was_too_much();
  /// The host asked to be left alone until then.
  void hold_until(Time time);

  /// A request ended for good without any answer. After many in a row the host counts as down, but for a probe each `probe_pause`.
  void gave_up(Time now, Time::duration probe_pause);
  bool is_down(Time now) const { return given_up_in_a_row_ >= most_given_up && now < probe_at_; }

 private:
  static constexpr int32_t most_given_up = 16;

  int32_t most_;
  bool adapts_;
  int32_t allowed_;
  int32_t running_ = 0;
  int32_t good_answers_ = 0;
  int32_t settling_ = 0;  ///< transfers that were under way when the last halving was made
  Time not_before_{};
  int32_t given_up_in_a_row_ = 0;
  Time probe_at_{};
};

}  // namespace voxlake::net
