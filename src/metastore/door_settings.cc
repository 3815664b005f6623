#include "metastore/door_settings.h"

#include <netdb.h>

#include "base/log.h"
#include "base/text.h"
#include "config/hadoop_value.h"
#include "fmt/format.h"
#include "metastore/authenticator.h"
#include "net/http_message.h"

namespace tarn::metastore {
namespace {
using Options = MetastoreOptions;

std::string Word(const std::string& v) { return std::string(Trim(v)); }

std::vector<std::string> List(const std::string& v, char separator) {
  std::vector<std::string> out;
  for (const std::string& s : Split(v, separator)) if (std::string w = Word(s); !w.empty()) out.push_back(std::move(w));
  return out;
}

Result<uint64_t> Number(std::string_view key, const std::string& v, int64_t from, int64_t to) { return static_cast<uint64_t>(TRY(config::ReadHadoopNumber(key, v, from, to))); }
Result<int> Seconds(std::string_view key, const std::string& v) { return static_cast<int>(TRY(config::ReadHadoopTimeMs(key, v, 1000, 1000, 1'000'000'000)) / 1000); }

Status Authentication(const std::string& value, Options* o) {
  for (const std::string& w : List(value, ',')) {
    if (EqualsIgnoreCase(w, "NOSASL")) continue;
    else if (EqualsIgnoreCase(w, "NONE")) o->sasl_unchecked = true;
    else if (EqualsIgnoreCase(w, "LDAP")) o->ldap_on = true;
    else if (EqualsIgnoreCase(w, "CONFIG")) o->auth_words.push_back("CONFIG");
    else if (EqualsIgnoreCase(w, "JWT")) o->auth_words.push_back("JWT");
    else if (EqualsIgnoreCase(w, "KERBEROS")) return Status::NotSupported("Kerberos authentication of the metastore is not supported").WithHint("use LDAP, CONFIG or JWT, or --users FILE");
    else return Status::NotSupported("metastore.authentication=" + w + " is not supported").WithHint("NOSASL, NONE, LDAP, CONFIG, JWT; several with commas between");
  }
  return Status::OK();
}

struct DoorSetting {
  const char* key;      // after "metastore."; the older form is "hive.metastore." + key
  Status (*apply)(std::string_view key, const std::string& v, Options* o);
};
#define SET(body) [](std::string_view k, const std::string& v, Options* o) -> Status { (void)k; (void)v; (void)o; body; return Status::OK(); }

constexpr DoorSetting kDoorSettings[] = {
    {"server.thrift.transport.mode", SET({
       o->transport_mode = ToLower(Trim(v));
       if (o->transport_mode != "binary" && o->transport_mode != "http") return Status::InvalidSql(fmt::format("{} = \"{}\" is none of binary, http", k, v)).WithHint("leave it out to serve both");
     })},
    {"server.thrift.http.path", SET({
       std::string_view p = Trim(v);
       while (p.starts_with('/')) p.remove_prefix(1);
       while (p.ends_with('*') || p.ends_with('/')) p.remove_suffix(1);
       o->http_path = std::string(p);
     })},
    {"thrift.http.max.idle.time", SET(o->http_idle_seconds = TRY(Seconds(k, v)))},
    {"use.SSL", SET(o->tls_on = TRY(config::ReadHadoopBoolean(k, v)))},
    {"keystore.path", SET(o->tls.certificate_file = Word(v))},
    {"keystore.password", SET(o->tls.password = v)},
    {"keystore.type", SET(if (std::string w = ToLower(Trim(v)); !w.empty() && w != "pkcs12" && w != "pem" && w != "jks") return Status::NotSupported("metastore.keystore.type=" + w + " is not supported").WithHint("PKCS12, or PEM"))},
    {"authentication", SET(TRY(Authentication(v, o)))},
    {"authentication.config.username", SET(o->config_user = Word(v))},
    {"authentication.config.password", SET(o->config_password = v)},
    {"authentication.jwt.jwks.url", SET(o->jwt.jwks = Word(v))},
    {"authentication.ldap.url", SET(o->ldap.urls = List(v, ' '))},
    {"authentication.ldap.baseDN", SET(o->ldap.base_dn = Word(v))},
    {"authentication.ldap.Domain", SET(o->ldap.domain = Word(v))},
    {"authentication.ldap.userDNPattern", SET(o->ldap.user_dn_patterns = List(v, ':'))},
    {"authentication.ldap.groupDNPattern", SET(o->ldap.group_dn_patterns = List(v, ':'))},
    {"authentication.ldap.userFilter", SET(o->ldap.user_filter = List(v, ','))},
    {"authentication.ldap.groupFilter", SET(o->ldap.group_filter = List(v, ','))},
    {"authentication.ldap.guidKey", SET(o->ldap.guid_key = Word(v))},
    {"authentication.ldap.groupMembershipKey", SET(o->ldap.group_membership_key = Word(v))},
    {"authentication.ldap.groupClassKey", SET(o->ldap.group_class_key = Word(v))},
    {"authentication.ldap.binddn", SET(o->ldap.bind_dn = Word(v))},
    {"authentication.ldap.bindpw", SET(o->ldap.bind_password = v)},
    // A filter that were ignored would let in whom it should keep out.
    {"authentication.ldap.userMembershipKey", SET(if (!Word(v).empty()) return Status::NotSupported(std::string(k) + " is not supported").WithHint("use groupMembershipKey with groupFilter"))},
    {"authentication.ldap.customLDAPQuery", SET(if (!Word(v).empty()) return Status::NotSupported(std::string(k) + " is not supported").WithHint("use userFilter and groupFilter"))},
    {"authentication.ldap.userSearchFilter", SET(if (!Word(v).empty()) return Status::NotSupported(std::string(k) + " is not supported").WithHint("use userFilter and groupFilter"))},
    {"authentication.ldap.groupSearchFilter", SET(if (!Word(v).empty()) return Status::NotSupported(std::string(k) + " is not supported").WithHint("use userFilter and groupFilter"))},
    {"authentication.ldap.groupBaseDN", SET(if (!Word(v).empty()) return Status::NotSupported(std::string(k) + " is not supported").WithHint("use groupDNPattern"))},
    {"custom.authentication.class", SET(if (!Word(v).empty()) return Status::NotSupported(std::string(k) + ": Java classes are not loaded here"))},
    {"sasl.enabled", SET(if (TRY(config::ReadHadoopBoolean(k, v))) return Status::NotSupported("metastore.sasl.enabled=true asks for Kerberos, which is not supported").WithHint("use metastore.authentication=LDAP, CONFIG or JWT, or --users FILE"))},
    {"server.max.message.size", SET(o->limits.message_bytes_max = TRY(Number(k, v, 1 << 10, 2147483647)))},
};
constexpr DoorSetting kOwnSettings[] = {   // after "tarn.metastore."
    {"users-file", SET(o->users_file = Word(v))},
    {"access-log", SET(o->access_log = Word(v))},
    {"tls-certificate", SET(o->tls.certificate_file = Word(v); o->tls_on = true)},
    {"tls-key", SET(o->tls.key_file = Word(v))},
    {"jwks", SET(o->jwt.jwks = Word(v); o->auth_words.push_back("JWT"))},
    {"jwt-issuer", SET(o->jwt.issuer = Word(v))},
    {"jwt-audience", SET(o->jwt.audience = List(v, ','))},
    {"connections-max", SET(o->connections_max = static_cast<int>(TRY(Number(k, v, 1, 100'000))))},
    {"message-timeout-seconds", SET(o->message_timeout_seconds = static_cast<int>(TRY(Number(k, v, 1, 1'000'000))))},
    {"handshake-timeout-seconds", SET(o->handshake_timeout_seconds = static_cast<int>(TRY(Number(k, v, 1, 3'600))))},
    {"wire.message-bytes-max", SET(o->limits.message_bytes_max = TRY(Number(k, v, 1 << 10, 2147483647)))},
    {"wire.memory-bytes-max", SET(o->limits.memory_bytes_max = TRY(Number(k, v, 1 << 20, int64_t{1} << 40)))},
    {"wire.total-memory-bytes-max", SET(o->limits.total_memory_bytes_max = TRY(Number(k, v, 16 << 20, uint64_t{1} << 44)))},
    {"wire.container-elements-max", SET(o->limits.container_elements_max = TRY(Number(k, v, 1, 2147483647)))},
    {"wire.depth-max", SET(o->limits.depth_max = static_cast<int>(TRY(Number(k, v, 8, 256))))},
};
#undef SET
}  // namespace

Result<bool> ApplyDoorSetting(std::string_view key, const std::string& value, MetastoreOptions* options) {
  bool own = key.starts_with("tarn.metastore.");
  std::string_view rest = key;
  if (own) rest.remove_prefix(15);
  else if (rest.starts_with("hive.metastore.")) rest.remove_prefix(15);
  else if (rest.starts_with("metastore.")) rest.remove_prefix(10);
  else return false;
  auto find = [&](auto& table) -> Result<bool> {
    for (const DoorSetting& s : table) {
      if (rest != s.key) continue;
      TRY(s.apply(key, value, options));
      return true;
    }
    return false;
  };
  return own ? find(kOwnSettings) : find(kDoorSettings);
}

Status CheckDoor(MetastoreOptions* o, bool allow_remote) {
  bool jwt = false, account = false;
  for (const std::string& w : o->auth_words) (w == "JWT" ? jwt : account) = true;
  if (jwt && o->jwt.jwks.empty()) return Status::InvalidSql("metastore.authentication=JWT needs metastore.authentication.jwt.jwks.url");
  if (!jwt && !o->jwt.jwks.empty()) {   // as Hive: the URL alone turns nothing on
    LogWarn("metastore.authentication.jwt.jwks.url has no effect without metastore.authentication=JWT");
    o->jwt.jwks.clear();
  }
  if (account && o->config_user.empty()) return Status::InvalidSql("metastore.authentication=CONFIG needs metastore.authentication.config.username");
  if (!account) o->config_user.clear();
  if (jwt && o->transport_mode == "binary" && o->users_file.empty() && !o->ldap_on && !account) {
    return Status::InvalidSql("JWT comes over HTTP only, and metastore.server.thrift.transport.mode is binary");
  }
  if (!o->tls.key_file.empty() && o->tls.certificate_file.empty()) return Status::InvalidSql("--tls-key without --tls-certificate").WithHint("--tls-certificate FILE --tls-key FILE: with either one alone nothing can be encrypted");
  if (o->tls_on && o->tls.certificate_file.empty()) return Status::InvalidSql("TLS is on without a certificate").WithHint("--tls-certificate FILE --tls-key FILE, or metastore.keystore.path");
  for (const std::string* host : {&o->host, o->metrics_port >= 0 ? &o->metrics_host : nullptr}) {
    if (!host || net::IsLoopbackName(*host)) continue;
    addrinfo* found = nullptr;
    if (int error = ::getaddrinfo(host->c_str(), nullptr, nullptr, &found); error != 0) return Status::InvalidSql(fmt::format("address \"{}\" to listen on is not known", *host)).WithDetail(::gai_strerror(error));
    ::freeaddrinfo(found);
  }
  auto open_to_all = [](const std::string& host, const char* what) {
    return Status::Denied(fmt::format("listening on {} without authentication lets anyone who can reach it {}", host, what));
  };
  if (!net::IsLoopbackName(o->host) && !NamesAuthentication(*o) && !allow_remote) {
    return open_to_all(o->host, "change the catalog").WithHint("give --users FILE, LDAP or a JWKS, or add --allow-unauthenticated-remote if the network is trusted");
  }
  if (o->metrics_port >= 0 && !net::IsLoopbackName(o->metrics_host) && !allow_remote) {
    return open_to_all(o->metrics_host, "read the metrics").WithHint("add --allow-unauthenticated-remote if the network is trusted");
  }
  if (!net::IsLoopbackName(o->host) && (!o->users_file.empty() || o->ldap_on || account) && !o->tls_on) {
    LogWarn("passwords travel in the clear to {}: add --tls-certificate and --tls-key", o->host);
  }
  return Status::OK();
}

}  // namespace tarn::metastore
