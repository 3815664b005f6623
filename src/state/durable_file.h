// Files that survive a power cut: written beside their place, synced, renamed, and the folder synced.
// Errors: kExhausted when the disk is full, kUnavailable for other I/O errors, kNotFound; each names the path.
// Threads: any; one writer owns its file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::state {

// Appends to "<path>.tmp"; Publish makes it durable under its name. Destroyed before that: the temporary file is removed.
class DurableFile {
 public:
  explicit DurableFile(std::string path) : path_(std::move(path)), tmp_(path_ + ".tmp") {}
  DurableFile(const DurableFile&) = delete;
  ~DurableFile();
  Status Open();
  Status Append(std::string_view bytes);
  Status Publish();
  int64_t size() const { return size_; }

 private:
  Status Flush();
  const std::string path_, tmp_;
  int fd_ = -1;
  int64_t size_ = 0;
  std::string buffer_;
};

Status WriteDurably(const std::string& path, std::string_view bytes);
Result<std::string> ReadWholeFile(const std::string& path);
Status MakeFolders(const std::string& path);     // with the parents' entries synced
Status SyncFolder(const std::string& path);
Status RemoveTree(const std::string& path);      // absent is fine
std::vector<std::string> ListFolder(const std::string& path);   // names, sorted; absent: none
bool PathExists(const std::string& path);
// "file:/x", "file:///x" and "/x" are the local path /x; other schemes: kNotSupported.
Result<std::string> LocalPath(std::string_view uri);

}  // namespace tarn::state
