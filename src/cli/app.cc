#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/hygiene.h"
#include "cli/interrupt.h"
#include "cli/version.h"

namespace voxlake::cli {
namespace {

constexpr const char* closing_words = R"(
A first run:
  voxlake run --corpus http://127.0.0.1:8000/ --lake lake    from a web page of archives to a lake, with a report
  voxlake sql "SELECT gender, split, count(*) FROM features GROUP BY ALL"
  voxlake features recording.wav                             describe a file, no lake needed

Every setting of `voxlake explain` is also a flag (copy.connections: --copy-connections), a variable
(VOXLAKE_COPY_CONNECTIONS) and a key of voxlake.toml.

Exit status: 0 done; 1 failed; 2 wrong usage; 3 done, but some input was refused (see silver/rejects); 130 interrupted,
and the same command goes on where it stopped.)";

/// What a setting may be called on a command line.
std::vector<std::string> flags_of(const config::Setting& setting) {
  if (setting.key == "features.set") return {"--set", "--features", setting.flag()};
  if (setting.key == "copy.limit_rate_mb") return {"--limit-rate", setting.flag()};
  return {setting.flag()};
}

/// A word of a command line without its value: `--threads` of `--threads=2`.
std::string without_value(const std::string& word) {
  return word.substr(0, word.find('='));
}

/// Adds the settings to a command: the ones named in `shown` with their help, the others without being listed. A command that nobody
/// typed does without, and so does any command without a setting that nobody sees or typed: some ninety flags for each of thirty commands
/// would take twice as long as all else that starting takes.
void add_settings(CLI::App& command, Invocation& invocation, const std::vector<std::string>& shown) {
  const auto& words = invocation.words;
  if (std::find(words.begin(), words.end(), command.get_name()) == words.end()) return;
  const auto is_typed = [&](const std::string& flag) {
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) { return without_value(word) == flag; });
  };
  for (const auto& setting : config::all_settings()) {
    const std::vector<std::string> flags = flags_of(setting);
    const bool is_shown = std::find(shown.begin(), shown.end(), setting.key) != shown.end();
    if (!is_shown && std::none_of(flags.begin(), flags.end(), is_typed)) continue;
    auto* option = command.add_option_function<std::string>(
        CLI::detail::join(flags), [&invocation, key = setting.key](const std::string& text) { invocation.flags[key] = text; },
        setting.help);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // so that a script's flags can be overridden behind them
    option->group(is_shown ? "Options" : "")->type_name("VALUE");
  }
  command.add_option("--config", invocation.config_file, "a voxlake.toml; ./voxlake.toml is read where it is")->type_name("FILE");
  command.add_flag("-q,--quiet", invocation.quiet, "only warnings and errors on stderr");
}

const std::vector<std::string> run_settings = {"corpus", "name", "lake", "features.set", "until", "limit", "threads", "log"};
const std::vector<std::string> stage_settings = {"corpus", "name", "lake", "features.set", "threads", "log"};
const std::vector<std::string> functions_settings = {"corpus", "name", "lake", "features.set", "functions.corpora", "threads", "log"};
const std::vector<std::string> adf_settings = {"corpus",      "name",       "lake", "adf.subscription", "adf.resource_group",
                                               "adf.factory", "adf.storage"};
const std::vector<std::string> lake_settings = {"lake", "name", "corpus", "features.set"};

void add_run(CLI::App& app, Invocation& invocation, int& status) {
  auto* run = app.add_subcommand("run", "take a corpus to an ML-ready lake: every stage that has something to do");
  add_settings(*run, invocation, run_settings);
  run->add_flag("--dry-run", invocation.dry_run, "print what would be done, and do nothing");
  run->callback([&] { status = command_run(invocation); });
}

void add_publish_options(CLI::App& command, PublishArguments& publish) {
  command.add_option("--to", publish.to, "load tables elsewhere: duckdb (a file), postgres (named by PGHOST and its kin), synapse (T-SQL)")
      ->check(CLI::IsMember({"duckdb", "postgres", "synapse"}));
  command.add_option("--tables", publish.tables, "only these, parted by commas (with --to)")->delimiter(',')->type_name("TABLE,…");
  command.add_option("-o,--output", publish.output, "the DuckDB file, or where the T-SQL goes instead of stdout")->type_name("FILE");
  command.add_option("--schema", publish.schema, "PostgreSQL's schema, or Synapse's database")->type_name("NAME");
  command.add_option("--location", publish.location, "where Synapse finds the lake: https://ACCOUNT.dfs.core.windows.net")
      ->type_name("URL");
}

