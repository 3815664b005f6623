// The recursive-descent parser's one class; private to the room. Its methods live in parse_*.cc by the part of the grammar.
//
// Height: the tree under construction may be higher than the recursion is deep (a + b + c leans left), and later walks recurse over
// the tree. So both are bounded: depth_ counts the parser's own recursion, height_ the height of the highest tree made in the
// current scope.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/ast.h"
#include "sql/lexer.h"
#include "sql/parser.h"

namespace tarn::sql::internal {

// What kind of name the grammar wants; only completion asks.
enum class NameKind : uint8_t { kNew, kTable, kColumn, kFunction, kDatabase, kCatalog, kModule };

// What the grammar could go on with at the end of the text: filled while parsing a text that stops at the cursor.
struct Expectation {
  std::set<std::string> words;
  std::set<NameKind> names;
  std::vector<std::string> path;      // the parts before a last dot
};

// CASE x WHEN copies x into each branch; nested in itself that would grow without end.
inline constexpr size_t kCaseCopiesMax = 100'000;

class Parser {
 public:
  Parser(std::string_view text, const ParseOptions& options);

  Result<Statement> WholeStatement();
  Result<Query> WholeQuery();
  Result<Expr> WholeExpr();
  Result<DataType> WholeType();
  Result<Name> WholeName();
  Expectation WholeExpectation();               // parses a statement only to learn what may follow it

 private:
  // -------------------------------------------------------------------------------------------------- tokens (parser.cc)
  const Token& Peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool At(std::string_view word, size_t ahead = 0) const {
    if (expectation_ && at_ + ahead + 1 == tokens_.size()) Note(word);
    return Peek(ahead).Is(word);
  }
  void Note(std::string_view word) const { expectation_->words.emplace(word); }
  void NoteName(NameKind kind, const Name* path = nullptr) const;
  bool AtSymbol(std::string_view symbol, size_t ahead = 0) const { return Peek(ahead).IsSymbol(symbol); }
  bool AtWords(std::initializer_list<std::string_view> words) const;
  bool AtAnyOf(std::initializer_list<std::string_view> words) const;
  bool AtString() const { return Peek().kind == TokenKind::kString; }
  bool AtEnd() const { return Peek().kind == TokenKind::kEnd; }
  bool AtName(size_t ahead = 0) const;          // a token that can be a name
  bool AtQueryStart(size_t ahead = 0) const;    // SELECT, VALUES, WITH, TABLE, and ( before one of them
  bool Accept(std::string_view word);
  bool AcceptSymbol(std::string_view symbol);
  bool AcceptWords(std::initializer_list<std::string_view> words);
  Result<bool> AcceptBy(std::string_view word);   // word, which must go on with BY
  Status Expect(std::string_view word);
  Status ExpectWords(std::initializer_list<std::string_view> words);
  Status ExpectSymbol(std::string_view symbol);
  Status Unexpected(std::string_view expected = "") const;
  Status Invalid(std::string message, const TextPosition& position) const;
  Status Unsupported(std::string_view feature) const;
  Status ExpectEnd();
  Position Here() const { return Peek().position; }
  Position Since(const Position& start) const;  // from start to the end of the token before this one
  bool hive() const { return options_.dialect == Dialect::kHive; }

  struct Depth {
    explicit Depth(Parser& p) : parser(p) { ++parser.depth_; }
    ~Depth() { --parser.depth_; }
    Parser& parser;
  };
  // The trees of an inner scope count one more for the outer.
  struct HeightScope {
    explicit HeightScope(Parser& p) : parser(p), saved(p.height_) { parser.height_ = 0; }
    ~HeightScope() { parser.height_ = std::max(saved, parser.height_ + 1); }
    Parser& parser;
    int saved;
  };
  Status CheckDepth() const;
  Status Higher();                              // one more level on top of what the scope has

  // ------------------------------------------------------------------------------------------------- names, small things
  Result<Identifier> ParseIdentifier(NameKind kind = NameKind::kNew);
  Result<Name> ParseName(NameKind kind = NameKind::kNew);
  Result<std::vector<Identifier>> ParseIdentifierList();                // ( a, b )
  Result<std::string> ParseStringLiteral();
  Result<int> ParseUnsignedInt();
  Result<Options> ParseWithOptions();                                      // ( 'k' = 'v', ... )
  Result<std::vector<std::string>> ParseKeys();                         // ( 'k', ... )
  Result<Text> ParseOptionalComment();                                  // [COMMENT 's']
  Result<PartitionSpec> ParsePartitionSpec(bool values_optional);       // ( p = v, ... )
  Result<PartitionSpec> ParseOptionalPartition(bool values_optional);   // [PARTITION ( ... )]
  Result<std::vector<Hint>> ParseHints();                               // /*+ ... */, or none

