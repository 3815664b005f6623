// datagen: a source of made-up rows. Position of a split: rows emitted (README.md, "State").
#include <algorithm>
#include <charconv>
#include <thread>

#include "base/clock.h"
#include "base/text.h"
#include "plug/connector/datagen/generator.h"
#include "batch/batch_size.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {

using datagen::Generator;
using datagen::Rows;

constexpr int64_t kSlicesPerSecond = 100;   // under a rate limit rows come in slices of 10 ms

struct Plan {
  RowType full, row_type;
  std::vector<int> projection;   // indices into full
  config::OptionSet options;
  int64_t rows_per_second = 10'000, number_of_rows = -1, limit = -1;
  uint64_t seed = 0;
  int parallelism = -1;
  bool bounded = false;
};

// One former subtask's share of the rows.
struct Split {
  int index = 0, count = 1;
  uint64_t seed = 0;
  int64_t emitted = 0, total = INT64_MAX;
  std::vector<std::unique_ptr<Generator>> generators;
  bool ended = false;
};

Result<std::vector<std::unique_ptr<Generator>>> MakeGenerators(const Plan& plan, uint64_t seed, std::set<std::string>* used) {
  std::vector<std::unique_ptr<Generator>> all;
  for (size_t i = 0; i < plan.full.size(); ++i) {
    if (plan.full.types[i].root() == types::TypeRoot::kNull) return Status::NotSupported("Unsupported type: NULL");
    all.push_back(TRY(datagen::MakeGenerator(plan.full.names[i], plan.full.types[i], plan.options, seed, used)));
  }
  return all;
}

class Reader final : public table::SourceReader {
 public:
  Reader(const Plan& plan, const table::SubtaskContext& context) : plan_(plan), context_(context) {
    rate_ = plan.rows_per_second / context.parallelism + (context.subtask < plan.rows_per_second % context.parallelism ? 1 : 0);
  }

  Status Open(const std::optional<std::vector<table::SplitState>>& restored) override {
    if (!restored) {
      TRY(AddSplit(context_.subtask, context_.parallelism, plan_.seed, 0));
    } else {
      for (const table::SplitState& s : *restored) {
        int64_t f[4] = {};
        const std::vector<std::string> parts = tarn::Split(s.bytes, ' ');
        bool ok = parts.size() == 5 && parts[0] == "1";
        for (size_t i = 0; ok && i < 4; ++i) {
          auto [end, error] = std::from_chars(parts[i + 1].data(), parts[i + 1].data() + parts[i + 1].size(), f[i]);
          ok = error == std::errc();
        }
        if (!ok || f[1] < 1) return Status::Corrupt("position of datagen split '" + s.split_id + "' can't be read");
        if (f[0] % context_.parallelism != context_.subtask) continue;
        TRY(AddSplit(static_cast<int>(f[0]), static_cast<int>(f[1]), static_cast<uint64_t>(f[2]), f[3]));
      }
    }
    started_ns_ = MonotonicNs();
    if (plan_.bounded) credit_ = rate_;   // as Flink: the first second's rows come at once
    return Status::OK();
  }

  Result<table::SourceEvent> Poll(std::chrono::milliseconds wait) override {
    table::SourceEvent event;
    Split* split = NextSplit();
    if (split == nullptr) {
      event.kind = table::SourceEvent::Kind::kEnd;
      return event;
    }
    event.split = static_cast<int>(split - splits_.data());
    const int64_t left = split->total - split->emitted;
    if (left <= 0) {
      split->ended = true;
      event.kind = table::SourceEvent::Kind::kSplitEnd;
      return event;
    }
    const int64_t count = Allowed(std::min(left, size_.rows()), wait);
    if (count == 0) return event;
    Rows rows{static_cast<uint64_t>(split->emitted), count, split->index, split->count, WallClockMs()};
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int i : plan_.projection) columns.push_back(TRY(split->generators[static_cast<size_t>(i)]->Make(rows)));
    split->emitted += count;
    credit_ -= static_cast<double>(count);
    event.kind = table::SourceEvent::Kind::kBatch;
    event.batch = Batch(count, std::move(columns));
    size_.Saw(event.batch);
    return event;
  }

  Result<std::vector<table::SplitState>> Snapshot(CheckpointId) override {
    std::vector<table::SplitState> out;
    for (const Split& s : splits_) {
      out.push_back({"datagen-" + std::to_string(s.index), "1 " + std::to_string(s.index) + " " + std::to_string(s.count) + " " +
                                                               std::to_string(static_cast<int64_t>(s.seed)) + " " + std::to_string(s.emitted)});
    }
    return out;
  }

 private:
  Status AddSplit(int index, int count, uint64_t seed, int64_t emitted) {
    Split s{index, count, seed, emitted};
    std::set<std::string> used;
    s.generators = TRY(MakeGenerators(plan_, seed, &used));
    for (const auto& g : s.generators) s.total = std::min(s.total, g->RowLimit(index, count));
    if (plan_.number_of_rows >= 0) s.total = std::min(s.total, plan_.number_of_rows / count + (index < plan_.number_of_rows % count ? 1 : 0));
    if (plan_.limit >= 0) s.total = std::min(s.total, plan_.limit);
    splits_.push_back(std::move(s));
    return Status::OK();
  }

  // Splits take turns.
  Split* NextSplit() {
    for (size_t i = 0; i < splits_.size(); ++i) {
      Split& s = splits_[turn_++ % splits_.size()];
      if (!s.ended) return &s;
    }
    return nullptr;
  }

  // How many of `wanted` rows the rate allows now; waits at most `wait` for the next slice.
  int64_t Allowed(int64_t wanted, std::chrono::milliseconds wait) {
    Refill();
    const double slice = std::max(1.0, std::min(static_cast<double>(wanted), static_cast<double>(rate_) / kSlicesPerSecond));
    if (credit_ < slice) {
      if (rate_ <= 0) {
        std::this_thread::sleep_for(wait);
        return 0;
      }
      const auto need = std::chrono::nanoseconds(static_cast<int64_t>((slice - credit_) * 1e9 / static_cast<double>(rate_)) + 1);
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(need, wait));
      Refill();
      if (credit_ < slice) return 0;
    }
    return std::min(wanted, static_cast<int64_t>(credit_));
  }
  void Refill() {
    const int64_t now = MonotonicNs();
    credit_ += static_cast<double>(now - started_ns_) * 1e-9 * static_cast<double>(rate_);
    credit_ = std::min(credit_, static_cast<double>(rate_) + 1);   // a pause is not made up for by more than one second's rows
    started_ns_ = now;
  }

  const Plan plan_;
  const table::SubtaskContext context_;
  BatchSize size_{context_.batch_rows};
  std::vector<Split> splits_;
  size_t turn_ = 0;
  int64_t rate_ = 0, started_ns_ = 0;
  double credit_ = 0;
};

