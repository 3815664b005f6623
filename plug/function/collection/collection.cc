// The functions over ARRAY and MAP. A result array is a list of places in the arguments' elements, gathered once at the end.
#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <fmt/format.h>

#include <numeric>

#include "expr/compare.h"
#include "expr/define.h"
#include "table/registry.h"
#include "types/text_value.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;
using View = std::string_view;

LogicalType Plain(const LogicalType& t) { return t.WithTimeAttribute(types::TimeAttribute::kNone); }

// The elements of one ARRAY or MAP argument.
struct Lists {
  explicit Lists(const arrow::Datum& d) : column(d), list(column.array()->type_id() == arrow::Type::NA ? nullptr : static_cast<const arrow::ListArray*>(column.array().get())) {}
  bool IsNull(int64_t i) const { return column.IsNull(i); }
  int64_t begin(int64_t i) const { return list->value_offset(column.index(i)); }
  int64_t end(int64_t i) const { return list->value_offset(column.index(i) + 1); }
  const arrow::Array& values() const { return *list->values(); }
  ColumnBase column;
  const arrow::ListArray* list;
};

// The elements of several arguments as one array, with the place where each argument's begin.
class Pool {
 public:
  Status Add(std::shared_ptr<arrow::Array> values, const LogicalType& type) {
    if (values->type_id() == arrow::Type::NA && type.root() != TypeRoot::kNull) values = TRY(AllNull(type, values->length())).make_array();
    bases_.push_back(length_);
    length_ += values->length();
    pieces_.push_back(std::move(values));
    return Status::OK();
  }
  int32_t base(size_t k) const { return static_cast<int32_t>(bases_[k]); }
  Result<std::shared_ptr<arrow::Array>> Whole() {
    if (!whole_) whole_ = pieces_.size() == 1 ? pieces_[0] : TRY(arrow::Concatenate(pieces_));
    return whole_;
  }

 private:
  arrow::ArrayVector pieces_;
  std::vector<int64_t> bases_;
  int64_t length_ = 0;
  std::shared_ptr<arrow::Array> whole_;
};

class ListOutput {
 public:
  explicit ListOutput(int64_t rows) : rows_(rows), validity_(rows), offsets_(NewBuffer((rows + 1) * 4)) { at()[0] = 0; }
  void Add(int64_t place) { places_.push_back(static_cast<int32_t>(place)); }   // -1: NULL
  size_t size() const { return places_.size() - static_cast<size_t>(at()[row_]); }
  int32_t* begin_of_row() { return places_.data() + at()[row_]; }
  void Done() { at()[++row_] = static_cast<int32_t>(places_.size()); }
  void Null() {
    places_.resize(static_cast<size_t>(at()[row_]));
    validity_.Null(row_);
    Done();
  }
  Result<arrow::Datum> Finish(const arrow::Array& elements, const LogicalType& type) {
    auto values = TRY(Gather(elements, places_.data(), static_cast<int64_t>(places_.size()), true));
    return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(type), rows_, {validity_.buffer(), offsets_}, {values->data()}, validity_.nulls()));
  }

 private:
  int32_t* at() const { return reinterpret_cast<int32_t*>(offsets_->mutable_data()); }
  int64_t rows_, row_ = 0;
  Validity validity_;
  std::shared_ptr<arrow::Buffer> offsets_;
  std::vector<int32_t> places_;
};

