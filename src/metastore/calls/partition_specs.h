// Partitions as get_partitions_with_specs gives them: only the fields that were asked for, and grouped by what their descriptors share.
// Facts: Hive 4.0.1, getPartitionspecsGroupedByStorageDescriptor. Pure functions; threads: any.
#pragma once

#include "metastore/service.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

// `p` with only the fields named, as "values" or "sd.cols.name"; a name stands for all below it. What is not asked for is as if never set.
wire::Partition Projected(const wire::Partition& p, const Strings& fields);
// Leaves the parameters whose names match SQL's LIKE patterns; an empty pattern asks nothing.
void KeepParameters(const std::string& include, const std::string& exclude, wire::Partition* p);
// Partitions within the table's directory, or without a place, share a descriptor; all others are listed whole.
std::vector<wire::PartitionSpec> GroupedByDescriptor(const wire::Table& table, std::vector<wire::Partition> partitions);

}  // namespace tarn::metastore
