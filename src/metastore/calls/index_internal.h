// What dropping a table must know of Hive 2's indexes.
#pragma once

#include "metastore/calls/drop_internal.h"

namespace tarn::metastore {

// MetaException when the table is what an index is kept in: that one goes with its index only.
Status CheckNoIndexTable(SqlConnection& c, const TableName& name);
// The indexes of a table that is dropped, with their tables.
Status DropIndexesOf(Call& call, Store::WriteLease& write, const TableName& base, bool delete_data, bool purge, std::vector<DataToDelete>* data);

}  // namespace tarn::metastore
