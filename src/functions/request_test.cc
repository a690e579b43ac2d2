#include "functions/request.h"

#include <gtest/gtest.h>

namespace voxlake::functions {
namespace {

Result<Request> request_of(const std::string& function, Json fields, Trigger trigger = Trigger::http) {
  Call call;
  call.function = function;
  call.trigger = trigger;
  call.fields = std::move(fields);
  return read_request(call);
}

std::string error_of(const std::string& function, Json fields, Trigger trigger = Trigger::http) {
  const auto request = request_of(function, std::move(fields), trigger);
  return request ? "no error" : request.error().to_string();
}

TEST(RequestTest, WhatDataFactorySendsIsUnderstood) {
  for (const char* function : {"discover", "decode", "features"}) {
    const auto request = request_of(function, {{"id", "0b1f6471-1bf0-4dda-aec3-cb9272f09590"}, {"name", "voxforge"}});
    ASSERT_TRUE(request) << request.error().to_string();
    EXPECT_EQ(to_string(request->task), function);
    EXPECT_EQ(request->id, "0b1f6471-1bf0-4dda-aec3-cb9272f09590");
    EXPECT_EQ(request->name, "voxforge");
  }
}

TEST(RequestTest, EveryFieldIsTaken) {
  const auto decode = request_of("decode", {{"archives", {"b-20080101-xyz.tgz", "a-20080101-abc"}}, {"lake", "lake"}});
  ASSERT_TRUE(decode) << decode.error().to_string();
  EXPECT_EQ(decode->archives, (std::set<std::string>{"a-20080101-abc", "b-20080101-xyz"}));
  EXPECT_EQ(decode->lake, "lake");
  EXPECT_EQ(request_of("features", {{"set", "librosa-full"}})->set, "librosa-full");
  EXPECT_EQ(request_of("discover", {{"corpus", "http://host/corpus/"}})->corpus, "http://host/corpus/");
}

TEST(RequestTest, WhatWasReadIsWrittenAndReadAgain) {
  const auto request = request_of("features", {{"name", "n"}, {"set", "s"}, {"archives", {"a", "b"}}});
  EXPECT_EQ(*request_of("work", request->to_json(), Trigger::queue), *request);
}

TEST(RequestTest, TimersAndQueuesSayWhatIsToBeDoneInTheirOwnWay) {
  EXPECT_EQ(request_of("discover_weekly", {}, Trigger::timer)->task, Task::discover);
  EXPECT_EQ(request_of("work", {{"function", "decode"}}, Trigger::queue)->task, Task::decode);
  EXPECT_NE(error_of("work", {{"function", "status"}}, Trigger::queue).find("`function` must say"), std::string::npos);
  EXPECT_NE(error_of("work", Json::object(), Trigger::queue).find("`function` must say"), std::string::npos);
  EXPECT_NE(error_of("decode", {}, Trigger::timer).find("no such function for a timer"), std::string::npos);
  EXPECT_NE(error_of("discover_weekly", {}).find("no such function"), std::string::npos);
  EXPECT_NE(error_of("work", {{"function", "decode"}}).find("no such function"), std::string::npos);
}

TEST(RequestTest, EachFieldThatIsWrongIsNamed) {
  const std::string long_text(3000, 'a');
  Json many = Json::array();
  for (size_t i = 0; i <= most_archives; ++i) many.push_back("a" + std::to_string(i));
  const std::tuple<const char*, Json, const char*> cases[] = {
      {"decode", {{"archive", "a"}}, "decode has no field `archive`"},
      {"decode", {{"set", "spectral"}}, "decode has no field `set`"},
      {"decode", {{"corpus", "http://host/"}}, "decode has no field `corpus`"},
      {"discover", {{"archives", {"a"}}}, "discover has no field `archives`"},
      {"status", {{"archives", {"a"}}}, "status has no field `archives`"},
      {"decode", {{"id", 7}}, "`id` must be a text"},
      {"decode", {{"id", ""}}, "`id` is empty"},
      {"decode", {{"id", "../x"}}, "`id` must be letters"},
      {"decode", {{"id", ".hidden"}}, "`id` must be letters"},
      {"decode", {{"id", std::string(65, 'a')}}, "`id` is longer than 64 bytes"},
      {"decode", {{"name", "a/b"}}, "`name` must be letters"},
      {"decode", {{"name", "v\xc3\xb6x"}}, "`name` must be letters"},
      {"decode", {{"name", nullptr}}, "`name` must be a text"},
      {"decode", {{"name", std::string(101, 'a')}}, "`name` is longer than 100 bytes"},
      {"decode", {{"lake", {"a"}}}, "`lake` must be a text"},
      {"decode", {{"lake", long_text}}, "`lake` is longer than 2048 bytes"},
      {"decode", {{"archives", "a"}}, "`archives` must be a list"},
      {"decode", {{"archives", Json::array()}}, "`archives` is an empty list"},
      {"decode", {{"archives", many}}, "`archives` has more than 5000 names"},
      {"decode", {{"archives", {"a", 7}}}, "`archives[1]` must be a text"},
      {"decode", {{"archives", {"a", "../b.tgz"}}}, "`archives[1]` cannot be an archive's name"},
      {"decode", {{"archives", {".."}}}, "`archives[0]` cannot be an archive's name"},
      {"decode", {{"archives", {std::string("a\0b", 3)}}}, "`archives[0]` cannot be an archive's name"},
      {"decode", {{"archives", {std::string(300, 'a')}}}, "`archives[0]` cannot be an archive's name"},
      {"decode", {{"archives", {"a.tgz", "a"}}}, "`archives[1]` is given twice"},
      {"features", {{"set", "a b"}}, "`set` must be letters"},
      {"discover", {{"corpus", "/etc/passwd"}}, "`corpus` must be the address"},
      {"discover", {{"corpus", "file:///etc"}}, "`corpus` must be the address"},
      {"discover", {{"corpus", "http://me:secret@host/"}}, "`corpus` must be an address without user"},
      {"discover", {{"corpus", "http://host/?sig=secret"}}, "`corpus` must be an address without user"},
      {"discover", {{"corpus", "http://host/" + long_text}}, "`corpus` is longer than 2048 bytes"},
      {"run", {}, "there is no such function"},
  };
  for (const auto& [function, fields, reason] : cases) {
    EXPECT_NE(error_of(function, fields).find(reason), std::string::npos) << reason << "\n" << error_of(function, fields);
    EXPECT_EQ(error_of(function, fields).find("secret"), std::string::npos);
  }
}

Status allowed(const std::string& corpus, const std::string& corpora, const std::string& lake = "") {
  config::Settings settings;
  settings.corpus = "http://corpus.example/main/";
  settings.functions_corpora = corpora;
  settings.lake = "abfss://speech.dfs.core.windows.net/";
  Request request;
  request.task = Task::discover;
  request.corpus = corpus;
  request.lake = lake;
  return check_allowed(request, settings);
}

TEST(AllowedTest, OnlyTheLakeThatIsConfigured) {
  EXPECT_TRUE(allowed("", "", ""));
  EXPECT_TRUE(allowed("", "", "abfss://speech.dfs.core.windows.net"));
  for (const char* lake : {"abfss://other.dfs.core.windows.net", "lake", "/tmp", "abfss://speech.dfs.core.windows.net/x",
                           "abfss://speech.dfs.core.windows.net.evil.example"}) {
    EXPECT_FALSE(allowed("", "", lake)) << lake;
  }
}

TEST(AllowedTest, OnlyTheCorpusThatIsConfiguredAndWhatIsBelowTheAllowedAddresses) {
  EXPECT_TRUE(allowed("http://corpus.example/main/", ""));
  EXPECT_FALSE(allowed("http://corpus.example/other/", ""));
  EXPECT_FALSE(allowed("http://169.254.169.254/metadata/", ""));
  const char* const corpora = "http://a.example/speech/ https://b.example:8443/x";
  for (const char* url : {"http://a.example/speech/", "http://a.example/speech", "http://A.example/speech/de/",
                          "http://a.example:80/speech/x/index.html", "https://b.example:8443/x", "https://b.example:8443/x/y"}) {
    EXPECT_TRUE(allowed(url, corpora)) << url;
  }
  for (const char* url :
       {"https://a.example/speech/", "http://a.example/", "http://a.example/speechless/", "http://a.example:81/speech/",
        "http://a.example.evil/speech/", "http://evil.example/a.example/speech/", "https://b.example:8443/xy",
        "http://a.example/speech/../private/", "http://a.example/speech/%2e%2e/private/", "http://a.example/speech/.%2E/x",
        "http://a.example/speech/..%2fprivate", "http://a.example/speech/%252e%252e/"}) {
    EXPECT_FALSE(allowed(url, corpora)) << url;
  }
}

}  // namespace
}  // namespace voxlake::functions
