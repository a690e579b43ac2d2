#include "pipeline/decode_stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "audio/golden_audio.h"
#include "audio/trim.h"
#include "corpus/packed_archive.h"
#include "pipeline/archive_contents.h"

namespace voxlake::pipeline {
namespace {

using corpus::Bytes;
using corpus::Item;
using corpus::pack;

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string wav(int64_t frames) {
  return text_of(audio::wav(frames));
}
std::string golden(const std::string& name) {
  return text_of(audio::read_golden(name));
}

struct Decoded {
  std::vector<lake::UtteranceRow> utterances;
  std::vector<lake::RejectRow> rejects;
  std::vector<std::string> order;  ///< ids and refused members, as they came
  int opened = 0;
  Status status;

  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const auto& row : utterances) ids.push_back(row.utterance_id);
    return ids;
  }
  /// "member reason" of each reject.
  std::vector<std::string> reasons() const {
    std::vector<std::string> reasons;
    for (const auto& row : rejects) reasons.push_back(row.member.value_or("-") + " " + row.reason);
    return reasons;
  }
};

Decoded decode(const Bytes& packed, const DecodeOptions& options = {}, const std::string& archive = "ann-20080101-abc") {
  Decoded decoded;
  const ArchiveIdentity identity{"voxforge", archive, "5ha", static_cast<int64_t>(packed.size())};
  const auto open = [&]() -> Result<std::unique_ptr<corpus::ByteSource>> {
    ++decoded.opened;
    return corpus::memory_source(packed);
  };
  decoded.status = decode_archive(identity, open, options,
                                  {[&](lake::UtteranceRow&& row) -> Status {
                                     decoded.order.push_back(row.utterance_id);
                                     decoded.utterances.push_back(std::move(row));
                                     return {};
                                   },
                                   [&](lake::RejectRow&& row) -> Status {
                                     decoded.order.push_back(row.member.value_or("-"));
                                     decoded.rejects.push_back(std::move(row));
                                     return {};
                                   }});
  return decoded;
}

DecodeOptions in_two_passes() {
  DecodeOptions options;
  options.one_pass_packed_bytes = 0;
  return options;
}

using Strings = std::vector<std::string>;

/// As VoxForge packs it, but with the labels behind the audio.
std::vector<Item> archive_of_ann() {
  const std::string top = "ann-20080101-abc/";
  return {{top, "", AE_IFDIR},
          {top + "LICENSE", "GPL"},
          {top + "wav/", "", AE_IFDIR},
          {top + "wav/a0003.wav", wav(900)},
          {top + "wav/a0001.wav", wav(16000)},
          {top + "wav/a0002.wav", wav(700)},
          {top + "etc/HVite_log", "log"},
          {top + "etc/PROMPTS", "ann-20080101-abc/mfc/a0001 THE FIRST\nann-20080101-abc/mfc/a0002 THE SECOND\n"},
          {top + "etc/prompts-original", "a0001 The first.\na0003 The third.\n"},
          {top + "etc/README",
           "User Name:ann\r\n\r\nGender: [female];\r\nAge Range: Adult\r\nLanguage: EN\r\nPronunciation dialect: Irish\r\n"}};
}

