#include "lake/storage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "files/without_rights_test_support.h"
#include "lake/fault_storage.h"
#include "lake/local_storage.h"
#include "lake/memory_storage.h"
#include "lake/scratch_folder.h"
#include "lake/storage_conformance_test_support.h"

namespace voxlake::lake {
namespace {

/// A folder that goes when the store on it does.
std::shared_ptr<Storage> open_scratch(bool flush = true) {
  auto folder = std::make_shared<ScratchFolder>();
  StorageOptions options;
  options.flush = flush;
  auto opened = open_storage(folder->path(), options);
  if (!opened) return nullptr;
  std::shared_ptr<Storage> storage = *opened;
  Storage* raw = storage.get();
  return {raw, [folder, storage](Storage*) mutable { storage.reset(); }};
}

std::shared_ptr<Storage> open_memory() {
  return std::make_shared<MemoryStorage>();
}

const StoreKind folder{"folder", [] { return open_scratch(); }};
const StoreKind fault_over_folder{"fault_over_folder", [] { return std::make_shared<FaultStorage>(open_scratch()); }};

INSTANTIATE_TEST_SUITE_P(Stores, StorageConformance,
                         testing::Values(folder, StoreKind{"folder_unflushed", [] { return open_scratch(/*flush=*/false); }},
                                         StoreKind{"memory", open_memory}, fault_over_folder,
                                         StoreKind{"fault_over_memory", [] { return std::make_shared<FaultStorage>(open_memory()); }}),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Stores, LargeFileConformance, testing::Values(folder, fault_over_folder),
                         [](const auto& info) { return info.param.name; });

/// A listing that leaves out what this user may not see would have archives fetched again, or a table's newest commits overlooked.
TEST(LocalStorage, AFolderWhoseFilesCannotBeLookedAtIsNotAnEmptyOne) {
  namespace fs = std::filesystem;
  ScratchFolder scratch;
  auto storage = *open_storage(scratch.path());
  ASSERT_TRUE(storage->put("bronze/a.tgz", "1"));
  fs::create_symlink(scratch.path() + "/nowhere", scratch.path() + "/bronze/b.tgz");
  EXPECT_EQ(storage->list("bronze")->size(), 1U) << "a link to nowhere is not there";
  fs::permissions(scratch.path(), fs::perms{0755});
  fs::permissions(scratch.path() + "/bronze", fs::perms{0444});
  Result<std::vector<FileInfo>> listed;
  {
    const files::WithoutRights nobody;
    listed = storage->list("bronze");
  }
  fs::permissions(scratch.path() + "/bronze", fs::perms::owner_all);
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::io);
}

TEST(LocalStorage, RemovesWhatADeadWriterLeftButNotWhatALiveOneHolds) {
  ScratchFolder scratch;
  std::string dead = scratch.path() + "/.tmp-dead", live = scratch.path() + "/.tmp-live";
  std::ofstream(dead) << "half";
  std::ofstream(live) << "half";
  int descriptor = ::open(live.c_str(), O_RDONLY);
  ASSERT_EQ(::flock(descriptor, LOCK_EX), 0);
  auto storage = open_storage(scratch.path());
  ASSERT_TRUE(storage && (*storage)->put("a", "1"));
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(live));
  ::close(descriptor);
}

TEST(LocalStorage, AddressesAreAbsoluteFiles) {
  ScratchFolder scratch;
  auto storage = open_storage("file://" + scratch.path() + "/deep/lake/");
  ASSERT_TRUE(storage);
  EXPECT_EQ((*storage)->address("silver/x"), scratch.path() + "/deep/lake/silver/x");
}

TEST(LocalStorage, AFileInTheWayOfTheFolderIsAnError) {
  ScratchFolder scratch;
  std::ofstream(scratch.path() + "/file") << "x";
  EXPECT_FALSE(open_storage(scratch.path() + "/file"));
  EXPECT_FALSE(open_storage(scratch.path() + "/file/below"));
}

TEST(OpenStorage, RefusesStoresThatItDoesNotKnow) {
  EXPECT_EQ(open_storage("s3://bucket/lake").error().kind, ErrorKind::unsupported);
  EXPECT_EQ(open_storage("file://elsewhere/x").error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(open_storage("").error().kind, ErrorKind::invalid_argument);
}

TEST(FaultStorage, FailsTheChosenCallOnly) {
  auto memory = std::make_shared<MemoryStorage>();
  FaultStorage storage(memory);
  storage.arm(Fault::fail_before, 2);
  EXPECT_TRUE(storage.put("a", "1"));
  EXPECT_FALSE(storage.put("b", "1"));
  EXPECT_TRUE(storage.put("c", "1"));
  EXPECT_EQ(paths(*memory->list("")), (std::vector<std::string>{"a", "c"}));
  storage.arm(Fault::fail_after, 1);
  EXPECT_FALSE(storage.put("d", "1"));
  EXPECT_TRUE(memory->read("d"));
}

TEST(FaultStorage, ADeadStoreAnswersNothingAndUnclosedFilesAreLost) {
  auto memory = std::make_shared<MemoryStorage>();
  FaultStorage storage(memory);
  storage.arm(Fault::die_before, 3);
  auto file = storage.create("a");
  ASSERT_TRUE(file && (*file)->write(bytes_of("x")));
  EXPECT_FALSE((*file)->close());
  EXPECT_FALSE(storage.put("b", ""));
  EXPECT_FALSE(storage.read("a"));
  EXPECT_EQ(storage.calls(), 4);
  EXPECT_TRUE(memory->list("")->empty());
}

}  // namespace
}  // namespace voxlake::lake
