// Times the tables for bench/lake. Each mode prints seconds, one number a line, without the program's start.
//   lake_bench fill FOLDER N      a table FOLDER/t of N commits of one row each (untimed)
//   lake_bench load FOLDER N      opens FOLDER/t, N times
//   lake_bench commit FOLDER N    opens FOLDER/t, then N commits of one row
//   lake_bench append FOLDER ROWS FEATURES   one commit of ROWS rows of three keys and FEATURES floats to a new table FOLDER/t
// A further word, `unflushed`: nothing waits for the disk (tables.flush = "no").
#include <arrow/api.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "lake/storage.h"
#include "lake/table.h"

namespace voxlake::lake {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::shared_ptr<arrow::Schema> small_schema() {
  return arrow::schema({arrow::field("archive", arrow::utf8(), false), arrow::field("number", arrow::int64(), false)});
}

std::shared_ptr<arrow::RecordBatch> one_row(int64_t number) {
  arrow::StringBuilder archives;
  arrow::Int64Builder numbers;
  (void)archives.Append("archive-" + std::to_string(number));
  (void)numbers.Append(number);
  return arrow::RecordBatch::Make(small_schema(), 1, {*archives.Finish(), *numbers.Finish()});
}

Status commits(Table& table, int count, bool timed) {
  for (int i = 0; i < count; ++i) {
    const auto batch = one_row(table.version());
    const auto begin = Clock::now();
    Commit commit(table);
    VOXLAKE_TRY(commit.append(*batch));
    VOXLAKE_TRY(commit.finish());
    if (timed) std::printf("%.6f\n", seconds_since(begin));
  }
  return {};
}

std::shared_ptr<arrow::Schema> wide_schema(int features) {
  arrow::FieldVector fields = {arrow::field("utterance_id", arrow::utf8(), false), arrow::field("speaker", arrow::utf8(), false),
                               arrow::field("window", arrow::int32(), false)};
  for (int i = 0; i < features; ++i) fields.push_back(arrow::field("feature_" + std::to_string(i), arrow::float32()));
  return arrow::schema(fields);
}

/// Rows in batches of about what an archive gives.
std::vector<std::shared_ptr<arrow::RecordBatch>> wide_rows(const std::shared_ptr<arrow::Schema>& schema, int64_t rows) {
  constexpr int64_t at_once = 200;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  for (int64_t start = 0; start < rows; start += at_once) {
    const int64_t count = std::min(at_once, rows - start);
    arrow::StringBuilder ids, speakers;
    arrow::Int32Builder windows;
    for (int64_t row = start; row < start + count; ++row) {
      (void)ids.Append("archive-" + std::to_string(row / 200) + "/a" + std::to_string(row / 5));
      (void)speakers.Append("speaker-" + std::to_string(row / 1000));
      (void)windows.Append(static_cast<int32_t>(row % 5));
    }
    arrow::ArrayVector columns = {*ids.Finish(), *speakers.Finish(), *windows.Finish()};
    for (int i = 3; i < schema->num_fields(); ++i) {
      arrow::FloatBuilder values;
      for (int64_t row = 0; row < count; ++row) (void)values.Append(normal(random));
      columns.push_back(*values.Finish());
    }
    batches.push_back(arrow::RecordBatch::Make(schema, count, std::move(columns)));
  }
  return batches;
}

Status append(const std::shared_ptr<Storage>& storage, int64_t rows, int features) {
  const auto schema = wide_schema(features);
  const auto batches = wide_rows(schema, rows);
  VOXLAKE_ASSIGN(Table table, Table::open_or_create(storage, "t", schema));
  const auto begin = Clock::now();
  Commit commit(table);
  for (const auto& batch : batches) VOXLAKE_TRY(commit.append(*batch));
  VOXLAKE_TRY(commit.finish());
  std::printf("%.6f\n", seconds_since(begin));
  return {};
}

Status run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3) return failure(ErrorKind::invalid_argument, "usage: lake_bench fill|load|commit|append FOLDER N …");
  StorageOptions options;
  options.flush = arguments.back() != "unflushed";
  VOXLAKE_ASSIGN(auto storage, open_storage(arguments[1], options));
  const int count = std::stoi(arguments[2]);
  if (arguments[0] == "append") return append(storage, count, std::stoi(arguments.at(3)));
  if (arguments[0] == "load") {
    for (int i = 0; i < count; ++i) {
      const auto begin = Clock::now();
      VOXLAKE_TRY(Table::open(storage, "t"));
      std::printf("%.6f\n", seconds_since(begin));
    }
    return {};
  }
  VOXLAKE_ASSIGN(Table table, Table::open_or_create(storage, "t", small_schema()));
  return commits(table, count, arguments[0] == "commit");
}

}  // namespace
}  // namespace voxlake::lake

int main(int count, char** arguments) {
  voxlake::Status status = voxlake::lake::run({arguments + 1, arguments + count});
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().to_string().c_str());
  return 1;
}
