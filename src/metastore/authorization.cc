#include "metastore/authorization.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "fmt/format.h"
#include "metastore/location_rules.h"
#include "metastore/rows.h"

namespace tarn::metastore {

namespace {
using wire::HiveObjectPrivilege;
using wire::HiveObjectType;
using wire::PrincipalType;

// What a client says before it has a name, and what tells nothing.
constexpr std::string_view kAnonymousCalls[] = {"aliveSince", "getName", "getStatus", "getStatusDetails", "getVersion", "set_ugi", "getMetaConf", "setMetaConf",
                                                "get_config_value"};
constexpr std::string_view kFreeCalls[] = {
    "abort_txn", "abort_txns", "add_write_ids_to_min_history", "allocate_table_write_ids", "check_lock", "commit_txn",
    "find_package", "getCounter", "getCounters", "getCpuProfile", "getOption", "getOptions",
    "get_active_resource_plan", "get_all_databases", "get_all_functions", "get_all_packages",
    "get_all_resource_plans", "get_all_stored_procedures", "get_all_tables", "get_catalog", "get_catalogs",
    "get_database", "get_database_req", "get_databases", "get_databases_req", "get_dataconnector_req", "get_dataconnectors",
    "get_function", "get_functions", "get_functions_req", "get_ischema", "get_latest_committed_compaction_info",
    "get_latest_txnid_in_conflict", "get_lock_materialization_rebuild", "get_materialized_views_for_rewriting",
    "get_max_allocated_table_write_id", "get_metastore_db_uuid", "get_open_txns", "get_open_txns_info", "get_open_txns_req",
    "get_properties", "get_resource_plan", "get_runtime_stats", "get_schema_all_versions", "get_schema_latest_version",
    "get_schema_version", "get_schemas_by_cols", "get_serde", "get_stored_procedure", "get_table_meta", "get_table_names_by_filter",
    "get_tables", "get_tables_by_type", "get_tables_ext", "get_triggers_for_resourceplan", "get_type", "get_type_all",
    "get_valid_write_ids", "heartbeat", "heartbeat_lock_materialization_rebuild", "heartbeat_txn_range", "lock", "open_txns",
    "partition_name_has_valid_characters", "partition_name_to_spec", "partition_name_to_vals", "set_hadoop_jobid",
    "show_compact", "show_locks", "tarn_search", "unlock",};
constexpr std::string_view kSelectCalls[] = {
    "fetch_partition_names_req", "find_columns_with_stats", "get_aggr_stats_for", "get_all_table_constraints", "get_check_constraints",
    "get_default_constraints", "get_fields", "get_fields_req", "get_fields_with_environment_context", "get_foreign_keys",
    "get_index_by_name", "get_index_names", "get_indexes", "get_materialization_invalidation_info", "get_not_null_constraints",
    "get_num_partitions_by_filter", "get_part_specs_by_filter", "get_partition", "get_partition_by_name",
    "get_partition_column_statistics", "get_partition_names", "get_partition_names_ps", "get_partition_names_ps_req",
    "get_partition_names_req", "get_partition_req", "get_partition_values", "get_partition_with_auth", "get_partitions",
    "get_partitions_by_expr", "get_partitions_by_filter", "get_partitions_by_filter_req", "get_partitions_by_names",
    "get_partitions_by_names_req", "get_partitions_ps", "get_partitions_ps_with_auth", "get_partitions_ps_with_auth_req",
    "get_partitions_pspec", "get_partitions_req", "get_partitions_spec_by_expr", "get_partitions_statistics_req",
    "get_partitions_with_auth", "get_partitions_with_specs", "get_primary_keys", "get_schema", "get_schema_req",
    "get_schema_with_environment_context", "get_table", "get_table_column_statistics", "get_table_objects_by_name",
    "get_table_objects_by_name_req", "get_table_req", "get_table_statistics_req", "get_unique_constraints", "isPartitionMarkedForEvent",};
constexpr std::string_view kInsertCalls[] = {
    "add_dynamic_partitions", "add_partition", "add_partition_with_environment_context", "add_partitions", "add_partitions_pspec",
    "add_partitions_req", "add_write_notification_log", "add_write_notification_log_in_batch", "alter_partition",
    "alter_partition_with_environment_context", "alter_partitions", "alter_partitions_req", "alter_partitions_with_environment_context",
    "append_partition", "append_partition_by_name", "append_partition_by_name_with_environment_context", "append_partition_req",
    "append_partition_with_environment_context", "fire_listener_event", "markPartitionForEvent", "set_aggr_stats_for",
    "update_partition_column_statistics", "update_partition_column_statistics_req", "update_table_column_statistics",
    "update_table_column_statistics_req", "update_transaction_statistics",};
constexpr std::string_view kDeleteCalls[] = {
    "delete_column_statistics_req", "delete_partition_column_statistics", "delete_table_column_statistics", "drop_partition",
    "drop_partition_by_name", "drop_partition_by_name_with_environment_context", "drop_partition_req",
    "drop_partition_with_environment_context", "drop_partitions_req", "truncate_table", "truncate_table_req",};
constexpr std::string_view kOwnCalls[] = {
    "add_check_constraint", "add_default_constraint", "add_foreign_key", "add_index", "add_not_null_constraint", "add_primary_key",
    "add_unique_constraint", "alter_index", "alter_table", "alter_table_req", "alter_table_with_cascade",
    "alter_table_with_environment_context", "compact", "compact2", "drop_constraint", "drop_index_by_name", "drop_table",
    "drop_table_req", "drop_table_with_environment_context", "exchange_partition", "exchange_partitions", "rename_partition",
    "rename_partition_req", "translate_table_dryrun", "update_creation_metadata",};
constexpr std::string_view kCreateCalls[] = {
    "create_table", "create_table_req", "create_table_with_constraints", "create_table_with_environment_context",};
constexpr std::string_view kCreateDatabaseCalls[] = {
    "create_database", "create_database_req",};
constexpr std::string_view kOwnDatabaseCalls[] = {
    "alter_database", "alter_database_req", "drop_database", "drop_database_req",};
constexpr std::string_view kGrantRoleCalls[] = {
    "grant_revoke_role", "grant_role", "revoke_role",};
constexpr std::string_view kGrantPrivilegeCalls[] = {
    "grant_privileges", "grant_revoke_privileges", "revoke_privileges",};
constexpr std::string_view kSelfCalls[] = {
    "get_privilege_set", "get_role_grants_for_principal", "list_privileges", "list_roles",};
struct Rule { std::span<const std::string_view> calls; AccessRule rule; };
const Rule kRules[] = {{kAnonymousCalls, AccessRule::kAnonymous}, {kFreeCalls, AccessRule::kFree}, {kSelectCalls, AccessRule::kSelect},
                       {kInsertCalls, AccessRule::kInsert}, {kDeleteCalls, AccessRule::kDelete}, {kOwnCalls, AccessRule::kOwn},
                       {kCreateCalls, AccessRule::kCreate}, {kCreateDatabaseCalls, AccessRule::kCreateDatabase}, {kOwnDatabaseCalls, AccessRule::kOwnDatabase},
                       {kGrantRoleCalls, AccessRule::kGrantRole}, {kGrantPrivilegeCalls, AccessRule::kGrantPrivilege}, {kSelfCalls, AccessRule::kSelf}};

constexpr std::string_view kCatalogFields[] = {"catName", "catalogName", "cat_name", "catalog"};
constexpr std::string_view kDatabaseFields[] = {"dbname", "db_name", "dbName", "dbname_v2", "databaseName", "source_db", "dest_db", "table_db",
                                                "pktable_db", "fktable_db", "parent_db_name", "foreign_db_name", "oldDbName", "db"};
constexpr std::string_view kTableFields[] = {"tbl_name", "tblName", "tableName", "tablename", "table_name", "source_table_name", "dest_table_name",
                                             "pktable_name", "fktable_name", "parent_tbl_name", "foreign_tbl_name", "origTableName", "indexTableName", "table"};
constexpr std::string_view kTableListFields[] = {"tbl_names", "tblNames"};
constexpr int kDepthMax = 8;

template <typename List> bool In(const List& list, std::string_view name) { return std::find(std::begin(list), std::end(list), name) != std::end(list); }

// The databases and tables that the arguments of a call name, in order.
struct Named {
  std::vector<DbName> databases;
  std::vector<TableName> tables;
};

class Collector {
 public:
  explicit Collector(std::string_view call) : call_(call) {}
  Named named;

