#include "plug/format/json/record_walker.h"

#include <cstring>

namespace tarn::plug::json {
namespace {

inline bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
inline bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

inline uint32_t TrimEnd(const char* text, uint32_t begin, uint32_t end) {
  while (end > begin && IsSpace(text[end - 1])) --end;
  return end;
}

bool ReadNumber(const char* text, uint32_t begin, uint32_t end, Value* value) {
  uint32_t i = begin;
  if (i < end && text[i] == '-') ++i;
  const uint32_t digits = i;
  while (i < end && IsDigit(text[i])) ++i;
  if (i == digits || (text[digits] == '0' && i - digits > 1)) return false;
  bool real = false;
  if (i < end && text[i] == '.') {
    real = true;
    const uint32_t fraction = ++i;
    while (i < end && IsDigit(text[i])) ++i;
    if (i == fraction) return false;
  }
  if (i < end && (text[i] == 'e' || text[i] == 'E')) {
    real = true;
    ++i;
    if (i < end && (text[i] == '+' || text[i] == '-')) ++i;
    const uint32_t exponent = i;
    while (i < end && IsDigit(text[i])) ++i;
    if (i == exponent) return false;
  }
  *value = {real ? ValueKind::kReal : ValueKind::kInteger, value->index, begin, i};
  // What follows the number up to the next structure may only be white space.
  return i == end || TrimEnd(text, i, end) == i;
}

inline bool Literal(const char* text, uint32_t begin, uint32_t end, std::string_view word) {
  return end - begin >= word.size() && std::memcmp(text + begin, word.data(), word.size()) == 0 &&
         TrimEnd(text, begin, end) == begin + word.size();
}

}  // namespace

bool ReadScalar(const char* text, uint32_t begin, uint32_t next, Value* value) {
  switch (text[begin]) {
    case '"': {
      // The first stage has closed every string before the next structure: the last character before it is the closing quote.
      const uint32_t end = TrimEnd(text, begin, next);
      if (end < begin + 2 || text[end - 1] != '"') return false;
      const size_t length = end - begin - 2;
      const bool escaped = length > 0 && std::memchr(text + begin + 1, '\\', length) != nullptr;
      *value = {escaped ? ValueKind::kEscapedString : ValueKind::kString, value->index, begin + 1, end - 1};
      return true;
    }
    case 't': *value = {ValueKind::kTrue, value->index, begin, begin + 4}; return Literal(text, begin, next, "true");
    case 'f': *value = {ValueKind::kFalse, value->index, begin, begin + 5}; return Literal(text, begin, next, "false");
    case 'n': *value = {ValueKind::kNull, value->index, begin, begin + 4}; return Literal(text, begin, next, "null");
    default: return ReadNumber(text, begin, next, value);
  }
}

FieldNames::FieldNames(std::vector<std::string> names) : names_(std::move(names)) {
  for (size_t i = 0; i < names_.size(); ++i) by_name_[names_[i]] = static_cast<int>(i);
}

int FieldNames::Look(std::string_view raw_key) {
  if (std::memchr(raw_key.data(), '\\', raw_key.size()) == nullptr) {
    auto it = by_name_.find(raw_key);
    return it == by_name_.end() ? -1 : it->second;
  }
  std::string key;
  if (!Unescape(raw_key, &key)) return -1;
  auto it = by_name_.find(key);
  return it == by_name_.end() ? -1 : it->second;
}

int FieldNames::Find(std::string_view raw_key, size_t place) {
  constexpr size_t kGuessesMax = 256;
  if (place < guesses_.size()) {
    Guess& g = guesses_[place];
    if (g.key.size() == raw_key.size() && std::memcmp(g.key.data(), raw_key.data(), raw_key.size()) == 0) return g.field;
    g = {std::string(raw_key), Look(raw_key)};
    return g.field;
  }
  const int field = Look(raw_key);
  if (place == guesses_.size() && place < kGuessesMax) guesses_.push_back({std::string(raw_key), field});
  return field;
}

bool WalkValue(const Document& doc, uint32_t* index, Value* value, uint32_t* bad, int depth) {
  const char* text = doc.text;
  const uint32_t limit = doc.limit;
  auto at = [&](uint32_t i) { return doc.at(i); };
  const uint32_t start = at(*index);
  *bad = start;
  if (start == limit || depth > kDepthMax) return false;
  value->index = *index;
  value->begin = start;
  const char c = text[start];
  if (c != '{' && c != '[') {
    if (c == '}' || c == ']' || c == ',' || c == ':') return false;
    ++*index;
    return ReadScalar(text, start, at(*index), value);
  }
  value->kind = c == '{' ? ValueKind::kObject : ValueKind::kArray;
  const char close = c == '{' ? '}' : ']';
  ++*index;
  uint32_t p = at(*index);
  if (p < limit && text[p] == close) {
    value->end = p + 1;
    ++*index;
    return true;
  }
  Value inner;
  for (;;) {
    if (c == '{') {
      p = at(*index);
      *bad = p;
      if (p == limit || text[p] != '"') return false;
      const uint32_t colon = at(*index + 1);
      if (colon == limit || text[colon] != ':' || !ReadScalar(text, p, colon, &inner)) return false;
      *index += 2;
    }
    if (!WalkValue(doc, index, &inner, bad, depth + 1)) return false;
    p = at(*index);
    *bad = p;
    if (p == limit) return false;
    ++*index;
    if (text[p] == close) {
      value->end = p + 1;
      return true;
    }
    if (text[p] != ',') return false;
  }
}

bool WalkObject(const Document& doc, uint32_t* index, FieldNames* names, Value* values, uint8_t* seen, uint32_t* bad) {
  const char* text = doc.text;
  const uint32_t limit = doc.limit;
  uint32_t i = *index + 1;   // behind '{'
  auto at = [&](uint32_t k) { return doc.at(k); };
  uint32_t p = at(i);
  *bad = p;
  if (p == limit) return false;
  if (text[p] == '}') {
    *index = i + 1;
    return true;
  }
  Value skipped;
  for (size_t place = 0;; ++place) {
    const uint32_t colon = at(i + 1);
    *bad = p;
    if (text[p] != '"' || colon == limit || text[colon] != ':') return false;
    uint32_t key_end = colon - 1;
    while (key_end > p && IsSpace(text[key_end])) --key_end;
    if (key_end == p || text[key_end] != '"') return false;
    const int field = names->Find(std::string_view(text + p + 1, key_end - p - 1), place);
    i += 2;
    Value* value = field >= 0 ? &values[field] : &skipped;
    const uint32_t start = at(i);
    *bad = start;
    if (start == limit) return false;
    const char c = text[start];
    uint32_t next;
    if (c == '{' || c == '[') {
      if (!WalkValue(doc, &i, value, bad, 1)) return false;
      next = at(i);
    } else {
      if (c == '}' || c == ']' || c == ',' || c == ':') return false;
      value->index = i++;
      next = at(i);
      if (!ReadScalar(text, start, next, value)) return false;
    }
    if (field >= 0) seen[field] = 1;
    *bad = next;
    if (next == limit) return false;
    if (text[next] == '}') break;
    if (text[next] != ',') return false;
    p = at(++i);
    *bad = p;
    if (p == limit) return false;
  }
  *index = i + 1;
  return true;
}

}  // namespace tarn::plug::json
