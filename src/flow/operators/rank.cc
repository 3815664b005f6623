#include "flow/operators/rank.h"

#include <algorithm>

#include "flow/operators/changelog.h"
#include "flow/operators/group_pieces.h"
#include "flow/operators/sort_order.h"
#include "types/arrow_types.h"

namespace tarn::flow {

using types::RowKind;

Result<std::unique_ptr<Operator>> Rank::Make(RankPlan plan, const RowType& input, const RowType& output) {
  std::unique_ptr<Rank> op(new Rank(std::move(plan), input, output));
  const RankPlan& p = op->plan_;
  std::vector<std::shared_ptr<arrow::DataType>> key_types;
  for (int k : p.partition) key_types.push_back(types::ToArrow(input.types[static_cast<size_t>(k)]));
  op->table_ = TRY(KeyTable::Make(std::move(key_types)));
  for (const plan::SortKey& k : p.order) TRY(CheckSortType(input.types[static_cast<size_t>(k.column)]));
  for (const types::LogicalType& t : input.types) TRY(CheckCellType(*types::ToArrow(t)));
  if (p.order.size() == 1) {
    const types::LogicalType& t = input.types[static_cast<size_t>(p.order[0].column)];
    op->by_arrival_ = t.is_proctime();
    op->newest_wins_ = (t.is_proctime() || (t.is_rowtime() && p.from == 0 && p.to == 1)) && p.order[0].descending;
  }
  return std::unique_ptr<Operator>(std::move(op));
}

Status Rank::Open(const OperatorContext& context) {
  context_ = context;
  use_.Join(context.state_budget);
  changes_.Start(output_, plan_.with_rank);
  return Status::OK();
}

void Rank::Changes::Start(const RowType& output, bool with_rank) {
  for (const types::LogicalType& t : output.types) types_.push_back(types::ToArrow(t));
  if (with_rank) types_.pop_back();
  with_rank_ = with_rank;
}

void Rank::Changes::Put(RowKind kind, const std::string& cells, int64_t position) {
  kinds_.push_back(static_cast<int8_t>(kind));
  if (with_rank_) ranks_.push_back(position + 1);
  bytes_ += cells;
  ends_.push_back(bytes_.size());
}

Result<Batch> Rank::Changes::Finish(bool insert_only) {
  std::vector<ByteReader> rows;
  rows.reserve(ends_.size());
  size_t at = 0;
  for (size_t end : ends_) {
    rows.emplace_back(std::string_view(bytes_).substr(at, end - at));
    at = end;
  }
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& t : types_) columns.push_back(TRY(DecodeColumn(t, &rows)));
  const int64_t n = static_cast<int64_t>(kinds_.size());
  if (with_rank_) columns.push_back(std::make_shared<arrow::Int64Array>(n, arrow::Buffer::FromVector(std::move(ranks_))));
  Batch out(n, std::move(columns), insert_only ? nullptr : KindColumn(kinds_));
  ranks_.clear();
  kinds_.clear();
  ends_.clear();
  bytes_.clear();
  return out;
}

// Position `position` held old_row and holds new_row now; either may be missing. `only`: the kind when one is.
void Rank::Shifted(RowKind only, const std::string* old_row, const std::string* new_row, int64_t position) {
  if (old_row != nullptr && new_row != nullptr) {
    if (plan_.update_before) changes_.Put(RowKind::kUpdateBefore, *old_row, position);
    changes_.Put(RowKind::kUpdateAfter, *new_row, position);
  } else {
    changes_.Put(only, old_row != nullptr ? *old_row : *new_row, position);
  }
}

void Rank::Insert(Partition* p, Entry entry) {
  std::vector<Entry>& e = p->entries;
  auto before = [](const Entry& a, const Entry& b) { return a.key < b.key; };
  auto at = newest_wins_ ? std::lower_bound(e.begin(), e.end(), entry, before) : std::upper_bound(e.begin(), e.end(), entry, before);
  const int64_t position = at - e.begin(), n = static_cast<int64_t>(e.size());
  if (position >= end() && !plan_.retractable) return;
  if (newest_wins_ && by_arrival_ && n > 0 && end() == 1 && !plan_.retractable && e[0].cells == entry.cells) return;   // as Flink
  bytes_ += static_cast<int64_t>(entry.key.capacity() + entry.cells.capacity() + sizeof(Entry));
  if (end() == 1 && n == 1 && !plan_.retractable) {   // the one row is replaced
    if (emits()) Shifted(RowKind::kInsert, &e[0].cells, &entry.cells, 0);
    bytes_ -= static_cast<int64_t>(e[0].key.capacity() + e[0].cells.capacity() + sizeof(Entry));
    e[0] = std::move(entry);
    return;
  }
  e.insert(at, std::move(entry));
  if (emits() && position < end()) {
    if (plan_.with_rank) {
      for (int64_t r = std::max(position, plan_.from); r <= std::min(n, end() - 1); ++r) {
        Shifted(RowKind::kInsert, r < n ? &e[static_cast<size_t>(r + 1)].cells : nullptr, &e[static_cast<size_t>(r)].cells, r);
      }
    } else if (n + 1 > plan_.from) {
      const std::string& enters = e[static_cast<size_t>(std::max(position, plan_.from))].cells;
      if (n < end()) {
        changes_.Put(RowKind::kInsert, enters, 0);
      } else {
        const std::string& leaves = e[static_cast<size_t>(end())].cells;
        if (end() - plan_.from == 1) {
          Shifted(RowKind::kInsert, &leaves, &enters, 0);
        } else {
          changes_.Put(RowKind::kDelete, leaves, 0);
          changes_.Put(RowKind::kInsert, enters, 0);
        }
      }
    }
  }
  if (!plan_.retractable && static_cast<int64_t>(e.size()) > end()) {
    bytes_ -= static_cast<int64_t>(e.back().key.capacity() + e.back().cells.capacity() + sizeof(Entry));
    e.pop_back();
  }
}

