#include "pipeline/bronze.h"

#include "net/sha256.h"
#include "pipeline/context.h"

namespace voxlake::pipeline {
namespace {

constexpr int64_t piece_bytes = 1 << 20;
constexpr int64_t remote_piece_bytes = 8 << 20;  // each costs a round trip
/// A small archive is written by the thread that closes it, so that the one that runs the downloads has less to do.
constexpr int64_t written_later_bytes = 1 << 20;

class StoredSource final : public corpus::ByteSource {
 public:
  StoredSource(std::shared_ptr<lake::Storage> storage, std::string path) : storage_(std::move(storage)), path_(std::move(path)) {}

  Result<std::span<const std::byte>> next() override {
    VOXLAKE_ASSIGN(piece_, storage_->read_range(path_, offset_, storage_->local_file(path_) ? piece_bytes : remote_piece_bytes));
    offset_ += static_cast<int64_t>(piece_.size());
    return std::as_bytes(std::span(piece_.data(), piece_.size()));
  }

 private:
  std::shared_ptr<lake::Storage> storage_;
  std::string path_;
  std::string piece_;
  int64_t offset_ = 0;
};

}  // namespace

BronzeSink::BronzeSink(std::shared_ptr<lake::Storage> storage, std::string path, std::shared_ptr<scratch::Budget> budget,
                       net::HashThread& hashes, std::function<bool()> abandoned, bool decoded)
    : storage_(std::move(storage)),
      path_(std::move(path)),
      budget_(std::move(budget)),
      hashes_(hashes),
      abandoned_(std::move(abandoned)),
      decoded_(decoded) {}

BronzeSink::~BronzeSink() {
  forget();
}

void BronzeSink::forget() {
  std::vector<std::byte>().swap(kept_);  // `= {}` would keep its memory
  budget_->give(taken_);
  taken_ = 0;
}

Status BronzeSink::make_file() {
  if (file_) return {};
  VOXLAKE_ASSIGN(file_, storage_->create(path_));
  return file_->write(kept_);
}

Status BronzeSink::write(std::span<const std::byte> bytes) {
  if (abandoned_()) return failure(ErrorKind::cancelled, "the run has failed elsewhere");
  const auto count = static_cast<int64_t>(bytes.size());
  const bool keeps = keeping_ && (decoded_ || !file_) && budget_->take(count);
  if (!file_ && (!keeps || taken_ + count > written_later_bytes)) {
    VOXLAKE_TRY(make_file());
    hash_ = std::make_shared<net::Sha256>();
    hashes_.update(hash_, kept_);
  }
  if (file_) {
    VOXLAKE_TRY(file_->write(bytes));
    hashes_.update(hash_, bytes);
  }
  if (keeps) {
    taken_ += count;
    kept_.insert(kept_.end(), bytes.begin(), bytes.end());
  } else if (keeping_) {
    keeping_ = false;
    forget();
  }
  return {};
}

Status BronzeSink::restart() {
  file_.reset();
  hash_.reset();  // bytes of it may still wait to be added
  forget();
  keeping_ = true;
  return {};
}

Status BronzeSink::finish() {
  if (!hash_) return {};
  hashes_.settle();
  sha256_ = hash_->finish();
  if (sha256_.empty()) return failure(ErrorKind::internal, "cannot hash " + path_);
  return {};
}

Status BronzeSink::make_hash() {
  if (sha256_.empty()) {
    net::Sha256 hash;
    hash.update(kept_);
    sha256_ = hash.finish();
  }
  if (sha256_.empty()) return failure(ErrorKind::internal, "cannot hash " + path_);
  return {};
}

void BronzeSink::keep_replaced(std::string sha256, std::string path) {
  replaced_sha256_ = std::move(sha256);
  replaced_path_ = std::move(path);
}

/// A server without ETags sends again what has not changed: then nothing is replaced.
Status BronzeSink::copy_replaced() {
  if (replaced_path_.empty() || sha256_ == replaced_sha256_ || storage_->info(replaced_path_)) return {};
  VOXLAKE_ASSIGN(const auto copy, storage_->create(replaced_path_));
  const auto present = stored_source(storage_, path_);
  while (true) {
    VOXLAKE_ASSIGN(const auto piece, present->next());
    if (piece.empty()) break;
    VOXLAKE_TRY(copy->write(piece));
  }
  return copy->close();
}

Status BronzeSink::close(std::span<BronzeSink* const> archives) {
  std::vector<lake::WritableFile*> files;
  for (BronzeSink* sink : archives) {
    VOXLAKE_TRY(sink->make_hash());
    VOXLAKE_TRY(sink->make_file());
    VOXLAKE_TRY(sink->copy_replaced());
    if (sink->storage_->local_file(sink->path_)) {
      files.push_back(sink->file_.get());
    } else {
      VOXLAKE_TRY(sink->file_->begin_close());
    }
  }
  if (files.empty()) return {};
  VOXLAKE_TRY(archives.front()->storage_->close_together(files));
  for (BronzeSink* sink : archives) sink->file_.reset();
  return {};
}

Status BronzeSink::settle() {
  if (!file_) return {};
  const auto file = std::move(file_);
  return file->close();
}

std::unique_ptr<corpus::ByteSource> BronzeSink::kept() const {
  if (!keeping_) return nullptr;
  return corpus::memory_source(kept_);
}

std::unique_ptr<corpus::ByteSource> stored_source(std::shared_ptr<lake::Storage> storage, std::string path) {
  return std::make_unique<StoredSource>(std::move(storage), std::move(path));
}

Result<std::string> stored_sha256(const std::shared_ptr<lake::Storage>& storage, const std::string& path, const std::atomic<bool>& stop) {
  const auto source = stored_source(storage, path);
  net::Sha256 hash;
  for (;;) {
    if (stop) return interrupted();
    VOXLAKE_ASSIGN(const auto piece, source->next());
    if (piece.empty()) break;
    hash.update(piece);
  }
  std::string text = hash.finish();
  if (text.empty()) return failure(ErrorKind::internal, "cannot hash " + path);
  return text;
}

}  // namespace voxlake::pipeline
