#include "pipeline/server_side_copies.h"

#include <utility>

#include "net/mask.h"
#include "net/url.h"

namespace voxlake::pipeline {
namespace {

/// A store that fetched none of so many will fetch none: its network may not lead there.
constexpr int64_t most_failures = 8;

/// Only what is the archive as far as its server tells: a page in its place has to be looked at.
bool is_whole_archive(const net::Download& head) {
  return head.state == net::DownloadState::fetched && head.bytes > 0 && head.content_type.rfind("text/", 0) != 0;
}

lake::WebSource source_of(const net::Download& head) {
  lake::WebSource source{head.url, head.bytes, {}};
  const std::string etag = head.etag.value_or("");
  if (etag.starts_with('"')) source.etag = etag;  // a weak one (W/"…") does not stand for the bytes
  return source;
}

}  // namespace

ServerSideCopies::ServerSideCopies(const Context& context, Copied copied, std::function<void()> settled)
    : context_(context), copied_(std::move(copied)), settled_(std::move(settled)) {
  if (context_.settings.server_side != "yes" || !context_.storage->copies_from_web()) return;
  for (int64_t i = 0; i < context_.settings.connections; ++i) threads_.emplace_back([this] { work(); });
}

ServerSideCopies::~ServerSideCopies() {
  end();
}

bool ServerSideCopies::takes(const std::string& url) const {
  if (threads_.empty() || (copied_count_ == 0 && failed_count_ >= most_failures)) return false;
  const auto parts = net::parse_url(url);
  if (!parts || parts->scheme == "file") return false;
  // A password or token is for this program alone.
  if (net::mask_url(url) != url) return false;
  return context_.settings.private_addresses == "yes" || !net::is_private_host(parts->host);
}

void ServerSideCopies::answered(size_t ticket, std::string path, net::Download head) {
  if (!is_whole_archive(head) || !takes(head.url)) return refuse(ticket);
  waiting_.push(ticket, {std::move(path), std::move(head)});
}

void ServerSideCopies::refuse(size_t ticket) {
  {
    const std::lock_guard lock(mutex_);
    refused_.push_back(ticket);
  }
  settled_();
}

std::optional<size_t> ServerSideCopies::next_refused() {
  const std::lock_guard lock(mutex_);
  if (refused_.empty()) return std::nullopt;
  const size_t ticket = refused_.front();
  refused_.pop_front();
  --under_way_;
  return ticket;
}

void ServerSideCopies::end() {
  waiting_.abandon();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void ServerSideCopies::work() {
  while (auto item = waiting_.pop()) {
    auto& [ticket, archive] = *item;
    const Status copied = context_.storage->copy_from_web(archive.path, source_of(archive.head));
    if (!copied) {
      ++failed_count_;
      context_.observer->message(Level::info, copied.error().message + "; it is copied through this machine");
      refuse(ticket);
      continue;
    }
    ++copied_count_;
    copied_(ticket, std::move(archive.head));
    --under_way_;
    settled_();
  }
}

}  // namespace voxlake::pipeline
