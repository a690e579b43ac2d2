#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "net/curl.h"
#include "net/fault.h"

namespace voxlake::net {

/// One request to a service, its body and its answer in memory.
struct HttpCall {
  std::string method = "GET";
  std::string url;  ///< percent-encoded
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string_view body = {};  ///< of PUT and POST, which always send one; must outlive the call
  std::chrono::milliseconds connect_timeout{20'000};
  std::chrono::milliseconds stall_timeout{60'000};  ///< with less than a byte a second
  bool through_proxy = true;                        ///< false for addresses that only this machine has
  /// A connection of its own. On a kept one that the server has just closed, libcurl sends a request again by itself, though it may have
  /// arrived: not for what must not happen twice.
  bool fresh_connection = false;
};

struct HttpAnswer {
  long status = 0;
  std::map<std::string, std::string, std::less<>> headers = {};  ///< names in lower case
  std::string body = {};

  /// The value of a header, empty where the answer has none.
  std::string header(std::string_view name) const;
};

/// Makes calls, one attempt each. Never follows a redirect: the headers of a call carry secrets that are for one host alone. Connections
/// are kept and used again. Thread safe: as many calls at once as there are threads.
class HttpCaller {
 public:
  struct Options {
    std::string user_agent = "voxlake/0.1";
    std::string ca_file;  ///< PEM; empty: the system's
    int64_t max_answer_bytes = int64_t{8} << 30;
  };
  explicit HttpCaller(Options options);

  /// The answer, whatever its status; a fault where none came.
  tl::expected<HttpAnswer, Fault> call(const HttpCall& call);

 private:
  CurlEasy take();
  void give_back(CurlEasy easy);

  const Options options_;
  std::mutex mutex_;
  std::vector<CurlEasy> idle_;  ///< guarded by mutex_; each with its open connections
};

/// Percent-encodes all bytes but letters, digits, `-._~` and those of `kept`.
std::string percent_encoded(std::string_view text, std::string_view kept = {});

}  // namespace voxlake::net