void Rank::Remove(Partition* p, const Entry& entry) {
  std::vector<Entry>& e = p->entries;
  auto at = std::lower_bound(e.begin(), e.end(), entry, [](const Entry& a, const Entry& b) { return a.key < b.key; });
  while (at != e.end() && at->key == entry.key && at->cells != entry.cells) ++at;
  if (at == e.end() || at->key != entry.key) return;   // nothing of ours
  const int64_t position = at - e.begin(), n = static_cast<int64_t>(e.size());
  if (emits() && position < end()) {
    if (plan_.with_rank) {
      for (int64_t r = std::max(position, plan_.from); r <= std::min(n, end()) - 1; ++r) {
        Shifted(RowKind::kDelete, &e[static_cast<size_t>(r)].cells, r + 1 < n ? &e[static_cast<size_t>(r + 1)].cells : nullptr, r);
      }
    } else if (n > plan_.from) {
      changes_.Put(RowKind::kDelete, e[static_cast<size_t>(std::max(position, plan_.from))].cells, 0);
      if (n > end()) changes_.Put(RowKind::kInsert, e[static_cast<size_t>(end())].cells, 0);
    }
  }
  bytes_ -= static_cast<int64_t>(at->key.capacity() + at->cells.capacity() + sizeof(Entry));
  e.erase(at);
}

// A partition is three steps of memory away: vector, entry, text. Ask for each a few rows ahead.
void Rank::Prefetch(int64_t row, int64_t rows) const {
  if (row + 24 < rows) __builtin_prefetch(&partitions_[ids_[static_cast<size_t>(row + 24)]]);
  if (row + 16 < rows) __builtin_prefetch(partitions_[ids_[static_cast<size_t>(row + 16)]].entries.data());
  if (row + 8 < rows) {
    const std::vector<Entry>& e = partitions_[ids_[static_cast<size_t>(row + 8)]].entries;
    if (!e.empty()) __builtin_prefetch(e.back().cells.data());
  }
}

Status Rank::OnBatch(const Batch& batch, Output& output) {
  const int64_t n = batch.num_rows();
  if (n == 0) return Status::OK();
  std::vector<const arrow::Array*> keys, all;
  for (int k : plan_.partition) keys.push_back(batch.column(static_cast<size_t>(k)).get());
  for (const auto& c : batch.columns()) all.push_back(c.get());
  ids_.resize(static_cast<size_t>(n));
  TRY(table_.FindOrAdd(keys, n, ids_.data()));
  if (partitions_.size() < table_.id_end()) partitions_.resize(table_.id_end());
  TRY(EncodeRows(all, n, &rows_));
  const bool late_drops = plan_.insert_only_output && context_.streaming;
  for (int64_t i = 0; i < n; ++i) {
    Prefetch(i, n);
    Partition& p = partitions_[ids_[static_cast<size_t>(i)]];
    if (late_drops) {
      const arrow::Array& time = *batch.column(static_cast<size_t>(plan_.order[0].column));
      const bool late = time.IsNull(i) || time.data()->GetValues<int64_t>(1)[i] <= watermark_ms_;
      late_rows_ += late;
      if (late || p.emitted) continue;
    }
    Entry entry;
    if (!by_arrival_) AppendSortKeys(batch, plan_.order, i, &entry.key);
    entry.cells.assign(rows_.Row(i));
    if (types::IsAccumulate(batch.kind(i))) Insert(&p, std::move(entry));
    else Remove(&p, entry);
  }
  if (plan_.retractable) {
    for (uint32_t id : ids_) if (table_.is_live(id) && partitions_[id].entries.empty()) table_.Erase(id);
  }
  TRY(use_.Set(bytes_ + table_.bytes(), context_.name, ""));
  return EmitChanges(output);
}

Status Rank::EmitChanges(Output& output) {
  if (changes_.rows() == 0) return Status::OK();
  return EmitInPieces(TRY(changes_.Finish(plan_.insert_only_output || !context_.streaming)), 2 * context_.batch_rows, output);
}

