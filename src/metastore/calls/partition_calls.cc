// Partitions: add, append, read one, drop.
#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/calls/partition_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/events.h"

namespace tarn::metastore {

Status NoSuchPartition(const Strings& values) { return wire::NoSuchObject(fmt::format("partition values=[{}]", Join(values, ", "))); }

std::vector<std::pair<std::string, std::string>> PartitionSteps(std::string_view name) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& step : Split(name, '/')) {
    size_t eq = step.size() < 3 ? std::string::npos : step.rfind('=', step.size() - 2);
    if (eq != std::string::npos && eq > 0) out.emplace_back(wire::UnescapePathName(step.substr(0, eq)), wire::UnescapePathName(step.substr(eq + 1)));
  }
  return out;
}

Result<Strings> ValuesFromName(const wire::Table& table, const std::string& name) {
  if (name.empty()) return wire::MetaError("Partition name is invalid. ");
  auto parsed = PartitionSteps(name);
  Strings out;
  for (const wire::FieldSchema& key : table.partitionKeys) {
    auto it = std::find_if(parsed.begin(), parsed.end(), [&](const auto& kv) { return kv.first == key.name; });
    if (it == parsed.end()) return wire::InvalidObject("incomplete partition name - missing " + key.name);
    out.push_back(it->second);
  }
  return out;
}

