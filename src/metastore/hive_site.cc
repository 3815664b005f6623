#include "metastore/hive_site.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "base/log.h"
#include "base/text.h"
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

std::string Unescape(std::string s) {
  static constexpr std::pair<const char*, const char*> kEntities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
  for (auto [from, to] : kEntities) {
    for (size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += 1) s.replace(at, std::string_view(from).size(), to);
  }
  return s;
}

// The text between <tag> and </tag> within [from, to).
std::string Element(const std::string& xml, const char* tag, size_t from, size_t to) {
  std::string open = "<" + std::string(tag) + ">", close = "</" + std::string(tag) + ">";
  size_t a = xml.find(open, from);
  if (a == std::string::npos || a >= to) return {};
  size_t b = xml.find(close, a);
  if (b == std::string::npos || b > to) return {};
  a += open.size();
  return Unescape(std::string(Trim(std::string_view(xml).substr(a, b - a))));
}

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
  std::ifstream in(file);
  if (!in) return Status::InvalidSql("hive-site file " + file + " can't be read");
  std::stringstream text;
  text << in.rdbuf();
  std::string xml = text.str();
  for (size_t at; (at = xml.find("<!--")) != std::string::npos;) {
    size_t end = xml.find("-->", at);
    xml.erase(at, end == std::string::npos ? std::string::npos : end + 3 - at);
  }
  if (xml.find("<configuration") == std::string::npos) return Status::InvalidSql("hive-site file " + file + " has no <configuration>");
  for (size_t at = 0; (at = xml.find("<property>", at)) != std::string::npos;) {
    size_t end = xml.find("</property>", at);
    if (end == std::string::npos) return Status::InvalidSql("hive-site file " + file + " ends within a <property>");
    std::string key = Element(xml, "name", at, end);
    if (!key.empty()) TRY(ApplyHiveSetting(key, Element(xml, "value", at, end), options));
    at = end;
  }
  return Status::OK();
}

}  // namespace tarn::metastore
