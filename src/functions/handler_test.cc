#include "functions/handler.h"

#include <gtest/gtest.h>

#include "lake/memory_storage.h"

namespace voxlake::functions {
namespace {

/// Keeps what is logged.
class Log final : public pipeline::Observer {
 public:
  void begin(pipeline::Stage, int64_t) override {}
  void advance(pipeline::Stage, int64_t, int64_t) override {}
  void end(const pipeline::StageSummary&) override {}
  void message(pipeline::Level, std::string_view text) override {
    const std::lock_guard lock(mutex_);
    text_ += std::string(text) + "\n";
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

class HandlerTest : public testing::Test {
 protected:
  HandlerTest() {
    settings_.settings.lake = "lake";
    settings_.settings.corpus = "http://corpus.example/";
    WorkerOptions options;
    options.instance = "test";
    worker_ = std::make_unique<Worker>(
        store_, [this](const auto&, auto&, const auto&) -> Result<Json> { return outcome_; }, log_, options,
        [] { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); });
    worker_->start();
  }

  HttpReply ask(const std::string& method, const std::string& path, const std::string& body,
                std::multimap<std::string, std::string> query = {}) {
    const Handler handler({[this]() -> Result<config::Resolved> { return settings_; }, worker_.get(),
                           [](const config::Resolved& resolved, const Request&) -> Result<Json> {
                             return Json{{"lake", resolved.settings.lake}};
                           },
                           &log_, host_name_});
    return handler.answer({method, path, std::move(query), body});
  }

  /// The answer to the caller of a wrapped call.
  static Json told(const HttpReply& reply) {
    EXPECT_EQ(reply.status, 200);
    const Json whole = Json::parse(reply.body);
    EXPECT_TRUE(whole.contains("ReturnValue"));
    EXPECT_TRUE(whole["Logs"].is_array());
    Json res = whole["Outputs"]["res"];
    EXPECT_EQ(res["headers"]["Content-Type"], "application/json");
    res["body"] = Json::parse(res["body"].get<std::string>());
    return res;
  }

  static std::string wrapped(const Json& body) { return Json{{"Data", {{"req", {{"Method", "POST"}, {"Body", body.dump()}}}}}}.dump(); }

  config::Resolved settings_;
  std::string host_name_ = "app.azurewebsites.net";
  Log log_;
  OperationStore store_{[lake = std::make_shared<lake::MemoryStorage>()]() -> Result<std::shared_ptr<lake::Storage>> { return lake; }};
  Result<Json> outcome_ = Json{{"clips", 7}};
  std::unique_ptr<Worker> worker_;
};

TEST_F(HandlerTest, LongWorkIsAcceptedWithAnAddressToAskAt) {
  const Json wrapped_answer = told(ask("POST", "/decode", wrapped({{"id", "a"}})));
  EXPECT_EQ(wrapped_answer["statusCode"], 202);
  EXPECT_EQ(wrapped_answer["headers"]["Location"], "https://app.azurewebsites.net/api/status?id=a");
  EXPECT_TRUE(wrapped_answer["headers"].contains("Retry-After"));
  EXPECT_EQ(wrapped_answer["body"]["status_url"], "https://app.azurewebsites.net/api/status?id=a");
  const HttpReply forwarded = ask("POST", "/api/features", R"({"id":"b"})");
  EXPECT_EQ(forwarded.status, 202);
  EXPECT_EQ(forwarded.headers.at("Location"), "https://app.azurewebsites.net/api/status?id=b");
  EXPECT_EQ(Json::parse(forwarded.body)["id"], "b");
}

TEST_F(HandlerTest, TheAddressIsWhereTheCallerCameFromWhenTheHostDoesNotTell) {
  host_name_.clear();
  const auto request = Json{{"Data", {{"req", {{"Url", "https://my.example/api/decode?code=s3cret"}, {"Body", "{\"id\":\"a\"}"}}}}}};
  EXPECT_EQ(told(ask("POST", "/decode", request.dump()))["body"]["status_url"], "https://my.example/api/status?id=a");
  EXPECT_EQ(Json::parse(ask("POST", "/api/decode", R"({"id":"a"})").body)["status_url"], "/api/status?id=a");
  host_name_ = "localhost:7071";
  EXPECT_EQ(Json::parse(ask("POST", "/api/decode", R"({"id":"a"})").body)["status_url"], "http://localhost:7071/api/status?id=a");
}

TEST_F(HandlerTest, AnEndedOperationIsTold200WellOrNot) {
  ask("POST", "/api/decode", R"({"id":"a"})");
  ASSERT_TRUE(worker_->await_end("a"));
  const HttpReply done = ask("GET", "/api/status", "", {{"id", "a"}, {"code", "s3cret"}});
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(Json::parse(done.body)["state"], "done");
  EXPECT_EQ(Json::parse(done.body)["result"]["clips"], 7);
  outcome_ = failure(ErrorKind::io, "the disk is full");
  ask("POST", "/decode", wrapped({{"id", "b"}}));
  ASSERT_TRUE(worker_->await_end("b"));
  const Json failed = told(ask("POST", "/status", wrapped({{"id", "b"}})));
  EXPECT_EQ(failed["statusCode"], 200);
  EXPECT_EQ(failed["body"]["state"], "failed");
  EXPECT_EQ(failed["body"]["error"], "the disk is full");
}

TEST_F(HandlerTest, StatusWithoutAnIdIsTheLakes) {
  EXPECT_EQ(Json::parse(ask("GET", "/api/status", "").body), (Json{{"lake", "lake"}}));
}

TEST_F(HandlerTest, ATimerIsAnsweredWhenItsWorkHasEnded) {
  const std::string timer = R"({"Data":{"timer":{"IsPastDue":false}},"Metadata":{}})";
  const HttpReply well = ask("POST", "/discover_weekly", timer);
  EXPECT_EQ(well.status, 200);
  EXPECT_EQ(Json::parse(well.body)["Outputs"], Json::object());
  outcome_ = failure(ErrorKind::network, "the server is gone");
  EXPECT_EQ(ask("POST", "/discover_weekly", timer).status, 500);
}

TEST_F(HandlerTest, AQueuesMessageIsAnsweredWhenItsWorkHasEnded) {
  const std::string message = R"({"Data":{"message":"{\"function\":\"decode\"}"},"Metadata":{"Id":"\"m-1\""}})";
  EXPECT_EQ(ask("POST", "/work", message).status, 200);
  EXPECT_EQ(worker_->look("m-1")->state, State::done);
}

TEST_F(HandlerTest, EachRefusalHasItsStatus) {
  const std::tuple<const char*, const char*, const char*, int> cases[] = {
      {"POST", "/api/decode", R"({"archives":[7]})", 400},
      {"POST", "/api/decode", R"({"nonsense":1})", 400},
      {"POST", "/api/decode", "{", 400},
      {"POST", "/api/decode", R"({"lake":"elsewhere"})", 403},
      {"POST", "/api/discover", R"({"corpus":"http://169.254.169.254/"})", 403},
      {"POST", "/api/status", R"({"lake":"elsewhere"})", 403},
      {"POST", "/api/status", R"({"id":"nobody"})", 404},
      {"POST", "/api/run", "{}", 404},
      {"POST", "/api/", "{}", 404},
      {"POST", "/api/decode/x", "{}", 404},
      {"GET", "/api/decode", "", 405},
      {"DELETE", "/api/status", "", 405},
  };
  for (const auto& [method, path, body, status] : cases) {
    const HttpReply reply = ask(method, path, body);
    EXPECT_EQ(reply.status, status) << path << body;
    EXPECT_TRUE(Json::parse(reply.body)["error"].is_string()) << reply.body;
  }
  EXPECT_EQ(told(ask("POST", "/decode", wrapped({{"lake", "elsewhere"}})))["statusCode"], 403);
  EXPECT_EQ(ask("POST", "/decode", "{}").status, 400);
}

TEST_F(HandlerTest, TheHostIsToldThatTheProgramIsThere) {
  EXPECT_EQ(ask("GET", "/", "").status, 200);
}

TEST_F(HandlerTest, TheLogHasTheCallsAndNoKeys) {
  ask("GET", "/api/status", "", {{"code", "s3cret"}, {"id", "a"}});
  ask("POST", "/status",
      R"({"Data":{"req":{"Url":"https://x/?code=s3cret","Query":{"code":"s3cret"},"Headers":{"x-functions-key":["s3cret"]}}}})");
  EXPECT_NE(log_.text().find("GET /api/status: 404"), std::string::npos) << log_.text();
  EXPECT_EQ(log_.text().find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace voxlake::functions
