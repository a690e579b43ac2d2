#include "pipeline/ingest.h"

#include <arrow/api.h>

#include <algorithm>

#include "lake/schemas.h"
#include "net/download.h"
#include "net/url.h"
#include "pipeline/bronze.h"
#include "pipeline/bronze_closer.h"
#include "pipeline/copy_outcomes.h"
#include "pipeline/crew.h"
#include "pipeline/feature_rows.h"
#include "pipeline/lake_writer.h"
#include "pipeline/memory_shares.h"
#include "pipeline/server_side_copies.h"
#include "pipeline/work.h"

namespace voxlake::pipeline {
namespace {

constexpr size_t closing_threads = 4;  ///< they mostly wait
/// Where nothing is decoded an archive in flight holds no rows, so many more may wait for the disk.
constexpr size_t copies_in_flight = 512;

using Clock = std::chrono::steady_clock;

/// One pass over the items. Lives for one call of `ingest`.
class Pass {
 public:
  Pass(const Context& context, const LakeState& state, const std::vector<IngestItem>& items, const IngestStages& stages, LakeWriter& writer)
      : context_(context),
        state_(state),
        items_(items),
        stages_(stages),
        writer_(writer),
        silver_fingerprint_(silver_fingerprint(context)),
        gold_fingerprint_(gold_fingerprint(context)),
        outcomes_(context, state, silver_fingerprint_),
        features_schema_(lake::features_schema(context.feature_set->columns())),
        shares_(context.settings),
        decode_options_(options_of(context.settings, shares_)),
        downloader_(http_options(context.settings)),
        extractors_(context.feature_set),
        keep_budget_(std::make_shared<scratch::Budget>(shares_.archives)),
        crew_(
            thread_count(context.settings), shares_.rows, writer,
            [this](size_t ticket, Arrival arrival) { return process(ticket, std::move(arrival)); }, [this] { downloader_.wake(); },
            stages.decode ? 0 : copies_in_flight),
        closer_(stages.copy ? closing_threads : 0,
                [this](size_t ticket, net::Download download, Status status) { closed(ticket, std::move(download), std::move(status)); }),
        server_side_(
            context, [this](size_t ticket, net::Download head) { fetched_by_store(ticket, std::move(head)); },
            [this] { downloader_.wake(); }) {}

  Result<IngestSummary> run() {
    const auto begin = Clock::now();
    const auto total = static_cast<int64_t>(items_.size());
    if (stages_.copy) context_.observer->begin(Stage::copy, total);
    if (stages_.decode) context_.observer->begin(Stage::decode, total);
    if (stages_.decode && stages_.features) context_.observer->begin(Stage::features, -1);
    crew_.start(items_.size());
    const int64_t copy_begin_ns = thread_work_ns();
    Status fetched =
        downloader_.run([this] { return next_request(); }, [this](const net::DownloadRequest& request) { return open_sink(request); },
                        [this](net::Download download) { arrived(std::move(download)); }, *context_.stop);
    copy_.work_ns += thread_work_ns() - copy_begin_ns;
    server_side_.end();
    closer_.join();
    if (!fetched && !context_.stopping()) crew_.fail(fetched.error());
    const std::optional<Error> error = crew_.join(*context_.stop, context_.grace, interrupted().value());
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (error && error->kind != ErrorKind::cancelled) return tl::unexpected<Error>(*error);
    VOXLAKE_TRY(writer_.flush(/*in_a_hurry=*/error.has_value()));
    if (error) return tl::unexpected<Error>(*error);
    IngestSummary summary;
    summary.copy = copy_.summary(Stage::copy, "archives", seconds);
    if (server_side_.copied() > 0) summary.copy.note = std::to_string(server_side_.copied()) + " by the storage service itself";
    summary.decode = decode_.summary(Stage::decode, "clips", seconds);
    summary.features = features_.summary(Stage::features, "windows", seconds);
    summary.not_modified = not_modified_;
    summary.failed = failed_;
    summary.commits = writer_.commits();
    return summary;
  }

 private:
  /// What a worker is given: what became of the download, if there was one.
  struct Arrival {
    std::optional<net::Download> download;
  };

  static DecodeOptions options_of(const config::Settings& settings, const MemoryShares& shares) {
    DecodeOptions options = decode_options(settings);
    options.archive_limits.scratch.budget = std::make_shared<scratch::Budget>(shares.clips);
    options.audio_limits.scratch.budget = options.archive_limits.scratch.budget;
    return options;
  }

