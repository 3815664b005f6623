#include "flow/operators/window_aggregate.h"

#include "base/check.h"
#include "base/log.h"
#include "flow/operators/changelog.h"
#include "flow/operators/group_pieces.h"
#include "types/arrow_types.h"

namespace tarn::flow {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using Kind = plan::WindowSpec::Kind;

namespace {
constexpr uint8_t kSlicePane = 0, kRunningPane = 1;
constexpr int64_t kRowsBetweenChecks = 1 << 16;   // of the memory limit: counting the bytes visits every pane
constexpr size_t kRunsMax = 8;   // with more changes of slice in a batch, rows are gathered by slice instead of cut
}  // namespace

Result<std::unique_ptr<Operator>> WindowAggregate::Make(const plan::WindowAggregate& plan, const RowType& input, const RowType& output,
                                                        bool retractable) {
  std::unique_ptr<WindowAggregate> op(new WindowAggregate(plan, input, output, retractable));
  TRY(op->Prepare());
  TRY(op->MakePane());   // what can't be aggregated is said now
  return std::unique_ptr<Operator>(std::move(op));
}

Status WindowAggregate::Prepare() {
  const plan::WindowSpec& spec = plan_.window;
  if (plan_.input_windowed) {
    plan::WindowSpec whole = spec;
    whole.kind = Kind::kTumble;
    whole.proctime = false;   // the columns say where the rows belong
    whole.size_ms = std::max<int64_t>(1, whole.size_ms);
    times_ = TRY(WindowTimes::Make(whole, input_.types[static_cast<size_t>(plan_.window_end_column)]));
    start_times_ = TRY(WindowTimes::Make(whole, input_.types[static_cast<size_t>(plan_.window_start_column)]));
    // Window columns of plain TIMESTAMP hold local time when the attribute is an instant: the spec then has the session's zone.
    const bool local_columns = input_.types[static_cast<size_t>(plan_.window_end_column)].root() == types::TypeRoot::kTimestamp;
    if (local_columns) times_.UseZoneForTimersOnly(TRY(types::TimeZone::Find(spec.zone)));
  } else {
    times_ = TRY(WindowTimes::Make(spec, input_.types[static_cast<size_t>(spec.time_column)]));
  }
  std::vector<int> place(input_.size(), -1);
  auto use = [&](int* column) {
    int& p = place[static_cast<size_t>(*column)];
    if (p < 0) {
      p = static_cast<int>(narrow_columns_.size());
      narrow_columns_.push_back(*column);
      narrow_.Add(input_.names[static_cast<size_t>(*column)], input_.types[static_cast<size_t>(*column)]);
    }
    *column = p;
  };
  for (int& k : plan_.keys) use(&k);
  for (expr::AggregateCall& call : plan_.aggregates) {
    for (int& a : call.args) use(&a);
    if (call.filter >= 0) use(&call.filter);
  }
  return Status::OK();
}

Result<WindowAggregate::Pane> WindowAggregate::MakePane() const {
  std::vector<std::shared_ptr<arrow::DataType>> key_types;
  for (int k : plan_.keys) key_types.push_back(types::ToArrow(narrow_.types[static_cast<size_t>(k)]));
  return Pane{TRY(KeyTable::Make(std::move(key_types))), TRY(AggregateStore::Make(narrow_, plan_.aggregates, retractable_))};
}

Status WindowAggregate::Open(const OperatorContext& context) {
  context_ = context;
  use_.Join(context.state_budget);
  return Status::OK();
}

Result<Batch> WindowAggregate::Narrow(const Batch& batch) const {
  std::vector<ArrayPtr> columns;
  columns.reserve(narrow_columns_.size());
  for (int c : narrow_columns_) columns.push_back(batch.column(static_cast<size_t>(c)));
  return Batch(batch.num_rows(), std::move(columns), batch.kinds());
}

// Leaves the slice's end (and, in a cascade, start) of each row in ends_ and starts_.
Status WindowAggregate::WindowsOfRows(const Batch& batch) {
  const size_t n = static_cast<size_t>(batch.num_rows());
  bool has_null = false;
  if (plan_.input_windowed) {
    times_.ToWindowTime(*batch.column(static_cast<size_t>(plan_.window_end_column)), &ends_, &has_null);
    start_times_.ToWindowTime(*batch.column(static_cast<size_t>(plan_.window_start_column)), &starts_, &has_null);
    return Status::OK();
  }
  if (plan_.window.proctime) {
    ends_.assign(n, times_.SliceEnd(times_.FromEpoch(WallClockMs())));
    return Status::OK();
  }
  times_.ToWindowTime(*batch.column(static_cast<size_t>(plan_.window.time_column)), &ends_, &has_null);
  if (has_null) {
    return Status::InvalidSql("the rowtime column \"" + input_.names[static_cast<size_t>(plan_.window.time_column)] + "\" of a window is NULL")
        .WithHint("filter such rows out before the window");
  }
  int64_t begin = 0, end = INT64_MIN;   // the slice of the row before: most rows share it
  for (int64_t& t : ends_) {
    if (t < begin || t >= end) {
      end = times_.SliceEnd(t);
      begin = end - times_.slice();
    }
    t = end;
  }
  return Status::OK();
}

Status WindowAggregate::OnBatch(const Batch& batch, Output&) {
  if (batch.num_rows() == 0) return Status::OK();
  TRY(WindowsOfRows(batch));
  const Batch rows = TRY(Narrow(batch));
  const size_t n = ends_.size();
  auto window_of = [&](size_t i) { return Window{ends_[i], plan_.input_windowed ? starts_[i] : ends_[i] - times_.slice()}; };
  std::vector<size_t> cuts = {0};
  for (size_t i = 1; i < n && cuts.size() <= kRunsMax; ++i) {
    if (ends_[i] != ends_[i - 1] || (plan_.input_windowed && starts_[i] != starts_[i - 1])) cuts.push_back(i);
  }
  if (cuts.size() <= kRunsMax) {
    cuts.push_back(n);
    for (size_t c = 0; c + 1 < cuts.size(); ++c) {
      TRY(AddRows(window_of(cuts[c]), rows.Slice(static_cast<int64_t>(cuts[c]), static_cast<int64_t>(cuts[c + 1] - cuts[c]))));
    }
  } else {
    std::map<Window, std::vector<int32_t>> by_slice;
    for (size_t i = 0; i < n; ++i) by_slice[window_of(i)].push_back(static_cast<int32_t>(i));
    for (const auto& [window, indices] : by_slice) TRY(AddRows(window, TRY(TakeRows(rows, *IndexColumn(indices)))));
  }
  return CheckMemory(batch.num_rows());
}

Status WindowAggregate::AddRows(Window slice, const Batch& rows) {
  if (context_.streaming && Fired(slice.end)) {
    const int64_t last = plan_.input_windowed ? slice.end : times_.LastWindowEnd(slice.end);
    if (Fired(last)) {
      late_rows_ += rows.num_rows();
      if (late_rows_ >= 2 * late_rows_said_) {   // each time they have doubled
        late_rows_said_ = late_rows_;
        LogInfo("{}: {} late rows dropped so far", context_.name, late_rows_);
      }
      return Status::OK();
    }
    if (plan_.window.kind == Kind::kCumulate && !plan_.input_windowed) {   // late for its slice, in time for the next firing of its window
      const int64_t start = times_.WindowStart(slice.end);
      auto it = running_.find(start);
      if (it == running_.end()) {
        int64_t next = slice.end;
        while (Fired(next)) next += times_.slice();
        it = running_.emplace(start, Running{TRY(MakePane()), next}).first;
      }
      return AddToPane(&it->second.pane, rows);
    }
  }
  auto it = slices_.find(slice);
  if (it == slices_.end()) it = slices_.emplace(slice, TRY(MakePane())).first;
  return AddToPane(&it->second, rows);
}

Status WindowAggregate::AddToPane(Pane* pane, const Batch& rows) {
  std::vector<const arrow::Array*> keys;
  for (int k : plan_.keys) keys.push_back(rows.column(static_cast<size_t>(k)).get());
  ids_.resize(static_cast<size_t>(rows.num_rows()));
  TRY(pane->table.FindOrAdd(keys, rows.num_rows(), ids_.data()));
  pane->store.Resize(pane->table.id_end());
  const bool has_signs = SignsOf(rows, &signs_);
  return pane->store.Update(rows, ids_.data(), has_signs ? signs_.data() : nullptr, nullptr);
}

Status WindowAggregate::MergePane(Pane* to, const Pane& from) {
  const std::vector<uint32_t> theirs = from.table.LiveIds();
  const std::vector<ArrayPtr> columns = TRY(from.table.Keys(theirs));
  std::vector<const arrow::Array*> keys;
  for (const ArrayPtr& c : columns) keys.push_back(c.get());
  std::vector<uint32_t> ours(theirs.size());
  TRY(to->table.FindOrAdd(keys, static_cast<int64_t>(theirs.size()), ours.data()));
  to->store.Resize(to->table.id_end());
  return to->store.Merge(from.store, theirs, ours);
}

Status WindowAggregate::OnWatermark(Watermark watermark, Output& output) {
  if (plan_.window.proctime || !context_.streaming || watermark.time.ms <= progress_ms_) return Status::OK();
  return FireUpTo(watermark.time.ms, output);
}

Status WindowAggregate::OnTick(int64_t wall_ms, Output& output) {
  if (!plan_.window.proctime || wall_ms <= progress_ms_) return Status::OK();
  return FireUpTo(wall_ms, output);
}

Status WindowAggregate::OnEnd(Output& output) { return context_.streaming ? Status::OK() : FireUpTo(INT64_MAX, output); }

Status WindowAggregate::FireUpTo(int64_t epoch_ms, Output& output) {
  if (plan_.input_windowed || plan_.window.kind == Kind::kTumble) TRY(FireWhole(epoch_ms, output));
  else if (plan_.window.kind == Kind::kHop) TRY(FireHop(epoch_ms, output));
  else TRY(FireCumulate(epoch_ms, output));
  progress_ms_ = epoch_ms;
  return Status::OK();
}

Status WindowAggregate::FireWhole(int64_t epoch_ms, Output& output) {
  while (!slices_.empty() && times_.Fires(slices_.begin()->first.end, epoch_ms)) {
    auto it = slices_.begin();
    TRY(EmitPane(&it->second, it->first.start, it->first.end, output));
    slices_.erase(it);
  }
  return Status::OK();
}

Status WindowAggregate::FireHop(int64_t epoch_ms, Output& output) {
  int64_t floor = INT64_MIN;   // ends below it have fired in this call
  while (!slices_.empty()) {
    int64_t end = std::max(slices_.begin()->first.end, floor);
    while (context_.streaming && Fired(end)) end += times_.slice();
    if (!times_.Fires(end, epoch_ms)) break;
    const int64_t start = end - times_.size();
    auto first = slices_.upper_bound(Window{start, INT64_MAX});
    auto behind = slices_.upper_bound(Window{end, INT64_MAX});
    if (first != behind && std::next(first) == behind) {
      TRY(EmitPane(&first->second, start, end, output));
    } else if (first != behind) {
      Pane merged = TRY(MakePane());
      for (auto it = first; it != behind; ++it) TRY(MergePane(&merged, it->second));
      TRY(EmitPane(&merged, start, end, output));
    }
    floor = end + times_.slice();
    while (!slices_.empty() && times_.LastWindowEnd(slices_.begin()->first.end) < floor) slices_.erase(slices_.begin());
  }
  return Status::OK();
}

Status WindowAggregate::FireCumulate(int64_t epoch_ms, Output& output) {
  while (!slices_.empty() || !running_.empty()) {
    int64_t end = INT64_MAX;
    if (!slices_.empty()) end = slices_.begin()->first.end;
    if (!running_.empty()) end = std::min(end, running_.begin()->second.next_end);
    if (!times_.Fires(end, epoch_ms)) break;
    const int64_t start = times_.WindowStart(end);
    auto it = running_.find(start);
    if (it == running_.end()) it = running_.emplace(start, Running{TRY(MakePane()), end}).first;
    Running& run = it->second;
    if (!slices_.empty() && slices_.begin()->first.end == end) {
      if (run.pane.empty()) run.pane = std::move(slices_.begin()->second);
      else TRY(MergePane(&run.pane, slices_.begin()->second));
      slices_.erase(slices_.begin());
    }
    TRY(EmitPane(&run.pane, start, end, output));
    run.next_end = end + times_.slice();
    if (run.next_end > start + times_.size()) running_.erase(it);
  }
  return Status::OK();
}

Status WindowAggregate::EmitPane(Pane* pane, int64_t start, int64_t end, Output& output) {
  TARN_CHECK(end >= emitted_end_, "window ends go backwards");
  emitted_end_ = end;
  std::vector<uint32_t> ids = pane->table.LiveIds();
  std::erase_if(ids, [&](uint32_t id) { return pane->store.rows(id) == 0; });   // all retracted
  const size_t step = static_cast<size_t>(std::max<int64_t>(1, context_.batch_rows));
  for (size_t at = 0; at < ids.size(); at += step) {
    std::span<const uint32_t> piece = std::span(ids).subspan(at, std::min(step, ids.size() - at));
    const int64_t n = static_cast<int64_t>(piece.size());
    std::vector<ArrayPtr> columns = TRY(pane->table.Keys(piece));
    for (ArrayPtr& v : TRY(pane->store.Results(piece))) columns.push_back(std::move(v));
    for (plan::WindowAggregate::Property p : plan_.properties) {
      const types::LogicalType& type = output_.types[columns.size()];
      int64_t value = 0;
      switch (p) {
        case plan::WindowAggregate::Property::kStart: value = times_.ToColumn(start, type); break;
        case plan::WindowAggregate::Property::kEnd: value = times_.ToColumn(end, type); break;
        case plan::WindowAggregate::Property::kTime: value = times_.ToColumn(end - 1, type); break;
      }
      std::vector<int64_t> values(piece.size(), value);
      columns.push_back(arrow::MakeArray(arrow::ArrayData::Make(types::ToArrow(type), n, {nullptr, arrow::Buffer::FromVector(std::move(values))}, 0)));
    }
    TRY(output.Emit(Batch(n, std::move(columns))));
  }
  return Status::OK();
}

Status WindowAggregate::CheckMemory(int64_t new_rows) {
  unchecked_rows_ += new_rows;
  if (!use_.limited() || unchecked_rows_ < kRowsBetweenChecks) return Status::OK();
  unchecked_rows_ = 0;
  int64_t used = 0;
  for (const auto& [w, p] : slices_) used += p.table.bytes() + p.store.bytes();
  for (const auto& [w, r] : running_) used += r.pane.table.bytes() + r.pane.store.bytes();
  return use_.Set(used, context_.name, "make the windows smaller");
}

void WindowAggregate::WritePane(const Pane& pane, uint8_t kind, Window window, std::vector<std::string>* by_key_group) const {
  std::vector<std::vector<uint32_t>> groups = GroupsByKeyGroup(pane.table);
  for (size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].empty()) continue;
    std::string& out = (*by_key_group)[g];
    if (out.empty()) PutFixed(progress_ms_, &out);
    PutFixed(kind, &out);
    PutFixed(window.end, &out);
    PutFixed(window.start, &out);
    WriteGroups(pane.table, pane.store, groups[g], &out);
  }
}

