// Aggregate functions: a closed list, so that every operator must take a position on each. Accumulators live in flow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "types/logical_type.h"

namespace tarn::expr {

enum class AggregateKind : uint8_t {
  kCountStar, kCount, kSum, kSum0, kAvg, kMin, kMax, kFirstValue, kLastValue,
  kStddevPop, kStddevSamp, kVarPop, kVarSamp, kListagg, kCollect, kArrayAgg,
};

struct AggregateCall {
  AggregateKind kind = AggregateKind::kCountStar;
  std::vector<int> args;     // input columns
  bool distinct = false;
  int filter = -1;           // BOOLEAN input column, or -1
  types::LogicalType type;   // of the result
  std::string name;          // output column
};

// nullopt: not an aggregate. Name in any case ("COUNT" with no argument or * is kCountStar by the caller).
std::optional<AggregateKind> FindAggregate(std::string_view name);
std::string_view AggregateName(AggregateKind kind);
// Flink's result type: COUNT BIGINT NOT NULL; SUM of INT INT, of DECIMAL(p,s) DECIMAL(38,s); AVG of INT INT, of DECIMAL
// DECIMAL(38,max(s,6)); MIN/MAX the argument's; all nullable but COUNT (also when grouped). kInvalidSql when it doesn't fit.
Result<types::LogicalType> AggregateType(AggregateKind kind, const std::vector<types::LogicalType>& args, bool grouped);

}  // namespace tarn::expr
