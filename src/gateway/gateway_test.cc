#include <gtest/gtest.h>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>

#include <nlohmann/json.hpp>

#include "gateway/rest_error.h"
#include "gateway/row_json.h"
#include "gateway/sql_gateway.h"
#include "gateway/status_page.h"

namespace tarn::gateway {
namespace {
using Json = nlohmann::json;

Batch Numbers(int64_t from, int64_t n) {
  arrow::Int64Builder b;
  for (int64_t i = 0; i < n; ++i) EXPECT_TRUE(b.Append(from + i).ok());
  return Batch(n, {b.Finish().ValueOrDie()});
}

// Two batches, then the end; or a failure after the first.
class FakeResult : public session::ResultSet {
 public:
  explicit FakeResult(std::vector<Batch> batches, Status failure = {}) : batches_(std::move(batches)), failure_(std::move(failure)) {}
  const std::vector<session::ResultColumn>& columns() const override { return columns_; }
  session::ResultKind kind() const override { return session::ResultKind::kSuccessWithContent; }
  bool is_query() const override { return true; }
  bool is_streaming() const override { return true; }
  std::string job_id() const override { return std::string(32, 'a'); }
  Result<std::optional<Batch>> Next(int64_t) override {
    if (at_ < batches_.size()) return std::optional<Batch>(batches_[at_++]);
    if (!failure_.ok()) return failure_;
    return std::optional<Batch>();
  }
  void Cancel() override { cancelled = true; }
  static inline std::atomic<bool> cancelled{false};

 private:
  std::vector<session::ResultColumn> columns_{{"n", types::LogicalType::BigInt().NotNull(), ""}};
  std::vector<Batch> batches_;
  size_t at_ = 0;
  Status failure_;
};

class FakeSession : public session::Session {
 public:
  Result<std::unique_ptr<session::ResultSet>> Execute(std::string_view statement, const std::map<std::string, std::string>&) override {
    if (statement == "SELECT many") return std::unique_ptr<session::ResultSet>(new FakeResult({Numbers(0, 3), Numbers(3, 6000)}));
    if (statement == "SELECT late failure") return std::unique_ptr<session::ResultSet>(new FakeResult({Numbers(0, 1)}, Status::Corrupt("row 2 is broken")));
    if (statement == "WAIT") {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return interrupted; });
      return Status::Cancelled("interrupted");
    }
    if (statement == "nope") return Status::NotFound("Object 'nope' not found").WithPosition({1, 15, 1, 18}).WithHint("Did you mean 'hope'?");
    if (statement == "SELECT") return Status::InvalidSql("Encountered \"<EOF>\" at line 1, column 6.").WithPosition({1, 6, 1, 6});
    return std::unique_ptr<session::ResultSet>(new FakeResult({Numbers(1, 1)}));
  }
  Status Configure(std::string_view s) override { return s == "SELECT 1" ? Status::InvalidSql("not a configuration") : Status::OK(); }
  Result<std::vector<std::string>> Complete(std::string_view, int) override { return std::vector<std::string>{"SELECT"}; }
  std::map<std::string, std::string> EffectiveConfig() override { return {{"k", "v"}}; }
  std::string time_zone() override { return "UTC"; }
  void Interrupt() override { std::lock_guard lock(mutex); interrupted = true; changed.notify_all(); }
  Status Close() override { return Status::OK(); }
  std::mutex mutex;
  std::condition_variable changed;
  bool interrupted = false;
};

class Gateway : public testing::Test {
 protected:
  SessionStore store{[](const std::map<std::string, std::string>&) -> Result<std::shared_ptr<session::Session>> { return std::shared_ptr<session::Session>(std::make_shared<FakeSession>()); }, {}};
  SqlGateway gateway{store};

  bool wait_ready = true;   // a fetch is repeated while the operation runs

