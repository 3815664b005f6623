// Column statistics of tables and partitions, one by one and aggregated.
#include <algorithm>

#include "base/text.h"
#include "metastore/calls/partition_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/column_stats.h"
#include "metastore/column_stats_aggregate.h"
#include "metastore/column_stats_flat.h"
#include "metastore/events.h"
#include "metastore/rows.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

TableName Name(const std::string& catalog, const std::string& db, const std::string& table) { return MakeTableName(ParseDbName(db, catalog), table); }
// Most of these calls word it so.
Result<TableRow> TableOf(Call& call, const TableName& name) {
  auto row = LoadTable(call.service, name);
  if (!row.ok() && row.status().code() == StatusCode::kNotFound) return NoSuchObject("Specified catalog.database.table does not exist : " + name.Full());
  return row;
}
std::string Engine(const std::string& engine) { return engine.empty() ? "hive" : ToLower(engine); }

// What metastore.stats.fetch.bitvector and .kll keep from clients (and from merging) when they are off.
void Withhold(const MetastoreOptions& options, ColumnStatisticsObj* o) {
  if ((options.stats_fetch_bitvector && options.stats_fetch_kll) || !o->statsData) return;
  FlatStats s = FlatStats::From(*o->statsData);
  if (s.kind == FlatStats::kNone) return;
  if (!options.stats_fetch_bitvector) s.bit_vectors.clear();
  if (!options.stats_fetch_kll) s.histogram.clear();
  *o->statsData = s.Data();
}

// ---- write ----

struct StatsWriter {
  Call& call;
  Store::WriteLease& write;
  TableName name;
  TableRow row;

  Result<std::optional<ColumnStatisticsObj>> Old(const std::string& part, const std::string& engine, const std::string& column) {
    std::optional<ColumnStatisticsObj> out;
    Status decoded;
    TRY(write->One("SELECT doc FROM col_stats WHERE tbl_id = ? AND part_name = ? AND engine = ? AND col = ?", {row.id, part, engine, column}, [&](const SqlRow& r) {
      decoded = DecodeStruct(Protocol::kCompact, r.Text(0), ColumnStatisticsObj::desc(), &out.emplace());
    }));
    TRY(decoded);
    return out;
  }

