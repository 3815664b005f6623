// JSON Web Tokens: a set of public keys (JWKS) and the check of a signed token against it.
//
// Algorithms: RS256/384/512, PS256/384/512, ES256/384/512. Never "none", never a shared secret (HS*): who can check could also forge.
// Keys: from a file ("/path" or "file:/path"), or an http(s) URL, read at Load and again when an unknown key id comes, at most every
// kRefreshMsMin. Claims: exp and nbf are always checked when present (with kLeewayS), iss and aud when the rules name one.
// Threads: Check from any. Errors: kDenied says why in words that may be shown to the client.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::net {

struct JwtRules {
  std::string jwks;                    // path or URL of the keys
  std::string issuer;                  // must be "iss" when not empty
  std::vector<std::string> audience;   // one of them must be in "aud" when not empty
};

struct JwtClaims {
  std::string subject;
  std::string issuer;
  int64_t expires_s = 0;               // 0: never
};

class JwtVerifier {
 public:
  static constexpr int64_t kLeewayS = 30;          // clocks differ
  static constexpr int64_t kRefreshMsMin = 30'000;
  static constexpr size_t kTokenBytesMax = 16 << 10;

  static Result<std::unique_ptr<JwtVerifier>> Load(JwtRules rules);
  ~JwtVerifier();
  Result<JwtClaims> Check(std::string_view token, int64_t now_s);

 private:
  struct State;
  explicit JwtVerifier(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// False: not of that alphabet.
bool Base64Decode(std::string_view text, bool url_alphabet, std::string* out);
std::string Base64Encode(std::string_view bytes);

}  // namespace tarn::net
