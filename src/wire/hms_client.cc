#include "wire/hms_client.h"

#include <mutex>

#include "base/text.h"
#include "fmt/format.h"
#include "wire/codec.h"
#include "wire/tcp.h"

namespace tarn::wire {

namespace {
struct Address {
  std::string text, host;
  int port = 9083;
};

Result<Address> ParseAddress(std::string_view uri) {
  Address a;
  a.text = std::string(Trim(uri));
  std::string_view s = a.text;
  if (size_t p = s.find("://"); p != std::string_view::npos) {
    if (s.substr(0, p) != "thrift") {
      return Status::NotSupported(fmt::format("metastore URI scheme \"{}\"", s.substr(0, p))).WithHint("use thrift://host:port");
    }
    s.remove_prefix(p + 3);
  }
  if (size_t slash = s.find('/'); slash != std::string_view::npos) s = s.substr(0, slash);
  if (size_t colon = s.rfind(':'); colon != std::string_view::npos) {
    a.port = std::atoi(std::string(s.substr(colon + 1)).c_str());
    s = s.substr(0, colon);
  }
  a.host = std::string(s);
  if (a.host.empty() || a.port <= 0 || a.port > 65535) {
    return Status::InvalidSql(fmt::format("metastore URI \"{}\" not understood", a.text)).WithHint("use thrift://host:port");
  }
  return a;
}

// Calls that change nothing may be sent twice.
bool OnlyReads(std::string_view name) {
  return name.starts_with("get_") || name.starts_with("getVersion") || name.starts_with("getStatus") || name.starts_with("show_") ||
         name.starts_with("list_") || name == "set_ugi" || name == "tarn_search" || name == "partition_name_to_vals" || name == "partition_name_to_spec";
}

// The lists and structs that servers insist on, also when the caller left them empty.
Table Complete(Table t) {
  StorageDescriptor& sd = t.sd.Make();
  sd.set_cols(std::move(sd.cols));
  SerDeInfo& serde = sd.serdeInfo.Make();
  serde.set_parameters(std::move(serde.parameters));
  t.set_partitionKeys(std::move(t.partitionKeys));
  t.set_parameters(std::move(t.parameters));
  return t;
}

EnvironmentContext Context(const StringMap& environment) {
  EnvironmentContext c;
  c.set_properties(environment);
  return c;
}
}  // namespace

struct HmsClient::Impl {
  std::mutex mutex;
  HmsClientOptions options;
  std::vector<Address> addresses;
  size_t current = 0;
  std::unique_ptr<TcpConnection> connection;
  std::unique_ptr<FramedSource> frames;
  OutBuffer out;
  int32_t sequence = 0;

  Protocol protocol() const { return options.compact ? Protocol::kCompact : Protocol::kBinary; }

  Status Open() {
    Status last = Status::Unavailable("no metastore URI");
    for (size_t i = 0; i < addresses.size(); ++i) {
      size_t at = (current + i) % addresses.size();
      auto c = TcpConnection::Connect(addresses[at].host, addresses[at].port, options.connect_timeout_ms, options.call_timeout_ms);
      if (!c.ok()) { last = std::move(c).status(); continue; }
      connection = std::move(c).value();
      frames = options.framed ? std::make_unique<FramedSource>(*connection, uint64_t{2} << 30) : nullptr;
      current = at;
      if (options.user.empty()) return Status::OK();
      set_ugi_args args;
      args.set_user_name(options.user).set_group_names(options.groups);
      std::vector<std::string> reply;
      bool sent = false;
      return Exchange(call::set_ugi::desc(), &args, &reply, &sent);
    }
    return std::move(last).WithContext("metastore not reachable");
  }

  void Close() { frames.reset(); connection.reset(); }

