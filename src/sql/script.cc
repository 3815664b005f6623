// Scripts: where one statement ends and the next begins, and whether a text still lacks its end.
#include "sql/lexer.h"
#include "sql/parser.h"

namespace tarn::sql {
namespace {

// True at the BEGIN of EXECUTE | EXPLAIN | COMPILE ... STATEMENT SET BEGIN, whose inserts belong to the one statement.
// BEGIN STATEMENT SET is a statement by itself.
bool OpensBlock(const std::vector<Token>& tokens, size_t at) {
  return tokens[at].Is("BEGIN") && at >= 2 && tokens[at - 1].Is("SET") && tokens[at - 2].Is("STATEMENT");
}

// END closes the block only as a statement of its own; a CASE ... END inside an insert has something before it.
bool ClosesBlock(const std::vector<Token>& tokens, size_t at) {
  return tokens[at].Is("END") && at > 0 && (tokens[at - 1].IsSymbol(";") || tokens[at - 1].Is("BEGIN"));
}

struct Walk {
  std::vector<ScriptPart> parts;
  bool open_token = false;      // a string, name or comment has no end
};

Walk WalkScript(std::string_view script) {
  Walk walk;
  std::vector<Token> tokens = Lex(script, {.go_on_after_error = true});
  size_t first = 0;
  bool in_block = false;
  auto finish = [&](size_t end, bool terminated) {
    if (end > first) {
      ScriptPart part;
      size_t stop = tokens[end - 1].offset + tokens[end - 1].text.size();
      part.text = script.substr(tokens[first].offset, stop - tokens[first].offset);
      part.position = tokens[first].position;
      part.position.end_line = tokens[end - 1].position.end_line;
      part.position.end_column = tokens[end - 1].position.end_column;
      part.terminated = terminated;
      walk.parts.push_back(part);
    }
    first = end + 1;
    in_block = false;
  };
  for (size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.open) walk.open_token = true;
    if (token.kind == TokenKind::kEnd) {
      finish(i, false);
      break;
    }
    if (OpensBlock(tokens, i)) in_block = true;
    if (in_block && ClosesBlock(tokens, i)) in_block = false;
    if (token.IsSymbol(";") && !in_block) finish(i, true);
  }
  return walk;
}

}  // namespace

std::vector<ScriptPart> SplitScript(std::string_view script) { return WalkScript(script).parts; }

bool IsIncomplete(std::string_view text) {
  Walk walk = WalkScript(text);
  return walk.open_token || walk.parts.empty() || !walk.parts.back().terminated;
}

}  // namespace tarn::sql
