// What to colour in a text: for the interactive client and the portal. Works on unfinished and wrong texts.
//
// Threads: pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sql/parser.h"

namespace tarn::sql {

enum class TextClass : uint8_t { kKeyword, kName, kQuotedName, kString, kNumber, kComment, kHint, kOperator, kError };

struct TextSpan {
  size_t begin = 0, end = 0;      // bytes
  TextClass text_class = TextClass::kName;
  bool operator==(const TextSpan&) const = default;
};

// In order, without overlap; blanks are in no span.
std::vector<TextSpan> Highlight(std::string_view text, const ParseOptions& options = {});

}  // namespace tarn::sql
