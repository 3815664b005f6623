// Hive's quick statistics: numFiles and totalSize in the parameters of tables and partitions, from a look at the directory.
#pragma once

#include "metastore/rows.h"

namespace tarn::metastore {

using Parameters = std::map<std::string, std::string>;

// When a client said so (an environment context, or a parameter of that name, which is not kept), nothing is measured.
bool MayUpdateStats(Parameters* parameters, const Parameters& environment);
// Measures unless the numbers are there already (or `force`). `fresh`: the directory was just made, so there is nothing to measure.
Status UpdateQuickStats(Call& call, Parameters* parameters, const std::string& location, bool fresh, bool force, const Parameters& environment);
bool HasQuickStats(const Parameters& parameters);
bool SameQuickStats(const Parameters& a, const Parameters& b);

inline constexpr char kDdlTime[] = "transient_lastDdlTime";
// Sets transient_lastDdlTime when it is not given.
void StampDdlTime(Parameters* parameters);
int32_t NowSeconds();

}  // namespace tarn::metastore
