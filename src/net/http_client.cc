#include "net/http_client.h"

namespace tarn::net {

Result<std::unique_ptr<HttpClient>> HttpClient::Make(const std::string& url) {
  std::string_view rest = url;
  if (rest.starts_with("https://")) return Status::NotSupported("https endpoints are not supported").WithHint("use http:// to a local port");
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  auto client = std::unique_ptr<HttpClient>(new HttpClient());
  size_t slash = rest.find('/');
  if (slash != std::string_view::npos) {
    client->prefix_ = std::string(rest.substr(slash));
    while (!client->prefix_.empty() && client->prefix_.back() == '/') client->prefix_.pop_back();
  }
  int port = 0;
  if (!SplitHostPort(rest.substr(0, slash), &client->host_, &port)) return Status::InvalidSql("endpoint \"" + url + "\" is not host:port or http://host:port");
  client->port_ = port == 0 ? 80 : port;
  return client;
}

Result<HttpResponse> HttpClient::Send(const std::string& method, const std::string& target, const std::string& body, int64_t timeout_ms) {
  HttpRequest request;
  request.method = method;
  request.target = prefix_ + target;
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

Result<HttpResponse> HttpClient::SendOnce(const std::string& bytes, bool head, int64_t timeout_ms, bool* reused) {
  *reused = static_cast<bool>(fd_);
  if (!fd_) fd_ = TRY(Connect(host_, port_, timeout_ms));
  HttpLimits limits;
  limits.body_bytes = size_t{1} << 30;
  HttpParser parser(HttpParser::Kind::kResponse, limits);
  if (head) parser.ForHead();
  Status sent = SendAll(fd_.get(), bytes, timeout_ms);
  if (!sent.ok()) { fd_.Reset(); return sent; }
  char buffer[64 << 10];
  bool any = false;
  while (parser.state() == HttpParser::State::kMore) {
    auto n = Receive(fd_.get(), buffer, sizeof(buffer), timeout_ms);
    if (!n.ok()) { fd_.Reset(); *reused = false; return n.status(); }
    if (*n == 0) {
      fd_.Reset();
      if (parser.FinishAtClose()) break;
      if (any) *reused = false;   // a broken answer must not send the request twice
      return Status::Unavailable("the server closed the connection without an answer");
    }
    any = true;
    parser.Feed(std::string_view(buffer, *n));
  }
  if (parser.state() == HttpParser::State::kWrong) { fd_.Reset(); *reused = false; return Status::Corrupt("the server's answer is not HTTP").WithDetail(parser.error()); }
  HttpResponse response;
  response.status = parser.status();
  response.headers = std::move(parser.request().headers);
  response.body = std::move(parser.request().body);
  if (auto connection = response.headers.Find("Connection"); connection && *connection == "close") fd_.Reset();
  return response;
}

}  // namespace tarn::net
