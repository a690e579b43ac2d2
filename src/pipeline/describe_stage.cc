#include "pipeline/describe_stage.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include "corpus/archive_file.h"
#include "pipeline/decode_clip.h"

namespace voxlake::pipeline {
namespace {

constexpr size_t piece_bytes = 256 << 10;

Result<std::vector<std::byte>> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(ErrorKind::io, "cannot read " + path, "check that you may read it");
  std::vector<std::byte> bytes;
  std::array<char, 1 << 16> piece;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    const auto* begin = reinterpret_cast<const std::byte*>(piece.data());
    bytes.insert(bytes.end(), begin, begin + file.gcount());
  }
  if (file.bad()) return failure(ErrorKind::io, "cannot read " + path);
  return bytes;
}

/// A file, piece by piece.
class FileSource final : public corpus::ByteSource {
 public:
  explicit FileSource(std::string path) : path_(std::move(path)), piece_(piece_bytes) {
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
    auto bytes = read_file(source_.path);
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

  Status describe(std::string name, std::span<const float> signal) {
    DescribedClip clip{std::move(name), {}, {}};
    Status status = extractor_.compute(signal, clip.features);
    if (!status) return refuse(std::move(clip.name), std::move(status.error()));
    return take_(std::move(clip));
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
