// SASL PLAIN as Thrift speaks it (TSaslTransport): the client's START, its name and password, our verdict; frames follow.
// Users come from a file of "name:password" lines, readable by its owner only. Kerberos (GSSAPI) and delegation tokens are not supported.
// Threads: Users is read-only after Load.
#pragma once

#include <map>
#include <string>

#include "wire/tcp.h"

namespace tarn::metastore {

class Users {
 public:
  static Result<Users> Load(const std::string& file);
  // Takes the same time whether the name or the password is wrong.
  bool Check(const std::string& name, const std::string& password) const;
  bool empty() const { return passwords_.empty(); }

 private:
  std::map<std::string, std::string> passwords_;
};

// Runs the negotiation that the client has begun. The authenticated name, or why not (the client has been told).
Result<std::string> NegotiatePlain(wire::TcpConnection& connection, const Users& users);

}  // namespace tarn::metastore
