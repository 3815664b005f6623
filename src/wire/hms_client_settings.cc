#include "wire/hms_client_settings.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "config/hadoop_value.h"
#include "fmt/format.h"

namespace tarn::wire {

namespace {
constexpr size_t kSecretBytesMax = 64 << 10;

std::string_view Bare(std::string_view key) {
  if (key.starts_with("hive.")) key.remove_prefix(5);
  return key;
}

// The first line of a file that only its owner may read.
Result<std::string> ReadSecret(const std::string& file, const char* key) {
  struct stat st;
  if (::stat(file.c_str(), &st) != 0) return Status::InvalidSql(fmt::format("{}: file \"{}\" can't be read", key, file));
  if (st.st_mode & 077) return Status::Denied(fmt::format("{}: file \"{}\" is readable by others", key, file)).WithHint("chmod 600 " + file);
  std::ifstream in(file);
  std::string line;
  if (st.st_size > static_cast<off_t>(kSecretBytesMax) || !std::getline(in, line) || Trim(line).empty()) {
    return Status::InvalidSql(fmt::format("{}: file \"{}\" has no first line to take", key, file));
  }
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

Result<int> Milliseconds(const char* key, const std::string& v) { return static_cast<int>(TRY(config::ReadHadoopTimeMs(key, v, 1000, 1, 2'000'000'000))); }
}  // namespace

const std::vector<ClientSetting>& ClientSettings() {
  static const std::vector<ClientSetting> settings = {
      {"metastore.client.auth.mode", "NOSASL, PLAIN (a name and a password) or JWT (over HTTP)"},
      {"metastore.client.plain.username", "the name of PLAIN"},
      {"metastore.client.plain.password-file", "its password: the first line of a file of mode 600; else, but for a catalog, the environment's TARN_METASTORE_PASSWORD. Tarn's own key"},
      {"metastore.client.jwt-file", "the token of JWT: a file of mode 600; else, but for a catalog, the environment's HMS_JWT. Tarn's own key"},
      {"metastore.client.thrift.transport.mode", "binary or http"},
      {"metastore.client.thrift.http.path", "path of http (metastore)"},
      {"metastore.use.SSL", "true: TLS"},
      {"metastore.truststore.path", "whose certificates are believed: PEM or PKCS12; without it the machine's own list"},
      {"metastore.truststore.password", "of a PKCS12 file"},
      {"metastore.truststore.type", "PEM or PKCS12; both are recognised"},
      {"metastore.thrift.framed.transport.enabled", "true: framed transport"},
      {"metastore.thrift.compact.protocol.enabled", "true: compact protocol"},
      {"metastore.client.socket.timeout", "of one call (600s)"},
      {"metastore.client.connection.timeout", "of connecting (5s)"},
      {"metastore.execute.setugi", "false: no set_ugi with the name of the process's user"},
      {"metastore.sasl.enabled", "true asks for Kerberos, which is not supported"},
  };
  return settings;
}

bool IsClientSetting(std::string_view key) {
  for (const ClientSetting& s : ClientSettings()) if (Bare(key) == s.key) return true;
  return false;
}

void AddUser(const std::string& user, const std::string& password_file, std::map<std::string, std::string>* settings) {
  const char* environment = std::getenv("TARN_METASTORE_PASSWORD");
  auto set = [&](const std::string& key, const std::string& value) {
    settings->erase("hive." + key);
    (*settings)[key] = value;
  };
  if (!password_file.empty()) set("metastore.client.plain.password-file", password_file);
  if (user.empty()) return;
  set("metastore.client.plain.username", user);
  if (!password_file.empty() || (environment && *environment)) set("metastore.client.auth.mode", "PLAIN");
}

std::string DefaultUser() {
  if (const char* named = std::getenv("HADOOP_USER_NAME"); named && *named) return named;
  char buffer[4096];
  passwd entry{}, *found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found) return found->pw_name;
  return fmt::format("{}", ::geteuid());
}

Result<HmsClientOptions> ClientOptions(const std::map<std::string, std::string>& settings, Secrets secrets) {
  // The newer form of a key wins.
  auto find = [&](std::string_view key) -> const std::string* {
    auto it = settings.find(std::string(key));
    if (it == settings.end()) it = settings.find("hive." + std::string(key));
    return it == settings.end() || Trim(it->second).empty() ? nullptr : &it->second;
  };
  auto is_true = [&](const char* key, bool fallback = false) -> Result<bool> {
    const std::string* v = find(key);
    return v ? config::ReadHadoopBoolean(key, *v) : Result<bool>(fallback);
  };
  HmsClientOptions o;
  if (TRY(is_true("metastore.sasl.enabled"))) {
    return Status::NotSupported("metastore.sasl.enabled=true asks for Kerberos, which is not supported").WithHint("metastore.client.auth.mode=PLAIN or JWT");
  }
  if (const std::string* mode = find("metastore.client.thrift.transport.mode")) {
    std::string m = ToLower(Trim(*mode));
    if (m != "binary" && m != "http") return Status::InvalidSql("metastore.client.thrift.transport.mode \"" + m + "\" is none of binary, http");
    o.http = m == "http";
  }
  if (const std::string* path = find("metastore.client.thrift.http.path")) {
    std::string_view p = Trim(*path);
    while (p.starts_with('/')) p.remove_prefix(1);
    while (p.ends_with('*') || p.ends_with('/')) p.remove_suffix(1);
    o.http_path = std::string(p);
  }
  o.framed = TRY(is_true("metastore.thrift.framed.transport.enabled"));
  o.compact = TRY(is_true("metastore.thrift.compact.protocol.enabled"));
  if (const std::string* t = find("metastore.client.socket.timeout")) o.call_timeout_ms = TRY(Milliseconds("metastore.client.socket.timeout", *t));
  if (const std::string* t = find("metastore.client.connection.timeout")) o.connect_timeout_ms = TRY(Milliseconds("metastore.client.connection.timeout", *t));
  o.tls = TRY(is_true("metastore.use.SSL"));
  if (const std::string* f = find("metastore.truststore.path")) o.truststore = std::string(Trim(*f));
  if (const std::string* p = find("metastore.truststore.password")) o.truststore_password = *p;
  if (const std::string* type = find("metastore.truststore.type")) {
    std::string w = ToLower(Trim(*type));
    if (w != "pem" && w != "pkcs12" && w != "jks") return Status::NotSupported("metastore.truststore.type=" + w + " is not supported").WithHint("PKCS12, or PEM");
  }
  std::string mode = find("metastore.client.auth.mode") ? ToUpper(Trim(*find("metastore.client.auth.mode"))) : "NOSASL";
  const std::string* user = find("metastore.client.plain.username");
  if (user && user->find_first_of(". \t\r\n") != std::string::npos && settings.contains(std::string(Trim(*user)))) {
    return Status::InvalidSql("metastore.client.plain.username is the name of a setting");   // whose value would travel as the password
  }
  if (mode == "PLAIN") {
    if (!user) return Status::InvalidSql("metastore.client.auth.mode=PLAIN needs metastore.client.plain.username");
    o.user = std::string(Trim(*user));
    o.auth = HmsClientOptions::Auth::kPlain;
    const char* environment = secrets == Secrets::kEnvironmentToo ? std::getenv("TARN_METASTORE_PASSWORD") : nullptr;
    if (const std::string* f = find("metastore.client.plain.password-file")) o.secret = TRY(ReadSecret(std::string(Trim(*f)), "metastore.client.plain.password-file"));
    else if (auto own = settings.find(o.user); own != settings.end()) o.secret = own->second;   // Hadoop's Configuration.getPassword(user)
    else if (environment && *environment) o.secret = environment;
    else return Status::InvalidSql("there is no password for user \"" + o.user + "\" of the metastore").WithHint(std::string("metastore.client.plain.password-file names a file that holds it") + (secrets == Secrets::kEnvironmentToo ? ", or set TARN_METASTORE_PASSWORD" : ""));
  } else if (mode == "JWT") {
    if (!o.http) return Status::InvalidSql("metastore.client.auth.mode=JWT needs metastore.client.thrift.transport.mode=http");
    o.auth = HmsClientOptions::Auth::kBearer;
    const char* environment = secrets == Secrets::kEnvironmentToo ? std::getenv("HMS_JWT") : nullptr;
    if (const std::string* f = find("metastore.client.jwt-file")) o.secret = std::string(Trim(TRY(ReadSecret(std::string(Trim(*f)), "metastore.client.jwt-file"))));
    else if (environment && *environment) o.secret = std::string(Trim(environment));
    else return Status::InvalidSql("there is no token for the metastore").WithHint(std::string("metastore.client.jwt-file names a file that holds it") + (secrets == Secrets::kEnvironmentToo ? ", or set HMS_JWT" : ""));
  } else if (mode == "NOSASL" || mode == "NONE") {
    bool set_ugi = TRY(is_true("metastore.execute.setugi", true));
    if (user) o.user = std::string(Trim(*user));
    else if (set_ugi) o.user = DefaultUser();
  } else if (mode == "KERBEROS") {
    return Status::NotSupported("metastore.client.auth.mode=KERBEROS is not supported").WithHint("PLAIN or JWT");
  } else {
    return Status::InvalidSql("metastore.client.auth.mode \"" + mode + "\" is none of NOSASL, PLAIN, JWT");
  }
  return o;
}

}  // namespace tarn::wire
