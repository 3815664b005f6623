// One column's statistics over several partitions: Hive's two ways of aggregating, and of guessing for partitions that have none.
//
// From bit vectors (metastore.stats.fetch.bitvector=true, or .kll): Hive's Java aggregators; distinct values are counted from merged vectors
// where all have one that fits, else bounded by the largest and the sum. Without (the default): Hive's SQL aggregation. Partitions
// without statistics are extrapolated linearly in both, each in its own manner. Recorded from 3.1.3 and 4.0.1; where they differ, 4.0.1.
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "wire/hms_types.h"

namespace tarn::metastore {

struct AggregateOptions {
  bool bit_vectors = false;          // metastore.stats.fetch.bitvector
  bool histograms = false;           // metastore.stats.fetch.kll: merges them, in the Java aggregators' way for all else
  bool density = false;              // metastore.stats.ndv.densityfunction
  double tuner = 0;                  // metastore.stats.ndv.tuner: 0 the largest count, 1 the sum
};
struct PartitionColumnStats {
  std::string partition;
  wire::ColumnStatisticsObj stats;
};
// `found` in order of partition names, all of one column and kind; `asked`: the names in the request's order; all_found: every asked
// column of every asked partition has statistics.
wire::ColumnStatisticsObj AggregateStats(const std::vector<PartitionColumnStats>& found, const std::vector<std::string>& asked, bool all_found,
                                         const AggregateOptions& options);

}  // namespace tarn::metastore
