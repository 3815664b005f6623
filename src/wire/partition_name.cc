#include "base/path_name.h"
#include "base/text.h"
#include "wire/hms_client.h"

namespace tarn::wire {

namespace {
void AppendPart(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += '/';
  out += EscapePathName(ToLower(key));
  out += '=';
  out += EscapePathName(value);
}
}  // namespace

std::string EscapePathName(std::string_view value) { return value.empty() ? std::string(kDefaultPartition) : ::tarn::EscapePathName(value); }
std::string UnescapePathName(std::string_view value) { return ::tarn::UnescapePathName(value); }

std::string MakePartitionName(const std::vector<std::string>& keys, const std::vector<std::string>& values) {
  std::string out;
  for (size_t i = 0; i < keys.size() && i < values.size(); ++i) AppendPart(out, keys[i], values[i]);
  return out;
}

std::string MakePartitionName(const std::vector<FieldSchema>& keys, const std::vector<std::string>& values) {
  std::string out;
  for (size_t i = 0; i < keys.size() && i < values.size(); ++i) AppendPart(out, keys[i].name, values[i]);
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> ParsePartitionName(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& part : Split(name, '/')) {
    size_t eq = part.find('=');
    if (eq == std::string::npos || eq == 0) return MetaError("Partition name is invalid. " + std::string(name));
    out.emplace_back(UnescapePathName(std::string_view(part).substr(0, eq)), UnescapePathName(std::string_view(part).substr(eq + 1)));
  }
  return out;
}

}  // namespace tarn::wire