  void Struct(const wire::StructDesc& desc, const void* p, int depth) {
    if (depth > kDepthMax) return;
    std::string_view type = desc.name;
    std::string catalog;
    for (const wire::FieldDesc& f : desc.fields) if (f.type->kind == wire::Kind::kString && In(kCatalogFields, f.name) && !Text(f, p).empty()) catalog = Text(f, p);
    std::string db;
    bool has_db = false;
    // A Table names itself before its database.
    for (const wire::FieldDesc& f : desc.fields) {
      if (has_db || f.type->kind != wire::Kind::kString || !In(kDatabaseFields, f.name) || Text(f, p).empty()) continue;
      db = Text(f, p);
      has_db = true;
    }
    for (const wire::FieldDesc& f : desc.fields) {
      std::string_view name = f.name;
      if (f.type->kind == wire::Kind::kString) {
        const std::string& text = Text(f, p);
        bool database = In(kDatabaseFields, name), table = In(kTableFields, name);
        if (name == "name") {   // of a database, or of a table beside a database
          database = type == "Database" || call_.ends_with("_database") || call_.ends_with("_database_req");
          table = !database && depth == 0 && call_.starts_with("drop_table");
        }
        if (database && !text.empty()) {
          db = text;
          has_db = true;
          named.databases.push_back(ParseDbName(db, catalog));
        } else if (table && !text.empty() && has_db) {
          named.tables.push_back(MakeTableName(ParseDbName(db, catalog), text));
        }
      } else if (f.type->kind == wire::Kind::kList && In(kTableListFields, name) && f.type->element->kind == wire::Kind::kString && has_db) {
        for (const std::string& t : *reinterpret_cast<const std::vector<std::string>*>(At(f, p))) named.tables.push_back(MakeTableName(ParseDbName(db, catalog), t));
      }
      if (name == "environment_context" || name == "environmentContext" || name == "hiveObject") continue;
      Value(*f.type, At(f, p), depth);
    }
  }

