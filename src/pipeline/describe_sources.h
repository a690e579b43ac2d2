#pragma once

#include <optional>
#include <string>
#include <vector>

#include "error/result.h"

namespace voxlake::pipeline {

/// Something to describe: a path as the user wrote it, or what was found in a folder that he named.
struct DescribeSource {
  enum class Kind { audio_file, archive };
  std::string path;
  Kind kind = Kind::audio_file;
  std::optional<Error> error;  ///< why there is nothing to read
};

/// What `paths` name, in their order. A folder stands for the audio files and archives in it and in the folders below, in the order of
/// their paths (by bytes), without following links to folders; what is hidden (`.name`) is left out. What a file in a folder is is told
/// from its name; what a file is that was named itself, also from its first bytes, since it may be called anything.
/// Never fails: what cannot be read has its error.
std::vector<DescribeSource> find_describe_sources(const std::vector<std::string>& paths);

}  // namespace voxlake::pipeline