// Array first, then elements: both of the element type that they meet in.
Resolver ArrayAndElements(std::string name, size_t elements, std::function<LogicalType(const LogicalType& array)> result, Nulls nulls) {
  return [=](std::span<const Argument> args) -> Result<Signature> {
    if (args.size() != elements + 1) return WrongCount(name, elements + 1);
    if (args[0].type.root() != TypeRoot::kArray) return CannotApply(name, args, fmt::format("'{}(<ARRAY>, <ELEMENT>)'", name));
    std::vector<LogicalType> meet{args[0].type.element()};
    for (size_t i = 1; i < args.size(); ++i) meet.push_back(args[i].type);
    auto t = CommonType(meet);
    if (!t.ok()) return CannotApply(name, args, fmt::format("'{}(<ARRAY>, <ELEMENT>)'", name));
    LogicalType element = Plain(*t);
    LogicalType array = LogicalType::Array(element.WithNullable(element.nullable())).WithNullable(args[0].type.nullable());
    Signature s;
    s.arguments.push_back(array);
    for (size_t i = 1; i < args.size(); ++i) s.arguments.push_back(element.WithNullable(args[i].type.nullable()));
    s.result = result(array);
    s.result = s.result.WithNullable(nulls == Nulls::kAlways || (nulls == Nulls::kIfAnyArgument ? AnyNullable(args) : args[0].type.nullable()));
    return s;
  };
}

Resolver Arrays(std::string name, size_t low, size_t high) {
  return [=](std::span<const Argument> args) -> Result<Signature> {
    if (args.size() < low || args.size() > high) return WrongCount(name, low);
    for (const Argument& a : args)
      if (a.type.root() != TypeRoot::kArray && a.type.root() != TypeRoot::kNull) return CannotApply(name, args, fmt::format("'{}(<ARRAY>, ...)'", name));
    auto t = CommonType(TypesOf(args));
    if (!t.ok() || t->root() != TypeRoot::kArray) return CannotApply(name, args, fmt::format("'{}(<ARRAY>, ...)'", name));
    Signature s;
    for (const Argument& a : args) s.arguments.push_back(t->WithNullable(a.type.nullable()));
    s.result = t->WithNullable(AnyNullable(args));
    return s;
  };
}

bool Contains(const arrow::Array& values, const int32_t* first, const int32_t* last, int64_t place) {
  for (; first < last; ++first)
    if (SameValue(values, *first, values, place)) return true;
  return false;
}

// f(whole, base of each argument, lists, row, out) fills one row; NULL if any argument is.
template <typename F>
Result<arrow::Datum> Combine(const CallArgs& c, F f) {
  Pool pool;
  std::vector<Lists> in;
  for (size_t k = 0; k < c.size(); ++k) {
    in.emplace_back(c.args[k]);
    if (!in.back().list) return AllNull(c.result, c.rows);
    TRY(pool.Add(in.back().list->values(), c.result.element()));
  }
  auto whole = TRY(pool.Whole());
  ListOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    bool null = false;
    for (const Lists& l : in) null = null || l.IsNull(i);
    if (null) {
      out.Null();
      continue;
    }
    f(*whole, pool, in, i, out);
    out.Done();
  }
  return out.Finish(*whole, c.result);
}

Result<arrow::Datum> Concat(const CallArgs& c) {
  return Combine(c, [](const arrow::Array&, const Pool& pool, const std::vector<Lists>& in, int64_t i, ListOutput& out) {
    for (size_t k = 0; k < in.size(); ++k)
      for (int64_t e = in[k].begin(i); e < in[k].end(i); ++e) out.Add(pool.base(k) + e);
  });
}

enum class SetOp { kDistinct, kUnion, kExcept, kIntersect };
Result<arrow::Datum> SetOperation(const CallArgs& c, SetOp op) {
  return Combine(c, [op](const arrow::Array& whole, const Pool& pool, const std::vector<Lists>& in, int64_t i, ListOutput& out) {
    auto take = [&](size_t k, auto keep) {
      for (int64_t e = in[k].begin(i); e < in[k].end(i); ++e) {
        int64_t place = pool.base(k) + e;
        if (keep(place) && !Contains(whole, out.begin_of_row(), out.begin_of_row() + out.size(), place)) out.Add(place);
      }
    };
    auto in_second = [&](int64_t place) {
      for (int64_t e = in[1].begin(i); e < in[1].end(i); ++e)
        if (SameValue(whole, place, whole, pool.base(1) + e)) return true;
      return false;
    };
    switch (op) {
      case SetOp::kDistinct: take(0, [](int64_t) { return true; }); break;
      case SetOp::kUnion:
        take(0, [](int64_t) { return true; });
        take(1, [](int64_t) { return true; });
        break;
      case SetOp::kExcept: take(0, [&](int64_t p) { return !in_second(p); }); break;
      case SetOp::kIntersect: take(0, in_second); break;
    }
  });
}

