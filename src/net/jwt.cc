#include "net/jwt.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>

#include "base/clock.h"
#include "base/log.h"
#include "net/http_client.h"
#include "net/json_reader.h"
#include "net/openssl_internal.h"

namespace tarn::net {

bool Base64Decode(std::string_view text, bool url_alphabet, std::string* out) {
  out->clear();
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  uint32_t bits = 0;
  int have = 0;
  for (char c : text) {
    int v;
    if (c >= 'A' && c <= 'Z') v = c - 'A';
    else if (c >= 'a' && c <= 'z') v = c - 'a' + 26;
    else if (c >= '0' && c <= '9') v = c - '0' + 52;
    else if (c == (url_alphabet ? '-' : '+')) v = 62;
    else if (c == (url_alphabet ? '_' : '/')) v = 63;
    else return false;
    bits = bits << 6 | static_cast<uint32_t>(v);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out->push_back(static_cast<char>(bits >> have & 0xff));
    }
  }
  return have < 6;
}

std::string Base64Encode(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t v = 0;
    for (size_t k = 0; k < 3; ++k) v = v << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? kDigits[v >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

namespace {
struct Algorithm {
  const char* name;
  const char* digest;
  bool ec, pss;
  size_t half_bytes;     // EC: of r and of s
  const char* curve;     // as a JWK names it
  const char* group;     // as OpenSSL does
};
constexpr Algorithm kAlgorithms[] = {
    {"RS256", "SHA256", false, false, 0, "", ""}, {"RS384", "SHA384", false, false, 0, "", ""}, {"RS512", "SHA512", false, false, 0, "", ""},
    {"PS256", "SHA256", false, true, 0, "", ""},  {"PS384", "SHA384", false, true, 0, "", ""},  {"PS512", "SHA512", false, true, 0, "", ""},
    {"ES256", "SHA256", true, false, 32, "P-256", "prime256v1"}, {"ES384", "SHA384", true, false, 48, "P-384", "secp384r1"},
    {"ES512", "SHA512", true, false, 66, "P-521", "secp521r1"}};
constexpr int kRsaBitsMin = 2048;
constexpr size_t kJwksBytesMax = 1 << 20;

struct PkeyDeleter {
  const OpenSsl* o;
  void operator()(EVP_PKEY* p) const { o->EVP_PKEY_free(p); }
};
struct Key {
  std::string id, algorithm, curve;   // "" : not said
  bool ec = false;
  std::unique_ptr<EVP_PKEY, PkeyDeleter> pkey;
};

std::string Text(std::string_view object, std::string_view member) {
  std::string_view v = JsonMember(object, member);
  return v.starts_with('"') ? JsonText(v) : std::string();
}

// A public key from named numbers; null when they are no key.
EVP_PKEY* MakeKey(const OpenSsl* o, const std::string& n, const std::string& e, const char* group, const std::string& point) {
  OSSL_PARAM_BLD* build = o->OSSL_PARAM_BLD_new();
  BIGNUM* a = nullptr;
  BIGNUM* b = nullptr;
  bool ok;
  if (group) {
    ok = o->OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
         o->OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1;
  } else {
    a = o->BN_bin2bn(reinterpret_cast<const unsigned char*>(n.data()), static_cast<int>(n.size()), nullptr);
    b = o->BN_bin2bn(reinterpret_cast<const unsigned char*>(e.data()), static_cast<int>(e.size()), nullptr);
    ok = a && b && o->OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, a) == 1 && o->OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, b) == 1;
  }
  OSSL_PARAM* parameters = ok ? o->OSSL_PARAM_BLD_to_param(build) : nullptr;
  EVP_PKEY* key = nullptr;
  if (parameters) {
    EVP_PKEY_CTX* c = o->EVP_PKEY_CTX_new_from_name(nullptr, group ? "EC" : "RSA", nullptr);
    if (!c || o->EVP_PKEY_fromdata_init(c) != 1 || o->EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) key = nullptr;
    o->EVP_PKEY_CTX_free(c);
    o->OSSL_PARAM_free(parameters);
  }
  o->OSSL_PARAM_BLD_free(build);
  o->BN_free(a);
  o->BN_free(b);
  o->ERR_clear_error();
  return key;
}

Status ReadKey(const OpenSsl* o, std::string_view jwk, std::vector<Key>* out) {
  std::string type = Text(jwk, "kty"), use = Text(jwk, "use");
  Key k;
  k.id = Text(jwk, "kid");
  k.algorithm = Text(jwk, "alg");
  std::string what = k.id.empty() ? "JWKS key" : "JWKS key \"" + k.id + "\"";
  if (!use.empty() && use != "sig") return Status::OK();   // for encryption
  if (type == "RSA") {
    std::string n, e;
    if (!Base64Decode(Text(jwk, "n"), true, &n) || !Base64Decode(Text(jwk, "e"), true, &e) || n.empty() || e.empty()) return Status::InvalidSql(what + " has no modulus and exponent");
    k.pkey = {MakeKey(o, n, e, nullptr, ""), PkeyDeleter{o}};
    if (k.pkey && o->EVP_PKEY_get_bits(k.pkey.get()) < kRsaBitsMin) return Status::InvalidSql(what + " is shorter than 2048 bits");
  } else if (type == "EC") {
    k.ec = true;
    k.curve = Text(jwk, "crv");
    const Algorithm* found = nullptr;
    for (const Algorithm& a : kAlgorithms) if (a.ec && k.curve == a.curve) found = &a;
    if (!found) return Status::InvalidSql(what + " is on curve \"" + k.curve + "\", not P-256, P-384 or P-521");
    std::string x, y;
    if (!Base64Decode(Text(jwk, "x"), true, &x) || !Base64Decode(Text(jwk, "y"), true, &y) || x.size() != found->half_bytes || y.size() != found->half_bytes) {
      return Status::InvalidSql(what + " has no point");
    }
    k.pkey = {MakeKey(o, "", "", found->group, "\x04" + x + y), PkeyDeleter{o}};
  } else {
    return Status::NotSupported(what + " is of type \"" + type + "\": only RSA and EC keys can check a token here");
  }
  if (!k.pkey) return Status::InvalidSql(what + " is no valid key");
  out->push_back(std::move(k));
  return Status::OK();
}

// r || s -> the DER form that OpenSSL reads.
std::string EcdsaDer(std::string_view raw) {
  auto integer = [](std::string_view v) {
    while (v.size() > 1 && v[0] == 0) v.remove_prefix(1);
    std::string body = (static_cast<unsigned char>(v[0]) & 0x80 ? std::string(1, '\0') : std::string()).append(v);
    return std::string("\x02").append(1, static_cast<char>(body.size())) + body;
  };
  std::string body = integer(raw.substr(0, raw.size() / 2)) + integer(raw.substr(raw.size() / 2));
  std::string out = "\x30";
  if (body.size() >= 0x80) out += '\x81';
  return out.append(1, static_cast<char>(body.size())) + body;
}

bool Verify(const OpenSsl* o, const Key& key, const Algorithm& a, std::string_view message, const std::string& signature) {
  std::string der = a.ec ? EcdsaDer(signature) : signature;
  EVP_MD_CTX* c = o->EVP_MD_CTX_new();
  EVP_PKEY_CTX* p = nullptr;
  bool ok = o->EVP_DigestVerifyInit_ex(c, &p, a.digest, nullptr, nullptr, key.pkey.get(), nullptr) == 1;
  if (ok && a.pss) ok = o->EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) == 1 && o->EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST) == 1;
  ok = ok && o->EVP_DigestVerify(c, reinterpret_cast<const unsigned char*>(der.data()), der.size(), reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  o->EVP_MD_CTX_free(c);
  o->ERR_clear_error();
  return ok;
}

