#include "pipeline/discover_stage.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "corpus/listing.h"
#include "files/whole_file.h"
#include "net/mask.h"
#include "net/url.h"

namespace voxlake::pipeline {
namespace {

constexpr const char* corpus_file = "corpus.json";

bool has_scheme(const std::string& text) {
  return text.find("://") != std::string::npos;
}

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Result<std::vector<corpus::ManifestRow>> find_local(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return corpus::list_folder(path);
  VOXLAKE_ASSIGN(const std::string text, files::read_whole_file(path, "the corpus"));
  if (ends_with(path, ".json")) return corpus::parse_manifest(text);
  return corpus::parse_index_page(text, "file://" + std::filesystem::absolute(path).string());
}

/// What a page or manifest of the web may not lead to, unless the user allows it: files of this machine, and, from the public internet,
/// private addresses (a router, a cloud's metadata service). Names that resolve to private addresses are not noticed here.
std::vector<corpus::ManifestRow> without_inside_addresses(const Context& context, const std::string& page_url,
                                                          std::vector<corpus::ManifestRow> rows) {
  const auto page = net::parse_url(page_url);
  if (page && page->scheme == "file") return rows;
  const bool is_public = page && !net::is_private_host(page->host);
  const bool may_be_private = !is_public || context.settings.private_addresses == "yes";
  const auto is_inside = [&](const corpus::ManifestRow& row) {
    const auto parts = net::parse_url(row.url());
    return parts && (parts->scheme == "file" || (!may_be_private && net::is_private_host(parts->host)));
  };
  const size_t before = rows.size();
  rows.erase(std::remove_if(rows.begin(), rows.end(), is_inside), rows.end());
  if (rows.size() < before) {
    context.observer->message(Level::warning, std::to_string(before - rows.size()) + " links of " + net::mask_url(page_url) +
                                                  " lead to private addresses or local files and are left out; where that is meant for " +
                                                  "addresses, set copy.private_addresses to yes");
  }
  return rows;
}

Result<std::vector<corpus::ManifestRow>> rows_of_page(const Context& context, const std::string& url, const net::Page& page) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  const bool is_manifest = ends_with(path, ".json") || page.content_type.rfind("application/json", 0) == 0;
  VOXLAKE_ASSIGN(auto rows, is_manifest ? corpus::parse_manifest(page.body) : corpus::parse_index_page(page.body, page.url));
  return without_inside_addresses(context, page.url, std::move(rows));
}

/// A URL as a manifest has it: `http://host/`, without user and password, and the path behind it.
std::pair<std::string, std::string> base_and_path(const std::string& url) {
  const size_t host = url.find("://") + 3;
  const size_t path = std::min(url.find('/', host), url.size());
  const size_t user = url.rfind('@', path);
  const size_t begin = user != std::string::npos && user >= host ? user + 1 : host;
  return {url.substr(0, host) + url.substr(begin, path - begin) + "/", url.substr(std::min(path + 1, url.size()))};
}

/// What the mirror's page names, at the addresses that it would have at the corpus's own: they are asked first, should they be back. A
/// mirror may lag behind: what the lake's manifest names beside that is still published as far as anybody knows.
Result<std::vector<corpus::ManifestRow>> find_at_mirror(const Context& context, const Error& why) {
  const auto [base, path] = base_and_path(context.settings.corpus);
  const std::string url = mirror_url(context.settings, path);
  const auto page = net::fetch_page(url, http_options(context.settings), context.stop);
  if (!page) return tl::unexpected<Error>(why);
  VOXLAKE_ASSIGN(auto rows, rows_of_page(context, url, *page));
  context.observer->message(Level::warning, why.message + "; its mirror's page is read");
  std::set<std::string> named;
  const std::string mirror_base = mirror_url(context.settings, "");
  for (auto& row : rows) {
    named.insert(row.archive());
    const std::string address = row.url();
    if (!address.starts_with(mirror_base)) continue;
    row.base_url = base;
    row.relative_url = address.substr(mirror_base.size());
  }
  const auto known = read_manifest(context);
  if (!known && known.error().kind != ErrorKind::not_found) return tl::unexpected<Error>(known.error());
  if (known) {
    std::copy_if(known->begin(), known->end(), std::back_inserter(rows),
                 [&](const corpus::ManifestRow& row) { return named.count(row.archive()) == 0; });
  }
  return rows;
}

Result<std::vector<corpus::ManifestRow>> find_remote(const Context& context) {
  const std::string& url = context.settings.corpus;
  const auto page = net::fetch_page(url, http_options(context.settings), context.stop);
  if (page) return rows_of_page(context, url, *page);
  const bool may_be_elsewhere = page.error().kind == ErrorKind::network && !context.settings.mirror.empty();
  if (may_be_elsewhere) return find_at_mirror(context, page.error());
  return tl::unexpected<Error>(page.error());
}

/// Whether it had to be written.
Result<bool> put_if_changed(lake::Storage& storage, const std::string& path, const std::string& text) {
  auto present = storage.read(path);
  if (present && *present == text) return false;
  VOXLAKE_TRY(storage.put(path, text));
  return true;
}

/// The bytes need not be UTF-8: a folder's name may be anything.
std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string chunk_name(size_t index) {
  char name[32];
  std::snprintf(name, sizeof name, "chunk-%04zu.json", index);
  return name;
}

}  // namespace

