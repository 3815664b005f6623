#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <thread>

#include "net/access.h"
#include "net/http_client.h"
#include "net/http_parser.h"
#include "net/http_server.h"
#include "net/json_reader.h"
#include "net/json_writer.h"

namespace tarn::net {
namespace {

HttpParser Parse(std::string_view bytes, size_t piece, HttpLimits limits = {}) {
  HttpParser p(HttpParser::Kind::kRequest, limits);
  while (!bytes.empty() && p.state() == HttpParser::State::kMore) {
    size_t n = std::min(piece, bytes.size()), taken = p.Feed(bytes.substr(0, n));
    bytes.remove_prefix(taken);
    if (taken == 0) break;
  }
  return p;
}

TEST(HttpParser, RequestInAnyPieces) {
  std::string text = "POST /v1/a%20b?x=1&y=a+b%2B HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nX-A:  v \r\n\r\nabc";
  for (size_t piece : {1u, 2u, 7u, 1000u}) {
    HttpParser p = Parse(text, piece);
    ASSERT_EQ(p.state(), HttpParser::State::kDone) << p.error();
    EXPECT_EQ(p.request().method, "POST");
    EXPECT_EQ(p.request().path, "/v1/a b");
    EXPECT_EQ(p.request().QueryValue("y"), "a b+");
    EXPECT_EQ(p.request().headers.Find("x-a"), "v");
    EXPECT_EQ(p.request().body, "abc");
  }
}

TEST(HttpParser, ChunkedBody) {
  HttpParser p = Parse("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n", 1);
  ASSERT_EQ(p.state(), HttpParser::State::kDone) << p.error();
  EXPECT_EQ(p.request().body, "abc0123456789");
}

TEST(HttpParser, WrongRequestsHaveTheirStatus) {
  struct Case { const char* text; int status; };
  const Case cases[] = {
      {"GARBAGE\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\n\r\n", 400},                                                                    // no Host
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
  };
  for (const Case& c : cases) {
    HttpParser p = Parse(c.text, 5);
    ASSERT_EQ(p.state(), HttpParser::State::kWrong) << c.text;
    EXPECT_EQ(p.error_status(), c.status) << c.text;
  }
}

TEST(HttpParser, Limits) {
  EXPECT_EQ(Parse("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n", 1000).error_status(), 414);
  EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(70'000, 'a'), 1000).error_status(), 431);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 200; ++i) many += "A: b\r\n";
  EXPECT_EQ(Parse(many + "\r\n", 1000).error_status(), 431);
}

TEST(JsonWriter, EscapesAndReplacesWhatIsNotUtf8) {
  std::string out;
  AppendJsonString("a\"\\\n\x01\xc3\xa9\xff\xe2\x82", &out);
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001\xc3\xa9\\ufffd\\ufffd\\ufffd\"");
  JsonWriter w;
  w.BeginObject().Field("a", 1).Key("b").BeginArray().Null().Bool(true).EndArray().EndObject();
  EXPECT_EQ(w.text(), R"({"a":1,"b":[null,true]})");
}

TEST(JsonReader, SlicesKeepEveryDigit) {
  std::string_view text = R"( {"a" : 12345678901234567890.10, "b":[1,"x,]\"",{"c":null}], "d":"\u00e9\ud83d\ude00\n", "e":{}} )";
  EXPECT_EQ(JsonMember(text, "a"), "12345678901234567890.10");
  auto b = JsonElements(JsonMember(text, "b"));
  ASSERT_EQ(b.size(), 3u);
  EXPECT_EQ(JsonText(b[1]), "x,]\"");
  EXPECT_TRUE(IsJsonNull(JsonMember(b[2], "c")));
  EXPECT_EQ(JsonText(JsonMember(text, "d")), "\xc3\xa9\xf0\x9f\x98\x80\n");
  EXPECT_TRUE(JsonMembers(JsonMember(text, "e")).empty());
  EXPECT_TRUE(JsonElements("[]").empty());
  for (size_t n = 0; n < text.size(); ++n) (void)JsonMembers(text.substr(0, n));   // cut anywhere
}

