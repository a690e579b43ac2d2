#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "net/curl.h"
#include "net/download.h"
#include "net/fault.h"
#include "net/rate_limit.h"
#include "net/response_head.h"
#include "net/sha256.h"
#include "net/surroundings.h"
#include "net/url.h"

namespace voxlake::net {

using OpenSink = std::function<Result<std::unique_ptr<DownloadSink>>(const DownloadRequest&)>;

/// What the bytes are for. A page may come compressed and may be HTML; an archive is stored as sent, and goes on after a break.
enum class Purpose { archive, page };

/// What all retrievals of a run share; outlives them.
struct RetrievalContext {
  const HttpOptions& options;
  Surroundings& surroundings;
  RateLimit& rate;
  Purpose purpose;
  const OpenSink& open;
  const std::atomic<bool>& stop;
};

/// One request on its way through its attempts. The engine gives it a libcurl handle for each attempt:
///   begin → (prepare → transfer → conclude)* until `conclude` says something else than `again`.
class Retrieval {
 public:
  enum class Next {
    again,     ///< another attempt, not before `delay` has passed
    done,      ///< `take_download` has the outcome
    run_ends,  ///< the sink or this machine cannot go on: `take_fatal_error`
  };

  Retrieval(const RetrievalContext& context, DownloadRequest request);
  Retrieval(const Retrieval&) = delete;
  Retrieval& operator=(const Retrieval&) = delete;

  /// Checks the address, and answers without a transfer where that can be done.
  Next begin();
  /// Sets `easy` up for the next attempt, with callbacks into this object.
  void prepare(CURL* easy);
  /// The attempt ended with `code`.
  Next conclude(CURLcode code);
  /// The attempt was cut off by the engine because no byte came for too long.
  Next conclude_stalled();
  /// No further attempt is worth making: the host has not answered others for long.
  Next conclude_unasked();

  /// Whether no byte has come for longer than `HttpOptions::stall_timeout`.
  bool is_stalled(std::chrono::steady_clock::time_point now) const;
  /// Whether it waits for the rate limit; then `resume` is to be called when that allows.
  bool is_paused() const { return paused_; }
  CURLcode resume();
  const std::string& origin() const { return parts_.origin; }
  std::chrono::milliseconds delay() const { return delay_; }
  /// How long the last answer asked everybody to stay away.
  std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }
  bool is_remote() const { return parts_.scheme != "file"; }
  bool was_answered() const { return head_.status != 0; }
  /// Whether the last answer was 429 or 503: too much at once.
  bool was_too_much() const { return head_.status == 429 || head_.status == 503; }

  Download take_download() { return std::move(download_); }
  Error take_fatal_error() { return std::move(*own_error_); }

 private:
  // What libcurl calls, with `this` as its first or last argument.
  static size_t on_header(char* bytes, size_t size, size_t count, void* self);
  static size_t on_body(char* bytes, size_t size, size_t count, void* self);
  static curl_socket_t on_open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port);

  Next begin_file();
  void set_headers();
  void set_limits();
  void set_connection();

  bool take_body(std::span<const std::byte> bytes);
  bool begin_body(std::span<const std::byte> first);
  bool begin_whole(std::span<const std::byte> first);
  bool begin_rest();
  bool ensure_sink();
  bool restart_sink();

  bool is_refused(const std::string& address) const;
  bool names_refused_address() const;
  Fault fault_of(CURLcode code) const;
  Fault wrong_range();
  Next conclude_answer();
  Next conclude_head();
  Next conclude_body();
  Next judge(Fault fault);
  Next fail(Error error, bool gone);
  Next end_by_own_error();
  Next finish(DownloadState state);

  const RetrievalContext& context_;
  DownloadRequest request_;
  UrlParts parts_;  ///< of the address in use: `request_.url`, then its mirrors
  size_t next_mirror_ = 0;
  std::optional<Error> first_error_;  ///< of `request_.url`, while mirrors are tried
  Download download_;

  // What has come so far, over all attempts.
  std::unique_ptr<DownloadSink> sink_;
  std::optional<Error> own_error_;  ///< of the sink, or of this machine
  Sha256 hash_;                     ///< of the bytes in the sink, unless that hashes itself
  int64_t offset_ = 0;              ///< bytes in the sink
  int64_t best_offset_ = 0;         ///< the most that there ever were
  std::optional<int64_t> total_;
  std::string validator_;  ///< for If-Range; empty: start over after a break
  std::string etag_;       ///< of the bytes in the sink
  int32_t failures_ = 0;   ///< in a row, without much progress
  std::chrono::milliseconds delay_{0};
  std::optional<std::chrono::milliseconds> retry_after_;

  // Of the attempt that runs.
  CURL* easy_ = nullptr;
  CurlList headers_;
  std::array<char, CURL_ERROR_SIZE> curl_text_{};
  ResponseHead head_;
  bool conditional_ = false;
  int64_t range_from_ = 0;  ///< 0: the whole was asked for
  bool body_begun_ = false;
  bool skips_body_ = false;  ///< it is an error page
  int64_t skipped_bytes_ = 0;
  bool connected_ = false;
  bool paused_ = false;
  std::string first_address_;
  bool from_private_ = false;
  bool refused_address_ = false;
  int socket_error_ = 0;  ///< errno of a socket that could not be opened for want of something
  std::optional<Fault> fault_;
  std::chrono::steady_clock::time_point last_byte_;
};

}  // namespace voxlake::net
