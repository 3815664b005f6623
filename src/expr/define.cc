#include "expr/define.h"

#include <arrow/array/util.h>
#include <fmt/format.h>

#include "base/text.h"

namespace tarn::expr {
using types::LogicalType;
using types::TypeRoot;

namespace {
class DefinedFunction final : public ScalarFunction {
 public:
  explicit DefinedFunction(FunctionSpec spec) : spec_(std::move(spec)) {}
  const std::string& name() const override { return spec_.name; }
  Result<Signature> Resolve(std::span<const Argument> args) const override { return spec_.resolve(args); }
  Result<arrow::Datum> Evaluate(const EvalContext& context, std::span<const arrow::Datum> args, const LogicalType& result, int64_t rows) const override {
    std::vector<LogicalType> types;
    for (const arrow::Datum& d : args) types.push_back(TRY(types::FromArrow(*d.type())));
    return EvaluateTyped(context, args, types, result, rows);
  }
  Result<arrow::Datum> EvaluateTyped(const EvalContext& context, std::span<const arrow::Datum> args, std::span<const LogicalType> types,
                                     const LogicalType& result, int64_t rows) const override {
    bool constant = spec_.deterministic && !args.empty();
    for (const arrow::Datum& d : args) constant = constant && d.is_scalar();
    if (!constant) return spec_.evaluate(CallArgs{context, args, types, result, rows});
    arrow::Datum out = TRY(spec_.evaluate(CallArgs{context, args, types, result, 1}));
    if (out.is_scalar()) return out;
    return arrow::Datum(TRY(out.make_array()->GetScalar(0)));
  }
  bool MayFail(const std::vector<ExprPtr>& args, const LogicalType& result) const override { return spec_.may_fail && spec_.may_fail(args, result); }
  bool deterministic() const override { return spec_.deterministic; }
  bool lazy() const override { return spec_.lazy; }
  std::string doc() const override { return spec_.doc; }
  std::string example() const override { return spec_.example; }

