#include "cli/risks.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <fstream>
#include <iterator>

#include "cli/hygiene.h"
#include "net/mask.h"
#include "net/url.h"

namespace voxlake::cli {
namespace {

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

std::string local_folder(const std::string& lake) {
  return lake.rfind("file://", 0) == 0 ? lake.substr(7) : lake;
}

void check_lake(const std::string& lake, std::vector<Risk>& risks) {
  const std::string folder = local_folder(lake);
  if (folder.find("://") != std::string::npos) return;
  for (const std::string& path : {folder, folder + "/bronze", folder + "/silver", folder + "/gold"}) {
    const auto status = status_of(path);
    if (!status || (status->st_mode & S_IWOTH) == 0) continue;
    risks.push_back({"anybody on this machine may write to " + path, "chmod o-w " + path + ": who changes a table changes what is learnt"});
    return;
  }
}

bool holds_secret(const std::string& file) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const size_t begin = line.find("://");
    if (begin != std::string::npos && net::mask_url(line) != line) return true;
  }
  return false;
}

void check_config_file(const std::optional<std::string>& file, std::vector<Risk>& risks) {
  const std::string path = file.value_or("voxlake.toml");
  const auto status = status_of(path);
  if (!status) return;
  if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0) risks.push_back({"others may change " + path, "chmod go-w " + path});
  if ((status->st_mode & (S_IRGRP | S_IROTH)) != 0 && holds_secret(path))
    risks.push_back({path + " holds a password or token and others may read it", "chmod 600 " + path});
}

void check_corpus(const config::Settings& settings, std::vector<Risk>& risks) {
  const auto parts = net::parse_url(settings.corpus);
  if (parts && parts->scheme == "http" && !net::is_private_host(parts->host)) {
    risks.push_back({"the corpus comes by http: somebody on the way could alter it",
                     "use https where the server offers it; bronze/archives keeps each archive's SHA-256"});
    if (net::mask_url(settings.corpus) != settings.corpus)
      risks.push_back({"the corpus's password goes over the network in the clear", "use https"});
  }
  if (settings.private_addresses == "yes")
    risks.push_back({"pages of the public web may lead to private addresses (copy.private_addresses is yes)",
                     "set it to no unless the corpus needs it: a page could have a router or a metadata service read"});
  if (settings.mirror.rfind("http://", 0) == 0) risks.push_back({"the mirror is asked by http", "use https where it offers it"});
}

/// Certificates are replaced every few years: a store as old as this lacks authorities, and trusts some that have failed since.
void check_authorities(const config::Settings& settings, std::vector<Risk>& risks) {
  constexpr std::array<const char*, 3> usual = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                                "/etc/ssl/cert.pem"};
  std::string path = settings.ca_file;
  for (size_t i = 0; path.empty() && i < usual.size(); ++i) {
    if (status_of(usual[i])) path = usual[i];
  }
  const auto status = path.empty() ? std::nullopt : status_of(path);
  if (!status) {
    risks.push_back(
        {path.empty() ? "no file of certificate authorities is at its usual place" : "there is no file " + path + " (copy.ca_file)",
         "https will fail: install Debian's ca-certificates, or set copy.ca_file"});
    return;
  }
  if ((status->st_mode & S_IWOTH) != 0) risks.push_back({"anybody may change the trusted authorities in " + path, "chmod o-w " + path});
  constexpr int64_t two_years = int64_t{2} * 365 * 24 * 3600;
  if (std::time(nullptr) - status->st_mtime > two_years)
    risks.push_back({"the trusted authorities in " + path + " are more than two years old", "update the package ca-certificates"});
}

void check_process(std::vector<Risk>& risks) {
  if (geteuid() == 0) risks.push_back({"this is root", "use an ordinary account: what reads strangers' archives needs no more"});
  rlimit core{};
  if (environment_has_secret() && getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur > 0)
    risks.push_back({"the environment holds a secret, and a core file of another program started here would hold it too", "ulimit -c 0"});
}

}  // namespace

std::vector<Risk> find_risks(const config::Resolved& resolved, const std::optional<std::string>& config_file) {
  std::vector<Risk> risks;
  check_lake(resolved.settings.lake, risks);
  check_config_file(config_file, risks);
  check_corpus(resolved.settings, risks);
  check_authorities(resolved.settings, risks);
  check_process(risks);
  return risks;
}

}  // namespace voxlake::cli
