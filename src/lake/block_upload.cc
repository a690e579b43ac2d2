#include "lake/block_upload.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>

namespace voxlake::lake {

namespace {

constexpr size_t most_blocks = 50'000;  // of one blob

std::string fresh_nonce() {
  unsigned char bytes[8] = {};
  RAND_bytes(bytes, sizeof bytes);
  std::string text;
  for (unsigned char byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

/// The id of a writer's block: all ids of a blob have one length.
std::string block_id(const std::string& nonce, size_t index) {
  char number[8];
  std::snprintf(number, sizeof number, "-%05zu", index);
  return nonce + number;
}

tl::unexpected<Error> too_many_blocks(const std::string& address) {
  return failure(ErrorKind::limit_exceeded, "cannot write " + address + ": it has more than 50,000 blocks", "raise azure.block_mb");
}

}  // namespace

Status copy_blocks_from_web(azure::BlobClient& client, const azure::BlobName& name, const WebSource& source, int64_t block_bytes) {
  const std::string nonce = fresh_nonce();
  std::vector<std::string> ids;
  for (int64_t offset = 0; offset < source.bytes; offset += block_bytes) {
    if (ids.size() == most_blocks) return too_many_blocks(client.address(name));
    ids.push_back(block_id(nonce, ids.size()));
    VOXLAKE_TRY(client.put_block_from_url(name, ids.back(), source.url, offset, std::min(block_bytes, source.bytes - offset), source.etag));
  }
  VOXLAKE_TRY(client.commit_blocks(name, ids, ""));
  VOXLAKE_ASSIGN(const azure::BlobProperties made, client.properties(name));
  if (made.bytes == source.bytes) return {};
  return failure(ErrorKind::io, "the storage service made " + std::to_string(made.bytes) + " bytes of the " + std::to_string(source.bytes) +
                                    " that were to become " + client.address(name));
}

UploadCrew::~UploadCrew() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void UploadCrew::add(int64_t bytes, std::function<void()> work) {
  std::unique_lock lock(mutex_);
  // One block may always be under way, however large it is.
  changed_.wait(lock, [&] { return in_flight_ == 0 || in_flight_ + bytes <= options_.bytes_in_flight; });
  in_flight_ += bytes;
  waiting_.emplace_back(bytes, std::move(work));
  if (idle_ < static_cast<int>(waiting_.size()) && static_cast<int>(threads_.size()) < options_.threads) {
    threads_.emplace_back([this] { serve(); });
  }
  lock.unlock();
  changed_.notify_all();
}

void UploadCrew::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    auto [bytes, work] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // and its block with it
    lock.lock();
    in_flight_ -= bytes;
    changed_.notify_all();
  }
}

BlockUpload::BlockUpload(std::shared_ptr<azure::BlobClient> client, std::shared_ptr<UploadCrew> crew, azure::BlobName name)
    : client_(std::move(client)),
      crew_(std::move(crew)),
      name_(std::move(name)),
      nonce_(fresh_nonce()),
      progress_(std::make_shared<Progress>()) {}

BlockUpload::~BlockUpload() {
  const std::lock_guard lock(progress_->mutex);
  progress_->abandoned = true;
}

Status BlockUpload::write(std::span<const std::byte> bytes) {
  if (closed_ || closing_) return failure(ErrorKind::internal, "cannot write " + client_->address(name_) + ": it is closed");
  const auto block_bytes = static_cast<size_t>(crew_->options().block_bytes);
  while (!bytes.empty()) {
    // Only when more comes: a file of one block is no blocks.
    if (block_.size() == block_bytes) VOXLAKE_TRY(send_block());
    const auto part = bytes.first(std::min(bytes.size(), block_bytes - block_.size()));
    block_.append(reinterpret_cast<const char*>(part.data()), part.size());
    bytes = bytes.subspan(part.size());
  }
  return {};
}

Status BlockUpload::send_block() {
  if (ids_.size() == most_blocks) return too_many_blocks(client_->address(name_));
  {
    const std::lock_guard lock(progress_->mutex);
    if (progress_->error) return tl::unexpected(*progress_->error);
    ++progress_->under_way;
  }
  ids_.push_back(block_id(nonce_, ids_.size()));
  hash_.update(std::as_bytes(std::span(block_)));
  const auto size = static_cast<int64_t>(block_.size());
  auto block = std::make_shared<std::string>(std::move(block_));
  block_ = {};
  block_.reserve(static_cast<size_t>(crew_->options().block_bytes));
  crew_->add(size, [client = client_, progress = progress_, name = name_, id = ids_.back(), block]() mutable {
    bool wanted = true;
    {
      const std::lock_guard lock(progress->mutex);
      wanted = !progress->abandoned && !progress->error;
    }
    Status sent = wanted ? client->put_block(name, id, *block) : Status();
    block.reset();
    const std::lock_guard lock(progress->mutex);
    --progress->under_way;
    if (!sent && !progress->error) progress->error = std::move(sent.error());
    progress->changed.notify_all();
  });
  return {};
}

/// Waits for the blocks and makes them the file; a file without blocks goes in one piece.
Status BlockUpload::finish(azure::BlobClient& client, const azure::BlobName& name, Progress& progress, const std::vector<std::string>& ids,
                           const std::string& bytes, const std::string& fingerprint) {
  {
    std::unique_lock lock(progress.mutex);
    progress.changed.wait(lock, [&] { return progress.under_way == 0; });
    if (progress.error) return tl::unexpected(*progress.error);
  }
  if (ids.empty()) return client.put(name, bytes, azure::PutCondition::always);
  return client.commit_blocks(name, ids, fingerprint);
}

Status BlockUpload::begin_close() {
  if (closed_ || closing_) return failure(ErrorKind::internal, "cannot close " + client_->address(name_) + ": it is closed");
  if (!ids_.empty() && !block_.empty()) VOXLAKE_TRY(send_block());
  closing_ = true;
  const std::string fingerprint = ids_.empty() ? "" : hash_.finish();
  // The crew takes work in its order: the blocks that this waits for are done or under way on other threads when it begins.
  const auto size = static_cast<int64_t>(block_.size());
  auto rest = std::make_shared<std::string>(std::move(block_));
  crew_->add(size, [client = client_, progress = progress_, name = name_, ids = ids_, rest, fingerprint]() mutable {
    bool wanted = true;
    {
      const std::lock_guard lock(progress->mutex);
      wanted = !progress->abandoned;
    }
    Status finished = wanted ? finish(*client, name, *progress, ids, *rest, fingerprint) : Status();
    rest.reset();
    const std::lock_guard lock(progress->mutex);
    progress->outcome = std::move(finished);
    progress->changed.notify_all();
  });
  return {};
}

Status BlockUpload::close() {
  if (closed_) return failure(ErrorKind::internal, "cannot close " + client_->address(name_) + ": it is closed");
  if (closing_) {
    closed_ = true;
    std::unique_lock lock(progress_->mutex);
    progress_->changed.wait(lock, [&] { return progress_->outcome.has_value(); });
    return *progress_->outcome;
  }
  if (!ids_.empty() && !block_.empty()) VOXLAKE_TRY(send_block());
  closed_ = true;
  return finish(*client_, name_, *progress_, ids_, block_, ids_.empty() ? "" : hash_.finish());
}

}  // namespace voxlake::lake
