// Column statistics: combining those of several partitions, merging new into old, and the COLUMN_STATS_ACCURATE parameter.
//
// Combining follows Hive's default (no density function, no bit vectors): lows and highs by value, nulls and counts added,
// lengths and distinct values by maximum. Threads: pure functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wire/hms_types.h"

namespace tarn::metastore {

// `other` into `into`; both of one column. Another kind of data leaves `into` as it is.
void CombineStats(const wire::ColumnStatisticsData& other, wire::ColumnStatisticsData* into);

// COLUMN_STATS_ACCURATE: {"BASIC_STATS":"true","COLUMN_STATS":{"a":"true"}}
void AddColumnState(std::map<std::string, std::string>* parameters, const std::vector<std::string>& columns);
void RemoveColumnState(std::map<std::string, std::string>* parameters, const std::vector<std::string>& columns);   // none: all

}  // namespace tarn::metastore
