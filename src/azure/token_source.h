#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "azure/credential.h"
#include "azure/options.h"
#include "error/result.h"

namespace voxlake::azure {

/// The tokens that everything of ours shows to Azure: storage, vaults and management alike. Kept until shortly before they expire; of many
/// threads that need a new one, one fetches it and the others wait, or go on with the old one while that is good. Thread safe.
class TokenSource {
 public:
  /// By `options.credential`: `environment` (service principal), `workload`, `managed` (App Service, then the machine), `cli`, or
  /// `default`: these in this order, the first that applies. invalid_argument for another word.
  static Result<std::shared_ptr<TokenSource>> create(const Options& options);
  /// Of these credentials, the first that applies.
  TokenSource(std::vector<std::unique_ptr<Credential>> chain, std::shared_ptr<net::Surroundings> surroundings);

  /// A token for `resource` (see cloud.h) that is good for a while. Where no credential applies, the error lists why not.
  Result<Secret> token(const std::string& resource);
  /// The service did not take this token although it has not expired: the next call fetches another one, unless somebody has already.
  void reject(const std::string& resource, const Secret& token);

  struct Use {
    std::string credential;  ///< that the tokens come from
    std::chrono::system_clock::time_point expires;
    std::vector<std::pair<std::string, std::string>> absent;  ///< the credentials before it, and why they do not apply
  };
  /// Which credential serves `resource`. Fetches a token where there is none.
  Result<Use> use(const std::string& resource);

 private:
  struct Entry {
    std::shared_ptr<const AccessToken> token;
    std::chrono::system_clock::time_point refresh_at;
    bool fetching = false;
    std::optional<Error> error;  ///< of the last fetch
  };
  Result<std::shared_ptr<const AccessToken>> current(const std::string& resource);
  Result<AccessToken> fetch(const std::string& resource);

  const std::vector<std::unique_ptr<Credential>> chain_;
  const std::shared_ptr<net::Surroundings> surroundings_;
  std::mutex mutex_;
  std::condition_variable fetched_;
  std::map<std::string, Entry> entries_;  ///< guarded by mutex_, and so is the rest
  const Credential* chosen_ = nullptr;
  std::vector<std::pair<std::string, std::string>> absent_;
};

}  // namespace voxlake::azure
