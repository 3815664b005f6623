#include "metastore/http_door.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/server.h"
#include "net/http_parser.h"

namespace tarn::metastore {
namespace {
constexpr int64_t kProofSeconds = 60;
constexpr char kUserHeader[] = "x-actor-username";
constexpr char kContentType[] = "application/x-thrift";

// Takes the reply's bytes as they are made. What fits the buffer leaves with a length, the rest in chunks.
class ChunkedReply final : public wire::OutBuffer::Drain {
 public:
  ChunkedReply(wire::TcpConnection& connection, bool chunks, bool keep) : connection_(connection), chunks_(chunks), keep_(keep && chunks) {}
  bool OnBytes(const char* data, size_t n) override {
    if (!begun_) {
      begun_ = true;
      std::string head = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\n{}{}\r\n", kContentType, chunks_ ? "Transfer-Encoding: chunked\r\n" : "", keep_ ? "" : "Connection: close\r\n");
      if (!connection_.OnBytes(head.data(), head.size())) return false;
    }
    if (!chunks_) return connection_.OnBytes(data, n);   // HTTP/1.0: the connection's end is the reply's
    std::string size = fmt::format("{:x}\r\n", n);
    return connection_.OnBytes(size.data(), size.size()) && connection_.OnBytes(data, n) && connection_.OnBytes("\r\n", 2);
  }
  size_t Offer(const char* data, size_t n, const wire::OutBuffer::GiveUp& give_up, bool* gone) override {
    size_t done = 0;
    while (done < n && connection_.AwaitRoom(give_up, gone)) {
      size_t piece = std::min(n - done, wire::TcpConnection::kPieceBytes);
      if (!OnBytes(data + done, piece)) { *gone = true; break; }
      done += piece;
    }
    return done;
  }
  bool End() { return !chunks_ || connection_.OnBytes("0\r\n\r\n", 5); }
  bool begun() const { return begun_; }
  bool keep() const { return keep_; }