  net::NextRequest next_request() {
    if (crew_.failed()) return net::End{};
    if (const auto ticket = server_side_.next_refused()) return request_for(*ticket);
    while (next_ < items_.size()) {
      if (!crew_.may_start(next_)) return net::Wait{};
      const size_t ticket = next_++;
      const IngestItem& item = items_[ticket];
      if (item.url.empty()) {
        crew_.push(ticket, Arrival{});
        continue;
      }
      net::DownloadRequest request = request_for(ticket);
      request.only_head = leaves_to_store(item, request);
      if (request.only_head) server_side_.begin();
      return request;
    }
    if (!server_side_.idle()) return net::Wait{};
    return net::End{};
  }

  net::DownloadRequest request_for(size_t ticket) const {
    const IngestItem& item = items_[ticket];
    net::DownloadRequest request;
    request.id = ticket;
    request.url = net::with_user_of(context_.settings.corpus, item.url);
    if (!item.mirror.empty()) request.mirrors = {item.mirror};
    if (item.in_bronze) {
      request.etag = item.known->etag.value_or("");
      request.last_modified = item.known->last_modified.value_or("");
    }
    return request;
  }

  /// Not where an old version has to be put aside first.
  bool leaves_to_store(const IngestItem& item, const net::DownloadRequest& request) const {
    return server_side_.takes(request.url) && !(item.in_bronze && context_.settings.keep_replaced == "yes");
  }

  /// True where that is all for now: the store is to fetch the archive, or it has to be downloaded after all.
  bool answered_head(net::Download& head) {
    const size_t ticket = head.id;
    switch (head.state) {
      case net::DownloadState::fetched:
        server_side_.answered(ticket, bronze_path(context_.corpus, items_[ticket].file_name), std::move(head));
        return true;
      case net::DownloadState::failed: server_side_.refuse(ticket); return true;
      case net::DownloadState::gone:
      case net::DownloadState::not_modified: break;
    }
    server_side_.dismiss();
    return false;
  }

  void fetched_by_store(size_t ticket, net::Download head) {
    ++copy_.in;
    ++copy_.out;
    copy_.bytes += head.bytes;
    context_.observer->advance(Stage::copy, copy_.in, copy_.bytes);
    crew_.push(ticket, Arrival{std::move(head)});
  }

  Result<std::unique_ptr<net::DownloadSink>> open_sink(const net::DownloadRequest& request) {
    const IngestItem& item = items_[request.id];
    auto sink = std::make_unique<BronzeSink>(
        context_.storage, bronze_path(context_.corpus, item.file_name), keep_budget_, hashes_, [this] { return crew_.failed(); },
        stages_.decode);
    if (item.in_bronze && context_.settings.keep_replaced == "yes") {
      std::string sha256 = item.known->sha256;
      if (sha256.empty()) {
        VOXLAKE_ASSIGN(sha256, stored_sha256(context_.storage, item.known->path, *context_.stop));
      }
      const std::string path = replaced_path(context_.corpus, item.archive, sha256);
      sink->keep_replaced(std::move(sha256), path);
    }
    return sink;
  }

  void arrived(net::Download download) {
    if (download.only_head && answered_head(download)) return;
    ++copy_.in;
    copy_.bytes += download.bytes;
    if (download.state == net::DownloadState::not_modified) ++not_modified_;
    if (download.state == net::DownloadState::fetched) ++copy_.out;
    context_.observer->advance(Stage::copy, copy_.in, copy_.bytes);
    const size_t ticket = download.id;
    closer_.push(ticket, std::move(download));
  }

  void closed(size_t ticket, net::Download download, Status status) {
    if (!status) return crew_.fail(status.error());
    crew_.push(ticket, Arrival{std::move(download)});
  }

  Status process(size_t ticket, Arrival arrival) {
    if (context_.stopping()) return {};  // only what is at hand is brought to an end
    const IngestItem& item = items_[ticket];
    ArchiveResult result;
    result.archive = item.archive;
    result.replace_row = item.known.has_value();
    result.replace_rejects = state_.rejects.count(item.archive) > 0;
    std::optional<lake::ArchiveRow> present = item.known;
    if (present && (present->state == lake::ArchiveState::failed || (arrival.download && !item.in_bronze))) present.reset();
    if (arrival.download) {
      if (!outcomes_.settle(item, *arrival.download, present, result)) {
        ++copy_.refused;
        ++failed_;
      }
    } else if (item.gone && present) {
      present->state = lake::ArchiveState::gone;
      result.row = present;
    }
    if (!arrival.download && present && !item.in_bronze) {
      outcomes_.settle_missing(*present, result);
      ++decode_.refused;
      present.reset();
    }
    if (stages_.decode && present && present->sha256.empty()) {  // the store fetched it: nobody has seen its bytes
      VOXLAKE_ASSIGN(present->sha256, stored_sha256(context_.storage, present->path, *context_.stop));
      result.row = present;
    }
    if (stages_.decode && present && needs_decoding(*present)) {
      VOXLAKE_TRY(decode(ticket, item, *present, arrival, result));
    }
    VOXLAKE_TRY(settle_file(arrival));
    if (stages_.decode) context_.observer->advance(Stage::decode, ++processed_, 0);
    return crew_.output().finish(ticket, std::move(result));
  }

