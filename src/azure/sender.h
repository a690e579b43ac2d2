#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "azure/retry_policy.h"
#include "error/result.h"
#include "net/http_call.h"
#include "net/surroundings.h"

namespace voxlake::azure {

/// An answer, and what it took to get it.
struct Sent {
  net::HttpAnswer answer;
  int32_t attempts = 1;  ///< more than one: an earlier attempt may have taken effect though its answer was lost
};

/// Sends calls to Azure's services again and again until they are answered for good, waiting in between with jitter, or as long as
/// `Retry-After` says. Thread safe.
class Sender {
 public:
  Sender(net::HttpCaller::Options options, RetryPolicy policy, std::shared_ptr<net::Surroundings> surroundings);

  /// Fills in a call, afresh for each attempt: dates, signatures and tokens age.
  using Prepare = std::function<Status(net::HttpCall&)>;

  /// The last answer, whatever its status; an error where `prepare` failed or the last attempt had no answer. `doing` opens the message:
  /// "cannot read abfss://…".
  Result<Sent> send(const std::string& doing, const Prepare& prepare) const { return send(doing, policy_, prepare); }
  Result<Sent> send(const std::string& doing, const RetryPolicy& policy, const Prepare& prepare) const;

  const RetryPolicy& policy() const { return policy_; }
  net::Surroundings& surroundings() const { return *surroundings_; }

 private:
  std::unique_ptr<net::HttpCaller> caller_;
  const RetryPolicy policy_;
  const std::shared_ptr<net::Surroundings> surroundings_;
};

}  // namespace voxlake::azure
