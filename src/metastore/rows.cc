#include "metastore/rows.h"

#include "base/text.h"
#include "fmt/format.h"

namespace tarn::metastore {

using wire::NoSuchObject;

Status NoSuchTable(const TableName& name) { return NoSuchObject(name.Full() + " table not found"); }

Result<int64_t> FindDatabaseId(SqlConnection& c, const std::string& catalog, const std::string& db) {
  return c.Int("SELECT db_id FROM dbs WHERE ctlg = ? AND name = ?", {catalog, db}, 0);
}

Result<DatabaseRow> LoadDatabase(SqlConnection& c, const std::string& catalog, const std::string& db) {
  DatabaseRow out;
  Status decoded;
  bool found = TRY(c.One("SELECT db_id, doc FROM dbs WHERE ctlg = ? AND name = ?", {catalog, db}, [&](const SqlRow& row) {
    out.id = row.Int(0);
    decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(1), wire::Database::desc(), &out.db);
  }));
  TRY(decoded);
  if (!found) return NoSuchObject(db);   // all that Hive says
  return out;
}

Result<bool> CatalogExists(SqlConnection& c, const std::string& catalog) {
  return TRY(c.Int("SELECT COUNT(*) FROM ctlgs WHERE name = ?", {catalog}, 0)) > 0;
}

Result<std::string> CatalogLocation(SqlConnection& c, const std::string& catalog) {
  wire::Catalog out;
  bool found = TRY(c.One("SELECT doc FROM ctlgs WHERE name = ?", {catalog}, [&](const SqlRow& row) {
    (void)wire::DecodeStruct(wire::Protocol::kCompact, row.Text(0), wire::Catalog::desc(), &out).ok();
  }));
  if (!found) return NoSuchObject("No catalog " + catalog);
  return out.locationUri;
}

Result<TableRow> FindTable(SqlConnection& c, const TableName& name) {
  TableRow out;
  auto table = std::make_shared<wire::Table>();
  Status decoded;
  bool found = TRY(c.One("SELECT t.tbl_id, t.db_id, t.doc FROM dbs d JOIN tbls t ON t.db_id = d.db_id WHERE d.ctlg = ? AND d.name = ? AND t.name = ?",
                         {name.catalog, name.db, name.name}, [&](const SqlRow& row) {
                           out.id = row.Int(0);
                           out.db_id = row.Int(1);
                           decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(2), wire::Table::desc(), table.get());
                         }));
  TRY(decoded);
  if (found) out.table = std::move(table);
  return out;
}

Result<TableRow> LoadTable(SqlConnection& c, const TableName& name) {
  TableRow row = TRY(FindTable(c, name));
  if (!row.id) return NoSuchTable(name);
  return row;
}

Result<TableRow> LoadTable(Service& service, const TableName& name) {
  TableRow row;
  if (service.tables().Find(name, &row)) return row;
  uint64_t epoch = service.tables().epoch();
  auto read = TRY(service.store().Read());
  row = TRY(LoadTable(*read, name));
  size_t columns = row.table->sd ? row.table->sd->cols.size() : 0;
  service.tables().Put(name, row, epoch, 2000 + 200 * columns + 150 * row.table->parameters.size());
  return row;
}

Status InsertTable(SqlConnection& c, int64_t id, int64_t db_id, const wire::Table& t) {
  TRY(c.Run("INSERT INTO tbls (tbl_id, db_id, name, tbl_type, owner, doc) VALUES (?, ?, ?, ?, ?, ?)",
            {id, db_id, t.tableName, t.tableType, t.owner, SqlBlob{wire::Encode(t)}}));
  return Status::OK();
}

Status UpdateTable(SqlConnection& c, int64_t id, int64_t db_id, const wire::Table& t) {
  TRY(c.Run("UPDATE tbls SET db_id = ?, name = ?, tbl_type = ?, owner = ?, doc = ? WHERE tbl_id = ?",
            {db_id, t.tableName, t.tableType, t.owner, SqlBlob{wire::Encode(t)}, id}));
  c.TouchTable(id);
  return Status::OK();
}

