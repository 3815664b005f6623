// IS JSON, JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_STRING, JSON_OBJECT, JSON_ARRAY.
//
// Clauses arrive as pairs of arguments behind the plain ones: 'RETURNING', a NULL of the type; 'WRAPPER', its word; 'ON EMPTY',
// 'ON ERROR', 'ON NULL', a word (NULL, ERROR, EMPTY ARRAY ...); 'DEFAULT ON EMPTY', 'DEFAULT ON ERROR', the value.
#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/util.h>
#include <fmt/format.h>

#include "expr/cast.h"
#include "expr/define.h"
#include "expr/select.h"
#include "json_path.h"
#include "json_text.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using types::TypeRoot;
using View = std::string_view;
using Element = const Json*;   // into the document that found it

// What a path finds in one text.
class Document {
 public:
  enum class Outcome { kError, kEmpty, kFound };

  Status SetPath(View path) {
    if (known_ && path == path_text_) return Status::OK();
    path_ = TRY(JsonPath::Parse(path));
    path_text_ = path;
    known_ = true;
    return Status::OK();
  }
  bool Parse(View text) {
    root_ = Json::parse(text, nullptr, false);
    return !root_.is_discarded();
  }
  const Json& root() const { return root_; }
  bool many() const { return path_.many; }
  bool strict() const { return path_.strict; }

  Outcome Find(View text, std::vector<Element>* found) {
    found->clear();
    if (!Parse(text)) return Outcome::kError;
    found->push_back(&root_);
    std::vector<Element> next;
    for (const JsonStep& step : path_.steps) {
      next.clear();
      for (Element e : *found) {
        if (!Walk(e, step, &next) && path_.strict) return Outcome::kError;
      }
      found->swap(next);
      if (found->empty() && !path_.many) return path_.strict ? Outcome::kError : Outcome::kEmpty;
    }
    return found->empty() && !path_.many ? Outcome::kEmpty : Outcome::kFound;
  }

 private:
  // False: the step leads nowhere.
  static bool Walk(Element e, const JsonStep& step, std::vector<Element>* out) {
    switch (step.kind) {
      case JsonStep::Kind::kMember: {
        if (!e->is_object()) return false;
        auto it = e->find(step.name);
        if (it == e->end()) return false;
        out->push_back(&*it);
        return true;
      }
      case JsonStep::Kind::kAllMembers:
        if (!e->is_object()) return false;
        for (const auto& [key, value] : e->get_ref<const Json::object_t&>()) out->push_back(&value);
        return true;
      case JsonStep::Kind::kIndex: {
        if (!e->is_array()) return false;
        int64_t n = static_cast<int64_t>(e->size()), at = step.index < 0 ? n + step.index : step.index;
        if (at < 0 || at >= n) return false;
        out->push_back(&(*e)[static_cast<size_t>(at)]);
        return true;
      }
      case JsonStep::Kind::kAllElements:
        if (!e->is_array()) return false;
        for (const Json& v : *e) out->push_back(&v);
        return true;
    }
    return false;
  }

  Json root_;
  JsonPath path_;
  std::string path_text_;
  bool known_ = false;
};

// The clauses behind the plain arguments.
struct Clause {
  size_t at = 0;            // of the value
  std::string word;         // when it is a text literal
};
std::map<std::string, Clause> ClausesOf(std::span<const Argument> args, size_t plain) {
  std::map<std::string, Clause> out;
  for (size_t i = plain; i + 1 < args.size(); i += 2) {
    std::string name, word;
    if (!LiteralText(args[i], &name)) continue;
    LiteralText(args[i + 1], &word);
    out[name] = {i + 1, word};
  }
  return out;
}
std::map<std::string, Clause> ClausesOf(const CallArgs& c, size_t plain) {
  std::vector<Argument> args;
  for (size_t i = 0; i < c.size(); ++i) args.push_back({c.types[i], c.args[i].is_scalar() ? c.args[i].scalar().get() : nullptr});
  return ClausesOf(args, plain);
}

Status IllegalPath(View path) { return Status::InvalidSql(fmt::format("JSON path '{}' finds nothing", path)); }

// A scalar in the type of RETURNING.
class ReturningOutput {
 public:
  explicit ReturningOutput(const CallArgs& c) : c_(c), text_(c.rows) {}
  Status Add(const Json& e) {
    AppendScalarText(e, text_.text());
    return text_.Done();
  }
  void Null() { text_.Null(); }
  Result<arrow::Datum> Finish() {
    auto text = text_.Finish(LogicalType::String()).make_array();
    if (c_.result.is_character()) return arrow::Datum(text);
    return arrow::Datum(TRY(CastArray(c_.context, text, LogicalType::String(), c_.result, false)));
  }

