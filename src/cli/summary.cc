#include "cli/summary.h"

#include <nlohmann/json.hpp>

#include "cli/console.h"

namespace voxlake::cli {

std::string summary_text(const pipeline::RunSummary& summary, const std::string& lake) {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value) {
    std::string padded = name;
    padded.resize(12, ' ');
    text += padded + value + "\n";
  };
  if (!summary.did_something) text += "Nothing to do: the lake is as it should be.\n";
  line("lake", lake);
  line("archives", grouped(summary.archives));
  line("clips", grouped(summary.clips));
  line("windows", grouped(summary.windows));
  if (summary.dataset_rows > 0) line("dataset", grouped(summary.dataset_rows) + " rows");
  std::string reasons;
  for (const auto& [reason, count] : summary.rejects) reasons += (reasons.empty() ? "" : ", ") + grouped(count) + " " + reason;
  line("rejects", grouped(summary.reject_count()) + (reasons.empty() ? "" : " (" + reasons + ")"));
  line("time", time_text(summary.seconds));
  line("memory", byte_text(static_cast<double>(summary.peak_memory_bytes)) + " at most");
  if (!summary.report.empty()) line("report", summary.report);
  return text;
}

std::string summary_json(const pipeline::RunSummary& summary, const std::string& lake) {
  nlohmann::ordered_json json{{"lake", lake},
                              {"did_something", summary.did_something},
                              {"archives", summary.archives},
                              {"clips", summary.clips},
                              {"windows", summary.windows},
                              {"dataset_rows", summary.dataset_rows},
                              {"rejects", summary.rejects},
                              {"failed_archives", summary.failed_archives},
                              {"seconds", summary.seconds},
                              {"peak_memory_bytes", summary.peak_memory_bytes},
                              {"report", summary.report}};
  return json.dump() + "\n";
}

std::string plan_text(const pipeline::RunPlan& plan, const std::string& lake) {
  std::string text = "The plan for " + lake + " (nothing was changed):\n";
  const auto line = [&](const std::string& name, const std::string& value) {
    std::string padded = "  " + name;
    padded.resize(12, ' ');
    text += padded + value + "\n";
  };
  line("discover", grouped(plan.in_manifest) + " archives are published");
  const auto about = [](const std::optional<int64_t>& rows, const std::string& unit) {
    return rows && *rows > 0 ? ", about " + grouped(*rows) + " " + unit : std::string();
  };
  std::string bytes = plan.bytes_to_copy && *plan.bytes_to_copy > 0 ? ", about " + byte_text(static_cast<double>(*plan.bytes_to_copy)) : "";
  line("copy", grouped(plan.to_copy) + " archives to bring" + bytes + "; " + grouped(plan.to_check) + " are there (" +
                   byte_text(static_cast<double>(plan.bronze_bytes)) + ") and only asked whether they changed");
  line("decode", grouped(plan.to_decode) + " archives" + about(plan.clips_to_decode, "clips"));
  line("features", grouped(plan.to_describe) + " archives" + about(plan.windows_to_describe, "windows"));
  line("dataset",
       plan.makes_dataset ? "made anew, with the speakers' split, the warehouse and the report" : "stays, unless an archive has changed");
  return text;
}

}  // namespace voxlake::cli
