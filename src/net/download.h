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
};

/// A page fetched whole.
struct Page {
  std::string url;  ///< after redirects
  std::string content_type;
  std::string body;
};

/// Fetches one page (http, https or file). not_found for 404 and 410; network for what failed after its retries; the message names the URL
/// (its password masked), the status and what to do.
Result<Page> fetch_page(const std::string& url, const HttpOptions& options, const std::atomic<bool>* stop = nullptr);

/// One archive to bring.
struct DownloadRequest {
  size_t id = 0;  ///< the caller's own number
  std::string url;
  std::string etag;           ///< of the copy at hand: makes the request conditional; empty for none
  std::string last_modified;  ///< likewise
};

/// Takes the bytes of one download. Written to by the thread that runs the downloads.
class DownloadSink {
 public:
  virtual ~DownloadSink() = default;
  virtual Status write(std::span<const std::byte> bytes) = 0;
  /// Forgets all that was written: the transfer starts over.
  virtual Status restart() = 0;
  /// All bytes are there and checked: make them visible.
  virtual Status finish() = 0;
};

enum class DownloadState { fetched, not_modified, gone, failed };

/// What became of a request.
struct Download {
  size_t id = 0;
  DownloadState state = DownloadState::failed;
  int64_t bytes = 0;
  std::string sha256;  ///< lower-case hexadecimal, of what was fetched
  std::optional<std::string> etag;
  std::optional<std::string> last_modified;
  std::unique_ptr<DownloadSink> sink;  ///< finished; only where fetched
  std::optional<Error> error;          ///< where failed or gone; `reason` in its details
  int32_t attempts = 0;
};

/// What the caller has to say when it is asked for the next request.
struct Wait {};  ///< nothing now, ask again after `Downloader::wake`
struct End {};   ///< nothing more
using NextRequest = std::variant<DownloadRequest, Wait, End>;

/// Runs many downloads at once on the calling thread (libcurl's multi interface): connections are reused, HTTP/2 used where offered,
/// lengths checked against Content-Length, bytes hashed on the way, failures retried with backoff and Retry-After.
class Downloader {
 public:
  explicit Downloader(HttpOptions options);
  ~Downloader();
  /// Runs until `next` said End and all is done, or `stop` is set (then: cancelled). `open` makes a sink for a request when its first byte
  /// comes; `done` is called once for each request. All three are called on this thread.
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
