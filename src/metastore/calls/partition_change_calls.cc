// Changing partitions: alter, rename, exchange, drop many.
#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/calls/partition_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/events.h"
#include "metastore/filter.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
using namespace wire;

const Parameters& Environment(const Box<EnvironmentContext>& c) {
  static const Parameters kNone;
  return c ? c->properties : kNone;
}

// Measures the directory when the numbers are not there, differ from those before, or come from a statistics task, as Hive does.
Status Measure(Call& call, const TableRow& table, const Partition& old_part, const Parameters& environment, bool even_if_same, Partition* p) {
  if (IsView(*table.table) || !p->sd || !MayUpdateStats(environment)) return Status::OK();
  const std::string* by = FindParameter(environment, "STATS_GENERATED");
  bool generated = by && (*by == "TASK" || *by == "USER"), same = HasQuickStats(call, p->parameters) && SameQuickStats(call, old_part.parameters, p->parameters);
  if (same && !generated) return Status::OK();
  if (same && !even_if_same) MarkBasicStats(&p->parameters, environment);
  else if (!ParameterIsTrue(table.table->parameters, "transactional")) TRY(UpdateQuickStats(call, &p->parameters, p->sd->location, false, true, environment));
  return Status::OK();
}

// What the stored partition becomes: times, location and quick statistics as Hive keeps them.
Status Merge(Call& call, SqlConnection& c, const TableRow& table, const Partition& old_part, const Parameters& environment, Partition* p) {
  NormalizePartition(table, p);
  if (!p->sd && old_part.sd) p->sd = *old_part.sd;
  if (p->sd) {
    NormalizeDescriptor(&*p->sd);
    if (!p->sd->location.empty() && p->sd->location.find("..") != std::string::npos) TRY(call.service.warehouse().Qualify(p->sd->location));
    if (p->sd->location.empty() && old_part.sd) p->sd->location = old_part.sd->location;
  }
  if (p->parameters[kDdlTime].empty() || p->parameters[kDdlTime] == "0") p->parameters[kDdlTime] = std::to_string(NowSeconds());
  TRY(Measure(call, table, old_part, environment, false, p));
  if (!old_part.sd || !p->sd) return Status::OK();
  return ForgetStaleStats(c, table.id, TRY(PartitionName(*table.table, old_part.values)), old_part.sd->cols, p->sd->cols, false, &p->parameters);
}

Status CheckOwner(const TableName& name, const Partition& p) {
  if (!p.has_tableName() || !p.has_dbName()) return MetaError("database or table name of the partition is null");
  if (LowerName(p.tableName) != name.name || ParseDbName(p.dbName).db != name.db) return MetaError("partition belongs to another table: " + p.dbName + "." + p.tableName);
  return Status::OK();
}

// `one`: alter_partition, which words its faults in another way.
Status Alter(Call& call, const TableName& name, std::vector<Partition> parts, const Parameters& environment, bool one) {
  auto write = TRY(call.service.store().Write());
  TableRow table = TRY(FindTable(*write, name));
  if (!table.id) {
    return InvalidOperation(one ? "alter is not possible: Unable to alter partition because table or database does not exist."
                                : "Alter partition operation failed: InvalidObjectException(message:Unable to alter partitions because table or database does not exist.)");
  }
  PartitionReader reader(*write, table);
  PartitionWriter writer(call.service, write, table);
  if (call.service.hive4() && !one) {   // Hive 4 reads them all at once
    size_t found = 0;
    for (const Partition& p : parts) {
      TRY(CheckOwner(name, p));
      if (TRY(reader.Exists(TRY(PartitionName(*table.table, p.values))))) ++found;
    }
    if (found != parts.size()) {
      return InvalidOperation(fmt::format("Alter partition operation failed: new parts size {} not matching with old parts size {}", parts.size(), found));
    }
  }
  for (Partition& p : parts) {
    TRY(CheckOwner(name, p));
    std::string part = TRY(PartitionName(*table.table, p.values));
    auto old_part = TRY(reader.Find(part));
    if (!old_part) {
      std::string missing = "partition values=[" + Join(p.values, ", ") + "]";
      return InvalidOperation(one ? "alter is not possible: " + missing : "Alter partition operation failed: NoSuchObjectException(message:" + missing + ")");
    }
    if (one && p.sd && !p.sd->location.empty()) p.sd->location = TRY(call.service.warehouse().Qualify(p.sd->location));
    TRY(Merge(call, *write, table, *old_part, environment, &p));
    TRY(writer.Update(part, p));
    TRY(RecordPartitionAltered(call, *write, name, *table.table, *old_part, p, "false", one ? -1 : 0));   // Hive 4 tells the write id that it stores
  }
  return write.Commit();
}
Status AlterOne(Call& call, const TableName& name, Box<Partition>& p, const Parameters& environment) {
  if (!p) return InvalidOperation("partition is null");
  return Alter(call, name, {std::move(*p)}, environment, true);
}
TableName Name(const std::string& db, const std::string& table) { return MakeTableName(ParseDbName(db), table); }