 private:
  const CallArgs& c_;
  TextOutput text_;
};

bool IsScalar(const Json& e) { return !e.is_object() && !e.is_array(); }

bool FitsReturning(const Json& e, const LogicalType& t) {
  switch (t.root()) {
    case TypeRoot::kBoolean: return e.is_boolean();
    case TypeRoot::kInteger: return e.is_number_integer();
    case TypeRoot::kDouble: return e.is_number();
    default: return true;
  }
}

Result<arrow::Datum> JsonValue(const CallArgs& c) {
  auto clauses = ClausesOf(c, 2);
  const auto empty = clauses.find("DEFAULT ON EMPTY"), error = clauses.find("DEFAULT ON ERROR");
  auto has_default = [&](auto it) { return it != clauses.end(); };
  auto fails = [&](const char* clause) { return clauses.count(clause) > 0 && clauses[clause].word == "ERROR"; };
  const bool fails_on_empty = fails("ON EMPTY"), fails_on_error = fails("ON ERROR");
  Column<View> in(c.args[0]), path(c.args[1]);
  Document document;
  std::vector<Element> found;
  ReturningOutput out(c);
  std::vector<int16_t> choice(c.rows, 0);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || path.IsNull(i)) { out.Null(); continue; }
    TRY(document.SetPath(path[i]));
    auto outcome = document.Find(in[i], &found);
    if (outcome == Document::Outcome::kError && !document.strict()) outcome = Document::Outcome::kEmpty;   // no JSON at all; lax: nothing is there
    if (outcome == Document::Outcome::kFound && found.size() == 1 && found[0]->is_null()) outcome = Document::Outcome::kEmpty;
    if (outcome == Document::Outcome::kFound && (found.size() != 1 || document.many() || !IsScalar(*found[0]) || !FitsReturning(*found[0], c.result)))
      outcome = Document::Outcome::kError;
    if (outcome == Document::Outcome::kFound) {
      TRY(out.Add(*found[0]));
      continue;
    }
    const bool is_empty = outcome == Document::Outcome::kEmpty;
    if (is_empty && fails_on_empty) return Status::InvalidSql("Empty result of JSON_VALUE function is not allowed");
    if (!is_empty && fails_on_error) return IllegalPath(path[i]);
    if (has_default(is_empty ? empty : error)) choice[i] = is_empty ? 1 : 2;
    out.Null();
  }
  arrow::Datum values = TRY(out.Finish());
  arrow::Datum none(arrow::MakeNullScalar(types::ToArrow(c.result)));
  const arrow::Datum columns[] = {values, has_default(empty) ? c.args[empty->second.at] : none, has_default(error) ? c.args[error->second.at] : none};
  if (!has_default(empty) && !has_default(error)) return values;
  return Select(choice, columns, c.result, c.rows);
}

