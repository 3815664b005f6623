// Writing constraints: shared by create_table_with_constraints and the add_..._constraint calls.
#pragma once

#include "metastore/rows.h"
#include "metastore/service.h"

namespace tarn::metastore {

struct Constraints {
  std::vector<wire::SQLPrimaryKey> primary;
  std::vector<wire::SQLForeignKey> foreign;
  std::vector<wire::SQLUniqueConstraint> unique;
  std::vector<wire::SQLNotNullConstraint> not_null;
  std::vector<wire::SQLDefaultConstraint> defaults;
  std::vector<wire::SQLCheckConstraint> checks;
};
// All of one table (foreign keys: of the child). Gives each its name when it has none. `names_everywhere`: a name is new in the whole
// store (Hive 3), not only in its table.
Status AddConstraints(SqlConnection& c, const TableName& name, const TableRow& table, Constraints* constraints, bool names_everywhere = false);
// One event for each kind that is there, as Hive's listener writes them.
Status RecordConstraintEvents(Call& call, SqlConnection& c, const TableName& name, const Constraints& constraints);

}  // namespace tarn::metastore
