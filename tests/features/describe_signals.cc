// The engine without the program around it, for tests that compare it with librosa, or with itself on another processor.
//
// usage: describe_signals < REQUESTS > ANSWERS
//
// A request is a line `SET RATE WINDOWING LENGTH HOP LEVEL SAMPLES`, then the samples as raw float32. SET may be followed by
// descriptors to leave out, as in `spectral/contrast/chroma`; WINDOWING is sliding, session or whole; LENGTH and HOP are seconds; LEVEL is
// best, portable, avx2 or avx512. An answer is a line `ok WINDOWS COLUMNS`, a line with the names of the columns, a line with the starts
// of the windows in seconds and the values as raw float32, column after column; or a line `error MESSAGE`.

#include <iostream>
#include <limits>
#include <sstream>
#include <string>

#include "features/feature_set.h"
#include "features/plan.h"

namespace {

using namespace voxlake;
using namespace voxlake::features;

Result<SetDefinition> find_definition(const std::string& text) {
  std::istringstream words(text);
  std::string name;
  std::getline(words, name, '/');
  for (SetDefinition definition : set_definitions()) {
    if (definition.name != name) continue;
    std::string left_out;
    while (std::getline(words, left_out, '/')) {
      std::erase_if(definition.entries, [&](const SetEntry& entry) { return text_of(entry.descriptor).name == left_out; });
    }
    return definition;
  }
  return failure(ErrorKind::invalid_argument, "there is no set " + name, {});
}

Result<const kernels::Kernels*> find_level(const std::string& name) {
  if (name == "best") return &kernels::best_kernels();
  for (const auto level : {kernels::Level::portable, kernels::Level::avx2, kernels::Level::avx512}) {
    if (name != kernels::to_string(level)) continue;
    if (const kernels::Kernels* found = kernels::find_kernels(level)) return found;
  }
  return failure(ErrorKind::invalid_argument, "this processor does not have the level " + name, {});
}

struct Request {
  std::string set;
  std::string windowing;
  std::string level;
  FeatureOptions options;
  std::vector<float> signal;
};

bool read_request(std::istream& in, Request& request) {
  std::size_t samples = 0;
  WindowOptions& windows = request.options.windows;
  if (!(in >> request.set >> request.options.rate >> request.windowing >> windows.length_seconds >> windows.hop_seconds >> request.level >>
        samples))
    return false;
  in.ignore(1);
  windows.kind = request.windowing == "whole" ? Windowing::whole : request.windowing == "session" ? Windowing::session : Windowing::sliding;
  request.signal.resize(samples);
  in.read(reinterpret_cast<char*>(request.signal.data()), static_cast<std::streamsize>(samples * sizeof(float)));
  return static_cast<bool>(in);
}

Status answer(const Request& request) {
  VOXLAKE_ASSIGN(const SetDefinition definition, find_definition(request.set));
  VOXLAKE_ASSIGN(const kernels::Kernels* const level, find_level(request.level));
  VOXLAKE_ASSIGN(const auto set, FeatureSet::create(definition, request.options, *level));
  WindowFeatures features;
  VOXLAKE_TRY(Extractor(set).compute(request.signal, features));
  std::cout << "ok " << features.windows.size() << " " << set->columns().size() << "\n";
  for (const std::string& column : set->columns()) std::cout << column << " ";
  std::cout << "\n";
  for (const Window& window : features.windows) std::cout << window.start_seconds << " ";
  std::cout << "\n";
  std::cout.write(reinterpret_cast<const char*>(features.values.data()), static_cast<std::streamsize>(features.values.size() * 4));
  return {};
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::cout.precision(std::numeric_limits<double>::max_digits10);
  Request request;
  while (read_request(std::cin, request)) {
    if (const Status status = answer(request); !status) std::cout << "error " << status.error().message << "\n";
  }
  return std::cin.eof() ? 0 : 1;
}
