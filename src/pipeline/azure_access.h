#pragma once

#include <memory>
#include <string>

#include "azure/options.h"
#include "azure/token_source.h"
#include "config/settings.h"
#include "error/result.h"
#include "lake/storage.h"

/// How the settings become a lake: the only place that knows both.
namespace voxlake::pipeline {

/// Azure as the settings and this process's environment say, for tokens. Secrets that are references to a Key Vault are not read, and left
/// out.
azure::Options azure_options(const config::Settings& settings);

/// Reads a secret from a Key Vault as whom the settings say.
Result<azure::Secret> read_vault(const config::Settings& settings, const std::string& reference);

/// Everything that storage needs: like `azure_options`, with the key, the signature or the client secret read from a vault where they are
/// references.
Result<azure::Options> storage_options(const config::Settings& settings);

/// As whom the settings say, for services other than storage: a key or a signature is for storage alone.
Result<azure::Options> identity_options(const config::Settings& settings);

/// The lake of the settings, in a folder or in Azure storage.
Result<std::shared_ptr<lake::Storage>> open_lake(const config::Settings& settings);

}  // namespace voxlake::pipeline