Result<std::vector<corpus::ManifestRow>> find_archives(const Context& context) {
  const std::string& corpus = context.settings.corpus;
  auto rows = [&]() -> Result<std::vector<corpus::ManifestRow>> {
    if (corpus.rfind("file://", 0) == 0) {
      std::error_code ignored;
      const std::string path = corpus.substr(7);
      if (std::filesystem::is_directory(path, ignored)) return corpus::list_folder(path);
    }
    return has_scheme(corpus) ? find_remote(context) : find_local(corpus);
  }();
  if (!rows) return tl::unexpected<Error>(std::move(rows.error()).with("corpus", net::mask_url(corpus)));
  if (rows->empty()) {  // which would say of all archives in the lake that they are gone
    return failure(ErrorKind::not_found, "the corpus " + net::mask_url(corpus) + " has no archives: its manifest is an empty array",
                   "check that it was written whole");
  }
  return rows;
}

Result<WrittenManifest> write_manifest(const Context& context, const std::vector<corpus::ManifestRow>& rows) {
  lake::Storage& storage = *context.storage;
  const std::string folder = std::string(manifest_folder) + "/";
  const auto chunks = corpus::split_chunks(rows);
  std::set<std::string> written;
  nlohmann::ordered_json index = nlohmann::ordered_json::array();
  for (size_t i = 0; i < chunks.size(); ++i) {
    const std::string name = chunk_name(i);
    VOXLAKE_TRY(put_if_changed(storage, folder + name, corpus::to_json(chunks[i])));
    written.insert(folder + name);
    index.push_back({{"FileName", name}, {"Rows", chunks[i].size()}});
  }
  const nlohmann::ordered_json corpus{{"Corpus", context.corpus}, {"Address", net::mask_url(context.settings.corpus)}};
  VOXLAKE_TRY(put_if_changed(storage, folder + corpus_file, json_text(corpus)));
  WrittenManifest result;
  result.chunks = static_cast<int64_t>(chunks.size());
  VOXLAKE_ASSIGN(result.changed, put_if_changed(storage, folder + "manifest.json", corpus::to_json(rows)));
  VOXLAKE_TRY(put_if_changed(storage, folder + "index.json", json_text(index)));
  VOXLAKE_ASSIGN(const auto files, storage.list(manifest_folder));
  for (const auto& file : files) {
    if (file.path.rfind(folder + "chunk-", 0) == 0 && written.count(file.path) == 0) VOXLAKE_TRY(storage.remove(file.path));
  }
  return result;
}

Result<std::vector<corpus::ManifestRow>> read_manifest(const Context& context) {
  auto text = context.storage->read(std::string(manifest_folder) + "/manifest.json");
  if (!text && text.error().kind == ErrorKind::not_found) {
    return failure(ErrorKind::not_found, "the lake has no manifest yet", "run `voxlake discover` first, or `voxlake run` for everything");
  }
  if (!text) return propagate(text);
  VOXLAKE_ASSIGN(const auto corpus, manifest_corpus(context));
  if (corpus && corpus->name != context.corpus) {
    return failure(ErrorKind::not_found, "the lake's manifest is of the corpus " + corpus->name + ", not of " + context.corpus,
                   "name no corpus to go on with " + corpus->name + ", or run `voxlake discover` for " + context.corpus + " first");
  }
  return corpus::parse_manifest(*text);
}

Result<std::optional<ManifestCorpus>> manifest_corpus(const Context& context) {
  auto text = context.storage->read(std::string(manifest_folder) + "/" + corpus_file);
  if (!text && text.error().kind == ErrorKind::not_found) return std::optional<ManifestCorpus>();
  if (!text) return propagate(text);
  const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const auto field = [&](const char* name) -> std::string {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
  };
  if (field("Corpus").empty()) return std::optional<ManifestCorpus>();
  return ManifestCorpus{field("Corpus"), field("Address")};
}

}  // namespace voxlake::pipeline
