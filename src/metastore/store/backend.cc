// Which store an address means, and what all stores share.
#include "base/text.h"
#include "metastore/store/remote_backend.h"

namespace tarn::metastore {

Result<bool> SqlConnection::One(const char* sql, SqlArgs args, const std::function<void(const SqlRow&)>& on_row) {
  bool found = false;
  TRY(Each(sql, args, [&](const SqlRow& row) {
    found = true;
    on_row(row);
    return false;
  }));
  return found;
}

Result<int64_t> SqlConnection::Int(const char* sql, SqlArgs args, int64_t fallback) {
  int64_t v = fallback;
  TRY(One(sql, args, [&](const SqlRow& row) { if (!row.Null(0)) v = row.Int(0); }));
  return v;
}

Status SqlConnection::RunMany(const char* sql, const std::vector<std::vector<SqlArg>>& rows, size_t* failed) {
  for (size_t i = 0; i < rows.size(); ++i) {
    auto done = RunList(sql, rows[i].data(), rows[i].size());
    if (done.ok()) continue;
    if (failed) *failed = i;
    return std::move(done).status();
  }
  return Status::OK();
}

bool ReadsMany(std::string_view sql) {
  if (!sql.starts_with("SELECT ") || sql.find("ORDER BY") == std::string_view::npos) return false;
  for (const char* table : {"FROM parts ", "FROM notifications ", "JOIN tbls ", "FROM tbls ", "FROM col_stats "}) {
    if (sql.find(table) != std::string_view::npos) return true;
  }
  return false;
}

Status LostInTransaction() {
  return Status::Unavailable("the connection to the metastore's database was lost in the middle of a change").WithHint("try again");
}

Result<std::unique_ptr<SqlBackend>> MakeBackend(const std::string& store, const std::string& data_dir) {
  if (store.empty() || EqualsIgnoreCase(store, "sqlite")) return MakeSqliteBackend(data_dir + "/metastore.db");
  StoreUrl url = TRY(StoreUrl::Parse(store));
  return url.kind == StoreUrl::kPostgres ? MakePostgresBackend(url) : MakeMysqlBackend(url);
}

}  // namespace tarn::metastore
