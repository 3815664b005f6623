// What a row of a changelog does. The byte is what a batch's kind column holds (Flink's RowKind.toByteValue order).
#pragma once

#include <cstdint>
#include <string_view>

namespace tarn::types {
enum class RowKind : int8_t { kInsert = 0, kUpdateBefore = 1, kUpdateAfter = 2, kDelete = 3 };

inline std::string_view RowKindShort(RowKind k) {   // "+I" "-U" "+U" "-D"
  constexpr std::string_view kNames[] = {"+I", "-U", "+U", "-D"};
  return kNames[static_cast<int>(k) & 3];
}
inline std::string_view RowKindName(RowKind k) {   // the gateway's names
  constexpr std::string_view kNames[] = {"INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE"};
  return kNames[static_cast<int>(k) & 3];
}
inline bool IsAccumulate(RowKind k) { return k == RowKind::kInsert || k == RowKind::kUpdateAfter; }

// The kinds of change a node may emit, as EXPLAIN CHANGELOG_MODE shows: [I,UB,UA,D].
struct ChangelogMode {
  bool insert = true, update_before = false, update_after = false, remove = false;
  bool insert_only() const { return insert && !update_before && !update_after && !remove; }
  static ChangelogMode InsertOnly() { return {}; }
  static ChangelogMode All() { return {true, true, true, true}; }
  static ChangelogMode Upsert() { return {true, false, true, true}; }
  bool operator==(const ChangelogMode&) const = default;
};
}  // namespace tarn::types
