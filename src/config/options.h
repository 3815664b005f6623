// Options: a key, a type, a default, a sentence; declared once, checked and documented from here.
//
// OptionSet is what a user wrote (WITH (...), SET ...): key -> text, in order of keys. Getters parse Flink's spellings:
// durations "10 s", "1min", "500 ms", "PT10S"; sizes "128 mb", "64kb"; lists "a;b"; booleans true/false in any case.
// Threads: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::config {

using Milliseconds = std::chrono::milliseconds;

Result<Milliseconds> ParseDuration(std::string_view text);
Result<int64_t> ParseMemorySize(std::string_view text);   // bytes
Result<bool> ParseBoolean(std::string_view text);
Result<int64_t> ParseInteger(std::string_view text);

class OptionSet {
 public:
  OptionSet() = default;
  OptionSet(std::map<std::string, std::string> values) : values_(std::move(values)) {}   // NOLINT: implicit on purpose
  bool Has(std::string_view key) const { return values_.find(std::string(key)) != values_.end(); }
  std::optional<std::string> Find(std::string_view key) const;
  std::string Get(std::string_view key, std::string_view fallback) const;
  // Each: the fallback when absent; kInvalidSql naming key and value when the text doesn't parse.
  Result<Milliseconds> GetDuration(std::string_view key, Milliseconds fallback) const;
  Result<int64_t> GetMemorySize(std::string_view key, int64_t fallback) const;
  Result<bool> GetBoolean(std::string_view key, bool fallback) const;
  Result<int64_t> GetInteger(std::string_view key, int64_t fallback) const;
  Result<std::vector<std::string>> GetList(std::string_view key, char separator = ';') const;   // empty when absent
  Result<std::string> Require(std::string_view key) const;   // kInvalidSql when absent
  void Set(std::string key, std::string value) { values_[std::move(key)] = std::move(value); }
  void Erase(const std::string& key) { values_.erase(key); }
  // Keys that start with prefix, prefix removed.
  OptionSet WithPrefix(std::string_view prefix) const;
  const std::map<std::string, std::string>& values() const { return values_; }
  bool operator==(const OptionSet&) const = default;

 private:
  std::map<std::string, std::string> values_;
};

struct OptionSpec {
  std::string key;         // may end in "*": any key with this prefix ("properties.*", "fields.*")
  std::string type;        // string, boolean, integer, duration, size, list, enum
  std::string fallback;    // "" : none
  bool required = false;
  std::string sentence;
  std::vector<std::string> values;   // enum: allowed values
};

// Flink's texts: "Unsupported options found for 'print'." + unsupported and supported keys (with the closest name as a hint);
// "One or more required options are missing." + names; enum values checked. `owner`: the factory's identifier.
// `also_known` are keys that are valid without a spec here (connector, format, property-version ...).
Status ValidateOptions(std::string_view owner, const OptionSet& options, std::span<const OptionSpec> specs);

}  // namespace tarn::config
