// What other families put into the compaction queue.
#pragma once

#include "metastore/rows.h"

namespace tarn::metastore {

// A major compaction that nobody asked for by name; `part` may be empty.
Status InitiateCompaction(SqlConnection& c, const std::string& db, const std::string& table, const std::string& part);

}  // namespace tarn::metastore
