#include "session/validated_text.h"

#include <utility>

#include "base/text.h"
#include "expr/function.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace tarn::session {

namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

Status CastArguments(sql::Call* call, plan::ExprBinder& binder) {
  if (call->function.size() != 1 || (!EqualsIgnoreCase(call->function.last(), "COALESCE") && !EqualsIgnoreCase(call->function.last(), "IFNULL"))) return Status::OK();
  std::vector<types::LogicalType> types;
  for (const sql::Argument& a : call->arguments) {
    Result<expr::ExprPtr> bound = binder.Bind(a.value);
    if (!bound.ok()) return Status::OK();
    types.push_back((*bound)->type);
  }
  Result<types::LogicalType> common = expr::CommonType(types);
  if (!common.ok()) return Status::OK();
  for (size_t i = 0; i < types.size(); ++i) {
    if (types[i].WithNullable(true) == common->WithNullable(true) || (types[i].is_character() && common->is_character())) continue;
    call->arguments[i].value = TRY(sql::ParseExpression("CAST(" + sql::Print(call->arguments[i].value) + " AS " + common->WithNullable(true).ToString() + ")"));
  }
  return Status::OK();
}

// The form that the validator puts in place of the call; empty: it stays.
std::string Rewritten(const sql::Call& call) {
  static constexpr std::pair<const char*, const char*> kParts[] = {{"YEAR", "YEAR"}, {"QUARTER", "QUARTER"}, {"MONTH", "MONTH"}, {"WEEK", "WEEK"}, {"DAYOFYEAR", "DOY"},
      {"DAYOFMONTH", "DAY"}, {"DAYOFWEEK", "DOW"}, {"HOUR", "HOUR"}, {"MINUTE", "MINUTE"}, {"SECOND", "SECOND"}};
  if (call.function.size() != 1) return "";
  std::string_view name = call.function.last();
  auto argument = [&](size_t i) { return sql::Print(call.arguments[i].value); };
  if (call.arguments.size() == 1) {
    for (auto [function, part] : kParts) if (EqualsIgnoreCase(name, function)) return std::string("EXTRACT(") + part + " FROM " + argument(0) + ")";
  }
  if (call.arguments.size() == 2 && EqualsIgnoreCase(name, "NULLIF")) {
    return "CASE WHEN (" + argument(0) + ") = (" + argument(1) + ") THEN NULL ELSE " + argument(0) + " END";
  }
  return "";
}

// Inner calls first.
Status Rewrite(sql::Expr* e, plan::ExprBinder& binder) {
  Status failed;
  auto one = [&](sql::Expr& x) { if (Status s = Rewrite(&x, binder); !s.ok()) failed = std::move(s); };
  auto box = [&](sql::Box<sql::Expr>& b) { if (b) one(*b); };
  auto all = [&](std::vector<sql::Expr>& list) { for (sql::Expr& i : list) one(i); };
  std::visit(Visitor{
      [&](sql::Unary& u) { box(u.operand); },
      [&](sql::Binary& b) { box(b.left); box(b.right); },
      [&](sql::Like& l) { box(l.operand); box(l.pattern); box(l.escape); },
      [&](sql::Between& b) { box(b.operand); box(b.low); box(b.high); },
      [&](sql::In& i) { box(i.operand); all(i.list); },
      [&](sql::Quantified& q) { box(q.left); all(q.list); },
      [&](sql::Case& c) {
        for (sql::CaseBranch& b : c.branches) { one(b.condition); one(b.result); }
        box(c.otherwise);
      },
      [&](sql::Cast& c) { box(c.operand); },
      [&](sql::RowValue& r) { all(r.items); },
      [&](sql::Collection& c) { all(c.items); },
      [&](sql::Subscript& s) { box(s.base); box(s.index); },
      [&](sql::FieldAccess& f) { box(f.base); },
      [&](sql::Call& c) {
        for (sql::Argument& a : c.arguments) one(a.value);
        box(c.filter);
        if (failed.ok()) failed = CastArguments(&c, binder);
      },
      [&](sql::IntervalDifference& d) { box(d.left); box(d.right); },
      [&](sql::IntervalOf& i) { box(i.operand); },
      [](sql::ColumnRef&) {}, [](sql::Literal&) {}, [](sql::Star&) {}, [](sql::Exists&) {}, [](sql::ScalarSubquery&) {}, [](sql::Symbol&) {}, [](sql::TypeArgument&) {},
      [](sql::TableArgument&) {}, [](sql::Descriptor&) {}, [](sql::DefaultValue&) {}, [](sql::Parameter&) {},
  }, e->node);
  TRY(failed);
  if (const sql::Call* call = e->As<sql::Call>()) {
    if (std::string text = Rewritten(*call); !text.empty()) *e = TRY(sql::ParseExpression(text));
  }
  return Status::OK();
}
}  // namespace

Result<std::string> ValidatedText(const std::string& expression, plan::ExprBinder& binder) {
  sql::Expr e = TRY(sql::ParseExpression(expression));
  TRY(Rewrite(&e, binder));
  return sql::Print(e, {.validated = true});
}

}  // namespace tarn::session
