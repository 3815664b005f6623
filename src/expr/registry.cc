#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "expr/cast.h"
#include "expr/define.h"
#include "expr/function.h"

namespace tarn::expr {
using types::LogicalType;
using types::TypeRoot;

Status FunctionRegistry::Add(std::unique_ptr<ScalarFunction> function) {
  std::string name = function->name();
  if (functions_.count(name) || aliases_.count(name)) return Status::AlreadyExists(fmt::format("function \"{}\" is registered twice", name));
  functions_.emplace(std::move(name), std::move(function));
  return Status::OK();
}

Status FunctionRegistry::AddAlias(const std::string& alias, const std::string& name) {
  if (functions_.count(alias) || aliases_.count(alias)) return Status::AlreadyExists(fmt::format("function \"{}\" is registered twice", alias));
  if (!functions_.count(name)) return Status::NotFound(fmt::format("function \"{}\" of alias \"{}\" is not registered", name, alias));
  aliases_.emplace(alias, name);
  return Status::OK();
}

const ScalarFunction* FunctionRegistry::Find(std::string_view name) const {
  std::string upper = ToUpper(name);
  if (auto a = aliases_.find(upper); a != aliases_.end()) upper = a->second;
  auto it = functions_.find(upper);
  return it == functions_.end() ? nullptr : it->second.get();
}

std::vector<const ScalarFunction*> FunctionRegistry::All() const {
  std::vector<const ScalarFunction*> all{CastFunction(false), CastFunction(true)};
  for (const auto& [name, f] : functions_) all.push_back(f.get());
  std::sort(all.begin(), all.end(), [](const ScalarFunction* a, const ScalarFunction* b) { return a->name() < b->name(); });
  return all;
}

std::vector<std::string> FunctionRegistry::AliasesOf(const std::string& name) const {
  std::vector<std::string> out;
  for (const auto& [alias, target] : aliases_)
    if (target == name) out.push_back(alias);
  return out;
}

std::vector<std::string> FunctionRegistry::Names() const {
  std::vector<std::string> names{"cast", "try_cast"};
  auto add = [&](const std::string& n) {
    if (std::isalpha(static_cast<unsigned char>(n[0])) && n.find(' ') == std::string::npos && n != "NEGATE" && n != "FIELD" && n != "ITEM") names.push_back(ToLower(n));
  };
  for (const auto& [name, f] : functions_) add(name);
  for (const auto& [alias, name] : aliases_) add(alias);
  std::sort(names.begin(), names.end());
  return names;
}

namespace {
// Calcite names families, not types, when it finds no function at all.
std::string FamilyOf(const LogicalType& t) {
  if (t.is_numeric()) return "NUMERIC";
  if (t.is_character()) return "CHARACTER";
  if (t.is_binary()) return "BINARY";
  switch (t.root()) {
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: return "TIMESTAMP";
    case TypeRoot::kIntervalDayTime: return "INTERVAL_DAY_TIME";
    case TypeRoot::kIntervalYearMonth: return "INTERVAL_YEAR_MONTH";
    case TypeRoot::kArray: return "ARRAY";
    case TypeRoot::kMap: return "MAP";
    case TypeRoot::kMultiset: return "MULTISET";
    case TypeRoot::kTime: return "TIME";
    default: return SqlTypeName(t);
  }
}

bool SameForEvaluation(const LogicalType& from, const LogicalType& to) {
  if (from.EqualsIgnoringNullable(to)) return true;
  // CHAR and VARCHAR share their form; only a shorter CHAR/VARCHAR target would change values, and no function asks for one.
  if (from.is_character() && to.is_character()) return to.root() == TypeRoot::kVarChar && to.length() >= from.length();
  if (from.is_binary() && to.is_binary()) return to.root() == TypeRoot::kVarBinary && to.length() >= from.length();
  return false;
}
}  // namespace

Result<ExprPtr> FunctionRegistry::MakeCall(std::string_view name, std::vector<ExprPtr> args) const {
  const ScalarFunction* f = Find(name);
  if (!f) {
    std::string families;
    for (size_t i = 0; i < args.size(); ++i) families += (i ? ", <" : "<") + FamilyOf(args[i]->type) + ">";
    Status s = Status::InvalidSql(fmt::format("No match found for function signature {}({})", name, families));
    std::vector<std::string> candidates;
    for (const std::string& n : Names()) candidates.push_back(ToUpper(n));
    std::string near = ClosestName(ToUpper(name), candidates);
    return near.empty() ? std::move(s) : std::move(s).WithHint(fmt::format("did you mean {}?", near));
  }
  std::vector<Argument> arguments;
  for (const ExprPtr& a : args) {
    const auto* literal = std::get_if<Literal>(&a->node);
    arguments.push_back({a->type, literal ? literal->value.get() : nullptr, a.get()});
  }
  Signature s = TRY(f->Resolve(arguments));
  for (size_t i = 0; i < args.size() && i < s.arguments.size(); ++i) {
    if (SameForEvaluation(args[i]->type, s.arguments[i])) continue;
    if (s.arguments[i].root() == TypeRoot::kRaw && args[i]->type.is_character()) {   // text that a function marks as its own (JSON in JSON)
      args[i] = expr::MakeCall(CastFunction(false), {args[i]}, s.arguments[i]);
      continue;
    }
    args[i] = TRY(MakeCast(args[i], s.arguments[i].WithNullable(args[i]->type.nullable())));
  }
  return expr::MakeCall(f, std::move(args), std::move(s.result));
}

Result<ExprPtr> FunctionRegistry::MakeCast(ExprPtr arg, const LogicalType& target, bool try_cast) const {
  if (arg->type.EqualsIgnoringNullable(target)) {
    if (arg->type.nullable() == target.nullable() && arg->type.time_attribute() == target.time_attribute()) return arg;
    if (arg->type.nullable() == target.nullable() && arg->type.time_attribute() == types::TimeAttribute::kNone) return arg;
    if (arg->type.time_attribute() == types::TimeAttribute::kNone && !try_cast) return arg;   // only the promise of NOT NULL differs
  }
  TRY(CheckCast(arg->type, target));
  LogicalType type = target.WithNullable(arg->type.nullable() || try_cast);
  if (arg->type.root() == TypeRoot::kNull) return MakeNull(target.WithNullable(true));
  return expr::MakeCall(CastFunction(try_cast), {std::move(arg)}, std::move(type));
}

}  // namespace tarn::expr
