#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "azure/blob_client.h"
#include "azure/options.h"
#include "error/result.h"

namespace voxlake::lake {

/// Where a lake lies in a storage account, and which blob keeps which of its files.
///
/// `abfss://ACCOUNT.dfs.core.windows.net`: each layer (miscellaneous, bronze, silver, gold) is a container of that name. Files outside the
/// layers, such as report.html, are kept below `root/` in the container miscellaneous; so no file of the lake may be called
/// miscellaneous/root/….
/// `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net[/FOLDER]`: everything is in that container, below that folder.
class AzureLayout {
 public:
  /// invalid_argument for a URI of another form, for a host that is none of the cloud's, and for one with a query or a password: secrets do
  /// not belong into it. With `options.endpoint` the host only names the account.
  static Result<AzureLayout> parse(std::string_view uri, const azure::Options& options);

  const azure::AccountAddress& account() const { return account_; }
  /// The lake's own URI, without a trailing slash.
  const std::string& uri() const { return uri_; }
  /// The blob of a file. invalid_argument for names that Azure does not keep as they are: longer than 1,024 characters, not UTF-8, with
  /// control characters or a backslash, or with a part that ends with a dot.
  Result<azure::BlobName> blob_of(const std::string& path) const;
  /// The blobs whose names begin with `prefix` in `container`: one of those that have to be asked for the files below a folder.
  struct Place {
    std::string container;
    std::string prefix;
  };
  std::vector<Place> places_of(const std::string& folder) const;
  /// The lake's file that a blob keeps; nothing where it is no part of the lake.
  std::optional<std::string> path_of(const azure::BlobName& name) const;

 private:
  std::string uri_;
  azure::AccountAddress account_;
  std::string container_;  ///< empty: one for each layer
  std::string folder_;     ///< with a trailing slash, or empty
};

}  // namespace voxlake::lake
