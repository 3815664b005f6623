// What Hive's TransactionalValidationListener asks of a table that is said to be transactional, before it is created or altered.
// Tarn writes no ACID tables; Hive, which does, relies on these.
#pragma once

#include "base/status.h"
#include "wire/hms_types.h"

namespace tarn::metastore {

// `given`: database and table as the client wrote them, for the messages.
Status CheckAcidCreate(const std::string& given, wire::Table* table);
Status CheckAcidAlter(const std::string& given, const wire::Table& old_table, wire::Table* table);

}  // namespace tarn::metastore
