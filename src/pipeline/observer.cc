#include "pipeline/observer.h"

namespace voxlake::pipeline {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::discover: return "discover";
    case Stage::copy: return "copy";
    case Stage::decode: return "decode";
    case Stage::features: return "features";
    case Stage::split: return "split";
    case Stage::dataset: return "dataset";
    case Stage::publish: return "publish";
    case Stage::report: return "report";
  }
  return "discover";
}

}  // namespace voxlake::pipeline
