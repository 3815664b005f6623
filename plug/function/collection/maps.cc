// MAP_KEYS, MAP_VALUES, MAP_ENTRIES, MAP_FROM_ARRAYS, MAP_UNION.
#include <arrow/array/array_nested.h>
#include <arrow/array/concatenate.h>
#include <fmt/format.h>

#include "expr/compare.h"
#include "expr/define.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;

namespace {
enum class Part { kKeys, kValues, kEntries };

LogicalType PartType(const LogicalType& map, Part part) {
  switch (part) {
    case Part::kKeys: return LogicalType::Array(map.key());
    case Part::kValues: return LogicalType::Array(map.value());
    case Part::kEntries: return LogicalType::Array(LogicalType::Row({{"key", map.key(), ""}, {"value", map.value(), ""}}));
  }
  return map;
}

Result<arrow::Datum> PartOf(const CallArgs& c, Part part) {
  const auto array = TRY(Expanded(c.args[0], c.rows));
  if (array->type_id() != arrow::Type::MAP) return AllNull(c.result, c.rows);
  const auto& map = static_cast<const arrow::MapArray&>(*array);
  std::shared_ptr<arrow::ArrayData> values;
  if (part == Part::kKeys) values = map.keys()->data();
  else if (part == Part::kValues) values = map.items()->data();
  else values = arrow::ArrayData::Make(types::ToArrow(c.result.element()), map.keys()->length(), {nullptr}, {map.keys()->data(), map.items()->data()}, 0);
  const auto& data = *array->data();
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(c.result), data.length, {data.buffers[0], data.buffers[1]}, {values}, data.null_count, data.offset));
}

// Entries by place; a key seen again takes the later value.
class MapOutput {
 public:
  explicit MapOutput(int64_t rows) : rows_(rows), validity_(rows), offsets_(NewBuffer((rows + 1) * 4)) { at()[0] = 0; }
  void Put(const arrow::Array& keys, int64_t key, int64_t value) {
    for (size_t p = static_cast<size_t>(at()[row_]); p < keys_.size(); ++p)
      if (SameValue(keys, keys_[p], keys, key)) {
        values_[p] = static_cast<int32_t>(value);
        return;
      }
    keys_.push_back(static_cast<int32_t>(key));
    values_.push_back(static_cast<int32_t>(value));
  }
  void Done() { at()[++row_] = static_cast<int32_t>(keys_.size()); }
  void Null() {
    validity_.Null(row_);
    Done();
  }
  Result<arrow::Datum> Finish(const arrow::Array& keys, const arrow::Array& values, const LogicalType& type) {
    auto n = static_cast<int64_t>(keys_.size());
    auto k = TRY(Gather(keys, keys_.data(), n)), v = TRY(Gather(values, values_.data(), n));
    auto t = types::ToArrow(type);
    auto entries = arrow::ArrayData::Make(static_cast<const arrow::MapType&>(*t).value_type(), n, {nullptr}, {k->data(), v->data()}, 0);
    return arrow::Datum(arrow::ArrayData::Make(t, rows_, {validity_.buffer(), offsets_}, {entries}, validity_.nulls()));
  }

 private:
  int32_t* at() const { return reinterpret_cast<int32_t*>(offsets_->mutable_data()); }
  int64_t rows_, row_ = 0;
  Validity validity_;
  std::shared_ptr<arrow::Buffer> offsets_;
  std::vector<int32_t> keys_, values_;
};

Result<arrow::Datum> FromArrays(const CallArgs& c) {
  ColumnBase kc(c.args[0]), vc(c.args[1]);
  if (kc.array()->type_id() != arrow::Type::LIST || vc.array()->type_id() != arrow::Type::LIST) return AllNull(c.result, c.rows);
  const auto& k = static_cast<const arrow::ListArray&>(*kc.array());
  const auto& v = static_cast<const arrow::ListArray&>(*vc.array());
  MapOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (kc.IsNull(i) || vc.IsNull(i)) { out.Null(); continue; }
    int64_t kr = kc.index(i), vr = vc.index(i), n = k.value_length(kr);
    if (n != v.value_length(vr))
      return Status::InvalidSql(fmt::format("Invalid function MAP_FROM_ARRAYS call:\nThe length of the keys array {} is not equal to the length of the values array {}", n, v.value_length(vr)));
    for (int64_t e = 0; e < n; ++e) {
      if (k.values()->IsNull(k.value_offset(kr) + e)) return Status::NotSupported("NULL as a key in MAP_FROM_ARRAYS");
      out.Put(*k.values(), k.value_offset(kr) + e, v.value_offset(vr) + e);
    }
    out.Done();
  }
  return out.Finish(*k.values(), *v.values(), c.result);
}