 private:
  static const char* At(const wire::FieldDesc& f, const void* p) { return static_cast<const char*>(p) + f.offset; }
  static const std::string& Text(const wire::FieldDesc& f, const void* p) { return *reinterpret_cast<const std::string*>(At(f, p)); }
  void Value(const wire::TypeDesc& t, const void* p, int depth) {
    if (t.kind == wire::Kind::kStruct) {
      const void* inner = *static_cast<void* const*>(p);   // a field that is a struct is boxed
      if (inner) Struct(*t.fields, inner, depth + 1);
    } else if (t.kind == wire::Kind::kList && t.list && t.element->kind == wire::Kind::kStruct) {
      for (size_t i = 0; i < t.list->size(p); ++i) Struct(*t.element->fields, t.list->at(p, i), depth + 1);
    }
  }
  std::string_view call_;
};

Status Denied(const std::string& what) { return wire::MetaError("Permission denied: " + what); }

// One caller: name and roles.
class Subject {
 public:
  static Result<Subject> Load(Call& call) {
    auto read = TRY(call.service.store().Read());
    return Load(call.service, call.caller.user, *read);
  }
  static Result<Subject> Load(Service& service, const std::string& user, SqlConnection& read) {
    Subject s(service, user);
    s.roles_ = {"public"};
    std::vector<std::string> open;
    auto add = [&](const SqlRow& row) {
      if (s.roles_.insert(row.String(0)).second) open.push_back(row.String(0));
      return true;
    };
    TRY(read.Each("SELECT role FROM role_grants WHERE principal = ? AND principal_type = ?", {user, static_cast<int64_t>(PrincipalType::USER)}, add));
    while (!open.empty()) {
      std::string role = std::move(open.back());
      open.pop_back();
      TRY(read.Each("SELECT role FROM role_grants WHERE principal = ? AND principal_type = ?", {role, static_cast<int64_t>(PrincipalType::ROLE)}, add));
    }
    if (service.options().admin_users.contains(user)) s.roles_.insert("admin");
    return s;
  }
  const std::string& user() const { return user_; }
  bool admin() const { return roles_.contains("admin"); }
  bool HasRole(const std::string& role) const { return roles_.contains(LowerName(role)); }
  bool Is(const std::string& name, PrincipalType type) const {
    if (name.empty()) return false;
    return type == PrincipalType::ROLE ? HasRole(name) : type == PrincipalType::USER && name == user();
  }
  bool Owns(const wire::Table& t) const { return Is(t.owner, t.has_ownerType() ? t.ownerType : PrincipalType::USER); }
  bool Owns(const wire::Database& d) const { return Is(d.ownerName, d.ownerType); }

