#include "pipeline/adopt_stage.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "corpus/archive_file.h"
#include "net/mask.h"
#include "pipeline/bronze.h"
#include "pipeline/lake_writer.h"

namespace voxlake::pipeline {
namespace {

constexpr int64_t microseconds_a_millisecond = 1000;
constexpr size_t archives_at_once = 256;  ///< hashed before their rows are written

/// A line of a failure list, and when that list was written.
struct Failure {
  std::string file_name;
  std::string why;
  int64_t written_ms = 0;
};

/// A file in bronze to be looked at.
struct Found {
  lake::FileInfo file;
  std::string archive;
  const lake::ArchiveRow* known = nullptr;
  Result<std::string> sha256 = std::string();
};

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

Result<std::map<std::string, Failure>> read_failures(const Context& context) {
  std::map<std::string, Failure> failures;
  VOXLAKE_ASSIGN(const auto files, context.storage->list(std::string(failures_folder) + "/" + context.corpus));
  for (const auto& file : files) {
    VOXLAKE_ASSIGN(const std::string text, context.storage->read(file.path));
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_array()) {
      context.observer->message(Level::warning, file.path + " is no list of failures: it is ignored");
      continue;
    }
    for (const auto& pair : json) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) continue;
      Failure failure{pair[0].get<std::string>(), pair[1].get<std::string>(), file.modified_ms};
      if (!corpus::is_safe_file_name(failure.file_name)) continue;
      Failure& kept = failures[corpus::archive_of(failure.file_name)];
      if (failure.written_ms >= kept.written_ms) kept = std::move(failure);
    }
  }
  return failures;
}

void hash_all(const Context& context, std::vector<Found*>& batch) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < batch.size(); i = next++)
      batch[i]->sha256 = stored_sha256(context.storage, batch[i]->file.path, *context.stop);
  };
  std::vector<std::thread> threads;
  const auto count = std::min<size_t>(static_cast<size_t>(thread_count(context.settings)), batch.size());
  for (size_t i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
}

class Adoption {
 public:
  Adoption(const Context& context, const LakeState& state, const std::vector<corpus::ManifestRow>& manifest,
           const std::set<std::string>& only)
      : context_(context), state_(state), only_(only), writer_(context), begin_(std::chrono::steady_clock::now()) {
    for (const auto& row : manifest) urls_[row.archive()] = net::mask_url(row.url());
  }

  Result<StageSummary> run() {
    VOXLAKE_ASSIGN(failures_, read_failures(context_));
    VOXLAKE_ASSIGN(const auto files, context_.storage->list("bronze/" + context_.corpus));
    std::vector<Found> found = find(files);
    context_.observer->begin(Stage::copy, static_cast<int64_t>(found.size()));
    for (size_t at = 0; at < found.size(); at += archives_at_once) {
      std::vector<Found*> batch;
      for (size_t i = at; i < std::min(found.size(), at + archives_at_once); ++i) batch.push_back(&found[i]);
      hash_all(context_, batch);
      for (Found* one : batch) {
        if (!one->sha256) return give_up(one->sha256.error());
        VOXLAKE_TRY(settle(*one));
      }
      context_.observer->advance(Stage::copy, static_cast<int64_t>(at + batch.size()), bytes_);
    }
    VOXLAKE_TRY(settle_failures());
    VOXLAKE_TRY(writer_.flush());
    return summary(files.size());
  }

 private:
  tl::unexpected<Error> give_up(const Error& error) {
    if (const Status kept = writer_.flush(/*in_a_hurry=*/true); !kept) return tl::unexpected<Error>(kept.error());
    return tl::unexpected<Error>(error);
  }

  /// The archives that have no row, or whose file is not the one that the row was written for.
  std::vector<Found> find(const std::vector<lake::FileInfo>& files) {
    std::vector<Found> found;
    std::map<std::string, std::string> seen;  // archive to file
    for (const auto& file : files) {
      const std::string name = name_of(file.path);
      if (file.path != bronze_path(context_.corpus, name) || !corpus::is_archive_file(name) || !corpus::is_safe_file_name(name)) continue;
      const std::string archive = corpus::archive_of(name);
      if (!is_wanted(archive)) continue;
      if (const auto [first, is_new] = seen.emplace(archive, name); !is_new) {
        context_.observer->message(Level::warning, name + " is left out: " + first->second + " is the same archive");
        continue;
      }
      const auto row = state_.archives.find(archive);
      const lake::ArchiveRow* known = row == state_.archives.end() ? nullptr : &row->second;
      if (known != nullptr && is_as_known(*known, file)) continue;
      if (came_before_its_failure(archive, file)) continue;
      found.push_back({file, archive, known});
    }
    return found;
  }

  bool is_wanted(const std::string& archive) const { return only_.empty() || only_.count(archive) > 0; }

