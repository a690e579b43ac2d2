#include "pipeline/describe_stage.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <span>
#include <utility>

#include "corpus/archive_file.h"
#include "pipeline/decode_clip.h"
#include "pipeline/memory_shares.h"

namespace voxlake::pipeline {
namespace {

constexpr size_t file_piece_bytes = 256 << 10;

Result<scratch::Spool<std::byte>> read_file(const std::string& path, const scratch::Limits& limits) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(ErrorKind::io, "cannot read " + path, "check that you may read it");
  scratch::Spool<std::byte> bytes(limits);
  std::array<char, 1 << 16> piece;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    VOXLAKE_TRY(bytes.append(std::as_bytes(std::span(piece).first(static_cast<size_t>(file.gcount())))));
  }
  if (file.bad()) return failure(ErrorKind::io, "cannot read " + path);
  VOXLAKE_TRY(bytes.finish());
  return bytes;
}

/// A file, piece by piece.
class FileSource final : public corpus::ByteSource {
 public:
  explicit FileSource(std::string path) : path_(std::move(path)), piece_(file_piece_bytes) {
    file_.rdbuf()->pubsetbuf(nullptr, 0);  // before it is opened: pieces come whole
    file_.open(path_, std::ios::binary);
  }
  Result<std::span<const std::byte>> next() override {
    if (!file_.is_open()) return failure(ErrorKind::io, "cannot read " + path_, "check that you may read it");
    file_.read(reinterpret_cast<char*>(piece_.data()), static_cast<std::streamsize>(piece_.size()));
    if (file_.bad()) return failure(ErrorKind::io, "cannot read " + path_);
    return std::span<const std::byte>(piece_).first(static_cast<size_t>(file_.gcount()));
  }

 private:
  std::string path_;
  std::vector<std::byte> piece_;
  std::ifstream file_;
};

/// One source on its way. Lives for one call of describe_source.
class Describing {
 public:
  Describing(const DescribeSource& source, const DecodeOptions& options, features::Extractor& extractor,
             const std::function<Status(DescribedClip)>& take)
      : source_(source), options_(options), extractor_(extractor), take_(take) {}

  Status run() {
    if (source_.error) return refuse(source_.path, *source_.error);
    if (source_.kind == DescribeSource::Kind::archive) return describe_archive();
    auto bytes = read_file(source_.path, options_.audio_limits.scratch);
    if (!bytes) return refuse(source_.path, std::move(bytes.error()));
    auto clip = decode_clip(std::move(*bytes), options_);
    if (!clip) return refuse(source_.path, std::move(clip.error()));
    return describe(source_.path, clip->signal);
  }

 private:
  Status describe_archive() {
    std::error_code error;
    const auto size = std::filesystem::file_size(source_.path, error);
    const std::string file_name = std::filesystem::path(source_.path).filename().string();
    const ArchiveIdentity identity{{}, corpus::archive_of(file_name), {}, error ? INT64_MAX : static_cast<int64_t>(size)};
    const auto open = [&]() -> Result<std::unique_ptr<corpus::ByteSource>> { return std::make_unique<FileSource>(source_.path); };
    Status taken;  // by the sinks
    const DecodeSinks sinks{[&](lake::UtteranceRow&& row) { return taken = describe(name_of(row.member), row.signal); },
                            [&](lake::RejectRow&& row) { return taken = refuse(row); }};
    Status status = decode_archive(identity, open, options_, sinks);
    if (status || !taken) return taken;
    return refuse(source_.path, std::move(status.error()));
  }

  std::string name_of(const std::string& member) const { return source_.path + "/" + member; }

  Status describe(const std::string& name, const scratch::Spool<float>& signal) {
    Status taken;
    const auto take = [&](features::WindowFeatures& windows) { return taken = take_({name, std::move(windows), {}}); };
    Status status = extractor_.compute(signal, {windows_at_once, [&] { signal.let_go(); }}, take);
    if (status || !taken) return taken;
    return refuse(name, std::move(status.error()));
  }
  Status refuse(std::string name, Error error) { return take_({std::move(name), {}, std::move(error)}); }
  Status refuse(const lake::RejectRow& row) {
    Error error{ErrorKind::corrupt_data, row.detail, {}, {{"reason", row.reason}}};
    if (row.byte_offset) error.details.emplace_back("byte_offset", std::to_string(*row.byte_offset));
    return refuse(row.member ? name_of(*row.member) : source_.path, std::move(error));
  }

  const DescribeSource& source_;
  const DecodeOptions& options_;
  features::Extractor& extractor_;
  const std::function<Status(DescribedClip)>& take_;
};

}  // namespace

Status describe_source(const DescribeSource& source, const DecodeOptions& options, features::Extractor& extractor,
                       const std::function<Status(DescribedClip)>& take) {
  return Describing(source, options, extractor, take).run();
}

}  // namespace voxlake::pipeline
