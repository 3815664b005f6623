// Contract of a source: where rows come from. A connector plug implements it.
//
// A Source is made at planning (options checked, nothing opened) and shared by all subtasks. CreateReader is called once a
// subtask; each reader finds its own share of the splits from (subtask, parallelism) alone, so there is no central enumerator:
// Kafka: partition % parallelism; files: hash(path) % parallelism. A split is the unit of position and of watermarks.
// Positions: Snapshot() returns, for every split ever taken, an id and opaque bytes; after a restart all split states of all
// former subtasks are given to every reader, which keeps those that are its own share.
// Threads: a Source is const and shared; a reader belongs to one task thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "expr/expr.h"

namespace tarn::table {

struct SplitState {
  std::string split_id;
  std::string bytes;
};

struct SubtaskContext {
  int subtask = 0, parallelism = 1;
  std::string job_id, operator_name;
  int64_t batch_rows = 4096;          // wished rows a batch (tarn.batch.size)
  int64_t writer_memory_bytes = 64 << 20;  // what the files that this subtask writes may hold in memory together
};

struct SourceEvent {
  enum class Kind {
    kBatch,     // rows of one split
    kNothing,   // nothing within the wait; ask again
    kIdleSplits,// every split of this reader has no data now (for watermarks with an idle timeout; also when it has no split)
    kSplitEnd,  // a split is finished: its watermark no longer counts
    kEnd,       // bounded input is finished
  };
  Kind kind = Kind::kNothing;
  int split = 0;    // small index given by the reader, stable for a split within a run
  Batch batch;      // columns: Source::row_type()
};

class SourceReader {
 public:
  virtual ~SourceReader() = default;
  // restored: nullopt on a fresh start.
  virtual Status Open(const std::optional<std::vector<SplitState>>& restored) = 0;
  virtual Result<SourceEvent> Poll(std::chrono::milliseconds wait) = 0;
  // The position after the last batch returned by Poll.
  virtual Result<std::vector<SplitState>> Snapshot(CheckpointId id) = 0;
  virtual Status OnCheckpointComplete(CheckpointId) { return Status::OK(); }   // e.g. commit offsets to Kafka
  // How many splits have a say in the watermark now (assigned and not ended), also those that gave no row yet; negative: only those
  // that gave rows. A split that gave none holds the watermark back until it does, or is idle for the table's idle timeout.
  virtual int open_splits() const { return -1; }
  // For metrics; negative: unknown.
  virtual int64_t lag_rows() const { return -1; }
  virtual int64_t skipped_rows() const { return 0; }   // records that the format ignored because they can't be read
};

class Source {
 public:
  virtual ~Source() = default;
  virtual bool bounded() const = 0;
  // Physical and metadata columns that it produces, in this order (after push-down).
  virtual const RowType& row_type() const = 0;
  virtual types::ChangelogMode changelog_mode() const { return types::ChangelogMode::InsertOnly(); }
  virtual int max_parallelism() const { return 1 << 15; }
  virtual std::string Describe() const = 0;   // for EXPLAIN
  // Flink's SupportsWatermarkPushDown (Kafka): a watermark per split, sent on a timer. Others: one over all rows of a subtask, sent as
  // soon as it has risen by more than pipeline.auto-watermark-interval.
  virtual bool watermark_per_split() const { return false; }
  virtual Result<std::unique_ptr<SourceReader>> CreateReader(const SubtaskContext& context) const = 0;

  // Push-downs, at planning. Each returns true if it took it. Projection: indices into row_type(), which then changes.
  virtual bool ApplyProjection(const std::vector<int>&) { return false; }
  virtual bool ApplyLimit(int64_t) { return false; }
  // Conjuncts over row_type(); returns those that the source fully guarantees (the plan drops them); it may also use others as hints.
  virtual std::vector<expr::ExprPtr> ApplyFilters(const std::vector<expr::ExprPtr>&) { return {}; }
};

}  // namespace tarn::table