  // A grant on the object, its database or everything. `table` may be "".
  Result<bool> Granted(std::string_view privilege, const std::string& catalog, const std::string& db, const std::string& table, bool with_option) {
    auto read = TRY(service_.store().Read());
    if (!table.empty() && TRY(GrantedOn(*read, HiveObjectType::TABLE, privilege, catalog, db, table, with_option))) return true;
    if (!db.empty() && TRY(GrantedOn(*read, HiveObjectType::DATABASE, privilege, catalog, db, "", with_option))) return true;
    return GrantedOn(*read, HiveObjectType::GLOBAL, privilege, "", "", "", with_option);
  }
  // A grant on just this.
  Result<bool> GrantedOn(SqlConnection& read, HiveObjectType type, std::string_view privilege, const std::string& catalog, const std::string& db, const std::string& table,
                         bool with_option) const {
    bool found = false;
    TRY(read.Each("SELECT priv, principal, principal_type, grant_option FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = '' AND col = ''",
                  {static_cast<int64_t>(type), catalog, db, table}, [&](const SqlRow& row) {
      std::string p = row.String(0);
      bool mine = row.Int(2) == static_cast<int64_t>(PrincipalType::ROLE) ? HasRole(row.String(1))
                                                                           : row.Int(2) == static_cast<int64_t>(PrincipalType::USER) && row.Text(1) == user();
      if (mine && (!with_option || row.Int(3)) && (EqualsIgnoreCase(p, privilege) || EqualsIgnoreCase(p, "ALL"))) found = true;
      return !found;
    }));
    return found;
  }

