// What table calls share with the other families.
#pragma once

#include "metastore/rows.h"

namespace tarn::metastore {

// <database>/<table>, under the external warehouse for an external table when there is one.
std::string DefaultTableLocation(Call& call, const wire::Database& db, const wire::Table& t);
// create_table within a change that the caller commits; he also forgets it in the table cache then.
Status MakeTable(Call& call, Store::WriteLease& write, wire::Table t);
// When a materialised view was computed: now, unless the client says.
void StampCreation(wire::Table* view);
// `before` only for ALTER_TABLE.
Status RecordTableEvent(Call& call, SqlConnection& c, const char* type, const TableName& name, const wire::Table* before, const wire::Table* after,
                        const char* truncated = "false", int64_t write_id = -1);

}  // namespace tarn::metastore
