#include "pipeline/ordered_output.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <semaphore>
#include <thread>

namespace voxlake::pipeline {
namespace {

/// Runs `tickets` on `threads` threads which may compute `permits` at once, each writing `chunks` chunks; returns what reached the sink, in
/// order.
struct Outcome {
  std::vector<std::string> completed;
  std::vector<int64_t> chunk_bytes;
  std::optional<Error> error;
};

Outcome run(size_t tickets, size_t threads, int64_t permits, int64_t ticket_bytes, std::optional<size_t> failing_complete = std::nullopt) {
  Outcome outcome;
  std::counting_semaphore<> semaphore(permits);
  std::atomic<int> in_sink{0};
  const auto alone = [&] { EXPECT_EQ(in_sink.fetch_add(1), 0) << "two threads in the sink"; };
  OrderedOutput output({[&](const ArchiveChunk& chunk) -> Status {
                          alone();
                          outcome.chunk_bytes.push_back(chunk.bytes);
                          --in_sink;
                          return {};
                        },
                        [&](ArchiveResult result) -> Status {
                          alone();
                          const bool fail = failing_complete && outcome.completed.size() == *failing_complete;
                          if (!fail) outcome.completed.push_back(result.archive);
                          --in_sink;
                          if (fail) return failure(ErrorKind::io, "disk full");
                          return {};
                        }},
                       {[&] { semaphore.release(); }, [&] { semaphore.acquire(); }, [] {}}, tickets, ticket_bytes);
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::vector<std::thread> workers;
  for (size_t i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      std::minstd_rand random(static_cast<unsigned>(i + 1));
      for (size_t ticket = next++; ticket < tickets; ticket = next++) {
        semaphore.acquire();
        Status status;
        for (int chunk = 0; chunk < 3 && status; ++chunk) {
          if (random() % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
          ArchiveChunk piece;
          piece.bytes = static_cast<int64_t>(ticket * 10) + chunk;
          status = output.write(ticket, std::move(piece));
        }
        if (status) {
          ArchiveResult result;
          result.archive = std::to_string(ticket);
          status = output.finish(ticket, std::move(result));
        }
        semaphore.release();
        if (!status) {
          output.fail(status.error());
          std::lock_guard lock(mutex);
          outcome.error = status.error();
          return;
        }
      }
    });
  }
  for (auto& worker : workers) worker.join();
  return outcome;
}

void expect_in_order(const Outcome& outcome, size_t tickets) {
  ASSERT_EQ(outcome.completed.size(), tickets);
  for (size_t i = 0; i < tickets; ++i) EXPECT_EQ(outcome.completed[i], std::to_string(i));
  ASSERT_EQ(outcome.chunk_bytes.size(), tickets * 3);
  for (size_t i = 0; i < tickets * 3; ++i) EXPECT_EQ(outcome.chunk_bytes[i], static_cast<int64_t>(i / 3 * 10 + i % 3));
}

TEST(OrderedOutput, HandsOnInTheOrderOfTicketsForAnyNumberOfThreads) {
  for (size_t threads : {1, 2, 7}) expect_in_order(run(200, threads, static_cast<int64_t>(threads), 1 << 20), 200);
}

TEST(OrderedOutput, WorkersThatKeepTooMuchWaitWithoutBlockingThoseBeforeThem) {
  // One permit and a bound of one byte: every ticket but the head's waits, and must give the permit back for the head to go on.
  expect_in_order(run(100, 8, 1, 1), 100);
}

TEST(OrderedOutput, WhatAllWorkersKeepTogetherIsBounded) {
  std::atomic<int64_t> added{0};
  OrderedOutput output({[&](const ArchiveChunk& chunk) -> Status {
                          added += chunk.bytes;
                          return {};
                        },
                        [](ArchiveResult) -> Status { return {}; }},
                       {[] {}, [] {}, [] {}}, 100, 100);
  std::atomic<int64_t> written{0};
  std::vector<std::thread> workers;
  for (size_t ticket = 1; ticket <= 8; ++ticket) {
    workers.emplace_back([&, ticket] {
      for (int chunk = 0; chunk < 20; ++chunk) {
        ArchiveChunk piece;
        piece.bytes = 10;
        EXPECT_TRUE(output.write(ticket, std::move(piece)));
        written += 10;
      }
      EXPECT_TRUE(output.finish(ticket, {}));
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LE(written, 100) << "eight workers, none of whose turn it is, keep no more than one would";
  EXPECT_TRUE(output.finish(0, {}));
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(added, 8 * 20 * 10);
}

TEST(OrderedOutput, AFailingSinkEndsEveryWorker) {
  const Outcome outcome = run(100, 4, 4, 1, 10);
  EXPECT_EQ(outcome.completed.size(), 10u);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->message, "disk full");
}

TEST(OrderedOutput, StartsOnlyTicketsWithinItsWindow) {
  OrderedOutput output({[](const ArchiveChunk&) -> Status { return {}; }, [](ArchiveResult) -> Status { return {}; }},
                       {[] {}, [] {}, [] {}}, 3, 1);
  EXPECT_TRUE(output.may_start(2));
  EXPECT_FALSE(output.may_start(3));
  ASSERT_TRUE(output.finish(1, {}));
  EXPECT_FALSE(output.may_start(3)) << "ticket 0 is still to come";
  ASSERT_TRUE(output.finish(0, {}));
  EXPECT_EQ(output.head(), 2u);
  EXPECT_TRUE(output.may_start(4));
  EXPECT_FALSE(output.may_start(5));
}

}  // namespace
}  // namespace voxlake::pipeline