  /// Waits until the archive that was fetched is in bronze.
  static Status settle_file(const Arrival& arrival) {
    if (!arrival.download || !arrival.download->sink) return {};
    return static_cast<BronzeSink&>(*arrival.download->sink).settle();
  }

  bool needs_decoding(const lake::ArchiveRow& row) const {
    const auto decoded = state_.silver.find(row.archive);
    return decoded == state_.silver.end() || decoded->second != Stamp{row.sha256, silver_fingerprint_};
  }

  /// The rows of one archive on their way to the output.
  struct Rows {
    std::vector<lake::UtteranceRow> utterances;
    int64_t utterance_bytes = 0;
    FeatureRows features;
    std::vector<lake::RejectRow> rejects;
    int64_t clips = 0;
    int64_t windows = 0;
  };

  Status decode(size_t ticket, const IngestItem& item, const lake::ArchiveRow& row, const Arrival& arrival, ArchiveResult& result) {
    Rows rows{{}, 0, FeatureRows(features_schema_, gold_fingerprint_), {}, 0, 0};
    const int64_t decode_begin_ns = thread_work_ns();
    int64_t elsewhere_ns = 0;
    DecodeSinks sinks;
    sinks.utterance = [&](lake::UtteranceRow&& utterance) -> Status {
      const int64_t begin_ns = thread_work_ns();
      utterance.fingerprint = silver_fingerprint_;
      Status status = take_utterance(ticket, std::move(utterance), rows);
      elsewhere_ns += thread_work_ns() - begin_ns;
      return status;
    };
    sinks.reject = [&](lake::RejectRow&& reject) -> Status {
      reject.fingerprint = silver_fingerprint_;
      rows.rejects.push_back(std::move(reject));
      return {};
    };
    const auto open = [&]() -> Result<std::unique_ptr<corpus::ByteSource>> {
      if (arrival.download && arrival.download->sink) {
        auto kept = static_cast<const BronzeSink&>(*arrival.download->sink).kept();
        if (kept) return kept;
      }
      VOXLAKE_TRY(settle_file(arrival));
      return stored_source(context_.storage, row.path);
    };
    const ArchiveIdentity identity{context_.corpus, item.archive, row.sha256, row.bytes};
    Status status = decode_archive(identity, open, decode_options_, sinks);
    decode_.work_ns += thread_work_ns() - decode_begin_ns - elsewhere_ns;
    VOXLAKE_TRY(std::move(status));
    VOXLAKE_TRY(hand_on(ticket, rows));
    finish_archive(item, row, std::move(rows), result);
    return {};
  }

  Status take_utterance(size_t ticket, lake::UtteranceRow utterance, Rows& rows) {
    if (crew_.failed()) return interrupted();  // after a stop: its grace is over
    ++rows.clips;
    if (stages_.features) VOXLAKE_TRY(describe(ticket, utterance, rows));
    // One that lies in a file goes on alone, so that nothing of it needs to be copied.
    const bool is_in_file = utterance.signal.is_in_file();
    if (is_in_file) VOXLAKE_TRY(hand_on(ticket, rows));
    rows.utterance_bytes += utterance.signal.memory_bytes() + 512;
    rows.utterances.push_back(std::move(utterance));
    if (!is_in_file && rows.utterance_bytes + rows.features.bytes() < shares_.chunk) return {};
    return hand_on(ticket, rows);
  }