Status AlterPartition(Call& call, alter_partition_args& a) { return AlterOne(call, Name(a.db_name, a.tbl_name), a.new_part, {}); }
Status AlterPartitionEnv(Call& call, alter_partition_with_environment_context_args& a) {
  return AlterOne(call, Name(a.db_name, a.tbl_name), a.new_part, Environment(a.environment_context));
}
Status AlterPartitions(Call& call, alter_partitions_args& a) { return Alter(call, Name(a.db_name, a.tbl_name), std::move(a.new_parts), {}, false); }
Status AlterPartitionsEnv(Call& call, alter_partitions_with_environment_context_args& a) {
  return Alter(call, Name(a.db_name, a.tbl_name), std::move(a.new_parts), Environment(a.environment_context), false);
}
Result<AlterPartitionsResponse> AlterPartitionsReq(Call& call, alter_partitions_req_args& a) {
  if (!a.req) return MetaError("request is null");
  TRY(Alter(call, MakeTableName(ParseDbName(a.req->dbName, a.req->catName), a.req->tableName), std::move(a.req->partitions), Environment(a.req->environmentContext), false));
  return AlterPartitionsResponse{};
}

// ---- rename ----

Status Rename(Call& call, const TableName& name, const Strings& values, Box<Partition>& target) {
  if (!target) return MetaError("partition is null");
  DirectoryChange directories(call.service.warehouse());
  auto write = TRY(call.service.store().Write());
  TableRow table = TRY(FindTable(*write, name));
  if (!table.id) return InvalidOperation("Unable to alter partition because table or database does not exist.");
  TRY(CheckOwner(name, *target));
  PartitionReader reader(*write, table);
  PartitionWriter writer(call.service, write, table);
  auto old_name = PartitionName(*table.table, values);
  auto new_name = PartitionName(*table.table, target->values);
  if (values.empty()) return InvalidOperation("Unable to rename partition because old partition does not exist");
  if (!old_name.ok()) return std::move(old_name).status();
  auto old_part = TRY(reader.Find(*old_name));
  if (old_part && new_name.ok() && !call.service.hive4() && !IsExternal(*table.table)) {   // no directory is made of an empty value
    std::string spec;
    bool empty = false;
    for (size_t i = 0; i < target->values.size(); ++i) {
      spec += (i ? ", " : "") + table.table->partitionKeys[i].name + "=" + target->values[i];
      empty = empty || target->values[i].empty();
    }
    if (empty) return MetaError("Partition spec is incorrect. {" + spec + "}");
  }
  if (!old_part) return InvalidOperation("Unable to rename partition because old partition does not exist");
  if (!new_name.ok()) return std::move(new_name).status();
  if (TRY(reader.Find(*new_name))) return InvalidOperation(fmt::format("Partition already exists:{}.{}.{}", name.db, name.name, "[" + Join(target->values, ", ") + "]"));
  Partition p = std::move(*target);
  NormalizePartition(table, &p);
  std::string from = old_part->sd ? old_part->sd->location : "";
  if (!p.sd && old_part->sd) p.sd = *old_part->sd;
  if (p.sd) {
    NormalizeDescriptor(&*p.sd);
    p.sd->location = from;   // an external partition stays where it is
    bool moves = !IsExternal(*table.table) || (call.service.hive4() && ParameterIsTrue(table.table->parameters, "TRANSLATED_TO_EXTERNAL"));
    if (moves && !from.empty() && table.table->sd) {
      std::string to = Warehouse::Child(table.table->sd->location, *new_name);
      Status s = directories.Move(write, from, to);
      if (s.code() == StatusCode::kAlreadyExists) return InvalidOperation("New location for this partition already exists: " + to);
      if (s.ok()) {
        p.sd->location = to;
      } else if (s.code() != StatusCode::kNotSupported) {
        return InvalidOperation("Unable to move partition data: " + s.message());
      }
    }
  }
  if (p.parameters[kDdlTime].empty() || p.parameters[kDdlTime] == "0") p.parameters[kDdlTime] = std::to_string(NowSeconds());
  TRY(Measure(call, table, *old_part, {}, true, &p));
  if (old_part->sd && p.sd) TRY(ForgetStaleStats(*write, table.id, *old_name, old_part->sd->cols, p.sd->cols, true, &p.parameters));
  TRY(write->Run("UPDATE col_stats SET part_name = ? WHERE tbl_id = ? AND part_name = ?", {*new_name, table.id, *old_name}));
  TRY(writer.Delete(*old_name));
  TRY(writer.Insert(*new_name, p));
  TRY(RecordPartitionAltered(call, *write, name, *table.table, *old_part, p));
  return write.Commit();
}
Status RenamePartition(Call& call, rename_partition_args& a) { return Rename(call, Name(a.db_name, a.tbl_name), a.part_vals, a.new_part); }
Result<RenamePartitionResponse> RenameReq(Call& call, rename_partition_req_args& a) {
  if (!a.req) return MetaError("request is null");
  TRY(Rename(call, MakeTableName(ParseDbName(a.req->dbName, a.req->catName), a.req->tableName), a.req->partVals, a.req->newPart));
  return RenamePartitionResponse{};
}

