#include "gateway/sql_gateway.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "gateway/rest_error.h"
#include "gateway/row_json.h"
#include "net/json_writer.h"

namespace tarn::gateway {
namespace {
using Json = nlohmann::json;
using net::HttpResponse;
using net::JsonWriter;

bool IsUuid(std::string_view s) {
  if (s.size() != 36) return false;
  for (size_t i = 0; i < s.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? s[i] != '-' : !isxdigit(static_cast<unsigned char>(s[i]))) return false;
  }
  return true;
}

// The first path parameter that is no UUID, as a 400.
bool CheckHandles(const RouteCall& call, HttpResponse* wrong) {
  for (const char* name : {"session_handle", "operation_handle"}) {
    auto it = call.parameters.find(name);
    if (it == call.parameters.end() || IsUuid(it->second)) continue;
    *wrong = BadRequest("Bad request, could not parse parameters: Cannot resolve path parameter (" + std::string(name) + ") from value \"" + it->second + "\".");
    return false;
  }
  return true;
}

// The body as an object; an empty body is {}. nullopt: not of the expected form.
bool ParseBody(const RouteCall& call, const char* form, Json* body, HttpResponse* wrong) {
  if (call.request.body.empty()) { *body = Json::object(); return true; }
  *body = Json::parse(call.request.body, nullptr, false);
  if (body->is_object()) return true;
  *wrong = BadRequest("Request did not match expected format " + std::string(form) + ".");
  return false;
}

bool ReadText(const Json& body, const char* key, std::string* out, bool* present = nullptr) {
  auto it = body.find(key);
  if (present) *present = it != body.end() && !it->is_null();
  if (it == body.end() || it->is_null()) return true;
  if (!it->is_string()) return false;
  *out = it->get<std::string>();
  return true;
}

bool ReadMap(const Json& body, const char* key, std::map<std::string, std::string>* out) {
  auto it = body.find(key);
  if (it == body.end() || it->is_null()) return true;
  if (!it->is_object()) return false;
  for (auto& [k, v] : it->items()) {
    if (v.is_null()) continue;
    (*out)[k] = v.is_string() ? v.get<std::string>() : v.dump();
  }
  return true;
}

HttpResponse WrongForm(const char* form) { return BadRequest("Request did not match expected format " + std::string(form) + "."); }

HttpResponse OneField(const char* key, std::string_view value) {
  JsonWriter w;
  w.BeginObject().Field(key, value).EndObject();
  return HttpResponse::Json(w.Take());
}

const Status& NoTimeouts() {
  static const Status s = Status::NotSupported("SqlGatewayService doesn't support timeout mechanism now.");
  return s;
}

HttpResponse WritePage(const RouteCall& call, const ResultPage& page, RowFormat format, const std::string& time_zone) {
  JsonWriter w;
  const char* kinds[] = {"NOT_READY", "PAYLOAD", "EOS"};
  w.BeginObject().Field("resultType", kinds[static_cast<int>(page.kind)]);
  if (page.kind != ResultPage::Kind::kNotReady) {
    w.Field("isQueryResult", page.is_query);
    if (!page.job_id.empty()) w.Field("jobID", page.job_id);
    w.Field("resultKind", page.result_kind == session::ResultKind::kSuccess ? "SUCCESS" : "SUCCESS_WITH_CONTENT");
    w.Key("results").BeginObject().Key("columns");
    WriteColumns(page.columns, &w);
    w.Field("rowFormat", format == RowFormat::kJson ? "JSON" : "PLAIN_TEXT").Key("data").BeginArray();
    for (const Batch& batch : page.batches) {
      Status written = WriteRows(batch, page.columns, format, time_zone, &w);
      if (!written.ok()) return ServerError(written, "Failed to fetchResults.", call["operation_handle"]);
    }
    w.EndArray().EndObject();
  }
  if (page.kind != ResultPage::Kind::kEnd) {
    std::string uri = "/v" + std::to_string(call.version) + "/sessions/" + call["session_handle"] + "/operations/" + call["operation_handle"] + "/result/" + std::to_string(page.next_token);
    if (call.version >= 2) uri += format == RowFormat::kJson ? "?rowFormat=JSON" : "?rowFormat=PLAIN_TEXT";
    w.Field("nextResultUri", uri);
  }
  w.EndObject();
  HttpResponse r = HttpResponse::Json(w.Take());
  r.headers.Add("X-Tarn-Streaming", page.is_streaming ? "true" : "false");   // for tarn sql: show the op column
  return r;
}
}  // namespace

