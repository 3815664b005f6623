// Which files a table has: the visible files under a directory, with their partition values.
//
// Threads: a lister is called by several readers at once; it must be const.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plug/layout/files/partition_path.h"

namespace tarn::plug::files {

struct FileEntry {
  std::string path;
  int64_t size = 0, mtime_ms = 0;
  PartitionValues partition;
};
using FileLister = std::function<Result<std::vector<FileEntry>>()>;

// Files below `location` (or the file itself), sorted by path. Names with leading '.' or '_' are skipped at every level. With
// partition keys every file must lie below k=v directories. pattern: a regular expression for the whole absolute path, "" for all.
// missing_ok: a location that isn't there has no files; else kNotFound.
Result<FileLister> MakeDirectoryLister(std::string location, std::vector<std::string> partition_keys, const std::string& pattern, bool missing_ok);
// Appends the visible files below one directory, all of one partition (for catalogs that know the directories of partitions).
Status ListFiles(const std::string& directory, const PartitionValues& partition, std::vector<FileEntry>* out);

}  // namespace tarn::plug::files