namespace {
using namespace wire;

// Hive's server trips over these (a NullPointerException, sent as MetaException).
Status CheckNulls(const Partition& p, bool view) {
  if (view) return Status::OK();
  if (!p.sd) return MetaError("storage descriptor of the partition is null");
  if (!p.sd->serdeInfo) return MetaError("serde info of the partition is null");
  for (const FieldSchema& f : p.sd->cols) {
    if (!f.has_name() || !f.has_type()) return MetaError("a column's name or type is null");
  }
  return Status::OK();
}
Status CheckOwner(const Partition& p) {
  if (!p.has_dbName() || !p.has_tableName()) return MetaError("database or table name of the partition is null");
  return Status::OK();
}

const Parameters& Environment(const Box<EnvironmentContext>& c) {
  static const Parameters kNone;
  return c ? c->properties : kNone;
}

// Location, directory, times and quick statistics of a partition about to be stored.
Status Prepare(Call& call, Store::WriteLease& write, const TableRow& table, const std::string& name, const Parameters& environment, bool bare, Partition* p) {
  const Warehouse& warehouse = call.service.warehouse();
  const Table& t = *table.table;
  NormalizePartition(table, p);
  bool fresh = false;
  if (IsView(t)) {
    if (p->sd && !p->sd->location.empty()) return MetaError("LOCATION may not be specified for a view");
  } else {
    StorageDescriptor& sd = p->sd.Make();
    NormalizeDescriptor(&sd);
    bool own = !sd.location.empty();
    sd.location = own ? TRY(warehouse.Qualify(sd.location)) : Warehouse::Child(t.sd ? t.sd->location : warehouse.root(), name);
    fresh = TRY(warehouse.MakeDirectory(sd.location));
    if (fresh) write.OnUndo([&warehouse, l = sd.location] { warehouse.UndoMakeDirectory(l); });
    if (!bare) TRY(UpdateQuickStats(call, &p->parameters, sd.location, fresh, false, environment));
  }
  if (bare) {   // Hive loses what it fills in of a partition that shares its descriptor, but for the time of one without parameters
    if (p->parameters.empty()) StampDdlTime(&p->parameters);
    return Status::OK();
  }
  p->createTime = NowSeconds();
  StampDdlTime(&p->parameters);
  return Status::OK();
}

bool NullValue(const Strings& values) { return std::any_of(values.begin(), values.end(), [](const std::string& v) { return v.find('\0') != std::string::npos; }); }

Result<Partition> AddOne(Call& call, Box<Partition>& part, const Parameters& environment) {
  if (!part) return InvalidObject("partition is null");
  TRY(CheckOwner(*part));
  TableName name = MakeTableName(ParseDbName(part->dbName, part->catName), part->tableName);
  std::vector<Partition> added;
  TRY(AddPartitions(call, name, {std::move(*part)}, false, environment, &added));
  return std::move(added[0]);
}
Result<Partition> AddPartitionCall(Call& call, add_partition_args& a) { return AddOne(call, a.new_part, {}); }
Result<Partition> AddPartitionEnv(Call& call, add_partition_with_environment_context_args& a) {
  return AddOne(call, a.new_part, {});   // Hive measures whatever the context says
}
Result<int32_t> AddPartitionsCall(Call& call, add_partitions_args& a) {
  if (a.new_parts.empty()) return 0;
  TRY(CheckOwner(a.new_parts[0]));
  if (a.new_parts[0].dbName.empty() || a.new_parts[0].tableName.empty()) return MetaError("Unable to add partitions because table or database name is empty");
  TableName name = MakeTableName(ParseDbName(a.new_parts[0].dbName, a.new_parts[0].catName), a.new_parts[0].tableName);
  auto n = static_cast<int32_t>(a.new_parts.size());
  TRY(AddPartitions(call, name, std::move(a.new_parts), false, {}, nullptr, "Unable to add partitions because " + name.Full() + " does not exist"));
  return n;
}
Result<AddPartitionsResult> AddPartitionsReq(Call& call, add_partitions_req_args& a) {
  if (!a.request) return InvalidObject("request is null");
  AddPartitionsRequest& q = *a.request;
  AddPartitionsResult out;
  bool need = q.needResult || !(q.set_bits >> 4 & 1);   // the interface's default is true
  std::vector<Partition> added;
  bool any = !q.parts.empty();
  if (any) {
    if (!q.partitionColSchema.empty()) {
      for (Partition& p : q.parts) if (p.sd && p.sd->cols.empty()) p.sd->cols = q.partitionColSchema;
    }
    TableName name = MakeTableName(ParseDbName(q.dbName, q.catName), q.tblName);
    TRY(AddPartitions(call, name, std::move(q.parts), q.ifNotExists, Environment(q.environmentContext), need ? &added : nullptr,
                      "Unable to add partitions because " + name.Full() + " does not exist"));
  }
  if (need && any) out.set_partitions(std::move(added));
  return out;
}
Result<int32_t> AddPartitionsPspec(Call& call, add_partitions_pspec_args& a) {
  if (a.new_parts.empty()) return 0;
  std::vector<Partition> parts;
  std::set<size_t> bare;
  if (!a.new_parts[0].has_dbName() || !a.new_parts[0].has_tableName()) return HangUp("database or table name of the partition spec is null");
  TableName name = MakeTableName(ParseDbName(a.new_parts[0].dbName, a.new_parts[0].catName), a.new_parts[0].tableName);
  for (PartitionSpec& s : a.new_parts) {
    if (s.partitionList) {   // the list wins when both are there
      for (Partition& p : s.partitionList->partitions) {
        if (!p.has_dbName() || !p.has_tableName()) return HangUp("database or table name of a partition is null");
        parts.push_back(std::move(p));
      }
      continue;
    }
    if (!s.sharedSDPartitionSpec) continue;
    const auto& shared = s.sharedSDPartitionSpec->sd;
    if (!shared) return HangUp("shared storage descriptor is null");
    if (!shared->has_location() || shared->location.empty()) return MetaError("location of the shared storage descriptor is empty");
    for (PartitionWithoutSD& w : s.sharedSDPartitionSpec->partitions) {
      if (!w.has_values()) return HangUp("values of a partition are null");
      Partition p;
      p.dbName = name.db;
      p.tableName = name.name;
      p.set_values(std::move(w.values));
      p.createTime = w.createTime;
      p.lastAccessTime = w.lastAccessTime;
      p.set_parameters(std::move(w.parameters));
      if (s.sharedSDPartitionSpec->sd) p.sd = *s.sharedSDPartitionSpec->sd;
      p.sd.Make().location = shared->location + (w.has_relativePath() ? w.relativePath : "null");   // as Java joins them
      if (!call.service.hive4()) bare.insert(parts.size());
      parts.push_back(std::move(p));
    }
  }
  auto n = static_cast<int32_t>(parts.size());
  if (parts.empty() && call.service.hive4()) {   // Hive 4 tells of it all the same
    auto write = TRY(call.service.store().Write());
    TableRow table = TRY(LoadTable(*write, name));
    TRY(RecordSimpleEvent(call, *write, "ADD_PARTITION", name, TableMembers(*table.table) + ",\"partitions\":[],\"partitionFiles\":[],\"partitionListJson\":[]"));
    TRY(write.Commit());
    return 0;
  }
  TRY(AddPartitions(call, name, std::move(parts), false, {}, nullptr, fmt::format("Unable to add partitions because database or table {}.{} does not exist", name.db, name.name), bare));
  return n;
}

// The beginning of what Hive prints of a partition.
std::string Shown(const Partition& p) { return fmt::format("Partition(values:[{}], dbName:{}, tableName:{})", Join(p.values, ", "), p.dbName, p.tableName); }

// ---- append: the server makes the partition from the table ----

Result<Partition> Append(Call& call, const std::string& db, const std::string& given, const TableName& name, Strings values, const Parameters& environment) {
  if (values.empty()) return MetaError("The partition values must not be null or empty.");
  auto table = LoadTable(call.service, name);
  if (!table.ok()) return table.status().code() == StatusCode::kNotFound ? InvalidObject("Unable to add partition because table or database do not exist") : std::move(table).status();
  if (!table->table->sd || table->table->sd->location.empty()) return MetaError("Cannot append a partition to a view");
  Partition p;
  p.dbName = db.starts_with('@') ? name.db : db;   // given back as it came
  p.tableName = given;
  p.set_values(std::move(values));
  if (table->table->sd) {
    p.sd = *table->table->sd;
    p.sd->location.clear();
  }
  std::vector<Partition> added;
  std::string shown = Shown(p);
  Status s = AddPartitions(call, name, {std::move(p)}, false, environment, &added);
  if (FaultName(s) == "AlreadyExistsException") return ObjectExists("Partition already exists:" + shown);
  TRY(std::move(s));
  return std::move(added[0]);
}
Result<Partition> AppendNamed(Call& call, const std::string& db, const std::string& given, const TableName& name, const std::string& part, const Parameters& environment) {
  auto table = LoadTable(call.service, name);
  if (!table.ok()) return table.status().code() == StatusCode::kNotFound ? InvalidObject(name.db + "." + name.name + " table not found") : std::move(table).status();
  Strings values = TRY(ValuesFromName(*table->table, part));
  if (values.empty() && call.service.hive4() && (!table->table->sd || table->table->sd->location.empty())) return MetaError("Cannot append a partition to a view");
  if (values.empty()) return tarn::internal::ToStatus(PartitionName(*table->table, values));
  return Append(call, db, given, name, std::move(values), environment);
}
Result<Partition> AppendCall(Call& call, append_partition_args& a) {
  return Append(call, a.db_name, a.tbl_name, MakeTableName(ParseDbName(a.db_name), a.tbl_name), std::move(a.part_vals), {});
}
Result<Partition> AppendEnv(Call& call, append_partition_with_environment_context_args& a) {
  return Append(call, a.db_name, a.tbl_name, MakeTableName(ParseDbName(a.db_name), a.tbl_name), std::move(a.part_vals), Environment(a.environment_context));
}
Result<Partition> AppendByName(Call& call, append_partition_by_name_args& a) {
  return AppendNamed(call, a.db_name, a.tbl_name, MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.part_name, {});
}
Result<Partition> AppendByNameEnv(Call& call, append_partition_by_name_with_environment_context_args& a) {
  return AppendNamed(call, a.db_name, a.tbl_name, MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.part_name, Environment(a.environment_context));
}
Result<Partition> AppendReq(Call& call, append_partition_req_args& a) {
  if (!a.appendPartitionsReq) return InvalidObject("request is null");
  AppendPartitionsRequest& q = *a.appendPartitionsReq;
  TableName name = MakeTableName(ParseDbName(q.dbName, q.catalogName), q.tableName);
  return q.name.empty() ? Append(call, q.dbName, q.tableName, name, std::move(q.partVals), Environment(q.environmentContext))
                        : AppendNamed(call, q.dbName, q.tableName, name, q.name, Environment(q.environmentContext));
}

// ---- read one ----

Result<Partition> GetOne(Call& call, const TableName& name, const Strings& values) {
  auto loaded = LoadTable(call.service, name);
  if (call.service.hive4() && FaultName(loaded.status()) == "NoSuchObjectException") return NoSuchObject("Unable to get partition because " + name.Full() + " does not exist");
  TableRow table = TRY(std::move(loaded));
  std::string part = TRY(PartitionName(*table.table, values));
  auto read = TRY(call.service.store().Read());
  PartitionReader reader(*read, table);
  auto p = TRY(reader.Find(part));
  if (!p) return NoSuchPartition(values);
  return std::move(*p);
}
Result<Partition> GetPartition(Call& call, get_partition_args& a) { return GetOne(call, MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.part_vals); }
Result<Partition> GetPartitionAuth(Call& call, get_partition_with_auth_args& a) {
  TableName name = MakeTableName(ParseDbName(a.db_name), a.tbl_name);
  auto loaded = LoadTable(call.service, name);
  if (call.service.hive4() && FaultName(loaded.status()) == "NoSuchObjectException") return NoSuchPartition(a.part_vals);
  TableRow table = TRY(std::move(loaded));
  Partition p = TRY(GetOne(call, name, a.part_vals));
  TRY(AddPartitionPrivileges(call, table, a.user_name, a.group_names, &p));
  return p;
}
Result<Partition> GetPartitionByName(Call& call, get_partition_by_name_args& a) {
  TableName name = MakeTableName(ParseDbName(a.db_name), a.tbl_name);
  auto loaded = LoadTable(call.service, name);
  if (call.service.hive4() && FaultName(loaded.status()) == "NoSuchObjectException") return NoSuchObject(name.db + "." + name.name + " table not found");
  TableRow table = TRY(std::move(loaded));
  auto values = ValuesFromName(*table.table, a.part_name);
  if (!values.ok()) return FaultName(values.status()) == "InvalidObjectException" ? NoSuchObject(values.status().message()) : std::move(values).status();
  return GetOne(call, name, *values);
}
Result<GetPartitionResponse> GetPartitionReq(Call& call, get_partition_req_args& a) {
  if (!a.req) return MetaError("request is null");
  GetPartitionResponse out;
  out.partition = TRY(GetOne(call, MakeTableName(ParseDbName(a.req->dbName, a.req->catName), a.req->tblName), a.req->partVals));
  return out;
}

// ---- drop ----

// To Hive the partition of a table that is not there is not there.
Result<bool> DropOne(Call& call, const TableName& name, const Strings& values, bool delete_data, const Parameters& environment) {
  auto table = LoadTable(call.service, name);
  if (!table.ok() && call.service.hive4() && table.status().code() == StatusCode::kNotFound) return NoSuchObject("Unable to get partition because " + name.Full() + " does not exist");
  if (!table.ok()) return table.status().code() == StatusCode::kNotFound ? NoSuchPartition(values) : std::move(table).status();
  if (values.empty() && call.service.hive4()) return MetaError("Partition name is invalid. null");
  std::string part = TRY(PartitionName(*table->table, values));
  Status s = DropPartitions(call, name, {part}, delete_data, ParameterIsTrue(environment, "ifPurge"), false, nullptr);
  if (FaultName(s) == "NoSuchObjectException") return NoSuchPartition(values);
  TRY(std::move(s));
  return true;
}
Result<bool> DropNamed(Call& call, const TableName& name, const std::string& part, bool delete_data, const Parameters& environment) {
  auto table = LoadTable(call.service, name);
  if (!table.ok()) return table.status().code() == StatusCode::kNotFound ? NoSuchObject(name.db + "." + name.name + " table not found") : std::move(table).status();
  auto values = ValuesFromName(*table->table, part);
  if (!values.ok()) return FaultName(values.status()) == "InvalidObjectException" ? NoSuchObject(values.status().message()) : std::move(values).status();
  return DropOne(call, name, *values, delete_data, environment);
}
Result<bool> DropPartition(Call& call, drop_partition_args& a) {
  return DropOne(call, MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.part_vals, a.deleteData, {});
}
Result<bool> DropPartitionEnv(Call& call, drop_partition_with_environment_context_args& a) {
  return DropOne(call, MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.part_vals, a.deleteData, Environment(a.environment_context));
}
Result<bool> DropByName(Call& call, drop_partition_by_name_args& a) {
  return DropNamed(call, MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.part_name, a.deleteData, {});
}
Result<bool> DropByNameEnv(Call& call, drop_partition_by_name_with_environment_context_args& a) {
  return DropNamed(call, MakeTableName(ParseDbName(a.db_name), a.tbl_name), a.part_name, a.deleteData, Environment(a.environment_context));
}
Result<bool> DropReq(Call& call, drop_partition_req_args& a) {
  if (!a.dropPartitionReq) return MetaError("request is null");
  DropPartitionRequest& q = *a.dropPartitionReq;
  TableName name = MakeTableName(ParseDbName(q.dbName, q.catName), q.tblName);
  return q.partName.empty() ? DropOne(call, name, q.partVals, q.deleteData, Environment(q.environmentContext))
                            : DropNamed(call, name, q.partName, q.deleteData, Environment(q.environmentContext));
}
}  // namespace

