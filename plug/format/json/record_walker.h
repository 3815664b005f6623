// Walks the structure of one record: checks it completely and notes where the wanted fields' values are.
//
// Threads: one decoder owns it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plug/format/json/value_reader.h"

namespace tarn::plug::json {

inline constexpr int kDepthMax = 1000;   // nesting, as Jackson's limit

// Reads the token that starts at `begin`; next: the position of the structure after it (or the record's end).
// False: not a JSON token.
bool ReadScalar(const char* text, uint32_t begin, uint32_t next, Value* value);

class FieldNames {
 public:
  explicit FieldNames(std::vector<std::string> names);
  size_t size() const { return names_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  // The field of this raw key (between its quotes), -1: not wanted. `place`: which key of the object it is; records tend to repeat their order.
  int Find(std::string_view raw_key, size_t place);

 private:
  int Look(std::string_view raw_key);
  struct Guess { std::string key; int field = -1; };
  std::vector<std::string> names_;
  std::unordered_map<std::string_view, int> by_name_;
  std::vector<Guess> guesses_;
};

// Walks the object at positions[*index] ('{'), which must end before doc.limit. values gets one entry a wanted field; seen says which
// were there (the last of equal keys wins, as in Jackson). On success *index is the position after '}'.
// False: not sound; *bad is the offset in the text.
bool WalkObject(const Document& doc, uint32_t* index, FieldNames* names, Value* values, uint8_t* seen, uint32_t* bad);
// Any value, checked only; *value describes it. *index moves behind it.
bool WalkValue(const Document& doc, uint32_t* index, Value* value, uint32_t* bad, int depth = 0);

}  // namespace tarn::plug::json
