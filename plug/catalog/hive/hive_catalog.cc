// The catalog of type "hive". Each call takes a connection from a small pool, so that threads don't wait for each other.
#include <algorithm>
#include <mutex>

#include "base/text.h"
#include "config/hadoop_site.h"
#include "plug/catalog/hive/hive_table.h"
#include "table/procedure.h"
#include "table/registry.h"
#include "wire/hms_calls.h"
#include "wire/hms_client.h"
#include "wire/hms_client_settings.h"

namespace tarn::plug {
namespace {
using table::CatalogDatabase;
using table::CatalogFunction;
using table::CatalogPartition;
using table::CatalogTable;
using table::ObjectPath;
using table::PartitionSpec;
using wire::HmsClient;

constexpr char kLocation[] = "hive.database.location-uri";
constexpr size_t kPoolMax = 8;
constexpr char kSystem[] = "sys";   // as other catalogs of Flink name it; `system` is a reserved word, as `search` is

class HiveCatalog final : public table::Catalog, public table::Procedures {
 public:
  HiveCatalog(std::string name, std::string uri, std::string database, wire::HmsClientOptions client)
      : name_(std::move(name)), uri_(std::move(uri)), database_(std::move(database)), client_(std::move(client)) {}
  std::string type() const override { return "hive"; }
  const std::string& default_database() const override { return database_; }

  Status Open() override {
    Lease c = TRY(Take());
    Result<wire::Database> db = c->GetDatabase(database_);
    if (!db.ok() && db.status().code() == StatusCode::kNotFound)
      return Status::NotFound("Configured default database " + database_ + " doesn't exist in catalog " + name_ + ".");
    if (!db.ok()) return std::move(db).status();
    return Status::OK();
  }

  Result<std::vector<std::string>> ListDatabases() override { return TRY(Take())->GetAllDatabases(); }
  Result<CatalogDatabase> GetDatabase(const std::string& name) override {
    wire::Database db = TRY(Database(name));
    CatalogDatabase out;
    out.comment = db.description;
    for (const auto& [k, v] : db.parameters) out.properties.Set(k, v);
    if (!db.locationUri.empty()) out.properties.Set(kLocation, db.locationUri);
    return out;
  }
  Status CreateDatabase(const std::string& name, const CatalogDatabase& db, bool if_not_exists) override {
    wire::Database d;
    d.name = name;
    d.description = db.comment;
    for (const auto& [k, v] : db.properties.values()) if (k != kLocation) d.parameters[k] = v;
    d.locationUri = db.properties.Get(kLocation, "");
    Status s = TRY(Take())->CreateDatabase(d);
    if (s.code() == StatusCode::kAlreadyExists) return if_not_exists ? Status::OK() : Status::AlreadyExists("Database " + name + " already exists in Catalog " + name_ + ".");
    return s;
  }
  Status AlterDatabase(const std::string& name, const CatalogDatabase& db, bool if_exists) override {
    Result<wire::Database> found = Database(name);
    if (!found.ok()) return if_exists && found.status().code() == StatusCode::kNotFound ? Status::OK() : std::move(found).status();
    wire::Database d = std::move(found).value();
    d.parameters.clear();
    d.description = db.comment;
    for (const auto& [k, v] : db.properties.values()) if (k != kLocation) d.parameters[k] = v;
    if (auto l = db.properties.Find(kLocation)) d.locationUri = *l;
    return TRY(Take())->AlterDatabase(name, d);
  }
  Status DropDatabase(const std::string& name, bool if_exists, bool cascade) override {
    Result<wire::Database> found = Database(name);
    if (!found.ok()) return if_exists && found.status().code() == StatusCode::kNotFound ? Status::OK() : std::move(found).status();
    return TRY(Take())->DropDatabase(name, true, cascade);
  }