  // ------------------------------------------------------------------------------------------------ types (parse_type.cc)
  Result<DataType> ParseType();                 // with [NOT NULL | NULL]
  Result<DataType> ParseTypeWithoutNull();
  Result<DataType> ParseTypeName();
  Result<DataType> ParseRowType(std::string_view close);
  Result<DataType> ParseTimestampTail(DataType type);
  Result<IntervalQualifier> ParseIntervalQualifier();

  // ------------------------------------------------------------------------------------------ expressions (parse_expr.cc)
  Result<Expr> ParseExpr();
  Result<Expr> ParseOperators(int min_precedence);
  Result<Expr> ParsePrefix();
  Result<Expr> ParsePostfix(Expr base, const Position& start);
  Result<bool> ParseInfix(Expr& left, int min_precedence, const Position& start);
  Result<bool> ParseIs(Expr& left, int min_precedence, const Position& start);
  Result<bool> ParseMatching(Expr& left, int min_precedence, const Position& start);
  Result<Expr> ParseIn(Expr left, bool negated);
  Result<Expr> ParseComparison(Expr left, BinaryOp op, int precedence);
  Result<Expr> ParsePrimary();
  Result<Expr> ParseParenthesized();
  static bool IsNumber(const Literal& literal);          // parse_literal.cc
  static Literal Negated(const Literal& literal);        // -x of a number x
  Result<Expr> ParseNumber(bool negative);
  Result<Expr> ParseQuoted();                   // 'x', X'0A'
  Result<Expr> ParseWord();                     // what begins with an unquoted word
  Result<Expr> ParseLiteralWord();              // DATE '...', TRUE, NULL
  Result<Expr> ParseExists();
  Result<Expr> ParseRow();
  Result<Expr> ParseRunningOrFinal();
  Result<Expr> ParseInterval();
  Result<Expr> ParseCase();
  Result<Expr> ParseCast(bool is_try);
  Result<Expr> ParseCollection(CollectionKind kind);
  Result<std::vector<Expr>> ParseExprList();    // a, b
  Result<std::vector<Expr>> ParseParenthesizedExprList();
  Status ParseQueryOrList(Box<Query>& query, std::vector<Expr>& list);
  bool AtParenthesizedQuery(size_t ahead = 0) const;   // at "(": a query, not an expression that begins with one?

  // ------------------------------------------------------------------------------------------------ calls (parse_call.cc)
  Result<Expr> ParseNameOrCall();
  Result<Expr> ParseCall(Name name);
  Result<bool> ParseSpecialCall(const std::string& function, Call& call);
  Status ParseArguments(Call& call);
  Result<Expr> ParseArgumentValue();
  bool AtTableInParentheses() const;
  Status ParseCallTail(Call& call);
  Status ParseTrim(Call& call);
  Status ParseSubstring(Call& call);
  Status ParseOverlay(Call& call);
  Status ParseExtract(Call& call);
  Status ParseRounding(Call& call);
  Status ParsePosition(Call& call);
  Status ParseTimestampArithmetic(Call& call);
  Status ParseJsonCall(const std::string& function, Call& call);
  Status ParseJsonPairs(Call& call, std::string_view default_on_null);
  Status ParseJsonOnNull(Call& call, std::string_view default_on_null);
  Result<Expr> ParseTimeUnitSymbol();
  Result<OverClause> ParseOver();
  Result<WindowSpec> ParseWindowSpec();
  Result<WindowFrame> ParseFrame();
  Result<FrameBound> ParseFrameBound();
  Result<std::vector<OrderItem>> ParseOrderItems();

  // --------------------------------------------------------------------------- queries (parse_query.cc, parse_table_ref.cc)
  Result<Query> ParseQuery();
  Result<Query> ParseSetOperations(int min_precedence);
  Result<Query> ParseQueryLeaf();
  Result<Query> ParseSelect();
  Result<Query> ParseValues();
  Result<SelectItem> ParseSelectItem();
  Result<GroupingElement> ParseGroupingElement(bool inside_sets);
  Status ParseLimits(Query& query);
  Result<TableRef> ParseFrom();
  Result<TableRef> ParseJoins();
  Result<TableRef> ParseTablePrimary();
  Result<TableRef> ParseTableSource();
  Result<TableRef> ParseTableFunction(bool lateral);
  Result<TableRef> ParseMatchRecognize(TableRef input);
  Result<Pattern> ParsePattern();
  Result<Pattern> ParsePatternTerm();
  Result<Pattern> ParsePatternFactor();
  Status ParseAlias(TableRef& table);

