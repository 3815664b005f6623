#include "flow/operators/accumulator.h"

namespace tarn::flow {

Result<std::unique_ptr<Accumulator>> MakeAccumulator(const expr::AggregateCall& call, const std::vector<types::LogicalType>& args, bool retractable) {
  using expr::AggregateKind;
  switch (call.kind) {
    case AggregateKind::kCountStar:
    case AggregateKind::kCount:
    case AggregateKind::kSum:
    case AggregateKind::kSum0:
    case AggregateKind::kAvg:
    case AggregateKind::kStddevPop:
    case AggregateKind::kStddevSamp:
    case AggregateKind::kVarPop:
    case AggregateKind::kVarSamp: return internal::MakeNumberAccumulator(call, args);
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      if (!retractable && !args.empty() && !args[0].is_character() && !args[0].is_binary()) return internal::MakeNumberAccumulator(call, args);
      return internal::MakeValueAccumulator(call, args, retractable);
    case AggregateKind::kFirstValue:
    case AggregateKind::kLastValue:
    case AggregateKind::kListagg:
    case AggregateKind::kCollect:
    case AggregateKind::kArrayAgg: return internal::MakeValueAccumulator(call, args, retractable);
  }
  return Status::Internal("an aggregate of no known kind");
}

}  // namespace tarn::flow
