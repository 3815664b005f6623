#include "metastore/table_translation.h"

#include <algorithm>

#include "base/text.h"
#include "metastore/names.h"
#include "metastore/rows.h"

namespace tarn::metastore {

namespace {
using namespace wire;
using Parameters = std::map<std::string, std::string>;

const Strings kAcidWrites = {"HIVEFULLACIDWRITE", "HIVEMANAGESTATS", "HIVECACHEINVALIDATE", "CONNECTORWRITE"};
const Strings kInsertOnlyWrites = {"HIVEMANAGEDINSERTWRITE", "HIVEMANAGESTATS", "HIVECACHEINVALIDATE", "CONNECTORWRITE"};

bool Has(const Strings& list, std::string_view one) { return std::find(list.begin(), list.end(), one) != list.end(); }
bool HasAll(const Strings& list, const Strings& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& w) { return Has(list, w); });
}
Strings Without(const Strings& list, const Strings& taken) {
  Strings out;
  for (const std::string& x : list) if (!Has(taken, x)) out.push_back(x);
  return out;
}
Strings EndingWith(const Strings& list, std::initializer_list<std::string_view> ends) {
  Strings out;
  for (const std::string& x : list) if (std::any_of(ends.begin(), ends.end(), [&](std::string_view e) { return x.ends_with(e); })) out.push_back(x);
  return out;
}
Strings Writes(const Strings& list) { return EndingWith(list, {"WRITE", "STATS", "INVALIDATE"}); }
Strings Reads(const Strings& list) { return EndingWith(list, {"READ", "SQL"}); }
std::string Listed(const Strings& list) {
  std::string out = "[";
  for (const std::string& x : list) out += (out.size() > 1 ? ", " : "") + x;
  return out + "]";
}

// Hive encodes what is no letter, digit or underscore: "a b" lies in "a-32-b".
std::string EncodeTableName(std::string_view name) {
  std::string out;
  for (unsigned char c : LowerName(name)) {
    if (std::isalnum(c) || c == '_' || c >= 0x80) out += static_cast<char>(c);
    else out += "-" + std::to_string(c) + "-";
  }
  return out;
}

bool Is(const Parameters& p, const char* key, std::string_view value) {
  const std::string* v = FindParameter(p, key);
  return v && EqualsIgnoreCase(*v, value);
}
bool InsertOnly(const Table& t) { return Is(t.parameters, "transactional_properties", "insert_only"); }
bool PlainManaged(const Table& t) { return !FindParameter(t.parameters, "transactional") || Is(t.parameters, "transactional", "false"); }

