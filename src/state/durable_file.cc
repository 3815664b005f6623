#include "state/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace tarn::state {
namespace fs = std::filesystem;
namespace {
constexpr size_t kBuffer = 1 << 20;

Status IoError(const char* doing, const std::string& path, int error) {
  std::string text = std::string("cannot ") + doing + " " + path + ": " + std::generic_category().message(error);
  switch (error) {
    case ENOSPC:
    case EDQUOT: return Status::Exhausted(std::move(text)).WithHint("free space on this disk or move the data directory");
    case ENOENT: return Status::NotFound(std::move(text));
    case EACCES:
    case EPERM:
    case EROFS: return Status::Denied(std::move(text));
    default: return Status::Unavailable(std::move(text));
  }
}
}  // namespace

DurableFile::~DurableFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(tmp_.c_str());
}

Status DurableFile::Open() {
  fd_ = ::open(tmp_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  return fd_ < 0 ? IoError("create", tmp_, errno) : Status::OK();
}

Status DurableFile::Append(std::string_view bytes) {
  size_ += static_cast<int64_t>(bytes.size());
  if (buffer_.size() + bytes.size() < kBuffer) {
    buffer_.append(bytes);
    return Status::OK();
  }
  TRY(Flush());
  for (size_t at = 0; at < bytes.size();) {
    ssize_t n = ::write(fd_, bytes.data() + at, std::min<size_t>(bytes.size() - at, 64 << 20));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return IoError("write", tmp_, errno);
    at += static_cast<size_t>(n);
  }
  return Status::OK();
}

Status DurableFile::Flush() {
  for (size_t at = 0; at < buffer_.size();) {
    ssize_t n = ::write(fd_, buffer_.data() + at, buffer_.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return IoError("write", tmp_, errno);
    at += static_cast<size_t>(n);
  }
  buffer_.clear();
  return Status::OK();
}

Status DurableFile::Publish() {
  TRY(Flush());
  if (::fdatasync(fd_) != 0) return IoError("sync", tmp_, errno);
  int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0) {
    int e = errno;
    ::unlink(tmp_.c_str());
    return IoError("close", tmp_, e);
  }
  if (::rename(tmp_.c_str(), path_.c_str()) != 0) {
    int e = errno;
    ::unlink(tmp_.c_str());
    return IoError("rename", tmp_, e);
  }
  return SyncFolder(fs::path(path_).parent_path().string());
}

Status WriteDurably(const std::string& path, std::string_view bytes) {
  DurableFile file(path);
  TRY(file.Open());
  TRY(file.Append(bytes));
  return file.Publish();
}

Result<std::string> ReadWholeFile(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return IoError("open", path, errno);
  std::string out;
  off_t size = ::lseek(fd, 0, SEEK_END);
  ::lseek(fd, 0, SEEK_SET);
  if (size > 0) out.resize(static_cast<size_t>(size));
  size_t at = 0;
  while (at < out.size()) {
    ssize_t n = ::read(fd, out.data() + at, out.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      int e = errno;
      ::close(fd);
      return IoError("read", path, e);
    }
    if (n == 0) break;
    at += static_cast<size_t>(n);
  }
  out.resize(at);
  ::close(fd);
  return out;
}

Status SyncFolder(const std::string& path) {
  int fd = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return IoError("open folder", path, errno);
  int rc = ::fsync(fd), e = errno;
  ::close(fd);
  return rc == 0 || e == EINVAL ? Status::OK() : IoError("sync folder", path, e);
}

Status MakeFolders(const std::string& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) return Status::OK();
  fs::path parent = fs::path(path).parent_path();
  if (!parent.empty() && parent != path) TRY(MakeFolders(parent.string()));
  fs::create_directory(path, ec);
  if (ec) return IoError("create folder", path, ec.value());
  return parent.empty() ? Status::OK() : SyncFolder(parent.string());
}

Status RemoveTree(const std::string& path) {
  std::error_code ec;
  fs::remove_all(path, ec);
  return ec ? IoError("remove", path, ec.value()) : Status::OK();
}

std::vector<std::string> ListFolder(const std::string& path) {
  std::vector<std::string> names;
  std::error_code ec;
  for (fs::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) names.push_back(it->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

bool PathExists(const std::string& path) {
  std::error_code ec;
  return fs::exists(path, ec);
}

Result<std::string> LocalPath(std::string_view uri) {
  if (uri.starts_with("file:")) {
    uri.remove_prefix(5);
    if (uri.starts_with("//")) {
      uri.remove_prefix(2);
      if (uri.starts_with("localhost/")) uri.remove_prefix(9);
    }
  } else if (uri.find("://") != std::string_view::npos) {
    return Status::NotSupported("checkpoints and savepoints on " + std::string(uri.substr(0, uri.find("://"))) + "://")
        .WithHint("use a local path or file:///...");
  }
  if (uri.empty()) return Status::InvalidSql("an empty path");
  std::error_code ec;
  std::string path = fs::absolute(fs::path(std::string(uri)), ec).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace tarn::state