Status AddPartitions(Call& call, const TableName& name, std::vector<Partition> partitions, bool if_not_exists, const Parameters& environment,
                     std::vector<Partition>* added, const std::string& no_table, const std::set<size_t>& bare) {
  auto write = TRY(call.service.store().Write());
  TableRow table = TRY(FindTable(*write, name));
  if (!table.id && call.service.hive4()) return InvalidObject("Unable to add partitions because " + name.Full() + " does not exist");
  if (!table.id) return InvalidObject(no_table.empty() ? "Unable to add partition because table or database do not exist" : no_table);
  PartitionReader reader(*write, table);
  PartitionWriter writer(call.service, write, table);
  std::vector<std::string> new_names;
  std::vector<Partition> stored, given;
  std::set<std::string> seen;
  // Hive looks for every partition, in order, before it looks at the list: what is there already comes before other faults.
  auto fail = [&](size_t upto, Status fault) -> Status {
    for (size_t i = 0; !if_not_exists && i < upto; ++i) {
      auto n = PartitionName(*table.table, partitions[i].values);
      if (!n.ok()) return std::move(n).status();
      if (TRY(reader.Exists(*n))) return ObjectExists("Partition already exists: " + Shown(partitions[i]));
    }
    return fault;
  };
  Strings names;
  for (size_t i = 0; i < partitions.size(); ++i) {
    const Partition& p = partitions[i];
    if (LowerName(p.tableName) != name.name || ParseDbName(p.dbName).db != name.db) {
      std::string owner = call.service.hive4() ? fmt::format(". It belongs to the table {}.{} ", p.dbName, p.tableName) : "";
      return fail(i, MetaError(fmt::format("Partition does not belong to target table {}{}: {}", name.Full(), owner, Shown(p))));
    }
    if (call.service.hive4() && p.values.empty()) return fail(i, MetaError("The partition values cannot be null or empty."));
    if (NullValue(p.values)) return InvalidObject("partition value contains a NUL character");
    auto part = PartitionName(*table.table, p.values);
    if (!part.ok()) return fail(i, std::move(part).status());
    names.push_back(std::move(*part));
    // Hive 4 finds a partition that is there twice as soon as it meets it, Hive 3 at the end.
    if (call.service.hive4() && !seen.insert(names[i]).second && !(if_not_exists && TRY(reader.Exists(names[i])))) {
      return fail(i, MetaError("Duplicate partitions in the list: " + Shown(p)));
    }
  }
  for (size_t i = 0; !call.service.hive4() && i < partitions.size(); ++i) {
    if (seen.insert(names[i]).second || (if_not_exists && TRY(reader.Exists(names[i])))) continue;
    return fail(partitions.size(), MetaError("java.io.IOException: Duplicate partitions in the list: " + Shown(partitions[i])));
  }
  for (size_t i = 0; i < partitions.size(); ++i) {
    Partition& p = partitions[i];
    const std::string& part = names[i];
    TRY(CheckNulls(p, IsView(*table.table)));
    // Otherwise the insert finds out, for all of them at once.
    if (if_not_exists && TRY(reader.Exists(part))) continue;
    if (added) given.push_back(p);
    TRY(Prepare(call, write, table, part, environment, bare.contains(i), &p));
    if (added) {   // Hive gives back what came in, with what it filled in itself
      Partition& g = given.back();
      g.catName = p.catName;
      g.createTime = p.createTime;
      g.set_parameters(p.parameters);
      if (g.sd && p.sd) g.sd->location = p.sd->location;
      if (!g.sd) g.sd = p.sd;
    }
    new_names.push_back(part);
    stored.push_back(std::move(p));
  }
  if (!new_names.empty() || !call.service.hive4()) {   // Hive 3 tells even of none
    if (!new_names.empty()) TRY(writer.InsertAll(new_names, stored));
    std::string list = TableMembers(*table.table) + ",\"partitions\":[";
    std::string files;
    bool names_files = !call.service.hive4() || !IsExternal(*table.table);
    for (size_t i = 0; i < new_names.size(); ++i) {
      list += (i ? "," : "") + PartitionValuesJson(*table.table, stored[i].values);
      if (names_files) files += fmt::format("{}{{\"partitionName\":{},\"files\":{}}}", i ? "," : "", JsonQuote(new_names[i]), stored[i].sd ? FilesThere(*stored[i].sd) : "[]");
    }
    TRY(RecordSimpleEvent(call, *write, "ADD_PARTITION", name, list + "],\"partitionFiles\":[" + files + "]", &stored));
  }
  TRY(write.Commit());
  if (added) *added = std::move(given);
  return Status::OK();
}

