// Functions: create, read, list, alter, drop.
#include "base/text.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/events.h"
#include "metastore/router.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;

struct FunctionName { std::string catalog, db, name; };
FunctionName Name(const std::string& db, const std::string& function) {
  DbName d = ParseDbName(db);
  return {d.catalog, d.db, LowerName(function)};
}

Result<Function> Load(SqlConnection& c, const FunctionName& n, const std::string& given_db = "") {
  Function f;
  Status decoded;
  bool found = TRY(c.One("SELECT f.doc FROM dbs d JOIN funcs f ON f.db_id = d.db_id WHERE d.ctlg = ? AND d.name = ? AND f.name = ?", {n.catalog, n.db, n.name},
                         [&](const SqlRow& row) { decoded = DecodeStruct(Protocol::kCompact, row.Text(0), Function::desc(), &f); }));
  TRY(decoded);
  if (!found) return NoSuchObject("Function " + (given_db.empty() ? n.db : given_db) + "." + n.name + " does not exist");
  return f;
}

Status Check(const Function& f) {
  if (!f.has_functionName() || !f.has_dbName() || f.ownerType == PrincipalType{} || f.functionType == FunctionType{}) {
    return HangUp("a function's name, database, owner type or type is null");
  }
  if (!ValidDatabaseName(LowerName(f.functionName))) return InvalidObject(f.functionName + " is not a valid object name");
  if (!f.has_className()) return InvalidObject("Function class name cannot be null");
  return Status::OK();
}

Status Create(Call& call, create_function_args& a) {
  if (!a.func) return InvalidObject("function is null");
  Function f = std::move(*a.func);
  if (!f.has_dbName()) return NoSuchObject("database of the function is null");
  TRY(Check(f));
  if (f.dbName.starts_with('@')) return NoSuchObject((call.service.hive4() ? "database hive." : "") + f.dbName);   // a catalog belongs into catName here, as with Hive
  DbName db = ParseDbName(f.dbName, f.catName);
  FunctionName n{db.catalog, db.db, LowerName(f.functionName)};
  auto write = TRY(call.service.store().Write());
  int64_t db_id = TRY(FindDatabaseId(*write, n.catalog, n.db));
  if (!db_id) return NoSuchObject(call.service.hive4() ? "database " + n.catalog + "." + n.db : n.db);
  if (Load(*write, n).ok()) return ObjectExists("Function " + n.name + " already exists");
  f.functionName = n.name;
  f.dbName = n.db;
  f.catName = n.catalog;
  f.createTime = NowSeconds();
  f.set_resourceUris(std::move(f.resourceUris));
  TRY(write->Run("INSERT INTO funcs (db_id, name, doc) VALUES (?, ?, ?)", {db_id, n.name, SqlBlob{Encode(f)}}));
  TRY(RecordSimpleEvent(call, *write, "CREATE_FUNCTION", {n.catalog, n.db, ""}, "\"functionObjJson\":" + JsonQuote(ThriftJson(f))));
  return write.Commit();
}

Result<Function> Get(Call& call, get_function_args& a) {
  auto read = TRY(call.service.store().Read());
  return Load(*read, Name(a.dbName, a.funcName), a.dbName);
}

// Hive 4 looks at the new function before the old one.
Status CheckHive4(SqlConnection& c, const FunctionName& n, const Function& f) {
  auto inside = [](const std::string& m) { return MetaError("InvalidObjectException(message:" + m + ")"); };
  Status s = Check(f);
  if (FaultName(s) == "InvalidObjectException") return inside(s.message());
  DbName to = ParseDbName(f.dbName, f.catName);
  bool named = f.dbName.starts_with('@');   // a catalog named in the database's name is no catalog here
  if (named ? n.catalog != kDefaultCatalog : to.catalog != n.catalog) return inside("You cannot move a function between catalogs");
  if (named || !TRY(FindDatabaseId(c, to.catalog, to.db))) return inside("Database " + f.dbName + " doesn't exist.");
  return Status::OK();
}

