#include "azure/token_source.h"

#include <algorithm>

#include "azure/cloud.h"
#include "azure/sender.h"
#include "net/surroundings.h"

namespace voxlake::azure {
namespace {

using Clock = std::chrono::system_clock;

/// A token is renewed this long before it expires, while it still serves.
constexpr std::chrono::minutes renewal_margin{5};
/// When that failed, it is tried again after this.
constexpr std::chrono::seconds renewal_pause{30};
/// A token with less than this left would expire on its way.
constexpr std::chrono::seconds least_left{10};

Clock::time_point renewal_of(const AccessToken& token, Clock::time_point now) {
  const auto left = token.expires - now;
  return token.expires - std::min<Clock::duration>(renewal_margin, left / 2);
}

}  // namespace

Result<std::shared_ptr<TokenSource>> TokenSource::create(const Options& options) {
  VOXLAKE_TRY(cloud_named(options.cloud));
  const auto sender = make_sender(options);
  const std::string& wanted = options.credential;
  const bool all = wanted == "default" || wanted.empty();
  std::vector<std::unique_ptr<Credential>> chain;
  if (all || wanted == "environment") chain.push_back(service_principal(options, sender));
  if (all || wanted == "workload") chain.push_back(workload_identity(options, sender));
  if (all || wanted == "managed") {
    chain.push_back(app_service_identity(options, sender));
    chain.push_back(machine_identity(options, sender));
  }
  if (all || wanted == "cli") chain.push_back(command_line_login(options));
  if (chain.empty()) {
    return failure(ErrorKind::invalid_argument, "azure.credential `" + wanted + "` gives no tokens",
                   "choose default, environment, workload, managed or cli");
  }
  return std::make_shared<TokenSource>(std::move(chain), options.surroundings);
}

TokenSource::TokenSource(std::vector<std::unique_ptr<Credential>> chain, std::shared_ptr<net::Surroundings> surroundings)
    : chain_(std::move(chain)), surroundings_(surroundings == nullptr ? std::make_shared<net::Surroundings>() : std::move(surroundings)) {}

Result<AccessToken> TokenSource::fetch(const std::string& resource) {
  const Credential* chosen = nullptr;
  {
    const std::lock_guard lock(mutex_);
    chosen = chosen_;
  }
  std::vector<std::pair<std::string, std::string>> absent;
  for (const auto& credential : chain_) {
    // Once one has served, the others would be somebody else.
    if (chosen != nullptr && credential.get() != chosen) continue;
    VOXLAKE_ASSIGN(auto fetched, credential->fetch(resource));
    if (const auto* why = std::get_if<Absent>(&fetched)) {
      absent.emplace_back(credential->name(), why->why);
      continue;
    }
    const std::lock_guard lock(mutex_);
    if (chosen_ == nullptr) absent_ = std::move(absent);
    chosen_ = credential.get();
    return std::move(std::get<AccessToken>(fetched));
  }
  Error error{ErrorKind::invalid_argument,
              "there is no Azure identity to work as",
              "set up one of them (docs/guides/azure-lake.md), or give azure.account_key or azure.sas for storage alone",
              {}};
  for (auto& [name, why] : absent) error.details.emplace_back(std::move(name), std::move(why));
  return tl::unexpected(std::move(error));
}

Result<std::shared_ptr<const AccessToken>> TokenSource::current(const std::string& resource) {
  std::unique_lock lock(mutex_);
  Entry& entry = entries_[resource];  // stays where it is: nothing is ever taken out of the map
  for (;;) {
    const auto now = surroundings_->date();
    const bool serves = entry.token != nullptr && entry.token->expires - now > least_left;
    if (serves && (now < entry.refresh_at || entry.fetching)) return entry.token;
    if (!entry.fetching) break;
    fetched_.wait(lock, [&] { return !entry.fetching; });
    // Who waited for a fetch that failed shares its outcome: asking again, one after the other, would take all of them long.
    if (entry.error && entry.token == nullptr) return tl::unexpected(*entry.error);
  }
  entry.fetching = true;
  lock.unlock();
  Result<AccessToken> fresh = fetch(resource);
  lock.lock();
  entry.fetching = false;
  entry.error.reset();
  if (!fresh) entry.error = fresh.error();
  fetched_.notify_all();
  const auto now = surroundings_->date();
  if (fresh) {
    entry.token = std::make_shared<const AccessToken>(std::move(*fresh));
    entry.refresh_at = renewal_of(*entry.token, now);
    return entry.token;
  }
  if (entry.token != nullptr && entry.token->expires - now > least_left) {
    entry.refresh_at = now + renewal_pause;
    return entry.token;
  }
  entry.token = nullptr;
  return propagate(fresh);
}

Result<Secret> TokenSource::token(const std::string& resource) {
  VOXLAKE_ASSIGN(const auto token, current(resource));
  return token->text;
}

void TokenSource::reject(const std::string& resource, const Secret& token) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[resource];
  if (entry.token != nullptr && entry.token->text.reveal() == token.reveal()) entry.token = nullptr;
}

Result<TokenSource::Use> TokenSource::use(const std::string& resource) {
  VOXLAKE_ASSIGN(const auto token, current(resource));
  const std::lock_guard lock(mutex_);
  return Use{chosen_ == nullptr ? "" : chosen_->name(), token->expires, absent_};
}

}  // namespace voxlake::azure
