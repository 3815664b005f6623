#include "sql/complete.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "sql/lexer.h"
#include "sql/parser_internal.h"
#include "sql/printer.h"

namespace tarn::sql {
namespace {

using internal::Expectation;
using internal::NameKind;

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

std::string Quoted(const std::string& name) { return Print(Name::Of({name}), {NameStyle::kReadable}); }

// The word before the cursor, and the text before that word.
struct Cursor {
  std::string_view before;       // of the cursor's statement
  size_t word_begin = 0;         // in the whole text
  std::string word;              // as far as it is written, without backticks
  bool in_string = false, in_comment = false;
};

Cursor FindCursor(std::string_view text, size_t position, bool hive) {
  Cursor cursor;
  std::string_view head = text.substr(0, position);
  size_t statement_begin = head.size();
  std::vector<ScriptPart> parts = SplitScript(head);
  if (!parts.empty() && !parts.back().terminated) statement_begin = static_cast<size_t>(parts.back().text.data() - head.data());
  std::vector<Token> tokens = Lex(head.substr(statement_begin), {.hive = hive, .keep_comments = true, .go_on_after_error = true});
  cursor.word_begin = position;
  if (tokens.size() > 1) {
    const Token& last = tokens[tokens.size() - 2];
    bool touches = statement_begin + last.offset + last.text.size() == position;
    bool line_comment = last.kind == TokenKind::kComment && !last.text.starts_with("/*") && touches;
    cursor.in_comment = line_comment || (last.kind == TokenKind::kComment && last.open);
    cursor.in_string = last.open && !last.text.starts_with("`") && last.kind == TokenKind::kError;
    bool open_name = last.open && last.text.starts_with("`");
    if (touches && (last.kind == TokenKind::kWord || open_name || cursor.in_string)) {
      cursor.word_begin = statement_begin + last.offset;
      cursor.word = std::string(last.text.substr(open_name || cursor.in_string ? 1 : 0));
    }
  }
  cursor.before = head.substr(statement_begin, cursor.word_begin - std::min(cursor.word_begin, statement_begin));
  return cursor;
}

// Tables of the statement: by alias and by last name.
struct Tables {
  std::map<std::string, std::vector<std::string>> by_name;
};

Tables FindTables(std::string_view statement, bool hive) {
  Tables tables;
  std::vector<Token> tokens = Lex(statement, {.hive = hive, .go_on_after_error = true});
  auto name_at = [&](size_t i) {
    return tokens[i].kind == TokenKind::kQuotedName || (tokens[i].kind == TokenKind::kWord && !IsReserved(tokens[i].word_class));
  };
  auto name_of = [&](size_t i) { return tokens[i].kind == TokenKind::kQuotedName ? tokens[i].value : std::string(tokens[i].text); };
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const Token& token = tokens[i];
    bool before_table = token.Is("FROM") || token.Is("JOIN") || token.Is("INTO") || token.Is("OVERWRITE") || token.Is("UPDATE") ||
                        token.Is("TABLE") || token.IsSymbol(",");
    if (!before_table || !name_at(i + 1)) continue;
    std::vector<std::string> path = {name_of(i + 1)};
    size_t next = i + 2;
    while (next + 1 < tokens.size() && tokens[next].IsSymbol(".") && name_at(next + 1)) {
      path.push_back(name_of(next + 1));
      next += 2;
    }
    if (path.size() > 3) continue;
    bool listed = token.IsSymbol(",");      // may be a column as well: tables named otherwise win
    if (next < tokens.size() && tokens[next].Is("AS")) ++next;
    if (next < tokens.size() && name_at(next)) {
      if (listed) {
        tables.by_name.emplace(name_of(next), path);
      } else {
        tables.by_name[name_of(next)] = path;
      }
    } else if (listed) {
      tables.by_name.emplace(path.back(), path);
    } else {
      tables.by_name[path.back()] = path;
    }
  }
  return tables;
}

class Collector {
 public:
  Collector(NameSource& names, const Cursor& cursor, Tables tables) : names_(names), cursor_(cursor), tables_(std::move(tables)) {}

  void Add(const Expectation& expectation) {
    if (expectation.path.empty()) {
      for (const std::string& word : expectation.words) {
        if (StartsWithIgnoreCase(word, cursor_.word)) words_.insert(word);
      }
    }
    for (NameKind kind : expectation.names) AddNames(kind, expectation.path);
  }

