#include "app/sql_client.h"

#include <unistd.h>

#include <cstdlib>

#include "base/clock.h"
#include "base/text.h"
#include "gateway/rest_error.h"
#include "net/json_reader.h"
#include "net/json_writer.h"

namespace tarn::app {
namespace {
constexpr int64_t kPollPauseMs = 20;   // a Flink gateway answers NOT_READY at once; ours has waited already

int Number(std::string_view json) { return std::atoi(std::string(json).c_str()); }

// The innermost cause of a Java trace: "class: message".
std::string InnermostCause(const std::string& trace) {
  size_t at = trace.rfind("\nCaused by: ");
  size_t start = at == std::string::npos ? trace.find('\n') + 1 : at + 12;
  size_t end = trace.find("\n\tat ", start);
  if (end == std::string::npos) end = trace.find("\nEnd of exception", start);
  return trace.substr(start, end == std::string::npos ? end : end - start);
}
}  // namespace

Status StatusOf(const net::HttpResponse& r) {
  Status decoded;
  if (auto header = r.headers.Find("X-Tarn-Error"); header && gateway::DecodeStatus(*header, &decoded)) return decoded;
  std::string text;
  for (std::string_view e : net::JsonElements(net::JsonMember(r.body, "errors"))) {
    std::string one = net::JsonText(e);
    text = one.size() > text.size() ? one : text;
  }
  if (text.find("Exception") != std::string::npos) text = InnermostCause("\n" + text);
  if (text.empty()) text = "HTTP status " + std::to_string(r.status);
  return Status(r.status == 404 ? StatusCode::kNotFound : r.status == 403 || r.status == 415 ? StatusCode::kDenied : StatusCode::kInvalidSql, text);
}

types::LogicalType LogicalTypeFromJson(std::string_view json) {
  using T = types::LogicalType;
  using types::TypeRoot;
  std::string root = net::JsonText(net::JsonMember(json, "type"));
  auto number = [&](const char* key) { return Number(net::JsonMember(json, key)); };
  auto resolution = [&] { std::string r = net::JsonText(net::JsonMember(json, "resolution")); for (char& c : r) if (c == '_') c = ' '; return r; };
  T t;
  if (root == "BOOLEAN") t = T::Boolean();
  else if (root == "TINYINT") t = T::TinyInt();
  else if (root == "SMALLINT") t = T::SmallInt();
  else if (root == "INTEGER") t = T::Int();
  else if (root == "BIGINT") t = T::BigInt();
  else if (root == "FLOAT") t = T::Float();
  else if (root == "DOUBLE") t = T::Double();
  else if (root == "DATE") t = T::Date();
  else if (root == "DECIMAL") t = T::Decimal(number("precision"), number("scale"));
  else if (root == "CHAR") t = T::Char(number("length"));
  else if (root == "BINARY") t = T::Binary(number("length"));
  else if (root == "VARBINARY") t = T::VarBinary(number("length"));
  else if (root == "TIME_WITHOUT_TIME_ZONE") t = T::Time(number("precision"));
  else if (root == "TIMESTAMP_WITHOUT_TIME_ZONE") t = T::Timestamp(number("precision"));
  else if (root == "TIMESTAMP_WITH_LOCAL_TIME_ZONE") t = T::TimestampLtz(number("precision"));
  else if (root == "INTERVAL_YEAR_MONTH") t = T::IntervalYearMonth(resolution(), number("precision"));
  else if (root == "INTERVAL_DAY_TIME") t = T::IntervalDayTime(resolution(), number("precision"), number("fractionalPrecision"));
  else if (root == "ARRAY") t = T::Array(LogicalTypeFromJson(net::JsonMember(json, "elementType")));
  else if (root == "MULTISET") t = T::Multiset(LogicalTypeFromJson(net::JsonMember(json, "elementType")));
  else if (root == "MAP") t = T::Map(LogicalTypeFromJson(net::JsonMember(json, "keyType")), LogicalTypeFromJson(net::JsonMember(json, "valueType")));
  else if (root == "ROW") {
    std::vector<types::RowField> fields;
    for (std::string_view f : net::JsonElements(net::JsonMember(json, "fields")))
      fields.push_back({net::JsonText(net::JsonMember(f, "name")), LogicalTypeFromJson(net::JsonMember(f, "fieldType")), ""});
    t = T::Row(std::move(fields));
  } else if (root == "NULL") {
    return T::Null();
  } else {
    t = T::VarChar(root == "VARCHAR" ? number("length") : types::kMaxLength);
  }
  return t.WithNullable(net::JsonMember(json, "nullable") != "false");
}

Result<std::string> SqlClient::Call(const std::string& method, const std::string& target, const std::string& body, net::HttpResponse* whole) {
  net::HttpResponse r = TRY(transport_.Send(method, target, body));
  if (r.status >= 400) return StatusOf(r);
  std::string text = std::move(r.body);
  if (whole) *whole = std::move(r);
  return text;
}

Result<std::unique_ptr<SqlClient>> SqlClient::Open(SqlTransport& transport, const std::map<std::string, std::string>& properties) {
  auto client = std::unique_ptr<SqlClient>(new SqlClient(transport));
  net::JsonWriter w;
  w.BeginObject().Field("sessionName", "tarn sql").Key("properties").Strings(properties).EndObject();
  std::string answer = TRY(client->Call("POST", "/v2/sessions", w.Take()));
  client->session_ = "/v2/sessions/" + net::JsonText(net::JsonMember(answer, "sessionHandle"));
  return client;
}

SqlClient::~SqlClient() {
  if (!session_.empty()) (void)transport_.Send("DELETE", session_, "").ok();
}

void SqlClient::CloseOperation(const std::string& operation) { (void)transport_.Send("DELETE", operation + "/close", "").ok(); }

Status SqlClient::Execute(std::string_view statement, RowSink& sink, const std::atomic<bool>& interrupted) {
  int64_t start = MonotonicMs();
  net::JsonWriter w;
  w.BeginObject().Field("statement", statement).Field("executionTimeout", 0).EndObject();
  std::string submitted = TRY(Call("POST", session_ + "/statements", w.Take()));
  std::string operation = session_ + "/operations/" + net::JsonText(net::JsonMember(submitted, "operationHandle"));
  std::string format = sink.plain() ? "?rowFormat=PLAIN_TEXT" : "?rowFormat=JSON";
  int64_t token = 0;
  bool headed = false, stopped = false;
  last_job_id_.clear();
  std::vector<std::string_view> cells;
  for (;;) {
    if (interrupted) { stopped = true; break; }
    net::HttpResponse response;
    int64_t asked = MonotonicMs();
    auto answer = Call("GET", operation + "/result/" + std::to_string(token) + format, "", &response);
    if (!answer.ok()) { CloseOperation(operation); return answer.status(); }
    ResultHead head;
    std::string_view next, results, kind, type;
    for (auto& [key, value] : net::JsonMembers(*answer)) {
      if (key == "resultType") type = value;
      else if (key == "nextResultUri") next = value;
      else if (key == "results") results = value;
      else if (key == "resultKind") kind = value;
      else if (key == "isQueryResult") head.is_query = value == "true";
      else if (key == "jobID") head.job_id = net::JsonText(value);
    }
    if (type == "\"NOT_READY\"") {
      if (MonotonicMs() - asked < kPollPauseMs) usleep(kPollPauseMs * 1000);
      continue;
    }
    if (!headed) {
      headed = true;
      head.success_only = kind == "\"SUCCESS\"";
      for (std::string_view c : net::JsonElements(net::JsonMember(results, "columns")))
        head.columns.push_back({net::JsonText(net::JsonMember(c, "name")), LogicalTypeFromJson(net::JsonMember(c, "logicalType"))});
      if (auto streaming = response.headers.Find("X-Tarn-Streaming")) head.streaming = *streaming == "true";
      else if (head.is_query && !transport_.embedded()) {
        auto properties = Properties();   // a Flink gateway: its session's mode says it
        head.streaming = properties.ok() && ToLower((*properties)["execution.runtime-mode"]) != "batch";
      }
      if (head.is_submission()) {
        auto properties = Properties();
        head.synchronous = properties.ok() && ToLower((*properties)["table.dml-sync"]) == "true";
      }
      last_job_id_ = head.job_id;
      sink.OnHead(head);
    }
    for (std::string_view row : net::JsonElements(net::JsonMember(results, "data"))) {
      std::string_view row_kind, fields;
      for (auto& [key, value] : net::JsonMembers(row)) (key == "kind" ? row_kind : fields) = value;
      cells = net::JsonElements(fields);
      sink.OnRow(row_kind.size() > 2 ? row_kind.substr(1, row_kind.size() - 2) : row_kind, cells);
    }
    sink.OnPage();
    if (next.empty()) break;
    size_t slash = next.rfind('/');
    token = std::atoll(std::string(next.substr(slash + 1)).c_str());
    if (token == 0) break;   // not a token: nothing more can be asked for
  }
  if (stopped && !headed) (void)transport_.Send("POST", operation + "/cancel", "").ok();
  if (headed || stopped) sink.OnEnd(stopped, static_cast<double>(MonotonicMs() - start) / 1000);
  CloseOperation(operation);
  return Status::OK();
}

Result<std::vector<std::string>> SqlClient::Complete(const std::string& statement, size_t position) {
  net::JsonWriter w;
  w.BeginObject().Field("statement", statement).Field("position", static_cast<int64_t>(position)).EndObject();
  std::string answer = TRY(Call("GET", session_ + "/complete-statement", w.Take()));
  std::vector<std::string> out;
  for (std::string_view c : net::JsonElements(net::JsonMember(answer, "candidates"))) out.push_back(net::JsonText(c));
  return out;
}

Result<std::map<std::string, std::string>> SqlClient::Properties() {
  std::string answer = TRY(Call("GET", session_, ""));
  std::map<std::string, std::string> out;
  for (auto& [key, value] : net::JsonMembers(net::JsonMember(answer, "properties"))) out[key] = net::JsonText(value);
  return out;
}

}  // namespace tarn::app
