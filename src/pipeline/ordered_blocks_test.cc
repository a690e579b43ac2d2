#include "pipeline/ordered_blocks.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

namespace voxlake::pipeline {
namespace {

using Blocks = OrderedBlocks<std::string>;

std::string block_name(size_t ticket, int block) {
  return std::to_string(ticket) + "." + std::to_string(block);
}

TEST(OrderedBlocksTest, ComeInTheOrderOfTheTicketsWhoeverIsFaster) {
  for (const size_t threads : {1, 2, 5}) {
    std::string expected;
    for (size_t ticket = 0; ticket < 40; ++ticket) {
      for (int block = 0; block < 3; ++block) expected += block_name(ticket, block) + " ";
    }
    std::string taken;
    Blocks blocks(1000, [&](const std::string& block) -> Status {
      taken += block + " ";
      return {};
    });
    const Status status = blocks.run(threads, 40, [](size_t, size_t ticket, const Blocks::Put& put) -> Status {
      for (int block = 0; block < 3; ++block) {
        if (ticket % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
        VOXLAKE_TRY(put(block_name(ticket, block), 10));
      }
      return {};
    });
    EXPECT_TRUE(status);
    EXPECT_EQ(taken, expected) << threads << " threads";
  }
}

TEST(OrderedBlocksTest, NoMoreWaitThanTheLimitAndOneForEachThread) {
  std::atomic<int64_t> made{0};
  int64_t taken = 0;
  int64_t most = 0;
  Blocks blocks(50, [&](const std::string&) -> Status {
    most = std::max(most, made - taken);
    taken += 10;
    return {};
  });
  const Status status = blocks.run(3, 30, [&](size_t, size_t ticket, const Blocks::Put& put) -> Status {
    if (ticket % 4 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // others run ahead
    for (int block = 0; block < 20; ++block) {
      made += 10;
      VOXLAKE_TRY(put(block_name(ticket, block), 10));
    }
    return {};
  });
  EXPECT_TRUE(status);
  EXPECT_EQ(taken, 30 * 20 * 10);
  EXPECT_LE(most, 50 + 3 * 10);
}

TEST(OrderedBlocksTest, AnErrorOfATicketEndsAll) {
  Blocks blocks(50, [](const std::string&) -> Status { return {}; });
  const Status status = blocks.run(2, 1'000'000, [](size_t, size_t ticket, const Blocks::Put& put) -> Status {
    if (ticket == 7) return failure(ErrorKind::io, "seven");
    return put("a", 1);
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "seven");
}

TEST(OrderedBlocksTest, AnErrorOfWhatTakesThemReachesWhoeverMakesThem) {
  std::atomic<int> told{0};
  Blocks blocks(50, [](const std::string& block) -> Status {
    if (block == block_name(3, 1)) return failure(ErrorKind::io, "the disk is full");
    return {};
  });
  const Status status = blocks.run(2, 100, [&](size_t, size_t ticket, const Blocks::Put& put) -> Status {
    for (int block = 0; block < 1000; ++block) {
      Status put_status = put(block_name(ticket, block), 10);
      if (!put_status) ++told;
      VOXLAKE_TRY(std::move(put_status));
    }
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "the disk is full");
  EXPECT_GE(told, 1);
}

TEST(OrderedBlocksTest, NoTicketsAreDoneAtOnce) {
  Blocks blocks(50, [](const std::string&) -> Status { return failure(ErrorKind::internal, "nothing to take"); });
  EXPECT_TRUE(
      blocks.run(4, 0, [](size_t, size_t, const Blocks::Put&) -> Status { return failure(ErrorKind::internal, "nothing to make"); }));
}

}  // namespace
}  // namespace voxlake::pipeline
