#include "plug/layout/files/file_source_reader.h"

#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "expr/evaluator.h"
#include "plug/layout/files/state_codec.h"
#include "table/text_codec.h"
#include "types/text_value.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plug::files {
namespace {

uint64_t Hash(const std::string& s) {
  uint64_t h = 0xcbf29ce484222325ull;
  for (char c : s) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001b3ull;
  return h ^ h >> 32;
}

Result<std::shared_ptr<arrow::Scalar>> Text(const std::shared_ptr<arrow::DataType>& type, const std::string& text) {
  if (type->id() == arrow::Type::BINARY) return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::BinaryScalar>(text));
  return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::StringScalar>(text));
}

}  // namespace

Result<std::shared_ptr<arrow::Scalar>> PartitionScalar(const std::string& text, const std::string& default_partition, const types::LogicalType& type) {
  using types::TypeRoot;
  const auto arrow_type = types::ToArrow(type);
  if (text == default_partition) return arrow::MakeNullScalar(arrow_type);
  auto bad = [&] { return Status::InvalidSql("partition value '" + text + "' is not a value of " + type.ToSummaryString(false)); };
  switch (type.root()) {
    case TypeRoot::kChar: case TypeRoot::kVarChar: case TypeRoot::kBinary: case TypeRoot::kVarBinary: return Text(arrow_type, text);
    case TypeRoot::kBoolean: {
      auto b = config::ParseBoolean(text);
      if (!b.ok()) return bad();
      return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::BooleanScalar>(*b));
    }
    case TypeRoot::kTinyInt: case TypeRoot::kSmallInt: case TypeRoot::kInteger: case TypeRoot::kBigInt: {
      int64_t v = 0;
      if (!table::ParseInteger(text, &v)) return bad();
      auto s = arrow::Int64Scalar(v).CastTo(arrow_type);
      if (!s.ok()) return bad();
      return *s;
    }
    case TypeRoot::kFloat: case TypeRoot::kDouble: {
      double v = 0;
      if (!table::ParseDouble(text, &v)) return bad();
      if (type.root() == TypeRoot::kFloat) return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::FloatScalar>(static_cast<float>(v)));
      return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::DoubleScalar>(v));
    }
    case TypeRoot::kDecimal: {
      arrow::Decimal128 v;
      if (table::ParseDecimal(text, type.precision(), type.scale(), &v) != table::DecimalParse::kOk) return bad();
      return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::Decimal128Scalar>(v, arrow_type));
    }
    case TypeRoot::kDate: {
      int32_t days = 0;
      if (!types::ParseDate(text, &days)) return bad();
      return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::Date32Scalar>(days));
    }
    case TypeRoot::kTime: {
      int32_t ms = 0;
      if (!types::ParseTime(text, &ms)) return bad();
      return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::Time32Scalar>(ms, arrow_type));
    }
    case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz: {
      int64_t seconds = 0;
      int32_t nanos = 0;
      if (!types::ParseTimestamp(text, true, &seconds, &nanos)) {
        int32_t days = 0;
        if (!types::ParseDate(text, &days)) return bad();
        seconds = static_cast<int64_t>(days) * 86400;
      }
      const int64_t units = types::TimestampUnitsPerSecond(type.precision());
      return std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::TimestampScalar>(seconds * units + nanos / (1'000'000'000 / units), arrow_type));
    }
    default: return Status::NotSupported("a partition column of type " + type.ToSummaryString(false));
  }
}

FileSourceReader::FileSourceReader(std::shared_ptr<FileSource::Shared> shared, const table::SubtaskContext& context) : shared_(std::move(shared)), context_(context) {
  const FileSourceConfig& c = shared_->config;
  std::vector<int> place(c.physical.size() + c.metadata.size(), -1);   // physical column -> file_type_
  auto add = [&](int column) {
    if (column >= static_cast<int>(c.physical.size()) || place[static_cast<size_t>(column)] >= 0) return;
    const std::string& name = c.physical.names[static_cast<size_t>(column)];
    if (std::find(c.partition_keys.begin(), c.partition_keys.end(), name) != c.partition_keys.end()) return;
    place[static_cast<size_t>(column)] = static_cast<int>(file_type_.size());
    file_type_.Add(name, c.physical.types[static_cast<size_t>(column)]);
  };
  // Columns of a text line are found by their place in some formats: those get all of them, in order.
  const bool all = c.format && !c.format->bulk() && !c.format->by_name();
  if (all) for (size_t i = 0; i < c.physical.size(); ++i) add(static_cast<int>(i));
  for (int column : shared_->columns) add(column);
  for (int column : shared_->columns) from_file_.push_back(place[static_cast<size_t>(column)]);
  for (const auto& f : shared_->data_filters) {
    const std::vector<int> inputs = expr::InputsOf({f});
    std::vector<expr::ExprPtr> replacement(place.size());
    bool usable = true;
    for (int i : inputs) usable = usable && place[static_cast<size_t>(i)] >= 0;
    if (!usable) continue;
    for (size_t i = 0; i < place.size(); ++i) {
      if (place[i] >= 0) replacement[i] = expr::MakeInputRef(place[i], file_type_.types[static_cast<size_t>(place[i])]);
      else replacement[i] = expr::MakeNull(types::LogicalType::Null());
    }
    hints_.push_back(expr::Substitute(f, replacement));
  }
}