  Result<std::vector<std::string>> ListTables(const std::string& database) override { return TRY(Take())->GetAllTables(database); }
  Result<std::vector<std::string>> ListViews(const std::string& database) override {
    return TRY(Take())->GetTablesByType(database, "*", "VIRTUAL_VIEW");
  }
  Result<CatalogTable> GetTable(const ObjectPath& path) override {
    Lease c = TRY(Take());
    Result<wire::Table> found = c->GetTable(path.database, path.name);
    if (!found.ok()) return Missing(std::move(found).status(), path);
    wire::Table t = std::move(found).value();
    hive::Constraints constraints;
    if (hive::IsHiveTable(t) && t.tableType != "VIRTUAL_VIEW") {
      // Old metastores lack these calls: no constraints then.
      if (auto keys = c->GetPrimaryKeys(path.database, path.name); keys.ok()) {
        std::sort(keys->begin(), keys->end(), [](const auto& a, const auto& b) { return a.key_seq < b.key_seq; });
        for (const auto& k : *keys) if (k.rely_cstr) { constraints.primary_key.push_back(k.column_name); constraints.primary_key_name = k.pk_name; }
      }
      if (auto cols = c->GetNotNullConstraints(path.database, path.name); cols.ok())
        for (const auto& k : *cols) if (k.rely_cstr) constraints.not_null.push_back(k.column_name);
    }
    return hive::FromMetastore(t, constraints);
  }
  Status CreateTable(const ObjectPath& path, const CatalogTable& table, bool if_not_exists) override {
    TRY(Database(path.database));
    wire::Table t = TRY(hive::ToMetastore(path, table, nullptr));
    Status s = CreateWithConstraints(table, t);
    if (s.code() == StatusCode::kAlreadyExists) return if_not_exists ? Status::OK() : Status::AlreadyExists("Table (or view) " + path.database + "." + path.name + " already exists in Catalog " + name_ + ".");
    return s;
  }
  Status AlterTable(const ObjectPath& path, const CatalogTable& table, bool if_exists) override {
    Lease c = TRY(Take());
    Result<wire::Table> found = c->GetTable(path.database, path.name);
    if (!found.ok()) {
      Status s = Missing(std::move(found).status(), path);
      return if_exists && s.code() == StatusCode::kNotFound ? Status::OK() : s;
    }
    wire::Table t = TRY(hive::ToMetastore(path, table, &*found));
    return c->AlterTable(path.database, path.name, t);
  }
  Status RenameTable(const ObjectPath& path, const std::string& new_name, bool if_exists) override {
    Lease c = TRY(Take());
    Result<wire::Table> found = c->GetTable(path.database, path.name);
    if (!found.ok()) {
      Status s = Missing(std::move(found).status(), path);
      return if_exists && s.code() == StatusCode::kNotFound ? Status::OK() : s;
    }
    if (c->GetTable(path.database, new_name).ok()) return Status::AlreadyExists("Table (or view) " + path.database + "." + new_name + " already exists in Catalog " + name_ + ".");
    wire::Table t = std::move(found).value();
    t.tableName = new_name;
    return c->AlterTable(path.database, path.name, t);
  }
  Status DropTable(const ObjectPath& path, bool if_exists) override {
    Status s = TRY(Take())->DropTable(path.database, path.name, true);
    if (!s.ok()) s = Missing(std::move(s), path);
    return if_exists && s.code() == StatusCode::kNotFound ? Status::OK() : s;
  }

