// TLS 1.2 and 1.3 over a connected, blocking socket. OpenSSL is loaded by the first context made, never before.
//
// Threads: a context is shared by all; a session has one owner (another thread may shut the socket down to wake it).
// Ownership: a session does not own its descriptor. Errors: kInvalidSql for files that don't fit, kUnavailable for a broken peer.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/status.h"

namespace tarn::net {

class TlsSession {
 public:
  virtual ~TlsSession() = default;
  // Bytes read; 0: the peer ended; -1: broken or timed out (errno EAGAIN), as recv.
  virtual long Read(char* out, size_t n) = 0;
  virtual bool Write(const char* data, size_t n) = 0;   // all or false
  virtual bool Pending() const = 0;                     // decrypted bytes wait already
};

// Where a server's key and certificate chain lie. The files are read again when they change, so that renewal needs no restart.
struct TlsIdentity {
  std::string certificate_file;   // PEM, leaf first; or PKCS12, or PEM, with the key inside when key_file is empty
  std::string key_file;           // PEM
  std::string password;           // of a PKCS12 file
};

class TlsServer {
 public:
  // A Java keystore in JKS form is kNotSupported, with the command that converts it.
  static Result<std::unique_ptr<TlsServer>> Make(TlsIdentity identity);
  ~TlsServer();
  Result<std::unique_ptr<TlsSession>> Accept(int fd);

 private:
  struct State;
  explicit TlsServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class TlsClient {
 public:
  // ca_file: who may have signed, PEM or PKCS12 (then with its password); empty: the machine's own list.
  static Result<std::unique_ptr<TlsClient>> Make(const std::string& ca_file, const std::string& password = "");
  ~TlsClient();
  // The certificate must be for `host`. kDenied: it is not, or nobody whom we believe has signed it.
  Result<std::unique_ptr<TlsSession>> Connect(int fd, const std::string& host);

 private:
  struct State;
  explicit TlsClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tarn::net