 private:
  FunctionSpec spec_;
};

const char* FamilyName(Family f) {
  switch (f) {
    case Family::kAny: return "ANY";
    case Family::kBoolean: return "BOOLEAN";
    case Family::kCharacter: return "CHARACTER";
    case Family::kBinary: return "BINARY";
    case Family::kText: return "STRING";
    case Family::kInt:
    case Family::kLong: return "INTEGER";
    case Family::kNumeric:
    case Family::kDouble: return "NUMERIC";
    case Family::kDate: return "DATE";
    case Family::kTime: return "TIME";
    case Family::kTimestamp: return "TIMESTAMP";
    case Family::kDatetime: return "DATETIME";
    case Family::kInterval: return "DATETIME_INTERVAL";
    case Family::kArray: return "ARRAY";
    case Family::kMap: return "MAP";
    case Family::kRow: return "ROW";
    case Family::kSymbol: return "CHARACTER LITERAL";
    case Family::kComparable: return "COMPARABLE_TYPE";
  }
  return "?";
}

std::string SupportedForms(const std::string& name, const Shape& shape) {
  std::string out;
  for (size_t n = shape.families.size() - shape.optional; n <= shape.families.size(); ++n) {
    if (!out.empty()) out += "\n";
    out += "'" + name + "(";
    for (size_t i = 0; i < n; ++i) out += (i ? ", <" : "<") + std::string(FamilyName(shape.families[i])) + ">";
    out += shape.variadic ? ", ...)'" : ")'";
  }
  return out;
}
}  // namespace

std::unique_ptr<ScalarFunction> MakeFunction(FunctionSpec spec) { return std::make_unique<DefinedFunction>(std::move(spec)); }
Status Define(FunctionRegistry& registry, FunctionSpec spec) { return registry.Add(MakeFunction(std::move(spec))); }

bool AnyNullable(std::span<const Argument> args) {
  for (const Argument& a : args)
    if (a.type.nullable()) return true;
  return false;
}

bool Fits(Family family, const Argument& arg) {
  const LogicalType& t = arg.type;
  if (family == Family::kSymbol) return arg.literal != nullptr && t.is_character();
  if (t.root() == TypeRoot::kNull) return true;
  switch (family) {
    case Family::kAny: return true;
    case Family::kBoolean: return t.root() == TypeRoot::kBoolean;
    case Family::kCharacter: return t.is_character();
    case Family::kBinary: return t.is_binary();
    case Family::kText: return t.is_character() || t.is_binary();
    case Family::kInt: return t.is_integer();
    case Family::kLong: return t.is_integer();
    case Family::kNumeric:
    case Family::kDouble: return t.is_numeric();
    case Family::kDate: return t.root() == TypeRoot::kDate;
    case Family::kTime: return t.root() == TypeRoot::kTime;
    case Family::kTimestamp: return t.is_timestamp();
    case Family::kDatetime: return t.is_timestamp() || t.root() == TypeRoot::kDate || t.root() == TypeRoot::kTime;
    case Family::kInterval: return t.is_interval();
    case Family::kArray: return t.root() == TypeRoot::kArray;
    case Family::kMap: return t.root() == TypeRoot::kMap;
    case Family::kRow: return t.root() == TypeRoot::kRow;
    case Family::kSymbol: return false;
    case Family::kComparable: return t.root() != TypeRoot::kMap && t.root() != TypeRoot::kMultiset && t.root() != TypeRoot::kRow && t.root() != TypeRoot::kArray;
  }
  return false;
}

static LogicalType TargetOf(Family family, const LogicalType& t) {
  const bool null = t.root() == TypeRoot::kNull;
  switch (family) {
    case Family::kInt: return LogicalType::Int().WithNullable(t.nullable());
    case Family::kLong: return LogicalType::BigInt().WithNullable(t.nullable());
    case Family::kDouble: return LogicalType::Double().WithNullable(t.nullable());
    case Family::kBoolean: return LogicalType::Boolean().WithNullable(t.nullable());
    case Family::kCharacter:
    case Family::kText: return null ? LogicalType::String() : t;
    case Family::kBinary: return null ? LogicalType::Bytes() : t;
    case Family::kNumeric: return null ? LogicalType::Int() : t;
    case Family::kTimestamp:
    case Family::kDatetime: return null ? LogicalType::Timestamp(3) : t;
    case Family::kDate: return LogicalType::Date().WithNullable(t.nullable());
    case Family::kTime: return null ? LogicalType::Time(0) : t;
    default: return t;
  }
}

Resolver Takes(std::string name, Shape shape, ResultRule result, Nulls nulls) {
  return [name = std::move(name), shape = std::move(shape), result = std::move(result), nulls](std::span<const Argument> args) -> Result<Signature> {
    const size_t high = shape.families.size(), low = high - static_cast<size_t>(shape.optional);
    if (args.size() < low || (args.size() > high && !shape.variadic)) return WrongCount(name, low);
    Signature s;
    for (size_t i = 0; i < args.size(); ++i) {
      Family f = shape.families[std::min(i, high - 1)];
      if (!Fits(f, args[i])) return CannotApply(name, args, SupportedForms(name, shape));
      s.arguments.push_back(TargetOf(f, args[i].type));
    }
    s.result = TRY(result(args));
    if (nulls == Nulls::kAlways) s.result = s.result.WithNullable(true);
    if (nulls == Nulls::kNever) s.result = s.result.NotNull();
    if (nulls == Nulls::kIfAnyArgument) s.result = s.result.WithNullable(AnyNullable(args));
    s.result = s.result.WithTimeAttribute(types::TimeAttribute::kNone);
    return s;
  };
}

Resolver Takes(std::string name, Shape shape, LogicalType result, Nulls nulls) {
  return Takes(std::move(name), std::move(shape), [result = std::move(result)](std::span<const Argument>) -> Result<LogicalType> { return result; }, nulls);
}

std::string SqlTypeName(const LogicalType& t) {
  switch (t.root()) {
    case TypeRoot::kInteger: return "INTEGER";
    case TypeRoot::kTimestampLtz: return fmt::format("TIMESTAMP_WITH_LOCAL_TIME_ZONE({})", t.precision());
    case TypeRoot::kIntervalDayTime:
    case TypeRoot::kIntervalYearMonth: return "INTERVAL " + t.resolution();
    case TypeRoot::kArray: return SqlTypeName(t.element()) + " ARRAY";
    case TypeRoot::kMultiset: return SqlTypeName(t.element()) + " MULTISET";
    case TypeRoot::kMap: return "(" + SqlTypeName(t.key()) + ", " + SqlTypeName(t.value()) + ") MAP";
    case TypeRoot::kRow: {
      std::string out = "RecordType(";
      for (size_t i = 0; i < t.fields().size(); ++i) out += (i ? ", " : "") + SqlTypeName(t.fields()[i].type) + " " + t.fields()[i].name;
      return out + ")";
    }
    default: return t.NotNull().ToString().substr(0, t.NotNull().ToString().find(" NOT NULL"));
  }
}

std::string SignatureText(const std::string& name, const std::vector<LogicalType>& types) {
  const bool word = !name.empty() && (std::isalpha(static_cast<unsigned char>(name[0])) || name[0] == '$');
  const bool infix = types.size() == 2 && (!word || name == "AND" || name == "OR" || name == "LIKE");
  std::string out;
  if (infix) return "<" + SqlTypeName(types[0]) + "> " + name + " <" + SqlTypeName(types[1]) + ">";
  out = name + "(";
  for (size_t i = 0; i < types.size(); ++i) out += (i ? ", <" : "<") + SqlTypeName(types[i]) + ">";
  return out + ")";
}

std::vector<LogicalType> TypesOf(std::span<const Argument> args) {
  std::vector<LogicalType> types;
  for (const Argument& a : args) types.push_back(a.type);
  return types;
}

Status CannotApply(const std::string& name, std::span<const Argument> args, const std::string& supported) {
  return Status::InvalidSql(fmt::format("Cannot apply '{}' to arguments of type '{}'. Supported form(s): {}", name, SignatureText(name, TypesOf(args)), supported));
}

Status WrongCount(const std::string& name, size_t expected) {
  return Status::InvalidSql(fmt::format("Invalid number of arguments to function '{}'. Was expecting {} arguments", name, expected));
}

const std::string* LiteralText(const Argument& arg, std::string* storage) {
  if (!arg.literal || !arg.literal->is_valid || !arg.type.is_character()) return nullptr;
  *storage = static_cast<const arrow::BaseBinaryScalar&>(*arg.literal).value->ToString();
  return storage;
}

}  // namespace tarn::expr
