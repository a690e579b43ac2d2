#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "audio/decode.h"
#include "config/settings.h"
#include "features/feature_set.h"
#include "lake/storage.h"
#include "lake/table.h"
#include "net/download.h"
#include "pipeline/decode_stage.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {

/// What every stage is given: the settings in force and the seams to the outside. Outlives the stages that use it.
struct Context {
  config::Settings settings;
  std::string corpus;  ///< the corpus's name in the tables
  std::shared_ptr<lake::Storage> storage;
  std::shared_ptr<const features::FeatureSet> feature_set;
  Observer* observer = nullptr;
  const std::atomic<bool>* stop = nullptr;  ///< set by Ctrl-C
  /// What the archives at hand are given to end in once it is set: more than an ordinary one takes.
  std::chrono::milliseconds grace{500};
  std::function<int64_t()> now_us;  ///< microseconds since 1970, UTC

  bool stopping() const { return stop->load(std::memory_order_relaxed); }
};

/// The context for `settings`: opens the lake, makes the feature set. invalid_argument for settings that make no sense.
Result<Context> make_context(const config::Settings& settings, Observer& observer, const std::atomic<bool>& stop);

/// The corpus's name where the user gave none: `voxforge` for VoxForge, otherwise the last part of the path or the host.
std::string corpus_name(const config::Settings& settings);

net::HttpOptions http_options(const config::Settings& settings);
/// The same path at the second base URL; empty where there is none.
std::string mirror_url(const config::Settings& settings, std::string_view relative_url);
DecodeOptions decode_options(const config::Settings& settings);
/// Where what is too large for memory goes; without a budget.
scratch::Limits scratch_limits(const config::Settings& settings);
lake::WriteOptions write_options(const config::Settings& settings);
lake::Retention retention(const config::Settings& settings);
int64_t thread_count(const config::Settings& settings);

/// What a row of silver carries to tell by which configuration it was made: 16 hexadecimal digits.
std::string silver_fingerprint(const Context& context);
/// Likewise of gold/features: it changes with silver's.
std::string gold_fingerprint(const Context& context);

/// bronze/CORPUS/NAME.tgz
std::string bronze_path(const std::string& corpus, const std::string& file_name);

/// Where the old version of an archive stays when another one replaces it: bronze/CORPUS/replaced/ARCHIVE/SHA256.tgz
std::string replaced_path(const std::string& corpus, const std::string& archive, const std::string& sha256);

/// The error that says that the user interrupted.
tl::unexpected<Error> interrupted();

}  // namespace voxlake::pipeline
