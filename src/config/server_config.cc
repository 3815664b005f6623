#include "config/server_config.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>

#include "base/check.h"
#include "base/text.h"

namespace tarn::config {
namespace {
constexpr ConfigKey kKeys[] = {
    {"data", "string", "tarn-data", "directory of everything the server keeps: catalog, warehouse, jobs, checkpoints"},
    {"host", "string", "127.0.0.1", "address that all ports bind to"},
    {"insecure-bind", "boolean", "false", "allow a host that other machines reach, although the server has no authentication"},
    {"http-port", "integer", "8080", "status page, job REST, metrics; 0 takes a free port"},
    {"gateway-port", "integer", "8083", "Flink SQL Gateway REST; 0 takes a free port"},
    {"metastore-port", "integer", "9083", "Hive Metastore Thrift; 0 takes a free port"},
    {"metastore.enabled", "boolean", "true", "run the server's own metastore as a child process"},
    {"metastore.uri", "string", "", "thrift://host:port of a metastore to use instead of the own one"},
    {"metastore.compat", "string", "", "which Hive release the own metastore answers as: hive3 or hive4; empty: its default"},
    {"metastore.hive-site", "string", "", "hive-site.xml or metastore-site.xml that the own metastore reads"},
    {"metastore.store", "string", "sqlite", "where the own metastore keeps its rows: sqlite, postgresql://user:password@host:port/db or mysql://..."},
    {"warehouse", "string", "", "default location of databases and tables; empty: DATA/warehouse"},
    {"memory.limit", "size", "0", "memory of the process; 0: half of the machine's"},
    {"endpoint", "string", "", "tarn sql, tarn run: URL of a running SQL gateway"},
    {"http.allowed-hosts", "list", "", "names beyond localhost under which the server may be asked for, separated by ;"},
    {"http.allowed-origins", "list", "", "origins of web pages that may use the server, separated by ;"},
    {"http.request-bytes-max", "size", "16 mb", "largest request body"},
    {"sql-gateway.session.idle-timeout", "duration", "10 min", "a session that nobody uses for so long is closed; 0: never"},
    {"sql-gateway.session.check-interval", "duration", "1 min", "how often idle sessions are looked for"},
    {"sql-gateway.session.max-num", "integer", "10000", "most sessions at a time"},
    {"sql-gateway.worker.threads.max", "integer", "500", "most statements that run at a time"},
    {"shutdown.timeout", "duration", "60 s", "how long SIGTERM lets requests finish and jobs take their last checkpoint"},
    {"log.level", "enum debug|info|warn|error", "info", "least level that is logged"},
    {"log.format", "enum text|json", "text", "lines for people or JSON lines"},
    {"log.file", "string", "", "log to this file instead of standard error"},
    {"log.rotate-bytes", "size", "64 mb", "a log file of this size is rotated"},
    {"log.rotate-files", "integer", "5", "rotated log files that are kept"},
};

Status CheckValue(const ConfigKey& key, const std::string& value) {
  std::string_view type = key.type;
  if (type == "integer") return ParseInteger(value).status();
  if (type == "boolean") return ParseBoolean(value).status();
  if (type == "duration") return ParseDuration(value).status();
  if (type == "size") return ParseMemorySize(value).status();
  if (type.starts_with("enum ")) {
    std::vector<std::string> allowed = Split(type.substr(5), '|');
    for (const std::string& a : allowed) if (a == value) return Status::OK();
    return Status::InvalidSql("'" + value + "' is none of " + Join(allowed, ", "));
  }
  return Status::OK();
}

// Scalars of nested maps under dotted keys; sequences joined by ';'.
void Flatten(const YAML::Node& node, const std::string& prefix, std::map<std::string, std::string>* out) {
  if (node.IsMap()) {
    for (const auto& item : node) {
      std::string key = item.first.as<std::string>();
      Flatten(item.second, prefix.empty() ? key : prefix + "." + key, out);
    }
  } else if (node.IsSequence()) {
    std::vector<std::string> parts;
    for (const auto& item : node) parts.push_back(item.as<std::string>());
    (*out)[prefix] = Join(parts, ";");
  } else if (node.IsScalar()) {
    (*out)[prefix] = node.as<std::string>();
  } else if (node.IsNull() && !prefix.empty()) {
    (*out)[prefix] = "";
  }
}

Result<std::map<std::string, std::string>> ReadYaml(const std::string& file) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(file, missing)) return Status::NotFound("configuration file \"" + file + "\" does not exist");
  try {
    std::map<std::string, std::string> out;
    YAML::Node root = YAML::LoadFile(file);
    if (!root.IsMap() && !root.IsNull()) return Status::InvalidSql("configuration file \"" + file + "\" is not a map of keys");
    Flatten(root, "", &out);
    return out;
  } catch (const YAML::Exception& e) {
    return Status::InvalidSql("configuration file \"" + file + "\" is not YAML").WithDetail(e.what()).WithPosition({e.mark.line + 1, e.mark.column + 1, 0, 0});
  }
}
}  // namespace

