// What a client says about itself, and the settings it may read.
#include <algorithm>
#include <array>

#include "base/secrets.h"
#include "base/text.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

Result<Strings> SetUgi(Call& call, set_ugi_args& a) {
  if (!call.caller.authenticated) call.caller.user = a.user_name;   // an authenticated name stays
  call.caller.groups = a.group_names;
  return a.group_names;   // Hive's interface adds the user; its server takes him away again before it answers
}

struct MetaConf { const char* key; const char* value; };
constexpr std::array kMetaConf = {
    MetaConf{"metastore.try.direct.sql", "true"}, MetaConf{"metastore.try.direct.sql.ddl", "true"},
    MetaConf{"metastore.client.socket.timeout", "600s"}, MetaConf{"metastore.partition.name.whitelist.pattern", ""},
    MetaConf{"metastore.client.capability.check", "true"}, MetaConf{"metastore.disallow.incompatible.col.type.changes", "true"}};

const MetaConf* FindMetaConf(std::string_view key) {
  std::string k(key);
  if (k.starts_with("hive.metastore.")) k.erase(0, 5);
  if (!k.starts_with("metastore.")) k = "metastore." + k;
  for (const MetaConf& m : kMetaConf) if (k == m.key) return &m;
  return nullptr;
}

Result<std::string> GetMetaConf(Call& call, getMetaConf_args& a) {
  const MetaConf* m = FindMetaConf(a.key);
  if (!m) return MetaError("Invalid configuration key " + a.key);
  auto it = call.caller.meta_conf.find(m->key);
  return it == call.caller.meta_conf.end() ? std::string(m->value) : it->second;
}

Status SetMetaConf(Call& call, setMetaConf_args& a) {
  const MetaConf* m = FindMetaConf(a.key);
  if (!m) return MetaError("Invalid configuration key " + a.key);
  call.caller.meta_conf[m->key] = a.value;
  return Status::OK();
}

Result<std::string> GetConfigValue(Call& call, get_config_value_args& a) {
  if (!a.has_name()) return a.defaultValue;
  // As Hive: only keys that can't hold a secret.
  bool open = a.name.starts_with("hive.") || a.name.starts_with("mapred.") || a.name.starts_with("hdfs.") || a.name.starts_with("metastore.");
  if (!open) return ConfigDenied("For security reasons, the config key " + a.name + " cannot be accessed");
  if (NamesSecret(a.name)) {
    return ConfigDenied("For security reasons, the config key " + a.name + " cannot be accessed");
  }
  const auto& config = call.service.options().hive_config;
  if (auto it = config.find(a.name); it != config.end()) return it->second;
  if (a.name == "metastore.warehouse.dir" || a.name == "hive.metastore.warehouse.dir") return call.service.warehouse().root();
  return a.defaultValue;
}

Result<std::string> Uuid(Call& call, get_metastore_db_uuid_args&) { return call.service.store().uuid(); }
Status FlushCache(Call& call, flushCache_args&) {
  call.service.tables().ForgetAll();
  return Status::OK();
}
}  // namespace

void AddSessionCalls(Router& r) {
  r.Add<call::set_ugi, SetUgi>();
  r.Add<call::getMetaConf, GetMetaConf>();
  r.Add<call::setMetaConf, SetMetaConf>();
  r.Add<call::get_config_value, GetConfigValue>();
  r.Add<call::get_metastore_db_uuid, Uuid>();
  r.Add<call::flushCache, FlushCache>();
}

}  // namespace tarn::metastore
