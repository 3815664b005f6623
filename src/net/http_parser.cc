#include "net/http_parser.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace tarn::net {
namespace {
bool IsTokenChar(unsigned char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}
bool IsToken(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return IsTokenChar(static_cast<unsigned char>(c)); }); }
// Field values: visible characters, space, tab and bytes from 0x80 on.
bool IsFieldText(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { auto u = static_cast<unsigned char>(c); return u == '\t' || (u >= 0x20 && u != 0x7f); });
}
template <typename T> bool ParseNumber(std::string_view s, T* out, int base = 10) {
  if (s.empty()) return false;
  for (char c : s) if (!((c >= '0' && c <= '9') || (base == 16 && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))))) return false;
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), *out, base);
  return error == std::errc() && end == s.data() + s.size();
}
}  // namespace

void HttpParser::Wrong(int status, std::string why) {
  state_ = State::kWrong;
  error_status_ = status;
  error_ = std::move(why);
}

void HttpParser::Reset() {
  state_ = State::kMore;
  step_ = Step::kStartLine;
  line_.clear();
  header_bytes_ = 0;
  remaining_ = 0;
  started_ = expects_continue_ = head_ = false;
  status_ = error_status_ = 0;
  error_.clear();
  request_ = HttpRequest();
}

size_t HttpParser::Feed(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size() && state_ == State::kMore) {
    switch (step_) {
      case Step::kBody:
      case Step::kChunkBytes: {
        size_t n = static_cast<size_t>(std::min<uint64_t>(remaining_, bytes.size() - at));
        request_.body.append(bytes.substr(at, n));
        at += n;
        remaining_ -= n;
        if (remaining_ == 0) { if (step_ == Step::kBody) Done(); else step_ = Step::kChunkEnd; }
        continue;
      }
      case Step::kUntilClose: {
        request_.body.append(bytes.substr(at));
        if (request_.body.size() > limits_.body_bytes) Wrong(413, "the body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
        return bytes.size();
      }
      case Step::kEnd: return at;
      default: break;
    }
    started_ = true;
    size_t newline = bytes.find('\n', at);
    size_t end = newline == std::string_view::npos ? bytes.size() : newline;
    line_.append(bytes.substr(at, end - at));
    at = newline == std::string_view::npos ? end : end + 1;
    if (step_ == Step::kStartLine && line_.size() > limits_.start_line_bytes) { Wrong(414, "the request line is longer than " + std::to_string(limits_.start_line_bytes) + " bytes"); break; }
    if (header_bytes_ + line_.size() > limits_.header_bytes) { Wrong(431, "the headers are larger than " + std::to_string(limits_.header_bytes) + " bytes"); break; }
    if (newline == std::string_view::npos) break;
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    switch (step_) {
      case Step::kStartLine: OnStartLine(); break;
      case Step::kHeaders: OnHeaderLine(); break;
      case Step::kChunkSize: OnChunkSize(); break;
      case Step::kChunkEnd:
        if (!line_.empty()) Wrong(400, "a chunk is longer than its size");
        else step_ = Step::kChunkSize;
        break;
      case Step::kTrailers:
        header_bytes_ += line_.size() + 2;
        if (line_.empty()) Done();
        break;
      default: break;
    }
    line_.clear();
  }
  return at;
}

void HttpParser::OnStartLine() {
  if (line_.empty()) {   // an empty line before a request is allowed; count it, so that they can't go on for ever
    if (++header_bytes_ > 16) Wrong(400, "empty lines instead of a request");
    return;
  }
  std::string_view line = line_;
  if (kind_ == Kind::kResponse) {
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || (line[7] != '0' && line[7] != '1') || line[8] != ' ' || !ParseNumber(line.substr(9, 3), &status_))
      return Wrong(400, "not an HTTP/1.x status line");
    request_.minor_version = line[7] - '0';
    step_ = Step::kHeaders;
    return;
  }
  size_t first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Wrong(400, "not a request line");
  std::string_view version = line.substr(last + 1), target = line.substr(first + 1, last - first - 1);
  if (!version.starts_with("HTTP/") || version.size() != 8) return Wrong(400, "not a request line");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Wrong(505, "only HTTP/1.0 and HTTP/1.1 are served");
  if (!IsToken(line.substr(0, first))) return Wrong(400, "the method has a character that it may not have");
  for (char c : target) if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return Wrong(400, "the request target has a character that it may not have");
  request_.method = std::string(line.substr(0, first));
  request_.target = std::string(target);
  request_.minor_version = version.back() - '0';
  if (!ParseTarget(target, &request_.path, &request_.query)) return Wrong(400, "the request target is not a path");
  step_ = Step::kHeaders;
}

