#include "flow/operators/aggregate_store.h"

#include <arrow/util/bit_util.h>

#include "types/arrow_types.h"

namespace tarn::flow {

using ArrayPtr = std::shared_ptr<arrow::Array>;

Result<AggregateStore> AggregateStore::Make(const RowType& input, const std::vector<expr::AggregateCall>& calls, bool retractable) {
  AggregateStore store;
  for (const expr::AggregateCall& call : calls) {
    Call c{call, nullptr, -1};
    std::vector<types::LogicalType> args;
    for (int a : call.args) args.push_back(input.types[static_cast<size_t>(a)]);
    const bool counts_rows = call.kind == expr::AggregateKind::kCountStar ||
                             (call.kind == expr::AggregateKind::kCount && args.size() == 1 && !args[0].nullable() && !call.distinct);
    if (call.distinct && !call.args.empty()) {
      for (size_t g = 0; g < store.gates_.size(); ++g) {
        if (store.gates_[g].args == call.args && store.gates_[g].filter == call.filter) c.gate = static_cast<int>(g);
      }
      if (c.gate < 0) {
        Gate gate;
        gate.args = call.args;
        gate.filter = call.filter;
        gate.types = {arrow::int32()};
        for (const auto& t : args) gate.types.push_back(types::ToArrow(t));
        gate.table = TRY(KeyTable::Make(gate.types));
        c.gate = static_cast<int>(store.gates_.size());
        store.gates_.push_back(std::move(gate));
      }
    }
    if (!(counts_rows && call.filter < 0)) c.accumulator = TRY(MakeAccumulator(call, args, retractable));
    store.calls_.push_back(std::move(c));
  }
  return store;
}

void AggregateStore::Resize(uint32_t groups) {
  if (groups <= rows_.size()) return;
  if (groups > rows_.capacity()) rows_.reserve(std::max<size_t>(groups, rows_.capacity() * 2));
  rows_.resize(groups, 0);
  for (Call& c : calls_) if (c.accumulator) c.accumulator->Resize(static_cast<uint32_t>(rows_.capacity()));
}

// 1 where the filter column is TRUE; made once a batch and filter.
const uint8_t* AggregateStore::MaskOf(const Batch& batch, int filter) {
  if (filter < 0) return nullptr;
  for (auto& [f, mask] : filter_masks_) if (f == filter) return mask.data();
  const auto& column = static_cast<const arrow::BooleanArray&>(*batch.column(static_cast<size_t>(filter)));
  std::vector<uint8_t> mask(static_cast<size_t>(batch.num_rows()));
  for (int64_t i = 0; i < batch.num_rows(); ++i) mask[static_cast<size_t>(i)] = column.IsValid(i) && column.Value(i);
  filter_masks_.emplace_back(filter, std::move(mask));
  return filter_masks_.back().second.data();
}

// Leaves in gate->mask the rows whose value is new in its group (or, on retraction, gone from it).
Status AggregateStore::Admit(Gate* gate, const Batch& batch, const uint32_t* groups, const int8_t* signs) {
  const int64_t n = batch.num_rows();
  arrow::Int32Array group_column(n, arrow::Buffer::Wrap(groups, static_cast<size_t>(n)));
  std::vector<const arrow::Array*> columns = {&group_column};
  for (int a : gate->args) columns.push_back(batch.column(static_cast<size_t>(a)).get());
  gate->entries.resize(static_cast<size_t>(n));
  gate->mask.assign(static_cast<size_t>(n), 0);
  TRY(gate->table.FindOrAdd(columns, n, gate->entries.data()));
  if (gate->counts.size() < gate->table.id_end()) gate->counts.resize(gate->table.id_end(), 0);
  const uint8_t* filter = MaskOf(batch, gate->filter);
  const arrow::Array& first = *columns[1];
  bool emptied = false;
  for (int64_t i = 0; i < n; ++i) {
    int64_t& count = gate->counts[gate->entries[static_cast<size_t>(i)]];
    if ((filter == nullptr || filter[i]) && first.IsValid(i)) {
      if (signs == nullptr || signs[i] > 0) gate->mask[static_cast<size_t>(i)] = count++ == 0;
      else gate->mask[static_cast<size_t>(i)] = --count == 0;
    }
    emptied |= count == 0;
  }
  if (emptied) {
    for (uint32_t e : gate->entries) if (gate->counts[e] == 0 && gate->table.is_live(e)) gate->table.Erase(e);
  }
  return Status::OK();
}

Status AggregateStore::UpdateGates(const Batch& batch, const uint32_t* groups, const int8_t* signs) {
  filter_masks_.clear();
  filter_masks_.reserve(calls_.size());   // masks keep their place
  for (Gate& g : gates_) TRY(Admit(&g, batch, groups, signs));
  return Status::OK();
}

Result<AggregateInput> AggregateStore::InputOf(const Call& c, const Batch& batch, const uint32_t* groups, const int8_t* signs,
                                               const uint8_t* clear_after) {
  AggregateInput in;
  for (int a : c.call.args) in.args.push_back(batch.column(static_cast<size_t>(a)).get());
  in.rows = batch.num_rows();
  in.groups = groups;
  in.signs = signs;
  in.clear_after = clear_after;
  in.mask = c.gate >= 0 ? gates_[static_cast<size_t>(c.gate)].mask.data() : MaskOf(batch, c.call.filter);
  return in;
}

Status AggregateStore::Update(const Batch& batch, const uint32_t* groups, const int8_t* signs, const uint8_t* clear_after) {
  TRY(UpdateGates(batch, groups, signs));
  const int64_t n = batch.num_rows();
  int64_t* rows = rows_.data();
  if (signs == nullptr) for (int64_t i = 0; i < n; ++i) ++rows[groups[i]];
  else for (int64_t i = 0; i < n; ++i) rows[groups[i]] += signs[i];
  for (Call& c : calls_) {
    if (c.accumulator) TRY(c.accumulator->Update(TRY(InputOf(c, batch, groups, signs, clear_after))));
  }
  return Status::OK();
}

Result<std::vector<ArrayPtr>> AggregateStore::UpdateTracing(const Batch& batch, const uint32_t* groups, const int8_t* signs,
                                                            const uint8_t* clear_after) {
  TRY(UpdateGates(batch, groups, signs));
  const int64_t n = batch.num_rows();
  std::shared_ptr<arrow::Buffer> trace = TRY(arrow::AllocateBuffer(n * 8));
  int64_t* after = reinterpret_cast<int64_t*>(trace->mutable_data());
  for (int64_t i = 0; i < n; ++i) after[i] = rows_[groups[i]] += signs == nullptr ? 1 : signs[i];
  std::vector<ArrayPtr> out;
  for (Call& c : calls_) {
    if (c.accumulator) out.push_back(TRY(c.accumulator->UpdateTracing(TRY(InputOf(c, batch, groups, signs, clear_after)))));
    else out.push_back(std::make_shared<arrow::Int64Array>(n, trace));
  }
  return out;
}

Result<std::vector<ArrayPtr>> AggregateStore::Results(std::span<const uint32_t> groups) {
  std::vector<ArrayPtr> out;
  for (Call& c : calls_) {
    if (c.accumulator) {
      out.push_back(TRY(c.accumulator->Results(groups)));
      continue;
    }
    std::shared_ptr<arrow::Buffer> values = TRY(arrow::AllocateBuffer(static_cast<int64_t>(groups.size() * 8)));
    int64_t* to = reinterpret_cast<int64_t*>(values->mutable_data());
    for (size_t i = 0; i < groups.size(); ++i) to[i] = rows_[groups[i]];
    out.push_back(std::make_shared<arrow::Int64Array>(static_cast<int64_t>(groups.size()), std::move(values)));
  }
  return out;
}

Status AggregateStore::Merge(const AggregateStore& other, std::span<const uint32_t> from, std::span<const uint32_t> to) {
  for (size_t i = 0; i < from.size(); ++i) rows_[to[i]] += other.rows_[from[i]];
  for (size_t c = 0; c < calls_.size(); ++c) {
    if (calls_[c].accumulator && calls_[c].gate < 0) calls_[c].accumulator->Merge(*other.calls_[c].accumulator, from, to);
  }
  if (gates_.empty()) return Status::OK();
  std::vector<uint32_t> target(other.rows_.size(), UINT32_MAX);
  for (size_t i = 0; i < from.size(); ++i) target[from[i]] = to[i];
  for (size_t g = 0; g < gates_.size(); ++g) {
    const Gate& theirs = other.gates_[g];
    Gate& ours = gates_[g];
    std::vector<uint32_t> live = theirs.table.LiveIds();
    std::vector<ArrayPtr> columns = TRY(theirs.table.Keys(live));
    const int32_t* their_group = columns[0]->data()->GetValues<int32_t>(1);
    std::vector<uint32_t> groups(live.size());
    std::vector<uint8_t> fresh(live.size(), 0);
    for (size_t i = 0; i < live.size(); ++i) groups[i] = target[static_cast<uint32_t>(their_group[i])];
    arrow::Int32Array group_column(static_cast<int64_t>(live.size()), arrow::Buffer::Wrap(groups));
    std::vector<const arrow::Array*> keys = {&group_column};
    for (size_t k = 1; k < columns.size(); ++k) keys.push_back(columns[k].get());
    std::vector<uint32_t> entries(live.size());
    TRY(ours.table.FindOrAdd(keys, static_cast<int64_t>(live.size()), entries.data()));
    if (ours.counts.size() < ours.table.id_end()) ours.counts.resize(ours.table.id_end(), 0);
    for (size_t i = 0; i < live.size(); ++i) {
      if (groups[i] == UINT32_MAX) continue;
      fresh[i] = ours.counts[entries[i]] == 0;
      ours.counts[entries[i]] += theirs.counts[live[i]];
    }
    AggregateInput in;
    in.args.assign(keys.begin() + 1, keys.end());
    in.rows = static_cast<int64_t>(live.size());
    in.groups = groups.data();
    in.mask = fresh.data();
    for (Call& c : calls_) if (c.accumulator && c.gate == static_cast<int>(g)) TRY(c.accumulator->Update(in));
  }
  return Status::OK();
}

void AggregateStore::Clear(uint32_t group) {
  rows_[group] = 0;
  for (Call& c : calls_) if (c.accumulator) c.accumulator->Clear(group);
}

Status AggregateStore::Forget(std::span<const uint32_t> groups) {
  for (uint32_t g : groups) Clear(g);
  if (gates_.empty() || groups.empty()) return Status::OK();
  std::vector<bool> gone(rows_.size(), false);
  for (uint32_t g : groups) gone[g] = true;
  for (Gate& gate : gates_) {
    std::vector<uint32_t> live = gate.table.LiveIds();
    std::vector<ArrayPtr> columns = TRY(gate.table.Keys(live));
    const int32_t* group = columns[0]->data()->GetValues<int32_t>(1);
    for (size_t i = 0; i < live.size(); ++i) {
      if (!gone[static_cast<uint32_t>(group[i])]) continue;
      gate.counts[live[i]] = 0;
      gate.table.Erase(live[i]);
    }
  }
  return Status::OK();
}

void AggregateStore::PrepareWrite() {
  for (Gate& gate : gates_) {
    gate.by_group.assign(rows_.size(), {});
    std::string cells;
    for (uint32_t e : gate.table.LiveIds()) {
      cells.clear();
      gate.table.AppendCells(e, &cells);
      int32_t group;
      std::memcpy(&group, cells.data() + 1, 4);   // the group's cell comes first
      gate.by_group[static_cast<uint32_t>(group)].push_back(e);
    }
  }
}

void AggregateStore::WriteGroup(uint32_t group, std::string* out) const {
  PutFixed(rows_[group], out);
  for (const Call& c : calls_) if (c.accumulator) c.accumulator->Write(group, out);
  for (const Gate& gate : gates_) {
    const std::vector<uint32_t>& entries = gate.by_group[group];
    PutFixed(static_cast<uint32_t>(entries.size()), out);
    std::string cells;
    for (uint32_t e : entries) {
      cells.clear();
      gate.table.AppendCells(e, &cells);
      out->append(cells, 5, std::string::npos);
      PutFixed(gate.counts[e], out);
    }
  }
}

Status AggregateStore::ReadGroup(uint32_t group, ByteReader* in) {
  if (!in->Get(&rows_[group])) return StateEndsEarly();
  for (Call& c : calls_) if (c.accumulator) TRY(c.accumulator->Read(group, in));
  for (Gate& gate : gates_) {
    uint32_t n;
    if (!in->Get(&n)) return StateEndsEarly();
    if (gate.pending.empty()) for (const auto& t : gate.types) gate.pending.push_back(TRY(arrow::MakeBuilder(t)));
    for (uint32_t i = 0; i < n; ++i) {
      TRY(static_cast<arrow::Int32Builder*>(gate.pending[0].get())->Append(static_cast<int32_t>(group)));
      for (size_t k = 1; k < gate.pending.size(); ++k) TRY(DecodeCell(in, gate.pending[k].get()));
      if (!in->Get(&gate.pending_counts.emplace_back())) return StateEndsEarly();
    }
  }
  return Status::OK();
}

Status AggregateStore::FinishRead() {
  for (Gate& gate : gates_) {
    if (gate.pending.empty()) continue;
    std::vector<ArrayPtr> columns;
    std::vector<const arrow::Array*> keys;
    for (auto& b : gate.pending) columns.push_back(TRY(b->Finish()));
    for (const auto& c : columns) keys.push_back(c.get());
    std::vector<uint32_t> entries(gate.pending_counts.size());
    TRY(gate.table.FindOrAdd(keys, static_cast<int64_t>(entries.size()), entries.data()));
    gate.counts.resize(gate.table.id_end(), 0);
    for (size_t i = 0; i < entries.size(); ++i) gate.counts[entries[i]] = gate.pending_counts[i];
    gate.pending.clear();
    gate.pending_counts.clear();
  }
  return Status::OK();
}

int64_t AggregateStore::bytes() const {
  int64_t n = static_cast<int64_t>(rows_.capacity() * 8);
  for (const Call& c : calls_) if (c.accumulator) n += c.accumulator->bytes();
  for (const Gate& g : gates_) n += g.table.bytes() + static_cast<int64_t>(g.counts.capacity() * 8);
  return n;
}

}  // namespace tarn::flow