 private:
  wire::TcpConnection& connection_;
  bool chunks_, keep_, begun_ = false;
};
}  // namespace

void HttpDoor::Serve() {
  const MetastoreOptions& o = call_.service.options();
  net::HttpLimits limits;
  limits.body_bytes = o.limits.message_bytes_max;
  net::HttpParser parser(net::HttpParser::Kind::kRequest, limits);
  for (bool keep = true; keep;) {
    if (!connection_.Wait(o.http_idle_seconds * 1000)) return;
    Server::Deadline head(server_, connection_, o.handshake_timeout_seconds * 1000);
    wire::MemoryShare share(&server_.memory());   // of the body
    bool continued = false, judged = !authenticator_.required();
    while (parser.state() == net::HttpParser::State::kMore) {
      if (!connection_.Need(1)) return;
      if (!share.Take(connection_.ready())) {
        LogWarn("{}: {}", call_.caller.peer, wire::MemoryPool::Full().ToString());
        Refuse(503, wire::MemoryPool::Full().message(), false);
        return;
      }
      connection_.cur += parser.Feed({reinterpret_cast<const char*>(connection_.cur), connection_.ready()});
      if (parser.state() != net::HttpParser::State::kMore) break;
      if (parser.headers_done() && !judged) {   // before a stranger may fill our memory with a body
        judged = true;
        if (Status s = FindUser(parser.request()); !s.ok()) { RefuseUser(s, false); return; }
        stranger_.End();
      }
      if (parser.headers_done()) head.End();
      if (parser.headers_done() && parser.expects_continue() && !continued) {
        continued = true;
        if (!connection_.OnBytes("HTTP/1.1 100 Continue\r\n\r\n", 25)) return;
      }
    }
    if (parser.state() == net::HttpParser::State::kWrong) {
      LogWarn("{}: {}", call_.caller.peer, parser.error());
      Refuse(parser.error_status(), parser.error(), false);
      return;
    }
    head.End();
    keep = Answer(parser.request());
    parser.Reset();
  }
}

bool HttpDoor::Refuse(int status, const std::string& text, bool keep, const char* header, const std::string& value) {
  std::string body = text + "\n";
  std::string reply = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nContent-Length: {}\r\n", status, net::HttpReason(status), body.size());
  if (header) reply += fmt::format("{}: {}\r\n", header, value);
  if (!keep) reply += "Connection: close\r\n";
  reply += "\r\n" + body;
  return connection_.OnBytes(reply.data(), reply.size()) && keep;
}

bool HttpDoor::RefuseUser(const Status& why, bool keep) {
  LogWarn("{} refused: {}", call_.caller.peer, why.ToString());
  if (why.code() != StatusCode::kDenied) return Refuse(503, "Authentication error: the directory that knows the passwords does not answer", keep);
  return Refuse(401, "Authentication error: " + why.message(), keep, "WWW-Authenticate", authenticator_.tokens() ? "Bearer realm=\"metastore\"" : "Basic realm=\"metastore\"");
}

bool HttpDoor::CheckSender(const net::HttpRequest& request, std::string* why) const {
  if (request.headers.Find("Origin")) { *why = "web pages may not use the metastore"; return false; }
  std::string host;
  int port = 0;
  auto named = request.headers.Find("Host");
  if (authenticator_.required() || !named || !net::IsLoopbackName(call_.service.options().host)) return true;
  if (net::SplitHostPort(*named, &host, &port) && net::IsLoopbackName(host)) return true;
  *why = "Host is not a name of this machine";   // a name that a stranger made point here
  return false;
}

Status HttpDoor::FindUser(const net::HttpRequest& request) {
  Caller& caller = call_.caller;
  auto header = request.headers.Find("Authorization");
  if (!authenticator_.required()) {
    caller.authenticated = false;
    if (auto user = request.headers.Find(kUserHeader)) caller.user = std::string(*user);
    return Status::OK();
  }
  caller.user.clear();
  caller.authenticated = false;
  if (!header) return Status::Denied("this metastore needs " + authenticator_.Wanted(true));
  int64_t now = WallClockMs() / 1000;
  if (*header != proved_header_ || now >= proved_until_s_) {
    proved_header_.clear();
    size_t space = header->find(' ');
    std::string_view scheme = header->substr(0, space), proof = space == std::string_view::npos ? std::string_view() : Trim(header->substr(space + 1));
    if (EqualsIgnoreCase(scheme, "Bearer")) {
      net::JwtClaims claims = TRY(authenticator_.CheckToken(proof));
      proved_user_ = claims.subject;
      proved_until_s_ = claims.expires_s > 0 ? std::min(now + kProofSeconds, claims.expires_s) : now + kProofSeconds;
    } else if (EqualsIgnoreCase(scheme, "Basic") && authenticator_.passwords()) {
      std::string pair;
      size_t colon;
      if (!net::Base64Decode(proof, false, &pair) || (colon = pair.find(':')) == std::string::npos) return Status::Denied("the Authorization header is not understood");
      TRY(authenticator_.CheckPassword(pair.substr(0, colon), pair.substr(colon + 1)));
      proved_user_ = pair.substr(0, colon);
      proved_until_s_ = now + kProofSeconds;
    } else {
      return Status::Denied("this metastore needs " + authenticator_.Wanted(true) + (EqualsIgnoreCase(scheme, "Negotiate") ? "; Kerberos is not supported" : ""));
    }
    proved_header_ = std::string(*header);
  }
  caller.user = proved_user_;
  caller.authenticated = true;
  return Status::OK();
}

// False: the connection is over.
bool HttpDoor::Answer(net::HttpRequest& request) {
  const MetastoreOptions& o = call_.service.options();
  bool keep = request.keep_alive() && !draining_;
  std::string why;
  if (!CheckSender(request, &why)) return Refuse(403, why, false);
  std::string_view path = request.path;
  while (path.starts_with('/')) path.remove_prefix(1);
  // Hive 4's own client asks for "/metastore/*", star included.
  if (path != o.http_path && !(path.starts_with(o.http_path) && path[o.http_path.size()] == '/')) return Refuse(404, "the metastore is at /" + o.http_path, keep);
  if (request.method != "POST") return Refuse(405, "a Thrift message comes by POST", keep, "Allow", "POST");
  if (auto type = request.headers.Find("Content-Type")) {
    std::string_view media = Trim(type->substr(0, type->find(';')));
    if (!EqualsIgnoreCase(media, kContentType) && !EqualsIgnoreCase(media, "application/octet-stream")) return Refuse(415, std::string("a Thrift message has the type ") + kContentType, keep);
  }
  if (Status s = FindUser(request); !s.ok()) return RefuseUser(s, keep);
  stranger_.End();
  if (request.body.empty()) return Refuse(400, "no Thrift message in the request", keep);
  wire::MemorySource in(request.body);
  wire::Protocol protocol = *in.cur == 0x82 ? wire::Protocol::kCompact : wire::Protocol::kBinary;
  wire::ReadBudget budget(o.limits, &server_.memory());
  wire::MessageHead head;
  if (Status s = wire::ReadMessageHead(protocol, in, budget, &head); !s.ok()) {
    LogWarn("{}: {}", call_.caller.peer, s.ToString());
    return Refuse(400, s.message(), false);
  }
  ChunkedReply reply(connection_, request.minor_version >= 1, keep);
  out_.SetDrain(&reply, Server::kDrainBytes);
  out_.Clear();
  Router::Outcome outcome = router_.Serve(call_, protocol, head, in, budget, out_);
  bool ok;
  if (reply.begun()) {
    // Half a reply must not look like a whole one: no last chunk.
    ok = out_.DrainNow() && (outcome == Router::Outcome::kDone) && reply.End() && reply.keep();
  } else if (out_.size() == 0) {
    ok = Refuse(500, "the call failed without an answer, as it does in Hive", false);
  } else {
    bool stay = keep && outcome == Router::Outcome::kDone;
    std::string whole = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n", kContentType, out_.size(), stay ? "" : "Connection: close\r\n");
    whole.append(out_.view());
    ok = connection_.OnBytes(whole.data(), whole.size()) && stay;
  }
  out_.SetDrain(nullptr, 0);
  out_.Clear();
  out_.Trim(Server::kBufferKeepBytes);
  return ok;
}

}  // namespace tarn::metastore
