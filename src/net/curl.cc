#include "net/curl.h"

#include <string>

#include "loader/shared_library.h"

namespace voxlake::net {
namespace {

CurlLibrary functions_of(loader::SharedLibrary& file) {
  CurlLibrary library{};
#define VOXLAKE_BIND(name) file.find("curl_" #name, library.name)
  VOXLAKE_BIND(global_init);
  VOXLAKE_BIND(free);
  VOXLAKE_BIND(getdate);
  VOXLAKE_BIND(easy_init);
  VOXLAKE_BIND(easy_cleanup);
  VOXLAKE_BIND(easy_reset);
  VOXLAKE_BIND(easy_setopt);
  VOXLAKE_BIND(easy_getinfo);
  VOXLAKE_BIND(easy_perform);
  VOXLAKE_BIND(easy_pause);
  VOXLAKE_BIND(easy_strerror);
  VOXLAKE_BIND(multi_init);
  VOXLAKE_BIND(multi_cleanup);
  VOXLAKE_BIND(multi_setopt);
  VOXLAKE_BIND(multi_add_handle);
  VOXLAKE_BIND(multi_remove_handle);
  VOXLAKE_BIND(multi_perform);
  VOXLAKE_BIND(multi_info_read);
  VOXLAKE_BIND(multi_poll);
  VOXLAKE_BIND(multi_wakeup);
  VOXLAKE_BIND(multi_strerror);
  VOXLAKE_BIND(slist_append);
  VOXLAKE_BIND(slist_free_all);
  VOXLAKE_BIND(url);
  VOXLAKE_BIND(url_cleanup);
  VOXLAKE_BIND(url_get);
  VOXLAKE_BIND(url_set);
  VOXLAKE_BIND(url_strerror);
#undef VOXLAKE_BIND
  return library;
}

Result<CurlLibrary> load_anew() {
  VOXLAKE_ASSIGN(const CurlLibrary library, CurlLibrary::open("libcurl.so.4"));
  if (library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return failure(ErrorKind::internal, "libcurl could not be started");
  return library;
}

const Result<CurlLibrary>& loaded() {
  static const Result<CurlLibrary> library = load_anew();
  return library;
}

}  // namespace

Result<CurlLibrary> CurlLibrary::open(const char* file) {
  loader::SharedLibrary opened(file);
  const CurlLibrary library = functions_of(opened);
  if (opened.problem().empty()) return library;
  return failure(ErrorKind::io, "cannot load libcurl: " + opened.problem(), "install libcurl.so.4 (Debian's package libcurl4)");
}

Status load_curl() {
  if (!loaded()) return tl::unexpected<Error>(loaded().error());
  return {};
}

const CurlLibrary& curl() {
  return *loaded();
}

}  // namespace voxlake::net
