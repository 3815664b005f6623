// With authorization on: where may a user who is no admin put tables and partitions? Else a table at somebody else's directory, dropped
// with its data, would be a way to delete that.
//
// A location that a table, a partition or an archived partition's `original_location` names
//   - lies at or below a table that the call names and that the user may write to, or a partition of it, or
//   - holds, lies in, or is the directory of no table or partition of anybody else's, holds no database's directory of anybody else's, and
//     the nearest database's directory above it, if any, is that of a database that the call names or that the user may create tables in.
// A table without a location is looked at when its default directory is there already. A database's location is for admins to change.
// What links in the file system lead to is not looked at. Costs a pass over the tables and over the partitions with a place of their own,
// only for places outside the tables that are named. Threads: any. Errors: MetaException "Permission denied: ...".
#pragma once

#include <functional>

#include "metastore/names.h"
#include "metastore/service.h"
#include "wire/hms_calls.h"

namespace tarn::metastore {

struct LocationRights {
  std::string user;
  std::function<bool(const wire::Table&)> owns_table;
  std::function<bool(const wire::Database&)> owns_database;
  std::function<Status(const DbName&)> may_create;   // tables in that database
};

// `tables`: that the call names and the user may write to. `databases`: that it names or that those are in.
Status CheckLocations(Call& call, const wire::CallDesc& desc, const void* args, const std::vector<TableName>& tables, const std::vector<DbName>& databases,
                      const LocationRights& rights);
// alter_database and alter_database_req.
Status CheckDatabaseLocation(Call& call, const wire::CallDesc& desc, const void* args, const LocationRights& rights);

}  // namespace tarn::metastore
