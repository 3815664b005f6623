#include "pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace tarn::plug {

struct RegexPattern::State {
  pcre2_code* code = nullptr;
  pcre2_match_data* match = nullptr;
  bool jit = false;
  ~State() {
    if (match) pcre2_match_data_free(match);
    if (code) pcre2_code_free(code);
  }
};

RegexPattern::RegexPattern(std::unique_ptr<State> state, int groups) : state_(std::move(state)), groups_(groups) {}
RegexPattern::RegexPattern(RegexPattern&&) noexcept = default;
RegexPattern& RegexPattern::operator=(RegexPattern&&) noexcept = default;
RegexPattern::~RegexPattern() = default;

std::optional<RegexPattern> RegexPattern::Compile(std::string_view pattern, bool whole) {
  auto state = std::make_unique<State>();
  int error = 0;
  PCRE2_SIZE at = 0;
  std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> context(pcre2_compile_context_create(nullptr), pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_ANYCRLF);   // Java's dot stops at CR and LF
  uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | (whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0);
  state->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), options, &error, &at, context.get());
  if (!state->code) return std::nullopt;
  state->jit = pcre2_jit_compile(state->code, PCRE2_JIT_COMPLETE) == 0;
  state->match = pcre2_match_data_create_from_pattern(state->code, nullptr);
  uint32_t groups = 0;
  pcre2_pattern_info(state->code, PCRE2_INFO_CAPTURECOUNT, &groups);
  return RegexPattern(std::move(state), static_cast<int>(groups));
}

std::optional<RegexPattern> RegexPattern::CompileSimilar(std::string_view p, std::string_view escape) {
  std::string out = "(?s)";
  bool in_class = false;
  for (size_t i = 0; i < p.size(); ++i) {
    char c = p[i];
    auto literal = [&out](char x) {
      if (!std::isalnum(static_cast<unsigned char>(x)) && static_cast<unsigned char>(x) < 0x80) out += '\\';
      out += x;
    };
    if (!escape.empty() && c == escape[0]) {
      if (i + 1 >= p.size()) return std::nullopt;
      literal(p[++i]);
    } else if (in_class) {
      if (p.substr(i).starts_with("[:")) {
        size_t close = p.find(":]", i);
        if (close == std::string_view::npos) return std::nullopt;
        std::string name(p.substr(i + 2, close - i - 2));
        for (char& x : name) x = static_cast<char>(std::tolower(static_cast<unsigned char>(x)));
        if (name == "whitespace") name = "space";
        out += "[:" + name + ":]";
        i = close + 1;
        continue;
      }
      if (c == ']') in_class = false;
      if (c == '\\' || c == '[') out += '\\';
      out += c;
    } else if (c == '[') {
      in_class = true;
      out += c;
      if (i + 1 < p.size() && p[i + 1] == '^') out += p[++i];
    } else if (c == '%') {
      out += ".*";
    } else if (c == '_') {
      out += '.';
    } else if (std::string_view("|*+?{}()").find(c) != std::string_view::npos) {
      out += c;
    } else {
      literal(c);
    }
  }
  if (in_class) return std::nullopt;
  return Compile(out, true);
}

bool RegexPattern::Find(std::string_view text, size_t from) {
  text_ = text;
  auto subject = reinterpret_cast<PCRE2_SPTR>(text.data() ? text.data() : "");
  int r = state_->jit ? pcre2_jit_match(state_->code, subject, text.size(), from, 0, state_->match, nullptr)
                      : pcre2_match(state_->code, subject, text.size(), from, 0, state_->match, nullptr);
  if (r == PCRE2_ERROR_JIT_STACKLIMIT) r = pcre2_match(state_->code, subject, text.size(), from, PCRE2_NO_JIT, state_->match, nullptr);
  return r >= 0;
}

std::optional<std::string_view> RegexPattern::group(int i) const {
  const PCRE2_SIZE* v = pcre2_get_ovector_pointer(state_->match);
  if (v[2 * i] == PCRE2_UNSET) return std::nullopt;
  return text_.substr(v[2 * i], v[2 * i + 1] - v[2 * i]);
}
size_t RegexPattern::begin() const { return pcre2_get_ovector_pointer(state_->match)[0]; }
size_t RegexPattern::end() const { return pcre2_get_ovector_pointer(state_->match)[1]; }

}  // namespace tarn::plug
