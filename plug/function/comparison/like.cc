#include "like.h"

namespace tarn::plug {

std::optional<LikePattern> LikePattern::Compile(std::string_view p, std::string_view escape) {
  LikePattern out;
  auto text = [&out]() -> std::string& {
    if (out.parts_.empty() || out.parts_.back().type != Part::Type::kText) out.parts_.push_back({Part::Type::kText, ""});
    return out.parts_.back().text;
  };
  for (size_t i = 0; i < p.size(); ++i) {
    if (!escape.empty() && p[i] == escape[0]) {
      if (i + 1 >= p.size() || (p[i + 1] != '%' && p[i + 1] != '_' && p[i + 1] != escape[0])) return std::nullopt;
      text() += p[++i];
    } else if (p[i] == '%') {
      if (out.parts_.empty() || out.parts_.back().type != Part::Type::kMany) out.parts_.push_back({Part::Type::kMany, ""});
    } else if (p[i] == '_') {
      out.parts_.push_back({Part::Type::kOne, ""});
    } else {
      text() += p[i];
    }
  }
  auto type = [&](size_t i) { return out.parts_[i].type; };
  const size_t n = out.parts_.size();
  using T = Part::Type;
  if (n == 0) {
    out.kind_ = Kind::kExact;
  } else if (n == 1 && type(0) == T::kText) {
    out.kind_ = Kind::kExact;
    out.text_ = out.parts_[0].text;
  } else if (n == 1 && type(0) == T::kMany) {
    out.kind_ = Kind::kAll;
  } else if (n == 2 && type(0) == T::kText && type(1) == T::kMany) {
    out.kind_ = Kind::kPrefix;
    out.text_ = out.parts_[0].text;
  } else if (n == 2 && type(0) == T::kMany && type(1) == T::kText) {
    out.kind_ = Kind::kSuffix;
    out.text_ = out.parts_[1].text;
  } else if (n == 3 && type(0) == T::kMany && type(1) == T::kText && type(2) == T::kMany) {
    out.kind_ = Kind::kContains;
    out.text_ = out.parts_[1].text;
  }
  return out;
}

bool LikePattern::Matches(std::string_view s) const {
  switch (kind_) {
    case Kind::kExact: return s == text_;
    case Kind::kPrefix: return s.starts_with(text_);
    case Kind::kSuffix: return s.ends_with(text_);
    case Kind::kContains: return s.find(text_) != std::string_view::npos;
    case Kind::kAll: return true;
    case Kind::kGeneral: return General(s);
  }
  return false;
}

// Greedy matching with one point to return to: the last %.
bool LikePattern::General(std::string_view s) const {
  auto next = [s](size_t i) {   // behind the code point at i
    ++i;
    while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xc0) == 0x80) ++i;
    return i;
  };
  size_t i = 0, part = 0, back_part = parts_.size() + 1, back_i = 0;
  for (;;) {
    bool ok = true;
    if (part == parts_.size()) {
      if (i == s.size()) return true;
      ok = false;
    } else if (parts_[part].type == Part::Type::kMany) {
      back_part = ++part;
      back_i = i;
      if (part == parts_.size()) return true;
      continue;
    } else if (parts_[part].type == Part::Type::kOne) {
      if (i < s.size()) i = next(i), ++part;
      else ok = false;
    } else {
      const std::string& t = parts_[part].text;
      if (s.substr(i).starts_with(t)) i += t.size(), ++part;
      else ok = false;
    }
    if (ok) continue;
    if (back_part > parts_.size() || back_i >= s.size()) return false;
    back_i = next(back_i);
    i = back_i;
    part = back_part;
  }
}

}  // namespace tarn::plug
