// Tokens made with the openssl program: an RSA and an EC key, subject joe, issuer tests, audience metastore, valid from 2027 to 2033.
#include "net/jwt.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace tarn::net {
namespace {

constexpr int64_t kNow = 1'900'000'000;
constexpr char kKeys[] =
    R"({"keys": [{"kty": "RSA", "kid": "r1", "alg": "RS256", "use": "sig", "n": "nFqHku3aKavmA_XE7wSS8_JUkdTg3UqLGsaZnGuYCcSZCo)"
    "51IhqN0F7oi-2FGyiY3vCYUw4znVHTi3Ez6OgJxApoWy2qjoz0TYbKyPmTLRVixNnzH1tVqepQuH2AF3O2bjitjMmbeKnMOoNTBHY7PPQ5A0zsWyQ_8DgJ2k"
    "kIW3uJJVJAvW8mDdOEb06DTx2Ih2nyxwvaXCuKQsd3rd_uO2MrJ4otE2_s8QH_J-vqfHnr5rpH6qhAzVbi280G61Wz4yqCpAFXOe4oFaXceWpCu3hk8CeBPI"
    R"(1XWHHo1Yd7wFYXNuSl6NVGQYs5yraTftK3j-w7g8GXYZIEaClhwR8DHQ", "e": "AQAB"}, {"kty": "EC", "kid": "e1", "crv": "P-256", "x":)"
    R"( "bfohn5KEg8F7X-ioQsFNgOVm5fTNMdL2eAVs8dp1wls", "y": "q_lJwEhjkPhTBO9jfCL2Vzf0dYyaw5eRIKSR7h_HPO4"}]})";
