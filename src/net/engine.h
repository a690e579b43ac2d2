#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/curl.h"
#include "net/download.h"
#include "net/host_limit.h"
#include "net/rate_limit.h"
#include "net/retrieval.h"

namespace voxlake::net {

/// Runs retrievals on one thread: asks for requests, starts them as hosts allow, lets libcurl's multi interface move the bytes, and brings
/// back those that are to be tried again. What `Downloader` and `fetch_page` are made of.
class Engine {
 public:
  Engine(HttpOptions options, Purpose purpose);
  ~Engine();

  Status run(const std::function<NextRequest()>& next, const OpenSink& open, const std::function<void(Download)>& done,
             const std::atomic<bool>& stop);
  void wake();

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Waiting {
    std::unique_ptr<Retrieval> retrieval;
    Time due;
  };
  struct Active {
    std::unique_ptr<Retrieval> retrieval;
    CurlEasy easy;
  };

  /// What a run was called with.
  struct Caller {
    const std::function<NextRequest()>& next;
    const std::function<void(Download)>& done;
    RetrievalContext context;
  };

  Status check() const;
  Status loop(const Caller& caller);
  Status ask(const Caller& caller);
  Status start_due(const Caller& caller);
  Status start(std::unique_ptr<Retrieval> retrieval);
  Status reap(const Caller& caller);
  Status cut_stalled(const Caller& caller);
  Status settle(const Caller& caller, std::unique_ptr<Retrieval> retrieval, Retrieval::Next next);
  std::unique_ptr<Retrieval> detach(size_t index, Retrieval::Next next);
  HostLimit& host_of(const Retrieval& retrieval);
  Status resume_paused(const Caller& caller);
  std::chrono::milliseconds time_to_wait();
  void drop_all();

  HttpOptions options_;
  Purpose purpose_;
  std::shared_ptr<Surroundings> surroundings_;
  CurlMulti multi_;
  std::vector<CurlEasy> idle_;  ///< handles to use again
  std::vector<Active> active_;
  std::vector<Waiting> waiting_;
  std::map<std::string, HostLimit> hosts_;
  RateLimit rate_;
  bool ended_ = false;  ///< `next` said End
  bool told_to_wait_ = false;
  std::atomic<bool> woken_ = false;
};

}  // namespace voxlake::net
