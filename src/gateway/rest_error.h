// The one table from our Status codes to the exceptions that Flink's clients expect, and the texts in which they travel.
//
// Flink's clients get a Java stack trace as text and show its innermost cause as `class: message`. We keep the nesting; the
// innermost message starts with our code in brackets: `[NOT_FOUND] Object 'nope' not found`. The whole Status also travels, as
// JSON, in the header X-Tarn-Error, so that tarn sql can show position, detail and hint.
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "net/http_message.h"

namespace tarn::gateway {

// A cause as Java would name it, outermost first.
struct JavaCause { std::string class_name, message; };
std::vector<JavaCause> FlinkCauses(const Status& error);

// ["Internal server error.", "<Exception on server side: ... End of exception on server side>"], HTTP 500.
// `action`: "Failed to fetchResults."; operation "" : the error did not come from executing one.
net::HttpResponse ServerError(const Status& error, const std::string& action, const std::string& operation = "");
// One element: "org.apache.flink.runtime.rest.handler.RestHandlerException: Failed to getOperationInfo. ...", HTTP 500.
net::HttpResponse HandlerError(const Status& error, const std::string& action);
// {"errors":[text]} as it is.
net::HttpResponse PlainError(int http_status, const std::string& text);
net::HttpResponse BadRequest(const std::string& text);   // 400, in RestHandlerException's words

// X-Tarn-Error and back.
std::string EncodeStatus(const Status& error);
bool DecodeStatus(std::string_view json, Status* error);

}  // namespace tarn::gateway
