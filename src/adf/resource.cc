#include "adf/resource.h"

namespace voxlake::adf {

std::string_view collection_of(Kind kind) {
  switch (kind) {
    case Kind::linked_service: return "linkedServices";
    case Kind::dataset: return "datasets";
    case Kind::pipeline: return "pipelines";
    case Kind::trigger: break;
  }
  return "triggers";
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::linked_service: return "linked service";
    case Kind::dataset: return "dataset";
    case Kind::pipeline: return "pipeline";
    case Kind::trigger: break;
  }
  return "trigger";
}

Names::Names(const std::string& prefix)
    : web(prefix + "_web"),
      storage(prefix + "_storage"),
      vault(prefix + "_vault"),
      function(prefix + "_function"),
      databricks(prefix + "_databricks"),
      archive_on_web(prefix + "_archive_on_web"),
      archive_in_bronze(prefix + "_archive_in_bronze"),
      manifest(prefix + "_manifest"),
      copy_chunk(prefix + "_copy_chunk"),
      call_function(prefix + "_call_function"),
      corpus(prefix + "_corpus"),
      weekly(prefix + "_weekly") {}

std::vector<Resource> make_resources(const FactoryOptions& options) {
  std::vector<Resource> resources = linked_services(options);
  for (Resource& dataset : datasets(options)) resources.push_back(std::move(dataset));
  resources.push_back(copy_chunk_pipeline(options));
  if (options.discover == Runner::function || options.describe == Runner::function) resources.push_back(call_function_pipeline(options));
  resources.push_back(corpus_pipeline(options));
  if (options.schedule != Schedule::none) resources.push_back(weekly_trigger(options));
  return resources;
}

std::vector<Resource> unused_resources(const FactoryOptions& options) {
  const Names names(options.prefix);
  std::vector<Resource> unused;
  // In the order in which they can be deleted.
  for (const auto& [kind, name] : {std::pair(Kind::pipeline, names.call_function), std::pair(Kind::linked_service, names.function),
                                   std::pair(Kind::linked_service, names.databricks), std::pair(Kind::linked_service, names.vault)}) {
    unused.push_back({kind, name, {}});
  }
  for (const Resource& used : make_resources(options)) {
    std::erase_if(unused, [&](const Resource& one) { return one.kind == used.kind && one.name == used.name; });
  }
  return unused;
}

}  // namespace voxlake::adf