  Result<std::vector<CatalogPartition>> ListPartitions(const ObjectPath& path, const PartitionSpec& prefix) override {
    Lease c = TRY(Take());
    wire::Table t = TRY(HiveTable(*c, path));
    std::vector<std::string> values;
    for (const wire::FieldSchema& k : t.partitionKeys) {
      auto it = prefix.find(k.name);
      values.push_back(it == prefix.end() ? "" : it->second);   // "" matches any
    }
    if (prefix.empty()) values.clear();
    std::vector<CatalogPartition> out;
    TRY(c->EachPartition(path.database, path.name, values, [&](wire::Partition&& p) {
      out.push_back(ToCatalog(p, t));
      return Status::OK();
    }));
    return out;
  }
  Result<CatalogPartition> GetPartition(const ObjectPath& path, const PartitionSpec& spec) override {
    Lease c = TRY(Take());
    wire::Table t = TRY(HiveTable(*c, path));
    Result<wire::Partition> p = c->GetPartition(path.database, path.name, TRY(ValuesOf(spec, t)));
    if (!p.ok()) return p.status().code() == StatusCode::kNotFound ? NoPartition(spec, path) : std::move(p).status();
    return ToCatalog(*p, t);
  }
  Status CreatePartitions(const ObjectPath& path, const std::vector<CatalogPartition>& partitions, bool if_not_exists) override {
    if (partitions.empty()) return Status::OK();
    Lease c = TRY(Take());
    wire::Table t = TRY(HiveTable(*c, path));
    std::vector<wire::Partition> all;
    for (const CatalogPartition& p : partitions) {
      wire::Partition w;
      w.dbName = path.database;
      w.tableName = path.name;
      w.values = TRY(ValuesOf(p.spec, t));
      w.sd = *t.sd;
      w.sd->location = p.location.empty() ? t.sd->location + "/" + wire::MakePartitionName(t.partitionKeys, w.values) : p.location;
      for (const auto& [k, v] : p.properties.values()) {
        if (k == "hive.location-uri") w.sd->location = v;
        else w.parameters[k] = v;
      }
      all.push_back(std::move(w));
    }
    return c->AddPartitions(path.database, path.name, all, if_not_exists).status();
  }
  Status AlterPartition(const ObjectPath& path, const CatalogPartition& partition, bool if_exists) override {
    Lease c = TRY(Take());
    wire::Table t = TRY(HiveTable(*c, path));
    Result<wire::Partition> found = c->GetPartition(path.database, path.name, TRY(ValuesOf(partition.spec, t)));
    if (!found.ok()) {
      if (found.status().code() != StatusCode::kNotFound) return std::move(found).status();
      return if_exists ? Status::OK() : NoPartition(partition.spec, path);
    }
    wire::Partition w = std::move(found).value();
    w.parameters.clear();
    for (const auto& [k, v] : partition.properties.values()) w.parameters[k] = v;
    if (!partition.location.empty()) w.sd->location = partition.location;
    return c->AlterPartition(path.database, path.name, w);
  }
  Status DropPartition(const ObjectPath& path, const PartitionSpec& spec, bool if_exists) override {
    Lease c = TRY(Take());
    wire::Table t = TRY(HiveTable(*c, path));
    Result<bool> r = c->DropPartition(path.database, path.name, TRY(ValuesOf(spec, t)), true);
    if (r.ok() || (if_exists && r.status().code() == StatusCode::kNotFound)) return Status::OK();
    return r.status().code() == StatusCode::kNotFound ? NoPartition(spec, path) : std::move(r).status();
  }

  Result<std::vector<std::string>> ListFunctions(const std::string& database) override { return TRY(Take())->GetFunctions(database, "*"); }
  Result<CatalogFunction> GetFunction(const ObjectPath& path) override {
    Result<wire::Function> f = TRY(Take())->GetFunction(path.database, ToLower(path.name));
    if (!f.ok()) return f.status().code() == StatusCode::kNotFound ? Status::NotFound("Function " + path.database + "." + path.name + " does not exist in Catalog " + name_ + ".") : std::move(f).status();
    CatalogFunction out;
    std::string c = f->className;
    if (c.starts_with("flink:python:")) { out.language = "PYTHON"; c = c.substr(13); }
    else if (c.starts_with("flink:scala:")) { out.language = "SCALA"; c = c.substr(12); }
    else if (c.starts_with("flink:")) c = c.substr(6);
    out.class_name = c;
    for (const auto& r : f->resourceUris) out.resources.push_back(r.uri);
    return out;
  }
  Status CreateFunction(const ObjectPath& path, const CatalogFunction& function, bool if_not_exists) override {
    Status s = TRY(Take())->CreateFunction(ToWire(path, function));
    if (s.code() == StatusCode::kAlreadyExists) return if_not_exists ? Status::OK() : Status::AlreadyExists("Function " + path.database + "." + path.name + " already exists in Catalog " + name_ + ".");
    return s;
  }
  Status AlterFunction(const ObjectPath& path, const CatalogFunction& function, bool if_exists) override {
    Status s = TRY(Take())->AlterFunction(path.database, ToLower(path.name), ToWire(path, function));
    return if_exists && s.code() == StatusCode::kNotFound ? Status::OK() : s;
  }
  Status DropFunction(const ObjectPath& path, bool if_exists) override {
    Status s = TRY(Take())->DropFunction(path.database, ToLower(path.name));
    if (s.code() == StatusCode::kNotFound) return if_exists ? Status::OK() : Status::NotFound("Function " + path.database + "." + path.name + " does not exist in Catalog " + name_ + ".");
    return s;
  }

