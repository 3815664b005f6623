// Tables of the tests: a seeded source with replayable splits, and a sink that commits files exactly once into a folder.
// Only included by tests. Threads: as the contracts say; TestControl from any.
#pragma once

#include <arrow/builder.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "base/text.h"
#include "flow/operator.h"
#include "plan/physical.h"
#include "state/bytes.h"
#include "state/durable_file.h"
#include "table/sink.h"
#include "table/source.h"
#include "types/arrow_try.h"

namespace tarn::job {

using types::LogicalType;

inline RowType TestRow() {
  RowType t;
  t.Add("id", LogicalType::BigInt());
  t.Add("key", LogicalType::BigInt());
  t.Add("ts", LogicalType::Timestamp(3));
  return t;
}

template <typename B, typename... A>
std::shared_ptr<arrow::Array> BuildArray(const std::vector<int64_t>& values, A&&... args) {
  B b(std::forward<A>(args)...);
  for (int64_t v : values) (void)b.Append(static_cast<typename B::value_type>(v));
  return b.Finish().ValueOrDie();
}
inline Batch RowsOf(const std::vector<int64_t>& ids, int64_t keys, int64_t step_ms, int64_t base_ms = 0) {
  std::vector<int64_t> key, ts;
  for (int64_t id : ids) {
    key.push_back(static_cast<int64_t>((static_cast<uint64_t>(id) * 2654435761u) % static_cast<uint64_t>(keys)));
    ts.push_back(base_ms + id * step_ms);
  }
  auto type = arrow::timestamp(arrow::TimeUnit::MILLI);
  return Batch(static_cast<int64_t>(ids.size()),
               {BuildArray<arrow::Int64Builder>(ids), BuildArray<arrow::Int64Builder>(key),
                BuildArray<arrow::TimestampBuilder>(ts, type, arrow::default_memory_pool())});
}

// Knobs shared by a test and its tables.
struct TestControl {
  std::atomic<int64_t> fail_after_rows{-1};      // the source fails once this many rows went out; then -1
  std::atomic<int64_t> sink_fail_after{-1};      // the same for the sink's Write
  std::atomic<bool> commit_fails{false};
  std::atomic<int> fail_prepare{0};
  std::atomic<bool> writers_publish{false};      // the sink is of SelfPublishingWriters, without a committer
  std::atomic<bool> hold{false};                 // sources give nothing
  std::atomic<int64_t> sink_delay_us{0};         // per batch: makes back-pressure
  std::atomic<int64_t> source_rows{0}, sink_rows{0}, commits{0}, repeated_commits{0}, notified{0}, final_watermarks{0};
  std::atomic<int> silent_split{-1};             // this split gives nothing
  std::atomic<int64_t> stop_at{INT64_MAX};       // splits give nothing beyond this many rows, until it is raised
};

struct TestSourceOptions {
  int splits = 4;
  int64_t rows = 10'000;      // a split
  int64_t keys = 100;
  bool bounded = true;
  int64_t batch = 97;
  int64_t pause_us = 0;       // between batches
  int64_t step_ms = 10;
  int64_t base_ms = 0;
  bool watermark_per_split = true;
};

class TestReader final : public table::SourceReader {
 public:
  TestReader(TestSourceOptions o, TestControl* c, const table::SubtaskContext& context) : o_(o), c_(c) {
    for (int s = context.subtask; s < o.splits; s += context.parallelism) at_[s] = 0;
  }
  Status Open(const std::optional<std::vector<table::SplitState>>& restored) override {
    if (!restored) return Status::OK();
    for (const auto& s : *restored) {
      auto it = at_.find(std::stoi(s.split_id));
      if (it != at_.end()) it->second = std::stoll(s.bytes);
    }
    return Status::OK();
  }
  Result<table::SourceEvent> Poll(std::chrono::milliseconds) override {
    using Kind = table::SourceEvent::Kind;
    if (c_->hold) return table::SourceEvent{Kind::kIdleSplits, 0, {}};
    for (size_t tries = 0; tries < at_.size(); ++tries) {
      auto it = at_.upper_bound(last_);
      if (it == at_.end()) it = at_.begin();
      last_ = it->first;
      if (it->second >= std::min<int64_t>(o_.rows, c_->stop_at) || it->first == c_->silent_split) continue;
      std::vector<int64_t> ids;
      for (int64_t i = 0; i < o_.batch && it->second < o_.rows; ++i) ids.push_back(it->second++ * o_.splits + it->first);
      int64_t n = static_cast<int64_t>(ids.size());
      c_->source_rows += n;
      if (c_->fail_after_rows >= 0 && (c_->fail_after_rows -= n) < 0) {
        c_->fail_after_rows = -1;
        return Status::Unavailable("the test source fails now");
      }
      if (o_.pause_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(o_.pause_us));
      return table::SourceEvent{Kind::kBatch, it->first, RowsOf(ids, o_.keys, o_.step_ms, o_.base_ms)};
    }
    if (o_.bounded && c_->silent_split < 0 && c_->stop_at >= o_.rows) return table::SourceEvent{Kind::kEnd, 0, {}};
    return table::SourceEvent{Kind::kIdleSplits, 0, {}};
  }
  Result<std::vector<table::SplitState>> Snapshot(CheckpointId) override {
    std::vector<table::SplitState> out;
    for (auto [s, at] : at_) out.push_back({std::to_string(s), std::to_string(at)});
    return out;
  }
  Status OnCheckpointComplete(CheckpointId) override {
    ++c_->notified;
    return Status::OK();
  }
  int open_splits() const override {
    int n = 0;
    for (auto [s, at] : at_) n += at < o_.rows;
    return n;
  }

