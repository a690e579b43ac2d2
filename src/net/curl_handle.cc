#include "net/curl_handle.h"

namespace voxlake::net {

bool start_curl() {
  static const CURLcode outcome = curl_global_init(CURL_GLOBAL_DEFAULT);
  return outcome == CURLE_OK;
}

}  // namespace voxlake::net
