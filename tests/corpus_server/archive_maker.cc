#include "archive_maker.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "names.h"

namespace corpus_server {
namespace {

constexpr int64_t bytes_a_second = 32'000;

/// Packs what it is given as gzip and passes it on.
class Packer {
 public:
  Packer(int level, const ArchiveMaker::Write& write) : write_(write), buffer_(256 << 10) {
    deflateInit2(&stream_, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  }
  ~Packer() { deflateEnd(&stream_); }
  Packer(const Packer&) = delete;

  void add(std::string_view bytes) { pack(bytes, Z_NO_FLUSH); }
  void finish() { pack({}, Z_FINISH); }

 private:
  void pack(std::string_view bytes, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = buffer_.data();
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&stream_, flush);
      write_({reinterpret_cast<const char*>(buffer_.data()), buffer_.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }

  const ArchiveMaker::Write& write_;
  std::vector<Bytef> buffer_;
  z_stream stream_{};
};

/// A ustar header (POSIX.1-1988) of an ordinary file.
std::string tar_header(const std::string& path, size_t bytes) {
  std::string header(512, '\0');
  char* at = header.data();
  path.copy(at, 100);
  std::memcpy(at + 100, "0000644", 7);
  std::memcpy(at + 108, "0000000", 7);
  std::memcpy(at + 116, "0000000", 7);
  std::snprintf(at + 124, 12, "%011zo", bytes);
  std::memcpy(at + 136, "10741603000", 11);
  std::memset(at + 148, ' ', 8);
  at[156] = '0';
  std::memcpy(at + 257, "ustar\00000", 8);
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(at + 148, 8, "%06o", sum);
  return header;
}

void add_member(Packer& packer, const std::string& path, std::string_view content) {
  packer.add(tar_header(path, content.size()));
  packer.add(content);
  packer.add(std::string((512 - content.size() % 512) % 512, '\0'));
}

void put_number(std::string& text, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) text[at + i] = static_cast<char>(value >> (8 * i));
}

std::string wav(std::span<const int16_t> samples) {
  static constexpr char head[] = "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\0\0\0\0";
  std::string file(head, 44);
  const auto bytes = static_cast<uint32_t>(samples.size_bytes());
  put_number(file, 4, bytes + 36);
  put_number(file, 40, bytes);
  file.append(reinterpret_cast<const char*>(samples.data()), bytes);
  return file;
}

std::string readme(std::string_view user, bool female) {
  return "User Name:" + std::string(user) + "\n\nSpeaker Characteristics:\n\nGender: " + (female ? "Female" : "Male") +
         "\nAge Range: Adult\nLanguage: EN\nPronunciation dialect: American English\n\nFile Info:\n\nFile type: wav\n"
         "Sampling Rate: 16000\nSample rate format: 16\nNumber of channels: 1\n";
}

}  // namespace

ArchiveMaker::ArchiveMaker(const Options& options) : options_(options) {
  if (!options.voices.empty()) male_ = VoiceTape::recorded(options.voices);
  if (male_.empty()) {
    male_ = VoiceTape::made_up(115, 240);
    female_ = VoiceTape::made_up(205, 240);
  }
}

void ArchiveMaker::make(const std::string& name, const Write& write) const {
  const auto share = static_cast<int64_t>(hash_of(name) % 1001);
  const int64_t audio_bytes = options_.mean_bytes / 2 + options_.mean_bytes * share / 1000;
  // As VoxForge's: about ten clips; but none shorter than two seconds, where there is so much.
  const int64_t clips = std::clamp<int64_t>(audio_bytes / (2 * bytes_a_second), 1, 10);
  make(name, audio_bytes, audio_bytes / clips, write);
}

void ArchiveMaker::make_large(const std::string& name, int64_t bytes, const Write& write) const {
  make(name, bytes, 60 * bytes_a_second, write);
}

void ArchiveMaker::make(const std::string& name, int64_t audio_bytes, int64_t clip_bytes, const Write& write) const {
  const std::string folder = name.substr(0, name.rfind(".tgz"));
  const std::string_view user = user_of(name);
  // All of a user's archives are one speaker; of seven speakers one is a woman, as in VoxForge.
  const bool female = hash_of(user == "anonymous" ? std::string_view(name) : user) % 7 == 0;
  const VoiceTape& tape = female && !female_.empty() ? female_ : male_;
  Packer packer(options_.level, write);
  add_member(packer, folder + "/etc/README", readme(user, female));
  std::string prompts;
  const int64_t clips = std::max<int64_t>(audio_bytes / clip_bytes, 1);
  char stem[16];
  for (int64_t clip = 1; clip <= clips; ++clip) {
    std::snprintf(stem, sizeof stem, "a%04d", static_cast<int>(clip % 100'000));
    prompts += folder + "/mfc/" + stem + " A SENTENCE OF " + std::to_string(clip) + " WORDS\n";
  }
  add_member(packer, folder + "/etc/PROMPTS", prompts);
  for (int64_t clip = 1; clip <= clips; ++clip) {
    std::snprintf(stem, sizeof stem, "a%04d", static_cast<int>(clip % 100'000));
    const auto samples = tape.cut(hash_of(name + stem), static_cast<size_t>(clip_bytes / 2));
    add_member(packer, folder + "/wav/" + stem + ".wav", wav(samples));
  }
  packer.add(std::string(1024, '\0'));
  packer.finish();
}

}  // namespace corpus_server
