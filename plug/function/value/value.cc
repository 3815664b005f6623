// Values made and taken apart: ROW, ARRAY, MAP, FIELD (row.f), ITEM (a[i], m[k]); TYPEOF, HASH_CODE, PRINT, CURRENT_DATABASE.
#include <arrow/array/array_nested.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <fmt/format.h>

#include "base/log.h"
#include "expr/compare.h"
#include "expr/define.h"
#include "table/registry.h"
#include "types/text_value.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

LogicalType Plain(const LogicalType& t) { return t.WithTimeAttribute(types::TimeAttribute::kNone); }

Result<Signature> ResolveRow(std::span<const Argument> args) {
  std::vector<types::RowField> fields;
  Signature s;
  for (size_t i = 0; i < args.size(); ++i) {
    fields.push_back({fmt::format("EXPR${}", i), Plain(args[i].type), ""});
    s.arguments.push_back(args[i].type);
  }
  s.result = LogicalType::Row(std::move(fields)).NotNull();
  return s;
}

Result<arrow::Datum> Row(const CallArgs& c) {
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  for (const arrow::Datum& d : c.args) children.push_back(TRY(Expanded(d, c.rows))->data());
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(c.result), c.rows, {nullptr}, std::move(children), 0));
}

// `width` arguments a row, row after row: argument k of row i lands at i * width + k.
Result<std::shared_ptr<arrow::Array>> Interleave(std::span<const arrow::Datum> args, const LogicalType& type, int64_t rows) {
  arrow::ArrayVector whole;
  for (const arrow::Datum& d : args) {
    auto a = TRY(Expanded(d, rows));
    if (a->type_id() == arrow::Type::NA) a = TRY(AllNull(type, rows)).make_array();
    whole.push_back(std::move(a));
  }
  if (whole.empty()) return TRY(AllNull(type, 0)).make_array();
  const auto width = static_cast<int64_t>(whole.size());
  auto all = width == 1 ? whole[0] : TRY(arrow::Concatenate(whole));
  if (width == 1) return all;
  std::vector<int32_t> index(rows * width);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < width; ++k) index[i * width + k] = static_cast<int32_t>(k * rows + i);
  return Gather(*all, index.data(), rows * width);
}

std::shared_ptr<arrow::Buffer> EvenOffsets(int64_t rows, int64_t width) {
  auto offsets = NewBuffer((rows + 1) * 4);
  auto* o = reinterpret_cast<int32_t*>(offsets->mutable_data());
  for (int64_t i = 0; i <= rows; ++i) o[i] = static_cast<int32_t>(i * width);
  return offsets;
}

Result<Signature> ResolveArray(std::span<const Argument> args) {
  if (args.empty()) return Status::InvalidSql("Require at least 1 argument");
  auto t = CommonType(TypesOf(args));
  if (!t.ok()) return Status::InvalidSql("Parameters must be of the same type");
  Signature s;
  for (const Argument& a : args) s.arguments.push_back(Plain(t->WithNullable(a.type.nullable())));
  s.result = LogicalType::Array(Plain(*t)).NotNull();
  return s;
}

Result<arrow::Datum> Array(const CallArgs& c) {
  auto values = TRY(Interleave(c.args, c.result.element(), c.rows));
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(c.result), c.rows, {nullptr, EvenOffsets(c.rows, static_cast<int64_t>(c.size()))}, {values->data()}, 0));
}

Result<Signature> ResolveMap(std::span<const Argument> args) {
  if (args.empty() || args.size() % 2) return Status::InvalidSql("Map requires an even number of arguments");
  std::vector<LogicalType> keys, values;
  for (size_t i = 0; i < args.size(); ++i) (i % 2 ? values : keys).push_back(args[i].type);
  auto k = CommonType(keys), v = CommonType(values);
  if (!k.ok() || !v.ok()) return Status::InvalidSql("Parameters must be of the same type");
  Signature s;
  for (size_t i = 0; i < args.size(); ++i) s.arguments.push_back(Plain((i % 2 ? *v : *k).WithNullable(args[i].type.nullable())));
  s.result = LogicalType::Map(Plain(*k), Plain(*v)).NotNull();
  return s;
}

