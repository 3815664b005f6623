#include "metastore/store/store_url.h"

#include <gtest/gtest.h>

namespace tarn::metastore {
namespace {

TEST(StoreUrl, Parts) {
  auto u = StoreUrl::Parse("postgresql://me:s%40c%2Fret@db.example:5433/lake?sslmode=require&options=-csearch_path%3Dtarn");
  ASSERT_TRUE(u.ok()) << u.status().ToString();
  EXPECT_EQ(u->kind, StoreUrl::kPostgres);
  EXPECT_EQ(u->user, "me");
  EXPECT_EQ(u->password, "s@c/ret");
  EXPECT_EQ(u->host, "db.example");
  EXPECT_EQ(u->port, 5433);
  EXPECT_EQ(u->database, "lake");
  EXPECT_EQ(u->options.at("sslmode"), "require");
  EXPECT_EQ(u->options.at("options"), "-csearch_path=tarn");
  EXPECT_EQ(u->Shown(), "postgresql://me@db.example:5433/lake");
}

TEST(StoreUrl, ShortForms) {
  auto u = StoreUrl::Parse("mysql://localhost/d");
  ASSERT_TRUE(u.ok()) << u.status().ToString();
  EXPECT_EQ(u->kind, StoreUrl::kMysql);
  EXPECT_EQ(u->port, 0);
  EXPECT_TRUE(u->user.empty());
  auto six = StoreUrl::Parse("postgresql://u@[::1]:5432/d?password=x");
  ASSERT_TRUE(six.ok()) << six.status().ToString();
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->password, "x");
  EXPECT_EQ(six->Shown(), "postgresql://u@[::1]:5432/d");
  EXPECT_EQ(StoreUrl::Parse("postgresql://u:a@b@h/d")->password, "a@b");
}

TEST(StoreUrl, WrongOnesNeverShowThePassword) {
  for (const char* text : {"oracle://u:secret@h/d", "u:secret@h/d", "postgresql://u:secret@h:0/d", "postgresql://u:secret%zz@h/d", "postgresql://u:secret@h",
                           "postgresql://u:secret@h/d?x", "postgresql://u:se:cret@h:port/d", "postgresql://u:secret%2@h/d", "postgresql://u:secret%00@h/d"}) {
    auto u = StoreUrl::Parse(text);
    EXPECT_FALSE(u.ok()) << text;
    EXPECT_EQ(u.status().ToString().find("cret"), std::string::npos) << u.status().ToString();
  }
}

}  // namespace
}  // namespace tarn::metastore
