#include "metastore/hive_site.h"

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "base/text.h"
#include "config/hadoop_site.h"
#include "config/hadoop_value.h"
#include "fmt/format.h"
#include "metastore/door_settings.h"

namespace tarn::metastore {

namespace {
using Options = MetastoreOptions;
constexpr int64_t kSecondsMax = 1'000'000'000, kNumberMax = 1'000'000'000;

struct Setting {
  const char* key;          // "metastore.X", of which "hive.metastore.X" is the other form
  const char* hive_key;     // a third form, or null
  Status (*apply)(std::string_view key, const std::string& value, Options* o);
};
#define SET(body) [](std::string_view k, const std::string& v, Options* o) -> Status { (void)k; (void)v; (void)o; body; return Status::OK(); }

Result<int64_t> Seconds(std::string_view key, const std::string& v, int64_t from) { return TRY(config::ReadHadoopTimeMs(key, v, 1000, from * 1000, kSecondsMax * 1000)) / 1000; }

constexpr Setting kSettings[] = {
    {"metastore.warehouse.dir", nullptr, SET(o->warehouse = v)},
    {"metastore.warehouse.external.dir", nullptr, SET(o->external_warehouse = v)},
    {"metastore.limit.partition.request", nullptr, SET(o->partition_request_limit = TRY(config::ReadHadoopNumber(k, v, -1, kNumberMax)))},
    // Hadoop takes minutes with a fraction; less than one is one.
    {"fs.trash.interval", nullptr, SET(o->trash_interval_minutes = static_cast<int64_t>(std::ceil(TRY(config::ReadHadoopDecimal(k, v, 0, kNumberMax)))))},
    {"metastore.metadata.transformer.class", nullptr, SET(o->transformer = !Trim(v).empty())},
    {"metastore.event.db.listener.timetolive", nullptr, SET(o->event_ttl_seconds = TRY(Seconds(k, v, 0)))},
    {"metastore.stats.autogather", "hive.stats.autogather", SET(o->stats_auto_gather = TRY(config::ReadHadoopBoolean(k, v)))},
    {"metastore.stats.fetch.bitvector", "hive.stats.fetch.bitvector", SET(o->stats_fetch_bitvector = TRY(config::ReadHadoopBoolean(k, v)))},
    {"metastore.stats.fetch.kll", "hive.stats.fetch.kll", SET(o->stats_fetch_kll = TRY(config::ReadHadoopBoolean(k, v)))},
    {"metastore.stats.ndv.densityfunction", nullptr, SET(o->stats_ndv_density = TRY(config::ReadHadoopBoolean(k, v)))},
    {"metastore.stats.ndv.tuner", nullptr, SET(o->stats_ndv_tuner = TRY(config::ReadHadoopDecimal(k, v, 0, 1)))},
    {"hive.security.metastore.authorization.enabled", nullptr, SET(o->authorization = TRY(config::ReadHadoopBoolean(k, v)))},
    {"hive.security.metastore.authorization.auth.reads", nullptr, SET(o->authorization_reads = TRY(config::ReadHadoopBoolean(k, v)))},
    {"metastore.users.in.admin.role", "hive.users.in.admin.role", SET(for (const std::string& u : Split(v, ',')) if (!Trim(u).empty()) o->admin_users.emplace(Trim(u)))},
    {"metastore.disallow.incompatible.col.type.changes", nullptr, SET(o->disallow_incompatible_col_type_changes = TRY(config::ReadHadoopBoolean(k, v)))},
    {"metastore.txn.timeout", "hive.txn.timeout", SET(o->txn_timeout_seconds = TRY(Seconds(k, v, 1)))},
    {"metastore.server.max.threads", nullptr, SET(o->connections_max = static_cast<int>(TRY(config::ReadHadoopNumber(k, v, 1, 100'000))))},
};
#undef SET

// Keys of a metastore's server whose being without effect may leave a door open.
bool AboutSecurity(std::string_view key) {
  std::string k = ToLower(key);
  if (k.find("metastore") == std::string::npos && !k.starts_with("hive.security.")) return false;
  for (const char* word : {"sasl", "kerberos", "ssl", "keystore", "truststore", "auth", "security", "password", "principal", "keytab", "ldap", "jwt", "pre.event.listeners"}) {
    if (k.find(word) != std::string::npos) return true;
  }
  return false;
}

Status Apply(std::string_view key, const std::string& v, Options* options, UnusedSettings* unused) {
  if (key == "metastore.store") {   // may hold a password: no client is shown it
    options->store = v;
    return Status::OK();
  }
  options->hive_config[std::string(key)] = v;
  std::string_view plain = key.starts_with("hive.metastore.") ? key.substr(5) : key;
  if (plain.starts_with("metastore.")) options->hive_config[std::string(plain)] = options->hive_config["hive." + std::string(plain)] = v;
  for (const Setting& s : kSettings) {
    if (plain != s.key && (!s.hive_key || key != s.hive_key)) continue;
    TRY(s.apply(key, v, options));
    options->hive_config[s.key] = v;
    if (s.hive_key) options->hive_config[s.hive_key] = v;
    return Status::OK();
  }
  if (TRY(ApplyDoorSetting(key, v, options))) return Status::OK();
  for (const char* prefix : {"fs.s3a.", "fs.s3.", "fs.azure."}) {   // object_store.h
    if (!key.starts_with(prefix)) continue;
    for (const char* boolean : {".path.style.access", ".connection.ssl.enabled", ".always.use.https"}) if (key.ends_with(boolean)) TRY(config::ReadHadoopBoolean(key, v));
    return Status::OK();
  }
  if (key.starts_with("tarn.metastore.")) return Status::InvalidSql(fmt::format("setting {} is not known", key)).WithHint("docs/operating/metastore.md lists them");
  if (!unused) return Status::OK();
  bool jdbc = key.starts_with("javax.jdo.option.");
  unused->jdbc |= jdbc;
  if (!jdbc) (AboutSecurity(key) ? unused->security : unused->others).emplace_back(key);
  return Status::OK();
}
}  // namespace

void UnusedSettings::Log() const {
  if (!security.empty()) LogWarn("these settings are about security and have NO effect here: {}", Join(security, ", "));
  if (jdbc) LogWarn("javax.jdo.option.* have no effect here: the database of Hive's own metastore is not read; --store URL names where rows are kept, \"copy --from thrift://...\" takes over its catalog");
  if (!others.empty()) LogInfo("settings that have no effect here: {}", Join(others, ", "));
}

Status ApplyHiveSetting(std::string_view key, std::string_view value, MetastoreOptions* options, std::string_view where, UnusedSettings* unused) {
  Status s = Apply(Trim(key), std::string(value), options, unused);
  if (s.ok() || where.empty()) return s;
  return std::move(s).WithContext(where);
}

Status ReadHiveSite(const std::string& file, MetastoreOptions* options, UnusedSettings* unused) {
  for (const auto& [key, value] : TRY(config::ReadHadoopSite(file))) TRY(ApplyHiveSetting(key, value, options, file, unused));
  return Status::OK();
}

}  // namespace tarn::metastore
