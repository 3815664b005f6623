// Keeps, for each partition, the rows ranked from + 1 .. to by an order (ROW_NUMBER); also LIMIT over changes and deduplication.
//
// In:      any changelog; append-only inputs keep no more rows than can ever be shown.
// Out:     streaming, as Flink: with the rank in the output, a shift updates each moved rank (-U, +U; the last one +I or -D); without it only
//          the row that leaves (-D) and the one that enters (+I), and for a single row -U, +U. No -U when the consumer takes upserts.
//          BATCH: +I at the end. Equal rows rank in order of arrival; deduplication to the last row lets the newer win.
// Time:    deduplication to the first row by event time with an insert-only output emits when the watermark passes the row; later rows drop.
// State:   "rank", version 1, by key group of the partition columns (docs/format/state.md).
// Threads: one task owns it.
#pragma once

#include "flow/operator.h"
#include "flow/operators/key_table.h"
#include "flow/state_budget.h"
#include "plan/physical.h"

namespace tarn::flow {

struct RankPlan {
  std::vector<int> partition;
  std::vector<plan::SortKey> order;
  int64_t from = 0, to = 1;         // positions from 0: [from, to); to < 0: no end
  bool with_rank = false;
  bool retractable = false;         // the input may hold -U and -D
  bool update_before = true;        // the consumer wants -U
  bool insert_only_output = false;  // deduplication to the first row by event time
};

class Rank final : public Operator {
 public:
  static Result<std::unique_ptr<Operator>> Make(RankPlan plan, const RowType& input, const RowType& output);

  Status Open(const OperatorContext& context) override;
  Status Restore(const state::Snapshot& snapshot) override;
  Status OnBatch(const Batch& batch, Output& output) override;
  Status OnWatermark(Watermark watermark, Output& output) override;
  Result<state::Snapshot> TakeSnapshot() override;
  int64_t late_rows() const override { return late_rows_; }
  Status OnEnd(Output& output) override;

 private:
  struct Entry {
    std::string key;     // sort_order.h
    std::string cells;   // the whole row
  };
  struct Partition {
    std::vector<Entry> entries;   // by key, then arrival
    bool emitted = false;         // insert_only_output
  };
  // Changes on their way out.
  class Changes {
   public:
    void Start(const RowType& output, bool with_rank);
    void Put(types::RowKind kind, const std::string& cells, int64_t position);
    int64_t rows() const { return static_cast<int64_t>(kinds_.size()); }
    Result<Batch> Finish(bool insert_only);

   private:
    std::vector<std::shared_ptr<arrow::DataType>> types_;   // without the rank
    bool with_rank_ = false;
    std::vector<int8_t> kinds_;
    std::vector<int64_t> ranks_;
    std::vector<size_t> ends_;                              // of each row's cells in bytes_
    std::string bytes_;
  };

  Rank(RankPlan plan, RowType input, RowType output) : plan_(std::move(plan)), input_(std::move(input)), output_(std::move(output)) {}
  void Insert(Partition* p, Entry entry);
  void Remove(Partition* p, const Entry& entry);
  void Shifted(types::RowKind only, const std::string* old_row, const std::string* new_row, int64_t position);
  void Prefetch(int64_t row, int64_t rows) const;
  Status EmitChanges(Output& output);
  int64_t end() const { return plan_.to < 0 ? INT64_MAX : plan_.to; }
  bool emits() const { return context_.streaming && !plan_.insert_only_output; }

  const RankPlan plan_;
  const RowType input_, output_;
  bool newest_wins_ = false;      // deduplication to the last row: an equal time replaces
  bool by_arrival_ = false;       // processing time: arrival is the order
  OperatorContext context_;
  StateUse use_;
  int64_t late_rows_ = 0;
  KeyTable table_;
  std::vector<Partition> partitions_;
  Changes changes_;
  std::vector<uint32_t> ids_;
  EncodedRows rows_;
  int64_t watermark_ms_ = INT64_MIN;
  int64_t bytes_ = 0;
};

}  // namespace tarn::flow
