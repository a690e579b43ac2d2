// The conformance suite of the storage seam: what every store must do, whatever keeps the lake.
#include <algorithm>
#include <atomic>
#include <thread>

#include "lake/storage_conformance_test_support.h"

namespace voxlake::lake {
namespace {

TEST_P(StorageConformance, AWrittenFileIsReadBack) {
  auto file = storage_->create("bronze/a.tgz");
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write(bytes_of("one ")));
  ASSERT_TRUE((*file)->write(bytes_of("two")));
  ASSERT_TRUE((*file)->close());
  EXPECT_EQ(*storage_->read("bronze/a.tgz"), "one two");
  EXPECT_EQ(storage_->info("bronze/a.tgz")->bytes, 7);
  EXPECT_GT(storage_->info("bronze/a.tgz")->modified_ms, 1'600'000'000'000);
}

TEST_P(StorageConformance, AFileInTheMakingIsSeenByNobody) {
  auto file = storage_->create("x/a");
  ASSERT_TRUE(file && (*file)->write(bytes_of("half")));
  EXPECT_EQ(storage_->read("x/a").error().kind, ErrorKind::not_found);
  EXPECT_EQ(storage_->info("x/a").error().kind, ErrorKind::not_found);
  EXPECT_TRUE(storage_->list("")->empty());
}

TEST_P(StorageConformance, AnUnclosedFileLeavesNothingAndKeepsWhatWasThere) {
  ASSERT_TRUE(storage_->put("x/a", "old"));
  {
    auto file = storage_->create("x/a");
    ASSERT_TRUE(file && (*file)->write(bytes_of("new")));
  }
  EXPECT_EQ(*storage_->read("x/a"), "old");
  EXPECT_EQ(paths(*storage_->list("x")), std::vector<std::string>{"x/a"});
}

TEST_P(StorageConformance, PutReplaces) {
  ASSERT_TRUE(storage_->put("a", "one"));
  ASSERT_TRUE(storage_->put("a", "two"));
  EXPECT_EQ(*storage_->read("a"), "two");
}

TEST_P(StorageConformance, PutIfAbsentNeverReplaces) {
  ASSERT_TRUE(storage_->put_if_absent("log/0.json", "first"));
  Status second = storage_->put_if_absent("log/0.json", "second");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::already_exists);
  EXPECT_EQ(*storage_->read("log/0.json"), "first");
  EXPECT_EQ(storage_->list("")->size(), 1u);
}

TEST_P(StorageConformance, ExactlyOneOfManyPutIfAbsentWins) {
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    std::string path = "log/" + std::to_string(round);
    for (int writer = 0; writer < 4; ++writer) {
      threads.emplace_back([&, writer] { winners += storage_->put_if_absent(path, std::to_string(writer)) ? 1 : 0; });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
  }
}

TEST_P(StorageConformance, FilesAreThereBeforeWhatNamesThem) {
  auto write = [&](const std::string& path, std::string_view bytes) {
    auto file = storage_->create(path);
    EXPECT_TRUE(file && (*file)->write(bytes_of(bytes)) && (*file)->begin_close());
    return std::move(*file);
  };
  ASSERT_TRUE(storage_->put("t/2", "was there"));
  const auto one = write("t/1", "one"), two = write("t/2", "two");
  EXPECT_TRUE(storage_->list("t/log")->empty());
  WritableFile* const both[] = {one.get(), two.get()};
  ASSERT_TRUE(storage_->put_if_absent_after(both, "t/log/0", "1 and 2"));
  EXPECT_EQ(paths(*storage_->list("")), (std::vector<std::string>{"t/1", "t/2", "t/log/0"}));
  EXPECT_EQ(*storage_->read("t/1"), "one");
  EXPECT_EQ(*storage_->read("t/2"), "two");
  EXPECT_FALSE(one->close());

  const auto three = write("t/3", "three");
  WritableFile* const last[] = {three.get()};
  EXPECT_EQ(storage_->put_if_absent_after(last, "t/log/0", "3").error().kind, ErrorKind::already_exists);
  EXPECT_EQ(*storage_->read("t/3"), "three");
  EXPECT_EQ(*storage_->read("t/log/0"), "1 and 2");
}

