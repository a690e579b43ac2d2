#include "cli/describe_parquet.h"

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <parquet/arrow/writer.h>

#include <cmath>

namespace voxlake::cli {
namespace {

tl::unexpected<Error> failed(const arrow::Status& status) {
  return failure(ErrorKind::io, "cannot write Parquet: " + status.ToString());
}

arrow::Result<std::shared_ptr<arrow::Table>> to_table(const std::vector<DescribedFile>& described,
                                                      const std::vector<std::string>& columns) {
  arrow::StringBuilder file;
  arrow::Int32Builder window;
  arrow::DoubleBuilder start, end;
  arrow::BooleanBuilder partial;
  for (const auto& each : described) {
    for (const auto& one : each.features.windows) {
      ARROW_RETURN_NOT_OK(file.Append(each.path));
      ARROW_RETURN_NOT_OK(window.Append(one.index));
      ARROW_RETURN_NOT_OK(start.Append(one.start_seconds));
      ARROW_RETURN_NOT_OK(end.Append(one.end_seconds));
      ARROW_RETURN_NOT_OK(partial.Append(one.partial));
    }
  }
  arrow::FieldVector fields = {arrow::field("file", arrow::utf8()), arrow::field("window", arrow::int32()),
                               arrow::field("start_seconds", arrow::float64()), arrow::field("end_seconds", arrow::float64()),
                               arrow::field("partial", arrow::boolean())};
  arrow::ArrayVector arrays(5);
  ARROW_RETURN_NOT_OK(file.Finish(&arrays[0]));
  ARROW_RETURN_NOT_OK(window.Finish(&arrays[1]));
  ARROW_RETURN_NOT_OK(start.Finish(&arrays[2]));
  ARROW_RETURN_NOT_OK(end.Finish(&arrays[3]));
  ARROW_RETURN_NOT_OK(partial.Finish(&arrays[4]));
  for (size_t column = 0; column < columns.size(); ++column) {
    arrow::FloatBuilder values;
    for (const auto& each : described) {
      const size_t count = each.features.windows.size();
      for (size_t i = 0; i < count; ++i) {
        const float value = each.features.values[column * count + i];
        ARROW_RETURN_NOT_OK(std::isfinite(value) ? values.Append(value) : values.AppendNull());
      }
    }
    fields.push_back(arrow::field(columns[column], arrow::float32()));
    ARROW_ASSIGN_OR_RAISE(auto array, values.Finish());
    arrays.push_back(std::move(array));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

}  // namespace

Result<std::string> parquet_bytes(const std::vector<DescribedFile>& described, const std::vector<std::string>& columns) {
  auto table = to_table(described, columns);
  if (!table.ok()) return failed(table.status());
  auto sink = arrow::io::BufferOutputStream::Create();
  if (!sink.ok()) return failed(sink.status());
  const arrow::Status written = parquet::arrow::WriteTable(**table, arrow::default_memory_pool(), *sink, (*table)->num_rows() + 1);
  if (!written.ok()) return failed(written);
  auto buffer = (*sink)->Finish();
  if (!buffer.ok()) return failed(buffer.status());
  return (*buffer)->ToString();
}

}  // namespace voxlake::cli