Result<arrow::Datum> JsonQuery(const CallArgs& c) {
  auto clauses = ClausesOf(c, 2);
  auto word = [&](const char* name, const char* absent) { return clauses.count(name) ? clauses[name].word : std::string(absent); };
  const std::string wrapper = word("WRAPPER", "WITHOUT"), on_empty = word("ON EMPTY", "NULL"), on_error = word("ON ERROR", "NULL");
  const bool array_result = c.result.root() == TypeRoot::kArray;
  Column<View> in(c.args[0]), path(c.args[1]);
  Document document;
  std::vector<Element> found;
  TextOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || path.IsNull(i)) { out.Null(); continue; }
    TRY(document.SetPath(path[i]));
    auto outcome = document.Find(in[i], &found);
    const bool many = document.many();
    if (outcome == Document::Outcome::kFound && !many && found[0]->is_null()) outcome = Document::Outcome::kEmpty;
    if (outcome == Document::Outcome::kFound) {
      // A path with a wildcard already gives a list.
      const bool container = many || !IsScalar(*found[0]);
      if (wrapper == "WITHOUT" && !container) outcome = Document::Outcome::kError;
      const bool wrap = (wrapper == "WITH UNCONDITIONAL") || (wrapper == "WITH CONDITIONAL" && !container);
      if (outcome == Document::Outcome::kFound) {
        if (wrap) *out.text() += '[';
        if (many) *out.text() += '[';
        for (size_t k = 0; k < found.size(); ++k) {
          if (k) *out.text() += ',';
          AppendJsonElement(*found[k], out.text());
        }
        if (many) *out.text() += ']';
        if (wrap) *out.text() += ']';
        TRY(out.Done());
        continue;
      }
    }
    const std::string& behaviour = outcome == Document::Outcome::kEmpty ? on_empty : on_error;
    if (behaviour == "ERROR")
      return outcome == Document::Outcome::kEmpty ? Status::InvalidSql("Empty result of JSON_QUERY function is not allowed") : IllegalPath(path[i]);
    if (behaviour == "EMPTY ARRAY") *out.text() += "[]";
    else if (behaviour == "EMPTY OBJECT") *out.text() += "{}";
    else {
      out.Null();
      continue;
    }
    TRY(out.Done());
  }
  arrow::Datum text = out.Finish(LogicalType::String());
  if (!array_result) return text;
  // RETURNING ARRAY<STRING>: each element as text.
  Column<View> rows(text);
  arrow::StringBuilder pieces;
  Validity validity(c.rows);
  auto offsets = NewBuffer((c.rows + 1) * 4);
  auto* o = reinterpret_cast<int32_t*>(offsets->mutable_data());
  o[0] = 0;
  for (int64_t i = 0; i < c.rows; ++i) {
    o[i + 1] = o[i];
    if (rows.IsNull(i) || !document.Parse(rows[i]) || !document.root().is_array()) {
      validity.Null(i);
      continue;
    }
    for (const Json& e : document.root()) {
      std::string piece;
      if (!e.is_null()) AppendScalarText(e, &piece);
      TRY(e.is_null() ? pieces.AppendNull() : pieces.Append(piece));
      ++o[i + 1];
    }
  }
  std::shared_ptr<arrow::Array> values = TRY(pieces.Finish());
  return arrow::Datum(arrow::ArrayData::Make(types::ToArrow(c.result), c.rows, {validity.buffer(), offsets}, {values->data()}, validity.nulls()));
}

Result<arrow::Datum> JsonExists(const CallArgs& c) {
  auto clauses = ClausesOf(c, 2);
  const std::string on_error = clauses.count("ON ERROR") ? clauses["ON ERROR"].word : "FALSE";
  Column<View> in(c.args[0]), path(c.args[1]);
  Document document;
  std::vector<Element> found;
  FixedOutput<bool> out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    if (in.IsNull(i) || path.IsNull(i)) { out.Null(i); continue; }
    TRY(document.SetPath(path[i]));
    auto outcome = document.Find(in[i], &found);
    if (outcome != Document::Outcome::kError) {
      out.Set(i, outcome == Document::Outcome::kFound && !found.empty());
    } else if (on_error == "ERROR") {
      return IllegalPath(path[i]);
    } else if (on_error == "UNKNOWN") {
      out.Null(i);
    } else {
      out.Set(i, on_error == "TRUE");
    }
  }
  return out.Finish(c.result);
}

enum class JsonKind { kValue, kObject, kArray, kScalar };

Status DefineIsJson(FunctionRegistry& r, const char* suffix, JsonKind kind) {
  for (bool negated : {false, true}) {
    std::string name = fmt::format("IS {}JSON {}", negated ? "NOT " : "", suffix);
    auto run = [kind, negated](const CallArgs& c) -> Result<arrow::Datum> {
      Column<View> in(c.args[0]);
      FixedOutput<bool> out(c.rows);
      for (int64_t i = 0; i < c.rows; ++i) {
        bool is = false;
        const Json e = in.IsNull(i) ? Json(Json::value_t::discarded) : Json::parse(in[i], nullptr, false);
        if (!e.is_discarded())
          is = kind == JsonKind::kValue || (kind == JsonKind::kObject ? e.is_object() : kind == JsonKind::kArray ? e.is_array() : IsScalar(e));
        out.Set(i, is != negated);
      }
      return out.Finish(c.result);
    };
    TRY(Define(r, {name, Takes(name, {{Family::kCharacter}}, LogicalType::Boolean(), Nulls::kNever), run,
                   fmt::format("Is the text {}valid JSON{}? Never NULL.", negated ? "no " : "", kind == JsonKind::kValue ? "" : fmt::format(" of the kind {}", suffix)),
                   fmt::format("'{{}}' {} -- {}", name, (kind == JsonKind::kValue || kind == JsonKind::kObject) != negated ? "TRUE" : "FALSE")}));
  }
  return Status::OK();
}

// JSON made by a nested call is put in as it is: its argument is asked for in this type.
LogicalType JsonInside(bool nullable) { return LogicalType::Raw("json", "").WithNullable(nullable); }
bool MakesJson(const Argument& a) {
  const auto* call = a.expr ? std::get_if<Call>(&a.expr->node) : nullptr;
  return call && (call->function->name() == "JSON_OBJECT" || call->function->name() == "JSON_ARRAY");
}

