#include "functions/worker.h"

#include <algorithm>
#include <array>
#include <random>

namespace voxlake::functions {
namespace {

constexpr int64_t signs_a_lease = 4;
constexpr int64_t leases_between_looks = 5;  ///< for what others left behind
constexpr int tries_to_write = 3;

std::string random_id() {
  static constexpr char digits[] = "0123456789abcdef";
  std::random_device random;
  std::string id;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) id += '-';
    id += digits[random() & 15U];
  }
  return id;
}

bool same_wish(const Request& a, const Request& b) {
  return a.to_json() == b.to_json();
}

}  // namespace

/// Keeps how far the operation at hand is, and tells the log.
class Worker::Watch final : public pipeline::Observer {
 public:
  Watch(Worker& worker, std::string id) : worker_(worker), id_(std::move(id)) {}

  void begin(pipeline::Stage stage, int64_t total) override {
    worker_.log_.begin(stage, total);
    keep([&](Operation& operation) {
      operation.stage = pipeline::to_string(stage);
      operation.finished = 0;
      operation.total = total;
    });
  }
  void advance(pipeline::Stage stage, int64_t done, int64_t bytes) override {
    worker_.log_.advance(stage, done, bytes);
    keep([&](Operation& operation) {
      if (operation.stage == pipeline::to_string(stage)) operation.finished = std::max(operation.finished, done);
    });
  }
  void message(pipeline::Level level, std::string_view text) override { worker_.log_.message(level, text); }
  void end(const pipeline::StageSummary& summary) override { worker_.log_.end(summary); }

 private:
  template <typename Change>
  void keep(const Change& change) {
    const std::lock_guard lock(worker_.mutex_);
    const auto found = worker_.held_.find(id_);
    if (found != worker_.held_.end()) change(found->second);
  }

  Worker& worker_;
  const std::string id_;
};

Worker::Worker(OperationStore& store, Perform perform, pipeline::Observer& log, WorkerOptions options, std::function<int64_t()> now_ms)
    : store_(store), perform_(std::move(perform)), log_(log), options_(std::move(options)), now_ms_(std::move(now_ms)) {}

Worker::~Worker() {
  stop();
}

void Worker::start() {
  worker_ = std::thread([this] { work(); });
  keeper_ = std::thread([this] { keep_alive(); });
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stop_current_ = true;
  }
  changed_.notify_all();
  if (worker_.joinable()) worker_.join();
  if (keeper_.joinable()) keeper_.join();
}

Result<Operation> Worker::submit(const Request& request, bool retries) {
  const std::lock_guard submitting(submitting_);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return failure(ErrorKind::cancelled, "this instance is stopping", "ask again in a moment");
    if (request.id.empty()) {
      for (const auto& [id, operation] : held_) {
        if (!has_ended(operation.state) && same_wish(operation.request, request)) return operation;
      }
    } else if (const auto found = held_.find(request.id); found != held_.end() && same_wish(found->second.request, request)) {
      return found->second;
    }
    if (held_.size() >= options_.most_held) {
      return failure(ErrorKind::limit_exceeded, std::to_string(held_.size()) + " operations are waiting already", "ask again later");
    }
  }
  return submit_as(request, request.id.empty() ? random_id() : request.id, retries);
}

Result<Operation> Worker::submit_as(const Request& request, const std::string& id, bool retries) {
  Operation operation;
  operation.id = id;
  operation.request = request;
  operation.created_ms = operation.updated_ms = now_ms_();
  operation.instance = options_.instance;
  Status created = store_.create(operation);
  if (created) {
    enqueue(operation);
    return operation;
  }
  if (created.error().kind != ErrorKind::already_exists) return propagate(created);
  VOXLAKE_ASSIGN(Operation known, look(id));
  if (same_wish(known.request, request)) {
    return retries && known.state == State::failed ? take_up(std::move(known)) : Result<Operation>(std::move(known));
  }
  return failure(ErrorKind::conflict, "the operation " + id + " is another request", "choose another id");
}

