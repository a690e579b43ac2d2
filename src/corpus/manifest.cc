#include "corpus/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "corpus/archive_file.h"
#include "corpus/uri.h"

namespace voxlake::corpus {
namespace {

using nlohmann::json;

constexpr std::string_view opening = "[\n";
constexpr std::string_view between = ",\n";
constexpr std::string_view closing = "\n]\n";

std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string row_text(const ManifestRow& row) {
  return "{\"BaseURL\":" + quoted(row.base_url) + ",\"RelativeURL\":" + quoted(row.relative_url) +
         ",\"FileName\":" + quoted(row.file_name) + "}";
}

constexpr const char* remedy =
    "give an array of objects {\"BaseURL\": \"http://host/\", \"RelativeURL\": \"path/NAME.tgz\", \"FileName\": \"NAME.tgz\"}";

tl::unexpected<Error> row_failure(size_t row, const char* field, const std::string& what) {
  auto error = failure(ErrorKind::corrupt_data, "cannot read the manifest: " + what, remedy);
  return tl::unexpected<Error>(std::move(error.value()).with("row", std::to_string(row)).with("field", field));
}

Result<std::string> text_field(const json& object, size_t row, const char* field) {
  const auto entry = object.find(field);
  if (entry == object.end()) return row_failure(row, field, "the field is missing");
  if (!entry->is_string()) return row_failure(row, field, std::string("text was expected, and it is ") + entry->type_name());
  auto text = entry->get<std::string>();
  if (text.empty()) return row_failure(row, field, "the field is empty");
  return text;
}

bool has_blank_or_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
}

Status check_addresses(const ManifestRow& row, size_t number) {
  if (has_blank_or_control(row.base_url)) return row_failure(number, "BaseURL", "an address holds no white space or control characters");
  if (has_blank_or_control(row.relative_url)) {
    return row_failure(number, "RelativeURL", "an address holds no white space or control characters: write them as %20 and so on");
  }
  const Uri base = parse_uri(row.base_url);
  const bool is_web = base.scheme == "http" || base.scheme == "https";
  const bool is_file = base.scheme == "file";
  if (!is_web && !is_file) return row_failure(number, "BaseURL", "it does not begin with http://, https:// or file://");
  if (!base.authority || (is_web && host_and_port(*base.authority).empty())) return row_failure(number, "BaseURL", "it names no host");
  if (base.authority->find('@') != std::string::npos) {
    return row_failure(number, "BaseURL", "a user's name or password does not belong in a manifest");
  }
  if (base.query || base.fragment) return row_failure(number, "BaseURL", "it has a query or a fragment, so that nothing can follow it");
  if (!row.base_url.ends_with('/') && !row.relative_url.starts_with('/')) {
    return row_failure(number, "BaseURL", "no slash parts it from RelativeURL");
  }
  return {};
}

Status check_file_name(const ManifestRow& row, size_t number) {
  if (!is_safe_file_name(row.file_name)) {
    return row_failure(number, "FileName", "it cannot be a file's name (no slashes, backslashes or control characters; at most 255 bytes)");
  }
  if (!is_archive_file(row.file_name)) return row_failure(number, "FileName", "\"" + row.file_name + "\" does not end in .tgz or .tar.gz");
  return {};
}

Result<ManifestRow> parse_row(const json& object, size_t number) {
  if (!object.is_object()) return row_failure(number, "(all)", std::string("an object was expected, and it is ") + object.type_name());
  ManifestRow row;
  VOXLAKE_ASSIGN(row.base_url, text_field(object, number, "BaseURL"));
  VOXLAKE_ASSIGN(row.relative_url, text_field(object, number, "RelativeURL"));
  VOXLAKE_ASSIGN(row.file_name, text_field(object, number, "FileName"));
  VOXLAKE_TRY(check_addresses(row, number));
  VOXLAKE_TRY(check_file_name(row, number));
  return row;
}

Result<json> parse_text(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    // nlohmann's message carries a code of its own in brackets, and then says where and what.
    std::string_view what = error.what();
    if (const size_t end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    return failure(ErrorKind::corrupt_data, "cannot read the manifest: it is not JSON (" + std::string(what.substr(0, 200)) + ")", remedy);
  }
}

}  // namespace

std::string ManifestRow::archive() const {
  return archive_of(file_name);
}

std::string to_json(const std::vector<ManifestRow>& rows) {
  if (rows.empty()) return "[]\n";
  std::string text(opening);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) text += between;
    text += row_text(rows[i]);
  }
  return text += closing;
}

Result<std::vector<ManifestRow>> parse_manifest(std::string_view text) {
  VOXLAKE_ASSIGN(const json array, parse_text(text));
  if (!array.is_array()) {
    return failure(ErrorKind::corrupt_data, std::string("cannot read the manifest: it is no array of rows but ") + array.type_name(),
                   remedy);
  }
  std::vector<ManifestRow> rows;
  rows.reserve(array.size());
  std::set<std::string> archives;
  for (const json& object : array) {
    VOXLAKE_ASSIGN(ManifestRow row, parse_row(object, rows.size() + 1));
    if (!archives.insert(row.archive()).second) {
      return row_failure(rows.size() + 1, "FileName", "an earlier row has the archive \"" + row.archive() + "\" too");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<std::vector<ManifestRow>> split_chunks(const std::vector<ManifestRow>& rows, const ChunkLimits& limits) {
  constexpr auto frame_bytes = static_cast<int64_t>(opening.size() + closing.size());
  std::vector<std::vector<ManifestRow>> chunks;
  int64_t chunk_bytes = 0;
  for (const ManifestRow& row : rows) {
    const auto row_bytes = static_cast<int64_t>(row_text(row).size());
    const auto grown_bytes = chunk_bytes + static_cast<int64_t>(between.size()) + row_bytes;
    const bool fits = !chunks.empty() && static_cast<int64_t>(chunks.back().size()) < limits.rows && grown_bytes <= limits.bytes;
    if (!fits) chunks.emplace_back();
    chunk_bytes = fits ? grown_bytes : frame_bytes + row_bytes;
    chunks.back().push_back(row);
  }
  return chunks;
}

}  // namespace voxlake::corpus
