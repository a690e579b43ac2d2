#include "pipeline/decode_stage.h"

#include <algorithm>
#include <charconv>
#include <new>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "corpus/archive_name.h"
#include "pipeline/archive_contents.h"
#include "pipeline/decode_clip.h"
#include "scratch/shelf.h"

namespace voxlake::pipeline {
namespace {

/// Changes whenever the rows that come out for the same archive and options change.
constexpr std::string_view kStageVersion = "decode-2";
/// A README or PROMPTS that is longer is none.
constexpr int64_t kLongestText = 1 << 20;

std::string text_of(double number) {
  char buffer[64];
  const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
  return error == std::errc() ? std::string(buffer, end) : "?";
}

std::string reason_of(const Error& error) {
  return error.detail("reason", to_string(error.kind));
}

std::optional<int64_t> byte_offset_of(const Error& error) {
  const std::string text = error.detail("byte_offset");
  int64_t offset = 0;
  return std::from_chars(text.data(), text.data() + text.size(), offset).ec == std::errc() ? std::optional(offset) : std::nullopt;
}

/// True for what is wrong with one member only: the walk goes on behind it.
bool is_of_member(const Error& error) {
  const std::string reason = reason_of(error);
  return reason == "member_too_large" || reason == "corrupt_member";
}

/// Hands a source on and remembers its error, to tell a failing disk from a damaged archive.
class WatchedSource : public corpus::ByteSource {
 public:
  explicit WatchedSource(std::unique_ptr<corpus::ByteSource> source) : source_(std::move(source)) {}
  Result<std::span<const std::byte>> next() override {
    auto piece = source_->next();
    has_failed_ = has_failed_ || !piece;
    return piece;
  }
  bool has_failed() const { return has_failed_; }

 private:
  std::unique_ptr<corpus::ByteSource> source_;
  bool has_failed_ = false;
};

/// An audio member that waits for the labels.
struct HeldMember {
  std::string path;
  int64_t position = 0;  ///< as Member's
  scratch::Spool<std::byte> content;
  std::optional<Error> error;  ///< why there is no content
  bool is_damaged = false;     ///< the archive was damaged here: its own reject says so
};

class DecodeArchive {
 public:
  DecodeArchive(const ArchiveIdentity& identity, const OpenArchive& open, const DecodeOptions& options, const DecodeSinks& sinks)
      : identity_(identity),
        open_(open),
        options_(options),
        sinks_(sinks),
        speaker_(corpus::speaker_of(identity.archive)),
        fingerprint_(decode_fingerprint(options)) {}

  Status run() {
    bool is_done = false;
    if (identity_.packed_bytes <= options_.one_pass_packed_bytes) {
      VOXLAKE_ASSIGN(is_done, decode_held());
    }
    if (!is_done) VOXLAKE_TRY(decode_streamed());
    if (damage_) VOXLAKE_TRY(reject({}, *damage_, damaged_member_));
    if (utterances_ > 0) return {};
    Error nothing{ErrorKind::corrupt_data, why_nothing(), {}, {{"reason", "no_utterances"}}};
    return reject({}, nothing, {});
  }

 private:
  using Visit = std::function<Status(const corpus::Member&, MemberRole, const corpus::ArchiveReader::Read&)>;

  /// Walks the archive from its start. Damage is noted, not returned: errors are those of the source and of `visit`.
  Status walk(const Visit& visit) {
    VOXLAKE_ASSIGN(auto opened, open_());
    WatchedSource source(std::move(opened));
    Status visited;  // what `visit` returned last
    members_ = 0;
    std::string current;
    Status walked = corpus::ArchiveReader::walk(source, options_.archive_limits,
                                                [&](const corpus::Member& member, const corpus::ArchiveReader::Read& read) -> Status {
                                                  if (member.is_folder) return {};
                                                  ++members_;
                                                  current = member.path;
                                                  visited = visit(member, role_of(member.path), read);
                                                  return visited;
                                                });
    if (walked) return {};
    if (source.has_failed() || !visited) return walked;
    damage_ = walked.error();
    damaged_member_ = std::move(current);
    return {};
  }

  /// One pass: labels are taken, audio members held until all is known. False where there is too much to hold.
  Result<bool> decode_held() {
    std::vector<HeldMember> held;
    scratch::Shelf<std::byte> contents(options_.archive_limits.scratch);  // of each of them
    int64_t held_bytes = 0;
    bool is_too_much = false;
    const Status walked = walk([&](const corpus::Member& member, MemberRole role, const corpus::ArchiveReader::Read& read) -> Status {
      if (role != MemberRole::audio || !member.is_file) return note_other(member, role, read);
      HeldMember& next = held.emplace_back(HeldMember{member.path, member.position, {}, {}, false});
      auto content = read();
      if (content) {
        held_bytes += static_cast<int64_t>(content->size());
        VOXLAKE_TRY(contents.put(std::move(*content)));
      } else {
        VOXLAKE_TRY(take_error(std::move(content.error()), next));
        VOXLAKE_TRY(contents.put({}));
      }
      is_too_much = held_bytes > options_.one_pass_held_bytes;
      if (is_too_much) return failure(ErrorKind::cancelled, "the archive is too large to be held");
      return {};
    });
    if (is_too_much) return false;
    VOXLAKE_TRY(walked);
    VOXLAKE_TRY(contents.finish());
    VOXLAKE_TRY(emit_held(std::move(held), contents));
    return true;
  }

