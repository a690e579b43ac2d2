#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>

namespace voxlake::features {

/// Memory for vectors: starts on a cache line, grows and never shrinks, and is not initialised where it grows.
template <typename T>
class AlignedBuffer {
 public:
  static constexpr std::size_t kAlignment = 64;

  /// Makes room for `count` values; what was in the buffer is lost if it has to grow.
  T* reserve(std::size_t count) {
    if (count > capacity_) {
      memory_.reset();
      capacity_ = 0;
      memory_.reset(static_cast<T*>(::operator new (count * sizeof(T), std::align_val_t{kAlignment})));
      capacity_ = count;
    }
    return memory_.get();
  }
  /// The same, keeping the first `kept` values.
  T* grow(std::size_t count, std::size_t kept) {
    if (count > capacity_) {
      AlignedBuffer larger;
      larger.reserve(std::max(count, capacity_ + capacity_ / 2));
      std::copy_n(data(), kept, larger.data());
      std::swap(memory_, larger.memory_);
      std::swap(capacity_, larger.capacity_);
    }
    return memory_.get();
  }
  T* data() { return memory_.get(); }
  const T* data() const { return memory_.get(); }

 private:
  struct Release {
    void operator()(T* memory) const { ::operator delete (memory, std::align_val_t{kAlignment}); }
  };
  std::unique_ptr<T, Release> memory_;
  std::size_t capacity_ = 0;
};

}  // namespace voxlake::features
