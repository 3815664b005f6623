// SHOW, DESCRIBE, USE.
#include <array>
#include <utility>

#include "sql/parser_internal.h"

namespace tarn::sql::internal {

// [FROM | IN name]
Status Parser::ParseFromName(Show& show) {
  if (Accept("FROM") || Accept("IN")) {
    NameKind wanted = show.kind == ShowKind::kColumns ? NameKind::kTable : show.kind == ShowKind::kDatabases ? NameKind::kCatalog : NameKind::kDatabase;
    show.name = TRY(ParseName(wanted));
  }
  return Status::OK();
}

// [[NOT] LIKE | ILIKE 'p']; Hive also without LIKE
Status Parser::ParseLikePattern(Show& show) {
  bool negated = At("NOT") && (At("LIKE", 1) || At("ILIKE", 1));
  if (negated) ++at_;
  if (!At("LIKE") && !At("ILIKE")) {
    if (hive() && AtString()) show.like = NamePattern{false, false, TRY(ParseStringLiteral())};
    return Status::OK();
  }
  NamePattern pattern;
  pattern.negated = negated;
  pattern.ignore_case = At("ILIKE");
  ++at_;
  pattern.pattern = TRY(ParseStringLiteral());
  show.like = std::move(pattern);
  return Status::OK();
}

Result<Statement::Node> Parser::ParseShow() {
  ++at_;
  if (At("CREATE")) return ParseShowCreate();
  Show show;
  if (AcceptWords({"CURRENT", "CATALOG"})) {
    show.kind = ShowKind::kCurrentCatalog;
    return Statement::Node(std::move(show));
  }
  if (AcceptWords({"CURRENT", "DATABASE"})) {
    show.kind = ShowKind::kCurrentDatabase;
    return Statement::Node(std::move(show));
  }
  if (AcceptWords({"USER", "FUNCTIONS"})) {
    show.kind = ShowKind::kUserFunctions;
    TRY(ParseFromName(show));
    TRY(ParseLikePattern(show));
    return Statement::Node(std::move(show));
  }
  if (AcceptWords({"FULL", "MODULES"})) {
    show.kind = ShowKind::kFullModules;
    return Statement::Node(std::move(show));
  }
  if (AcceptWords({"MATERIALIZED", "TABLES"})) {
    show.kind = ShowKind::kMaterializedTables;
    TRY(ParseFromName(show));
    TRY(ParseLikePattern(show));
    return Statement::Node(std::move(show));
  }
  struct Plain { std::string_view word; ShowKind kind; bool from; };
  static constexpr std::array<Plain, 10> kPlain = {{{"CATALOGS", ShowKind::kCatalogs, false}, {"DATABASES", ShowKind::kDatabases, true},
                                                    {"TABLES", ShowKind::kTables, true}, {"VIEWS", ShowKind::kViews, true},
                                                    {"FUNCTIONS", ShowKind::kFunctions, true}, {"PROCEDURES", ShowKind::kProcedures, true},
                                                    {"MODULES", ShowKind::kModules, false}, {"JARS", ShowKind::kJars, false},
                                                    {"JOBS", ShowKind::kJobs, false}, {"MODELS", ShowKind::kModels, true}}};
  for (const Plain& plain : kPlain) {
    if (!Accept(plain.word)) continue;
    show.kind = plain.kind;
    if (plain.from) {
      TRY(ParseFromName(show));
      TRY(ParseLikePattern(show));
    }
    return Statement::Node(std::move(show));
  }
  if (hive() && Accept("SCHEMAS")) {
    show.kind = ShowKind::kDatabases;
    TRY(ParseLikePattern(show));
    return Statement::Node(std::move(show));
  }
  if (Accept("COLUMNS")) {
    show.kind = ShowKind::kColumns;
    if (!At("FROM") && !At("IN")) return Unexpected("FROM");
    TRY(ParseFromName(show));
    TRY(ParseLikePattern(show));
    return Statement::Node(std::move(show));
  }
  if (Accept("PARTITIONS")) {
    show.kind = ShowKind::kPartitions;
    show.name = TRY(ParseName(NameKind::kTable));
    show.partition = TRY(ParseOptionalPartition(hive()));
    return Statement::Node(std::move(show));
  }
  if (hive() && Accept("TBLPROPERTIES")) {
    show.kind = ShowKind::kTableProperties;
    show.name = TRY(ParseName(NameKind::kTable));
    if (AcceptSymbol("(")) {
      show.property = TRY(ParseStringLiteral());
      TRY(ExpectSymbol(")"));
    }
    return Statement::Node(std::move(show));
  }
  return Unexpected();
}

Result<Statement::Node> Parser::ParseShowCreate() {
  ++at_;
  Show show;
  if (Accept("TABLE")) {
    show.kind = ShowKind::kCreateTable;
  } else if (Accept("VIEW")) {
    show.kind = ShowKind::kCreateView;
  } else if (Accept("CATALOG")) {
    show.kind = ShowKind::kCreateCatalog;
  } else if (hive() && Accept("DATABASE")) {
    show.kind = ShowKind::kCreateDatabase;
  } else {
    return Unexpected("TABLE");
  }
  NameKind wanted = show.kind == ShowKind::kCreateCatalog ? NameKind::kCatalog : show.kind == ShowKind::kCreateDatabase ? NameKind::kDatabase : NameKind::kTable;
  show.name = TRY(ParseName(wanted));
  return Statement::Node(std::move(show));
}

Result<Statement::Node> Parser::ParseDescribe() {
  ++at_;
  Describe describe;
  if (At("JOB") && Peek(1).kind == TokenKind::kString) {
    ++at_;
    describe.kind = DescribeKind::kJob;
    describe.job_id = TRY(ParseStringLiteral());
    return Statement::Node(std::move(describe));
  }
  bool object_follows = AtName(1) || At("EXTENDED", 1) || Peek(1).kind == TokenKind::kEnd;
  if (At("CATALOG") && object_follows) {
    ++at_;
    describe.kind = DescribeKind::kCatalog;
    describe.extended = Accept("EXTENDED");
    describe.name = TRY(ParseName(NameKind::kCatalog));
    return Statement::Node(std::move(describe));
  }
  if ((At("DATABASE") || (hive() && At("SCHEMA"))) && object_follows) {
    ++at_;
    describe.kind = DescribeKind::kDatabase;
    describe.extended = Accept("EXTENDED");
    describe.name = TRY(ParseName(NameKind::kDatabase));
    return Statement::Node(std::move(describe));
  }
  if (hive() && At("FUNCTION")) {
    ++at_;
    describe.kind = DescribeKind::kFunction;
    describe.extended = Accept("EXTENDED");
    describe.name = TRY(ParseName(NameKind::kFunction));
    return Statement::Node(std::move(describe));
  }
  describe.extended = Accept("EXTENDED");
  if (hive() && !describe.extended && At("FORMATTED") && AtName(1)) {
    ++at_;
    describe.formatted = true;
  }
  describe.name = TRY(ParseName(NameKind::kTable));
  if (hive()) {
    describe.partition = TRY(ParseOptionalPartition(false));
    if (AtName()) describe.column = TRY(ParseName(NameKind::kColumn));
  }
  return Statement::Node(std::move(describe));
}

Result<Statement::Node> Parser::ParseUse() {
  ++at_;
  if (At("CATALOG") && (AtName(1) || Peek(1).kind == TokenKind::kEnd)) {
    ++at_;
    return Statement::Node(UseCatalog{TRY(ParseIdentifier(NameKind::kCatalog))});
  }
  if (Accept("MODULES")) {
    UseModules use;
    do {
      use.modules.push_back(TRY(ParseIdentifier(NameKind::kModule)));
    } while (AcceptSymbol(","));
    return Statement::Node(std::move(use));
  }
  return Statement::Node(UseDatabase{TRY(ParseName(NameKind::kDatabase))});
}

}  // namespace tarn::sql::internal