// The table's own list, without blanks and in capitals.
Strings Required(const std::string& text) {
  Strings out(1);
  for (char c : text) {
    if (c == ',') out.emplace_back();
    else if (c > ' ') out.back() += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return out;
}

struct Answer {
  AccessType access = kAccessNone;
  bool tells_reads = false, tells_writes = false;
  Strings reads, writes;
  bool hides_buckets = false;
};
Answer Allowed(AccessType a) { return {.access = a}; }
Answer ReadOnly(Strings writes) { return {.access = kAccessRead, .tells_writes = true, .writes = std::move(writes)}; }
Answer Refused(Strings reads, Strings writes) { return {.tells_reads = true, .tells_writes = true, .reads = std::move(reads), .writes = std::move(writes)}; }
Answer RefusedToRead(Strings reads) { return {.tells_reads = true, .reads = std::move(reads)}; }

// A transactional table that names no capabilities: those of its kind are wanted.
Answer OfTransactional(const Strings& can, const char* write, const char* read, const Strings& writes) {
  if (Has(can, write) || Has(can, "CONNECTORWRITE")) return Allowed(kAccessReadWrite);
  if (Has(can, read) || Has(can, "CONNECTORREAD")) return ReadOnly(writes);
  return Refused({"CONNECTORREAD", read}, writes);
}

Answer ByType(const Strings& can, const Table& t) {
  if (t.tableType == "EXTERNAL_TABLE") {
    if (t.sd && t.sd->numBuckets > 0) {
      if (Has(can, "HIVEBUCKET2")) return Allowed(kAccessReadWrite);
      Answer a = ReadOnly({"HIVEBUCKET2"});
      a.hides_buckets = true;
      return a;
    }
    if (!Has(can, "EXTREAD")) return Refused({"EXTREAD"}, {"EXTWRITE"});
    return Has(can, "EXTWRITE") ? Allowed(kAccessReadWrite) : ReadOnly({"EXTWRITE"});
  }
  if (t.tableType == "MANAGED_TABLE") {
    if (PlainManaged(t)) return Allowed(kAccessReadWrite);
    return InsertOnly(t) ? OfTransactional(can, "HIVEMANAGEDINSERTWRITE", "HIVEMANAGEDINSERTREAD", kInsertOnlyWrites)
                         : OfTransactional(can, "HIVEFULLACIDWRITE", "HIVEFULLACIDREAD", kAcidWrites);
  }
  if (t.tableType == "VIRTUAL_VIEW") return Has(can, "HIVESQL") || Has(can, "CONNECTORREAD") ? Allowed(kAccessRead) : RefusedToRead({"HIVESQL", "CONNECTORREAD"});
  if (t.tableType == "MATERIALIZED_VIEW") {
    bool reads = Has(can, "CONNECTORREAD") || Has(can, "HIVEFULLACIDREAD");
    return reads && Has(can, "HIVEMQT") ? Allowed(kAccessRead) : RefusedToRead({"CONNECTORREAD", "HIVEMQT"});
  }
  return Allowed(kAccessNone);
}

Answer ExternalByList(const Strings& can, const Table& t, const Strings& required) {
  Answer a;
  if (Has(required, "HIVEBUCKET2") && !Has(can, "HIVEBUCKET2")) {
    a.hides_buckets = true;
    a.writes.push_back("HIVEBUCKET2");
  }
  if (Has(required, "EXTWRITE") && Has(can, "EXTWRITE") && !(t.sd && t.sd->numBuckets > 0)) {
    a.access = kAccessReadWrite;
    return a;
  }
  a.tells_writes = true;
  if (Has(required, "EXTREAD") && Has(can, "EXTREAD")) {
    a.access = kAccessRead;
    a.writes.push_back("EXTWRITE");
    return a;
  }
  a.tells_reads = true;
  a.reads = {"EXTREAD"};
  for (std::string& w : Writes(required)) a.writes.push_back(std::move(w));
  return a;
}

Answer ManagedByList(const Strings& can, const Table& t, const Strings& required) {
  if (PlainManaged(t)) return ReadOnly(Writes(Without(required, can)));
  if (HasAll(can, Writes(required)) || Has(can, "HIVEFULLACIDWRITE") || Has(can, "CONNECTORWRITE")) return Allowed(kAccessReadWrite);
  bool reads = Has(can, "CONNECTORREAD") || (InsertOnly(t) ? HasAll(can, Reads(required)) || Has(can, "HIVEMANAGEDINSERTREAD") : Has(can, "HIVEFULLACIDREAD"));
  Strings writes = Without(Writes(required), Writes(can));
  return reads ? ReadOnly(std::move(writes)) : Refused(Without(Reads(required), Reads(can)), std::move(writes));
}

Answer ByList(const Strings& can, const Table& t, const Strings& required) {
  bool view = t.tableType == "VIRTUAL_VIEW" || t.tableType == "MATERIALIZED_VIEW", external = t.tableType == "EXTERNAL_TABLE", managed = t.tableType == "MANAGED_TABLE";
  if (HasAll(can, required) && (view || external || managed)) return Allowed(view ? kAccessRead : kAccessReadWrite);
  if (external) return ExternalByList(can, t, required);
  if (managed) return ManagedByList(can, t, required);
  return view ? RefusedToRead(Without(Reads(required), Reads(can))) : Refused(Reads(required), Writes(required));
}

// Below a directory, not the directory itself.
bool Inside(std::string_view directory, std::string_view location) {
  std::string d = Warehouse::LocalPath(directory).empty() ? std::string(directory) : Warehouse::LocalPath(directory);
  std::string l = Warehouse::LocalPath(location).empty() ? std::string(location) : Warehouse::LocalPath(location);
  if (!d.ends_with('/')) d += '/';
  return l.starts_with(d);
}

std::string ManagedPath(const Warehouse& w, const Database& db) {
  if (!db.managedLocationUri.empty()) return db.managedLocationUri;
  if (db.catalogName != kDefaultCatalog) return db.locationUri;
  return w.DatabaseLocation(w.root(), db.name);
}

Status CheckPlace(const Service& service, const Database& db, const Table& t) {
  const Warehouse& w = service.warehouse();
  const std::string& location = t.sd->location;
  if (t.tableType == "MANAGED_TABLE") {
    if (!db.managedLocationUri.empty() && !Inside(db.managedLocationUri, location)) {
      return MetaError("Illegal location for managed table, it has to be within database's managed location");
    }
    if (db.managedLocationUri.empty() && !Inside(w.root(), location)) {
      return MetaError("A managed table's location should be located within managed warehouse root directory or within its database's managedLocationUri. Table " +
                       t.tableName + "'s location is not valid:" + location + ", managed warehouse:" + w.root());
    }
  } else if (w.external_root() != w.root() && Inside(w.root(), location)) {
    return MetaError("An external table's location should not be located within managed warehouse root directory, table:" + t.tableName + ",location:" +
                     Warehouse::LocalPath(location) + ",managed warehouse:" + Warehouse::LocalPath(w.root()));
  }
  return Status::OK();
}

bool Translated(const Table& t) { return Is(t.parameters, "EXTERNAL", "true") && Is(t.parameters, "TRANSLATED_TO_EXTERNAL", "true"); }

}  // namespace

