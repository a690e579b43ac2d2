#include <optional>
#include <utility>

#include "net/download.h"
#include "net/engine.h"
#include "net/mask.h"

namespace voxlake::net {
namespace {

/// Keeps a page in memory, up to a bound.
class PageSink : public DownloadSink {
 public:
  PageSink(std::string& body, std::string url, int64_t max_bytes) : body_(body), url_(std::move(url)), max_bytes_(max_bytes) {}

  Status write(std::span<const std::byte> bytes) override {
    if (static_cast<int64_t>(body_.size() + bytes.size()) > max_bytes_) {
      return failure(ErrorKind::limit_exceeded,
                     "cannot fetch " + mask_url(url_) + ": the page is larger than " + std::to_string(max_bytes_) + " bytes",
                     "check that the address is that of a page, or raise max_page_bytes");
    }
    body_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  Status restart() override {
    body_.clear();
    return {};
  }
  Status finish() override { return {}; }

 private:
  std::string& body_;
  std::string url_;
  int64_t max_bytes_;
};

}  // namespace

Result<Page> fetch_page(const std::string& url, const HttpOptions& options, const std::atomic<bool>* stop) {
  const std::atomic<bool> never = false;
  Engine engine(options, Purpose::page);
  Page page;
  bool asked = false;
  const auto next = [&]() -> NextRequest {
    if (std::exchange(asked, true)) return End{};
    return DownloadRequest{0, url, {}, {}};
  };
  const auto open = [&](const DownloadRequest&) -> Result<std::unique_ptr<DownloadSink>> {
    return std::make_unique<PageSink>(page.body, url, options.max_page_bytes);
  };
  std::optional<Error> error;
  const auto done = [&](Download download) {
    error = std::move(download.error);
    page.url = std::move(download.url);
    page.content_type = std::move(download.content_type);
  };
  VOXLAKE_TRY(engine.run(next, open, done, stop == nullptr ? never : *stop));
  if (error) return tl::unexpected<Error>(std::move(*error));
  return page;
}

}  // namespace voxlake::net
