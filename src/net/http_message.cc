#include "net/http_message.h"

#include <algorithm>
#include <charconv>

#include "base/hex.h"
#include "base/text.h"

namespace tarn::net {

void HttpHeaders::Add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }

void HttpHeaders::Set(std::string_view name, std::string value) {
  std::erase_if(items_, [&](const auto& i) { return EqualsIgnoreCase(i.first, name); });
  items_.emplace_back(std::string(name), std::move(value));
}

std::optional<std::string_view> HttpHeaders::Find(std::string_view name) const {
  for (const auto& [n, v] : items_) if (EqualsIgnoreCase(n, name)) return std::string_view(v);
  return std::nullopt;
}

size_t HttpHeaders::Count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(items_.begin(), items_.end(), [&](const auto& i) { return EqualsIgnoreCase(i.first, name); }));
}

std::optional<std::string> HttpRequest::QueryValue(std::string_view key) const {
  for (const auto& [k, v] : query) if (k == key) return v;
  return std::nullopt;
}

bool HttpRequest::keep_alive() const {
  auto connection = headers.Find("Connection");
  if (minor_version == 0) return connection && EqualsIgnoreCase(Trim(*connection), "keep-alive");
  return !connection || !EqualsIgnoreCase(Trim(*connection), "close");
}

HttpResponse HttpResponse::Json(std::string body, int status) { return Text(std::move(body), status, "application/json; charset=UTF-8"); }

HttpResponse HttpResponse::Text(std::string body, int status, std::string_view type) {
  HttpResponse r;
  r.status = status;
  r.body = std::move(body);
  r.headers.Add("Content-Type", std::string(type));
  return r;
}

std::string_view HttpReason(int status) {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Payload Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

bool PercentDecode(std::string_view text, bool plus_is_space, std::string* out) {
  out->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size()) return false;
      int high = HexDigitValue(text[i + 1]), low = HexDigitValue(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
      out->push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out->push_back(plus_is_space && c == '+' ? ' ' : c);
    }
  }
  return true;
}

std::string PercentEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) out.push_back(static_cast<char>(c));
    else { out.push_back('%'); out.push_back(kHex[c >> 4]); out.push_back(kHex[c & 15]); }
  }
  return out;
}

bool ParseTarget(std::string_view target, std::string* path, std::vector<std::pair<std::string, std::string>>* query) {
  query->clear();
  if (target.substr(0, 7) == "http://") {   // absolute form, as a proxy would send
    size_t slash = target.find('/', 7);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (target.empty() || target[0] != '/') return false;
  target = target.substr(0, target.find('#'));
  size_t mark = target.find('?');
  if (!PercentDecode(target.substr(0, mark), false, path)) return false;
  if (mark == std::string_view::npos) return true;
  for (const std::string& piece : Split(target.substr(mark + 1), '&')) {
    if (piece.empty()) continue;
    size_t equal = piece.find('=');
    std::string key, value;
    if (!PercentDecode(std::string_view(piece).substr(0, equal), true, &key)) return false;
    if (equal != std::string::npos && !PercentDecode(std::string_view(piece).substr(equal + 1), true, &value)) return false;
    query->emplace_back(std::move(key), std::move(value));
  }
  return true;
}

std::string SerializeRequest(const HttpRequest& request, std::string_view host) {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n";
  for (const auto& [name, value] : request.headers.items()) out += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PATCH" || request.method == "PUT")
    out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return out + "\r\n" + request.body;
}

std::string SerializeResponse(const HttpResponse& response, bool keep_alive, bool head) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(HttpReason(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers.items()) out += name + ": " + value + "\r\n";
  out += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  if (!head) out += response.body;
  return out;
}

bool SplitHostPort(std::string_view text, std::string* host, int* port) {
  *port = 0;
  std::string_view rest;
  if (!text.empty() && text[0] == '[') {
    size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    *host = std::string(text.substr(1, end - 1));
    rest = text.substr(end + 1);
  } else {
    size_t colon = text.find(':');
    if (colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos) { *host = std::string(text); return true; }   // bare IPv6
    *host = std::string(text.substr(0, colon));
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (host->empty()) return false;
  if (rest.empty()) return true;
  if (rest[0] != ':') return false;
  rest.remove_prefix(1);
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), *port);
  return error == std::errc() && end == rest.data() + rest.size() && *port > 0 && *port < 65536;
}

bool IsLoopbackName(std::string_view host) {
  std::string h = ToLower(host);
  if (!h.empty() && h.back() == '.') h.pop_back();
  if (h == "localhost" || h == "::1") return true;
  if (h.size() > 10 && h.ends_with(".localhost")) return true;
  if (!h.starts_with("127.")) return false;
  int parts = 1, digits = 0, value = 0;
  for (char c : h) {
    if (c == '.') { if (digits == 0) return false; ++parts; digits = 0; value = 0; }
    else if (c >= '0' && c <= '9') { value = value * 10 + (c - '0'); if (++digits > 3 || value > 255) return false; }
    else return false;
  }
  return parts == 4 && digits > 0;
}

}  // namespace tarn::net
