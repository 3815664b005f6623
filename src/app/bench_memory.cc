#include "app/bench_memory.h"

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>

#include <charconv>
#include <random>

#include "types/arrow_try.h"

namespace tarn::app {
namespace {

std::shared_ptr<arrow::Array> Int64Column(std::vector<int64_t> values) {
  const int64_t n = static_cast<int64_t>(values.size());
  return std::make_shared<arrow::Int64Array>(n, arrow::Buffer::FromVector(std::move(values)));
}

class Reader final : public table::SourceReader {
 public:
  Reader(std::shared_ptr<const MemoryRows> rows, int64_t total, const table::SubtaskContext& context)
      : rows_(std::move(rows)), total_(total / context.parallelism), subtask_(context.subtask), parallelism_(context.parallelism) {}
  Status Open(const std::optional<std::vector<table::SplitState>>& restored) override {
    if (!restored) return Status::OK();
    for (const auto& s : *restored) {
      if (s.split_id == std::to_string(subtask_)) std::from_chars(s.bytes.data(), s.bytes.data() + s.bytes.size(), given_);
    }
    return Status::OK();
  }
  Result<table::SourceEvent> Poll(std::chrono::milliseconds) override {
    using Kind = table::SourceEvent::Kind;
    if (given_ >= total_) return table::SourceEvent{Kind::kEnd, 0, {}};
    Batch batch = rows_->batches[static_cast<size_t>((next_++ * parallelism_ + subtask_) % static_cast<int64_t>(rows_->batches.size()))];
    if (given_ + batch.num_rows() > total_) batch = batch.Slice(0, total_ - given_);
    if (rows_->time_column >= 0) batch = TRY(WithTime(batch));
    given_ += batch.num_rows();
    return table::SourceEvent{Kind::kBatch, 0, std::move(batch)};
  }
  Result<std::vector<table::SplitState>> Snapshot(CheckpointId) override {
    return std::vector<table::SplitState>{{std::to_string(subtask_), std::to_string(given_)}};
  }

 private:
  Result<Batch> WithTime(const Batch& batch) const {
    const int64_t n = batch.num_rows();
    std::shared_ptr<arrow::Buffer> buffer = TRY(arrow::AllocateBuffer(n * 8));
    int64_t* ts = reinterpret_cast<int64_t*>(buffer->mutable_data());
    int64_t ms = given_ / rows_->rows_per_ms, left = rows_->rows_per_ms - given_ % rows_->rows_per_ms;
    for (int64_t i = 0; i < n; ++i) {
      ts[i] = ms;
      if (--left == 0) {
        ++ms;
        left = rows_->rows_per_ms;
      }
    }
    auto columns = batch.columns();
    columns.push_back(std::make_shared<arrow::TimestampArray>(arrow::timestamp(arrow::TimeUnit::MILLI), n, std::move(buffer)));
    return Batch(n, std::move(columns));
  }
  const std::shared_ptr<const MemoryRows> rows_;
  const int64_t total_, subtask_, parallelism_;
  int64_t given_ = 0, next_ = 0;
};

class MemorySource final : public table::Source {
 public:
  MemorySource(std::shared_ptr<const MemoryRows> rows, int64_t total) : rows_(std::move(rows)), total_(total) {}
  bool bounded() const override { return true; }
  const RowType& row_type() const override { return rows_->type; }
  std::string Describe() const override { return "memory"; }
  Result<std::unique_ptr<table::SourceReader>> CreateReader(const table::SubtaskContext& context) const override {
    return std::unique_ptr<table::SourceReader>(std::make_unique<Reader>(rows_, total_, context));
  }

