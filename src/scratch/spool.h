#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "error/result.h"
#include "scratch/limits.h"
#include "scratch/spool_file.h"

namespace voxlake::scratch {

/// Values that come one after the other and are then read as a span: in memory while they are few, in a file that is mapped into memory
/// when they are more than `Limits` allows. Who reads the values of a long one calls `let_go` now and then, so that what was read does not
/// fill the memory; it is still there to be read again.
///
/// Copies share the file, and have their own memory. Not for use by two threads while it is filled.
template <typename T>
class Spool {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  using value_type = T;
  using const_iterator = const T*;

  Spool() = default;
  /// An empty one that is to be filled.
  explicit Spool(Limits limits) : limits_(std::move(limits)), charge_(limits_.budget) {}
  Spool(std::vector<T> values) : memory_(std::move(values)), size_(memory_.size()) {}  // NOLINT: it is the same
  Spool(std::initializer_list<T> values) : Spool(std::vector<T>(values)) {}
  Spool(const Spool&) = default;
  Spool& operator=(const Spool&) = default;
  Spool(Spool&& other) noexcept { swap(other); }
  Spool& operator=(Spool&& other) noexcept {
    Spool taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~Spool() = default;

  // Filling.

  /// Sets memory aside for so many values, as far as the limits allow.
  void reserve(size_t count) {
    if (file_ == nullptr && fits(count)) memory_.reserve(count);
  }
  /// A place behind the last value for `count` more, to be written to before the next call. They count as values.
  Result<T*> extend(size_t count) {
    VOXLAKE_TRY(make_room(count));
    memory_.resize(memory_.size() + count);
    size_ += count;
    return memory_.data() + memory_.size() - count;
  }
  /// Takes the last `count` of what was just extended back.
  void drop(size_t count) {
    memory_.resize(memory_.size() - count);
    size_ -= count;
  }
  Status append(std::span<const T> values) {
    VOXLAKE_TRY(make_room(values.size()));
    size_ += values.size();
    if (file_ != nullptr && values.size() * sizeof(T) >= kPieceBytes) {
      VOXLAKE_TRY(write_out());
      return file_->append(std::as_bytes(values));
    }
    memory_.insert(memory_.end(), values.begin(), values.end());
    return {};
  }
  /// After the last value, before the first is read.
  Status finish() {
    if (file_ == nullptr) {
      if (memory_.capacity() > 2 * memory_.size()) memory_.shrink_to_fit();
      return {};
    }
    VOXLAKE_TRY(write_out());
    std::vector<T>().swap(memory_);  // `= {}` would keep its memory
    return file_->map();
  }

  // Reading.

  const T* data() const {
    const T* first = file_ == nullptr ? memory_.data() : reinterpret_cast<const T*>(file_->bytes().data());
    return first + first_;
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  const T& operator[](size_t i) const { return data()[i]; }
  operator std::span<const T>() const { return {data(), size_}; }  // NOLINT: it is one
  bool operator==(const Spool& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }
  bool is_in_file() const { return file_ != nullptr; }
  /// Bytes of memory that it holds, mapped pages apart.
  int64_t memory_bytes() const { return static_cast<int64_t>(memory_.capacity() * sizeof(T)); }
  /// Lets go what was read. Does nothing where there is no file.
  void let_go() const {
    if (file_ != nullptr) let_go(0, size_);
  }
  /// The same of values [begin, end) alone.
  void let_go(size_t begin, size_t end) const {
    if (file_ != nullptr) file_->let_go((first_ + begin) * sizeof(T), (first_ + end) * sizeof(T));
  }
  /// Keeps `count` values from `first` on.
  void narrow(size_t first, size_t count) {
    first_ += first;
    size_ = count;
  }

  // As of a vector, for values that are few.

  void push_back(T value) {
    memory_.push_back(value);
    ++size_;
  }
  void assign(size_t count, T value) { *this = Spool(std::vector<T>(count, value)); }
  template <typename Iterator>
  void assign(Iterator first, Iterator last) {
    *this = Spool(std::vector<T>(first, last));
  }

 private:
  void swap(Spool& other) noexcept {
    std::swap(limits_, other.limits_);
    std::swap(charge_, other.charge_);
    std::swap(memory_, other.memory_);
    std::swap(file_, other.file_);
    std::swap(first_, other.first_);
    std::swap(size_, other.size_);
  }
  static constexpr size_t kPieceBytes = size_t{128} << 10;  ///< what gathers before it is written to the file
  static constexpr int64_t kFreeBytes = int64_t{1} << 20;   ///< an ordinary clip: not worth counting
  static constexpr int64_t kStepBytes = int64_t{1} << 20;

  bool fits(size_t count) {
    const auto bytes = static_cast<int64_t>(count * sizeof(T));
    if (bytes > limits_.most_in_memory) return false;
    if (bytes <= kFreeBytes) return true;
    return charge_.reach((bytes - kFreeBytes + kStepBytes - 1) / kStepBytes * kStepBytes);
  }
  /// `count` more values will come: to the file where they do not fit into memory.
  Status make_room(size_t count) {
    if (file_ == nullptr && !fits(size_ + count)) return move_to_file();
    if (file_ != nullptr && (memory_.size() + count) * sizeof(T) > kPieceBytes) return write_out();
    return {};
  }
  Status move_to_file() {
    VOXLAKE_ASSIGN(SpoolFile made, SpoolFile::create(limits_.folder));
    file_ = std::make_shared<SpoolFile>(std::move(made));
    VOXLAKE_TRY(write_out());
    memory_.shrink_to_fit();
    charge_.release();
    return {};
  }
  Status write_out() {
    VOXLAKE_TRY(file_->append(std::as_bytes(std::span<const T>(memory_))));
    memory_.clear();
    return {};
  }

  Limits limits_;
  Charge charge_;
  std::vector<T> memory_;            ///< where there is a file: what is not written to it yet
  std::shared_ptr<SpoolFile> file_;  ///< null: all are in memory
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace voxlake::scratch