bool Worker::is_left(const Operation& operation) const {
  if (has_ended(operation.state)) return false;
  return operation.state == State::interrupted || now_ms_() - operation.updated_ms > options_.lease_ms;
}

Result<Operation> Worker::look(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = held_.find(id); found != held_.end()) return found->second;
  }
  VOXLAKE_ASSIGN(Operation operation, store_.read(id));
  return is_left(operation) ? take_up(std::move(operation)) : Result<Operation>(std::move(operation));
}

Result<Operation> Worker::take_up(Operation operation) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || held_.size() >= options_.most_held) return operation;
  }
  Operation mine = operation;
  mine.instance = options_.instance;
  VOXLAKE_ASSIGN(const bool claimed, store_.claim(mine, now_ms_() - options_.lease_ms));
  if (!claimed) return operation;
  if (operation.state == State::queued || operation.state == State::running) ++mine.deaths;
  if (operation.state == State::failed) mine.deaths = 0;
  mine.state = State::queued;
  mine.updated_ms = now_ms_();
  mine.error = "goes on after an interruption";
  if (mine.deaths >= options_.most_deaths) {
    mine.state = State::failed;
    mine.error = std::to_string(mine.deaths) + " instances died over it; the log of the last one, " + operation.instance + ", may say why";
  }
  VOXLAKE_TRY(store_.write(mine));
  if (has_ended(mine.state)) {
    log_.message(pipeline::Level::error, "operation " + mine.id + ": " + mine.error);
    return mine;
  }
  log_.message(pipeline::Level::info, "operation " + mine.id + " goes on: attempt " + std::to_string(mine.attempt));
  enqueue(mine);
  return mine;
}

Result<Operation> Worker::await_end(const std::string& id) {
  constexpr std::chrono::milliseconds look_around{500};
  for (;;) {
    VOXLAKE_ASSIGN(Operation operation, look(id));
    if (has_ended(operation.state)) return operation;
    std::unique_lock lock(mutex_);
    if (stopping_) return failure(ErrorKind::cancelled, "this instance is stopping", "another one goes on with the operation " + id);
    changed_.wait_for(lock, look_around);
  }
}

void Worker::enqueue(const Operation& operation) {
  {
    const std::lock_guard lock(mutex_);
    if (!held_.emplace(operation.id, operation).second) return;
    waiting_.push_back(operation.id);
  }
  changed_.notify_all();
}

bool Worker::pause(int64_t milliseconds) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, std::chrono::milliseconds(milliseconds), [this] { return stopping_; });
}

void Worker::work() {
  for (;;) {
    std::string id;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) break;
      id = waiting_.front();
      waiting_.pop_front();
      if (held_.count(id) == 0) continue;
      current_ = id;
      superseded_ = false;
      stop_current_ = false;
    }
    perform(id);
    const std::lock_guard lock(mutex_);
    current_.clear();
  }
  leave_waiting();
}

void Worker::perform(const std::string& id) {
  Request request;
  {
    const std::lock_guard lock(mutex_);
    request = held_.at(id).request;
  }
  const std::string what = "operation " + id + " (" + std::string(to_string(request.task)) + ")";
  const int64_t begin_ms = now_ms_();
  for (;;) {
    log_.message(pipeline::Level::info, what + " begins");
    const Status told = write(id, [](Operation& operation) {
      operation.state = State::running;
      operation.error.clear();
    });
    if (!told) log_.message(pipeline::Level::warning, what + ": cannot write its state: " + told.error().to_string());
    Watch watch(*this, id);
    const Result<Json> outcome = perform_(request, watch, stop_current_);
    const bool waits = !outcome && outcome.error().kind == ErrorKind::conflict && now_ms_() - begin_ms < options_.longest_wait_ms;
    if (!waits) return settle(id, outcome);
    log_.message(pipeline::Level::info, what + " waits: " + outcome.error().message);
    static_cast<void>(write(id, [&](Operation& operation) {
      operation.state = State::queued;
      operation.error = outcome.error().message;
    }));
    if (!pause(options_.retry_ms)) return settle(id, failure(ErrorKind::cancelled, "stopping"));
  }
}

