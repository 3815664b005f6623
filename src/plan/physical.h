// The physical plan: plain data, ready to run. Made by plan (planner.h), executed by flow.
//
// A tree of nodes, leaves are scans and values; a job may have several roots (sinks), which may share nodes (a statement set).
// Rules: column indices refer to the input's row type; nodes between two exchanges run chained in one task with `parallelism`
// subtasks; a node with several inputs (union) has the same row type on all.
// Threads: immutable after planning, shared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "batch/batch.h"
#include "config/options.h"
#include "expr/aggregate.h"
#include "expr/expr.h"
#include "table/sink.h"
#include "table/source.h"
#include "types/row_kind.h"

namespace tarn::plan {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

// Reads a source; then, in the same task: computed columns / projection / filter, and the watermark per split.
struct Scan {
  std::shared_ptr<const table::Source> source;
  std::string name;                              // "default_catalog.default_database.events"
  std::vector<expr::ExprPtr> projection;         // over source->row_type(); empty: as it is
  expr::ExprPtr filter;                          // over the projection's output, after the watermark was taken; may be null
  int rowtime = -1;                              // output column of the rowtime attribute, or -1: no watermark
  expr::ExprPtr watermark;                       // over the projection's output; NULL results are ignored
  int64_t idle_timeout_ms = 0;                   // table.exec.source.idle-timeout, scan.watermark.idle-timeout
  bool watermark_on_event = false;               // scan.watermark.emit.strategy = on-event: a watermark after every row
};
struct Values { Batch rows; };
struct Calc {
  expr::ExprPtr filter;                          // over the input; may be null
  std::vector<expr::ExprPtr> projection;         // over the input
};

struct WindowSpec {
  enum class Kind { kTumble, kHop, kCumulate, kSession };
  Kind kind = Kind::kTumble;
  int time_column = 0;                           // TIMESTAMP(3) or TIMESTAMP_LTZ(3)
  bool proctime = false;
  int64_t size_ms = 0;
  int64_t step_ms = 0;                           // HOP slide, CUMULATE step
  int64_t offset_ms = 0;
  std::string zone = "UTC";                      // alignment of TIMESTAMP_LTZ windows
};
// Appends window_start, window_end, window_time; a row may come out several times (HOP, CUMULATE).
struct WindowTableFunction { WindowSpec window; };
// GROUP BY window_start, window_end, keys. Output: keys, aggregates, then the asked window columns. Emits at watermark >= end - 1.
struct WindowAggregate {
  WindowSpec window;
  std::vector<int> keys;
  std::vector<expr::AggregateCall> aggregates;
  enum class Property { kStart, kEnd, kTime };
  std::vector<Property> properties;
  bool input_windowed = false;                   // true: the input already has window_start/window_end columns (cascade); then:
  int window_start_column = -1, window_end_column = -1;
};
// Output: keys, aggregates. Streaming: changelog; batch: final rows only. Without keys and input: batch one row, streaming none.
struct GroupAggregate {
  std::vector<int> keys;
  std::vector<expr::AggregateCall> aggregates;
  bool generate_update_before = true;            // false: the consumer takes upserts
  bool mini_batch = false;                       // net changes per batch (table.exec.mini-batch.*)
  int64_t mini_batch_size = 0, mini_batch_latency_ms = 0;
  int64_t state_ttl_ms = 0;
};
struct Exchange {
  enum class Kind { kHash, kSingle, kRebalance, kForward };
  Kind kind = Kind::kHash;
  std::vector<int> keys;
};
struct UnionAll {};
struct SortKey { int column = 0; bool descending = false; bool nulls_first = true; };
struct Sort {                                    // batch, or bounded by a limit; parallelism 1
  std::vector<SortKey> keys;
  int64_t offset = 0, limit = -1;
};
struct Limit { int64_t offset = 0, limit = -1; };   // parallelism 1
// Keeps, per partition, the rows ranked 1..limit by order (ROW_NUMBER); streaming: changelog.
struct Rank {
  std::vector<int> partition;
  std::vector<SortKey> order;
  int64_t limit = 1;
  bool with_rank = false;                        // append the rank as BIGINT
};
struct Sink {
  std::shared_ptr<const table::Sink> sink;
  std::string name;                              // "lake.default.events_lake", "collect"
  std::vector<int> not_null;                     // columns to check (table.exec.sink.not-null-enforcer)
  bool drop_null_rows = false;
  std::vector<std::string> column_names;         // for the messages
};

struct Node {
  std::variant<Scan, Values, Calc, WindowTableFunction, WindowAggregate, GroupAggregate, Exchange, UnionAll, Sort, Limit, Rank, Sink> op;
  std::vector<NodePtr> inputs;
  RowType row_type;                              // output
  types::ChangelogMode changelog;                // of the output
  int parallelism = 1;
};

struct JobPlan {
  std::vector<NodePtr> roots;                    // Sink nodes
  std::string name;                              // pipeline.name or Flink's default
  config::OptionSet options;                     // session options in force
  bool streaming = true;
  bool bounded = false;                          // every source is bounded
  std::string time_zone = "UTC";
};

// The tree as text, one node a line, Flink's way: "Calc(select=[...], where=[...])\n+- TableSourceScan(...)".
std::string Explain(const JobPlan& plan, bool changelog_mode);

}  // namespace tarn::plan
