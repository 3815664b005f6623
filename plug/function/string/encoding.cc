#include "encoding.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/utf8.h"
#include "expr/define.h"
#include "unicode.h"

namespace tarn::plug {
using namespace tarn::expr;
using types::LogicalType;
using View = std::string_view;

namespace {
constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ToBase64(View s, std::string* out) {
  for (size_t i = 0; i < s.size(); i += 3) {
    uint32_t v = 0;
    size_t n = std::min<size_t>(3, s.size() - i);
    for (size_t k = 0; k < 3; ++k) v = v << 8 | (k < n ? static_cast<unsigned char>(s[i + k]) : 0);
    *out += kDigits[v >> 18];
    *out += kDigits[v >> 12 & 63];
    *out += n > 1 ? kDigits[v >> 6 & 63] : '=';
    *out += n > 2 ? kDigits[v & 63] : '=';
  }
}

bool FromBase64(View s, std::string* out) {
  static const auto table = [] {
    std::array<int8_t, 256> t;
    t.fill(-1);
    for (int i = 0; i < 64; ++i) t[static_cast<unsigned char>(kDigits[i])] = static_cast<int8_t>(i);
    return t;
  }();
  size_t end = s.size();
  while (end > 0 && s[end - 1] == '=' && s.size() - end < 2) --end;
  if (end % 4 == 1 || (end < s.size() && s.size() % 4 != 0)) return false;
  uint32_t v = 0;
  int bits = 0;
  for (char c : s.substr(0, end)) {
    int8_t d = table[static_cast<unsigned char>(c)];
    if (d < 0) return false;
    v = v << 6 | static_cast<uint32_t>(d);
    bits += 6;
    if (bits >= 8) bits -= 8, *out += static_cast<char>(v >> bits & 0xff);
  }
  return true;
}

enum class Charset { kAscii, kLatin1, kUtf8, kUtf16Be, kUtf16Le, kUtf16, kUnknown };
Charset CharsetOf(View name) {
  static constexpr std::pair<View, Charset> kNames[] = {{"US-ASCII", Charset::kAscii}, {"ISO-8859-1", Charset::kLatin1}, {"UTF-8", Charset::kUtf8},
                                                        {"UTF-16BE", Charset::kUtf16Be}, {"UTF-16LE", Charset::kUtf16Le}, {"UTF-16", Charset::kUtf16}};
  for (const auto& [n, c] : kNames)
    if (EqualsIgnoreCase(n, name)) return c;
  return Charset::kUnknown;
}

void AppendUnit(char32_t u, bool big, std::string* out) {
  char hi = static_cast<char>(u >> 8), lo = static_cast<char>(u);
  *out += big ? hi : lo;
  *out += big ? lo : hi;
}

bool EncodeAs(View s, View charset, std::string* out) {
  Charset cs = CharsetOf(charset);
  if (cs == Charset::kUnknown) return false;
  if (cs == Charset::kUtf8) {
    out->append(s);
    return true;
  }
  if (cs == Charset::kUtf16) out->append("\xfe\xff");
  for (char32_t c : Decode(s)) {
    if (cs == Charset::kAscii) *out += c < 0x80 ? static_cast<char>(c) : '?';
    else if (cs == Charset::kLatin1) *out += c < 0x100 ? static_cast<char>(c) : '?';
    else if (c < 0x10000) AppendUnit(c, cs != Charset::kUtf16Le, out);
    else {
      AppendUnit(0xd800 + ((c - 0x10000) >> 10), cs != Charset::kUtf16Le, out);
      AppendUnit(0xdc00 + ((c - 0x10000) & 0x3ff), cs != Charset::kUtf16Le, out);
    }
  }
  return true;
}

bool DecodeFrom(View b, View charset, std::string* out) {
  Charset cs = CharsetOf(charset);
  if (cs == Charset::kUnknown) return false;
  if (cs == Charset::kUtf8) {
    out->append(b);
    return true;
  }
  if (cs == Charset::kAscii || cs == Charset::kLatin1) {
    for (unsigned char c : b) AppendUtf8(cs == Charset::kAscii && c >= 0x80 ? U'\xfffd' : c, out);
    return true;
  }
  bool big = cs != Charset::kUtf16Le;
  if (cs == Charset::kUtf16 && b.size() >= 2) {
    if (b.starts_with("\xff\xfe")) big = false, b.remove_prefix(2);
    else if (b.starts_with("\xfe\xff")) b.remove_prefix(2);
  }
  auto unit = [&](size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(b[i + !big])) << 8 | static_cast<unsigned char>(b[i + big]); };
  for (size_t i = 0; i + 1 < b.size(); i += 2) {
    char32_t u = unit(i);
    if (u >= 0xd800 && u < 0xdc00 && i + 3 < b.size()) {
      char32_t low = unit(i + 2);
      if (low >= 0xdc00 && low < 0xe000) {
        u = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
        i += 2;
      }
    }
    AppendUtf8(u, out);
  }
  return true;
}

// java.net.URL's parts.
struct Url {
  View protocol, authority, user_info, host, path, query, ref;
  bool has_query = false, has_ref = false, has_user = false;
};
bool ParseUrl(View s, Url* u) {
  while (!s.empty() && static_cast<unsigned char>(s.front()) <= ' ') s.remove_prefix(1);
  while (!s.empty() && static_cast<unsigned char>(s.back()) <= ' ') s.remove_suffix(1);
  size_t colon = s.find(':');
  if (colon == View::npos || colon == 0) return false;
  u->protocol = s.substr(0, colon);
  static constexpr View kKnown[] = {"http", "https", "ftp", "file", "jar", "mailto"};   // those that java.net.URL accepts
  bool known = false;
  for (View k : kKnown) known = known || EqualsIgnoreCase(k, u->protocol);
  if (!known) return false;
  s.remove_prefix(colon + 1);
  if (size_t hash = s.find('#'); hash != View::npos) {
    u->ref = s.substr(hash + 1);
    u->has_ref = true;
    s = s.substr(0, hash);
  }
  if (size_t q = s.find('?'); q != View::npos) {
    u->query = s.substr(q + 1);
    u->has_query = true;
    s = s.substr(0, q);
  }
  if (s.starts_with("//")) {
    s.remove_prefix(2);
    size_t slash = s.find('/');
    u->authority = s.substr(0, slash);
    s = slash == View::npos ? View() : s.substr(slash);
    u->host = u->authority;
    if (size_t at = u->host.find('@'); at != View::npos) {
      u->user_info = u->host.substr(0, at);
      u->has_user = true;
      u->host = u->host.substr(at + 1);
    }
    if (size_t port = u->host.rfind(':'); port != View::npos && (u->host.empty() || u->host.back() != ']')) {
      for (char c : u->host.substr(port + 1))
        if (c < '0' || c > '9') return false;
      u->host = u->host.substr(0, port);
    }
  }
  u->path = s;
  return true;
}

bool UrlPart(View url, View part, const View* key, std::string* out) {
  Url u;
  if (!ParseUrl(url, &u)) return false;
  if (key) {
    if (part != "QUERY" || !u.has_query) return false;
    for (size_t i = 0; i <= u.query.size();) {
      size_t end = std::min(u.query.find('&', i), u.query.size());
      View pair = u.query.substr(i, end - i);
      size_t eq = pair.find('=');
      if (eq != View::npos && pair.substr(0, eq) == *key) {
        out->append(pair.substr(eq + 1));
        return true;
      }
      i = end + 1;
    }
    return false;
  }
  if (part == "HOST") return out->append(u.host), true;
  if (part == "PATH") return out->append(u.path), true;
  if (part == "QUERY") return u.has_query && (out->append(u.query), true);
  if (part == "REF") return u.has_ref && (out->append(u.ref), true);
  if (part == "PROTOCOL") return out->append(u.protocol), true;
  if (part == "AUTHORITY") return out->append(u.authority), true;
  if (part == "USERINFO") return u.has_user && (out->append(u.user_info), true);
  if (part == "FILE") {
    out->append(u.path);
    if (u.has_query) out->append("?").append(u.query);
    return true;
  }
  return false;
}
}  // namespace

