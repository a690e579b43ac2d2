#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "error/result.h"

/// The Delta transaction log (https://github.com/delta-io/delta/blob/master/PROTOCOL.md), as far as reader 1 and writer 2 need it.
namespace voxlake::lake::delta {

/// A data file that belongs to the table.
struct AddFile {
  std::string path;  ///< relative to the table's folder, percent-decoded
  std::map<std::string, std::string> partition_values;
  int64_t bytes = 0;
  int64_t modified_ms = 0;
  bool data_change = true;
  std::string stats;  ///< JSON text; empty where the writer gave none
  std::map<std::string, std::string> tags;
};

/// A data file that no longer belongs to the table (a tombstone).
struct RemoveFile {
  std::string path;
  std::optional<int64_t> deleted_ms;
  bool data_change = true;
  std::optional<int64_t> bytes;
};

struct Metadata {
  std::string id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::string provider = "parquet";
  std::string schema_string;
  std::vector<std::string> partition_columns;
  std::map<std::string, std::string> configuration;
  std::optional<int64_t> created_ms;

  bool operator==(const Metadata&) const = default;
};

struct Protocol {
  int reader = 1;
  int writer = 2;
  std::vector<std::string> features;  ///< names of reader and writer features, for messages

  bool operator==(const Protocol&) const = default;
};

/// The last version that an application committed.
struct Transaction {
  std::string app_id;
  int64_t version = 0;
  std::optional<int64_t> updated_ms;
};

/// Who committed what and when: for people, never for the state of the table.
struct CommitInfo {
  int64_t timestamp_ms = 0;
  std::string operation;
  std::map<std::string, std::string> parameters;
  std::string engine;
  std::string transaction_id;  ///< unique: tells our commit from another writer's
  std::map<std::string, std::string> metrics;
};

/// The content of one commit, or of one checkpoint.
struct Actions {
  std::optional<CommitInfo> info;
  std::optional<Protocol> protocol;
  std::optional<Metadata> metadata;
  std::vector<Transaction> transactions;
  std::vector<RemoveFile> removes;
  std::vector<AddFile> adds;
};

/// One JSON object a line, as a commit file holds them.
std::string to_json_lines(const Actions& actions);
/// `source` names the file in errors.
Result<Actions> parse_json_lines(std::string_view text, const std::string& source);

/// `numRecords` of a file's statistics, if they say it.
std::optional<int64_t> record_count(std::string_view stats);

/// A path as the log writes it (RFC 2396, percent-encoded), and back.
std::string encode_path(std::string_view path);
Result<std::string> decode_path(std::string_view path);

/// Refuses what this version cannot read: unsupported, with the feature named.
Status check_readable(const Protocol& protocol, const Metadata& metadata, const std::string& table);
/// Refuses what this version cannot write.
Status check_writable(const Protocol& protocol, const Metadata& metadata, const std::string& table);

}  // namespace voxlake::lake::delta
