#include "loader/shared_library.h"

#include <dlfcn.h>

namespace voxlake::loader {

SharedLibrary::SharedLibrary(const std::string& file) : file_(file), handle_(::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) problem_ = ::dlerror();
}

SharedLibrary::~SharedLibrary() {
  if (handle_ != nullptr && !problem_.empty()) ::dlclose(handle_);  // another file of the same name is to be tried
}

void* SharedLibrary::address(const char* name) {
  void* found = handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
  if (found == nullptr && problem_.empty()) problem_ = file_ + " has no " + name;
  return found;
}

}  // namespace voxlake::loader
