#include "functions/worker.h"

#include <gtest/gtest.h>

#include <future>

#include "lake/fault_storage.h"
#include "lake/memory_storage.h"

namespace voxlake::functions {
namespace {

constexpr int64_t lease_ms = 2000;  // longer than a busy machine keeps an instance from its signs of life
constexpr std::chrono::milliseconds moment{5};

Request decode_request(const std::string& id, const std::string& name = "voxforge") {
  Request request;
  request.task = Task::decode;
  request.id = id;
  request.name = name;
  return request;
}

int64_t real_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Work that a test lets go on or end.
struct Work {
  std::atomic<int> begun{0};
  std::atomic<bool> may_end{true};
  std::function<Result<Json>(const Request&)> outcome = [](const Request& request) -> Result<Json> { return Json{{"name", request.name}}; };

  Result<Json> operator()(const Request& request, pipeline::Observer& observer, const std::atomic<bool>& stop) {
    observer.begin(pipeline::Stage::decode, 10);
    observer.advance(pipeline::Stage::decode, 4, 0);
    ++begun;
    while (!may_end) {
      if (stop) return failure(ErrorKind::cancelled, "interrupted");
      std::this_thread::sleep_for(moment);
    }
    return outcome(request);
  }
};

/// One instance of the function app on a lake that it shares with others.
struct Instance {
  explicit Instance(std::shared_ptr<lake::Storage> lake, const std::string& name = "one")
      : store([lake]() -> Result<std::shared_ptr<lake::Storage>> { return lake; }),
        worker(
            store, [this](const auto& request, auto& observer, const auto& stop) { return work(request, observer, stop); }, log,
            options(name), real_ms) {}
  ~Instance() {
    work.may_end = true;
    worker.stop();
  }

  static WorkerOptions options(const std::string& name) {
    WorkerOptions options;
    options.instance = name;
    options.lease_ms = lease_ms;
    options.retry_ms = 10;
    options.most_held = 3;
    options.most_deaths = 2;
    return options;
  }

  pipeline::SilentObserver log;
  OperationStore store;
  Work work;
  Worker worker;
};

template <typename Condition>
bool comes_true(const Condition& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(moment);
  }
  return false;
}

TEST(WorkerTest, AnOperationIsDoneAndItsStateStaysInTheLake) {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  {
    Instance one(lake);
    one.worker.start();
    const auto submitted = one.worker.submit(decode_request("a"));
    ASSERT_TRUE(submitted) << submitted.error().to_string();
    EXPECT_EQ(submitted->id, "a");
    const auto ended = one.worker.await_end("a");
    ASSERT_TRUE(ended) << ended.error().to_string();
    EXPECT_EQ(ended->state, State::done);
  }
  Instance two(lake, "two");
  const auto told = two.worker.look("a");
  ASSERT_TRUE(told) << told.error().to_string();
  EXPECT_EQ(told->state, State::done);
  EXPECT_EQ(told->result["name"], "voxforge");
  EXPECT_EQ(told->instance, "one");
}

TEST(WorkerTest, AnIdStandsForOneRequest) {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  Instance one(lake);
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  ASSERT_EQ(one.worker.await_end("a")->state, State::done);
  EXPECT_EQ(one.worker.submit(decode_request("a"))->state, State::done);
  EXPECT_EQ(one.work.begun, 1);
  const auto other = one.worker.submit(decode_request("a", "another"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::conflict);
}

TEST(WorkerTest, TheSameWishWithoutAnIdIsTheOperationUnderWay) {
  Instance one(std::make_shared<lake::MemoryStorage>());
  one.work.may_end = false;
  one.worker.start();
  const auto first = one.worker.submit(decode_request(""));
  const auto again = one.worker.submit(decode_request(""));
  const auto other = one.worker.submit(decode_request("", "another"));
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->id, again->id);
  EXPECT_NE(first->id, other->id);
  EXPECT_TRUE(is_operation_id(first->id));
}

TEST(WorkerTest, RequestsOfManyCallersAtOnceBecomeOneOperation) {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  Instance one(lake), two(lake, "two");
  one.worker.start();
  two.worker.start();
  std::vector<std::future<bool>> callers;
  for (int i = 0; i < 16; ++i) {
    Worker& worker = i % 2 == 0 ? one.worker : two.worker;
    callers.push_back(std::async(std::launch::async, [&worker] { return worker.submit(decode_request("a")).has_value(); }));
  }
  for (auto& caller : callers) EXPECT_TRUE(caller.get());
  EXPECT_EQ(one.worker.await_end("a")->state, State::done);
  EXPECT_EQ(one.work.begun + two.work.begun, 1);
}

TEST(WorkerTest, NoMoreIsTakenThanCanWait) {
  Instance one(std::make_shared<lake::MemoryStorage>());
  one.work.may_end = false;
  one.worker.start();
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(one.worker.submit(decode_request(id)));
  const auto more = one.worker.submit(decode_request("d"));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().kind, ErrorKind::limit_exceeded);
}

