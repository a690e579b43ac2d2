#include "scratch/spool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "scratch/shelf.h"

namespace voxlake::scratch {
namespace {

std::vector<float> series(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.5F);
  return values;
}

Limits at_most(int64_t bytes, std::shared_ptr<Budget> budget = nullptr) {
  return {"", bytes, std::move(budget)};
}

TEST(Spool, HoldsTheSameValuesInMemoryAndInAFile) {
  const std::vector<float> values = series(1'000'000);
  for (const int64_t most : {int64_t{0}, int64_t{1000}, int64_t{2} << 20, int64_t{1} << 40}) {
    Spool<float> spool(at_most(most));
    for (size_t begin = 0; begin < values.size(); begin += 7001) {
      const auto piece = std::span(values).subspan(begin, std::min<size_t>(7001, values.size() - begin));
      if (begin % 2 == 0) {
        ASSERT_TRUE(spool.append(piece));
      } else {  // more than is needed, and the rest taken back
        const auto place = spool.extend(piece.size() + 3);
        ASSERT_TRUE(place);
        std::copy(piece.begin(), piece.end(), *place);
        spool.drop(3);
      }
    }
    ASSERT_TRUE(spool.finish());
    EXPECT_EQ(spool.is_in_file(), most < (1 << 22)) << most;
    ASSERT_EQ(spool.size(), values.size());
    EXPECT_TRUE(std::equal(spool.begin(), spool.end(), values.begin())) << most;
    spool.let_go();
    spool.let_go(5, 500'000);
    EXPECT_TRUE(std::equal(spool.begin(), spool.end(), values.begin())) << "what was let go can be read again";
    Spool<float> copy = spool;
    copy.narrow(10, 100);
    copy.narrow(5, 20);
    EXPECT_EQ(copy.size(), 20u);
    EXPECT_EQ(copy[0], values[15]);
    const Spool<float> moved = std::move(spool);
    EXPECT_EQ(moved.size(), values.size());
    EXPECT_TRUE(spool.empty());  // NOLINT(bugprone-use-after-move): that is what is said of it
  }
}

TEST(Spool, GoesToAFileWhenTheBudgetOfAllIsSpentAndGivesBackWhatItTook) {
  const auto budget = std::make_shared<Budget>(int64_t{6} << 20);
  const std::vector<float> values = series(1 << 20);  // 4 MiB, of which one is free
  {
    Spool<float> first(at_most(int64_t{1} << 40, budget)), second(at_most(int64_t{1} << 40, budget)),
        third(at_most(int64_t{1} << 40, budget));
    for (auto* spool : {&first, &second, &third}) {
      ASSERT_TRUE(spool->append(values));
      ASSERT_TRUE(spool->finish());
    }
    EXPECT_FALSE(first.is_in_file());
    EXPECT_FALSE(second.is_in_file());
    EXPECT_TRUE(third.is_in_file());
    EXPECT_EQ(budget->left(), 0);
    EXPECT_TRUE(third == first);
  }
  EXPECT_EQ(budget->left(), int64_t{6} << 20);
}

TEST(Spool, LeavesNoFileInItsFolder) {
  const std::string folder = testing::TempDir() + "/spool_test";
  std::filesystem::create_directories(folder);
  Spool<float> spool(Limits{folder, 0, nullptr});
  ASSERT_TRUE(spool.append(series(1000)));
  ASSERT_TRUE(spool.finish());
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(Spool, SaysWhereThereIsNoRoomAndWhatToDo) {
  Spool<float> spool(Limits{"/nowhere/at/all", 0, nullptr});
  const Status status = spool.append(series(10));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::io);
  EXPECT_NE(status.error().message.find("/nowhere/at/all"), std::string::npos);
  EXPECT_NE(status.error().remedy.find("--scratch"), std::string::npos);
}

TEST(Shelf, GivesBackWhatWasPutThereHoweverLittleMemoryThereIs) {
  for (const int64_t bytes : {int64_t{0}, int64_t{10'000}, int64_t{1} << 30}) {
    const auto budget = std::make_shared<Budget>(bytes);
    {
      Shelf<float> shelf(at_most(int64_t{1} << 20, budget));
      for (size_t i = 0; i < 50; ++i) ASSERT_TRUE(shelf.put(series(i * 100)));
      ASSERT_TRUE(shelf.finish());
      for (size_t i = 50; i-- > 0;) EXPECT_TRUE(shelf.take(i) == Spool<float>(series(i * 100))) << bytes << " " << i;
    }
    EXPECT_EQ(budget->left(), bytes);
  }
}

TEST(Shelf, LeavesALongThingInTheFileThatItHas) {
  Shelf<float> shelf(at_most(0));
  Spool<float> lengthy(at_most(0));
  ASSERT_TRUE(lengthy.append(series(3 << 20)));
  ASSERT_TRUE(lengthy.finish());
  const float* place = lengthy.data();
  ASSERT_TRUE(shelf.put(std::move(lengthy)));
  ASSERT_TRUE(shelf.finish());
  EXPECT_EQ(shelf.take(0).data(), place);
}

}  // namespace
}  // namespace voxlake::scratch
