#include "pipeline/copy_outcomes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "net/mask.h"
#include "pipeline/bronze.h"

namespace voxlake::pipeline {

CopyOutcomes::CopyOutcomes(const Context& context, const LakeState& state, std::string silver_fingerprint)
    : context_(context), state_(state), silver_fingerprint_(std::move(silver_fingerprint)) {}

bool CopyOutcomes::settle(const IngestItem& item, const net::Download& download, std::optional<lake::ArchiveRow>& present,
                          ArchiveResult& result) const {
  const bool is_gone = download.state == net::DownloadState::gone;
  if (download.state == net::DownloadState::fetched) {
    settle_fetched(item, download, present, result);
    return true;
  }
  if (download.state == net::DownloadState::not_modified) {
    if (present && present->state == lake::ArchiveState::gone) {
      present->state = lake::ArchiveState::copied;
      result.row = present;
    }
    return true;
  }
  const Error error = download.error.value_or(Error{ErrorKind::network, "the transfer failed", "", {}});
  if (!present) {
    settle_failed(item, error, result);
    return false;
  }
  // Bronze keeps what it has.
  if (is_gone && present->state != lake::ArchiveState::gone) {
    present->state = lake::ArchiveState::gone;
    result.row = present;
  }
  context_.observer->message(Level::warning, "using the copy at hand of " + item.archive + ": " + error.to_string());
  return true;
}

void CopyOutcomes::settle_fetched(const IngestItem& item, const net::Download& download, std::optional<lake::ArchiveRow>& present,
                                  ArchiveResult& result) const {
  lake::ArchiveRow row = row_of(item);
  row.bytes = download.bytes;
  row.sha256 = download.sha256;
  row.etag = download.etag;
  row.last_modified = download.last_modified;
  const bool same = present && present->sha256 == row.sha256 && present->etag == row.etag && present->last_modified == row.last_modified &&
                    present->state == row.state;
  if (!same) result.row = row;
  present = std::move(row);
  if (has_copy_reject(item.archive)) result.rejects = rejects_without_copy(item.archive);
}

void CopyOutcomes::settle_failed(const IngestItem& item, const Error& error, ArchiveResult& result) const {
  const std::string reason = error.detail("reason", "transfer_failed");
  context_.observer->message(Level::warning, error.to_string());
  if (item.known && has_copy_reject(item.archive, reason)) return;  // as it was the last time
  lake::ArchiveRow row = row_of(item);
  row.state = lake::ArchiveState::failed;
  row.error = error.message;
  result.row = std::move(row);
  result.rejects = rejects_without_copy(item.archive);
  lake::RejectRow reject;
  reject.corpus = context_.corpus;
  reject.archive = item.archive;
  reject.stage = "copy";
  reject.reason = reason;
  reject.detail = error.message;
  result.rejects->push_back(std::move(reject));
}

void CopyOutcomes::settle_missing(const lake::ArchiveRow& row, ArchiveResult& result) const {
  lake::RejectRow reject;
  reject.corpus = context_.corpus;
  reject.archive = row.archive;
  reject.stage = "decode";
  reject.reason = "archive_missing";
  reject.detail = "bronze has no file " + row.path + " of " + std::to_string(row.bytes) + " bytes; `voxlake run` fetches it again";
  reject.archive_sha256 = row.sha256;
  reject.fingerprint = silver_fingerprint_;
  context_.observer->message(Level::warning, row.archive + ": " + reject.detail);
  const auto found = state_.rejects.find(row.archive);
  const bool told = found != state_.rejects.end() && found->second.size() == 1 && found->second.front().reason == reject.reason;
  if (!told) result.rejects = {std::move(reject)};
}

/// As it is where the archive was copied just now.
lake::ArchiveRow CopyOutcomes::row_of(const IngestItem& item) const {
  lake::ArchiveRow row;
  row.corpus = context_.corpus;
  row.archive = item.archive;
  row.url = net::mask_url(item.url);
  row.path = bronze_path(context_.corpus, item.file_name);
  row.copied_at_us = context_.now_us();
  return row;
}

bool CopyOutcomes::has_copy_reject(const std::string& archive, const std::string& reason) const {
  const auto found = state_.rejects.find(archive);
  if (found == state_.rejects.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(),
                     [&](const lake::RejectRow& row) { return row.stage == "copy" && (reason.empty() || row.reason == reason); });
}

std::vector<lake::RejectRow> CopyOutcomes::rejects_without_copy(const std::string& archive) const {
  std::vector<lake::RejectRow> rows;
  const auto found = state_.rejects.find(archive);
  if (found == state_.rejects.end()) return rows;
  std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(rows),
               [](const lake::RejectRow& row) { return row.stage != "copy"; });
  return rows;
}

}  // namespace voxlake::pipeline
