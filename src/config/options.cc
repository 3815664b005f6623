#include "config/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/secrets.h"
#include "base/text.h"

namespace tarn::config {
namespace {

struct Unit { std::string_view name; int64_t factor; };

// Flink's TimeUtils labels; factor in nanoseconds.
constexpr Unit kTimeUnits[] = {
    {"d", 86'400'000'000'000}, {"day", 86'400'000'000'000}, {"days", 86'400'000'000'000},
    {"h", 3'600'000'000'000}, {"hour", 3'600'000'000'000}, {"hours", 3'600'000'000'000},
    {"min", 60'000'000'000}, {"m", 60'000'000'000}, {"minute", 60'000'000'000}, {"minutes", 60'000'000'000},
    {"s", 1'000'000'000}, {"sec", 1'000'000'000}, {"secs", 1'000'000'000}, {"second", 1'000'000'000}, {"seconds", 1'000'000'000},
    {"", 1'000'000}, {"ms", 1'000'000}, {"milli", 1'000'000}, {"millis", 1'000'000},
    {"millisecond", 1'000'000}, {"milliseconds", 1'000'000},
    {"µs", 1'000}, {"us", 1'000}, {"micro", 1'000}, {"micros", 1'000}, {"microsecond", 1'000}, {"microseconds", 1'000},
    {"ns", 1}, {"nano", 1}, {"nanos", 1}, {"nanosecond", 1}, {"nanoseconds", 1},
};

// Flink's MemorySize labels; factor in bytes.
constexpr Unit kSizeUnits[] = {
    {"", 1}, {"b", 1}, {"byte", 1}, {"bytes", 1},
    {"k", 1LL << 10}, {"kb", 1LL << 10}, {"kibibyte", 1LL << 10}, {"kibibytes", 1LL << 10},
    {"m", 1LL << 20}, {"mb", 1LL << 20}, {"mebibyte", 1LL << 20}, {"mebibytes", 1LL << 20},
    {"g", 1LL << 30}, {"gb", 1LL << 30}, {"gibibyte", 1LL << 30}, {"gibibytes", 1LL << 30},
    {"t", 1LL << 40}, {"tb", 1LL << 40}, {"tebibyte", 1LL << 40}, {"tebibytes", 1LL << 40},
};

// Splits "128 mb" into its number and its unit (lower case).
bool SplitUnit(std::string_view text, int64_t* number, std::string* unit) {
  text = Trim(text);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  if (error != std::errc() || end == text.data() || *number < 0) return false;
  *unit = ToLower(Trim(text.substr(static_cast<size_t>(end - text.data()))));
  return true;
}

Result<int64_t> Scale(std::string_view text, std::span<const Unit> units, std::string_view what) {
  int64_t number = 0;
  std::string unit;
  if (!SplitUnit(text, &number, &unit)) return Status::InvalidSql("'" + std::string(text) + "' is not a " + std::string(what));
  for (const Unit& u : units) {
    if (u.name != unit) continue;
    if (number > std::numeric_limits<int64_t>::max() / u.factor) return Status::InvalidSql("'" + std::string(text) + "' is too large a " + std::string(what));
    return number * u.factor;
  }
  return Status::InvalidSql("'" + std::string(text) + "' is not a " + std::string(what)).WithDetail("unknown unit '" + unit + "'");
}

// ISO 8601 as java.time.Duration.parse takes it: [-]P[nD][T[nH][nM][n[.f]S]].
Result<Milliseconds> ParseIsoDuration(std::string_view text) {
  auto bad = [&] { return Status::InvalidSql("'" + std::string(text) + "' is not a duration"); };
  std::string_view rest = text;
  bool negative = false;
  if (rest.starts_with('-')) { negative = true; rest.remove_prefix(1); }
  if (rest.empty() || (rest[0] != 'P' && rest[0] != 'p')) return bad();
  rest.remove_prefix(1);
  bool in_time = false, any = false;
  double ms = 0;
  while (!rest.empty()) {
    if (rest[0] == 'T' || rest[0] == 't') {
      if (in_time) return bad();
      in_time = true;
      rest.remove_prefix(1);
      continue;
    }
    double n = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), n);
    if (error != std::errc() || end == rest.data() + rest.size()) return bad();
    const char unit = static_cast<char>(std::toupper(static_cast<unsigned char>(*end)));
    if (unit == 'D' && !in_time) ms += n * 86'400'000.0;
    else if (unit == 'H' && in_time) ms += n * 3'600'000.0;
    else if (unit == 'M' && in_time) ms += n * 60'000.0;
    else if (unit == 'S' && in_time) ms += n * 1'000.0;
    else return bad();
    any = true;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()) + 1);
  }
  if (!any || std::abs(ms) > 9e15) return bad();
  return Milliseconds(std::llround(negative ? -ms : ms));
}

