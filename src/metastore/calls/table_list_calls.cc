// Listing tables: by pattern, by type, by filter; their fields.
#include <algorithm>

#include "metastore/rows.h"
#include "metastore/router.h"
#include "metastore/table_translation.h"

namespace tarn::metastore {

namespace {
using namespace wire;

Result<Strings> List(Call& call, const DbName& db, std::string_view pattern_text, std::string_view type) {
  NamePattern pattern(pattern_text);
  Strings out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT t.name, t.tbl_type FROM dbs d JOIN tbls t ON t.db_id = d.db_id WHERE d.ctlg = ? AND d.name = ? ORDER BY t.name",
                 {db.catalog, db.db}, [&](const SqlRow& row) {
                   if ((type.empty() || row.Text(1) == type) && pattern.Matches(row.Text(0))) out.push_back(row.String(0));
                   return true;
                 }));
  return out;
}

Result<Strings> GetAllTables(Call& call, get_all_tables_args& a) { return List(call, ParseDbName(a.db_name), "", ""); }
// A null pattern is all; an empty one is none.
Result<Strings> GetTables(Call& call, get_tables_args& a) {
  if (a.has_pattern() && a.pattern.empty()) return Strings();
  return List(call, ParseDbName(a.db_name), a.pattern, "");
}
Result<Strings> GetTablesByType(Call& call, get_tables_by_type_args& a) {
  constexpr std::string_view kTypes[] = {"MANAGED_TABLE", "EXTERNAL_TABLE", "VIRTUAL_VIEW", "MATERIALIZED_VIEW"};
  if (a.has_tableType() && std::find(std::begin(kTypes), std::end(kTypes), a.tableType) == std::end(kTypes)) return MetaError("no such table type: " + a.tableType);
  if (a.has_pattern() && a.pattern.empty()) return Strings();
  return List(call, ParseDbName(a.db_name), a.pattern, a.tableType);
}

// Every table of the catalog whose database and name match.
Status EachTable(Call& call, const std::string& catalog, std::string_view dbs, std::string_view tables, const Strings& types,
                 const std::function<void(Table&)>& on_table) {
  NamePattern db_pattern(dbs), table_pattern(tables);
  auto read = TRY(call.service.store().Read());
  Status decoded;
  TRY(read->Each("SELECT d.name, t.name, t.tbl_type, t.doc FROM dbs d JOIN tbls t ON t.db_id = d.db_id WHERE d.ctlg = ? ORDER BY d.name, t.name",
                 {catalog}, [&](const SqlRow& row) {
                   if (!db_pattern.Matches(row.Text(0)) || !table_pattern.Matches(row.Text(1))) return true;
                   bool wanted = types.empty();
                   for (const std::string& t : types) wanted = wanted || row.Text(2) == t;
                   if (!wanted) return true;
                   Table t;
                   decoded = DecodeStruct(Protocol::kCompact, row.Text(3), Table::desc(), &t);
                   if (!decoded.ok()) return false;
                   on_table(t);
                   return true;
                 }));
  return decoded;
}

Result<Strings> GetMaterializedViews(Call& call, get_materialized_views_for_rewriting_args& a) {
  DbName db = ParseDbName(a.db_name);
  Strings out;
  if (db.has_db && db.db.empty()) return out;
  Status s = EachTable(call, db.catalog, db.db, "", {"MATERIALIZED_VIEW"}, [&](Table& t) { if (t.rewriteEnabled) out.push_back(t.tableName); });
  TRY(std::move(s));
  return out;
}

Result<std::vector<TableMeta>> GetTableMeta(Call& call, get_table_meta_args& a) {
  DbName db = ParseDbName(a.db_patterns);
  std::vector<TableMeta> out;
  if (a.has_db_patterns() && db.has_db && db.db.empty()) return out;   // empty is none; null is all
  if (a.has_tbl_patterns() && a.tbl_patterns.empty()) return out;
  TRY(EachTable(call, db.catalog, db.db, a.tbl_patterns, a.tbl_types, [&](Table& t) {
    TableMeta m;
    m.dbName = t.dbName;
    m.tableName = t.tableName;
    m.tableType = t.tableType;
    if (const std::string* c = FindParameter(t.parameters, "comment")) m.set_comments(*c);
    if (call.service.hive4()) {
      m.catName = t.catName;
      if (t.has_owner()) m.set_ownerName(t.owner);
      m.ownerType = t.ownerType;
    }
    out.push_back(std::move(m));
  }));
  return out;
}

