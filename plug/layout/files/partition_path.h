// How partitions are laid out in directories: k=v/k2=v2 under the table's location, escaped as Hive and Flink do.
//
// Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace tarn::plug::files {

// Keys in the table's order with their values as text.
using PartitionValues = std::vector<std::pair<std::string, std::string>>;

std::string PartitionPath(const PartitionValues& values);   // "dt=2024-01-01/hr=5"
// The values of the given keys in a relative path of directories; kInvalidSql when a key's directory is missing.
Result<PartitionValues> ParsePartitionPath(std::string_view relative, const std::vector<std::string>& keys);

// A location as a path of this machine: "file:///x", "file:/x" and "/x" are. kNotSupported: another file system's scheme, by name.
Result<std::string> LocalPath(std::string_view location);

inline bool IsHidden(std::string_view name) { return name.starts_with('.') || name.starts_with('_'); }

}  // namespace tarn::plug::files