bool Translates(const Service& service, const Strings& capabilities) {
  return service.hive4() && service.options().transformer && !capabilities.empty() && !Has(capabilities, "MANAGERAWMETADATA");
}

void TranslateForReader(const Strings& can, Table* t) {
  if (t->catName != kDefaultCatalog) return;
  const std::string* list = FindParameter(t->parameters, "OBJCAPABILITIES");
  Answer a = list ? ByList(can, *t, Required(*list)) : ByType(can, *t);
  t->set_accessType(a.access);
  if (a.tells_reads) t->set_requiredReadCapabilities(std::move(a.reads));
  if (a.tells_writes) t->set_requiredWriteCapabilities(std::move(a.writes));
  if (a.hides_buckets && t->sd && !Has(can, "ACCEPTS_UNMODIFIED_METADATA")) t->sd->numBuckets = -1;
}

void TranslateForReader(const Strings& can, const Table& t, Partition* p) {
  bool plain = t.tableType == "EXTERNAL_TABLE" || t.tableType == "MANAGED_TABLE";
  if (t.catName != kDefaultCatalog || Has(can, "MANAGE_RAW_METADATA") || !plain || !PlainManaged(t) || !p->sd || p->sd->numBuckets <= 0) return;
  const std::string* list = FindParameter(t.parameters, "OBJCAPABILITIES");
  if ((list && HasAll(can, Required(*list))) || Has(can, "HIVEBUCKET2") || Has(can, "ACCEPTS_UNMODIFIED_METADATA")) return;
  p->sd->numBuckets = -1;
}

void TranslateForReader(const Service& service, const Strings& can, Database* db) {
  if (!service.hive4() || !service.options().transformer || db->catalogName != kDefaultCatalog || Has(can, "MANAGE_RAW_METADATA")) return;
  const Warehouse& w = service.warehouse();
  if (db->locationUri != w.root() && !Inside(w.root(), db->locationUri)) return;
  if (Has(can, "HIVEMANAGEDINSERTWRITE") || Has(can, "HIVEFULLACIDWRITE")) db->set_managedLocationUri(db->locationUri);
  db->locationUri = w.ExternalDatabaseLocation(db->name);
}