TEST(DecodeStage, MakesARowOfEachClipWithItsLabelsWhereverTheyStand) {
  const Decoded decoded = decode(pack(archive_of_ann()));
  ASSERT_TRUE(decoded.status);
  EXPECT_EQ(decoded.ids(), (Strings{"ann-20080101-abc/a0001", "ann-20080101-abc/a0002", "ann-20080101-abc/a0003"}));
  EXPECT_TRUE(decoded.rejects.empty());
  EXPECT_EQ(decoded.opened, 1);
  const lake::UtteranceRow& row = decoded.utterances[0];
  EXPECT_EQ(row.corpus, "voxforge");
  EXPECT_EQ(row.archive, "ann-20080101-abc");
  EXPECT_EQ(row.member, "ann-20080101-abc/wav/a0001.wav");
  EXPECT_EQ(row.speaker, "ann");
  EXPECT_EQ(row.gender, "female");
  EXPECT_EQ(row.gender_raw, "[female];");
  EXPECT_EQ(row.age_range, "adult");
  EXPECT_EQ(row.language, "EN");
  EXPECT_EQ(row.dialect, "Irish");
  EXPECT_EQ(row.prompt, "THE FIRST");
  EXPECT_EQ(row.source_format, "wav");
  EXPECT_EQ(row.source_rate, 16000);
  EXPECT_EQ(row.source_channels, 1);
  EXPECT_EQ(row.source_samples, 16000);
  EXPECT_EQ(row.archive_sha256, "5ha");
  EXPECT_EQ(row.fingerprint, decode_fingerprint({}));
  EXPECT_EQ(decoded.utterances[1].prompt, "THE SECOND");
  EXPECT_EQ(decoded.utterances[2].prompt, "The third.");
}

TEST(DecodeStage, MeasuresTheTrimmedSignal) {
  std::vector<Item> items = {{"x/wav/a1.wav", wav(16000)}};
  std::string& file = items[0].content;
  std::fill(file.begin() + 44, file.begin() + 44 + 2 * 6000, '\0');  // silence at first
  const Decoded decoded = decode(pack(items));
  ASSERT_EQ(decoded.utterances.size(), 1U);
  const lake::UtteranceRow& row = decoded.utterances[0];
  EXPECT_GT(row.trim_start, 4000);
  EXPECT_LE(row.trim_start, 6000);
  EXPECT_EQ(row.trim_end, 16000);
  EXPECT_EQ(row.samples, row.trim_end - row.trim_start);
  EXPECT_EQ(row.signal.size(), static_cast<size_t>(row.samples));
  EXPECT_DOUBLE_EQ(row.seconds, static_cast<double>(row.samples) / 16000);
  float peak = 0;
  double squares = 0;
  for (float sample : row.signal) {
    peak = std::max(peak, std::abs(sample));
    squares += static_cast<double>(sample) * sample;
  }
  EXPECT_EQ(row.peak, peak);
  EXPECT_NEAR(row.rms, std::sqrt(squares / static_cast<double>(row.samples)), 1e-7);
  EXPECT_FALSE(row.is_silent);
}

TEST(DecodeStage, GivesTheSignalThatLibrosaLoadsAndTrims) {
  std::vector<Item> items;
  const auto rows = audio::read_golden_rows("files.tsv");
  for (const auto& row : rows) items.push_back({"x/wav/" + row[0], golden(row[0])});
  const Decoded decoded = decode(pack(items), {}, "x");
  ASSERT_EQ(decoded.utterances.size(), rows.size());
  for (const lake::UtteranceRow& utterance : decoded.utterances) {
    const std::string stem = std::string(stem_of(utterance.member));
    const std::vector<float> loaded = audio::read_golden_floats(stem + ".16k.f32");
    const audio::TrimBounds bounds = audio::trim(loaded);
    EXPECT_EQ(utterance.trim_start, bounds.start) << stem;
    ASSERT_EQ(utterance.trim_end, bounds.end) << stem;
    for (int64_t i = 0; i < utterance.samples; ++i) {
      ASSERT_NEAR(utterance.signal[static_cast<size_t>(i)], loaded[static_cast<size_t>(bounds.start + i)], 1e-5) << stem << " at " << i;
    }
  }
}