SqlGateway::SqlGateway(SessionStore& store) : store_(store) {
  router_.Add("GET", "/api_versions", [](RouteCall&) { return HttpResponse::Json(R"({"versions":["V1","V2","V3"]})"); });
  router_.Add("GET", "/info", [](RouteCall&) {
    JsonWriter w;
    w.BeginObject().Field("productName", "Apache Flink").Field("version", kFlinkVersion).EndObject();
    return HttpResponse::Json(w.Take());
  });
  AddSessionRoutes();
  AddOperationRoutes();
}

void SqlGateway::AddSessionRoutes() {
  router_.Add("POST", "/sessions", [this](RouteCall& call) {
    Json body;
    HttpResponse wrong;
    std::string name;
    std::map<std::string, std::string> properties;
    if (!ParseBody(call, "OpenSessionRequestBody", &body, &wrong)) return wrong;
    if (!ReadText(body, "sessionName", &name) || !ReadMap(body, "properties", &properties)) return WrongForm("OpenSessionRequestBody");
    auto handle = store_.Open(properties);
    if (!handle.ok()) return ServerError(handle.status(), "Failed to openSession.");
    return OneField("sessionHandle", *handle);
  });
  router_.Add("GET", "/sessions/:session_handle", [this](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    auto session = store_.Use(call["session_handle"]);
    if (!session.ok()) return HandlerError(session.status(), "Failed to getSessionConfig.");
    JsonWriter w;
    w.BeginObject().Key("properties").Strings((*session)->EffectiveConfig()).EndObject();
    return HttpResponse::Json(w.Take());
  });
  router_.Add("DELETE", "/sessions/:session_handle", [this](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    Status closed = store_.Close(call["session_handle"]);
    if (!closed.ok()) return HandlerError(closed, "Failed to closeSession.");
    return OneField("status", "CLOSED");
  });
  router_.Add("POST", "/sessions/:session_handle/heartbeat", [this](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    auto session = store_.Use(call["session_handle"]);
    if (!session.ok()) return HandlerError(session.status(), "Failed to heartbeat.");
    return HttpResponse::Json("{}");
  });
  router_.Add("POST", "/sessions/:session_handle/configure-session", [this](RouteCall& call) {
    HttpResponse wrong;
    Json body;
    std::string statement;
    bool present = false;
    if (!CheckHandles(call, &wrong) || !ParseBody(call, "ConfigureSessionRequestBody", &body, &wrong)) return wrong;
    if (!ReadText(body, "statement", &statement, &present) || !present) return WrongForm("ConfigureSessionRequestBody");
    auto timeout = body.find("executionTimeout");
    if (timeout != body.end() && timeout->is_number() && timeout->get<int64_t>() > 0) return ServerError(NoTimeouts(), "Failed to configure session.");
    auto session = store_.Use(call["session_handle"]);
    if (!session.ok()) return ServerError(session.status(), "Failed to configure session.");
    Status done = (*session)->Configure(statement);
    if (!done.ok()) return ServerError(done, "Failed to configure session.");
    return HttpResponse::Json("{}");
  }, 2);
  router_.Add("GET", "/sessions/:session_handle/complete-statement", [this](RouteCall& call) {
    HttpResponse wrong;
    Json body;
    std::string statement;
    bool present = false;
    if (!CheckHandles(call, &wrong) || !ParseBody(call, "CompleteStatementRequestBody", &body, &wrong)) return wrong;
    if (!ReadText(body, "statement", &statement, &present) || !present) return WrongForm("CompleteStatementRequestBody");
    auto position = body.find("position");
    if (position == body.end() || !position->is_number_integer()) return WrongForm("CompleteStatementRequestBody");
    auto session = store_.Use(call["session_handle"]);
    if (!session.ok()) return ServerError(session.status(), "Failed to complete the statement.");
    auto candidates = (*session)->Complete(statement, position->get<int>());
    if (!candidates.ok()) return ServerError(candidates.status(), "Failed to complete the statement.");
    JsonWriter w;
    w.BeginObject().Key("candidates").BeginArray();
    for (const std::string& c : *candidates) w.String(c);
    w.EndArray().EndObject();
    return HttpResponse::Json(w.Take());
  }, 2);
  router_.Add("POST", "/sessions/:session_handle/materialized-tables/:identifier/refresh", [](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    return ServerError(Status::NotSupported("materialized tables"), "Failed to refresh materialized table.");
  }, 3);
}