constexpr char kRs256[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogInIxIn0.eyJzdWIiOiAiam9lIiwgImV4cCI6IDIwMDAwMDAwMDAsICJpc3MiOiAidGVzdHMiLCAiYXVkIjogIm1l"
    "dGFzdG9yZSIsICJuYmYiOiAxODAwMDAwMDAwfQ.coPJPkq0AXshmjX7osytG3uugG0LYWGvsG8l5EeDApwKT-0QgkU8AV5Uiek8oftpOIt58p_aE1E2ymeXP"
    "uZX0fFeQwr6OjCB0SF3a1Aq69bXxXcSAKvkPvF6Wx4HzdS9_HI-kY0om3EtOKX_3HCDV0-zINM4e-xQHv2phbSO4eQv4D6uWBwlGXmYVie9F2c7uB8Pxc5SD"
    "jAgrxkdZUqC4W5oCIlkkOTHP9lK6irtlog54Ef7x9ZDdADYiETHmzgJGXVoh-OEfyiKcZu2mE2BYd7dKzYLQJTIGOtubOaVR99WEWUeL9fZtyvzCmbghvsh6"
    "5sQYJuLLx7LBIsvNzVHbA";
constexpr char kEs256[] =
    "eyJhbGciOiAiRVMyNTYiLCAia2lkIjogImUxIn0.eyJzdWIiOiAiam9lIiwgImV4cCI6IDIwMDAwMDAwMDAsICJpc3MiOiAidGVzdHMiLCAiYXVkIjogIm1l"
    "dGFzdG9yZSIsICJuYmYiOiAxODAwMDAwMDAwfQ.NLmP7xMVKI30uf-XI-HrPiYtuY-sXxTLU11lMn7-Q7iHCCA2cyIs_4P-WD1liWD5yOAXA4oae3SBcRKpf"
    "ujtoA";
constexpr char kOtherKey[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogInIxIn0.eyJzdWIiOiAiam9lIiwgImV4cCI6IDIwMDAwMDAwMDAsICJpc3MiOiAidGVzdHMiLCAiYXVkIjogIm1l"
    "dGFzdG9yZSIsICJuYmYiOiAxODAwMDAwMDAwfQ.KxhWeRGH48Qwcx1w2nyZf1CKQA54pgtTN3xnyHfE0opXr43xtKQ9nuctDOmKK8EIpCIWp4QMSABOSG8Ga"
    "V499cdQzG-hg4aHWY3AVi9Pvv_efmJFkLxHeWg1Kz7M2nWbcVLJKxCA9SoEBPK6G4vcinmIJOb3_PYa7cjZEKhzZnkk19RTngyjc6vnqmb-laCoAkFxGtQN0"
    "39VtiSQeEgY2SDwOFQ9FT9Fr--QZTLehV-pdGUFJJ7sQnww-buwS82zNYohrl9xXrcQ26gIbqflxz_4-gUYsDbriukcL_x03GPk-QpISfILu_yd8dSbblBak"
    "n80zMXacuftfEHmL5ZBFg";
constexpr char kNoSubject[] =
    "eyJhbGciOiAiUlMyNTYiLCAia2lkIjogInIxIn0.eyJzdWIiOiAiIiwgImV4cCI6IDIwMDAwMDAwMDAsICJpc3MiOiAidGVzdHMiLCAiYXVkIjogIm1ldGFz"
    "dG9yZSIsICJuYmYiOiAxODAwMDAwMDAwfQ.fViO9M83ZIEnlurVYNbuOXsVORIV9RCiIknTqE5UadoPFxqRiifXbp0EqWhht28h4r1L0Ryr3Y1hrGDEQWVzf"
    "saUQRvY1x7ph00PtfjqCx4uK2nXUf3wIme4G3vmZPbNa_cH4EZMW1iH4Wu2N4Zr3CgQsJXF6a39XVVpqCT3RWEt2i2RwnuN3Fg2c5p7EdUuMsHDNJ9rPpnZb"
    "vFI5mJYmhl6TQALhp2y6uVQfj73XXP5XEWFI1TKqmmN_0z5u33bOVJcFJHfb91XxnsTVMym6wEw2eiK70QPeokUdFMC7tKPm6L6h-g1E5SGiv3mLNA9mLruL"
    "MGefdHxDBnCajE2Wg";

class JwtTest : public testing::Test {
 protected:
  void SetUp() override { std::ofstream(file_) << kKeys; }
  void TearDown() override { std::remove(file_.c_str()); }
  std::unique_ptr<JwtVerifier> Verifier(std::string issuer = "", std::vector<std::string> audience = {}) {
    auto v = JwtVerifier::Load({"file://" + file_, std::move(issuer), std::move(audience)});
    EXPECT_TRUE(v.ok()) << v.status().ToString();
    return std::move(v).value();
  }
  std::string Why(std::string_view token, int64_t now = kNow) {
    auto r = Verifier("tests", {"other", "metastore"})->Check(token, now);
    EXPECT_TRUE(r.ok() || r.status().code() == StatusCode::kDenied);
    return r.ok() ? "" : r.status().message();
  }
  std::string file_ = "/tmp/tarn-jwt-test-" + std::to_string(getpid()) + ".json";
};

TEST_F(JwtTest, GoodTokens) {
  for (const char* t : {kRs256, kEs256}) {
    auto r = Verifier("tests", {"metastore"})->Check(t, kNow);
    ASSERT_TRUE(r.ok()) << r.status().ToString();
    EXPECT_EQ(r->subject, "joe");
    EXPECT_EQ(r->expires_s, 2'000'000'000);
  }
}

TEST_F(JwtTest, TimesIssuerAudience) {
  EXPECT_EQ(Why(kRs256, 2'000'000'029), "");   // leeway
  EXPECT_EQ(Why(kRs256, 2'000'000'030), "JWT has expired");
  EXPECT_EQ(Why(kRs256, 1'799'999'900), "JWT is not valid yet");
  EXPECT_EQ(Verifier("else")->Check(kRs256, kNow).status().message(), "JWT is of another issuer");
  EXPECT_EQ(Verifier("", {"else"})->Check(kRs256, kNow).status().message(), "JWT is for another audience");
  EXPECT_EQ(Why(kNoSubject), "JWT has no subject to take the user's name from");
}

TEST_F(JwtTest, Forged) {
  EXPECT_EQ(Why(kOtherKey), "JWT signature is wrong");
  std::string changed = kEs256;
  changed[changed.find('.') + 5] ^= 1;
  EXPECT_NE(Why(changed), "");
  std::string rs = kRs256;
  std::string claims = rs.substr(rs.find('.'), rs.rfind('.') - rs.find('.') + 1);
  // {"alg":"none"}, {"alg":"HS256"}: a public key must never serve as a shared secret.
  EXPECT_NE(Why("eyJhbGciOiJub25lIn0" + claims).find("not accepted"), std::string::npos);
  EXPECT_NE(Why("eyJhbGciOiJIUzI1NiJ9" + claims + "AAAA").find("not accepted"), std::string::npos);
  for (const char* t : {"", ".", "..", "a.b.c", "a.b.c.d", "====", "!.!.!"}) EXPECT_NE(Why(t), "") << t;
  EXPECT_NE(Why(std::string(100'000, 'a')), "");
}

TEST_F(JwtTest, EveryCutAndFlipIsRefused) {
  std::string t = kEs256;
  auto v = Verifier();
  for (size_t i = 0; i < t.size(); ++i) {
    EXPECT_FALSE(v->Check(t.substr(0, i), kNow).ok()) << i;
    std::string bent = t;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    if (i + 1 == t.size()) break;   // the last letter's low bits are no part of it
    EXPECT_FALSE(v->Check(bent, kNow).ok()) << i;
  }
}

TEST(Jwks, ThatCannotWork) {
  auto away = JwtVerifier::Load({"/nowhere/jwks.json", "", {}});
  EXPECT_EQ(away.status().code(), StatusCode::kInvalidSql);
  std::string file = "/tmp/tarn-jwks-test-" + std::to_string(getpid()) + ".json";
  for (const char* text : {"", "{}", "[]", R"({"keys":[]})", R"({"keys":[{"kty":"oct","k":"AAAA"}]})", R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})",
                           R"({"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]})"}) {
    std::ofstream(file, std::ios::trunc) << text;
    EXPECT_FALSE(JwtVerifier::Load({file, "", {}}).ok()) << text;
  }
  std::remove(file.c_str());
}

TEST(Base64, Alphabets) {
  std::string out;
  EXPECT_TRUE(Base64Decode("am9lOnNlY3JldA==", false, &out));
  EXPECT_EQ(out, "joe:secret");
  EXPECT_TRUE(Base64Decode("-_8", true, &out));
  EXPECT_EQ(out, "\xfb\xff");
  EXPECT_FALSE(Base64Decode("-_8", false, &out));
  EXPECT_FALSE(Base64Decode("a", true, &out));
}

}  // namespace
}  // namespace tarn::net
