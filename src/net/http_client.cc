#include "net/http_client.h"

#include "base/secrets.h"

namespace tarn::net {

Result<std::unique_ptr<HttpClient>> HttpClient::Make(const std::string& url) {
  std::string_view rest = url;
  auto client = std::unique_ptr<HttpClient>(new HttpClient());
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    client->tls_ = TRY(TlsClient::Make(""));
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  }
  size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    client->prefix_ = std::string(rest.substr(slash));
    while (!client->prefix_.empty() && client->prefix_.back() == '/') client->prefix_.pop_back();
  }
  int port = 0;
  if (!SplitHostPort(rest.substr(0, slash), &client->host_, &port)) return Status::InvalidSql("endpoint \"" + HideSecrets(url) + "\" is not host:port or http://host:port");
  client->port_ = port != 0 ? port : client->tls_ ? 443 : 80;
  return client;
}

Result<HttpResponse> HttpClient::Send(const std::string& method, const std::string& target, const std::string& body, int64_t timeout_ms) {
  HttpRequest request;
  request.method = method;
  request.target = prefix_ + target;
  request.headers = headers_;
  if (!body.empty()) request.headers.Add("Content-Type", "application/json");
  request.body = body;
  if (!body.empty() && (method == "GET" || method == "DELETE")) request.headers.Add("Content-Length", std::to_string(body.size()));
  std::string host = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
  std::string bytes = SerializeRequest(request, host + ":" + std::to_string(port_));
  bool reused = false;
  auto answer = SendOnce(bytes, method == "HEAD", timeout_ms, &reused);
  if (!answer.ok() && reused) answer = SendOnce(bytes, method == "HEAD", timeout_ms, &reused);   // the server had closed the kept connection
  return answer;
}

void HttpClient::Drop() {
  session_.reset();
  fd_.Reset();
}

Result<size_t> HttpClient::ReceiveSome(char* buffer, size_t size, int64_t timeout_ms) {
  if (!session_) return Receive(fd_.get(), buffer, size, timeout_ms);
  long n = session_->Read(buffer, size);
  if (n < 0) return Status::Unavailable("the connection broke while receiving");
  return static_cast<size_t>(n);
}

Result<HttpResponse> HttpClient::SendOnce(const std::string& bytes, bool head, int64_t timeout_ms, bool* reused) {
  *reused = static_cast<bool>(fd_);
  if (!fd_) {
    fd_ = TRY(Connect(host_, port_, timeout_ms));
    if (tls_) {
      SetBlocking(fd_.get(), timeout_ms);
      auto session = tls_->Connect(fd_.get(), host_);
      if (!session.ok()) { Drop(); return session.status(); }
      session_ = std::move(session).value();
    }
  }
  HttpLimits limits;
  limits.body_bytes = size_t{1} << 30;
  HttpParser parser(HttpParser::Kind::kResponse, limits);
  if (head) parser.ForHead();
  Status sent = !session_ ? SendAll(fd_.get(), bytes, timeout_ms) : session_->Write(bytes.data(), bytes.size()) ? Status::OK() : Status::Unavailable("the connection broke while sending");
  if (!sent.ok()) { Drop(); return sent; }
  char buffer[64 << 10];
  bool any = false;
  while (parser.state() == HttpParser::State::kMore) {
    auto n = ReceiveSome(buffer, sizeof(buffer), timeout_ms);
    if (!n.ok()) { Drop(); *reused = false; return n.status(); }
    if (*n == 0) {
      Drop();
      if (parser.FinishAtClose()) break;
      if (any) *reused = false;   // a broken answer must not send the request twice
      return Status::Unavailable("the server closed the connection without an answer");
    }
    any = true;
    parser.Feed(std::string_view(buffer, *n));
  }
  if (parser.state() == HttpParser::State::kWrong) { Drop(); *reused = false; return Status::Corrupt("the server's answer is not HTTP").WithDetail(parser.error()); }
  HttpResponse response;
  response.status = parser.status();
  response.headers = std::move(parser.request().headers);
  response.body = std::move(parser.request().body);
  if (auto connection = response.headers.Find("Connection"); connection && *connection == "close") Drop();
  return response;
}

}  // namespace tarn::net
