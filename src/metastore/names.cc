#include "metastore/names.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace tarn::metastore {

std::string LowerName(std::string_view name) { return ToLower(Trim(name)); }

DbName ParseDbName(std::string_view name) {
  DbName out{kDefaultCatalog, "", true};
  if (!name.starts_with('@')) {
    out.db = LowerName(name);
    return out;
  }
  size_t hash = name.find('#');
  if (hash == std::string_view::npos) { out.db = LowerName(name); return out; }
  out.catalog = ToLower(name.substr(1, hash - 1));
  std::string_view rest = name.substr(hash + 1);
  if (rest.empty()) out.has_db = false;
  else if (rest != "!") out.db = LowerName(rest);
  return out;
}

DbName ParseDbName(std::string_view name, std::string_view catalog) {
  DbName out = ParseDbName(name);
  if (!catalog.empty() && !name.starts_with('@')) out.catalog = ToLower(catalog);
  return out;
}

bool ValidDatabaseName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

bool ValidHive4Name(std::string_view name) {
  for (const std::string& step : Split(name, '/')) if (step == "." || step == "..") return false;   // would leave the database's directory
  return !name.empty() && name.front() != '/' && std::all_of(name.begin(), name.end(), [](unsigned char c) { return c >= 0x20 && c < 0x7f && c != '\\'; });
}

bool ValidTableName(std::string_view name) {   // Hive 2 and 3 allow '/' besides
  return !name.empty() && name.front() != '/' &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '/'; });
}

std::string InvalidColumn(const std::vector<wire::FieldSchema>& columns) {
  static constexpr std::array kTypes = {"void", "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "date",
                                        "timestamp", "timestamp with local time zone", "timestamptz", "timestamplocaltz", "interval_year_month",
                                        "interval_day_time", "binary", "decimal", "varchar", "char", "array", "map", "struct", "uniontype",
                                        "integer", "dec", "numeric", "real", "long", "geometry"};
  for (const wire::FieldSchema& c : columns) {
    if (c.type.empty()) return "type: null in column " + c.name;
    if (c.type.front() == '<') continue;   // "<derived from deserializer>"
    size_t n = 0;
    while (n < c.type.size() && (std::isalnum(static_cast<unsigned char>(c.type[n])) || c.type[n] == '_')) ++n;
    std::string word = ToLower(std::string_view(c.type).substr(0, n));
    if (std::none_of(kTypes.begin(), kTypes.end(), [&](const char* t) { return word == t; })) return "type: " + c.type;
  }
  return {};
}

NamePattern::NamePattern(std::string_view pattern) {
  if (pattern.empty() || pattern == "*" || pattern == ".*") { all_ = true; return; }
  for (const std::string& piece : Split(pattern, '|')) {
    std::string p = ToLower(Trim(piece)), out;
    for (size_t i = 0; i < p.size(); ++i) {
      if (p[i] == '*') out += '\1';
      else if (p[i] == '.' && i + 1 < p.size() && p[i + 1] == '*') { out += '\1'; ++i; }
      else if (p[i] == '.') out += '\2';
      else out += p[i];
    }
    alternatives_.push_back(std::move(out));
  }
}

namespace {
bool Glob(std::string_view p, std::string_view s) {
  size_t i = 0, j = 0, star = std::string_view::npos, mark = 0;
  while (j < s.size()) {
    if (i < p.size() && (p[i] == '\2' || p[i] == static_cast<char>(std::tolower(static_cast<unsigned char>(s[j]))))) { ++i; ++j; }
    else if (i < p.size() && p[i] == '\1') { star = i++; mark = j; }
    else if (star != std::string_view::npos) { i = star + 1; j = ++mark; }
    else return false;
  }
  while (i < p.size() && p[i] == '\1') ++i;
  return i == p.size();
}

std::string BaseType(std::string_view t) {
  std::string s = ToLower(Trim(t));
  if (size_t p = s.find_first_of("(< "); p != std::string::npos) s.resize(p);   // what a type is of, Hive does not look at
  return s;
}
int NumericOrder(std::string_view t) {
  static constexpr std::array kOrder = {"tinyint", "smallint", "int", "bigint", "decimal", "float", "double"};
  for (size_t i = 0; i < kOrder.size(); ++i) if (t == kOrder[i]) return static_cast<int>(i) + 1;
  return 0;
}
bool IsText(std::string_view t) { return t == "string" || t == "varchar" || t == "char"; }
}  // namespace

bool NamePattern::Matches(std::string_view name) const {
  return all_ || std::any_of(alternatives_.begin(), alternatives_.end(), [&](const std::string& p) { return Glob(p, name); });
}

bool ColumnTypeMayBecome(std::string_view from, std::string_view to, bool hive4) {
  if (EqualsIgnoreCase(from, to)) return true;
  std::string f = BaseType(from), t = BaseType(to);
  if (f == t) return true;
  if (f == "void") return t != "array" && t != "map" && t != "struct" && t != "uniontype";
  if (IsText(f) && IsText(t)) return true;
  if (NumericOrder(f) && NumericOrder(t)) return NumericOrder(f) < NumericOrder(t);
  if (IsText(f) && t == "double") return !hive4;   // Hive 4 lets a text become no number
  bool date = f == "date" || f.starts_with("timestamp");
  return (date || NumericOrder(f)) && IsText(t);
}

}  // namespace tarn::metastore
