// CASE, IF, COALESCE, IFNULL, NULLIF, GREATEST, LEAST, IS_ALPHA, IS_DECIMAL, IS_DIGIT.
#include <fmt/format.h>

#include <charconv>
#include <cwctype>

#include "expr/compare.h"
#include "expr/define.h"
#include "expr/select.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

Status IllegalMixing() { return Status::InvalidSql("Illegal mixing of types in CASE or COALESCE statement"); }

LogicalType Plain(const LogicalType& t) { return t.WithTimeAttribute(types::TimeAttribute::kNone); }

Result<Signature> ResolveCase(std::span<const Argument> args) {
  if (args.size() < 2) return WrongCount("CASE", 2);
  std::vector<LogicalType> values;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool condition = i % 2 == 0 && i + 1 < args.size();
    if (condition && !Fits(Family::kBoolean, args[i])) return Status::InvalidSql("Expected a boolean type");
    if (!condition) values.push_back(args[i].type);
  }
  if (args.size() % 2 == 0) values.push_back(LogicalType::Null());
  auto t = CommonType(values);
  if (!t.ok()) return IllegalMixing();
  Signature s;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool condition = i % 2 == 0 && i + 1 < args.size();
    s.arguments.push_back(condition ? LogicalType::Boolean().WithNullable(args[i].type.nullable()) : t->WithNullable(args[i].type.nullable()));
  }
  s.result = Plain(*t);
  return s;
}

Result<arrow::Datum> Case(const CallArgs& c) {
  const size_t pairs = c.size() / 2;
  std::vector<int16_t> choice(c.rows, static_cast<int16_t>(c.size() % 2 ? pairs : -1));
  std::vector<arrow::Datum> values;
  for (size_t k = 0; k < pairs; ++k) values.push_back(c.args[2 * k + 1]);
  if (c.size() % 2) values.push_back(c.args.back());
  for (size_t k = pairs; k-- > 0;) {   // from the last to the first, so that the first met wins
    Column<bool> met(c.args[2 * k]);
    for (int64_t i = 0; i < c.rows; ++i)
      if (met[i] && !met.IsNull(i)) choice[i] = static_cast<int16_t>(k);
  }
  return Select(choice, values, c.result, c.rows);
}

Result<Signature> ResolveIf(std::span<const Argument> args) {
  if (args.size() != 3) return WrongCount("IF", 3);
  if (args[0].type.root() != TypeRoot::kBoolean) return CannotApply("IF", args, "'IF(<BOOLEAN>, <ANY>, <ANY>)'");
  Signature s = TRY(ResolveCase(args));
  s.result = s.result.WithNullable(AnyNullable(args));   // a nullable condition counts, unlike CASE's
  return s;
}

Result<Signature> ResolveCoalesce(const char* name, size_t low, size_t high, std::span<const Argument> args) {
  if (args.size() < low || args.size() > high) return WrongCount(name, low);
  auto t = CommonType(TypesOf(args));
  if (!t.ok()) return IllegalMixing();
  bool all_nullable = true;
  Signature s;
  for (const Argument& a : args) {
    all_nullable = all_nullable && a.type.nullable();
    s.arguments.push_back(t->WithNullable(a.type.nullable()));
  }
  s.result = Plain(*t).WithNullable(all_nullable);
  return s;
}

Result<arrow::Datum> Coalesce(const CallArgs& c) {
  std::vector<int16_t> choice(c.rows, -1);
  for (size_t k = c.size(); k-- > 0;) {
    ColumnBase in(c.args[k]);
    for (int64_t i = 0; i < c.rows; ++i)
      if (!in.IsNull(i)) choice[i] = static_cast<int16_t>(k);
  }
  return Select(choice, c.args, c.result, c.rows);
}

Result<Signature> ResolveNullIf(std::span<const Argument> args) {
  if (args.size() != 2) return WrongCount("NULLIF", 2);
  LogicalType t = TRY(ComparisonType("=", args));
  (void)t;
  return Signature{Plain(args[0].type).WithNullable(true), {args[0].type, args[1].type}};
}

Result<arrow::Datum> NullIf(const CallArgs& c) {
  const Argument both[] = {{c.types[0], nullptr}, {c.types[1], nullptr}};
  LogicalType t = TRY(ComparisonType("=", both));
  std::vector<arrow::Datum> sides;
  for (int k = 0; k < 2; ++k) {
    if (c.types[k].EqualsIgnoringNullable(t) || (c.types[k].is_character() && t.is_character())) {
      sides.push_back(c.args[k]);
      continue;
    }
    // The comparison may need a wider type than the first argument, which is what is returned.
    static const FunctionRegistry kNone;
    ExprPtr cast = TRY(kNone.MakeCast(MakeInputRef(0, c.types[k]), t.WithNullable(true)));
    const arrow::Datum one[] = {c.args[k]};
    const LogicalType type[] = {c.types[k]};
    sides.push_back(TRY(std::get<Call>(cast->node).function->EvaluateTyped(c.context, one, type, t, c.rows)));
  }
  arrow::Datum equal = TRY(Compare(CompareOp::kEqual, sides[0], sides[1], c.rows));
  Column<bool> eq(equal);
  std::vector<int16_t> choice(c.rows, 0);
  for (int64_t i = 0; i < c.rows; ++i)
    if (!eq.IsNull(i) && eq[i]) choice[i] = -1;
  return Select(choice, c.args.subspan(0, 1), c.result, c.rows);
}

