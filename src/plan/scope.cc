#include "plan/scope.h"

#include "base/text.h"

namespace tarn::plan {

RowType Scope::row_type() const {
  RowType r;
  for (const ScopeColumn& c : columns) r.Add(c.name, c.type);
  return r;
}

Result<int> Scope::Find(const sql::Name& path, size_t* used) const {
  auto find = [&](const std::string* table, const std::string& name, int* at) {
    int found = 0;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name != name || (table && columns[i].table != *table)) continue;
      *at = static_cast<int>(i);
      ++found;
    }
    return found;
  };
  int at = -1;
  // catalog.database.table.column and database.table.column: only the table's own name is kept in the scope.
  for (size_t skip = 0; skip + 1 < path.size() && skip < 3; ++skip) {
    int n = find(&path.parts[skip].name, path.parts[skip + 1].name, &at);
    if (n == 1) {
      *used = skip + 2;
      return at;
    }
    if (n > 1) return Status::InvalidSql("Column '" + path.parts[skip + 1].name + "' is ambiguous").WithPosition(path.position);
  }
  int n = find(nullptr, path.parts[0].name, &at);
  if (n == 1) {
    *used = 1;
    return at;
  }
  if (n > 1) return Status::InvalidSql("Column '" + path.parts[0].name + "' is ambiguous").WithPosition(path.position);
  if (path.size() > 1) {
    for (const ScopeColumn& c : columns) {
      if (c.table != path.parts[0].name) continue;
      std::vector<std::string> names;
      for (const ScopeColumn& d : columns) if (d.table == c.table) names.push_back(d.name);
      std::string near = ClosestName(path.parts[1].name, names);
      Status s = Status::InvalidSql("Column '" + path.parts[1].name + "' not found in table '" + c.table + "'" +
                                    (near.empty() ? "" : "; did you mean '" + near + "'?")).WithPosition(path.position);
      return near.empty() ? std::move(s) : Status(std::move(s).WithHint("did you mean \"" + near + "\"?"));
    }
    return Status::InvalidSql("Table '" + path.parts[0].name + "' not found").WithPosition(path.parts[0].position);
  }
  std::vector<std::string> names;
  for (const ScopeColumn& c : columns) names.push_back(c.name);
  std::string near = ClosestName(path.parts[0].name, names);
  Status s = Status::InvalidSql("Column '" + path.parts[0].name + "' not found in any table" +
                                (near.empty() ? "" : "; did you mean '" + near + "'?")).WithPosition(path.position);
  return near.empty() ? std::move(s) : Status(std::move(s).WithHint("did you mean \"" + near + "\"?"));
}

}  // namespace tarn::plan