void add_stages(CLI::App& app, Invocation& invocation, DescribeArguments& describe, PublishArguments& publish, int& status) {
  struct Entry {
    pipeline::Stage stage;
    const char* help;
  };
  const Entry entries[] = {
      {pipeline::Stage::discover, "read the corpus's index page and write the manifest"},
      {pipeline::Stage::copy, "bring the manifest's archives into bronze"},
      {pipeline::Stage::decode, "decode and label bronze's archives into silver"},
      {pipeline::Stage::features, "describe silver's clips in gold, or the FILES given"},
      {pipeline::Stage::dataset, "deal speakers to train, validation and test, and make the training table"},
      {pipeline::Stage::publish, "register the tables in the warehouse"},
      {pipeline::Stage::report, "write the page that shows what each stage did"},
  };
  for (const Entry& entry : entries) {
    auto* command = app.add_subcommand(std::string(pipeline::to_string(entry.stage)), entry.help);
    add_settings(*command, invocation, stage_settings);
    if (entry.stage == pipeline::Stage::copy) {
      command->add_flag("--adopt", invocation.adopt, "fetch nothing: register the archives that are in bronze/NAME/ already");
    }
    if (entry.stage == pipeline::Stage::features) {
      command->add_option("FILES", describe.files,
                          "audio files, archives (.tgz, .tar, .zip) and folders of them to describe; no lake is needed or touched");
      command->add_option("--format", describe.format, "csv, json or parquet (with FILES)")
          ->check(CLI::IsMember({"csv", "json", "parquet"}));
      command->add_option("-o,--output", describe.output, "write there instead of stdout (with FILES)")->type_name("FILE");
      command->add_flag("--describe", describe.columns, "say what each column of the set holds, and do nothing else (csv or json)");
    }
    if (entry.stage == pipeline::Stage::publish) add_publish_options(*command, publish);
    command->callback([&, stage = entry.stage] {
      if (stage == pipeline::Stage::publish && !publish.to.empty()) {
        status = command_publish_to(invocation, publish);
        return;
      }
      if (stage == pipeline::Stage::features && describe.columns) {
        status = command_describe_columns(invocation, describe.format, describe.output);
        return;
      }
      const bool direct = stage == pipeline::Stage::features && !describe.files.empty();
      status = direct ? command_describe(invocation, describe) : command_stage(invocation, stage);
    });
  }
}

void add_versions(CLI::App& command, VersionArguments& version) {
  command.add_option("--version", version.versions, "the table at version N; TABLE=N for one of several")
      ->type_name("[TABLE=]N")
      ->allow_extra_args(false);
  command.add_option("--as-of", version.as_of, "the tables as they were then: 2026-11-22T10:00 (UTC, or with +01:00)")->type_name("TIME");
}

void add_tables(CLI::App& app, Invocation& invocation, TableArguments& arguments, int& status) {
  auto* tables = app.add_subcommand("table", "look at the lake's tables and keep them in order");
  tables->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*command)(const Invocation&, const TableArguments&)) {
    auto* each = tables->add_subcommand(name, help);
    add_settings(*each, invocation, lake_settings);
    const bool one = command == command_table_drop;
    each->add_option("TABLE", arguments.table,
                     one ? "gold/features/old" : "silver/utterances, or just utterances; all tables where none is named")
        ->required(one);
    each->add_flag("--json", arguments.json, "for machines");
    each->callback([&invocation, &arguments, &status, command] { status = command(invocation, arguments); });
    return each;
  };
  add_versions(*add("show", "version, rows, files and columns of a table, or a line for each", command_table_show), arguments.version);
  add("history", "the commits of a table, newest first", command_table_history)
      ->add_option("-n,--commits", arguments.limit, "so many commits; 0 for all")
      ->check(CLI::NonNegativeNumber);
  auto* optimize = add("optimize", "join small data files into larger ones", command_table_optimize);
  optimize->add_option("--target-mb", arguments.target_mb, "join up to this size (MiB); the setting tables.joined_file_mb otherwise")
      ->check(CLI::Range(1, 4096));
  auto* vacuum = add("vacuum", "remove data files that no version within the retention has", command_table_vacuum);
  vacuum->add_option("--retention-days", arguments.retention_days, "keep what the versions of so many days need")
      ->check(CLI::NonNegativeNumber);
  vacuum->add_flag("--force", arguments.force, "allow a shorter retention than the table's own");
  auto* drop = add("drop", "remove a table with all its versions", command_table_drop);
  drop->add_flag("--force", arguments.force, "do it");
  for (auto* each : {optimize, vacuum, drop}) each->add_flag("--dry-run", arguments.dry_run, "print what would be done, and do nothing");
}

