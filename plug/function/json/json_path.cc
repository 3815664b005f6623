#include "json_path.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace tarn::plug {

Result<JsonPath> JsonPath::Parse(std::string_view text) {
  JsonPath out;
  std::string_view s = Trim(text);
  auto illegal = [&] { return Status::InvalidSql(fmt::format("Illegal jsonpath spec '{}', format of the spec should be: '<lax|strict> ${{expr}}'", text)); };
  auto take_mode = [&](std::string_view word) {
    if (s.size() <= word.size() || !EqualsIgnoreCase(s.substr(0, word.size()), word) || s[word.size()] != ' ') return false;
    s = Trim(s.substr(word.size()));
    return true;
  };
  if (!take_mode("lax")) {   // without a word the path is strict, as in Flink
    out.strict = true;
    take_mode("strict");
  }
  if (s.empty() || s[0] != '$') return illegal();
  s.remove_prefix(1);
  while (!s.empty()) {
    if (s[0] == '.') {
      s.remove_prefix(1);
      if (s.starts_with(".")) return Status::NotSupported("deep scan (..) in a JSON path");
      if (s.starts_with("*")) {
        out.steps.push_back({JsonStep::Kind::kAllMembers, "", 0});
        out.many = true;
        s.remove_prefix(1);
        continue;
      }
      if (!s.empty() && s[0] == '"') {
        size_t close = s.find('"', 1);
        if (close == std::string_view::npos) return illegal();
        out.steps.push_back({JsonStep::Kind::kMember, std::string(s.substr(1, close - 1)), 0});
        s.remove_prefix(close + 1);
        continue;
      }
      size_t end = s.find_first_of(".[");
      std::string_view name = Trim(s.substr(0, end));
      if (name.empty()) return illegal();
      if (name.ends_with("()")) return Status::NotSupported(fmt::format("the method {} in a JSON path", name));
      out.steps.push_back({JsonStep::Kind::kMember, std::string(name), 0});
      s.remove_prefix(end == std::string_view::npos ? s.size() : end);
    } else if (s[0] == '[') {
      s = Trim(s.substr(1));
      if (s.empty()) return illegal();
      if (s[0] == '\'' || s[0] == '"') {
        std::string name;
        size_t i = 1;
        for (; i < s.size() && s[i] != s[0]; ++i) {
          if (s[i] == '\\' && i + 1 < s.size()) ++i;
          name += s[i];
        }
        if (i >= s.size()) return illegal();
        out.steps.push_back({JsonStep::Kind::kMember, std::move(name), 0});
        s = Trim(s.substr(i + 1));
      } else if (s[0] == '*') {
        out.steps.push_back({JsonStep::Kind::kAllElements, "", 0});
        out.many = true;
        s = Trim(s.substr(1));
      } else if (s[0] == '?') {
        return Status::NotSupported("a filter in a JSON path");
      } else {
        int64_t n = 0;
        auto r = std::from_chars(s.data(), s.data() + s.size(), n);
        if (r.ec != std::errc()) return illegal();
        out.steps.push_back({JsonStep::Kind::kIndex, "", n});
        s = Trim(s.substr(static_cast<size_t>(r.ptr - s.data())));
        if (!s.empty() && (s[0] == ',' || s[0] == ':')) return Status::NotSupported("several indices in one step of a JSON path");
      }
      if (s.empty() || s[0] != ']') return illegal();
      s.remove_prefix(1);
    } else if (s[0] == ' ') {
      s = Trim(s);
    } else {
      return illegal();
    }
  }
  return out;
}

}  // namespace tarn::plug
