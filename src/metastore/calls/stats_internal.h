// Hive's quick statistics: numFiles and totalSize in the parameters of tables and partitions, from a look at the directory.
#pragma once

#include "metastore/rows.h"

namespace tarn::metastore {

using Parameters = std::map<std::string, std::string>;

// A table's parameter DO_NOT_UPDATE_STATS, which is not kept, says that nothing is to be measured; on an alteration an environment
// context of that name does.
bool TakeMayUpdateStats(Parameters* parameters);
bool MayUpdateStats(const Parameters& environment);
// Measures unless the numbers are there already (or `force`). `fresh`: the directory was just made, so there is nothing to measure.
Status UpdateQuickStats(Call& call, Parameters* parameters, const std::string& location, bool fresh, bool force, const Parameters& environment);
// What the environment says of COLUMN_STATS_ACCURATE: a statistics task vouches for the numbers, all else takes the mark away.
void MarkBasicStats(Parameters* parameters, const Parameters& environment);
// Hive 4 counts erasure-coded files among them.
bool HasQuickStats(Call& call, const Parameters& parameters);
bool SameQuickStats(Call& call, const Parameters& a, const Parameters& b);

// The files right in a local directory, without hidden ones, as events list them: a JSON list of `uri###` (no checksum, no archive).
std::string FilesThere(const wire::StorageDescriptor& sd);

// Statistics of columns that went or changed type are no longer true; they go, and the mark COLUMN_STATS_ACCURATE says which are left.
// Hive leaves that mark even when nothing is left in it. `part`: empty for those of the table.
Status ForgetStaleStats(SqlConnection& c, int64_t table_id, const std::string& part, const std::vector<wire::FieldSchema>& before,
                        const std::vector<wire::FieldSchema>& after, bool renamed, Parameters* parameters);

inline constexpr char kDdlTime[] = "transient_lastDdlTime";
// Sets transient_lastDdlTime when it is not given.
void StampDdlTime(Parameters* parameters);
int32_t NowSeconds();

}  // namespace tarn::metastore