Result<std::string> Fetch(const std::string& where) {
  if (where.starts_with("http://") || where.starts_with("https://")) {
    size_t path = where.find('/', where.find("://") + 3);
    auto client = TRY(HttpClient::Make(where.substr(0, path)));
    HttpResponse r = TRY(client->Send("GET", path == std::string::npos ? "/" : where.substr(path), "", 10'000));
    if (r.status != 200) return Status::Unavailable("JWKS " + where + " answers " + std::to_string(r.status));
    if (r.body.size() > kJwksBytesMax) return Status::Exhausted("JWKS " + where + " is larger than 1 MiB");
    return std::move(r.body);
  }
  std::string file = where;
  if (file.starts_with("file:")) file.erase(0, 5);
  while (file.starts_with("//")) file.erase(0, 1);
  std::ifstream in(file);
  if (!in) return Status::InvalidSql("JWKS file " + file + " can't be read");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// A NumericDate; false when present but no number.
bool Date(std::string_view claims, const char* name, int64_t* out, bool* present) {
  std::string_view v = JsonMember(claims, name);
  *present = !v.empty() && !IsJsonNull(v);
  if (!*present) return true;
  std::string text(v);
  char* end = nullptr;
  double n = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end || !std::isfinite(n) || std::fabs(n) > 1e15) return false;
  *out = static_cast<int64_t>(n);
  return true;
}
}  // namespace

struct JwtVerifier::State {
  const OpenSsl* o = nullptr;
  JwtRules rules;
  std::mutex mutex;
  std::shared_ptr<const std::vector<Key>> keys;
  int64_t refreshed_ms = 0;
  bool refreshing = false;

  Result<std::shared_ptr<const std::vector<Key>>> Read() {
    std::string text = TRY(Fetch(rules.jwks));
    auto out = std::make_shared<std::vector<Key>>();
    for (std::string_view k : JsonElements(JsonMember(text, "keys"))) {
      if (Status s = ReadKey(o, k, out.get()); !s.ok()) LogWarn("{}: {}", rules.jwks, s.message());
    }
    if (out->empty()) return Status::InvalidSql("JWKS " + rules.jwks + " holds no key that can check a token");
    return std::shared_ptr<const std::vector<Key>>(std::move(out));
  }
  // The keys; read again first when `stale` and the last reading is old enough. One thread reads, the others go on with what is there.
  std::shared_ptr<const std::vector<Key>> Keys(bool stale) {
    std::unique_lock lock(mutex);
    int64_t now = MonotonicMs();
    if (!stale || refreshing || now - refreshed_ms < kRefreshMsMin) return keys;
    refreshing = true;
    refreshed_ms = now;
    lock.unlock();
    auto fresh = Read();
    lock.lock();
    refreshing = false;
    if (fresh.ok()) keys = *fresh;
    else LogWarn("JWKS can't be read again, the known keys stay: {}", fresh.status().ToString());
    return keys;
  }
};

JwtVerifier::JwtVerifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
JwtVerifier::~JwtVerifier() = default;

Result<std::unique_ptr<JwtVerifier>> JwtVerifier::Load(JwtRules rules) {
  auto s = std::make_unique<State>();
  s->o = TRY(LoadOpenSsl());
  s->rules = std::move(rules);
  s->keys = TRY(s->Read());
  s->refreshed_ms = MonotonicMs();
  return std::unique_ptr<JwtVerifier>(new JwtVerifier(std::move(s)));
}

Result<JwtClaims> JwtVerifier::Check(std::string_view token, int64_t now_s) {
  if (token.size() > kTokenBytesMax) return Status::Denied("JWT is longer than 16 KiB");
  size_t dot1 = token.find('.'), dot2 = dot1 == std::string_view::npos ? dot1 : token.find('.', dot1 + 1);
  if (dot2 == std::string_view::npos || token.find('.', dot2 + 1) != std::string_view::npos) return Status::Denied("JWT is not three parts with dots between");
  std::string head, claims, signature;
  if (!Base64Decode(token.substr(0, dot1), true, &head) || !Base64Decode(token.substr(dot1 + 1, dot2 - dot1 - 1), true, &claims) ||
      !Base64Decode(token.substr(dot2 + 1), true, &signature)) {
    return Status::Denied("JWT is not base64url");
  }
  std::string alg = Text(head, "alg"), kid = Text(head, "kid");
  const Algorithm* a = nullptr;
  for (const Algorithm& x : kAlgorithms) if (alg == x.name) a = &x;
  if (!a) return Status::Denied("JWT algorithm \"" + alg.substr(0, 20) + "\" is not accepted").WithHint("RS256, PS256, ES256 and their longer forms");
  if (!JsonMember(head, "crit").empty()) return Status::Denied("JWT has critical extensions that are not understood");
  if (a->ec && signature.size() != 2 * a->half_bytes) return Status::Denied("JWT signature has another length than its algorithm's");
  auto usable = [&](const Key& k) {
    return k.ec == a->ec && (!a->ec || k.curve == a->curve) && (kid.empty() || k.id.empty() || k.id == kid) && (k.algorithm.empty() || k.algorithm == alg);
  };
  bool found = false, verified = false;
  for (bool stale : {false, true}) {
    auto keys = state_->Keys(stale);
    for (const Key& k : *keys) {
      if (!usable(k)) continue;
      found = true;
      if (Verify(state_->o, k, *a, token.substr(0, dot2), signature)) { verified = true; break; }
    }
    if (verified || (found && !kid.empty())) break;   // a key that is known by its name is not asked for again because of a wrong signature
  }
  if (!found) return Status::Denied("no key of the JWKS fits this JWT (kid \"" + kid.substr(0, 60) + "\", " + alg + ")");
  if (!verified) return Status::Denied("JWT signature is wrong");

  JwtClaims out;
  int64_t not_before = 0;
  bool has_exp = false, has_nbf = false;
  if (!Date(claims, "exp", &out.expires_s, &has_exp) || !Date(claims, "nbf", &not_before, &has_nbf)) return Status::Denied("JWT has a date that is no number");
  if (has_exp && now_s >= out.expires_s + kLeewayS) return Status::Denied("JWT has expired");
  if (has_nbf && now_s + kLeewayS < not_before) return Status::Denied("JWT is not valid yet");
  out.issuer = Text(claims, "iss");
  if (!state_->rules.issuer.empty() && out.issuer != state_->rules.issuer) return Status::Denied("JWT is of another issuer");
  if (!state_->rules.audience.empty()) {
    std::string_view aud = JsonMember(claims, "aud");
    std::vector<std::string> named;
    if (aud.starts_with('[')) for (std::string_view v : JsonElements(aud)) named.push_back(JsonText(v));
    else if (aud.starts_with('"')) named.push_back(JsonText(aud));
    bool ours = false;
    for (const std::string& n : named) for (const std::string& r : state_->rules.audience) ours |= n == r;
    if (!ours) return Status::Denied("JWT is for another audience");
  }
  out.subject = Text(claims, "sub");
  if (out.subject.empty()) return Status::Denied("JWT has no subject to take the user's name from");
  return out;
}

}  // namespace tarn::net
