// Expressions of the SQL tree to bound expressions: names resolved, types inferred, casts put in.
// Threads: one binder belongs to one planning.
#pragma once

#include <optional>

#include "expr/function.h"
#include "plan/scope.h"
#include "sql/ast_expr.h"

namespace tarn::plan {

class ExprBinder {
 public:
  // current_database: what CURRENT_DATABASE() answers; "": the function is refused (where no session is).
  ExprBinder(const expr::FunctionRegistry& functions, const Scope& scope, std::string current_database = "")
      : functions_(functions), scope_(scope), current_database_(std::move(current_database)) {}
  virtual ~ExprBinder() = default;

  // Errors carry the position of the nearest node.
  Result<expr::ExprPtr> Bind(const sql::Expr& e);
  const Scope& scope() const { return scope_; }
  const expr::FunctionRegistry& functions() const { return functions_; }
  const std::string& current_database() const { return current_database_; }

 protected:
  // Sees every expression before the binder does; a value replaces what the binder would make. For grouped queries.
  virtual Result<std::optional<expr::ExprPtr>> Intercept(const sql::Expr&) { return std::optional<expr::ExprPtr>(); }

 private:
  Result<expr::ExprPtr> BindNode(const sql::Expr& e);
  Result<expr::ExprPtr> BindLiteral(const sql::Literal& l, const sql::Expr& e);
  Result<expr::ExprPtr> BindColumn(const sql::Name& name);
  Result<expr::ExprPtr> BindField(expr::ExprPtr base, const sql::Identifier& field);
  Result<expr::ExprPtr> BindCase(const sql::Case& c);
  Result<expr::ExprPtr> BindCall(const sql::Call& c, const sql::Expr& e);
  Result<std::vector<expr::ExprPtr>> BindAll(const std::vector<sql::Expr>& list);
  Result<expr::ExprPtr> Make(std::string_view function, std::vector<expr::ExprPtr> args);

  const expr::FunctionRegistry& functions_;
  const Scope& scope_;
  const std::string current_database_;
};

// Structural equality of bound expressions.
bool SameExpr(const expr::Expr& a, const expr::Expr& b);
// A STRING-like literal: CHAR(n) NOT NULL of the text's length in code points.
expr::ExprPtr StringLiteral(std::string_view text);
expr::ExprPtr IntLiteral(int64_t value);
// The value of an INTERVAL literal: months or milliseconds.
Result<int64_t> IntervalValue(const sql::Literal& l, const sql::Position& position);

}  // namespace tarn::plan
