// GROUP BY window_start, window_end and keys over TUMBLE, HOP and CUMULATE: one row a window and key, when the window is complete.
//
// In:      rows with a time column (or with window columns already: a cascade); retractions are taken.
// Out:     keys, aggregates, window columns; insert-only, in order of window end. A window without rows gives nothing.
// Fires:   event time: the watermark reaches window end - 1 ms. Processing time: the wall clock does (OnTick); unfinished windows are
//          not flushed when the input ends. BATCH mode: everything at the end, nothing is late.
// Late:    a row whose last window has fired is dropped, counted and said in the log; a row of a fired slice still counts in its later windows.
// Cost:    a row updates one slice whatever size / slide is; a firing HOP window merges its slices, CUMULATE keeps a running sum.
// State:   "windows", version 1, by key group (docs/format/state.md); gone when the window's last slice has fired.
// Threads: one task owns it.
// Always:  the emitted window_end never decreases.
#pragma once

#include <map>

#include "flow/operator.h"
#include "flow/operators/aggregate_store.h"
#include "flow/operators/window_times.h"
#include "flow/state_budget.h"

namespace tarn::flow {

class WindowAggregate final : public Operator {
 public:
  static Result<std::unique_ptr<Operator>> Make(const plan::WindowAggregate& plan, const RowType& input, const RowType& output, bool retractable);

  Status Open(const OperatorContext& context) override;
  Status Restore(const state::Snapshot& snapshot) override;
  Status OnBatch(const Batch& batch, Output& output) override;
  Status OnWatermark(Watermark watermark, Output& output) override;
  Status OnTick(int64_t wall_ms, Output& output) override;
  Result<state::Snapshot> TakeSnapshot() override;
  Status OnEnd(Output& output) override;

  int64_t late_rows() const override { return late_rows_; }

 private:
  struct Pane {
    KeyTable table;
    AggregateStore store;
    bool empty() const { return table.live() == 0; }
  };
  struct Window {   // of a slice: [end - slice, end); orders by end
    int64_t end = 0, start = 0;
    auto operator<=>(const Window&) const = default;
  };
  struct Running {  // CUMULATE: what a window has so far
    Pane pane;
    int64_t next_end = 0;
  };

  WindowAggregate(plan::WindowAggregate plan, RowType input, RowType output, bool retractable)
      : plan_(std::move(plan)), input_(std::move(input)), output_(std::move(output)), retractable_(retractable) {}
  Status Prepare();
  Result<Pane> MakePane() const;
  Result<Batch> Narrow(const Batch& batch) const;
  Status WindowsOfRows(const Batch& batch);
  Status AddRows(Window slice, const Batch& rows);
  Status AddToPane(Pane* pane, const Batch& rows);
  Status MergePane(Pane* to, const Pane& from);
  bool Fired(int64_t end) const { return times_.Fires(end, progress_ms_); }

  Status FireUpTo(int64_t epoch_ms, Output& output);
  Status FireWhole(int64_t epoch_ms, Output& output);
  Status FireHop(int64_t epoch_ms, Output& output);
  Status FireCumulate(int64_t epoch_ms, Output& output);
  Status EmitPane(Pane* pane, int64_t start, int64_t end, Output& output);
  Status CheckMemory(int64_t new_rows);
  void WritePane(const Pane& pane, uint8_t kind, Window window, std::vector<std::string>* by_key_group) const;

  plan::WindowAggregate plan_;      // its column indices are those of narrow_
  const RowType input_, output_;
  const bool retractable_;
  RowType narrow_;                  // the columns used: keys, arguments, filters
  std::vector<int> narrow_columns_;
  WindowTimes times_;
  WindowTimes start_times_;         // cascade: reads window_start
  OperatorContext context_;

  std::map<Window, Pane> slices_;
  std::map<int64_t, Running> running_;   // by window start
  int64_t progress_ms_ = INT64_MIN;      // watermark or wall clock up to which windows have fired
  int64_t emitted_end_ = INT64_MIN;
  int64_t late_rows_ = 0, late_rows_said_ = 0;
  int64_t unchecked_rows_ = 0;
  StateUse use_;

  std::vector<int64_t> ends_, starts_;   // of the current batch's rows
  std::vector<uint32_t> ids_;
  std::vector<int8_t> signs_;
};

}  // namespace tarn::flow