  /// An error of kind io is not the member's: it ends the stage.
  static Status take_error(Error error, HeldMember& member) {
    if (error.kind == ErrorKind::io) return tl::unexpected<Error>(std::move(error));
    member.is_damaged = !is_of_member(error);
    member.error = std::move(error);
    return {};
  }

  Status emit_held(std::vector<HeldMember> held, scratch::Shelf<std::byte>& contents) {
    std::vector<std::string> paths;
    for (const HeldMember& member : held) paths.push_back(member.path);
    const std::vector<std::string> ids = utterance_ids(identity_.archive, paths);
    std::vector<size_t> order(held.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ids[a] < ids[b]; });
    VOXLAKE_TRY(reject_links());
    for (const size_t i : order) {
      held[i].content = contents.take(i);
      VOXLAKE_TRY(emit(ids[i], std::move(held[i])));
    }
    return {};
  }

  /// Two passes: the first for labels and names, the second decodes one clip at a time.
  Status decode_streamed() {
    std::vector<std::string> paths;
    collector_ = {};
    links_.clear();
    VOXLAKE_TRY(walk([&](const corpus::Member& member, MemberRole role, const corpus::ArchiveReader::Read& read) -> Status {
      if (role != MemberRole::audio || !member.is_file) return note_other(member, role, read);
      paths.push_back(member.path);
      return {};
    }));
    VOXLAKE_TRY(reject_links());

    const std::vector<std::string> ids = utterance_ids(identity_.archive, paths);
    size_t next = 0;
    damage_.reset();
    return walk([&](const corpus::Member& member, MemberRole role, const corpus::ArchiveReader::Read& read) -> Status {
      if (role != MemberRole::audio || !member.is_file) return {};
      if (next >= ids.size() || paths[next] != member.path) {
        return failure(ErrorKind::conflict, "the archive " + identity_.archive + " was changed while it was decoded", "decode it again");
      }
      HeldMember current{member.path, member.position, {}, {}, false};
      auto content = read();
      if (content) {
        current.content = std::move(*content);
      } else {
        VOXLAKE_TRY(take_error(std::move(content.error()), current));
      }
      return emit(ids[next++], std::move(current));
    });
  }

  /// Takes labels from a member that is not a clip.
  Status note_other(const corpus::Member& member, MemberRole role, const corpus::ArchiveReader::Read& read) {
    if (role == MemberRole::audio) links_.emplace_back(member.path, member.position);
    if (!member.is_file || member.bytes > kLongestText) return {};
    if (role != MemberRole::readme && role != MemberRole::prompts && role != MemberRole::prompts_original) return {};
    const auto content = read();
    if (content && static_cast<int64_t>(content->size()) <= kLongestText) collector_.add(role, member.path, *content);
    return {};
  }

  Status reject_links() {
    for (const auto& [path, position] : links_) {
      Error error{ErrorKind::corrupt_data, "the member is a link or a device, not a file", {}, {{"reason", "not_a_file"}}};
      VOXLAKE_TRY(reject(path, error, {}, position));
    }
    return {};
  }

  Status emit(const std::string& id, HeldMember member) {
    if (member.is_damaged) return {};
    if (member.error) return reject(member.path, *member.error, {}, member.position);
    auto clip = decode_clip(std::move(member.content), options_);
    if (!clip && clip.error().kind == ErrorKind::io) return propagate(clip);
    if (!clip) return reject(member.path, clip.error(), {}, member.position);
    ++utterances_;
    return sinks_.utterance(row_of(id, member.path, std::move(*clip)));
  }

  lake::UtteranceRow row_of(const std::string& id, const std::string& path, Clip clip) const {
    const corpus::Labels& labels = collector_.labels();
    lake::UtteranceRow row;
    row.corpus = identity_.corpus;
    row.archive = identity_.archive;
    row.utterance_id = id;
    row.member = path;
    row.speaker = speaker_;
    row.gender = labels.gender;
    row.gender_raw = labels.gender_raw;
    row.age_range = labels.age_range;
    row.language = labels.language;
    row.dialect = labels.dialect;
    row.prompt = collector_.prompt_of(stem_of(path));
    row.source_format = std::move(clip.format);
    row.source_rate = clip.source_rate;
    row.source_channels = clip.source_channels;
    row.source_samples = clip.source_samples;
    row.trim_start = clip.trim_start;
    row.trim_end = clip.trim_end;
    row.samples = static_cast<int64_t>(clip.signal.size());
    row.seconds = static_cast<double>(clip.signal.size()) / options_.rate;
    row.peak = clip.peak;
    row.rms = clip.rms;
    row.is_silent = clip.is_silent;
    row.signal = std::move(clip.signal);
    row.archive_sha256 = identity_.sha256;
    row.fingerprint = fingerprint_;
    return row;
  }

