#include "metastore/copy.h"

#include "fmt/format.h"
#include "metastore/calls/constraints_internal.h"
#include "metastore/rows.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr size_t kTablesPerRequest = 50;
constexpr size_t kPartitionsPerRequest = 500;

// A server of an older release does not know every call: then there is nothing of that kind.
template <typename T> Result<std::vector<T>> OrNone(Result<std::vector<T>> r) {
  if (!r.ok() && (r.status().code() == StatusCode::kNotSupported || r.status().code() == StatusCode::kNotFound)) return std::vector<T>();
  return r;
}

template <typename C, typename R> auto Fetch(HmsClient& from, R request, auto member) -> Result<std::decay_t<decltype(std::declval<typename C::Reply>().*member)>> {
  typename C::Args args;
  args.request = std::move(request);
  auto reply = TRY(from.Call<C>(args));
  return std::move(reply.*member);
}

class Copier {
 public:
  Copier(HmsClient& from, Service& to, const std::function<void(const std::string&)>& progress) : from_(from), to_(to), progress_(progress) {}

  Result<CopyCounts> Run() {
    for (const std::string& name : TRY(from_.GetAllDatabases())) {
      TRY(CopyDatabase(name));
      TRY(CopyTables(name));
      TRY(CopyFunctions(name));
      progress_(fmt::format("{}: {} tables, {} partitions so far", name, counts_.tables, counts_.partitions));
    }
    to_.tables().ForgetAll();
    return counts_;
  }

 private:
  Status CopyDatabase(const std::string& name) {
    Database db = TRY(from_.GetDatabase(name));
    auto write = TRY(to_.store().Write());
    if (TRY(FindDatabaseId(*write, kDefaultCatalog, name))) { ++counts_.kept; return Status::OK(); }
    db.catalogName = kDefaultCatalog;
    db.set_parameters(std::move(db.parameters));
    TRY(write->Run("INSERT INTO dbs (db_id, ctlg, name, doc) VALUES (?, ?, ?, ?)", {TRY(NextIds(*write, "db")), kDefaultCatalog, name, SqlBlob{Encode(db)}}));
    ++counts_.databases;
    return write.Commit();
  }

  Status CopyTables(const std::string& db) {
    Strings names = TRY(from_.GetAllTables(db));
    for (size_t at = 0; at < names.size(); at += kTablesPerRequest) {
      Strings some(names.begin() + static_cast<long>(at), names.begin() + static_cast<long>(std::min(names.size(), at + kTablesPerRequest)));
      for (Table& t : TRY(from_.GetTableObjectsByName(db, some))) TRY(CopyTable(db, std::move(t)));
    }
    return Status::OK();
  }

  Status CopyTable(const std::string& db, Table t) {
    TableName name{kDefaultCatalog, db, LowerName(t.tableName)};
    TableRow row;
    bool fresh = false;
    {
      auto write = TRY(to_.store().Write());
      int64_t db_id = TRY(FindDatabaseId(*write, name.catalog, name.db));
      row = TRY(FindTable(*write, name));
      if (row.id) {
        ++counts_.kept;
      } else {
        NormalizeTable(&t);
        t.catName = name.catalog;
        row = {TRY(NextIds(*write, "table")), db_id, std::make_shared<Table>(t)};
        TRY(InsertTable(*write, row.id, row.db_id, t));
        TRY(write.Commit());
        ++counts_.tables;
        fresh = true;
      }
    }
    if (fresh) {
      TRY(CopyConstraints(name, row));
      TRY(CopyStatistics(name, row));
    }
    return row.table->partitionKeys.empty() ? Status::OK() : CopyPartitions(name, row);
  }

  Status CopyPartitions(const TableName& name, const TableRow& row) {
    Strings names = TRY(from_.GetPartitionNames(name.db, name.name));
    for (size_t at = 0; at < names.size(); at += kPartitionsPerRequest) {
      Strings some(names.begin() + static_cast<long>(at), names.begin() + static_cast<long>(std::min(names.size(), at + kPartitionsPerRequest)));
      std::vector<Partition> parts = TRY(from_.GetPartitionsByNames(name.db, name.name, some));
      auto write = TRY(to_.store().Write());
      PartitionReader reader(*write, row);
      PartitionWriter writer(to_, write, row);
      for (Partition& p : parts) {
        std::string part = TRY(PartitionName(*row.table, p.values));
        if (TRY(reader.Exists(part))) { ++counts_.kept; continue; }
        NormalizePartition(row, &p);
        TRY(writer.Insert(part, p));
        ++counts_.partitions;
      }
      TRY(write.Commit());
      if (counts_.partitions - told_ >= 50'000) {
        told_ = counts_.partitions;
        progress_(fmt::format("{}: {} of {} partitions", name.Full(), at + some.size(), names.size()));
      }
    }
    return Status::OK();
  }

