#include "net/json_writer.h"

#include <cmath>
#include <cstdio>

namespace tarn::net {
namespace {
// Length of the UTF-8 sequence at s[i], 0 when it is not one.
size_t SequenceLength(std::string_view s, size_t i) {
  auto at = [&](size_t k) { return k < s.size() ? static_cast<unsigned char>(s[k]) : 0u; };
  auto tail = [&](size_t k) { return (at(k) & 0xC0u) == 0x80u; };
  unsigned c = at(i);
  if (c >= 0xC2 && c <= 0xDF) return tail(i + 1) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    unsigned d = at(i + 1);
    if ((c == 0xE0 && d < 0xA0) || (c == 0xED && d > 0x9F)) return 0;
    return tail(i + 1) && tail(i + 2) ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    unsigned d = at(i + 1);
    if ((c == 0xF0 && d < 0x90) || (c == 0xF4 && d > 0x8F)) return 0;
    return tail(i + 1) && tail(i + 2) && tail(i + 3) ? 4 : 0;
  }
  return 0;
}
}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  size_t run = 0;   // start of bytes that go out unchanged
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') { ++i; continue; }
    if (c >= 0x80) {
      if (size_t n = SequenceLength(text, i)) { i += n; continue; }
    }
    out->append(text.substr(run, i - run));
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '\n': *out += "\\n"; break;
      case '\r': *out += "\\r"; break;
      case '\t': *out += "\\t"; break;
      default:
        if (c >= 0x80) { *out += "\\ufffd"; break; }
        *out += "\\u00";
        out->push_back(kHex[c >> 4]);
        out->push_back(kHex[c & 15]);
    }
    run = ++i;
  }
  out->append(text.substr(run));
  out->push_back('"');
}

JsonWriter& JsonWriter::Double(double v) {
  Comma();
  if (!std::isfinite(v)) { out_ += std::isnan(v) ? "\"NaN\"" : v > 0 ? "\"Infinity\"" : "\"-Infinity\""; return *this; }
  char buffer[32];
  out_.append(buffer, static_cast<size_t>(std::snprintf(buffer, sizeof(buffer), "%.17g", v)));
  return *this;
}

JsonWriter& JsonWriter::Strings(const std::map<std::string, std::string>& map) {
  BeginObject();
  for (const auto& [key, value] : map) Field(key, value);
  return EndObject();
}

}  // namespace tarn::net