  // `aggregated`: by set_aggr_stats_for.
  Status Put(const ColumnStatistics& stats, bool merge, bool aggregated = false) {
    const ColumnStatisticsDesc& d = *stats.statsDesc;
    std::string part = d.isTblLevel ? "" : d.partName;
    std::string engine = Engine(stats.engine);
    int64_t analyzed = d.lastAnalyzed ? d.lastAnalyzed : NowSeconds();
    Strings columns;
    // Merging goes for columns whose old statistics are accurate; the others are left as they are, as Hive does it.
    std::map<std::string, std::string> parameters = row.table->parameters;
    if (merge && !part.empty()) {
      auto p = TRY(PartitionReader(*write, row).Find(part));
      if (!p) return NoSuchObject("Partition " + part + " for which stats is gathered doesn't exist.");
      parameters = std::move(p->parameters);
    }
    for (const ColumnStatisticsObj& obj : stats.statsObj) {
      if (merge && !HasColumnState(parameters, ToLower(obj.colName))) continue;
      if (!obj.statsData) return InvalidObject("statistics of column " + obj.colName + " are empty");
      ColumnStatisticsObj o = obj;
      o.colName = ToLower(o.colName);
      const Table& t = *row.table;
      bool known = t.sd && std::any_of(t.sd->cols.begin(), t.sd->cols.end(), [&](const FieldSchema& f) { return f.name == o.colName; });
      if (!known) return NoSuchObject("Column " + o.colName + " for which stats gathering is requested doesn't exist.");
      if (merge) {
        auto old_stats = TRY(Old(part, engine, o.colName));
        if (old_stats && old_stats->statsData) {
          Withhold(call.service.options(), &*old_stats);
          CombineStats(*old_stats->statsData, &*o.statsData);
        }
      }
      TRY(write->Run("DELETE FROM col_stats WHERE tbl_id = ? AND part_name = ? AND engine = ? AND col = ?", {row.id, part, engine, o.colName}));
      TRY(write->Run("INSERT INTO col_stats (tbl_id, part_name, engine, col, analyzed, doc) VALUES (?, ?, ?, ?, ?, ?)",
                     {row.id, part, engine, o.colName, analyzed, SqlBlob{Encode(o)}}));
      columns.push_back(o.colName);
    }
    if (merge && columns.empty()) return Status::OK();
    if (part.empty()) {
      auto t = std::make_shared<Table>(*row.table);
      AddColumnState(&t->parameters, columns);
      TRY(UpdateTable(*write, row.id, row.db_id, *t));
      row.table = std::move(t);
      return call.service.hive4() ? RecordEvent(call, *write, "UPDATE_TBL_COL_STAT_EVENT", name, ColumnStatsMessage(*row.table, row.table->parameters, stats, nullptr)) : Status::OK();   // Hive 3 has no such event
    }
    PartitionReader reader(*write, row);
    auto p = TRY(reader.Find(part));
    if (!p) return NoSuchObject("Partition for which stats is gathered doesn't exist.");
    bool hive4_batch = aggregated && call.service.hive4();   // Hive 4 writes these by SQL of its own: nothing of no columns, new ones with the basic state, the state alone told
    if (hive4_batch && columns.empty()) return Status::OK();
    if (hive4_batch) p->parameters.try_emplace("COLUMN_STATS_ACCURATE", R"({"BASIC_STATS":"true"})");
    AddColumnState(&p->parameters, columns);
    TRY(PartitionWriter(call.service, write, row).Update(part, *p));
    if (!call.service.hive4()) return Status::OK();
    if (hive4_batch) {
      Parameters told{{"COLUMN_STATS_ACCURATE", p->parameters["COLUMN_STATS_ACCURATE"]}};
      return RecordEvent(call, *write, "UPDATE_PART_COL_STAT_EVENT", name, ColumnStatsMessage(*row.table, told, stats, &p->values));
    }
    return RecordEvent(call, *write, "UPDATE_PART_COL_STAT_EVENT", name, ColumnStatsMessage(*row.table, p->parameters, stats, &p->values));
  }
};

Status PutAll(Call& call, std::vector<ColumnStatistics>& all, bool merge, bool aggregate = false) {
  if (all.empty()) return Status::OK();
  for (const ColumnStatistics& s : all) if (!s.statsDesc) return InvalidObject("statistics without a description");
  const ColumnStatisticsDesc& d = *all[0].statsDesc;
  TableName name = Name(d.catName, d.dbName, d.tableName);
  {
    auto write = TRY(call.service.store().Write());
    TableRow row = TRY(FindTable(*write, name));
    if (!row.id && !d.isTblLevel && !merge) return InvalidObject(name.Full() + " table not found");
    if (!row.id) return NoSuchObject("Specified catalog.database.table does not exist : " + name.Full());
    StatsWriter writer{call, write, name, std::move(row)};
    const bool by_name = aggregate && call.service.hive4() && !d.isTblLevel;   // Hive 4 takes these names as they are
    if (by_name) {
      for (const ColumnStatistics& s : all) if (s.statsDesc->partName.empty()) return MetaError("Partition name is invalid. ");
      if (!merge) {   // and leaves those out that are not there
        PartitionReader reader(*write, writer.row);
        Status missing;
        std::erase_if(all, [&](const ColumnStatistics& s) {
          auto there = reader.Exists(s.statsDesc->partName);
          if (!there.ok()) missing = there.status();
          return there.ok() && !*there;
        });
        TRY(missing);
        if (all.empty()) return MetaError("Unable to update Column stats for  " + name.name + " due to: The IN list is empty!");
      }
    }
    for (ColumnStatistics& s : all) {
      if (!s.statsDesc->isTblLevel && !by_name) {   // part names are compared as Hive writes them: keys in lower case
        std::string part;
        for (auto& [k, v] : TRY(ParsePartitionName(s.statsDesc->partName))) part += (part.empty() ? "" : "/") + EscapePathName(ToLower(k)) + "=" + EscapePathName(v);
        TRY(tarn::internal::ToStatus(ValuesFromName(*writer.row.table, part)));
        s.statsDesc->partName = part;
      }
      TRY(writer.Put(s, merge, aggregate));
    }
    TRY(write.Commit());
  }
  call.service.tables().Forget(name);
  return Status::OK();
}

