// A typed client of any Hive Metastore (Tarn's or Apache's 2.3 to 4.x): Thrift plain, framed, in SASL PLAIN or over HTTP, in the clear or
// under TLS. hms_client_settings.h makes the options from Hive's own keys.
//
// Errors: the metastore's exceptions arrive as the Status of wire/fault.h: kNotFound (NoSuchObjectException, UnknownDBException, ...),
// kAlreadyExists, kConflict (InvalidOperationException), kInvalidSql (InvalidObjectException), kInternal (MetaException, but for refusals: kDenied, a full disk: kExhausted, its database away: kUnavailable);
// FaultName(status) tells the exact one. kUnavailable: no metastore answered. kNotSupported: it does not know the call. kDenied: it
// refused the password or token, or its certificate is not believed; no error holds the secret.
// Reconnects: a lost connection is made again on the next call, over all URIs in order; a call that only reads is repeated once.
// Catalog: with options.catalog set, names travel as Hive 3 clients send them ("@hive#db"); empty (default): as Hive 2.3 does.
// Threads: one caller at a time (a mutex inside makes sharing safe, not parallel). Make one client per thread for parallel calls.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/status.h"
#include "wire/fault.h"
#include "wire/hms_calls.h"
#include "wire/hms_types.h"

namespace tarn::wire {

struct HmsClientOptions {
  int connect_timeout_ms = 5'000;
  int call_timeout_ms = 600'000;     // Hive's own default for metastore.client.socket.timeout
  std::string user;                  // with kNone: sent with set_ugi (over HTTP: as x-actor-username) when not empty
  std::vector<std::string> groups;
  std::string catalog;               // see above
  bool compact = false;              // protocol: binary (every server) or compact
  bool framed = false;
  enum class Auth : uint8_t { kNone, kPlain, kBearer };
  Auth auth = Auth::kNone;           // kPlain: SASL PLAIN, or HTTP Basic; kBearer: over HTTP only
  std::string secret;                // the password of `user`, or the token
  bool http = false;                 // also by a URI http://... or https://...
  std::string http_path = "metastore";
  bool tls = false;                  // also by a URI https://...
  std::string truststore, truststore_password;   // PEM or PKCS12; empty: the machine's own list
};

using StringMap = std::map<std::string, std::string>;

class HmsClient {
 public:
  // uris: "thrift://host:port", "host:port" or "https://host:port[/path]", several separated by commas. The first that answers is used.
  static Result<std::unique_ptr<HmsClient>> Connect(std::string_view uris, HmsClientOptions options = {});
  ~HmsClient();

  // Any call of the interface: client->Call<call::get_table>({.dbname = "a", .tbl_name = "b"}). Gives Result<Reply>, or Status for void.
  template <typename C>
  auto Call(const typename C::Args& args) -> std::conditional_t<std::is_void_v<typename C::Reply>, Status, Result<typename C::Reply>>;

  // The calls that a catalog needs, by name.
  Result<std::string> GetVersion();
  Result<std::string> GetConfigValue(const std::string& key, const std::string& fallback);
  Result<std::vector<std::string>> SetUgi(const std::string& user, const std::vector<std::string>& groups);

  Result<std::vector<std::string>> GetAllDatabases();
  Result<std::vector<std::string>> GetDatabases(const std::string& pattern);
  Result<Database> GetDatabase(const std::string& name);
  Status CreateDatabase(const Database& database);
  Status AlterDatabase(const std::string& name, const Database& database);
  Status DropDatabase(const std::string& name, bool delete_data, bool cascade);

  Result<std::vector<std::string>> GetAllTables(const std::string& db);
  Result<std::vector<std::string>> GetTables(const std::string& db, const std::string& pattern);
  Result<std::vector<std::string>> GetTablesByType(const std::string& db, const std::string& pattern, const std::string& type);
  // Both fall back to the *_req call that Hive 4.0.1 left as the only one.
  Result<Table> GetTable(const std::string& db, const std::string& name);
  Result<std::vector<Table>> GetTableObjectsByName(const std::string& db, const std::vector<std::string>& names);
  Status CreateTable(const Table& table, const StringMap& environment = {});
  Status AlterTable(const std::string& db, const std::string& name, const Table& table, const StringMap& environment = {});
  Status DropTable(const std::string& db, const std::string& name, bool delete_data, const StringMap& environment = {});
  Status TruncateTable(const std::string& db, const std::string& name, const std::vector<std::string>& partition_names);