Result<Signature> ResolveExtreme(const char* name, std::span<const Argument> args) {
  if (args.empty()) return WrongCount(name, 1);
  auto t = CommonType(TypesOf(args));
  if (!t.ok()) return CannotApply(name, args, fmt::format("'{}(<COMPARABLE_TYPE>, ...)'", name));
  Signature s;
  for (const Argument& a : args) s.arguments.push_back(t->WithNullable(a.type.nullable()));
  s.result = Plain(*t).WithNullable(AnyNullable(args));
  return s;
}

Result<arrow::Datum> Extreme(const CallArgs& c, int sign) {
  std::vector<std::shared_ptr<arrow::Array>> in;
  std::vector<ColumnBase> columns;
  for (const arrow::Datum& d : c.args) {
    columns.emplace_back(d);
    in.push_back(columns.back().array());
  }
  std::vector<int16_t> choice(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    int16_t best = 0;
    for (size_t k = 0; k < columns.size(); ++k) {
      if (columns[k].IsNull(i)) {
        best = -1;
        break;
      }
      if (k && sign * CompareValues(*in[k], columns[k].index(i), *in[best], columns[best].index(i)) > 0) best = static_cast<int16_t>(k);
    }
    choice[i] = best;
  }
  return Select(choice, c.args, c.result, c.rows);
}

bool IsAlpha(std::string_view s) {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (s.empty()) return false;
  for (size_t i = 0; i < s.size();) {
    auto c = static_cast<unsigned char>(s[i]);
    const size_t n = c < 0x80 ? 1 : (c >> 5) == 6 ? 2 : (c >> 4) == 14 ? 3 : 4;
    uint32_t v = n == 1 ? c : c & (0xff >> (n + 1));
    for (size_t k = 1; k < n && i + k < s.size(); ++k) v = v << 6 | (static_cast<unsigned char>(s[i + k]) & 0x3f);
    if (!(locale ? iswalpha_l(static_cast<wint_t>(v), locale) : std::isalpha(static_cast<int>(v & 0x7f)))) return false;
    i += n;
  }
  return true;
}
bool IsDigit(std::string_view s) {
  if (s.empty()) return false;
  for (unsigned char ch : s)
    if (ch < '0' || ch > '9') return false;
  return true;
}
bool IsDecimal(std::string_view s) {
  if (!s.empty() && (s[0] == '+' || s[0] == '-')) s.remove_prefix(1);
  if (s.empty() || !((s[0] >= '0' && s[0] <= '9') || s[0] == '.')) return false;
  double v;
  auto r = std::from_chars(s.data(), s.data() + s.size(), v);
  return r.ptr == s.data() + s.size() && r.ec != std::errc::invalid_argument;
}

FunctionSpec TextTest(const char* name, bool (*test)(std::string_view), const char* doc, const char* example) {
  return {name, Takes(name, {{Family::kCharacter}}, LogicalType::Boolean(), Nulls::kNever),
          [test](const CallArgs& c) -> Result<arrow::Datum> {
            Column<std::string_view> in(c.args[0]);
            FixedOutput<bool> out(c.rows);
            for (int64_t i = 0; i < c.rows; ++i) out.Set(i, !in.IsNull(i) && test(in[i]));
            return out.Finish(c.result);
          },
          doc, example};
}
}  // namespace

Status Register_function_conditional(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  auto lazy = [&r](FunctionSpec s) {
    s.lazy = true;
    return Define(r, std::move(s));
  };
  TRY(lazy({"CASE", ResolveCase, Case, "CASE WHEN c THEN v ... [ELSE e] END: the value of the first condition that is TRUE.", "CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END -- 'a'"}));
  TRY(lazy({"IF", ResolveIf, Case, "The second argument when the first is TRUE, otherwise the third.", "IF(1 > 2, 'a', 'b') -- 'b'"}));
  TRY(lazy({"COALESCE", [](std::span<const Argument> a) { return ResolveCoalesce("COALESCE", 1, SIZE_MAX, a); }, Coalesce, "The first argument that is not NULL.",
            "COALESCE(NULL, 5) -- 5"}));
  TRY(lazy({"IFNULL", [](std::span<const Argument> a) { return ResolveCoalesce("IFNULL", 2, 2, a); }, Coalesce, "The first argument, or the second when that is NULL.",
            "IFNULL(NULL, 5) -- 5"}));
  TRY(Define(r, {"NULLIF", ResolveNullIf, NullIf, "NULL when both are equal, otherwise the first.", "NULLIF(5, 5) -- NULL"}));
  TRY(Define(r, {"GREATEST", [](std::span<const Argument> a) { return ResolveExtreme("GREATEST", a); }, [](const CallArgs& c) { return Extreme(c, 1); },
                 "The greatest of the arguments; NULL when any is NULL.", "GREATEST(1, 3, 2) -- 3"}));
  TRY(Define(r, {"LEAST", [](std::span<const Argument> a) { return ResolveExtreme("LEAST", a); }, [](const CallArgs& c) { return Extreme(c, -1); },
                 "The least of the arguments; NULL when any is NULL.", "LEAST(1, 3, 2) -- 1"}));
  TRY(Define(r, TextTest("IS_ALPHA", IsAlpha, "Does the text hold letters only? FALSE for ''.", "IS_ALPHA('abc') -- TRUE")));
  TRY(Define(r, TextTest("IS_DIGIT", IsDigit, "Does the text hold digits only? FALSE for ''.", "IS_DIGIT('12') -- TRUE")));
  TRY(Define(r, TextTest("IS_DECIMAL", IsDecimal, "Can the text be read as a number?", "IS_DECIMAL('1.2e3') -- TRUE")));
  return Status::OK();
}
}  // namespace tarn::plug