Status FileSourceReader::Open(const std::optional<std::vector<table::SplitState>>& restored) {
  const bool watching = shared_->config.monitor_ms.has_value();
  if (!restored) return watching ? ListNew() : ListOnce();
  for (const table::SplitState& state : *restored) {
    bool done = false;
    Split split = TRY(Decode(state, &done));
    if (watching) seen_.insert(split.entry.path);
    if (static_cast<int>(Hash(state.split_id) % static_cast<uint64_t>(context_.parallelism)) != context_.subtask) continue;
    if (done) done_.insert(state.split_id);
    else queue_.push_back(std::move(split));
  }
  return watching ? ListNew() : Status::OK();
}

Result<bool> FileSourceReader::Wanted(const FileEntry& entry) const {
  if (shared_->partition_filters.empty()) return true;
  const FileSourceConfig& c = shared_->config;
  std::vector<std::shared_ptr<arrow::Array>> row;
  for (size_t i = 0; i < c.physical.size() + c.metadata.size(); ++i) {
    const types::LogicalType& type = i < c.physical.size() ? c.physical.types[i] : c.metadata_types[i - c.physical.size()];
    std::shared_ptr<arrow::Scalar> value = arrow::MakeNullScalar(types::ToArrow(type));
    if (i < c.physical.size()) {
      for (const auto& [key, text] : entry.partition) if (key == c.physical.names[i]) value = TRY(PartitionScalar(text, c.default_partition, type));
    }
    row.push_back(TRY(arrow::MakeArrayFromScalar(*value, 1)));
  }
  expr::EvalContext context;
  context.time_zone = c.time_zone;
  auto evaluator = TRY(expr::Evaluator::Make(shared_->partition_filters, context));
  for (const auto& result : TRY(evaluator->Evaluate(Batch(1, std::move(row))))) {
    if (result->IsNull(0) || !static_cast<const arrow::BooleanArray&>(*result).Value(0)) return false;
  }
  return true;
}

// Every reader makes the same list of splits and takes every n-th.
Status FileSourceReader::ListOnce() {
  std::vector<FileEntry> files;
  {
    std::lock_guard lock(shared_->mutex);
    if (!shared_->listing) shared_->listing = TRY(shared_->config.list());
    files = *shared_->listing;
  }
  const FileSourceConfig& c = shared_->config;
  size_t n = 0;
  for (const FileEntry& f : files) {
    if (!TRY(Wanted(f))) continue;
    const bool cut = f.size > c.range_bytes && (c.format ? (c.format->bulk() || (c.format->splittable() && !IsCompressed(f.path))) : true);
    const int64_t parts = cut ? (f.size + c.range_bytes - 1) / c.range_bytes : 1;
    for (int64_t p = 0; p < parts; ++p, ++n) {
      if (static_cast<int>(n % static_cast<size_t>(context_.parallelism)) != context_.subtask) continue;
      table::FileRange range;
      if (cut) range = {p * c.range_bytes, p + 1 == parts ? f.size - p * c.range_bytes : c.range_bytes};
      queue_.push_back({f, range, 0});
    }
  }
  return Status::OK();
}

Status FileSourceReader::ListNew() {
  next_list_ms_ = MonotonicMs() + *shared_->config.monitor_ms;
  std::vector<FileEntry> fresh;
  for (FileEntry& f : TRY(shared_->config.list())) {
    if (seen_.count(f.path)) continue;
    if (static_cast<int>(Hash(f.path) % static_cast<uint64_t>(context_.parallelism)) != context_.subtask) continue;   // another's: not kept
    seen_.insert(f.path);
    if (TRY(Wanted(f))) fresh.push_back(std::move(f));
    else done_.insert(f.path);
  }
  if (!shared_->config.listed_in_order) std::stable_sort(fresh.begin(), fresh.end(), [](const FileEntry& a, const FileEntry& b) { return a.mtime_ms < b.mtime_ms; });
  for (FileEntry& f : fresh) queue_.push_back({std::move(f), {}, 0});
  return Status::OK();
}