 private:
  const std::shared_ptr<const MemoryRows> rows_;
  const int64_t total_;
};

class FileRowsReader final : public table::SourceReader {
 public:
  FileRowsReader(std::shared_ptr<const table::Format> format, std::string path, const RowType& type, int64_t total, int64_t batch_rows)
      : format_(std::move(format)), path_(std::move(path)), type_(type), total_(total), batch_rows_(batch_rows) {}
  Status Open(const std::optional<std::vector<table::SplitState>>&) override { return Status::OK(); }
  Result<table::SourceEvent> Poll(std::chrono::milliseconds) override {
    using Kind = table::SourceEvent::Kind;
    while (given_ < total_) {
      if (!file_) file_ = TRY(format_->OpenFile(path_, type_, {}, batch_rows_));
      std::optional<Batch> batch = TRY(file_->Next());
      if (!batch) {
        file_.reset();
        continue;
      }
      if (given_ + batch->num_rows() > total_) *batch = batch->Slice(0, total_ - given_);
      given_ += batch->num_rows();
      return table::SourceEvent{Kind::kBatch, 0, std::move(*batch)};
    }
    return table::SourceEvent{Kind::kEnd, 0, {}};
  }
  Result<std::vector<table::SplitState>> Snapshot(CheckpointId) override { return std::vector<table::SplitState>{}; }

 private:
  const std::shared_ptr<const table::Format> format_;
  const std::string path_;
  const RowType& type_;
  const int64_t total_, batch_rows_;
  std::unique_ptr<table::FileReader> file_;
  int64_t given_ = 0;
};

class FileSource final : public table::Source {
 public:
  FileSource(std::shared_ptr<const table::Format> format, std::string path, RowType type, int64_t total, int64_t batch_rows)
      : format_(std::move(format)), path_(std::move(path)), type_(std::move(type)), total_(total), batch_rows_(batch_rows) {}
  bool bounded() const override { return true; }
  const RowType& row_type() const override { return type_; }
  std::string Describe() const override { return "file"; }
  int max_parallelism() const override { return 1; }
  Result<std::unique_ptr<table::SourceReader>> CreateReader(const table::SubtaskContext&) const override {
    return std::unique_ptr<table::SourceReader>(std::make_unique<FileRowsReader>(format_, path_, type_, total_, batch_rows_));
  }

 private:
  const std::shared_ptr<const table::Format> format_;
  const std::string path_;
  const RowType type_;
  const int64_t total_, batch_rows_;
};

class SummingWriter final : public table::SinkWriter {
 public:
  SummingWriter(int column, std::shared_ptr<std::atomic<int64_t>> sum) : column_(column), sum_(std::move(sum)) {}
  Status Open(const std::optional<Restored>&) override { return Status::OK(); }
  Status Write(const Batch& batch) override {
    int64_t sum = 0;
    if (column_ < 0) {
      sum = batch.num_rows();
    } else {
      const int64_t* v = batch.column(static_cast<size_t>(column_))->data()->GetValues<int64_t>(1);
      for (int64_t i = 0; i < batch.num_rows(); ++i) sum += types::IsAccumulate(batch.kind(i)) ? v[i] : -v[i];
    }
    *sum_ += sum;
    return Status::OK();
  }
  Result<std::string> PrepareCommit(CheckpointId, bool) override { return std::string(); }

 private:
  const int column_;
  const std::shared_ptr<std::atomic<int64_t>> sum_;
};

class SummingSink final : public table::Sink {
 public:
  SummingSink(int column, std::shared_ptr<std::atomic<int64_t>> sum) : column_(column), sum_(std::move(sum)) {}
  types::ChangelogMode AcceptedMode(const types::ChangelogMode& offered) const override { return offered; }
  std::string Describe() const override { return "sum"; }
  Result<std::unique_ptr<table::SinkWriter>> CreateWriter(const table::SubtaskContext&) const override {
    return std::unique_ptr<table::SinkWriter>(std::make_unique<SummingWriter>(column_, sum_));
  }