TEST(Access, HostOriginAndType) {
  auto check = [](std::vector<std::pair<std::string, std::string>> headers, std::string method, std::string body, AccessPolicy policy = {}) {
    HttpRequest r;
    r.method = std::move(method);
    r.body = std::move(body);
    for (auto& [k, v] : headers) r.headers.Add(k, v);
    int status = 0;
    Status s = CheckAccess(r, policy, &status);
    EXPECT_EQ(s.ok(), status == 200);
    return status;
  };
  EXPECT_EQ(check({{"Host", "localhost:8080"}}, "GET", ""), 200);
  EXPECT_EQ(check({{"Host", "127.0.0.1:8080"}}, "GET", ""), 200);
  EXPECT_EQ(check({{"Host", "[::1]:8080"}}, "GET", ""), 200);
  EXPECT_EQ(check({{"Host", "evil.example"}}, "GET", ""), 403);
  EXPECT_EQ(check({{"Host", "127.0.0.1.evil.example"}}, "GET", ""), 403);
  EXPECT_EQ(check({{"Host", "tarn.example:1"}}, "GET", "", {{"tarn.example"}, {}}), 200);
  EXPECT_EQ(check({{"Host", "localhost:8080"}, {"Origin", "http://evil.example"}}, "GET", ""), 403);
  EXPECT_EQ(check({{"Host", "localhost:8080"}, {"Origin", "null"}}, "POST", ""), 403);
  EXPECT_EQ(check({{"Host", "localhost:8080"}, {"Origin", "http://localhost:8080"}}, "POST", ""), 200);
  EXPECT_EQ(check({{"Host", "localhost:8080"}, {"Origin", "http://localhost:9999"}}, "POST", ""), 403);
  EXPECT_EQ(check({{"Host", "localhost"}}, "POST", "{}"), 415);
  EXPECT_EQ(check({{"Host", "localhost"}, {"Content-Type", "text/plain"}}, "POST", "{}"), 415);
  EXPECT_EQ(check({{"Host", "localhost"}, {"Content-Type", "application/json; charset=UTF-8"}}, "POST", "{}"), 200);
  EXPECT_TRUE(CheckBindAddress("127.0.0.1", false).ok());
  EXPECT_EQ(CheckBindAddress("0.0.0.0", false).code(), StatusCode::kDenied);
  EXPECT_TRUE(CheckBindAddress("0.0.0.0", true).ok());
}

std::unique_ptr<HttpServer> Echo(HttpServerOptions options = {}) {
  auto server = HttpServer::Listen(options);
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  (*server)->Serve([](HttpRequest& r) { return HttpResponse::Json(r.method + " " + r.path + " " + r.body); });
  return std::move(server).value();
}

TEST(HttpServer, KeepAliveAndGetBodies) {
  auto server = Echo();
  auto client = HttpClient::Make("127.0.0.1:" + std::to_string(server->port()));
  ASSERT_TRUE(client.ok());
  for (int i = 0; i < 3; ++i) {
    auto r = (*client)->Send("GET", "/x", "{\"a\":1}");
    ASSERT_TRUE(r.ok()) << r.status().ToString();
    EXPECT_EQ(r->status, 200);
    EXPECT_EQ(r->body, "GET /x {\"a\":1}");
  }
  EXPECT_EQ(server->counters().connections, 1);
  EXPECT_EQ(server->counters().requests, 3);
  auto big = (*client)->Send("POST", "/big", std::string(1 << 20, 'x'));
  ASSERT_TRUE(big.ok());
  EXPECT_EQ(big->body.size(), (1u << 20) + 10);
}

std::string Raw(int port, std::string_view bytes) {
  auto fd = Connect("127.0.0.1", port, 2000);
  EXPECT_TRUE(fd.ok());
  EXPECT_TRUE(SendAll(fd->get(), bytes, 2000).ok());
  std::string all;
  char buffer[4096];
  for (;;) {
    auto n = Receive(fd->get(), buffer, sizeof(buffer), 5000);
    if (!n.ok() || *n == 0) return all;
    all.append(buffer, *n);
  }
}

TEST(HttpServer, PipelinedAndMalformed) {
  auto server = Echo();
  std::string one = "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n", last = "GET /2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  std::string answers = Raw(server->port(), one + last);
  EXPECT_NE(answers.find("GET /1"), std::string::npos);
  EXPECT_NE(answers.find("GET /2"), std::string::npos);
  EXPECT_NE(Raw(server->port(), "NONSENSE\r\n\r\n").find("HTTP/1.1 400 "), std::string::npos);
  EXPECT_NE(Raw(server->port(), "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").find("HTTP/1.1 403 "), std::string::npos);
  EXPECT_NE(Raw(server->port(), "GET / HTTP/1.0\r\n\r\n").find("200 OK"), std::string::npos);
}

TEST(HttpServer, ManyClientsAtOnce) {
  auto server = Echo();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) threads.emplace_back([&] {
    auto client = HttpClient::Make("127.0.0.1:" + std::to_string(server->port()));
    for (int i = 0; i < 100; ++i) {
      auto r = (*client)->Send("POST", "/p", "{}");
      if (r.ok() && r->body == "POST /p {}") ++good;
    }
  });
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 800);
}

TEST(HttpServer, StopLetsARequestFinish) {
  auto server = HttpServer::Listen({});
  ASSERT_TRUE(server.ok());
  std::atomic<bool> inside{false}, go{false};
  (*server)->Serve([&](HttpRequest&) {
    inside = true;
    inside.notify_all();
    go.wait(false);
    return HttpResponse::Json("done");
  });
  std::string body;
  std::thread caller([&] {
    auto client = HttpClient::Make("127.0.0.1:" + std::to_string((*server)->port()));
    auto r = (*client)->Send("GET", "/");
    if (r.ok()) body = r->body;
  });
  inside.wait(false);
  std::thread stopper([&] { (*server)->Stop(); });
  go = true;
  go.notify_all();
  stopper.join();
  caller.join();
  EXPECT_EQ(body, "done");
}

TEST(Socket, PortInUseSaysWho) {
  auto first = Listen("127.0.0.1", 0);
  ASSERT_TRUE(first.ok());
  auto second = Listen("127.0.0.1", LocalPort(*first));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), StatusCode::kConflict);
  EXPECT_NE(second.status().message().find("process " + std::to_string(getpid())), std::string::npos) << second.status().message();
}

}  // namespace
}  // namespace tarn::net