void SqlGateway::AddOperationRoutes() {
  router_.Add("POST", "/sessions/:session_handle/statements", [this](RouteCall& call) {
    HttpResponse wrong;
    Json body;
    std::string statement;
    std::map<std::string, std::string> config;
    bool present = false;
    if (!CheckHandles(call, &wrong) || !ParseBody(call, "ExecuteStatementRequestBody", &body, &wrong)) return wrong;
    if (!ReadText(body, "statement", &statement, &present) || !present || !ReadMap(body, "executionConfig", &config)) return WrongForm("ExecuteStatementRequestBody");
    auto timeout = body.find("executionTimeout");
    if (timeout != body.end() && timeout->is_number() && timeout->get<int64_t>() > 0) return ServerError(NoTimeouts(), "Failed to executeStatement.");
    auto operation = store_.Submit(call["session_handle"], std::move(statement), std::move(config));
    if (!operation.ok()) return ServerError(operation.status(), "Failed to executeStatement.");
    return OneField("operationHandle", *operation);
  });
  const std::string base = "/sessions/:session_handle/operations/:operation_handle";
  router_.Add("GET", base + "/status", [this](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    auto operation = store_.Find(call["session_handle"], call["operation_handle"]);
    if (!operation.ok()) return HandlerError(operation.status(), "Failed to getOperationInfo.");
    return OneField("status", OperationStatusName((*operation)->status()));
  });
  router_.Add("POST", base + "/cancel", [this](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    auto operation = store_.Find(call["session_handle"], call["operation_handle"]);
    if (!operation.ok()) return HandlerError(operation.status(), "Failed to cancelOperation.");
    Status cancelled = (*operation)->Cancel();
    if (!cancelled.ok()) return HandlerError(cancelled, "Failed to cancelOperation.");
    return OneField("status", "CANCELED");
  });
  router_.Add("DELETE", base + "/close", [this](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    Status closed = store_.CloseOperation(call["session_handle"], call["operation_handle"]);
    if (!closed.ok()) return HandlerError(closed, "Failed to closeOperation.");
    return OneField("status", "CLOSED");
  });
  router_.Add("GET", base + "/result/:token", [this](RouteCall& call) {
    HttpResponse wrong;
    if (!CheckHandles(call, &wrong)) return wrong;
    int64_t token = 0;
    const std::string& text = call["token"];
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), token);
    if (error != std::errc() || end != text.data() + text.size() || token < 0)
      return BadRequest("Bad request, could not parse parameters: Cannot resolve path parameter (token) from value \"" + text + "\".");
    RowFormat format = RowFormat::kJson;
    if (auto wanted = call.request.QueryValue("rowFormat"); wanted && call.version >= 2) {
      if (*wanted == "PLAIN_TEXT") format = RowFormat::kPlainText;
      else if (*wanted != "JSON") return BadRequest("Bad request, could not parse parameters: Cannot resolve query parameter (rowFormat) from value \"" + *wanted + "\".");
    }
    auto operation = store_.Find(call["session_handle"], call["operation_handle"]);
    if (!operation.ok()) return ServerError(operation.status(), "Failed to fetchResults.");
    auto page = (*operation)->Fetch(token);
    if (!page.ok()) return ServerError(page.status(), "Failed to fetchResults.", call["operation_handle"]);
    auto session = store_.Use(call["session_handle"]);
    return WritePage(call, **page, format, session.ok() ? (*session)->time_zone() : "UTC");
  });
}

}  // namespace tarn::gateway
