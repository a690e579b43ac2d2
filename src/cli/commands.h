#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "error/result.h"
#include "lake/as_of.h"
#include "pipeline/observer.h"

namespace voxlake::pipeline {
struct Context;
}

/// The commands of the program. Each returns the exit status; results go to stdout, all else to stderr.
namespace voxlake::cli {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_refused = 3;
inline constexpr int exit_interrupted = 130;

/// What every command was given on its command line.
struct Invocation {
  std::vector<std::string> words;  ///< of the command line
  std::optional<std::string> config_file;
  std::map<std::string, std::string> flags;  ///< setting's key to text
  bool dry_run = false;
  bool quiet = false;
  bool adopt = false;  ///< of `copy`: register what is in bronze, fetch nothing
};

/// The settings in force for an invocation, with what a Key Vault keeps read from it.
Result<config::Resolved> settings_for(const Invocation& invocation);
/// The same without asking any vault: `Resolved::references` says which settings one keeps.
Result<config::Resolved> settings_as_written(const Invocation& invocation);

/// The observer that the settings ask for: live or plain text, or JSON lines.
std::unique_ptr<pipeline::Observer> make_observer(const config::Settings& settings, bool quiet);

/// Where the user names no corpus, a command about a lake is about the corpus whose manifest the lake has, not about VoxForge.
Status take_corpus_of_lake(const config::Resolved& resolved, pipeline::Context& context);

/// Prints the error to stderr; the exit status that fits it.
int report_error(const Error& error);
/// The last word on what was printed: `status`, or, where it could not be written (a full disk), an error message and 1. A reader who has
/// left (`| head`) is no error.
int status_of_output(int status);

int command_run(const Invocation& invocation);
int command_stage(const Invocation& invocation, pipeline::Stage stage);
int command_explain(const Invocation& invocation, bool json);
/// Answers the Functions host until SIGTERM; `port` below 0: the one of FUNCTIONS_CUSTOMHANDLER_PORT.
int command_functions_serve(const Invocation& invocation, int port);
int command_status(const Invocation& invocation, bool json);
int command_doctor(const Invocation& invocation);
/// `service`: storage, vault or management.
int command_azure_whoami(const Invocation& invocation, const std::string& service, bool json);

/// Which versions of tables the user named: `--version 3`, `--version utterances=3`, `--as-of 2026-11-22T10:00`.
struct VersionArguments {
  std::vector<std::string> versions;
  std::string as_of;
};
/// invalid_argument where they make no sense or contradict each other; not_found for a table that is not there.
Result<lake::AsOf> as_of_arguments(lake::Storage& storage, const VersionArguments& arguments, const std::string& default_set);

struct SqlArguments {
  std::string text;  ///< empty: a conversation
  VersionArguments version;
  std::vector<std::string> parameters;  ///< NAME=VALUE
  bool cost = false;                    ///< only tell what the query would read, and its price
  double rate_per_tb = 5;
  std::string format = "table";
  std::string output;  ///< a file; stdout where empty
};
int command_sql(const Invocation& invocation, const SqlArguments& arguments);

struct PublishArguments {
  std::string to;                   ///< duckdb, postgres or synapse; empty: the lake's own warehouse
  std::vector<std::string> tables;  ///< all where empty
  std::string output;               ///< duckdb: the file; synapse: the script, stdout where empty
  std::string schema = "voxlake";   ///< postgres: the schema; synapse: the database
  std::string location;             ///< synapse: https://ACCOUNT.dfs.core.windows.net
};
int command_publish_to(const Invocation& invocation, const PublishArguments& arguments);

struct TableArguments {
  std::string table;  ///< all where empty
  VersionArguments version;
  int64_t limit = 20;          ///< history: commits shown; 0 for all
  int64_t target_mb = 0;       ///< optimize; 0: the setting
  double retention_days = -1;  ///< vacuum; below 0: the table's own, or the setting
  bool force = false;          ///< vacuum: even a retention that is shorter than the table asks for; drop: without it nothing is done
  bool dry_run = false;
  bool json = false;
};
int command_table_show(const Invocation& invocation, const TableArguments& arguments);
int command_table_history(const Invocation& invocation, const TableArguments& arguments);
int command_table_optimize(const Invocation& invocation, const TableArguments& arguments);
int command_table_vacuum(const Invocation& invocation, const TableArguments& arguments);
int command_table_drop(const Invocation& invocation, const TableArguments& arguments);

/// Writes what every column of the set in force holds: name, formula, unit, range, source.
int command_describe_columns(const Invocation& invocation, const std::string& format, const std::string& output);

struct DescribeArguments {
  std::vector<std::string> files;
  std::string format = "csv";
  std::string output;    ///< a file; stdout where empty
  bool columns = false;  ///< no files: the columns of the set
};
int command_describe(const Invocation& invocation, const DescribeArguments& arguments);

int command_reference(const std::string& folder);

/// Writes what `voxlake adf deploy` would put into the factory as template.json (ARM) and git/ (Git mode).
int command_adf_export(const Invocation& invocation, const std::string& folder);
/// How the factory differs from what it should hold.
int command_adf_plan(const Invocation& invocation);
int command_adf_deploy(const Invocation& invocation);
/// Starts the pipeline and, where it `waits`, follows it to its end. Exit status 3: all is done but some archives could not be copied; 130:
/// the run was cancelled, or the user stopped waiting (the run goes on).
int command_adf_run(const Invocation& invocation, bool waits);
/// Of one run, or, where `run` is empty, of the pipeline's last runs.
int command_adf_status(const Invocation& invocation, const std::string& run);
int command_adf_cancel(const Invocation& invocation, const std::string& run);

}  // namespace voxlake::cli