  Status CopyConstraints(const TableName& n, const TableRow& row) {
    Constraints k;
    k.primary = TRY(OrNone(from_.GetPrimaryKeys(n.db, n.name)));
    k.not_null = TRY(OrNone(from_.GetNotNullConstraints(n.db, n.name)));
    k.unique = TRY(OrNone(Fetch<call::get_unique_constraints>(from_, UniqueConstraintsRequest{.catName = n.catalog, .db_name = n.db, .tbl_name = n.name},
                                                              &UniqueConstraintsResponse::uniqueConstraints)));
    k.defaults = TRY(OrNone(Fetch<call::get_default_constraints>(from_, DefaultConstraintsRequest{.catName = n.catalog, .db_name = n.db, .tbl_name = n.name},
                                                                 &DefaultConstraintsResponse::defaultConstraints)));
    k.checks = TRY(OrNone(Fetch<call::get_check_constraints>(from_, CheckConstraintsRequest{.catName = n.catalog, .db_name = n.db, .tbl_name = n.name},
                                                             &CheckConstraintsResponse::checkConstraints)));
    size_t count = k.primary.size() + k.not_null.size() + k.unique.size() + k.defaults.size() + k.checks.size();
    if (!count) return Status::OK();
    auto write = TRY(to_.store().Write());
    TRY(AddConstraints(*write, n, row, std::move(k)));
    counts_.constraints += static_cast<int64_t>(count);
    return write.Commit();
  }

  Status CopyStatistics(const TableName& n, const TableRow& row) {
    if (!row.table->sd || row.table->tableType == "VIRTUAL_VIEW") return Status::OK();
    TableStatsRequest q{.dbName = n.db, .tblName = n.name};
    for (const FieldSchema& f : row.table->sd->cols) q.colNames.push_back(f.name);
    if (q.colNames.empty()) return Status::OK();
    auto stats = TRY(OrNone(Fetch<call::get_table_statistics_req>(from_, std::move(q), &TableStatsResult::tableStats)));
    if (stats.empty()) return Status::OK();
    auto write = TRY(to_.store().Write());
    for (const ColumnStatisticsObj& o : stats) {
      TRY(write->Run("INSERT INTO col_stats (tbl_id, part_name, engine, col, analyzed, doc) VALUES (?, '', 'hive', ?, 0, ?)", {row.id, LowerName(o.colName), SqlBlob{Encode(o)}}));
      ++counts_.statistics;
    }
    return write.Commit();
  }

  Status CopyFunctions(const std::string& db) {
    for (const std::string& name : TRY(from_.GetFunctions(db, "*"))) {
      Function f = TRY(from_.GetFunction(db, name));
      auto write = TRY(to_.store().Write());
      int64_t db_id = TRY(FindDatabaseId(*write, kDefaultCatalog, db));
      if (TRY(write->Int("SELECT COUNT(*) FROM funcs WHERE db_id = ? AND name = ?", {db_id, LowerName(name)}, 0))) { ++counts_.kept; continue; }
      TRY(write->Run("INSERT INTO funcs (db_id, name, doc) VALUES (?, ?, ?)", {db_id, LowerName(name), SqlBlob{Encode(f)}}));
      TRY(write.Commit());
      ++counts_.functions;
    }
    return Status::OK();
  }

  HmsClient& from_;
  Service& to_;
  const std::function<void(const std::string&)>& progress_;
  CopyCounts counts_;
  int64_t told_ = 0;
};
}  // namespace

Result<CopyCounts> CopyCatalog(HmsClient& from, Service& to, const std::function<void(const std::string&)>& progress) { return Copier(from, to, progress).Run(); }

}  // namespace tarn::metastore
