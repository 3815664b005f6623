// The options of format 'csv' (Flink's names).
#pragma once

#include <optional>
#include <string>

namespace tarn::plug::csv {

struct Options {
  char delimiter = ',';
  std::optional<char> quote = '"', escape;
  bool allow_comments = false, ignore_parse_errors = false, scientific_decimals = true;
  std::string array_delimiter = ";";
  std::optional<std::string> null_literal;
};

}  // namespace tarn::plug::csv
