#include "net/engine.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "net/blocked_signal.h"

namespace voxlake::net {
namespace {

using std::chrono::milliseconds;

/// `stop` may be set without a call of `wake`, and is to be seen within 200 ms.
constexpr milliseconds longest_poll{100};
/// Requests that wait for another attempt do not hold up the others, but neither do they pile up without bound.
constexpr size_t in_hand_per_connection = 4;

tl::unexpected<Error> interrupted() {
  return failure(ErrorKind::cancelled, "the downloads were interrupted", "run again: what is already there is kept");
}

}  // namespace

Engine::Engine(HttpOptions options, Purpose purpose)
    : options_(std::move(options)),
      purpose_(purpose),
      surroundings_(options_.surroundings ? options_.surroundings : std::make_shared<Surroundings>()),
      multi_(load_curl() ? curl().multi_init() : nullptr),
      rate_(options_.bytes_per_second) {
  if (!multi_) return;
  const long connections = std::max(options_.connections_per_host, 1);
  curl().multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections);
  curl().multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 2 * connections);
  curl().multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
}

Engine::~Engine() {
  drop_all();
}

void Engine::wake() {
  woken_.store(true);
  if (multi_) curl().multi_wakeup(multi_.get());
}

Status Engine::check() const {
  VOXLAKE_TRY(load_curl());
  if (!multi_) return failure(ErrorKind::internal, "libcurl is out of memory");
  const auto refuse = [](const char* what) { return failure(ErrorKind::invalid_argument, std::string("cannot download with ") + what); };
  if (options_.connections_per_host < 1) return refuse("fewer than one connection per host");
  if (options_.attempts < 1) return refuse("fewer than one attempt");
  if (options_.first_backoff.count() < 0 || options_.longest_backoff.count() < 0) return refuse("a negative backoff");
  if (options_.connect_timeout.count() <= 0 || options_.stall_timeout.count() <= 0) return refuse("a time-out that is not positive");
  if (options_.max_redirects < 0 || options_.bytes_per_second < 0) return refuse("a negative limit");
  return {};
}

Status Engine::run(const std::function<NextRequest()>& next, const OpenSink& open, const std::function<void(Download)>& done,
                   const std::atomic<bool>& stop) {
  VOXLAKE_TRY(check());
  const BlockedBrokenPipe blocked;
  ended_ = told_to_wait_ = false;
  const Caller caller{next, done, {options_, *surroundings_, rate_, purpose_, open, stop}};
  Status outcome = loop(caller);
  drop_all();
  return outcome;
}

Status Engine::loop(const Caller& caller) {
  while (true) {
    if (caller.context.stop.load()) return interrupted();
    VOXLAKE_TRY(start_due(caller));
    VOXLAKE_TRY(ask(caller));
    VOXLAKE_TRY(resume_paused(caller));
    if (ended_ && active_.empty() && waiting_.empty()) return {};
    int running = 0;
    if (const CURLMcode code = curl().multi_perform(multi_.get(), &running); code != CURLM_OK) {
      return failure(ErrorKind::internal, std::string("libcurl failed: ") + curl().multi_strerror(code));
    }
    if (caller.context.stop.load()) return interrupted();
    const size_t before = active_.size();
    VOXLAKE_TRY(reap(caller));
    VOXLAKE_TRY(cut_stalled(caller));
    // What has ended makes room for what comes next.
    if (active_.size() < before) continue;
    curl().multi_poll(multi_.get(), nullptr, 0, static_cast<int>(time_to_wait().count()), nullptr);
  }
}

/// Starts what waited for its time, or for its host.
Status Engine::start_due(const Caller& caller) {
  const size_t most = static_cast<size_t>(options_.connections_per_host);
  for (size_t i = 0; i < waiting_.size() && active_.size() < most;) {
    const Time now = surroundings_->now();
    if (waiting_[i].due > now || !host_of(*waiting_[i].retrieval).admits(now)) {
      ++i;
      continue;
    }
    std::unique_ptr<Retrieval> retrieval = std::move(waiting_[i].retrieval);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    if (host_of(*retrieval).is_down(now)) {
      const Retrieval::Next next = retrieval->conclude_unasked();
      VOXLAKE_TRY(settle(caller, std::move(retrieval), next));
    } else {
      VOXLAKE_TRY(start(std::move(retrieval)));
    }
  }
  return {};
}

Status Engine::ask(const Caller& caller) {
  if (woken_.exchange(false)) told_to_wait_ = false;
  const size_t most = static_cast<size_t>(options_.connections_per_host);
  while (!ended_ && !told_to_wait_ && active_.size() < most && active_.size() + waiting_.size() < most * in_hand_per_connection) {
    if (caller.context.stop.load()) return interrupted();
    NextRequest next = caller.next();
    if (std::holds_alternative<End>(next)) {
      ended_ = true;
    } else if (std::holds_alternative<Wait>(next)) {
      told_to_wait_ = true;
    } else {
      auto retrieval = std::make_unique<Retrieval>(caller.context, std::get<DownloadRequest>(std::move(next)));
      const Retrieval::Next begun = retrieval->begin();
      VOXLAKE_TRY(settle(caller, std::move(retrieval), begun));
      VOXLAKE_TRY(start_due(caller));
    }
  }
  return {};
}

