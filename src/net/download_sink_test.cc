// Files as sources, and sinks that fail.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "files/without_rights_test_support.h"
#include "net/download_test_support.h"
#include "net/fault.h"

namespace voxlake::net {
namespace {

class LocalFile : public DownloadTest {
 protected:
  LocalFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "voxlake net XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~LocalFile() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& content) { std::ofstream(folder_ / name, std::ios::binary) << content; }
  std::string url(const std::string& name) const { return "file://" + (folder_ / name).string(); }

  std::filesystem::path folder_;
};

TEST_F(LocalFile, is_fetched_hashed_and_known_again) {
  write("a b.tgz", "hello");
  const Download first = get(url("a b.tgz"));
  EXPECT_EQ(first.state, DownloadState::fetched) << first.error->to_string();
  EXPECT_EQ(content(), "hello");
  EXPECT_EQ(first.bytes, 5);
  EXPECT_EQ(first.sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  ASSERT_TRUE(first.etag && first.last_modified);
  EXPECT_EQ(get({0, url("a b.tgz"), *first.etag, *first.last_modified}).state, DownloadState::not_modified);
  EXPECT_EQ(get({0, url("a b.tgz"), {}, *first.last_modified}).state, DownloadState::not_modified);
  write("a b.tgz", "changed");
  EXPECT_EQ(get({0, url("a b.tgz"), *first.etag, *first.last_modified}).state, DownloadState::fetched);
}

TEST_F(LocalFile, may_be_empty_or_large) {
  write("empty.tgz", "");
  const std::string large(3'000'000, 'x');
  write("large.tgz", large);
  const auto downloads = run({{0, url("empty.tgz"), {}, {}}, {1, url("large.tgz"), {}, {}}});
  ASSERT_EQ(downloads.size(), 2u);
  EXPECT_EQ(downloads[0].state, DownloadState::fetched);
  EXPECT_EQ(downloads[1].state, DownloadState::fetched);
  EXPECT_TRUE(content(1) == large);
}

TEST_F(LocalFile, that_is_missing_is_gone_and_a_folder_fails) {
  const Download missing = get(url("missing.tgz"));
  EXPECT_EQ(missing.state, DownloadState::gone);
  EXPECT_EQ(reason(missing), "file_not_found");
  const Download folder = get("file://" + folder_.string());
  EXPECT_EQ(folder.state, DownloadState::failed);
  EXPECT_EQ(reason(folder), "file_unreadable");
  ASSERT_EQ(mkfifo((folder_ / "pipe.tgz").c_str(), 0600), 0);
  EXPECT_EQ(reason(get(url("pipe.tgz"))), "file_unreadable") << "and does not wait for a writer";
}

/// Gone is what nobody publishes any more, not what this user may not see.
TEST_F(LocalFile, that_may_not_be_looked_at_is_unreadable_and_not_gone) {
  std::filesystem::create_directory(folder_ / "locked");
  write("locked/a.tgz", "hello");
  std::filesystem::permissions(folder_, std::filesystem::perms{0755});
  std::filesystem::permissions(folder_ / "locked", std::filesystem::perms::none);
  Download locked;
  {
    const files::WithoutRights nobody;
    locked = get(url("locked/a.tgz"));
  }
  std::filesystem::permissions(folder_ / "locked", std::filesystem::perms::owner_all);
  EXPECT_EQ(locked.state, DownloadState::failed);
  EXPECT_EQ(reason(locked), "file_unreadable");
}

TEST(FaultOfFile, tells_what_reading_says) {
  const Fault failing = fault_of_file("/proc/self/mem", 0);
  EXPECT_EQ(failing.reason, "file_unreadable");
  EXPECT_FALSE(failing.transient);
  EXPECT_NE(failing.what.find("Input/output error"), std::string::npos) << failing.what;
  const Fault gone = fault_of_file("/nowhere/at/all", 0);
  EXPECT_EQ(gone.reason, "file_not_found");
  EXPECT_TRUE(gone.gone);
  const Fault passing = fault_of_file("/proc/self/status", 1 << 30);
  EXPECT_EQ(passing.reason, "truncated");
  EXPECT_TRUE(passing.transient);
}

TEST(FaultOfCurl, of_the_machine_ends_the_run) {
  const auto ends_run = [](CURLcode code, long system_error = 0, const char* detail = "", bool connected = false) {
    CurlFailure failure;
    failure.connected = connected;
    failure.code = code;
    failure.system_error = system_error;
    failure.detail = detail;
    return fault_of_curl(failure).ends_run;
  };
  for (const CURLcode code : {CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_SSL_CACERT_BADFILE}) EXPECT_TRUE(ends_run(code)) << code;
  EXPECT_FALSE(ends_run(CURLE_OUT_OF_MEMORY, 0, "", true)) << "libcurl says so of answers that it will not take";
  EXPECT_TRUE(ends_run(CURLE_COULDNT_CONNECT, ENOBUFS));
  EXPECT_TRUE(ends_run(CURLE_COULDNT_RESOLVE_HOST, 0, "getaddrinfo() thread failed to start"));
  EXPECT_FALSE(ends_run(CURLE_COULDNT_RESOLVE_HOST));
  EXPECT_FALSE(ends_run(CURLE_COULDNT_CONNECT, ECONNREFUSED));
}

TEST_F(LocalFile, is_fetched_as_a_page) {
  write("index.html", "<html>");
  const auto page = fetch_page(url("index.html"), options_);
  ASSERT_TRUE(page) << page.error().to_string();
  EXPECT_EQ(page->body, "<html>");
  EXPECT_EQ(fetch_page(url("missing.html"), options_).error().kind, ErrorKind::not_found);
}

/// While it lives, this process can open nothing more.
class NoFreeHandle {
 public:
  NoFreeHandle() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{128, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    for (int handle = 0; (handle = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) handles_.push_back(handle);
  }
  ~NoFreeHandle() {
    for (const int handle : handles_) close(handle);
    setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoFreeHandle(const NoFreeHandle&) = delete;
  NoFreeHandle& operator=(const NoFreeHandle&) = delete;

 private:
  rlimit before_{};
  std::vector<int> handles_;
};

class Shortage : public LocalFile {
 protected:
  Shortage() {
    write("a.tgz", "hello");
    before_request_ = [this] {
      if (!shortage_ && !over_) shortage_.emplace();
    };
  }

  /// It is this machine that fails, not the archive: no source is refused for it.
  void expect_run_ends_for(const std::string& address) {
    EXPECT_TRUE(run({{0, address, {}, {}}}).empty());
    shortage_.reset();
    ASSERT_FALSE(status_);
    EXPECT_EQ(status_.error().kind, ErrorKind::io);
    EXPECT_NE(status_.error().to_string().find("Too many open files"), std::string::npos) << status_.error().to_string();
    EXPECT_EQ(surroundings_->pauses.size(), static_cast<size_t>(options_.attempts) - 1) << "others may give theirs back";
  }

  void expect_made_good_for(const std::string& address) {
    surroundings_->on_pause = [this] {
      over_ = true;
      shortage_.reset();
    };
    const Download download = get(address);
    EXPECT_EQ(download.state, DownloadState::fetched);
    EXPECT_EQ(download.attempts, 2);
    EXPECT_EQ(content(), "hello");
  }

 private:
  std::optional<NoFreeHandle> shortage_;
  bool over_ = false;
};

TEST_F(Shortage, of_handles_for_a_file_ends_the_run) {
  expect_run_ends_for(url("a.tgz"));
}

TEST_F(Shortage, of_handles_for_a_file_may_pass) {
  expect_made_good_for(url("a.tgz"));
}

TEST_F(Shortage, of_sockets_ends_the_run) {
  server_.script("/a.tgz", {file("hello")});
  expect_run_ends_for(server_.url("/a.tgz"));
}

TEST_F(Shortage, of_sockets_may_pass) {
  server_.script("/a.tgz", {file("hello")});
  expect_made_good_for(server_.url("/a.tgz"));
}

TEST_F(Shortage, of_sockets_for_looking_up_a_name_ends_the_run) {
  expect_run_ends_for("http://voxlake.invalid/a.tgz");
}

/// Fails in the call that it is told to.
class FailingSink : public DownloadSink {
 public:
  enum class Where { write, restart, finish };
  FailingSink(Where where, ErrorKind kind) : where_(where), kind_(kind) {}
  Status write(std::span<const std::byte>) override { return outcome(Where::write); }
  Status restart() override { return outcome(Where::restart); }
  Status finish() override { return outcome(Where::finish); }

 private:
  Status outcome(Where where) const {
    if (where != where_) return {};
    return failure(kind_, "the sink failed");
  }
  Where where_;
  ErrorKind kind_;
};

class SinkFailure : public DownloadTest {
 protected:
  /// Two archives, of which the first meets the failing sink (or, without `where`, no sink at all).
  std::vector<Download> run_with(std::optional<FailingSink::Where> where, ErrorKind kind) {
    options_.connections_per_host = 1;
    const Answer broken{.body = "hello", .sent_bytes = 3, .ending = Ending::close};
    server_.script("/a.tgz", {answer(broken), file("hello")});
    server_.script("/b.tgz", {file("hello")});
    std::vector<Download> downloads;
    size_t asked = 0;
    Downloader downloader(options_);
    const auto next = [&]() -> NextRequest {
      if (asked == 2) return End{};
      ++asked;
      return DownloadRequest{asked - 1, server_.url(asked == 1 ? "/a.tgz" : "/b.tgz"), {}, {}};
    };
    const auto open = [&](const DownloadRequest& request) -> Result<std::unique_ptr<DownloadSink>> {
      if (request.id == 1) return std::make_unique<RecordingSink>(sinks_[1]);
      if (!where) return failure(kind, "the sink failed");
      return std::make_unique<FailingSink>(*where, kind);
    };
    const auto done = [&](Download download) { downloads.push_back(std::move(download)); };
    status_ = downloader.run(next, open, done, stop_);
    return downloads;
  }
};

using Where = FailingSink::Where;

TEST_F(SinkFailure, ends_that_download_alone_and_at_once) {
  for (const std::optional<Where> where :
       {std::optional<Where>(), std::optional(Where::write), std::optional(Where::restart), std::optional(Where::finish)}) {
    const auto downloads = run_with(where, ErrorKind::limit_exceeded);
    ASSERT_TRUE(status_);
    ASSERT_EQ(downloads.size(), 2u);
    for (const Download& download : downloads) {
      EXPECT_EQ(download.state, download.id == 0 ? DownloadState::failed : DownloadState::fetched);
      if (download.id == 0) {
        EXPECT_EQ(download.error->message, "the sink failed");
        EXPECT_EQ(reason(download), "limit_exceeded");
      }
    }
  }
}

/// Of its disk, or of a store behind a network: the archive's bytes are not to blame.
TEST_F(SinkFailure, of_its_own_ends_the_run) {
  for (const ErrorKind kind : {ErrorKind::io, ErrorKind::network, ErrorKind::conflict, ErrorKind::not_found, ErrorKind::internal}) {
    for (const std::optional<Where> where : {std::optional<Where>(), std::optional(Where::write), std::optional(Where::finish)}) {
      const auto downloads = run_with(where, kind);
      ASSERT_FALSE(status_);
      EXPECT_EQ(status_.error().kind, kind);
      EXPECT_EQ(status_.error().message, "the sink failed");
      for (const Download& download : downloads) EXPECT_NE(download.id, 0u);
    }
  }
}

}  // namespace
}  // namespace voxlake::net