// ---- exchange: partitions move to another table of the same shape ----

Result<std::vector<Partition>> Exchange(Call& call, const std::map<std::string, std::string>& spec, const TableName& from, const TableName& to) {
  const Warehouse& warehouse = call.service.warehouse();
  auto write = TRY(call.service.store().Write());
  TableRow target = TRY(FindTable(*write, to));
  if (!target.id) return MetaError("The destination table " + to.Full() + " not found");
  TableRow source = TRY(FindTable(*write, from));
  if (!source.id) return MetaError("The source table " + from.Full() + " not found");
  const Table& s = *source.table;
  const Table& t = *target.table;
  auto same = [](const std::vector<FieldSchema>& a, const std::vector<FieldSchema>& b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](auto& x, auto& y) { return x.name == y.name && x.type == y.type; });
  };
  if (spec.empty()) return MetaError("The partition specification is empty");
  Strings values;   // a key without a value stands for all of its values
  for (const FieldSchema& k : s.partitionKeys) {
    auto it = spec.find(k.name);
    values.push_back(it == spec.end() ? "" : it->second);
  }
  PartitionReader reader(*write, source), target_reader(*write, target);
  PartitionWriter remove(call.service, write, source), insert(call.service, write, target);
  Strings names = TRY(NamesLike(reader, values));
  if (names.empty()) {
    std::string shown;
    for (const auto& [k, v] : spec) shown += (shown.empty() ? "" : ", ") + k + "=" + v;
    return MetaError("No partition is found with the values {" + shown + "} for the table " + from.name);
  }
  if (!s.sd || !t.sd || !same(s.sd->cols, t.sd->cols) || !same(s.partitionKeys, t.partitionKeys)) return MetaError("The tables have different schemas. Their partitions cannot be exchanged.");
  if (std::all_of(values.begin(), values.end(), [](const std::string& v) { return v.empty(); })) return MetaError("Invalid partition key & values; keys [], values []");
  for (const std::string& n : names) {   // before anything is moved: a table exchanged with itself, too
    if (TRY(target_reader.Find(n))) return MetaError("The partition " + n + " already exists in the table " + to.name);
  }
  // Hive moves one directory, that of the values given: with a value left out in the middle there is none of that name.
  std::vector<FieldSchema> keys_given;
  Strings values_given;
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].empty()) continue;
    keys_given.push_back(s.partitionKeys[i]);
    values_given.push_back(values[i]);
  }
  std::string whole = Warehouse::Child(s.sd->location, MakePartitionName(keys_given, values_given));
  if (!warehouse.Exists(whole)) return MetaError("Unable to move partition data: " + whole + " is not there");
  std::vector<Partition> out;
  DirectoryChange::Moves moves;
  for (const std::string& n : names) {
    auto p = TRY(reader.Find(n));
    std::string old_location = Warehouse::Child(s.sd->location, n);   // a place of its own is not looked for, as in Hive
    if (!warehouse.Exists(old_location)) return MetaError("Unable to move partition data: " + old_location + " is not there");
    if (p->sd) {
      p->sd->location = Warehouse::Child(t.sd->location, n);
      moves.emplace_back(std::move(old_location), p->sd->location);
    }
    out.push_back(std::move(*p));
  }
  DirectoryChange directories(warehouse);
  size_t failed = 0;
  if (Status moved = moves.empty() ? Status::OK() : directories.Move(write, moves, &failed); !moved.ok()) {
    return MetaError("Unable to move " + moves[failed].first + " to " + moves[failed].second + ": " + moved.message());
  }
  for (size_t i = 0; i < out.size(); ++i) {
    TRY(remove.Delete(names[i]));
    NormalizePartition(target, &out[i]);
    TRY(insert.Insert(names[i], out[i]));
  }
  TRY(RecordSimpleEvent(call, *write, "ADD_PARTITION", to));
  TRY(RecordSimpleEvent(call, *write, "DROP_PARTITION", from));
  TRY(write.Commit());
  return out;
}
Result<Partition> ExchangeOne(Call& call, exchange_partition_args& a) {
  TRY(Exchange(call, a.partitionSpecs, Name(a.source_db, a.source_table_name), Name(a.dest_db, a.dest_table_name)));
  return Partition{};   // Hive gives an empty one
}
Result<std::vector<Partition>> ExchangeMany(Call& call, exchange_partitions_args& a) {
  return Exchange(call, a.partitionSpecs, Name(a.source_db, a.source_table_name), Name(a.dest_db, a.dest_table_name));
}

