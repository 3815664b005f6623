#include "base/secrets.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(Secrets, Names) {
  for (const char* k : {"password", "properties.sasl.password", "fs.s3a.secret.key", "fs.azure.account.key.x.dfs.core.windows.net", "sasl.jaas.config", "hive.metastore.authentication.ldap.bindpw", "API-KEY",
                        "fs.azure.sas.fixed.token", "metastore.keystore.password", "ssl.keystore.password"}) {
    EXPECT_TRUE(NamesSecret(k)) << k;
  }
  for (const char* k : {"connector", "properties.bootstrap.servers", "metastore.client.plain.password-file", "ssl.keystore.location", "owner", "comment", "path", "metastore.truststore.path"}) {
    EXPECT_FALSE(NamesSecret(k)) << k;
  }
}

TEST(Secrets, InTexts) {
  for (auto [text, want] : std::initializer_list<std::pair<const char*, const char*>>{
           {"nothing here", "nothing here"},
           {"postgresql://tarn:p@ss/word@host:5432/lake failed", "postgresql://tarn:***@host:5432/lake failed"},
           {"thrift://host:9083", "thrift://host:9083"},
           {"hdfs://nn:8020/user/a@b/x", "hdfs://nn:8020/user/a@b/x"},
           {"mysql://u:12@h/d?a=b@c and thrift://joe:x@y:1", "mysql://u:***@h/d?a=b@c and thrift://joe:***@y:1"},
           {"thrift://host:9083/ of ann@example", "thrift://host:9083/ of ann@example"},
           {"GET https://a.blob.core.windows.net/c/x?sv=2024&sig=abc%2Fd&se=1 403", "GET https://a.blob.core.windows.net/c/x?sv=2024&sig=***&se=1 403"},
           {"Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc-_d refused", "Authorization: Bearer *** refused"},
           {"Authorization: Basic am9lOnNlY3JldA==", "Authorization: Basic ***"},
           {"this metastore needs a Basic proof", "this metastore needs a Basic proof"},
           {"password=hunter2, user=joe", "password=***, user=joe"},
           {"username=\"u\" password=\"p q\";", "username=\"u\" password=\"***\";"},
           {"token= and more", "token= and more"},
           {"OPTIONS('properties.sasl.password' = 'a b', 'topic' = 't')", "OPTIONS('properties.sasl.password' = '***', 'topic' = 't')"},
           {R"({"user":"joe","password":"x y","n":1})", R"({"user":"joe","password":"***","n":1})"},
           {R"({"password":"ab\"tail","n":1})", R"({"password":"***","n":1})"},
           {"'sasl.password' = 'it''s', 'topic' = 't'", "'sasl.password' = '***', 'topic' = 't'"},
           {"'password' = '', 'user' = 'u'", "'password' = '', 'user' = 'u'"},
           {"the \"password\" is wrong", "the \"password\" is wrong"},
           {"the password is wrong", "the password is wrong"},
           {"", ""}}) {
    EXPECT_EQ(HideSecrets(text), want);
  }
}

}  // namespace
}  // namespace tarn
