// Directories against metadata: what the catalog names and the file system lacks, and what lies in the warehouse that nobody owns.
//
// Looks at local locations only; others are counted and passed over. Repairs only what can harm nobody (Finding::repairable): makes the
// missing directory of a database or a managed table, and removes the staging directory that a batch job of Tarn's left more than a day
// ago. Everything else is for a person: a partition whose directory lacks may be on a disk that is not mounted, a directory without an
// owner may be somebody's data, a file in progress may belong to a job that has a checkpoint.
// Memory: eight bytes for each table and for each directory above one. Threads: one.
#pragma once

#include <functional>
#include <string>

#include "metastore/dump.h"

namespace tarn::metastore {

enum class Problem : uint8_t {
  kDatabaseDirectoryMissing, kTableDirectoryMissing, kPartitionDirectoryMissing, kPartitionNotRegistered, kDirectoryWithoutOwner, kLeftoverStaging, kLeftoverInProgress, kLeftoverForeign,
};
const char* ProblemName(Problem problem);        // "table-directory-missing"
const char* ProblemHint(Problem problem);        // what a person may do about it

struct Finding {
  Problem problem;
  std::string object;            // "hive.db.table", "hive.db.table dt=1"; "" for a directory without an owner
  std::string path;
  bool repairable = false, repaired = false;
};
struct CheckOptions {
  bool repair = false;
  int64_t leftover_age_ms = 24 * 3600 * 1000;
};
struct CheckCounts { int64_t databases = 0, tables = 0, partitions = 0, not_local = 0, findings = 0, repaired = 0; };
// `on_finding` gets each one as it is found.
Result<CheckCounts> CheckCatalog(CatalogSource& source, const CheckOptions& options, const std::function<void(const Finding&)>& on_finding, const OnProgress& progress);

}  // namespace tarn::metastore
