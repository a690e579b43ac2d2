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

}  // namespace voxlake::adf