  Result<Partition> AddPartition(const Partition& partition);
  // Gives the partitions that were added; with if_not_exists those that were there already are left out.
  Result<std::vector<Partition>> AddPartitions(const std::string& db, const std::string& table, const std::vector<Partition>& partitions,
                                               bool if_not_exists);
  Result<Partition> GetPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values);
  // The partitions of one reply as they arrive, without memory for all of them. `values`: of the first keys, "" for any; empty: every one. What
  // `visit` returns as an error is given back once the reply is read to its end. A connection lost among them is not made again.
  Status EachPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values,
                       const std::function<Status(Partition&&)>& visit);
  Result<std::vector<std::string>> GetPartitionNames(const std::string& db, const std::string& table, int max = -1);
  Result<std::vector<std::string>> GetPartitionNamesPs(const std::string& db, const std::string& table, const std::vector<std::string>& values,
                                                       int max = -1);
  Result<std::vector<Partition>> GetPartitionsByNames(const std::string& db, const std::string& table, const std::vector<std::string>& names);
  Result<std::vector<Partition>> GetPartitionsByFilter(const std::string& db, const std::string& table, const std::string& filter, int max = -1);
  Status AlterPartition(const std::string& db, const std::string& table, const Partition& partition, const StringMap& environment = {});
  Status AlterPartitions(const std::string& db, const std::string& table, const std::vector<Partition>& partitions, const StringMap& environment = {});
  Status RenamePartition(const std::string& db, const std::string& table, const std::vector<std::string>& values, const Partition& partition);
  // A missing partition is a fault (NoSuchObjectException), not false.
  Result<bool> DropPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values, bool delete_data);

  Result<std::vector<std::string>> GetFunctions(const std::string& db, const std::string& pattern);
  Result<Function> GetFunction(const std::string& db, const std::string& name);
  Status CreateFunction(const Function& function);
  Status AlterFunction(const std::string& db, const std::string& name, const Function& function);
  Status DropFunction(const std::string& db, const std::string& name);

  Result<std::vector<SQLPrimaryKey>> GetPrimaryKeys(const std::string& db, const std::string& table);
  Result<std::vector<SQLNotNullConstraint>> GetNotNullConstraints(const std::string& db, const std::string& table);

  // EXCLUSIVE TABLE locks as Iceberg and Flink take them.
  Result<LockResponse> Lock(const LockRequest& request);
  Result<LockResponse> CheckLock(int64_t lock_id);
  Status Unlock(int64_t lock_id);
  Status Heartbeat(int64_t lock_id, int64_t txn_id);

  const std::string& connected_uri() const;

 private:
  struct Impl;
  explicit HmsClient(std::unique_ptr<Impl> impl);
  // `told`: how many elements of the reply the caller has been given already; it is not sent again after any.
  Status CallRaw(const CallDesc& desc, const void* args, void* reply, const size_t* told = nullptr);
  std::string Db(const std::string& db) const;   // with the catalog in front

  std::unique_ptr<Impl> impl_;
};

template <typename C>
auto HmsClient::Call(const typename C::Args& args) -> std::conditional_t<std::is_void_v<typename C::Reply>, Status, Result<typename C::Reply>> {
  if constexpr (std::is_void_v<typename C::Reply>) {
    return CallRaw(C::desc(), &args, nullptr);
  } else {
    typename C::Reply reply{};
    TRY(CallRaw(C::desc(), &args, &reply));
    return reply;
  }
}

// Partition names: "dt=2026-01-01/hour=3" with Hive's escapes (%XX; null or "" is __HIVE_DEFAULT_PARTITION__).
inline constexpr char kDefaultPartition[] = "__HIVE_DEFAULT_PARTITION__";
std::string EscapePathName(std::string_view value);
std::string UnescapePathName(std::string_view value);
std::string MakePartitionName(const std::vector<std::string>& keys, const std::vector<std::string>& values);
std::string MakePartitionName(const std::vector<FieldSchema>& keys, const std::vector<std::string>& values);
// "a=1/b=2" -> {{"a","1"},{"b","2"}}, unescaped.
Result<std::vector<std::pair<std::string, std::string>>> ParsePartitionName(std::string_view name);

}  // namespace tarn::wire
