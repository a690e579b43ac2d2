#include "cli/sql_shell.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <set>
#include <sstream>

#include "cli/line_editor.h"
#include "warehouse/statement_reader.h"

namespace voxlake::cli {
namespace {

constexpr const char* keywords[] = {"ALL",       "AND",  "AS",       "ASC",      "AVG",   "BETWEEN", "BY",        "CASE",   "CAST",
                                    "COUNT",     "DESC", "DESCRIBE", "DISTINCT", "ELSE",  "END",     "EXPLAIN",   "FROM",   "GROUP",
                                    "HAVING",    "IN",   "IS",       "JOIN",     "LEFT",  "LIKE",    "LIMIT",     "MAX",    "MIN",
                                    "NOT",       "NULL", "ON",       "OR",       "ORDER", "OVER",    "PARTITION", "SELECT", "SUM",
                                    "SUMMARIZE", "THEN", "UNION",    "USING",    "WHEN",  "WHERE",   "WITH"};

constexpr const char* help =
    "Type a query, over as many lines as it needs, and end it with ;\n"
    "  .tables               the views there are\n"
    "  .schema [VIEW]        the columns of a view, or of all\n"
    "  .format NAME          table, csv, json or jsonl\n"
    "  .param NAME=VALUE     the value of $NAME in queries; .param alone lists them\n"
    "  .cost QUERY           what Synapse's serverless pool would read for it, and ask\n"
    "  .help                 this\n"
    "  .quit                 end, as Ctrl-D does\n"
    "Tab completes names; the arrows and Ctrl-R bring back what was typed before; Ctrl-C breaks off.\n";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string history_file() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state != '\0') return std::string(state) + "/voxlake/sql_history";
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : std::string(home) + "/.local/state/voxlake/sql_history";
}

class Shell {
 public:
  Shell(std::shared_ptr<lake::Storage> storage, warehouse::SqlSession session, double rate_per_tb)
      : storage_(std::move(storage)), session_(std::move(session)), rate_per_tb_(rate_per_tb) {}

  Status run_terminal() {
    std::printf("%s\n%zu views; .help lists the commands, Ctrl-D ends.\n", storage_->address("").c_str(), session_.views().size());
    VOXLAKE_TRY(gather_words());
    LineEditor editor(history_file(), [this](const std::string& begun) { return words_after(begun); });
    std::string line;
    while (!ended_) {
      const auto outcome = editor.read(reader_.in_statement() ? "    ...> " : "voxlake> ", line);
      if (outcome == LineEditor::Outcome::end) break;
      if (outcome == LineEditor::Outcome::interrupted) {
        reader_.clear();
        continue;
      }
      if (!reader_.in_statement() && line.find_first_not_of(' ') == std::string::npos) continue;
      take(line, [&](const std::string& statement) {
        editor.remember(statement);
        const Status done = answer(statement);
        if (!done) std::fprintf(stderr, "%s\n", done.error().to_string().c_str());
        return true;
      });
    }
    std::fputc('\n', stdout);
    return {};
  }

  Status run_script() {
    Status failed;
    const auto run = [&](const std::string& statement) {
      failed = answer(statement);
      return failed.has_value();
    };
    std::string line;
    while (failed && !ended_ && std::getline(std::cin, line)) take(line, run);
    const std::string rest = reader_.take_rest();
    if (failed && !ended_ && !rest.empty()) run(rest);
    return failed;
  }

 private:
  /// Hands each statement or command that `line` completes to `run`, up to the first for which it says false.
  template <typename Run>
  void take(const std::string& line, const Run& run) {
    if (!reader_.in_statement() && line.starts_with('.')) {
      run(line);
      return;
    }
    reader_.add(line + "\n");
    while (auto statement = reader_.next()) {
      if (!run(*statement + ";")) return;
    }
  }

  Status answer(const std::string& statement) {
    return statement.starts_with('.') ? command(statement) : session_.run(statement, std::cout);
  }