Status Engine::start(std::unique_ptr<Retrieval> retrieval) {
  CurlEasy easy;
  if (idle_.empty()) {
    easy.reset(curl().easy_init());
  } else {
    easy = std::move(idle_.back());
    idle_.pop_back();
  }
  if (!easy) return failure(ErrorKind::internal, "libcurl is out of memory");
  retrieval->prepare(easy.get());
  host_of(*retrieval).started();
  CURL* handle = easy.get();
  active_.push_back({std::move(retrieval), std::move(easy)});
  if (const CURLMcode code = curl().multi_add_handle(multi_.get(), handle); code != CURLM_OK) {
    return failure(ErrorKind::internal, std::string("libcurl failed: ") + curl().multi_strerror(code));
  }
  return {};
}

/// Takes what libcurl has brought to an end.
Status Engine::reap(const Caller& caller) {
  int left = 0;
  while (const CURLMsg* message = curl().multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const auto found =
        std::find_if(active_.begin(), active_.end(), [&](const Active& one) { return one.easy.get() == message->easy_handle; });
    if (found == active_.end()) continue;
    const Retrieval::Next next = found->retrieval->conclude(code);
    VOXLAKE_TRY(settle(caller, detach(static_cast<size_t>(found - active_.begin()), next), next));
  }
  return {};
}

Status Engine::cut_stalled(const Caller& caller) {
  const Time now = surroundings_->now();
  for (size_t i = 0; i < active_.size();) {
    if (!active_[i].retrieval->is_stalled(now)) {
      ++i;
      continue;
    }
    const Retrieval::Next next = active_[i].retrieval->conclude_stalled();
    VOXLAKE_TRY(settle(caller, detach(i, next), next));
  }
  return {};
}

/// Takes an active retrieval off libcurl.
std::unique_ptr<Retrieval> Engine::detach(size_t index, Retrieval::Next next) {
  Active one = std::move(active_[index]);
  active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(index));
  curl().multi_remove_handle(multi_.get(), one.easy.get());
  curl().easy_reset(one.easy.get());  // it points into the retrieval, which may not outlive it
  idle_.push_back(std::move(one.easy));

  HostLimit& host = host_of(*one.retrieval);
  if (one.retrieval->was_too_much()) {
    host.was_too_much();
  } else if (one.retrieval->was_answered()) {
    host.answered_well();
  } else if (next == Retrieval::Next::done && one.retrieval->is_remote()) {
    host.gave_up(surroundings_->now(), options_.longest_backoff);
  }
  if (const auto length = one.retrieval->retry_after(); length && *length <= options_.longest_retry_after) {
    host.hold_until(surroundings_->now() + *length);
  }
  host.ended();
  told_to_wait_ = false;
  return std::move(one.retrieval);
}

Status Engine::settle(const Caller& caller, std::unique_ptr<Retrieval> retrieval, Retrieval::Next next) {
  switch (next) {
    case Retrieval::Next::again: {
      const Time due = surroundings_->now() + retrieval->delay();
      waiting_.push_back({std::move(retrieval), due});
      return {};
    }
    case Retrieval::Next::done: {
      caller.done(retrieval->take_download());
      return {};
    }
    case Retrieval::Next::run_ends: break;
  }
  return tl::unexpected<Error>(retrieval->take_fatal_error());
}

HostLimit& Engine::host_of(const Retrieval& retrieval) {
  return hosts_.try_emplace(retrieval.origin(), options_.connections_per_host, options_.adapt_connections).first->second;
}

Status Engine::resume_paused(const Caller& caller) {
  for (size_t i = 0; i < active_.size();) {
    Retrieval& retrieval = *active_[i].retrieval;
    CURLcode code = CURLE_OK;
    if (retrieval.is_paused() && rate_.allows(surroundings_->now())) code = retrieval.resume();
    if (code == CURLE_OK) {
      ++i;
      continue;
    }
    // What was held back is written at once, and its failure is told here alone.
    const Retrieval::Next next = retrieval.conclude(code);
    VOXLAKE_TRY(settle(caller, detach(i, next), next));
  }
  return {};
}

milliseconds Engine::time_to_wait() {
  const Time now = surroundings_->now();
  Time due = Time::max();
  for (const Waiting& one : waiting_) due = std::min(due, std::max(one.due, host_of(*one.retrieval).not_before()));
  const bool any_paused = std::any_of(active_.begin(), active_.end(), [](const Active& one) { return one.retrieval->is_paused(); });
  if (any_paused) due = std::min(due, rate_.paid_at());
  if (due == Time::max()) return longest_poll;
  const auto left = std::chrono::ceil<milliseconds>(std::max(due - now, Time::duration::zero()));
  return std::min(active_.empty() ? surroundings_->pause(left) : left, longest_poll);
}

void Engine::drop_all() {
  for (const Active& one : active_) curl().multi_remove_handle(multi_.get(), one.easy.get());
  active_.clear();
  waiting_.clear();
  hosts_.clear();
}

}  // namespace voxlake::net