class DatagenSource final : public table::Source {
 public:
  explicit DatagenSource(Plan plan) : plan_(std::move(plan)) {}
  bool bounded() const override { return plan_.bounded; }
  const RowType& row_type() const override { return plan_.row_type; }
  int max_parallelism() const override { return plan_.parallelism > 0 ? plan_.parallelism : 1 << 15; }
  std::string Describe() const override { return "DataGenTableSource"; }
  Result<std::unique_ptr<table::SourceReader>> CreateReader(const table::SubtaskContext& context) const override {
    return std::unique_ptr<table::SourceReader>(new Reader(plan_, context));
  }
  bool ApplyProjection(const std::vector<int>& columns) override {
    RowType row_type;
    std::vector<int> projection;
    for (int c : columns) {
      row_type.Add(plan_.row_type.names[static_cast<size_t>(c)], plan_.row_type.types[static_cast<size_t>(c)]);
      projection.push_back(plan_.projection[static_cast<size_t>(c)]);
    }
    plan_.row_type = std::move(row_type);
    plan_.projection = std::move(projection);
    return true;
  }
  bool ApplyLimit(int64_t limit) override {
    plan_.limit = limit;
    plan_.bounded = true;
    return true;
  }

 private:
  Plan plan_;
};

class Factory final : public table::ConnectorFactory {
 public:
  std::string identifier() const override { return "datagen"; }
  std::vector<config::OptionSpec> options() const override {
    return {{"rows-per-second", "integer", "10000", false, "rows per second of all subtasks together"},
            {"number-of-rows", "integer", "", false, "rows in total; makes the table bounded"},
            {"scan.parallelism", "integer", "", false, "number of source subtasks"},
            {"tarn.seed", "integer", "", false, "Tarn only: random values repeat from run to run with the same seed"},
            {"fields.*", "string", "", false, "kind, min, max, max-past, length, var-len, start, end, null-rate of a field"}};
  }
  bool can_read() const override { return true; }
  bool can_write() const override { return false; }
  Result<std::unique_ptr<table::Source>> CreateSource(const table::TableContext& context) const override {
    const config::OptionSet& o = context.table.options;
    if (!context.metadata.empty()) return Status::NotSupported("Table " + context.path.Quoted() + " declares metadata columns, but connector 'datagen' doesn't support any.");
    Plan plan;
    plan.full = plan.row_type = context.physical;
    for (size_t i = 0; i < plan.full.size(); ++i) plan.projection.push_back(static_cast<int>(i));
    plan.options = o;
    plan.rows_per_second = TRY(o.GetInteger("rows-per-second", 10'000));
    if (plan.rows_per_second < 1) return Status::InvalidSql("Invalid value for option 'rows-per-second'.").WithDetail("must be positive");
    plan.number_of_rows = TRY(o.GetInteger("number-of-rows", -1));
    plan.parallelism = static_cast<int>(TRY(o.GetInteger("scan.parallelism", -1)));
    const uint64_t random_seed = datagen::Mix(static_cast<uint64_t>(WallClockMs()), static_cast<uint64_t>(MonotonicNs()));
    plan.seed = static_cast<uint64_t>(TRY(o.GetInteger("tarn.seed", static_cast<int64_t>(random_seed))));
    std::set<std::string> used;
    auto generators = TRY(MakeGenerators(plan, plan.seed, &used));
    std::vector<std::string> unknown;
    for (const auto& [key, value] : o.values()) if (key.starts_with("fields.") && !used.count(key)) unknown.push_back(key);
    if (!unknown.empty()) {
      Status s = Status::InvalidSql("Unsupported options found for 'datagen'.").WithDetail("Unsupported options: " + Join(unknown, ", "));
      std::string closest = ClosestName(unknown[0], std::vector<std::string>(used.begin(), used.end()));
      return closest.empty() ? s : std::move(s).WithHint("did you mean '" + closest + "'?");
    }
    plan.bounded = plan.number_of_rows >= 0;
    for (const auto& g : generators) plan.bounded = plan.bounded || g->RowLimit(0, 1) != INT64_MAX;
    return std::unique_ptr<table::Source>(new DatagenSource(std::move(plan)));
  }
};

}  // namespace

Status Register_connector_datagen(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