Status DeleteTable(SqlConnection& c, int64_t id) {
  TRY(c.Run("DELETE FROM parts WHERE tbl_id = ?", {id}));
  TRY(c.Run("DELETE FROM sds WHERE tbl_id = ?", {id}));
  TRY(c.Run("DELETE FROM col_stats WHERE tbl_id = ?", {id}));
  TRY(c.Run("DELETE FROM key_constraints WHERE tbl_id = ?", {id}));
  TRY(c.Run("DELETE FROM key_constraints WHERE parent_id = ?", {id}));
  TRY(c.Run("DELETE FROM tbls WHERE tbl_id = ?", {id}));
  c.TouchTable(id);
  return Status::OK();
}

const std::string* FindParameter(const std::map<std::string, std::string>& parameters, const char* key) {
  auto it = parameters.find(key);
  return it == parameters.end() ? nullptr : &it->second;
}

bool ParameterIsTrue(const std::map<std::string, std::string>& parameters, const char* key) {
  const std::string* v = FindParameter(parameters, key);
  return v && EqualsIgnoreCase(*v, "true");
}

bool IsExternal(const wire::Table& table) { return ParameterIsTrue(table.parameters, "EXTERNAL"); }
bool IsView(const wire::Table& table) { return table.tableType == "VIRTUAL_VIEW"; }

void NormalizeDescriptor(wire::StorageDescriptor* sd) {
  for (wire::FieldSchema& f : sd->cols) f.name = ToLower(f.name);
  for (wire::Order& o : sd->sortCols) o.col = ToLower(o.col);   // bucket columns stay as they are: so does Hive
  if (!sd->cols.empty()) sd->set_cols(std::move(sd->cols));   // a partition may have none, and none is not empty
  sd->set_bucketCols(std::move(sd->bucketCols));
  sd->set_sortCols(std::move(sd->sortCols));
  sd->set_parameters(std::move(sd->parameters));
  sd->set_storedAsSubDirectories(sd->storedAsSubDirectories);
  wire::SerDeInfo& serde = sd->serdeInfo.Make();
  serde.set_parameters(std::move(serde.parameters));
  wire::SkewedInfo& skewed = sd->skewedInfo.Make();
  skewed.set_skewedColNames(std::move(skewed.skewedColNames));
  skewed.set_skewedColValues(std::move(skewed.skewedColValues));
  skewed.set_skewedColValueLocationMaps(std::move(skewed.skewedColValueLocationMaps));
}

void NormalizeTable(wire::Table* t) {
  t->tableName = LowerName(t->tableName);
  if (t->catName.empty()) t->catName = kDefaultCatalog;
  t->set_parameters(std::move(t->parameters));
  for (wire::FieldSchema& f : t->partitionKeys) f.name = ToLower(f.name);
  t->set_partitionKeys(std::move(t->partitionKeys));
  if (t->sd) NormalizeDescriptor(&*t->sd);
  if (!t->has_tableType()) t->tableType = !t->viewOriginalText.empty() ? "VIRTUAL_VIEW" : "MANAGED_TABLE";
  bool external = IsExternal(*t);
  if (t->tableType == "MANAGED_TABLE" && external) t->tableType = "EXTERNAL_TABLE";
  else if (t->tableType == "EXTERNAL_TABLE" && !external) t->tableType = "MANAGED_TABLE";
  t->set_rewriteEnabled(t->rewriteEnabled);
  t->clear_temporary();
  // What the reply of one call carries is not part of the table.
  t->privileges.Clear();
  t->colStats.Clear();
  t->clear_isStatsCompliant();
  t->dictionary.Clear();
}

// ---- partitions ----

