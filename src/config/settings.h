#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/own_set.h"
#include "error/result.h"

/// What the user may choose: one list of settings that the file, the environment, the flags, `voxlake explain` and the reference share.
namespace voxlake::config {

inline constexpr const char* voxforge_url = "http://www.repository.voxforge1.org/downloads/SpeechCorpus/Trunk/Audio/Main/16kHz_16bit/";

/// All settings with their defaults. A plain value.
struct Settings {
  std::string corpus = voxforge_url;
  std::string name;  ///< empty: derived from `corpus`
  std::string lake = "lake";
  int64_t limit = 0;    ///< 0: all
  int64_t threads = 0;  ///< 0: one a core
  int64_t memory_mb = 128;
  std::string scratch;  ///< empty: $TMPDIR, else /var/tmp
  std::string until = "report";
  std::string log = "text";

  std::string features_set = "spectral";
  std::string windows = "sliding";
  double window_seconds = 3.0;
  double hop_seconds = 1.0;
  double gap_seconds = 0.3;
  std::vector<OwnSet> own_sets;  ///< of the file's [features.sets.NAME]; no setting, as it has neither flag nor variable

  double trim_top_db = 20.0;
  double max_clip_seconds = 7200.0;
  int64_t max_archive_members = 100'000;
  int64_t max_member_mb = 2048;
  int64_t max_archive_mb = 16'384;
  double max_archive_ratio = 200.0;

  int64_t connections = 8;
  int64_t attempts = 5;
  double connect_timeout_seconds = 20.0;
  double stall_timeout_seconds = 30.0;
  std::string user_agent = "voxlake/0.1";
  std::string ca_file;
  double transfer_timeout_seconds = 0;  ///< 0: none
  double longest_retry_after_seconds = 600;
  int64_t redirects = 5;
  double limit_rate_mb = 0;  ///< 0: no limit
  std::string adapt = "yes";
  std::string mirror;
  std::string private_addresses = "no";
  std::string keep_replaced = "yes";
  std::string server_side = "no";

  double train_share = 0.70;
  double validation_share = 0.15;
  double test_share = 0.15;

  std::string balance = "smote";
  int64_t select = 0;  ///< 0: all
  int64_t seed = 20080101;

  int64_t file_mb = 64;
  int64_t row_group_mb = 16;
  int64_t joined_file_mb = 128;
  int64_t file_retention_days = 7;
  int64_t log_retention_days = 30;
  std::string flush = "yes";

  std::string adf_subscription;
  std::string adf_resource_group;
  std::string adf_factory;
  std::string adf_prefix = "voxlake";
  std::string adf_storage;
  std::string adf_vault;
  std::string adf_discover = "none";
  std::string adf_describe = "none";
  std::string adf_function_app;
  std::string adf_function_key_secret = "voxlake-function-key";
  std::string adf_databricks;
  std::string adf_databricks_workspace;
  std::string adf_databricks_cluster;
  std::string adf_notebooks = "/Shared/voxlake";
  int64_t adf_parallel_copies = 50;
  int64_t adf_copy_retries = 3;
  int64_t adf_retry_seconds = 30;
  int64_t adf_poll_seconds = 15;
  std::string adf_schedule = "stopped";
  std::string adf_weekday = "Sunday";
  int64_t adf_hour = 2;
  std::string adf_endpoint;

  std::string functions_corpora;
  int64_t functions_lease_seconds = 60;

  std::string azure_credential = "default";
  std::string azure_cloud = "public";
  std::string azure_tenant_id;
  std::string azure_client_id;
  std::string azure_client_secret;  ///< a secret, or where a vault keeps it
  std::string azure_client_certificate;
  std::string azure_account_key;  ///< likewise
  std::string azure_sas;          ///< likewise
  std::string azure_endpoint;
  std::string azure_vault_endpoint;
  std::string azure_ca_file;
  int64_t azure_block_mb = 8;
  int64_t azure_upload_mb = 64;
};

using Value = std::variant<std::string*, int64_t*, double*>;

/// One setting: where it lives, what it may be, and what it means.
struct Setting {
  std::string key;   ///< as in voxlake.toml: `copy.connections`
  std::string help;  ///< one line, with the unit
  Value (*field)(Settings&);
  double least = 0;                  ///< numbers only
  double most = 0;                   ///< numbers only
  std::vector<std::string> choices;  ///< strings only; empty: anything
  bool secret = false;               ///< never shown, and refused on the command line, which every process may read

  std::string environment() const;  ///< VOXLAKE_COPY_CONNECTIONS
  std::string flag() const;         ///< --copy-connections
};

/// Every setting, in the order in which they are documented.
const std::vector<Setting>& all_settings();

/// Where a value in force came from.
struct Origin {
  std::string source;  ///< default, file, environment, flag
  std::string where;   ///< the file's path, the variable, the flag; empty for defaults
};

/// Settings in force, and where each came from.
struct Resolved {
  Settings settings;
  std::map<std::string, Origin> origins;  ///< by key; absent: default
  /// By key, the settings whose value a Key Vault keeps: `keyvault://VAULT/NAME`. They have their default until `resolve_references`.
  /// Secret settings are not among them: these hold the reference itself, and whoever needs the secret reads it.
  std::map<std::string, std::string> references;
};

/// How a reference to a secret in a Key Vault begins.
inline constexpr std::string_view reference_scheme = "keyvault://";
bool is_reference(std::string_view text);

/// Fetches what `references` name and puts it into the settings. The messages never show what was fetched.
Status resolve_references(Resolved& resolved, const std::function<Result<std::string>(const std::string& reference)>& read);

/// Merges defaults, the TOML file (when `file` is given it must be there; otherwise ./voxlake.toml is read where it is), `environment`
/// (only VOXLAKE_… names are looked at) and flags (key to text), in this order. invalid_argument for an unknown key (naming the nearest
/// known one), a value of the wrong kind or out of range.
Result<Resolved> resolve(const std::optional<std::string>& file, const std::map<std::string, std::string>& environment,
                         const std::map<std::string, std::string>& flags);

/// What a file with this text alone would give; `path` is for the messages.
Result<Resolved> resolve_text(const std::string& text, const std::string& path);

/// Sets one setting from text, checked; `origin` is for the message.
Status assign(const Setting& setting, const std::string& text, const Origin& origin, Settings& settings);

/// The value of a setting as text; of a secret one `***`, or its reference.
std::string value_text(const Setting& setting, const Settings& settings);

/// The one of `known` that is the fewest edits from `word`; empty where none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace voxlake::config
