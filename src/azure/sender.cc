#include "azure/sender.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "azure/secret.h"
#include "net/retry.h"

namespace voxlake::azure {

Sender::Sender(net::HttpCaller::Options options, RetryPolicy policy, std::shared_ptr<net::Surroundings> surroundings)
    : caller_(std::make_unique<net::HttpCaller>(std::move(options))),
      policy_(std::move(policy)),
      surroundings_(surroundings == nullptr ? std::make_shared<net::Surroundings>() : std::move(surroundings)) {}

Result<Sent> Sender::send(const std::string& doing, const RetryPolicy& policy, const Prepare& prepare) const {
  for (int32_t attempt = 1;; ++attempt) {
    net::HttpCall call;
    VOXLAKE_TRY(prepare(call));
    auto answer = caller_->call(call);
    for (auto& header : call.headers) wipe(header.second);  // tokens
    std::chrono::milliseconds wait = net::backoff(attempt, policy.first_backoff, policy.longest_backoff, surroundings_->chance());
    if (answer) {
      const bool passing = net::is_transient_status(answer->status) || policy.more_statuses.contains(answer->status);
      if (!passing || attempt >= policy.attempts) return Sent{std::move(*answer), attempt};
      if (const auto asked = net::parse_retry_after(answer->header("retry-after"), surroundings_->date())) {
        if (*asked > policy.longest_retry_after) return Sent{std::move(*answer), attempt};
        wait = std::max(wait, *asked);
      }
    } else if (const net::Fault& fault = answer.error(); !fault.transient || attempt >= policy.attempts) {
      Error error{fault.kind, doing + ": " + fault.what, fault.remedy, {{"reason", fault.reason}}};
      if (attempt > 1) error.details.emplace_back("attempts", std::to_string(attempt));
      return tl::unexpected(std::move(error));
    }
    std::this_thread::sleep_for(surroundings_->pause(wait));
  }
}

}  // namespace voxlake::azure