  std::vector<std::string> Take() {
    std::vector<std::string> all(words_.begin(), words_.end());
    for (const std::string& name : found_) {
      if (!words_.contains(name)) all.push_back(name);
    }
    if (all.size() > kCandidatesMax) all.resize(kCandidatesMax);
    return all;
  }

 private:
  void Offer(const std::vector<std::string>& list, bool quote = true) {
    for (const std::string& name : list) {
      if (StartsWithIgnoreCase(name, cursor_.word)) found_.insert(quote ? Quoted(name) : name);
    }
  }

  void AddNames(NameKind kind, const std::vector<std::string>& path) {
    switch (kind) {
      case NameKind::kNew: return;
      case NameKind::kCatalog: Offer(names_.Catalogs()); return;
      case NameKind::kModule: Offer(names_.Modules()); return;
      case NameKind::kFunction:
        if (path.empty()) Offer(names_.Functions(), false);
        return;
      case NameKind::kDatabase:
        Offer(names_.Databases(path.empty() ? "" : path[0]));
        if (path.empty()) Offer(names_.Catalogs());
        return;
      case NameKind::kTable:
        if (path.empty()) {
          Offer(names_.Tables("", ""));
          Offer(names_.Databases(""));
          Offer(names_.Catalogs());
        } else if (path.size() == 1) {
          Offer(names_.Tables("", path[0]));
          Offer(names_.Databases(path[0]));
        } else {
          Offer(names_.Tables(path[0], path[1]));
        }
        return;
      case NameKind::kColumn: AddColumns(path); return;
    }
  }

  void AddColumns(const std::vector<std::string>& path) {
    if (path.empty()) {
      std::set<std::vector<std::string>> seen;
      for (const auto& [name, table] : tables_.by_name) {
        if (StartsWithIgnoreCase(name, cursor_.word)) found_.insert(Quoted(name));
        if (seen.insert(table).second) Offer(names_.Columns(table));
      }
      return;
    }
    auto alias = tables_.by_name.find(path.back());
    Offer(names_.Columns(alias != tables_.by_name.end() ? alias->second : path));
  }

  NameSource& names_;
  const Cursor& cursor_;
  Tables tables_;
  std::set<std::string> words_, found_;
};

// SET 'exec..., SET exec...: keys, which contain dots and so are no words of the lexer.
bool CompleteOptionKey(std::string_view statement_head, const Cursor& cursor, NameSource& names, Completion& completion) {
  std::vector<Token> tokens = Lex(statement_head, {.go_on_after_error = true});
  if (tokens.size() < 2 || (!tokens[0].Is("SET") && !tokens[0].Is("RESET"))) return false;
  size_t after_word = tokens[0].offset + tokens[0].text.size();
  if (after_word >= statement_head.size()) return false;
  std::string_view rest = statement_head.substr(after_word);
  size_t blanks = rest.size() - std::string_view(Trim(rest)).size();
  std::string_view written = Trim(rest);
  bool quote = written.starts_with('\'');
  std::string_view key = quote ? written.substr(1) : written;
  if (key.find_first_of("=' \t\n") != std::string_view::npos || (blanks > 0 && !written.empty() && rest.back() == ' ')) return true;
  completion.begin = completion.end - key.size();
  std::set<std::string> found;
  for (const std::string& name : names.OptionKeys()) {
    if (StartsWithIgnoreCase(name, key)) found.insert(name);
  }
  completion.candidates.assign(found.begin(), found.end());
  if (completion.candidates.size() > kCandidatesMax) completion.candidates.resize(kCandidatesMax);
  (void)cursor;
  return true;
}

}  // namespace

Completion CompleteStatement(std::string_view text, size_t position, NameSource& names, const ParseOptions& options) {
  position = std::min(position, text.size());
  bool hive = options.dialect == Dialect::kHive;
  Cursor cursor = FindCursor(text, position, hive);
  Completion completion;
  completion.begin = cursor.word_begin;
  completion.end = position;
  if (cursor.in_comment) return completion;
  size_t statement_begin = static_cast<size_t>(cursor.before.data() - text.data());
  if (CompleteOptionKey(text.substr(statement_begin, position - statement_begin), cursor, names, completion)) return completion;
  if (cursor.in_string) return completion;
  Expectation expectation = internal::Parser(cursor.before, options).WholeExpectation();
  std::string_view whole = text.substr(statement_begin);
  std::vector<ScriptPart> parts = SplitScript(whole);
  Collector collector(names, cursor, FindTables(parts.empty() ? whole : parts.front().text, hive));
  collector.Add(expectation);
  completion.candidates = collector.Take();
  return completion;
}

}  // namespace tarn::sql