// ---- drop many ----

Result<DropPartitionsResult> DropMany(Call& call, drop_partitions_req_args& a) {
  if (!a.req || !a.req->parts) return MetaError("request is null");
  DropPartitionsRequest& q = *a.req;
  TableName name = MakeTableName(ParseDbName(q.dbName, q.catName), q.tblName);
  {
    auto read = TRY(call.service.store().Read());
    if (!call.service.hive4() && !TRY(FindDatabaseId(*read, name.catalog, name.db))) return NoSuchObject(name.db);
  }
  TableRow table = TRY(LoadTable(call.service, name));
  bool if_exists = q.has_ifExists() && q.ifExists, delete_data = q.has_deleteData() && q.deleteData;   // what is not said is not so
  Strings names = q.parts->names;
  for (const DropPartitionsExpr& e : q.parts->exprs) {
    auto filter = Filter::Parse(e.expr);
    if (!filter.ok()) return MetaError("drop_partitions_req with a serialised expression is not supported; send names or filter text");
    TRY(filter->Bind(table.table->partitionKeys));
    auto read = TRY(call.service.store().Read());
    PartitionReader reader(*read, table);
    size_t before = names.size();
    for (std::string& n : TRY(reader.Names())) if (filter->Matches(reader.ValuesOf(n))) names.push_back(std::move(n));
    if (names.size() == before && !if_exists) return NoSuchObject("No partitions to drop");
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  DropPartitionsResult out;
  std::vector<Partition> dropped;
  const Parameters& e = Environment(q.environmentContext);
  bool need = q.needResult || !q.has_needResult();
  Status s = DropPartitions(call, name, names, delete_data, ParameterIsTrue(e, "ifPurge"), if_exists, need ? &dropped : nullptr);
  if (s.code() == StatusCode::kNotFound) return NoSuchObject("Some partitions to drop are missing");
  TRY(std::move(s));
  if (need) out.set_partitions(std::move(dropped));
  return out;
}
}  // namespace

Status RecordPartitionAltered(Call& call, SqlConnection& c, const TableName& name, const Table& table, const Partition& before, const Partition& after, const char* truncated,
                              int64_t write_id) {
  return RecordSimpleEvent(call, c, "ALTER_PARTITION", name, TableMembers(table) + WriteIdMember(call, write_id) + ",\"isTruncateOp\":\"" + truncated + "\",\"keyValues\":" +
                           PartitionValuesJson(table, before.values) + ",\"partitionObjBeforeJson\":" + JsonQuote(ThriftJson(before)) +
                           ",\"partitionObjAfterJson\":" + JsonQuote(ThriftJson(after)));
}

void AddPartitionChangeCalls(Router& r) {
  r.Add<call::alter_partition, AlterPartition>();
  r.Add<call::alter_partition_with_environment_context, AlterPartitionEnv>();
  r.Add<call::alter_partitions, AlterPartitions>();
  r.Add<call::alter_partitions_with_environment_context, AlterPartitionsEnv>();
  r.Add<call::alter_partitions_req, AlterPartitionsReq>();
  r.Add<call::rename_partition, RenamePartition>();
  r.Add<call::rename_partition_req, RenameReq>();
  r.Add<call::exchange_partition, ExchangeOne>();
  r.Add<call::exchange_partitions, ExchangeMany>();
  r.Add<call::drop_partitions_req, DropMany>();
}

}  // namespace tarn::metastore