// Only for deduplication to the first row: rows whose time has come.
Status Rank::OnWatermark(Watermark watermark, Output& output) {
  if (!plan_.insert_only_output || !context_.streaming || watermark.time.ms <= watermark_ms_) return Status::OK();
  watermark_ms_ = watermark.time.ms;
  std::string limit;
  {
    arrow::Int64Builder one;
    TRY(one.Append(watermark_ms_));
    AppendSortKey(*TRY(one.Finish()), 0, false, plan_.order[0].nulls_first, &limit);
  }
  std::vector<Partition*> due;
  for (uint32_t id : table_.LiveIds()) {
    Partition& p = partitions_[id];
    if (!p.emitted && !p.entries.empty() && p.entries[0].key <= limit) due.push_back(&p);
  }
  std::stable_sort(due.begin(), due.end(), [](const Partition* a, const Partition* b) { return a->entries[0].key < b->entries[0].key; });
  for (Partition* p : due) {
    changes_.Put(RowKind::kInsert, p->entries[0].cells, 0);
    p->emitted = true;
    p->entries.clear();
  }
  return EmitChanges(output);
}

Status Rank::OnEnd(Output& output) {
  if (context_.streaming) return Status::OK();
  for (uint32_t id : table_.LiveIds()) {
    const std::vector<Entry>& e = partitions_[id].entries;
    for (int64_t r = plan_.from; r < std::min(end(), static_cast<int64_t>(e.size())); ++r) {
      changes_.Put(RowKind::kInsert, e[static_cast<size_t>(r)].cells, r);
      if (changes_.rows() >= context_.batch_rows) TRY(EmitChanges(output));
    }
  }
  return EmitChanges(output);
}

Result<state::Snapshot> Rank::TakeSnapshot() {
  state::Snapshot snapshot;
  std::vector<std::vector<uint32_t>> by = GroupsByKeyGroup(table_);
  for (int g = 0; g < state::kMaxParallelism; ++g) {
    const std::vector<uint32_t>& ids = by[static_cast<size_t>(g)];
    if (ids.empty()) continue;
    state::Piece piece{"rank", 1, g, {}};
    PutFixed(watermark_ms_, &piece.bytes);
    PutFixed(static_cast<uint32_t>(ids.size()), &piece.bytes);
    for (uint32_t id : ids) table_.AppendCells(id, &piece.bytes);
    for (uint32_t id : ids) {
      const Partition& p = partitions_[id];
      PutFixed(static_cast<uint8_t>(p.emitted), &piece.bytes);
      PutFixed(static_cast<uint32_t>(p.entries.size()), &piece.bytes);
      for (const Entry& e : p.entries) {
        PutBytes(e.key, &piece.bytes);
        PutBytes(e.cells, &piece.bytes);
      }
    }
    snapshot.push_back(std::move(piece));
  }
  return snapshot;
}

Status Rank::Restore(const state::Snapshot& snapshot) {
  for (const state::Piece& piece : snapshot) {
    if (piece.name != "rank") continue;
    if (piece.version != 1) return Status::NotSupported("state \"rank\" of version " + std::to_string(piece.version));
    ByteReader in(piece.bytes);
    int64_t watermark;
    uint32_t n;
    if (!in.Get(&watermark) || !in.Get(&n)) return StateEndsEarly();
    watermark_ms_ = std::max(watermark_ms_, watermark);
    std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
    for (int k : plan_.partition) builders.push_back(TRY(arrow::MakeBuilder(types::ToArrow(input_.types[static_cast<size_t>(k)]))));
    for (uint32_t i = 0; i < n; ++i) for (auto& b : builders) TRY(DecodeCell(&in, b.get()));
    std::vector<std::shared_ptr<arrow::Array>> columns;
    std::vector<const arrow::Array*> keys;
    for (auto& b : builders) columns.push_back(TRY(b->Finish()));
    for (const auto& c : columns) keys.push_back(c.get());
    std::vector<uint32_t> ids(n);
    TRY(table_.FindOrAdd(keys, n, ids.data()));
    partitions_.resize(std::max<size_t>(partitions_.size(), table_.id_end()));
    for (uint32_t id : ids) {
      Partition& p = partitions_[id];
      uint8_t emitted;
      uint32_t count;
      if (!in.Get(&emitted) || !in.Get(&count)) return StateEndsEarly();
      p.emitted = emitted != 0;
      for (uint32_t i = 0; i < count; ++i) {
        std::string_view key, cells;
        if (!in.GetBytes(&key) || !in.GetBytes(&cells)) return StateEndsEarly();
        p.entries.push_back({std::string(key), std::string(cells)});
        bytes_ += static_cast<int64_t>(key.size() + cells.size() + sizeof(Entry));
      }
    }
  }
  return Status::OK();
}

}  // namespace tarn::flow
