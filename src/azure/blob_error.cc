#include "azure/blob_error.h"

#include <array>
#include <string_view>

namespace voxlake::azure {
namespace {

struct Known {
  std::string_view code;
  ErrorKind kind;
  std::string_view remedy;
};

// https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
constexpr std::array<Known, 25> known_codes = {{
    {"BlobNotFound", ErrorKind::not_found, ""},
    {"PathNotFound", ErrorKind::not_found, ""},
    {"ResourceNotFound", ErrorKind::not_found, ""},
    {"ContainerNotFound", ErrorKind::not_found,
     "make the container, or let Voxlake make it: it may not with a signature for one container"},
    {"BlobAlreadyExists", ErrorKind::already_exists, ""},
    {"PathAlreadyExists", ErrorKind::already_exists, ""},
    {"ConditionNotMet", ErrorKind::already_exists, ""},
    {"InvalidBlockList", ErrorKind::conflict, "another process wrote the same file: run again"},
    {"LeaseIdMissing", ErrorKind::conflict, "somebody holds a lease on it: end the lease"},
    {"LeaseAlreadyPresent", ErrorKind::conflict, ""},
    {"LeaseIdMismatchWithLeaseOperation", ErrorKind::conflict, ""},
    {"LeaseNotPresentWithLeaseOperation", ErrorKind::conflict, ""},
    {"LeaseLost", ErrorKind::conflict, ""},
    {"AuthenticationFailed", ErrorKind::io, "check the account key, the signature or the tenant, and the machine's clock"},
    {"InvalidAuthenticationInfo", ErrorKind::io, "check the account key, the signature or the tenant, and the machine's clock"},
    {"AuthorizationPermissionMismatch", ErrorKind::io,
     "give the identity the role Storage Blob Data Contributor on the account (it takes minutes to act), or a signature with the "
     "permissions racwdl"},
    {"AuthorizationFailure", ErrorKind::io,
     "the account's firewall or the signature's addresses, services or permissions do not allow it: check both"},
    {"AuthorizationProtocolMismatch", ErrorKind::io, "use https"},
    {"AuthorizationServiceMismatch", ErrorKind::io, "make a signature for the blob service"},
    {"AuthorizationResourceTypeMismatch", ErrorKind::io, "make a signature for the resource types service, container and object"},
    {"AuthorizationSourceIPMismatch", ErrorKind::io, "the signature is for other addresses"},
    {"KeyBasedAuthenticationNotPermitted", ErrorKind::io, "the account takes no keys: use an identity (azure.credential)"},
    {"PublicAccessNotPermitted", ErrorKind::io, "give a credential"},
    {"BlobImmutableDueToPolicy", ErrorKind::io, "the container is immutable: keep the lake elsewhere"},
    {"AccountIsDisabled", ErrorKind::io, "enable the storage account"},
}};

std::string remedy_of_status(long status) {
  switch (status) {
    case 401:
    case 403: return "check the credential and its permissions (`voxlake azure whoami` says which one is used)";
    case 429:
    case 500:
    case 502:
    case 503:
    case 504: return "run again later: what is already there is kept";
    default: return "";
  }
}

ErrorKind kind_of_status(long status) {
  if (status == 404) return ErrorKind::not_found;
  if (status == 409) return ErrorKind::conflict;
  if (status == 429 || status >= 500) return ErrorKind::network;
  return ErrorKind::io;
}

}  // namespace

std::string blob_error_code(const net::HttpAnswer& answer) {
  std::string code = answer.header("x-ms-error-code");
  if (!code.empty()) return code;
  constexpr std::string_view opening = "<Code>";
  const size_t start = answer.body.find(opening);
  if (start == std::string::npos) return {};
  const size_t end = answer.body.find("</Code>", start);
  if (end == std::string::npos) return {};
  return answer.body.substr(start + opening.size(), end - start - opening.size());
}

Error blob_error(const net::HttpAnswer& answer, const std::string& doing) {
  const std::string code = blob_error_code(answer);
  Error error{kind_of_status(answer.status),
              doing + ": the storage answered " + std::to_string(answer.status),
              remedy_of_status(answer.status),
              {}};
  if (!code.empty()) error.message += " " + code;
  for (const Known& known : known_codes) {
    if (known.code != code) continue;
    error.kind = known.kind;
    error.remedy = known.remedy;
  }
  // What Microsoft's support asks for.
  if (const std::string request = answer.header("x-ms-request-id"); !request.empty() && error.kind != ErrorKind::not_found) {
    error.details.emplace_back("request", request);
  }
  return error;
}

}  // namespace voxlake::azure
