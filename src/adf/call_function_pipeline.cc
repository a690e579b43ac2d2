#include "adf/expression.h"
#include "adf/resource.h"

// A function that takes longer than a call may (the load balancer cuts it off after 230 s): it answers at once with the job's id, and is
// asked until the job has ended. The job's id is this run's, so that a call whose answer was lost starts nothing twice.

namespace voxlake::adf {
namespace {

Json call(const std::string& name, Json after, const Names& names, Json function, Json body, int64_t retry_seconds) {
  Json one = activity(name, "AzureFunctionActivity", std::move(after), policy("0.00:10:00", 3, retry_seconds),
                      {{"functionName", std::move(function)},
                       {"method", "POST"},
                       {"headers", {{"Content-Type", "application/json"}}},
                       {"body", std::move(body)}});
  one["linkedServiceName"] = reference("LinkedServiceReference", names.function);
  return one;
}

Json set(const std::string& name, Json after, const std::string& variable, const std::string& value) {
  return activity(name, "SetVariable", std::move(after), {{"variableName", variable}, {"value", expression(value)}});
}

}  // namespace

Resource call_function_pipeline(const FactoryOptions& options) {
  const Names names(options.prefix);
  const std::string running = "or(equals(variables('state'), 'queued'), equals(variables('state'), 'running'))";
  Json start = call("start", nothing_before(), names, expression("@pipeline().parameters.function"),
                    expression("@concat('{\"id\":\"', pipeline().RunId, '\",\"name\":\"', pipeline().parameters.corpus, '\"}')"),
                    options.retry_seconds);
  Json ask =
      call("ask", depends_on("wait"), names, "status", expression("@concat('{\"id\":\"', pipeline().RunId, '\"}')"), options.retry_seconds);
  Json loop =
      activity("until_it_ends", "Until", depends_on("start"),
               {{"expression", expression("@not(" + running + ")")},
                {"timeout", "1.00:00:00"},
                {"activities",
                 Json::array({activity("wait", "Wait", nothing_before(), {{"waitTimeInSeconds", options.poll_seconds}}), std::move(ask),
                              set("keep_error", depends_on("ask"), "error", "@coalesce(activity('ask').output?.error, '')"),
                              set("keep_state", depends_on("keep_error"), "state", "@activity('ask').output.state")})}});
  Json activities = Json::array({std::move(start), std::move(loop)});
  activities.push_back(unless(
      "is_done", depends_on("until_it_ends"), "@equals(variables('state'), 'done')",
      fail_activity("function_failed", "@concat(pipeline().parameters.function, ' is ', variables('state'), ': ', variables('error'))",
                    "FunctionFailed")));
  const Json parameters{{"function", {{"type", "String"}}}, {"corpus", {{"type", "String"}, {"defaultValue", options.corpus}}}};
  return {Kind::pipeline,
          names.call_function,
          pipeline("Has a Function do something that takes long, and waits for it", std::move(activities), parameters,
                   {{"state", {{"type", "String"}, {"defaultValue", "queued"}}}, {"error", {{"type", "String"}, {"defaultValue", ""}}}}),
          {{Kind::linked_service, names.function}}};
}

}  // namespace voxlake::adf
