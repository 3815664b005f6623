// Groups (keys and aggregates) as bytes of snapshot pieces, and back. docs/format/state.md, "groups".
// Threads: the owner's.
#pragma once

#include "flow/operators/aggregate_store.h"
#include "flow/operators/key_table.h"
#include "state/snapshot.h"

namespace tarn::flow {

// u32 number of groups, their key cells, then their aggregates. store->PrepareWrite() must have been called.
void WriteGroups(const KeyTable& table, const AggregateStore& store, std::span<const uint32_t> ids, std::string* out);
// Adds the groups to the table and the store; call store->FinishRead() after the last.
Status ReadGroups(ByteReader* in, const RowType& input, const std::vector<int>& keys, KeyTable* table, AggregateStore* store);

// The live groups by key group: element g holds those of key group g (kMaxParallelism of them).
std::vector<std::vector<uint32_t>> GroupsByKeyGroup(const KeyTable& table);
// One piece for each key group that has groups.
Status WriteGroupPieces(const std::string& name, const KeyTable& table, AggregateStore* store, state::Snapshot* snapshot);

}  // namespace tarn::flow