TEST(WorkerTest, ProgressIsToldAndWrittenWhileItGoesOn) {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  Instance one(lake), two(lake, "two");
  one.work.may_end = false;
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  EXPECT_TRUE(comes_true([&] { return one.worker.look("a")->finished == 4; }));
  EXPECT_TRUE(comes_true([&] { return two.worker.look("a")->finished == 4; }));
  const int64_t before = two.worker.look("a")->updated_ms;
  EXPECT_TRUE(comes_true([&] { return two.worker.look("a")->updated_ms > before; }));
  EXPECT_EQ(two.worker.look("a")->instance, "one");
}

TEST(WorkerTest, WhatAStoppedInstanceLeftGoesOnWhenAnotherStarts) {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  Instance one(lake);
  one.work.may_end = false;
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  ASSERT_TRUE(one.worker.submit(decode_request("b")));
  ASSERT_TRUE(comes_true([&] { return one.work.begun == 1; }));
  one.worker.stop();
  EXPECT_EQ(one.store.read("a")->state, State::interrupted);
  EXPECT_EQ(one.store.read("b")->state, State::interrupted);
  EXPECT_EQ(one.worker.submit(decode_request("c")).error().kind, ErrorKind::cancelled);
  EXPECT_EQ(one.worker.look("a")->state, State::interrupted);  // it does not take up what it left itself

  Instance two(lake, "two");
  two.worker.start();
  for (const char* id : {"a", "b"}) {
    EXPECT_TRUE(comes_true([&] { return has_ended(two.store.read(id)->state); })) << id;
    EXPECT_EQ(two.store.read(id)->state, State::done);
    EXPECT_EQ(two.store.read(id)->attempt, 2);
    EXPECT_EQ(two.store.read(id)->deaths, 0);
  }
}

/// The lake as it is when its instance was killed at work.
std::shared_ptr<lake::MemoryStorage> lake_of_a_dead_instance() {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  Instance one(lake, "dead");
  one.work.may_end = false;
  one.worker.start();
  EXPECT_TRUE(one.worker.submit(decode_request("a")));
  EXPECT_TRUE(comes_true([&] { return one.store.read("a")->state == State::running; }));
  return lake->copy();
}

TEST(WorkerTest, WhatADeadInstanceLeftGoesOnWhenSomebodyAsksForIt) {
  const auto lake = lake_of_a_dead_instance();
  Instance two(lake, "two");
  EXPECT_EQ(two.worker.look("a")->state, State::running);  // it may live
  std::this_thread::sleep_for(std::chrono::milliseconds(lease_ms + 50));
  EXPECT_EQ(two.worker.look("a")->state, State::queued);
  two.worker.start();
  EXPECT_EQ(two.worker.await_end("a")->state, State::done);
  EXPECT_EQ(two.store.read("a")->attempt, 2);
  EXPECT_EQ(two.store.read("a")->deaths, 1);
}

TEST(WorkerTest, OnlyOneOfManyInstancesTakesUpWhatWasLeft) {
  const auto lake = lake_of_a_dead_instance();
  std::this_thread::sleep_for(std::chrono::milliseconds(lease_ms + 50));
  std::vector<std::unique_ptr<Instance>> instances;
  std::vector<std::future<void>> callers;
  for (int i = 0; i < 8; ++i) instances.push_back(std::make_unique<Instance>(lake, std::to_string(i)));
  for (auto& instance : instances) {
    instance->worker.start();
    callers.push_back(std::async(std::launch::async, [&] { static_cast<void>(instance->worker.look("a")); }));
  }
  for (auto& caller : callers) caller.get();
  EXPECT_EQ(instances[0]->worker.await_end("a")->state, State::done);
  int begun = 0;
  for (auto& instance : instances) begun += instance->work.begun;
  EXPECT_EQ(begun, 1);
}

TEST(WorkerTest, AClaimWhoseInstanceDiedAtOnceDoesNotBlockTheNext) {
  const auto lake = lake_of_a_dead_instance();
  ASSERT_TRUE(lake->put_if_absent("miscellaneous/operations/a.attempt-2", "dead too"));
  Instance two(lake, "two");
  std::this_thread::sleep_for(std::chrono::milliseconds(lease_ms + 50));
  ASSERT_TRUE(two.worker.look("a"));
  two.worker.start();
  EXPECT_EQ(two.worker.await_end("a")->attempt, 3);
}

TEST(WorkerTest, AnInstanceThatWasTakenForDeadLeavesItsOperationToTheOther) {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  Instance one(lake);
  one.work.may_end = false;
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  ASSERT_TRUE(comes_true([&] { return one.work.begun == 1; }));
  Operation taken = *one.store.read("a");
  taken.instance = "two";
  ASSERT_TRUE(*one.store.claim(taken, real_ms()));
  taken.state = State::done;
  EXPECT_TRUE(comes_true([&] {
    static_cast<void>(one.store.write(taken));
    std::this_thread::sleep_for(std::chrono::milliseconds(lease_ms));
    return one.worker.look("a")->state == State::done;
  }));
  EXPECT_EQ(one.store.read("a")->instance, "two");
}

