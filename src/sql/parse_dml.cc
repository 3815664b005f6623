// The first word of a statement decides; then: INSERT, statement sets, EXPLAIN, EXECUTE, plans, jobs, SET and RESET.
#include <utility>

#include "base/text.h"
#include "sql/parser_internal.h"

namespace tarn::sql::internal {

Result<Statement::Node> Parser::ParseStatementNode() {
  if (AtQueryStart()) return Statement::Node(TRY(ParseQuery()));
  if (At("CREATE") || (At("REPLACE") && At("TABLE", 1))) return ParseCreate();
  if (At("INSERT")) return Statement::Node(TRY(ParseInsert()));
  if (At("ALTER")) return ParseAlter();
  if (At("DROP")) return ParseDrop();
  if (At("SHOW")) return ParseShow();
  if (At("DESCRIBE") || At("DESC")) return ParseDescribe();
  if (At("USE")) return ParseUse();
  if (At("EXPLAIN")) return ParseExplain();
  if (At("EXECUTE")) return ParseExecute();
  if (At("COMPILE")) return ParseCompile();
  if (At("UPDATE")) return ParseUpdate();
  if (At("DELETE")) return ParseDelete();
  if (At("ANALYZE")) return ParseAnalyze();
  if (At("TRUNCATE")) return ParseTruncate();
  if (At("STOP")) return ParseStop();
  if (At("SET")) return ParseSet();
  if (At("RESET")) return ParseReset();
  if (Accept("BEGIN")) {
    TRY(ExpectWords({"STATEMENT", "SET"}));
    return Statement::Node(BeginStatementSet{});
  }
  if (At("END") && (Peek(1).kind == TokenKind::kEnd || AtSymbol(";", 1))) {
    ++at_;
    return Statement::Node(EndStatementSet{});
  }
  if (AcceptWords({"LOAD", "MODULE"})) {
    LoadModule load;
    load.name = TRY(ParseIdentifier());
    if (Accept("WITH")) load.options = TRY(ParseWithOptions());
    return Statement::Node(std::move(load));
  }
  if (AcceptWords({"UNLOAD", "MODULE"})) return Statement::Node(UnloadModule{TRY(ParseIdentifier(NameKind::kModule))});
  if (AcceptWords({"ADD", "JAR"})) return Statement::Node(AddJar{TRY(ParseStringLiteral())});
  if (AcceptWords({"REMOVE", "JAR"})) return Statement::Node(RemoveJar{TRY(ParseStringLiteral())});
  if (Accept("CALL")) {
    Name name = TRY(ParseName());
    if (!AtSymbol("(")) return Unexpected("(");
    Expr call = TRY(ParseCall(std::move(name)));
    Call* procedure = call.As<Call>();
    if (!procedure) return Unexpected();
    return Statement::Node(CallProcedure{std::move(*procedure)});
  }
  bool alone = Peek(1).kind == TokenKind::kEnd || AtSymbol(";", 1);
  if (alone && Accept("HELP")) return Statement::Node(ClientCommand{ClientCommandKind::kHelp});
  if (alone && Accept("CLEAR")) return Statement::Node(ClientCommand{ClientCommandKind::kClear});
  if (alone && (Accept("QUIT") || Accept("EXIT"))) return Statement::Node(ClientCommand{ClientCommandKind::kQuit});
  if (At("UPSERT") || At("MERGE")) return Unsupported(Peek().upper);
  if (!AtName()) return Unexpected();
  static const std::vector<std::string> kFirstWords = {"SELECT", "INSERT", "CREATE", "ALTER", "DROP", "SHOW", "DESCRIBE", "USE", "EXPLAIN",
                                                       "EXECUTE", "UPDATE", "DELETE", "ANALYZE", "TRUNCATE", "RESET", "VALUES"};
  std::string nearest = ClosestName(Peek().upper, kFirstWords);
  Status status = Invalid("Non-query expression encountered in illegal context", Here());
  if (nearest.empty() || nearest == Peek().upper) return status;
  return std::move(status).WithHint("did you mean " + nearest + "?");
}

// INSERT {INTO | OVERWRITE} [TABLE] t [/*+ hints */] [PARTITION (...)] [(c, ...)] query
Result<Insert> Parser::ParseInsert() {
  Position start = Here();
  ++at_;
  Insert insert;
  insert.overwrite = Accept("OVERWRITE");
  if (!insert.overwrite) TRY(Expect("INTO"));
  if (hive()) Accept("TABLE");
  insert.table = TRY(ParseName(NameKind::kTable));
  insert.hints = TRY(ParseHints());
  insert.partition = TRY(ParseOptionalPartition(hive()));
  if (hive() && At("IF")) insert.if_not_exists = TRY(ParseIfNotExists());
  if (AtSymbol("(") && !AtQueryStart()) {
    ++at_;
    do {
      insert.columns.push_back(TRY(ParseName(NameKind::kColumn)));
    } while (AcceptSymbol(","));
    TRY(ExpectSymbol(")"));
  }
  insert.source = TRY(ParseQuery());
  insert.position = Since(start);
  return insert;
}

// After STATEMENT SET: BEGIN insert; ... END
Result<StatementSet> Parser::ParseStatementSet() {
  TRY(Expect("BEGIN"));
  StatementSet set;
  while (!At("END")) {
    if (!At("INSERT")) return Unexpected("INSERT");
    set.inserts.push_back(TRY(ParseInsert()));
    TRY(ExpectSymbol(";"));
  }
  if (set.inserts.empty()) return Unexpected("INSERT");
  ++at_;
  return set;
}

Result<Statement::Node> Parser::ParseExplain() {
  ++at_;
  Explain explain;
  if (!AcceptWords({"PLAN", "FOR"})) {
    bool more = AtAnyOf({"ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE"});
    while (more) {
      if (Accept("ESTIMATED_COST")) {
        explain.estimated_cost = true;
      } else if (Accept("CHANGELOG_MODE")) {
        explain.changelog_mode = true;
      } else if (Accept("JSON_EXECUTION_PLAN")) {
        explain.json_execution_plan = true;
      } else if (Accept("PLAN_ADVICE")) {
        explain.plan_advice = true;
      } else {
        return Unexpected();
      }
      more = AcceptSymbol(",");
    }
  }
  if (AcceptWords({"STATEMENT", "SET"})) {
    explain.body = TRY(ParseStatementSet());
  } else if (At("INSERT")) {
    explain.body = TRY(ParseInsert());
  } else if (AtQueryStart()) {
    explain.body = TRY(ParseQuery());
  } else {
    return Unexpected();
  }
  return Statement::Node(std::move(explain));
}

Result<Statement::Node> Parser::ParseExecute() {
  ++at_;
  if (AcceptWords({"STATEMENT", "SET"})) return Statement::Node(TRY(ParseStatementSet()));
  if (At("PLAN") && Peek(1).kind == TokenKind::kString) {
    ++at_;
    return Statement::Node(ExecutePlan{TRY(ParseStringLiteral())});
  }
  if (At("INSERT")) return Statement::Node(Execute{TRY(ParseInsert())});
  if (AtQueryStart()) return Statement::Node(Execute{TRY(ParseQuery())});
  return Unexpected();
}

Result<Statement::Node> Parser::ParseCompile() {
  ++at_;
  CompilePlan compile;
  compile.and_execute = AcceptWords({"AND", "EXECUTE"});
  TRY(Expect("PLAN"));
  compile.uri = TRY(ParseStringLiteral());
  if (!compile.and_execute) compile.if_not_exists = TRY(ParseIfNotExists());
  TRY(Expect("FOR"));
  if (AcceptWords({"STATEMENT", "SET"})) {
    compile.body = TRY(ParseStatementSet());
  } else if (At("INSERT")) {
    compile.body = TRY(ParseInsert());
  } else {
    return Unexpected("INSERT");
  }
  return Statement::Node(std::move(compile));
}

Result<Statement::Node> Parser::ParseUpdate() {
  ++at_;
  Update update;
  update.table = TRY(ParseName(NameKind::kTable));
  if (Accept("AS") || AtName()) update.alias = TRY(ParseIdentifier());
  TRY(Expect("SET"));
  do {
    Assignment assignment;
    assignment.column = TRY(ParseName(NameKind::kColumn));
    TRY(ExpectSymbol("="));
    assignment.value = TRY(ParseExpr());
    update.assignments.push_back(std::move(assignment));
  } while (AcceptSymbol(","));
  if (Accept("WHERE")) update.where = TRY(ParseExpr());
  return Statement::Node(std::move(update));
}

Result<Statement::Node> Parser::ParseDelete() {
  ++at_;
  TRY(Expect("FROM"));
  Delete statement;
  statement.table = TRY(ParseName(NameKind::kTable));
  if (Accept("AS") || AtName()) statement.alias = TRY(ParseIdentifier());
  if (Accept("WHERE")) statement.where = TRY(ParseExpr());
  return Statement::Node(std::move(statement));
}

Result<Statement::Node> Parser::ParseAnalyze() {
  ++at_;
  TRY(Expect("TABLE"));
  AnalyzeTable analyze;
  analyze.name = TRY(ParseName(NameKind::kTable));
  analyze.partition = TRY(ParseOptionalPartition(true));
  TRY(ExpectWords({"COMPUTE", "STATISTICS"}));
  if (Accept("FOR")) {
    if (AcceptWords({"ALL", "COLUMNS"})) {
      analyze.all_columns = true;
    } else {
      TRY(Expect("COLUMNS"));
      analyze.for_columns = true;
      if (hive() && !AtName()) {
        analyze.for_columns = false;
        analyze.all_columns = true;
        return Statement::Node(std::move(analyze));
      }
      do {
        analyze.columns.push_back(TRY(ParseIdentifier(NameKind::kColumn)));
      } while (AcceptSymbol(","));
    }
  }
  return Statement::Node(std::move(analyze));
}

Result<Statement::Node> Parser::ParseTruncate() {
  ++at_;
  TRY(Expect("TABLE"));
  TruncateTable truncate;
  truncate.name = TRY(ParseName(NameKind::kTable));
  if (hive()) truncate.partition = TRY(ParseOptionalPartition(false));
  return Statement::Node(std::move(truncate));
}

Result<Statement::Node> Parser::ParseStop() {
  ++at_;
  TRY(Expect("JOB"));
  StopJob stop;
  stop.job_id = TRY(ParseStringLiteral());
  stop.with_savepoint = AcceptWords({"WITH", "SAVEPOINT"});
  stop.with_drain = AcceptWords({"WITH", "DRAIN"});
  return Statement::Node(std::move(stop));
}

std::string_view Parser::TakeRawRest() {
  std::string_view rest = Trim(text_.substr(Peek().offset));
  if (rest.ends_with(';')) rest = Trim(rest.substr(0, rest.size() - 1));
  Token end;
  end.offset = text_.size();
  end.position = Peek().position;
  tokens_.resize(at_);
  tokens_.push_back(std::move(end));
  return rest;
}

// SET; SET 'k' = 'v'; and as the client allows: SET k = v, without quotes and with any characters but blanks.
Result<Statement::Node> Parser::ParseSet() {
  ++at_;
  SetOption set;
  if (AtEnd() || AtSymbol(";")) return Statement::Node(std::move(set));
  if (AtString()) {
    set.key = TRY(ParseStringLiteral());
    if (hive() && !AtSymbol("=")) return Statement::Node(std::move(set));
    TRY(ExpectSymbol("="));
    set.value = TRY(ParseStringLiteral());
    return Statement::Node(std::move(set));
  }
  Parser before = *this;
  std::string_view rest = TakeRawRest();
  size_t equals = rest.find('=');
  std::string_view key = Trim(rest.substr(0, equals));
  if (key.empty() || key.find_first_of(" \t\r\n'\"`(") != std::string_view::npos) return before.Unexpected();
  set.key = std::string(key);
  if (equals == std::string_view::npos) {
    if (hive()) return Statement::Node(std::move(set));
    return before.Unexpected();
  }
  std::string_view value = Trim(rest.substr(equals + 1));
  if (value.size() >= 2 && value.front() == '\'' && value.back() == '\'') {
    std::vector<Token> quoted = Lex(value, {.hive = hive()});
    if (quoted.size() != 2 || quoted[0].kind != TokenKind::kString) return before.Unexpected();
    set.value = std::move(quoted[0].value);
    return Statement::Node(std::move(set));
  }
  if (value.find_first_of("'\n;") != std::string_view::npos) return before.Unexpected();
  set.value = std::string(value);
  return Statement::Node(std::move(set));
}

Result<Statement::Node> Parser::ParseReset() {
  ++at_;
  ResetOption reset;
  if (AtEnd() || AtSymbol(";")) return Statement::Node(std::move(reset));
  if (AtString()) {
    reset.key = TRY(ParseStringLiteral());
    return Statement::Node(std::move(reset));
  }
  Parser before = *this;
  std::string_view rest = TakeRawRest();
  if (rest.find_first_of(" \t\r\n'\"`(;") != std::string_view::npos) return before.Unexpected();
  reset.key = std::string(rest);
  return Statement::Node(std::move(reset));
}

}  // namespace tarn::sql::internal
