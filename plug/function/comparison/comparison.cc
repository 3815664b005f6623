// =, <>, <, <=, >, >=, IS [NOT] NULL, IS [NOT] DISTINCT FROM, BETWEEN, IN, LIKE.
#include "expr/compare.h"

#include <arrow/util/bitmap_ops.h>

#include <unordered_set>

#include "expr/define.h"
#include "like.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

// A row with a NULL field compares to NULL.
bool HasNullableField(const LogicalType& t) {
  if (t.root() != TypeRoot::kRow) return false;
  for (const types::RowField& f : t.fields())
    if (f.type.nullable() || HasNullableField(f.type)) return true;
  return false;
}

// All arguments meet in one type.
Resolver Meet(std::string name, size_t low, size_t high, Nulls nulls) {
  return [=](std::span<const Argument> args) -> Result<Signature> {
    if (args.size() < low || args.size() > high) return WrongCount(name, low);
    LogicalType t = TRY(ComparisonType(name, args));
    Signature s;
    for (const Argument& a : args) s.arguments.push_back(t.WithNullable(a.type.nullable()));
    bool nullable = AnyNullable(args);
    for (const Argument& a : args) nullable = nullable || HasNullableField(a.type);
    s.result = LogicalType::Boolean().WithNullable(nulls == Nulls::kIfAnyArgument && nullable);
    return s;
  };
}

FunctionSpec Comparison(const char* name, CompareOp op, const char* doc, const char* example) {
  return {name, Meet(name, 2, 2, Nulls::kIfAnyArgument), [op](const CallArgs& c) { return Compare(op, c.args[0], c.args[1], c.rows); }, doc, example};
}

Result<arrow::Datum> NullTest(const CallArgs& c, bool want_null) {
  const arrow::Datum& d = c.args[0];
  auto bits = NewBuffer(arrow::bit_util::BytesForBits(c.rows));
  auto fill = [&](bool v) { std::memset(bits->mutable_data(), v ? 0xff : 0, bits->size()); };
  if (d.is_scalar()) {
    fill(d.scalar()->is_valid != want_null);
  } else {
    const auto& data = *d.array();
    if (data.type->id() == arrow::Type::NA) fill(want_null);
    else if (!data.buffers[0] || data.GetNullCount() == 0) fill(!want_null);
    else if (want_null) arrow::internal::InvertBitmap(data.buffers[0]->data(), data.offset, c.rows, bits->mutable_data(), 0);
    else arrow::internal::CopyBitmap(data.buffers[0]->data(), data.offset, c.rows, bits->mutable_data(), 0);
  }
  return arrow::Datum(arrow::ArrayData::Make(arrow::boolean(), c.rows, {nullptr, std::move(bits)}, 0));
}

Result<arrow::Datum> Distinct(const CallArgs& c, bool want_distinct) {
  arrow::Datum equal = TRY(Compare(CompareOp::kEqual, c.args[0], c.args[1], c.rows));
  ColumnBase a(c.args[0]), b(c.args[1]);
  Column<bool> eq(equal);
  FixedOutput<bool> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    bool an = a.IsNull(i), bn = b.IsNull(i);
    bool same = an || bn ? an && bn : eq[i];
    out.Set(i, same != want_distinct);
  }
  return out.Finish(c.result);
}

// v >= low AND v <= high, three-valued.
Result<arrow::Datum> Between(const CallArgs& c, bool symmetric) {
  auto inside = [&](const arrow::Datum& low, const arrow::Datum& high, std::vector<int8_t>* out) -> Status {
    arrow::Datum x = TRY(Compare(CompareOp::kGreaterOrEqual, c.args[0], low, c.rows));
    arrow::Datum y = TRY(Compare(CompareOp::kLessOrEqual, c.args[0], high, c.rows));
    Column<bool> ge(x), le(y);
    for (int64_t i = 0; i < c.rows; ++i) {
      bool gn = ge.IsNull(i), ln = le.IsNull(i);
      if ((!gn && !ge[i]) || (!ln && !le[i])) (*out)[i] = 0;
      else (*out)[i] = gn || ln ? 2 : 1;
    }
    return Status::OK();
  };
  std::vector<int8_t> first(c.rows), second;
  TRY(inside(c.args[1], c.args[2], &first));
  if (symmetric) {
    second.resize(c.rows);
    TRY(inside(c.args[2], c.args[1], &second));
  }
  FixedOutput<bool> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    int8_t v = first[i];
    if (symmetric) v = v == 1 || second[i] == 1 ? 1 : v == 0 && second[i] == 0 ? 0 : 2;
    if (v == 2) out.Null(i);
    else out.Set(i, v == 1);
  }
  return out.Finish(c.result);
}

