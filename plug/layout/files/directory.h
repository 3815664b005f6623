// Files and directories with durability: what must survive a crash is synced here, errors name the path.
//
// Threads: free functions.
#pragma once

#include <functional>
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

struct DirectoryEntry {
  std::string name;
  bool directory = false;
};
// Sorted by name; hidden names too. Absent: empty.
Result<std::vector<DirectoryEntry>> ListDirectory(const std::string& path);
Status SystemError(const std::string& what, const std::string& path, int error);

}  // namespace tarn::plug::files
