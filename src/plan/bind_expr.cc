#include "plan/bind_expr.h"

#include <arrow/scalar.h>

#include <algorithm>

#include "base/text.h"
#include "expr/aggregate.h"
#include "plan/bind_type.h"

namespace tarn::plan {
using expr::ExprPtr;
using types::LogicalType;
using types::TypeRoot;

namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

std::string_view UnaryName(sql::UnaryOp op) {
  switch (op) {
    case sql::UnaryOp::kNot: return "NOT";
    case sql::UnaryOp::kPlus: return "+";
    case sql::UnaryOp::kMinus: return "NEGATE";
    case sql::UnaryOp::kIsNull: return "IS NULL";
    case sql::UnaryOp::kIsNotNull: return "IS NOT NULL";
    case sql::UnaryOp::kIsTrue: return "IS TRUE";
    case sql::UnaryOp::kIsNotTrue: return "IS NOT TRUE";
    case sql::UnaryOp::kIsFalse: return "IS FALSE";
    case sql::UnaryOp::kIsNotFalse: return "IS NOT FALSE";
    case sql::UnaryOp::kIsUnknown: return "IS UNKNOWN";
    case sql::UnaryOp::kIsNotUnknown: return "IS NOT UNKNOWN";
    case sql::UnaryOp::kIsJsonValue: return "IS JSON VALUE";
    case sql::UnaryOp::kIsNotJsonValue: return "IS NOT JSON VALUE";
    case sql::UnaryOp::kIsJsonObject: return "IS JSON OBJECT";
    case sql::UnaryOp::kIsNotJsonObject: return "IS NOT JSON OBJECT";
    case sql::UnaryOp::kIsJsonArray: return "IS JSON ARRAY";
    case sql::UnaryOp::kIsNotJsonArray: return "IS NOT JSON ARRAY";
    case sql::UnaryOp::kIsJsonScalar: return "IS JSON SCALAR";
    case sql::UnaryOp::kIsNotJsonScalar: return "IS NOT JSON SCALAR";
    case sql::UnaryOp::kRunning: return "RUNNING";
    case sql::UnaryOp::kFinal: return "FINAL";
  }
  return "";
}

std::string_view BinaryName(sql::BinaryOp op) {
  switch (op) {
    case sql::BinaryOp::kOr: return "OR";
    case sql::BinaryOp::kAnd: return "AND";
    case sql::BinaryOp::kEqual: return "=";
    case sql::BinaryOp::kNotEqual: return "<>";
    case sql::BinaryOp::kLess: return "<";
    case sql::BinaryOp::kLessEqual: return "<=";
    case sql::BinaryOp::kGreater: return ">";
    case sql::BinaryOp::kGreaterEqual: return ">=";
    case sql::BinaryOp::kIsDistinctFrom: return "IS DISTINCT FROM";
    case sql::BinaryOp::kIsNotDistinctFrom: return "IS NOT DISTINCT FROM";
    case sql::BinaryOp::kPlus: return "+";
    case sql::BinaryOp::kMinus: return "-";
    case sql::BinaryOp::kMultiply: return "*";
    case sql::BinaryOp::kDivide: return "/";
    case sql::BinaryOp::kModulo: return "%";
    case sql::BinaryOp::kConcat: return "||";
    case sql::BinaryOp::kOverlaps: return "OVERLAPS";
  }
  return "";
}

Status Lacks(std::string what, const sql::Expr& e) { return Status::NotSupported(std::move(what)).WithPosition(e.position); }
}  // namespace

Result<ExprPtr> ExprBinder::Bind(const sql::Expr& e) {
  std::optional<ExprPtr> taken = TRY(Intercept(e));
  if (taken) return *taken;
  Result<ExprPtr> r = BindNode(e);
  if (r.ok() || r.status().position().known()) return r;
  return std::move(r).status().WithPosition(e.position);
}

Result<ExprPtr> ExprBinder::Make(std::string_view function, std::vector<ExprPtr> args) { return functions_.MakeCall(function, std::move(args)); }

Result<std::vector<ExprPtr>> ExprBinder::BindAll(const std::vector<sql::Expr>& list) {
  std::vector<ExprPtr> out;
  for (const sql::Expr& e : list) out.push_back(TRY(Bind(e)));
  return out;
}

