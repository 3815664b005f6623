// Cuts CSV text into the fields of one row: quotes, doubled quotes, escapes, line ends inside quotes.
//
// Threads: one owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plug/format/csv/csv_options.h"

namespace tarn::plug::csv {

class RowCutter {
 public:
  enum class Outcome { kRow, kIncomplete, kBad };
  explicit RowCutter(const Options& options) : options_(options) {}
  // The row that begins at text[*at]; *at moves behind its line end. kIncomplete: more text is needed (never with at_end).
  // kBad: *at moves behind the line, problem() says why. fields() are valid until the next call and while text lives.
  Outcome Cut(std::string_view text, bool at_end, size_t* at);
  const std::vector<std::string_view>& fields() const { return fields_; }
  const char* problem() const { return problem_; }

 private:
  struct Piece {
    size_t begin, length;   // in text, or in scratch_ when copied
    bool copied;
  };
  Outcome Bad(std::string_view text, size_t from, size_t* at, const char* problem);
  const Options options_;
  std::vector<Piece> pieces_;
  std::vector<std::string_view> fields_;
  std::string scratch_;
  const char* problem_ = "";
};

}  // namespace tarn::plug::csv