  Status Exchange(const CallDesc& desc, const void* args, void* reply, bool* sent) {
    out.Clear();
    if (options.framed) out.Grow(4);
    WriteMessageHead(protocol(), out, {desc.name, MessageType::kCall, ++sequence, true});
    WriteStruct(protocol(), out, *desc.args, args);
    if (options.framed) {
      uint32_t n = __builtin_bswap32(static_cast<uint32_t>(out.size() - 4));
      std::memcpy(out.data(), &n, 4);
    }
    *sent = true;
    if (!connection->OnBytes(out.view().data(), out.size())) { Status s = connection->status(); Close(); return s; }
    out.Trim(1 << 20);
    ByteSource& in = frames ? static_cast<ByteSource&>(*frames) : *connection;
    WireLimits limits;
    limits.message_bytes_max = uint64_t{2} << 30;   // we trust our metastore more than it trusts us
    limits.memory_bytes_max = uint64_t{16} << 30;
    ReadBudget budget(limits);
    MessageHead head;
    Status s = ReadMessageHead(protocol(), in, budget, &head);
    if (s.ok() && head.sequence != sequence) s = Status::Corrupt("metastore answered out of order");
    if (!s.ok()) { Close(); return s; }
    s = ReadReply(protocol(), in, budget, desc, head.type, reply);
    if (s.code() == StatusCode::kCorrupt || s.code() == StatusCode::kUnavailable || s.code() == StatusCode::kExhausted) Close();
    return s;
  }
};

HmsClient::HmsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HmsClient::~HmsClient() = default;

Result<std::unique_ptr<HmsClient>> HmsClient::Connect(std::string_view uris, HmsClientOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  for (const std::string& uri : Split(uris, ',')) impl->addresses.push_back(TRY(ParseAddress(uri)));
  TRY(impl->Open());
  return std::unique_ptr<HmsClient>(new HmsClient(std::move(impl)));
}

Status HmsClient::CallRaw(const CallDesc& desc, const void* args, void* reply) {
  std::lock_guard lock(impl_->mutex);
  for (int attempt = 0;; ++attempt) {
    if (impl_->connection && !impl_->connection->Idle()) impl_->Close();   // the server went away between calls
    bool sent = false;
    Status s = impl_->connection ? Status::OK() : impl_->Open();
    if (s.ok()) s = impl_->Exchange(desc, args, reply, &sent);
    bool lost = s.code() == StatusCode::kUnavailable;
    if (!lost || attempt > 0 || (sent && !OnlyReads(desc.name))) return s;
    impl_->current = (impl_->current + 1) % impl_->addresses.size();
  }
}

const std::string& HmsClient::connected_uri() const { return impl_->addresses[impl_->current].text; }

std::string HmsClient::Db(const std::string& db) const {
  return impl_->options.catalog.empty() ? db : "@" + impl_->options.catalog + "#" + db;
}

Result<std::string> HmsClient::GetVersion() { return Call<call::getVersion>({}); }
Result<std::string> HmsClient::GetConfigValue(const std::string& key, const std::string& fallback) {
  return Call<call::get_config_value>({.name = key, .defaultValue = fallback});
}
Result<std::vector<std::string>> HmsClient::SetUgi(const std::string& user, const std::vector<std::string>& groups) {
  set_ugi_args args;
  args.set_user_name(user).set_group_names(groups);
  return Call<call::set_ugi>(args);
}

Result<std::vector<std::string>> HmsClient::GetAllDatabases() {
  if (impl_->options.catalog.empty()) return Call<call::get_all_databases>({});
  return GetDatabases("");
}
Result<std::vector<std::string>> HmsClient::GetDatabases(const std::string& pattern) { return Call<call::get_databases>({.pattern = Db(pattern)}); }
Result<Database> HmsClient::GetDatabase(const std::string& name) { return Call<call::get_database>({.name = Db(name)}); }
Status HmsClient::CreateDatabase(const Database& database) { return Call<call::create_database>({.database = database}); }
Status HmsClient::AlterDatabase(const std::string& name, const Database& database) {
  return Call<call::alter_database>({.dbname = Db(name), .db = database});
}
Status HmsClient::DropDatabase(const std::string& name, bool delete_data, bool cascade) {
  return Call<call::drop_database>({.name = Db(name), .deleteData = delete_data, .cascade = cascade});
}

Result<std::vector<std::string>> HmsClient::GetAllTables(const std::string& db) { return Call<call::get_all_tables>({.db_name = Db(db)}); }
Result<std::vector<std::string>> HmsClient::GetTables(const std::string& db, const std::string& pattern) {
  return Call<call::get_tables>({.db_name = Db(db), .pattern = pattern});
}
Result<std::vector<std::string>> HmsClient::GetTablesByType(const std::string& db, const std::string& pattern, const std::string& type) {
  return Call<call::get_tables_by_type>({.db_name = Db(db), .pattern = pattern, .tableType = type});
}
Result<Table> HmsClient::GetTable(const std::string& db, const std::string& name) {
  auto table = Call<call::get_table>({.dbname = Db(db), .tbl_name = name});
  if (table.ok() || table.status().code() != StatusCode::kNotSupported) return table;
  GetTableRequest request{.dbName = db, .tblName = name, .catName = impl_->options.catalog};
  GetTableResult result = TRY(Call<call::get_table_req>({.req = request}));
  return std::move(result.table.Make());
}
Result<std::vector<Table>> HmsClient::GetTableObjectsByName(const std::string& db, const std::vector<std::string>& names) {
  auto tables = Call<call::get_table_objects_by_name>({.dbname = Db(db), .tbl_names = names});
  if (tables.ok() || tables.status().code() != StatusCode::kNotSupported) return tables;
  GetTablesRequest request{.dbName = db, .tblNames = names, .catName = impl_->options.catalog};
  GetTablesResult result = TRY(Call<call::get_table_objects_by_name_req>({.req = request}));
  return std::move(result.tables);
}
Status HmsClient::CreateTable(const Table& table, const StringMap& environment) {
  if (environment.empty()) return Call<call::create_table>({.tbl = Complete(table)});
  return Call<call::create_table_with_environment_context>({.tbl = Complete(table), .environment_context = Context(environment)});
}
Status HmsClient::AlterTable(const std::string& db, const std::string& name, const Table& table, const StringMap& environment) {
  return Call<call::alter_table_with_environment_context>(
      {.dbname = Db(db), .tbl_name = name, .new_tbl = Complete(table), .environment_context = Context(environment)});
}
Status HmsClient::DropTable(const std::string& db, const std::string& name, bool delete_data, const StringMap& environment) {
  return Call<call::drop_table_with_environment_context>(
      {.dbname = Db(db), .name = name, .deleteData = delete_data, .environment_context = Context(environment)});
}
Status HmsClient::TruncateTable(const std::string& db, const std::string& name, const std::vector<std::string>& partition_names) {
  return Call<call::truncate_table>({.dbName = Db(db), .tableName = name, .partNames = partition_names});
}

Result<Partition> HmsClient::AddPartition(const Partition& partition) { return Call<call::add_partition>({.new_part = partition}); }
Result<std::vector<Partition>> HmsClient::AddPartitions(const std::string& db, const std::string& table, const std::vector<Partition>& partitions,
                                                        bool if_not_exists) {
  AddPartitionsRequest request;
  request.dbName = db;
  request.tblName = table;
  request.set_parts(partitions);
  request.ifNotExists = if_not_exists;
  request.set_needResult(true);
  if (!impl_->options.catalog.empty()) request.catName = impl_->options.catalog;
  AddPartitionsResult result = TRY(Call<call::add_partitions_req>({.request = request}));
  return std::move(result.partitions);
}
Result<Partition> HmsClient::GetPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values) {
  return Call<call::get_partition>({.db_name = Db(db), .tbl_name = table, .part_vals = values});
}
Result<std::vector<Partition>> HmsClient::GetPartitions(const std::string& db, const std::string& table, int max) {
  return Call<call::get_partitions>({.db_name = Db(db), .tbl_name = table, .max_parts = static_cast<int16_t>(max)});
}
Result<std::vector<Partition>> HmsClient::GetPartitionsPs(const std::string& db, const std::string& table, const std::vector<std::string>& values,
                                                          int max) {
  return Call<call::get_partitions_ps>({.db_name = Db(db), .tbl_name = table, .part_vals = values, .max_parts = static_cast<int16_t>(max)});
}
Result<std::vector<std::string>> HmsClient::GetPartitionNames(const std::string& db, const std::string& table, int max) {
  return Call<call::get_partition_names>({.db_name = Db(db), .tbl_name = table, .max_parts = static_cast<int16_t>(max)});
}
Result<std::vector<std::string>> HmsClient::GetPartitionNamesPs(const std::string& db, const std::string& table,
                                                                const std::vector<std::string>& values, int max) {
  return Call<call::get_partition_names_ps>({.db_name = Db(db), .tbl_name = table, .part_vals = values, .max_parts = static_cast<int16_t>(max)});
}
Result<std::vector<Partition>> HmsClient::GetPartitionsByNames(const std::string& db, const std::string& table,
                                                               const std::vector<std::string>& names) {
  return Call<call::get_partitions_by_names>({.db_name = Db(db), .tbl_name = table, .names = names});
}
Result<std::vector<Partition>> HmsClient::GetPartitionsByFilter(const std::string& db, const std::string& table, const std::string& filter, int max) {
  return Call<call::get_partitions_by_filter>({.db_name = Db(db), .tbl_name = table, .filter = filter, .max_parts = static_cast<int16_t>(max)});
}
Status HmsClient::AlterPartition(const std::string& db, const std::string& table, const Partition& partition, const StringMap& environment) {
  if (environment.empty()) return Call<call::alter_partition>({.db_name = Db(db), .tbl_name = table, .new_part = partition});
  return Call<call::alter_partition_with_environment_context>(
      {.db_name = Db(db), .tbl_name = table, .new_part = partition, .environment_context = Context(environment)});
}
Status HmsClient::AlterPartitions(const std::string& db, const std::string& table, const std::vector<Partition>& partitions,
                                  const StringMap& environment) {
  return Call<call::alter_partitions_with_environment_context>(
      {.db_name = Db(db), .tbl_name = table, .new_parts = partitions, .environment_context = Context(environment)});
}
Status HmsClient::RenamePartition(const std::string& db, const std::string& table, const std::vector<std::string>& values,
                                  const Partition& partition) {
  return Call<call::rename_partition>({.db_name = Db(db), .tbl_name = table, .part_vals = values, .new_part = partition});
}
Result<bool> HmsClient::DropPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values, bool delete_data) {
  return Call<call::drop_partition>({.db_name = Db(db), .tbl_name = table, .part_vals = values, .deleteData = delete_data});
}

