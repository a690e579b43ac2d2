#include "lake/local_storage.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>

#include "files/descriptor.h"
#include "files/system_error.h"
#include "lake/disk_flush.h"

namespace voxlake::lake {

namespace {

namespace fs = std::filesystem;
using files::Descriptor;

/// A folder that something is removed from all the time cannot be listed.
constexpr int most_listings = 20;
constexpr off_t sent_at_once_bytes = 8 << 20;

tl::unexpected<Error> system_failure(int code, std::string doing) {
  auto failed = files::system_failure(code, std::move(doing), "check who may write there");
  if (code == ENOSPC || code == EDQUOT) failed.value().remedy = "free some space or put the lake elsewhere";
  if (code == ENOENT || code == ENOTDIR || code == EEXIST) failed.value().remedy.clear();
  return failed;
}

FileInfo info_of(std::string path, const struct stat& status) {
  return {std::move(path), status.st_size, int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000};
}

Result<Descriptor> open_for_reading(const std::string& file) {
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.value() < 0) return system_failure(errno == ENOTDIR ? ENOENT : errno, "cannot open " + file);
  struct stat status {};
  if (::fstat(descriptor.value(), &status) != 0) return system_failure(errno, "cannot look at " + file);
  if (!S_ISREG(status.st_mode)) return failure(ErrorKind::not_found, "cannot open " + file + ": it is not a file");
  return descriptor;
}

Result<std::string> read_at(const Descriptor& descriptor, int64_t offset, int64_t length, const std::string& file) {
  std::string bytes(static_cast<size_t>(length), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = ::pread(descriptor.value(), bytes.data() + done, bytes.size() - done, offset + static_cast<int64_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(errno, "cannot read " + file);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

std::string unfinished_name() {
  static std::atomic<uint64_t> counter{0};
  static const uint32_t process = std::random_device{}();
  return std::string(unfinished_prefix) + std::to_string(::getpid()) + "-" + std::to_string(process) + "-" + std::to_string(counter++);
}

std::string folder_of(const std::string& file) {
  return file.substr(0, file.rfind('/'));
}

}  // namespace

/// A hidden file that becomes `target`. The storage outlives it.
class LocalStorage::File final : public WritableFile {
 public:
  File(LocalStorage& storage, Descriptor descriptor, std::string hidden, std::string target)
      : storage_(storage), descriptor_(std::move(descriptor)), hidden_(std::move(hidden)), target_(std::move(target)) {}
  ~File() override { discard(); }

  Status write(std::span<const std::byte> bytes) override {
    if (finished_) return failure(ErrorKind::internal, "cannot write " + target_ + ": it is closed");
    while (!bytes.empty()) {
      ssize_t count = ::write(descriptor_.value(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_failure(errno, "cannot write " + target_);
      bytes = bytes.subspan(static_cast<size_t>(count));
      written_ += count;
    }
    // Sends what has come together on its way to the disk, without waiting, so that `close` has little to wait for.
    if (written_ - sent_ >= sent_at_once_bytes) send();
    return {};
  }

  Status begin_close() override {
    send();
    return {};
  }

  Status close() override {
    WritableFile* self = this;
    return storage_.close_together(std::span(&self, 1));
  }

  /// Sends the bytes on their way to the disk, without waiting.
  void send() {
    if (storage_.flush_) ::sync_file_range(descriptor_.value(), sent_, written_ - sent_, SYNC_FILE_RANGE_WRITE);
    sent_ = written_;
  }

  Status check_open() const {
    if (finished_) return failure(ErrorKind::internal, "cannot close " + target_ + ": it is closed");
    return {};
  }

  /// Gives the file its name, which lasts once its folder was flushed. Where there is a file of that name, replaces it or fails with
  /// already_exists.
  Status name(bool replace) {
    VOXLAKE_TRY(check_open());
    const int result = replace ? ::rename(hidden_.c_str(), target_.c_str()) : ::link(hidden_.c_str(), target_.c_str());
    const int code = errno;
    if (result == 0 && replace) finished_ = true;
    discard();
    if (result != 0) return system_failure(code, "cannot write " + target_);
    return {};
  }

  /// The same where no file has that name; false where one has, or where this cannot be done in one step.
  bool take_free_name() {
    if (finished_ || ::renameat2(AT_FDCWD, hidden_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) return false;
    finished_ = true;
    return true;
  }

  int descriptor() const { return descriptor_.value(); }
  const std::string& target() const { return target_; }
  std::string folder() const { return folder_of(target_); }

 private:
  void discard() {
    if (!finished_) ::unlink(hidden_.c_str());
    finished_ = true;
  }

  LocalStorage& storage_;
  Descriptor descriptor_;
  std::string hidden_;
  std::string target_;
  off_t written_ = 0;
  off_t sent_ = 0;  ///< of the bytes written
  bool finished_ = false;
};

Result<std::unique_ptr<LocalStorage>> LocalStorage::open(std::string_view folder, bool flush) {
  std::error_code error;
  fs::path root = fs::absolute(fs::path(folder), error).lexically_normal();
  if (error) return system_failure(error.value(), "cannot find the lake's folder " + std::string(folder));
  std::string text = root.string();
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  fs::path nearest(text);  // the part of the path that is there
  while (!fs::exists(nearest, error) && nearest != nearest.parent_path()) nearest = nearest.parent_path();
  if (!fs::is_directory(nearest, error))
    return failure(ErrorKind::io, "cannot open the lake " + text + ": " + nearest.string() + " is not a folder");
  return std::unique_ptr<LocalStorage>(new LocalStorage(std::move(text), flush));
}

std::string LocalStorage::address(std::string_view path) const {
  if (path.empty()) return root_;
  return root_ == "/" ? root_ + std::string(path) : root_ + "/" + std::string(path);
}

Result<std::string> LocalStorage::read(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::string file = address(checked);
  VOXLAKE_ASSIGN(Descriptor descriptor, open_for_reading(file));
  struct stat status {};
  if (::fstat(descriptor.value(), &status) != 0) return system_failure(errno, "cannot look at " + file);
  return read_at(descriptor, 0, status.st_size, file);
}

Result<std::string> LocalStorage::read_range(std::string_view path, int64_t offset, int64_t length) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  if (offset < 0 || length < 0) return failure(ErrorKind::invalid_argument, "cannot read a negative range of " + checked);
  std::string file = address(checked);
  VOXLAKE_ASSIGN(Descriptor descriptor, open_for_reading(file));
  struct stat status {};
  if (::fstat(descriptor.value(), &status) != 0) return system_failure(errno, "cannot look at " + file);
  return read_at(descriptor, offset, std::clamp<int64_t>(status.st_size - offset, 0, length), file);
}

Result<FileInfo> LocalStorage::info(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::string file = address(checked);
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return system_failure(errno == ENOTDIR ? ENOENT : errno, "cannot look at " + file);
  if (!S_ISREG(status.st_mode)) return failure(ErrorKind::not_found, "cannot look at " + file + ": it is not a file");
  return info_of(std::move(checked), status);
}

Result<std::vector<FileInfo>> LocalStorage::list(std::string_view folder) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(folder, /*root_allowed=*/true));
  for (int left = most_listings;; --left) {
    auto listed = list_once(checked);
    // A folder in it went away in the middle: what is behind it was not listed.
    if (!listed && listed.error().kind == ErrorKind::not_found && left > 1) continue;
    return listed;
  }
}

Result<std::vector<FileInfo>> LocalStorage::list_once(const std::string& checked) const {
  std::vector<FileInfo> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(address(checked), error);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return files;
  const size_t prefix = address("").size() + (root_ == "/" ? 0 : 1);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().native().starts_with(unfinished_prefix)) {
      entry.disable_recursion_pending();
      continue;
    }
    struct stat status {};
    if (::stat(entry->path().c_str(), &status) != 0) {
      // A file may go away between being named and being looked at: then it is not there. Nor is what a link leads to nowhere.
      if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) continue;
      return files::system_failure(errno, "cannot look at " + entry->path().native(), "see that you may, or remove it from the lake");
    }
    if (!S_ISREG(status.st_mode)) continue;
    files.push_back(info_of(entry->path().native().substr(prefix), status));
  }
  if (error) return system_failure(error.value(), "cannot list " + address(checked));
  std::sort(files.begin(), files.end(), [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return files;
}

void LocalStorage::sweep(const std::string& folder) {
  {
    std::lock_guard lock(mutex_);
    if (!swept_.insert(folder).second) return;
  }
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!entry->path().filename().native().starts_with(unfinished_prefix)) continue;
    if (entry->is_directory(error)) {  // one that was on its way out
      std::error_code ignored;
      fs::remove_all(entry->path(), ignored);
      continue;
    }
    Descriptor descriptor(::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC));
    if (descriptor.value() >= 0 && ::flock(descriptor.value(), LOCK_EX | LOCK_NB) == 0) ::unlink(entry->path().c_str());
  }
}