  Result<std::string> TableLocation(const ObjectPath& path) override {
    Lease c = TRY(Take());
    wire::Table t = TRY(c->GetTable(path.database, path.name));
    return t.sd ? t.sd->location : std::string();
  }
  Result<config::OptionSet> TableStorage(const ObjectPath& path) override {
    Lease c = TRY(Take());
    wire::Table t = TRY(c->GetTable(path.database, path.name));
    return t.sd ? hive::StorageOf(*t.sd) : config::OptionSet();
  }

  // `sys` is no database of the metastore: procedures live there, as Flink's other catalogs have it.
  Result<std::vector<std::string>> ListProcedures(const std::string& database) override {
    return std::vector<std::string>{EqualsIgnoreCase(database, kSystem) ? "find" : "sys.find"};
  }
  Result<table::ProcedureResult> CallProcedure(const std::string& database, const std::string& name, const std::vector<table::ProcedureArgument>& arguments) override {
    if (!EqualsIgnoreCase(database, kSystem) || !EqualsIgnoreCase(name, "find")) {
      return Status::NotFound("No match found for procedure " + name_ + "." + database + "." + name).WithHint("there is " + name_ + ".sys.find('words'[, max_hits])");
    }
    return Find(arguments);
  }

 private:
  // find(query => 'words', max_hits => 20)
  Result<table::ProcedureResult> Find(const std::vector<table::ProcedureArgument>& arguments) {
    wire::TarnSearchRequest q;
    for (size_t i = 0; i < arguments.size(); ++i) {
      std::string parameter = arguments[i].name.empty() ? (i == 0 ? "query" : i == 1 ? "max_hits" : "") : ToLower(arguments[i].name);
      const std::string* text = std::get_if<std::string>(&arguments[i].value);
      const int64_t* number = std::get_if<int64_t>(&arguments[i].value);
      if (parameter == "query" && text) q.query = *text;
      else if (parameter == "max_hits" && number && *number > 0) q.set_limit(static_cast<int32_t>(std::min<int64_t>(*number, 100'000)));
      else return Status::InvalidSql("the arguments of " + name_ + ".sys.find are (query STRING [, max_hits INT]), max_hits above 0");
    }
    if (q.query.empty()) return Status::InvalidSql(name_ + ".sys.find needs words to search for");
    wire::tarn_search_args args;
    args.request = std::move(q);
    auto reply = TRY(Take())->Call<wire::call::tarn_search>(args);
    if (!reply.ok()) {
      if (reply.status().code() == StatusCode::kNotSupported) return Status::NotSupported("search in catalog \"" + name_ + "\": its metastore is not Tarn's");
      return std::move(reply).status();
    }
    table::ProcedureResult out;
    for (const char* c : {"catalog", "database", "name", "kind", "field", "snippet"}) out.columns.push_back({c});
    out.columns.push_back({"score", table::ProcedureColumn::kDouble});
    for (const char* c : {"owner", "location", "format", "comment"}) out.columns.push_back({c});
    auto text = [](std::string& v) { return v.empty() ? table::ProcedureValue() : table::ProcedureValue(std::move(v)); };
    for (wire::TarnSearchHit& h : reply->hits) {
      out.rows.push_back({text(h.catName), text(h.dbName), text(h.name), text(h.kind), text(h.field), text(h.snippet), h.score, text(h.owner), text(h.location), text(h.format),
                          text(h.comment)});
    }
    return out;
  }


  // A connection on loan; goes back to the pool at the end of the scope.
  class Lease {
   public:
    Lease(HiveCatalog* owner, std::unique_ptr<HmsClient> c) : owner_(owner), client_(std::move(c)) {}
    Lease(Lease&&) = default;
    ~Lease() { if (client_) owner_->Back(std::move(client_)); }
    HmsClient* operator->() { return client_.get(); }
    HmsClient& operator*() { return *client_; }
   private:
    HiveCatalog* owner_;
    std::unique_ptr<HmsClient> client_;
  };
  Result<Lease> Take() {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<HmsClient> c = std::move(idle_.back());
        idle_.pop_back();
        return Lease(this, std::move(c));
      }
    }
    Result<std::unique_ptr<HmsClient>> c = HmsClient::Connect(uri_, client_);
    if (!c.ok()) return Status(c.status()).WithContext("catalog \"" + name_ + "\"");
    return Lease(this, std::move(c).value());
  }
  void Back(std::unique_ptr<HmsClient> c) {
    std::lock_guard lock(mutex_);
    if (idle_.size() < kPoolMax) idle_.push_back(std::move(c));
  }

  // NOT NULL and the primary key of a Hive table are constraints: enabled, relied upon, not validated (Flink's default traits).
  Status CreateWithConstraints(const CatalogTable& table, const wire::Table& t) {
    Lease c = TRY(Take());
    wire::call::create_table_with_constraints::Args args;
    if (hive::IsHiveTable(table)) {
      auto common = [&](auto& k, const std::string& column) {
        k.catName = "hive";
        k.table_db = t.dbName;
        k.table_name = t.tableName;
        k.column_name = column;
        k.enable_cstr = k.rely_cstr = true;
      };
      const auto& key = table.schema.primary_key;
      if (key) {
        for (const std::string& column : key->columns) {
          wire::SQLPrimaryKey& k = args.primaryKeys.emplace_back();
          common(k, column);
          k.key_seq = static_cast<int32_t>(args.primaryKeys.size());
          k.pk_name = key->name;
        }
      }
      for (const types::Column& column : table.schema.columns) {
        if (!column.type.nullable() && !(key && std::find(key->columns.begin(), key->columns.end(), column.name) != key->columns.end()))
          common(args.notNullConstraints.emplace_back(), column.name);
      }
    }
    if (args.primaryKeys.empty() && args.notNullConstraints.empty()) return c->CreateTable(t);
    args.tbl = t;
    args.set_primaryKeys(args.primaryKeys).set_foreignKeys({}).set_uniqueConstraints({}).set_notNullConstraints(args.notNullConstraints);
    args.set_defaultConstraints({}).set_checkConstraints({});
    return c->Call<wire::call::create_table_with_constraints>(args);
  }
  Result<wire::Database> Database(const std::string& name) {
    Result<wire::Database> db = TRY(Take())->GetDatabase(name);
    if (!db.ok() && db.status().code() == StatusCode::kNotFound) return Status::NotFound("Database " + name + " does not exist in Catalog " + name_ + ".");
    return db;
  }
  Status Missing(Status s, const ObjectPath& path) {
    if (s.code() != StatusCode::kNotFound) return s;
    return Status::NotFound("Table (or view) " + path.database + "." + path.name + " does not exist in Catalog " + name_ + ".");
  }
  Status NoPartition(const PartitionSpec& spec, const ObjectPath& path) {
    std::string text;
    for (const auto& [k, v] : spec) text += (text.empty() ? "" : ", ") + k + "=" + v;
    return Status::NotFound("Partition CatalogPartitionSpec{{" + text + "}} of table " + path.database + "." + path.name + " in catalog " + name_ + " does not exist.");
  }
  Result<wire::Table> HiveTable(HmsClient& c, const ObjectPath& path) {
    Result<wire::Table> t = c.GetTable(path.database, path.name);
    if (!t.ok()) return Missing(std::move(t).status(), path);
    if (!hive::IsHiveTable(*t)) return Status::NotSupported("Currently only supports partition for hive tables");
    if (t->partitionKeys.empty() || !t->sd) return Status::InvalidSql("Table " + path.database + "." + path.name + " in catalog " + name_ + " is not partitioned.");
    return t;
  }
  Result<std::vector<std::string>> ValuesOf(const PartitionSpec& spec, const wire::Table& t) {
    std::vector<std::string> values;
    for (const wire::FieldSchema& k : t.partitionKeys) {
      auto it = spec.find(k.name);
      if (it == spec.end()) return Status::InvalidSql("the partition spec of \"" + t.tableName + "\" lacks the key \"" + k.name + "\"");
      values.push_back(it->second);
    }
    if (values.size() != spec.size()) return Status::InvalidSql("the partition spec of \"" + t.tableName + "\" has keys that the table lacks");
    return values;
  }
  CatalogPartition ToCatalog(const wire::Partition& p, const wire::Table& t) {
    CatalogPartition out;
    for (size_t i = 0; i < t.partitionKeys.size() && i < p.values.size(); ++i) out.spec[t.partitionKeys[i].name] = p.values[i];
    if (p.sd) out.location = p.sd->location;
    for (const auto& [k, v] : p.parameters) out.properties.Set(k, v);
    return out;
  }
  wire::Function ToWire(const ObjectPath& path, const CatalogFunction& f) {
    wire::Function w;
    w.dbName = path.database;
    w.functionName = ToLower(Trim(path.name));
    w.className = f.language == "PYTHON" ? "flink:python:" + f.class_name : f.language == "SCALA" ? "flink:scala:" + f.class_name : f.class_name;
    w.ownerType = wire::PrincipalType::GROUP;
    w.functionType = wire::FunctionType::JAVA;
    w.createTime = static_cast<int32_t>(std::time(nullptr));
    for (const std::string& r : f.resources) {
      wire::ResourceUri u;
      u.resourceType = wire::ResourceType::JAR;
      u.uri = r;
      w.resourceUris.push_back(u);
    }
    return w;
  }

  std::string name_, uri_, database_;
  wire::HmsClientOptions client_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<HmsClient>> idle_;
};

constexpr char kTruststorePassword[] = "metastore.truststore.password";   // a secret is no option: options are shown

class HiveCatalogFactory final : public table::CatalogFactory {
 public:
  std::string identifier() const override { return "hive"; }
  std::vector<config::OptionSpec> options() const override {
    std::vector<config::OptionSpec> out = {
        {"uri", "string", "", false, "thrift://host:port of the metastore, several separated by commas; Tarn's own option", {}},
        {"hive-conf-dir", "string", "", false, "folder with hive-site.xml, whose hive.metastore.uris and client settings are used", {}},
        {"default-database", "string", "default", false, "database of USE CATALOG", {}},
        {"hadoop-conf-dir", "string", "", false, "accepted for Flink's sake", {}},
        {"hive-version", "string", "", false, "accepted for Flink's sake", {}},
    };
    for (const wire::ClientSetting& c : wire::ClientSettings()) {
      if (std::string_view(c.key) == kTruststorePassword) continue;
      for (const char* prefix : {"", "hive."}) out.push_back({prefix + std::string(c.key), "string", "", false, c.description, {}});
    }
    return out;
  }
  Result<std::shared_ptr<table::Catalog>> Create(const Context& c) const override {
    std::string uri = c.options.Get("uri", "");
    std::map<std::string, std::string> settings;
    if (auto dir = c.options.Find("hive-conf-dir")) {
      std::string path = *dir;
      if (path.starts_with("file://")) path = path.substr(7);
      path += "/hive-site.xml";
      auto site = config::ReadHadoopSite(path);
      if (!site.ok()) {
        return Status(site.status()).WithContext("catalog \"" + c.name + "\"").WithHint("'hive-conf-dir' names the folder that holds hive-site.xml; or give 'uri' = 'thrift://host:port'");
      }
      for (auto& [k, v] : *site) settings[k] = v;
      for (const char* key : {"hive.metastore.uris", "metastore.thrift.uris"}) if (uri.empty()) if (auto at = settings.find(key); at != settings.end()) uri = at->second;
      if (uri.empty()) return Status::InvalidSql("catalog \"" + c.name + "\": hive.metastore.uris is not set in \"" + path + "\"").WithHint("Embedded metastore is not allowed.");
    }
    // An option wins over the file, whichever form of the key either has.
    for (const auto& [key, value] : c.options.values()) {
      if (!wire::IsClientSetting(key)) continue;
      std::string bare = key.starts_with("hive.") ? key.substr(5) : key;
      settings.erase("hive." + bare);
      settings[bare] = value;
    }
    if (uri.empty()) uri = c.own_metastore_uri;
    if (uri.empty()) return Status::InvalidSql("catalog \"" + c.name + "\" has no metastore").WithHint("give 'uri' = 'thrift://host:port', or run it inside tarn server, which has its own");
    auto client = wire::ClientOptions(settings, wire::Secrets::kSettingsOnly);
    if (!client.ok()) return Status(client.status()).WithContext("catalog \"" + c.name + "\"");
    return std::shared_ptr<table::Catalog>(std::make_shared<HiveCatalog>(c.name, uri, c.options.Get("default-database", "default"), std::move(client).value()));
  }
};
}  // namespace

Status Register_catalog_hive(table::Registry& registry) { return registry.Add(std::make_unique<HiveCatalogFactory>()); }

}  // namespace tarn::plug
