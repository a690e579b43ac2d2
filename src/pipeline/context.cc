#include "pipeline/context.h"

#include <openssl/evp.h>

#include <chrono>
#include <thread>

#include "corpus/manifest.h"
#include "pipeline/azure_access.h"
#include "pipeline/feature_sets.h"

namespace voxlake::pipeline {
namespace {

std::string short_hash(const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  for (int i = 0; i < 8; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

/// Letters, digits, dot, dash and underscore only: the name is a folder's.
std::string safe_name(std::string_view text) {
  std::string name;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    name += plain ? c : '-';
  }
  while (!name.empty() && (name.front() == '.' || name.front() == '-')) name.erase(0, 1);
  return name.empty() ? "corpus" : name;
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000));
}

}  // namespace

std::string corpus_name(const config::Settings& settings) {
  if (!settings.name.empty()) return safe_name(settings.name);
  if (settings.corpus == config::voxforge_url) return "voxforge";
  std::string rest = settings.corpus.substr(0, settings.corpus.find_first_of("?#"));
  const size_t scheme = rest.find("://");
  std::string host;
  if (scheme != std::string::npos) {
    rest = rest.substr(scheme + 3);
    const size_t slash = rest.find('/');
    host = rest.substr(0, slash);
    if (const size_t at = host.rfind('@'); at != std::string::npos) host = host.substr(at + 1);
    if (const size_t colon = host.find(':'); colon != std::string::npos) host = host.substr(0, colon);
    rest = slash == std::string::npos ? "" : rest.substr(slash);
  }
  while (!rest.empty() && rest.back() == '/') rest.pop_back();
  std::string last = rest.substr(rest.rfind('/') == std::string::npos ? 0 : rest.rfind('/') + 1);
  for (const char* page : {"index.html", "index.htm", "manifest.json"}) {
    if (last != page) continue;
    rest.resize(rest.size() - last.size());
    while (!rest.empty() && rest.back() == '/') rest.pop_back();
    last = rest.substr(rest.rfind('/') == std::string::npos ? 0 : rest.rfind('/') + 1);
  }
  return safe_name(last.empty() || last == "." ? host : last);
}

net::HttpOptions http_options(const config::Settings& settings) {
  net::HttpOptions options;
  options.user_agent = settings.user_agent;
  options.connections_per_host = static_cast<int32_t>(settings.connections);
  options.attempts = static_cast<int32_t>(settings.attempts);
  options.connect_timeout = milliseconds(settings.connect_timeout_seconds);
  options.stall_timeout = milliseconds(settings.stall_timeout_seconds);
  options.ca_file = settings.ca_file;
  options.transfer_timeout = milliseconds(settings.transfer_timeout_seconds);
  options.longest_retry_after = milliseconds(settings.longest_retry_after_seconds);
  options.max_redirects = static_cast<int32_t>(settings.redirects);
  options.bytes_per_second = static_cast<int64_t>(settings.limit_rate_mb * 1e6);
  options.adapt_connections = settings.adapt == "yes";
  options.private_redirects = settings.private_addresses == "yes";
  return options;
}

std::string mirror_url(const config::Settings& settings, std::string_view relative_url) {
  const std::string& mirror = settings.mirror;
  if (mirror.empty()) return {};
  while (relative_url.starts_with('/')) relative_url.remove_prefix(1);
  return mirror + (mirror.ends_with('/') ? "" : "/") + std::string(relative_url);
}

DecodeOptions decode_options(const config::Settings& settings) {
  DecodeOptions options;
  options.rate = sample_rate(settings);
  options.trim_top_db = settings.trim_top_db;
  options.max_clip_seconds = settings.max_clip_seconds;
  options.audio_limits.max_seconds = settings.max_clip_seconds;
  options.archive_limits.max_members = settings.max_archive_members;
  options.archive_limits.max_member_bytes = settings.max_member_mb << 20;
  options.archive_limits.max_total_bytes = settings.max_archive_mb << 20;
  options.archive_limits.max_ratio = settings.max_archive_ratio;
  options.archive_limits.scratch = scratch_limits(settings);
  options.audio_limits.scratch = options.archive_limits.scratch;
  return options;
}

scratch::Limits scratch_limits(const config::Settings& settings) {
  constexpr int64_t most_in_memory = 16 << 20;  // four minutes at 16 kHz
  return {settings.scratch, std::min(most_in_memory, (settings.memory_mb << 20) / 8), nullptr};
}

lake::WriteOptions write_options(const config::Settings& settings) {
  lake::WriteOptions options;
  options.target_file_bytes = settings.file_mb << 20;
  options.target_row_group_bytes = settings.row_group_mb << 20;
  options.retention = retention(settings);
  options.scratch = scratch_limits(settings);
  return options;
}

lake::Retention retention(const config::Settings& settings) {
  constexpr int64_t day_ms = int64_t{24} * 60 * 60 * 1000;
  return {settings.log_retention_days * day_ms, settings.file_retention_days * day_ms};
}

int64_t thread_count(const config::Settings& settings) {
  if (settings.threads > 0) return settings.threads;
  return std::max<int64_t>(1, std::thread::hardware_concurrency());
}

std::string silver_fingerprint(const Context& context) {
  return short_hash(decode_fingerprint(decode_options(context.settings)));
}

std::string gold_fingerprint(const Context& context) {
  return short_hash(silver_fingerprint(context) + "|" + context.feature_set->fingerprint());
}

std::string bronze_path(const std::string& corpus, const std::string& file_name) {
  return "bronze/" + corpus + "/" + file_name;
}

std::string replaced_path(const std::string& corpus, const std::string& archive, const std::string& sha256) {
  return "bronze/" + corpus + "/replaced/" + archive + "/" + sha256 + ".tgz";
}

tl::unexpected<Error> interrupted() {
  return failure(ErrorKind::cancelled, "interrupted", "run the same command again: it goes on where it stopped");
}

Result<Context> make_context(const config::Settings& settings, Observer& observer, const std::atomic<bool>& stop) {
  Context context;
  context.settings = settings;
  context.corpus = corpus_name(settings);
  context.observer = &observer;
  context.stop = &stop;
  context.now_us = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  };
  VOXLAKE_ASSIGN(context.feature_set, make_feature_set(settings));
  VOXLAKE_ASSIGN(context.storage, open_lake(settings));
  return context;
}

}  // namespace voxlake::pipeline
