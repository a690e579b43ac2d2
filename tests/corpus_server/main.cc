// Publishes a corpus on 127.0.0.1 as VoxForge is published, of any size, made as it is asked for: for tests and measurements of copying
// at the scale of the real corpus. The first line on standard output is the address; after SIGTERM comes one of JSON with what was asked.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "archive_maker.h"
#include "http_server.h"
#include "names.h"
#include "site.h"

namespace {

constexpr const char* usage = R"(usage: corpus_server [--names FILE | --count N] [options]

  --names FILE    publish these archives, a file name a line
  --count N       publish N archives with made-up names (6244, as VoxForge, where neither is given)
  --first N       publish only the first N of them
  --bytes N       of audio in an archive, on average (200000)
  --level N       of gzip (0: stored)
  --voices FOLDER cut clips from the 16 kHz wav files in it, in place of made-up voices
  --missing NAME  list this archive too, and answer 404 when it is asked for
  --large BYTES   publish large-20080101-big.tgz too, with so much audio in it
  --cache BYTES   keep so much of what was made (1000000000)
  --write FOLDER  write the archives and the index page there, and end
  --port N        0: any free one

The same name and options give the same archive, byte by byte.
)";

// A signal handler can only reach what is global.
std::atomic<bool> stop{false};

void on_signal(int) {
  stop = true;
}

int complain(const std::string& what) {
  std::fprintf(stderr, "corpus_server: %s\n%s", what.c_str(), usage);
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  std::map<std::string, std::string> given = {{"--count", "6244"}, {"--first", "0"},          {"--bytes", "200000"}, {"--level", "0"},
                                              {"--large", "0"},    {"--cache", "1000000000"}, {"--port", "0"},       {"--names", ""},
                                              {"--voices", ""},    {"--write", ""},           {"--missing", ""}};
  for (int i = 1; i < count; i += 2) {
    const auto found = given.find(arguments[i]);
    if (found == given.end() || i + 1 == count) return complain(std::string("what is ") + arguments[i]);
    found->second = arguments[i + 1];
  }
  const auto number = [&](const char* name) { return std::strtoll(given[name].c_str(), nullptr, 10); };
  std::vector<std::string> names = given["--names"].empty() ? corpus_server::made_up_names(static_cast<size_t>(number("--count")))
                                                            : corpus_server::read_names(given["--names"]);
  if (names.empty()) return complain("no names in " + given["--names"]);
  if (number("--first") > 0 && static_cast<size_t>(number("--first")) < names.size()) names.resize(static_cast<size_t>(number("--first")));

  const corpus_server::ArchiveMaker maker({number("--bytes"), static_cast<int>(number("--level")), given["--voices"]});
  corpus_server::Site site(std::move(names), maker, number("--cache"));
  if (!given["--missing"].empty()) site.list_missing(given["--missing"]);
  if (!given["--write"].empty()) return site.write_all(given["--write"]) ? 0 : complain("cannot write to " + given["--write"]);
  if (number("--large") > 0 && !site.add_large("large-20080101-big.tgz", number("--large"))) return complain("no room for --large");

  corpus_server::HttpServer server(site);
  const uint16_t port = server.listen(static_cast<uint16_t>(number("--port")));
  if (port == 0) return complain("cannot listen on port " + given["--port"]);
  std::signal(SIGPIPE, SIG_IGN);  // sendfile to a client that has gone
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  std::printf("http://127.0.0.1:%u/\n", static_cast<unsigned>(port));
  std::fflush(stdout);
  server.run(stop);
  const corpus_server::Statistics& asked = server.statistics();
  std::printf("{\"requests\": %lld, \"connections\": %lld, \"most_connections\": %lld, \"bytes\": %lld}\n",
              static_cast<long long>(asked.requests), static_cast<long long>(asked.connections),
              static_cast<long long>(asked.most_connections), static_cast<long long>(asked.bytes));
  return 0;
}
