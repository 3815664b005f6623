// Dropping tables: shared by drop_table, drop_database and drop_partition. Rows go within the transaction; data is set aside in it and
// deleted after it (directory_change.h).
#pragma once

#include "metastore/directory_change.h"
#include "metastore/rows.h"

namespace tarn::metastore {

using DataToDelete = DroppedDirectory;

// Removes the table's rows and lists the directories that go with it (none for an external table or a view).
Status DropTableRows(Call& call, Store::WriteLease& write, const TableName& name, const TableRow& table, bool delete_data, bool purge,
                     std::vector<DataToDelete>* data);
// Does dropping delete the table's files? Not for external tables, unless Hive 4's external.table.purge says so.
bool OwnsData(Call& call, const wire::Table& table);

}  // namespace tarn::metastore