 private:
  Subject(Service& service, std::string user) : service_(service), user_(std::move(user)) {}
  Service& service_;
  std::string user_;
  std::set<std::string> roles_;
};

Result<wire::Database> FindDatabase(Call& call, const DbName& name) {
  auto read = TRY(call.service.store().Read());
  DatabaseRow row = TRY(LoadDatabase(*read, name.catalog, name.db));
  return std::move(row.db);
}

// Nothing there: the handler says so in Hive's words.
bool Missing(const Status& s) { return s.code() == StatusCode::kNotFound; }

Status MayCreateIn(Call& call, Subject& who, const DbName& name) {
  auto db = FindDatabase(call, name);
  if (!db.ok()) return Missing(db.status()) ? Status::OK() : db.status();
  if (who.Owns(*db) || TRY(who.Granted("CREATE", name.catalog, name.db, "", false))) return Status::OK();
  return Denied(fmt::format("user {} does not have CREATE on database {}.{}", who.user(), name.catalog, name.db));
}

Status MayUse(Call& call, Subject& who, const TableName& name, AccessRule rule, std::string_view privilege, bool* missing) {
  auto table = LoadTable(call.service, name);
  if (!table.ok()) {
    *missing = Missing(table.status());
    return *missing ? Status::OK() : table.status();
  }
  if (who.Owns(*table->table)) return Status::OK();
  if (rule == AccessRule::kOwn) return Denied(fmt::format("user {} is not the owner of table {}", who.user(), name.Full()));
  if (TRY(who.Granted(privilege, name.catalog, name.db, name.name, false))) return Status::OK();
  return Denied(fmt::format("user {} does not have {} on table {}", who.user(), privilege, name.Full()));
}

Status OnTables(Call& call, Subject& who, const wire::CallDesc& desc, const Named& named, AccessRule rule) {
  std::string_view privilege = rule == AccessRule::kSelect ? "SELECT" : rule == AccessRule::kInsert ? "INSERT" : "DELETE";
  if (named.tables.empty()) return Denied(fmt::format("{} by user {} names no table", desc.name, who.user()));
  bool alter = std::string_view(desc.name).starts_with("alter_table");
  for (const TableName& t : named.tables) {
    bool missing = false;
    TRY(MayUse(call, who, t, rule, privilege, &missing));
    // A table that is renamed, perhaps into another database.
    bool elsewhere = t.db != named.tables[0].db || t.catalog != named.tables[0].catalog;
    if (alter && missing && elsewhere) TRY(MayCreateIn(call, who, {.catalog = t.catalog, .db = t.db, .has_db = true}));
  }
  return Status::OK();
}

Status OnGrants(Call& call, Subject& who, const wire::PrivilegeBag& bag) {
  for (const HiveObjectPrivilege& p : bag.privileges) {
    if (!p.hiveObject || !p.grantInfo) return Status::OK();   // the handler refuses it
    const wire::HiveObjectRef& o = *p.hiveObject;
    DbName db = ParseDbName(o.dbName, o.catName);
    std::string what = "everything";
    bool owner = false;
    if (o.objectType == HiveObjectType::DATABASE) {
      if (db.db.empty()) db.db = LowerName(o.objectName);
      what = "database " + db.catalog + "." + db.db;
      auto found = FindDatabase(call, db);
      owner = found.ok() && who.Owns(*found);
    } else if (o.objectType != HiveObjectType::GLOBAL) {
      TableName t = MakeTableName(db, o.objectName);
      what = "table " + t.Full();
      auto found = LoadTable(call.service, t);
      owner = found.ok() && who.Owns(*found->table);
    }
    if (owner) continue;
    for (const std::string& privilege : Split(p.grantInfo->privilege, ',')) {
      bool global = o.objectType == HiveObjectType::GLOBAL;
      bool table = !global && o.objectType != HiveObjectType::DATABASE;
      if (TRY(who.Granted(Trim(privilege), global ? "" : db.catalog, global ? "" : db.db, table ? LowerName(o.objectName) : "", true))) continue;
      return Denied(fmt::format("user {} may not grant or revoke {} on {}", who.user(), privilege, what));
    }
  }
  return Status::OK();
}

Status OnRole(Call& call, Subject& who, const std::string& role) {
  auto read = TRY(call.service.store().Read());
  int64_t n = 0;
  TRY(read->Each("SELECT principal, principal_type FROM role_grants WHERE role = ? AND grant_option <> 0", {LowerName(role)}, [&](const SqlRow& row) {
    n += who.Is(row.String(0), static_cast<PrincipalType>(row.Int(1)));
    return true;
  }));
  return n ? Status::OK() : Denied(fmt::format("user {} may not grant or revoke role {}", who.user(), role));
}
}  // namespace

AccessRule RuleOf(std::string_view call) {
  for (const Rule& r : kRules) if (In(r.calls, call)) return r.rule;
  return AccessRule::kAdmin;
}

Status Authorize(Call& call, const wire::CallDesc& desc, const void* args) {
  AccessRule rule = RuleOf(desc.name);
  if (rule == AccessRule::kAnonymous) return Status::OK();
  if (call.caller.user.empty()) return Denied(fmt::format("{} asks for a user, and this client has given none", desc.name));
  if (rule == AccessRule::kFree || (rule == AccessRule::kSelect && !call.service.options().authorization_reads)) return Status::OK();
  Subject who = TRY(Subject::Load(call));
  if (who.admin()) return Status::OK();
  Collector collector(desc.name);
  collector.Struct(*desc.args, args, 0);
  Named& named = collector.named;
  std::string_view name = desc.name;
  if (call.service.hive4() && (name.starts_with("get_fields") || name.starts_with("get_schema"))) {
    for (TableName& t : named.tables) t.name.resize(std::min(t.name.size(), t.name.find('.')));   // as the handlers cut it
  }
  const LocationRights places{.user = who.user(), .owns_table = [&](const wire::Table& t) { return who.Owns(t); },
                              .owns_database = [&](const wire::Database& d) { return who.Owns(d); }, .may_create = [&](const DbName& d) { return MayCreateIn(call, who, d); }};
  switch (rule) {
    case AccessRule::kSelect:
    case AccessRule::kInsert:
    case AccessRule::kDelete:
    case AccessRule::kOwn: {
      TRY(OnTables(call, who, desc, named, rule));
      if (rule != AccessRule::kInsert && rule != AccessRule::kOwn) return Status::OK();
      std::vector<DbName> in;
      for (const TableName& t : named.tables) in.push_back({.catalog = t.catalog, .db = t.db, .has_db = true});
      return CheckLocations(call, desc, args, named.tables, in, places);
    }
    case AccessRule::kCreate:
      if (named.databases.empty()) return Denied(fmt::format("{} by user {} names no database", desc.name, who.user()));
      for (const DbName& d : named.databases) TRY(MayCreateIn(call, who, d));
      return CheckLocations(call, desc, args, {}, named.databases, places);
    case AccessRule::kCreateDatabase: {
      std::string location;
      if (name == "create_database") {
        const auto& a = *static_cast<const wire::create_database_args*>(args);
        if (a.database) location = a.database->locationUri + a.database->managedLocationUri;
      } else {
        const auto& a = *static_cast<const wire::create_database_req_args*>(args);
        if (a.createDatabaseRequest) location = a.createDatabaseRequest->locationUri + a.createDatabaseRequest->managedLocationUri;
      }
      return location.empty() ? Status::OK() : Denied(fmt::format("only an admin may create a database at a location of its own (user {})", who.user()));
    }
    case AccessRule::kOwnDatabase:
      if (named.databases.empty()) return Denied(fmt::format("{} by user {} names no database", desc.name, who.user()));
      for (const DbName& d : named.databases) {
        auto db = FindDatabase(call, d);
        if (!db.ok() && !Missing(db.status())) return db.status();
        if (db.ok() && !who.Owns(*db)) return Denied(fmt::format("user {} is not the owner of database {}.{}", who.user(), d.catalog, d.db));
      }
      return CheckDatabaseLocation(call, desc, args, places);
    case AccessRule::kGrantRole: {
      if (name == "grant_role") return OnRole(call, who, static_cast<const wire::grant_role_args*>(args)->role_name);
      if (name == "revoke_role") return OnRole(call, who, static_cast<const wire::revoke_role_args*>(args)->role_name);
      const auto& a = *static_cast<const wire::grant_revoke_role_args*>(args);
      return a.request ? OnRole(call, who, a.request->roleName) : Status::OK();
    }
    case AccessRule::kGrantPrivilege: {
      if (name == "grant_privileges") {
        const auto& a = *static_cast<const wire::grant_privileges_args*>(args);
        return a.privileges ? OnGrants(call, who, *a.privileges) : Status::OK();
      }
      if (name == "revoke_privileges") {
        const auto& a = *static_cast<const wire::revoke_privileges_args*>(args);
        return a.privileges ? OnGrants(call, who, *a.privileges) : Status::OK();
      }
      const auto& a = *static_cast<const wire::grant_revoke_privileges_args*>(args);
      return a.request && a.request->privileges ? OnGrants(call, who, *a.request->privileges) : Status::OK();
    }
    case AccessRule::kSelf: {
      bool self = false;
      if (name == "list_roles") {
        const auto& a = *static_cast<const wire::list_roles_args*>(args);
        self = who.Is(a.principal_name, a.principal_type);
      } else if (name == "list_privileges") {
        const auto& a = *static_cast<const wire::list_privileges_args*>(args);
        self = who.Is(a.principal_name, a.principal_type);
      } else if (name == "get_privilege_set") {
        self = static_cast<const wire::get_privilege_set_args*>(args)->user_name == who.user();
      } else {
        const auto& a = *static_cast<const wire::get_role_grants_for_principal_args*>(args);
        self = a.request && who.Is(a.request->principal_name, a.request->principal_type);
      }
      return self ? Status::OK() : Denied(fmt::format("user {} may ask about itself and its roles only", who.user()));
    }
    default: return Denied(fmt::format("{} is for admins; user {} does not have the role admin", desc.name, who.user()));
  }
}

// Loaded at the first question; grants on databases are kept.
struct ReadableTables::State {
  std::optional<Subject> who;
  bool all = false;                                       // an admin, or SELECT on everything
  std::map<std::pair<std::string, std::string>, bool> databases;
};

ReadableTables::ReadableTables(Service& service, std::string user) : service_(service), user_(std::move(user)), state_(std::make_shared<State>()) {}

Result<bool> ReadableTables::Has(SqlConnection& read, const TableName& name, const wire::Table& table) {
  if (!service_.options().authorization || !service_.options().authorization_reads) return true;
  if (user_.empty()) return false;
  State& s = *state_;
  if (!s.who) {
    s.who.emplace(TRY(Subject::Load(service_, user_, read)));
    s.all = s.who->admin() || TRY(s.who->GrantedOn(read, HiveObjectType::GLOBAL, "SELECT", "", "", "", false));
  }
  if (s.all || s.who->Owns(table)) return true;
  auto [at, fresh] = s.databases.try_emplace({name.catalog, name.db}, false);
  if (fresh) at->second = TRY(s.who->GrantedOn(read, HiveObjectType::DATABASE, "SELECT", name.catalog, name.db, "", false));
  return at->second ? Result<bool>(true) : s.who->GrantedOn(read, HiveObjectType::TABLE, "SELECT", name.catalog, name.db, name.name, false);
}

search::SearchIndex::MakeVisible SearchRules(Service& service) {
  return [&service](const std::string& user, const std::vector<std::string>&) -> search::Visible {
    return [user, readable = ReadableTables(service, user)](SqlConnection& read, const search::Document& d) mutable -> Result<bool> {
      if (user.empty()) return false;
      if (!d.table) return true;                          // databases and functions are listed for everybody who has a name
      return readable.Has(read, {d.catalog, d.database, d.name}, *d.table);
    };
  };
}

}  // namespace tarn::metastore
