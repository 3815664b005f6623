// REGEXP, REGEXP_REPLACE, REGEXP_EXTRACT, SIMILAR TO, STR_TO_MAP.
#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <fmt/format.h>

#include <unordered_map>

#include "expr/define.h"
#include "pattern.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using View = std::string_view;

// Compiling a pattern costs as much as some thousand matches, so each thread keeps those it has met, up to a limit. A column's
// pattern is nearly always one text: the last one is looked at first.
class PatternCache {
 public:
  // null: not a regular expression.
  RegexPattern* Get(View text) {
    if (known_ && text == last_) return pattern_;
    last_ = text;
    known_ = true;
    thread_local std::unordered_map<std::string, std::optional<RegexPattern>> kept;
    constexpr size_t kPatternsMax = 64;
    auto it = kept.find(last_);
    if (it == kept.end()) {
      if (kept.size() >= kPatternsMax) kept.clear();
      it = kept.emplace(last_, RegexPattern::Compile(text)).first;
    }
    pattern_ = it->second ? &*it->second : nullptr;
    return pattern_;
  }

 private:
  bool known_ = false;
  std::string last_;
  RegexPattern* pattern_ = nullptr;
};

size_t NextCodePoint(View s, size_t i) {
  ++i;
  while (i < s.size() && (static_cast<unsigned char>(s[i]) & 0xc0) == 0x80) ++i;
  return i;
}

Result<arrow::Datum> Regexp(const CallArgs& c) {
  auto cache = std::make_shared<PatternCache>();
  return MapFixed<bool, View, View>(c, [cache](View s, View p) {
    RegexPattern* r = p.empty() ? nullptr : cache->Get(p);
    return r && r->Find(s);
  });
}

Result<arrow::Datum> Replace(const CallArgs& c) {
  PatternCache cache;
  return MapText<View, View, View>(c, [&cache](std::string* out, View s, View p, View by) -> bool {
    RegexPattern* r = cache.Get(p);
    if (!r) return false;
    size_t from = 0;
    while (from <= s.size() && r->Find(s, from)) {
      size_t a = r->begin(), b = r->end();
      out->append(s.substr(from, a - from)).append(by);
      if (b == a) {   // an empty match: one character is carried over
        size_t next = a < s.size() ? NextCodePoint(s, a) : s.size() + 1;
        if (a < s.size()) out->append(s.substr(a, next - a));
        from = next;
      } else {
        from = b;
      }
    }
    if (from < s.size()) out->append(s.substr(from));
    return true;
  });
}

Result<arrow::Datum> Extract(const CallArgs& c) {
  PatternCache cache;
  auto extract = [&cache](std::string* out, View s, View p, int32_t group) -> bool {
    RegexPattern* r = cache.Get(p);
    if (!r || group < 0 || group > r->groups() || !r->Find(s)) return false;
    auto g = r->group(group);
    if (!g) return false;
    out->append(*g);
    return true;
  };
  if (c.size() == 2) return MapText<View, View>(c, [&](std::string* out, View s, View p) { return extract(out, s, p, 0); });
  return MapText<View, View, int32_t>(c, extract);
}

Result<arrow::Datum> Similar(const CallArgs& c) {
  Column<View> in(c.args[0]), pattern(c.args[1]);
  std::optional<Column<View>> escape;
  if (c.size() > 2) escape.emplace(c.args[2]);
  FixedOutput<bool> out(c.rows);
  std::optional<RegexPattern> compiled;
  std::string last, last_escape;
  bool known = false;
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || pattern.IsNull(i) || (escape && escape->IsNull(i))) { out.Null(i); continue; }
    View e = escape ? (*escape)[i] : View();
    if (!known || last != pattern[i] || last_escape != e) {
      compiled = RegexPattern::CompileSimilar(pattern[i], e);
      if (!compiled) return Status::InvalidSql(fmt::format("Invalid regular expression '{}'", pattern[i]));
      last = pattern[i];
      last_escape = e;
      known = true;
    }
    out.Set(i, compiled->Find(in[i]));
  }
  return out.Finish(c.result);
}

// Java's String.split: the piece before `from`; a delimiter without special characters is searched as it is.
class Splitter {
 public:
  bool Set(View delimiter) {
    if (set_ && delimiter == text_) return ok_;
    set_ = true;
    text_ = delimiter;
    plain_ = !delimiter.empty() && delimiter.find_first_of("\\^$.|?*+()[]{}") == View::npos;
    ok_ = plain_ || (regex_ = RegexPattern::Compile(delimiter)).has_value();
    return ok_;
  }
  // The next delimiter at or after `from`: [*a, *b).
  bool Find(View s, size_t from, size_t* a, size_t* b) {
    if (plain_) {
      *a = s.find(text_, from);
      *b = *a + text_.size();
      return *a != View::npos;
    }
    if (!regex_->Find(s, from)) return false;
    *a = regex_->begin();
    *b = regex_->end();
    return *b > *a;
  }

