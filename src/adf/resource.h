#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "adf/factory_options.h"

namespace voxlake::adf {

using Json = nlohmann::ordered_json;

/// The kinds of a factory's resources that Voxlake makes, in the order in which they must be made.
enum class Kind { linked_service, dataset, pipeline, trigger };

/// As REST and ARM spell it: linkedServices, datasets, pipelines, triggers.
std::string_view collection_of(Kind kind);
/// For people: `linked service`.
std::string_view name_of(Kind kind);

/// One resource of a factory.
struct Resource {
  Kind kind = Kind::linked_service;
  std::string name;
  Json properties;
  std::vector<std::pair<Kind, std::string>> needs = {};  ///< that must be there before it
};

/// The names of the resources that others refer to.
struct Names {
  explicit Names(const std::string& prefix);
  std::string web, storage, vault, function, databricks;    ///< linked services
  std::string archive_on_web, archive_in_bronze, manifest;  ///< datasets
  std::string copy_chunk, call_function, corpus;            ///< pipelines
  std::string weekly;                                       ///< trigger
};

/// Everything that a factory needs to take a corpus into bronze, and on: each after what it needs. Deterministic.
///
/// The pipeline `PREFIX_corpus` lets the Function discover (where that is configured), looks the index of the manifest's chunks up, and
/// runs `PREFIX_copy_chunk` for each, one after the other; then it has what came decoded and described. A Lookup returns 5,000 rows and
/// drops what is beyond them without a word: hence the chunks, and hence the number of rows that each must have.
std::vector<Resource> make_resources(const FactoryOptions& options);
/// What earlier settings may have put into the factory and these do not: kinds and names alone.
std::vector<Resource> unused_resources(const FactoryOptions& options);

// The parts of `make_resources`.
std::vector<Resource> linked_services(const FactoryOptions& options);
std::vector<Resource> datasets(const FactoryOptions& options);
Resource copy_chunk_pipeline(const FactoryOptions& options);
Resource call_function_pipeline(const FactoryOptions& options);
Resource corpus_pipeline(const FactoryOptions& options);
Resource weekly_trigger(const FactoryOptions& options);

}  // namespace voxlake::adf
