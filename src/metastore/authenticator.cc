#include "metastore/authenticator.h"

#include "base/clock.h"
#include "base/log.h"

namespace tarn::metastore {

Result<std::unique_ptr<Authenticator>> Authenticator::Make(const MetastoreOptions& o) {
  auto a = std::make_unique<Authenticator>();
  if (!o.users_file.empty()) a->users_ = TRY(Users::Load(o.users_file));
  if (o.ldap_on) a->ldap_ = TRY(LdapLogin::Make(o.ldap));
  if (!o.config_user.empty()) {
    if (o.config_password.empty()) return Status::InvalidSql("metastore.authentication.config.password is empty");
    a->config_user_ = o.config_user;
    a->config_password_ = o.config_password;
  }
  if (!o.jwt.jwks.empty()) a->jwt_ = TRY(net::JwtVerifier::Load(o.jwt));
  a->unchecked_ = o.sasl_unchecked;
  return a;
}

Status Authenticator::CheckPassword(const std::string& name, const std::string& password) {
  Status s = Status::Denied("name or password is wrong");
  if (unchecked_ && !required()) s = Status::OK();
  else if (!users_.empty() && users_.Check(name, password)) s = Status::OK();
  else if (!config_user_.empty() && SameSecret(name, config_user_) && SameSecret(password, config_password_)) s = Status::OK();
  else if (ldap_) s = ldap_->Check(name, password);
  (s.ok() ? counts_.passwords_ok : counts_.passwords_denied).fetch_add(1, std::memory_order_relaxed);
  return s;
}

Result<net::JwtClaims> Authenticator::CheckToken(std::string_view token) {
  if (!jwt_) return Status::Denied("tokens are not accepted here");
  auto claims = jwt_->Check(token, WallClockMs() / 1000);
  (claims.ok() ? counts_.tokens_ok : counts_.tokens_denied).fetch_add(1, std::memory_order_relaxed);
  return claims;
}

std::string Authenticator::Wanted(bool http) const {
  std::string out;
  if (http && tokens()) out = "a JWT (Authorization: Bearer)";
  if (passwords()) out += (out.empty() ? "" : " or ") + std::string(http ? "a user name and password (Authorization: Basic)" : "a user name and password (SASL PLAIN)");
  return out.empty() ? "a JWT, which only Thrift over HTTP carries" : out;
}

}  // namespace tarn::metastore