  static bool is_as_known(const lake::ArchiveRow& row, const lake::FileInfo& file) {
    return row.state != lake::ArchiveState::failed && row.path == file.path && row.bytes == file.bytes &&
           file.modified_ms * microseconds_a_millisecond <= row.copied_at_us;
  }

  /// A file that a failed copy left may be a part of the archive.
  bool came_before_its_failure(const std::string& archive, const lake::FileInfo& file) {
    const auto failure = failures_.find(archive);
    return failure != failures_.end() && file.modified_ms <= failure->second.written_ms;
  }

  Status settle(const Found& found) {
    ArchiveResult result;
    result.archive = found.archive;
    lake::ArchiveRow row;
    row.corpus = context_.corpus;
    row.archive = found.archive;
    if (const auto url = urls_.find(found.archive); url != urls_.end()) row.url = url->second;
    row.path = found.file.path;
    row.bytes = found.file.bytes;
    row.sha256 = *found.sha256;
    row.copied_at_us = std::max(context_.now_us(), found.file.modified_ms * microseconds_a_millisecond);
    if (found.known != nullptr && found.known->sha256 == row.sha256) {  // the same content, written again
      row.etag = found.known->etag;
      row.last_modified = found.known->last_modified;
      if (row.url.empty()) row.url = found.known->url;
    }
    result.row = std::move(row);
    result.replace_row = found.known != nullptr;
    if (has_copy_reject(found.archive)) replace_rejects(found.archive, result);
    ++adopted_;
    bytes_ += found.file.bytes;
    return writer_.complete(std::move(result));
  }

  /// What a failure list names and nothing in bronze makes up for.
  Status settle_failures() {
    for (const auto& [archive, failure] : failures_) {
      if (!is_wanted(archive)) continue;
      const auto known = state_.archives.find(archive);
      const bool is_known = known != state_.archives.end();
      const std::string path = bronze_path(context_.corpus, failure.file_name);
      auto file = context_.storage->info(path);
      if (!file && file.error().kind != ErrorKind::not_found) return propagate(file);
      if (file && (file->modified_ms > failure.written_ms || (is_known && is_as_known(known->second, *file)))) continue;
      ++failed_;
      if (is_known && known->second.state == lake::ArchiveState::failed && known->second.error == failure.why) continue;
      ArchiveResult result;
      result.archive = archive;
      lake::ArchiveRow row;
      row.corpus = context_.corpus;
      row.archive = archive;
      if (const auto url = urls_.find(archive); url != urls_.end()) row.url = url->second;
      row.path = path;
      row.copied_at_us = context_.now_us();
      row.state = lake::ArchiveState::failed;
      row.error = failure.why;
      result.row = std::move(row);
      result.replace_row = is_known;
      replace_rejects(archive, result);
      lake::RejectRow reject;
      reject.corpus = context_.corpus;
      reject.archive = archive;
      reject.stage = "copy";
      reject.reason = "transfer_failed";
      reject.detail = failure.why;
      result.rejects->push_back(std::move(reject));
      VOXLAKE_TRY(writer_.complete(std::move(result)));
    }
    return {};
  }

  bool has_copy_reject(const std::string& archive) const {
    const auto found = state_.rejects.find(archive);
    return found != state_.rejects.end() &&
           std::any_of(found->second.begin(), found->second.end(), [](const lake::RejectRow& row) { return row.stage == "copy"; });
  }

  /// All of the archive's rejects but those of copying.
  void replace_rejects(const std::string& archive, ArchiveResult& result) const {
    result.rejects.emplace();
    const auto found = state_.rejects.find(archive);
    if (found == state_.rejects.end()) return;
    result.replace_rejects = true;
    for (const auto& row : found->second) {
      if (row.stage != "copy") result.rejects->push_back(row);
    }
  }

  StageSummary summary(size_t files) const {
    StageSummary summary;
    summary.stage = Stage::copy;
    summary.ran = writer_.commits() > 0;
    summary.unit = "archives";
    summary.in = static_cast<int64_t>(files);
    summary.out = adopted_;
    summary.refused = failed_;
    summary.bytes = bytes_;
    summary.note = "adopted from bronze";
    summary.wall_seconds = summary.work_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    return summary;
  }

  const Context& context_;
  const LakeState& state_;
  const std::set<std::string>& only_;
  LakeWriter writer_;
  const std::chrono::steady_clock::time_point begin_;
  std::map<std::string, std::string> urls_;
  std::map<std::string, Failure> failures_;
  int64_t adopted_ = 0;
  int64_t failed_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace

Result<StageSummary> adopt_bronze(const Context& context, const LakeState& state, const std::vector<corpus::ManifestRow>& manifest,
                                  const std::set<std::string>& only) {
  return Adoption(context, state, manifest, only).run();
}

}  // namespace voxlake::pipeline
