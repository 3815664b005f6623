// Dropping tables: shared by drop_table, drop_database and drop_partition. Rows go within the transaction, data after it.
#pragma once

#include "metastore/rows.h"

namespace tarn::metastore {

struct DataToDelete {
  std::string location;
  bool purge;
};

// Removes the table's rows and lists the directories that go with it (none for an external table or a view).
Status DropTableRows(Call& call, Store::WriteLease& write, const TableName& name, const TableRow& table, bool delete_data, bool purge,
                     std::vector<DataToDelete>* data);
// Logs what it could not delete; the metadata is gone already.
void DeleteData(Call& call, const std::vector<DataToDelete>& data);
// Does dropping delete the table's files? Not for external tables, unless Hive 4's external.table.purge says so.
bool OwnsData(Call& call, const wire::Table& table);

}  // namespace tarn::metastore
