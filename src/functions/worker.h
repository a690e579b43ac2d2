#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "error/result.h"
#include "functions/operation.h"
#include "functions/operation_store.h"
#include "pipeline/observer.h"

namespace voxlake::functions {

/// Does what a request asks for, and gives the result that callers see. conflict where somebody else works on the lake; cancelled once
/// `stop` is set.
using Perform = std::function<Result<Json>(const Request& request, pipeline::Observer& observer, const std::atomic<bool>& stop)>;

struct WorkerOptions {
  std::string instance;                               ///< this process, among all
  int64_t lease_ms = 60'000;                          ///< an operation without a sign of life for so long is a dead instance's
  int64_t retry_ms = 5'000;                           ///< between two tries at a lake that another one works on
  int64_t longest_wait_ms = int64_t{24} * 3'600'000;  ///< for such a lake; then the operation fails
  int64_t most_deaths = 5;                            ///< instances that may die over an operation before it fails
  size_t most_held = 100;                             ///< operations under way; more are refused
  int64_t keep_ms = int64_t{30} * 24 * 3'600'000;     ///< ended operations are forgotten after so long
};

/// Does the operations, one after the other: they write to one lake, which is locked meanwhile, and each uses all of the machine.
///
/// An operation is in the lake before its caller has an answer. While this instance has it, it is written again every quarter of a lease,
/// with how far it is. Told to stop, the worker leaves what it has as `interrupted`; killed, it leaves it without a sign of life. Either
/// way another instance (or this one, started anew) claims the next attempt, when it starts, every few leases, or when it is asked for the
/// state. Since stages only do what the lake lacks, an attempt goes on where the last one stopped. An instance that was taken for dead and
/// is not finds the claim, and leaves the operation alone. Thread safe.
class Worker {
 public:
  Worker(OperationStore& store, Perform perform, pipeline::Observer& log, WorkerOptions options, std::function<int64_t()> now_ms);
  ~Worker();
  Worker(const Worker&) = delete;

  /// Begins to work, first on what other instances left.
  void start();
  /// Ends what is at hand as soon as it can be, and leaves everything to others. Waits for it.
  void stop();

  /// Keeps the request as an operation and queues it. One that has an id is that operation, also when it is asked for again; one without is
  /// the operation with the same wish that is under way, if there is one. conflict where the id stands for another request; limit_exceeded
  /// where too much is queued; cancelled when stopping. `retries`: one that failed is tried again.
  Result<Operation> submit(const Request& request, bool retries = false);
  /// How it stands, whichever instance has it. Takes up what was left behind. not_found where there is none of this id.
  Result<Operation> look(const std::string& id);
  /// The same once it has ended; cancelled when stopping before.
  Result<Operation> await_end(const std::string& id);

 private:
  class Watch;

  Result<Operation> submit_as(const Request& request, const std::string& id, bool retries);
  Result<Operation> take_up(Operation operation);
  bool is_left(const Operation& operation) const;
  void enqueue(const Operation& operation);
  void recover();
  void recover_one(const std::string& id);
  void work();
  void perform(const std::string& id);
  void settle(const std::string& id, const Result<Json>& outcome);
  void leave_waiting();
  void keep_alive();
  void keep_alive_once();
  /// Changes a held operation and writes it. Whatever is written goes through here, so that no older state comes after a newer one.
  Status write(const std::string& id, const std::function<void(Operation&)>& change);
  void release(const std::string& id);
  /// False when stopping.
  bool pause(int64_t milliseconds);

  OperationStore& store_;
  const Perform perform_;
  pipeline::Observer& log_;
  const WorkerOptions options_;
  const std::function<int64_t()> now_ms_;

  std::mutex submitting_;  ///< so that two callers with one wish find each other; taken before mutex_
  std::mutex writing_;     ///< taken before mutex_
  std::mutex mutex_;       ///< guards what follows
  std::condition_variable changed_;
  std::map<std::string, Operation> held_;  ///< this instance's: those under way, and ended ones that could not be written
  std::deque<std::string> waiting_;        ///< ids, in the order in which they came
  std::string current_;
  bool superseded_ = false;  ///< the current one is somebody else's by now
  bool stopping_ = false;
  std::atomic<bool> stop_current_{false};

  std::set<std::string> settled_;  ///< ids of ended operations, so that they are not read again; the keeper's thread's
  std::thread worker_;
  std::thread keeper_;  ///< of signs of life
};

}  // namespace voxlake::functions
