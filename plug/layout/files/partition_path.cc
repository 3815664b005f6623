#include "plug/layout/files/partition_path.h"

#include "base/path_name.h"
#include "base/text.h"

namespace tarn::plug::files {

std::string PartitionPath(const PartitionValues& values) {
  std::string out;
  for (const auto& [key, value] : values) {
    if (!out.empty()) out += '/';
    out += EscapePathName(key) + "=" + EscapePathName(value);
  }
  // "." and ".." can't come out of this: every component holds a '='.
  return out;
}

Result<PartitionValues> ParsePartitionPath(std::string_view relative, const std::vector<std::string>& keys) {
  PartitionValues out;
  size_t at = 0;
  for (const std::string& key : keys) {
    const size_t end = std::min(relative.find('/', at), relative.size());
    std::string_view component = relative.substr(at, end - at);
    const size_t equals = component.find('=');
    if (equals == std::string_view::npos || !EqualsIgnoreCase(UnescapePathName(component.substr(0, equals)), key)) {
      return Status::InvalidSql("path '" + std::string(relative) + "' has no directory '" + key + "=...' where the table's partition key '" + key + "' belongs");
    }
    out.emplace_back(key, UnescapePathName(component.substr(equals + 1)));
    at = std::min(end + 1, relative.size());
  }
  return out;
}

Result<std::string> LocalPath(std::string_view location) {
  const size_t colon = location.find(':');
  const size_t slash = location.find('/');
  std::string path(location);
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon < slash)) {
    const std::string_view scheme = location.substr(0, colon);
    if (!EqualsIgnoreCase(scheme, "file")) {
      return Status::NotSupported("file system scheme '" + std::string(scheme) + "'").WithDetail("path '" + path + "'").WithHint("local paths and file:// are supported");
    }
    std::string_view rest = location.substr(colon + 1);
    if (rest.starts_with("//")) {   // file://[host]/path
      const size_t start = rest.find('/', 2);
      rest = start == std::string_view::npos ? std::string_view() : rest.substr(start);
    }
    path = std::string(rest);
  }
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty()) return Status::InvalidSql("path '" + std::string(location) + "' is empty");
  return path;
}

}  // namespace tarn::plug::files
