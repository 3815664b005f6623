// What names mean at a place in a query: the columns in reach, by table alias and name.
// Threads: values.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "batch/batch.h"
#include "sql/ast_expr.h"

namespace tarn::plan {

struct ScopeColumn {
  std::string table;   // alias, or the table's last name; "" for a derived table without an alias
  std::string name;
  types::LogicalType type;
};

struct Scope {
  std::vector<ScopeColumn> columns;   // in the order of the node's row type

  RowType row_type() const;
  // Index of the column that the leading parts of a path name; *used gets how many parts that took.
  // kInvalidSql: unknown ("Column 'x' not found in any table; did you mean 'y'?") or ambiguous ("Column 'x' is ambiguous").
  Result<int> Find(const sql::Name& path, size_t* used) const;
};

}  // namespace tarn::plan