Result<std::unique_ptr<LocalStorage::File>> LocalStorage::begin(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::string target = address(checked);
  std::string folder = folder_of(target);
  sweep(folder);
  constexpr int attempts = 100;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    std::string hidden = folder + "/" + unfinished_name();
    Descriptor descriptor(::open(hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (descriptor.value() < 0 && errno == ENOENT) {
      std::error_code error;
      fs::create_directories(folder, error);
      if (error) return system_failure(error.value(), "cannot make the folder " + folder);
      continue;
    }
    if (descriptor.value() < 0) {
      if (errno == EEXIST) continue;
      return system_failure(errno, "cannot write " + target);
    }
    // Another process may sweep the file away between its making and its locking: then it has no name any more, and we try again.
    struct stat status {};
    bool locked = ::flock(descriptor.value(), LOCK_EX | LOCK_NB) == 0 || errno == ENOLCK || errno == EOPNOTSUPP;
    if (locked && ::fstat(descriptor.value(), &status) == 0 && status.st_nlink > 0) {
      return std::make_unique<File>(*this, std::move(descriptor), std::move(hidden), std::move(target));
    }
    ::unlink(hidden.c_str());
  }
  return failure(ErrorKind::io, "cannot write " + target + ": no hidden file could be made beside it");
}

Result<std::unique_ptr<WritableFile>> LocalStorage::create(std::string_view path) {
  VOXLAKE_ASSIGN(auto file, begin(path));
  return std::unique_ptr<WritableFile>(std::move(file));
}

Status LocalStorage::flush(std::span<File* const> files, const std::set<std::string>& folders) const {
  if (!flush_) return {};
  std::vector<int> descriptors;
  std::vector<Descriptor> opened;
  for (const File* file : files) descriptors.push_back(file->descriptor());
  for (const std::string& folder : folders) {
    Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Who may write to a folder and not read it cannot flush it.
    if (descriptor.value() < 0 && errno != EACCES) return system_failure(errno, "cannot open " + folder);
    if (descriptor.value() >= 0) descriptors.push_back(descriptor.value());
    opened.push_back(std::move(descriptor));
  }
  const int code = flush_to_disk(descriptors);
  if (code == 0) return {};
  return system_failure(code, "cannot write " + (files.empty() ? *folders.begin() : files[0]->target()));
}

Status LocalStorage::close_together(std::span<WritableFile* const> files) {
  std::vector<File*> ours;
  std::set<std::string> folders;
  for (WritableFile* file : files) ours.push_back(static_cast<File*>(file));
  for (File* file : ours) VOXLAKE_TRY(file->check_open());
  for (File* file : ours) file->send();
  VOXLAKE_TRY(flush(ours, {}));
  for (File* file : ours) {
    VOXLAKE_TRY(file->name(/*replace=*/true));
    folders.insert(file->folder());
  }
  return flush({}, folders);
}

Status LocalStorage::put_if_absent_after(std::span<WritableFile* const> files, std::string_view path, std::string_view bytes) {
  VOXLAKE_ASSIGN(const auto last, begin(path));
  VOXLAKE_TRY(last->write(std::as_bytes(std::span(bytes))));
  std::vector<File*> ours = {last.get()};
  std::vector<WritableFile*> taken;  // whose names are: the file that is there must not give way to one that a power cut may take back
  std::set<std::string> folders;
  for (WritableFile* file : files) {
    File& own = static_cast<File&>(*file);
    VOXLAKE_TRY(own.check_open());
    own.send();
    if (own.take_free_name()) {
      ours.push_back(&own);
      folders.insert(own.folder());
    } else {
      taken.push_back(&own);
    }
  }
  last->send();
  if (!taken.empty()) VOXLAKE_TRY(close_together(taken));
  VOXLAKE_TRY(flush(ours, folders));
  VOXLAKE_TRY(last->name(/*replace=*/false));
  return flush({}, {last->folder()});
}

Status LocalStorage::put(std::string_view path, std::string_view bytes) {
  VOXLAKE_ASSIGN(auto file, begin(path));
  VOXLAKE_TRY(file->write(std::as_bytes(std::span(bytes))));
  return file->close();
}

Status LocalStorage::put_if_absent(std::string_view path, std::string_view bytes) {
  return put_if_absent_after({}, path, bytes);
}

Status LocalStorage::remove(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  std::string file = address(checked);
  if (::unlink(file.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) return system_failure(errno, "cannot remove " + file);
  return {};
}

Result<bool> LocalStorage::remove_folder(std::string_view path) {
  VOXLAKE_ASSIGN(std::string checked, checked_path(path));
  const std::string folder = address(checked), parent = folder_of(folder), hidden = parent + "/" + unfinished_name();
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    const bool is_away = !error || error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
    if (!is_away) return system_failure(error.value(), "cannot look at " + folder);
    return true;
  }
  if (::rename(folder.c_str(), hidden.c_str()) != 0) return system_failure(errno, "cannot remove " + folder);
  VOXLAKE_TRY(flush({}, {parent}));
  fs::remove_all(hidden, error);
  if (error) return system_failure(error.value(), "cannot remove all of " + folder);
  return true;
}

}  // namespace voxlake::lake