// Not symmetric and no NULL: both comparisons as bitmaps, one AND.
Result<arrow::Datum> FastBetween(const CallArgs& c) {
  arrow::Datum x = TRY(Compare(CompareOp::kGreaterOrEqual, c.args[0], c.args[1], c.rows));
  arrow::Datum y = TRY(Compare(CompareOp::kLessOrEqual, c.args[0], c.args[2], c.rows));
  if (x.null_count() != 0 || y.null_count() != 0) return Between(c, false);
  auto bits = NewBuffer(arrow::bit_util::BytesForBits(c.rows));
  arrow::internal::BitmapAnd(x.array()->buffers[1]->data(), x.array()->offset, y.array()->buffers[1]->data(), y.array()->offset, c.rows, 0, bits->mutable_data());
  return arrow::Datum(arrow::ArrayData::Make(arrow::boolean(), c.rows, {nullptr, std::move(bits)}, 0));
}

template <typename T, typename Key>
Result<arrow::Datum> InSet(const CallArgs& c) {
  bool has_null = false;
  std::unordered_set<Key> set;
  for (size_t i = 1; i < c.size(); ++i) {
    if (!c.args[i].scalar()->is_valid) { has_null = true; continue; }
    Column<T> v(c.args[i]);
    set.insert(Key(v[0]));
  }
  Column<T> in(c.args[0]);
  FixedOutput<bool> out(c.rows);
  const bool few = set.size() <= 8;
  std::vector<Key> keys(set.begin(), set.end());
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i)) { out.Null(i); continue; }
    Key k(in[i]);
    bool found = false;
    if (few) {
      for (const Key& x : keys) found |= x == k;
    } else {
      found = set.count(k) != 0;
    }
    if (found) out.Set(i, true);
    else if (has_null) out.Null(i);
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> In(const CallArgs& c) {
  bool constants = true;
  for (size_t i = 1; i < c.size(); ++i) constants = constants && c.args[i].is_scalar();
  if (constants) {
    switch (c.args[0].type()->id()) {
      case arrow::Type::INT32:
      case arrow::Type::DATE32:
      case arrow::Type::TIME32: return InSet<int32_t, int32_t>(c);
      case arrow::Type::INT64:
      case arrow::Type::TIMESTAMP: return InSet<int64_t, int64_t>(c);
      case arrow::Type::STRING:
      case arrow::Type::BINARY: return InSet<std::string_view, std::string_view>(c);
      default: break;
    }
  }
  std::vector<int8_t> state(c.rows, 0);   // 2: NULL
  for (size_t i = 1; i < c.size(); ++i) {
    arrow::Datum eq = TRY(Compare(CompareOp::kEqual, c.args[0], c.args[i], c.rows));
    Column<bool> e(eq);
    for (int64_t r = 0; r < c.rows; ++r) {
      if (state[r] == 1) continue;
      if (e.IsNull(r)) state[r] = 2;
      else if (e[r]) state[r] = 1;
    }
  }
  FixedOutput<bool> out(c.rows);
  for (int64_t r = 0; r < c.rows; ++r) {
    if (state[r] == 2) out.Null(r);
    else out.Set(r, state[r] == 1);
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> Like(const CallArgs& c) {
  Column<std::string_view> in(c.args[0]), pattern(c.args[1]);
  std::optional<Column<std::string_view>> escape;
  if (c.size() > 2) escape.emplace(c.args[2]);
  FixedOutput<bool> out(c.rows);
  std::optional<LikePattern> compiled;
  std::string last, last_escape;
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || pattern.IsNull(i) || (escape && escape->IsNull(i))) { out.Null(i); continue; }
    std::string_view e = escape ? (*escape)[i] : std::string_view();
    if (!compiled || last != pattern[i] || last_escape != e) {
      if (escape && e.size() != 1) return Status::InvalidSql("Invalid escape character '" + std::string(e) + "'");
      compiled = LikePattern::Compile(pattern[i], e);
      if (!compiled) return Status::InvalidSql("Invalid escape sequence '" + std::string(pattern[i]) + "'");
      last = pattern[i];
      last_escape = e;
    }
    out.Set(i, compiled->Matches(in[i]));
  }
  return out.Finish(c.result);
}
}  // namespace