  Status command(const std::string& line) {
    std::istringstream words(line);
    std::string name, rest;
    words >> name;
    while (name.ends_with(';')) name.pop_back();
    std::getline(words >> std::ws, rest);
    while (rest.ends_with(' ') || rest.ends_with(';')) rest.pop_back();
    if (name == ".tables") return list_views();
    if (name == ".schema") return describe(rest);
    if (name == ".format") return choose_format(rest);
    if (name == ".param") return set_parameter(rest);
    if (name == ".cost") return print_cost(storage_, rest, session_.options(), rate_per_tb_, /*json=*/false);
    if (name == ".help") {
      std::fputs(help, stdout);
      return {};
    }
    if (name == ".quit" || name == ".exit") {
      ended_ = true;
      return {};
    }
    return failure(ErrorKind::invalid_argument, "there is no command " + name, ".help lists those that there are");
  }

  Status list_views() {
    for (const auto& view : session_.views()) {
      const std::string of = view.table.empty() ? "" : " [" + view.table + ", version " + std::to_string(view.version) + "]";
      std::printf("%-28s %s%s\n", view.name.c_str(), view.comment.c_str(), of.c_str());
    }
    return {};
  }

  Status describe(const std::string& wanted) {
    bool found = wanted.empty();
    for (const auto& view : session_.views()) {
      if (!wanted.empty() && view.name != wanted) continue;
      found = true;
      VOXLAKE_ASSIGN(const auto columns, session_.columns_of(view.name));
      std::printf("%s\n", view.name.c_str());
      for (const auto& [name, type] : columns) std::printf("  %-28s %s\n", name.c_str(), type.c_str());
    }
    if (!found) return failure(ErrorKind::not_found, "there is no view " + wanted, ".tables lists those that there are");
    return {};
  }

  Status choose_format(const std::string& name) {
    VOXLAKE_ASSIGN(const auto format, warehouse::parse_sql_format(name));
    if (format == warehouse::SqlFormat::parquet) {
      return failure(ErrorKind::invalid_argument, "Parquet is not for a conversation",
                     "use `voxlake sql QUERY --format parquet --output FILE`");
    }
    session_.options().format = format;
    return {};
  }

  Status set_parameter(const std::string& text) {
    auto& parameters = session_.options().parameters;
    if (text.empty()) {
      for (const auto& [name, value] : parameters) std::printf("%s=%s\n", name.c_str(), value.c_str());
      return {};
    }
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return failure(ErrorKind::invalid_argument, "write .param NAME=VALUE");
    parameters[text.substr(0, equals)] = text.substr(equals + 1);
    return {};
  }

  Status gather_words() {
    for (const char* word : {".tables", ".schema", ".format", ".param", ".cost", ".help", ".quit"}) words_.insert(word);
    for (const auto& view : session_.views()) {
      words_.insert(view.name);
      VOXLAKE_ASSIGN(const auto columns, session_.columns_of(view.name));
      for (const auto& [name, type] : columns) words_.insert(name);
    }
    return {};
  }

  std::vector<std::string> words_after(const std::string& begun) const {
    std::vector<std::string> found;
    if (begun.empty()) return found;
    const std::string wanted = lower(begun);
    for (const std::string& word : words_) {
      if (lower(word).starts_with(wanted)) found.push_back(word);
    }
    const bool capitals = std::none_of(begun.begin(), begun.end(), [](unsigned char c) { return std::islower(c) != 0; });
    for (const char* keyword : keywords) {
      if (std::string(lower(keyword)).starts_with(wanted)) found.push_back(capitals ? keyword : lower(keyword));
    }
    return found;
  }

  std::shared_ptr<lake::Storage> storage_;
  warehouse::SqlSession session_;
  double rate_per_tb_;
  warehouse::StatementReader reader_;
  std::set<std::string> words_;
  bool ended_ = false;
};

}  // namespace

Status run_sql_shell(const std::shared_ptr<lake::Storage>& storage, const warehouse::SqlOptions& options, double rate_per_tb) {
  warehouse::SqlOptions with_stop = options;
  const bool terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  if (terminal) with_stop.stopped = take_interrupt;
  VOXLAKE_ASSIGN(auto session, warehouse::SqlSession::open(storage, with_stop));
  Shell shell(storage, std::move(session), rate_per_tb);
  return terminal ? shell.run_terminal() : shell.run_script();
}

}  // namespace voxlake::cli
