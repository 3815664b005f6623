// Column statistics: merging new into old, and the COLUMN_STATS_ACCURATE parameter. Over partitions: column_stats_aggregate.h.
//
// Merging follows Hive 4.0.1: lows and highs by value, nulls and counts added, lengths by maximum, distinct values from merged bit
// vectors, or by maximum where they lack or are of two kinds; histograms as kll_sketch.h says. Threads: pure functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "wire/hms_types.h"

namespace tarn::metastore {

// `other` into `into`; both of one column. Another kind of data leaves `into` as it is.
void CombineStats(const wire::ColumnStatisticsData& other, wire::ColumnStatisticsData* into);

// COLUMN_STATS_ACCURATE: {"BASIC_STATS":"true","COLUMN_STATS":{"a":"true"}}
bool HasColumnState(const std::map<std::string, std::string>& parameters, const std::string& column);
void AddColumnState(std::map<std::string, std::string>* parameters, const std::vector<std::string>& columns);
void RemoveColumnState(std::map<std::string, std::string>* parameters, const std::vector<std::string>& columns);   // none: all

}  // namespace tarn::metastore