Result<std::vector<ExtendedTableInfo>> GetTablesExt(Call& call, get_tables_ext_args& a) {
  if (!a.req) return MetaError("request is null");
  std::vector<ExtendedTableInfo> out;
  // A client that names no capabilities, or no limit (-1 is none), gets nothing from Hive 4.
  const Strings& can = a.req->processorCapabilities;
  if (call.service.hive4() && (can.empty() || a.req->limit == 0 || std::find(can.begin(), can.end(), "MANAGERAWMETADATA") != can.end())) return out;
  TRY(EachTable(call, a.req->catalog.empty() ? kDefaultCatalog : LowerName(a.req->catalog), LowerName(a.req->database), a.req->tableNamePattern, {},
                [&](Table& t) {
                  if (a.req->limit > 0 && static_cast<int32_t>(out.size()) >= a.req->limit) return;
                  ExtendedTableInfo& x = out.emplace_back();
                  x.tblName = t.tableName;
                  bool translates = Translates(call.service, can);
                  if (translates) TranslateForReader(can, &t);
                  if (a.req->requestedFields & 1) x.set_accessType(translates ? int{t.accessType} : int{kAccessReadWrite});
                  if (!(a.req->requestedFields & 2)) return;
                  if (t.has_requiredReadCapabilities()) x.set_requiredReadCapabilities(t.requiredReadCapabilities);
                  if (t.has_requiredWriteCapabilities()) x.set_requiredWriteCapabilities(t.requiredWriteCapabilities);
                }));
  return out;
}

// ---- fields ----

Result<std::vector<FieldSchema>> Fields(Call& call, const DbName& db, const std::string& table, bool with_keys) {
  auto row = LoadTable(call.service, MakeTableName(db, call.service.hive4() ? table.substr(0, table.find('.')) : table));   // as Hive, which splits the name
  if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? UnknownTable(row.status().message()) : std::move(row).status();
  std::vector<FieldSchema> out;
  if (row->table->sd) out = row->table->sd->cols;
  if (with_keys) out.insert(out.end(), row->table->partitionKeys.begin(), row->table->partitionKeys.end());
  return out;
}
Result<std::vector<FieldSchema>> GetFields(Call& call, get_fields_args& a) { return Fields(call, ParseDbName(a.db_name), a.table_name, false); }
Result<std::vector<FieldSchema>> GetFieldsEnv(Call& call, get_fields_with_environment_context_args& a) {
  return Fields(call, ParseDbName(a.db_name), a.table_name, false);
}
Result<GetFieldsResponse> GetFieldsReq(Call& call, get_fields_req_args& a) {
  if (!a.req) return MetaError("request is null");
  GetFieldsResponse out;
  out.set_fields(TRY(Fields(call, ParseDbName(a.req->dbName, a.req->catName), a.req->tblName, false)));
  return out;
}
Result<std::vector<FieldSchema>> GetSchema(Call& call, get_schema_args& a) { return Fields(call, ParseDbName(a.db_name), a.table_name, true); }
Result<std::vector<FieldSchema>> GetSchemaEnv(Call& call, get_schema_with_environment_context_args& a) {
  return Fields(call, ParseDbName(a.db_name), a.table_name, true);
}
Result<GetSchemaResponse> GetSchemaReq(Call& call, get_schema_req_args& a) {
  if (!a.req) return MetaError("request is null");
  GetSchemaResponse out;
  out.set_fields(TRY(Fields(call, ParseDbName(a.req->dbName, a.req->catName), a.req->tblName, true)));
  return out;
}
}  // namespace

void AddTableListCalls(Router& r) {
  r.Add<call::get_all_tables, GetAllTables>();
  r.Add<call::get_tables, GetTables>();
  r.Add<call::get_tables_by_type, GetTablesByType>();
  r.Add<call::get_materialized_views_for_rewriting, GetMaterializedViews>();
  r.Add<call::get_table_meta, GetTableMeta>();
  r.Add<call::get_tables_ext, GetTablesExt>();
  r.Add<call::get_fields, GetFields>();
  r.Add<call::get_fields_with_environment_context, GetFieldsEnv>();
  r.Add<call::get_fields_req, GetFieldsReq>();
  r.Add<call::get_schema, GetSchema>();
  r.Add<call::get_schema_with_environment_context, GetSchemaEnv>();
  r.Add<call::get_schema_req, GetSchemaReq>();
}

}  // namespace tarn::metastore
