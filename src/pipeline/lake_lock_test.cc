#include "pipeline/lake_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "lake/memory_storage.h"
#include "lake/scratch_folder.h"

namespace voxlake::pipeline {
namespace {

TEST(LakeLock, IsHeldByOne) {
  lake::ScratchFolder folder;
  lake::MemoryStorage storage;
  const std::string path = folder.path() + "/new/lake";
  {
    const auto held = LakeLock::take(path, storage);
    ASSERT_TRUE(held) << held.error().to_string();
    const auto other = LakeLock::take(path, storage);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::conflict);
    EXPECT_NE(other.error().message.find("process " + std::to_string(getpid())), std::string::npos) << other.error().message;
  }
  EXPECT_TRUE(LakeLock::take(path, storage));
}

TEST(LakeLock, SaysWhyAFolderCannotBeMade) {
  lake::ScratchFolder folder;
  lake::MemoryStorage storage;
  std::ofstream(folder.path() + "/file") << "x";
  const auto lock = LakeLock::take(folder.path() + "/file/lake", storage);
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().message.find("cannot make the lake"), std::string::npos) << lock.error().message;
  EXPECT_NE(lock.error().message.find("Not a directory"), std::string::npos) << lock.error().message;
}

}  // namespace
}  // namespace voxlake::pipeline
