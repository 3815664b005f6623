#include "net/json_reader.h"

#include "base/utf8.h"

namespace tarn::net {
namespace {
void SkipSpace(std::string_view s, size_t* i) {
  while (*i < s.size() && (s[*i] == ' ' || s[*i] == '\n' || s[*i] == '\r' || s[*i] == '\t')) ++*i;
}
// From the quote to behind the closing one. False: unterminated.
bool SkipString(std::string_view s, size_t* i) {
  for (++*i; *i < s.size(); ++*i) {
    if (s[*i] == '\\') ++*i;
    else if (s[*i] == '"') { ++*i; return true; }
  }
  *i = s.size();
  return false;
}
// One value, nested ones by counting brackets outside strings: no recursion.
bool SkipValue(std::string_view s, size_t* i) {
  SkipSpace(s, i);
  if (*i >= s.size()) return false;
  if (s[*i] == '"') return SkipString(s, i);
  if (s[*i] == '{' || s[*i] == '[') {
    size_t depth = 0;
    while (*i < s.size()) {
      char c = s[*i];
      if (c == '"') { if (!SkipString(s, i)) return false; continue; }
      ++*i;
      if (c == '{' || c == '[') ++depth;
      else if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }
  size_t start = *i;
  while (*i < s.size() && s[*i] != ',' && s[*i] != '}' && s[*i] != ']' && s[*i] != ' ' && s[*i] != '\n' && s[*i] != '\r' && s[*i] != '\t') ++*i;
  return *i > start;
}
bool ReadHex4(std::string_view s, size_t i, unsigned* out) {
  if (i + 4 > s.size()) return false;
  *out = 0;
  for (size_t k = i; k < i + 4; ++k) {
    char c = s[k];
    unsigned v = c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a' + 10) : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10) : 16u;
    if (v > 15) return false;
    *out = *out * 16 + v;
  }
  return true;
}
}  // namespace

std::string JsonText(std::string_view v) {
  if (IsJsonNull(v)) return "";
  if (v.size() < 2 || v.front() != '"' || v.back() != '"') return std::string(v);
  std::string out;
  v = v.substr(1, v.size() - 2);
  for (size_t i = 0; i < v.size(); ++i) {
    if (v[i] != '\\' || i + 1 >= v.size()) { out.push_back(v[i]); continue; }
    char c = v[++i];
    switch (c) {
      case 'n': out.push_back('\n'); break;
      case 't': out.push_back('\t'); break;
      case 'r': out.push_back('\r'); break;
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case 'u': {
        unsigned code = 0, low = 0;
        if (!ReadHex4(v, i + 1, &code)) { out += "\\u"; break; }
        i += 4;
        if (code >= 0xD800 && code < 0xDC00 && i + 2 < v.size() && v[i + 1] == '\\' && v[i + 2] == 'u' && ReadHex4(v, i + 3, &low) && low >= 0xDC00 && low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          i += 6;
        } else if (code >= 0xD800 && code < 0xE000) {
          code = 0xFFFD;
        }
        AppendUtf8(code, &out);
        break;
      }
      default: out.push_back(c);
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string_view>> JsonMembers(std::string_view s) {
  std::vector<std::pair<std::string, std::string_view>> out;
  size_t i = 0;
  SkipSpace(s, &i);
  if (i >= s.size() || s[i] != '{') return out;
  ++i;
  for (;;) {
    SkipSpace(s, &i);
    if (i >= s.size() || s[i] != '"') return out;
    size_t start = i;
    if (!SkipString(s, &i)) return out;
    std::string key = JsonText(s.substr(start, i - start));
    SkipSpace(s, &i);
    if (i >= s.size() || s[i] != ':') return out;
    ++i;
    SkipSpace(s, &i);
    start = i;
    if (!SkipValue(s, &i)) return out;
    out.emplace_back(std::move(key), s.substr(start, i - start));
    SkipSpace(s, &i);
    if (i >= s.size() || s[i] != ',') return out;
    ++i;
  }
}

std::vector<std::string_view> JsonElements(std::string_view s) {
  std::vector<std::string_view> out;
  size_t i = 0;
  SkipSpace(s, &i);
  if (i >= s.size() || s[i] != '[') return out;
  ++i;
  SkipSpace(s, &i);
  if (i < s.size() && s[i] == ']') return out;
  for (;;) {
    SkipSpace(s, &i);
    size_t start = i;
    if (!SkipValue(s, &i)) return out;
    out.push_back(s.substr(start, i - start));
    SkipSpace(s, &i);
    if (i >= s.size() || s[i] != ',') return out;
    ++i;
  }
}

std::string_view JsonMember(std::string_view object, std::string_view key) {
  for (auto& [k, v] : JsonMembers(object)) if (k == key) return v;
  return {};
}

}  // namespace tarn::net