Result<ExprPtr> ExprBinder::BindField(ExprPtr base, const sql::Identifier& field) {
  if (base->type.root() != TypeRoot::kRow)
    return Status::InvalidSql("Column '" + field.name + "' not found: the expression before it is no ROW but " + base->type.ToSummaryString()).WithPosition(field.position);
  const auto& fields = base->type.fields();
  std::vector<std::string> names;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field.name) return Make("FIELD", {std::move(base), IntLiteral(static_cast<int64_t>(i))});
    names.push_back(fields[i].name);
  }
  std::string near = ClosestName(field.name, names);
  return Status::InvalidSql("Unknown field '" + field.name + "'" + (near.empty() ? "" : "; did you mean '" + near + "'?")).WithPosition(field.position);
}

Result<ExprPtr> ExprBinder::BindColumn(const sql::Name& name) {
  size_t used = 0;
  int at = TRY(scope_.Find(name, &used));
  ExprPtr e = expr::MakeInputRef(at, scope_.columns[at].type);
  for (; used < name.size(); ++used) e = TRY(BindField(e, name.parts[used]));
  return e;
}

Result<ExprPtr> ExprBinder::BindCase(const sql::Case& c) {
  std::vector<ExprPtr> args;
  for (const sql::CaseBranch& b : c.branches) {
    args.push_back(TRY(Bind(b.condition)));
    args.push_back(TRY(Bind(b.result)));
  }
  args.push_back(c.otherwise ? TRY(Bind(*c.otherwise)) : expr::MakeNull(LogicalType::Null()));
  return Make("CASE", std::move(args));
}

Result<ExprPtr> ExprBinder::BindCall(const sql::Call& c, const sql::Expr& e) {
  std::string name = ToUpper(c.function.last());
  if (name == "CURRENT_DATABASE" && c.function.size() == 1 && c.arguments.empty() && !current_database_.empty()) {
    return expr::MakeLiteral(std::make_shared<arrow::StringScalar>(current_database_), LogicalType::String().NotNull());
  }
  if (c.over) return Lacks("OVER windows (" + name + ")", e);
  if (expr::FindAggregate(name) && !functions_.Find(name))
    return Status::InvalidSql("Aggregate expression is illegal here: " + name).WithPosition(e.position)
        .WithHint("aggregates belong in the SELECT list or HAVING");
  if (c.filter || c.quantifier == sql::SetQuantifier::kDistinct || !c.within_group.empty())
    return Status::InvalidSql("DISTINCT, FILTER and WITHIN GROUP need an aggregate function; '" + name + "' is none").WithPosition(e.position);
  const bool star = std::any_of(c.arguments.begin(), c.arguments.end(), [](const sql::Argument& a) { return a.value.As<sql::Star>() != nullptr; });
  if (star && !functions_.Find(name)) {   // COUTN(*): the name is what is wrong
    return Status::InvalidSql("No match found for function signature " + c.function.last() + "(*)").WithPosition(e.position).WithHint("did you mean COUNT?");
  }
  std::vector<ExprPtr> args;
  for (const sql::Argument& a : c.arguments) {
    if (a.name) return Lacks("named arguments of " + name, e);
    if (const auto* s = a.value.As<sql::Symbol>()) args.push_back(StringLiteral(s->word));
    else if (const auto* t = a.value.As<sql::TypeArgument>()) args.push_back(expr::MakeNull(TRY(BindType(t->type))));
    else args.push_back(TRY(Bind(a.value)));
  }
  // JSON_VALUE and its like: each modifier becomes two arguments, its name and its value. The text 'NULL' is not the word NULL.
  for (const sql::CallModifier& m : c.modifiers) {
    const bool is_default = (m.name == "ON EMPTY" || m.name == "ON ERROR") && !m.value.As<sql::Symbol>();
    args.push_back(StringLiteral(is_default ? "DEFAULT " + m.name : m.name));
    if (const auto* s = m.value.As<sql::Symbol>()) args.push_back(StringLiteral(s->word));
    else if (const auto* t = m.value.As<sql::TypeArgument>()) args.push_back(expr::MakeNull(TRY(BindType(t->type))));
    else args.push_back(TRY(Bind(m.value)));
  }
  // Special syntaxes put the unit last or first as the registry wants it: EXTRACT('UNIT', t), FLOOR(t, 'UNIT'), TIMESTAMPADD('UNIT', i, t).
  return Make(name, std::move(args));
}

