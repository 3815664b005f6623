#include "app/arguments.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/text.h"

namespace tarn::app {
namespace {
const FlagSpec kConfigFlag{"config", 0, true, "FILE", "YAML file with settings (also TARN_CONFIG)"};
const FlagSpec kSessionFlag{"session-option", 'D', true, "KEY=VALUE", "an option that SQL sessions start with, as SET would; may be repeated"};
const FlagSpec kHelpFlag{"help", 'h', false, "", "this text"};

// Display columns of the first n bytes of a UTF-8 text; enough for a caret.
size_t Columns(std::string_view text) {
  size_t n = 0;
  for (char c : text) if ((static_cast<unsigned char>(c) & 0xC0u) != 0x80u) ++n;
  return n;
}
}  // namespace

Result<Arguments> ParseArguments(int argc, char** argv, const std::vector<FlagSpec>& specs, size_t rest_max) {
  Arguments a;
  std::map<std::string, std::string> keys, session;
  std::string file;
  if (const char* f = std::getenv("TARN_CONFIG")) file = f;
  std::vector<FlagSpec> all = specs;
  all.insert(all.end(), {kConfigFlag, kSessionFlag, kHelpFlag});
  for (const config::ConfigKey& k : config::ConfigKeys()) {
    bool own = false;
    for (const FlagSpec& s : specs) own |= s.name == config::FlagName(k.key);
    if (!own) all.push_back({config::FlagName(k.key), 0, true, k.type, k.sentence});
  }
  for (int i = 0; i < argc; ++i) {
    std::string word = argv[i], value;
    if (word.size() < 2 || word[0] != '-') {
      if (a.rest.size() >= rest_max) return Status::InvalidSql("argument \"" + word + "\" is not expected here").WithHint("see --help");
      a.rest.push_back(word);
      continue;
    }
    bool has_value = false;
    const FlagSpec* spec = nullptr;
    if (word[1] == '-') {
      if (size_t equal = word.find('='); equal != std::string::npos) {
        value = word.substr(equal + 1);
        word.resize(equal);
        has_value = true;
      }
      for (const FlagSpec& s : all) if (word.substr(2) == s.name) spec = &s;
    } else {
      for (const FlagSpec& s : all) if (s.letter != 0 && word[1] == s.letter) spec = &s;
      if (spec && word.size() > 2) { value = word.substr(2); has_value = true; }
    }
    if (!spec) {
      std::vector<std::string> names;
      for (const FlagSpec& s : all) names.push_back("--" + s.name);
      std::string near = ClosestName(word, names);
      Status s = Status::InvalidSql("flag " + word + " is not known");
      return near.empty() ? std::move(s).WithHint("see --help") : std::move(s).WithHint("did you mean " + near + "?");
    }
    if (spec->takes_value && !has_value) {
      if (i + 1 >= argc) return Status::InvalidSql("flag " + word + " needs a value");
      value = argv[++i];
    }
    if (!spec->takes_value) value = has_value ? value : "true";
    if (spec->name == "help") a.help = true;
    else if (spec->name == "config") file = value;
    else if (spec->name == "session-option") {
      size_t equal = value.find('=');
      if (equal == std::string::npos || equal == 0) return Status::InvalidSql("-D needs KEY=VALUE, not \"" + value + "\"");
      session[value.substr(0, equal)] = value.substr(equal + 1);
    } else {
      bool key = false;
      for (const config::ConfigKey& k : config::ConfigKeys()) if (config::FlagName(k.key) == spec->name) { keys[k.key] = value; key = true; }
      bool own = false;
      for (const FlagSpec& s : specs) own |= s.name == spec->name;
      if (own || !key) a.flags[spec->name] = value;
    }
  }
  if (a.help) return a;   // help must not fail for a wrong file
  a.config = TRY(config::ServerConfig::Load(file, keys, session, [](const char* name) -> const char* { return std::getenv(name); }));
  return a;
}

std::string HelpText(const std::string& usage, const std::vector<FlagSpec>& specs, const std::vector<std::string>& keys) {
  std::string out = usage + "\n";
  auto line = [&](const FlagSpec& s, const std::string& more) {
    std::string left = s.letter ? fmt::format("  -{}, --{}", s.letter, s.name) : fmt::format("      --{}", s.name);
    if (s.name == "session-option") left = "  -D KEY=VALUE";
    else if (s.takes_value && !s.value_name.empty()) left += " " + s.value_name;
    out += fmt::format("{:<44} {}{}\n", left, s.sentence, more);
  };
  if (!specs.empty()) out += "\n";
  for (const FlagSpec& s : specs) line(s, "");
  out += "\nSettings (also as key in the YAML file, and as TARN_<KEY> in the environment):\n";
  for (const config::ConfigKey& k : config::ConfigKeys()) {
    bool shown = keys.empty();
    for (const std::string& name : keys) shown |= name == k.key;
    if (shown) line({config::FlagName(k.key), 0, true, std::string_view(k.type).starts_with("enum ") ? k.type + 5 : ToUpper(k.type), k.sentence}, *k.fallback ? fmt::format(" ({})", k.fallback) : "");
  }
  out += "\n";
  line(kConfigFlag, "");
  line(kSessionFlag, "");
  line(kHelpFlag, "");
  return out;
}

std::string ErrorText(const Status& error, std::string_view text) {
  std::string out = fmt::format("error: [{}] {}\n", StatusCodeName(error.code()), error.message());
  TextPosition p = error.position();
  if (p.known()) {
    std::vector<std::string> lines = Split(text, '\n');
    if (!text.empty() && p.line <= static_cast<int>(lines.size())) {
      const std::string& l = lines[static_cast<size_t>(p.line - 1)];
      std::string number = std::to_string(p.line);
      size_t before = std::min(static_cast<size_t>(std::max(p.column - 1, 0)), l.size());
      size_t width = 1;
      if (p.end_line == p.line && p.end_column >= p.column) width = Columns(l.substr(before, static_cast<size_t>(p.end_column - p.column + 1)));
      out += fmt::format("  {} | {}\n  {} | {}{}\n", number, l, std::string(number.size(), ' '), std::string(Columns(l.substr(0, before)), ' '), std::string(std::max<size_t>(width, 1), '^'));
    } else {
      out += fmt::format("  at line {}, column {}\n", p.line, p.column);
    }
  }
  if (!error.detail().empty()) out += "  " + error.detail() + "\n";
  if (!error.hint().empty()) out += "hint: " + error.hint() + "\n";
  return out;
}

}  // namespace tarn::app