Result<arrow::Datum> Extend(const CallArgs& c, bool append) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  ColumnBase element(c.args[1]);
  Pool pool;
  TRY(pool.Add(in.list->values(), c.result.element()));
  TRY(pool.Add(element.array(), c.result.element()));
  ListOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i)) { out.Null(); continue; }
    int64_t added = element.IsNull(i) ? -1 : pool.base(1) + element.index(i);
    if (!append) out.Add(added);
    for (int64_t e = in.begin(i); e < in.end(i); ++e) out.Add(e);
    if (append) out.Add(added);
    out.Done();
  }
  return out.Finish(*TRY(pool.Whole()), c.result);
}

// Where a value stands in the row's array: the first place, or -1.
int64_t PlaceOf(const Lists& in, int64_t i, const ColumnBase& element) {
  const bool null = element.IsNull(i);
  for (int64_t e = in.begin(i); e < in.end(i); ++e) {
    bool n = in.values().IsNull(e);
    if (null ? n : !n && CompareValues(in.values(), e, *element.array(), element.index(i)) == 0) return e;
  }
  return -1;
}

Result<arrow::Datum> ContainsElement(const CallArgs& c) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  ColumnBase element(c.args[1]);
  FixedOutput<bool> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i)) out.Null(i);
    else out.Set(i, PlaceOf(in, i, element) >= 0);
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> Position(const CallArgs& c) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  ColumnBase element(c.args[1]);
  FixedOutput<int32_t> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || element.IsNull(i)) { out.Null(i); continue; }
    int64_t p = PlaceOf(in, i, element);
    out.Set(i, p < 0 ? 0 : static_cast<int32_t>(p - in.begin(i)) + 1);
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> Remove(const CallArgs& c) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  ColumnBase element(c.args[1]);
  ListOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i)) { out.Null(); continue; }
    const bool null = element.IsNull(i);
    for (int64_t e = in.begin(i); e < in.end(i); ++e) {
      bool n = in.values().IsNull(e);
      if (null ? n : !n && CompareValues(in.values(), e, *element.array(), element.index(i)) == 0) continue;
      out.Add(e);
    }
    out.Done();
  }
  return out.Finish(in.values(), c.result);
}

Result<arrow::Datum> Reverse(const CallArgs& c) {
  return Combine(c, [](const arrow::Array&, const Pool&, const std::vector<Lists>& in, int64_t i, ListOutput& out) {
    for (int64_t e = in[0].end(i); e-- > in[0].begin(i);) out.Add(e);
  });
}

Result<arrow::Datum> Slice(const CallArgs& c) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  Column<int32_t> start(c.args[1]);
  std::optional<Column<int32_t>> end;
  if (c.size() > 2) end.emplace(c.args[2]);
  ListOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || start.IsNull(i) || (end && end->IsNull(i))) { out.Null(); continue; }
    int64_t n = in.end(i) - in.begin(i);
    auto place = [n](int64_t v) { return v > 0 ? v : v == 0 ? 1 : n + v + 1; };
    int64_t a = std::max<int64_t>(1, place(start[i])), b = end ? std::min(n, place((*end)[i])) : n;
    for (int64_t k = a; k <= b; ++k) out.Add(in.begin(i) + k - 1);
    out.Done();
  }
  return out.Finish(in.values(), c.result);
}

