#include "flow/operators/make_operator.h"

#include "flow/operators/calc.h"
#include "flow/operators/group_aggregate.h"
#include "flow/operators/rank.h"
#include "flow/operators/sort.h"
#include "flow/operators/window_aggregate.h"
#include "flow/operators/window_table_function.h"

namespace tarn::flow {
namespace {

using OperatorResult = Result<std::unique_ptr<Operator>>;

OperatorResult OfRuntime(const char* node) { return Status::Internal(std::string("a ") + node + " is the runtime's, not an operator"); }

// LIMIT and ORDER BY ... LIMIT over changes, or in streaming: ranks without partition.
RankPlan TopN(std::vector<plan::SortKey> order, int64_t offset, int64_t limit, const plan::Node& node, bool retractable) {
  RankPlan p;
  p.order = std::move(order);
  p.from = offset;
  p.to = limit < 0 ? -1 : offset + limit;
  p.retractable = retractable;
  p.update_before = node.changelog.update_before || !node.changelog.update_after;
  return p;
}

// The one choice that needs the runtime mode, which is known at Open.
class SortByMode final : public Operator {
 public:
  SortByMode(std::unique_ptr<Operator> batch, std::unique_ptr<Operator> streaming) : batch_(std::move(batch)), streaming_(std::move(streaming)) {}
  Status Open(const OperatorContext& context) override {
    chosen_ = context.streaming ? streaming_.get() : batch_.get();
    return chosen_->Open(context);
  }
  Status Restore(const state::Snapshot& s) override { return chosen_->Restore(s); }
  Status OnBatch(const Batch& b, Output& o) override { return chosen_->OnBatch(b, o); }
  Status OnWatermark(Watermark w, Output& o) override { return chosen_->OnWatermark(w, o); }
  Status OnTick(int64_t ms, Output& o) override { return chosen_->OnTick(ms, o); }
  Status BeforeBarrier(Output& o) override { return chosen_->BeforeBarrier(o); }
  Result<state::Snapshot> TakeSnapshot() override { return chosen_->TakeSnapshot(); }
  Status OnEnd(Output& o) override { return chosen_->OnEnd(o); }

 private:
  std::unique_ptr<Operator> batch_, streaming_;
  Operator* chosen_ = nullptr;
};

struct Maker {
  const plan::Node& node;
  bool retractable = false;   // the input may hold -U and -D
  const RowType& input() const { return node.inputs[0]->row_type; }

  OperatorResult operator()(const plan::Scan&) const { return OfRuntime("scan"); }
  OperatorResult operator()(const plan::Values&) const { return OfRuntime("list of values"); }
  OperatorResult operator()(const plan::Exchange&) const { return OfRuntime("exchange"); }
  OperatorResult operator()(const plan::UnionAll&) const { return OfRuntime("union"); }
  OperatorResult operator()(const plan::Sink&) const { return OfRuntime("sink"); }
  OperatorResult operator()(const plan::Calc& p) const { return std::unique_ptr<Operator>(std::make_unique<Calc>(p)); }
  OperatorResult operator()(const plan::WindowTableFunction& p) const { return WindowTableFunction::Make(p, input(), node.row_type); }
  OperatorResult operator()(const plan::WindowAggregate& p) const { return WindowAggregate::Make(p, input(), node.row_type, retractable); }
  OperatorResult operator()(const plan::GroupAggregate& p) const { return GroupAggregate::Make(p, input(), node.row_type, retractable); }
  OperatorResult operator()(const plan::Sort& p) const {
    auto batch = TRY(Sort::Make(p, input()));
    if (p.limit < 0) return batch;
    auto streaming = TRY(Rank::Make(TopN(p.keys, p.offset, p.limit, node, retractable), input(), node.row_type));
    return std::unique_ptr<Operator>(std::make_unique<SortByMode>(std::move(batch), std::move(streaming)));
  }
  OperatorResult operator()(const plan::Limit& p) const {
    if (retractable) return Rank::Make(TopN({}, p.offset, p.limit, node, true), input(), node.row_type);
    return std::unique_ptr<Operator>(std::make_unique<Limit>(p));
  }
  OperatorResult operator()(const plan::Rank& p) const {
    RankPlan r;
    r.partition = p.partition;
    r.order = p.order;
    r.to = p.limit;
    r.with_rank = p.with_rank;
    r.retractable = retractable;
    r.update_before = node.changelog.update_before || !node.changelog.update_after;
    r.insert_only_output = p.limit == 1 && p.order.size() == 1 && !p.order[0].descending && !retractable && node.changelog.insert_only() &&
                           input().types[static_cast<size_t>(p.order[0].column)].is_rowtime();
    return Rank::Make(std::move(r), input(), node.row_type);
  }
};

}  // namespace

Result<std::unique_ptr<Operator>> MakeOperator(const plan::Node& node) {
  Maker maker{node};
  if (!node.inputs.empty()) maker.retractable = node.inputs[0]->changelog.update_before || node.inputs[0]->changelog.remove;
  return std::visit(maker, node.op);
}

}  // namespace tarn::flow