Result<arrow::Datum> Map(const CallArgs& c) {
  std::vector<arrow::Datum> k, v;
  for (size_t i = 0; i < c.size(); ++i) (i % 2 ? v : k).push_back(c.args[i]);
  auto keys = TRY(Interleave(k, c.result.key(), c.rows)), values = TRY(Interleave(v, c.result.value(), c.rows));
  if (keys->null_count() != 0) return Status::NotSupported("NULL as a key of MAP[...]");
  const auto width = static_cast<int64_t>(k.size());
  auto type = types::ToArrow(c.result);
  // A key given twice keeps its place and takes the last value.
  std::vector<int32_t> key_at, value_at;
  auto offsets = NewBuffer((c.rows + 1) * 4);
  auto* o = reinterpret_cast<int32_t*>(offsets->mutable_data());
  o[0] = 0;
  for (int64_t i = 0; i < c.rows; ++i) {
    const size_t first = key_at.size();
    for (int64_t e = i * width; e < (i + 1) * width; ++e) {
      size_t p = first;
      while (p < key_at.size() && !SameValue(*keys, key_at[p], *keys, e)) ++p;
      if (p < key_at.size()) {
        value_at[p] = static_cast<int32_t>(e);
      } else {
        key_at.push_back(static_cast<int32_t>(e));
        value_at.push_back(static_cast<int32_t>(e));
      }
    }
    o[i + 1] = static_cast<int32_t>(key_at.size());
  }
  const auto n = static_cast<int64_t>(key_at.size());
  auto kept_keys = TRY(Gather(*keys, key_at.data(), n)), kept_values = TRY(Gather(*values, value_at.data(), n));
  auto entries = arrow::ArrayData::Make(static_cast<const arrow::MapType&>(*type).value_type(), n, {nullptr}, {kept_keys->data(), kept_values->data()}, 0);
  return arrow::Datum(arrow::ArrayData::Make(type, c.rows, {nullptr, offsets}, {entries}, 0));
}

Result<Signature> ResolveField(std::span<const Argument> args) {
  if (args.size() != 2) return WrongCount("FIELD", 2);
  if (args[0].type.root() != TypeRoot::kRow || !args[1].literal || args[1].literal->type->id() != arrow::Type::INT32)
    return CannotApply("FIELD", args, "'FIELD(<ROW>, <INTEGER LITERAL>)'");
  int32_t i = static_cast<const arrow::Int32Scalar&>(*args[1].literal).value;
  const auto& fields = args[0].type.fields();
  if (i < 0 || static_cast<size_t>(i) >= fields.size()) return Status::InvalidSql(fmt::format("a row of {} fields has none at index {}", fields.size(), i));
  const LogicalType& t = fields[i].type;
  return Signature{t.WithNullable(t.nullable() || args[0].type.nullable()), {args[0].type, args[1].type}};
}

Result<arrow::Datum> Field(const CallArgs& c) {
  const auto row = AsArray(c.args[0]);
  const int32_t i = static_cast<const arrow::Int32Scalar&>(*c.args[1].scalar()).value;
  if (row->type_id() != arrow::Type::STRUCT) return AllNull(c.result, c.rows);
  auto field = TRY(static_cast<const arrow::StructArray&>(*row).GetFlattenedField(i));
  if (c.args[0].is_scalar()) return arrow::Datum(TRY(field->GetScalar(0)));
  return arrow::Datum(std::move(field));
}

Result<Signature> ResolveItem(std::span<const Argument> args) {
  if (args.size() != 2) return WrongCount("ITEM", 2);
  const LogicalType& t = args[0].type;
  if (t.root() == TypeRoot::kArray && Fits(Family::kInt, args[1])) {
    if (args[1].literal && args[1].literal->is_valid && args[1].literal->type->id() == arrow::Type::INT32 && static_cast<const arrow::Int32Scalar&>(*args[1].literal).value <= 0)
      return Status::InvalidSql(fmt::format("Array element access needs an index starting at 1 but was {}.", static_cast<const arrow::Int32Scalar&>(*args[1].literal).value));
    return Signature{t.element().WithNullable(true), {t, LogicalType::Int().WithNullable(args[1].type.nullable())}};
  }
  if (t.root() == TypeRoot::kMap) {
    TRY(CommonType({t.key(), args[1].type}));
    return Signature{t.value().WithNullable(true), {t, args[1].type.is_character() ? args[1].type : t.key().WithNullable(args[1].type.nullable())}};
  }
  if (t.root() == TypeRoot::kRow && args[1].literal) {   // row[1] or row['f']
    std::string name;
    int32_t index = -1;
    if (LiteralText(args[1], &name)) {
      for (size_t i = 0; i < t.fields().size(); ++i)
        if (t.fields()[i].name == name) index = static_cast<int32_t>(i);
    } else if (args[1].literal->type->id() == arrow::Type::INT32) {
      index = static_cast<const arrow::Int32Scalar&>(*args[1].literal).value - 1;
    }
    if (index >= 0 && static_cast<size_t>(index) < t.fields().size()) return Signature{t.fields()[index].type.WithNullable(true), {t, args[1].type}};
  }
  return CannotApply("ITEM", args, "<ARRAY>[<INTEGER>]\n<MAP>[<ANY>]\n<ROW>[<CHARACTER>|<INTEGER>]");
}

