#include "metastore/location_rules.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/text.h"
#include "fmt/format.h"
#include "metastore/calls/table_internal.h"
#include "metastore/rows.h"
#include "metastore/table_translation.h"

namespace tarn::metastore {

namespace {
constexpr int kDepthMax = 8;

Status Denied(const std::string& what) { return wire::MetaError("Permission denied: " + what); }

// One spelling of a place; "" for none.
std::string Place(const std::string& location) {
  if (location.empty()) return {};
  if (std::string path = Warehouse::LocalPath(std::string(Trim(location))); !path.empty()) {
    path = std::filesystem::path(path).lexically_normal().string();
    path.erase(std::unique(path.begin(), path.end(), [](char a, char b) { return a == '/' && b == '/'; }), path.end());
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
  }
  if (ObjectLocation o = ObjectLocation::Parse(location); !o.store.empty()) return o.store + " " + o.path;
  std::string out(Trim(location));
  while (out.ends_with('/')) out.pop_back();
  return out;
}
bool Holds(std::string_view above, std::string_view place) {   // is it, or lies somewhere below
  if (above == "/") return place.starts_with('/');
  return !above.empty() && place.starts_with(above) && (place.size() == above.size() || place[above.size()] == '/');
}
bool Overlap(const std::string& a, const std::string& b) { return Holds(a, b) || Holds(b, a); }

class Locations {
 public:
  std::vector<std::string> given;
  std::vector<const wire::Table*> without;   // tables that leave the place to us

  void Struct(const wire::StructDesc& desc, const void* p, int depth) {
    if (depth > kDepthMax) return;
    std::string_view type = desc.name;
    if (type == "Table") {
      const auto& t = *static_cast<const wire::Table*>(p);
      if (t.sd && !t.sd->location.empty()) given.push_back(t.sd->location);
      else without.push_back(&t);
      return;
    }
    if (type == "Partition") {
      const auto& q = *static_cast<const wire::Partition*>(p);
      if (q.sd && !q.sd->location.empty()) given.push_back(q.sd->location);
      Archived(q.parameters);
      return;
    }
    if (type == "PartitionSpecWithSharedSD") {
      const auto& s = *static_cast<const wire::PartitionSpecWithSharedSD*>(p);
      for (const wire::PartitionWithoutSD& q : s.partitions) {
        if (s.sd) given.push_back(s.sd->location + (q.has_relativePath() ? q.relativePath : "null"));   // as the handler joins them
        Archived(q.parameters);
      }
      return;
    }
    for (const wire::FieldDesc& f : desc.fields) Value(*f.type, static_cast<const char*>(p) + f.offset, depth);
  }

