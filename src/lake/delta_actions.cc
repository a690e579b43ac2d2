#include "lake/delta_actions.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "error/exception.h"
#include "error/json_number.h"

namespace voxlake::lake::delta {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

std::string string_or(const Json& object, const char* key, std::string fallback = {}) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::move(fallback);
}

std::optional<std::string> optional_string(const Json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<int64_t> optional_integer(const Json& object, const char* key) {
  auto found = object.find(key);
  return found == object.end() ? std::nullopt : whole_number(*found);
}

/// Throws, as the library does where it is no whole number.
int64_t integer_at(const Json& object, const char* key) {
  const auto number = whole_number(object.at(key));
  if (!number) throw Json::type_error::create(302, std::string(key) + " is no whole number", &object);
  return *number;
}

std::map<std::string, std::string> string_map(const Json& object, const char* key) {
  std::map<std::string, std::string> result;
  auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return result;
  for (const auto& [name, value] : found->items()) {
    if (value.is_null()) continue;
    result[name] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return result;
}

void append_strings(const Json& object, const char* key, std::vector<std::string>& target) {
  auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return;
  for (const Json& value : *found) {
    if (value.is_string()) target.push_back(value.get<std::string>());
  }
}

Result<AddFile> parse_add(const Json& object) {
  if (object.contains("deletionVector") && !object["deletionVector"].is_null()) {
    return failure(ErrorKind::unsupported, "a file has a deletion vector",
                   "purge them with the program that wrote them (REORG TABLE … APPLY (PURGE))");
  }
  AddFile add;
  VOXLAKE_ASSIGN(add.path, decode_path(object.at("path").get_ref<const std::string&>()));
  add.partition_values = string_map(object, "partitionValues");
  add.bytes = integer_at(object, "size");
  add.modified_ms = optional_integer(object, "modificationTime").value_or(0);
  add.data_change = object.value("dataChange", true);
  add.stats = string_or(object, "stats");
  add.tags = string_map(object, "tags");
  return add;
}

Result<RemoveFile> parse_remove(const Json& object) {
  RemoveFile remove;
  VOXLAKE_ASSIGN(remove.path, decode_path(object.at("path").get_ref<const std::string&>()));
  remove.deleted_ms = optional_integer(object, "deletionTimestamp");
  remove.data_change = object.value("dataChange", true);
  remove.bytes = optional_integer(object, "size");
  return remove;
}

Metadata parse_metadata(const Json& object) {
  Metadata metadata;
  metadata.id = string_or(object, "id");
  metadata.name = optional_string(object, "name");
  metadata.description = optional_string(object, "description");
  if (auto format = object.find("format"); format != object.end() && format->is_object()) {
    metadata.provider = string_or(*format, "provider", "parquet");
  }
  metadata.schema_string = object.at("schemaString").get<std::string>();
  append_strings(object, "partitionColumns", metadata.partition_columns);
  metadata.configuration = string_map(object, "configuration");
  metadata.created_ms = optional_integer(object, "createdTime");
  return metadata;
}

/// Whatever is beyond an int is beyond what is supported.
int version_at(const Json& object, const char* key) {
  return static_cast<int>(std::clamp<int64_t>(integer_at(object, key), 0, std::numeric_limits<int>::max()));
}

Protocol parse_protocol(const Json& object) {
  Protocol protocol;
  protocol.reader = version_at(object, "minReaderVersion");
  protocol.writer = version_at(object, "minWriterVersion");
  append_strings(object, "readerFeatures", protocol.features);
  append_strings(object, "writerFeatures", protocol.features);
  return protocol;
}

CommitInfo parse_info(const Json& object) {
  CommitInfo info;
  info.timestamp_ms = optional_integer(object, "timestamp").value_or(0);
  info.operation = string_or(object, "operation");
  info.parameters = string_map(object, "operationParameters");
  info.engine = string_or(object, "engineInfo");
  info.transaction_id = string_or(object, "txnId");
  info.metrics = string_map(object, "operationMetrics");
  return info;
}

Status parse_line(const Json& line, Actions& actions) {
  if (auto add = line.find("add"); add != line.end() && add->is_object()) {
    VOXLAKE_ASSIGN(AddFile file, parse_add(*add));
    actions.adds.push_back(std::move(file));
  } else if (auto remove = line.find("remove"); remove != line.end() && remove->is_object()) {
    VOXLAKE_ASSIGN(RemoveFile file, parse_remove(*remove));
    actions.removes.push_back(std::move(file));
  } else if (auto metadata = line.find("metaData"); metadata != line.end() && metadata->is_object()) {
    actions.metadata = parse_metadata(*metadata);
  } else if (auto protocol = line.find("protocol"); protocol != line.end() && protocol->is_object()) {
    actions.protocol = parse_protocol(*protocol);
  } else if (auto txn = line.find("txn"); txn != line.end() && txn->is_object()) {
    actions.transactions.push_back(
        {txn->at("appId").get<std::string>(), integer_at(*txn, "version"), optional_integer(*txn, "lastUpdated")});
  } else if (auto info = line.find("commitInfo"); info != line.end() && info->is_object()) {
    actions.info = parse_info(*info);
  }
  // Other actions (cdc, domainMetadata, …) belong to features that check_readable refuses, or are to be ignored as the protocol says.
  return {};
}

void append_line(std::string& text, const char* name, OrderedJson object) {
  OrderedJson line;
  line[name] = std::move(object);
  // Text that is not UTF-8 (an archive's odd name) must not end the commit: it is written with replacement characters.
  text += line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
  text += '\n';
}

OrderedJson info_json(const CommitInfo& info) {
  OrderedJson object;
  object["timestamp"] = info.timestamp_ms;
  object["operation"] = info.operation;
  object["operationParameters"] = info.parameters;
  if (!info.metrics.empty()) object["operationMetrics"] = info.metrics;
  object["engineInfo"] = info.engine;
  object["txnId"] = info.transaction_id;
  return object;
}

OrderedJson metadata_json(const Metadata& metadata) {
  OrderedJson object;
  object["id"] = metadata.id;
  if (metadata.name) object["name"] = *metadata.name;
  if (metadata.description) object["description"] = *metadata.description;
  object["format"] = {{"provider", metadata.provider}, {"options", OrderedJson::object()}};
  object["schemaString"] = metadata.schema_string;
  object["partitionColumns"] = metadata.partition_columns;
  object["configuration"] = metadata.configuration;
  if (metadata.created_ms) object["createdTime"] = *metadata.created_ms;
  return object;
}

OrderedJson add_json(const AddFile& add) {
  OrderedJson object;
  object["path"] = encode_path(add.path);
  object["partitionValues"] = add.partition_values;
  object["size"] = add.bytes;
  object["modificationTime"] = add.modified_ms;
  object["dataChange"] = add.data_change;
  if (!add.stats.empty()) object["stats"] = add.stats;
  if (!add.tags.empty()) object["tags"] = add.tags;
  return object;
}

OrderedJson remove_json(const RemoveFile& remove) {
  OrderedJson object;
  object["path"] = encode_path(remove.path);
  if (remove.deleted_ms) object["deletionTimestamp"] = *remove.deleted_ms;
  object["dataChange"] = remove.data_change;
  if (remove.bytes) {
    object["extendedFileMetadata"] = true;
    object["partitionValues"] = OrderedJson::object();
    object["size"] = *remove.bytes;
  }
  return object;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/=+,@").find(c) != std::string_view::npos;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ", ") + name;
  return result;
}

/// What a protocol asks for, in words: " with deletionVectors, v2Checkpoint".
std::string needs(bool column_mapping, const Protocol& protocol) {
  if (column_mapping) return " (column mapping)";
  std::vector<std::string> named;  // a feature of readers is one of writers, too
  for (const std::string& feature : protocol.features) {
    if (std::find(named.begin(), named.end(), feature) == named.end()) named.push_back(feature);
  }
  if (!named.empty()) return " with " + joined(named);
  constexpr const char* brought[] = {"CHECK constraints", "change data feed or generated columns", "column mapping", "identity columns"};
  return protocol.writer >= 3 && protocol.writer <= 6 ? std::string(" (") + brought[protocol.writer - 3] + ")" : "";
}

}  // namespace

std::string to_json_lines(const Actions& actions) {
  std::string text;
  if (actions.info) append_line(text, "commitInfo", info_json(*actions.info));
  if (actions.protocol) {
    append_line(text, "protocol", {{"minReaderVersion", actions.protocol->reader}, {"minWriterVersion", actions.protocol->writer}});
  }
  if (actions.metadata) append_line(text, "metaData", metadata_json(*actions.metadata));
  for (const Transaction& transaction : actions.transactions) {
    OrderedJson object = {{"appId", transaction.app_id}, {"version", transaction.version}};
    if (transaction.updated_ms) object["lastUpdated"] = *transaction.updated_ms;
    append_line(text, "txn", std::move(object));
  }
  for (const RemoveFile& remove : actions.removes) append_line(text, "remove", remove_json(remove));
  for (const AddFile& add : actions.adds) append_line(text, "add", add_json(add));
  return text;
}

Result<Actions> parse_json_lines(std::string_view text, const std::string& source) {
  Actions actions;
  int number = 0;
  while (!text.empty()) {
    ++number;
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \r\t") == std::string_view::npos) continue;
    try {
      Json object = Json::parse(line);
      if (Status status = parse_line(object, actions); !status) return tl::unexpected<Error>(std::move(status.error()).with("log", source));
    } catch (const std::exception& error) {
      return tl::unexpected<Error>(
          from_exception(error, ErrorKind::corrupt_data, "cannot read line " + std::to_string(number) + " of " + source));
    }
  }
  return actions;
}

std::optional<int64_t> record_count(std::string_view stats) {
  // Nearly every writer puts the count first, and a table has thousands of these texts: parsing them whole would dominate its opening.
  constexpr std::string_view first = "{\"numRecords\":";
  int64_t count = 0;
  if (stats.starts_with(first)) {
    auto [end, error] = std::from_chars(stats.data() + first.size(), stats.data() + stats.size(), count);
    if (error == std::errc() && end != stats.data() + stats.size() && (*end == ',' || *end == '}')) return count;
  }
  Json object = Json::parse(stats, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  return optional_integer(object, "numRecords");
}

std::string encode_path(std::string_view path) {
  std::string result;
  for (char c : path) {
    if (is_unreserved(c)) {
      result += c;
    } else {
      constexpr char digits[] = "0123456789ABCDEF";
      auto byte = static_cast<unsigned char>(c);
      result += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return result;
}

Result<std::string> decode_path(std::string_view path) {
  if (path.starts_with('/') || path.find("://") != std::string_view::npos) {
    return failure(ErrorKind::unsupported, "the file " + std::string(path) + " is outside the table's folder",
                   "Voxlake reads tables whose files are in their own folder (no shallow clones)");
  }
  if (path.find('%') == std::string_view::npos) return std::string(path);
  std::string result;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '%' && i + 2 < path.size() && hex_value(path[i + 1]) >= 0 && hex_value(path[i + 2]) >= 0) {
      result += static_cast<char>(hex_value(path[i + 1]) * 16 + hex_value(path[i + 2]));
      i += 2;
    } else {
      result += path[i];
    }
  }
  return result;
}

Status check_readable(const Protocol& protocol, const Metadata& metadata, const std::string& table) {
  auto refuse = [&](const std::string& what) {
    return failure(ErrorKind::unsupported, "cannot read the table " + table + ": " + what,
                   "Voxlake reads Delta tables of reader version 1, without features");
  };
  auto mapping = metadata.configuration.find("delta.columnMapping.mode");
  if (mapping != metadata.configuration.end() && mapping->second != "none") {
    return refuse("its columns are mapped by " + mapping->second + " (Delta's column mapping)");
  }
  if (protocol.reader > 1) {
    return refuse("it asks for Delta reader version " + std::to_string(protocol.reader) + needs(protocol.reader == 2, protocol));
  }
  if (metadata.provider != "parquet") return refuse("its files are " + metadata.provider);
  if (!metadata.partition_columns.empty()) return refuse("it is partitioned by " + joined(metadata.partition_columns));
  return {};
}

Status check_writable(const Protocol& protocol, const Metadata& metadata, const std::string& table) {
  auto refuse = [&](const std::string& what) {
    return failure(ErrorKind::unsupported, "cannot write the table " + table + ": " + what,
                   "Voxlake writes Delta tables of writer version 2");
  };
  if (protocol.writer > 2) return refuse("it asks for Delta writer version " + std::to_string(protocol.writer) + needs(false, protocol));
  if (metadata.schema_string.find("delta.invariants") != std::string::npos) return refuse("its columns have invariants");
  return {};
}

}  // namespace voxlake::lake::delta
