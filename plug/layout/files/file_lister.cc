#include "plug/layout/files/file_lister.h"

#include <sys/stat.h>

#include <cerrno>
#include <memory>
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"   // inside libstdc++'s regex, with sanitizers on
#include <regex>
#pragma GCC diagnostic pop

#include "plug/layout/files/directory.h"

#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"   // its templates are instantiated at the end of this file

namespace tarn::plug::files {
namespace {

// False: gone meanwhile.
Result<bool> Stat(const std::string& path, FileEntry* entry, bool* directory) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) {
    if (errno == ENOENT) return false;
    return SystemError("can't read", path, errno);
  }
  *directory = S_ISDIR(st.st_mode);
  entry->path = path;
  entry->size = st.st_size;
  entry->mtime_ms = st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1'000'000;
  return true;
}

constexpr int kDepthMax = 64;   // of directories; also ends cycles of links

Status Walk(const std::string& directory, int depth, std::vector<FileEntry>* out) {
  if (depth > kDepthMax) return Status::Exhausted("directories below '" + directory + "' are nested deeper than " + std::to_string(kDepthMax));
  for (const DirectoryEntry& e : TRY(ListDirectory(directory))) {
    if (IsHidden(e.name)) continue;
    const std::string path = directory + "/" + e.name;
    if (e.directory) {
      TRY(Walk(path, depth + 1, out));
      continue;
    }
    FileEntry entry;
    bool is_directory = false;
    if (TRY(Stat(path, &entry, &is_directory)) && !is_directory) out->push_back(std::move(entry));
  }
  return Status::OK();
}

}  // namespace

Status ListFiles(const std::string& directory, const PartitionValues& partition, std::vector<FileEntry>* out) {
  const size_t from = out->size();
  TRY(Walk(directory, 0, out));
  for (size_t i = from; i < out->size(); ++i) (*out)[i].partition = partition;
  return Status::OK();
}

Result<FileLister> MakeDirectoryLister(std::string location, std::vector<std::string> partition_keys, const std::string& pattern, bool missing_ok) {
  std::shared_ptr<const std::regex> regex;
  if (!pattern.empty()) {
    try {
      regex = std::make_shared<std::regex>(pattern, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error& e) {
      return Status::InvalidSql("Invalid value for option 'source.path.regex-pattern'.").WithDetail("'" + pattern + "': " + e.what());
    }
  }
  return FileLister([location = std::move(location), keys = std::move(partition_keys), regex, missing_ok]() -> Result<std::vector<FileEntry>> {
    std::vector<FileEntry> files;
    FileEntry root;
    bool directory = false;
    if (!TRY(Stat(location, &root, &directory))) {
      if (missing_ok) return files;
      return Status::NotFound("File " + location + " does not exist or the user running Tarn has insufficient permissions to access it.");
    }
    if (directory) TRY(Walk(location, 0, &files));
    else files.push_back(std::move(root));
    std::vector<FileEntry> out;
    for (FileEntry& f : files) {
      if (regex && !std::regex_match(f.path, *regex)) continue;
      if (!keys.empty()) {
        if (f.path.size() <= location.size()) return Status::InvalidSql("path '" + location + "' is a file, but the table is partitioned");
        f.partition = TRY(ParsePartitionPath(std::string_view(f.path).substr(location.size() + 1), keys));
      }
      out.push_back(std::move(f));
    }
    return out;
  });
}

}  // namespace tarn::plug::files
