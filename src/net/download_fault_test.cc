// The network misbehaves: each transfer ends whole, or as a clear failure with its reason.
#include <fcntl.h>

#include "net/download_test_support.h"
#include "net/retry.h"

namespace voxlake::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A port on which nobody listens.
std::string deserted_url() {
  ScriptedServer gone;
  return gone.url("/a.tgz");
}

std::string numbered_bytes(size_t count) {
  std::string bytes;
  while (bytes.size() < count) bytes.append(std::to_string(bytes.size())).push_back(' ');
  bytes.resize(count);
  return bytes;
}

TEST_F(DownloadTest, refused_connection_is_tried_again_and_then_given_up) {
  options_.attempts = 3;
  surroundings_->stop_clock();
  const Download download = get(deserted_url());
  EXPECT_EQ(download.state, DownloadState::failed);
  EXPECT_EQ(reason(download), "connection_refused");
  EXPECT_EQ(download.error->kind, ErrorKind::network);
  EXPECT_EQ(download.attempts, 3);
  // The clock of the test has no chance in it: half of 500 ms, then of 1 s.
  EXPECT_EQ(surroundings_->pauses, (std::vector<milliseconds>{milliseconds(250), milliseconds(500)}));
  EXPECT_TRUE(sinks_.empty());
}

TEST_F(DownloadTest, dead_host_does_not_hold_up_a_long_run_nor_other_hosts) {
  options_.attempts = 2;
  const std::string dead = deserted_url();
  server_.script("/a.tgz", {file("hello")});
  std::vector<DownloadRequest> requests;
  for (size_t i = 0; i < 500; ++i) requests.push_back({i, dead, {}, {}});
  requests.push_back({500, server_.url("/a.tgz"), {}, {}});
  const auto downloads = run(requests);
  ASSERT_EQ(downloads.size(), 501u);
  std::map<std::string, int> reasons;
  for (const Download& download : downloads) ++reasons[reason(download)];
  EXPECT_EQ(reasons[""], 1);
  EXPECT_GE(reasons["connection_refused"], 16);
  EXPECT_LE(reasons["connection_refused"], 48) << "what was in hand when it was found dead";
  EXPECT_EQ(reasons["connection_refused"] + reasons["host_down"], 500);
}

TEST_F(DownloadTest, passing_statuses_are_tried_again) {
  for (int code : {408, 425, 429, 500, 502, 503, 504}) {
    const std::string path = std::string("/").append(std::to_string(code));
    server_.script(path, {status(code), file("hello")});
    const Download download = get(server_.url(path));
    EXPECT_EQ(download.state, DownloadState::fetched) << code;
    EXPECT_EQ(download.attempts, 2) << code;
    EXPECT_EQ(content(), "hello");
    sinks_.clear();
  }
}

TEST_F(DownloadTest, lasting_statuses_fail_at_once_with_their_number) {
  for (int code : {400, 401, 403, 451}) {
    const std::string path = std::string("/").append(std::to_string(code));
    server_.script(path, {status(code)});
    const Download download = get(server_.url(path));
    EXPECT_EQ(download.state, DownloadState::failed) << code;
    EXPECT_EQ(reason(download), std::string("http_").append(std::to_string(code)));
    EXPECT_EQ(download.attempts, 1) << code;
    EXPECT_NE(download.error->message.find(server_.url(path)), std::string::npos);
  }
  EXPECT_TRUE(sinks_.empty()) << "an error page is never stored";
}

TEST_F(DownloadTest, missing_archives_are_gone) {
  server_.script("/410", {status(410)});
  const Download missing = get(server_.url("/nowhere"));
  EXPECT_EQ(missing.state, DownloadState::gone);
  EXPECT_EQ(reason(missing), "http_404");
  EXPECT_EQ(missing.error->kind, ErrorKind::not_found);
  const Download removed = get(server_.url("/410"));
  EXPECT_EQ(removed.state, DownloadState::gone);
  EXPECT_EQ(reason(removed), "http_410");
}

