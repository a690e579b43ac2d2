#include "config/settings.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <sstream>

#include "config/setting_lists.h"

namespace voxlake::config {
namespace {

std::vector<Setting> make_settings() {
  constexpr double huge = 1e15;
  return {
      {"corpus", "URL of an index page, a folder of archives, or a manifest (.json)", field_of<&Settings::corpus>, 0, 0, {}},
      {"name",
       "name of the corpus in the tables and under bronze/; derived from the corpus when empty",
       field_of<&Settings::name>,
       0,
       0,
       {}},
      {"lake",
       "where the lake is: a folder, abfss://ACCOUNT.dfs.core.windows.net or abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER",
       field_of<&Settings::lake>,
       0,
       0,
       {}},
      {"limit", "only the first N archives of the manifest; 0 for all", field_of<&Settings::limit>, 0, huge, {}},
      {"threads", "processor threads; 0 for one a core", field_of<&Settings::threads>, 0, 1024, {}},
      {"memory_mb",
       "what archives and rows in flight may take together, whatever the number of threads (MiB); the program itself takes some 100 more",
       field_of<&Settings::memory_mb>,
       32,
       1e6,
       {}},
      {"scratch",
       "folder for clips that are too long for memory, and for what `memory_mb` has no room for; empty for $TMPDIR, else /var/tmp",
       field_of<&Settings::scratch>,
       0,
       0,
       {}},
      {"until",
       "the last stage that `voxlake run` runs",
       field_of<&Settings::until>,
       0,
       0,
       {"discover", "copy", "decode", "features", "dataset", "publish", "report"}},
      {"log", "how progress and messages are written to stderr", field_of<&Settings::log>, 0, 0, {"text", "json"}},

      {"features.set", "name of the feature set", field_of<&Settings::features_set>, 0, 0, {}},
      {"features.windows",
       "how a clip is cut: sliding, session (speech up to a silence) or whole",
       field_of<&Settings::windows>,
       0,
       0,
       {"sliding", "session", "whole"}},
      {"features.window_seconds",
       "length of a window in seconds; for sessions the longest",
       field_of<&Settings::window_seconds>,
       0.1,
       3600,
       {}},
      {"features.hop_seconds", "seconds from one window's start to the next", field_of<&Settings::hop_seconds>, 0.01, 3600, {}},
      {"features.gap_seconds", "seconds of silence that end a session", field_of<&Settings::gap_seconds>, 0.01, 3600, {}},

      {"decode.trim_top_db",
       "what is this many dB under the clip's maximum is trimmed at both ends",
       field_of<&Settings::trim_top_db>,
       1,
       200,
       {}},
      {"decode.max_clip_seconds", "longer clips are refused", field_of<&Settings::max_clip_seconds>, 1, 1e6, {}},
      {"decode.max_archive_members",
       "an archive with more members is refused from there on",
       field_of<&Settings::max_archive_members>,
       1,
       huge,
       {}},
      {"decode.max_member_mb", "a larger member of an archive is refused (MiB)", field_of<&Settings::max_member_mb>, 1, 1e6, {}},
      {"decode.max_archive_mb",
       "an archive that unpacks to more is refused from there on (MiB)",
       field_of<&Settings::max_archive_mb>,
       1,
       1e9,
       {}},
      {"decode.max_archive_ratio",
       "an archive that unpacks to more than this many times its size is refused",
       field_of<&Settings::max_archive_ratio>,
       1,
       1e6,
       {}},

      {"copy.connections", "transfers at once to one host", field_of<&Settings::connections>, 1, 64, {}},
      {"copy.attempts", "tries of one transfer, the first included", field_of<&Settings::attempts>, 1, 100, {}},
      {"copy.connect_timeout_seconds", "seconds to wait for a connection", field_of<&Settings::connect_timeout_seconds>, 0.1, 3600, {}},
      {"copy.stall_timeout_seconds",
       "seconds without a byte after which a transfer is tried again",
       field_of<&Settings::stall_timeout_seconds>,
       0.1,
       3600,
       {}},
      {"copy.user_agent", "how Voxlake names itself to servers", field_of<&Settings::user_agent>, 0, 0, {}},
      {"copy.ca_file", "PEM file of certificate authorities; the system's when empty", field_of<&Settings::ca_file>, 0, 0, {}},
      {"copy.transfer_timeout_seconds",
       "seconds that one try of a transfer may take; 0 for no bound",
       field_of<&Settings::transfer_timeout_seconds>,
       0,
       1e6,
       {}},
      {"copy.longest_retry_after_seconds",
       "a server that asks by Retry-After for more is given up on",
       field_of<&Settings::longest_retry_after_seconds>,
       0,
       1e6,
       {}},
      {"copy.redirects", "redirects that are followed, one after another", field_of<&Settings::redirects>, 0, 50, {}},
      {"copy.limit_rate_mb",
       "megabytes (of 10^6 bytes) a second, all transfers together; 0 for no limit",
       field_of<&Settings::limit_rate_mb>,
       0,
       1e6,
       {}},
      {"copy.adapt",
       "whether fewer transfers run while a host answers 429 or 503; no: always copy.connections",
       field_of<&Settings::adapt>,
       0,
       0,
       {"yes", "no"}},
      {"copy.mirror",
       "a second base URL (https://HOST/), asked for the same path where the corpus's own address fails; none when empty",
       field_of<&Settings::mirror>,
       0,
       0,
       {}},
      {"copy.private_addresses",
       "whether pages and redirects of the public web may lead to private addresses",
       field_of<&Settings::private_addresses>,
       0,
       0,
       {"yes", "no"}},
      {"copy.keep_replaced",
       "whether the old version of an archive that changed stays, under bronze/CORPUS/replaced/",
       field_of<&Settings::keep_replaced>,
       0,
       0,
       {"yes", "no"}},
      {"copy.server_side",
       "whether Azure storage itself fetches new archives that are public (Put Block From URL), so that no byte passes through this "
       "machine",
       field_of<&Settings::server_side>,
       0,
       0,
       {"yes", "no"}},

      {"split.train", "share of the clips, within each gender, for training", field_of<&Settings::train_share>, 0, 1, {}},
      {"split.validation", "share for validation", field_of<&Settings::validation_share>, 0, 1, {}},
      {"split.test", "share for the test", field_of<&Settings::test_share>, 0, 1, {}},

      {"dataset.balance",
       "smote makes rows of the rarer gender in the training part; none leaves it as it is",
       field_of<&Settings::balance>,
       0,
       0,
       {"smote", "none"}},
      {"dataset.select", "keep the K columns with the highest ANOVA F over gender; 0 for all", field_of<&Settings::select>, 0, 1e6, {}},
      {"dataset.seed", "number that fixes the random choices of balancing", field_of<&Settings::seed>, 0, huge, {}},

      {"tables.file_mb", "a new data file begins past this (MiB, before compression)", field_of<&Settings::file_mb>, 1, 4096, {}},
      {"tables.row_group_mb", "rows held in memory before they are written (MiB)", field_of<&Settings::row_group_mb>, 1, 1024, {}},
      {"tables.joined_file_mb",
       "size up to which `table optimize` joins small files (MiB, as stored)",
       field_of<&Settings::joined_file_mb>,
       1,
       4096,
       {}},
      {"tables.file_retention_days",
       "how long `table vacuum` keeps files of earlier versions, where the table does not say",
       field_of<&Settings::file_retention_days>,
       0,
       100'000,
       {}},
      {"tables.log_retention_days",
       "how long a table's log keeps earlier versions, where the table does not say",
       field_of<&Settings::log_retention_days>,
       0,
       100'000,
       {}},
      {"tables.flush",
       "whether what is written into a lake in a folder is on the disk before a command goes on; no: a power cut may damage the lake",
       field_of<&Settings::flush>,
       0,
       0,
       {"yes", "no"}},
  };
}

std::string trimmed_number(double value) {
  std::ostringstream text;
  text.precision(15);
  text << value;
  return text.str();
}

template <typename Number>
bool parse_number(const std::string& text, Number& number) {
  const char* end = text.data() + text.size();
  auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end;
}

std::string origin_text(const Origin& origin) {
  return origin.where.empty() ? origin.source : origin.where;
}

size_t edits(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

Status check_range(const Setting& setting, double number, const Origin& origin) {
  if (std::isfinite(number) && number >= setting.least && number <= setting.most) return {};
  return failure(ErrorKind::invalid_argument,
                 setting.key + " is " + trimmed_number(number) + " (from " + origin_text(origin) + ") but must be from " +
                     trimmed_number(setting.least) + " to " + trimmed_number(setting.most),
                 "change it there; `voxlake explain` lists every setting");
}

}  // namespace

std::string Setting::environment() const {
  std::string name = "VOXLAKE_";
  for (char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string Setting::flag() const {
  std::string name = "--" + key;
  std::replace(name.begin(), name.end(), '.', '-');
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

bool is_reference(std::string_view text) {
  return text.starts_with(reference_scheme);
}

const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> settings = [] {
    auto all = make_settings();
    add_azure_settings(all);
    add_factory_settings(all);
    return all;
  }();
  return settings;
}

std::string value_text(const Setting& setting, const Settings& settings) {
  Settings copy = settings;
  const Value value = setting.field(copy);
  if (const auto* text = std::get_if<std::string*>(&value))
    return setting.secret && !(*text)->empty() && !is_reference(**text) ? "***" : **text;
  if (const auto* number = std::get_if<int64_t*>(&value)) return std::to_string(**number);
  return trimmed_number(*std::get<double*>(value));
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  std::string best;
  size_t fewest = std::max<size_t>(2, word.size() / 2) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = edits(word, candidate);
    if (distance < fewest) {
      fewest = distance;
      best = candidate;
    }
  }
  return best;
}

Status assign(const Setting& setting, const std::string& text, const Origin& origin, Settings& settings) {
  const Value value = setting.field(settings);
  const std::string where = " (from " + origin_text(origin) + ")";
  if (auto* const* target = std::get_if<std::string*>(&value)) {
    if (!setting.choices.empty() && std::find(setting.choices.begin(), setting.choices.end(), text) == setting.choices.end()) {
      std::string list;
      for (const auto& choice : setting.choices) list += (list.empty() ? "" : ", ") + choice;
      return failure(ErrorKind::invalid_argument, setting.key + " is `" + text + "`" + where + " but must be one of " + list);
    }
    **target = text;
    return {};
  }
  if (auto* const* target = std::get_if<int64_t*>(&value)) {
    int64_t number = 0;
    if (!parse_number(text, number))
      return failure(ErrorKind::invalid_argument, setting.key + " is `" + text + "`" + where + " but must be a whole number");
    VOXLAKE_TRY(check_range(setting, static_cast<double>(number), origin));
    **target = number;
    return {};
  }
  double number = 0;
  if (!parse_number(text, number))
    return failure(ErrorKind::invalid_argument, setting.key + " is `" + text + "`" + where + " but must be a number");
  VOXLAKE_TRY(check_range(setting, number, origin));
  *std::get<double*>(value) = number;
  return {};
}

}  // namespace voxlake::config