Result<std::string> PartitionName(const wire::Table& table, const Strings& values) {
  if (table.partitionKeys.size() != values.size() || values.empty()) {
    std::string keys, vals;
    for (const auto& k : table.partitionKeys) keys += k.name + ", ";
    for (const auto& v : values) vals += v + ", ";
    return wire::MetaError("Invalid partition key & values; keys [" + keys + "], values [" + vals + "]");
  }
  return wire::MakePartitionName(table.partitionKeys, values);
}

void NormalizePartition(const TableRow& table, wire::Partition* p) {
  p->dbName = table.table->dbName;
  p->tableName = table.table->tableName;
  p->catName = table.table->catName;
  p->set_parameters(std::move(p->parameters));
  p->set_values(std::move(p->values));
  if (p->sd) NormalizeDescriptor(&*p->sd);
}

Strings PartitionReader::ValuesOf(std::string_view name) const {
  Strings out;
  auto parts = wire::ParsePartitionName(name);
  if (parts.ok()) for (auto& [k, v] : *parts) out.push_back(std::move(v));
  return out;
}

Result<wire::Box<wire::StorageDescriptor>*> PartitionReader::Descriptor(int64_t sd_id) {
  auto [it, fresh] = descriptors_.try_emplace(sd_id);
  if (!fresh) return &it->second;
  Status decoded;
  bool found = TRY(c_.One("SELECT doc FROM sds WHERE sd_id = ?", {sd_id}, [&](const SqlRow& row) {
    decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(0), wire::StorageDescriptor::desc(), &it->second.Make());
  }));
  TRY(decoded);
  if (!found) return Status::Corrupt(fmt::format("storage descriptor {} of a partition is missing", sd_id));
  return &it->second;
}

Result<wire::Partition> PartitionReader::MakeBare(const SqlRow& row) const {
  wire::Partition p;
  TRY(wire::DecodeStruct(wire::Protocol::kCompact, row.Text(3), wire::Partition::desc(), &p));
  const wire::Table& t = *table_.table;
  if (p.values.empty()) p.set_values(ValuesOf(row.Text(0)));
  p.dbName = t.dbName;
  p.tableName = t.tableName;
  p.catName = t.catName;
  return p;
}

std::string PartitionReader::LocationOf(const SqlRow& row) const {
  const wire::Table& t = *table_.table;
  if (!row.Null(2)) return row.String(2);
  return t.sd ? Warehouse::Child(t.sd->location, row.Text(0)) : std::string();
}

void PartitionReader::SetLocation(const SqlRow& row, wire::StorageDescriptor* sd) const {
  sd->location = LocationOf(row);
  if (sd->location.empty()) sd->clear_location();
}

Result<wire::Partition> PartitionReader::Make(const SqlRow& row) {
  wire::Partition p = TRY(MakeBare(row));
  if (int64_t sd_id = row.Int(1)) {
    p.sd = *TRY(Descriptor(sd_id));
    SetLocation(row, &*p.sd);
  }
  return p;
}

Status PartitionReader::Lend(const SqlRow& row, const std::function<void(const wire::Partition&)>& use) {
  wire::Partition p = TRY(MakeBare(row));
  int64_t sd_id = row.Int(1);
  wire::Box<wire::StorageDescriptor>* shared = nullptr;
  if (sd_id) {
    shared = TRY(Descriptor(sd_id));
    p.sd = std::move(*shared);
    SetLocation(row, &*p.sd);
  }
  use(p);
  if (shared) *shared = std::move(p.sd);
  return Status::OK();
}

Result<std::optional<wire::Partition>> PartitionReader::Find(const std::string& name) {
  std::optional<wire::Partition> out;
  Status made;
  TRY(c_.One("SELECT name, sd_id, location, doc FROM parts WHERE tbl_id = ? AND name = ?", {table_.id, name}, [&](const SqlRow& row) {
    auto p = Make(row);
    if (p.ok()) out = std::move(p).value();
    else made = std::move(p).status();
  }));
  TRY(made);
  return out;
}

