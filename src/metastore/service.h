// One metastore: its options, store, directories, caches and counters. Handlers reach everything through a Call.
//
// Threads: Service is shared by all connections; a Caller belongs to one connection.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "metastore/lock_manager.h"
#include "metastore/names.h"
#include "metastore/options.h"
#include "metastore/partition_index.h"
#include "metastore/search/search_index.h"
#include "metastore/store/store.h"
#include "metastore/table_cache.h"
#include "metastore/warehouse.h"
#include "wire/fault.h"
#include "wire/hms_client.h"

namespace tarn::metastore {

// What we know of the client at the other end of one connection.
struct Caller {
  std::string peer;
  std::string door;                               // how it came in: "binary", "framed", "sasl", "http", with "+tls"
  std::string user;
  bool authenticated = false;                     // user was proved; set_ugi does not change it
  std::vector<std::string> groups;
  std::map<std::string, std::string> meta_conf;   // setMetaConf is per connection
};

class Service {
 public:
  // Opens the store under options.data_dir and makes sure that catalog "hive", database "default" and the two roles are there.
  static Result<std::unique_ptr<Service>> Open(MetastoreOptions options);

  const MetastoreOptions& options() const { return options_; }
  Store& store() { return *store_; }
  const Warehouse& warehouse() const { return warehouse_; }
  TableCache& tables() { return tables_; }
  LockManager& locks() { return locks_; }
  PartitionIndexes& partition_indexes() { return partition_indexes_; }
  search::SearchIndex& search() { return search_; }
  ChangeLog& changes() { return changes_; }
  int64_t started_ms() const { return started_ms_; }
  bool hive4() const { return options_.compat == Compat::kHive4; }
  const char* version() const { return hive4() ? "4.0.1" : "3.0"; }

 private:
  Service(MetastoreOptions options, std::unique_ptr<Store> store, Warehouse warehouse);
  Status MakeDefaults();

  MetastoreOptions options_;
  std::unique_ptr<Store> store_;
  Warehouse warehouse_;
  ChangeLog changes_;
  TableCache tables_;
  LockManager locks_;
  PartitionIndexes partition_indexes_;
  search::SearchIndex search_;
  int64_t started_ms_;
};

// One call in the making.
class Router;
struct Call {
  Service& service;
  Caller& caller;
  const Router* router = nullptr;   // that counts the calls; none: nobody asks
};

using Strings = std::vector<std::string>;

}  // namespace tarn::metastore
