// The printer's one class; private to the room. Its methods live in print_*.cc by the part of the tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.h"
#include "sql/printer.h"

namespace tarn::sql::internal {

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}
  std::string Take() { return std::move(out_); }

  void PrintStatement(const Statement& statement);
  void PrintQuery(const Query& query);
  void PrintExpr(const Expr& expr);
  void PrintType(const DataType& type);
  void PrintName(const Name& name);

 private:
  void Add(std::string_view text) { out_ += text; }
  void AddIf(bool condition, std::string_view text) { if (condition) out_ += text; }
  void AddNumber(int64_t number) { out_ += std::to_string(number); }
  bool hive() const { return options_.dialect == Dialect::kHive; }
  template <typename List, typename F>
  void AddList(const List& list, std::string_view separator, F&& print) {
    bool first = true;
    for (const auto& item : list) {
      if (!first) Add(separator);
      first = false;
      print(item);
    }
  }

  // ------------------------------------------------------------------------------------------- names (print_expr.cc)
  void AddIdentifier(const Identifier& identifier) { AddIdentifier(identifier.name); }
  void AddIdentifier(std::string_view name);
  void AddIdentifiers(const std::vector<Identifier>& list);       // `a`, `b`
  void AddString(std::string_view text);                          // in the dialect's quotes and escapes
  void AddExprs(const std::vector<Expr>& list);                   // a, b
  void AddParenthesizedQuery(const Query& query);
  void AddQualifier(const IntervalQualifier& qualifier);
  void AddFields(const DataType& type);

  // -------------------------------------------------------------------------------------- expressions (print_expr.cc)
  friend struct ExprPrinter;
  void AddOperand(const Expr& expr, int precedence, bool same_needs_parentheses);
  void AddLiteral(const Literal& literal);

  // -------------------------------------------------------------------------------------------- calls (print_call.cc)
  void AddCall(const Call& call);
  bool AddSpecialCall(const Call& call);
  void AddFunctionName(const Call& call);
  void AddArguments(const Call& call);
  void AddJsonModifiers(const Call& call);
  void AddOver(const OverClause& over);
  void AddWindowSpec(const WindowSpec& spec);
  void AddBound(const FrameBound& bound);
  void AddOrderItems(const std::vector<OrderItem>& items);
  void AddTableArgument(const TableArgument& argument, bool parentheses = false);

  // ------------------------------------------------------------------------------------------ queries (print_query.cc)
  friend struct BodyPrinter;
  friend struct TablePrinter;
  void AddBody(const Query::Body& body);
  void AddSetOperand(const Query& query, SetOperator op, bool right);
  void AddSelect(const Select& select);
  void AddGroupingElement(const GroupingElement& element);
  void AddHints(const std::vector<Hint>& hints);
  void AddTableRef(const TableRef& table, bool one_line);
  void AddJoin(const JoinedTable& join, bool one_line);
  void AddAlias(const TableRef& table);
  void AddMatchRecognize(const MatchRecognize& match);
  void AddPattern(const Pattern& pattern, bool inside_quantifier);

  // -------------------------------------------------------------------------------- statements (print_statement.cc ...)
  friend struct StatementPrinter;
  friend struct AlterPrinter;
  void AddOptions(const Options& options);                        // (\n  'k' = 'v'\n)
  void AddWith(const Options& options, std::string_view before);  // WITH (...), or nothing
  void AddKeys(const std::vector<std::string>& keys);
  void AddComment(const Text& comment, std::string_view before);
  void AddPartition(const PartitionSpec& spec);                   // (`p` = v)
  void AddNamePattern(const std::optional<NamePattern>& like);
  void AddColumn(const ColumnDefinition& column);
  void AddConstraint(const TableConstraint& constraint);
  void AddWatermark(const WatermarkDefinition& watermark);
  void AddDistribution(const Distribution& distribution);
  void AddPlacedColumn(const PlacedColumn& column);
  void AddCreateTable(const CreateTable& table);
  void AddCreateTableHead(const CreateTable& table);
  void AddHiveCreateTable(const CreateTable& table);
  void AddHiveColumns(const std::vector<ColumnDefinition>& columns);
  void AddHiveRowFormat(const HiveStorage& hive);
  void AddAlterTable(const AlterTable& alter);
  void AddShow(const Show& show);
  void AddDescribe(const Describe& describe);
  void AddInsert(const Insert& insert);
  void AddStatementSet(const StatementSet& set);
  void AddFunctionLanguage(FunctionLanguage language);

  PrintOptions options_;
  std::string out_;
};

}  // namespace tarn::sql::internal