void add_questions(CLI::App& app, Invocation& invocation, SqlArguments& sql, bool& json, std::string& folder, int& status) {
  auto* query = app.add_subcommand("sql", "ask the lake: views archives, utterances, rejects, speakers, features, dataset");
  add_settings(*query, invocation, lake_settings);
  query->add_option("QUERY", sql.text, "an SQL statement (DuckDB's dialect); without one a conversation begins");
  query->add_option("--param", sql.parameters, "the value of $NAME in the query; may be given again")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  query->add_flag("--cost", sql.cost, "only tell what Synapse's serverless pool would read for it, and ask");
  query->add_option("--rate-per-tb", sql.rate_per_tb, "its price, USD for 10^12 bytes")->check(CLI::NonNegativeNumber);
  query->add_option("--format", sql.format, "table, csv, json, jsonl or parquet")
      ->check(CLI::IsMember({"table", "csv", "json", "jsonl", "parquet"}));
  query->add_option("-o,--output", sql.output, "write there instead of stdout")->type_name("FILE");
  add_versions(*query, sql.version);
  query->callback([&] { status = command_sql(invocation, sql); });

  auto* status_command = app.add_subcommand("status", "what the lake holds, and what is left to do");
  add_settings(*status_command, invocation, lake_settings);
  status_command->add_flag("--json", json, "for machines");
  status_command->callback([&] { status = command_status(invocation, json); });

  auto* explain = app.add_subcommand("explain", "every setting in force, and where it came from");
  add_settings(*explain, invocation, run_settings);
  explain->add_flag("--json", json, "for machines");
  explain->callback([&] { status = command_explain(invocation, json); });

  auto* doctor = app.add_subcommand("doctor", "check that this machine and the lake are ready");
  add_settings(*doctor, invocation, lake_settings);
  doctor->callback([&] { status = command_doctor(invocation); });

  auto* reference = app.add_subcommand("reference", "write the reference pages of docs/reference");
  reference->group("");
  reference->add_option("--output", folder, "the folder")->required();
  reference->callback([&] { status = command_reference(folder); });
}

void add_functions(CLI::App& app, Invocation& invocation, int& port, int& status) {
  auto* functions = app.add_subcommand("functions", "Azure Functions: the steps that can be called over HTTP");
  functions->require_subcommand(1);
  auto* serve = functions->add_subcommand("serve", "be the custom handler of a function app, on 127.0.0.1");
  add_settings(*serve, invocation, functions_settings);
  serve->add_option("--port", port, "listen there instead of on FUNCTIONS_CUSTOMHANDLER_PORT; 0 for any that is free")
      ->check(CLI::Range(0, 65535));
  serve->callback([&] { status = command_functions_serve(invocation, port); });
}

struct AdfArguments {
  std::string folder;
  std::string run;
  bool no_wait = false;
};

