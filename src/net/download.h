#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "error/result.h"

namespace voxlake::net {

class Surroundings;

/// How to treat the other side.
struct HttpOptions {
  std::string user_agent = "voxlake/0.1";
  int32_t connections_per_host = 8;
  int32_t attempts = 5;  ///< of one request, the first included
  std::chrono::milliseconds first_backoff{500};
  std::chrono::milliseconds longest_backoff{30'000};
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::milliseconds stall_timeout{30'000};  ///< without a byte
  int64_t max_page_bytes = 64 << 20;                ///< of a page that `fetch_page` keeps in memory
  int32_t max_redirects = 5;
  std::string ca_file;  ///< PEM; empty: the system's
  /// Of one attempt as a whole; 0: none.
  std::chrono::milliseconds transfer_timeout{0};
  /// A server that asks by `Retry-After` for more than this is given up on.
  std::chrono::milliseconds longest_retry_after{600'000};
  /// Whether a redirect may lead from the public internet to a private address (see `is_private_address`).
  bool private_redirects = false;
  /// Of all transfers of one `Downloader` together; 0: no limit.
  int64_t bytes_per_second = 0;
  /// Whether fewer transfers than `connections_per_host` run while a host answers 429 or 503.
  bool adapt_connections = true;
  /// A URL; empty: none. Where it is not set: as http_proxy, https_proxy, all_proxy and no_proxy say.
  std::optional<std::string> proxy = {};
  /// Clock and chance; null: the machine's. Not shared between downloaders that run at the same time.
  std::shared_ptr<Surroundings> surroundings = {};
};

/// A page fetched whole.
struct Page {
  std::string url;  ///< after redirects
  std::string content_type;
  std::string body;
};

/// Fetches one page (http, https or file), which the server may send compressed. not_found for 404, 410 and a file that is not there;
/// network for what failed after its retries; limit_exceeded beyond `max_page_bytes`; invalid_argument for what is no such URL; cancelled
/// within 200 ms of `stop`. The message names the URL (masked, see mask.h), what was answered and what to do; the detail `reason` is as in
/// `Download::error`. From any thread.
Result<Page> fetch_page(const std::string& url, const HttpOptions& options, const std::atomic<bool>* stop = nullptr);

/// One archive to bring.
struct DownloadRequest {
  size_t id = 0;  ///< the caller's own number
  std::string url;
  std::string etag;           ///< of the copy at hand: makes the request conditional; empty for none
  std::string last_modified;  ///< likewise
  /// Other addresses of the same archive, tried in their order once `url` has failed for good. Not where it is gone: that is its word.
  std::vector<std::string> mirrors = {};
  /// Only asked about (HEAD), not brought: fetched then says that it is there, with `Download::bytes` where the server named its length
  /// (else -1), and neither sink nor hash.
  bool only_head = false;
};

/// Takes the bytes of one download. Written to by the thread that runs the downloads. Destroyed without `finish` where the download fails:
/// then nothing of it may stay visible. An error from any of its calls, or from `open`, ends the whole run with that error (a full disk, a
/// store that does not answer), for the next archive would meet it too; one that speaks of the bytes (limit_exceeded, invalid_argument,
/// corrupt_data, unsupported) ends this download alone as failed, not tried again.
class DownloadSink {
 public:
  virtual ~DownloadSink() = default;
  virtual Status write(std::span<const std::byte> bytes) = 0;
  /// Forgets all that was written: the transfer starts over.
  virtual Status restart() = 0;
  /// All bytes are there and checked: make them visible.
  virtual Status finish() = 0;
  /// Whether the sink sees to the SHA-256 of its bytes itself, on whatever thread: then `Download::sha256` stays empty.
  virtual bool hashes() const { return false; }
};

enum class DownloadState { fetched, not_modified, gone, failed };

/// What became of a request.
struct Download {
  size_t id = 0;
  DownloadState state = DownloadState::failed;
  int64_t bytes = 0;
  std::string sha256;  ///< lower-case hexadecimal, of what was fetched; empty where its sink hashes
  std::optional<std::string> etag;
  std::optional<std::string> last_modified;
  std::unique_ptr<DownloadSink> sink;  ///< finished; only where fetched, and not `only_head`
  /// Where failed or gone. Its detail `reason` is a short code: `http_NNN`, `file_not_found`, `file_unreadable`,
  /// `bad_url`, `dns_failed`, `host_down`, `connection_refused`, `connect_failed`, `connect_timed_out`, `connection_reset`, `no_answer`,
  /// `bad_answer`, `stalled`, `timed_out`, `truncated`, `wrong_range`, `not_an_archive`, `too_many_redirects`, `redirect_refused`,
  /// `redirect_to_private`, `tls_failed`, `tls_certificate`, `proxy_NNN`, `proxy_failed`, `bad_encoding`, `transfer_failed`, or
  /// the kind of the sink's error.
  std::optional<Error> error;
  int32_t attempts = 0;
  std::string url = {};           ///< where the answer came from, after redirects and mirrors; not masked
  std::string content_type = {};  ///< as the server said
  bool only_head = false;         ///< as in the request
};

/// What the caller has to say when it is asked for the next request.
struct Wait {};  ///< nothing now, ask again after `Downloader::wake`
struct End {};   ///< nothing more
using NextRequest = std::variant<DownloadRequest, Wait, End>;

/// Runs many downloads at once on the calling thread (libcurl's multi interface): connections are reused, HTTP/2 used where offered over
/// TLS, lengths checked against Content-Length, bytes hashed on the way. Nothing of a body is kept: memory does not grow with archives.
///
/// Failed connects, broken, stalled and truncated transfers, 408, 425, 429 and 5xx are tried again after a backoff with jitter, or when
/// `Retry-After` says (which holds back all transfers from that host). A transfer that broke in the middle goes on from there (Range with
/// If-Range, RFC 9110 section 14) where the server named a strong ETag or an old enough Last-Modified; where it then answers with the
/// whole, or with another range than asked for, the sink starts over. An attempt that brought a mebibyte or more does not count as one of
/// `attempts`. Archives are stored as sent, also under a Content-Encoding: Apache marks a .tgz itself as `x-gzip`.
///
/// A host that let sixteen requests in a row go without any answer counts as down: the others end as `host_down` at once, but for one each
/// `longest_backoff` that looks whether it is back. So a run does not spend hours on a dead host.
///
/// At most `connections_per_host` transfers run at once. A URL of the scheme file is read where the caller gave it, never by a redirect.
///
/// Threads: one thread at a time calls `run`; `wake` is for any thread.
class Downloader {
 public:
  explicit Downloader(HttpOptions options);
  ~Downloader();
  /// Runs until `next` said End and all is done, or `stop` is set (then: cancelled, within 200 ms). `open` makes a sink for a request when
  /// its first byte comes, or its end where it is empty; `done` is called once for each request. All three are called on this thread.
  /// `next` is asked when a transfer could start at once; after Wait, again when a transfer has ended or `wake` was called.
  /// Where the run itself ends early, the sinks of unfinished requests are destroyed and `done` is not called for them.
  /// invalid_argument for options that make no sense. Errors of a sink, and io for what this machine lacks, with the `reason`
  /// `too_many_open_files`, `out_of_memory`, `no_thread`, `ca_file` or `transfer_failed`.
  Status run(const std::function<NextRequest()>& next,
             const std::function<Result<std::unique_ptr<DownloadSink>>(const DownloadRequest&)>& open,
             const std::function<void(Download)>& done, const std::atomic<bool>& stop);
  /// From any thread: there may be a next request now, or stop was set.
  void wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace voxlake::net