 private:
  const TestSourceOptions o_;
  TestControl* const c_;
  std::map<int, int64_t> at_;
  int last_ = -1;
};

class TestSource final : public table::Source {
 public:
  TestSource(TestSourceOptions o, TestControl* c) : o_(o), c_(c), type_(TestRow()) {}
  bool bounded() const override { return o_.bounded; }
  const RowType& row_type() const override { return type_; }
  std::string Describe() const override { return "test"; }
  bool watermark_per_split() const override { return o_.watermark_per_split; }
  Result<std::unique_ptr<table::SourceReader>> CreateReader(const table::SubtaskContext& context) const override {
    return std::unique_ptr<table::SourceReader>(std::make_unique<TestReader>(o_, c_, context));
  }

 private:
  const TestSourceOptions o_;
  TestControl* const c_;
  const RowType type_;
};

// Rows as text lines "a,b,c" of BIGINT-like columns.
inline std::string LinesOf(const Batch& b) {
  std::string out;
  for (int64_t i = 0; i < b.num_rows(); ++i) {
    for (size_t c = 0; c < b.columns().size(); ++c) {
      if (c) out += ',';
      out += b.column(c)->IsNull(i) ? "null" : std::to_string(b.column(c)->data()->GetValues<int64_t>(1)[i]);
    }
    out += '\n';
  }
  return out;
}

class TestWriter final : public table::SinkWriter {
 public:
  explicit TestWriter(TestControl* c) : c_(c) {}
  Status Open(const std::optional<Restored>&) override { return Status::OK(); }
  Status Write(const Batch& b) override {
    if (c_->sink_fail_after >= 0 && (c_->sink_fail_after -= b.num_rows()) < 0) {
      c_->sink_fail_after = -1;
      return Status::Internal("the test sink fails now");
    }
    if (int64_t us = c_->sink_delay_us) std::this_thread::sleep_for(std::chrono::microseconds(us));
    c_->sink_rows += b.num_rows();
    lines_ += LinesOf(b);
    return Status::OK();
  }
  Status OnWatermark(Watermark w) override {
    c_->final_watermarks += w.time == EventTime::Max();
    return Status::OK();
  }
  Result<std::string> PrepareCommit(CheckpointId, bool) override {
    if (c_->fail_prepare > 0 && c_->fail_prepare-- > 0) return Status::Unavailable("prepare fails");
    return std::exchange(lines_, {});
  }