Result<ExprPtr> ExprBinder::BindNode(const sql::Expr& e) {
  return std::visit(Visitor{
      [&](const sql::Literal& l) -> Result<ExprPtr> { return BindLiteral(l, e); },
      [&](const sql::ColumnRef& c) -> Result<ExprPtr> { return BindColumn(c.name); },
      [&](const sql::Star&) -> Result<ExprPtr> { return Status::InvalidSql("'*' is not allowed here").WithPosition(e.position); },
      [&](const sql::Unary& u) -> Result<ExprPtr> {
        if (u.op == sql::UnaryOp::kPlus) return Bind(*u.operand);
        if (u.op == sql::UnaryOp::kMinus) {   // a negative literal is a literal, so that -2147483648 and -1.5 have their types
          if (const auto* l = u.operand->As<sql::Literal>()) {
            sql::Literal n = *l;
            if (l->kind == sql::LiteralKind::kBigint && l->integer == 2147483648LL) n.kind = sql::LiteralKind::kInt;
            if (l->kind == sql::LiteralKind::kDecimal && l->text == "9223372036854775808") {
              n.kind = sql::LiteralKind::kBigint;
              n.integer = INT64_MIN;
              return BindLiteral(n, e);
            }
            if (n.kind == sql::LiteralKind::kInt || n.kind == sql::LiteralKind::kBigint) { n.integer = -l->integer; return BindLiteral(n, e); }
            if (n.kind == sql::LiteralKind::kDecimal || n.kind == sql::LiteralKind::kDouble) { n.text = "-" + l->text; return BindLiteral(n, e); }
            if (n.kind == sql::LiteralKind::kInterval) { n.negative = !n.negative; return BindLiteral(n, e); }
          }
        }
        if (u.op == sql::UnaryOp::kRunning || u.op == sql::UnaryOp::kFinal) return Lacks("MATCH_RECOGNIZE", e);
        return Make(UnaryName(u.op), {TRY(Bind(*u.operand))});
      },
      [&](const sql::Binary& b) -> Result<ExprPtr> {
        if (b.op == sql::BinaryOp::kOverlaps) {
          std::vector<ExprPtr> args;
          for (const sql::Expr* side : {&*b.left, &*b.right}) {
            const auto* row = side->As<sql::RowValue>();
            if (!row || row->items.size() != 2) return Status::InvalidSql("OVERLAPS needs two pairs").WithPosition(e.position);
            for (const sql::Expr& i : row->items) args.push_back(TRY(Bind(i)));
          }
          return Make("OVERLAPS", std::move(args));
        }
        return Make(BinaryName(b.op), {TRY(Bind(*b.left)), TRY(Bind(*b.right))});
      },
      [&](const sql::Like& l) -> Result<ExprPtr> {
        std::vector<ExprPtr> args{TRY(Bind(*l.operand)), TRY(Bind(*l.pattern))};
        if (l.escape) args.push_back(TRY(Bind(*l.escape)));
        ExprPtr r = TRY(Make(l.kind == sql::LikeKind::kLike ? "LIKE" : l.kind == sql::LikeKind::kSimilarTo ? "SIMILAR TO" : "REGEXP", std::move(args)));
        return l.negated ? Make("NOT", {r}) : Result<ExprPtr>(r);
      },
      [&](const sql::Between& b) -> Result<ExprPtr> {
        ExprPtr r = TRY(Make(b.symmetric ? "BETWEEN SYMMETRIC" : "BETWEEN", {TRY(Bind(*b.operand)), TRY(Bind(*b.low)), TRY(Bind(*b.high))}));
        return b.negated ? Make("NOT", {r}) : Result<ExprPtr>(r);
      },
      [&](const sql::In& in) -> Result<ExprPtr> {
        if (in.query) return Lacks("IN (query)", e);
        std::vector<ExprPtr> args{TRY(Bind(*in.operand))};
        for (const sql::Expr& i : in.list) args.push_back(TRY(Bind(i)));
        ExprPtr r = TRY(Make("IN", std::move(args)));
        return in.negated ? Make("NOT", {r}) : Result<ExprPtr>(r);
      },
      [&](const sql::Quantified&) -> Result<ExprPtr> { return Lacks("ANY / ALL comparisons", e); },
      [&](const sql::Exists&) -> Result<ExprPtr> { return Lacks("EXISTS (query)", e); },
      [&](const sql::ScalarSubquery&) -> Result<ExprPtr> { return Lacks("scalar subqueries", e); },
      [&](const sql::Case& c) -> Result<ExprPtr> { return BindCase(c); },
      [&](const sql::Cast& c) -> Result<ExprPtr> {
        LogicalType target = TRY(BindType(c.type));
        ExprPtr arg = TRY(Bind(*c.operand));
        return functions_.MakeCast(arg, c.type.nullable.has_value() ? target : target.WithNullable(arg->type.nullable()), c.is_try);
      },
      [&](const sql::RowValue& r) -> Result<ExprPtr> { return Make("ROW", TRY(BindAll(r.items))); },
      [&](const sql::Collection& c) -> Result<ExprPtr> {
        if (c.query) return Lacks("ARRAY(query)", e);
        switch (c.kind) {
          case sql::CollectionKind::kArray: return Make("ARRAY", TRY(BindAll(c.items)));
          case sql::CollectionKind::kMap: return Make("MAP", TRY(BindAll(c.items)));
          case sql::CollectionKind::kMultiset: return Lacks("MULTISET[...]", e);
        }
        return Status::Internal("unknown collection");
      },
      [&](const sql::Subscript& s) -> Result<ExprPtr> { return Make("ITEM", {TRY(Bind(*s.base)), TRY(Bind(*s.index))}); },
      [&](const sql::FieldAccess& f) -> Result<ExprPtr> { return BindField(TRY(Bind(*f.base)), f.field); },
      [&](const sql::Call& c) -> Result<ExprPtr> { return BindCall(c, e); },
      [&](const sql::Symbol& s) -> Result<ExprPtr> { return StringLiteral(s.word); },
      [&](const sql::TypeArgument&) -> Result<ExprPtr> { return Status::InvalidSql("a type is not allowed here"); },
      [&](const sql::TableArgument&) -> Result<ExprPtr> { return Status::InvalidSql("a table is not allowed here"); },
      [&](const sql::Descriptor&) -> Result<ExprPtr> { return Status::InvalidSql("DESCRIPTOR is not allowed here"); },
      [&](const sql::DefaultValue&) -> Result<ExprPtr> { return Lacks("DEFAULT", e); },
      [&](const sql::Parameter&) -> Result<ExprPtr> { return Lacks("dynamic parameters (?)", e); },
      [&](const sql::IntervalDifference& d) -> Result<ExprPtr> {
        return Make("TIMESTAMP DIFFERENCE", {StringLiteral(std::string(sql::TimeUnitName(d.unit.start))), TRY(Bind(*d.left)), TRY(Bind(*d.right))});
      },
      [&](const sql::IntervalOf& i) -> Result<ExprPtr> {
        sql::Literal one;
        one.kind = sql::LiteralKind::kInterval;
        one.text = "1";
        one.interval = sql::IntervalQualifier{i.unit.start, {}, {}, {}};
        return Make("*", {TRY(BindLiteral(one, e)), TRY(Bind(*i.operand))});
      },
  }, e.node);
}

bool SameExpr(const expr::Expr& a, const expr::Expr& b) {
  if (a.node.index() != b.node.index() || !(a.type == b.type)) return false;
  if (const auto* r = std::get_if<expr::InputRef>(&a.node)) return r->index == std::get<expr::InputRef>(b.node).index;
  if (const auto* l = std::get_if<expr::Literal>(&a.node)) {
    const auto& m = std::get<expr::Literal>(b.node);
    return l->value->Equals(*m.value) || (!l->value->is_valid && !m.value->is_valid);
  }
  const auto& c = std::get<expr::Call>(a.node);
  const auto& d = std::get<expr::Call>(b.node);
  if (c.function != d.function || c.args.size() != d.args.size() || !c.function->deterministic()) return false;
  for (size_t i = 0; i < c.args.size(); ++i) if (!SameExpr(*c.args[i], *d.args[i])) return false;
  return true;
}

}  // namespace tarn::plan
