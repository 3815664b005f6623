// LIKE: a pattern compiled once. Kinds found in practice (exact, prefix, suffix, contains) avoid the general matcher.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::plug {

class LikePattern {
 public:
  // escape: one character, or empty. nullopt: the escape character is followed by nothing that may be escaped.
  static std::optional<LikePattern> Compile(std::string_view pattern, std::string_view escape);
  bool Matches(std::string_view s) const;

 private:
  enum class Kind { kExact, kPrefix, kSuffix, kContains, kAll, kGeneral } kind_ = Kind::kGeneral;
  struct Part { enum class Type { kText, kOne, kMany } type; std::string text; };
  bool General(std::string_view s) const;
  std::string text_;
  std::vector<Part> parts_;
};

}  // namespace tarn::plug