Status RegisterEncoding(FunctionRegistry& r) {
  TRY(Define(r, {"TO_BASE64", Takes("TO_BASE64", {{Family::kText}}, LogicalType::String()),
                 [](const CallArgs& c) { return MapText<View>(c, [](std::string* out, View s) { ToBase64(s, out); }); }, "Base64 of the bytes of a text or of binary.",
                 "TO_BASE64('hello') -- 'aGVsbG8='"}));
  FunctionSpec from{"FROM_BASE64", Takes("FROM_BASE64", {{Family::kCharacter}}, LogicalType::String()),
                    [](const CallArgs& c) {
                      return MapText<View>(c, [](std::string* out, View s) {
                        return FromBase64(s, out) ? Status::OK() : Status::InvalidSql(fmt::format("Illegal base64 text '{}'", s.substr(0, 100)));
                      });
                    },
                    "The text behind base64; the job fails on other input.", "FROM_BASE64('aGVsbG8=') -- 'hello'"};
  from.may_fail = [](const auto&, const auto&) { return true; };
  TRY(Define(r, std::move(from)));
  TRY(Define(r, {"ENCODE", Takes("ENCODE", {{Family::kCharacter, Family::kCharacter}}, LogicalType::Bytes(), Nulls::kAlways),
                 [](const CallArgs& c) { return MapText<View, View>(c, [](std::string* out, View s, View cs) { return EncodeAs(s, cs, out); }); },
                 "The bytes of a text in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16.", "ENCODE('a', 'UTF-8') -- x'61'"}));
  TRY(Define(r, {"DECODE", Takes("DECODE", {{Family::kBinary, Family::kCharacter}}, LogicalType::String(), Nulls::kAlways),
                 [](const CallArgs& c) { return MapText<View, View>(c, [](std::string* out, View s, View cs) { return DecodeFrom(s, cs, out); }); },
                 "The text of bytes in a character set.", "DECODE(X'61', 'UTF-8') -- 'a'"}));
  return Define(r, {"PARSE_URL", Takes("PARSE_URL", {{Family::kCharacter, Family::kCharacter, Family::kCharacter}, 1}, LogicalType::String(), Nulls::kAlways),
                    [](const CallArgs& c) {
                      if (c.size() == 2) return MapText<View, View>(c, [](std::string* out, View s, View p) { return UrlPart(s, p, nullptr, out); });
                      return MapText<View, View, View>(c, [](std::string* out, View s, View p, View k) { return UrlPart(s, p, &k, out); });
                    },
                    "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE, USERINFO; with QUERY also the value of a key.",
                    "PARSE_URL('http://flink.apache.org/p?a=1', 'QUERY', 'a') -- '1'"});
}

}  // namespace tarn::plug
