#include "plug/catalog/memory/memory_catalog.h"

#include <mutex>

#include "base/text.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {

using table::CatalogDatabase;
using table::CatalogFunction;
using table::CatalogPartition;
using table::CatalogTable;
using table::ObjectPath;
using table::PartitionSpec;

struct TableEntry {
  CatalogTable table;
  std::map<PartitionSpec, CatalogPartition> partitions;
};
struct DatabaseEntry {
  CatalogDatabase database;
  std::map<std::string, TableEntry> tables;
  std::map<std::string, CatalogFunction> functions;
};

std::string Full(const ObjectPath& p) { return p.database + "." + p.name; }
std::string ToText(const PartitionSpec& spec) {
  std::string out = "CatalogPartitionSpec{{";
  for (const auto& [key, value] : spec) out += (out.ends_with('{') ? "" : ", ") + key + "=" + value;
  return out + "}}";
}

class MemoryCatalog final : public table::Catalog {
 public:
  MemoryCatalog(std::string name, std::string default_database) : name_(std::move(name)), default_database_(std::move(default_database)) {
    databases_[default_database_];
  }
  std::string type() const override { return "generic_in_memory"; }
  const std::string& default_database() const override { return default_database_; }

  Result<std::vector<std::string>> ListDatabases() override {
    std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, db] : databases_) out.push_back(name);
    return out;
  }
  Result<CatalogDatabase> GetDatabase(const std::string& name) override {
    std::lock_guard lock(mutex_);
    return TRY(Database(name))->database;
  }
  Status CreateDatabase(const std::string& name, const CatalogDatabase& db, bool if_not_exists) override {
    std::lock_guard lock(mutex_);
    if (databases_.count(name)) {
      if (if_not_exists) return Status::OK();
      return Status::AlreadyExists("Database " + name + " already exists in Catalog " + name_ + ".");
    }
    databases_[name].database = db;
    return Status::OK();
  }
  Status DropDatabase(const std::string& name, bool if_exists, bool cascade) override {
    std::lock_guard lock(mutex_);
    auto it = databases_.find(name);
    if (it == databases_.end()) return if_exists ? Status::OK() : NoDatabase(name);
    if (!cascade && (!it->second.tables.empty() || !it->second.functions.empty())) {
      return Status::Conflict("Database " + name + " in catalog " + name_ + " is not empty.");
    }
    databases_.erase(it);
    return Status::OK();
  }
  Status AlterDatabase(const std::string& name, const CatalogDatabase& db, bool if_exists) override {
    std::lock_guard lock(mutex_);
    auto it = databases_.find(name);
    if (it == databases_.end()) return if_exists ? Status::OK() : NoDatabase(name);
    it->second.database = db;
    return Status::OK();
  }

  Result<std::vector<std::string>> ListTables(const std::string& database) override { return List(database, false); }
  Result<std::vector<std::string>> ListViews(const std::string& database) override { return List(database, true); }
  Result<CatalogTable> GetTable(const ObjectPath& path) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = FindTable(path);
    if (!entry) return NoTable(path);
    return entry->table;
  }
  Status CreateTable(const ObjectPath& path, const CatalogTable& table, bool if_not_exists) override {
    std::lock_guard lock(mutex_);
    DatabaseEntry* db = TRY(Database(path.database));
    if (db->tables.count(path.name)) return if_not_exists ? Status::OK() : TableExists(path);
    db->tables[path.name].table = table;
    return Status::OK();
  }
  Status AlterTable(const ObjectPath& path, const CatalogTable& table, bool if_exists) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = FindTable(path);
    if (!entry) return if_exists ? Status::OK() : NoTable(path);
    if (entry->table.kind != table.kind) return Status::Conflict("Table types don't match. Existing table is '" + KindName(entry->table) + "' and new table is '" + KindName(table) + "'.");
    entry->table = table;
    return Status::OK();
  }
  Status RenameTable(const ObjectPath& path, const std::string& new_name, bool if_exists) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = FindTable(path);
    if (!entry) return if_exists ? Status::OK() : NoTable(path);
    auto& tables = databases_[path.database].tables;
    if (tables.count(new_name)) return TableExists({path.database, new_name});
    auto node = tables.extract(path.name);
    node.key() = new_name;
    tables.insert(std::move(node));
    return Status::OK();
  }
  Status DropTable(const ObjectPath& path, bool if_exists) override {
    std::lock_guard lock(mutex_);
    if (!FindTable(path)) return if_exists ? Status::OK() : NoTable(path);
    databases_[path.database].tables.erase(path.name);
    return Status::OK();
  }

  Result<std::vector<CatalogPartition>> ListPartitions(const ObjectPath& path, const PartitionSpec& prefix) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = TRY(Partitioned(path));
    std::vector<CatalogPartition> out;
    for (const auto& [spec, partition] : entry->partitions) {
      bool match = true;
      for (const auto& [key, value] : prefix) {
        auto it = spec.find(key);
        match = match && it != spec.end() && it->second == value;
      }
      if (match) out.push_back(partition);
    }
    return out;
  }
  Result<CatalogPartition> GetPartition(const ObjectPath& path, const PartitionSpec& spec) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = TRY(Partitioned(path));
    auto it = entry->partitions.find(spec);
    if (it == entry->partitions.end()) return NoPartition(path, spec);
    return it->second;
  }
  Status CreatePartitions(const ObjectPath& path, const std::vector<CatalogPartition>& partitions, bool if_not_exists) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = TRY(Partitioned(path));
    for (const CatalogPartition& p : partitions) {   // all or none
      TRY(CheckFullSpec(path, *entry, p.spec));
      if (!if_not_exists && entry->partitions.count(p.spec)) {
        return Status::AlreadyExists("Partition " + ToText(p.spec) + " of table " + Full(path) + " in catalog " + name_ + " already exists.");
      }
    }
    for (const CatalogPartition& p : partitions) entry->partitions.emplace(p.spec, p);
    return Status::OK();
  }
  Status AlterPartition(const ObjectPath& path, const CatalogPartition& partition, bool if_exists) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = TRY(Partitioned(path));
    auto it = entry->partitions.find(partition.spec);
    if (it == entry->partitions.end()) return if_exists ? Status::OK() : NoPartition(path, partition.spec);
    it->second = partition;
    return Status::OK();
  }
  Status DropPartition(const ObjectPath& path, const PartitionSpec& spec, bool if_exists) override {
    std::lock_guard lock(mutex_);
    TableEntry* entry = TRY(Partitioned(path));
    if (entry->partitions.erase(spec) == 0 && !if_exists) return NoPartition(path, spec);
    return Status::OK();
  }

  Result<std::vector<std::string>> ListFunctions(const std::string& database) override {
    std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, f] : TRY(Database(database))->functions) out.push_back(name);
    return out;
  }
  Result<CatalogFunction> GetFunction(const ObjectPath& path) override {
    std::lock_guard lock(mutex_);
    CatalogFunction* f = FindFunction(path);
    if (!f) return NoFunction(path);
    return *f;
  }
  // Function names are case-insensitive, as in Flink: stored in lower case.
  Status CreateFunction(const ObjectPath& path, const CatalogFunction& function, bool if_not_exists) override {
    std::lock_guard lock(mutex_);
    DatabaseEntry* db = TRY(Database(path.database));
    if (db->functions.emplace(ToLower(path.name), function).second || if_not_exists) return Status::OK();
    return Status::AlreadyExists("Function " + Full(path) + " already exists in Catalog " + name_ + ".");
  }
  Status AlterFunction(const ObjectPath& path, const CatalogFunction& function, bool if_exists) override {
    std::lock_guard lock(mutex_);
    CatalogFunction* f = FindFunction(path);
    if (!f) return if_exists ? Status::OK() : NoFunction(path);
    *f = function;
    return Status::OK();
  }
  Status DropFunction(const ObjectPath& path, bool if_exists) override {
    std::lock_guard lock(mutex_);
    if (!FindFunction(path)) return if_exists ? Status::OK() : NoFunction(path);
    databases_[path.database].functions.erase(ToLower(path.name));
    return Status::OK();
  }

 private:
  static std::string KindName(const CatalogTable& t) { return t.is_view() ? "VIEW" : "TABLE"; }
  Status NoDatabase(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [n, db] : databases_) names.push_back(n);
    return Hinted(Status::NotFound("Database " + name + " does not exist in Catalog " + name_ + "."), ClosestName(name, names));
  }
  Status NoTable(const ObjectPath& path) const {
    std::vector<std::string> names;
    if (auto it = databases_.find(path.database); it != databases_.end()) for (const auto& [n, t] : it->second.tables) names.push_back(n);
    return Hinted(Status::NotFound("Table (or view) " + Full(path) + " does not exist in Catalog " + name_ + "."), ClosestName(path.name, names));
  }
  static Status Hinted(Status s, const std::string& closest) { return closest.empty() ? s : std::move(s).WithHint("did you mean '" + closest + "'?"); }
  Status TableExists(const ObjectPath& path) const { return Status::AlreadyExists("Table (or view) " + Full(path) + " already exists in Catalog " + name_ + "."); }
  Status NoFunction(const ObjectPath& path) const { return Status::NotFound("Function " + Full(path) + " does not exist in Catalog " + name_ + "."); }
  Status NoPartition(const ObjectPath& path, const PartitionSpec& spec) const {
    return Status::NotFound("Partition " + ToText(spec) + " of table " + Full(path) + " in catalog " + name_ + " does not exist.");
  }
  Result<DatabaseEntry*> Database(const std::string& name) {
    auto it = databases_.find(name);
    if (it == databases_.end()) return NoDatabase(name);
    return &it->second;
  }
  TableEntry* FindTable(const ObjectPath& path) {
    auto db = databases_.find(path.database);
    if (db == databases_.end()) return nullptr;
    auto it = db->second.tables.find(path.name);
    return it == db->second.tables.end() ? nullptr : &it->second;
  }
  CatalogFunction* FindFunction(const ObjectPath& path) {
    auto db = databases_.find(path.database);
    if (db == databases_.end()) return nullptr;
    auto it = db->second.functions.find(ToLower(path.name));
    return it == db->second.functions.end() ? nullptr : &it->second;
  }
  Result<TableEntry*> Partitioned(const ObjectPath& path) {
    TableEntry* entry = FindTable(path);
    if (!entry) return NoTable(path);
    if (entry->table.partition_keys.empty()) return Status::InvalidSql("Table " + Full(path) + " in catalog " + name_ + " is not partitioned.");
    return entry;
  }
  Status CheckFullSpec(const ObjectPath& path, const TableEntry& entry, const PartitionSpec& spec) const {
    bool full = spec.size() == entry.table.partition_keys.size();
    for (const std::string& key : entry.table.partition_keys) full = full && spec.count(key);
    if (full) return Status::OK();
    return Status::InvalidSql("PartitionSpec " + ToText(spec) + " does not match partition keys [" + Join(entry.table.partition_keys, ", ") +
                              "] of table " + Full(path) + " in catalog " + name_ + ".");
  }
  Result<std::vector<std::string>> List(const std::string& database, bool only_views) {
    std::lock_guard lock(mutex_);
    std::vector<std::string> out;
    for (const auto& [name, entry] : TRY(Database(database))->tables) if (!only_views || entry.table.is_view()) out.push_back(name);
    return out;
  }

  std::mutex mutex_;
  const std::string name_, default_database_;
  std::map<std::string, DatabaseEntry> databases_;
};

class Factory final : public table::CatalogFactory {
 public:
  std::string identifier() const override { return "generic_in_memory"; }
  std::vector<config::OptionSpec> options() const override {
    return {{"type", "string", "", false, "the kind of catalog"}, {"default-database", "string", "default", false, "the database that exists from the start"}};
  }
  Result<std::shared_ptr<table::Catalog>> Create(const Context& context) const override {
    TRY(config::ValidateOptions(identifier(), context.options, options()));
    return MakeMemoryCatalog(context.name, context.options.Get("default-database", "default"));
  }
};

}  // namespace

std::shared_ptr<table::Catalog> MakeMemoryCatalog(std::string name, std::string default_database) {
  return std::make_shared<MemoryCatalog>(std::move(name), std::move(default_database));
}

Status Register_catalog_memory(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