Result<arrow::Datum> Union(const CallArgs& c) {
  std::vector<ColumnBase> in;
  arrow::ArrayVector keys, values;
  std::vector<int64_t> base;
  int64_t n = 0;
  for (const arrow::Datum& d : c.args) {
    in.emplace_back(d);
    if (in.back().array()->type_id() != arrow::Type::MAP) return AllNull(c.result, c.rows);
    const auto& m = static_cast<const arrow::MapArray&>(*in.back().array());
    keys.push_back(m.keys());
    values.push_back(m.items());
    base.push_back(n);
    n += m.keys()->length();
  }
  auto all_keys = TRY(arrow::Concatenate(keys)), all_values = TRY(arrow::Concatenate(values));
  MapOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    bool null = false;
    for (const ColumnBase& m : in) null = null || m.IsNull(i);
    if (null) { out.Null(); continue; }
    for (size_t k = 0; k < in.size(); ++k) {
      const auto& m = static_cast<const arrow::MapArray&>(*in[k].array());
      int64_t row = in[k].index(i);
      for (int64_t e = m.value_offset(row); e < m.value_offset(row + 1); ++e) out.Put(*all_keys, base[k] + e, base[k] + e);
    }
    out.Done();
  }
  return out.Finish(*all_keys, *all_values, c.result);
}

FunctionSpec PartFunction(const char* name, Part part, const char* doc, const char* example) {
  return {name,
          [name, part](std::span<const Argument> args) -> Result<Signature> {
            if (args.size() != 1) return WrongCount(name, 1);
            if (args[0].type.root() != TypeRoot::kMap) return CannotApply(name, args, fmt::format("'{}(<MAP>)'", name));
            return Signature{PartType(args[0].type, part).WithNullable(args[0].type.nullable()), {args[0].type}};
          },
          [part](const CallArgs& c) { return PartOf(c, part); }, doc, example};
}
}  // namespace

Status RegisterMaps(FunctionRegistry& r) {
  TRY(Define(r, PartFunction("MAP_KEYS", Part::kKeys, "The keys of a map.", "MAP_KEYS(MAP['k', 1]) -- [k]")));
  TRY(Define(r, PartFunction("MAP_VALUES", Part::kValues, "The values of a map.", "MAP_VALUES(MAP['k', 1]) -- [1]")));
  TRY(Define(r, PartFunction("MAP_ENTRIES", Part::kEntries, "The entries of a map as rows of key and value.", "MAP_ENTRIES(MAP['k', 1]) -- [(k, 1)]")));
  FunctionSpec from{"MAP_FROM_ARRAYS",
                    [](std::span<const Argument> args) -> Result<Signature> {
                      if (args.size() != 2) return WrongCount("MAP_FROM_ARRAYS", 2);
                      if (args[0].type.root() != TypeRoot::kArray || args[1].type.root() != TypeRoot::kArray)
                        return CannotApply("MAP_FROM_ARRAYS", args, "'MAP_FROM_ARRAYS(<ARRAY>, <ARRAY>)'");
                      return Signature{LogicalType::Map(args[0].type.element(), args[1].type.element()).WithNullable(AnyNullable(args)), {args[0].type, args[1].type}};
                    },
                    FromArrays, "A map of an array of keys and an array of values.", "MAP_FROM_ARRAYS(ARRAY['k'], ARRAY[1]) -- {k=1}"};
  from.may_fail = [](const auto&, const auto&) { return true; };
  TRY(Define(r, std::move(from)));
  return Define(r, {"MAP_UNION",
                    [](std::span<const Argument> args) -> Result<Signature> {
                      if (args.empty()) return WrongCount("MAP_UNION", 1);
                      for (const Argument& a : args)
                        if (a.type.root() != TypeRoot::kMap) return CannotApply("MAP_UNION", args, "'MAP_UNION(<MAP>, ...)'");
                      auto t = CommonType(TypesOf(args));
                      if (!t.ok()) return CannotApply("MAP_UNION", args, "'MAP_UNION(<MAP>, ...)'");
                      Signature s;
                      for (const Argument& a : args) s.arguments.push_back(t->WithNullable(a.type.nullable()));
                      s.result = t->WithNullable(AnyNullable(args));
                      return s;
                    },
                    Union, "Maps joined; a later map's value wins.", "MAP_UNION(MAP['k', 1], MAP['k', 2]) -- {k=2}"});
}
}  // namespace tarn::plug