void AppendMember(const ColumnBase& v, int64_t i, const LogicalType& t, const std::string& zone, std::string* out) {
  if (v.IsNull(i)) *out += "null";
  else if (t.root() == TypeRoot::kRaw) out->append(static_cast<const arrow::BinaryArray&>(*v.array()).GetView(v.index(i)));
  else AppendJsonValue(*v.array(), v.index(i), t, zone, out);
}

// Number of plain arguments: those before the first clause.
size_t PlainCount(std::span<const Argument> args) {
  if (args.size() >= 2) {
    std::string name;
    if (LiteralText(args[args.size() - 2], &name) && name == "ON NULL") return args.size() - 2;
  }
  return args.size();
}

Result<arrow::Datum> JsonMake(const CallArgs& c, bool object) {
  std::vector<Argument> args;
  for (size_t i = 0; i < c.size(); ++i) args.push_back({c.types[i], c.args[i].is_scalar() ? c.args[i].scalar().get() : nullptr});
  const size_t n = PlainCount(args);
  std::string word;
  const bool absent = n < c.size() ? LiteralText(args[c.size() - 1], &word) && word == "ABSENT" : !object;
  std::vector<ColumnBase> in;
  for (size_t i = 0; i < n; ++i) in.emplace_back(c.args[i]);
  TextOutput out(c.rows);
  for (int64_t i = 0; i < c.rows; ++i) {
    *out.text() += object ? '{' : '[';
    bool first = true;
    for (size_t k = object ? 1 : 0; k < n; k += object ? 2 : 1) {
      if (absent && in[k].IsNull(i)) continue;
      if (!first) *out.text() += ',';
      first = false;
      if (object) {
        if (in[k - 1].IsNull(i)) return Status::InvalidSql("JSON_OBJECT does not allow NULL as a key");
        AppendJsonText(static_cast<const arrow::BinaryArray&>(*in[k - 1].array()).GetView(in[k - 1].index(i)), out.text());
        *out.text() += ':';
      }
      AppendMember(in[k], i, c.types[k], c.context.time_zone, out.text());
    }
    *out.text() += object ? '}' : ']';
    TRY(out.Done());
  }
  return out.Finish(c.result);
}

Result<Signature> ResolveMake(bool object, std::span<const Argument> args) {
  const size_t n = PlainCount(args);
  Signature s;
  if (object && n % 2) return Status::InvalidSql("JSON_OBJECT takes pairs of a key and a value");
  for (size_t i = 0; i < args.size(); ++i) {
    if (object && i < n && i % 2 == 0 && (!args[i].literal || !args[i].type.is_character()))
      return CannotApply("JSON_OBJECT", args, "'JSON_OBJECT(<CHARACTER_LITERAL>, <ANY>)*'");
    if (i < n && args[i].type.root() == TypeRoot::kNull && (!object || i % 2)) return Status::InvalidSql("Illegal use of 'NULL'");
    s.arguments.push_back(i < n && MakesJson(args[i]) ? JsonInside(args[i].type.nullable()) : args[i].type);
  }
  s.result = LogicalType::String().NotNull();
  return s;
}
}  // namespace

