// What a metastore process is told at its start. The defaults serve one user on one machine.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "wire/bytes.h"

namespace tarn::metastore {

enum class Compat { kHive3, kHive4 };

struct MetastoreOptions {
  std::string data_dir;
  std::string host = "127.0.0.1";
  int port = 9083;
  Compat compat = Compat::kHive3;
  std::string warehouse;            // URI; empty: <data_dir>/warehouse
  std::string external_warehouse;   // URI; empty: as warehouse
  bool transformer = true;          // hive4 only: managed, non-transactional tables become external
  int64_t partition_request_limit = -1;
  int64_t trash_interval_minutes = 0;
  std::string trash_home;           // empty: the home directory of the process's user
  bool stats_auto_gather = true;
  bool disallow_incompatible_col_type_changes = true;
  int64_t event_ttl_seconds = 86'400;
  int64_t txn_timeout_seconds = 300;
  int connections_max = 4096;
  int64_t table_cache_bytes_max = 64 << 20;
  wire::WireLimits limits;
  std::string users_file;           // SASL PLAIN is required when set
  std::string access_log;           // file; empty: none
  int metrics_port = -1;            // Prometheus text over HTTP; -1: none
  // Hive's own keys, as get_config_value shows them.
  std::map<std::string, std::string> hive_config;
};

}  // namespace tarn::metastore
