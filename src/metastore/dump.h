// A whole catalog as a stream of records: read from any metastore, written into this one's store, or to and from a file of JSON lines.
//
//   CatalogSource (Apache's or Tarn's metastore by Thrift, or this store)  ->  Record  ->  CatalogTarget (this store) or DumpWriter (file)
//   DumpReader (file)  ->  Record  ->  CatalogTarget
// The file is docs/format/dump.md. Memory: one record, or one batch of partitions. A source is no snapshot: what changes while it is read
// may or may not be there, and what vanishes is left out. A target leaves what it has as it is and counts it as kept: a load that was
// interrupted is run again; numbers (transactions, write ids, events) are raised, never lowered. What can't go over (open transactions and
// locks, ...) is named and counted: LeftBehind. Threads: one.
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
struct TransactionsRecord { int64_t high_water_mark = 0; };          // the last id that was given out
struct NotificationsRecord { int64_t last_event_id = 0; };
struct MasterKeyRecord { int64_t id = 0; std::string key; };         // id 0: the source does not tell it
struct TokenRecord { std::string identifier, token; };
struct ObjectRecord { std::string kind, name, doc; };                // what stored-only calls keep in Tarn's store, as it lies there
using RecordValue = std::variant<wire::Catalog, wire::Database, wire::Table, Constraints, ColumnStatisticsRecord, wire::Partition, wire::Function, RoleRecord, wire::RolePrincipalGrant,
                                 wire::HiveObjectPrivilege, wire::TableValidWriteIds, wire::CompactionInfoStruct, wire::RuntimeStat, MasterKeyRecord, TokenRecord, ObjectRecord,
                                 NotificationsRecord, TransactionsRecord>;
// By the index in RecordValue.
inline constexpr std::array<const char*, 18> kRecordNames = {"catalog", "database", "table", "constraints", "statistics", "partition", "function", "role", "role_grant", "privilege",
                                                             "write_ids", "compaction", "runtime_statistics", "master_key", "delegation_token", "object", "notifications", "transactions"};
static_assert(std::variant_size_v<RecordValue> == kRecordNames.size());
struct Record {
  RecordScope scope;             // of constraints, statistics, partitions: the table (and partition); else as far as it goes
  RecordValue value;
};
using OnRecord = std::function<Status(Record&)>;
using RecordCounts = std::array<int64_t, kRecordNames.size()>;
std::string CountsJson(const RecordCounts& counts);     // {"database":3,...}; those that are 0 too
// What stays in the source, and what to do about it.
struct LeftBehind {
  std::string what;              // "open transactions"
  int64_t count = 0;             // -1: not known
  std::string detail, hint;
};
std::string LeftBehindJson(const std::vector<LeftBehind>& left);     // [{"what":..,"count":..,"detail":..},...]
// Told now and then what has been done so far.
using OnProgress = std::function<void(const std::string&)>;

class CatalogSource {
 public:
  explicit CatalogSource(wire::HmsClient& remote);
  explicit CatalogSource(Service& local);
  ~CatalogSource();
  // secrets: delegation tokens and master keys, too; else they are left behind.
  Status Read(const OnRecord& on_record, bool secrets);
  const std::vector<LeftBehind>& left_behind() const { return left_behind_; }

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
  // What is kept beside the catalog: dump_state_source.cc.
  Status TakeSnapshot();
  Status ReadWriteIds(const RecordScope& scope, const wire::Table& table, const OnRecord& on_record);
  Status ReadState(const OnRecord& on_record, bool secrets);
  Status ReadCompactions(const OnRecord& on_record);
  Status ReadSecrets(const OnRecord& on_record, bool secrets);
  Status ReadObjects(const OnRecord& on_record);
  Status CountLocks();
  // True: the source answered. A source that can't tell is noted, one that is away is an error.
  Result<bool> Answered(const Status& status, const char* what);

  wire::HmsClient* remote_ = nullptr;
  std::unique_ptr<Here> here_;
  bool is_tarn_ = false;
  bool has_transactions_ = false;
  std::string valid_txns_;       // the state of transactions when reading began, as clients write it
  std::vector<LeftBehind> left_behind_;
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
  // dump_state_target.cc
  Status WriteOne(const RecordScope& scope, wire::TableValidWriteIds& w);
  Status WriteOne(const RecordScope& scope, wire::CompactionInfoStruct& c);
  Status WriteOne(const RecordScope& scope, wire::RuntimeStat& s);
  Status WriteOne(const RecordScope& scope, MasterKeyRecord& k);
  Status WriteOne(const RecordScope& scope, TokenRecord& t);
  Status WriteOne(const RecordScope& scope, ObjectRecord& o);
  Status WriteOne(const RecordScope& scope, NotificationsRecord& n);
  Status WriteOne(const RecordScope& scope, TransactionsRecord& t);
  Status Raise(const char* sequence, int64_t last);
  Result<int64_t> AbortedTxn();
  Result<const TableRow*> TableOf(const RecordScope& scope);
  Status Commit();

  Service& service_;
  std::optional<Store::WriteLease> write_;
  std::unique_ptr<PartitionWriter> partitions_;
  TableName current_;
  TableRow current_row_;
  size_t waiting_ = 0;           // records since the last commit
  bool fresh_ = false;           // the record at hand was added
  int64_t aborted_txn_ = 0;      // owns the write ids that no reader may see
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
  Status End(const std::vector<LeftBehind>& left = {});
  const RecordCounts& counts() const { return counts_; }

 private:
  Status Line(const std::string& json);
  std::FILE* out_;
  RecordCounts counts_{};
  uint64_t checksum_ = 0;
  int64_t lines_ = 0;
  wire::Box<wire::StorageDescriptor> table_sd_;   // of the table whose partitions follow, without its location
  std::string table_location_;
};

// Reads it. `on_record` may be null: then the file is only checked (every line, the counts, the checksum). on_line: the bytes read so far.
Status ReadDump(std::FILE* in, const OnRecord& on_record, RecordCounts* counts, const std::function<void(int64_t bytes)>& on_line = nullptr);

}  // namespace tarn::metastore