Result<bool> UpdateTableStats(Call& call, update_table_column_statistics_args& a) {
  if (!a.stats_obj) return InvalidObject("statistics are null");
  std::vector<ColumnStatistics> one{*a.stats_obj};
  TRY(PutAll(call, one, false));
  return true;
}
Result<bool> UpdatePartitionStats(Call& call, update_partition_column_statistics_args& a) {
  if (!a.stats_obj) return InvalidObject("statistics are null");
  std::vector<ColumnStatistics> one{*a.stats_obj};
  TRY(PutAll(call, one, false));
  return true;
}
Result<SetPartitionsStatsResponse> UpdateTableStatsReq(Call& call, update_table_column_statistics_req_args& a) {
  if (!a.req) return InvalidObject("request is null");
  TRY(PutAll(call, a.req->colStats, false));
  return SetPartitionsStatsResponse{.result = true};
}
Result<SetPartitionsStatsResponse> UpdatePartitionStatsReq(Call& call, update_partition_column_statistics_req_args& a) {
  if (!a.req) return InvalidObject("request is null");
  if (!a.req->colStats.empty() && a.req->colStats[0].statsDesc) {
    const ColumnStatisticsDesc& d = *a.req->colStats[0].statsDesc;
    auto row = LoadTable(call.service, Name(d.catName, d.dbName, d.tableName));
    if (!row.ok()) return row.status().code() == StatusCode::kNotFound ? InvalidObject(row.status().message()) : std::move(row).status();
  }
  TRY(PutAll(call, a.req->colStats, false));
  return SetPartitionsStatsResponse{.result = true};
}
Result<bool> SetAggrStats(Call& call, set_aggr_stats_for_args& a) {
  if (!a.request) return InvalidObject("request is null");
  TRY(PutAll(call, a.request->colStats, a.request->needMerge, true));
  const std::vector<ColumnStatistics>& all = a.request->colStats;
  bool partitions = !all.empty() && all[0].statsDesc && !all[0].statsDesc->isTblLevel;
  return !(call.service.hive4() && partitions && a.request->needMerge);   // Hive 4 answers "false" to these, merged or not
}

// ---- read ----

Result<std::vector<ColumnStatisticsObj>> Read(Call& call, SqlConnection& c, int64_t table_id, const std::string& part, const std::string& engine, const Strings& columns,
                                              int64_t* analyzed = nullptr) {
  std::vector<ColumnStatisticsObj> out;
  Status decoded;
  Strings wanted;
  for (const std::string& s : columns) wanted.push_back(ToLower(s));
  TRY(c.Each("SELECT col, analyzed, doc FROM col_stats WHERE tbl_id = ? AND part_name = ? AND engine = ? ORDER BY col", {table_id, part, engine}, [&](const SqlRow& row) {
    if (std::find(wanted.begin(), wanted.end(), row.Text(0)) == wanted.end()) return true;
    if (analyzed) *analyzed = row.Int(1);
    decoded = DecodeStruct(Protocol::kCompact, row.Text(2), ColumnStatisticsObj::desc(), &out.emplace_back());
    if (decoded.ok()) Withhold(call.service.options(), &out.back());
    return decoded.ok();
  }));
  TRY(decoded);
  return out;
}