Status DropPartitions(Call& call, const TableName& name, const Strings& names, bool delete_data, bool purge, bool if_exists,
                      std::vector<Partition>* dropped) {
  std::vector<DataToDelete> data;
  DirectoryChange directories(call.service.warehouse());
  std::vector<std::pair<std::string, size_t>> parents;   // above a dropped partition, to go when they are empty
  {
    auto write = TRY(call.service.store().Write());
    TableRow table = TRY(LoadTable(*write, name));
    bool owns = delete_data && OwnsData(call, *table.table);
    purge = purge || ParameterIsTrue(table.table->parameters, "auto.purge");
    PartitionReader reader(*write, table);
    PartitionWriter writer(call.service, write, table);
    Strings values;
    for (const std::string& part : names) {
      auto p = TRY(reader.Find(part));
      if (!p && if_exists) continue;
      if (!p) return NoSuchPartition(reader.ValuesOf(part));
      TRY(writer.Delete(part));
      if (owns && p->sd && !p->sd->location.empty()) {
        const std::string* original = ParameterIsTrue(p->parameters, "is_archived") ? FindParameter(p->parameters, "original_location") : nullptr;
        data.push_back({original ? *original : p->sd->location, purge});
        if (table.table->partitionKeys.size() > 1) parents.push_back({p->sd->location, table.table->partitionKeys.size() - 1});
      }
      values.push_back(PartitionValuesJson(*table.table, p->values));
      if (dropped) dropped->push_back(std::move(*p));
    }
    TRY(write->Run("DELETE FROM privs WHERE ctlg = ? AND db = ? AND object = ? AND part <> '' AND part NOT IN (SELECT name FROM parts WHERE tbl_id = ?)",
                   {name.catalog, name.db, name.name, table.id}));
    if (call.service.hive4() && !values.empty()) values = {Join(values, ",")};   // one event; Hive 3 tells of each partition by itself
    for (const std::string& v : values) TRY(RecordSimpleEvent(call, *write, "DROP_PARTITION", name, TableMembers(*table.table) + ",\"partitions\":[" + v + "]"));
    TRY(directories.SetAside(write, data));
    TRY(write.Commit());
  }
  directories.Finish();
  for (auto& [location, depth] : parents) {
    for (size_t i = 0; i < depth; ++i) {
      location.resize(location.rfind('/'));
      if (!call.service.warehouse().DeleteIfEmpty(location)) break;
    }
  }
  return Status::OK();
}