TEST_P(StorageConformance, ARangeEndsWithTheFile) {
  ASSERT_TRUE(storage_->put("a", "0123456789"));
  EXPECT_EQ(*storage_->read_range("a", 2, 3), "234");
  EXPECT_EQ(*storage_->read_range("a", 8, 100), "89");
  EXPECT_EQ(*storage_->read_range("a", 10, 1), "");
  EXPECT_EQ(*storage_->read_range("a", 100, 1), "");
  EXPECT_EQ(storage_->read_range("a", -1, 1).error().kind, ErrorKind::invalid_argument);
  EXPECT_EQ(storage_->read_range("b", 0, 1).error().kind, ErrorKind::not_found);
}

TEST_P(StorageConformance, AnEmptyFileIsAFile) {
  ASSERT_TRUE(storage_->put("empty", ""));
  EXPECT_EQ(*storage_->read("empty"), "");
  EXPECT_EQ(storage_->info("empty")->bytes, 0);
  auto file = storage_->create("empty2");
  ASSERT_TRUE(file && (*file)->close());
  EXPECT_EQ(storage_->list("")->size(), 2u);
}

TEST_P(StorageConformance, FilesClosedTogetherAreAllSeenOnlyThen) {
  for (const size_t count : {3U, 40U}) {  // a store may treat few and many differently
    std::vector<std::unique_ptr<WritableFile>> files;
    std::vector<WritableFile*> together;
    const std::string folder = "many" + std::to_string(count) + "/";
    for (size_t i = 0; i < count; ++i) {
      auto file = storage_->create(folder + (i % 2 == 0 ? "a/" : "b/") + std::to_string(i));
      ASSERT_TRUE(file);
      ASSERT_TRUE((*file)->write(bytes_of(std::to_string(i))));
      together.push_back(file->get());
      files.push_back(std::move(*file));
    }
    EXPECT_TRUE(storage_->list(folder)->empty());
    ASSERT_TRUE(storage_->close_together(together));
    EXPECT_EQ(storage_->list(folder)->size(), count);
    EXPECT_EQ(*storage_->read(folder + "a/2"), "2");
  }
}

TEST_P(StorageConformance, ListIsSortedDeepAndLimitedToTheFolder) {
  for (const char* path : {"b/2", "b/10", "a", "b/c/d/e", "bb/x"}) ASSERT_TRUE(storage_->put(path, "."));
  EXPECT_EQ(paths(*storage_->list("")), (std::vector<std::string>{"a", "b/10", "b/2", "b/c/d/e", "bb/x"}));
  EXPECT_EQ(paths(*storage_->list("b")), (std::vector<std::string>{"b/10", "b/2", "b/c/d/e"}));
  EXPECT_EQ(paths(*storage_->list("b/")), (std::vector<std::string>{"b/10", "b/2", "b/c/d/e"}));
  EXPECT_TRUE(storage_->list("nothing/here")->empty());
}

TEST_P(StorageConformance, RemoveIsFinalAndMayBeRepeated) {
  ASSERT_TRUE(storage_->put("x/a", "1"));
  ASSERT_TRUE(storage_->remove("x/a"));
  ASSERT_TRUE(storage_->remove("x/a"));
  ASSERT_TRUE(storage_->remove("never/was"));
  EXPECT_EQ(storage_->read("x/a").error().kind, ErrorKind::not_found);
  EXPECT_TRUE(storage_->list("")->empty());
}

TEST_P(StorageConformance, AFolderIsRemovedWholeOrNotAtAll) {
  for (const char* path : {"x/a", "x/b/c", "xy/d", "e"}) ASSERT_TRUE(storage_->put(path, "1"));
  const auto done = storage_->remove_folder("x");
  ASSERT_TRUE(done) << done.error().to_string();
  if (*done) {
    EXPECT_EQ(paths(*storage_->list("")), (std::vector<std::string>{"e", "xy/d"}));
    EXPECT_TRUE(*storage_->remove_folder("x"));
    ASSERT_TRUE(storage_->put("x/a", "anew"));
  } else {
    EXPECT_EQ(storage_->list("")->size(), 4u);
  }
}