 private:
  TestControl* const c_;
  std::string lines_;
};

// State: the committables that are not committed yet, by checkpoint. Commit writes one file a committable.
class TestCommitter final : public table::SinkCommitter {
 public:
  TestCommitter(std::string dir, TestControl* c) : dir_(std::move(dir)), c_(c) {}
  Status Open(const std::optional<std::string>& state) override {
    TRY(state::MakeFolders(dir_));
    if (!state) return Status::OK();
    state::ByteReader r(*state);
    while (!r.at_end()) {
      auto id = r.Get<int64_t>();
      auto n = r.Get<uint32_t>();
      for (uint32_t i = 0; i < n; ++i) waiting_[id].emplace_back(r.GetString());
    }
    return r.bad() ? Status::Corrupt("committer state") : Status::OK();
  }
  Result<std::string> Prepare(CheckpointId id, const std::vector<table::Committable>& all, EventTime, bool) override {
    for (const auto& c : all) waiting_[id].push_back(c.bytes);
    state::ByteWriter w;
    for (const auto& [i, pieces] : waiting_) {
      w.Put(static_cast<int64_t>(i)).Put(static_cast<uint32_t>(pieces.size()));
      for (const auto& p : pieces) w.PutString(p);
    }
    return w.Take();
  }
  Status Commit(CheckpointId id) override {
    if (c_->commit_fails.exchange(false)) return Status::Unavailable("commit fails");
    for (auto it = waiting_.begin(); it != waiting_.end() && it->first <= id; it = waiting_.erase(it)) {
      for (size_t i = 0; i < it->second.size(); ++i) {
        std::string path = dir_ + "/part-" + std::to_string(it->first) + "-" + std::to_string(i);
        c_->repeated_commits += state::PathExists(path);
        TRY(state::WriteDurably(path, it->second[i]));
      }
    }
    ++c_->commits;
    return Status::OK();
  }

 private:
  const std::string dir_;
  TestControl* const c_;
  std::map<CheckpointId, std::vector<std::string>> waiting_;
};

// Publishes by itself, as the Kafka sink does: an interval's rows are in the writer's state until they are published.
class SelfPublishingWriter final : public table::SinkWriter {
 public:
  SelfPublishingWriter(std::string dir, int subtask, TestControl* c) : dir_(std::move(dir)), subtask_(subtask), c_(c) {}
  Status Open(const std::optional<Restored>& restored) override {
    TRY(state::MakeFolders(dir_));
    if (restored)
      for (const std::string& s : restored->states) {
        state::ByteReader r(s);
        while (!r.at_end()) {
          auto subtask = r.Get<int32_t>();
          auto id = r.Get<int64_t>();
          TRY(Publish(subtask, id, r.GetString()));
        }
      }
    return Status::OK();
  }
  Status Write(const Batch& b) override {
    lines_ += LinesOf(b);
    return Status::OK();
  }
  Result<std::string> PrepareCommit(CheckpointId id, bool) override {
    if (!lines_.empty()) pending_[id] = std::exchange(lines_, {});
    return std::string();
  }
  Result<std::string> Snapshot(CheckpointId) override {
    state::ByteWriter w;
    for (const auto& [id, lines] : pending_) w.Put(static_cast<int32_t>(subtask_)).Put(static_cast<int64_t>(id)).PutString(lines);
    return w.Take();
  }
  Status OnCheckpointComplete(CheckpointId id) override {
    for (auto it = pending_.begin(); it != pending_.end() && it->first <= id; it = pending_.erase(it)) TRY(Publish(subtask_, it->first, it->second));
    ++c_->notified;
    return Status::OK();
  }

 private:
  Status Publish(int subtask, CheckpointId id, std::string_view lines) {
    return state::WriteDurably(dir_ + "/self-" + std::to_string(subtask) + "-" + std::to_string(id), lines);
  }
  const std::string dir_;
  const int subtask_;
  TestControl* const c_;
  std::map<CheckpointId, std::string> pending_;
  std::string lines_;
};

class TestSink final : public table::Sink {
 public:
  TestSink(std::string dir, TestControl* c) : dir_(std::move(dir)), c_(c) {}
  bool publishes_itself() const { return c_->writers_publish; }
  types::ChangelogMode AcceptedMode(const types::ChangelogMode& m) const override { return m; }
  std::string Describe() const override { return "test"; }
  Result<std::unique_ptr<table::SinkWriter>> CreateWriter(const table::SubtaskContext& context) const override {
    if (publishes_itself()) return std::unique_ptr<table::SinkWriter>(std::make_unique<SelfPublishingWriter>(dir_, context.subtask, c_));
    return std::unique_ptr<table::SinkWriter>(std::make_unique<TestWriter>(c_));
  }
  Result<std::unique_ptr<table::SinkCommitter>> CreateCommitter(const table::SubtaskContext&) const override {
    if (publishes_itself()) return std::unique_ptr<table::SinkCommitter>();
    return std::unique_ptr<table::SinkCommitter>(std::make_unique<TestCommitter>(dir_, c_));
  }

