#include "audio/decode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

#include "audio/container_header.h"
#include "audio/golden_audio.h"
#include "audio/resample.h"

#if defined(__SANITIZE_ADDRESS__)
// libsndfile 1.2.0 leaks 5.8 KB of libvorbis' for each Ogg file whose headers it cannot read: it returns before it clears them.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:vorbis_info_init";
}
#endif

namespace voxlake::audio {
namespace {

std::string reason_of(const Error& error) {
  return error.detail("reason", "none");
}

std::string reason_for(const Bytes& file, const DecodeLimits& limits = {}) {
  const auto audio = decode(file, limits);
  return audio ? "decoded" : reason_of(audio.error());
}

TEST(Decode, GivesTheSamplesThatLibrosaLoads) {
  for (const auto& row : read_golden_rows("files.tsv")) {
    const auto audio = decode(read_golden(row[0]));
    ASSERT_TRUE(audio) << row[0] << ": " << audio.error().to_string();
    EXPECT_EQ(audio->format, row[1]) << row[0];
    EXPECT_EQ(audio->rate, std::stoi(row[2])) << row[0];
    EXPECT_EQ(audio->channels, std::stoi(row[3])) << row[0];
    EXPECT_EQ(audio->frames, std::stoll(row[4])) << row[0];
    EXPECT_EQ(audio->announced_frames, 0) << row[0];
    EXPECT_FALSE(audio->truncated) << row[0];
    const std::vector<float> expected = read_golden_floats(row[0].substr(0, row[0].find('.')) + ".mono.f32");
    ASSERT_EQ(audio->mono.size(), expected.size()) << row[0];
    // Vorbis and Opus are float codecs: their decoders differ in the last bits from build to build. All else is exact.
    const float tolerance = row[1] == "ogg" ? 1e-6F : 0.0F;
    for (size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(audio->mono[i], expected[i], tolerance) << row[0] << " at " << i;
  }
}

TEST(Decode, GivesTheSameSamplesWhereTheyGoToAFile) {
  DecodeLimits limits;
  limits.scratch.most_in_memory = 1000;
  for (const auto& row : read_golden_rows("files.tsv")) {
    const Bytes file = read_golden(row[0]);
    const auto in_memory = decode(file);
    const auto in_file = decode(file, limits);
    ASSERT_TRUE(in_memory && in_file) << row[0];
    EXPECT_EQ(in_file->mono.is_in_file(), in_file->frames > 250) << row[0];
    EXPECT_TRUE(in_file->mono == in_memory->mono) << row[0];
    const auto resampled = resample(in_memory->mono, in_memory->rate, 16000);
    const auto resampled_in_file = resample(in_file->mono, in_file->rate, 16000, limits.scratch);
    ASSERT_TRUE(resampled && resampled_in_file) << row[0];
    EXPECT_TRUE(*resampled == *resampled_in_file) << row[0];
  }
  limits.scratch.folder = "/nowhere/at/all";
  EXPECT_TRUE(decode(wav(200), limits)) << "it fits into memory";
  EXPECT_EQ(decode(wav(3000), limits).error().kind, ErrorKind::io);
}

TEST(Decode, KeepsTheSamplesOfAWavCutAtAnyByte) {
  const Bytes whole = wav(300);
  const auto reference = decode(whole);
  ASSERT_TRUE(reference);
  for (size_t length = 0; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto audio = decode(cut);
    if (length < 46) {
      ASSERT_FALSE(audio) << length;
      EXPECT_EQ(reason_of(audio.error()), length == 0 ? "empty_file" : length < 4 ? "not_audio" : "truncated_audio") << length;
      continue;
    }
    ASSERT_TRUE(audio) << length << ": " << audio.error().to_string();
    EXPECT_TRUE(audio->truncated) << length;
    EXPECT_EQ(audio->announced_frames, 300) << length;
    EXPECT_EQ(audio->frames, static_cast<int64_t>((length - 44) / 2)) << length;
    EXPECT_TRUE(std::equal(audio->mono.begin(), audio->mono.end(), reference->mono.begin())) << length;
  }
}

TEST(Decode, NeverTakesACutFileForAWholeOne) {
  for (const char* name : {"flac16_16000.flac", "vorbis_22050.ogg", "opus_48000.ogg", "sphere_16000.sph", "pcm24_48000_extensible.wav",
                           "float_44100.wav", "ulaw_8000.wav", "big_endian_16000.wav", "rf64_16000.wav"}) {
    const Bytes whole = read_golden(name);
    for (size_t length = 0; length + 8 < whole.size(); length += 7) {
      const auto audio = decode(std::span(whole).first(length));
      EXPECT_TRUE(!audio || audio->truncated) << name << " cut to " << length << " of " << whole.size();
    }
  }
}

TEST(Decode, SaysWhyAFileIsNotAudio) {
  EXPECT_EQ(reason_for({}), "empty_file");
  EXPECT_EQ(reason_for(bytes_of("Gender: Male\nAge Range: Adult\n")), "not_audio");
  EXPECT_EQ(reason_for(bytes_of("<!DOCTYPE html><html><body>404</body></html>")), "not_audio");
  EXPECT_EQ(reason_for(bytes_of("RIFF\x24\1\1\1"
                                "AVI LIST")),
            "not_audio");
  EXPECT_EQ(reason_for(Bytes(5000)), "not_audio");
  EXPECT_EQ(reason_for(bytes_of(".snd............................")), "unsupported_format");
  EXPECT_EQ(reason_for(bytes_of("FORM....AIFFCOMM................")), "unsupported_format");
  const auto text = decode(bytes_of("Gender: Male\n"));
  EXPECT_NE(text.error().message.find("Gender: Male"), std::string::npos);
}

TEST(Decode, RefusesHeadersThatClaimTheImpossible) {
  Bytes file = wav(100);
  put(file, 24, 0, 4);
  EXPECT_EQ(reason_for(file), "bad_sample_rate");
  put(file, 24, 4'000'000'000, 4);
  EXPECT_EQ(reason_for(file), "bad_sample_rate");
  EXPECT_EQ(reason_for(wav(100, 64)), "too_many_channels");
  file = wav(100);
  put(file, 22, 0, 2);
  EXPECT_EQ(reason_for(file), "bad_header");
  file = wav(100);
  put(file, 20, 0x1234, 2);
  EXPECT_EQ(reason_for(file), "unsupported_encoding");
  file = wav(100);
  put(file, 34, 77, 2);
  EXPECT_EQ(reason_for(file), "unsupported_encoding");
}

TEST(Decode, RefusesAWavWithoutADataChunk) {
  Bytes file = wav(0);
  std::memcpy(file.data() + 36, "junk", 4);
  EXPECT_EQ(reason_for(file), "truncated_audio");
  file.resize(36);
  EXPECT_EQ(reason_for(file), "truncated_audio");
  file = wav(100);
  std::memcpy(file.data() + 12, "xxxx", 4);
  EXPECT_EQ(reason_for(file), "bad_header");
}

TEST(Decode, RefusesAWavWithoutSamples) {
  EXPECT_EQ(reason_for(wav(0)), "no_samples");
}

TEST(Decode, ReadsAWavWhoseSizeWasLeftOpen) {
  for (uint64_t size : {uint64_t{0xFFFFFFFF}, uint64_t{0x7FFFFFFF}, uint64_t{0x7FFFF000}, uint64_t{0xFFFFFFDB}}) {
    Bytes file = wav(500);
    put(file, 4, size, 4);
    put(file, 40, size, 4);
    const auto audio = decode(file);
    ASSERT_TRUE(audio) << size << ": " << audio.error().to_string();
    EXPECT_EQ(audio->frames, 500) << size;
    EXPECT_FALSE(audio->truncated) << size;
  }
}

TEST(Decode, TakesAWavOfSizeZeroForEmptyAsLibrosaDoes) {
  Bytes file = wav(500);
  put(file, 40, 0, 4);
  EXPECT_EQ(reason_for(file), "no_samples");
}

TEST(Decode, ReadsSamplesBehindAChunkOfOddSize) {
  const Bytes plain = wav(400);
  Bytes file(plain.begin(), plain.begin() + 36);
  append(file, std::string_view("note\5\0\0\0hello\0", 14));
  file.insert(file.end(), plain.begin() + 36, plain.end());
  put(file, 4, file.size() - 8, 4);
  const auto audio = decode(file);
  ASSERT_TRUE(audio) << audio.error().to_string();
  EXPECT_EQ(audio->mono, decode(plain)->mono);
  EXPECT_FALSE(audio->truncated);
  const auto cut = decode(std::span(file).first(file.size() - 100));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->announced_frames, 400);
}

TEST(Decode, RefusesAWavThatForgotThePaddingOfAnOddChunkAsLibrosaDoes) {
  const Bytes plain = wav(400);
  Bytes file(plain.begin(), plain.begin() + 36);
  append(file, std::string_view("note\5\0\0\0hello", 13));
  file.insert(file.end(), plain.begin() + 36, plain.end());
  put(file, 4, file.size() - 8, 4);
  EXPECT_EQ(reason_for(file), "bad_header");
}

TEST(Decode, IgnoresWhatFollowsTheDataChunk) {
  Bytes file = wav(400);
  append(file, std::string_view("LIST\x0c\0\0\0INFOISFT\0\0\0\0", 20));
  const auto audio = decode(file);
  ASSERT_TRUE(audio);
  EXPECT_EQ(audio->frames, 400);
}

TEST(Decode, IgnoresWhatFollowsTheLastFrameThatWasAnnounced) {
  Bytes tag(128);  // ID3v1
  std::memcpy(tag.data(), "TAGa title", 10);
  for (const char* name : {"flac16_16000.flac", "flac24_48000_stereo.flac"}) {
    const Bytes file = read_golden(name);
    const auto plain = decode(file);
    ASSERT_TRUE(plain) << name;
    for (const Bytes& behind : {tag, Bytes(512), Bytes(5000, std::byte{0x55})}) {
      Bytes longer = file;
      longer.insert(longer.end(), behind.begin(), behind.end());
      const auto audio = decode(longer);
      ASSERT_TRUE(audio) << name << " " << behind.size() << " " << audio.error().to_string();
      EXPECT_EQ(audio->mono, plain->mono) << name;
    }
  }
}

TEST(Decode, TellsAFileByItsContentNotByItsName) {
  EXPECT_EQ(decode(read_golden("flac16_16000.flac"))->format, "flac");
}

TEST(Decode, RefusesWhatIsLongerThanTheLimit) {
  DecodeLimits limits;
  limits.max_seconds = 0.05;
  EXPECT_EQ(reason_for(wav(801), limits), "too_long");
  EXPECT_EQ(reason_for(wav(800), limits), "decoded");
  limits = {};
  limits.max_frames = 800;
  EXPECT_EQ(reason_for(wav(801), limits), "too_long");
  EXPECT_EQ(reason_for(wav(800), limits), "decoded");
}

TEST(Decode, PassesOnWhatIsNotANumberAndWhatIsAboveOne) {
  Bytes file = read_golden("float_44100.wav");
  const WavHeader header = read_wav_header(file);
  ASSERT_TRUE(header.data_bytes);
  put(file, header.data_offset, 0x7FC00000, 4);
  put(file, header.data_offset + 4, std::bit_cast<uint32_t>(1.5F), 4);
  const auto audio = decode(file);
  ASSERT_TRUE(audio);
  EXPECT_TRUE(audio->mono[0] != audio->mono[0]);
  EXPECT_EQ(audio->mono[1], 1.5F);
}

TEST(Decode, TellsADamagedFlacFromOneThatWasCut) {
  Bytes file = read_golden("flac24_48000_stereo.flac");
  EXPECT_EQ(decode(std::span(file).first(file.size() - 3000))->announced_frames, 5760);
  for (size_t i = 0; i < 64; ++i) file[12'000 + i] ^= std::byte{0x5A};
  EXPECT_EQ(reason_for(file), "corrupt_audio");
}

TEST(Decode, RefusesAFlacWhoseSamplesAreNotThoseOfItsChecksum) {
  for (const char* name : {"flac16_16000.flac", "flac24_48000_stereo.flac"}) {
    Bytes file = read_golden(name);
    ASSERT_TRUE(decode(file)) << name;
    file[26] ^= std::byte{1};  // the first byte of STREAMINFO's MD5
    EXPECT_EQ(reason_for(file), "wrong_checksum") << name;
    std::fill_n(file.begin() + 26, 16, std::byte{0});  // left out by the encoder
    EXPECT_TRUE(decode(file)) << name;
  }
}

TEST(Decode, ReservesNoMoreThanTheFileCanHold) {
  Bytes file = read_golden("flac16_16000.flac");
  // STREAMINFO's sample count: the low 36 bits of the eight bytes from 18 on.
  file[21] |= std::byte{0x06};  // about 26 thousand million samples
  DecodeLimits limits;
  limits.max_seconds = 1e9;
  const auto audio = decode(file, limits);
  if (audio) {
    EXPECT_TRUE(audio->truncated);
    EXPECT_LT(audio->mono.memory_bytes(), 4 << 20);
  } else {
    EXPECT_EQ(reason_of(audio.error()), "corrupt_audio");
  }
}

TEST(Decode, SurvivesFlippedBits) {
  std::mt19937_64 random(7);
  DecodeLimits limits;
  limits.max_seconds = 60;
  size_t decoded = 0;
  for (const auto& row : read_golden_rows("files.tsv")) {
    const Bytes whole = read_golden(row[0]);
    for (int trial = 0; trial < 60; ++trial) {
      Bytes file = whole;
      const size_t reach = trial % 2 == 0 ? std::min<size_t>(file.size(), 128) : file.size();
      for (int flips = 0; flips <= trial % 5; ++flips) file[random() % reach] ^= static_cast<std::byte>(1U << (random() % 8));
      const auto audio = decode(file, limits);
      if (audio) {
        ++decoded;
        EXPECT_EQ(audio->frames, static_cast<int64_t>(audio->mono.size()));
        EXPECT_GT(audio->frames, 0);
      } else {
        EXPECT_NE(reason_of(audio.error()), "none") << audio.error().to_string();
      }
    }
  }
  EXPECT_GT(decoded, 300U);
}

TEST(AudioName, IsToldByItsExtensionInAnyCase) {
  for (const char* name : {"a.wav", "x/wav/A0001.WAV", "b.flac", "c.Ogg", "d.oga", "e.opus", "f.sph", "g.a.wave"})
    EXPECT_TRUE(is_audio_name(name)) << name;
  for (const char* name : {"", "wav", "wav/README", "a.wav/b", "a.mp3", "a.wav.txt", "x.wa", "a.", "flac/PROMPTS"})
    EXPECT_FALSE(is_audio_name(name)) << name;
}

}  // namespace
}  // namespace voxlake::audio
