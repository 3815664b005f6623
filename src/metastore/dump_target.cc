// Writing a catalog into this store: rows only, no directories are made and no events are recorded.
#include "base/clock.h"
#include "base/log.h"
#include "fmt/format.h"
#include "metastore/dump.h"
#include "metastore/rows.h"
#include "wire/codec.h"

namespace tarn::metastore {

using namespace wire;

namespace {
constexpr size_t kRecordsPerCommit = 1000;
int64_t Number(PrincipalType t) { return static_cast<int64_t>(t); }
// By pointer or by value: whichever AddConstraints takes.
template <typename K> Status Add(SqlConnection& c, const TableName& name, const TableRow& row, K& k) {
  if constexpr (requires { AddConstraints(c, name, row, &k); }) return AddConstraints(c, name, row, &k);
  else return AddConstraints(c, name, row, std::move(k));
}
}  // namespace

Status CatalogTarget::Commit() {
  partitions_.reset();
  current_ = {};
  if (!write_) return Status::OK();
  Status s = write_->Commit();
  write_.reset();
  waiting_ = 0;
  service_.tables().ForgetAll();
  return s;
}
Status CatalogTarget::Finish() { return Commit(); }

Status CatalogTarget::Write(Record& record) {
  if (waiting_ >= kRecordsPerCommit) TRY(Commit());
  if (!write_) write_.emplace(TRY(service_.store().Write()));
  if (!marked_) {
    // What is derived from the catalog without following its events (the search index) is to be made anew.
    TRY((*write_)->Run("DELETE FROM meta WHERE name = 'catalog_epoch'"));
    TRY((*write_)->Run("INSERT INTO meta (name, value) VALUES ('catalog_epoch', ?)", {std::to_string(WallClockMs())}));
    marked_ = true;
  }
  fresh_ = false;
  Status s = std::visit([&](auto& value) { return WriteOne(record.scope, value); }, record.value);
  if (!s.ok()) return std::move(s).WithContext(fmt::format("{} {}.{}.{} {}", kRecordNames[record.value.index()], record.scope.catalog, record.scope.db, record.scope.table, record.scope.partition));
  ++waiting_;
  if (fresh_) ++added_[record.value.index()];
  else ++kept_;
  return Status::OK();
}

Result<const TableRow*> CatalogTarget::TableOf(const RecordScope& scope) {
  TableName name{scope.catalog, scope.db, scope.table};
  if (!(current_ == name) || !current_row_.id) {
    partitions_.reset();
    current_row_ = TRY(FindTable(**write_, name));
    current_ = name;
  }
  if (!current_row_.id) return NoSuchTable(name);
  return &current_row_;
}

Status CatalogTarget::WriteOne(const RecordScope& scope, Catalog& c) {
  if (TRY(CatalogExists(**write_, scope.catalog))) return Status::OK();
  c.name = scope.catalog;
  TRY((*write_)->Run("INSERT INTO ctlgs (name, doc) VALUES (?, ?)", {scope.catalog, SqlBlob{Encode(c)}}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope& scope, Database& db) {
  if (!TRY(CatalogExists(**write_, scope.catalog))) return NoSuchObject("No catalog " + scope.catalog);
  std::string name = LowerName(scope.db);
  if (TRY(FindDatabaseId(**write_, scope.catalog, name))) return Status::OK();
  db.name = name;
  db.catalogName = scope.catalog;
  db.set_parameters(std::move(db.parameters));
  TRY((*write_)->Run("INSERT INTO dbs (db_id, ctlg, name, doc) VALUES (?, ?, ?, ?)", {TRY(NextIds(**write_, "db")), scope.catalog, name, SqlBlob{Encode(db)}}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope& scope, Table& t) {
  TableName name{scope.catalog, scope.db, scope.table};
  partitions_.reset();
  current_ = name;
  current_row_ = TRY(FindTable(**write_, name));
  if (current_row_.id) return Status::OK();
  int64_t db_id = TRY(FindDatabaseId(**write_, name.catalog, name.db));
  if (!db_id) return NoSuchObject("There is no database " + name.catalog + "." + name.db);
  NormalizeTable(&t);
  t.catName = name.catalog;
  t.dbName = name.db;
  current_row_ = {TRY(NextIds(**write_, "table")), db_id, std::make_shared<Table>(t)};
  TRY(InsertTable(**write_, current_row_.id, db_id, t));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope& scope, Constraints& k) {
  const TableRow& row = *TRY(TableOf(scope));
  auto keep = [&](auto& list, const char* kind) -> Status {   // only kinds of which the table has none yet
    if (list.empty()) return Status::OK();
    if (TRY((*write_)->Int("SELECT COUNT(*) FROM key_constraints WHERE tbl_id = ? AND kind = ?", {row.id, kind}, 0))) list.clear();
    else fresh_ = true;
    return Status::OK();
  };
  TRY(keep(k.primary, "PK"));
  TRY(keep(k.foreign, "FK"));
  TRY(keep(k.unique, "UK"));
  TRY(keep(k.not_null, "NN"));
  TRY(keep(k.defaults, "DC"));
  TRY(keep(k.checks, "CC"));
  if (!fresh_) return Status::OK();
  if (!k.foreign.empty()) {
    for (const SQLForeignKey& f : k.foreign) {
      TableRow parent = TRY(FindTable(**write_, {scope.catalog, LowerName(f.pktable_db), LowerName(f.pktable_name)}));
      if (parent.id) continue;
      LogWarn("foreign key {} of {}.{} refers to {}.{}, which is not there; left out", f.fk_name, scope.db, scope.table, f.pktable_db, f.pktable_name);
      fresh_ = false;
      return Status::OK();
    }
  }
  return Add(**write_, {scope.catalog, scope.db, scope.table}, row, k);
}

Status CatalogTarget::WriteOne(const RecordScope& scope, ColumnStatisticsRecord& s) {
  const TableRow& row = *TRY(TableOf(scope));
  for (const ColumnStatisticsObj& o : s.columns) {
    std::string column = LowerName(o.colName);
    if (TRY((*write_)->Int("SELECT COUNT(*) FROM col_stats WHERE tbl_id = ? AND part_name = ? AND engine = 'hive' AND col = ?", {row.id, scope.partition, column}, 0))) continue;
    TRY((*write_)->Run("INSERT INTO col_stats (tbl_id, part_name, engine, col, analyzed, doc) VALUES (?, ?, 'hive', ?, 0, ?)", {row.id, scope.partition, column, SqlBlob{Encode(o)}}));
    fresh_ = true;
  }
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope& scope, Partition& p) {
  const TableRow& row = *TRY(TableOf(scope));
  std::string name = TRY(PartitionName(*row.table, p.values));
  PartitionReader reader(**write_, row);
  if (TRY(reader.Exists(name))) return Status::OK();
  NormalizePartition(row, &p);
  if (!partitions_) partitions_ = std::make_unique<PartitionWriter>(service_, *write_, row);
  TRY(partitions_->Insert(name, p));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope& scope, Function& f) {
  std::string name = LowerName(f.functionName);
  int64_t db_id = TRY(FindDatabaseId(**write_, scope.catalog, scope.db));
  if (!db_id) return NoSuchObject("There is no database " + scope.catalog + "." + scope.db);
  if (TRY((*write_)->Int("SELECT COUNT(*) FROM funcs WHERE db_id = ? AND name = ?", {db_id, name}, 0))) return Status::OK();
  TRY((*write_)->Run("INSERT INTO funcs (db_id, name, doc) VALUES (?, ?, ?)", {db_id, name, SqlBlob{Encode(f)}}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, RoleRecord& r) {
  std::string name = LowerName(r.name);
  if (TRY((*write_)->Int("SELECT COUNT(*) FROM roles WHERE name = ?", {name}, 0))) return Status::OK();
  TRY((*write_)->Run("INSERT INTO roles (name, owner, create_time) VALUES (?, '', ?)", {name, WallClockMs() / 1000}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope&, RolePrincipalGrant& g) {
  std::string role = LowerName(g.roleName);
  if (TRY((*write_)->Int("SELECT COUNT(*) FROM role_grants WHERE role = ? AND principal = ? AND principal_type = ?", {role, g.principalName, Number(g.principalType)}, 0))) return Status::OK();
  TRY((*write_)->Run("INSERT INTO role_grants (role, principal, principal_type, grant_option, grantor, grantor_type, grant_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
                     {role, g.principalName, Number(g.principalType), g.grantOption, g.grantorName, Number(g.grantorPrincipalType), int64_t{g.grantTime}}));
  fresh_ = true;
  return Status::OK();
}

Status CatalogTarget::WriteOne(const RecordScope& scope, HiveObjectPrivilege& p) {
  if (!p.hiveObject || !p.grantInfo) return Status::Corrupt("a privilege without an object or a grant");
  const HiveObjectRef& o = *p.hiveObject;
  std::string part;
  if (!o.partValues.empty()) part = MakePartitionName(TRY(TableOf({scope.catalog, o.dbName, o.objectName, ""}))->table->partitionKeys, o.partValues);
  const PrivilegeGrantInfo& g = *p.grantInfo;
  std::string catalog = o.objectType == HiveObjectType::GLOBAL ? o.catName : scope.catalog;
  int64_t type = static_cast<int64_t>(o.objectType);
  if (TRY((*write_)->Int("SELECT COUNT(*) FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND col = ? AND principal = ? AND principal_type = ? AND priv = ? "
                         "AND grantor = ? AND authorizer = ?", {type, catalog, o.dbName, o.objectName, part, o.columnName, p.principalName, Number(p.principalType), g.privilege, g.grantor, p.authorizer}, 0))) {
    return Status::OK();
  }
  TRY((*write_)->Run("INSERT INTO privs (object_type, ctlg, db, object, part, col, principal, principal_type, priv, grantor, grantor_type, authorizer, grant_option, create_time) "
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     {type, catalog, o.dbName, o.objectName, part, o.columnName, p.principalName, Number(p.principalType), g.privilege, g.grantor, Number(g.grantorType), p.authorizer, g.grantOption,
                      int64_t{g.createTime}}));
  fresh_ = true;
  return Status::OK();
}

}  // namespace tarn::metastore
