#include "corpus/manifest.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace voxlake::corpus {
namespace {

ManifestRow row(const std::string& name) {
  return {"http://host/", "path/" + name, name};
}

std::vector<ManifestRow> rows(int64_t count) {
  std::vector<ManifestRow> result;
  for (int64_t i = 0; i < count; ++i) result.push_back(row("speaker" + std::to_string(i) + "-20080101-abc.tgz"));
  return result;
}

TEST(ManifestRow, KnowsItsAddressAndArchive) {
  EXPECT_EQ(row("a-20080101-abc.tgz").url(), "http://host/path/a-20080101-abc.tgz");
  EXPECT_EQ(row("a-20080101-abc.tgz").archive(), "a-20080101-abc");
  EXPECT_EQ(row("a.TAR.gz").archive(), "a");
  EXPECT_EQ(row("a.zip.tgz").archive(), "a.zip");
}

TEST(ToJson, IsAnArrayOfTheThreeFieldsARowALine) {
  EXPECT_EQ(to_json({row("a.tgz"), row("b.tgz")}),
            "[\n{\"BaseURL\":\"http://host/\",\"RelativeURL\":\"path/a.tgz\",\"FileName\":\"a.tgz\"},\n"
            "{\"BaseURL\":\"http://host/\",\"RelativeURL\":\"path/b.tgz\",\"FileName\":\"b.tgz\"}\n]\n");
  EXPECT_EQ(to_json({}), "[]\n");
}

TEST(ParseManifest, ReadsBackWhatWasWritten) {
  const std::vector<std::string> odd = {"a", "\"", "'", "ü", "😀", " ", "{", "}", ",", "%", "&", "<", "\u00A0", "]", ":", "日", "."};
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<ManifestRow> written;
    for (size_t i = 0; i < random() % 20; ++i) {
      std::string name = std::to_string(i);
      for (size_t k = 0; k < random() % 10; ++k) name += odd[random() % odd.size()];
      written.push_back({"https://host:8080/", "p%20q/" + std::to_string(i) + ".tgz?x=\"ü\"", name + ".tgz"});
    }
    const auto read = parse_manifest(to_json(written));
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(*read, written);
  }
}

TEST(ParseManifest, ReadsSomebodyElsesLayoutAndFields) {
  const auto read = parse_manifest(
      "\xEF\xBB\xBF [ {\"FileName\": \"a.tgz\", \"Size\": 7, \"RelativeURL\": \"/x/a.tgz\", \"BaseURL\": \"http://host\"} ]");
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->front().url(), "http://host/x/a.tgz");
}

struct BadManifest {
  const char* text;
  const char* said;
};

class RefusedManifest : public testing::TestWithParam<BadManifest> {};

TEST_P(RefusedManifest, IsCorruptDataThatNamesRowAndField) {
  const auto read = parse_manifest(GetParam().text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::corrupt_data);
  EXPECT_NE(read.error().to_string().find(GetParam().said), std::string::npos) << read.error().to_string();
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RefusedManifest,
    testing::Values(BadManifest{"", "not JSON"}, BadManifest{"<html>", "not JSON"}, BadManifest{"[1,", "line 1, column"},
                    BadManifest{"{}", "no array of rows"}, BadManifest{"[7]", "[row 1"}, BadManifest{"[{}]", "row 1, field BaseURL"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a.tgz","FileName":7}])", "it is number [row 1, field FileName]"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"","FileName":"a.tgz"}])", "empty [row 1, field RelativeURL]"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a.tgz","FileName":"a.tgz"},
                        {"BaseURL":"http://h/","RelativeURL":"b/a.tgz","FileName":"a.tar.gz"}])",
                                "[row 2, field FileName]"},
                    BadManifest{R"([{"BaseURL":"ftp://h/","RelativeURL":"a.tgz","FileName":"a.tgz"}])", "http://"},
                    BadManifest{R"([{"BaseURL":"http:///","RelativeURL":"a.tgz","FileName":"a.tgz"}])", "no host"},
                    BadManifest{R"([{"BaseURL":"http://h","RelativeURL":"a.tgz","FileName":"a.tgz"}])", "no slash"},
                    BadManifest{R"([{"BaseURL":"http://h/?x","RelativeURL":"a.tgz","FileName":"a.tgz"}])", "query"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a b.tgz","FileName":"a.tgz"}])", "white space"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a\r\nb.tgz","FileName":"a.tgz"}])", "white space"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a.tgz","FileName":"../a.tgz"}])", "file's name"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a.tgz","FileName":"..\\a.tgz"}])", "file's name"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a.tgz","FileName":"...tgz"}])", "file's name"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a.tgz","FileName":"a\u0000.tgz"}])", "file's name"},
                    BadManifest{R"([{"BaseURL":"http://h/","RelativeURL":"a.tgz","FileName":"a.zip"}])", "does not end in"}));

TEST(ParseManifest, DoesNotPrintAPassword) {
  const auto read = parse_manifest(R"([{"BaseURL":"http://me:secret@h/","RelativeURL":"a.tgz","FileName":"a.tgz"}])");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().to_string().find("secret"), std::string::npos);
}

TEST(ParseManifest, NeverFailsOtherwiseOnRandomBytes) {
  std::mt19937 random(5);
  const std::string valid = to_json(rows(3));
  for (int round = 0; round < 3000; ++round) {
    std::string text = valid;
    for (size_t i = 0; i < 1 + random() % 4; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
    const auto read = parse_manifest(text);
    if (read) {
      EXPECT_EQ(parse_manifest(to_json(*read)).value(), *read);
    }
  }
  EXPECT_FALSE(parse_manifest(std::string(200'000, '[')));
}

TEST(SplitChunks, KeepRowsInOrderWithinTheLimits) {
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    std::vector<ManifestRow> all = rows(static_cast<int64_t>(random() % 60));
    for (ManifestRow& one : all) one.relative_url += std::string(random() % 50, '"');
    const ChunkLimits limits{1 + static_cast<int64_t>(random() % 12), 300 + static_cast<int64_t>(random() % 1000)};
    std::vector<ManifestRow> joined;
    for (const auto& chunk : split_chunks(all, limits)) {
      ASSERT_FALSE(chunk.empty());
      EXPECT_LE(static_cast<int64_t>(chunk.size()), limits.rows);
      EXPECT_LE(static_cast<int64_t>(to_json(chunk).size()), limits.bytes);
      joined.insert(joined.end(), chunk.begin(), chunk.end());
    }
    EXPECT_EQ(joined, all);
  }
}

TEST(SplitChunks, FillEachChunkToTheByte) {
  const std::vector<ManifestRow> all = rows(10);
  const auto bytes = static_cast<int64_t>(to_json(all).size());
  EXPECT_EQ(split_chunks(all, {5000, bytes}).size(), 1U);
  EXPECT_EQ(split_chunks(all, {5000, bytes - 1}).size(), 2U);
  EXPECT_EQ(split_chunks(rows(10'001)).size(), 3U);
  EXPECT_TRUE(split_chunks({}).empty());
}

TEST(SplitChunks, GiveARowBeyondTheLimitsAChunkOfItsOwn) {
  EXPECT_EQ(split_chunks(rows(3), {5000, 10}).size(), 3U);
  EXPECT_EQ(split_chunks(rows(3), {0, 4'000'000}).size(), 3U);
}

}  // namespace
}  // namespace voxlake::corpus