  Json Call(const std::string& method, const std::string& target, const std::string& body = "", int want = 200) {
    net::HttpRequest r;
    r.method = method;
    r.target = target;
    EXPECT_TRUE(net::ParseTarget(target, &r.path, &r.query));
    r.body = body;
    net::HttpResponse answer = gateway.Serve(r);
    while (wait_ready && answer.status == 200 && answer.body.find("\"NOT_READY\"") != std::string::npos) answer = gateway.Serve(r);
    EXPECT_EQ(answer.status, want) << target << " " << answer.body;
    Json json = Json::parse(answer.body, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << answer.body;
    return json;
  }
  std::string Open() { return Call("POST", "/v2/sessions")["sessionHandle"]; }
  std::string Submit(const std::string& session, const std::string& sql) {
    return "/sessions/" + session + "/operations/" + Call("POST", "/v1/sessions/" + session + "/statements", Json{{"statement", sql}, {"executionTimeout", 0}}.dump())["operationHandle"].get<std::string>();
  }
};

TEST_F(Gateway, VersionsAndInfo) {
  EXPECT_EQ(Call("GET", "/v1/api_versions")["versions"], Json({"V1", "V2", "V3"}));
  EXPECT_EQ(Call("GET", "/info")["version"], kFlinkVersion);
  EXPECT_EQ(Call("GET", "/v4/info", "", 404)["errors"][0], "Not found: /v4/info");
  EXPECT_EQ(Call("GET", "/v2/nothing", "", 404)["errors"][0], "Not found: /v2/nothing");
}

TEST_F(Gateway, SessionLife) {
  std::string s = Open();
  EXPECT_EQ(Call("GET", "/sessions/" + s)["properties"]["k"], "v");
  EXPECT_EQ(Call("POST", "/v3/sessions/" + s + "/heartbeat", "{}"), Json::object());
  EXPECT_EQ(Call("DELETE", "/v1/sessions/" + s)["status"], "CLOSED");
  std::string error = Call("DELETE", "/v1/sessions/" + s, "", 500)["errors"][0];
  EXPECT_NE(error.find("Session '" + s + "' does not exist."), std::string::npos);
  error = Call("GET", "/v1/sessions/xyz", "", 400)["errors"][0];
  EXPECT_NE(error.find("Cannot resolve path parameter (session_handle) from value \"xyz\"."), std::string::npos);
  EXPECT_NE(std::string(Call("POST", "/v1/sessions", "[", 400)["errors"][0]).find("Request did not match expected format OpenSessionRequestBody"), std::string::npos);
  EXPECT_TRUE(Call("POST", "/v1/sessions", "{\"bogus\":1}").contains("sessionHandle"));
}

TEST_F(Gateway, PagesAndTokens) {
  std::string s = Open(), op = Submit(s, "SELECT many");
  Json first = Call("GET", "/v2" + op + "/result/0?rowFormat=JSON");
  ASSERT_EQ(first["resultType"], "PAYLOAD");
  EXPECT_EQ(first["isQueryResult"], true);
  EXPECT_EQ(first["resultKind"], "SUCCESS_WITH_CONTENT");
  EXPECT_EQ(first["results"]["data"].size(), 5000u);
  EXPECT_EQ(first["results"]["data"][4], Json({{"kind", "INSERT"}, {"fields", {4}}}));
  EXPECT_EQ(first["results"]["columns"][0], Json({{"name", "n"}, {"logicalType", {{"type", "BIGINT"}, {"nullable", false}}}, {"comment", nullptr}}));
  EXPECT_EQ(first["nextResultUri"], "/v2" + op + "/result/1?rowFormat=JSON");
  EXPECT_EQ(Call("GET", "/v3" + op + "/status")["status"], "FINISHED");
  Json second = Call("GET", "/v1" + op + "/result/1");
  EXPECT_EQ(second["results"]["data"].size(), 1003u);
  EXPECT_EQ(second["nextResultUri"], "/v1" + op + "/result/2");
  EXPECT_EQ(Call("GET", "/v1" + op + "/result/1"), second);   // again, unchanged
  std::string plain = Call("GET", "/v2" + op + "/result/1?rowFormat=PLAIN_TEXT")["results"]["data"][0]["fields"][0];
  EXPECT_EQ(plain, "5000");
  for (int i = 0; i < 2; ++i) {
    Json end = Call("GET", "/v3" + op + "/result/2");
    EXPECT_EQ(end["resultType"], "EOS");
    EXPECT_FALSE(end.contains("nextResultUri"));
    EXPECT_TRUE(end["results"]["data"].empty());
  }
  std::string wrong = Call("GET", "/v3" + op + "/result/7", "", 500)["errors"][1];
  EXPECT_NE(wrong.find("Expecting token to be 2 or 1, but found 7."), std::string::npos);
  Call("GET", "/v2" + op + "/result/0?rowFormat=XML", "", 400);
  Call("GET", "/v2" + op + "/result/x", "", 400);
  EXPECT_EQ(Call("DELETE", "/v1" + op + "/close")["status"], "CLOSED");
  EXPECT_TRUE(FakeResult::cancelled);
  std::string gone = Call("GET", "/v1" + op + "/status", "", 500)["errors"][0];
  EXPECT_NE(gone.find("Can not find the submitted operation in the OperationManager with the "), std::string::npos);
}

TEST_F(Gateway, ErrorsAreNestedAsFlinkDoes) {
  std::string s = Open(), op = Submit(s, "nope");
  Json errors = Call("GET", "/v2" + op + "/result/0?rowFormat=PLAIN_TEXT", "", 500)["errors"];
  EXPECT_EQ(errors[0], "Internal server error.");
  std::string trace = errors[1];
  for (const char* part : {"<Exception on server side:\norg.apache.flink.table.gateway.api.utils.SqlGatewayException", "Failed to fetchResults.", "SqlExecutionException: Failed to execute the operation ",
                           "SQL validation failed. From line 1, column 15 to line 1, column 18: Object 'nope' not found", "SqlValidatorException: [NOT_FOUND] Object 'nope' not found", "Did you mean 'hope'?",
                           "End of exception on server side>"})
    EXPECT_NE(trace.find(part), std::string::npos) << part << "\n" << trace;
  EXPECT_EQ(Call("GET", "/v2" + op + "/status")["status"], "ERROR");
  std::string eof = Call("GET", "/v2" + Submit(s, "SELECT") + "/result/0", "", 500)["errors"][1];
  EXPECT_NE(eof.find("ParseException: [INVALID_SQL] Encountered \"<EOF>\""), std::string::npos);
  op = Submit(s, "SELECT late failure");
  EXPECT_EQ(Call("GET", "/v2" + op + "/result/0")["results"]["data"].size(), 1u);
  std::string late = Call("GET", "/v2" + op + "/result/1", "", 500)["errors"][1];
  EXPECT_NE(late.find("[CORRUPT] row 2 is broken"), std::string::npos);
  std::string timeout = Call("POST", "/v1/sessions/" + s + "/statements", R"({"statement":"x","executionTimeout":5})", 500)["errors"][1];
  EXPECT_NE(timeout.find("SqlGatewayService doesn't support timeout mechanism now."), std::string::npos);
}

TEST_F(Gateway, CancelBeforeTheEndOnly) {
  std::string s = Open(), op = Submit(s, "WAIT");
  wait_ready = false;
  Json page = Call("GET", "/v2" + op + "/result/0");
  wait_ready = true;
  EXPECT_EQ(page["resultType"], "NOT_READY");
  EXPECT_EQ(page["nextResultUri"], "/v2" + op + "/result/0?rowFormat=JSON");
  EXPECT_FALSE(page.contains("results"));
  EXPECT_EQ(Call("POST", "/v2" + op + "/cancel", "{}")["status"], "CANCELED");
  EXPECT_EQ(Call("GET", "/v2" + op + "/status")["status"], "CANCELED");
  op = Submit(s, "SELECT 1");
  EXPECT_EQ(Call("GET", "/v2" + op + "/result/0")["resultType"], "PAYLOAD");
  std::string late = Call("POST", "/v2" + op + "/cancel", "{}", 500)["errors"][0];
  EXPECT_NE(late.find("Failed to convert the Operation Status from FINISHED to CANCELED for "), std::string::npos);
}

TEST_F(Gateway, ConfigureAndComplete) {
  std::string s = Open();
  EXPECT_EQ(Call("POST", "/v2/sessions/" + s + "/configure-session", R"({"statement":"SET 'a'='b'"})"), Json::object());
  Call("POST", "/v2/sessions/" + s + "/configure-session", R"({"statement":"SELECT 1"})", 500);
  Call("POST", "/v1/sessions/" + s + "/configure-session", R"({"statement":"SET 'a'='b'"})", 404);
  EXPECT_EQ(Call("GET", "/v2/sessions/" + s + "/complete-statement", R"({"statement":"SEL","position":3})")["candidates"], Json({"SELECT"}));
}

TEST_F(Gateway, IdleSessionsAreClosed) {
  std::string s = Open();
  store.CloseIdle(MonotonicMs() + 599'000);
  EXPECT_EQ(store.counters().sessions, 1);
  store.CloseIdle(MonotonicMs() + 601'000);
  EXPECT_EQ(store.counters().sessions, 0);
}

TEST(RowJson, LogicalTypes) {
  auto text = [](const types::LogicalType& t) { net::JsonWriter w; WriteLogicalType(t, &w); return w.Take(); };
  using T = types::LogicalType;
  EXPECT_EQ(text(T::String()), R"({"type":"VARCHAR","nullable":true,"length":2147483647})");
  EXPECT_EQ(text(T::Decimal(10, 3).NotNull()), R"({"type":"DECIMAL","nullable":false,"precision":10,"scale":3})");
  EXPECT_EQ(text(T::TimestampLtz(3)), R"({"type":"TIMESTAMP_WITH_LOCAL_TIME_ZONE","nullable":true,"precision":3})");
  EXPECT_EQ(text(T::Map(T::String(), T::Int())), R"({"type":"MAP","nullable":true,"keyType":{"type":"VARCHAR","nullable":true,"length":2147483647},"valueType":{"type":"INTEGER","nullable":true}})");
  EXPECT_EQ(text(T::Row({{"p", T::Int(), ""}, {"q", T::Double(), "why"}})),
            R"({"type":"ROW","nullable":true,"fields":[{"name":"p","fieldType":{"type":"INTEGER","nullable":true}},{"name":"q","fieldType":{"type":"DOUBLE","nullable":true},"description":"why"}]})");
  EXPECT_EQ(text(T::Null()), R"({"type":"NULL"})");
  EXPECT_EQ(text(T::IntervalDayTime("DAY TO SECOND")), R"({"type":"INTERVAL_DAY_TIME","nullable":true,"precision":2,"fractionalPrecision":3,"resolution":"DAY_TO_SECOND"})");
}

TEST(RowJson, DecimalsAsJavaPrintsThem) {
  EXPECT_EQ(StrippedDecimal("1500", 3), "1.5");
  EXPECT_EQ(StrippedDecimal("-1500", 3), "-1.5");
  EXPECT_EQ(StrippedDecimal("100", 0), "1E+2");
  EXPECT_EQ(StrippedDecimal("0", 5), "0");
  EXPECT_EQ(StrippedDecimal("5", 3), "0.005");
  EXPECT_EQ(StrippedDecimal("5", 9), "5E-9");
  EXPECT_EQ(StrippedDecimal("123456789012345678901234567890", 0), "1.2345678901234567890123456789E+29");
}

TEST(RestError, StatusTravelsWhole) {
  Status in = Status::NotSupported("windows \"of\" glass").WithDetail("d\n").WithHint("h").WithPosition({1, 2, 3, 4});
  Status out;
  ASSERT_TRUE(DecodeStatus(EncodeStatus(in), &out));
  EXPECT_EQ(out.ToString(), in.ToString());
  EXPECT_EQ(out.position(), in.position());
  EXPECT_EQ(FlinkCauses(in).back().class_name, "org.apache.flink.table.api.TableException");
}

TEST(StatusPage, EscapesNames) { EXPECT_EQ(EscapeHtml("<a>&\""), "&lt;a&gt;&amp;&quot;"); }

}  // namespace
}  // namespace tarn::gateway