Result<state::Snapshot> WindowAggregate::TakeSnapshot() {
  std::vector<std::string> by_key_group(state::kMaxParallelism);
  for (auto& [window, pane] : slices_) {
    pane.store.PrepareWrite();
    WritePane(pane, kSlicePane, window, &by_key_group);
  }
  for (auto& [start, run] : running_) {
    run.pane.store.PrepareWrite();
    WritePane(run.pane, kRunningPane, {run.next_end, start}, &by_key_group);
  }
  state::Snapshot snapshot;
  for (int g = 0; g < state::kMaxParallelism; ++g) {
    std::string& bytes = by_key_group[static_cast<size_t>(g)];
    if (!bytes.empty()) snapshot.push_back({"windows", 1, g, std::move(bytes)});
  }
  return snapshot;
}

Status WindowAggregate::Restore(const state::Snapshot& snapshot) {
  int64_t progress = INT64_MAX;
  for (const state::Piece& piece : snapshot) {
    if (piece.name != "windows") continue;
    if (piece.version != 1) return Status::NotSupported("state \"windows\" of version " + std::to_string(piece.version));
    ByteReader in(piece.bytes);
    int64_t piece_progress;
    if (!in.Get(&piece_progress)) return StateEndsEarly();
    progress = std::min(progress, piece_progress);
    while (!in.done()) {
      uint8_t kind;
      Window w;
      if (!in.Get(&kind) || !in.Get(&w.end) || !in.Get(&w.start)) return StateEndsEarly();
      Pane* pane;
      if (kind == kSlicePane) {
        auto it = slices_.find(w);
        if (it == slices_.end()) it = slices_.emplace(w, TRY(MakePane())).first;
        pane = &it->second;
      } else if (kind == kRunningPane) {
        auto it = running_.find(w.start);
        if (it == running_.end()) it = running_.emplace(w.start, Running{TRY(MakePane()), w.end}).first;
        pane = &it->second.pane;
      } else {
        return Status::Corrupt("a pane of unknown kind " + std::to_string(kind));
      }
      TRY(ReadGroups(&in, narrow_, plan_.keys, &pane->table, &pane->store));
    }
  }
  for (auto& [w, pane] : slices_) TRY(pane.store.FinishRead());
  for (auto& [w, run] : running_) TRY(run.pane.store.FinishRead());
  if (progress != INT64_MAX) progress_ms_ = progress;
  return Status::OK();
}

}  // namespace tarn::flow