void Worker::settle(const std::string& id, const Result<Json>& outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (superseded_) {
      held_.erase(id);
      changed_.notify_all();
      return;
    }
  }
  const auto change = [&](Operation& operation) {
    operation.error.clear();
    operation.state = outcome ? State::done : outcome.error().kind == ErrorKind::cancelled ? State::interrupted : State::failed;
    if (outcome) operation.result = *outcome;
    if (operation.state == State::failed) operation.error = outcome.error().to_string();
  };
  Status written = write(id, change);
  for (int i = 1; i < tries_to_write && !written && pause(options_.retry_ms); ++i) written = write(id, change);
  const std::string what = "operation " + id + (outcome ? " is done" : " ended: " + outcome.error().to_string());
  log_.message(outcome ? pipeline::Level::info : pipeline::Level::warning, what);
  if (written) return release(id);
  log_.message(pipeline::Level::error, "operation " + id + ": its end could not be written: " + written.error().to_string());
  changed_.notify_all();
}

void Worker::leave_waiting() {
  std::deque<std::string> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(waiting_);
  }
  for (const auto& id : left) {
    if (write(id, [](Operation& operation) { operation.state = State::interrupted; })) release(id);
  }
}

Status Worker::write(const std::string& id, const std::function<void(Operation&)>& change) {
  const std::lock_guard writing(writing_);
  Operation operation;
  {
    const std::lock_guard lock(mutex_);
    const auto found = held_.find(id);
    if (found == held_.end()) return {};
    change(found->second);
    found->second.updated_ms = now_ms_();
    operation = found->second;
  }
  return store_.write(operation);
}

void Worker::release(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    held_.erase(id);
  }
  changed_.notify_all();
}

void Worker::keep_alive() {
  recover();
  int64_t signs = 0;
  while (pause(std::max<int64_t>(options_.lease_ms / signs_a_lease, 1))) {
    keep_alive_once();
    if (++signs % (signs_a_lease * leases_between_looks) == 0) recover();
  }
}

void Worker::keep_alive_once() {
  std::vector<Operation> mine;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, operation] : held_) mine.push_back(operation);
  }
  for (const auto& operation : mine) {
    const auto superseded = store_.is_superseded(operation);
    if (superseded && *superseded) {
      log_.message(pipeline::Level::warning, "operation " + operation.id + " was taken up by another instance");
      const std::lock_guard lock(mutex_);
      if (operation.id == current_) {
        superseded_ = true;
        stop_current_ = true;
      } else {
        held_.erase(operation.id);
      }
      continue;
    }
    const Status written = write(operation.id, [](Operation&) {});
    if (!written) {
      log_.message(pipeline::Level::warning, "operation " + operation.id + ": cannot write its state: " + written.error().to_string());
    } else if (has_ended(operation.state)) {
      release(operation.id);
    }
  }
}

void Worker::recover() {
  const auto entries = store_.list();
  if (!entries) return log_.message(pipeline::Level::warning, "cannot look for operations: " + entries.error().to_string());
  for (const auto& entry : *entries) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (held_.count(entry.id) > 0) continue;
    }
    const bool is_old = now_ms_() - entry.modified_ms > options_.keep_ms;
    if (settled_.count(entry.id) == 0 || is_old) recover_one(entry.id);
  }
}

void Worker::recover_one(const std::string& id) {
  auto operation = store_.read(id);
  if (!operation) {
    if (operation.error().kind == ErrorKind::corrupt_data) settled_.insert(id);
    return log_.message(pipeline::Level::warning, "operation " + id + ": " + operation.error().to_string());
  }
  if (has_ended(operation->state)) {
    settled_.insert(id);
    if (now_ms_() - operation->updated_ms > options_.keep_ms) static_cast<void>(store_.remove(*operation));
    return;
  }
  if (!is_left(*operation)) return;
  if (const auto taken = take_up(std::move(*operation)); !taken) {
    log_.message(pipeline::Level::warning, "operation " + id + " cannot be taken up: " + taken.error().to_string());
  }
}

}  // namespace voxlake::functions
