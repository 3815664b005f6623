// CALL catalog.database.procedure(...): finds the catalog's procedure, reads the literals, gives its rows.
// Threads: under the session's lock.
#pragma once

#include <memory>

#include "session/catalog_manager.h"
#include "session/results.h"
#include "sql/ast.h"

namespace tarn::session {

Result<std::unique_ptr<ResultSet>> CallProcedure(CatalogManager& catalogs, const sql::CallProcedure& call);
// SHOW PROCEDURES [FROM name]; none for a catalog without any.
Result<std::vector<std::string>> ProcedureNames(CatalogManager& catalogs, const sql::Name& database);

}  // namespace tarn::session
