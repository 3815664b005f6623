// SASL PLAIN as Thrift speaks it (TSaslTransport): the client's START, its name and password, our verdict; frames follow.
// Kerberos (GSSAPI) and delegation tokens (DIGEST-MD5) are not supported, and a client that begins them is told so.
// Users come from a file of "name:password" lines, readable by its owner only.
// Threads: Users is read-only after Load.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "wire/tcp.h"

namespace tarn::metastore {

// Compares in a time that does not tell where they differ.
bool SameSecret(std::string_view given, std::string_view expected);

class Users {
 public:
  static Result<Users> Load(const std::string& file);
  // Takes the same time whether the name or the password is wrong.
  bool Check(const std::string& name, const std::string& password) const;
  bool empty() const { return passwords_.empty(); }

 private:
  std::map<std::string, std::string> passwords_;
};

class PasswordCheck {
 public:
  virtual ~PasswordCheck() = default;
  virtual Status CheckPassword(const std::string& name, const std::string& password) = 0;   // OK, kDenied, kUnavailable
};

// Runs the negotiation that the client has begun. The name it proved, or why not (the client has been told).
// `check` null: nobody can come in this way; `why_not` says so to the client.
Result<std::string> NegotiatePlain(wire::TcpConnection& connection, PasswordCheck* check, const std::string& why_not);

}  // namespace tarn::metastore