TEST_F(DownloadTest, answers_without_content_fail) {
  server_.script("/204", {status(204)});
  server_.script("/302", {status(302)});
  server_.script("/304", {status(304)});
  EXPECT_EQ(reason(get(server_.url("/204"))), "http_204");
  EXPECT_EQ(reason(get(server_.url("/302"))), "http_302") << "a redirect to nowhere";
  EXPECT_EQ(reason(get(server_.url("/304"))), "http_304") << "nobody asked for it";
}

TEST_F(DownloadTest, retry_after_in_seconds_is_kept_to) {
  surroundings_->stop_clock();
  server_.script("/a.tgz", {status(429, {{"Retry-After", "7"}}), file("hello")});
  EXPECT_EQ(get(server_.url("/a.tgz")).state, DownloadState::fetched);
  ASSERT_EQ(surroundings_->pauses.size(), 1u);
  EXPECT_EQ(surroundings_->pauses[0], seconds(7));
}

TEST_F(DownloadTest, retry_after_as_a_date_is_kept_to) {
  surroundings_->stop_clock();
  const auto at = std::chrono::duration_cast<seconds>((surroundings_->date() + seconds(60)).time_since_epoch()).count();
  server_.script("/a.tgz", {status(503, {{"Retry-After", format_http_date(at)}}), file("hello")});
  EXPECT_EQ(get(server_.url("/a.tgz")).state, DownloadState::fetched);
  ASSERT_EQ(surroundings_->pauses.size(), 1u);
  EXPECT_GT(surroundings_->pauses[0], seconds(59));  // the date has whole seconds
  EXPECT_LE(surroundings_->pauses[0], seconds(60));
}

TEST_F(DownloadTest, retry_after_holds_back_all_requests_to_that_host) {
  surroundings_->stop_clock();
  options_.connections_per_host = 1;
  server_.script("/a.tgz", {status(429, {{"Retry-After", "7"}}), file("a")});
  server_.script("/b.tgz", {file("b")});
  const auto downloads = run({{0, server_.url("/a.tgz"), {}, {}}, {1, server_.url("/b.tgz"), {}, {}}});
  ASSERT_EQ(downloads.size(), 2u);
  ASSERT_FALSE(surroundings_->pauses.empty());
  EXPECT_EQ(surroundings_->pauses[0], seconds(7));
  EXPECT_EQ(server_.requests().at(1).target, "/a.tgz") << "nobody else was asked for in between";
}

TEST_F(DownloadTest, too_long_a_retry_after_is_not_waited_for) {
  server_.script("/a.tgz", {status(503, {{"Retry-After", "86400"}})});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(reason(download), "http_503");
  EXPECT_EQ(download.attempts, 1);
  EXPECT_NE(download.error->message.find("86400 s"), std::string::npos) << download.error->message;
}

