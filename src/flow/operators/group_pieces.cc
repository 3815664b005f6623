#include "flow/operators/group_pieces.h"

#include "types/arrow_types.h"

namespace tarn::flow {

void WriteGroups(const KeyTable& table, const AggregateStore& store, std::span<const uint32_t> ids, std::string* out) {
  PutFixed(static_cast<uint32_t>(ids.size()), out);
  for (uint32_t id : ids) table.AppendCells(id, out);
  for (uint32_t id : ids) store.WriteGroup(id, out);
}

Status ReadGroups(ByteReader* in, const RowType& input, const std::vector<int>& keys, KeyTable* table, AggregateStore* store) {
  uint32_t n;
  if (!in->Get(&n)) return StateEndsEarly();
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders;
  for (int k : keys) builders.push_back(TRY(arrow::MakeBuilder(types::ToArrow(input.types[static_cast<size_t>(k)]))));
  for (uint32_t i = 0; i < n; ++i) {
    for (auto& b : builders) TRY(DecodeCell(in, b.get()));
    if (builders.empty() && n > 1) return Status::Corrupt("state without keys holds " + std::to_string(n) + " groups");
  }
  std::vector<std::shared_ptr<arrow::Array>> columns;
  std::vector<const arrow::Array*> pointers;
  for (auto& b : builders) columns.push_back(TRY(b->Finish()));
  for (const auto& c : columns) pointers.push_back(c.get());
  std::vector<uint32_t> ids(n);
  TRY(table->FindOrAdd(pointers, n, ids.data()));
  store->Resize(table->id_end());
  for (uint32_t id : ids) TRY(store->ReadGroup(id, in));
  return Status::OK();
}

std::vector<std::vector<uint32_t>> GroupsByKeyGroup(const KeyTable& table) {
  std::vector<std::vector<uint32_t>> by(state::kMaxParallelism);
  for (uint32_t id : table.LiveIds()) by[static_cast<size_t>(state::KeyGroupOf(table.HashOf(id)))].push_back(id);
  return by;
}

Status WriteGroupPieces(const std::string& name, const KeyTable& table, AggregateStore* store, state::Snapshot* snapshot) {
  store->PrepareWrite();
  std::vector<std::vector<uint32_t>> by = GroupsByKeyGroup(table);
  for (int g = 0; g < state::kMaxParallelism; ++g) {
    if (by[static_cast<size_t>(g)].empty()) continue;
    state::Piece piece{name, 1, g, {}};
    WriteGroups(table, *store, by[static_cast<size_t>(g)], &piece.bytes);
    snapshot->push_back(std::move(piece));
  }
  return Status::OK();
}

}  // namespace tarn::flow
