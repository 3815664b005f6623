#include "flow/operators/group_pieces.h"

#include "types/arrow_types.h"

namespace tarn::flow {

static_assert(state::kMaxParallelism <= 256, "a key group fits into a byte below");

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

// In two passes over the groups as they lie in memory, each into all key groups' pieces at once.
Status WriteGroupPieces(const std::string& name, const KeyTable& table, AggregateStore* store, state::Snapshot* snapshot) {
  store->PrepareWrite();
  const std::vector<uint32_t> ids = table.LiveIds();
  std::vector<uint8_t> key_group(ids.size());
  std::vector<uint32_t> counts(state::kMaxParallelism, 0);
  for (size_t i = 0; i < ids.size(); ++i) {
    key_group[i] = static_cast<uint8_t>(state::KeyGroupOf(table.HashOf(ids[i])));
    ++counts[key_group[i]];
  }
  std::vector<std::string> bytes(state::kMaxParallelism);
  for (size_t g = 0; g < bytes.size(); ++g) PutFixed(counts[g], &bytes[g]);
  for (size_t i = 0; i < ids.size(); ++i) table.AppendCells(ids[i], &bytes[key_group[i]]);
  for (size_t i = 0; i < ids.size(); ++i) store->WriteGroup(ids[i], &bytes[key_group[i]]);
  for (int g = 0; g < state::kMaxParallelism; ++g) {
    if (counts[static_cast<size_t>(g)] > 0) snapshot->push_back({name, 1, g, std::move(bytes[static_cast<size_t>(g)])});
  }
  return Status::OK();
}

}  // namespace tarn::flow