Status TranslateNew(const Service& service, const Database& db, const Strings& can, Table* t) {
  if (!service.hive4() || !service.options().transformer || t->catName != kDefaultCatalog) return Status::OK();
  const Warehouse& w = service.warehouse();
  bool external = t->tableType == "EXTERNAL_TABLE";
  if (!external && t->tableType != "MANAGED_TABLE") return Status::OK();
  if (!external && PlainManaged(*t) && !InsertOnly(*t)) {
    t->tableType = "EXTERNAL_TABLE";
    t->parameters.erase("transactional");
    t->parameters.erase("transactional_properties");
    t->parameters["EXTERNAL"] = "TRUE";
    t->parameters["external.table.purge"] = "TRUE";
    t->parameters["TRANSLATED_TO_EXTERNAL"] = "TRUE";
    if (t->sd->location.empty()) t->sd->set_location(DefaultTablePath(w, db, t->tableName, true));
    return Status::OK();
  }
  if (!external && Is(db.parameters, "EXTERNAL_TABLES_ONLY", "true")) {
    return MetaError("Creation of ACID table is not allowed when the property 'EXTERNAL_TABLES_ONLY'='TRUE' is set on the database.");
  }
  if (!external && can.empty()) return MetaError("Processor has no capabilities, cannot create an ACID table.");
  if (t->sd->location.empty()) t->sd->set_location(external ? DefaultTablePath(w, db, t->tableName, true) : Warehouse::Child(ManagedPath(w, db), EncodeTableName(t->tableName)));
  else TRY(CheckPlace(service, db, *t));
  if (external) return Status::OK();
  bool insert_only = InsertOnly(*t);
  const Strings& wanted = insert_only ? kInsertOnlyWrites : kAcidWrites;
  if (Has(can, wanted[0])) return Status::OK();
  return MetaError(std::string("Processor does not have capabilities to create a ") + (insert_only ? "INSERT" : "FULL") + " ACID table:" + Listed(Without(wanted, can)));
}

Status TranslateAltered(const Service& service, const Database& old_db, const Database& new_db, const Table& old_table, Table* t) {
  if (!service.hive4() || !service.options().transformer || t->catName != kDefaultCatalog || !t->sd || !old_table.sd) return Status::OK();
  const std::string& location = t->sd->location;
  if (!location.empty() && !old_table.sd->location.empty() && location != old_table.sd->location) TRY(CheckPlace(service, new_db, *t));
  bool rename = old_table.tableName != t->tableName || old_table.dbName != t->dbName;
  if (!rename || !Translated(old_table) || !Translated(*t) || location.empty()) return Status::OK();
  if (old_table.sd->location == DefaultTablePath(service.warehouse(), old_db, old_table.tableName, true)) {
    t->sd->location = DefaultTablePath(service.warehouse(), new_db, t->tableName, true);
  }
  return Status::OK();
}

std::string RenamedTablePath(const Service& service, const Database& old_db, const Database& new_db, const Table& old_table, const Table& t) {
  if (!old_table.sd || !t.sd || old_table.tableType == "VIRTUAL_VIEW") return "";
  const Warehouse& w = service.warehouse();
  const std::string &from = old_table.sd->location, &to = t.sd->location;
  bool in_place = EqualsIgnoreCase(from, Warehouse::Child(ManagedPath(w, old_db), old_table.tableName));
  if (Translated(old_table) && Translated(t)) {   // even from a place that the user chose
    if (in_place) return to;
    std::string place = Inside(w.root(), new_db.locationUri) ? w.ExternalDatabaseLocation(new_db.name) : new_db.locationUri;
    return Warehouse::Child(place, t.tableName);
  }
  if (IsExternal(old_table) || !in_place || !(to.empty() || to == from)) return "";
  return Warehouse::Child(ManagedPath(w, new_db), t.tableName);
}

std::string ManagedDatabasePath(const Warehouse& w, const Database& db) { return ManagedPath(w, db); }

std::string DefaultTablePath(const Warehouse& w, const Database& db, std::string_view table, bool external) {
  std::string place = external ? db.locationUri : ManagedPath(w, db);
  if (external && (place == w.root() || Inside(w.root(), place))) place = w.ExternalDatabaseLocation(db.name);
  return Warehouse::Child(place, EncodeTableName(table));
}

}  // namespace tarn::metastore
