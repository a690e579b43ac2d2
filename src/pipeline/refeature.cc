#include "pipeline/refeature.h"

#include <arrow/api.h>

#include <map>

#include "lake/schemas.h"
#include "pipeline/crew.h"
#include "pipeline/feature_rows.h"
#include "pipeline/lake_writer.h"
#include "pipeline/memory_shares.h"
#include "scratch/shelf.h"

namespace voxlake::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t waiting_bytes = 64 << 20;  ///< of archives whose clips are not all read yet

class Refeature {
 public:
  Refeature(const Context& context, const LakeState& state, const std::set<std::string>& archives, LakeWriter& writer)
      : context_(context),
        state_(state),
        archives_(archives),
        writer_(writer),
        fingerprint_(gold_fingerprint(context)),
        schema_(lake::features_schema(context.feature_set->columns())),
        shares_(context.settings),
        scratch_(scratch_limits(context.settings)),
        extractors_(context.feature_set),
        crew_(
            thread_count(context.settings), shares_.rows, writer,
            [this](size_t ticket, Clips clips) { return process(ticket, std::move(clips)); }, [] {}) {}

  Result<StageSummary> run(const lake::Table& utterances) {
    const auto begin = Clock::now();
    scratch_.budget = std::make_shared<scratch::Budget>(shares_.clips);
    context_.observer->begin(Stage::features, -1);
    VOXLAKE_TRY(count_clips(utterances));
    VOXLAKE_TRY(remove_orphans());
    crew_.start(clip_counts_.size());
    const Status scanned = read_clips(utterances);
    if (!scanned) crew_.fail(scanned.error());
    const std::optional<Error> error = crew_.join();
    if (error && error->kind != ErrorKind::cancelled) return tl::unexpected<Error>(*error);
    VOXLAKE_TRY(writer_.flush(/*in_a_hurry=*/error.has_value()));
    if (error) return tl::unexpected<Error>(*error);
    StageSummary summary = counter_.summary(Stage::features, "windows", std::chrono::duration<double>(Clock::now() - begin).count());
    summary.ran = summary.ran || writer_.commits() > 0;
    return summary;
  }

 private:
  /// The clips of one archive, and, apart from them, their signals.
  struct Clips {
    explicit Clips(const scratch::Limits& limits) : signals(limits) {}
    std::vector<lake::UtteranceRow> rows;
    scratch::Shelf<float> signals;
  };

  struct Waiting {
    explicit Waiting(const scratch::Limits& limits) : clips(limits) {}
    Clips clips;
    int64_t bytes = 0;
  };

