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

}  // namespace

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
  if (closed_) return failure(ErrorKind::internal, "cannot write " + client_->address(name_) + ": it is closed");
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
  if (ids_.size() == most_blocks) {
    return failure(ErrorKind::limit_exceeded, "cannot write " + client_->address(name_) + ": it has more than 50,000 blocks",
                   "raise azure.block_mb");
  }
  {
    const std::lock_guard lock(progress_->mutex);
    if (progress_->error) return tl::unexpected(*progress_->error);
    ++progress_->under_way;
  }
  char number[8];
  std::snprintf(number, sizeof number, "-%05zu", ids_.size());
  ids_.push_back(nonce_ + number);
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

Status BlockUpload::wait_for_all() {
  std::unique_lock lock(progress_->mutex);
  progress_->changed.wait(lock, [&] { return progress_->under_way == 0; });
  if (progress_->error) return tl::unexpected(*progress_->error);
  return {};
}

Status BlockUpload::close() {
  if (closed_) return failure(ErrorKind::internal, "cannot close " + client_->address(name_) + ": it is closed");
  closed_ = true;
  if (ids_.empty()) return client_->put(name_, block_, azure::PutCondition::always);
  if (!block_.empty()) VOXLAKE_TRY(send_block());
  VOXLAKE_TRY(wait_for_all());
  return client_->commit_blocks(name_, ids_, hash_.finish());
}

}  // namespace voxlake::lake