Result<arrow::Datum> Item(const CallArgs& c) {
  ColumnBase container(c.args[0]);
  std::vector<int32_t> index(c.rows, -1);
  if (c.types[0].root() == TypeRoot::kArray) {
    const auto& list = static_cast<const arrow::ListArray&>(*container.array());
    Column<int32_t> at(c.args[1]);
    for (int64_t i = 0; i < c.rows; ++i) {
      if (container.IsNull(i) || at.IsNull(i)) continue;
      int64_t row = container.index(i), n = at[i];
      if (n >= 1 && n <= list.value_length(row)) index[i] = static_cast<int32_t>(list.value_offset(row) + n - 1);
    }
    return arrow::Datum(TRY(Gather(*list.values(), index.data(), c.rows, true)));
  }
  if (c.types[0].root() == TypeRoot::kMap) {
    const auto& map = static_cast<const arrow::MapArray&>(*container.array());
    ColumnBase key(c.args[1]);
    for (int64_t i = 0; i < c.rows; ++i) {
      if (container.IsNull(i) || key.IsNull(i)) continue;
      int64_t row = container.index(i);
      for (int64_t e = map.value_offset(row); e < map.value_offset(row + 1); ++e)
        if (CompareValues(*map.keys(), e, *key.array(), key.index(i)) == 0) {
          index[i] = static_cast<int32_t>(e);
          break;
        }
    }
    return arrow::Datum(TRY(Gather(*map.items(), index.data(), c.rows, true)));
  }
  // ROW: the name or the position is a literal.
  int32_t field = -1;
  if (c.types[1].is_character()) {
    std::string_view name = Column<std::string_view>(c.args[1])[0];
    for (size_t i = 0; i < c.types[0].fields().size(); ++i)
      if (c.types[0].fields()[i].name == name) field = static_cast<int32_t>(i);
  } else {
    field = Column<int32_t>(c.args[1])[0] - 1;
  }
  const arrow::Datum args[] = {c.args[0], arrow::Datum(std::make_shared<arrow::Int32Scalar>(field))};
  return Field(CallArgs{c.context, args, c.types, c.result, c.rows});
}

// java.lang.String.hashCode over UTF-16; other values through their Java hash.
int32_t JavaHash(const arrow::Array& a, int64_t i, const LogicalType& t) {
  auto fold = [](int64_t v) { return static_cast<int32_t>(v ^ static_cast<int64_t>(static_cast<uint64_t>(v) >> 32)); };
  switch (t.root()) {
    case TypeRoot::kBoolean: return static_cast<const arrow::BooleanArray&>(a).Value(i) ? 1231 : 1237;
    case TypeRoot::kTinyInt: return static_cast<const arrow::Int8Array&>(a).Value(i);
    case TypeRoot::kSmallInt: return static_cast<const arrow::Int16Array&>(a).Value(i);
    case TypeRoot::kInteger: return static_cast<const arrow::Int32Array&>(a).Value(i);
    case TypeRoot::kDate: return static_cast<const arrow::Date32Array&>(a).Value(i);
    case TypeRoot::kTime: return static_cast<const arrow::Time32Array&>(a).Value(i);
    case TypeRoot::kBigInt: return fold(static_cast<const arrow::Int64Array&>(a).Value(i));
    case TypeRoot::kDouble: return fold(std::bit_cast<int64_t>(static_cast<const arrow::DoubleArray&>(a).Value(i)));
    case TypeRoot::kFloat: return std::bit_cast<int32_t>(static_cast<const arrow::FloatArray&>(a).Value(i));
    default: break;
  }
  std::string text;
  types::AppendText(a, i, t, types::TextStyle::kPlain, "UTC", &text);
  uint32_t h = 0;
  for (size_t k = 0; k < text.size();) {
    auto b = static_cast<unsigned char>(text[k]);
    int n = b < 0x80 ? 1 : (b >> 5) == 6 ? 2 : (b >> 4) == 14 ? 3 : 4;
    uint32_t v = n == 1 ? b : b & (0xff >> (n + 1));
    for (int j = 1; j < n && k + j < text.size(); ++j) v = v << 6 | (static_cast<unsigned char>(text[k + j]) & 0x3f);
    k += n;
    if (v >= 0x10000) h = 31 * h + (0xd800 + ((v - 0x10000) >> 10)), v = 0xdc00 + ((v - 0x10000) & 0x3ff);
    h = 31 * h + v;
  }
  const auto hash = static_cast<int32_t>(h);
  return t.is_character() && hash != INT32_MIN ? std::abs(hash) : hash;   // Flink gives the absolute value for text
}