Result<ColumnStatistics> One(Call& call, const TableName& name, const std::string& part, const std::string& column) {
  TableRow row = TRY(TableOf(call, name));
  auto read = TRY(call.service.store().Read());
  ColumnStatistics out;
  ColumnStatisticsDesc& d = out.statsDesc.Make();
  d.isTblLevel = part.empty();
  d.dbName = name.db;
  d.tableName = name.name;
  d.partName = part;
  d.catName = name.catalog;
  int64_t analyzed = 0;
  out.set_statsObj(TRY(Read(call, *read, row.id, part, "hive", {column}, &analyzed)));
  d.set_lastAnalyzed(analyzed);
  if (!call.service.hive4()) out.clear_engine();
  if (out.statsObj.empty()) {
    return NoSuchObject("Statistics for dbName=" + name.db + " tableName=" + name.name + (part.empty() ? "" : " partName= " + part) + " columnName=" + column + " are not available.");
  }
  return out;
}
Result<ColumnStatistics> GetTableStats(Call& call, get_table_column_statistics_args& a) { return One(call, Name("", a.db_name, a.tbl_name), "", a.col_name); }
Result<ColumnStatistics> GetPartitionStats(Call& call, get_partition_column_statistics_args& a) {
  return One(call, Name("", a.db_name, a.tbl_name), a.part_name, a.col_name);
}
Result<TableStatsResult> GetTableStatsReq(Call& call, get_table_statistics_req_args& a) {
  if (!a.request) return MetaError("request is null");
  TableRow row = TRY(TableOf(call, Name(a.request->catName, a.request->dbName, a.request->tblName)));
  auto read = TRY(call.service.store().Read());
  TableStatsResult out;
  out.set_tableStats(TRY(Read(call, *read, row.id, "", Engine(a.request->engine), a.request->colNames)));
  return out;
}
Result<PartitionsStatsResult> GetPartitionsStats(Call& call, get_partitions_statistics_req_args& a) {
  if (!a.request) return MetaError("request is null");
  TableRow row = TRY(TableOf(call, Name(a.request->catName, a.request->dbName, a.request->tblName)));
  auto read = TRY(call.service.store().Read());
  PartitionsStatsResult out;
  out.set_partStats({});
  for (const std::string& part : a.request->partNames) {
    auto stats = TRY(Read(call, *read, row.id, part, Engine(a.request->engine), a.request->colNames));
    if (!stats.empty()) out.partStats[part] = std::move(stats);
  }
  return out;
}
Result<AggrStats> GetAggr(Call& call, get_aggr_stats_for_args& a) {
  if (!a.request) return MetaError("request is null");
  TableRow row = TRY(TableOf(call, Name(a.request->catName, a.request->dbName, a.request->tblName)));
  auto read = TRY(call.service.store().Read());
  AggrStats out;
  Strings asked = a.request->partNames;
  if (asked.empty() || a.request->colNames.empty()) {
    out.set_colStats({});
    return out;
  }
  Strings in_order = asked;
  std::sort(in_order.begin(), in_order.end());
  in_order.erase(std::unique(in_order.begin(), in_order.end()), in_order.end());
  std::map<std::string, std::vector<PartitionColumnStats>> by_column;
  for (const std::string& part : in_order) {
    auto stats = TRY(Read(call, *read, row.id, part, Engine(a.request->engine), a.request->colNames));
    if (stats.size() >= a.request->colNames.size() && !stats.empty()) ++out.partsFound;
    for (ColumnStatisticsObj& o : stats) by_column[o.colName].push_back({part, std::move(o)});
  }
  const MetastoreOptions& o = call.service.options();
  AggregateOptions how{.bit_vectors = o.stats_fetch_bitvector, .histograms = o.stats_fetch_kll, .density = o.stats_ndv_density, .tuner = o.stats_ndv_tuner};
  out.set_colStats({});
  for (auto& [name, found] : by_column) out.colStats.push_back(AggregateStats(found, asked, out.partsFound == static_cast<int64_t>(asked.size()), how));
  return out;
}

// ---- delete ----