TEST_F(DownloadTest, reset_in_the_middle_goes_on_from_there) {
  const std::string body = numbered_bytes(100'000);
  Answer broken{.body = body, .headers = {{"ETag", "\"v1\""}}, .sent_bytes = 40'000, .ending = Ending::reset};
  server_.script("/a.tgz", {answer(broken), file(body)});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_TRUE(content() == body);
  EXPECT_EQ(download.bytes, 100'000);
  EXPECT_EQ(sinks_[0].restarts, 0);
  EXPECT_EQ(server_.requests().at(1).header("range"), "bytes=40000-");
  EXPECT_EQ(server_.requests().at(1).header("if-range"), "\"v1\"");
  sinks_.clear();
  EXPECT_EQ(download.sha256, get(server_.url("/a.tgz")).sha256) << "the hash goes on too";
}

TEST_F(DownloadTest, truncated_transfer_goes_on_by_last_modified_where_there_is_no_etag) {
  const std::string body = numbered_bytes(1000);
  const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
  Answer rest{.status = 206, .body = body.substr(300), .headers = {{"Content-Range", "bytes 300-999/1000"}, {"Last-Modified", date}}};
  server_.script("/a.tgz",
                 {answer({.body = body, .headers = {{"Last-Modified", date}}, .sent_bytes = 300, .ending = Ending::close}), answer(rest)});
  EXPECT_EQ(get(server_.url("/a.tgz")).state, DownloadState::fetched);
  EXPECT_TRUE(content() == body);
  EXPECT_EQ(server_.requests().at(1).header("if-range"), date);
}

TEST_F(DownloadTest, truncated_transfer_starts_over_where_the_bytes_cannot_be_pinned_down) {
  const std::string body = numbered_bytes(1000);
  server_.script("/a.tgz", {answer({.body = body, .headers = {{"ETag", "W/\"weak\""}}, .sent_bytes = 300, .ending = Ending::close}),
                            answer({.body = body})});
  EXPECT_EQ(get(server_.url("/a.tgz")).state, DownloadState::fetched);
  EXPECT_TRUE(content() == body);
  EXPECT_EQ(sinks_[0].restarts, 1);
  EXPECT_EQ(server_.requests().at(1).header("range"), "");
}

TEST_F(DownloadTest, truncated_for_good_fails_and_finishes_no_sink) {
  server_.script("/a.tgz", {answer({.body = "hello", .announced_bytes = 100, .ending = Ending::close})});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::failed);
  EXPECT_EQ(reason(download), "truncated");
  EXPECT_EQ(download.attempts, 5);
  EXPECT_EQ(download.sink, nullptr);
  EXPECT_FALSE(sinks_[0].finished);
}

TEST_F(DownloadTest, truncated_chunked_body_is_noticed) {
  server_.script("/a.tgz", {answer({.body = "hello there", .framing = Framing::chunked, .sent_bytes = 5, .ending = Ending::close}),
                            file("hello there")});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(download.attempts, 2);
  EXPECT_EQ(content(), "hello there");
}

TEST_F(DownloadTest, whole_in_answer_to_a_range_starts_over) {
  const std::string body = numbered_bytes(1000);
  const std::string changed = numbered_bytes(900);
  server_.script("/a.tgz", {answer({.body = body, .headers = {{"ETag", "\"v1\""}}, .sent_bytes = 300, .ending = Ending::close}),
                            file(changed, "\"v2\"")});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(content(), changed);
  EXPECT_EQ(download.etag, "\"v2\"");
  EXPECT_EQ(download.bytes, 900);
  EXPECT_EQ(sinks_[0].restarts, 1);
}

TEST_F(DownloadTest, wrong_range_starts_over) {
  const std::string body = numbered_bytes(1000);
  const Answer broken{.body = body, .headers = {{"ETag", "\"v1\""}}, .sent_bytes = 300, .ending = Ending::close};
  const auto rest = [&](const std::string& content_range, const std::string& etag) {
    return answer({.status = 206, .body = body.substr(300), .headers = {{"Content-Range", content_range}, {"ETag", etag}}});
  };
  const std::vector<Behaviour> wrong = {rest("bytes 200-899/1000", "\"v1\""),
                                        rest("bytes 300-1099/1100", "\"v1\""),
                                        rest("bytes 300-999/1000", "\"v2\""),
                                        rest("items 1-2/3", "\"v1\""),
                                        answer({.status = 206, .body = body.substr(300)}),
                                        status(416, {{"Content-Range", "bytes */1000"}})};
  for (size_t i = 0; i < wrong.size(); ++i) {
    const std::string path = std::string("/").append(std::to_string(i));
    server_.script(path, {answer(broken), wrong[i], file(body)});
    sinks_.clear();
    const Download download = get(server_.url(path));
    EXPECT_EQ(download.state, DownloadState::fetched) << i;
    EXPECT_TRUE(content() == body) << i;
    EXPECT_EQ(sinks_[0].restarts, 1) << i;
    EXPECT_EQ(server_.requests().back().header("range"), "") << i;
  }
}

TEST_F(DownloadTest, partial_answer_that_nobody_asked_for_fails) {
  server_.script("/a.tgz", {answer({.status = 206, .body = "hello", .headers = {{"Content-Range", "bytes 0-4/100"}}})});
  EXPECT_EQ(reason(get(server_.url("/a.tgz"))), "wrong_range");
  EXPECT_TRUE(sinks_.empty());
}

TEST_F(DownloadTest, shorter_range_than_asked_for_is_asked_on) {
  const std::string body = numbered_bytes(1000);
  const std::vector<std::pair<std::string, std::string>> etag = {{"ETag", "\"v1\""}};
  Answer middle{.status = 206, .body = body.substr(300, 300), .headers = {{"ETag", "\"v1\""}, {"Content-Range", "bytes 300-599/1000"}}};
  server_.script("/a.tgz",
                 {answer({.body = body, .headers = etag, .sent_bytes = 300, .ending = Ending::close}), answer(middle), file(body)});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_TRUE(content() == body);
  EXPECT_EQ(server_.requests().at(2).header("range"), "bytes=600-");
}

TEST_F(DownloadTest, attempt_that_brought_much_does_not_count) {
  constexpr size_t piece_bytes = 1'100'000;
  const std::string body = numbered_bytes(4 * piece_bytes);
  const auto in_pieces = [body](const ServedRequest& request) {
    Answer one = serve_file(request, body, "\"v1\"");
    one.sent_bytes = std::min(one.body.size(), size_t{piece_bytes});
    if (*one.sent_bytes < one.body.size()) one.ending = Ending::close;
    return one;
  };
  server_.script("/a.tgz", {in_pieces});
  options_.attempts = 2;
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(download.attempts, 4);
  EXPECT_TRUE(content() == body);
}

TEST_F(DownloadTest, longer_than_announced_ends_where_it_was_announced_and_spoils_no_other) {
  options_.connections_per_host = 1;
  server_.script("/a.tgz", {answer({.body = "hello and more", .announced_bytes = 5})});
  server_.script("/b.tgz", {file("second")});
  const auto downloads = run({{0, server_.url("/a.tgz"), {}, {}}, {1, server_.url("/b.tgz"), {}, {}}});
  ASSERT_EQ(downloads.size(), 2u);
  EXPECT_EQ(downloads[0].bytes, 5);
  EXPECT_EQ(content(0), "hello");
  EXPECT_EQ(downloads[1].state, DownloadState::fetched);
  EXPECT_EQ(content(1), "second");
}

TEST_F(DownloadTest, stalled_transfer_is_cut_and_goes_on) {
  options_.stall_timeout = seconds(1);
  const std::string body = numbered_bytes(1000);
  server_.script("/a.tgz",
                 {answer({.body = body, .headers = {{"ETag", "\"v1\""}}, .sent_bytes = 300, .ending = Ending::stall}), file(body)});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_TRUE(content() == body);
  EXPECT_EQ(server_.requests().at(1).header("range"), "bytes=300-");
}

TEST_F(DownloadTest, silent_server_is_a_stall) {
  options_.stall_timeout = milliseconds(100);
  options_.attempts = 2;
  server_.script("/a.tgz", {answer({.ending = Ending::stall, .silent = true})});
  const Download download = get(server_.url("/a.tgz"));
  EXPECT_EQ(reason(download), "stalled");
  EXPECT_EQ(download.attempts, 2);
}

TEST_F(DownloadTest, connection_closed_without_an_answer_is_said_so) {
  options_.attempts = 2;
  server_.script("/a.tgz", {answer({.ending = Ending::close, .silent = true})});
  EXPECT_EQ(reason(get(server_.url("/a.tgz"))), "no_answer");
}

TEST_F(DownloadTest, transfer_beyond_its_time_is_cut) {
  options_.attempts = 1;
  options_.transfer_timeout = milliseconds(80);
  server_.script("/a.tgz", {answer({.body = "hello", .announced_bytes = 10, .ending = Ending::stall})});
  EXPECT_EQ(reason(get(server_.url("/a.tgz"))), "timed_out");
}

TEST_F(DownloadTest, html_in_place_of_an_archive_is_refused) {
  for (const char* body : {"<!DOCTYPE html><html>sorry</html>", "\xEF\xBB\xBF\r\n <html>"}) {
    server_.script("/a.tgz", {answer({.body = body, .headers = {{"Content-Type", "Text/HTML; charset=utf-8"}}})});
    const Download download = get(server_.url("/a.tgz"));
    EXPECT_EQ(download.state, DownloadState::failed);
    EXPECT_EQ(reason(download), "not_an_archive");
    EXPECT_EQ(download.error->kind, ErrorKind::corrupt_data);
    EXPECT_EQ(download.attempts, 1);
  }
  EXPECT_TRUE(sinks_.empty());
}

TEST_F(DownloadTest, archive_that_is_only_called_html_is_taken) {
  server_.script("/a.tgz", {answer({.body = "\x1f\x8b archive", .headers = {{"Content-Type", "text/html"}}})});
  EXPECT_EQ(get(server_.url("/a.tgz")).state, DownloadState::fetched);
}

TEST_F(DownloadTest, name_that_does_not_resolve_is_said_so) {
  options_.attempts = 1;
  EXPECT_EQ(reason(get("http://" + std::string(64, 'a') + ".invalid/a.tgz")), "dns_failed");
}

/// libcurl says "out of memory" of a header line beyond its own limit.
TEST_F(DownloadTest, answer_with_an_endless_header_is_the_servers_fault) {
  server_.script("/a.tgz", {answer({.body = "hello", .headers = {{"X-Long", std::string(150'000, 'x')}}})});
  server_.script("/b.tgz", {file("second")});
  const auto downloads = run({{0, server_.url("/a.tgz"), {}, {}}, {1, server_.url("/b.tgz"), {}, {}}});
  ASSERT_TRUE(status_) << status_.error().to_string();
  ASSERT_EQ(downloads.size(), 2u);
  for (const Download& download : downloads) {
    EXPECT_EQ(download.state, download.id == 0 ? DownloadState::failed : DownloadState::fetched);
  }
  EXPECT_EQ(reason(downloads[downloads[0].id == 0 ? 0 : 1]), "bad_answer");
}

TEST_F(DownloadTest, answer_that_is_no_http_is_said_so) {
  options_.attempts = 1;
  server_.script("/a.tgz", {answer({.status = 20000})});
  EXPECT_EQ(reason(get(server_.url("/a.tgz"))), "bad_answer");
}

TEST_F(DownloadTest, bad_url_fails_alone) {
  server_.script("/a.tgz", {file("hello")});
  const auto downloads = run({{0, "no url", {}, {}}, {1, "ftp://host/a.tgz", {}, {}}, {2, server_.url("/a.tgz"), {}, {}}});
  ASSERT_TRUE(status_);
  ASSERT_EQ(downloads.size(), 3u);
  EXPECT_EQ(reason(downloads[0]), "bad_url");
  EXPECT_EQ(reason(downloads[1]), "bad_url");
  EXPECT_EQ(downloads[2].state, DownloadState::fetched);
}

TEST_F(DownloadTest, fewer_transfers_run_while_the_host_says_that_it_is_too_much) {
  options_.connections_per_host = 4;
  std::atomic<int> running = 0;
  std::atomic<int> served = 0;
  std::atomic<int> most_later = 0;
  const auto busy = [&](const ServedRequest&) {
    const int now = ++running;
    // The first four were sent before the host said anything.
    if (++served > 4) most_later = std::max(most_later.load(), now);
    std::this_thread::sleep_for(milliseconds(5));
    --running;
    return Answer{.status = 429};
  };
  std::vector<DownloadRequest> requests;
  for (size_t i = 0; i < 8; ++i) {
    const std::string path = std::string("/").append(std::to_string(i));
    server_.script(path, {busy, file("hello")});
    requests.push_back({i, server_.url(path), {}, {}});
  }
  const auto downloads = run(requests);
  ASSERT_EQ(downloads.size(), 8u);
  for (const Download& download : downloads) EXPECT_EQ(download.state, DownloadState::fetched);
  EXPECT_EQ(served, 8);
  EXPECT_LE(most_later, 2);
}

}  // namespace
}  // namespace voxlake::net