 private:
  void Archived(const std::map<std::string, std::string>& parameters) {
    if (auto it = parameters.find("original_location"); it != parameters.end() && !it->second.empty()) given.push_back(it->second);
  }
  void Value(const wire::TypeDesc& t, const void* p, int depth) {
    if (t.kind == wire::Kind::kStruct) {
      if (const void* inner = *static_cast<void* const*>(p)) Struct(*t.fields, inner, depth + 1);
    } else if (t.kind == wire::Kind::kList && t.list && t.element->kind == wire::Kind::kStruct) {
      for (size_t i = 0; i < t.list->size(p); ++i) Struct(*t.element->fields, t.list->at(p, i), depth + 1);
    }
  }
};

// Where a table would lie that names no place, if something is there already.
Status AddDefaults(Call& call, const wire::Table& t, std::vector<std::string>* out) {
  if (t.tableType == "VIRTUAL_VIEW" || t.tableName.empty()) return Status::OK();
  DbName name = ParseDbName(t.dbName, t.catName);
  wire::Database db;
  {
    auto read = TRY(call.service.store().Read());
    auto row = LoadDatabase(*read, name.catalog, name.db);
    if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? Status::OK() : std::move(row).status();
    db = std::move(row->db);
  }
  wire::Table normal = t;
  normal.tableName = LowerName(t.tableName);
  std::set<std::string> places{DefaultTableLocation(call, db, normal)};
  if (call.service.hive4()) places.insert(DefaultTablePath(call.service.warehouse(), db, normal.tableName, true));
  for (const std::string& l : places) if (call.service.warehouse().Exists(l)) out->push_back(l);
  return Status::OK();
}

struct Nearest {
  size_t bytes = 0;
  DbName db;
};
}  // namespace

Status CheckLocations(Call& call, const wire::CallDesc& desc, const void* args, const std::vector<TableName>& tables, const std::vector<DbName>& databases,
                      const LocationRights& rights) {
  Locations found;
  found.Struct(*desc.args, args, 0);
  bool creates = std::string_view(desc.name).starts_with("create_table") || std::string_view(desc.name) == "add_index";
  if (creates) for (const wire::Table* t : found.without) TRY(AddDefaults(call, *t, &found.given));
  if (found.given.empty()) return Status::OK();
  std::vector<std::string> own;
  std::set<int64_t> own_ids;
  for (const TableName& n : tables) {
    auto t = LoadTable(call.service, n);
    if (!t.ok() && t.status().code() != StatusCode::kNotFound) return std::move(t).status();
    if (!t.ok() || !t->table->sd || IsView(*t->table)) continue;
    own.push_back(Place(t->table->sd->location));
    own_ids.insert(t->id);
  }
  std::vector<std::string> places;
  for (const std::string& l : found.given) {
    std::string place = Place(l);
    if (!place.empty() && std::none_of(own.begin(), own.end(), [&](const std::string& o) { return Holds(o, place); })) places.push_back(std::move(place));
  }
  if (places.empty()) return Status::OK();
  auto denied = [&](const std::string& place, const std::string& of) { return Denied(fmt::format("user {} may not use the location {}, which overlaps {}", rights.user, place, of)); };

  std::vector<Nearest> nearest;
  std::set<std::pair<int64_t, std::string>> shared;   // a table with a partition that overlaps, and the place
  std::set<std::string> kept;              // at or below a partition of a table that is named
  Status fault, decoded;
  {
    auto read = TRY(call.service.store().Read());
    TRY(read->Each("SELECT tbl_id, location FROM parts WHERE location IS NOT NULL", {}, [&](const SqlRow& row) {
      std::string at = Place(row.String(1));
      for (const std::string& p : places) {
        if (own_ids.contains(row.Int(0)) && Holds(at, p)) kept.insert(p);
        else if (Overlap(p, at)) shared.emplace(row.Int(0), p);
      }
      return true;
    }));
    std::erase_if(places, [&](const std::string& p) { return kept.contains(p); });
    std::erase_if(shared, [&](const auto& s) { return kept.contains(s.second); });
    if (places.empty()) return Status::OK();
    nearest.resize(places.size());
    TRY(read->Each("SELECT ctlg, name, doc FROM dbs", {}, [&](const SqlRow& row) {
      wire::Database db;
      decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(2), wire::Database::desc(), &db);
      if (!decoded.ok()) return false;
      std::set<std::string> directories{Place(db.locationUri), Place(db.managedLocationUri)};
      if (call.service.hive4()) directories.insert(Place(ManagedDatabasePath(call.service.warehouse(), db)));
      for (const std::string& d : directories) {
        for (size_t i = 0; i < places.size() && fault.ok(); ++i) {
          if (Holds(places[i], d) && !rights.owns_database(db)) fault = denied(places[i], "database " + row.String(0) + "." + row.String(1));
          else if (Holds(d, places[i]) && d.size() >= nearest[i].bytes) nearest[i] = {d.size(), {.catalog = row.String(0), .db = row.String(1), .has_db = true}};
        }
      }
      return fault.ok();
    }));
    TRY(decoded);
    TRY(fault);
    TRY(read->Each("SELECT d.ctlg, d.name, t.name, t.tbl_id, t.doc FROM tbls t JOIN dbs d ON d.db_id = t.db_id", {}, [&](const SqlRow& row) {
      wire::Table t;
      decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(4), wire::Table::desc(), &t);
      if (!decoded.ok()) return false;
      if (!t.sd || IsView(t)) return true;
      std::string at = Place(t.sd->location);
      auto it = std::find_if(places.begin(), places.end(), [&](const std::string& p) { return Overlap(p, at); });
      auto part = shared.lower_bound({row.Int(3), ""});
      if (part != shared.end() && part->first != row.Int(3)) part = shared.end();
      if ((it == places.end() && part == shared.end()) || rights.owns_table(t)) return true;
      fault = denied(it != places.end() ? *it : part->second, "table " + row.String(0) + "." + row.String(1) + "." + row.String(2));
      return false;
    }));
    TRY(decoded);
    TRY(fault);
  }
  for (const Nearest& n : nearest) {
    if (!n.bytes) continue;
    bool named = std::any_of(databases.begin(), databases.end(), [&](const DbName& d) { return d.catalog == n.db.catalog && d.db == n.db.db; });
    if (!named) TRY(rights.may_create(n.db));
  }
  return Status::OK();
}

Status CheckDatabaseLocation(Call& call, const wire::CallDesc& desc, const void* args, const LocationRights& rights) {
  const wire::Database* change = nullptr;
  DbName name;
  if (std::string_view(desc.name) == "alter_database") {
    const auto& a = *static_cast<const wire::alter_database_args*>(args);
    if (a.db) change = &*a.db;
    name = ParseDbName(a.dbname);
  } else if (std::string_view(desc.name) == "alter_database_req") {
    const auto& a = *static_cast<const wire::alter_database_req_args*>(args);
    if (a.alterDbReq && a.alterDbReq->newDb) change = &*a.alterDbReq->newDb;
    if (change) name = ParseDbName(a.alterDbReq->oldDbName);
  }
  if (!change || (change->locationUri.empty() && change->managedLocationUri.empty())) return Status::OK();
  auto read = TRY(call.service.store().Read());
  auto row = LoadDatabase(*read, name.catalog, name.db);
  if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? Status::OK() : std::move(row).status();
  auto same = [](const std::string& now, const std::string& then) { return then.empty() || Place(now) == Place(then); };
  if (same(row->db.locationUri, change->locationUri) && same(row->db.managedLocationUri, change->managedLocationUri)) return Status::OK();
  return Denied(fmt::format("only an admin may change the location of a database (user {})", rights.user));
}

}  // namespace tarn::metastore
