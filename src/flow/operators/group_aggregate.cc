#include "flow/operators/group_aggregate.h"

#include <arrow/array/concatenate.h>

#include "flow/operators/changelog.h"
#include "flow/operators/group_pieces.h"
#include "types/arrow_types.h"

namespace tarn::flow {

using ArrayPtr = std::shared_ptr<arrow::Array>;
using types::RowKind;

namespace {
constexpr int64_t kRowsBetweenChecks = 1 << 16;   // of the memory limit
}  // namespace

Result<std::unique_ptr<Operator>> GroupAggregate::Make(const plan::GroupAggregate& plan, const RowType& input, const RowType& output,
                                                       bool retractable) {
  std::unique_ptr<GroupAggregate> op(new GroupAggregate(plan, input, output));
  std::vector<std::shared_ptr<arrow::DataType>> key_types;
  for (int k : plan.keys) key_types.push_back(types::ToArrow(input.types[static_cast<size_t>(k)]));
  op->table_ = TRY(KeyTable::Make(std::move(key_types)));
  op->store_ = TRY(AggregateStore::Make(input, plan.aggregates, retractable));
  op->bundle_before_.resize(plan.aggregates.size());
  return std::unique_ptr<Operator>(std::move(op));
}

Status GroupAggregate::Open(const OperatorContext& context) {
  context_ = context;
  use_.Join(context.state_budget);
  return Status::OK();
}

std::vector<const arrow::Array*> GroupAggregate::KeyColumns(const Batch& batch) const {
  std::vector<const arrow::Array*> columns;
  for (int k : plan_.keys) columns.push_back(batch.column(static_cast<size_t>(k)).get());
  return columns;
}

Status GroupAggregate::FindGroups(const Batch& batch) {
  ids_.resize(static_cast<size_t>(batch.num_rows()));
  TRY(table_.FindOrAdd(KeyColumns(batch), batch.num_rows(), ids_.data()));
  store_.Resize(table_.id_end());
  if (slot_.size() < table_.id_end()) slot_.resize(std::max<size_t>(table_.id_end(), slot_.size() * 2), 0);
  return Status::OK();
}

Status GroupAggregate::OnBatch(const Batch& batch, Output& output) {
  if (batch.num_rows() == 0) return Status::OK();
  if (context_.streaming && plan_.state_ttl_ms > 0) TRY(ExpireGroups(WallClockMs(), false));
  TRY(FindGroups(batch));
  has_signs_ = SignsOf(batch, &signs_);
  Batch kept;
  const Batch* rows = &batch;
  if (has_signs_ && TRY(CheckRetractions(batch, &kept))) rows = &kept;
  if (!context_.streaming) {
    TRY(store_.Update(*rows, ids_.data(), has_signs_ ? signs_.data() : nullptr, nullptr));
    return CheckMemory(batch.num_rows());
  }
  if (plan_.state_ttl_ms > 0) {
    last_access_ms_.resize(slot_.size(), 0);
    const int64_t now = WallClockMs();
    for (uint32_t g : ids_) last_access_ms_[g] = now;
  }
  TRY(plan_.mini_batch ? AddToBundle(*rows, output) : EmitEachChange(*rows, output));
  return CheckMemory(batch.num_rows());
}

Result<bool> GroupAggregate::CheckRetractions(const Batch& batch, Batch* kept) {
  const size_t n = static_cast<size_t>(batch.num_rows());
  clear_after_.assign(n, 0);
  if (first_row_.size() < slot_.size()) first_row_.resize(slot_.size(), -1);
  std::vector<int64_t> count(n);   // of the group whose first row in this batch it is
  std::vector<uint8_t> used(n, 0);
  std::vector<int32_t> keep;
  for (size_t i = 0; i < n; ++i) {
    int32_t& first = first_row_[ids_[i]];
    if (first < 0) {
      first = static_cast<int32_t>(i);
      count[i] = store_.rows(ids_[i]);
    }
    int64_t& c = count[static_cast<size_t>(first)];
    if (signs_[i] < 0 && c == 0) continue;
    c += signs_[i];
    clear_after_[i] = c == 0;
    used[static_cast<size_t>(first)] = 1;
    keep.push_back(static_cast<int32_t>(i));
  }
  for (size_t i = 0; i < n; ++i) {
    const uint32_t g = ids_[i];
    if (first_row_[g] == static_cast<int32_t>(i)) {
      // A group that only came into being by a retraction of nothing goes again.
      if (!used[i] && store_.rows(g) == 0 && slot_[g] == 0) table_.Erase(g);
    }
  }
  for (uint32_t g : ids_) first_row_[g] = -1;
  if (keep.size() == n) return false;
  for (size_t i = 0; i < keep.size(); ++i) {
    const size_t k = static_cast<size_t>(keep[i]);
    ids_[i] = ids_[k];
    signs_[i] = signs_[k];
    clear_after_[i] = clear_after_[k];
  }
  ids_.resize(keep.size());
  signs_.resize(keep.size());
  clear_after_.resize(keep.size());
  *kept = TRY(TakeRows(batch, *IndexColumn(keep)));
  return true;
}

// Notes the groups that this batch touches for the first time.
void GroupAggregate::Touch(int64_t rows) {
  uint32_t* slot = slot_.data();
  for (int64_t i = 0; i < rows; ++i) {
    const uint32_t g = ids_[static_cast<size_t>(i)];
    if (slot[g] != 0) continue;
    touched_.groups.push_back(g);
    touched_.existed.push_back(store_.rows(g) != 0);
    slot[g] = static_cast<uint32_t>(touched_.groups.size());
  }
}

Status GroupAggregate::EmitEachChange(const Batch& batch, Output& output) {
  const int64_t n = batch.num_rows();
  if (n == 0) return Status::OK();
  Touch(n);
  const int32_t m = static_cast<int32_t>(touched_.groups.size());
  std::vector<ArrayPtr> values = TRY(store_.Results(touched_.groups));   // before; then after each row behind it
  std::vector<int64_t> count(static_cast<size_t>(m));
  for (int32_t t = 0; t < m; ++t) count[static_cast<size_t>(t)] = store_.rows(touched_.groups[static_cast<size_t>(t)]);
  std::vector<ArrayPtr> traces =
      TRY(store_.UpdateTracing(batch, ids_.data(), has_signs_ ? signs_.data() : nullptr, has_signs_ ? clear_after_.data() : nullptr));
  for (size_t a = 0; a < values.size(); ++a) values[a] = TRY(arrow::Concatenate({values[a], traces[a]}));

  std::vector<int32_t> before(static_cast<size_t>(n)), after(static_cast<size_t>(n)), last(static_cast<size_t>(m));
  for (int32_t t = 0; t < m; ++t) last[static_cast<size_t>(t)] = t;
  for (int32_t i = 0; i < n; ++i) {
    int32_t& l = last[slot_[ids_[static_cast<size_t>(i)]] - 1];
    before[static_cast<size_t>(i)] = l;
    l = after[static_cast<size_t>(i)] = m + i;
  }
  std::vector<uint8_t> different(static_cast<size_t>(n), plan_.state_ttl_ms > 0);
  for (const ArrayPtr& v : values) MarkDifferent(*v, before.data(), *v, after.data(), n, different.data());

  std::vector<int32_t> rows, cells;
  std::vector<int8_t> kinds;
  auto put = [&](int32_t row, int32_t cell, RowKind kind) {
    rows.push_back(row);
    cells.push_back(cell);
    kinds.push_back(static_cast<int8_t>(kind));
  };
  for (int32_t i = 0; i < n; ++i) {
    const size_t s = static_cast<size_t>(i);
    int64_t& c = count[slot_[ids_[s]] - 1];
    const int64_t old = c;
    c += has_signs_ ? signs_[s] : 1;
    if (old == 0) {
      put(i, after[s], RowKind::kInsert);
    } else if (c == 0) {
      put(i, before[s], RowKind::kDelete);
    } else if (different[s]) {
      if (plan_.generate_update_before) put(i, before[s], RowKind::kUpdateBefore);
      put(i, after[s], RowKind::kUpdateAfter);
    }
  }
  for (uint32_t g : touched_.groups) {
    slot_[g] = 0;
    if (store_.rows(g) != 0) continue;
    store_.Clear(g);
    table_.Erase(g);
  }
  touched_.groups.clear();
  touched_.existed.clear();
  if (rows.empty()) return Status::OK();

  std::vector<ArrayPtr> keys;
  for (int k : plan_.keys) keys.push_back(batch.column(static_cast<size_t>(k)));
  const int64_t out_rows = static_cast<int64_t>(rows.size());
  Batch taken_keys = TRY(TakeRows(Batch(n, std::move(keys)), *IndexColumn(rows)));
  Batch taken_values = TRY(TakeRows(Batch(m + n, std::move(values)), *IndexColumn(cells)));
  std::vector<ArrayPtr> columns = taken_keys.columns();
  columns.insert(columns.end(), taken_values.columns().begin(), taken_values.columns().end());
  return EmitInPieces(Batch(out_rows, std::move(columns), KindColumn(kinds)), 2 * context_.batch_rows, output);
}

Status GroupAggregate::AddToBundle(const Batch& batch, Output& output) {
  const size_t known = touched_.groups.size();
  Touch(batch.num_rows());
  if (touched_.groups.size() > known) {
    std::vector<ArrayPtr> before = TRY(store_.Results(std::span(touched_.groups).subspan(known)));
    for (size_t a = 0; a < before.size(); ++a) bundle_before_[a].push_back(std::move(before[a]));
  }
  TRY(store_.Update(batch, ids_.data(), has_signs_ ? signs_.data() : nullptr, has_signs_ ? clear_after_.data() : nullptr));
  if (bundle_rows_ == 0) bundle_start_ms_ = WallClockMs();
  bundle_rows_ += batch.num_rows();
  if (plan_.mini_batch_size > 0 && bundle_rows_ >= plan_.mini_batch_size) return Flush(output);
  return Status::OK();
}

Status GroupAggregate::Flush(Output& output) {
  if (touched_.groups.empty()) return Status::OK();
  const int32_t m = static_cast<int32_t>(touched_.groups.size());
  std::vector<ArrayPtr> after = TRY(store_.Results(touched_.groups)), values;
  std::vector<int32_t> same(static_cast<size_t>(m));
  for (int32_t t = 0; t < m; ++t) same[static_cast<size_t>(t)] = t;
  std::vector<uint8_t> different(static_cast<size_t>(m), plan_.state_ttl_ms > 0);
  for (size_t a = 0; a < after.size(); ++a) {
    ArrayPtr before = bundle_before_[a].size() == 1 ? bundle_before_[a][0] : TRY(arrow::Concatenate(bundle_before_[a]));
    MarkDifferent(*before, same.data(), *after[a], same.data(), m, different.data());
    values.push_back(TRY(arrow::Concatenate({before, after[a]})));
    bundle_before_[a].clear();
  }
  std::vector<int32_t> rows, cells;
  std::vector<int8_t> kinds;
  rows.reserve(static_cast<size_t>(2 * m));
  cells.reserve(static_cast<size_t>(2 * m));
  kinds.reserve(static_cast<size_t>(2 * m));
  auto put = [&](int32_t row, int32_t cell, RowKind kind) {
    rows.push_back(row);
    cells.push_back(cell);
    kinds.push_back(static_cast<int8_t>(kind));
  };
  for (int32_t t = 0; t < m; ++t) {
    const bool existed = touched_.existed[static_cast<size_t>(t)] != 0, exists = store_.rows(touched_.groups[static_cast<size_t>(t)]) != 0;
    if (!existed && exists) {
      put(t, m + t, RowKind::kInsert);
    } else if (existed && !exists) {
      put(t, t, RowKind::kDelete);
    } else if (existed && different[static_cast<size_t>(t)]) {
      if (plan_.generate_update_before) put(t, t, RowKind::kUpdateBefore);
      put(t, m + t, RowKind::kUpdateAfter);
    }
  }
  Batch out;
  if (!rows.empty()) {
    std::vector<ArrayPtr> keys = TRY(table_.Keys(touched_.groups));
    Batch taken_keys = TRY(TakeRows(Batch(m, std::move(keys)), *IndexColumn(rows)));
    Batch taken_values = TRY(TakeRows(Batch(2 * m, std::move(values)), *IndexColumn(cells)));
    std::vector<ArrayPtr> columns = taken_keys.columns();
    columns.insert(columns.end(), taken_values.columns().begin(), taken_values.columns().end());
    out = Batch(static_cast<int64_t>(rows.size()), std::move(columns), KindColumn(kinds));
  }
  for (uint32_t g : touched_.groups) {
    slot_[g] = 0;
    if (store_.rows(g) != 0) continue;
    store_.Clear(g);
    table_.Erase(g);
  }
  touched_.groups.clear();
  touched_.existed.clear();
  bundle_rows_ = 0;
  return EmitInPieces(out, 4 * context_.batch_rows, output);
}

Status GroupAggregate::OnTick(int64_t wall_ms, Output& output) {
  if (bundle_rows_ > 0 && (plan_.mini_batch_latency_ms <= 0 || wall_ms - bundle_start_ms_ >= plan_.mini_batch_latency_ms)) TRY(Flush(output));
  if (plan_.state_ttl_ms > 0 && touched_.groups.empty()) TRY(ExpireGroups(wall_ms, true));
  return Status::OK();
}

// Forgets groups untouched for the TTL; not more often than a tenth of it. Never within a bundle.
Status GroupAggregate::ExpireGroups(int64_t now_ms, bool) {
  if (!touched_.groups.empty() || now_ms - last_expiry_ms_ < std::max<int64_t>(1, plan_.state_ttl_ms / 10)) return Status::OK();
  last_expiry_ms_ = now_ms;
  std::vector<uint32_t> gone;
  for (uint32_t g : table_.LiveIds()) {
    if (g < last_access_ms_.size() && now_ms - last_access_ms_[g] > plan_.state_ttl_ms) gone.push_back(g);
  }
  TRY(store_.Forget(gone));
  for (uint32_t g : gone) table_.Erase(g);
  return Status::OK();
}

Status GroupAggregate::OnEnd(Output& output) {
  if (context_.streaming) return Flush(output);
  return EmitAll(output);
}

Status GroupAggregate::EmitAll(Output& output) {
  if (plan_.keys.empty() && table_.live() == 0) {   // the aggregate of nothing is a row
    uint32_t id;
    TRY(table_.FindOrAdd({}, 1, &id));
    store_.Resize(1);
  }
  std::vector<uint32_t> ids = table_.LiveIds();
  const size_t step = static_cast<size_t>(std::max<int64_t>(1, context_.batch_rows));
  for (size_t at = 0; at < ids.size(); at += step) {
    std::span<const uint32_t> piece = std::span(ids).subspan(at, std::min(step, ids.size() - at));
    std::vector<ArrayPtr> columns = TRY(table_.Keys(piece));
    for (ArrayPtr& v : TRY(store_.Results(piece))) columns.push_back(std::move(v));
    TRY(output.Emit(Batch(static_cast<int64_t>(piece.size()), std::move(columns))));
  }
  return Status::OK();
}

// Counting the bytes may visit every group: not for every batch.
Status GroupAggregate::CheckMemory(int64_t new_rows) {
  unchecked_rows_ += new_rows;
  if (!use_.limited() || unchecked_rows_ < kRowsBetweenChecks) return Status::OK();
  unchecked_rows_ = 0;
  return use_.Set(table_.bytes() + store_.bytes(), context_.name, context_.streaming ? "let state expire with table.exec.state.ttl" : "");
}

Result<state::Snapshot> GroupAggregate::TakeSnapshot() {
  state::Snapshot snapshot;
  TRY(WriteGroupPieces("groups", table_, &store_, &snapshot));
  return snapshot;
}

Status GroupAggregate::Restore(const state::Snapshot& snapshot) {
  for (const state::Piece& piece : snapshot) {
    if (piece.name != "groups") continue;
    if (piece.version != 1) return Status::NotSupported("state \"groups\" of version " + std::to_string(piece.version));
    ByteReader in(piece.bytes);
    TRY(ReadGroups(&in, input_, plan_.keys, &table_, &store_));
  }
  TRY(store_.FinishRead());
  slot_.assign(std::max<size_t>(slot_.size(), table_.id_end()), 0);
  if (plan_.state_ttl_ms > 0) last_access_ms_.assign(slot_.size(), WallClockMs());   // the TTL starts anew, as with Flink's full restore
  return Status::OK();
}

}  // namespace tarn::flow
