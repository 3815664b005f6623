// Who may come in: a password (users file, one account of the configuration, LDAP) or a token (JWT). What is configured is on.
// Kerberos (GSSAPI) and delegation tokens are not supported: asking for them is an error at the start, not a silent "no".
//
// Threads: Check* from any. Errors: kDenied may be shown to the client; kUnavailable: the directory does not answer.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "metastore/ldap_login.h"
#include "metastore/options.h"
#include "metastore/sasl.h"
#include "net/jwt.h"

namespace tarn::metastore {

class Authenticator final : public PasswordCheck {
 public:
  static Result<std::unique_ptr<Authenticator>> Make(const MetastoreOptions& options);
  // Without any of them, everybody may come in.
  bool required() const { return passwords() || tokens(); }
  bool passwords() const { return !users_.empty() || ldap_ || !config_user_.empty(); }
  bool tokens() const { return jwt_ != nullptr; }
  bool sasl_unchecked() const { return unchecked_; }
  Status CheckPassword(const std::string& name, const std::string& password) override;
  Result<net::JwtClaims> CheckToken(std::string_view token);
  // "a user name and password (SASL PLAIN)": what a client must bring over Thrift, over HTTP.
  std::string Wanted(bool http) const;

  struct Counts { std::atomic<uint64_t> passwords_ok{0}, passwords_denied{0}, tokens_ok{0}, tokens_denied{0}; };
  const Counts& counts() const { return counts_; }

 private:
  Users users_;
  std::string config_user_, config_password_;
  std::unique_ptr<LdapLogin> ldap_;
  std::unique_ptr<net::JwtVerifier> jwt_;
  bool unchecked_ = false;
  Counts counts_;
};

// Does this configuration name any authentication? For the rule about addresses, before anything is opened.
inline bool NamesAuthentication(const MetastoreOptions& o) { return !o.users_file.empty() || o.ldap_on || !o.config_user.empty() || !o.jwt.jwks.empty(); }

}  // namespace tarn::metastore
