#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace voxlake::scratch {

/// Memory that many share: a count of bytes, no memory itself. Thread safe.
class Budget {
 public:
  explicit Budget(int64_t bytes) : left_(bytes) {}
  /// False where not so much is left; nothing is taken then.
  bool take(int64_t bytes) {
    int64_t left = left_.load();
    while (left >= bytes) {
      if (left_.compare_exchange_weak(left, left - bytes)) return true;
    }
    return false;
  }
  void give(int64_t bytes) { left_.fetch_add(bytes); }
  int64_t left() const { return left_.load(); }

 private:
  std::atomic<int64_t> left_;
};

/// What was taken of a budget; given back when it goes. A copy has taken nothing.
class Charge {
 public:
  Charge() = default;
  explicit Charge(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
  Charge(Charge&& other) noexcept : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  Charge& operator=(Charge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  Charge(const Charge&) noexcept {}
  Charge& operator=(const Charge&) noexcept { return *this; }  // NOLINT(bugprone-unhandled-self-assignment): keeps what it has
  ~Charge() { release(); }
  /// Takes what is missing to `bytes`; false where the budget has not so much.
  bool reach(int64_t bytes) {
    if (budget_ == nullptr || bytes <= bytes_) return true;
    if (!budget_->take(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  void release() {
    if (budget_ != nullptr && bytes_ > 0) budget_->give(bytes_);
    bytes_ = 0;
  }

 private:
  std::shared_ptr<Budget> budget_;
  int64_t bytes_ = 0;
};

/// How much of one thing may lie in memory, and where it goes when it is more.
struct Limits {
  std::string folder;                         ///< empty: $TMPDIR, else /var/tmp, else /tmp
  int64_t most_in_memory = int64_t{1} << 62;  ///< bytes of one thing; without bounds where nobody asked for any
  std::shared_ptr<Budget> budget;             ///< beside: what all together may take; null: no bound
};

}  // namespace voxlake::scratch