Status DefineMisc(FunctionRegistry& r) {
  TRY(Define(r, {"TYPEOF",
                 [](std::span<const Argument> args) -> Result<Signature> {
                   if (args.empty() || args.size() > 2) return WrongCount("TYPEOF", 1);
                   return Signature{LogicalType::String(), TypesOf(args)};
                 },
                 [](const CallArgs& c) -> Result<arrow::Datum> {
                   bool serializable = c.size() > 1 && c.args[1].is_scalar() && c.args[1].scalar()->Equals(arrow::BooleanScalar(true));
                   return arrow::Datum(std::make_shared<arrow::StringScalar>(serializable ? c.types[0].ToString() : c.types[0].ToSummaryString()));
                 },
                 "The type of the argument, as text; TRUE as second argument: in its serializable form.", "TYPEOF(1) -- 'INT NOT NULL'"}));
  TRY(Define(r, {"HASH_CODE", Takes("HASH_CODE", {{Family::kAny}}, LogicalType::Int()),
                 [](const CallArgs& c) -> Result<arrow::Datum> {
                   ColumnBase in(c.args[0]);
                   FixedOutput<int32_t> out(c.rows);
                   for (int64_t i = 0; i < c.rows; ++i) {
                     if (in.IsNull(i)) out.Null(i);
                     else out.Set(i, JavaHash(*in.array(), in.index(i), c.types[0]));
                   }
                   return out.Finish(c.result);
                 },
                 "Java's hash code of a value.", "HASH_CODE('a') -- 97"}));
  FunctionSpec print{"PRINT",
                     [](std::span<const Argument> args) -> Result<Signature> {
                       if (args.size() != 2) return WrongCount("PRINT", 2);
                       if (!Fits(Family::kCharacter, args[0])) return CannotApply("PRINT", args, "'PRINT(<CHARACTER>, <ANY>)'");
                       return Signature{args[1].type, {args[0].type, args[1].type}};
                     },
                     [](const CallArgs& c) -> Result<arrow::Datum> {
                       Column<std::string_view> prefix(c.args[0]);
                       ColumnBase value(c.args[1]);
                       for (int64_t i = 0; i < c.rows; ++i) {
                         std::string text;
                         types::AppendText(*value.array(), value.index(i), c.types[1], types::TextStyle::kPlain, c.context.time_zone, &text);
                         LogInfo("PRINT {}{}", prefix.IsNull(i) ? std::string_view("null") : prefix[i], text);
                       }
                       return arrow::Datum(TRY(Expanded(c.args[1], c.rows)));
                     },
                     "Logs a prefix and a value, and returns the value: for finding faults.", "PRINT('x = ', 1) -- 1"};
  print.deterministic = false;
  return Define(r, std::move(print));
}
}  // namespace

Status Register_function_value(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  TRY(Define(r, {"ROW", ResolveRow, Row, "A row of values.", "ROW(1, 'x') -- (1, x)"}));
  TRY(Define(r, {"ARRAY", ResolveArray, Array, "An array of values.", "ARRAY[1, 2] -- [1, 2]"}));
  TRY(Define(r, {"MAP", ResolveMap, Map, "A map of keys and values; a key given twice takes its last value.", "MAP['k', 1] -- {k=1}"}));
  TRY(Define(r, {"FIELD", ResolveField, Field, "A field of a row (row.f); NULL when the row is.", "r.f"}));
  TRY(Define(r, {"ITEM", ResolveItem, Item, "a[i], from 1, of an array; m[k] of a map; NULL when there is none.", "ARRAY[7, 8][2] -- 8"}));
  return DefineMisc(r);
}
}  // namespace tarn::plug