  Status describe(size_t ticket, const lake::UtteranceRow& utterance, Rows& rows) {
    WorkTimer timer(features_);
    Status handed_on;
    const auto take = [&](features::WindowFeatures& windows) -> Status {
      rows.windows += static_cast<int64_t>(windows.windows.size());
      const bool is_all = static_cast<int64_t>(windows.windows.size()) < windows_at_once;
      rows.features.add(
          {utterance.corpus, utterance.archive, utterance.utterance_id, utterance.speaker, utterance.gender, utterance.archive_sha256},
          std::move(windows));
      if (!is_all && rows.features.bytes() >= shares_.chunk) handed_on = hand_on(ticket, rows);
      return handed_on;
    };
    auto extractor = extractors_.take();  // for this clip only: who waits with its rows should not hold one
    const Status status = extractor->compute(utterance.signal, {windows_at_once, [&] { utterance.signal.let_go(); }}, take);
    extractors_.give(std::move(extractor));
    VOXLAKE_TRY(std::move(handed_on));
    if (status) return {};
    rows.rejects.push_back(features_reject(utterance, status.error()));
    ++features_.refused;
    return {};
  }

  lake::RejectRow features_reject(const lake::UtteranceRow& utterance, const Error& error) const {
    lake::RejectRow reject;
    reject.corpus = utterance.corpus;
    reject.archive = utterance.archive;
    reject.member = utterance.member;
    reject.stage = "features";
    reject.reason = error.detail("reason", "features_failed");
    reject.detail = error.message;
    reject.archive_sha256 = utterance.archive_sha256;
    reject.fingerprint = gold_fingerprint_;
    return reject;
  }

  Status hand_on(size_t ticket, Rows& rows) {
    ArchiveChunk chunk;
    chunk.bytes = rows.utterance_bytes + rows.features.bytes();
    if (!rows.utterances.empty()) {
      VOXLAKE_ASSIGN(chunk.utterances, lake::to_batch(std::span<const lake::UtteranceRow>(rows.utterances)));
      rows.utterances.clear();
      rows.utterance_bytes = 0;
    }
    VOXLAKE_ASSIGN(chunk.features, rows.features.take());
    if (!chunk.utterances && !chunk.features) return {};
    return crew_.output().write(ticket, std::move(chunk));
  }

  void finish_archive(const IngestItem& item, const lake::ArchiveRow& row, Rows rows, ArchiveResult& result) {
    ++decode_.in;
    decode_.out += rows.clips;
    decode_.bytes += row.bytes;
    for (const auto& reject : rows.rejects) {
      if (reject.stage == "decode") ++decode_.refused;
    }
    features_.in += stages_.features ? rows.clips : 0;
    features_.out += rows.windows;
    if (stages_.features) context_.observer->advance(Stage::features, features_.out, 0);
    if (stages_.features && rows.clips > 0 && rows.windows == 0) {
      lake::RejectRow reject;
      reject.corpus = context_.corpus;
      reject.archive = item.archive;
      reject.stage = "features";
      reject.reason = no_windows;
      reject.detail = "no clip of the archive has a window to describe";
      reject.archive_sha256 = row.sha256;
      reject.fingerprint = gold_fingerprint_;
      rows.rejects.push_back(std::move(reject));
    }
    result.replace_utterances = state_.silver.count(item.archive) > 0;
    result.replace_features = state_.gold.count(item.archive) > 0;
    if (!rows.rejects.empty() || state_.rejects.count(item.archive) > 0) result.rejects = std::move(rows.rejects);
  }

  const Context& context_;
  const LakeState& state_;
  const std::vector<IngestItem>& items_;
  const IngestStages stages_;
  LakeWriter& writer_;
  const std::string silver_fingerprint_;
  const std::string gold_fingerprint_;
  const CopyOutcomes outcomes_;
  const std::shared_ptr<arrow::Schema> features_schema_;
  const MemoryShares shares_;
  const DecodeOptions decode_options_;
  net::Downloader downloader_;
  ExtractorPool extractors_;
  std::shared_ptr<scratch::Budget> keep_budget_;
  net::HashThread hashes_;  ///< the downloads' thread's
  size_t next_ = 0;         ///< the downloads' thread's
  StageCounter copy_;
  StageCounter decode_;
  StageCounter features_;
  std::atomic<int64_t> processed_{0};
  std::atomic<int64_t> not_modified_{0};
  std::atomic<int64_t> failed_{0};
  Crew<Arrival> crew_;            ///< its threads use the rest
  BronzeCloser closer_;           ///< its threads push to the crew
  ServerSideCopies server_side_;  ///< last: its threads push to the crew too
};

}  // namespace

Result<IngestSummary> ingest(const Context& context, const LakeState& state, const std::vector<IngestItem>& items,
                             const IngestStages& stages) {
  LakeWriter writer(context);
  Pass pass(context, state, items, stages, writer);
  return pass.run();
}

}  // namespace voxlake::pipeline