Result<arrow::Datum> Sort(const CallArgs& c) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  std::optional<Column<bool>> ascending, null_first;
  if (c.size() > 1) ascending.emplace(c.args[1]);
  if (c.size() > 2) null_first.emplace(c.args[2]);
  ListOutput out(c.rows);
  const arrow::Array& v = in.values();
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || (ascending && ascending->IsNull(i)) || (null_first && null_first->IsNull(i))) { out.Null(); continue; }
    const bool up = !ascending || (*ascending)[i], nulls = null_first ? (*null_first)[i] : up;
    for (int64_t e = in.begin(i); e < in.end(i); ++e) out.Add(e);
    std::stable_sort(out.begin_of_row(), out.begin_of_row() + out.size(), [&](int32_t a, int32_t b) {
      bool an = v.IsNull(a), bn = v.IsNull(b);
      if (an || bn) return an != bn && an == nulls;
      int r = CompareValues(v, a, v, b);
      return up ? r < 0 : r > 0;
    });
    out.Done();
  }
  return out.Finish(v, c.result);
}

// The greatest or the least element, or the only one.
Result<arrow::Datum> Pick(const CallArgs& c, int sign) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  std::vector<int32_t> place(c.rows, -1);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i)) continue;
    if (sign == 0) {
      int64_t n = in.end(i) - in.begin(i);
      if (n > 1) return Status::InvalidSql("Array has more than one element.");
      if (n == 1) place[i] = static_cast<int32_t>(in.begin(i));
      continue;
    }
    for (int64_t e = in.begin(i); e < in.end(i); ++e) {
      if (in.values().IsNull(e)) continue;
      if (place[i] < 0 || sign * CompareValues(in.values(), e, in.values(), place[i]) > 0) place[i] = static_cast<int32_t>(e);
    }
  }
  return arrow::Datum(TRY(Gather(in.values(), place.data(), c.rows, true)));
}

Result<arrow::Datum> Join(const CallArgs& c) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  Column<View> delimiter(c.args[1]);
  std::optional<Column<View>> null_text;
  if (c.size() > 2) null_text.emplace(c.args[2]);
  TextOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || delimiter.IsNull(i) || (null_text && null_text->IsNull(i))) { out.Null(); continue; }
    bool first = true;
    for (int64_t e = in.begin(i); e < in.end(i); ++e) {
      const bool null = in.values().IsNull(e);
      if (null && !null_text) continue;
      if (!first) out.text()->append(delimiter[i]);
      first = false;
      if (null) out.text()->append((*null_text)[i]);
      else out.text()->append(static_cast<const arrow::StringArray&>(in.values()).GetView(e));
    }
    TRY(out.Done());
  }
  return out.Finish(c.result);
}

Result<arrow::Datum> Split(const CallArgs& c) {
  Column<View> in(c.args[0]), delimiter(c.args[1]);
  arrow::StringBuilder pieces;
  ListOutput out(c.rows);
  int64_t n = 0;
  auto add = [&](View s) -> Status {
    TRY(pieces.Append(s));
    out.Add(n++);
    return Status::OK();
  };
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || delimiter.IsNull(i)) { out.Null(); continue; }
    View s = in[i], d = delimiter[i];
    if (s.empty()) {
      // no piece at all
    } else if (d.empty()) {
      for (size_t k = 0; k < s.size();) {
        size_t e = k + 1;
        while (e < s.size() && (static_cast<unsigned char>(s[e]) & 0xc0) == 0x80) ++e;
        TRY(add(s.substr(k, e - k)));
        k = e;
      }
    } else {
      for (size_t k = 0;;) {
        size_t e = s.find(d, k);
        TRY(add(s.substr(k, e == View::npos ? e : e - k)));
        if (e == View::npos) break;
        k = e + d.size();
      }
    }
    out.Done();
  }
  std::shared_ptr<arrow::Array> values = TRY(pieces.Finish());
  return out.Finish(*values, c.result);
}

Result<arrow::Datum> Cardinality(const CallArgs& c) {
  Lists in(c.args[0]);
  if (!in.list) return AllNull(c.result, c.rows);
  FixedOutput<int32_t> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i)) out.Null(i);
    else out.Set(i, static_cast<int32_t>(in.end(i) - in.begin(i)));
  }
  return out.Finish(c.result);
}
}  // namespace

