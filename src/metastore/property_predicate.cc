#include "metastore/property_predicate.h"

#include <charconv>
#include <optional>

#include "fmt/format.h"

namespace tarn::metastore {

namespace {

using Value = std::optional<std::string>;   // none: null
constexpr int kDepthMax = 100;

std::optional<double> Number(const std::string& s) {
  double v = 0;
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);
  if (s.empty() || error != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return v;
}

// Recursive descent; one character or word ahead.
class Parser {
 public:
  Parser(std::string_view text, const std::map<std::string, std::string>& properties) : text_(text), properties_(properties) {}

  Result<bool> Whole() {
    bool out = TRY(Or());
    Blanks();
    if (at_ < text_.size()) return Wrong();
    return out;
  }

 private:
  Status Wrong() const { return Status::InvalidSql(fmt::format("parsing error in predicate \"{}\" at {}", text_, at_ + 1)); }
  void Blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  static bool InName(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '-' || c == '.'; }
  // A sign, or a word that ends there.
  bool Take(std::string_view what) {
    Blanks();
    if (!text_.substr(at_).starts_with(what)) return false;
    size_t end = at_ + what.size();
    if (InName(what[0]) && end < text_.size() && InName(text_[end])) return false;
    at_ = end;
    return true;
  }

  Result<bool> Or() {
    if (++depth_ > kDepthMax) return Status::InvalidSql(fmt::format("a predicate has at most {} levels", kDepthMax));
    bool out = TRY(And());
    while (Take("||") || Take("or")) {
      bool right = TRY(And());
      out = out || right;
    }
    --depth_;
    return out;
  }
  Result<bool> And() {
    bool out = TRY(One());
    while (Take("&&") || Take("and")) {
      bool right = TRY(One());
      out = out && right;
    }
    return out;
  }
  Result<bool> One() {
    bool negated = false;
    for (;;) {   // != is no negation
      Blanks();
      if (text_.substr(at_).starts_with("!=") || !(Take("!") || Take("not"))) break;
      negated = !negated;
    }
    bool out;
    if (Take("(")) {
      out = TRY(Or());
      if (!Take(")")) return Wrong();
    } else {
      out = TRY(Comparison());
    }
    return out != negated;
  }
  Result<bool> Comparison() {
    Value left = TRY(Operand());
    struct Op { std::string_view sign, word; bool less, equal, more; };
    static constexpr Op kOps[] = {{"==", "eq", false, true, false}, {"!=", "ne", true, false, true}, {"<=", "le", true, true, false},
                                  {">=", "ge", false, true, true},  {"<", "lt", true, false, false}, {">", "gt", false, false, true}};
    for (const Op& op : kOps) {
      if (!Take(op.sign) && !Take(op.word)) continue;
      Value right = TRY(Operand());
      if (!left || !right) return left.has_value() == right.has_value() ? op.equal : op.sign == "!=";
      auto a = Number(*left), b = Number(*right);
      int order = a && b ? (*a < *b ? -1 : *a > *b) : left->compare(*right);
      return order < 0 ? op.less : order > 0 ? op.more : op.equal;
    }
    return left && *left == "true";
  }
  Result<Value> Operand() {
    Blanks();
    if (at_ >= text_.size()) return Wrong();
    char quote = text_[at_];
    if (quote == '\'' || quote == '"') {
      std::string out;
      for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        out += text_[at_];
      }
      if (at_ >= text_.size()) return Wrong();
      ++at_;
      return Value(std::move(out));
    }
    size_t begin = at_;
    while (at_ < text_.size() && InName(text_[at_])) ++at_;
    std::string word(text_.substr(begin, at_ - begin));
    if (word.empty()) return Wrong();
    if (word == "null") return Value();
    if (word == "true" || word == "false" || Number(word)) return Value(std::move(word));
    auto it = properties_.find(word);
    return it == properties_.end() ? Value() : Value(it->second);
  }

  std::string_view text_;
  const std::map<std::string, std::string>& properties_;
  size_t at_ = 0;
  int depth_ = 0;
};
}  // namespace

Result<bool> MatchesPredicate(std::string_view predicate, const std::map<std::string, std::string>& properties) { return Parser(predicate, properties).Whole(); }

}  // namespace tarn::metastore
