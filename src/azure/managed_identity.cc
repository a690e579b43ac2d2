// Tokens that the machine itself has: from App Service and Functions, and from the instance metadata service.
#include <atomic>
#include <optional>

#include "azure/credential.h"
#include "azure/sender.h"
#include "azure/token_answer.h"

namespace voxlake::azure {
namespace {

class AppServiceIdentity final : public Credential {
 public:
  AppServiceIdentity(const Options& options, std::shared_ptr<const Sender> sender) : sender_(std::move(sender)) {
    endpoint_ = options.variable("IDENTITY_ENDPOINT");
    header_ = Secret(options.variable("IDENTITY_HEADER"));
    client_ = options.or_variable(options.client_id, "AZURE_CLIENT_ID");
  }

  std::string name() const override { return "managed identity (App Service)"; }

  Fetched fetch(const std::string& resource) override {
    if (endpoint_.empty() || header_.empty()) return Absent{"IDENTITY_ENDPOINT and IDENTITY_HEADER are not set"};
    VOXLAKE_TRY(check_secure(endpoint_, "IDENTITY_ENDPOINT"));
    const std::string doing = "cannot get a token for the managed identity";
    std::string url = endpoint_ + "?api-version=2019-08-01&resource=" + net::percent_encoded(resource);
    if (!client_.empty()) url += "&client_id=" + net::percent_encoded(client_);
    VOXLAKE_ASSIGN(Sent sent, sender_->send(doing, [&](net::HttpCall& call) -> Status {
      call.url = url;
      call.headers = {{"X-IDENTITY-HEADER", header_.reveal()}};
      call.through_proxy = false;
      return {};
    }));
    if (sent.answer.status != 200) {
      Error error = refusal_of_answer(sent.answer, doing);
      if (sent.answer.status == 400) error.remedy = "give the app an identity, or name a user-assigned one by azure.client_id";
      return tl::unexpected(std::move(error));
    }
    VOXLAKE_ASSIGN(AccessToken token, token_of_answer(sent.answer, sender_->surroundings().date(), doing));
    return token;
  }

 private:
  std::shared_ptr<const Sender> sender_;
  std::string endpoint_, client_;
  Secret header_;
};

class MachineIdentity final : public Credential {
 public:
  MachineIdentity(const Options& options, std::shared_ptr<const Sender> sender) : sender_(std::move(sender)) {
    host_ = options.or_variable("", "AZURE_POD_IDENTITY_AUTHORITY_HOST");
    if (host_.empty()) host_ = "http://169.254.169.254";
    while (host_.ends_with('/')) host_.pop_back();
    client_ = options.or_variable(options.client_id, "AZURE_CLIENT_ID");
  }

  std::string name() const override { return "managed identity (machine)"; }

  Fetched fetch(const std::string& resource) override {
    VOXLAKE_TRY(check_secure(host_, "AZURE_POD_IDENTITY_AUTHORITY_HOST"));
    if (!known_to_answer_) {
      VOXLAKE_ASSIGN(const std::optional<std::string> why, silent_because());
      if (why) return Absent{*why};
      known_to_answer_ = true;
    }
    const std::string doing = "cannot get a token for the machine's identity";
    std::string url = host_ + "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" + net::percent_encoded(resource);
    if (!client_.empty()) url += "&client_id=" + net::percent_encoded(client_);
    // 410: the service is being updated and is back within 70 seconds (documented), which five pauses more outlast.
    RetryPolicy policy = sender_->policy();
    policy.more_statuses.insert(410);
    policy.attempts += 5;
    VOXLAKE_ASSIGN(Sent sent, sender_->send(doing, policy, [&](net::HttpCall& call) -> Status {
      call = metadata_call(url);
      return {};
    }));
    const long status = sent.answer.status;
    if (status == 400 || status == 403 || status == 404) {
      return Absent{"the metadata service answers " + std::to_string(status) + ": the machine has no such identity"};
    }
    if (status != 200) return tl::unexpected(refusal_of_answer(sent.answer, doing));
    VOXLAKE_ASSIGN(AccessToken token, token_of_answer(sent.answer, sender_->surroundings().date(), doing));
    return token;
  }

 private:
  static net::HttpCall metadata_call(std::string url) {
    net::HttpCall call;
    call.url = std::move(url);
    call.headers = {{"Metadata", "true"}};
    call.connect_timeout = std::chrono::seconds(1);
    call.through_proxy = false;
    return call;
  }

  /// Off Azure nobody answers, and waiting for that as long as for a service would make every start slow.
  /// Where this machine could not even ask (no handles, no memory), that says nothing about identities.
  Result<std::optional<std::string>> silent_because() const {
    RetryPolicy once = sender_->policy();
    once.attempts = 1;
    const auto probe = sender_->send("cannot ask the metadata service", once, [&](net::HttpCall& call) -> Status {
      call = metadata_call(host_ + "/metadata/identity/oauth2/token");
      call.stall_timeout = std::chrono::seconds(5);
      return {};
    });
    if (probe) return std::optional<std::string>();
    if (probe.error().kind == ErrorKind::io) return tl::unexpected<Error>(probe.error());
    return std::optional("there is no metadata service at " + host_);
  }

  std::shared_ptr<const Sender> sender_;
  std::string host_, client_;
  std::atomic<bool> known_to_answer_ = false;
};

}  // namespace

std::unique_ptr<Credential> app_service_identity(const Options& options, std::shared_ptr<const Sender> sender) {
  return std::make_unique<AppServiceIdentity>(options, std::move(sender));
}

std::unique_ptr<Credential> machine_identity(const Options& options, std::shared_ptr<const Sender> sender) {
  return std::make_unique<MachineIdentity>(options, std::move(sender));
}

}  // namespace voxlake::azure