  // ------------------------------------------------------------------------------------------------------- statements
  Result<Statement::Node> ParseStatementNode();
  Result<Statement::Node> ParseCreate();                 // parse_create.cc
  Result<Statement::Node> ParseCreateTable(CreateTable table);
  Result<Statement::Node> ParseCreateView(bool temporary, bool replace);
  Result<Statement::Node> ParseCreateFunction(bool temporary, bool system);
  Result<Statement::Node> ParseCreateCatalog();
  Result<Statement::Node> ParseCreateDatabase();
  Result<Statement::Node> ParseCreateMaterializedTable();
  Result<Statement::Node> ParseCreateModel(bool temporary);
  Status ParseTableElements(CreateTable& table);
  Result<ColumnDefinition> ParseColumnDefinition();
  Result<WatermarkDefinition> ParseWatermark();
  Result<TableConstraint> ParseConstraint();
  bool AtConstraint() const;
  Result<Distribution> ParseDistribution();              // after DISTRIBUTED or DISTRIBUTION
  Result<TableLike> ParseTableLike();
  Result<bool> ParseIfNotExists();
  Result<bool> ParseIfExists();
  Result<FunctionLanguage> ParseFunctionLanguage();
  Result<Statement::Node> ParseHiveCreateTable(CreateTable table);      // parse_hive.cc
  Result<std::vector<ColumnDefinition>> ParseHiveColumns();
  Status ParseHiveRowFormat(HiveStorage& hive);
  Status ParseHiveStorage(CreateTable& table);
  Result<Options> ParseHiveProperties();
  Result<bool> ParseHiveAlterAction(AlterTable& alter);
  Result<PlacedColumn> ParseHiveChangeColumn();
  Result<Statement::Node> ParseAlter();                  // parse_alter.cc
  Result<Statement::Node> ParseAlterTable();
  Result<Statement::Node> ParseAlterView();
  Result<Statement::Node> ParseAlterDatabase();
  Result<Statement::Node> ParseAlterCatalog();
  Result<Statement::Node> ParseAlterFunction();
  Result<Statement::Node> ParseAlterMaterializedTable();
  Result<ChangeSchema> ParseSchemaChange(ChangeSchema::Kind kind);
  Result<PlacedColumn> ParsePlacedColumn();
  Result<AlterTable::Action> ParseAlterDrop();
  Result<AlterTable::Action> ParseAddPartitions();
  Result<Statement::Node> ParseDrop();
  Result<Statement::Node> ParseShow();                   // parse_show.cc
  Result<Statement::Node> ParseShowCreate();
  Result<Statement::Node> ParseDescribe();
  Result<Statement::Node> ParseUse();
  Status ParseFromName(Show& show);
  Status ParseLikePattern(Show& show);
  Result<Statement::Node> ParseExplain();                // parse_dml.cc
  Result<Statement::Node> ParseExecute();
  Result<Statement::Node> ParseCompile();
  Result<Insert> ParseInsert();
  Result<StatementSet> ParseStatementSet();              // after STATEMENT SET BEGIN
  Result<Statement::Node> ParseUpdate();
  Result<Statement::Node> ParseDelete();
  Result<Statement::Node> ParseAnalyze();
  Result<Statement::Node> ParseTruncate();
  Result<Statement::Node> ParseStop();
  Result<Statement::Node> ParseSet();
  Result<Statement::Node> ParseReset();
  std::string_view TakeRawRest();                        // the text up to the end, without its ;

  std::string_view text_;
  ParseOptions options_;
  std::vector<Token> tokens_;
  std::vector<size_t> matching_;                // of each "(" token: the index of its ")", or the last token's
  size_t at_ = 0;
  int depth_ = 0, height_ = 0;
  Expectation* expectation_ = nullptr;
  int parameters_ = 0;
  size_t copied_ = 0;                           // tokens that CASE x WHEN ... has copied
  bool in_match_recognize_ = false;
};

// Opens a level of recursion; every method that can nest in itself starts with this.
#define TARN_SQL_NEST()       \
  Depth nest_depth_(*this);   \
  TRY(CheckDepth())

}  // namespace tarn::sql::internal
