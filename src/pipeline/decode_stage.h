#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "audio/decode.h"
#include "corpus/archive_reader.h"
#include "error/result.h"
#include "lake/rows.h"

/// The decode stage, `archive bytes -> utterances`: a pure function. It reads no file and no network, keeps nothing between calls and
/// starts no thread; the same bytes and options give the same rows in the same order.
namespace voxlake::pipeline {

struct DecodeOptions {
  int32_t rate = 16000;            ///< Hz, of the signals that come out
  double trim_top_db = 20;         ///< above 0
  double max_clip_seconds = 7200;  ///< a longer clip is refused (too_long)
  corpus::ArchiveLimits archive_limits;
  audio::DecodeLimits audio_limits;  ///< max_seconds is the lesser of this and max_clip_seconds
  /// An archive of at most so many packed bytes is walked once, its audio members held as they are until the labels are known.
  int64_t one_pass_packed_bytes = 32 << 20;
  /// A walk that would hold more than this is given up, and the archive is walked twice as a larger one is: first for labels and
  /// names, then clip by clip.
  int64_t one_pass_held_bytes = 64 << 20;
};

/// What the rows depend on beside the archive: this stage's version and the options, in a short text. Identical for identical options.
std::string decode_fingerprint(const DecodeOptions& options);

struct ArchiveIdentity {
  std::string corpus;
  std::string archive;  ///< the file's name less .tgz
  std::string sha256;
  int64_t packed_bytes = 0;
};

/// Where rows go, one by one. An error from a sink ends the stage with it.
struct DecodeSinks {
  std::function<Status(lake::UtteranceRow&&)> utterance;
  std::function<Status(lake::RejectRow&&)> reject;
};

using OpenArchive = std::function<Result<std::unique_ptr<corpus::ByteSource>>()>;

/// Decodes, labels and trims every audio member of an archive, as `librosa.load(sr=rate)` and `librosa.effects.trim(top_db=trim_top_db)`.
///
/// Order: sorted by utterance_id where the archive is walked once, else as in the archive; rejects of members stand among the utterances,
/// those of the whole archive (`member` absent) at the end. utterance_id is ARCHIVE/STEM, ARCHIVE/STEM.EXTENSION where members share a
/// stem, and that with _2, _3, … in the archive's order where even this is not unique.
///
/// Rejects, with `reason`:
/// - of a member: those of audio::decode; `truncated_audio` also for a file that ends early but has samples (what is left of a damaged
///   clip is not to be trained on); `not_finite` (NaN or infinity); `not_a_file` (a link or device with an audio file's name);
///   `member_too_large`, `corrupt_member`.
/// - of the archive: `truncated_archive`, `corrupt_archive`, `not_an_archive`, `archive_limit`: clips that were whole before the damage are
///   kept. Where only the checksum at the end does not fit, all are. `no_utterances`, always and only where there is no utterance: with
///   it, every archive that was decoded has left a row.
/// Not reported: macOS debris (._*, .DS_Store, __MACOSX/), folders, and files that are neither audio, README nor prompts.
///
/// A clip is_silent where its peak is under 0.001 (-60 dBFS, 32 steps of 16 bits).
///
/// Errors are those of `open`, of the source and of the sinks, and invalid_argument for impossible options: never bad input.
/// `open` gives the archive from its first byte. It is called once, once or twice more where the archive cannot be held, and once more
/// where a member is refused, to tell where it lies. Memory: one_pass_held_bytes and one clip; in two passes, one
/// clip.
Status decode_archive(const ArchiveIdentity& identity, const OpenArchive& open, const DecodeOptions& options, const DecodeSinks& sinks);

}  // namespace voxlake::pipeline
