// A whole catalog as a stream of records: read from any metastore, written into this one's store, or to and from a file of JSON lines.
//
//   CatalogSource (Apache's or Tarn's metastore by Thrift, or this store)  ->  Record  ->  CatalogTarget (this store) or DumpWriter (file)
//   DumpReader (file)  ->  Record  ->  CatalogTarget
// The file is docs/format/dump.md. Memory: one record, or one batch of partitions. A source is no snapshot: what changes while it is read
// may or may not be there, and what vanishes is left out. A target leaves what it has as it is and counts it as kept: a load that was
// interrupted is run again. Not among the records: locks, transactions, write ids, notifications, tokens, resource plans and the other
// things of tier 3, statistics of other engines than hive, grants on single columns and partitions of an Apache metastore.
// Threads: one.
#pragma once

#include <array>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "metastore/calls/constraints_internal.h"
#include "metastore/router.h"
#include "wire/hms_client.h"

namespace tarn::metastore {

struct RecordScope { std::string catalog, db, table, partition; };
struct ColumnStatisticsRecord { std::vector<wire::ColumnStatisticsObj> columns; };
struct RoleRecord { std::string name; };
using RecordValue = std::variant<wire::Catalog, wire::Database, wire::Table, Constraints, ColumnStatisticsRecord, wire::Partition, wire::Function, RoleRecord, wire::RolePrincipalGrant,
                                 wire::HiveObjectPrivilege>;
// By the index in RecordValue.
inline constexpr std::array<const char*, 10> kRecordNames = {"catalog", "database", "table", "constraints", "statistics", "partition", "function", "role", "role_grant", "privilege"};
struct Record {
  RecordScope scope;             // of constraints, statistics, partitions: the table (and partition); else as far as it goes
  RecordValue value;
};
using OnRecord = std::function<Status(Record&)>;
using RecordCounts = std::array<int64_t, 10>;
std::string CountsJson(const RecordCounts& counts);     // {"database":3,...}; those that are 0 too
// Told now and then what has been done so far.
using OnProgress = std::function<void(const std::string&)>;

class CatalogSource {
 public:
  explicit CatalogSource(wire::HmsClient& remote);
  explicit CatalogSource(Service& local);
  ~CatalogSource();
  Status Read(const OnRecord& on_record);

  // Any call, wherever it is answered.
  template <typename C> Result<typename C::Reply> Call(const typename C::Args& args) {
    typename C::Reply reply{};
    if (remote_) return remote_->Call<C>(args);
    TRY(CallHere(C::desc(), &args, &reply));
    return reply;
  }
  Result<std::vector<std::string>> Catalogs();
  Result<std::vector<std::string>> Databases(const std::string& catalog);
  Result<std::vector<wire::Table>> Tables(const std::string& catalog, const std::string& db, const std::vector<std::string>& names);
  static std::string QualifiedDb(const std::string& catalog, const std::string& db);   // "db" or "@cat#db"

 private:
  struct Here;
  Status CallHere(const wire::CallDesc& desc, const void* args, void* reply);
  Status ReadDatabase(const std::string& catalog, const std::string& db, const OnRecord& on_record);
  Status ReadTable(const std::string& catalog, const std::string& db, wire::Table table, const OnRecord& on_record);
  Status ReadPartitions(const RecordScope& scope, const wire::Table& table, bool statistics, const OnRecord& on_record);
  Status ReadForeignKeys(const std::string& catalog, const std::string& db, const OnRecord& on_record);
  Status ReadPrivileges(wire::HiveObjectRef object, const OnRecord& on_record);
  Status ReadRoles(const OnRecord& on_record);

  wire::HmsClient* remote_ = nullptr;
  std::unique_ptr<Here> here_;
  bool is_tarn_ = false;
};

class CatalogTarget {
 public:
  explicit CatalogTarget(Service& service) : service_(service) {}
  Status Write(Record& record);
  Status Finish();               // commits what is left
  const RecordCounts& added() const { return added_; }
  int64_t kept() const { return kept_; }

 private:
  Status WriteOne(const RecordScope& scope, wire::Catalog& c);
  Status WriteOne(const RecordScope& scope, wire::Database& db);
  Status WriteOne(const RecordScope& scope, wire::Table& t);
  Status WriteOne(const RecordScope& scope, Constraints& k);
  Status WriteOne(const RecordScope& scope, ColumnStatisticsRecord& s);
  Status WriteOne(const RecordScope& scope, wire::Partition& p);
  Status WriteOne(const RecordScope& scope, wire::Function& f);
  Status WriteOne(const RecordScope& scope, RoleRecord& r);
  Status WriteOne(const RecordScope& scope, wire::RolePrincipalGrant& g);
  Status WriteOne(const RecordScope& scope, wire::HiveObjectPrivilege& p);
  Result<const TableRow*> TableOf(const RecordScope& scope);
  Status Commit();

  Service& service_;
  std::optional<Store::WriteLease> write_;
  std::unique_ptr<PartitionWriter> partitions_;
  TableName current_;
  TableRow current_row_;
  size_t waiting_ = 0;           // records since the last commit
  bool fresh_ = false;           // the record at hand was added
  RecordCounts added_{};
  int64_t kept_ = 0;
  bool marked_ = false;
};

// Writes the file: header line, records, trailer with the counts and a checksum.
class DumpWriter {
 public:
  explicit DumpWriter(std::FILE* out) : out_(out) {}
  Status Begin(const std::string& source);
  Status Write(const Record& record);
  Status End();
  const RecordCounts& counts() const { return counts_; }

 private:
  Status Line(const std::string& json);
  std::FILE* out_;
  RecordCounts counts_{};
  uint64_t checksum_ = 0;
  wire::Box<wire::StorageDescriptor> table_sd_;   // of the table whose partitions follow, without its location
  std::string table_location_;
};

// Reads it. `on_record` may be null: then the file is only checked (every line, the counts, the checksum).
Status ReadDump(std::FILE* in, const OnRecord& on_record, RecordCounts* counts);

}  // namespace tarn::metastore
