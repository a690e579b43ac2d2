#include "functions/operation.h"

#include <gtest/gtest.h>

namespace voxlake::functions {
namespace {

Operation some_operation() {
  Operation operation;
  operation.id = "0b1f6471-1bf0-4dda-aec3-cb9272f09590";
  operation.request.task = Task::decode;
  operation.request.name = "voxforge";
  operation.request.archives = {"a-20080101-abc"};
  operation.state = State::running;
  operation.created_ms = 1'700'000'000'123;
  operation.updated_ms = 1'700'000'060'456;
  operation.instance = "host/1/2";
  operation.attempt = 3;
  operation.deaths = 1;
  operation.stage = "decode";
  operation.finished = 5;
  operation.total = 9;
  return operation;
}

TEST(OperationTest, WhatIsWrittenIsReadAgain) {
  const Operation operation = some_operation();
  const auto read = read_operation(to_text(operation));
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(to_text(*read), to_text(operation));
  EXPECT_EQ(read->request, operation.request);
  EXPECT_EQ(read->updated_ms, operation.updated_ms);
}

TEST(OperationTest, AFileThatSomebodyChangedIsNamedWithItsField) {
  const Json good = Json::parse(to_text(some_operation()));
  for (const auto& [name, value] : good.items()) {
    if (name == "result") continue;
    Json bad = good;
    bad[name] = Json::array();
    const auto read = read_operation(bad.dump());
    ASSERT_FALSE(read) << name;
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt_data) << name;
    EXPECT_NE(read.error().message.find("`" + name + "`"), std::string::npos) << read.error().to_string();
  }
  EXPECT_FALSE(read_operation("null"));
  EXPECT_FALSE(read_operation("{"));
}

TEST(OperationTest, CallersSeeWhatDataFactoryGoesBy) {
  Operation operation = some_operation();
  EXPECT_EQ(to_answer(operation)["state"], "running");
  EXPECT_EQ(to_answer(operation)["progress"], (Json{{"stage", "decode"}, {"finished", 5}, {"total", 9}}));
  operation.state = State::interrupted;
  EXPECT_EQ(to_answer(operation)["state"], "queued");
  EXPECT_FALSE(to_answer(operation).contains("error"));
  operation.state = State::failed;
  operation.error = "why";
  EXPECT_EQ(to_answer(operation)["error"], "why");
  operation.state = State::done;
  operation.result = {{"clips", 7}};
  EXPECT_EQ(to_answer(operation)["result"]["clips"], 7);
}

}  // namespace
}  // namespace voxlake::functions
