#include "corpus/archive_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "corpus/packed_archive.h"

namespace voxlake::corpus {
namespace {

/// A source in pieces of a given size, which may fail after some of them.
class PiecewiseSource : public ByteSource {
 public:
  PiecewiseSource(Bytes bytes, size_t piece, size_t fails_at = SIZE_MAX) : bytes_(std::move(bytes)), piece_(piece), fails_at_(fails_at) {}
  Result<std::span<const std::byte>> next() override {
    if (at_ >= fails_at_) return failure(ErrorKind::io, "the disk is gone");
    held_.assign(bytes_.begin() + static_cast<std::ptrdiff_t>(at_),
                 bytes_.begin() + static_cast<std::ptrdiff_t>(std::min(at_ + piece_, bytes_.size())));
    at_ += held_.size();
    return std::span<const std::byte>(held_);  // memory of its own, so that a piece used too late shows
  }

 private:
  Bytes bytes_;
  Bytes held_;
  size_t piece_;
  size_t fails_at_;
  size_t at_ = 0;
};

struct Seen {
  Member member;
  std::string content;
  std::string read_error;
  bool operator==(const Seen& other) const {
    return member.path == other.member.path && member.bytes == other.member.bytes && member.position == other.member.position &&
           content == other.content && read_error == other.read_error;
  }
};

std::string detail(const Error& error, std::string_view key) {
  return error.detail(key, "none");
}

struct Walked {
  std::vector<Seen> seen;
  Status status;
  std::string reason() const { return status ? "whole" : detail(status.error(), "reason"); }
};

Walked walk(ByteSource& source, const ArchiveLimits& limits = {}) {
  Walked walked;
  walked.status = ArchiveReader::walk(source, limits, [&](const Member& member, const ArchiveReader::Read& read) -> Status {
    Seen seen{member, {}, {}};
    if (member.is_file) {
      auto content = read();
      if (content) {
        seen.content.assign(reinterpret_cast<const char*>(content->data()), content->size());
      } else {
        seen.read_error = detail(content.error(), "reason");
      }
    }
    walked.seen.push_back(std::move(seen));
    return {};
  });
  return walked;
}

Walked walk(const Bytes& packed, const ArchiveLimits& limits = {}) {
  return walk(*memory_source(packed), limits);
}

std::string noise(size_t bytes, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string text(bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::vector<Item> speech_like() {
  return {{"a-20080101-abc/", "", AE_IFDIR},
          {"a-20080101-abc/etc/README", "Gender: Female\n"},
          {"a-20080101-abc/wav/a1.wav", noise(70'000, 1)},
          {"a-20080101-abc/wav/a2.wav", noise(30'000, 2)},
          {"a-20080101-abc/LICENSE", std::string(2000, 'L')}};
}

TEST(ArchiveReader, VisitsEveryMemberInOrderWhateverTheContainer) {
  const std::vector<Item> items = speech_like();
  for (Kind kind : {Kind::plain_tar, Kind::tgz, Kind::zip}) {
    const Walked walked = walk(pack(items, kind));
    ASSERT_TRUE(walked.status) << walked.status.error().to_string();
    ASSERT_EQ(walked.seen.size(), items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      EXPECT_EQ(walked.seen[i].member.path, items[i].path);
      EXPECT_EQ(walked.seen[i].content, items[i].content);
      EXPECT_EQ(walked.seen[i].member.is_folder, i == 0);
      EXPECT_EQ(walked.seen[i].member.is_file, i != 0);
    }
  }
}

TEST(ArchiveReader, GivesTheSameForPiecesOfAnySize) {
  for (Kind kind : {Kind::plain_tar, Kind::tgz, Kind::zip}) {
    const Bytes packed = pack(speech_like(), kind);
    const Walked whole = walk(packed);
    for (size_t piece : {1U, 2U, 7U, 511U, 4096U, 65537U}) {
      PiecewiseSource source(packed, piece);
      const Walked walked = walk(source);
      EXPECT_TRUE(walked.status);
      EXPECT_EQ(walked.seen, whole.seen) << piece;
    }
  }
}

TEST(ArchiveReader, TellsWhereAMemberBegins) {
  const std::vector<Item> items = speech_like();
  const Bytes plain = pack(items, Kind::plain_tar);
  // Noise does not shrink, so that packed and unpacked positions are alike: at most a piece of 32 KiB before the header.
  const Bytes packed = pack(items);
  const Walked tar = walk(plain);
  const Walked tgz = walk(packed);
  const auto in_tar = ArchiveReader::locate(*memory_source(plain), {});
  const auto in_tgz = ArchiveReader::locate(*memory_source(packed), {});
  ASSERT_TRUE(in_tar && in_tgz);
  int64_t at = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(tar.seen[i].member.position, at);
    EXPECT_EQ(tgz.seen[i].member.position, at);
    EXPECT_EQ(in_tar->of(at), at);
    EXPECT_LE(in_tgz->of(at), at + 200);
    EXPECT_GE(in_tgz->of(at), at - (33 << 10)) << i;
    EXPECT_LT(in_tgz->of(at), static_cast<int64_t>(packed.size()));
    at += 512 + static_cast<int64_t>((items[i].content.size() + 511) / 512 * 512);
  }
  EXPECT_EQ(in_tgz->of(0), 0);
  EXPECT_GT(in_tgz->of(tgz.seen[4].member.position), 60'000);
}

/// Each refused member once had the whole archive unpacked again, to tell where it lies: minutes for a file of 250 KB.
TEST(ArchiveReader, TakesNoLongerForMembersThatAreRefused) {
  std::vector<Item> items;
  for (int i = 0; i < 20'000; ++i) items.push_back({"x/" + std::to_string(i) + ".wav", "12345678"});
  ArchiveLimits limits;
  limits.max_member_bytes = 4;
  const Walked walked = walk(pack(items), limits);
  EXPECT_TRUE(walked.status);
  ASSERT_EQ(walked.seen.size(), items.size());
  for (const Seen& seen : walked.seen) ASSERT_EQ(seen.read_error, "member_too_large");
}

TEST(ArchiveReader, LetsGoOfAnArchiveWhenMemoryRunsOut) {
  class Starving : public PiecewiseSource {
   public:
    using PiecewiseSource::PiecewiseSource;
    Result<std::span<const std::byte>> next() override {
      auto piece = PiecewiseSource::next();
      if (!piece) throw std::bad_alloc();
      return piece;
    }
  };
  for (Kind kind : {Kind::plain_tar, Kind::tgz, Kind::zip}) {
    const Bytes packed = pack(speech_like(), kind);
    for (const size_t fails_at : {size_t{0}, packed.size() / 2}) {
      Starving source(packed, 1000, fails_at);
      EXPECT_THROW(static_cast<void>(walk(source)), std::bad_alloc) << "it says nothing of the archive";
    }
  }
}

TEST(ArchiveReader, LocatesWhatCanBeUnpackedOfADamagedArchive) {
  const Bytes packed = pack(speech_like());
  const auto whole = ArchiveReader::locate(*memory_source(packed), {});
  const auto cut = ArchiveReader::locate(*memory_source(std::span(packed).first(80'000)), {});
  ASSERT_TRUE(whole && cut);
  for (int64_t at = 0; at < 75'000; at += 1000) EXPECT_EQ(cut->of(at), whole->of(at)) << at;
  EXPECT_EQ(ArchiveReader::locate(*memory_source({}), {})->of(7), 7);
  PiecewiseSource failing(packed, 1000, 5000);
  const auto failed = ArchiveReader::locate(failing, {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::io);
}

TEST(ArchiveReader, SkipsMembersThatAreNotAskedFor) {
  const Bytes packed = pack(speech_like());
  std::vector<std::string> paths;
  const Status status = ArchiveReader::walk(*memory_source(packed), {}, [&](const Member& member, const ArchiveReader::Read&) -> Status {
    paths.push_back(member.path);
    return {};
  });
  ASSERT_TRUE(status);
  EXPECT_EQ(paths.size(), 5U);
}

TEST(ArchiveReader, EndsWithTheVisitorsError) {
  const Bytes packed = pack(speech_like());
  int visited = 0;
  const Status status = ArchiveReader::walk(*memory_source(packed), {}, [&](const Member&, const ArchiveReader::Read&) -> Status {
    return ++visited == 2 ? failure(ErrorKind::cancelled, "stop") : Status{};
  });
  EXPECT_EQ(visited, 2);
  EXPECT_EQ(status.error().kind, ErrorKind::cancelled);
}

TEST(ArchiveReader, EndsWithTheSourcesErrorAsItIs) {
  const Bytes packed = pack(speech_like());
  for (size_t at : {0U, 1U, 40'000U, 100'000U}) {
    PiecewiseSource source(packed, 1000, at);
    const Walked walked = walk(source);
    ASSERT_FALSE(walked.status);
    EXPECT_EQ(walked.status.error().kind, ErrorKind::io);
    EXPECT_EQ(walked.status.error().message, "the disk is gone");
  }
}

TEST(ArchiveReader, ReadsAMembersContentOnlyOnce) {
  const Bytes packed = pack(speech_like());
  const Status status =
      ArchiveReader::walk(*memory_source(packed), {}, [&](const Member& member, const ArchiveReader::Read& read) -> Status {
        if (!member.is_file) return {};
        EXPECT_TRUE(read());
        EXPECT_EQ(read().error().kind, ErrorKind::invalid_argument);
        return {};
      });
  EXPECT_TRUE(status);
}

TEST(ArchiveReader, TellsATgzCutAtAnyByteAndKeepsWhatCameBefore) {
  const std::vector<Item> items = {{"x/etc/README", "Gender: Male\n"}, {"x/wav/a1.wav", noise(900, 5)}, {"x/wav/a2.wav", noise(700, 6)}};
  const Bytes packed = pack(items);
  size_t most = 0;
  for (size_t length = 0; length < packed.size(); ++length) {
    const Walked walked = walk(Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length)));
    EXPECT_EQ(walked.reason(), length < 2 ? "not_an_archive" : "truncated_archive") << length;
    size_t whole = 0;
    for (size_t i = 0; i < walked.seen.size(); ++i) {
      EXPECT_EQ(walked.seen[i].member.path, items[i].path) << length;
      if (!walked.seen[i].read_error.empty()) continue;
      EXPECT_EQ(walked.seen[i].content, items[i].content) << length;
      ++whole;
    }
    EXPECT_GE(whole, most) << length << ": less from a longer file";
    most = std::max(most, whole);
    if (length >= 2) {
      EXPECT_EQ(detail(walked.status.error(), "byte_offset"), std::to_string(length));
    }
  }
  EXPECT_EQ(most, items.size());
}

TEST(ArchiveReader, NeverMakesMoreOfAPlainTarOrZipThatWasCut) {
  const std::vector<Item> items = {{"x/etc/README", "Gender: Male\n"}, {"x/wav/a1.wav", noise(900, 5)}, {"x/wav/a2.wav", noise(700, 6)}};
  for (Kind kind : {Kind::plain_tar, Kind::zip}) {
    const Bytes packed = pack(items, kind);
    for (size_t length = 0; length < packed.size(); ++length) {
      const Walked walked = walk(Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length)));
      for (size_t i = 0; i < walked.seen.size(); ++i) {
        if (walked.seen[i].read_error.empty()) {
          EXPECT_EQ(walked.seen[i].content, items[i].content) << length;
        }
      }
      if (walked.status) {
        EXPECT_LE(walked.seen.size(), items.size());
      }
    }
  }
}

TEST(ArchiveReader, TakesATgzWithAFlippedBitForWholeOnlyWhereItUnpacksAlike) {
  const Bytes packed = pack({{"x/etc/README", "Gender: Male\n"}, {"x/wav/a1.wav", noise(400, 5)}});
  const Walked original = walk(packed);
  size_t unnoticed = 0;
  for (size_t bit = 0; bit < packed.size() * 8; ++bit) {
    Bytes flipped = packed;
    flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const Walked walked = walk(flipped);
    if (walked.status) {
      // A flag or time in gzip's header, or a code of deflate that stands for the same bytes.
      EXPECT_EQ(walked.seen, original.seen) << bit;
      ++unnoticed;
    } else {
      EXPECT_NE(walked.reason(), "none") << bit;
    }
  }
  EXPECT_LT(unnoticed, packed.size() * 8 / 20);
}

TEST(ArchiveReader, SurvivesFlippedBitsInATarAndAZip) {
  std::mt19937_64 random(3);
  for (Kind kind : {Kind::plain_tar, Kind::zip}) {
    const Bytes packed = pack(speech_like(), kind);
    for (int trial = 0; trial < 1500; ++trial) {
      Bytes flipped = packed;
      for (int flips = 0; flips <= trial % 4; ++flips) {
        const size_t reach = trial % 2 == 0 ? std::min<size_t>(3000, flipped.size()) : flipped.size();
        flipped[random() % reach] ^= static_cast<std::byte>(1U << (random() % 8));
      }
      const Walked walked = walk(flipped);
      if (!walked.status) {
        EXPECT_NE(walked.reason(), "none");
      }
    }
  }
}

/// Found by fuzzing: ISA-L miscounts what it was given when it meets a reference to before the stream's beginning.
TEST(ArchiveReader, TellsOfAReferenceToBeforeTheBeginning) {
  std::ifstream stream(std::string(VOXLAKE_SOURCE_DIR) + "/tests/fuzz/seeds/archive/reference_to_before_its_beginning.tgz",
                       std::ios::binary);
  const std::string file{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_GT(file.size(), 200U);
  const auto bytes = std::as_bytes(std::span(file));
  const Status status = ArchiveReader::walk(*memory_source(bytes), {}, [](const Member&, const ArchiveReader::Read& read) -> Status {
    static_cast<void>(read());
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::corrupt_data);
  const std::string offset = detail(status.error(), "byte_offset");
  ASSERT_NE(offset, "none");
  EXPECT_LE(std::stoll(offset), static_cast<int64_t>(file.size()));
}

TEST(ArchiveReader, ReportsDamageBehindTheLastMember) {
  Bytes packed = pack(speech_like());
  packed[packed.size() - 6] ^= std::byte{1};  // the checksum
  const Walked walked = walk(packed);
  EXPECT_EQ(walked.seen.size(), 5U);
  EXPECT_EQ(walked.reason(), "corrupt_archive");
}

TEST(ArchiveReader, ReadsAGzipOfSeveralMembersAndIgnoresPadding) {
  const Bytes tar = pack(speech_like(), Kind::plain_tar);
  Bytes packed = gzip(Bytes(tar.begin(), tar.begin() + 50'000));
  const Bytes second = gzip(Bytes(tar.begin() + 50'000, tar.end()));
  packed.insert(packed.end(), second.begin(), second.end());
  EXPECT_EQ(walk(packed).seen.size(), 5U);
  EXPECT_TRUE(walk(packed).status);
  packed.resize(packed.size() + 1000);
  EXPECT_TRUE(walk(packed).status);
}

TEST(ArchiveReader, SaysWhatAFileIsThatIsNoArchive) {
  EXPECT_EQ(walk(Bytes{}).reason(), "not_an_archive");
  const Walked html = walk(bytes_of("<!DOCTYPE html><html><body>404 Not Found</body></html>"));
  EXPECT_EQ(html.reason(), "not_an_archive");
  EXPECT_NE(html.status.error().message.find("<!DOCTYPE"), std::string::npos);
  EXPECT_EQ(walk(bytes_of(noise(5000, 9))).reason(), "not_an_archive");
  EXPECT_EQ(walk(gzip(bytes_of(noise(5000, 9)))).reason(), "not_an_archive");
  EXPECT_EQ(walk(gzip({})).reason(), "not_an_archive");
}

TEST(ArchiveReader, TakesATarWithoutMembersForAnEmptyArchive) {
  const Walked walked = walk(gzip(Bytes(10240)));
  EXPECT_TRUE(walked.status);
  EXPECT_TRUE(walked.seen.empty());
}

TEST(ArchiveReader, OnlyTellsHostilePathsLinksAndDevices) {
  const Walked walked = walk(pack({{"/etc/passwd", "root"},
                                   {"../../outside.wav", "x"},
                                   {"a/link.wav", "", AE_IFLNK, "/etc/passwd"},
                                   {"a/null", "", AE_IFCHR},
                                   {"a/one.wav", "1"},
                                   {"a/hard.wav", "", AE_IFREG, "a/one.wav"},
                                   {"a/one.wav", "2"}}));
  ASSERT_TRUE(walked.status) << walked.status.error().to_string();
  ASSERT_EQ(walked.seen.size(), 7U);
  EXPECT_EQ(walked.seen[0].member.path, "/etc/passwd");
  EXPECT_EQ(walked.seen[1].member.path, "../../outside.wav");
  EXPECT_EQ(walked.seen[1].content, "x");
  for (size_t i : {2U, 3U, 5U}) EXPECT_FALSE(walked.seen[i].member.is_file) << i;
  EXPECT_EQ(walked.seen[4].content, "1");
  EXPECT_EQ(walked.seen[6].content, "2");
}

TEST(ArchiveReader, GivesPathsInUtf8WhateverTheyWereWrittenIn) {
  const std::string utf8 = "sp/wav/\xD0\xB0\xD0\xB1\xD0\xB2.wav";
  EXPECT_EQ(walk(pack({{utf8, "x"}})).seen[0].member.path, utf8);
  EXPECT_EQ(walk(pack({{"sp/wav/m\xE4nnlich.wav", "x"}})).seen[0].member.path, "sp/wav/m\xC3\xA4nnlich.wav");
  const std::string long_utf8 = "sp/" + std::string(180, 'd') + "/\xC3\xA9t\xC3\xA9.wav";  // in a pax header
  EXPECT_EQ(walk(pack({{long_utf8, "x"}})).seen[0].member.path, long_utf8);
  EXPECT_EQ(walk(pack({{"z/\xC3\xA9t\xC3\xA9.wav", "x"}}, Kind::zip)).seen[0].member.path, "z/\xC3\xA9t\xC3\xA9.wav");
}

TEST(ArchiveReader, StopsAtTheLimitOfMembers) {
  std::vector<Item> items;
  for (int i = 0; i < 50; ++i) items.push_back({"a/" + std::to_string(i), ""});
  ArchiveLimits limits;
  limits.max_members = 50;
  EXPECT_TRUE(walk(pack(items), limits).status);
  limits.max_members = 49;
  const Walked walked = walk(pack(items), limits);
  EXPECT_EQ(walked.reason(), "archive_limit");
  EXPECT_EQ(walked.seen.size(), 49U);
}

TEST(ArchiveReader, WalksAHundredThousandMembers) {
  // A header block by hand is quicker than the writer: only its name and checksum differ.
  Bytes tar;
  for (int i = 0; i < 100'000; ++i) {
    Bytes header(512);
    const std::string name = "a/" + std::to_string(i);
    std::memcpy(header.data(), name.data(), name.size());
    std::memcpy(header.data() + 124, "00000000000", 11);
    std::memcpy(header.data() + 156, "0", 1);
    std::memcpy(header.data() + 257, "ustar\00000", 8);
    std::memset(header.data() + 148, ' ', 8);
    unsigned sum = 0;
    for (std::byte byte : header) sum += std::to_integer<unsigned>(byte);
    std::snprintf(reinterpret_cast<char*>(header.data() + 148), 8, "%06o", sum);
    tar.insert(tar.end(), header.begin(), header.end());
  }
  tar.resize(tar.size() + 1024);
  const Walked walked = walk(gzip(tar));
  EXPECT_TRUE(walked.status) << walked.status.error().to_string();
  EXPECT_EQ(walked.seen.size(), 100'000U);
}

TEST(ArchiveReader, RefusesAMemberAboveTheLimitAndGoesOn) {
  ArchiveLimits limits;
  limits.max_member_bytes = 50'000;
  for (Kind kind : {Kind::tgz, Kind::zip}) {
    const Walked walked = walk(pack(speech_like(), kind), limits);
    ASSERT_TRUE(walked.status);
    EXPECT_EQ(walked.seen[2].read_error, "member_too_large");
    EXPECT_EQ(walked.seen[3].content.size(), 30'000U);
  }
}

TEST(ArchiveReader, StopsABomb) {
  const Bytes zeros(100 << 20);
  Bytes tar = pack({{"a/bomb.wav", "x"}}, Kind::plain_tar);
  tar.resize(512);
  std::memcpy(tar.data() + 124, "00620000000", 11);  // 100 MiB
  std::memset(tar.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (std::byte byte : tar) sum += std::to_integer<unsigned>(byte);
  std::snprintf(reinterpret_cast<char*>(tar.data() + 148), 8, "%06o", sum);
  tar.insert(tar.end(), zeros.begin(), zeros.end());
  const Bytes packed = gzip(tar);
  EXPECT_EQ(walk(packed).reason(), "archive_limit");
  // The same without anybody asking for the member.
  const Status skipped =
      ArchiveReader::walk(*memory_source(packed), {}, [](const Member&, const ArchiveReader::Read&) -> Status { return {}; });
  EXPECT_EQ(detail(skipped.error(), "reason"), "archive_limit");
  ArchiveLimits generous;
  generous.max_ratio = 5000;
  const Walked whole = walk(packed, generous);
  EXPECT_EQ(whole.seen.size(), 1U);
  generous.max_total_bytes = 50 << 20;
  EXPECT_EQ(walk(packed, generous).reason(), "archive_limit");
  const Bytes zip = pack({{"a/bomb.wav", std::string(100 << 20, '\0')}}, Kind::zip);
  EXPECT_EQ(walk(zip).reason(), "archive_limit");
}

TEST(ArchiveReader, ReservesLittleForASizeThatIsALie) {
  Bytes tar = pack({{"a/big.wav", "x"}}, Kind::plain_tar);
  std::memcpy(tar.data() + 124, "03700000000", 11);  // 496 MiB
  std::memset(tar.data() + 148, ' ', 8);
  unsigned sum = 0;
  for (std::byte byte : std::span(tar).first(512)) sum += std::to_integer<unsigned>(byte);
  std::snprintf(reinterpret_cast<char*>(tar.data() + 148), 8, "%06o", sum);
  const Walked walked = walk(tar);
  EXPECT_EQ(walked.reason(), "truncated_archive");
  ASSERT_EQ(walked.seen.size(), 1U);
  EXPECT_EQ(walked.seen[0].read_error, "truncated_archive");
}

}  // namespace
}  // namespace voxlake::corpus