std::span<const ConfigKey> ConfigKeys() { return kKeys; }

const ConfigKey* FindConfigKey(std::string_view key) {
  for (const ConfigKey& k : kKeys) if (k.key == key) return &k;
  return nullptr;
}

std::string FlagName(std::string_view key) {
  std::string out(key);
  for (char& c : out) if (c == '.') c = '-';
  return out;
}

std::string EnvironmentName(std::string_view key) {
  std::string out = "TARN_" + ToUpper(key);
  for (char& c : out) if (c == '.' || c == '-') c = '_';
  return out;
}

Status ServerConfig::Set(const std::string& key, const std::string& value, const std::string& source, const std::string& said) {
  const ConfigKey* spec = FindConfigKey(key);
  if (!spec) {
    std::vector<std::string> names;
    for (const ConfigKey& k : kKeys) names.emplace_back(k.key);
    std::string near = ClosestName(key, names);
    Status s = Status::InvalidSql("unknown setting \"" + key + "\" (" + said + ")");
    if (!near.empty()) s = std::move(s).WithHint("did you mean \"" + near + "\"?");
    return s;
  }
  Status fits = CheckValue(*spec, value);
  if (!fits.ok()) return Status::InvalidSql("setting \"" + key + "\" (" + said + "): " + fits.message()).WithDetail(fits.detail()).WithHint(spec->sentence);
  values_[key] = {value, source};
  return Status::OK();
}

Result<ServerConfig> ServerConfig::Load(const std::string& file, const std::map<std::string, std::string>& flags, const std::map<std::string, std::string>& session,
                                        const Environment& environment) {
  ServerConfig config;
  for (const ConfigKey& k : kKeys) config.values_[k.key] = {k.fallback, "default"};
  if (!file.empty()) {
    for (auto& [key, value] : TRY(ReadYaml(file))) {
      std::string k = key.starts_with("tarn.") ? key.substr(5) : key;
      if (k.starts_with("session.")) config.session_[k.substr(8)] = value;
      else TRY(config.Set(k, value, "file", "in " + file));
    }
  }
  for (const ConfigKey& k : kKeys) {
    std::string name = EnvironmentName(k.key);
    if (const char* value = environment(name.c_str())) TRY(config.Set(k.key, value, "environment", name));
  }
  for (const auto& [key, value] : flags) TRY(config.Set(key, value, "flag", "--" + FlagName(key)));
  for (const auto& [key, value] : session) config.session_[key] = value;
  return config;
}

std::string ServerConfig::Text(std::string_view key) const {
  auto it = values_.find(key);
  TARN_CHECK(it != values_.end(), "a key that ConfigKeys() does not list");
  return it->second.text;
}
int64_t ServerConfig::Integer(std::string_view key) const { auto v = ParseInteger(Text(key)); return v.ok() ? *v : 0; }
bool ServerConfig::Boolean(std::string_view key) const { auto v = ParseBoolean(Text(key)); return v.ok() && *v; }
int64_t ServerConfig::DurationMs(std::string_view key) const { auto v = ParseDuration(Text(key)); return v.ok() ? v->count() : 0; }
int64_t ServerConfig::Bytes(std::string_view key) const { auto v = ParseMemorySize(Text(key)); return v.ok() ? *v : 0; }
std::vector<std::string> ServerConfig::List(std::string_view key) const {
  std::vector<std::string> out;
  for (const std::string& piece : Split(Text(key), ';')) if (!Trim(piece).empty()) out.emplace_back(Trim(piece));
  return out;
}
bool ServerConfig::IsSet(std::string_view key) const { return Source(key) != "default"; }
std::string ServerConfig::Source(std::string_view key) const { auto it = values_.find(key); return it == values_.end() ? "default" : it->second.source; }

}  // namespace tarn::config
