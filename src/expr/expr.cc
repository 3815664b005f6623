#include "expr/expr.h"

#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include <set>

#include "expr/function.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::expr {

ExprPtr MakeInputRef(int index, types::LogicalType type) { return std::make_shared<Expr>(Expr{InputRef{index}, std::move(type)}); }
ExprPtr MakeLiteral(std::shared_ptr<arrow::Scalar> value, types::LogicalType type) {
  return std::make_shared<Expr>(Expr{Literal{std::move(value)}, std::move(type)});
}
ExprPtr MakeNull(types::LogicalType type) {
  auto scalar = arrow::MakeNullScalar(types::ToArrow(type));
  return MakeLiteral(std::move(scalar), type.WithNullable(true));
}
ExprPtr MakeCall(const ScalarFunction* function, std::vector<ExprPtr> args, types::LogicalType type) {
  return std::make_shared<Expr>(Expr{Call{function, std::move(args)}, std::move(type)});
}

namespace {
std::string LiteralText(const Literal& l, const types::LogicalType& type) {
  if (!l.value || !l.value->is_valid) return "null:" + type.NotNull().ToString();
  auto array = arrow::MakeArrayFromScalar(*l.value, 1);
  if (!array.ok()) return "?";
  std::string text;
  types::AppendText(**array, 0, type, types::TextStyle::kPlain, "UTC", &text);
  switch (type.root()) {
    case types::TypeRoot::kChar:
    case types::TypeRoot::kVarChar: return "'" + text + "'";
    case types::TypeRoot::kBigInt: return text + ":BIGINT";
    case types::TypeRoot::kBoolean: return l.value->Equals(arrow::BooleanScalar(true)) ? "true" : "false";
    case types::TypeRoot::kIntervalDayTime:
      return fmt::format("{}:{}", static_cast<const arrow::DurationScalar&>(*l.value).value, type.NotNull().ToString());
    case types::TypeRoot::kIntervalYearMonth:
      return fmt::format("{}:{}", static_cast<const arrow::MonthIntervalScalar&>(*l.value).value, type.NotNull().ToString());
    default: return text;
  }
}

bool IsInfix(const std::string& n) {
  return n == "+" || n == "-" || n == "*" || n == "/" || n == "%" || n == "=" || n == "<>" || n == "<" || n == "<=" || n == ">" || n == ">=" ||
         n == "AND" || n == "OR" || n == "||" || n == "LIKE" || n == "SIMILAR TO" || n == "IS DISTINCT FROM" || n == "IS NOT DISTINCT FROM";
}

void Print(const Expr& e, const std::vector<std::string>* names, std::string* out) {
  if (const auto* r = std::get_if<InputRef>(&e.node)) {
    if (names && static_cast<size_t>(r->index) < names->size()) *out += "`" + (*names)[r->index] + "`";
    else *out += "$" + std::to_string(r->index);
    return;
  }
  if (const auto* l = std::get_if<Literal>(&e.node)) {
    *out += LiteralText(*l, e.type);
    return;
  }
  const Call& c = std::get<Call>(e.node);
  const std::string& n = c.function->name();
  auto list = [&](size_t from) {
    for (size_t i = from; i < c.args.size(); ++i) {
      if (i > from) *out += ", ";
      Print(*c.args[i], names, out);
    }
  };
  if (IsInfix(n) && c.args.size() >= 2) {
    auto operand = [&](const Expr& x) {
      const Call* inner = std::get_if<Call>(&x.node);
      bool wrap = inner && IsInfix(inner->function->name());
      if (wrap) *out += '(';
      Print(x, names, out);
      if (wrap) *out += ')';
    };
    for (size_t i = 0; i < c.args.size(); ++i) {
      if (i) *out += " " + n + " ";
      operand(*c.args[i]);
    }
    return;
  }
  if (n.starts_with("IS ") && c.args.size() == 1) {
    Print(*c.args[0], names, out);
    *out += " " + n;
    return;
  }
  if (n == "CAST" || n == "TRY_CAST") {
    *out += n + "(";
    list(0);
    *out += " AS " + e.type.WithNullable(true).ToString() + ")";
    return;
  }
  if (n == "FIELD" && c.args.size() == 2) {
    Print(*c.args[0], names, out);
    const auto* index = std::get_if<Literal>(&c.args[1]->node);
    if (index && c.args[0]->type.root() == types::TypeRoot::kRow) {
      size_t i = static_cast<size_t>(static_cast<const arrow::Int32Scalar&>(*index->value).value);
      if (i < c.args[0]->type.fields().size()) {
        *out += "." + c.args[0]->type.fields()[i].name;
        return;
      }
    }
    *out += ".?";
    return;
  }
  if (n == "NEGATE") {
    *out += "-(";
    list(0);
    *out += ")";
    return;
  }
  *out += n + "(";
  list(0);
  *out += ")";
}

void Collect(const Expr& e, std::set<int>* inputs) {
  if (const auto* r = std::get_if<InputRef>(&e.node)) inputs->insert(r->index);
  if (const auto* c = std::get_if<Call>(&e.node))
    for (const ExprPtr& a : c->args) Collect(*a, inputs);
}
}  // namespace

std::string ToString(const Expr& e, const std::vector<std::string>* input_names) {
  std::string out;
  Print(e, input_names, &out);
  return out;
}

std::vector<int> InputsOf(const std::vector<ExprPtr>& exprs) {
  std::set<int> inputs;
  for (const ExprPtr& e : exprs) Collect(*e, &inputs);
  return {inputs.begin(), inputs.end()};
}

ExprPtr Substitute(const ExprPtr& e, const std::vector<ExprPtr>& replacement) {
  if (const auto* r = std::get_if<InputRef>(&e->node)) return replacement[r->index];
  const auto* c = std::get_if<Call>(&e->node);
  if (!c) return e;
  std::vector<ExprPtr> args;
  args.reserve(c->args.size());
  bool changed = false;
  for (const ExprPtr& a : c->args) {
    args.push_back(Substitute(a, replacement));
    changed = changed || args.back() != a;
  }
  return changed ? MakeCall(c->function, std::move(args), e->type) : e;
}

bool IsDeterministic(const Expr& e) {
  const auto* c = std::get_if<Call>(&e.node);
  if (!c) return true;
  if (!c->function->deterministic()) return false;
  for (const ExprPtr& a : c->args)
    if (!IsDeterministic(*a)) return false;
  return true;
}

}  // namespace tarn::expr
