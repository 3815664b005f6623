#include "plug/format/csv/csv_row.h"

namespace tarn::plug::csv {

RowCutter::Outcome RowCutter::Bad(std::string_view text, size_t from, size_t* at, const char* problem) {
  const size_t newline = text.find('\n', from);
  *at = newline == std::string_view::npos ? text.size() : newline + 1;
  problem_ = problem;
  return Outcome::kBad;
}

RowCutter::Outcome RowCutter::Cut(std::string_view text, bool at_end, size_t* at) {
  pieces_.clear();
  scratch_.clear();
  const char delimiter = options_.delimiter;
  const char escape = options_.escape.value_or('\0');
  size_t i = *at;
  const size_t n = text.size();
  for (;;) {   // a field a round
    if (options_.quote && i < n && text[i] == *options_.quote) {
      const size_t from = scratch_.size(), start = ++i;
      size_t plain = start;
      bool copied = false, closed = false;
      for (; i < n; ++i) {
        const char c = text[i];
        if (c == *options_.quote) {
          if (i + 1 == n && !at_end) return Outcome::kIncomplete;
          if (i + 1 < n && text[i + 1] == *options_.quote) {   // doubled
            scratch_.append(text.substr(plain, i + 1 - plain));
            copied = true;
            plain = ++i + 1;
            continue;
          }
          closed = true;
          break;
        }
        if (options_.escape && c == escape) {
          if (i + 1 == n) break;
          scratch_.append(text.substr(plain, i - plain));
          copied = true;
          plain = ++i;   // the escaped character itself
        }
      }
      if (!closed) {
        if (!at_end) return Outcome::kIncomplete;
        return Bad(text, *at, at, "a quoted field has no end");
      }
      if (copied) {
        scratch_.append(text.substr(plain, i - plain));
        pieces_.push_back({from, scratch_.size() - from, true});
      } else {
        pieces_.push_back({start, i - start, false});
      }
      ++i;
      while (i < n && (text[i] == ' ' || text[i] == '\t') && text[i] != delimiter) ++i;
      if (i < n && text[i] != delimiter && text[i] != '\n' && text[i] != '\r') return Bad(text, i, at, "text follows the end of a quoted field");
    } else {
      const size_t start = i, from = scratch_.size();
      size_t plain = start;
      bool copied = false;
      while (i < n && text[i] != delimiter && text[i] != '\n' && text[i] != '\r') {
        if (options_.escape && text[i] == escape) {
          if (i + 1 == n) {
            if (!at_end) return Outcome::kIncomplete;
            return Bad(text, i, at, "nothing follows an escape character");
          }
          scratch_.append(text.substr(plain, i - plain));
          copied = true;
          plain = ++i;
        }
        ++i;
      }
      if (copied) {
        scratch_.append(text.substr(plain, i - plain));
        pieces_.push_back({from, scratch_.size() - from, true});
      } else {
        pieces_.push_back({start, i - start, false});
      }
    }
    if (i == n) {
      if (!at_end) return Outcome::kIncomplete;
      *at = n;
      break;
    }
    if (text[i] == delimiter) {
      ++i;
      continue;
    }
    if (text[i] == '\r') {
      if (i + 1 == n && !at_end) return Outcome::kIncomplete;
      i += i + 1 < n && text[i + 1] == '\n' ? 2 : 1;
    } else {
      ++i;
    }
    *at = i;
    break;
  }
  fields_.clear();
  for (const Piece& p : pieces_) fields_.push_back((p.copied ? std::string_view(scratch_) : text).substr(p.begin, p.length));
  return Outcome::kRow;
}

}  // namespace tarn::plug::csv
