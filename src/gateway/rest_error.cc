#include "gateway/rest_error.h"

#include <nlohmann/json.hpp>

#include "net/json_writer.h"

namespace tarn::gateway {
namespace {
constexpr const char* kGatewayException = "org.apache.flink.table.gateway.api.utils.SqlGatewayException";
constexpr const char* kExecutionException = "org.apache.flink.table.gateway.service.utils.SqlExecutionException";
constexpr const char* kHandlerException = "org.apache.flink.runtime.rest.handler.RestHandlerException";

// The table. A NotSupported is a TableException in Flink; what the user wrote wrongly a ValidationException.
const char* FlinkClass(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "java.lang.IllegalStateException";
    case StatusCode::kInvalidSql: return "org.apache.flink.table.api.ValidationException";
    case StatusCode::kNotFound: return "org.apache.flink.table.api.ValidationException";
    case StatusCode::kAlreadyExists: return "org.apache.flink.table.api.ValidationException";
    case StatusCode::kConflict: return "org.apache.flink.table.api.TableException";
    case StatusCode::kNotSupported: return "org.apache.flink.table.api.TableException";
    case StatusCode::kDenied: return "java.lang.SecurityException";
    case StatusCode::kUnavailable: return "java.net.ConnectException";
    case StatusCode::kExhausted: return "org.apache.flink.util.FlinkRuntimeException";
    case StatusCode::kCorrupt: return "java.io.IOException";
    case StatusCode::kCancelled: return "java.util.concurrent.CancellationException";
    case StatusCode::kInternal: return "java.lang.IllegalStateException";
  }
  return "java.lang.IllegalStateException";
}

std::string OneText(const Status& error) {
  std::string text = error.message();
  if (!error.detail().empty()) text += " (" + error.detail() + ")";
  if (!error.hint().empty()) text += "; hint: " + error.hint();
  return text;
}
bool IsParseError(const Status& error) {
  const std::string& m = error.message();
  return error.code() == StatusCode::kInvalidSql &&
         (m.find("Encountered \"") != std::string::npos || m.starts_with("Incorrect syntax near") || m.starts_with("Non-query expression") || m.starts_with("Lexical error"));
}
std::string Place(TextPosition p) {
  std::string from = "line " + std::to_string(p.line) + ", column " + std::to_string(p.column);
  if (p.end_line <= 0) return "At " + from;
  return "From " + from + " to line " + std::to_string(p.end_line) + ", column " + std::to_string(p.end_column);
}

std::string Trace(const std::vector<JavaCause>& causes) {
  std::string text;
  for (size_t i = 0; i < causes.size(); ++i) {
    if (i > 0) text += "Caused by: ";
    text += causes[i].class_name + ": " + causes[i].message + "\n\tat tarn.gateway(native)\n";
  }
  return text;
}

net::HttpResponse Errors(int http_status, std::initializer_list<std::string> texts) {
  net::JsonWriter w;
  w.BeginObject().Key("errors").BeginArray();
  for (const std::string& t : texts) w.String(t);
  w.EndArray().EndObject();
  return net::HttpResponse::Json(w.Take(), http_status);
}
}  // namespace

std::vector<JavaCause> FlinkCauses(const Status& error) {
  std::string text = OneText(error), coded = "[" + std::string(StatusCodeName(error.code())) + "] " + text;
  if (IsParseError(error))
    return {{"org.apache.flink.table.api.SqlParserException", "SQL parse failed. " + text},
            {"org.apache.calcite.sql.parser.SqlParseException", text},
            {"org.apache.flink.sql.parser.impl.ParseException", coded}};
  bool validation = error.code() == StatusCode::kInvalidSql || error.code() == StatusCode::kNotFound || error.code() == StatusCode::kAlreadyExists;
  if (validation && error.position().known()) {
    std::string place = Place(error.position());
    return {{"org.apache.flink.table.api.ValidationException", "SQL validation failed. " + place + ": " + text},
            {"org.apache.calcite.runtime.CalciteContextException", place + ": " + text},
            {"org.apache.calcite.sql.validate.SqlValidatorException", coded}};
  }
  return {{FlinkClass(error.code()), coded}};
}

net::HttpResponse ServerError(const Status& error, const std::string& action, const std::string& operation) {
  std::vector<JavaCause> causes = {{kGatewayException, std::string(kGatewayException) + ": " + action}, {kGatewayException, action}};
  if (!operation.empty()) causes.push_back({kExecutionException, "Failed to execute the operation " + operation + "."});
  for (JavaCause& c : FlinkCauses(error)) causes.push_back(std::move(c));
  net::HttpResponse r = Errors(500, {"Internal server error.", "<Exception on server side:\n" + Trace(causes) + "\nEnd of exception on server side>"});
  r.headers.Add("X-Tarn-Error", EncodeStatus(error));
  return r;
}

net::HttpResponse HandlerError(const Status& error, const std::string& action) {
  std::vector<JavaCause> causes = {{kHandlerException, action}, {kGatewayException, action}};
  for (JavaCause& c : FlinkCauses(error)) causes.push_back(std::move(c));
  net::HttpResponse r = Errors(500, {Trace(causes)});
  r.headers.Add("X-Tarn-Error", EncodeStatus(error));
  return r;
}

net::HttpResponse PlainError(int http_status, const std::string& text) { return Errors(http_status, {text}); }
net::HttpResponse BadRequest(const std::string& text) { return Errors(400, {std::string(kHandlerException) + ": " + text + "\n\tat tarn.gateway(native)\n"}); }

std::string EncodeStatus(const Status& error) {
  auto cut = [](const std::string& s) { return s.size() <= 1500 ? s : s.substr(0, 1500); };
  TextPosition p = error.position();
  net::JsonWriter w;
  w.BeginObject().Field("code", StatusCodeName(error.code())).Field("message", cut(error.message())).Field("detail", cut(error.detail())).Field("hint", cut(error.hint()));
  w.Field("line", p.line).Field("column", p.column).Field("endLine", p.end_line).Field("endColumn", p.end_column).EndObject();
  return w.Take();
}

bool DecodeStatus(std::string_view json, Status* error) {
  auto doc = nlohmann::json::parse(json, nullptr, false);
  if (!doc.is_object()) return false;
  auto text = [&](const char* key) { auto it = doc.find(key); return it != doc.end() && it->is_string() ? it->get<std::string>() : std::string(); };
  auto number = [&](const char* key) { auto it = doc.find(key); return it != doc.end() && it->is_number_integer() ? it->get<int>() : 0; };
  StatusCode code = StatusCode::kInternal;
  std::string name = text("code");
  for (int c = 1; c <= static_cast<int>(StatusCode::kInternal); ++c) if (StatusCodeName(static_cast<StatusCode>(c)) == name) code = static_cast<StatusCode>(c);
  *error = Status(code, text("message")).WithDetail(text("detail")).WithHint(text("hint"))
               .WithPosition({number("line"), number("column"), number("endLine"), number("endColumn")});
  return true;
}

}  // namespace tarn::gateway
