#include "functions/call.h"

#include <gtest/gtest.h>

namespace voxlake::functions {
namespace {

std::string error_of(const Result<Call>& call) {
  if (!call) return call.error().to_string();
  return call->wrong ? call->wrong->to_string() : "no error";
}

TEST(WrappedCallTest, QueryAndBodyMayBeObjectsOrJsonTexts) {
  const char* const forms[] = {R"({"Data":{"req":{"Method":"POST","Query":{"id":"a"},"Body":"{\"name\":\"voxforge\"}"}},"Metadata":{}})",
                               R"({"Data":{"req":{"Method":"post","Query":"{\"id\":\"a\"}","Body":{"name":"voxforge"}}},"Metadata":{}})",
                               R"({"Data":{"req":{"Method":"POST","Query":{"id":["a"]},"Body":"\"{\\\"name\\\":\\\"voxforge\\\"}\""}}})"};
  for (const char* form : forms) {
    const auto call = read_wrapped_call("decode", form);
    ASSERT_TRUE(call) << form << error_of(call);
    EXPECT_EQ(call->function, "decode");
    EXPECT_EQ(call->method, "POST");
    EXPECT_EQ(call->trigger, Trigger::http);
    EXPECT_EQ(call->fields, (Json{{"name", "voxforge"}, {"id", "a"}}));
  }
}

TEST(WrappedCallTest, BodyAndQueryMayBeAbsentOrEmpty) {
  for (const char* form : {R"({"Data":{"req":{}}})", R"({"Data":{"req":{"Body":"","Query":"{}"}}})",
                           R"({"Data":{"req":{"Body":null,"Query":""}}})", R"({"Data":{"req":{"Body":" \r\n","Query":{}}}})"}) {
    const auto call = read_wrapped_call("discover", form);
    EXPECT_EQ(error_of(call), "no error") << form;
    EXPECT_TRUE(call->fields.empty());
  }
}

TEST(WrappedCallTest, TheFunctionsKeyIsLeftBehind) {
  const auto call = read_wrapped_call(
      "status",
      R"({"Data":{"req":{"Url":"https://app.example:444/api/status?code=secret&id=a","Query":{"code":"secret","clientId":"x","id":"a"}}}})");
  ASSERT_TRUE(call) << error_of(call);
  EXPECT_EQ(call->fields, (Json{{"id", "a"}}));
  EXPECT_EQ(call->origin, "https://app.example:444");
}

TEST(WrappedCallTest, AnOddAddressIsNoOrigin) {
  for (const char* url : {"ftp://host/", "https://", "https:///x", "https://a b/", "https://host\\n/x", "//host/x"}) {
    const auto call = read_wrapped_call("status", std::string(R"({"Data":{"req":{"Url":")") + url + R"("}}})");
    ASSERT_TRUE(call) << url << error_of(call);
    EXPECT_EQ(call->origin, "") << url;
  }
}

TEST(WrappedCallTest, TimersHaveNoFields) {
  const auto call = read_wrapped_call("discover_weekly", R"({"Data":{"timer":{"IsPastDue":false}},"Metadata":{"sys":{}}})");
  ASSERT_TRUE(call) << error_of(call);
  EXPECT_EQ(call->trigger, Trigger::timer);
  EXPECT_TRUE(call->fields.empty());
}

TEST(WrappedCallTest, AMessageIsKnownByItsOwnIdWhereItNamesNone) {
  const auto call =
      read_wrapped_call("work", R"({"Data":{"message":"{\"function\":\"decode\"}"},"Metadata":{"DequeueCount":"2","Id":"\"4af0\""}})");
  ASSERT_TRUE(call) << error_of(call);
  EXPECT_EQ(call->trigger, Trigger::queue);
  EXPECT_EQ(call->fields, (Json{{"function", "decode"}, {"id", "4af0"}}));
  const auto named = read_wrapped_call("work", R"({"Data":{"message":{"function":"decode","id":"mine"}},"Metadata":{"Id":"4af0"}})");
  EXPECT_EQ(named->fields["id"], "mine");
}

TEST(WrappedCallTest, WhatIsNoCallIsRefusedWithAReason) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not a JSON object"},
      {"[]", "not a JSON object"},
      {"{\"Data\":", "not a JSON object"},
      {"{}", "no object `Data`"},
      {R"({"Data":[]})", "no object `Data`"},
      {R"({"Data":{}})", "none of the bindings"},
      {R"({"Data":{"req":"x"}})", "not an object"},
      {R"({"Data":{"req":{"Body":"{"}}})", "the body is not JSON"},
      {R"({"Data":{"req":{"Body":"[1]"}}})", "the body is not a JSON object"},
      {R"({"Data":{"req":{"Body":7}}})", "the body is not a JSON object"},
      {R"({"Data":{"req":{"Query":{"id":7}}}})", "the query's `id` is not one text"},
      {R"({"Data":{"req":{"Query":{"id":["a","b"]}}}})", "the query's `id` is not one text"},
      {R"({"Data":{"req":{"Query":{"id":"a"},"Body":{"id":"b"}}}})", "`id` is given twice"},
      {R"({"Data":{"message":"hello"}})", "the message is not JSON"},
  };
  for (const auto& [text, reason] : cases) {
    const auto call = read_wrapped_call("decode", text);
    EXPECT_NE(error_of(call).find(reason), std::string::npos) << text << "\n" << error_of(call);
  }
}

TEST(ForwardedCallTest, BodyAndQueryAreTheFields) {
  const auto call = read_forwarded_call("decode", "post", {{"id", "a"}, {"code", "secret"}}, R"({"name":"voxforge"})");
  ASSERT_TRUE(call) << error_of(call);
  EXPECT_EQ(call->method, "POST");
  EXPECT_EQ(call->fields, (Json{{"name", "voxforge"}, {"id", "a"}}));
  EXPECT_TRUE(read_forwarded_call("status", "GET", {}, "")->fields.empty());
  EXPECT_FALSE(read_forwarded_call("status", "GET", {{"id", "a"}, {"id", "b"}}, ""));
  EXPECT_FALSE(read_forwarded_call("decode", "POST", {}, "a=b"));
}

TEST(PrintableTest, IsShortAndPlain) {
  EXPECT_EQ(printable("a\nb\x1b[0m\xc3\xa9"), "a?b?[0m??");
  EXPECT_EQ(printable(std::string(100, 'x')), std::string(60, 'x') + "...");
}

}  // namespace
}  // namespace voxlake::functions
