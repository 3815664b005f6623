#include "base/secrets.h"

#include <algorithm>

#include "base/text.h"

namespace tarn {

namespace {
constexpr std::string_view kSecretNames[] = {"password", "passwd", "passphrase", "secret", "token", "apikey", "api-key", "account.key", "auth-params", "service-key",
                                             "basic-auth", "jaas.config", "http-headers", "bindpw", "private-key", "private.key", "session.key"};
constexpr std::string_view kHidden = "***";
constexpr size_t kUrlBytes = 4096;   // of one URL that are looked at, so that a text of many takes no square of its length
// In URLs only: too short for names of settings.
constexpr std::string_view kParameters[] = {"sig", "signature", "x-amz-signature", "x-amz-security-token", "x-amz-credential"};

bool NameChar(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; }
}  // namespace

bool NamesSecret(std::string_view key) {
  std::string lower = ToLower(key);
  // Files and settings about secrets are none themselves.
  for (std::string_view harmless : {"-file", ".file", ".path", ".type", ".location", ".algorithm", ".expires", ".ttl"}) if (lower.ends_with(harmless)) return false;
  return std::any_of(std::begin(kSecretNames), std::end(kSecretNames), [&](std::string_view s) { return lower.find(s) != std::string::npos; });
}

std::string HideSecrets(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t i = 0, url_end = 0;
  auto skip_value = [&] {   // up to what can't be part of it
    bool quoted = i < text.size() && (text[i] == '"' || text[i] == '\'');
    char quote = quoted ? text[i] : 0;
    if (quoted) out += text[i++];
    size_t from = i;
    while (i < text.size()) {
      const char c = text[i];
      if (!quoted && std::string_view("& ,;\"'>)\n\r").find(c) != std::string_view::npos) break;
      const bool pair = i + 1 < text.size() && ((quote == '"' && c == '\\') || (quote == '\'' && c == quote && text[i + 1] == quote));
      if (quoted && c == quote && !pair) break;
      i += pair ? 2 : 1;
    }
    if (i > from) out += kHidden;
  };
  while (i < text.size()) {
    std::string_view rest = text.substr(i);
    if (rest.starts_with("://")) {
      out += "://";
      i += 3;
      // user:password@ before the host; a password may have slashes in it, a port is digits up to the path.
      if (i > url_end || url_end == 0) url_end = std::min(text.find_first_of(" \t\n\"'?<>", i), text.size());
      std::string_view url = text.substr(0, std::min(url_end, i + kUrlBytes));
      size_t end = url.size(), colon = url.find(':', i);
      if (colon >= end) continue;
      size_t path = std::min(url.find('/', colon), end), at = url.substr(i).rfind('@');
      if (at != std::string_view::npos) at += i;
      bool port = text.substr(colon + 1, path - colon - 1).find_first_not_of("0123456789") == std::string_view::npos;
      if (!port && at != std::string_view::npos && at > colon) {
        out.append(text.substr(i, colon + 1 - i)).append(kHidden);
        i = at;
      }
      continue;
    }
    bool begins = i == 0 || !NameChar(text[i - 1]);
    if (begins && NameChar(text[i])) {
      size_t end = i;
      while (end < text.size() && NameChar(text[end])) ++end;
      std::string_view word = text.substr(i, end - i);
      out.append(word);
      i = end;
      if ((EqualsIgnoreCase(word, "bearer") || EqualsIgnoreCase(word, "basic")) && i < text.size() && text[i] == ' ') {
        size_t value = i + 1, stop = value;
        while (stop < text.size() && (NameChar(text[stop]) || text[stop] == '+' || text[stop] == '/' || text[stop] == '=')) ++stop;
        // A token, not a word of a sentence.
        bool token = stop - value >= 16 || (stop > value && text.substr(value, stop - value).find_first_of("0123456789+/=") != std::string_view::npos);
        if (token) {
          out.append(" ").append(kHidden);
          i = stop;
        }
        continue;
      }
      bool secret = NamesSecret(word) || std::any_of(std::begin(kParameters), std::end(kParameters), [&](std::string_view p) { return EqualsIgnoreCase(word, p); });
      if (secret) {   // name=value, 'name' = 'value', "name":"value"
        size_t to = i;
        bool quoted = to < text.size() && (text[to] == '\'' || text[to] == '"');
        if (quoted) for (++to; to < text.size() && text[to] == ' ';) ++to;
        if (to < text.size() && (text[to] == '=' || (quoted && text[to] == ':'))) {
          ++to;
          if (quoted) while (to < text.size() && text[to] == ' ') ++to;
          out.append(text.substr(i, to - i));
          i = to;
          skip_value();
        }
      }
      continue;
    }
    out += text[i++];
  }
  return out;
}

}  // namespace tarn
