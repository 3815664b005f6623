#include "base/text.h"
#include "wire/hms_client.h"

namespace tarn::wire {

namespace {
bool Escaped(unsigned char c) {
  if (c < 0x20 || c == 0x7f) return true;
  switch (c) {
    case '"': case '#': case '%': case '\'': case '*': case '/': case ':': case '=': case '?': case '\\': case '{': case '[': case ']': case '^':
      return true;
    default: return false;
  }
}
int Hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
void AppendPart(std::string& out, std::string_view key, std::string_view value) {
  if (!out.empty()) out += '/';
  out += EscapePathName(ToLower(key));
  out += '=';
  out += EscapePathName(value);
}
}  // namespace

std::string EscapePathName(std::string_view value) {
  if (value.empty()) return kDefaultPartition;
  std::string out;
  out.reserve(value.size());
  for (unsigned char c : value) {
    if (!Escaped(c)) { out += static_cast<char>(c); continue; }
    constexpr char kDigits[] = "0123456789ABCDEF";
    out += '%';
    out += kDigits[c >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

std::string UnescapePathName(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '%' && i + 2 < value.size()) {
      int hi = Hex(value[i + 1]), lo = Hex(value[i + 2]);
      if (hi >= 0 && lo >= 0) {
        out += static_cast<char>(hi * 16 + lo);
        i += 2;
        continue;
      }
    }
    out += value[i];
  }
  return out;
}

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
