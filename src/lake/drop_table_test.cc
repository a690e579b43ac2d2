#include "lake/drop_table.h"

#include <arrow/table.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "lake/fault_storage.h"
#include "lake/memory_storage.h"
#include "lake/scratch_folder.h"
#include "lake/table_test_support.h"

namespace voxlake::lake {
namespace {

/// A table of 45 commits, a row each, in two checkpoints and the entries after them.
std::shared_ptr<MemoryStorage> long_table() {
  auto storage = std::make_shared<MemoryStorage>();
  Table table = make_table(storage);
  for (int i = 0; i < 45; ++i) EXPECT_TRUE(append(table, {{"a", i}}));
  return storage;
}

TEST(DropTable, NothingIsLeftAndOthersStay) {
  auto storage = long_table();
  ASSERT_TRUE(storage->put("t2/x", "another table's"));
  ASSERT_TRUE(storage->put("t/_symlink_format_manifest/manifest", "another program's"));
  ASSERT_TRUE(drop_table(storage, "t"));
  EXPECT_TRUE(storage->list("t")->empty());
  EXPECT_EQ(storage->list("")->size(), 1u);
  EXPECT_EQ(drop_table(storage, "t").error().kind, ErrorKind::not_found);
}

TEST(DropTable, AFolderThatIsNoTableStays) {
  auto storage = std::make_shared<MemoryStorage>();
  ASSERT_TRUE(storage->put("bronze/voxforge/a.tgz", "archive"));
  EXPECT_EQ(drop_table(storage, "bronze").error().kind, ErrorKind::not_found);
  EXPECT_FALSE(drop_table(storage, ""));
  EXPECT_EQ(storage->list("")->size(), 1u);
}

TEST(DropTable, StoppedAnywhereItIsAtOneOfItsVersionsOrGone) {
  const auto start = long_table();
  int64_t before = 45;
  for (int call = 2;; call += 3) {
    auto memory = start->copy();
    auto storage = std::make_shared<FaultStorage>(memory);
    storage->arm(Fault::die_before, call);
    const Status dropped = drop_table(storage, "t");
    if (storage->calls() < call) break;
    EXPECT_FALSE(dropped);
    const auto table = Table::open(memory, "t");
    const int64_t now = table ? table->version() : -1;
    EXPECT_LE(now, before);
    before = now;
    if (table) {
      EXPECT_EQ(table->read({"number"}).value()->num_rows(), now);
    } else {
      EXPECT_EQ(table.error().kind, ErrorKind::not_found);
      EXPECT_TRUE(is_table_remainder(*memory, "t"));
    }
    ASSERT_TRUE(drop_table(memory, "t"));
    EXPECT_TRUE(memory->list("t")->empty());
  }
  EXPECT_EQ(before, -1);
}

TEST(DropTable, InAFolderItGoesAtOneStroke) {
  ScratchFolder scratch;
  std::shared_ptr<Storage> local = *open_storage(scratch.path());
  Table table = make_table(local);
  ASSERT_TRUE(append(table, {{"a", 1}}));
  auto storage = std::make_shared<FaultStorage>(local);
  ASSERT_TRUE(drop_table(storage, "t"));
  EXPECT_EQ(storage->calls(), 1);
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

TEST(DropTable, WhatWasLeftOfARemovedFolderIsSweptUp) {
  ScratchFolder scratch;
  std::filesystem::create_directories(scratch.path() + "/.tmp-1-2-3/_delta_log");
  std::shared_ptr<Storage> storage = *open_storage(scratch.path());
  EXPECT_TRUE(storage->list("")->empty());
  ASSERT_TRUE(storage->put("a", "1"));
  EXPECT_FALSE(std::filesystem::exists(scratch.path() + "/.tmp-1-2-3"));
}

}  // namespace
}  // namespace voxlake::lake
