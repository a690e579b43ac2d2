#include "error/exception.h"

#include <new>

namespace voxlake {

Error out_of_memory(const std::string& doing) {
  return {ErrorKind::limit_exceeded, doing + ": there is not enough memory", "free some, raise the limit, or use fewer --threads", {}};
}

Error from_exception(const std::exception& error, ErrorKind otherwise, const std::string& doing) {
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return out_of_memory(doing);
  return {otherwise, doing + ": " + error.what(), {}, {}};
}

}  // namespace voxlake
