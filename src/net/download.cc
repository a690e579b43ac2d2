#include "net/download.h"

#include "net/engine.h"

namespace voxlake::net {

struct Downloader::Impl {
  Engine engine;
};

Downloader::Downloader(HttpOptions options) : impl_(new Impl{Engine(std::move(options), Purpose::archive)}) {}
Downloader::~Downloader() = default;

Status Downloader::run(const std::function<NextRequest()>& next,
                       const std::function<Result<std::unique_ptr<DownloadSink>>(const DownloadRequest&)>& open,
                       const std::function<void(Download)>& done, const std::atomic<bool>& stop) {
  return impl_->engine.run(next, open, done, stop);
}

void Downloader::wake() {
  impl_->engine.wake();
}

}  // namespace voxlake::net
