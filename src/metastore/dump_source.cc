// Reading a catalog, from any metastore.
#include <algorithm>

#include "fmt/format.h"
#include "metastore/dump_internal.h"
#include "wire/codec.h"

namespace tarn::metastore {

using namespace wire;

namespace {
constexpr size_t kTablesPerRequest = 50;
constexpr size_t kPartitionsPerRequest = 500;

Strings Slice(const Strings& all, size_t at, size_t n) {
  return Strings(all.begin() + static_cast<long>(at), all.begin() + static_cast<long>(std::min(all.size(), at + n)));
}
// A server of an older release does not know every call, and what was listed may be gone: then there is nothing of that kind.
bool IsNothing(const Status& s) { return s.code() == StatusCode::kNotSupported || s.code() == StatusCode::kNotFound; }
}  // namespace

CatalogSource::CatalogSource(HmsClient& remote) : remote_(&remote) {}
CatalogSource::CatalogSource(Service& local) : here_(std::make_unique<Here>(local)), is_tarn_(true) {}
CatalogSource::~CatalogSource() = default;

// The router as a connection would use it, without the connection.
Status CatalogSource::CallHere(const CallDesc& desc, const void* args, void* reply) {
  Here& h = *here_;
  h.in.Clear();
  h.out.Clear();
  WriteStruct(Protocol::kCompact, h.in, *desc.args, args);
  WireLimits limits;
  limits.message_bytes_max = limits.memory_bytes_max = uint64_t{4} << 30;
  ReadBudget in_budget(limits), out_budget(limits);
  MemorySource in(h.in.view());
  h.router.Serve(h.call, Protocol::kCompact, {desc.name, MessageType::kCall, 1, true}, in, in_budget, h.out);
  MemorySource out(h.out.view());
  MessageHead head;
  TRY(ReadMessageHead(Protocol::kCompact, out, out_budget, &head));
  Status s = ReadReply(Protocol::kCompact, out, out_budget, desc, head.type, reply);
  h.in.Trim(1 << 20);
  h.out.Trim(8 << 20);
  return s;
}

std::string CatalogSource::QualifiedDb(const std::string& catalog, const std::string& db) { return catalog == kDefaultCatalog ? db : "@" + catalog + "#" + db; }

Result<Strings> CatalogSource::Catalogs() {
  auto reply = Call<call::get_catalogs>({});
  if (!reply.ok() && reply.status().code() == StatusCode::kNotSupported) return Strings{kDefaultCatalog};   // Hive 2
  return TRY(std::move(reply)).names;
}
Result<Strings> CatalogSource::Databases(const std::string& catalog) {
  if (catalog == kDefaultCatalog) return Call<call::get_all_databases>({});
  return Call<call::get_databases>({.pattern = "@" + catalog + "#*"});
}
Result<std::vector<Table>> CatalogSource::Tables(const std::string& catalog, const std::string& db, const Strings& names) {
  // Insert-only tables are shown to a client that says it knows them.
  get_table_objects_by_name_req_args args;
  args.req.Make().dbName = db;
  args.req->set_catName(catalog).set_tblNames(names);
  args.req->capabilities.Make().values = {ClientCapability::TEST_CAPABILITY, ClientCapability::INSERT_ONLY_TABLES};
  auto reply = Call<call::get_table_objects_by_name_req>(args);
  if (reply.ok()) return std::move(reply->tables);
  if (reply.status().code() != StatusCode::kNotSupported) return std::move(reply).status();
  get_table_objects_by_name_args old;        // Hive 2
  old.set_dbname(QualifiedDb(catalog, db)).set_tbl_names(names);
  return Call<call::get_table_objects_by_name>(old);
}

Status CatalogSource::Read(const OnRecord& on_record, bool secrets) {
  left_behind_.clear();
  if (remote_) {
    // Tarn knows its own call; an empty search is refused, but by one who knows it.
    tarn_search_args args;
    args.request.Make().query = "";
    is_tarn_ = Call<call::tarn_search>(args).status().code() == StatusCode::kInvalidSql;
  }
  TRY(TakeSnapshot());
  TRY(ReadRoles(on_record));
  Strings catalogs = TRY(Catalogs());
  for (const std::string& c : catalogs) {
    get_catalog_args args;
    args.catName.Make().name = c;
    auto reply = Call<call::get_catalog>(args);
    if (reply.ok() && reply->catalog) {
      Record r{{c, "", "", ""}, *reply->catalog};
      TRY(on_record(r));
    } else if (!reply.ok() && !IsNothing(reply.status())) {
      return std::move(reply).status();
    }
    for (const std::string& db : TRY(Databases(c))) TRY(ReadDatabase(c, db, on_record));
    // Keys of other tables when all tables are there.
    for (const std::string& db : TRY(Databases(c))) TRY(ReadForeignKeys(c, db, on_record));
  }
  HiveObjectRef any;
  if (!is_tarn_) any.objectType = HiveObjectType::GLOBAL;
  TRY(ReadPrivileges(any, on_record));
  return ReadState(on_record, secrets);
}

Status CatalogSource::ReadDatabase(const std::string& catalog, const std::string& db, const OnRecord& on_record) {
  auto found = Call<call::get_database>({.name = QualifiedDb(catalog, db)});
  if (!found.ok() && IsNothing(found.status())) return Status::OK();
  Database d = TRY(std::move(found));
  Record r{{catalog, db, "", ""}, std::move(d)};
  TRY(on_record(r));
  if (!is_tarn_) {
    HiveObjectRef object;
    object.objectType = HiveObjectType::DATABASE;
    object.dbName = db;
    object.set_catName(catalog);
    TRY(ReadPrivileges(object, on_record));
  }
  Strings names = TRY(Call<call::get_all_tables>({.db_name = QualifiedDb(catalog, db)}));
  for (size_t at = 0; at < names.size(); at += kTablesPerRequest) {
    for (Table& t : TRY(Tables(catalog, db, Slice(names, at, kTablesPerRequest)))) TRY(ReadTable(catalog, db, std::move(t), on_record));
  }
  for (const std::string& name : TRY(Call<call::get_functions>({.dbName = QualifiedDb(catalog, db), .pattern = "*"}))) {
    auto f = Call<call::get_function>({.dbName = QualifiedDb(catalog, db), .funcName = name});
    if (!f.ok() && IsNothing(f.status())) continue;
    Record function{{catalog, db, name, ""}, TRY(std::move(f))};
    TRY(on_record(function));
  }
  return Status::OK();
}

Status CatalogSource::ReadTable(const std::string& catalog, const std::string& db, Table table, const OnRecord& on_record) {
  RecordScope scope{catalog, db, LowerName(table.tableName), ""};
  Record head{scope, table};
  TRY(on_record(head));
  Constraints k;
  auto fetch = [&]<typename C>(C, auto&& fill, auto member, auto* out) -> Status {
    typename C::Args args;
    fill(args);
    auto reply = Call<C>(args);
    if (!reply.ok()) return IsNothing(reply.status()) ? Status::OK() : std::move(reply).status();
    *out = std::move((*reply).*member);
    return Status::OK();
  };
  auto named = [&](auto& args) {
    auto& q = args.request.Make();
    q.catName = catalog;
    q.db_name = db;
    q.tbl_name = scope.table;
  };
  TRY(fetch(call::get_primary_keys{}, named, &PrimaryKeysResponse::primaryKeys, &k.primary));
  TRY(fetch(call::get_not_null_constraints{}, named, &NotNullConstraintsResponse::notNullConstraints, &k.not_null));
  TRY(fetch(call::get_unique_constraints{}, named, &UniqueConstraintsResponse::uniqueConstraints, &k.unique));
  TRY(fetch(call::get_default_constraints{}, named, &DefaultConstraintsResponse::defaultConstraints, &k.defaults));
  TRY(fetch(call::get_check_constraints{}, named, &CheckConstraintsResponse::checkConstraints, &k.checks));
  if (k.primary.size() + k.not_null.size() + k.unique.size() + k.defaults.size() + k.checks.size()) {
    Record r{scope, std::move(k)};
    TRY(on_record(r));
  }
  bool has_columns = table.sd && !table.sd->cols.empty() && table.tableType != "VIRTUAL_VIEW";
  if (has_columns) {
    get_table_statistics_req_args args;
    TableStatsRequest& q = args.request.Make();
    q.dbName = db;
    q.tblName = scope.table;
    q.set_catName(catalog);
    for (const FieldSchema& f : table.sd->cols) q.colNames.push_back(f.name);
    auto reply = Call<call::get_table_statistics_req>(args);
    if (!reply.ok() && !IsNothing(reply.status())) return std::move(reply).status();
    if (reply.ok() && !reply->tableStats.empty()) {
      Record r{scope, ColumnStatisticsRecord{std::move(reply->tableStats)}};
      TRY(on_record(r));
    }
  }
  if (!is_tarn_) {
    HiveObjectRef object;
    object.objectType = HiveObjectType::TABLE;
    object.dbName = db;
    object.objectName = scope.table;
    object.set_catName(catalog);
    TRY(ReadPrivileges(object, on_record));
  }
  TRY(ReadWriteIds(scope, table, on_record));
  return table.partitionKeys.empty() ? Status::OK() : ReadPartitions(scope, table, has_columns, on_record);
}

Status CatalogSource::ReadPartitions(const RecordScope& scope, const Table& table, bool statistics, const OnRecord& on_record) {
  std::string db = QualifiedDb(scope.catalog, scope.db);
  auto listed = Call<call::get_partition_names>({.db_name = db, .tbl_name = scope.table, .max_parts = -1});
  if (!listed.ok() && IsNothing(listed.status())) return Status::OK();
  Strings names = TRY(std::move(listed));
  for (size_t at = 0; at < names.size(); at += kPartitionsPerRequest) {
    Strings some = Slice(names, at, kPartitionsPerRequest);
    get_partitions_by_names_args args;
    args.set_db_name(db).set_tbl_name(scope.table).set_names(some);
    for (Partition& p : TRY(Call<call::get_partitions_by_names>(args))) {
      auto name = PartitionName(table, p.values);
      if (!name.ok()) return std::move(name).status();
      Record r{{scope.catalog, scope.db, scope.table, *name}, std::move(p)};
      TRY(on_record(r));
    }
    if (!statistics) continue;
    get_partitions_statistics_req_args stats;
    PartitionsStatsRequest& q = stats.request.Make();
    q.dbName = scope.db;
    q.tblName = scope.table;
    q.set_catName(scope.catalog);
    q.partNames = some;
    for (const FieldSchema& f : table.sd->cols) q.colNames.push_back(f.name);
    auto reply = Call<call::get_partitions_statistics_req>(stats);
    if (!reply.ok() && !IsNothing(reply.status())) return std::move(reply).status();
    if (!reply.ok()) continue;
    for (auto& [name, columns] : reply->partStats) {
      if (columns.empty()) continue;
      Record r{{scope.catalog, scope.db, scope.table, name}, ColumnStatisticsRecord{std::move(columns)}};
      TRY(on_record(r));
    }
  }
  return Status::OK();
}

Status CatalogSource::ReadForeignKeys(const std::string& catalog, const std::string& db, const OnRecord& on_record) {
  for (const std::string& name : TRY(Call<call::get_all_tables>({.db_name = QualifiedDb(catalog, db)}))) {
    get_foreign_keys_args args;
    ForeignKeysRequest& q = args.request.Make();
    q.foreign_db_name = db;
    q.foreign_tbl_name = name;
    q.set_catName(catalog);
    auto reply = Call<call::get_foreign_keys>(args);
    if (!reply.ok() && IsNothing(reply.status())) continue;
    Constraints k;
    k.foreign = std::move(TRY(std::move(reply)).foreignKeys);
    if (k.foreign.empty()) continue;
    Record r{{catalog, db, LowerName(name), ""}, std::move(k)};
    TRY(on_record(r));
  }
  return Status::OK();
}

Status CatalogSource::ReadPrivileges(HiveObjectRef object, const OnRecord& on_record) {
  list_privileges_args args;
  args.hiveObject = std::move(object);
  auto reply = Call<call::list_privileges>(args);
  if (!reply.ok() && IsNothing(reply.status())) return Status::OK();
  for (HiveObjectPrivilege& p : TRY(std::move(reply))) {
    const HiveObjectRef& o = *p.hiveObject;
    Record r{{o.catName.empty() ? kDefaultCatalog : o.catName, o.dbName, o.objectName, ""}, std::move(p)};
    TRY(on_record(r));
  }
  return Status::OK();
}

Status CatalogSource::ReadRoles(const OnRecord& on_record) {
  auto roles = Call<call::get_role_names>({});
  if (!roles.ok() && IsNothing(roles.status())) return Status::OK();
  Strings names = TRY(std::move(roles));
  for (const std::string& name : names) {
    Record r{{}, RoleRecord{name}};
    TRY(on_record(r));
  }
  for (const std::string& name : names) {
    if (name == "public") continue;   // everybody has it, and nobody was given it
    get_principals_in_role_args args;
    args.request.Make().roleName = name;
    auto grants = Call<call::get_principals_in_role>(args);
    if (!grants.ok() && IsNothing(grants.status())) continue;
    for (RolePrincipalGrant& g : TRY(std::move(grants)).principalGrants) {
      Record r{{}, std::move(g)};
      TRY(on_record(r));
    }
  }
  return Status::OK();
}

}  // namespace tarn::metastore