TEST_P(StorageConformance, PathsThatLeaveTheLakeAreRefused) {
  for (const char* path : {"", "/etc/passwd", "..", "a/../../b", "a//b", "./a", "a/.", ".tmp-1", "a/.tmp-x/b"}) {
    EXPECT_EQ(storage_->put(path, "").error().kind, ErrorKind::invalid_argument) << path;
    EXPECT_EQ(storage_->put_if_absent(path, "").error().kind, ErrorKind::invalid_argument) << path;
    EXPECT_EQ(storage_->read(path).error().kind, ErrorKind::invalid_argument) << path;
    EXPECT_EQ(storage_->create(path).error().kind, ErrorKind::invalid_argument) << path;
    EXPECT_EQ(storage_->remove(path).error().kind, ErrorKind::invalid_argument) << path;
    const auto folder = storage_->remove_folder(path);
    EXPECT_TRUE(folder ? !*folder : folder.error().kind == ErrorKind::invalid_argument) << path;
  }
}

TEST_P(StorageConformance, OddNamesAreKeptAsTheyAre) {
  const std::string longest(200, 'n');
  std::vector<std::string> expected;
  for (const char* name : {"with space",
                           " before and after ",
                           "per%20cent",
                           "100%",
                           "#hash?x=1",
                           "a+b&c=d;e,f",
                           "\xc3\xa9t\xc3\xa9",
                           "e\xcc\x81",
                           "\xe6\x97\xa5\xe6\x9c\xac",
                           "\xf0\x9f\x8e\xa4",
                           "quote'\"",
                           "<tag>",
                           "[b]{c}(d)",
                           "a:b|c*",
                           "~!@$^",
                           "_delta_log",
                           ".hidden",
                           "UPPER",
                           "upper",
                           "a.tgz",
                           longest.c_str()}) {
    const std::string path = std::string("odd/") + name + "/" + name;
    ASSERT_TRUE(storage_->put(path, name)) << path;
    EXPECT_EQ(*storage_->read(path), name);
    EXPECT_EQ(*storage_->read_range(path, 1, 1), std::string(name).substr(1, 1));
    EXPECT_EQ(storage_->info(path)->bytes, static_cast<int64_t>(std::string_view(name).size()));
    EXPECT_EQ(storage_->put_if_absent(path, "").error().kind, ErrorKind::already_exists);
    auto file = storage_->create(path + "2");
    ASSERT_TRUE(file && (*file)->write(bytes_of(name)) && (*file)->close()) << path;
    EXPECT_EQ(storage_->list(std::string("odd/") + name)->size(), 2u) << path;
    ASSERT_TRUE(storage_->remove(path + "2"));
    expected.push_back(path);
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(paths(*storage_->list("odd")), expected);
}

TEST_P(StorageConformance, AFolderIsNotAFile) {
  ASSERT_TRUE(storage_->put("x/a", "1"));
  EXPECT_EQ(storage_->read("x").error().kind, ErrorKind::not_found);
  EXPECT_EQ(storage_->info("x").error().kind, ErrorKind::not_found);
}

TEST_P(StorageConformance, ALargeFileKeepsItsBytes) {
  std::string block(1 << 20, '\0');
  for (size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 31 >> 3);
  auto file = storage_->create("large");
  ASSERT_TRUE(file);
  for (int i = 0; i < 64; ++i) ASSERT_TRUE((*file)->write(bytes_of(block)));
  ASSERT_TRUE((*file)->close());
  EXPECT_EQ(storage_->info("large")->bytes, 64 << 20);
  EXPECT_EQ(*storage_->read_range("large", (5 << 20) + 17, 1000), block.substr(17, 1000));
}

TEST_P(LargeFileConformance, AGigabyteKeepsItsBytes) {
  std::string piece(1 << 20, '\0');
  for (size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>(i * 2654435761U >> 7);
  auto file = storage_->create("silver/large");
  ASSERT_TRUE(file);
  for (int i = 0; i < 1024; ++i) {
    piece[0] = static_cast<char>(i);
    ASSERT_TRUE((*file)->write(bytes_of(piece)));
  }
  EXPECT_EQ(storage_->info("silver/large").error().kind, ErrorKind::not_found);
  const Status closed = (*file)->close();
  ASSERT_TRUE(closed) << closed.error().to_string();
  EXPECT_EQ(storage_->info("silver/large")->bytes, int64_t{1} << 30);
  for (int at : {0, 7, 8, 511, 1023}) {
    piece[0] = static_cast<char>(at);
    EXPECT_TRUE(*storage_->read_range("silver/large", int64_t{at} << 20, 1 << 20) == piece) << at;
  }
}

}  // namespace
}  // namespace voxlake::lake