TEST(WorkerTest, AnOperationThatInstancesDieOverFails) {
  auto lake = lake_of_a_dead_instance();
  OperationStore store([&]() -> Result<std::shared_ptr<lake::Storage>> { return lake; });
  Operation operation = *store.read("a");
  operation.deaths = 1;
  ASSERT_TRUE(store.write(operation));
  std::this_thread::sleep_for(std::chrono::milliseconds(lease_ms + 50));
  Instance two(lake, "two");
  const auto told = two.worker.look("a");
  ASSERT_TRUE(told) << told.error().to_string();
  EXPECT_EQ(told->state, State::failed);
  EXPECT_NE(told->error.find("2 instances died over it"), std::string::npos);
}

TEST(WorkerTest, ALakeThatAnotherWorksOnIsWaitedFor) {
  Instance one(std::make_shared<lake::MemoryStorage>());
  std::atomic<int> tries{0};
  one.work.outcome = [&](const Request&) -> Result<Json> {
    if (++tries < 3) return failure(ErrorKind::conflict, "another voxlake is working on the lake");
    return Json::object();
  };
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  EXPECT_EQ(one.worker.await_end("a")->state, State::done);
  EXPECT_EQ(tries, 3);
}

TEST(WorkerTest, AFailureIsToldWithItsReason) {
  Instance one(std::make_shared<lake::MemoryStorage>());
  one.work.outcome = [](const Request&) -> Result<Json> { return failure(ErrorKind::not_found, "no such corpus", "check it"); };
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  const auto ended = one.worker.await_end("a");
  EXPECT_EQ(ended->state, State::failed);
  EXPECT_EQ(ended->error, "no such corpus; check it");
}

TEST(WorkerTest, WhatFailedIsTriedAgainForWhoAsksForThat) {
  Instance one(std::make_shared<lake::MemoryStorage>());
  std::atomic<bool> fails{true};
  one.work.outcome = [&](const Request&) -> Result<Json> {
    if (fails) return failure(ErrorKind::network, "no route");
    return Json::object();
  };
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  ASSERT_EQ(one.worker.await_end("a")->state, State::failed);
  fails = false;
  EXPECT_EQ(one.worker.submit(decode_request("a"))->state, State::failed);
  ASSERT_TRUE(one.worker.submit(decode_request("a"), /*retries=*/true));
  EXPECT_EQ(one.worker.await_end("a")->state, State::done);
  EXPECT_EQ(one.worker.look("a")->attempt, 2);
  EXPECT_EQ(one.worker.look("a")->deaths, 0);
}

TEST(WorkerTest, AnEndThatCannotBeWrittenIsToldAndWrittenLater) {
  const auto memory = std::make_shared<lake::MemoryStorage>();
  const auto lake = std::make_shared<lake::FaultStorage>(memory);
  Instance one(lake);
  one.work.may_end = false;
  one.worker.start();
  ASSERT_TRUE(one.worker.submit(decode_request("a")));
  ASSERT_TRUE(comes_true([&] { return one.work.begun == 1; }));
  lake->arm(lake::Fault::fail_before, 1);
  one.work.may_end = true;
  EXPECT_EQ(one.worker.await_end("a")->state, State::done);
  EXPECT_TRUE(comes_true([&] { return one.store.read("a")->state == State::done; }));
}

TEST(WorkerTest, ALakeThatIsGoneIsAnErrorForWhoAsks) {
  pipeline::SilentObserver log;
  OperationStore store([]() -> Result<std::shared_ptr<lake::Storage>> { return failure(ErrorKind::network, "no route"); });
  Worker worker(
      store, [](const auto&, auto&, const auto&) -> Result<Json> { return Json(); }, log, Instance::options("one"), real_ms);
  worker.start();
  EXPECT_EQ(worker.submit(decode_request("a")).error().kind, ErrorKind::network);
  EXPECT_EQ(worker.look("a").error().kind, ErrorKind::network);
}

TEST(WorkerTest, EndedOperationsAreForgottenAfterAWhile) {
  const auto lake = std::make_shared<lake::MemoryStorage>();
  Instance one(lake);
  Operation old;
  old.id = "old";
  old.request = decode_request("old");
  old.state = State::done;
  old.attempt = 2;
  old.created_ms = old.updated_ms = 1'000;
  ASSERT_TRUE(one.store.create(old));
  ASSERT_TRUE(lake->put("miscellaneous/operations/old.attempt-2", "x"));
  ASSERT_TRUE(lake->put("miscellaneous/operations/strange.json", "{"));
  one.worker.start();
  EXPECT_TRUE(comes_true([&] { return lake->list("miscellaneous/operations")->size() == 1; }));
  EXPECT_EQ(one.worker.look("old").error().kind, ErrorKind::not_found);
  EXPECT_EQ(one.worker.look("strange").error().kind, ErrorKind::corrupt_data);
}

}  // namespace
}  // namespace voxlake::functions
