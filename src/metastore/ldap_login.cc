#include "metastore/ldap_login.h"

#include <dlfcn.h>
#include <ldap.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"

namespace tarn::metastore {
namespace {
#define TARN_LDAP_FUNCTIONS(X)                                                                                                     \
  X(ldap_initialize) X(ldap_set_option) X(ldap_sasl_bind_s) X(ldap_search_ext_s) X(ldap_first_entry) X(ldap_next_entry)            \
  X(ldap_count_entries) X(ldap_get_dn) X(ldap_get_values_len) X(ldap_value_free_len) X(ldap_memfree) X(ldap_msgfree)                \
  X(ldap_unbind_ext_s) X(ldap_err2string)

struct LdapLibrary {
#define TARN_DECLARE(name) decltype(&::name) name = nullptr;
  TARN_LDAP_FUNCTIONS(TARN_DECLARE)
#undef TARN_DECLARE
  Status status;
};

LdapLibrary Load() {
  LdapLibrary out;
  void* lib = ::dlopen("libldap-2.5.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!lib) lib = ::dlopen("libldap.so.2", RTLD_NOW | RTLD_LOCAL);   // 2.6, same functions
  if (!lib) {
    const char* why = ::dlerror();
    out.status = Status::Unavailable("the LDAP library is not on this machine").WithDetail(why ? why : "").WithHint("install the package libldap-2.5-0");
    return out;
  }
  const char* missing = nullptr;
#define TARN_RESOLVE(name) \
  if (!(out.name = reinterpret_cast<decltype(out.name)>(::dlsym(lib, #name)))) missing = #name;
  TARN_LDAP_FUNCTIONS(TARN_RESOLVE)
#undef TARN_RESOLVE
  if (missing) out.status = Status::Unavailable(std::string("the LDAP library on this machine has no ").append(missing));
  return out;
}

const LdapLibrary& Library() {
  static const LdapLibrary library = Load();
  return library;
}

// One connection to one server.
class Session {
 public:
  Session(const LdapLibrary& o, const std::string& url, int timeout_ms) : o_(o), timeout_{timeout_ms / 1000, (timeout_ms % 1000) * 1000} {
    if (o_.ldap_initialize(&ld_, url.c_str()) != LDAP_SUCCESS) { ld_ = nullptr; return; }
    int version = LDAP_VERSION3;
    o_.ldap_set_option(ld_, LDAP_OPT_PROTOCOL_VERSION, &version);
    o_.ldap_set_option(ld_, LDAP_OPT_NETWORK_TIMEOUT, &timeout_);
    o_.ldap_set_option(ld_, LDAP_OPT_TIMEOUT, &timeout_);
    o_.ldap_set_option(ld_, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);   // a password goes to the named server only
  }
  ~Session() { if (ld_) o_.ldap_unbind_ext_s(ld_, nullptr, nullptr); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int Bind(const std::string& dn, const std::string& password) {
    if (!ld_) return LDAP_CONNECT_ERROR;
    berval credentials{password.size(), const_cast<char*>(password.data())};
    return o_.ldap_sasl_bind_s(ld_, dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr, nullptr);
  }
  // The DNs (attribute == "") or first values of an attribute that a search gives.
  int Search(const std::string& base, const std::string& filter, const std::string& attribute, std::vector<std::string>* out) {
    std::string none = LDAP_NO_ATTRS;
    char* attributes[] = {const_cast<char*>(attribute.empty() ? none.c_str() : attribute.c_str()), nullptr};
    LDAPMessage* found = nullptr;
    int rc = o_.ldap_search_ext_s(ld_, base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(), attributes, 0, nullptr, nullptr, &timeout_, kEntriesMax, &found);
    if (rc == LDAP_SUCCESS) {
      for (LDAPMessage* e = o_.ldap_first_entry(ld_, found); e; e = o_.ldap_next_entry(ld_, e)) {
        if (attribute.empty()) {
          char* dn = o_.ldap_get_dn(ld_, e);
          if (dn) out->emplace_back(dn);
          o_.ldap_memfree(dn);
        } else if (berval** values = o_.ldap_get_values_len(ld_, e, attribute.c_str())) {
          if (values[0]) out->emplace_back(values[0]->bv_val, values[0]->bv_len);
          o_.ldap_value_free_len(values);
        }
      }
    }
    if (found) o_.ldap_msgfree(found);
    return rc;
  }

 private:
  static constexpr int kEntriesMax = 1000;
  const LdapLibrary& o_;
  timeval timeout_;
  LDAP* ld_ = nullptr;
};

std::string Fill(std::string pattern, const std::string& value) {
  for (size_t at = 0; (at = pattern.find("%s", at)) != std::string::npos; at += value.size()) pattern.replace(at, 2, value);
  return pattern;
}

// "uid=%s,ou=People,dc=x" -> "ou=People,dc=x": where to look.
std::string BaseOf(const std::string& pattern) { return pattern.substr(pattern.find(',') == std::string::npos ? pattern.size() : pattern.find(',') + 1); }

bool Within(const std::vector<std::string>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& s) { return EqualsIgnoreCase(s, name); });
}

bool Refused(int rc) { return rc == LDAP_INVALID_CREDENTIALS || rc == LDAP_NO_SUCH_OBJECT || rc == LDAP_INVALID_DN_SYNTAX || rc == LDAP_INAPPROPRIATE_AUTH || rc == LDAP_INSUFFICIENT_ACCESS; }

struct Asking {
  const LdapLibrary& library;
  const LdapOptions& o;
  Session& session;

  std::vector<std::string> UserBases() const {
    std::vector<std::string> bases;
    for (const std::string& p : o.user_dn_patterns) bases.push_back(BaseOf(p));
    if (bases.empty() && !o.base_dn.empty()) bases.push_back(o.base_dn);
    return bases;
  }
  Status Unavailable(int rc) const { return Status::Unavailable(std::string("LDAP: ") + library.ldap_err2string(rc)); }

  // The one entry whose guidKey is the name.
  Result<std::string> FindUser(const std::string& name) const {
    std::string filter = fmt::format("(&(|(objectClass=person)(objectClass=user)(objectClass=inetOrgPerson)(objectClass=account))({}={}))", o.guid_key, EscapeLdapFilter(name));
    std::vector<std::string> dns;
    for (const std::string& base : UserBases()) {
      if (int rc = session.Search(base, filter, "", &dns); rc != LDAP_SUCCESS && rc != LDAP_NO_SUCH_OBJECT) return Unavailable(rc);
    }
    if (dns.size() != 1) return Status::Denied(dns.empty() ? "LDAP knows no such user" : "LDAP knows several users of that name");
    return dns[0];
  }

  Status CheckGroups(const std::string& name, const std::string& dn) const {
    if (o.group_filter.empty()) return Status::OK();
    std::vector<std::string> bases, groups;
    for (const std::string& p : o.group_dn_patterns) bases.push_back(BaseOf(p));
    if (bases.empty()) bases.push_back(o.base_dn);
    std::string filter = fmt::format("(&(objectClass={})(|({}={})({}={})))", o.group_class_key, o.group_membership_key, EscapeLdapFilter(dn), o.group_membership_key, EscapeLdapFilter(name));
    for (const std::string& base : bases) {
      if (int rc = session.Search(base, filter, "cn", &groups); rc != LDAP_SUCCESS && rc != LDAP_NO_SUCH_OBJECT) return Unavailable(rc);
    }
    for (const std::string& g : groups) if (Within(o.group_filter, g)) return Status::OK();
    return Status::Denied("the user is in none of the groups that may come in");
  }
};
}  // namespace

std::string EscapeDnValue(const std::string& value) {
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    auto c = static_cast<unsigned char>(value[i]);
    bool special = std::string_view(",+\"\\<>;=").find(value[i]) != std::string_view::npos || (i == 0 && (c == '#' || c == ' ')) || (i + 1 == value.size() && c == ' ');
    if (c < 0x20 || c == 0x7f) out += fmt::format("\\{:02x}", c);
    else if (special) out.append(1, '\\').append(1, value[i]);
    else out.push_back(value[i]);
  }
  return out;
}

std::string EscapeLdapFilter(const std::string& value) {
  std::string out;
  for (char c : value) {
    if (c == '*' || c == '(' || c == ')' || c == '\\' || c == '\0') out += fmt::format("\\{:02x}", static_cast<unsigned char>(c));
    else out.push_back(c);
  }
  return out;
}

Result<std::unique_ptr<LdapLogin>> LdapLogin::Make(LdapOptions options) {
  if (options.urls.empty()) return Status::InvalidSql("LDAP authentication needs metastore.authentication.ldap.url");
  for (const std::string& u : options.urls) {
    if (!u.starts_with("ldap://") && !u.starts_with("ldaps://") && !u.starts_with("ldapi://")) return Status::InvalidSql("LDAP URL \"" + u + "\" does not begin with ldap:// or ldaps://");
  }
  for (const std::string& p : options.user_dn_patterns) if (p.find("%s") == std::string::npos) return Status::InvalidSql("metastore.authentication.ldap.userDNPattern \"" + p + "\" has no %s for the name");
  if ((!options.bind_dn.empty() || !options.group_filter.empty()) && options.base_dn.empty() && options.user_dn_patterns.empty()) {
    return Status::InvalidSql("LDAP with a bind user or a group filter needs metastore.authentication.ldap.baseDN");
  }
  return std::unique_ptr<LdapLogin>(new LdapLogin(std::move(options)));
}

Status LdapLogin::Check(const std::string& name, const std::string& password) const {
  // A bind without password is anonymous, and succeeds.
  if (name.empty() || password.empty() || password[0] == '\0' || name.find('\0') != std::string::npos) return Status::Denied("name or password is wrong");
  const LdapLibrary& library = Library();
  if (!library.status.ok()) return library.status;
  if (!options_.user_filter.empty() && !Within(options_.user_filter, name)) return Status::Denied("the user is not among those who may come in");
  Status last = Status::Unavailable("no LDAP server");
  for (const std::string& url : options_.urls) {
    Session session(library, url, options_.timeout_ms);
    Asking ask{library, options_, session};
    std::vector<std::string> principals;
    if (!options_.bind_dn.empty()) {
      if (int rc = session.Bind(options_.bind_dn, options_.bind_password); rc != LDAP_SUCCESS) {
        last = Status::Unavailable(std::string("LDAP does not accept metastore.authentication.ldap.binddn: ") + library.ldap_err2string(rc));
        LogWarn("{}: {}", url, last.message());
        continue;
      }
      auto dn = ask.FindUser(name);
      if (!dn.ok() && dn.status().code() == StatusCode::kDenied) return dn.status();
      if (!dn.ok()) { last = dn.status(); continue; }
      principals.push_back(*dn);
    } else if (!options_.user_dn_patterns.empty()) {
      for (const std::string& p : options_.user_dn_patterns) principals.push_back(Fill(p, EscapeDnValue(name)));
    } else if (!options_.domain.empty()) {
      principals.push_back(name.find('@') == std::string::npos ? name + "@" + options_.domain : name);
    } else if (!options_.base_dn.empty()) {
      principals.push_back(options_.guid_key + "=" + EscapeDnValue(name) + "," + options_.base_dn);
    } else {
      principals.push_back(name);   // Active Directory takes user@domain as it is
    }
    bool refused = false;
    for (const std::string& dn : principals) {
      int rc = session.Bind(dn, password);
      if (rc == LDAP_SUCCESS) {
        std::string found = dn;
        if (!options_.group_filter.empty()) {
          if (!options_.bind_dn.empty() && session.Bind(options_.bind_dn, options_.bind_password) != LDAP_SUCCESS) return Status::Unavailable("LDAP bind user was refused");
          if (options_.bind_dn.empty() && options_.user_dn_patterns.empty()) found = TRY(ask.FindUser(name));
        }
        return ask.CheckGroups(name, found);
      }
      if (!Refused(rc)) { last = ask.Unavailable(rc); refused = false; break; }
      refused = true;
    }
    if (refused) return Status::Denied("name or password is wrong");
    LogWarn("LDAP server {}: {}", url, last.message());
  }
  return last;
}

}  // namespace tarn::metastore