Status PartitionReader::Each(const std::function<Result<bool>(wire::Partition&)>& on_partition) {
  Status status;
  TRY(c_.Each("SELECT name, sd_id, location, doc FROM parts WHERE tbl_id = ? ORDER BY name", {table_.id}, [&](const SqlRow& row) {
    auto p = Make(row);
    if (!p.ok()) { status = std::move(p).status(); return false; }
    auto go_on = on_partition(*p);
    if (!go_on.ok()) { status = std::move(go_on).status(); return false; }
    return *go_on;
  }));
  return status;
}

Result<bool> PartitionReader::Exists(const std::string& name) {
  return TRY(c_.Int("SELECT COUNT(*) FROM parts WHERE tbl_id = ? AND name = ?", {table_.id, name}, 0)) > 0;
}

Result<Strings> PartitionReader::Names() {
  Strings out;
  TRY(c_.Each("SELECT name FROM parts WHERE tbl_id = ? ORDER BY name", {table_.id}, [&](const SqlRow& row) {
    out.push_back(row.String(0));
    return true;
  }));
  return out;
}

Result<Strings> PartitionReader::NamesWithPrefix(const std::string& prefix) {
  if (prefix.empty()) return Names();
  Strings out;
  TRY(c_.Each("SELECT name FROM parts WHERE tbl_id = ? AND name >= ? ORDER BY name", {table_.id, prefix}, [&](const SqlRow& row) {
    if (!row.Text(0).starts_with(prefix)) return false;
    out.push_back(row.String(0));
    return true;
  }));
  return out;
}

Status PartitionReader::EachBetween(const std::string& first, const std::string& last,
                                    const std::function<Result<bool>(std::string_view, const SqlRow&)>& on_row) {
  Status status;
  TRY(c_.Each("SELECT name, sd_id, location, doc FROM parts WHERE tbl_id = ? AND name >= ? AND name <= ? ORDER BY name", {table_.id, first, last},
              [&](const SqlRow& row) {
                auto go_on = on_row(row.Text(0), row);
                if (go_on.ok()) return *go_on;
                status = std::move(go_on).status();
                return false;
              }));
  return status;
}

PartitionWriter::Changes& PartitionWriter::Change() {
  if (!changes_) {
    changes_ = std::make_shared<Changes>();
    if (!service_.store().shared()) {   // otherwise the change log says it, in the order of all commits
      write_.OnCommitted([changes = changes_, &service = service_, id = table_.id] { service.partition_indexes().OnChange(id, changes->added, changes->removed); });
    }
  }
  return *changes_;
}

Result<int64_t> PartitionWriter::DescriptorId(const wire::StorageDescriptor& sd) {
  std::string doc = wire::Encode(sd);
  auto [it, fresh] = descriptors_.try_emplace(doc, 0);
  if (!fresh) return it->second;
  // Two descriptors with one digest are told apart by a suffix.
  std::string digest = fmt::format("{:016x}{:08x}", std::hash<std::string>{}(doc), doc.size());
  for (int suffix = 0;; ++suffix) {
    std::string key = suffix ? digest + "." + std::to_string(suffix) : digest;
    bool same = false;
    bool found = TRY(c_.One("SELECT sd_id, doc FROM sds WHERE tbl_id = ? AND digest = ?", {table_.id, key}, [&](const SqlRow& row) {
      same = row.Text(1) == doc;
      it->second = row.Int(0);
    }));
    if (found && same) return it->second;
    if (found) continue;
    it->second = TRY(NextIds(c_, "sd"));
    TRY(c_.Run("INSERT INTO sds (sd_id, tbl_id, digest, doc) VALUES (?, ?, ?, ?)", {it->second, table_.id, key, SqlBlob{doc}}));
    return it->second;
  }
}

