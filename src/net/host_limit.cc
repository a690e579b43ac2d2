#include "net/host_limit.h"

#include <algorithm>

namespace voxlake::net {

void HostLimit::answered_well() {
  given_up_in_a_row_ = 0;
  if (allowed_ == most_ || ++good_answers_ < allowed_) return;
  good_answers_ = 0;
  ++allowed_;
}

void HostLimit::was_too_much() {
  given_up_in_a_row_ = 0;
  // What was under way when the first was refused speaks of the same moment.
  if (!adapts_ || settling_ > 0) return;
  good_answers_ = 0;
  allowed_ = std::max(1, allowed_ / 2);
  settling_ = running_;
}

void HostLimit::ended() {
  --running_;
  if (settling_ > 0) --settling_;
}

void HostLimit::gave_up(Time now, Time::duration probe_pause) {
  ++given_up_in_a_row_;
  probe_at_ = now + probe_pause;
}

void HostLimit::hold_until(Time time) {
  not_before_ = std::max(not_before_, time);
}

}  // namespace voxlake::net
