// The words of the grammar: which of them may be names, and where.
//
// Threads: any; the table is built once and never changes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tarn::sql {

enum class WordClass : uint8_t {
  kName,               // no word of the grammar
  kNotReserved,        // a word of the grammar that may be a name
  kReserved,           // needs backticks to be a name
  kReservedFunction,   // the same, but may be called: COUNT(...)
  kReservedContext,    // the same, and an expression by itself: CURRENT_DATE
};

// upper_word: in upper case.
WordClass ClassOf(std::string_view upper_word);
inline bool IsReserved(WordClass c) { return c >= WordClass::kReserved; }

// In the Hive dialect other words are reserved.
bool IsHiveReserved(std::string_view upper_word);

// All words of the grammar, sorted.
const std::vector<std::string_view>& AllKeywords();

}  // namespace tarn::sql
