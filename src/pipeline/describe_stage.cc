#include "pipeline/describe_stage.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <new>
#include <span>
#include <utility>

#include "corpus/archive_file.h"
#include "error/exception.h"
#include "files/descriptor.h"
#include "files/system_error.h"
#include "pipeline/decode_clip.h"
#include "pipeline/memory_shares.h"

namespace voxlake::pipeline {
namespace {

constexpr size_t file_piece_bytes = 256 << 10;

/// What marks an error of one of the user's files, which is told beside the others' features. All other errors of a disk (scratch files) or
/// for want of memory or handles are the machine's, and end the command.
constexpr const char* unreadable = "file_unreadable";

bool is_of_machine(const Error& error) {
  return error.kind == ErrorKind::io && error.detail("reason") != unreadable;
}

/// A file, piece by piece.
class FileSource final : public corpus::ByteSource {
 public:
  explicit FileSource(std::string path)
      : path_(std::move(path)), piece_(file_piece_bytes), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)), error_(errno) {}

  Result<std::span<const std::byte>> next() override {
    if (descriptor_.value() < 0) return failed(error_);
    for (;;) {
      const ssize_t count = ::read(descriptor_.value(), piece_.data(), piece_.size());
      if (count >= 0) return std::span<const std::byte>(piece_).first(static_cast<size_t>(count));
      if (errno != EINTR) return failed(errno);
    }
  }

 private:
  tl::unexpected<Error> failed(int code) const {
    auto error = files::system_failure(code, "cannot read " + path_, "check that you may read it");
    error.value().kind = ErrorKind::io;
    if (!files::is_shortage(code)) error.value().details.emplace_back("reason", unreadable);
    return error;
  }

  std::string path_;
  std::vector<std::byte> piece_;
  files::Descriptor descriptor_;
  int error_;
};

Result<scratch::Spool<std::byte>> read_file(const std::string& path, const scratch::Limits& limits) {
  FileSource file(path);
  scratch::Spool<std::byte> bytes(limits);
  for (;;) {
    VOXLAKE_ASSIGN(const auto piece, file.next());
    if (piece.empty()) break;
    VOXLAKE_TRY(bytes.append(piece));
  }
  VOXLAKE_TRY(bytes.finish());
  return bytes;
}

/// One source on its way. Lives for one call of describe_source.
class Describing {
 public:
  Describing(const DescribeSource& source, const DecodeOptions& options, features::Extractor& extractor,
             const std::function<Status(DescribedClip)>& take)
      : source_(source), options_(options), extractor_(extractor), take_(take) {}

  Status run() {
    if (source_.error) return take_({source_.path, {}, *source_.error});
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
    const bool is_of_source = status.error().detail("reason") == unreadable || status.error().kind == ErrorKind::conflict;
    if (is_of_source) return refuse(source_.path, std::move(status.error()));
    return tl::unexpected<Error>(std::move(status.error()).with("file", source_.path));  // memory, or a disk of ours
  }

  std::string name_of(const std::string& member) const { return source_.path + "/" + member; }

  Status describe(const std::string& name, const scratch::Spool<float>& signal) {
    Status taken;
    const auto take = [&](features::WindowFeatures& windows) { return taken = take_({name, std::move(windows), {}}); };
    Status status = extractor_.compute(signal, {windows_at_once, [&] { signal.let_go(); }}, take);
    if (status || !taken) return taken;
    return refuse(name, std::move(status.error()));
  }
  Status refuse(std::string name, Error error) {
    if (is_of_machine(error)) return tl::unexpected<Error>(std::move(error).with("file", std::move(name)));
    return take_({std::move(name), {}, std::move(error)});
  }
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
  try {
    return Describing(source, options, extractor, take).run();
  } catch (const std::bad_alloc&) {
    return tl::unexpected<Error>(out_of_memory("cannot describe " + source.path));
  }
}

}  // namespace voxlake::pipeline