void add_adf(CLI::App& app, Invocation& invocation, AdfArguments& arguments, int& status) {
  auto* adf = app.add_subcommand("adf", "Azure Data Factory: the pipeline that brings archives into bronze");
  adf->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    auto* command = adf->add_subcommand(name, help);
    add_settings(*command, invocation, adf_settings);
    return command;
  };
  add("plan", "what `deploy` would change in the factory")->callback([&] { status = command_adf_plan(invocation); });
  add("deploy", "put the pipeline into the factory, or bring it up to date")->callback([&] { status = command_adf_deploy(invocation); });
  auto* run = add("run", "run the pipeline and follow it to its end");
  run->add_flag("--no-wait", arguments.no_wait, "print the run's id and leave");
  run->callback([&] { status = command_adf_run(invocation, !arguments.no_wait); });
  auto* state = add("status", "how a run goes on, or the last runs");
  state->add_option("RUN", arguments.run, "a run's id");
  state->callback([&] { status = command_adf_status(invocation, arguments.run); });
  auto* cancel = add("cancel", "cancel a run");
  cancel->add_option("RUN", arguments.run, "a run's id")->required();
  cancel->callback([&] { status = command_adf_cancel(invocation, arguments.run); });
  auto* write = add("export", "write what `deploy` would put there as ARM template and as a Git-mode folder");
  write->add_option("-o,--output", arguments.folder, "the folder to write to")->required()->type_name("FOLDER");
  write->callback([&] { status = command_adf_export(invocation, arguments.folder); });
}

void add_azure(CLI::App& app, Invocation& invocation, std::string& service, bool& json, int& status) {
  auto* azure = app.add_subcommand("azure", "what has to do with Azure");
  azure->require_subcommand(1);
  auto* whoami = azure->add_subcommand("whoami", "which credential is used, for whom, and why not the others");
  add_settings(*whoami, invocation, {"azure.credential", "azure.cloud", "azure.tenant_id", "azure.client_id"});
  whoami->add_option("--for", service, "the service: storage, vault or management")
      ->check(CLI::IsMember({"storage", "vault", "management"}));
  whoami->add_flag("--json", json, "for machines");
  whoami->callback([&] { status = command_azure_whoami(invocation, service, json); });
}

/// Says which word was not understood, and the known one that is nearest to it.
int report_unknown(const CLI::App& app, int argc, char** argv, const std::string& otherwise) {
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands({})) known.push_back(command->get_name());
  for (const auto& setting : config::all_settings()) {
    for (const auto& flag : flags_of(setting)) known.push_back(flag);
  }
  for (const auto* command : app.get_subcommands()) {
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) known.push_back("--" + name);
    }
  }
  for (int i = 1; i < argc; ++i) {
    const std::string word = without_value(argv[i]);
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const bool names_something = word.rfind("--", 0) == 0 || i == 1;
    const std::string near = names_something ? config::nearest(word, known) : "";
    if (near.empty()) continue;
    std::fprintf(stderr, "voxlake: unknown %s `%s`; did you mean `%s`?\n", i == 1 ? "command" : "flag", word.c_str(), near.c_str());
    return exit_usage;
  }
  std::fprintf(stderr, "voxlake: %s; `voxlake --help` lists what there is\n", otherwise.c_str());
  return exit_usage;
}

}  // namespace

int run_app(int argc, char** argv) {
  use_safe_modes();
  end_well_without_memory();
  listen_to_signals();
  std::vector<std::string> words = take_arguments(argc, argv);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  argv = pointers.data();
  CLI::App app{"Voxlake turns a speech corpus on the web into an ML-ready lakehouse.", "voxlake"};
  app.set_version_flag("--version", std::string("voxlake ") + version);
  app.footer(closing_words);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  Invocation invocation;
  invocation.words = words;
  SqlArguments sql;
  TableArguments table;
  PublishArguments publish;
  DescribeArguments describe;
  bool json = false;
  std::string folder;
  AdfArguments adf;
  std::string service = "storage";
  int port = -1;
  int status = exit_done;
  add_run(app, invocation, status);
  add_stages(app, invocation, describe, publish, status);
  add_questions(app, invocation, sql, json, folder, status);
  add_tables(app, invocation, table, status);
  add_adf(app, invocation, adf, status);
  add_azure(app, invocation, service, json, status);
  add_functions(app, invocation, port, status);

  try {  // CLI11 reports by exceptions: they end here
    app.parse(argc, argv);
  } catch (const CLI::ExtrasError& error) {
    return report_unknown(app, argc, argv, error.what());
  } catch (const CLI::RequiredError& error) {
    if (!app.get_subcommands().empty()) return app.exit(error) == 0 ? exit_done : exit_usage;
    if (argc > 1) return report_unknown(app, argc, argv, error.what());
    std::fputs(app.help().c_str(), stderr);
    return exit_usage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_done : exit_usage;
  }
  return status;
}

}  // namespace voxlake::cli
