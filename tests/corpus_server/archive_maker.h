#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "voice_tape.h"

namespace corpus_server {

/// Makes VoxForge-like archives: NAME/etc/README and PROMPTS, NAME/wav/a0001.wav and so on. The same name and options give the same bytes.
class ArchiveMaker {
 public:
  struct Options {
    int64_t mean_bytes = 200'000;  ///< of the audio in an archive; each has between half and one and a half of it
    int level = 0;                 ///< of gzip; 0 stores, which costs the server least
    std::string voices;            ///< a folder of wav files to cut clips from; empty: made-up voices
  };
  explicit ArchiveMaker(const Options& options);

  using Write = std::function<void(std::string_view piece)>;
  /// The archive called `name` (with its .tgz), in pieces.
  void make(const std::string& name, const Write& write) const;
  /// One with `bytes` of audio in clips of a minute.
  void make_large(const std::string& name, int64_t bytes, const Write& write) const;

 private:
  void make(const std::string& name, int64_t audio_bytes, int64_t clip_bytes, const Write& write) const;

  Options options_;
  VoiceTape male_;
  VoiceTape female_;
};

}  // namespace corpus_server
