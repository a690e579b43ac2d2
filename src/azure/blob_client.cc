#include "azure/blob_client.h"

#include <openssl/rand.h>

#include <chrono>

#include "azure/base64.h"
#include "azure/blob_error.h"
#include "azure/blob_list.h"
#include "azure/cloud.h"
#include "net/retry.h"
#include "net/url.h"

namespace voxlake::azure {
namespace {

constexpr const char* service_version = "2021-12-02";
/// Marks a blob with the call that wrote it, for when the answer is lost.
constexpr const char* mark_header = "x-ms-meta-voxlake_write";
constexpr const char* mark_name = "voxlake_write";
/// Says what a blob that was written in blocks holds.
constexpr const char* fingerprint_header = "x-ms-meta-voxlake_sha256";
constexpr const char* fingerprint_name = "voxlake_sha256";

/// Present in the answers of accounts with a hierarchical namespace alone: `file` or `directory`.
constexpr const char* resource_type_header = "x-ms-resource-type";

/// What a request about a container itself says.
const Query container_query = {{"restype", "container"}};

std::string fresh_mark() {
  unsigned char bytes[16] = {};
  RAND_bytes(bytes, sizeof bytes);
  return base64url({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

/// `sv=…&sig=…`, with or without a `?`, into names and values.
Query parameters_of(std::string_view sas) {
  Query query;
  if (sas.starts_with('?')) sas.remove_prefix(1);
  while (!sas.empty()) {
    const size_t end = std::min(sas.find('&'), sas.size());
    const std::string_view one = sas.substr(0, end);
    const size_t equals = one.find('=');
    if (equals != std::string_view::npos) query.emplace_back(one.substr(0, equals), one.substr(equals + 1));
    sas.remove_prefix(std::min(end + 1, sas.size()));
  }
  return query;
}

int64_t milliseconds_of(const std::string& http_date) {
  return net::parse_http_date(http_date).value_or(0) * 1000;
}

bool is_missing(const net::HttpAnswer& answer) {
  return answer.status == 404;
}

/// Accounts with a hierarchical namespace have folders, which answer as empty blobs.
bool is_folder(const net::HttpAnswer& answer) {
  return answer.header("x-ms-meta-hdi_isfolder") == "true" || answer.header(resource_type_header) == "directory";
}

/// https://ACCOUNT.blob.… is https://ACCOUNT.dfs.…; an emulator has one address for both.
std::string dfs_origin_of(std::string origin) {
  constexpr std::string_view service = ".blob.";
  if (const size_t at = origin.find(service); at != std::string::npos) origin.replace(at, service.size(), ".dfs.");
  return origin;
}

}  // namespace

BlobClient::BlobClient(AccountAddress address, const Options& options, std::shared_ptr<TokenSource> tokens)
    : address_(std::move(address)), list_page_(options.list_page), tokens_(std::move(tokens)), sender_(make_sender(options)) {}

Result<std::shared_ptr<BlobClient>> BlobClient::create(AccountAddress address, const Options& options,
                                                       std::shared_ptr<TokenSource> tokens) {
  VOXLAKE_TRY(check_secure(address.blob_url, "azure.endpoint"));
  VOXLAKE_ASSIGN(const Cloud cloud, cloud_named(options.cloud));
  auto client = std::shared_ptr<BlobClient>(new BlobClient(std::move(address), options, nullptr));
  const std::string& url = client->address_.blob_url;
  const size_t path = url.find('/', url.find("://") + 3);
  client->origin_ = url.substr(0, path);
  client->dfs_origin_ = dfs_origin_of(client->origin_);
  client->root_path_ = path == std::string::npos ? "" : url.substr(path);
  client->dfs_host_ = client->address_.account + ".dfs." + cloud.storage_suffix;

  const std::string& wanted = options.credential;
  Secret key = options.account_key.empty() ? Secret(options.variable("AZURE_STORAGE_KEY")) : options.account_key;
  const Secret sas = options.sas.empty() ? Secret(options.variable("AZURE_STORAGE_SAS_TOKEN")) : options.sas;
  if (wanted == "key" && key.empty()) {
    return failure(ErrorKind::invalid_argument, "azure.credential is key, and there is none", "set VOXLAKE_AZURE_ACCOUNT_KEY");
  }
  if (wanted == "sas" && sas.empty()) {
    return failure(ErrorKind::invalid_argument, "azure.credential is sas, and there is none", "set VOXLAKE_AZURE_SAS");
  }
  if (wanted == "key" || (wanted == "default" && !key.empty())) {
    client->key_ = std::move(key);
  } else if (wanted == "sas" || (wanted == "default" && !sas.empty())) {
    client->sas_ = parameters_of(sas.reveal());
    if (client->sas_.empty()) return failure(ErrorKind::invalid_argument, "azure.sas is not a shared access signature");
  } else if (!url.starts_with("https://")) {
    return failure(ErrorKind::invalid_argument, "the storage at " + client->origin_ + " would be sent a token over plain http",
                   "use an https endpoint, or an account key");
  } else {
    client->tokens_ = std::move(tokens);
  }
  return client;
}

Result<std::string> BlobClient::credential_name() {
  if (!key_.empty()) return std::string("account key");
  if (!sas_.empty()) return std::string("shared access signature");
  VOXLAKE_ASSIGN(const TokenSource::Use use, tokens_->use(storage_resource));
  return use.credential;
}

std::string BlobClient::address(const BlobName& name) const {
  return "abfss://" + name.container + "@" + dfs_host_ + (name.blob.empty() ? "" : "/" + name.blob);
}

std::string BlobClient::blob_path(const BlobName& name) {
  return "/" + name.container + (name.blob.empty() ? "" : "/" + net::percent_encoded(name.blob, "/"));
}

Result<net::HttpCall> BlobClient::signed_call(const Request& request, Secret& token) const {
  net::HttpCall call;
  call.method = request.method;
  call.headers = request.headers;
  call.body = request.body;
  call.headers.emplace_back("x-ms-version", service_version);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(sender_->surroundings().date().time_since_epoch());
  call.headers.emplace_back("x-ms-date", net::format_http_date(now.count()));
  // libcurl would name a form's type, which is signed.
  if (request.method == "PUT") call.headers.emplace_back("Content-Type", "application/octet-stream");
  const std::string path = root_path_ + request.path;
  if (tokens_ != nullptr) {
    VOXLAKE_ASSIGN(token, tokens_->token(storage_resource));
    call.headers.emplace_back("Authorization", "Bearer " + token.reveal());
  } else if (!key_.empty()) {
    VOXLAKE_ASSIGN(std::string authorization, shared_key_authorization(address_.account, key_, request.method, path, request.query,
                                                                       call.headers, request.body.size()));
    call.headers.emplace_back("Authorization", std::move(authorization));
  }
  std::string query;
  for (const auto& [name, value] : request.query)
    query.append(query.empty() ? "?" : "&").append(name).append("=").append(net::percent_encoded(value));
  for (const auto& [name, value] : sas_)
    query.append(query.empty() ? "?" : "&").append(name).append("=").append(value);  // encoded as it came
  call.url = (request.to_data_lake ? dfs_origin_ : origin_) + path + query;
  return call;
}

Result<Sent> BlobClient::send(const std::string& doing, const Request& request) {
  for (int tries = 1;; ++tries) {
    const bool again = tries <= 2;
    Secret token;
    VOXLAKE_ASSIGN(Sent sent, sender_->send(doing, [&](net::HttpCall& call) -> Status {
      VOXLAKE_ASSIGN(call, signed_call(request, token));
      return {};
    }));
    // Nothing was written yet: a container that is missing is made by the first write.
    if (again && request.method == "PUT" && request.query != container_query && blob_error_code(sent.answer) == "ContainerNotFound") {
      VOXLAKE_TRY(create_container(request.path.substr(1, request.path.find('/', 1) - 1)));
      continue;
    }
    // Tokens may be revoked before their time.
    const bool refused = sent.answer.status == 401 || blob_error_code(sent.answer) == "AuthenticationFailed";
    if (again && refused && tokens_ != nullptr) {
      tokens_->reject(storage_resource, token);
      continue;
    }
    return sent;
  }
}

Result<std::string> BlobClient::read(const BlobName& name) {
  const std::string doing = "cannot read " + address(name);
  VOXLAKE_ASSIGN(Sent sent, send(doing, {.method = "GET", .path = blob_path(name)}));
  if (sent.answer.status != 200) return tl::unexpected(blob_error(sent.answer, doing));
  if (is_folder(sent.answer)) return failure(ErrorKind::not_found, doing + ": it is a folder");
  return std::move(sent.answer.body);
}

Result<std::string> BlobClient::read_range(const BlobName& name, int64_t offset, int64_t length) {
  if (length == 0) {  // HTTP has no empty range
    VOXLAKE_TRY(properties(name));
    return std::string();
  }
  const std::string doing = "cannot read " + address(name);
  Request request{.method = "GET", .path = blob_path(name)};
  request.headers = {{"x-ms-range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + length - 1)}};
  VOXLAKE_ASSIGN(Sent sent, send(doing, request));
  if (sent.answer.status == 416) return std::string();
  if (sent.answer.status != 206 && sent.answer.status != 200) return tl::unexpected(blob_error(sent.answer, doing));
  std::string& body = sent.answer.body;
  if (sent.answer.status == 200 && offset > 0) return failure(ErrorKind::network, doing + ": the whole came where a part was asked for");
  if (static_cast<int64_t>(body.size()) > length) body.resize(static_cast<size_t>(length));
  return std::move(body);
}

Result<BlobProperties> BlobClient::properties(const BlobName& name) {
  const std::string doing = "cannot look at " + address(name);
  VOXLAKE_ASSIGN(const Sent sent, send(doing, {.method = "HEAD", .path = blob_path(name)}));
  if (sent.answer.status != 200) return tl::unexpected(blob_error(sent.answer, doing));
  BlobProperties properties;
  properties.bytes = std::strtoll(sent.answer.header("content-length").c_str(), nullptr, 10);
  properties.modified_ms = milliseconds_of(sent.answer.header("last-modified"));
  properties.is_folder = is_folder(sent.answer);
  properties.in_hierarchy = !sent.answer.header(resource_type_header).empty();
  constexpr std::string_view prefix = "x-ms-meta-";
  for (const auto& [header, value] : sent.answer.headers) {
    if (header.starts_with(prefix)) properties.metadata[header.substr(prefix.size())] = value;
  }
  return properties;
}

Result<bool> BlobClient::is_ours(const BlobName& name, const std::string& mark) {
  VOXLAKE_ASSIGN(const BlobProperties there, properties(name));
  const auto found = there.metadata.find(mark_name);
  return found != there.metadata.end() && found->second == mark;
}

Status BlobClient::put(const BlobName& name, std::string_view bytes, PutCondition condition) {
  const std::string doing = "cannot write " + address(name);
  Request request{.method = "PUT", .path = blob_path(name), .headers = {{"x-ms-blob-type", "BlockBlob"}}, .body = bytes};
  const bool if_absent = condition == PutCondition::if_absent;
  const std::string mark = if_absent ? fresh_mark() : "";
  if (if_absent) request.headers.insert(request.headers.end(), {{"If-None-Match", "*"}, {mark_header, mark}});
  Result<Sent> sent = send(doing, request);
  if (!sent) {
    // No attempt was answered: one may have taken effect all the same.
    if (if_absent) {
      const Result<bool> ours = is_ours(name, mark);
      if (ours && *ours) return {};
      if (ours) return failure(ErrorKind::already_exists, doing + ": there is such a file");
    }
    return propagate(sent);
  }
  if (sent->answer.status == 201) return {};
  Error error = blob_error(sent->answer, doing);
  const bool exists = error.kind == ErrorKind::already_exists;
  if (if_absent && sent->attempts > 1 && (exists || error.kind == ErrorKind::network)) {
    const Result<bool> ours = is_ours(name, mark);
    if (ours && *ours) return {};
  }
  return tl::unexpected(std::move(error));
}

Status BlobClient::put_block(const BlobName& name, const std::string& id, std::string_view bytes) {
  const std::string doing = "cannot write " + address(name);
  VOXLAKE_ASSIGN(
      const Sent sent,
      send(doing, {.method = "PUT", .path = blob_path(name), .query = {{"comp", "block"}, {"blockid", base64(id)}}, .body = bytes}));
  if (sent.answer.status != 201) return tl::unexpected(blob_error(sent.answer, doing));
  return {};
}

Status BlobClient::put_block_from_url(const BlobName& name, const std::string& id, const std::string& url, int64_t offset, int64_t length,
                                      const std::string& etag) {
  const std::string doing = "cannot have " + address(name) + " copied by the storage service";
  Request request{.method = "PUT", .path = blob_path(name), .query = {{"comp", "block"}, {"blockid", base64(id)}}};
  request.headers = {{"x-ms-copy-source", url},
                     {"x-ms-source-range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + length - 1)}};
  if (!etag.empty()) request.headers.emplace_back("x-ms-source-if-match", etag);
  VOXLAKE_ASSIGN(const Sent sent, send(doing, request));
  if (sent.answer.status != 201) return tl::unexpected(blob_error(sent.answer, doing));
  return {};
}

Status BlobClient::commit_blocks(const BlobName& name, const std::vector<std::string>& ids, const std::string& fingerprint) {
  const std::string doing = "cannot write " + address(name);
  std::string body = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>";
  // `Latest` finds a block among the committed ones too: said twice, it comes to the same.
  for (const std::string& id : ids) body += "<Latest>" + base64(id) + "</Latest>";
  body += "</BlockList>";
  Request request{.method = "PUT", .path = blob_path(name), .query = {{"comp", "blocklist"}}, .body = body};
  if (!fingerprint.empty()) request.headers = {{fingerprint_header, fingerprint}};
  VOXLAKE_ASSIGN(const Sent sent, send(doing, request));
  if (sent.answer.status == 201) return {};
  Error error = blob_error(sent.answer, doing);
  if (error.kind == ErrorKind::conflict && !fingerprint.empty()) {
    const Result<BlobProperties> there = properties(name);
    const auto same = there ? there->metadata.find(fingerprint_name) : decltype(there->metadata.end()){};
    if (there && same != there->metadata.end() && same->second == fingerprint) return {};
  }
  return tl::unexpected(std::move(error));
}

Result<ListPage> BlobClient::list(const std::string& container, const std::string& prefix, const std::string& marker) {
  const std::string doing = "cannot list " + address({container, prefix});
  Request request{.method = "GET", .path = "/" + container};
  request.query = {{"restype", "container"}, {"comp", "list"}, {"include", "metadata"}, {"maxresults", std::to_string(list_page_)}};
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (!marker.empty()) request.query.emplace_back("marker", marker);
  VOXLAKE_ASSIGN(const Sent sent, send(doing, request));
  if (is_missing(sent.answer)) return ListPage{};
  if (sent.answer.status != 200) return tl::unexpected(blob_error(sent.answer, doing));
  return parse_blob_list(sent.answer.body, doing);
}

Status BlobClient::remove(const BlobName& name) {
  const std::string doing = "cannot remove " + address(name);
  VOXLAKE_ASSIGN(const Sent sent,
                 send(doing, {.method = "DELETE", .path = blob_path(name), .headers = {{"x-ms-delete-snapshots", "include"}}}));
  if (sent.answer.status == 202 || is_missing(sent.answer)) return {};
  return tl::unexpected(blob_error(sent.answer, doing));
}

Status BlobClient::remove_folder(const BlobName& name) {
  const std::string doing = "cannot remove " + address(name);
  std::string continuation;
  do {
    Request request{.method = "DELETE", .path = blob_path(name), .query = {{"recursive", "true"}}, .to_data_lake = true};
    if (!continuation.empty()) request.query.emplace_back("continuation", continuation);
    VOXLAKE_ASSIGN(const Sent sent, send(doing, request));
    if (is_missing(sent.answer)) return {};
    if (sent.answer.status != 200 && sent.answer.status != 202) return tl::unexpected(blob_error(sent.answer, doing));
    continuation = sent.answer.header("x-ms-continuation");
  } while (!continuation.empty());
  return {};
}

Status BlobClient::create_container(const std::string& container) {
  const std::string doing = "cannot make the container " + address({container, ""});
  VOXLAKE_ASSIGN(const Sent sent, send(doing, {.method = "PUT", .path = "/" + container, .query = container_query}));
  if (sent.answer.status == 201 || blob_error_code(sent.answer) == "ContainerAlreadyExists") return {};
  return tl::unexpected(blob_error(sent.answer, doing));
}

Result<std::optional<std::string>> BlobClient::lease(const BlobName& name, const std::string& doing, Headers headers) {
  VOXLAKE_ASSIGN(const Sent sent,
                 send(doing, {.method = "PUT", .path = blob_path(name), .query = {{"comp", "lease"}}, .headers = std::move(headers)}));
  if (sent.answer.status == 200 || sent.answer.status == 201) return std::optional<std::string>(sent.answer.header("x-ms-lease-id"));
  if (blob_error_code(sent.answer) == "LeaseAlreadyPresent") return std::optional<std::string>();
  return tl::unexpected(blob_error(sent.answer, doing));
}

Result<std::optional<std::string>> BlobClient::acquire_lease(const BlobName& name, int seconds) {
  // A proposed id makes an attempt after a lost answer renew the lease instead of meeting it.
  unsigned char bytes[16] = {};
  RAND_bytes(bytes, sizeof bytes);
  static constexpr char digits[] = "0123456789abcdef";
  std::string id;
  for (size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
    id.append({digits[bytes[i] >> 4], digits[bytes[i] & 15]});
  }
  return lease(name, "cannot lease " + address(name),
               {{"x-ms-lease-action", "acquire"}, {"x-ms-lease-duration", std::to_string(seconds)}, {"x-ms-proposed-lease-id", id}});
}

Status BlobClient::renew_lease(const BlobName& name, const std::string& lease_id) {
  VOXLAKE_ASSIGN(const auto renewed,
                 lease(name, "cannot renew the lease on " + address(name), {{"x-ms-lease-action", "renew"}, {"x-ms-lease-id", lease_id}}));
  if (!renewed) return failure(ErrorKind::conflict, "somebody else has the lease on " + address(name));
  return {};
}

Status BlobClient::release_lease(const BlobName& name, const std::string& lease_id) {
  VOXLAKE_TRY(lease(name, "cannot end the lease on " + address(name), {{"x-ms-lease-action", "release"}, {"x-ms-lease-id", lease_id}}));
  return {};
}

}  // namespace voxlake::azure