  /// `position` of the member, where the error does not know itself where in the file it is.
  Status reject(std::optional<std::string> member, const Error& error, const std::string& near_member,
                std::optional<int64_t> position = {}) {
    lake::RejectRow row;
    row.corpus = identity_.corpus;
    row.archive = identity_.archive;
    row.member = std::move(member);
    row.stage = "decode";
    row.reason = reason_of(error);
    row.detail = error.message;
    if (!near_member.empty()) row.detail += ", at or behind " + near_member;
    row.byte_offset = byte_offset_of(error);
    if (position) {
      VOXLAKE_ASSIGN(row.byte_offset, byte_offset_at(*position));
    }
    row.archive_sha256 = identity_.sha256;
    row.fingerprint = fingerprint_;
    if (row.member) ++refused_members_;
    return sinks_.reject(std::move(row));
  }

  /// Unpacks the archive once more when first asked: few archives have a member to refuse, and the others need not know.
  Result<int64_t> byte_offset_at(int64_t position) {
    if (!positions_) {
      VOXLAKE_ASSIGN(const auto source, open_());
      VOXLAKE_ASSIGN(positions_, corpus::ArchiveReader::locate(*source, options_.archive_limits));
    }
    return positions_->of(position);
  }

  std::string why_nothing() const {
    if (refused_members_ > 0) return "none of the archive's " + std::to_string(refused_members_) + " audio files could be used";
    if (damage_) return "nothing could be read from the archive";
    if (members_ == 0) return "the archive has no files";
    return "none of the archive's " + std::to_string(members_) +
           " files has the name of an audio file that is read (WAV, FLAC, Ogg, SPHERE)";
  }

  const ArchiveIdentity& identity_;
  const OpenArchive& open_;
  const DecodeOptions& options_;
  const DecodeSinks& sinks_;
  std::string speaker_;
  std::string fingerprint_;
  LabelCollector collector_;
  std::vector<std::pair<std::string, int64_t>> links_;  ///< and their positions
  std::optional<corpus::PackedPositions> positions_;
  std::optional<Error> damage_;
  std::string damaged_member_;
  int64_t members_ = 0;
  int64_t utterances_ = 0;
  int64_t refused_members_ = 0;
};

Status check(const DecodeOptions& options) {
  if (options.rate <= 0)
    return failure(ErrorKind::invalid_argument, "cannot decode to a rate of " + std::to_string(options.rate) + " Hz",
                   "give a rate above 0");
  if (!(options.trim_top_db > 0)) {
    return failure(ErrorKind::invalid_argument, "cannot trim at " + text_of(options.trim_top_db) + " dB",
                   "give a threshold above 0 dB, as 20");
  }
  if (!(options.max_clip_seconds > 0)) return failure(ErrorKind::invalid_argument, "the longest length of a clip must be above 0 s");
  return {};
}

}  // namespace

std::string decode_fingerprint(const DecodeOptions& options) {
  std::string text(kStageVersion);
  const auto add = [&text](std::string_view key, const std::string& value) { text.append(" ").append(key).append("=").append(value); };
  add("rate", std::to_string(options.rate));
  add("trim", text_of(options.trim_top_db));
  add("seconds", text_of(std::min(options.max_clip_seconds, options.audio_limits.max_seconds)));
  add("frames", std::to_string(options.audio_limits.max_frames));
  add("channels", std::to_string(options.audio_limits.max_channels));
  add("rates", std::to_string(options.audio_limits.min_rate) + "-" + std::to_string(options.audio_limits.max_rate));
  const corpus::ArchiveLimits& limits = options.archive_limits;
  add("archive", std::to_string(limits.max_members) + "/" + std::to_string(limits.max_member_bytes) + "/" +
                     std::to_string(limits.max_total_bytes) + "/" + text_of(limits.max_ratio));
  return text;
}

Status decode_archive(const ArchiveIdentity& identity, const OpenArchive& open, const DecodeOptions& options, const DecodeSinks& sinks) {
  VOXLAKE_TRY(check(options));
  try {
    return DecodeArchive(identity, open, options, sinks).run();
  } catch (const std::bad_alloc&) {
    return failure(ErrorKind::limit_exceeded, "there is not enough memory to decode the archive " + identity.archive,
                   "lower the number of threads");
  }
}

}  // namespace voxlake::pipeline