void AddPartitionCalls(Router& r) {
  r.Add<call::add_partition, AddPartitionCall>();
  r.Add<call::add_partition_with_environment_context, AddPartitionEnv>();
  r.Add<call::add_partitions, AddPartitionsCall>();
  r.Add<call::add_partitions_req, AddPartitionsReq>();
  r.Add<call::add_partitions_pspec, AddPartitionsPspec>();
  r.Add<call::append_partition, AppendCall>();
  r.Add<call::append_partition_with_environment_context, AppendEnv>();
  r.Add<call::append_partition_by_name, AppendByName>();
  r.Add<call::append_partition_by_name_with_environment_context, AppendByNameEnv>();
  r.Add<call::append_partition_req, AppendReq>();
  r.Add<call::get_partition, GetPartition>();
  r.Add<call::get_partition_with_auth, GetPartitionAuth>();
  r.Add<call::get_partition_by_name, GetPartitionByName>();
  r.Add<call::get_partition_req, GetPartitionReq>();
  r.Add<call::drop_partition, DropPartition>();
  r.Add<call::drop_partition_with_environment_context, DropPartitionEnv>();
  r.Add<call::drop_partition_by_name, DropByName>();
  r.Add<call::drop_partition_by_name_with_environment_context, DropByNameEnv>();
  r.Add<call::drop_partition_req, DropReq>();
}

}  // namespace tarn::metastore
