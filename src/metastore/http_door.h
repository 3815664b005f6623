// Thrift over HTTP as Hive 4 has it: POST /metastore with one message as body, the reply as the answer's body.
//
// User: "Authorization: Bearer <JWT>" (its subject) or "Basic" when authentication is on; else the header x-actor-username, unproved.
// 401 with a sentence when the proof lacks or fails. A browser's page can't call: any Origin is refused, and without authentication
// Host must be this machine. A small reply has a Content-Length, a large one leaves in chunks.
// Threads: one connection, one thread. Limits: the wire limits, HTTP head 64 KiB and the handshake's time in all, idle and message timeouts
// of the options.
#pragma once

#include <atomic>

#include "metastore/authenticator.h"
#include "metastore/router.h"
#include "metastore/server.h"
#include "net/http_message.h"
#include "wire/tcp.h"

namespace tarn::metastore {

class HttpDoor {
 public:
  // `stranger`: runs until the first proof.
  HttpDoor(Call& call, Router& router, Authenticator& authenticator, wire::TcpConnection& connection, const std::atomic<bool>& draining, Server& server, Server::Deadline& stranger)
      : call_(call), router_(router), authenticator_(authenticator), connection_(connection), draining_(draining), server_(server), stranger_(stranger) {}
  // Until the peer goes, is too slow, or sends what is no HTTP.
  void Serve();

 private:
  bool Answer(net::HttpRequest& request);
  bool Refuse(int status, const std::string& text, bool keep, const char* header = nullptr, const std::string& value = "");
  bool RefuseUser(const Status& why, bool keep);
  bool CheckSender(const net::HttpRequest& request, std::string* why) const;
  Status FindUser(const net::HttpRequest& request);

  Call& call_;
  Router& router_;
  Authenticator& authenticator_;
  wire::TcpConnection& connection_;
  const std::atomic<bool>& draining_;
  Server& server_;
  Server::Deadline& stranger_;
  wire::OutBuffer out_;
  // The last proof that held, so that a directory is not asked for every call.
  std::string proved_header_, proved_user_;
  int64_t proved_until_s_ = 0;
};

}  // namespace tarn::metastore