Status Named(Status status, std::string_view key, std::string_view value) {
  if (NamesSecret(key)) return Status::InvalidSql("Invalid value for option '" + std::string(key) + "'.");   // what was wrong repeats it
  return Status::InvalidSql("Invalid value for option '" + std::string(key) + "'.")
      .WithDetail("'" + std::string(value) + "': " + status.message() + (status.detail().empty() ? "" : ", " + status.detail()));
}

template <typename T, typename Parse>
Result<T> GetParsed(const OptionSet& options, std::string_view key, T fallback, Parse parse) {
  auto text = options.Find(key);
  if (!text) return fallback;
  auto parsed = parse(*text);
  if (!parsed.ok()) return Named(parsed.status(), key, *text);
  return std::move(parsed).value();
}

bool Matches(const OptionSpec& spec, std::string_view key) {
  if (spec.key.ends_with('*')) return key.starts_with(std::string_view(spec.key).substr(0, spec.key.size() - 1));
  return spec.key == key;
}

Status CheckValue(const OptionSpec& spec, const std::string& key, const std::string& value) {
  Status parsed;
  if (spec.type == "boolean") parsed = ParseBoolean(value).status();
  else if (spec.type == "integer") parsed = ParseInteger(value).status();
  else if (spec.type == "duration") parsed = ParseDuration(value).status();
  else if (spec.type == "size") parsed = ParseMemorySize(value).status();
  else if (spec.type == "enum" && !spec.values.empty()) {
    for (const auto& v : spec.values) if (EqualsIgnoreCase(v, value)) return Status::OK();
    std::string closest = ClosestName(value, spec.values);
    Status s = Status::InvalidSql("Invalid value for option '" + key + "'.")
                   .WithDetail("'" + value + "' is none of [" + Join(spec.values, ", ") + "]");
    return closest.empty() ? s : std::move(s).WithHint("did you mean '" + closest + "'?");
  }
  return parsed.ok() ? parsed : Named(parsed, key, value);
}

}  // namespace

Result<Milliseconds> ParseDuration(std::string_view text) {
  text = Trim(text);
  if (!text.empty() && (text[0] == 'P' || text[0] == 'p' || text[0] == '-')) return ParseIsoDuration(text);
  return Milliseconds(TRY(Scale(text, kTimeUnits, "duration")) / 1'000'000);
}

Result<int64_t> ParseMemorySize(std::string_view text) { return Scale(text, kSizeUnits, "memory size"); }

Result<bool> ParseBoolean(std::string_view text) {
  text = Trim(text);
  if (EqualsIgnoreCase(text, "true")) return true;
  if (EqualsIgnoreCase(text, "false")) return false;
  return Status::InvalidSql("'" + std::string(text) + "' is not a boolean (true or false)");
}

Result<int64_t> ParseInteger(std::string_view text) {
  text = Trim(text);
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return Status::InvalidSql("'" + std::string(text) + "' is not a whole number of 64 bits");
  }
  return value;
}

std::optional<std::string> OptionSet::Find(std::string_view key) const {
  auto it = values_.find(std::string(key));
  if (it == values_.end()) return std::nullopt;
  return it->second;
}

