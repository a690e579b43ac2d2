#pragma once

#include <string>

namespace voxlake::loader {

/// A shared library that is opened when it is first needed, so that commands without a need for it start without it. One that has no
/// problem is never closed: what was found in it may be used until the process ends.
class SharedLibrary {
 public:
  /// `file`: a path, or a name that the system's loader looks for.
  explicit SharedLibrary(const std::string& file);
  ~SharedLibrary();
  SharedLibrary(const SharedLibrary&) = delete;

  /// Sets `function`, a pointer, to the function of that name; null, and a problem, where there is none.
  template <typename Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(address(name));
  }

  /// Why it cannot be used, as the loader says it, or the first function that it lacks; empty where it can.
  const std::string& problem() const { return problem_; }

 private:
  void* address(const char* name);

  std::string file_;
  void* handle_ = nullptr;
  std::string problem_;
};

}  // namespace voxlake::loader
