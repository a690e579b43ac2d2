#include "files/system_error.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace voxlake::files {

bool is_shortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOMEM || code == ENOBUFS;
}

bool is_memory_short() {
  constexpr std::size_t bytes = 1 << 20;
  void* const block = std::malloc(bytes);
  if (block == nullptr) return true;
  *static_cast<volatile char*>(block) = 0;  // or a compiler may leave out the whole
  std::free(block);
  return false;
}

std::string remedy_of(int code, std::string may_not) {
  switch (code) {
    case EMFILE: return "raise the limit (ulimit -n)";
    case ENFILE: return "raise the system's limit of open files";
    case ENOMEM:
    case ENOBUFS: return "free some memory, or use fewer --threads";
    case ENOSPC:
    case EDQUOT: return "free some disk space";
    case ENOENT:
    case ENOTDIR: return "check the path";
    case EACCES:
    case EPERM:
    case EROFS: return may_not;
    case EISDIR: return "name a file: it is a folder";
    case EEXIST: return "check what is there: it may be a link that leads nowhere";
    case ENAMETOOLONG:
    case ELOOP: return "check the path";
    case EIO: return "check the disk";
    default: return {};
  }
}

tl::unexpected<Error> system_failure(int code, std::string doing, std::string may_not) {
  const ErrorKind kind = code == ENOENT || code == ENOTDIR ? ErrorKind::not_found
                         : code == EEXIST                  ? ErrorKind::already_exists
                                                           : ErrorKind::io;
  return failure(kind, std::move(doing) + ": " + std::generic_category().message(code), remedy_of(code, std::move(may_not)));
}

}  // namespace voxlake::files
