#include "pipeline/crew.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

#include "lake/scratch_folder.h"
#include "pipeline/context.h"
#include "pipeline/lake_writer.h"

namespace voxlake::pipeline {
namespace {

using namespace std::chrono_literals;

class CrewTest : public testing::Test {
 protected:
  void SetUp() override {
    config::Settings settings;
    settings.lake = folder_.path();
    auto context = make_context(settings, observer_, stop_);
    ASSERT_TRUE(context) << context.error().to_string();
    context_.emplace(std::move(*context));
    writer_.emplace(*context_);
  }

  static ArchiveResult result(size_t ticket) {
    ArchiveResult result;
    result.archive = std::to_string(ticket);
    return result;
  }

  lake::ScratchFolder folder_;
  SilentObserver observer_;
  std::atomic<bool> stop_ = false;
  std::optional<Context> context_;
  std::optional<LakeWriter> writer_;
  const Error stopped_{ErrorKind::cancelled, "stopped", "", {}};
};

TEST_F(CrewTest, a_stop_lets_what_is_at_hand_end_and_drops_what_waits) {
  std::atomic<int> begun = 0;
  Crew<int> crew(
      1, 1 << 20, *writer_,
      [&](size_t ticket, int) -> Status {
        if (stop_) return {};  // as the passes do
        ++begun;
        stop_ = true;
        std::this_thread::sleep_for(100ms);
        return crew.output().finish(ticket, result(ticket));
      },
      [] {});
  crew.start(10);
  crew.push(0, 0);
  while (!stop_) std::this_thread::sleep_for(1ms);
  for (size_t ticket = 1; ticket < 10; ++ticket) crew.push(ticket, 0);
  const auto error = crew.join(stop_, 60s, stopped_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::cancelled);
  EXPECT_EQ(crew.output().head(), 1U);
  EXPECT_EQ(begun, 1);
}

TEST_F(CrewTest, a_stop_does_not_wait_longer_than_its_grace) {
  Crew<int> crew(
      1, 1 << 20, *writer_,
      [&](size_t, int) -> Status {
        stop_ = true;
        while (!crew.failed()) std::this_thread::sleep_for(1ms);  // a huge archive looks up between two clips
        return interrupted();
      },
      [] {});
  crew.start(3);
  for (size_t ticket = 0; ticket < 3; ++ticket) crew.push(ticket, 0);
  const auto begin = std::chrono::steady_clock::now();
  const auto error = crew.join(stop_, 50ms, stopped_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 60s);
}

TEST_F(CrewTest, without_a_stop_all_is_done_and_an_error_is_told) {
  Crew<int> crew(
      2, 1 << 20, *writer_, [&](size_t ticket, int) { return crew.output().finish(ticket, result(ticket)); }, [] {});
  crew.start(20);
  for (size_t ticket = 0; ticket < 20; ++ticket) crew.push(ticket, 0);
  EXPECT_FALSE(crew.join(stop_, 1s, stopped_));
  EXPECT_EQ(crew.output().head(), 20U);

  Crew<int> failing(
      2, 1 << 20, *writer_, [&](size_t, int) -> Status { return failure(ErrorKind::io, "the disk is full"); }, [] {});
  failing.start(2);
  failing.push(0, 0);
  const auto error = failing.join(stop_, 1s, stopped_);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::io);
}

}  // namespace
}  // namespace voxlake::pipeline
