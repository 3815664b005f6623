#include "plug/layout/files/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace tarn::plug::files {

Status FullDisk(Status status) {
  if (status.code() != StatusCode::kExhausted || !status.hint().empty()) return status;
  return std::move(status).WithHint("free some space on this disk; nothing of the unfinished files has been published");
}

Status SystemError(const std::string& what, const std::string& path, int error) {
  Status s = Status(error == ENOSPC || error == EDQUOT ? StatusCode::kExhausted : error == EACCES || error == EPERM ? StatusCode::kDenied : StatusCode::kUnavailable,
                    what + " '" + path + "'").WithDetail(std::strerror(error));
  return error == ENOSPC ? FullDisk(std::move(s)) : s;
}

Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return SystemError("can't create directory", path, error.value());
  return Status::OK();
}

Status SyncDirectory(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return SystemError("can't open directory", path, errno);
  const int rc = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  if (rc != 0 && error != EINVAL) return SystemError("can't make durable directory", path, error);
  return Status::OK();
}

Status SyncUpTo(const std::string& path, const std::string& root, std::set<std::string>* done) {
  for (std::string at = path;; at = at.substr(0, at.rfind('/'))) {
    if (at.size() < root.size() || at.empty()) return Status::OK();
    if (!done->insert(at).second) return Status::OK();
    TRY(SyncDirectory(at));
    if (at == root) return Status::OK();
  }
}

bool Exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<bool> RenameOnce(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return true;
  if (errno != ENOENT) return SystemError("can't publish file", to, errno);
  if (Exists(to)) return false;
  return Status::Corrupt("file '" + to + "' can't be published: neither it nor its in-progress form exists").WithDetail("in-progress form: '" + from + "'")
      .WithHint("was it removed by hand while the job was down?");
}

Status RemoveFile(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return Status::OK();
  return SystemError("can't remove file", path, errno);
}

Status RemoveTree(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return SystemError("can't remove directory", path, error.value());
  return Status::OK();
}

Status WriteEmptyFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return SystemError("can't create file", path, errno);
  ::close(fd);
  return Status::OK();
}

Result<std::unique_ptr<FileLock>> FileLock::TryTake(const std::string& path, bool make) {
  const int fd = ::open(path.c_str(), O_RDWR | (make ? O_CREAT : 0) | O_CLOEXEC, 0644);
  if (fd < 0) return SystemError("can't open lock file", path, errno);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return std::unique_ptr<FileLock>(new FileLock(fd));
  const int error = errno;
  ::close(fd);
  if (error == EWOULDBLOCK) return std::unique_ptr<FileLock>();
  return SystemError("can't lock", path, error);
}

FileLock::~FileLock() { ::close(fd_); }

Result<std::vector<DirectoryEntry>> ListDirectory(const std::string& path) {
  std::vector<DirectoryEntry> out;
  DIR* dir = ::opendir(path.c_str());
  if (dir == nullptr) {
    if (errno == ENOENT) return out;
    return SystemError("can't list directory", path, errno);
  }
  while (const dirent* entry = ::readdir(dir)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    bool directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK) {
      struct stat st {};
      if (::stat((path + "/" + name).c_str(), &st) != 0) continue;   // gone meanwhile
      directory = S_ISDIR(st.st_mode);
    }
    out.push_back({name, directory});
  }
  ::closedir(dir);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace tarn::plug::files