Result<bool> Delete(Call& call, const TableName& name, const Strings& parts, const Strings& columns, const std::string& engine, bool table_level) {
  auto write = TRY(call.service.store().Write());
  TableRow row = TRY(FindTable(*write, name));
  if (!row.id) return table_level ? NoSuchObject("Table " + name.Full() + "  for which stats deletion is requested doesn't exist") : InvalidObject(name.db + "." + name.name + " table not found");
  PartitionReader reader(*write, row);
  for (const std::string& part : parts) TRY(tarn::internal::ToStatus(ValuesFromName(*row.table, part)));
  int64_t gone = 0;
  Strings where = parts;
  if (table_level) where = {""};
  for (const std::string& part : where) {
    auto p = part.empty() ? std::optional<Partition>() : TRY(reader.Find(part));
    if (!part.empty() && !p) return NoSuchObject("Partition " + part + " for which stats deletion is requested doesn't exist");
    if (columns.empty()) gone += TRY(write->Run("DELETE FROM col_stats WHERE tbl_id = ? AND part_name = ? AND engine = ?", {row.id, part, engine}));
    for (const std::string& c : columns) {
      gone += TRY(write->Run("DELETE FROM col_stats WHERE tbl_id = ? AND part_name = ? AND engine = ? AND col = ?", {row.id, part, engine, ToLower(c)}));
    }
    if (!call.service.hive4()) continue;   // Hive 3 leaves the mark as it is
    if (p) {
      RemoveColumnState(&p->parameters, columns);
      TRY(PartitionWriter(call.service, write, row).Update(part, *p));
    } else {
      auto t = std::make_shared<Table>(*row.table);
      RemoveColumnState(&t->parameters, columns);
      TRY(UpdateTable(*write, row.id, row.db_id, *t));
    }
  }
  if (gone == 0 && !table_level) {
    return NoSuchObject("Column stats doesn't exist for table=" + name.Full() + " partition=" + Join(parts, ",") + " col=" + Join(columns, ","));
  }
  if (gone == 0) return NoSuchObject("Column stats doesn't exist for db=" + name.db + " table=" + name.name + " col=" + Join(columns, ","));
  TRY(write.Commit());
  call.service.tables().Forget(name);
  return true;
}
Strings ColumnList(const std::string& column) { return column.empty() ? Strings() : Strings{column}; }
Result<bool> DeleteTableStats(Call& call, delete_table_column_statistics_args& a) {
  return Delete(call, Name("", a.db_name, a.tbl_name), {}, ColumnList(a.col_name), Engine(a.engine), true);
}
Result<bool> DeletePartitionStats(Call& call, delete_partition_column_statistics_args& a) {
  return Delete(call, Name("", a.db_name, a.tbl_name), {a.part_name}, ColumnList(a.col_name), Engine(a.engine), false);
}
Result<bool> DeleteReq(Call& call, delete_column_statistics_req_args& a) {
  if (!a.req) return MetaError("request is null");
  TableName name = Name(a.req->cat_name, a.req->db_name, a.req->tbl_name);
  Strings parts = a.req->part_names;
  if (!a.req->tableLevel && parts.empty()) {
    TableRow row = TRY(LoadTable(call.service, name));
    auto read = TRY(call.service.store().Read());
    parts = TRY(PartitionReader(*read, row).Names());
  }
  return Delete(call, name, parts, a.req->col_names, Engine(a.req->engine), a.req->tableLevel);
}
Status UpdateTransactional(Call&, update_transaction_statistics_args&) { return Status::OK(); }
}  // namespace

void AddStatisticsCalls(Router& r) {
  r.Add<call::update_table_column_statistics, UpdateTableStats>();
  r.Add<call::update_partition_column_statistics, UpdatePartitionStats>();
  r.Add<call::update_table_column_statistics_req, UpdateTableStatsReq>();
  r.Add<call::update_partition_column_statistics_req, UpdatePartitionStatsReq>();
  r.Add<call::set_aggr_stats_for, SetAggrStats>();
  r.Add<call::get_table_column_statistics, GetTableStats>();
  r.Add<call::get_partition_column_statistics, GetPartitionStats>();
  r.Add<call::get_table_statistics_req, GetTableStatsReq>();
  r.Add<call::get_partitions_statistics_req, GetPartitionsStats>();
  r.Add<call::get_aggr_stats_for, GetAggr>();
  r.Add<call::delete_table_column_statistics, DeleteTableStats>();
  r.Add<call::delete_partition_column_statistics, DeletePartitionStats>();
  r.Add<call::delete_column_statistics_req, DeleteReq>();
  r.Add<call::update_transaction_statistics, UpdateTransactional>(Depth::kFixed);
}

}  // namespace tarn::metastore