Status RegisterMaps(FunctionRegistry& r);

Status Register_function_collection(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  auto same = [](const LogicalType& a) { return a; };
  auto element = [](const LogicalType& a) { return a.element(); };
  (void)element;
  auto of_elements = [&](const char* name, Result<arrow::Datum> (*f)(const CallArgs&), const char* doc, const char* example) {
    return Define(r, {name, ArrayAndElements(name, 1, same, Nulls::kIfAnyArgument), f, doc, example});
  };
  TRY(Define(r, {"CARDINALITY",
                 [](std::span<const Argument> args) -> Result<Signature> {
                   if (args.size() != 1) return WrongCount("CARDINALITY", 1);
                   TypeRoot t = args[0].type.root();
                   if (t != TypeRoot::kArray && t != TypeRoot::kMap && t != TypeRoot::kMultiset)
                     return CannotApply("CARDINALITY", args, "'CARDINALITY(<MULTISET>)'\n'CARDINALITY(<ARRAY>)'\n'CARDINALITY(<MAP>)'");
                   return Signature{LogicalType::Int().WithNullable(args[0].type.nullable()), {args[0].type}};
                 },
                 Cardinality, "The number of elements of an array or entries of a map.", "CARDINALITY(ARRAY[1, NULL]) -- 2"}));
  auto picks = [&](const char* name, int sign, const char* doc, const char* example) {
    FunctionSpec s{name,
                   [name](std::span<const Argument> args) -> Result<Signature> {
                     if (args.size() != 1) return WrongCount(name, 1);
                     if (args[0].type.root() != TypeRoot::kArray) return CannotApply(name, args, fmt::format("'{}(<ARRAY>)'", name));
                     return Signature{args[0].type.element().WithNullable(true), {args[0].type}};
                   },
                   [sign](const CallArgs& c) { return Pick(c, sign); }, doc, example};
    if (sign == 0) s.may_fail = [](const auto&, const auto&) { return true; };
    return Define(r, std::move(s));
  };
  TRY(picks("ELEMENT", 0, "The only element of an array; NULL when it is empty, a failure when there are more.", "ELEMENT(ARRAY[1]) -- 1"));
  TRY(picks("ARRAY_MAX", 1, "The greatest element; NULLs are skipped.", "ARRAY_MAX(ARRAY[1, 3, 2]) -- 3"));
  TRY(picks("ARRAY_MIN", -1, "The least element; NULLs are skipped.", "ARRAY_MIN(ARRAY[1, 3, 2]) -- 1"));
  TRY(of_elements("ARRAY_APPEND", [](const CallArgs& c) { return Extend(c, true); }, "The array with one more element at its end.", "ARRAY_APPEND(ARRAY[1], 2) -- [1, 2]"));
  TRY(of_elements("ARRAY_PREPEND", [](const CallArgs& c) { return Extend(c, false); }, "The array with one more element at its beginning.", "ARRAY_PREPEND(ARRAY[1], 2) -- [2, 1]"));
  TRY(of_elements("ARRAY_REMOVE", Remove, "The array without every element equal to the second argument.", "ARRAY_REMOVE(ARRAY[1, 2, 1], 1) -- [2]"));
  auto boolean = [](const LogicalType&) { return LogicalType::Boolean(); };
  auto integer = [](const LogicalType&) { return LogicalType::Int(); };
  TRY(Define(r, {"ARRAY_CONTAINS", ArrayAndElements("ARRAY_CONTAINS", 1, boolean, Nulls::kNever), ContainsElement, "Is the element in the array? NULL can be asked for.", "ARRAY_CONTAINS(ARRAY[1, 2], 2) -- TRUE"}));
  TRY(Define(r, {"ARRAY_POSITION", ArrayAndElements("ARRAY_POSITION", 1, integer, Nulls::kIfAnyArgument), Position, "The first place of an element, from 1; 0 when absent.", "ARRAY_POSITION(ARRAY[7, 8], 8) -- 2"}));
  TRY(Define(r, {"ARRAY_CONCAT", Arrays("ARRAY_CONCAT", 1, SIZE_MAX), Concat, "Arrays joined.", "ARRAY_CONCAT(ARRAY[1], ARRAY[2]) -- [1, 2]"}));
  auto sets = [&](const char* name, SetOp op, size_t n, const char* doc, const char* example) {
    return Define(r, {name, Arrays(name, n, n), [op](const CallArgs& c) { return SetOperation(c, op); }, doc, example});
  };
  TRY(sets("ARRAY_DISTINCT", SetOp::kDistinct, 1, "The array with each element once, in order of first sight.", "ARRAY_DISTINCT(ARRAY[1, 2, 1]) -- [1, 2]"));
  TRY(sets("ARRAY_UNION", SetOp::kUnion, 2, "The elements of both arrays, each once.", "ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3]) -- [1, 2, 3]"));
  TRY(sets("ARRAY_EXCEPT", SetOp::kExcept, 2, "The elements of the first array that are not in the second, each once.", "ARRAY_EXCEPT(ARRAY[1, 2], ARRAY[2]) -- [1]"));
  TRY(sets("ARRAY_INTERSECT", SetOp::kIntersect, 2, "The elements that are in both arrays, each once.", "ARRAY_INTERSECT(ARRAY[1, 2], ARRAY[2]) -- [2]"));
  TRY(Define(r, {"ARRAY_REVERSE", Arrays("ARRAY_REVERSE", 1, 1), Reverse, "The array backwards.", "ARRAY_REVERSE(ARRAY[1, 2]) -- [2, 1]"}));
  auto first_type = [](std::span<const Argument> a) -> Result<LogicalType> { return a[0].type.root() == TypeRoot::kNull ? LogicalType::Array(LogicalType::Null()) : a[0].type; };
  TRY(Define(r, {"ARRAY_SLICE", Takes("ARRAY_SLICE", {{Family::kArray, Family::kInt, Family::kInt}, 1}, first_type), Slice,
                 "Part of an array, from a place to a place, both included; 0 is the start, negative counts from the end.", "ARRAY_SLICE(ARRAY[1, 2, 3], 2) -- [2, 3]"}));
  TRY(Define(r, {"ARRAY_SORT", Takes("ARRAY_SORT", {{Family::kArray, Family::kBoolean, Family::kBoolean}, 2}, first_type), Sort,
                 "The array sorted: ascending with NULLs first unless the second argument (ascending) or the third (NULLs first) says otherwise.", "ARRAY_SORT(ARRAY[2, 1]) -- [1, 2]"}));
  TRY(Define(r, {"ARRAY_JOIN",
                 [](std::span<const Argument> args) -> Result<Signature> {
                   if (args.size() < 2 || args.size() > 3) return WrongCount("ARRAY_JOIN", 2);
                   bool fits = args[0].type.root() == TypeRoot::kArray && args[0].type.element().is_character();
                   for (size_t i = 1; i < args.size(); ++i) fits = fits && Fits(Family::kCharacter, args[i]);
                   if (!fits) return CannotApply("ARRAY_JOIN", args, "'ARRAY_JOIN(<ARRAY<STRING>>, <CHARACTER>[, <CHARACTER>])'");
                   return Signature{LogicalType::String().WithNullable(AnyNullable(args)), TypesOf(args)};
                 },
                 Join, "The texts of an array joined by a delimiter; NULLs are skipped unless a text for them is given.", "ARRAY_JOIN(ARRAY['a', 'b'], '-') -- 'a-b'"}));
  TRY(Define(r, {"SPLIT", Takes("SPLIT", {{Family::kCharacter, Family::kCharacter}}, LogicalType::Array(LogicalType::String())), Split,
                 "A text cut at a delimiter; an empty delimiter cuts between all characters.", "SPLIT('a,b', ',') -- [a, b]"}));
  return RegisterMaps(r);
}
}  // namespace tarn::plug