Result<std::vector<std::string>> HmsClient::GetFunctions(const std::string& db, const std::string& pattern) {
  return Call<call::get_functions>({.dbName = Db(db), .pattern = pattern});
}
Result<Function> HmsClient::GetFunction(const std::string& db, const std::string& name) {
  return Call<call::get_function>({.dbName = Db(db), .funcName = name});
}
Status HmsClient::CreateFunction(const Function& function) { return Call<call::create_function>({.func = function}); }
Status HmsClient::AlterFunction(const std::string& db, const std::string& name, const Function& function) {
  return Call<call::alter_function>({.dbName = Db(db), .funcName = name, .newFunc = function});
}
Status HmsClient::DropFunction(const std::string& db, const std::string& name) { return Call<call::drop_function>({.dbName = Db(db), .funcName = name}); }

Result<std::vector<SQLPrimaryKey>> HmsClient::GetPrimaryKeys(const std::string& db, const std::string& table) {
  PrimaryKeysRequest request{.db_name = db, .tbl_name = table, .catName = impl_->options.catalog};
  PrimaryKeysResponse r = TRY(Call<call::get_primary_keys>({.request = request}));
  return std::move(r.primaryKeys);
}
Result<std::vector<SQLNotNullConstraint>> HmsClient::GetNotNullConstraints(const std::string& db, const std::string& table) {
  NotNullConstraintsRequest request{.catName = impl_->options.catalog.empty() ? "hive" : impl_->options.catalog, .db_name = db, .tbl_name = table};
  NotNullConstraintsResponse r = TRY(Call<call::get_not_null_constraints>({.request = request}));
  return std::move(r.notNullConstraints);
}

Result<LockResponse> HmsClient::Lock(const LockRequest& request) { return Call<call::lock>({.rqst = request}); }
Result<LockResponse> HmsClient::CheckLock(int64_t lock_id) { return Call<call::check_lock>({.rqst = CheckLockRequest{.lockid = lock_id}}); }
Status HmsClient::Unlock(int64_t lock_id) { return Call<call::unlock>({.rqst = UnlockRequest{.lockid = lock_id}}); }
Status HmsClient::Heartbeat(int64_t lock_id, int64_t txn_id) {
  return Call<call::heartbeat>({.ids = HeartbeatRequest{.lockid = lock_id, .txnid = txn_id}});
}

}  // namespace tarn::wire
