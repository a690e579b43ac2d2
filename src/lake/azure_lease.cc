#include "lake/azure_lease.h"

#include <chrono>

namespace voxlake::lake {

namespace {

constexpr int lease_seconds = 15;  // the shortest that there is
constexpr std::chrono::seconds renewal_pause{5};
constexpr std::chrono::seconds longest_wait{lease_seconds + 5};
constexpr std::chrono::milliseconds question_pause{500};

}  // namespace

Result<std::unique_ptr<AzureLease>> AzureLease::take(std::shared_ptr<azure::BlobClient> client, const azure::BlobName& name) {
  const Status made = client->put(name, "", azure::PutCondition::if_absent);
  // A blob that is leased refuses the write in its own words.
  if (!made && made.error().kind != ErrorKind::already_exists && made.error().kind != ErrorKind::conflict) {
    return tl::unexpected(made.error());
  }
  const auto give_up_at = std::chrono::steady_clock::now() + longest_wait;
  for (;;) {
    VOXLAKE_ASSIGN(auto id, client->acquire_lease(name, lease_seconds));
    if (id) return std::unique_ptr<AzureLease>(new AzureLease(std::move(client), name, std::move(*id)));
    if (std::chrono::steady_clock::now() > give_up_at) {
      return failure(ErrorKind::conflict, "another voxlake is working on the lake: it has the lease on " + client->address(name),
                     "wait for it to end, or use another lake");
    }
    std::this_thread::sleep_for(question_pause);
  }
}

AzureLease::AzureLease(std::shared_ptr<azure::BlobClient> client, azure::BlobName name, std::string id)
    : client_(std::move(client)), name_(std::move(name)), id_(std::move(id)), renewer_([this] { renew(); }) {}

AzureLease::~AzureLease() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  renewer_.join();
  (void)client_->release_lease(name_, id_);  // else it runs out
}

void AzureLease::renew() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, renewal_pause, [&] { return ending_; })) {
    lock.unlock();
    // Where it is lost all the same, commits still never overwrite each other: the lease only keeps a second run from doing the work again.
    (void)client_->renew_lease(name_, id_);
    lock.lock();
  }
}

}  // namespace voxlake::lake
