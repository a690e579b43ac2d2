#include "net/retrieval.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "net/mask.h"
#include "net/retry.h"

namespace voxlake::net {
namespace {

/// An error page is read to its end, so that the connection can be used again, but not an endless one.
constexpr int64_t longest_error_page_bytes = 256 << 10;
/// An attempt that brought this much does not count as a failure.
constexpr int64_t progress_bytes = 1 << 20;

bool is_html(const std::string& content_type, std::span<const std::byte> first) {
  std::string type = content_type;
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  if (!type.starts_with("text/html") && !type.starts_with("application/xhtml")) return false;
  std::string_view text(reinterpret_cast<const char*>(first.data()), first.size());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  const size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string_view::npos && text[start] == '<';
}

/// Whether a sink that fails so refuses these bytes; otherwise it fails by itself, and would for any.
bool is_of_source(ErrorKind kind) {
  return kind == ErrorKind::limit_exceeded || kind == ErrorKind::invalid_argument || kind == ErrorKind::corrupt_data ||
         kind == ErrorKind::unsupported;
}

/// As Apache makes it: of size and time of change, so that a changed file has another.
std::string file_etag(const struct stat& status) {
  std::string tag = "\"";
  tag.append(std::to_string(status.st_size)).append("-").append(std::to_string(status.st_mtim.tv_sec));
  tag.append(".").append(std::to_string(status.st_mtim.tv_nsec)).append("\"");
  return tag;
}

}  // namespace

Retrieval::Retrieval(const RetrievalContext& context, DownloadRequest request) : context_(context), request_(std::move(request)) {
  download_.id = request_.id;
  download_.only_head = request_.only_head;
}

Retrieval::Next Retrieval::begin() {
  auto parts = parse_url(next_mirror_ == 0 ? request_.url : request_.mirrors[next_mirror_ - 1]);
  if (!parts) return fail(std::move(parts.error()), false);
  parts_ = std::move(*parts);
  return parts_.scheme == "file" ? begin_file() : Next::again;
}

Retrieval::Next Retrieval::begin_file() {
  struct stat status {};
  if (stat(parts_.path.c_str(), &status) != 0) {
    Fault fault = fault_of_file_error(errno);
    fault.transient = false;  // another attempt would not look again
    return judge(std::move(fault));
  }
  if (!S_ISREG(status.st_mode)) {
    return judge({"file_unreadable", S_ISDIR(status.st_mode) ? "it is a folder" : "it is no ordinary file", "name a file", ErrorKind::io});
  }
  download_.etag = file_etag(status);
  download_.last_modified = format_http_date(status.st_mtim.tv_sec);
  const bool is_same = request_.etag.empty() ? !request_.last_modified.empty() && request_.last_modified == *download_.last_modified
                                             : request_.etag == *download_.etag;
  if (!is_same) return Next::again;
  download_.url = parts_.url;
  return finish(DownloadState::not_modified);
}

bool Retrieval::is_stalled(std::chrono::steady_clock::time_point now) const {
  // Until then the connect timeout counts.
  return connected_ && !paused_ && now - last_byte_ > context_.options.stall_timeout;
}

bool Retrieval::take_body(std::span<const std::byte> bytes) {
  last_byte_ = context_.surroundings.now();
  // A local file is read in one go, during which the engine sees nothing.
  if (context_.stop.load()) return false;
  if (!body_begun_ && !begin_body(bytes)) return false;
  if (skips_body_) {
    skipped_bytes_ += static_cast<int64_t>(bytes.size());
    return skipped_bytes_ <= longest_error_page_bytes;
  }
  if (auto written = sink_->write(bytes); !written) {
    own_error_ = std::move(written.error());
    return false;
  }
  if (context_.purpose == Purpose::archive && !sink_->hashes()) hash_.update(bytes);
  offset_ += static_cast<int64_t>(bytes.size());
  return true;
}

bool Retrieval::begin_body(std::span<const std::byte> first) {
  body_begun_ = true;
  if (head_.status == 206) return begin_rest();
  if (parts_.scheme == "file" || head_.status == 200 || head_.status == 203) return begin_whole(first);
  skips_body_ = true;
  return true;
}

bool Retrieval::begin_whole(std::span<const std::byte> first) {
  const bool is_archive = context_.purpose == Purpose::archive;
  if (is_archive && is_html(head_.content_type, first)) {
    fault_ = Fault{"not_an_archive", "the server sent an HTML page in place of an archive",
                   "open the address in a browser to see what it says", ErrorKind::corrupt_data};
    return false;
  }
  if (!restart_sink() || !ensure_sink()) return false;
  if (!head_.etag.empty()) download_.etag = head_.etag;
  if (!head_.last_modified.empty()) download_.last_modified = head_.last_modified;
  etag_ = head_.etag;
  validator_ = is_archive ? head_.range_validator() : std::string();
  total_.reset();
  curl_off_t announced = -1;
  curl().easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  const bool is_as_sent = is_archive || parts_.scheme == "file";  // a page may come compressed
  if (is_as_sent && announced >= 0) total_ = announced;
  return true;
}

bool Retrieval::begin_rest() {
  const auto range = parse_content_range(head_.content_range);
  const bool fits = range_from_ > 0 && range && range->first == range_from_ && (!total_ || !range->total || *range->total == *total_);
  const bool is_same = head_.etag.empty() || etag_.empty() || head_.etag == etag_;
  if (!fits || !is_same) {
    fault_ = wrong_range();
    return false;
  }
  if (!total_) total_ = range->total;
  return true;
}

Fault Retrieval::wrong_range() {
  validator_.clear();  // the next attempt asks for the whole
  return {"wrong_range", "the server answered with another range than asked for", "", ErrorKind::network, true};
}

bool Retrieval::restart_sink() {
  if (offset_ == 0) return true;
  offset_ = 0;
  hash_.restart();
  auto restarted = sink_->restart();
  if (!restarted) own_error_ = std::move(restarted.error());
  return restarted.has_value();
}

bool Retrieval::ensure_sink() {
  if (sink_) return true;
  auto opened = context_.open(request_);
  if (!opened) {
    own_error_ = std::move(opened.error());
    return false;
  }
  sink_ = std::move(*opened);
  return true;
}

Retrieval::Next Retrieval::conclude(CURLcode code) {
  retry_after_.reset();
  const char* url = nullptr;
  curl().easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  if (url != nullptr) download_.url = url;
  download_.content_type = head_.content_type;
  if (own_error_) return end_by_own_error();
  if (fault_) return judge(std::move(*fault_));
  // Of an error page only the status counts, whether it came whole or not.
  if (code == CURLE_OK || head_.status >= 400) return conclude_answer();
  return judge(fault_of(code));
}

Retrieval::Next Retrieval::conclude_stalled() {
  if (!fault_ && head_.status < 400) {
    fault_ = Fault{"stalled", "no byte came for " + std::to_string(context_.options.stall_timeout.count()) + " ms",
                   "run again later, or raise the stall timeout", ErrorKind::network, true};
  }
  return conclude(CURLE_OPERATION_TIMEDOUT);
}

Retrieval::Next Retrieval::conclude_unasked() {
  const Fault fault{"host_down", "its host has answered none of many requests before this one", "run again when it is back"};
  return fail(to_error(fault, parts_.url, download_.attempts), false);
}

Retrieval::Next Retrieval::conclude_answer() {
  if (head_.status == 304 && conditional_) {
    download_.etag = head_.etag.empty() ? request_.etag : head_.etag;
    download_.last_modified = head_.last_modified.empty() ? request_.last_modified : head_.last_modified;
    return finish(DownloadState::not_modified);
  }
  if (request_.only_head && parts_.scheme != "file" && head_.status == 200) return conclude_head();
  if (parts_.scheme == "file" || head_.status == 200 || head_.status == 203 || head_.status == 206) return conclude_body();
  if (head_.status == 416 && range_from_ > 0) return judge(wrong_range());
  Fault fault = fault_of_status(head_.status);
  retry_after_ = parse_retry_after(head_.retry_after, context_.surroundings.date());
  fault.retry_after = retry_after_;
  return judge(std::move(fault));
}

Retrieval::Next Retrieval::conclude_head() {
  curl_off_t announced = -1;
  curl().easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
  download_.bytes = announced;
  if (!head_.etag.empty()) download_.etag = head_.etag;
  if (!head_.last_modified.empty()) download_.last_modified = head_.last_modified;
  return finish(DownloadState::fetched);
}

Retrieval::Next Retrieval::conclude_body() {
  if (!body_begun_) begin_body({});
  if (own_error_) return end_by_own_error();
  if (fault_) return judge(std::move(*fault_));
  if (total_ && offset_ != *total_)
    return judge(parts_.scheme == "file" ? fault_of_file(parts_.path, offset_) : fault_of(CURLE_PARTIAL_FILE));
  if (auto finished = sink_->finish(); !finished) {
    own_error_ = std::move(finished.error());
    return end_by_own_error();
  }
  download_.bytes = offset_;
  if (context_.purpose == Purpose::archive && !sink_->hashes()) download_.sha256 = hash_.finish();
  download_.sink = std::move(sink_);
  return finish(DownloadState::fetched);
}

bool Retrieval::is_refused(const std::string& address) const {
  if (!head_.is_redirect() || from_private_ || context_.options.private_redirects) return false;
  // The server that redirected us, or the proxy that all goes through.
  if (address == first_address_) return false;
  return context_.surroundings.is_private(address);
}

Fault Retrieval::fault_of(CURLcode code) const {
  if (refused_address_ && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
    return {"redirect_to_private", "it redirects from the public internet to a private address (" + mask_url(head_.location) + ")",
            "if that is meant, give that address itself"};
  }
  if (head_.is_redirect() && (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)) {
    return {"redirect_refused", "it redirects to " + mask_url(head_.location) + ", which is not followed", "check the address"};
  }
  if (code == CURLE_FILE_COULDNT_READ_FILE) return fault_of_file(parts_.path, 0);
  CurlFailure failure;
  failure.code = code;
  failure.connected = connected_;
  failure.detail = curl_text_.data();
  curl().easy_getinfo(easy_, CURLINFO_OS_ERRNO, &failure.system_error);
  if (socket_error_ != 0) failure.system_error = socket_error_;
  curl().easy_getinfo(easy_, CURLINFO_HTTP_CONNECTCODE, &failure.proxy_status);
  return fault_of_curl(failure);
}

Retrieval::Next Retrieval::judge(Fault fault) {
  const HttpOptions& options = context_.options;
  const bool progressed = offset_ - best_offset_ >= progress_bytes;
  best_offset_ = std::max(best_offset_, offset_);
  failures_ = progressed && options.attempts > 1 ? 0 : failures_ + 1;
  if (fault.retry_after && *fault.retry_after > options.longest_retry_after) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*fault.retry_after).count();
    fault.what += " and asks to come again in " + std::to_string(seconds) + " s";
    fault.transient = false;
  }
  const bool is_over = !fault.transient || failures_ >= options.attempts;
  if (is_over && fault.ends_run) {
    own_error_ = to_error(fault, parts_.url, download_.attempts);
    sink_.reset();
    return Next::run_ends;
  }
  if (is_over) return fail(to_error(fault, parts_.url, download_.attempts), fault.gone);
  delay_ = backoff(std::max(failures_, 1), options.first_backoff, options.longest_backoff, context_.surroundings.chance());
  if (fault.retry_after) delay_ = std::max(delay_, *fault.retry_after);
  return Next::again;
}

Retrieval::Next Retrieval::fail(Error error, bool gone) {
  if (!first_error_) first_error_ = std::move(error);
  const bool is_last_word = gone && next_mirror_ == 0;
  if (!is_last_word && next_mirror_ < request_.mirrors.size()) {
    ++next_mirror_;
    failures_ = 0;
    validator_.clear();
    delay_ = {};
    retry_after_.reset();
    return begin();
  }
  sink_.reset();
  download_.error = std::move(first_error_);
  return finish(is_last_word ? DownloadState::gone : DownloadState::failed);
}

Retrieval::Next Retrieval::end_by_own_error() {
  sink_.reset();
  if (!is_of_source(own_error_->kind)) return Next::run_ends;
  if (own_error_->detail("reason").empty()) own_error_->details.emplace_back("reason", to_string(own_error_->kind));
  download_.error = std::move(own_error_);
  return finish(DownloadState::failed);
}

Retrieval::Next Retrieval::finish(DownloadState state) {
  download_.state = state;
  return Next::done;
}

}  // namespace voxlake::net