Result<PartitionWriter::Row> PartitionWriter::Split(const std::string& name, const wire::Partition& partition) {
  Row row{0, std::nullopt, {}};
  wire::Partition p;   // all but what the table, the name and the descriptor say
  p.set_bits = partition.set_bits;
  p.createTime = partition.createTime;
  p.lastAccessTime = partition.lastAccessTime;
  p.set_parameters(partition.parameters);
  p.writeId = partition.writeId;
  p.fileMetadata = partition.fileMetadata;
  p.clear_dbName(); p.clear_tableName(); p.clear_catName(); p.clear_isStatsCompliant();
  auto parsed = wire::ParsePartitionName(name);
  bool same = parsed.ok() && parsed->size() == partition.values.size();
  for (size_t i = 0; same && i < partition.values.size(); ++i) same = (*parsed)[i].second == partition.values[i];
  if (same) p.clear_values();
  else p.set_values(partition.values);
  row.doc = wire::Encode(p);
  if (partition.sd) {
    const wire::Table& t = *table_.table;
    wire::StorageDescriptor sd = *partition.sd;
    if (!t.sd || t.sd->location.empty() || sd.location != Warehouse::Child(t.sd->location, name)) row.location = sd.location;
    sd.clear_location();
    row.sd_id = TRY(DescriptorId(sd));
  }
  return row;
}

namespace {
constexpr char kInsertPart[] = "INSERT INTO parts (tbl_id, name, sd_id, location, doc) VALUES (?, ?, ?, ?, ?)";
}  // namespace

Status PartitionWriter::Exists(const wire::Partition& partition) {
  std::string values;
  for (const auto& v : partition.values) values += (values.empty() ? "" : ", ") + v;
  return wire::ObjectExists(fmt::format("Partition already exists: Partition(values:[{}], dbName:{}, tableName:{})", values, partition.dbName,
                                        partition.tableName));
}

void PartitionWriter::Added(const std::string& name) {
  Change().added.push_back(name);
  c_.TouchPartition(table_.id, name, true);
}

Status PartitionWriter::Insert(const std::string& name, const wire::Partition& partition) {
  Row row = TRY(Split(name, partition));
  auto done = c_.Run(kInsertPart, {table_.id, name, row.sd_id, row.location ? SqlArg(*row.location) : SqlArg(nullptr), SqlBlob{row.doc}});
  if (!done.ok() && done.status().code() == StatusCode::kConflict) return Exists(partition);
  Added(name);
  return std::move(done).status();
}

Status PartitionWriter::InsertAll(const Strings& names, const std::vector<wire::Partition>& partitions) {
  std::vector<Row> rows;
  std::vector<std::vector<SqlArg>> args;
  rows.reserve(names.size());   // args point into it
  args.reserve(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    Row& row = rows.emplace_back(TRY(Split(names[i], partitions[i])));
    args.push_back({table_.id, names[i], row.sd_id, row.location ? SqlArg(*row.location) : SqlArg(nullptr), SqlBlob{row.doc}});
  }
  size_t failed = 0;
  Status s = c_.RunMany(kInsertPart, args, &failed);
  if (s.code() == StatusCode::kConflict) return Exists(partitions[failed]);
  TRY(std::move(s));
  for (const std::string& n : names) Added(n);
  return Status::OK();
}

Status PartitionWriter::Update(const std::string& name, const wire::Partition& partition) {
  Row row = TRY(Split(name, partition));
  TRY(c_.Run("UPDATE parts SET sd_id = ?, location = ?, doc = ? WHERE tbl_id = ? AND name = ?",
             {row.sd_id, row.location ? SqlArg(*row.location) : SqlArg(nullptr), SqlBlob{row.doc}, table_.id, name}));
  return Status::OK();
}

Status PartitionWriter::Delete(const std::string& name) {
  TRY(c_.Run("DELETE FROM parts WHERE tbl_id = ? AND name = ?", {table_.id, name}));
  TRY(c_.Run("DELETE FROM col_stats WHERE tbl_id = ? AND part_name = ?", {table_.id, name}));
  Change().removed.push_back(name);
  c_.TouchPartition(table_.id, name, false);
  return Status::OK();
}

}  // namespace tarn::metastore