Status Register_function_json(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  TRY(DefineIsJson(r, "VALUE", JsonKind::kValue));
  TRY(DefineIsJson(r, "OBJECT", JsonKind::kObject));
  TRY(DefineIsJson(r, "ARRAY", JsonKind::kArray));
  TRY(DefineIsJson(r, "SCALAR", JsonKind::kScalar));
  auto check_path = [](std::span<const Argument> args) -> Status {
    std::string path;
    if (LiteralText(args[1], &path)) (void)TRY(JsonPath::Parse(path));
    return Status::OK();
  };
  auto takes_path = [check_path](const char* name, std::span<const Argument> args) -> Status {
    if (args.size() < 2) return WrongCount(name, 2);
    if (!Fits(Family::kCharacter, args[0]) || !args[1].type.is_character()) return CannotApply(name, args.subspan(0, 2), fmt::format("'{}(<CHARACTER>, <CHARACTER_LITERAL>)'", name));
    return check_path(args);
  };
  auto failing_clause = [](const std::vector<ExprPtr>& args, const LogicalType&) {
    for (size_t i = 2; i < args.size(); ++i) {
      const auto* l = std::get_if<Literal>(&args[i]->node);
      if (l && l->value->is_valid && l->value->type->id() == arrow::Type::STRING && l->value->ToString() == "ERROR") return true;
    }
    return false;
  };
  FunctionSpec exists{"JSON_EXISTS",
                      [takes_path](std::span<const Argument> args) -> Result<Signature> {
                        TRY(takes_path("JSON_EXISTS", args));
                        Signature s{LogicalType::Boolean(), TypesOf(args)};
                        if (args[0].type.root() == TypeRoot::kNull) s.arguments[0] = LogicalType::String();
                        return s;
                      },
                      JsonExists, "Does a JSON path find something? (FALSE ON ERROR)", "JSON_EXISTS('{\"a\": 1}', '$.a') -- TRUE"};
  exists.may_fail = failing_clause;
  TRY(Define(r, std::move(exists)));
  FunctionSpec value{"JSON_VALUE",
                     [takes_path](std::span<const Argument> args) -> Result<Signature> {
                       TRY(takes_path("JSON_VALUE", args));
                       auto clauses = ClausesOf(args, 2);
                       LogicalType t = clauses.count("RETURNING") ? args[clauses["RETURNING"].at].type.WithNullable(true) : LogicalType::String();
                       if (!t.is_character() && t.root() != TypeRoot::kBoolean && t.root() != TypeRoot::kInteger && t.root() != TypeRoot::kDouble)
                         return Status::InvalidSql(fmt::format("Unsupported type '{}' for JSON_VALUE function", t.ToSummaryString()));
                       Signature s{t, TypesOf(args)};
                       for (const char* name : {"DEFAULT ON EMPTY", "DEFAULT ON ERROR"})
                         if (clauses.count(name)) s.arguments[clauses[name].at] = t.is_character() ? LogicalType::String() : t;
                       if (args[0].type.root() == TypeRoot::kNull) s.arguments[0] = LogicalType::String();
                       return s;
                     },
                     JsonValue, "The scalar at a JSON path; NULL when there is none or it is an object or array.", "JSON_VALUE('{\"a\": true}', '$.a') -- 'true'"};
  value.may_fail = failing_clause;
  TRY(Define(r, std::move(value)));
  FunctionSpec query{"JSON_QUERY",
                     [takes_path](std::span<const Argument> args) -> Result<Signature> {
                       TRY(takes_path("JSON_QUERY", args));
                       auto clauses = ClausesOf(args, 2);
                       LogicalType t = clauses.count("RETURNING") ? args[clauses["RETURNING"].at].type.WithNullable(true) : LogicalType::String();
                       if (!t.is_character() && !(t.root() == TypeRoot::kArray && t.element().is_character()))
                         return Status::InvalidSql(fmt::format("Unsupported type '{}' for JSON_QUERY function", t.ToSummaryString()));
                       Signature s{t, TypesOf(args)};
                       if (args[0].type.root() == TypeRoot::kNull) s.arguments[0] = LogicalType::String();
                       return s;
                     },
                     JsonQuery, "The object or array at a JSON path, as compact JSON.", "JSON_QUERY('{\"a\": {\"b\": 1}}', '$.a') -- '{\"b\":1}'"};
  query.may_fail = failing_clause;
  TRY(Define(r, std::move(query)));
  TRY(Define(r, {"JSON_STRING", Takes("JSON_STRING", {{Family::kAny}}, LogicalType::String()),
                 [](const CallArgs& c) -> Result<arrow::Datum> {
                   ColumnBase in(c.args[0]);
                   TextOutput out(c.rows);
                   for (int64_t i = 0; i < c.rows; ++i) {
                     if (in.IsNull(i)) { out.Null(); continue; }
                     AppendJsonValue(*in.array(), in.index(i), c.types[0], c.context.time_zone, out.text());
                     TRY(out.Done());
                   }
                   return out.Finish(c.result);
                 },
                 "Any value as JSON; NULL stays NULL.", "JSON_STRING(ARRAY[1, 2]) -- '[1,2]'"}));
  TRY(Define(r, {"JSON_OBJECT", [](std::span<const Argument> a) { return ResolveMake(true, a); }, [](const CallArgs& c) { return JsonMake(c, true); },
                 "A JSON object of keys and values (NULL ON NULL).", "JSON_OBJECT('a' VALUE 1) -- '{\"a\":1}'"}));
  return Define(r, {"JSON_ARRAY", [](std::span<const Argument> a) { return ResolveMake(false, a); }, [](const CallArgs& c) { return JsonMake(c, false); },
                    "A JSON array of values (ABSENT ON NULL).", "JSON_ARRAY(1, 'x') -- '[1,\"x\"]'"});
}
}  // namespace tarn::plug