TEST(DecodeStage, GivesTheSameRowsInOnePassAndInTwo) {
  std::vector<Item> items = archive_of_ann();
  items.push_back({"ann-20080101-abc/wav/empty.wav", ""});
  items.push_back({"ann-20080101-abc/flac/a0001.flac", golden("flac16_16000.flac")});
  items.push_back({"ann-20080101-abc/wav/a0001.wav", wav(333)});
  const Bytes packed = pack(items);
  const Decoded once = decode(packed);
  EXPECT_EQ(once.opened, 2);
  EXPECT_EQ(decode(pack(archive_of_ann())).opened, 1) << "nothing was refused";
  for (bool by_held_bytes : {false, true}) {
    DecodeOptions options = in_two_passes();
    if (by_held_bytes) {
      options = {};
      options.one_pass_held_bytes = 2000;
    }
    Decoded twice = decode(packed, options);
    EXPECT_EQ(twice.opened, by_held_bytes ? 4 : 3) << "the last time to tell where the refused member is";
    ASSERT_EQ(twice.rejects.size(), 1U);
    EXPECT_EQ(twice.rejects[0].byte_offset, once.rejects[0].byte_offset);
    EXPECT_EQ(twice.utterances[0].member, "ann-20080101-abc/wav/a0003.wav") << "in the archive's order";
    std::sort(twice.utterances.begin(), twice.utterances.end(),
              [](const auto& a, const auto& b) { return a.utterance_id < b.utterance_id; });
    EXPECT_EQ(twice.ids(), once.ids());
    EXPECT_EQ(twice.reasons(), once.reasons());
    for (size_t i = 0; i < once.utterances.size(); ++i) {
      EXPECT_EQ(twice.utterances[i].signal, once.utterances[i].signal);
      EXPECT_EQ(twice.utterances[i].gender, "female");
      EXPECT_EQ(twice.utterances[i].prompt, once.utterances[i].prompt);
      EXPECT_EQ(twice.utterances[i].member, once.utterances[i].member);
      EXPECT_EQ(twice.utterances[i].fingerprint, decode_fingerprint({})) << "how it was walked changes no row";
    }
  }
}

