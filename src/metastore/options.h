// What a metastore process is told at its start. The defaults serve one user on one machine.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "net/jwt.h"
#include "net/tls.h"
#include "wire/bytes.h"

namespace tarn::metastore {

enum class Compat { kHive3, kHive4 };

// Named as metastore.authentication.ldap.*; lists are split already.
struct LdapOptions {
  std::vector<std::string> urls, user_dn_patterns, group_dn_patterns, user_filter, group_filter;
  std::string base_dn, domain, guid_key = "uid", group_membership_key = "member", group_class_key = "groupOfNames", bind_dn, bind_password;
  int timeout_ms = 5'000;           // of connecting, and of each answer
};

struct MetastoreOptions {
  std::string data_dir;
  std::string store;                // empty or "sqlite": in data_dir; postgresql://... or mysql://...: store/store_url.h
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
  bool stats_fetch_bitvector = false;   // give bit vectors of column statistics, and aggregate from them
  bool stats_fetch_kll = false;         // give histograms
  bool stats_ndv_density = false;
  double stats_ndv_tuner = 0;
  bool disallow_incompatible_col_type_changes = true;
  bool authorization = false;           // metastore/authorization.h
  bool authorization_reads = true;
  std::set<std::string> admin_users;    // have the role admin
  int64_t event_ttl_seconds = 86'400;
  int64_t txn_timeout_seconds = 300;
  int connections_max = 4096;
  int64_t table_cache_bytes_max = 64 << 20;
  wire::WireLimits limits;
  // Who may come in. Several ways may be on at once; none: everybody, on a loopback address.
  std::string users_file;           // SASL PLAIN, HTTP Basic: name:password lines
  bool ldap_on = false;             // the same, asked of a directory
  LdapOptions ldap;
  std::string config_user, config_password;   // the same, one account (metastore.authentication=CONFIG)
  std::vector<std::string> auth_words;        // of metastore.authentication: "JWT", "CONFIG"
  bool sasl_unchecked = false;      // metastore.authentication=NONE: SASL PLAIN is spoken, any password is right
  net::JwtRules jwt;                // HTTP Bearer; on when jwt.jwks is set
  bool tls_on = false;
  net::TlsIdentity tls;
  std::string transport_mode;       // "": binary and HTTP by the first bytes; "binary" or "http": only that
  std::string http_path = "metastore";
  int http_idle_seconds = 1800;
  int message_timeout_seconds = 600;   // between two pieces of one message, and of one reply
  int handshake_timeout_seconds = 10;  // TLS and SASL
  std::string metrics_host = "127.0.0.1";
  std::string access_log;           // file; empty: none
  int metrics_port = -1;            // Prometheus text over HTTP; -1: none
  // Hive's own keys, as get_config_value shows them.
  std::map<std::string, std::string> hive_config;
};

}  // namespace tarn::metastore