Status Register_function_comparison(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  TRY(Define(r, Comparison("=", CompareOp::kEqual, "Equal. Text against a date or time is cast to it.", "1 = 1 -- TRUE")));
  TRY(Define(r, Comparison("<>", CompareOp::kNotEqual, "Not equal.", "1 <> 2 -- TRUE")));
  TRY(Define(r, Comparison("<", CompareOp::kLess, "Less.", "1 < 2 -- TRUE")));
  TRY(Define(r, Comparison("<=", CompareOp::kLessOrEqual, "Less or equal.", "1 <= 2 -- TRUE")));
  TRY(Define(r, Comparison(">", CompareOp::kGreater, "Greater.", "1 > 2 -- FALSE")));
  TRY(Define(r, Comparison(">=", CompareOp::kGreaterOrEqual, "Greater or equal.", "2 >= 2 -- TRUE")));
  TRY(Define(r, {"IS NULL", Takes("IS NULL", {{Family::kAny}}, LogicalType::Boolean(), Nulls::kNever), [](const CallArgs& c) { return NullTest(c, true); },
                 "TRUE for NULL; never NULL.", "NULLIF(1, 1) IS NULL -- TRUE"}));
  TRY(Define(r, {"IS NOT NULL", Takes("IS NOT NULL", {{Family::kAny}}, LogicalType::Boolean(), Nulls::kNever),
                 [](const CallArgs& c) { return NullTest(c, false); }, "TRUE unless NULL; never NULL.", "1 IS NOT NULL -- TRUE"}));
  TRY(Define(r, {"IS DISTINCT FROM", Meet("IS DISTINCT FROM", 2, 2, Nulls::kNever), [](const CallArgs& c) { return Distinct(c, true); },
                 "Not equal, with NULL equal to NULL; never NULL.", "1 IS DISTINCT FROM NULL -- TRUE"}));
  TRY(Define(r, {"IS NOT DISTINCT FROM", Meet("IS NOT DISTINCT FROM", 2, 2, Nulls::kNever), [](const CallArgs& c) { return Distinct(c, false); },
                 "Equal, with NULL equal to NULL; never NULL.", "NULL IS NOT DISTINCT FROM NULL -- TRUE"}));
  TRY(Define(r, {"BETWEEN", Meet("BETWEEN", 3, 3, Nulls::kIfAnyArgument), FastBetween, "Between two bounds, both included; FALSE when low > high.",
                 "2 BETWEEN 1 AND 3 -- TRUE"}));
  TRY(Define(r, {"BETWEEN SYMMETRIC", Meet("BETWEEN SYMMETRIC", 3, 3, Nulls::kIfAnyArgument), [](const CallArgs& c) { return Between(c, true); },
                 "Between two bounds in either order.", "12 BETWEEN SYMMETRIC 15 AND 10 -- TRUE"}));
  TRY(Define(r, {"IN", Meet("IN", 2, SIZE_MAX, Nulls::kIfAnyArgument), In, "Equal to one of the list; NULL when none is and the list holds NULL.",
                 "1 IN (1, 2) -- TRUE"}));
  TRY(Define(r, {"LIKE", Takes("LIKE", {{Family::kCharacter, Family::kCharacter, Family::kCharacter}, 1}, LogicalType::Boolean()), Like,
                 "Matches a pattern: % any text, _ one character; the third argument is the ESCAPE character.", "'abc' LIKE 'a%' -- TRUE"}));
  return Status::OK();
}
}  // namespace tarn::plug
