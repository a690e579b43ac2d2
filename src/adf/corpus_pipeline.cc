#include "adf/expression.h"
#include "adf/resource.h"

namespace voxlake::adf {
namespace {

const char* const corpus_parameter = "@pipeline().parameters.corpus";

Json execute(const std::string& name, Json after, const std::string& pipeline, Json parameters) {
  Json one =
      activity(name, "ExecutePipeline", std::move(after),
               {{"pipeline", reference("PipelineReference", pipeline)}, {"waitOnCompletion", true}, {"parameters", std::move(parameters)}});
  one["policy"] = {{"secureInput", false}};
  return one;
}

Json call_function(const std::string& function, Json after, const Names& names) {
  return execute(function, std::move(after), names.call_function, {{"function", function}, {"corpus", expression(corpus_parameter)}});
}

Json notebook(const std::string& name, Json after, const FactoryOptions& options, const Names& names) {
  Json one = activity(name, "DatabricksNotebook", std::move(after), policy("0.12:00:00", 1, 60),
                      {{"notebookPath", options.notebooks + "/" + name},
                       {"baseParameters",
                        {{"lake", "abfss://" + options.storage_url.substr(options.storage_url.find("://") + 3)},
                         {"corpus", expression(corpus_parameter)},
                         {"features_set", options.feature_set}}}});
  one["linkedServiceName"] = reference("LinkedServiceReference", names.databricks);
  return one;
}

Json each_chunk(Json after, const Names& names) {
  Json copy =
      execute("copy_chunk", nothing_before(), names.copy_chunk,
              {{"corpus", expression(corpus_parameter)}, {"chunk", expression("@item().FileName")}, {"rows", expression("@item().Rows")}});
  const std::string failed = "activity('copy_chunk').output.pipelineReturnValue.failed";
  Json note = activity("note_chunk", "AppendVariable", nothing_before(),
                       {{"variableName", "incomplete"},
                        {"value", expression("@concat(string(" + failed + "), ' of ', string(item().Rows), ' in ', item().FileName)")}});
  Json check = unless("chunk_is_copied", depends_on("copy_chunk"), "@equals(" + failed + ", 0)", std::move(note));
  return activity("each_chunk", "ForEach", std::move(after),
                  {{"items", expression("@activity('read_index').output.value")},
                   {"isSequential", true},
                   {"activities", Json::array({std::move(copy), std::move(check)})}});
}

}  // namespace

Resource corpus_pipeline(const FactoryOptions& options) {
  const Names names(options.prefix);
  Json activities = Json::array();
  std::vector<std::pair<Kind, std::string>> needs = {{Kind::dataset, names.manifest}, {Kind::pipeline, names.copy_chunk}};
  Json after = nothing_before();
  const auto next = [&](Json one) {
    after = depends_on(one["name"]);
    activities.push_back(std::move(one));
  };
  if (options.discover == Runner::function) next(call_function("discover", after, names));
  next(lookup("read_index", after, names.manifest, "index.json"));
  next(each_chunk(after, names));
  for (const char* const step : {"decode", "features"}) {
    if (options.describe == Runner::function) next(call_function(step, after, names));
    if (options.describe == Runner::databricks) next(notebook(step, after, options, names));
  }
  // Last, so that what did come is taken on: archives that could not be copied fail the run, but nothing else.
  next(unless("everything_came", after, "@empty(variables('incomplete'))",
              fail_activity("archives_missing", "@concat('archives could not be copied: ', join(variables('incomplete'), ', '))",
                            "ArchivesMissing")));
  if (options.discover == Runner::function || options.describe == Runner::function) needs.emplace_back(Kind::pipeline, names.call_function);
  if (options.describe == Runner::databricks) needs.emplace_back(Kind::linked_service, names.databricks);
  Json properties = pipeline("Takes a corpus into bronze, chunk by chunk, and on", std::move(activities),
                             {{"corpus", {{"type", "String"}, {"defaultValue", options.corpus}}}}, {{"incomplete", {{"type", "Array"}}}});
  properties["concurrency"] = 1;  // two runs would write the same files
  return {Kind::pipeline, names.corpus, std::move(properties), std::move(needs)};
}

}  // namespace voxlake::adf
