#include "metastore/names.h"

#include <gtest/gtest.h>

namespace tarn::metastore {
namespace {

TEST(Names, CatalogInDatabaseName) {
  DbName n = ParseDbName("Sales");
  EXPECT_EQ(n.catalog, "hive");
  EXPECT_EQ(n.db, "sales");
  EXPECT_TRUE(n.has_db);
  n = ParseDbName("@Spark#DB");
  EXPECT_EQ(n.catalog, "spark");
  EXPECT_EQ(n.db, "db");
  EXPECT_FALSE(ParseDbName("@hive#").has_db);
  EXPECT_TRUE(ParseDbName("@hive#!").has_db);
  EXPECT_EQ(ParseDbName("@hive#!").db, "");
  EXPECT_EQ(ParseDbName("@#db").catalog, "");
  EXPECT_EQ(ParseDbName("db", "other").catalog, "other");
  EXPECT_EQ(ParseDbName("@a#db", "other").catalog, "a");
}

TEST(Names, Valid) {
  EXPECT_TRUE(ValidDatabaseName("a_1"));
  EXPECT_FALSE(ValidDatabaseName("a-b"));
  EXPECT_FALSE(ValidDatabaseName(""));
  EXPECT_FALSE(ValidTableName("../x"));
  EXPECT_FALSE(ValidTableName("/x"));
  EXPECT_FALSE(ValidTableName("a b"));
}

TEST(Names, Pattern) {
  EXPECT_TRUE(NamePattern("*").Matches("anything"));
  EXPECT_TRUE(NamePattern("tab*|view").Matches("Table_1"));
  EXPECT_TRUE(NamePattern("tab*|view").Matches("view"));
  EXPECT_FALSE(NamePattern("tab*|view").Matches("view2"));
  EXPECT_TRUE(NamePattern("a.c").Matches("abc"));
  EXPECT_TRUE(NamePattern("a.*z").Matches("a123z"));
  EXPECT_FALSE(NamePattern("a%").Matches("ab"));
}

TEST(Names, ColumnTypes) {
  EXPECT_TRUE(ColumnTypeMayBecome("int", "bigint"));
  EXPECT_FALSE(ColumnTypeMayBecome("bigint", "int"));
  EXPECT_TRUE(ColumnTypeMayBecome("int", "string"));
  EXPECT_FALSE(ColumnTypeMayBecome("string", "int"));
  EXPECT_TRUE(ColumnTypeMayBecome("varchar(5)", "string"));
  EXPECT_TRUE(ColumnTypeMayBecome("decimal(10,2)", "decimal(12,2)"));
  EXPECT_TRUE(ColumnTypeMayBecome("struct<a:int>", "struct<a:string>"));   // Hive looks at the first word only
  EXPECT_FALSE(ColumnTypeMayBecome("struct<a:int>", "array<int>"));
  EXPECT_FALSE(ColumnTypeMayBecome("char(5)", "decimal(10,2)"));
  EXPECT_FALSE(ColumnTypeMayBecome("char(5)", "decimal(10,2)", true));
  EXPECT_TRUE(ColumnTypeMayBecome("string", "double"));
  EXPECT_FALSE(ColumnTypeMayBecome("string", "double", true));
  EXPECT_TRUE(ColumnTypeMayBecome("void", "int"));
  EXPECT_FALSE(ColumnTypeMayBecome("void", "map<int,int>"));
  EXPECT_TRUE(ColumnTypeMayBecome("array<int>", "array<int>"));
}

TEST(Names, Columns) {
  EXPECT_EQ(InvalidColumn({{.name = "a", .type = "map<string,struct<x:int>>"}}), "");
  EXPECT_NE(InvalidColumn({{.name = "a", .type = "strng"}}), "");
}

}  // namespace
}  // namespace tarn::metastore
