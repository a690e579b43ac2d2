#include "adf/expression.h"
#include "adf/resource.h"

// One chunk of the manifest into bronze.
//
//   read_chunk ─▶ chunk_is_whole ─▶ each_archive { copy_archive ─▶ is_copied ─▶ (note_failure) } ─▶ all_copied ─▶ (write_failures) ─▶ tell
//
// A failed copy must not end the others, so `is_copied` follows `copy_archive` however that ended ("Completed"), and is the iteration's
// last word: the ForEach succeeds. What failed is appended to a variable (which is safe in parallel, unlike setting one) as the JSON text
// ["NAME.tgz", "why"], and written to miscellaneous/failures/, where `voxlake copy --adopt` finds it.

namespace voxlake::adf {
namespace {

constexpr const char* storage_version = "2021-12-02";

Json copy_archive(const FactoryOptions& options, const Names& names) {
  Json copy = activity("copy_archive", "Copy", nothing_before(), policy("0.01:00:00", options.copy_retries, options.retry_seconds),
                       {{"source",
                         {{"type", "BinarySource"},
                          {"storeSettings", {{"type", "HttpReadSettings"}, {"requestMethod", "GET"}}},
                          {"formatSettings", {{"type", "BinaryReadSettings"}}}}},
                        {"sink", {{"type", "BinarySink"}, {"storeSettings", {{"type", "AzureBlobFSWriteSettings"}}}}},
                        {"enableStaging", false},
                        {"dataIntegrationUnits", 2}});
  Json from = reference("DatasetReference", names.archive_on_web);
  from["parameters"] = {{"base_url", expression("@item().BaseURL")}, {"relative_url", expression("@item().RelativeURL")}};
  Json to = reference("DatasetReference", names.archive_in_bronze);
  to["parameters"] = {{"folder", expression("@pipeline().parameters.corpus")}, {"file", expression("@item().FileName")}};
  copy["inputs"] = Json::array({std::move(from)});
  copy["outputs"] = Json::array({std::move(to)});
  return copy;
}

/// Data consistency verification does not cover HTTP sources: bytes read and written are compared here.
Json is_copied() {
  const std::string output = "activity('copy_archive')?.output?.";
  const std::string one_file = "equals(coalesce(" + output + "filesWritten, 0), 1)";
  const std::string all_bytes =
      "and(greater(coalesce(" + output + "dataWritten, 0), 0), equals(" + output + "dataRead, " + output + "dataWritten))";
  const std::string no_error = "empty(coalesce(activity('copy_archive')?.error?.message, ''))";
  const std::string counts =
      "concat('read ', string(coalesce(" + output + "dataRead, 0)), ' bytes and wrote ', string(coalesce(" + output + "dataWritten, 0)))";
  const std::string why = "coalesce(activity('copy_archive')?.error?.message, " + counts + ")";
  Json note = activity("note_failure", "AppendVariable", nothing_before(),
                       {{"variableName", "failures"}, {"value", expression("@string(createArray(item().FileName, " + why + "))")}});
  return unless("is_copied", depends_on("copy_archive", "Completed"), "@and(" + no_error + ", and(" + one_file + ", " + all_bytes + "))",
                std::move(note));
}

/// Put Blob, since no activity writes a text that it is given.
Json write_failures(const FactoryOptions& options) {
  std::string blob_url = options.storage_url;
  if (const size_t dfs = blob_url.find(".dfs."); dfs != std::string::npos) blob_url.replace(dfs, 5, ".blob.");
  return activity("write_failures", "WebActivity", nothing_before(), policy("0.00:10:00", 3, 30),
                  {{"method", "PUT"},
                   {"url", expression("@concat('" + blob_url +
                                      "/miscellaneous/failures/', pipeline().parameters.corpus, '/', pipeline().parameters.chunk)")},
                   {"headers",
                    {{"x-ms-version", storage_version},
                     {"x-ms-date", expression("@utcNow('R')")},
                     {"x-ms-blob-type", "BlockBlob"},
                     {"Content-Type", "application/json"}}},
                   {"body", expression("@concat('[', join(variables('failures'), ','), ']')")},
                   {"authentication", {{"type", "MSI"}, {"resource", "https://storage.azure.com/"}}}});
}

}  // namespace

Resource copy_chunk_pipeline(const FactoryOptions& options) {
  const Names names(options.prefix);
  const std::string rows = "activity('read_chunk').output.count";
  Json activities = Json::array();
  activities.push_back(lookup("read_chunk", nothing_before(), names.manifest, expression("@pipeline().parameters.chunk")));
  activities.push_back(unless(
      "chunk_is_whole", depends_on("read_chunk"), "@equals(" + rows + ", pipeline().parameters.rows)",
      fail_activity("chunk_was_cut",
                    "@concat('the chunk ', pipeline().parameters.chunk, ' has ', string(pipeline().parameters.rows), ' rows, but Lookup "
                    "read ', string(" +
                        rows + "), ': discover again')",
                    "ChunkWasCut")));
  activities.push_back(activity("each_archive", "ForEach", depends_on("chunk_is_whole"),
                                {{"items", expression("@activity('read_chunk').output.value")},
                                 {"isSequential", false},
                                 {"batchCount", options.parallel_copies},
                                 {"activities", Json::array({copy_archive(options, names), is_copied()})}}));
  activities.push_back(unless("all_copied", depends_on("each_archive"), "@empty(variables('failures'))", write_failures(options)));
  activities.push_back(activity(
      "tell", "SetVariable", depends_on("all_copied"),
      {{"variableName", "pipelineReturnValue"},
       {"value", Json::array({{{"key", "failed"}, {"value", {{"type", "Expression"}, {"content", "@length(variables('failures'))"}}}}})},
       {"setSystemVariable", true}}));
  const Json parameters{
      {"corpus", {{"type", "String"}, {"defaultValue", options.corpus}}}, {"chunk", {{"type", "String"}}}, {"rows", {{"type", "Int"}}}};
  return {Kind::pipeline,
          names.copy_chunk,
          pipeline("Copies the archives of one chunk of the manifest into bronze", std::move(activities), parameters,
                   {{"failures", {{"type", "Array"}}}}),
          {{Kind::dataset, names.archive_on_web}, {Kind::dataset, names.archive_in_bronze}, {Kind::dataset, names.manifest}}};
}

}  // namespace voxlake::adf