 private:
  const int column_;
  const std::shared_ptr<std::atomic<int64_t>> sum_;
};

}  // namespace

std::shared_ptr<MemoryRows> MakeKeyedRows(int64_t rows, int64_t keys, int64_t batch_rows, KeyedShape shape) {
  auto out = std::make_shared<MemoryRows>();
  const bool text = shape == KeyedShape::kText;
  out->type.Add("k", text ? types::LogicalType::String() : types::LogicalType::BigInt());
  out->type.Add("v", types::LogicalType::BigInt());
  if (shape == KeyedShape::kTimed) {
    out->time_column = 2;
    out->type.Add("ts", types::LogicalType::Timestamp(3).WithTimeAttribute(types::TimeAttribute::kRowtime));
  }
  std::mt19937_64 random(42);
  for (int64_t at = 0; at < rows; at += batch_rows) {
    const int64_t n = std::min(batch_rows, rows - at);
    std::vector<int64_t> k(static_cast<size_t>(n)), v(static_cast<size_t>(n));
    for (auto& x : k) x = static_cast<int64_t>(random() % static_cast<uint64_t>(keys));
    for (auto& x : v) x = static_cast<int64_t>(random() % 1000);
    if (shape == KeyedShape::kScattered) for (auto& x : k) x = static_cast<int64_t>((static_cast<uint64_t>(x) + 1) * 0x9E3779B97F4A7C15ull);
    std::shared_ptr<arrow::Array> key;
    if (text) {
      arrow::StringBuilder b;
      for (int64_t x : k) (void)b.Append("customer-" + std::to_string(x));
      key = b.Finish().ValueOrDie();
    } else {
      key = Int64Column(std::move(k));
    }
    out->batches.emplace_back(n, std::vector<std::shared_ptr<arrow::Array>>{std::move(key), Int64Column(std::move(v))});
  }
  out->rows = rows;
  return out;
}

std::shared_ptr<MemoryRows> MakeNumberRows(int64_t rows, int64_t batch_rows) {
  auto out = std::make_shared<MemoryRows>();
  for (const char* name : {"a", "b", "c"}) out->type.Add(name, types::LogicalType::BigInt());
  out->type.Add("d", types::LogicalType::Double());
  std::mt19937_64 random(42);
  for (int64_t at = 0; at < rows; at += batch_rows) {
    const int64_t n = std::min(batch_rows, rows - at);
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int c = 0; c < 3; ++c) {
      std::vector<int64_t> x(static_cast<size_t>(n));
      for (auto& e : x) e = static_cast<int64_t>(random() % 1'000'000);
      columns.push_back(Int64Column(std::move(x)));
    }
    std::vector<double> d(static_cast<size_t>(n));
    for (auto& e : d) e = static_cast<double>(random() % 1'000'000) / 7;
    columns.push_back(std::make_shared<arrow::DoubleArray>(n, arrow::Buffer::FromVector(std::move(d))));
    out->batches.emplace_back(n, std::move(columns));
  }
  out->rows = rows;
  return out;
}

std::shared_ptr<const table::Source> MakeMemorySource(std::shared_ptr<const MemoryRows> rows, int64_t total) {
  return std::make_shared<MemorySource>(std::move(rows), total);
}

Result<std::shared_ptr<const table::Source>> MakeFileSource(const table::Registry& registry, const std::string& format, const std::string& path,
                                                            const RowType& type, int64_t file_rows, int64_t total, int64_t batch_rows) {
  if (file_rows <= 0) return Status::Internal("a file without rows can't be replayed");
  std::shared_ptr<const table::Format> f = TRY(TRY(registry.FindFormat(format))->Create({}, "UTC"));
  return std::shared_ptr<const table::Source>(std::make_shared<FileSource>(std::move(f), path, type, total, batch_rows));
}

std::shared_ptr<const table::Sink> MakeSummingSink(int sum_column, std::shared_ptr<std::atomic<int64_t>> sum) {
  return std::make_shared<SummingSink>(sum_column, std::move(sum));
}

}  // namespace tarn::app
