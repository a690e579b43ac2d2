#include "functions/operation.h"

#include <array>
#include <utility>

#include "lake/time_text.h"

namespace voxlake::functions {
namespace {

constexpr std::array states{State::queued, State::running, State::interrupted, State::done, State::failed};

/// The fields of a stored operation, checked one by one; the first that is wrong is kept in mind.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  std::string text(const char* name) {
    const Json* value = find(name);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    complain(name);
    return {};
  }
  int64_t number(const char* name) {
    const Json* value = find(name);
    if (value != nullptr && value->is_number_integer()) return value->get<int64_t>();
    complain(name);
    return 0;
  }
  int64_t time_ms(const char* name) {
    const auto time = lake::parse_time_ms(text(name));
    if (time) return *time;
    complain(name);
    return 0;
  }
  State state(const char* name) {
    const std::string word = text(name);
    for (const State each : states) {
      if (to_string(each) == word) return each;
    }
    complain(name);
    return State::failed;
  }
  const Json* find(const char* name) const {
    const auto found = json_.find(name);
    return found == json_.end() ? nullptr : &*found;
  }
  void complain(const char* name) {
    if (wrong_.empty()) wrong_ = name;
  }
  const std::string& wrong() const { return wrong_; }

 private:
  const Json& json_;
  std::string wrong_;
};

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::queued: return "queued";
    case State::running: return "running";
    case State::interrupted: return "interrupted";
    case State::done: return "done";
    case State::failed: break;
  }
  return "failed";
}

bool has_ended(State state) {
  return state == State::done || state == State::failed;
}

std::string to_text(const Operation& operation) {
  const Json json{{"id", operation.id},
                  {"request", operation.request.to_json()},
                  {"state", to_string(operation.state)},
                  {"created", lake::format_time_ms(operation.created_ms)},
                  {"updated", lake::format_time_ms(operation.updated_ms)},
                  {"instance", operation.instance},
                  {"attempt", operation.attempt},
                  {"deaths", operation.deaths},
                  {"stage", operation.stage},
                  {"finished", operation.finished},
                  {"total", operation.total},
                  {"result", operation.result},
                  {"error", operation.error}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Operation> read_operation(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return failure(ErrorKind::corrupt_data, "the operation's file is not a JSON object");
  Reader reader(json);
  Operation operation;
  operation.id = reader.text("id");
  operation.state = reader.state("state");
  operation.created_ms = reader.time_ms("created");
  operation.updated_ms = reader.time_ms("updated");
  operation.instance = reader.text("instance");
  operation.attempt = reader.number("attempt");
  operation.deaths = reader.number("deaths");
  operation.stage = reader.text("stage");
  operation.finished = reader.number("finished");
  operation.total = reader.number("total");
  operation.error = reader.text("error");
  if (const Json* result = reader.find("result")) operation.result = *result;
  if (!is_operation_id(operation.id)) reader.complain("id");
  if (operation.attempt < 1) reader.complain("attempt");
  const Json* request = reader.find("request");
  if (request == nullptr || !request->is_object()) reader.complain("request");
  if (!reader.wrong().empty()) return failure(ErrorKind::corrupt_data, "the operation's file has a wrong `" + reader.wrong() + "`");
  Call call;  // a stored request is like one from a queue: it says what is to be done
  call.function = "work";
  call.trigger = Trigger::queue;
  call.fields = *request;
  VOXLAKE_ASSIGN(operation.request, read_request(call));
  return operation;
}

Json to_answer(const Operation& operation) {
  const bool waits = operation.state == State::queued || operation.state == State::interrupted;
  Json answer{{"id", operation.id},
              {"function", to_string(operation.request.task)},
              {"state", to_string(waits ? State::queued : operation.state)},
              {"created", lake::format_time_ms(operation.created_ms)},
              {"updated", lake::format_time_ms(operation.updated_ms)},
              {"attempt", operation.attempt}};
  if (!operation.request.name.empty()) answer["name"] = operation.request.name;
  if (operation.state == State::running && !operation.stage.empty()) {
    answer["progress"] = {{"stage", operation.stage}, {"finished", operation.finished}};
    if (operation.total >= 0) answer["progress"]["total"] = operation.total;
  }
  if (waits && !operation.error.empty()) answer["waits_for"] = operation.error;
  if (operation.state == State::done) answer["result"] = operation.result;
  if (operation.state == State::failed) answer["error"] = operation.error;
  return answer;
}

}  // namespace voxlake::functions
