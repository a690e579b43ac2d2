#pragma once

#include <string>

namespace voxlake::azure {

/// A text that is nobody's business: kept in one place, overwritten when it goes. It has no way into a stream or a message but `reveal`.
class Secret {
 public:
  Secret() = default;
  /// Takes `text` over and overwrites what is left in it.
  explicit Secret(std::string&& text);
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

/// Overwrites all that the text holds, spare room too, and empties it.
void wipe(std::string& text);

}  // namespace voxlake::azure