void HttpParser::OnHeaderLine() {
  header_bytes_ += line_.size() + 2;
  if (line_.empty()) return OnHeadersDone();
  if (line_[0] == ' ' || line_[0] == '\t') return Wrong(400, "a header line is folded");
  std::string_view line = line_;
  size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return Wrong(400, "a header line has no valid name");
  std::string_view value = Trim(line.substr(colon + 1));
  if (!IsFieldText(value)) return Wrong(400, "a header value has a character that it may not have");
  if (request_.headers.items().size() >= limits_.header_count) return Wrong(431, "more than " + std::to_string(limits_.header_count) + " headers");
  request_.headers.Add(std::string(line.substr(0, colon)), std::string(value));
}

void HttpParser::OnHeadersDone() {
  const HttpHeaders& h = request_.headers;
  if (kind_ == Kind::kRequest && request_.minor_version == 1 && h.Count("Host") != 1) return Wrong(400, "exactly one Host header is needed");
  if (auto expect = h.Find("Expect"); expect && EqualsIgnoreCase(*expect, "100-continue")) expects_continue_ = true;
  auto encoding = h.Find("Transfer-Encoding");
  auto length = h.Find("Content-Length");
  if (encoding && length) return Wrong(400, "Content-Length beside Transfer-Encoding");
  bool interim = kind_ == Kind::kResponse && status_ >= 100 && status_ < 200;
  if (interim) { request_.headers.Clear(); header_bytes_ = 0; step_ = Step::kStartLine; return; }   // skip "100 Continue"
  if (kind_ == Kind::kResponse && (head_ || status_ == 204 || status_ == 304)) return Done();
  if (encoding) {
    if (h.Count("Transfer-Encoding") != 1 || !EqualsIgnoreCase(*encoding, "chunked") || request_.minor_version == 0)
      return Wrong(501, "of the transfer encodings only chunked is served");
    step_ = Step::kChunkSize;
    header_bytes_ = 0;
    return;
  }
  if (!length) {
    if (kind_ == Kind::kResponse) { step_ = Step::kUntilClose; return; }
    return Done();
  }
  uint64_t n = 0;
  for (const auto& [name, value] : h.items())
    if (EqualsIgnoreCase(name, "Content-Length") && value != *length) return Wrong(400, "two different Content-Length headers");
  if (!ParseNumber(*length, &n)) return Wrong(400, "Content-Length is not a number");
  if (n > limits_.body_bytes) return Wrong(413, "the body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
  if (n == 0) return Done();
  remaining_ = n;
  request_.body.reserve(static_cast<size_t>(std::min<uint64_t>(n, 1 << 20)));   // not what a stranger claims
  step_ = Step::kBody;
}

void HttpParser::OnChunkSize() {
  header_bytes_ += 1;   // so that a body of empty-line chunks ends
  std::string_view size = std::string_view(line_).substr(0, line_.find(';'));
  uint64_t n = 0;
  if (size.size() > 15 || !ParseNumber(Trim(size), &n, 16)) return Wrong(400, "a chunk's size is not a number");
  if (n == 0) { step_ = Step::kTrailers; return; }
  if (request_.body.size() + n > limits_.body_bytes) return Wrong(413, "the body is larger than " + std::to_string(limits_.body_bytes) + " bytes");
  remaining_ = n;
  header_bytes_ = 0;
  step_ = Step::kChunkBytes;
}

bool HttpParser::FinishAtClose() {
  if (step_ == Step::kUntilClose && state_ == State::kMore) Done();
  return state_ == State::kDone;
}

}  // namespace tarn::net
