#include "metastore/hive_site.h"

#include <algorithm>
#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "config/hadoop_site.h"
#include "metastore/door_settings.h"

namespace tarn::metastore {

namespace {

struct Setting {
  const char* key;          // the "metastore." form
  const char* hive_key;     // the older "hive." form, or null
  void (*apply)(const std::string& value, MetastoreOptions* o);
};

bool IsTrue(const std::string& v) { return EqualsIgnoreCase(Trim(v), "true"); }

// "300s", "5m", "1d", "500ms", "300": seconds.
int64_t Seconds(const std::string& v) {
  char* end = nullptr;
  double n = std::strtod(v.c_str(), &end);
  std::string unit = ToLower(Trim(end));
  if (unit.starts_with("ms") || unit.starts_with("msec")) n /= 1000;
  else if (unit.starts_with("m")) n *= 60;
  else if (unit.starts_with("h")) n *= 3600;
  else if (unit.starts_with("d")) n *= 86400;
  return static_cast<int64_t>(n);
}

constexpr Setting kSettings[] = {
    {"metastore.warehouse.dir", "hive.metastore.warehouse.dir", [](const std::string& v, MetastoreOptions* o) { o->warehouse = v; }},
    {"metastore.warehouse.external.dir", "hive.metastore.warehouse.external.dir",
     [](const std::string& v, MetastoreOptions* o) { o->external_warehouse = v; }},
    {"metastore.limit.partition.request", "hive.metastore.limit.partition.request",
     [](const std::string& v, MetastoreOptions* o) { o->partition_request_limit = std::atoll(v.c_str()); }},
    {"fs.trash.interval", nullptr, [](const std::string& v, MetastoreOptions* o) { o->trash_interval_minutes = std::atoll(v.c_str()); }},
    {"metastore.metadata.transformer.class", nullptr,
     [](const std::string& v, MetastoreOptions* o) { o->transformer = !Trim(v).empty(); }},
    {"metastore.event.db.listener.timetolive", "hive.metastore.event.db.listener.timetolive",
     [](const std::string& v, MetastoreOptions* o) { o->event_ttl_seconds = Seconds(v); }},
    {"metastore.stats.autogather", "hive.stats.autogather", [](const std::string& v, MetastoreOptions* o) { o->stats_auto_gather = IsTrue(v); }},
    {"metastore.stats.fetch.bitvector", "hive.stats.fetch.bitvector", [](const std::string& v, MetastoreOptions* o) { o->stats_fetch_bitvector = IsTrue(v); }},
    {"metastore.stats.fetch.kll", "hive.stats.fetch.kll", [](const std::string& v, MetastoreOptions* o) { o->stats_fetch_kll = IsTrue(v); }},
    {"metastore.stats.ndv.densityfunction", "hive.metastore.stats.ndv.densityfunction",
     [](const std::string& v, MetastoreOptions* o) { o->stats_ndv_density = IsTrue(v); }},
    {"metastore.stats.ndv.tuner", "hive.metastore.stats.ndv.tuner",
     [](const std::string& v, MetastoreOptions* o) { o->stats_ndv_tuner = std::min(1.0, std::max(0.0, std::atof(v.c_str()))); }},
    {"hive.security.metastore.authorization.enabled", nullptr, [](const std::string& v, MetastoreOptions* o) { o->authorization = IsTrue(v); }},
    {"hive.security.metastore.authorization.auth.reads", nullptr, [](const std::string& v, MetastoreOptions* o) { o->authorization_reads = IsTrue(v); }},
    {"metastore.users.in.admin.role", "hive.users.in.admin.role",
     [](const std::string& v, MetastoreOptions* o) {
       for (const std::string& u : Split(v, ',')) if (!Trim(u).empty()) o->admin_users.emplace(Trim(u));
     }},
    {"metastore.disallow.incompatible.col.type.changes", "hive.metastore.disallow.incompatible.col.type.changes",
     [](const std::string& v, MetastoreOptions* o) { o->disallow_incompatible_col_type_changes = IsTrue(v); }},
    {"metastore.txn.timeout", "hive.txn.timeout", [](const std::string& v, MetastoreOptions* o) { o->txn_timeout_seconds = Seconds(v); }},
    {"metastore.server.max.threads", "hive.metastore.server.max.threads",
     [](const std::string& v, MetastoreOptions* o) { o->connections_max = std::atoi(v.c_str()); }},
};

}  // namespace

Status ApplyHiveSetting(std::string_view key, std::string_view value, MetastoreOptions* options) {
  std::string v(value);
  if (key == "metastore.store") {   // may hold a password: no client is shown it
    options->store = v;
    return Status::OK();
  }
  options->hive_config[std::string(key)] = v;
  for (const Setting& s : kSettings) {
    if (key != s.key && (!s.hive_key || key != s.hive_key)) continue;
    s.apply(v, options);
    options->hive_config[s.key] = v;
    if (s.hive_key) options->hive_config[s.hive_key] = v;
    return Status::OK();
  }
  if (TRY(ApplyDoorSetting(key, v, options))) return Status::OK();
  for (const char* prefix : {"fs.s3a.", "fs.s3.", "fs.azure."}) if (key.starts_with(prefix)) return Status::OK();   // object_store.h
  LogWarn("setting {} has no effect here", key);
  return Status::OK();
}

Status ReadHiveSite(const std::string& file, MetastoreOptions* options) {
  for (const auto& [key, value] : TRY(config::ReadHadoopSite(file))) TRY(ApplyHiveSetting(key, value, options));
  return Status::OK();
}

}  // namespace tarn::metastore
