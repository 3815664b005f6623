// Is this name and password right, says a directory? By Hive's rules (metastore.authentication.ldap.*): a bind as each DN that the
// patterns make of the name, at each server, until one answers; or a search as a bind user first; then the user and group filters.
//
// libldap is loaded on first use. Threads: Check from any; each check has its own connection.
// Errors: kDenied (wrong password, no such user, not in a group), kUnavailable (no server answers, no library).
#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "metastore/options.h"

namespace tarn::metastore {

class LdapLogin {
 public:
  // kInvalidSql when the settings can't work; opens nothing.
  static Result<std::unique_ptr<LdapLogin>> Make(LdapOptions options);
  Status Check(const std::string& name, const std::string& password) const;

 private:
  explicit LdapLogin(LdapOptions options) : options_(std::move(options)) {}
  LdapOptions options_;
};

// RFC 4514 and RFC 4515: a name that a stranger chose, as a value within a DN or a filter.
std::string EscapeDnValue(const std::string& value);
std::string EscapeLdapFilter(const std::string& value);

}  // namespace tarn::metastore
