#include "metastore/hive_site.h"

#include <gtest/gtest.h>

#include <fstream>

#include "metastore/door_settings.h"

namespace tarn::metastore {
namespace {

Status Set(MetastoreOptions* o, const char* key, const char* value, UnusedSettings* unused = nullptr) { return ApplyHiveSetting(key, value, o, "--set", unused); }

TEST(HiveSite, WhatCantBeReadEndsTheStart) {
  for (auto [key, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"metastore.txn.timeout", "abc"}, {"metastore.txn.timeout", "0"}, {"metastore.txn.timeout", "-5s"}, {"metastore.limit.partition.request", "abc"},
           {"metastore.limit.partition.request", "-2"}, {"hive.security.metastore.authorization.enabled", "yes"}, {"hive.security.metastore.authorization.enabled", ""},
           {"hive.security.metastore.authorization.auth.reads", "1"}, {"fs.trash.interval", "abc"}, {"fs.trash.interval", "-1"}, {"metastore.server.max.threads", "abc"},
           {"metastore.server.max.threads", "0"}, {"metastore.event.db.listener.timetolive", "1 fortnight"}, {"metastore.use.SSL", "yes"}, {"metastore.use.SSL", "1"},
           {"metastore.sasl.enabled", "on"}, {"metastore.stats.ndv.tuner", "high"}, {"metastore.stats.ndv.tuner", "2"}, {"metastore.stats.autogather", "maybe"},
           {"metastore.stats.fetch.bitvector", "maybe"}, {"metastore.stats.fetch.kll", "maybe"}, {"metastore.stats.ndv.densityfunction", "maybe"},
           {"metastore.disallow.incompatible.col.type.changes", "nein"}, {"metastore.thrift.http.max.idle.time", "soon"}, {"metastore.server.max.message.size", "big"},
           {"metastore.server.thrift.transport.mode", "carrier pigeon"}, {"tarn.metastore.wire.depth-max", "abc"}, {"tarn.metastore.connections-max", "-1"},
           {"fs.s3a.connection.ssl.enabled", "0"}, {"fs.s3a.bucket.b.path.style.access", "yes"}, {"fs.azure.always.use.https", "no"}}) {
    MetastoreOptions o;
    Status s = Set(&o, key, value);
    EXPECT_EQ(s.code(), StatusCode::kInvalidSql) << key << "=" << value;
    EXPECT_TRUE(s.message().starts_with("--set: " + std::string(key) + " = \"" + value + "\" is no")) << s.message();
  }
}

TEST(HiveSite, ValuesAsHiveReadsThem) {
  MetastoreOptions o;
  ASSERT_TRUE(Set(&o, "metastore.txn.timeout", "5 MINUTES").ok());
  EXPECT_EQ(o.txn_timeout_seconds, 300);
  ASSERT_TRUE(Set(&o, "metastore.event.db.listener.timetolive", "2d").ok());
  EXPECT_EQ(o.event_ttl_seconds, 172'800);
  ASSERT_TRUE(Set(&o, "metastore.event.db.listener.timetolive", "3600000ms").ok());
  EXPECT_EQ(o.event_ttl_seconds, 3600);
  ASSERT_TRUE(Set(&o, "hive.security.metastore.authorization.enabled", "TRUE").ok());
  EXPECT_TRUE(o.authorization);
  ASSERT_TRUE(Set(&o, "fs.trash.interval", "1440").ok());
  EXPECT_EQ(o.trash_interval_minutes, 1440);
  ASSERT_TRUE(Set(&o, "metastore.limit.partition.request", "-1").ok());
  EXPECT_EQ(o.partition_request_limit, -1);
  ASSERT_TRUE(Set(&o, "metastore.stats.ndv.tuner", "0.5").ok());
  EXPECT_EQ(o.stats_ndv_tuner, 0.5);
}

TEST(HiveSite, EveryKeyUnderItsOlderName) {
  MetastoreOptions o;
  ASSERT_TRUE(Set(&o, "hive.metastore.txn.timeout", "77s").ok());
  EXPECT_EQ(o.txn_timeout_seconds, 77);
  ASSERT_TRUE(Set(&o, "hive.txn.timeout", "78s").ok());
  EXPECT_EQ(o.txn_timeout_seconds, 78);
  ASSERT_TRUE(Set(&o, "hive.metastore.stats.autogather", "false").ok());
  EXPECT_FALSE(o.stats_auto_gather);
  ASSERT_TRUE(Set(&o, "hive.metastore.server.max.threads", "9").ok());
  EXPECT_EQ(o.connections_max, 9);
  ASSERT_TRUE(Set(&o, "hive.metastore.use.SSL", "True").ok());
  EXPECT_TRUE(o.tls_on);
  EXPECT_EQ(o.hive_config["metastore.use.SSL"], "True");
  EXPECT_EQ(o.hive_config["hive.metastore.stats.autogather"], "false");
}

TEST(HiveSite, AFileIsNamedAndSoIsWhatHasNoEffect) {
  std::string file = testing::TempDir() + "hive_site_test.xml";
  std::ofstream(file) << "<configuration><property><name>metastore.kerberos.principal</name><value>x</value></property>"
                         "<property><name>hive.exec.mode</name><value>x</value></property><property><name>javax.jdo.option.ConnectionURL</name><value>jdbc:x</value></property>"
                         "<property><name>metastore.txn.timeout</name><value>abc</value></property></configuration>";
  MetastoreOptions o;
  UnusedSettings unused;
  EXPECT_EQ(ReadHiveSite(file, &o, &unused).message(), file + ": metastore.txn.timeout = \"abc\" is not a time from 1 s to 1000000000 s");
  EXPECT_EQ(unused.security, std::vector<std::string>{"metastore.kerberos.principal"});
  EXPECT_EQ(unused.others, std::vector<std::string>{"hive.exec.mode"});
  EXPECT_TRUE(unused.jdbc);
}

TEST(DoorSettings, AKeyAloneEncryptsNothing) {
  MetastoreOptions o;
  ASSERT_TRUE(Set(&o, "tarn.metastore.tls-key", "k.pem").ok());
  Status s = CheckDoor(&o, false);
  EXPECT_EQ(s.message(), "--tls-key without --tls-certificate");
  EXPECT_EQ(Set(&o, "tarn.metastore.tls-kye", "k.pem").code(), StatusCode::kInvalidSql);
}

}  // namespace
}  // namespace tarn::metastore
