#include "pipeline/azure_access.h"

#include <unistd.h>

#include "azure/key_vault.h"

namespace voxlake::pipeline {
namespace {

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

azure::Secret plain_secret(const std::string& text) {
  return config::is_reference(text) ? azure::Secret() : azure::Secret(std::string(text));
}

/// Reads the secret where `text` is a reference.
Status read_reference(const config::Settings& settings, const std::string& text, azure::Secret& secret) {
  if (!config::is_reference(text)) return {};
  VOXLAKE_ASSIGN(secret, read_vault(settings, text));
  return {};
}

}  // namespace

azure::Options azure_options(const config::Settings& settings) {
  azure::Options options;
  options.cloud = settings.azure_cloud;
  options.credential = settings.azure_credential;
  options.tenant_id = settings.azure_tenant_id;
  options.client_id = settings.azure_client_id;
  options.client_secret = plain_secret(settings.azure_client_secret);
  options.client_certificate = settings.azure_client_certificate;
  options.account_key = plain_secret(settings.azure_account_key);
  options.sas = plain_secret(settings.azure_sas);
  options.endpoint = settings.azure_endpoint;
  options.vault_endpoint = settings.azure_vault_endpoint;
  options.ca_file = settings.azure_ca_file;
  options.environment = process_environment();
  return options;
}

Result<azure::Secret> read_vault(const config::Settings& settings, const std::string& reference) {
  azure::Options options = azure_options(settings);
  // A key or a signature is for storage alone.
  if (options.credential == "key" || options.credential == "sas") options.credential = "default";
  VOXLAKE_ASSIGN(auto tokens, azure::TokenSource::create(options));
  return azure::KeyVault(options, std::move(tokens)).read(reference);
}

Result<azure::Options> storage_options(const config::Settings& settings) {
  azure::Options options = azure_options(settings);
  const bool any = options.credential == "default";
  if (any || options.credential == "key") VOXLAKE_TRY(read_reference(settings, settings.azure_account_key, options.account_key));
  if (any || options.credential == "sas") VOXLAKE_TRY(read_reference(settings, settings.azure_sas, options.sas));
  if (any || options.credential == "environment") {
    VOXLAKE_TRY(read_reference(settings, settings.azure_client_secret, options.client_secret));
  }
  return options;
}

Result<azure::Options> identity_options(const config::Settings& settings) {
  azure::Options options = azure_options(settings);
  if (options.credential == "key" || options.credential == "sas") options.credential = "default";
  VOXLAKE_TRY(read_reference(settings, settings.azure_client_secret, options.client_secret));
  return options;
}

Result<std::shared_ptr<lake::Storage>> open_lake(const config::Settings& settings) {
  lake::StorageOptions options;
  options.flush = settings.flush == "yes";
  if (settings.lake.starts_with("abfss://")) {
    VOXLAKE_ASSIGN(options.azure, storage_options(settings));
    options.upload.block_bytes = settings.azure_block_mb << 20;
    options.upload.bytes_in_flight = settings.azure_upload_mb << 20;
  }
  return lake::open_storage(settings.lake, options);
}

}  // namespace voxlake::pipeline