 private:
  bool set_ = false, plain_ = false, ok_ = false;
  std::string text_;
  std::optional<RegexPattern> regex_;
};

Result<arrow::Datum> StrToMap(const CallArgs& c) {
  Column<View> in(c.args[0]);
  std::optional<Column<View>> pair, kv;
  if (c.size() > 1) pair.emplace(c.args[1]);
  if (c.size() > 2) kv.emplace(c.args[2]);
  arrow::StringBuilder keys, values;
  Validity validity(c.rows);
  auto offsets = NewBuffer((c.rows + 1) * 4);
  auto* o = reinterpret_cast<int32_t*>(offsets->mutable_data());
  o[0] = 0;
  Splitter pairs, sides;
  std::vector<std::pair<View, std::optional<View>>> entries;
  for (int64_t i = 0; i < c.rows; ++i) {
    o[i + 1] = o[i];
    if (in.IsNull(i) || (pair && pair->IsNull(i)) || (kv && kv->IsNull(i))) {
      validity.Null(i);
      continue;
    }
    if (!pairs.Set(pair ? (*pair)[i] : View(",")) || !sides.Set(kv ? (*kv)[i] : View("=")))
      return Status::InvalidSql("a delimiter of STR_TO_MAP is not a regular expression");
    entries.clear();
    View s = in[i];
    size_t from = 0, a, b;
    std::vector<View> pieces;
    while (from <= s.size() && pairs.Find(s, from, &a, &b)) {
      pieces.push_back(s.substr(from, a - from));
      from = b;
    }
    pieces.push_back(s.substr(from));
    while (pieces.size() > 1 && pieces.back().empty()) pieces.pop_back();   // as Java's split
    for (View p : pieces) {
      View key = p;
      std::optional<View> value;
      if (sides.Find(p, 0, &a, &b)) {
        key = p.substr(0, a);
        value = p.substr(b);
      }
      bool replaced = false;
      for (auto& e : entries)
        if (e.first == key) e.second = value, replaced = true;
      if (!replaced) entries.emplace_back(key, value);
    }
    for (const auto& [k, v] : entries) {
      TRY(keys.Append(k));
      TRY(v ? values.Append(*v) : values.AppendNull());
    }
    o[i + 1] = o[i] + static_cast<int32_t>(entries.size());
  }
  std::shared_ptr<arrow::Array> k = TRY(keys.Finish()), v = TRY(values.Finish());
  auto type = types::ToArrow(c.result);
  auto rows = arrow::ArrayData::Make(static_cast<const arrow::MapType&>(*type).value_type(), k->length(), {nullptr}, {k->data(), v->data()}, 0);
  return arrow::Datum(arrow::ArrayData::Make(type, c.rows, {validity.buffer(), offsets}, {rows}, validity.nulls()));
}
}  // namespace

Status Register_function_regex(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  constexpr Family kC = Family::kCharacter;
  // None of these fails, but a match costs more than picking rows out: inside CASE and AND only the rows that need it are matched.
  auto costly = [&r](FunctionSpec s) {
    s.may_fail = [](const std::vector<ExprPtr>&, const LogicalType&) { return true; };
    return Define(r, std::move(s));
  };
  TRY(costly({"REGEXP", Takes("REGEXP", {{kC, kC}}, LogicalType::Boolean()), Regexp, "Does a Java regular expression match anywhere in the text? FALSE for an empty one.", "REGEXP('abc', 'b+') -- TRUE"}));
  TRY(costly({"REGEXP_REPLACE", Takes("REGEXP_REPLACE", {{kC, kC, kC}}, LogicalType::String(), Nulls::kAlways), Replace,
                 "Every match replaced by a literal text; NULL for a faulty expression.", "REGEXP_REPLACE('foobar', 'oo|ar', '') -- 'fb'"}));
  TRY(costly({"REGEXP_EXTRACT", Takes("REGEXP_EXTRACT", {{kC, kC, Family::kInt}, 1}, LogicalType::String(), Nulls::kAlways), Extract,
                 "The first match, or a group of it; NULL when nothing matches.", "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2) -- 'bar'"}));
  FunctionSpec similar{"SIMILAR TO", Takes("SIMILAR TO", {{kC, kC, kC}, 1}, LogicalType::Boolean()), Similar, "Matches an SQL regular expression: % and _ as in LIKE, | * + ? {} () [] as usual.",
                       "'abc' SIMILAR TO '(a|b)%' -- TRUE"};
  similar.may_fail = [](const std::vector<ExprPtr>& args, const LogicalType&) { return !std::holds_alternative<Literal>(args[1]->node); };
  TRY(Define(r, std::move(similar)));
  return Define(r, {"STR_TO_MAP", Takes("STR_TO_MAP", {{kC, kC, kC}, 2}, LogicalType::Map(LogicalType::String().NotNull(), LogicalType::String())), StrToMap,
                    "A map out of a text of pairs; the delimiters (',' and '=') are regular expressions.", "STR_TO_MAP('k1=v1,k2=v2') -- {k1=v1, k2=v2}"});
}
}  // namespace tarn::plug