Status Alter(Call& call, alter_function_args& a) {
  if (!a.newFunc) return InvalidOperation("function is null");
  FunctionName n = Name(a.dbName, a.funcName);
  Function f = std::move(*a.newFunc);
  if (!f.has_dbName()) return HangUp("database of the function is null");
  auto write = TRY(call.service.store().Write());
  auto loaded = Load(*write, n);
  if (call.service.hive4()) TRY(CheckHive4(*write, n, f));
  if (loaded.ok()) TRY(Check(f));
  if (loaded.ok() && !call.service.hive4() && f.dbName.starts_with('@')) return MetaError("the function's database can't name a catalog: " + f.dbName);   // Hive stumbles over it
  if (!loaded.ok()) return FaultName(loaded.status()).empty() ? std::move(loaded).status() : MetaError("function " + n.name + " doesn't exist");
  DbName new_db = ParseDbName(f.dbName.empty() ? n.db : f.dbName, f.catName.empty() ? n.catalog : f.catName);
  FunctionName m{new_db.catalog, new_db.db, LowerName(f.functionName)};
  int64_t old_db = TRY(FindDatabaseId(*write, n.catalog, n.db));
  int64_t db_id = TRY(FindDatabaseId(*write, m.catalog, m.db));
  if (!db_id) return InvalidObject("The database " + m.db + " does not exist");
  if ((m.name != n.name || db_id != old_db) && Load(*write, m).ok()) return MetaError("Function " + m.name + " already exists");
  Function out = *loaded;   // Hive changes these, and not the resources
  out.functionName = m.name;
  out.dbName = m.db;
  out.className = f.className;
  out.ownerName = f.ownerName;
  out.ownerType = f.ownerType;
  out.functionType = f.functionType;
  TRY(write->Run("DELETE FROM funcs WHERE db_id = ? AND name = ?", {old_db, n.name}));
  TRY(write->Run("INSERT INTO funcs (db_id, name, doc) VALUES (?, ?, ?)", {db_id, m.name, SqlBlob{Encode(out)}}));
  return write.Commit();
}

Status Drop(Call& call, drop_function_args& a) {
  FunctionName n = Name(a.dbName, a.funcName);
  auto write = TRY(call.service.store().Write());
  auto loaded = Load(*write, n);
  if (!loaded.ok()) return FaultName(loaded.status()).empty() ? std::move(loaded).status() : NoSuchObject("Function " + n.name + " does not exist");
  TRY(write->Run("DELETE FROM funcs WHERE db_id = ? AND name = ?", {TRY(FindDatabaseId(*write, n.catalog, n.db)), n.name}));
  TRY(RecordSimpleEvent(call, *write, "DROP_FUNCTION", {n.catalog, n.db, ""}, "\"functionName\":" + JsonQuote(n.name)));
  return write.Commit();
}

Result<std::vector<Function>> List(Call& call, const DbName& db, std::string_view pattern_text) {
  NamePattern pattern(pattern_text);
  auto read = TRY(call.service.store().Read());
  std::vector<Function> out;
  Status decoded;
  TRY(read->Each("SELECT d.name, f.name, f.doc FROM dbs d JOIN funcs f ON f.db_id = d.db_id WHERE d.ctlg = ? ORDER BY d.name, f.name", {db.catalog},
                 [&](const SqlRow& row) {
                   if ((db.has_db && row.Text(0) != db.db) || !pattern.Matches(row.Text(1))) return true;
                   decoded = DecodeStruct(Protocol::kCompact, row.Text(2), Function::desc(), &out.emplace_back());
                   return decoded.ok();
                 }));
  TRY(decoded);
  return out;
}
Result<Strings> GetNames(Call& call, get_functions_args& a) {
  Strings out;
  if (a.has_pattern() && a.pattern.empty()) return out;
  for (Function& f : TRY(List(call, ParseDbName(a.dbName), a.pattern))) out.push_back(std::move(f.functionName));
  return out;
}
Result<GetFunctionsResponse> GetReq(Call& call, get_functions_req_args& a) {
  if (!a.request) return MetaError("request is null");
  GetFunctionsResponse out;
  auto list = TRY(List(call, ParseDbName(a.request->dbName, a.request->catalogName), a.request->pattern));
  if (a.request->returnNames || !a.request->has_returnNames()) {
    out.set_function_names({});
    for (Function& f : list) out.function_names.push_back(f.functionName);
  } else {
    out.set_functions(std::move(list));
  }
  return out;
}
Result<GetAllFunctionsResponse> GetAll(Call& call, get_all_functions_args&) {
  GetAllFunctionsResponse out;
  out.set_functions(TRY(List(call, {kDefaultCatalog, "", false}, "")));
  return out;
}
}  // namespace

void AddFunctionCalls(Router& r) {
  r.Add<call::create_function, Create>();
  r.Add<call::get_function, Get>();
  r.Add<call::alter_function, Alter>();
  r.Add<call::drop_function, Drop>();
  r.Add<call::get_functions, GetNames>();
  r.Add<call::get_functions_req, GetReq>();
  r.Add<call::get_all_functions, GetAll>();
}

}  // namespace tarn::metastore
