// Makes a table with Voxlake's own writer and reads tables with its reader, for tests/lake/test_readers.py.
//   lake_table_maker make FOLDER   a table FOLDER/silver/utterances with every column type, past a checkpoint; its rows on stdout
//   lake_table_maker again FOLDER ARCHIVE   one more commit to that table: its archive of that number made anew
//   lake_table_maker wide FOLDER   a table FOLDER/gold/features/wide with 4,290 feature columns
//   lake_table_maker append FOLDER WRITER COUNT   COUNT commits of one speaker each to FOLDER/silver/speakers, as one of several writers
//   lake_table_maker contend FOLDER WRITER COUNT   the same, and each commit replaces the row of the speaker that all writers fight for
//   lake_table_maker cat FOLDER FILE   a file of the lake
//   lake_table_maker send FOLDER FILE SOURCE   a local file into the lake, piece by piece
//   lake_table_maker read FOLDER TABLE COLUMN...   the rows of a table, a JSON object a line
#include <arrow/api.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "lake/schemas.h"
#include "lake/table.h"

namespace voxlake::lake {
namespace {

using Json = nlohmann::ordered_json;

constexpr int archives = 50;

UtteranceRow utterance(int archive, int clip) {
  UtteranceRow row;
  row.corpus = "sample";
  row.archive = "speaker" + std::to_string(archive) + "-20080101-abc";
  row.utterance_id = row.archive + "/a000" + std::to_string(clip);
  row.member = row.archive + "/wav/a000" + std::to_string(clip) + ".wav";
  row.speaker = "speaker" + std::to_string(archive % 7);
  row.gender = archive % 2 == 0 ? "female" : "male";
  if (clip % 2 == 0) row.prompt = "OLÁ \"WORLD\" " + std::to_string(clip);
  row.source_format = "wav";
  row.source_rate = 16000;
  row.source_channels = 1;
  row.source_samples = 1000 * archive + clip;
  row.samples = 10 + clip;
  row.seconds = static_cast<double>(row.samples) / 16000;
  row.peak = 0.5f;
  row.is_silent = clip == 2;
  for (int i = 0; i < clip * 3; ++i) row.signal.push_back(static_cast<float>(i) / 32768);
  row.archive_sha256 = "00ff";
  row.fingerprint = "first";
  return row;
}

Status commit_archive(Table& table, int archive, const std::string& fingerprint) {
  std::vector<UtteranceRow> rows;
  for (int clip = 0; clip < 4; ++clip) rows.push_back(utterance(archive, clip));
  for (UtteranceRow& row : rows) row.fingerprint = fingerprint;
  VOXLAKE_ASSIGN(auto batch, to_batch(rows));
  Commit commit(table);
  VOXLAKE_TRY(commit.append(*batch));
  commit.remove_where("archive", {rows.front().archive});
  commit.set_transaction("decode/" + rows.front().archive, fingerprint == "first" ? 1 : 2);
  VOXLAKE_TRY(commit.finish());
  return {};
}

Status print_rows(const Table& table, const std::vector<std::string>& columns) {
  return table.scan(columns, [](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      Json object;
      for (int i = 0; i < batch->num_columns(); ++i) {
        auto scalar = *batch->column(i)->GetScalar(row);
        object[batch->column_name(i)] = scalar->is_valid ? Json(scalar->ToString()) : Json();
      }
      std::printf("%s\n", object.dump().c_str());
    }
    return {};
  });
}

Status make(const std::shared_ptr<Storage>& storage) {
  VOXLAKE_ASSIGN(Table table, Table::open_or_create(storage, utterances_path, utterances_schema()));
  for (int archive = 0; archive < archives; ++archive) VOXLAKE_TRY(commit_archive(table, archive, "first"));
  for (int archive = 0; archive < archives; archive += 10) VOXLAKE_TRY(commit_archive(table, archive, "second"));
  return print_rows(table, {"utterance_id", "prompt", "samples", "fingerprint"});
}

arrow::Status append_number(arrow::ArrayBuilder& builder, int value) {
  switch (builder.type()->id()) {
    case arrow::Type::STRING: return static_cast<arrow::StringBuilder&>(builder).Append(std::to_string(value));
    case arrow::Type::INT32: return static_cast<arrow::Int32Builder&>(builder).Append(value);
    case arrow::Type::DOUBLE: return static_cast<arrow::DoubleBuilder&>(builder).Append(value);
    case arrow::Type::FLOAT: return static_cast<arrow::FloatBuilder&>(builder).Append(static_cast<float>(value));
    default: return static_cast<arrow::BooleanBuilder&>(builder).Append(value % 2 == 0);
  }
}

Status make_wide(const std::shared_ptr<Storage>& storage) {
  std::vector<std::string> names;
  for (int i = 0; i < 4290; ++i) names.push_back("feature_" + std::to_string(i) + "_mean");
  auto schema = features_schema(names);
  VOXLAKE_ASSIGN(Table table, Table::open_or_create(storage, features_path("wide"), schema));
  Commit commit(table);
  arrow::ArrayVector columns;
  constexpr int rows = 20;
  for (const auto& field : schema->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder = *arrow::MakeBuilder(field->type());
    for (int row = 0; row < rows; ++row) {
      if (field->nullable() && row == 7) {
        (void)builder->AppendNull();
      } else {
        (void)append_number(*builder, row + static_cast<int>(columns.size()));
      }
    }
    columns.push_back(*builder->Finish());
  }
  VOXLAKE_TRY(commit.append(*arrow::RecordBatch::Make(schema, rows, columns)));
  VOXLAKE_TRY(commit.finish());
  return {};
}

Status append_speakers(const std::shared_ptr<Storage>& storage, const std::string& writer, int count, bool contend) {
  VOXLAKE_ASSIGN(Table table, Table::open_or_create(storage, speakers_path, speakers_schema()));
  for (int i = 0; i < count; ++i) {
    std::vector<SpeakerRow> rows{{writer + "/" + std::to_string(i), "unknown", 1, 1, 1.0, "train"}};
    if (contend) rows.push_back({"contended", writer, i, 1, 1.0, "train"});
    VOXLAKE_ASSIGN(auto batch, to_batch(rows));
    Commit commit(table);
    if (contend) commit.remove_where("speaker", {"contended"});
    VOXLAKE_TRY(commit.append(*batch));
    VOXLAKE_TRY(commit.finish());
  }
  return {};
}

/// A folder, or abfss://… in the emulator that AZURITE_ENDPOINT names, by the key in AZURE_STORAGE_KEY.
Result<std::shared_ptr<Storage>> open_lake(const std::string& uri) {
  StorageOptions options;
  for (const char* name : {"AZURITE_ENDPOINT", "AZURE_STORAGE_KEY"}) {
    const char* value = std::getenv(name);
    options.azure.environment[name] = value == nullptr ? "" : value;
  }
  options.azure.credential = "key";
  options.azure.endpoint = options.azure.variable("AZURITE_ENDPOINT");
  return open_storage(uri, options);
}

Status run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2)
    return failure(ErrorKind::invalid_argument, "usage: lake_table_maker make|again|wide|append|contend|read FOLDER …");
  VOXLAKE_ASSIGN(auto storage, open_lake(arguments[1]));
  if (arguments[0] == "make") return make(storage);
  if (arguments[0] == "again") {
    VOXLAKE_ASSIGN(Table table, Table::open(storage, utterances_path));
    return commit_archive(table, std::stoi(arguments.at(2)), "again");
  }
  if (arguments[0] == "wide") return make_wide(storage);
  const bool contend = arguments[0] == "contend";
  if (contend || arguments[0] == "append") return append_speakers(storage, arguments.at(2), std::stoi(arguments.at(3)), contend);
  if (arguments[0] == "send") {
    std::ifstream source(arguments.at(3), std::ios::binary);
    VOXLAKE_ASSIGN(const auto file, storage->create(arguments.at(2)));
    std::vector<char> piece(size_t{1} << 20);
    while (source.read(piece.data(), static_cast<std::streamsize>(piece.size())) || source.gcount() > 0) {
      VOXLAKE_TRY(file->write(std::as_bytes(std::span(piece.data(), static_cast<size_t>(source.gcount())))));
    }
    return file->close();
  }
  if (arguments[0] == "cat") {
    VOXLAKE_ASSIGN(const std::string text, storage->read(arguments.at(2)));
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  VOXLAKE_ASSIGN(Table table, Table::open(storage, arguments.at(2)));
  return print_rows(table, {arguments.begin() + 3, arguments.end()});
}

}  // namespace
}  // namespace voxlake::lake

int main(int count, char** arguments) {
  voxlake::Status status = voxlake::lake::run({arguments + 1, arguments + count});
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().to_string().c_str());
  return 1;
}