Status FileSourceReader::OpenNext() {
  current_ = std::move(queue_.front());
  queue_.pop_front();
  ++index_;
  const FileSourceConfig& c = shared_->config;
  std::shared_ptr<const table::Format> format = c.format;
  if (c.format_of) format = TRY(c.format_of(current_->entry));
  file_ = TRY(OpenForReading(*format, current_->entry.path, current_->range, file_type_, hints_, current_->position, context_.batch_rows));
  constants_.assign(shared_->columns.size(), nullptr);
  for (size_t i = 0; i < shared_->columns.size(); ++i) {
    if (from_file_[i] >= 0) continue;
    const auto column = static_cast<size_t>(shared_->columns[i]);
    const FileEntry& e = current_->entry;
    if (column < c.physical.size()) {
      constants_[i] = arrow::MakeNullScalar(types::ToArrow(c.physical.types[column]));
      for (const auto& [key, text] : e.partition) {
        if (key != c.physical.names[column]) continue;
        auto value = PartitionScalar(text, c.default_partition, c.physical.types[column]);
        if (!value.ok()) {
          Status s = value.status();
          return std::move(s).WithContext("file '" + e.path + "', partition column '" + key + "'");
        }
        constants_[i] = *value;
      }
      continue;
    }
    const std::string& key = c.metadata[column - c.physical.size()].second;
    if (key == "file.path") constants_[i] = std::make_shared<arrow::StringScalar>(e.path);
    else if (key == "file.name") constants_[i] = std::make_shared<arrow::StringScalar>(e.path.substr(e.path.rfind('/') + 1));
    else if (key == "file.size") constants_[i] = std::make_shared<arrow::Int64Scalar>(e.size);
    else constants_[i] = std::make_shared<arrow::TimestampScalar>(e.mtime_ms, types::ToArrow(types::LogicalType::TimestampLtz(3)));
  }
  return Status::OK();
}

Result<Batch> FileSourceReader::Complete(const Batch& data) const {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (size_t i = 0; i < from_file_.size(); ++i) {
    if (from_file_[i] >= 0) columns.push_back(data.column(static_cast<size_t>(from_file_[i])));
    else columns.push_back(TRY(arrow::MakeArrayFromScalar(*constants_[i], data.num_rows())));
  }
  return data.WithColumns(std::move(columns));
}

Result<table::SourceEvent> FileSourceReader::Poll(std::chrono::milliseconds wait) {
  using Kind = table::SourceEvent::Kind;
  table::SourceEvent event;
  const bool limit_reached = shared_->limit >= 0 && rows_ >= shared_->limit;
  if (!file_ && (queue_.empty() || limit_reached)) {
    if (!shared_->config.monitor_ms || limit_reached) {
      event.kind = Kind::kEnd;
      return event;
    }
    const int64_t due = next_list_ms_ - MonotonicMs();
    if (due > 0) {
      std::this_thread::sleep_for(std::min(wait, std::chrono::milliseconds(due)));
      if (MonotonicMs() < next_list_ms_) {
        event.kind = Kind::kIdleSplits;
        return event;
      }
    }
    TRY(ListNew());
    if (queue_.empty()) {
      event.kind = Kind::kIdleSplits;
      return event;
    }
  }
  if (!file_) TRY(OpenNext());
  event.split = index_;
  auto batch = limit_reached ? std::optional<Batch>() : TRY(file_->Next());
  if (!batch) {
    if (file_->skipped() > 0) LogWarn("file '{}': {} records were skipped because they can't be read", current_->entry.path, file_->skipped());
    skipped_ += file_->skipped();
    done_.insert(current_->id());
    file_.reset();
    current_.reset();
    event.kind = Kind::kSplitEnd;
    return event;
  }
  if (shared_->limit >= 0 && rows_ + batch->num_rows() > shared_->limit) batch = batch->Slice(0, shared_->limit - rows_);
  rows_ += batch->num_rows();
  event.kind = Kind::kBatch;
  event.batch = TRY(Complete(*batch));
  return event;
}

std::string FileSourceReader::Encode(const Split& s) {
  StateWriter w;
  w.Int(1).Text(s.entry.path).Int(s.range.offset).Int(s.range.length).Int(s.position).Int(s.entry.size).Int(s.entry.mtime_ms);
  w.Int(static_cast<int64_t>(s.entry.partition.size()));
  for (const auto& [key, value] : s.entry.partition) w.Text(key).Text(value);
  return w.Take();
}

// "d": finished, and nothing more has to be known than its id.
Result<FileSourceReader::Split> FileSourceReader::Decode(const table::SplitState& state, bool* done) {
  Split s;
  *done = state.bytes == "d";
  if (*done) {
    s.entry.path = state.split_id;
    return s;
  }
  StateReader r(state.bytes);
  const int64_t version = r.Int();
  s.entry.path = r.Text();
  s.range.offset = r.Int();
  s.range.length = r.Int();
  s.position = r.Int();
  s.entry.size = r.Int();
  s.entry.mtime_ms = r.Int();
  for (int64_t n = r.Count(); n > 0 && r.ok(); --n) {
    std::string key = r.Text();
    s.entry.partition.emplace_back(std::move(key), r.Text());
  }
  if (!r.done() || version != 1) return Status::Corrupt("position of file split '" + state.split_id + "' can't be read");
  return s;
}

Result<std::vector<table::SplitState>> FileSourceReader::Snapshot(CheckpointId) {
  std::vector<table::SplitState> out;
  for (const std::string& id : done_) out.push_back({id, "d"});
  if (current_) {
    current_->position = file_->position();
    out.push_back({current_->id(), Encode(*current_)});
  }
  for (const Split& s : queue_) out.push_back({s.id(), Encode(s)});
  return out;
}

}  // namespace tarn::plug::files
