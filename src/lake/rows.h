#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scratch/spool.h"

/// The rows of the lake's tables as plain structs (no Arrow here), so that the stages, which are pure functions from
/// rows to rows, can be run by anybody. Columns, types and order are those of the tables: see docs/reference/tables.md.
namespace voxlake::lake {

/// What became of an archive that the manifest names.
enum class ArchiveState {
  copied,  ///< whole in bronze
  failed,  ///< could not be copied; `error` says why
  gone,    ///< was copied once and is no longer published; bronze keeps it
};

/// A row of bronze/archives.
struct ArchiveRow {
  std::string corpus;
  std::string archive;  ///< the file's name without `.tgz`
  std::string url;
  std::string path;  ///< in the lake: bronze/CORPUS/NAME.tgz
  int64_t bytes = 0;
  std::string sha256;  ///< lower-case hexadecimal
  std::optional<std::string> etag;
  std::optional<std::string> last_modified;
  int64_t copied_at_us = 0;  ///< microseconds since 1970, UTC
  ArchiveState state = ArchiveState::copied;
  std::optional<std::string> error;
};

/// A row of silver/utterances: one clip, decoded, labelled and trimmed.
struct UtteranceRow {
  std::string corpus;
  std::string archive;
  std::string utterance_id;  ///< ARCHIVE/STEM
  std::string member;        ///< path in the archive, as written
  std::string speaker;
  std::string gender;  ///< male, female or unknown
  std::optional<std::string> gender_raw;
  std::optional<std::string> age_range;
  std::optional<std::string> language;
  std::optional<std::string> dialect;
  std::optional<std::string> prompt;
  std::string source_format;  ///< wav, flac, ogg, sphere
  int32_t source_rate = 0;    ///< Hz
  int32_t source_channels = 0;
  int64_t source_samples = 0;  ///< per channel, as decoded
  int64_t trim_start = 0;      ///< samples at 16 kHz, before the trim
  int64_t trim_end = 0;
  int64_t samples = 0;  ///< at 16 kHz, after the trim
  double seconds = 0;   ///< after the trim
  float peak = 0;       ///< largest absolute value after the trim
  float rms = 0;        ///< of the whole trimmed signal
  bool is_silent = false;
  scratch::Spool<float> signal;  ///< 16 kHz, mono, trimmed, -1 to 1
  std::string archive_sha256;
  std::string fingerprint;
};

/// A row of silver/rejects: something that was refused, and why.
struct RejectRow {
  std::string corpus;
  std::string archive;
  std::optional<std::string> member;   ///< absent where the whole archive is meant
  std::string stage;                   ///< copy, decode, features
  std::string reason;                  ///< a short code: truncated_audio
  std::string detail;                  ///< a sentence
  std::optional<int64_t> byte_offset;  ///< in the archive file where that is known
  std::optional<std::string> archive_sha256;
  std::string fingerprint;
};

/// A row of silver/speakers.
struct SpeakerRow {
  std::string speaker;
  std::string gender;
  int64_t archives = 0;
  int64_t clips = 0;
  double seconds = 0;
  std::string split;  ///< train, validation or test
};

}  // namespace voxlake::lake
