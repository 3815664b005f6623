// Copies the catalog of any running metastore (Apache's or Tarn's) into this store: databases, tables, partitions, functions, primary and
// foreign keys and the other constraints, column statistics of tables. Directories and data stay where they are; nothing is changed there.
//
// What is here already is left as it is and counted as kept, so that an interrupted copy can be run again.
// Not copied: partition column statistics, roles and privileges, locks, transactions, notifications.
#pragma once

#include <functional>
#include <string>

#include "metastore/service.h"
#include "wire/hms_client.h"

namespace tarn::metastore {

struct CopyCounts {
  int64_t databases = 0, tables = 0, partitions = 0, functions = 0, constraints = 0, statistics = 0, kept = 0;
};
// `progress` is told a line now and then.
Result<CopyCounts> CopyCatalog(wire::HmsClient& from, Service& to, const std::function<void(const std::string&)>& progress);

}  // namespace tarn::metastore