std::string OptionSet::Get(std::string_view key, std::string_view fallback) const {
  auto it = values_.find(std::string(key));
  return it == values_.end() ? std::string(fallback) : it->second;
}

Result<Milliseconds> OptionSet::GetDuration(std::string_view key, Milliseconds fallback) const {
  return GetParsed<Milliseconds>(*this, key, fallback, ParseDuration);
}
Result<int64_t> OptionSet::GetMemorySize(std::string_view key, int64_t fallback) const {
  return GetParsed<int64_t>(*this, key, fallback, ParseMemorySize);
}
Result<bool> OptionSet::GetBoolean(std::string_view key, bool fallback) const {
  return GetParsed<bool>(*this, key, fallback, ParseBoolean);
}
Result<int64_t> OptionSet::GetInteger(std::string_view key, int64_t fallback) const {
  return GetParsed<int64_t>(*this, key, fallback, ParseInteger);
}

Result<std::vector<std::string>> OptionSet::GetList(std::string_view key, char separator) const {
  std::vector<std::string> list;
  auto text = Find(key);
  if (!text) return list;
  for (const std::string& piece : Split(*text, separator)) {
    std::string item(Trim(piece));
    if (!item.empty()) list.push_back(std::move(item));
  }
  return list;
}

Result<std::string> OptionSet::Require(std::string_view key) const {
  auto text = Find(key);
  if (text) return *text;
  return Status::InvalidSql("One or more required options are missing.").WithDetail("Missing required options are: " + std::string(key));
}

OptionSet OptionSet::WithPrefix(std::string_view prefix) const {
  OptionSet out;
  for (auto it = values_.lower_bound(std::string(prefix)); it != values_.end() && it->first.starts_with(prefix); ++it) {
    out.Set(it->first.substr(prefix.size()), it->second);
  }
  return out;
}

Status ValidateOptions(std::string_view owner, const OptionSet& options, std::span<const OptionSpec> specs) {
  std::vector<std::string> missing, unsupported, supported;
  for (const OptionSpec& spec : specs) {
    if (spec.required && !options.Has(spec.key)) missing.push_back(spec.key);
    supported.push_back(spec.key);
  }
  if (!missing.empty()) {
    std::sort(missing.begin(), missing.end());
    Status s = Status::InvalidSql("One or more required options are missing.").WithDetail("Missing required options are: " + Join(missing, ", "));
    // A required key that is merely misspelt is the likeliest cause: say so.
    for (const auto& [key, value] : options.values()) {
      bool known = key == "connector" || key == "property-version";
      for (const OptionSpec& spec : specs) known = known || Matches(spec, key);
      if (known) continue;
      if (std::string closest = ClosestName(key, missing); !closest.empty()) {
        return std::move(s).WithHint("option '" + key + "' is unknown, did you mean '" + closest + "'?");
      }
    }
    return s;
  }
  std::string hint;
  for (const auto& [key, value] : options.values()) {
    if (key == "connector" || key == "property-version") continue;
    auto spec = std::find_if(specs.begin(), specs.end(), [&](const OptionSpec& s) { return Matches(s, key); });
    if (spec != specs.end()) {
      TRY(CheckValue(*spec, key, value));
      continue;
    }
    unsupported.push_back(key);
    if (hint.empty()) {
      if (std::string closest = ClosestName(key, supported); !closest.empty()) hint = "did you mean '" + closest + "' instead of '" + key + "'?";
    }
  }
  if (unsupported.empty()) return Status::OK();
  supported.push_back("property-version");
  std::sort(supported.begin(), supported.end());
  supported.erase(std::unique(supported.begin(), supported.end()), supported.end());
  Status s = Status::InvalidSql("Unsupported options found for '" + std::string(owner) + "'.")
                 .WithDetail("Unsupported options: " + Join(unsupported, ", ") + ". Supported options: " + Join(supported, ", "));
  return hint.empty() ? s : std::move(s).WithHint(std::move(hint));
}

}  // namespace tarn::config
