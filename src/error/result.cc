#include "error/result.h"

namespace voxlake {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_argument: return "invalid_argument";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::already_exists: return "already_exists";
    case ErrorKind::conflict: return "conflict";
    case ErrorKind::network: return "network";
    case ErrorKind::io: return "io";
    case ErrorKind::corrupt_data: return "corrupt_data";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::limit_exceeded: return "limit_exceeded";
    case ErrorKind::cancelled: return "cancelled";
    case ErrorKind::internal: return "internal";
  }
  return "internal";
}

std::string Error::to_string() const {
  std::string text = message;
  if (!details.empty()) {
    text += " [";
    for (size_t i = 0; i < details.size(); ++i) {
      if (i > 0) text += ", ";
      text += details[i].first + " " + details[i].second;
    }
    text += "]";
  }
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

Error Error::with(std::string key, std::string value) && {
  details.emplace_back(std::move(key), std::move(value));
  return std::move(*this);
}

std::string Error::detail(std::string_view key, std::string_view otherwise) const {
  for (const auto& [name, value] : details) {
    if (name == key) return value;
  }
  return std::string(otherwise);
}

tl::unexpected<Error> failure(ErrorKind kind, std::string message, std::string remedy) {
  return tl::unexpected<Error>(Error{kind, std::move(message), std::move(remedy), {}});
}

}  // namespace voxlake
