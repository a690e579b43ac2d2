#include "corpus/gunzip_source.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "corpus/packed_archive.h"

namespace voxlake::corpus {
namespace {

/// All that a source gives: its pieces, what it says to have used after each, and how it ended.
struct Given {
  std::vector<Bytes> pieces;
  std::vector<int64_t> packed_bytes;
  std::string end;
  bool is_truncated = false;
  bool at_once = false;
  bool operator==(const Given& other) const {
    return pieces == other.pieces && packed_bytes == other.packed_bytes && end == other.end && is_truncated == other.is_truncated;
  }
};

Given unpack(const Bytes& packed, GunzipSource::Way way, const ArchiveLimits& limits = {}) {
  const auto source = memory_source(packed);
  GunzipSource gunzip(*source, limits, way);
  Given given;
  for (;;) {
    const auto piece = gunzip.next();
    if (!piece) given.end = piece.error().to_string();
    if (!piece || piece->empty()) break;
    given.pieces.emplace_back(piece->begin(), piece->end());
    given.packed_bytes.push_back(gunzip.find_packed_bytes());
  }
  given.packed_bytes.push_back(gunzip.find_packed_bytes());
  given.is_truncated = gunzip.is_truncated();
  given.at_once = gunzip.is_unpacked_at_once();
  return given;
}

Bytes joined(const Given& given) {
  Bytes all;
  for (const Bytes& piece : given.pieces) all.insert(all.end(), piece.begin(), piece.end());
  return all;
}

void expect_the_same(const Bytes& packed, const ArchiveLimits& limits = {}) {
  const Given at_once = unpack(packed, GunzipSource::Way::at_once_if_short, limits);
  const Given in_pieces = unpack(packed, GunzipSource::Way::in_pieces, limits);
  EXPECT_EQ(at_once.end, in_pieces.end);
  EXPECT_EQ(at_once.packed_bytes, in_pieces.packed_bytes);
  EXPECT_TRUE(at_once == in_pieces) << packed.size() << " bytes";
}

/// Bytes of which some come again, so that deflate has both kinds of code to use.
Bytes content_of(size_t bytes, uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes content(bytes);
  for (size_t i = 0; i < bytes; ++i) {
    content[i] = i > 100 && random() % 4 != 0 ? content[i - 1 - random() % 100] : static_cast<std::byte>(random() % 40);
  }
  return content;
}

TEST(GunzipSource, GivesTheSameAtOnceAsInPieces) {
  for (const size_t bytes : {0U, 1U, 100U, 32767U, 32768U, 32769U, 200'000U}) {
    const Bytes content = content_of(bytes, bytes);
    const Bytes packed = gzip(content);
    const Given given = unpack(packed, GunzipSource::Way::at_once_if_short);
    EXPECT_EQ(joined(given), content);
    EXPECT_EQ(given.at_once, bytes > 0);
    EXPECT_FALSE(unpack(packed, GunzipSource::Way::in_pieces).at_once);
    expect_the_same(packed);
  }
}

TEST(GunzipSource, GivesTheSameWhereItIsTooLongForOnce) {
  const Bytes fits(GunzipSource::kShortUnpackedBytes);
  EXPECT_TRUE(unpack(gzip(fits), GunzipSource::Way::at_once_if_short).at_once);
  const Bytes grows(GunzipSource::kShortUnpackedBytes + 1);
  EXPECT_FALSE(unpack(gzip(grows), GunzipSource::Way::at_once_if_short).at_once);
  EXPECT_EQ(joined(unpack(gzip(grows), GunzipSource::Way::at_once_if_short)), grows);
  expect_the_same(gzip(grows));
  std::mt19937_64 random(1);
  Bytes noise(GunzipSource::kShortPackedBytes + 1000);
  for (std::byte& byte : noise) byte = static_cast<std::byte>(random());
  EXPECT_EQ(joined(unpack(gzip(noise), GunzipSource::Way::at_once_if_short)), noise);
  expect_the_same(gzip(noise));
}

TEST(GunzipSource, GivesTheSameOfAFileThatWasCutOrHasMoreThanOneMember) {
  const Bytes first = gzip(content_of(50'000, 1));
  const Bytes second = gzip(content_of(40'000, 2));
  for (size_t length = 0; length < first.size(); length += length < 100 ? 1 : 97) {
    const Bytes cut(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(length));
    expect_the_same(cut);
    if (length > 0) {
      EXPECT_TRUE(unpack(cut, GunzipSource::Way::at_once_if_short).is_truncated);
    }
  }
  Bytes both = first;
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_EQ(joined(unpack(both, GunzipSource::Way::at_once_if_short)).size(), 90'000U);
  expect_the_same(both);
  Bytes padded = first;
  padded.resize(padded.size() + 700);
  EXPECT_EQ(joined(unpack(padded, GunzipSource::Way::at_once_if_short)).size(), 50'000U);
  expect_the_same(padded);
}

TEST(GunzipSource, GivesTheSameOfAFileWithFlippedBits) {
  const Bytes packed = gzip(content_of(70'000, 3));
  std::mt19937_64 random(4);
  for (int trial = 0; trial < 2000; ++trial) {
    Bytes flipped = packed;
    // The first twelve bytes one by one, the last eight, and places between.
    const size_t bit = trial < 96    ? static_cast<size_t>(trial)
                       : trial < 160 ? packed.size() * 8 - static_cast<size_t>(trial - 95)
                                     : random() % (packed.size() * 8);
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    SCOPED_TRACE(bit);
    expect_the_same(flipped);
  }
}

TEST(GunzipSource, KeepsToTheLimitsAtOnceToo) {
  ArchiveLimits limits;
  limits.max_total_bytes = 60'000;
  const Bytes packed = gzip(content_of(100'000, 5));
  expect_the_same(packed, limits);
  EXPECT_NE(unpack(packed, GunzipSource::Way::at_once_if_short, limits).end.find("60000"), std::string::npos);
}

TEST(GunzipSource, TakesWhatABudgetDoesNotHaveInPieces) {
  const Bytes content = content_of(500'000, 7);
  const Bytes packed = gzip(content);
  ArchiveLimits limits;
  limits.scratch.budget = std::make_shared<scratch::Budget>(static_cast<int64_t>(packed.size() + content.size()) - 1);
  EXPECT_FALSE(unpack(packed, GunzipSource::Way::at_once_if_short, limits).at_once);
  expect_the_same(packed, limits);
  limits.scratch.budget->give(1);
  EXPECT_TRUE(unpack(packed, GunzipSource::Way::at_once_if_short, limits).at_once);
  EXPECT_EQ(limits.scratch.budget->left(), static_cast<int64_t>(packed.size() + content.size())) << "given back";
}

TEST(GunzipSource, TellsAboutHowMuchWasUsedForNothing) {
  const Bytes packed = gzip(content_of(1'000'000, 8));
  for (const auto way : {GunzipSource::Way::at_once_if_short, GunzipSource::Way::in_pieces}) {
    const auto source = memory_source(packed);
    GunzipSource gunzip(*source, {}, way);
    for (int piece = 1; piece <= 10; ++piece) {
      ASSERT_TRUE(gunzip.next());
      const double share = static_cast<double>(gunzip.packed_bytes_about()) / static_cast<double>(packed.size());
      EXPECT_NEAR(share, piece * 0.032768, 0.05);
    }
  }
}

/// Where the unpacked size is a whole number of pieces, the packed size just above one of blocks.
TEST(GunzipSource, TellsTheSameEndWhereverItFalls) {
  std::mt19937_64 random(9);
  for (size_t bytes = 16'300; bytes < 16'400; ++bytes) {
    Bytes content(32768);
    for (size_t i = 0; i < bytes; ++i) content[i] = static_cast<std::byte>(random());
    expect_the_same(gzip(content));
  }
}

TEST(GunzipSource, GivesWhatCameBeforeTheSourceFailed) {
  class Failing : public ByteSource {
   public:
    explicit Failing(Bytes bytes) : bytes_(std::move(bytes)) {}
    Result<std::span<const std::byte>> next() override {
      if (given_) return failure(ErrorKind::io, "the disk is gone");
      given_ = true;
      return std::span<const std::byte>(bytes_);
    }

   private:
    Bytes bytes_;
    bool given_ = false;
  };
  Bytes packed = gzip(content_of(100'000, 6));
  packed.resize(packed.size() / 2);
  Failing source(packed);
  GunzipSource gunzip(source, {});
  size_t bytes = 0;
  Result<std::span<const std::byte>> piece = gunzip.next();
  for (; piece && !piece->empty(); piece = gunzip.next()) bytes += piece->size();
  EXPECT_GT(bytes, 30'000U);
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().kind, ErrorKind::io);
}

}  // namespace
}  // namespace voxlake::corpus