TEST(DecodeStage, GivesTheSameRowsWhateverMemoryThereIs) {
  std::vector<Item> items = archive_of_ann();
  items.push_back({"ann-20080101-abc/wav/empty.wav", ""});
  items.push_back({"ann-20080101-abc/flac/a0001.flac", golden("flac16_16000.flac")});
  items.push_back({"ann-20080101-abc/wav/stereo.flac", golden("flac24_48000_stereo.flac")});
  const Bytes packed = pack(items);
  const Decoded in_memory = decode(packed);
  for (bool two_passes : {false, true}) {
    for (int64_t budget : {int64_t{0}, int64_t{50'000}}) {
      DecodeOptions options = two_passes ? in_two_passes() : DecodeOptions();
      options.archive_limits.scratch = {"", 20'000, std::make_shared<scratch::Budget>(budget)};
      options.audio_limits.scratch = options.archive_limits.scratch;
      Decoded bounded = decode(packed, options);
      std::sort(bounded.utterances.begin(), bounded.utterances.end(),
                [](const auto& a, const auto& b) { return a.utterance_id < b.utterance_id; });
      ASSERT_EQ(bounded.ids(), in_memory.ids());
      EXPECT_EQ(bounded.reasons(), in_memory.reasons());
      for (size_t i = 0; i < in_memory.utterances.size(); ++i) {
        EXPECT_TRUE(bounded.utterances[i].signal == in_memory.utterances[i].signal) << in_memory.utterances[i].utterance_id;
        EXPECT_EQ(bounded.utterances[i].rms, in_memory.utterances[i].rms);
        EXPECT_EQ(bounded.utterances[i].fingerprint, in_memory.utterances[i].fingerprint) << "where it lay changes no row";
      }
    }
  }
}

TEST(DecodeStage, EndsWithAnErrorWhereThereIsNoRoomForAClip) {
  for (bool two_passes : {false, true}) {
    DecodeOptions options = two_passes ? in_two_passes() : DecodeOptions();
    options.archive_limits.scratch = {"/nowhere/at/all", 0, nullptr};
    const Bytes packed = pack(archive_of_ann());
    const DecodeSinks sinks{[](lake::UtteranceRow&&) -> Status { return {}; }, [](lake::RejectRow&&) -> Status { return {}; }};
    const Status status = decode_archive(
        {"c", "ann-20080101-abc", "5ha", static_cast<int64_t>(packed.size())},
        [&]() -> Result<std::unique_ptr<corpus::ByteSource>> { return corpus::memory_source(packed); }, options, sinks);
    ASSERT_FALSE(status) << "a clip must not be lost, nor be called damaged";
    EXPECT_EQ(status.error().kind, ErrorKind::io);
  }
}

TEST(DecodeStage, RefusesEachBadMemberByItselfAndSaysWhy) {
  const std::string whole = wav(2000);
  std::string not_finite = golden("float_44100.wav");
  not_finite.replace(not_finite.size() - 400, 4, std::string("\0\0\xC0\x7F", 4));
  const Decoded decoded = decode(pack({{"x/wav/a1.wav", whole},
                                       {"x/wav/b_cut.wav", whole.substr(0, 3000)},
                                       {"x/wav/c_empty.wav", ""},
                                       {"x/wav/d_text.wav", "this is no sound"},
                                       {"x/wav/e_header.wav", whole.substr(0, 30)},
                                       {"x/wav/f_none.wav", wav(0)},
                                       {"x/wav/g_nan.wav", not_finite},
                                       {"x/wav/h_link.wav", "", AE_IFLNK, "a1.wav"},
                                       {"x/wav/i.flac", golden("flac16_16000.flac").substr(0, 2000)},
                                       {"x/wav/z.wav", whole}}),
                                 {}, "x");
  ASSERT_TRUE(decoded.status);
  EXPECT_EQ(decoded.ids(), (Strings{"x/a1", "x/z"}));
  EXPECT_EQ(decoded.reasons(), (Strings{"x/wav/h_link.wav not_a_file", "x/wav/b_cut.wav truncated_audio", "x/wav/c_empty.wav empty_file",
                                        "x/wav/d_text.wav not_audio", "x/wav/e_header.wav truncated_audio", "x/wav/f_none.wav no_samples",
                                        "x/wav/g_nan.wav not_finite", "x/wav/i.flac truncated_audio"}));
  for (const lake::RejectRow& row : decoded.rejects) {
    EXPECT_EQ(row.stage, "decode");
    EXPECT_EQ(row.corpus, "voxforge");
    EXPECT_EQ(row.archive, "x");
    EXPECT_EQ(row.archive_sha256, "5ha");
    EXPECT_EQ(row.fingerprint, decode_fingerprint({}));
    EXPECT_TRUE(row.byte_offset) << row.reason;
    EXPECT_FALSE(row.detail.empty()) << row.reason;
  }
  EXPECT_NE(decoded.rejects[1].detail.find("1478 of 2000 frames"), std::string::npos) << decoded.rejects[1].detail;
}

TEST(DecodeStage, IgnoresDebrisLicencesAndLogsSilently) {
  const Decoded decoded = decode(pack({{"x/wav/._a1.wav", "Mac OS X"},
                                       {"x/.DS_Store", "Bud1"},
                                       {"__MACOSX/x/wav/a1.wav", "Mac OS X"},
                                       {"x/wav/a1.wav", wav(500)},
                                       {"x/etc/GPL_license.txt", "GPL"},
                                       {"x/etc/Julius_log", "log"}}));
  EXPECT_EQ(decoded.utterances.size(), 1U);
  EXPECT_TRUE(decoded.rejects.empty());
}

TEST(DecodeStage, LeavesAMarkForAnArchiveWithoutUtterances) {
  const auto reasons = [](const Bytes& packed) {
    const Decoded decoded = decode(packed, {}, "x");
    EXPECT_TRUE(decoded.status);
    EXPECT_TRUE(decoded.utterances.empty());
    return decoded.reasons();
  };
  EXPECT_EQ(reasons({}), (Strings{"- not_an_archive", "- no_utterances"}));
  EXPECT_EQ(reasons(corpus::bytes_of("<html>404</html>")), (Strings{"- not_an_archive", "- no_utterances"}));
  EXPECT_EQ(reasons(corpus::gzip(Bytes(10240))), (Strings{"- no_utterances"}));
  EXPECT_EQ(reasons(pack({{"x/etc/README", "Gender: Male\n"}})), (Strings{"- no_utterances"}));
  EXPECT_EQ(reasons(pack({{"x/wav/a1.wav", ""}})), (Strings{"x/wav/a1.wav empty_file", "- no_utterances"}));
}

TEST(DecodeStage, KeepsWhatCameBeforeTheDamageForATgzCutAtAnyByte) {
  std::vector<Item> items = {
      {"x/etc/README", "Gender: Male\n"}, {"x/wav/a1.wav", wav(600)}, {"x/wav/a2.wav", wav(700)}, {"x/wav/a3.wav", wav(300)}};
  const Bytes packed = pack(items);
  const Decoded whole = decode(packed, {}, "x");
  ASSERT_EQ(whole.utterances.size(), 3U);
  size_t most = 0;
  for (size_t length = 0; length < packed.size(); ++length) {
    const Bytes cut(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length));
    for (const DecodeOptions& options : {DecodeOptions{}, in_two_passes()}) {
      const Decoded decoded = decode(cut, options, "x");
      ASSERT_TRUE(decoded.status) << length;
      for (size_t i = 0; i < decoded.utterances.size(); ++i) {
        EXPECT_EQ(decoded.utterances[i].utterance_id, whole.utterances[i].utterance_id);
        EXPECT_EQ(decoded.utterances[i].signal, whole.utterances[i].signal);
        EXPECT_EQ(decoded.utterances[i].gender, "male");
      }
      const bool is_empty = decoded.utterances.empty();
      ASSERT_EQ(decoded.rejects.size(), is_empty ? 2U : 1U) << length;
      EXPECT_EQ(decoded.rejects[0].reason, length < 2 ? "not_an_archive" : "truncated_archive") << length;
      EXPECT_FALSE(decoded.rejects[0].member);
      EXPECT_EQ(decoded.rejects[0].byte_offset, length < 2 ? 0 : static_cast<int64_t>(length));
      EXPECT_GE(decoded.utterances.size(), most) << length;
      most = std::max(most, decoded.utterances.size());
    }
  }
  EXPECT_EQ(most, 3U);
}

TEST(DecodeStage, SaysWhereAnArchiveWasDamaged) {
  Bytes packed = pack({{"x/wav/a1.wav", wav(20000)}, {"x/wav/a2.wav", wav(20000)}});
  packed.resize(packed.size() * 3 / 4);
  const Decoded decoded = decode(packed);
  EXPECT_EQ(decoded.ids().size(), 1U);
  ASSERT_EQ(decoded.reasons(), (Strings{"- truncated_archive"}));
  EXPECT_NE(decoded.rejects[0].detail.find("x/wav/a2.wav"), std::string::npos) << decoded.rejects[0].detail;
}

TEST(DecodeStage, EndsInRowsForAnyFlippedBits) {
  std::mt19937_64 random(11);
  for (corpus::Kind kind : {corpus::Kind::tgz, corpus::Kind::plain_tar, corpus::Kind::zip}) {
    const Bytes packed = pack(archive_of_ann(), kind);
    for (int trial = 0; trial < 300; ++trial) {
      Bytes flipped = packed;
      for (int flips = 0; flips <= trial % 6; ++flips) flipped[random() % flipped.size()] ^= static_cast<std::byte>(1U << (random() % 8));
      const Decoded decoded = decode(flipped, trial % 2 == 0 ? DecodeOptions{} : in_two_passes());
      ASSERT_TRUE(decoded.status) << decoded.status.error().to_string();
      EXPECT_TRUE(!decoded.utterances.empty() || decoded.rejects.back().reason == "no_utterances");
      const Strings ids = decoded.ids();
      EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
      for (const lake::UtteranceRow& row : decoded.utterances) {
        EXPECT_TRUE(std::all_of(row.signal.begin(), row.signal.end(), [](float sample) { return std::isfinite(sample); }));
      }
    }
  }
}

TEST(DecodeStage, ReturnsTheErrorsOfSinksAndOfTheSource) {
  const Bytes packed = pack(archive_of_ann());
  const ArchiveIdentity identity{"c", "x", "5ha", static_cast<int64_t>(packed.size())};
  const auto open = [&]() -> Result<std::unique_ptr<corpus::ByteSource>> { return corpus::memory_source(packed); };
  const auto full = [](auto&&) -> Status { return failure(ErrorKind::cancelled, "stopped"); };
  const auto fine = [](auto&&) -> Status { return {}; };
  for (const DecodeOptions& options : {DecodeOptions{}, in_two_passes()}) {
    EXPECT_EQ(decode_archive(identity, open, options, {full, fine}).error().kind, ErrorKind::cancelled);
    const auto gone = []() -> Result<std::unique_ptr<corpus::ByteSource>> { return failure(ErrorKind::not_found, "no such file"); };
    EXPECT_EQ(decode_archive(identity, gone, options, {fine, fine}).error().kind, ErrorKind::not_found);

    struct Failing : corpus::ByteSource {
      explicit Failing(const Bytes& bytes) : bytes_(bytes) {}
      Result<std::span<const std::byte>> next() override {
        if (is_given_) return failure(ErrorKind::io, "the disk is gone");
        is_given_ = true;
        return std::span(bytes_).first(bytes_.size() / 2);
      }
      const Bytes& bytes_;
      bool is_given_ = false;
    };
    const auto failing = [&]() -> Result<std::unique_ptr<corpus::ByteSource>> { return std::make_unique<Failing>(packed); };
    EXPECT_EQ(decode_archive(identity, failing, options, {fine, fine}).error().kind, ErrorKind::io);
  }
}

TEST(DecodeStage, RefusesImpossibleOptions) {
  DecodeOptions options;
  options.trim_top_db = 0;
  EXPECT_EQ(decode({}, options).status.error().kind, ErrorKind::invalid_argument);
  options = {};
  options.rate = 0;
  EXPECT_EQ(decode({}, options).status.error().kind, ErrorKind::invalid_argument);
  options = {};
  options.max_clip_seconds = std::nan("");
  EXPECT_EQ(decode({}, options).status.error().kind, ErrorKind::invalid_argument);
}

TEST(DecodeStage, MarksSilentClipsAndKeepsThemWhole) {
  std::string silent = wav(5000);
  std::fill(silent.begin() + 44, silent.end(), '\0');
  std::string faint = silent;
  for (size_t i = 44; i < faint.size(); i += 64) faint[i] = 20;
  const Decoded decoded = decode(pack({{"x/wav/a.wav", silent}, {"x/wav/b.wav", faint}, {"x/wav/c.wav", wav(5000)}}));
  ASSERT_EQ(decoded.utterances.size(), 3U);
  EXPECT_TRUE(decoded.utterances[0].is_silent);
  EXPECT_EQ(decoded.utterances[0].samples, 5000);
  EXPECT_TRUE(decoded.utterances[1].is_silent);
  EXPECT_FALSE(decoded.utterances[2].is_silent);
}

TEST(DecodeStage, StopsAtTheArchivesLimitsAndKeepsWhatItHas) {
  std::vector<Item> items;
  for (int i = 0; i < 9; ++i) items.push_back({"x/wav/a" + std::to_string(i) + ".wav", wav(100)});
  DecodeOptions options;
  options.archive_limits.max_members = 5;
  const Decoded decoded = decode(pack(items), options);
  EXPECT_EQ(decoded.utterances.size(), 5U);
  EXPECT_EQ(decoded.rejects.back().reason, "archive_limit");
  options = {};
  options.max_clip_seconds = 100.0 / 16000;
  options.archive_limits.max_member_bytes = 400;
  items.push_back({"x/wav/b.wav", wav(150)});
  items.push_back({"x/wav/c.wav", wav(500)});
  EXPECT_EQ(decode(pack(items), options).reasons(), (Strings{"x/wav/b.wav too_long", "x/wav/c.wav member_too_large"}));
}

TEST(DecodeStage, FingerprintNamesWhatTheRowsDependOn) {
  EXPECT_EQ(decode_fingerprint({}), decode_fingerprint({}));
  EXPECT_TRUE(decode_fingerprint({}).starts_with("decode-2 rate=16000 trim=20 "));
  DecodeOptions options;
  options.trim_top_db = 20.5;
  EXPECT_NE(decode_fingerprint(options), decode_fingerprint({}));
  options = {};
  options.archive_limits.max_members = 3;
  EXPECT_NE(decode_fingerprint(options), decode_fingerprint({}));
}

TEST(ArchiveContents, FindsLabelsInAnyLayout) {
  for (const char* path : {"etc/README", "README", "top/etc/readme", "other-name/ETC/Readme.txt", "./a/etc/README"}) {
    const Decoded decoded = decode(pack({{"wav/a1.wav", wav(100)}, {path, "Gender: Weiblich\n"}}));
    ASSERT_EQ(decoded.utterances.size(), 1U) << path;
    EXPECT_EQ(decoded.utterances[0].gender, "female") << path;
  }
}

TEST(ArchiveContents, PrefersTheReadmeInEtc) {
  for (bool etc_first : {true, false}) {
    std::vector<Item> items = {{"x/etc/README", "Gender: Male\n"}, {"x/README", "Gender: Female\n"}, {"x/wav/a1.wav", wav(100)}};
    if (!etc_first) std::swap(items[0], items[1]);
    EXPECT_EQ(decode(pack(items)).utterances[0].gender, "male");
  }
}

TEST(ArchiveContents, SaysUnknownWithoutAReadme) {
  const Decoded decoded = decode(pack({{"a1.wav", wav(100)}}), {}, "anonymous-20080101-xyz");
  ASSERT_EQ(decoded.utterances.size(), 1U);
  EXPECT_EQ(decoded.utterances[0].gender, "unknown");
  EXPECT_FALSE(decoded.utterances[0].gender_raw);
  EXPECT_EQ(decoded.utterances[0].speaker, "anonymous-20080101-xyz");
  EXPECT_EQ(decoded.utterances[0].utterance_id, "anonymous-20080101-xyz/a1");
}

TEST(ArchiveContents, MakesIdsUnique) {
  EXPECT_EQ(utterance_ids("x", {"x/wav/a.wav", "x/wav/b.wav"}), (Strings{"x/a", "x/b"}));
  EXPECT_EQ(utterance_ids("x", {"x/wav/a.wav", "x/flac/a.flac", "x/wav/b.wav"}), (Strings{"x/a.wav", "x/a.flac", "x/b"}));
  EXPECT_EQ(utterance_ids("x", {"one/a.wav", "two/a.wav", "three/a.wav"}), (Strings{"x/a.wav", "x/a.wav_2", "x/a.wav_3"}));
  EXPECT_EQ(utterance_ids("x", {"one/a.wav", "two/a.wav", "x/a.wav_2.wav"}), (Strings{"x/a.wav", "x/a.wav_3", "x/a.wav_2"}));
  EXPECT_EQ(utterance_ids("x", {}), Strings{});
}

TEST(ArchiveContents, TellsRolesByTheLastPartOfThePath) {
  EXPECT_EQ(role_of("x/wav/A1.WAV"), MemberRole::audio);
  EXPECT_EQ(role_of("x/etc/readme"), MemberRole::readme);
  EXPECT_EQ(role_of("x/etc/PROMPTS"), MemberRole::prompts);
  EXPECT_EQ(role_of("prompts-original"), MemberRole::prompts_original);
  EXPECT_EQ(role_of("x/wav/._A1.wav"), MemberRole::debris);
  EXPECT_EQ(role_of("__MACOSX/a.wav"), MemberRole::debris);
  EXPECT_EQ(role_of("x/LICENSE"), MemberRole::other);
  EXPECT_EQ(role_of(""), MemberRole::other);
}

}  // namespace
}  // namespace voxlake::pipeline
