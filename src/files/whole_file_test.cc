#include "files/whole_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "files/system_error.h"

namespace voxlake::files {
namespace {

class WholeFile : public testing::Test {
 protected:
  WholeFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "voxlake-files-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~WholeFile() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(WholeFile, GivesEveryByte) {
  for (const std::size_t size : {0U, 1U, 262'143U, 262'144U, 262'145U, 1'000'000U}) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31);
    const std::string path = folder_ / std::to_string(size);
    std::ofstream(path, std::ios::binary) << bytes;
    const auto read = read_whole_file(path, "the file");
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_TRUE(*read == bytes) << size;
  }
}

TEST_F(WholeFile, SaysWhyItCannot) {
  const auto missing = read_whole_file(folder_ / "missing", "the configuration");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing.error().message.find("cannot read the configuration /"), std::string::npos) << missing.error().message;
  const auto folder = read_whole_file(folder_, "the configuration");
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, ErrorKind::io);
  EXPECT_NE(folder.error().message.find("Is a directory"), std::string::npos) << folder.error().message;
}

/// A file that opens, and of which a read fails: the memory of a process at an address that it does not have.
TEST_F(WholeFile, ThatFailsInTheMiddleIsNoShortFile) {
  const auto memory = read_whole_file("/proc/self/mem", "the file");
  ASSERT_FALSE(memory);
  EXPECT_EQ(memory.error().kind, ErrorKind::io);
}

TEST(SystemFailure, TellsTheMachinesShortageFromAMissingFile) {
  EXPECT_TRUE(is_shortage(EMFILE) && is_shortage(ENFILE) && is_shortage(ENOMEM));
  EXPECT_FALSE(is_shortage(ENOENT) || is_shortage(EACCES) || is_shortage(EIO));
  EXPECT_EQ(system_failure(ENOENT, "cannot look").value().kind, ErrorKind::not_found);
  EXPECT_EQ(system_failure(EEXIST, "cannot make").value().kind, ErrorKind::already_exists);
  const Error shortage = system_failure(EMFILE, "cannot look").value();
  EXPECT_EQ(shortage.kind, ErrorKind::io);
  EXPECT_EQ(shortage.message, "cannot look: Too many open files");
  EXPECT_NE(shortage.remedy.find("ulimit -n"), std::string::npos);
  EXPECT_EQ(system_failure(EACCES, "cannot look", "ask its owner").value().remedy, "ask its owner");
}

}  // namespace
}  // namespace voxlake::files
