// Files and directories with durability: what must survive a crash is synced here, errors name the path.
//
// Threads: free functions.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"

namespace tarn::plug::files {

Status MakeDirectories(const std::string& path);
Status SyncDirectory(const std::string& path);
// Syncs `path` and every directory above it down from `root` (included), each once over several calls through `done`.
Status SyncUpTo(const std::string& path, const std::string& root, std::set<std::string>* done);
bool Exists(const std::string& path);
// Renames; true: done now, false: `from` was gone and `to` is there (done before). kCorrupt: both are gone.
Result<bool> RenameOnce(const std::string& from, const std::string& to);
Status RemoveFile(const std::string& path);        // absent: OK
Status RemoveTree(const std::string& path);
Status WriteEmptyFile(const std::string& path);

// A file locked by this process for as long as the object lives; the lock goes with the process, however that ends.
class FileLock {
 public:
  // nullptr: somebody else holds it. make: the file, when it isn't there.
  static Result<std::unique_ptr<FileLock>> TryTake(const std::string& path, bool make);
  ~FileLock();
  FileLock(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  const int fd_;
};

struct DirectoryEntry {
  std::string name;
  bool directory = false;
};
// Sorted by name; hidden names too. Absent: empty.
Result<std::vector<DirectoryEntry>> ListDirectory(const std::string& path);
// What to do about a full disk, put to an error that says so.
Status FullDisk(Status status);
Status SystemError(const std::string& what, const std::string& path, int error);

}  // namespace tarn::plug::files
