// Completion of a statement at a cursor: what the grammar allows there, with the names that exist.
//
// The text up to the cursor is parsed; the words that the parser would have accepted next, and the kinds of names it asked for, are the
// candidates. Columns come from the tables named anywhere in the statement.
// Threads: a pure function, as far as the NameSource is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sql/parser.h"

namespace tarn::sql {

// The names of a session. Each method is called at most a few times a completion; one that fails returns nothing.
class NameSource {
 public:
  virtual ~NameSource() = default;
  virtual std::vector<std::string> Catalogs() = 0;
  virtual std::vector<std::string> Databases(const std::string& catalog) = 0;                          // "": the current catalog
  virtual std::vector<std::string> Tables(const std::string& catalog, const std::string& database) = 0;  // "": the current; views too
  virtual std::vector<std::string> Columns(const std::vector<std::string>& table_path) = 0;            // 1 to 3 parts
  virtual std::vector<std::string> Functions() = 0;
  virtual std::vector<std::string> Modules() = 0;
  virtual std::vector<std::string> OptionKeys() = 0;                                                    // of SET
};

struct Completion {
  size_t begin = 0, end = 0;               // the bytes that a candidate replaces: the word before the cursor
  std::vector<std::string> candidates;     // words first, then names; each sorted
};

// How many candidates are given at most.
inline constexpr size_t kCandidatesMax = 500;

// position: in bytes, 0 to text.size(); further is taken as the end.
Completion CompleteStatement(std::string_view text, size_t position, NameSource& names, const ParseOptions& options = {});

}  // namespace tarn::sql