  Status count_clips(const lake::Table& utterances) {
    return utterances.scan({"corpus", "archive"}, [this](const std::shared_ptr<arrow::RecordBatch>& batch) -> Status {
      if (context_.stopping()) return interrupted();
      const auto& corpora = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("corpus"));
      const auto& archives = static_cast<const arrow::StringArray&>(*batch->GetColumnByName("archive"));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (corpora.GetView(row) != context_.corpus) continue;
        const std::string archive = archives.GetString(row);
        if (archives_.count(archive) > 0) ++clip_counts_[archive];
      }
      return {};
    });
  }

  /// Windows of archives that have no clips any more go.
  Status remove_orphans() {
    for (const auto& archive : archives_) {
      if (clip_counts_.count(archive) > 0) continue;
      ArchiveResult result;
      result.archive = archive;
      result.replace_features = true;
      VOXLAKE_TRY(writer_.complete(std::move(result)));
    }
    return {};
  }

  /// An archive's clips need not lie together: a data file that was rewritten stands behind the others, and may hold a part of an archive.
  /// Yet an archive must be described as a whole, for its new rows replace all of its old ones. So parts wait for the rest; those that
  /// would take too much memory are left for another reading.
  Status read_clips(const lake::Table& utterances) {
    for (const auto& [archive, clips] : clip_counts_) unread_.insert(archive);
    while (!unread_.empty()) {
      VOXLAKE_TRY(utterances.scan(
          {"corpus", "archive", "utterance_id", "member", "speaker", "gender", "archive_sha256", "signal"},
          [this](const std::shared_ptr<arrow::RecordBatch>& batch) { return take(*batch); }, scratch_));
      unread_ = std::move(deferred_);
      deferred_.clear();
    }
    return {};
  }

  Status take(const arrow::RecordBatch& batch) {
    if (context_.stopping()) return interrupted();
    VOXLAKE_ASSIGN(auto rows, lake::utterance_rows(batch));
    for (auto& row : rows) {
      if (row.corpus != context_.corpus || unread_.count(row.archive) == 0 || deferred_.count(row.archive) > 0) continue;
      const std::string archive = row.archive;
      const auto bytes = static_cast<int64_t>(row.signal.size() * sizeof(float));
      Waiting& waiting = waiting_.try_emplace(archive, scratch_).first->second;
      VOXLAKE_TRY(waiting.clips.signals.put(std::move(row.signal)));
      row.signal = {};
      waiting.clips.rows.push_back(std::move(row));
      waiting.bytes += bytes;
      waiting_bytes_ += bytes;
      if (static_cast<int64_t>(waiting.clips.rows.size()) == clip_counts_[archive]) {
        VOXLAKE_TRY(hand_out(archive));
      } else if (waiting_bytes_ > waiting_bytes) {
        defer_others(archive);
      }
    }
    return {};
  }

  /// At least the archive that is read last gets whole, so every reading brings something.
  void defer_others(const std::string& archive) {
    std::erase_if(waiting_, [&](const auto& entry) {
      if (entry.first == archive) return false;
      waiting_bytes_ -= entry.second.bytes;
      deferred_.insert(entry.first);
      return true;
    });
  }

  Status hand_out(const std::string& archive) {
    auto whole = waiting_.extract(archive);
    waiting_bytes_ -= whole.mapped().bytes;
    VOXLAKE_TRY(whole.mapped().clips.signals.finish());
    const size_t ticket = next_++;
    if (!crew_.await_start(ticket)) return interrupted();
    crew_.push(ticket, std::move(whole.mapped().clips));
    return {};
  }

  Status process(size_t ticket, Clips clips) {
    if (context_.stopping()) return interrupted();
    FeatureRows rows(schema_, fingerprint_);
    ArchiveResult result;
    result.archive = clips.rows.front().archive;
    result.replace_rejects = state_.rejects.count(result.archive) > 0;
    std::vector<lake::RejectRow> rejects;
    int64_t windows_of_archive = 0;
    auto extractor = extractors_.take();
    for (size_t i = 0; i < clips.rows.size(); ++i) {
      const scratch::Spool<float> signal = clips.signals.take(i);
      VOXLAKE_TRY(describe(ticket, clips.rows[i], signal, *extractor, rows, windows_of_archive, rejects));
    }
    extractors_.give(std::move(extractor));
    VOXLAKE_TRY(hand_on(ticket, rows));
    counter_.in += static_cast<int64_t>(clips.rows.size());
    counter_.out += windows_of_archive;
    context_.observer->advance(Stage::features, counter_.out, 0);
    if (windows_of_archive == 0) {
      lake::RejectRow reject = reject_row(clips.rows.front(), no_windows, "no clip of the archive has a window to describe");
      reject.member.reset();
      rejects.push_back(std::move(reject));
    }
    settle_rejects(result, std::move(rejects));
    result.replace_features = state_.gold.count(result.archive) > 0;
    return crew_.output().finish(ticket, std::move(result));
  }

  Status describe(size_t ticket, const lake::UtteranceRow& clip, const scratch::Spool<float>& signal, features::Extractor& extractor,
                  FeatureRows& rows, int64_t& windows_of_archive, std::vector<lake::RejectRow>& rejects) {
    WorkTimer timer(counter_);
    Status handed_on;
    const auto take = [&](features::WindowFeatures& windows) -> Status {
      windows_of_archive += static_cast<int64_t>(windows.windows.size());
      rows.add({clip.corpus, clip.archive, clip.utterance_id, clip.speaker, clip.gender, clip.archive_sha256}, std::move(windows));
      if (rows.bytes() >= shares_.chunk) handed_on = hand_on(ticket, rows);
      return handed_on;
    };
    const Status status = extractor.compute(signal, {windows_at_once, [&] { signal.let_go(); }}, take);
    VOXLAKE_TRY(std::move(handed_on));
    if (status) return {};
    rejects.push_back(reject_row(clip, "features_failed", status.error().message));
    ++counter_.refused;
    return {};
  }

  lake::RejectRow reject_row(const lake::UtteranceRow& clip, const char* reason, std::string detail) const {
    lake::RejectRow reject;
    reject.corpus = clip.corpus;
    reject.archive = clip.archive;
    reject.member = clip.member;
    reject.stage = "features";
    reject.reason = reason;
    reject.detail = std::move(detail);
    reject.archive_sha256 = clip.archive_sha256;
    reject.fingerprint = fingerprint_;
    return reject;
  }

  /// The archive's other rejects stay; those of this stage are the new ones.
  void settle_rejects(ArchiveResult& result, std::vector<lake::RejectRow> rejects) const {
    const auto found = state_.rejects.find(result.archive);
    bool changed = !rejects.empty();
    if (found != state_.rejects.end()) {
      for (const auto& row : found->second) {
        if (row.stage == "features") {
          changed = true;
        } else {
          rejects.push_back(row);
        }
      }
    }
    if (changed) result.rejects = std::move(rejects);
  }

  Status hand_on(size_t ticket, FeatureRows& rows) {
    ArchiveChunk chunk;
    chunk.bytes = rows.bytes();
    VOXLAKE_ASSIGN(chunk.features, rows.take());
    if (!chunk.features) return {};
    return crew_.output().write(ticket, std::move(chunk));
  }

  const Context& context_;
  const LakeState& state_;
  const std::set<std::string>& archives_;
  LakeWriter& writer_;
  const std::string fingerprint_;
  const std::shared_ptr<arrow::Schema> schema_;
  const MemoryShares shares_;
  scratch::Limits scratch_;  ///< with the budget of all clips that wait
  ExtractorPool extractors_;
  StageCounter counter_;
  std::map<std::string, int64_t> clip_counts_;  ///< of the archives to describe
  std::set<std::string> unread_;                ///< archives that this reading is to bring
  std::set<std::string> deferred_;              ///< those of them that are left for the next one
  std::map<std::string, Waiting> waiting_;      ///< archives of which a part is read
  int64_t waiting_bytes_ = 0;
  size_t next_ = 0;
  Crew<Clips> crew_;  ///< last: its threads use the rest
};

}  // namespace

std::set<std::string> archives_without_features(const Context& context, const LakeState& state) {
  std::set<std::string> missing;
  const std::string silver = silver_fingerprint(context);
  const std::string gold = gold_fingerprint(context);
  for (const auto& [archive, stamp] : state.silver) {
    if (stamp.fingerprint != silver || state.has_utterances.count(archive) == 0) continue;
    const auto described = state.gold.find(archive);
    if (described == state.gold.end() || described->second != Stamp{stamp.archive_sha256, gold}) missing.insert(archive);
  }
  for (const auto& [archive, stamp] : state.gold) {
    if (state.silver.count(archive) > 0 && state.has_utterances.count(archive) == 0) missing.insert(archive);
  }
  return missing;
}

Result<StageSummary> refeature(const Context& context, const LakeState& state, const std::set<std::string>& archives) {
  LakeWriter writer(context);
  VOXLAKE_ASSIGN(const auto utterances, lake::Table::open(context.storage, lake::utterances_path));
  Refeature pass(context, state, archives, writer);
  return pass.run(utterances);
}

}  // namespace voxlake::pipeline
