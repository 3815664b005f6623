#include "metastore/store/store_url.h"

#include <charconv>

#include "base/hex.h"
#include "base/text.h"
#include "fmt/format.h"

namespace tarn::metastore {

namespace {
// The text itself is not in the message: it may be a password.
Result<std::string> Unescape(std::string_view s, const char* part) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '%') { out += s[i]; continue; }
    int high = i + 2 < s.size() ? HexDigitValue(s[i + 1]) : -1, low = i + 2 < s.size() ? HexDigitValue(s[i + 2]) : -1;
    if (high < 0 || low < 0 || high + low == 0) {
      return Status::InvalidSql(fmt::format("the {} of the metastore's store has a wrong percent escape", part)).WithHint("write % as %25");
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}
}  // namespace

Result<StoreUrl> StoreUrl::Parse(std::string_view text) {
  StoreUrl u;
  size_t scheme = text.find("://");
  std::string name(text.substr(0, scheme == std::string_view::npos ? 0 : scheme));
  if (name == "postgresql" || name == "postgres") u.kind = kPostgres;
  else if (name == "mysql" || name == "mariadb") u.kind = kMysql;
  else {
    return Status::InvalidSql(name.empty() ? "metastore.store is neither sqlite nor a database's address" : "metastore.store does not know databases of kind \"" + name + "\"")
        .WithHint("sqlite, postgresql://user:password@host:port/database or mysql://user:password@host:port/database");
  }
  std::string_view rest = text.substr(scheme + 3), query;
  if (size_t q = rest.find('?'); q != std::string_view::npos) {
    query = rest.substr(q + 1);
    rest = rest.substr(0, q);
  }
  // A password may hold an unescaped '@' or '/': the last '@' counts.
  size_t at = rest.rfind('@');
  std::string_view who = at == std::string_view::npos ? std::string_view() : rest.substr(0, at);
  std::string_view where = at == std::string_view::npos ? rest : rest.substr(at + 1);
  size_t slash = where.find('/');
  if (slash != std::string_view::npos) u.database = TRY(Unescape(where.substr(slash + 1), "database"));
  where = where.substr(0, slash);
  if (size_t colon = who.find(':'); colon != std::string_view::npos) {
    u.password = TRY(Unescape(who.substr(colon + 1), "password"));
    who = who.substr(0, colon);
  }
  u.user = TRY(Unescape(who, "user"));
  size_t colon = where.starts_with('[') ? where.find(':', where.find(']')) : where.rfind(':');
  if (colon != std::string_view::npos) {
    std::string_view port = where.substr(colon + 1);
    auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), u.port);
    if (error != std::errc() || end != port.data() + port.size() || u.port <= 0 || u.port > 65535) {
      return Status::InvalidSql("the port in metastore.store is not a number from 1 to 65535").WithHint("escape special characters of the password: @ as %40, / as %2F, : as %3A, ? as %3F");
    }
    where = where.substr(0, colon);
  }
  if (where.starts_with('[') && where.ends_with(']')) where = where.substr(1, where.size() - 2);
  u.host = TRY(Unescape(where, "host"));
  if (!query.empty()) {
    for (const std::string& pair : Split(query, '&')) {
      size_t eq = pair.find('=');
      if (eq == std::string::npos || eq == 0) return Status::InvalidSql("an option after the ? of metastore.store is not name=value");
      std::string key = TRY(Unescape(std::string_view(pair).substr(0, eq), "option")), value = TRY(Unescape(std::string_view(pair).substr(eq + 1), "option"));
      if (key == "password") u.password = value;
      else if (key == "user") u.user = value;
      else u.options[key] = value;
    }
  }
  if (u.database.empty()) return Status::InvalidSql("metastore.store names no database").WithHint(name + "://user:password@host:port/database");
  return u;
}

std::string StoreUrl::Shown() const {
  std::string out = kind == kPostgres ? "postgresql://" : "mysql://";
  if (!user.empty()) out += user + "@";
  out += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port) out += ":" + std::to_string(port);
  return out + "/" + database;
}

}  // namespace tarn::metastore