 private:
  const std::string dir_;
  TestControl* const c_;
};

// All committed lines, with how often each is there.
inline std::map<std::string, int> CommittedLines(const std::string& dir) {
  std::map<std::string, int> out;
  for (const std::string& name : state::ListFolder(dir)) {
    if (name.ends_with(".tmp")) continue;
    std::string text = state::ReadWholeFile(dir + "/" + name).value();
    for (size_t at = 0; at < text.size();) {
      size_t end = text.find('\n', at);
      ++out[text.substr(at, end - at)];
      at = end + 1;
    }
  }
  return out;
}

// Counts rows per key (column 1) in keyed state; emits (key, count, 0) at the end of input.
class CountPerKey final : public flow::Operator {
 public:
  Status Restore(const state::Snapshot& pieces) override {
    for (const auto& p : pieces) {
      state::ByteReader r(p.bytes);
      while (!r.at_end()) {
        auto k = r.Get<int64_t>();
        counts_[k] += r.Get<int64_t>();
      }
    }
    return Status::OK();
  }
  Status OnBatch(const Batch& b, flow::Output&) override {
    const auto* k = b.column(1)->data()->GetValues<int64_t>(1);
    for (int64_t i = 0; i < b.num_rows(); ++i) ++counts_[k[i]];
    return Status::OK();
  }
  Result<state::Snapshot> TakeSnapshot() override {
    std::map<int, state::ByteWriter> groups;
    for (auto [k, n] : counts_) groups[state::KeyGroupOf(HashInt64(k))].Put(k).Put(n);
    state::Snapshot s;
    for (auto& [g, w] : groups) s.push_back({"counts", 1, g, w.Take()});
    return s;
  }
  Status OnEnd(flow::Output& out) override {
    std::vector<int64_t> k, n, z;
    for (auto [key, count] : counts_) k.push_back(key), n.push_back(count), z.push_back(0);
    auto size = static_cast<int64_t>(k.size());
    return out.Emit(Batch(size, {BuildArray<arrow::Int64Builder>(k), BuildArray<arrow::Int64Builder>(n),
                                 BuildArray<arrow::TimestampBuilder>(z, arrow::timestamp(arrow::TimeUnit::MILLI), arrow::default_memory_pool())}));
  }

 private:
  std::map<int64_t, int64_t> counts_;
};

class PassThrough final : public flow::Operator {
 public:
  Status OnBatch(const Batch& b, flow::Output& out) override { return out.Emit(b); }
};

inline Result<std::unique_ptr<flow::Operator>> TestOperators(const plan::Node& n) {
  if (std::holds_alternative<plan::GroupAggregate>(n.op)) return std::unique_ptr<flow::Operator>(std::make_unique<CountPerKey>());
  return std::unique_ptr<flow::Operator>(std::make_unique<PassThrough>());
}

// ---- plans

template <typename Op>
plan::NodePtr MakeNode(Op op, std::vector<plan::NodePtr> inputs, int parallelism) {
  auto n = std::make_shared<plan::Node>();
  n->op = std::move(op);
  n->inputs = std::move(inputs);
  n->row_type = TestRow();
  n->parallelism = parallelism;
  return n;
}
inline plan::NodePtr ScanOf(TestSourceOptions o, TestControl* c, int parallelism, bool watermark = true) {
  plan::Scan s;
  s.source = std::make_shared<TestSource>(o, c);
  s.name = "events";
  if (watermark) {
    s.rowtime = 2;
    s.watermark = expr::MakeInputRef(2, LogicalType::Timestamp(3));
  }
  return MakeNode(std::move(s), {}, parallelism);
}
inline plan::NodePtr HashOf(plan::NodePtr in, int parallelism) {
  plan::Exchange e;
  e.keys = {1};
  return MakeNode(std::move(e), {std::move(in)}, parallelism);
}
inline plan::NodePtr SinkOf(plan::NodePtr in, std::string dir, TestControl* c, int parallelism) {
  plan::Sink s;
  s.sink = std::make_shared<TestSink>(std::move(dir), c);
  s.name = "out";
  s.column_names = {"id", "key", "ts"};
  return MakeNode(std::move(s), {std::move(in)}, parallelism);
}
inline plan::JobPlan PlanOf(std::vector<plan::NodePtr> roots, std::map<std::string, std::string> options, bool streaming = true) {
  plan::JobPlan p;
  p.roots = std::move(roots);
  p.name = "test";
  p.options = config::OptionSet(std::move(options));
  p.streaming = streaming;
  return p;
}

}  // namespace tarn::job
