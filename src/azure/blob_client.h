#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "azure/options.h"
#include "azure/sender.h"
#include "azure/shared_key.h"
#include "azure/token_source.h"
#include "error/result.h"

namespace voxlake::azure {

/// A storage account's name and where its blob service is.
struct AccountAddress {
  std::string account;
  std::string blob_url;  ///< https://ACCOUNT.blob.core.windows.net, without a trailing slash
};

/// Where a blob is. Its name is text in UTF-8, as it is, not encoded.
struct BlobName {
  std::string container;
  std::string blob;
};

struct BlobProperties {
  int64_t bytes = 0;
  int64_t modified_ms = 0;
  std::map<std::string, std::string> metadata;  ///< names in lower case
  bool is_folder = false;                       ///< where the account has a hierarchical namespace, or a program marks folders
  bool in_hierarchy = false;                    ///< the account has a hierarchical namespace
};

struct ListedBlob {
  std::string name;
  int64_t bytes = 0;
  int64_t modified_ms = 0;
  bool is_folder = false;
};

struct ListPage {
  std::vector<ListedBlob> blobs;
  std::string next;  ///< marker of the next page; empty: this was the last
};

enum class PutCondition { always, if_absent };

/// The blob service of one storage account (REST, version 2021-12-02), by account key, shared access signature or token. Every call is
/// tried again as the sender's policy says; what would not be the same twice is made so: see `put`. Errors name the blob by its abfss://
/// address, never a URL with a signature. Thread safe.
class BlobClient {
 public:
  /// The credential is `options.credential`: `key`, `sas`, or, as `default`, the key or the signature where one is given and else
  /// tokens. invalid_argument for an endpoint that is not https (see check_secure): tokens are not sent over plain http at all.
  static Result<std::shared_ptr<BlobClient>> create(AccountAddress address, const Options& options, std::shared_ptr<TokenSource> tokens);

  /// The whole blob; not_found where there is none.
  Result<std::string> read(const BlobName& name);
  /// `length` bytes from `offset`, fewer at the end of the blob, none behind it.
  Result<std::string> read_range(const BlobName& name, int64_t offset, int64_t length);
  Result<BlobProperties> properties(const BlobName& name);
  /// Writes a blob in one go. With `if_absent`, already_exists where there is one that this very call did not write: an attempt whose
  /// answer was lost leaves a mark in the blob's metadata, and the blob is read back to tell.
  Status put(const BlobName& name, std::string_view bytes, PutCondition condition);
  /// Sends a block that nobody sees before `commit_blocks`. All ids of a blob have one length.
  Status put_block(const BlobName& name, const std::string& id, std::string_view bytes);
  /// Sends a block that the service fetches itself: `length` bytes from `offset` of what anybody can read at `url` (Put Block From URL).
  /// With `etag`, only where the source still has that one.
  Status put_block_from_url(const BlobName& name, const std::string& id, const std::string& url, int64_t offset, int64_t length,
                            const std::string& etag);
  /// Makes the blocks the blob, replacing what was there. `fingerprint` of the content is kept in the metadata: where another writer
  /// committed the same blob meanwhile (which drops our blocks) it tells whether that was the same content; conflict where not. Empty where
  /// it is not known.
  Status commit_blocks(const BlobName& name, const std::vector<std::string>& ids, const std::string& fingerprint);
  /// One page of the blobs whose names begin with `prefix`, in any order; an absent container is empty.
  Result<ListPage> list(const std::string& container, const std::string& prefix, const std::string& marker);
  /// Success where there was none.
  Status remove(const BlobName& name);
  /// Removes a folder with all that is in it at one stroke, which only accounts with a hierarchical namespace can (Path - Delete of Data
  /// Lake Storage's interface). Success where there was none.
  Status remove_folder(const BlobName& name);
  /// Success where it is there already. Writes make the container that they find missing.
  Status create_container(const std::string& container);

  /// Takes a lease of 15 to 60 seconds; nullopt where somebody else has it. The blob must be there.
  Result<std::optional<std::string>> acquire_lease(const BlobName& name, int seconds);
  Status renew_lease(const BlobName& name, const std::string& lease);
  Status release_lease(const BlobName& name, const std::string& lease);

  /// `account key`, `shared access signature`, or the name of the credential that the tokens come from.
  Result<std::string> credential_name();
  std::string address(const BlobName& name) const;
  const std::string& account() const { return address_.account; }

 private:
  /// A request, before it is signed.
  struct Request {
    std::string method;
    std::string path;  ///< encoded, from the service's root
    Query query = {};
    Headers headers = {};
    std::string_view body = {};
    bool to_data_lake = false;  ///< to the account's dfs address
  };
  BlobClient(AccountAddress address, const Options& options, std::shared_ptr<TokenSource> tokens);

  Result<Sent> send(const std::string& doing, const Request& request);
  Result<net::HttpCall> signed_call(const Request& request, Secret& token) const;
  Result<bool> is_ours(const BlobName& name, const std::string& mark);
  Result<std::optional<std::string>> lease(const BlobName& name, const std::string& doing, Headers headers);
  static std::string blob_path(const BlobName& name);

  AccountAddress address_;
  std::string root_path_;   ///< of blob_url: empty, or /ACCOUNT on an emulator
  std::string origin_;      ///< of blob_url: https://host:port
  std::string dfs_origin_;  ///< of Data Lake Storage's interface
  std::string dfs_host_;    ///< for addresses
  Secret key_;
  Query sas_;  ///< empty: no signature
  int32_t list_page_;
  std::shared_ptr<TokenSource> tokens_;
  std::shared_ptr<const Sender> sender_;
};

}  // namespace voxlake::azure
