// A regular expression compiled once: PCRE2 behind a small face, set up to act as java.util.regex where they differ.
// Threads: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::plug {

class RegexPattern {
 public:
  // nullopt: not a regular expression.
  static std::optional<RegexPattern> Compile(std::string_view pattern, bool whole = false);
  // SQL's SIMILAR TO pattern as a regular expression over the whole text.
  static std::optional<RegexPattern> CompileSimilar(std::string_view pattern, std::string_view escape);
  RegexPattern(RegexPattern&&) noexcept;
  RegexPattern& operator=(RegexPattern&&) noexcept;
  ~RegexPattern();

  int groups() const { return groups_; }
  // Searches from byte `from`; true: group(0) ... group(groups()) are set.
  bool Find(std::string_view text, size_t from = 0);
  // nullopt: the group took no part.
  std::optional<std::string_view> group(int i) const;
  size_t begin() const;
  size_t end() const;

 private:
  struct State;
  explicit RegexPattern(std::unique_ptr<State> state, int groups);
  std::unique_ptr<State> state_;
  std::string_view text_;
  int groups_ = 0;
};

}  // namespace tarn::plug
