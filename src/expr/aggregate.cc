#include "expr/aggregate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "expr/define.h"

namespace tarn::expr {
using types::LogicalType;
using types::TypeRoot;

namespace {
struct Named { const char* name; AggregateKind kind; };
constexpr Named kNames[] = {
    {"COUNT", AggregateKind::kCount}, {"SUM", AggregateKind::kSum}, {"$SUM0", AggregateKind::kSum0}, {"SUM0", AggregateKind::kSum0},
    {"AVG", AggregateKind::kAvg}, {"MIN", AggregateKind::kMin}, {"MAX", AggregateKind::kMax},
    {"FIRST_VALUE", AggregateKind::kFirstValue}, {"LAST_VALUE", AggregateKind::kLastValue},
    {"STDDEV_POP", AggregateKind::kStddevPop}, {"STDDEV_SAMP", AggregateKind::kStddevSamp}, {"STDDEV", AggregateKind::kStddevSamp},
    {"VAR_POP", AggregateKind::kVarPop}, {"VAR_SAMP", AggregateKind::kVarSamp}, {"VARIANCE", AggregateKind::kVarSamp},
    {"LISTAGG", AggregateKind::kListagg}, {"COLLECT", AggregateKind::kCollect}, {"ARRAY_AGG", AggregateKind::kArrayAgg},
};
}  // namespace

std::optional<AggregateKind> FindAggregate(std::string_view name) {
  for (const Named& n : kNames)
    if (EqualsIgnoreCase(n.name, name)) return n.kind;
  return std::nullopt;
}

std::string_view AggregateName(AggregateKind kind) {
  switch (kind) {
    case AggregateKind::kCountStar:
    case AggregateKind::kCount: return "COUNT";
    case AggregateKind::kSum: return "SUM";
    case AggregateKind::kSum0: return "$SUM0";
    case AggregateKind::kAvg: return "AVG";
    case AggregateKind::kMin: return "MIN";
    case AggregateKind::kMax: return "MAX";
    case AggregateKind::kFirstValue: return "FIRST_VALUE";
    case AggregateKind::kLastValue: return "LAST_VALUE";
    case AggregateKind::kStddevPop: return "STDDEV_POP";
    case AggregateKind::kStddevSamp: return "STDDEV_SAMP";
    case AggregateKind::kVarPop: return "VAR_POP";
    case AggregateKind::kVarSamp: return "VAR_SAMP";
    case AggregateKind::kListagg: return "LISTAGG";
    case AggregateKind::kCollect: return "COLLECT";
    case AggregateKind::kArrayAgg: return "ARRAY_AGG";
  }
  return "?";
}

Result<LogicalType> AggregateType(AggregateKind kind, const std::vector<LogicalType>& args, bool /*grouped*/) {
  const std::string name(AggregateName(kind));
  auto misfit = [&](const char* supported) {
    return Status::InvalidSql(fmt::format("Cannot apply '{}' to arguments of type '{}'. Supported form(s): '{}'", name, SignatureText(name, args), supported));
  };
  auto count = [&](size_t low, size_t high) -> Status {
    if (args.size() < low || args.size() > high)
      return Status::InvalidSql(fmt::format("Invalid number of arguments to function '{}'. Was expecting {} arguments", name, low));
    return Status::OK();
  };
  switch (kind) {
    case AggregateKind::kCountStar: return LogicalType::BigInt().NotNull();
    case AggregateKind::kCount:
      if (args.size() > 1) return Status::NotSupported("We now only support the count of one field.");
      return LogicalType::BigInt().NotNull();
    case AggregateKind::kSum:
    case AggregateKind::kSum0: {
      TRY(count(1, 1));
      const LogicalType& t = args[0];
      LogicalType r;
      if (t.root() == TypeRoot::kDecimal) r = LogicalType::Decimal(38, t.scale());
      else if (t.is_numeric() || t.is_interval()) r = t.WithTimeAttribute(types::TimeAttribute::kNone);
      else return misfit("SUM(<NUMERIC>)");
      return r.WithNullable(kind == AggregateKind::kSum);
    }
    case AggregateKind::kAvg: {
      TRY(count(1, 1));
      const LogicalType& t = args[0];
      if (t.root() == TypeRoot::kDecimal) return LogicalType::Decimal(38, std::max(t.scale(), 6));
      if (t.is_numeric()) return t.WithNullable(true);
      return misfit("AVG(<NUMERIC>)");
    }
    case AggregateKind::kStddevPop:
    case AggregateKind::kStddevSamp:
    case AggregateKind::kVarPop:
    case AggregateKind::kVarSamp: {
      TRY(count(1, 1));
      const LogicalType& t = args[0];
      if (t.root() == TypeRoot::kDecimal) return LogicalType::Decimal(38, std::max(t.scale(), 6));
      if (t.is_numeric()) return t.WithNullable(true);
      return misfit((name + "(<NUMERIC>)").c_str());
    }
    case AggregateKind::kMin:
    case AggregateKind::kMax: {
      TRY(count(1, 1));
      const LogicalType& t = args[0];
      if (t.root() == TypeRoot::kMap || t.root() == TypeRoot::kMultiset || t.root() == TypeRoot::kRaw || t.root() == TypeRoot::kArray || t.root() == TypeRoot::kRow)
        return misfit((name + "(<COMPARABLE_TYPE>)").c_str());
      return t.WithNullable(true).WithTimeAttribute(types::TimeAttribute::kNone);
    }
    case AggregateKind::kFirstValue:
    case AggregateKind::kLastValue:
      TRY(count(1, 2));
      return args[0].WithNullable(true).WithTimeAttribute(types::TimeAttribute::kNone);
    case AggregateKind::kListagg:
      TRY(count(1, 2));
      for (const LogicalType& t : args)
        if (!t.is_character() && t.root() != TypeRoot::kNull) return misfit("LISTAGG(<CHARACTER>)'\n'LISTAGG(<CHARACTER>, <CHARACTER>)");
      return LogicalType::String();
    case AggregateKind::kCollect:
      TRY(count(1, 1));
      return LogicalType::Multiset(args[0].WithTimeAttribute(types::TimeAttribute::kNone)).NotNull();
    case AggregateKind::kArrayAgg:
      TRY(count(1, 1));
      return LogicalType::Array(args[0].WithTimeAttribute(types::TimeAttribute::kNone));
  }
  return Status::Internal("unknown aggregate");
}

}  // namespace tarn::expr
