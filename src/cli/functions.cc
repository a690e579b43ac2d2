#include <unistd.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "functions/handler.h"
#include "functions/server.h"
#include "functions/stages.h"
#include "functions/worker.h"
#include "net/curl.h"
#include "pipeline/azure_access.h"

namespace voxlake::cli {
namespace {

constexpr const char* port_variable = "FUNCTIONS_CUSTOMHANDLER_PORT";

/// The settings, with what a vault keeps: read when first needed, so that the program listens at once, and again after a while.
class FreshSettings {
 public:
  explicit FreshSettings(const Invocation& invocation) : invocation_(invocation) {}

  Result<config::Resolved> get() {
    constexpr std::chrono::seconds lifetime{60};
    constexpr std::chrono::seconds lifetime_of_an_error{5};  // those who waited for it meanwhile get the same answer
    const std::lock_guard lock(mutex_);
    if (!kept_ || Clock::now() - read_at_ > (*kept_ ? lifetime : lifetime_of_an_error)) {
      kept_ = settings_for(invocation_);
      read_at_ = Clock::now();
    }
    return *kept_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Invocation& invocation_;
  std::mutex mutex_;
  std::optional<Result<config::Resolved>> kept_;
  Clock::time_point read_at_;
};

/// Ends the process where it does not end by itself: a vault or a lake that does not answer is asked again for a minute and longer, and the
/// host kills what does not end in time. What is at hand is then like that of an instance that died.
class Deadline {
 public:
  ~Deadline() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }
  void begin() {
    thread_ = std::thread([this] {
      constexpr std::chrono::seconds longest{20};
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, longest, [this] { return over_; })) return;
      std::fputs("voxlake: functions: did not end in time\n", stderr);
      ::_exit(exit_interrupted);
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

Result<int> port_of(int port) {
  if (port >= 0) return port;
  const char* text = std::getenv(port_variable);
  if (text == nullptr || *text == '\0') {
    return failure(ErrorKind::invalid_argument, std::string(port_variable) + " is not set",
                   "the Functions host sets it; to try it here, name a port with --port");
  }
  const std::string_view digits(text);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error == std::errc() && end == digits.data() + digits.size() && port > 0 && port < 65536) return port;
  return failure(ErrorKind::invalid_argument, std::string(port_variable) + " is no port");
}

/// This process among all that work on the lake, for people who look for its log.
std::string instance_name() {
  char host[65] = "";
  ::gethostname(host, sizeof host - 1);
  return std::string(host) + "/" + std::to_string(::getpid()) + "/" + std::to_string(std::random_device()());
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

int command_functions_serve(const Invocation& invocation, int given_port) {
  const auto port = port_of(given_port);
  if (!port) return report_error(port.error());
  const auto written = settings_as_written(invocation);  // a mistake in them ends the program before it listens
  if (!written) return report_error(written.error());
  if (const Status curl = net::load_curl(); !curl) return report_error(curl.error());  // later it would be remembered, and every call fail
  const auto observer = make_observer(written->settings, invocation.quiet);
  FreshSettings settings(invocation);
  functions::OperationStore store([&]() -> Result<std::shared_ptr<lake::Storage>> {
    VOXLAKE_ASSIGN(const auto resolved, settings.get());
    return pipeline::open_lake(resolved.settings);
  });
  const auto perform = [&](const functions::Request& request, pipeline::Observer& watch,
                           const std::atomic<bool>& stop) -> Result<functions::Json> {
    VOXLAKE_ASSIGN(const auto resolved, settings.get());
    return functions::perform_request(resolved, request, watch, stop);
  };
  functions::WorkerOptions options;
  options.instance = instance_name();
  options.lease_ms = written->settings.functions_lease_seconds * 1000;
  options.retry_ms = options.lease_ms / 12;
  functions::Worker worker(store, perform, *observer, options, now_ms);
  const char* host_name = std::getenv("WEBSITE_HOSTNAME");
  const functions::Handler handler(
      {[&] { return settings.get(); }, &worker, functions::describe_lake, observer.get(), host_name == nullptr ? "" : host_name});
  Deadline deadline;
  const Status served = functions::serve(
      *port, [&](const functions::HttpRequest& request) { return handler.answer(request); },
      [&](int bound) {
        worker.start();
        observer->message(pipeline::Level::info, "functions: listening on 127.0.0.1:" + std::to_string(bound));
      },
      [&] {
        deadline.begin();
        observer->message(pipeline::Level::info, "functions: stopping; what is at hand is brought to an end");
        worker.stop();
      },
      stop_requested());
  worker.stop();
  if (!served) return report_error(served.error());
  observer->message(pipeline::Level::info, "functions: stopped");
  return exit_interrupted;
}

}  // namespace voxlake::cli
