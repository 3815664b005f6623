#include "plug/catalog/memory/memory_catalog.h"

#include <gtest/gtest.h>

#include "table/registry.h"

namespace tarn::plug {
Status Register_catalog_memory(table::Registry& registry);
namespace {

TEST(MemoryCatalog, Databases) {
  auto c = MakeMemoryCatalog("c", "d0");
  EXPECT_TRUE(c->GetDatabase("d0").ok());
  EXPECT_TRUE(c->CreateDatabase("d1", {"a comment", {}}, false).ok());
  EXPECT_EQ(c->CreateDatabase("d1", {}, false).message(), "Database d1 already exists in Catalog c.");
  EXPECT_TRUE(c->CreateDatabase("d1", {}, true).ok());
  EXPECT_EQ(c->GetDatabase("d1")->comment, "a comment");
  EXPECT_EQ(c->GetDatabase("D1").status().message(), "Database D1 does not exist in Catalog c.");
  ASSERT_TRUE(c->CreateTable({"d1", "t"}, {}, false).ok());
  EXPECT_EQ(c->DropDatabase("d1", false, false).message(), "Database d1 in catalog c is not empty.");
  EXPECT_TRUE(c->DropDatabase("d1", false, true).ok());
  EXPECT_EQ(c->DropDatabase("d1", false, true).code(), StatusCode::kNotFound);
  EXPECT_TRUE(c->DropDatabase("d1", true, true).ok());
}

TEST(MemoryCatalog, TablesAndViews) {
  auto c = MakeMemoryCatalog("c", "d");
  table::CatalogTable view;
  view.kind = table::CatalogTable::Kind::kView;
  ASSERT_TRUE(c->CreateTable({"d", "orders"}, {}, false).ok());
  ASSERT_TRUE(c->CreateTable({"d", "v"}, view, false).ok());
  EXPECT_EQ(c->ListTables("d")->size(), 2u);
  EXPECT_EQ(*c->ListViews("d"), std::vector<std::string>{"v"});
  Status s = c->GetTable({"d", "order"}).status();
  EXPECT_EQ(s.message(), "Table (or view) d.order does not exist in Catalog c.");
  EXPECT_EQ(s.hint(), "did you mean 'orders'?");
  EXPECT_EQ(c->CreateTable({"d", "v"}, {}, false).message(), "Table (or view) d.v already exists in Catalog c.");
  EXPECT_EQ(c->RenameTable({"d", "v"}, "orders", false).code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(c->RenameTable({"d", "v"}, "w", false).ok());
  EXPECT_TRUE(c->GetTable({"d", "w"}).ok());
  EXPECT_EQ(c->AlterTable({"d", "w"}, {}, false).code(), StatusCode::kConflict);
  EXPECT_TRUE(c->DropTable({"d", "w"}, false).ok());
  EXPECT_EQ(c->CreateTable({"x", "t"}, {}, false).code(), StatusCode::kNotFound);
}

TEST(MemoryCatalog, Partitions) {
  auto c = MakeMemoryCatalog("c", "d");
  table::CatalogTable t;
  t.partition_keys = {"dt", "hr"};
  ASSERT_TRUE(c->CreateTable({"d", "t"}, t, false).ok());
  table::CatalogPartition p{{{"dt", "1"}, {"hr", "2"}}, "/x", {}, ""};
  ASSERT_TRUE(c->CreatePartitions({"d", "t"}, {p}, false).ok());
  EXPECT_EQ(c->CreatePartitions({"d", "t"}, {p}, false).message(),
            "Partition CatalogPartitionSpec{{dt=1, hr=2}} of table d.t in catalog c already exists.");
  EXPECT_TRUE(c->CreatePartitions({"d", "t"}, {p}, true).ok());
  EXPECT_EQ(c->ListPartitions({"d", "t"}, {{"dt", "1"}})->size(), 1u);
  EXPECT_EQ(c->ListPartitions({"d", "t"}, {{"dt", "2"}})->size(), 0u);
  EXPECT_EQ(c->CreatePartitions({"d", "t"}, {{{{"dt", "1"}}, "", {}, ""}}, false).code(), StatusCode::kInvalidSql);
  EXPECT_TRUE(c->DropPartition({"d", "t"}, p.spec, false).ok());
  EXPECT_EQ(c->GetPartition({"d", "t"}, p.spec).status().code(), StatusCode::kNotFound);
}

TEST(MemoryCatalog, FunctionsIgnoreCase) {
  auto c = MakeMemoryCatalog("c", "d");
  ASSERT_TRUE(c->CreateFunction({"d", "Fn"}, {"a.B"}, false).ok());
  EXPECT_EQ(c->GetFunction({"d", "fN"})->class_name, "a.B");
  EXPECT_EQ(c->CreateFunction({"d", "fn"}, {}, false).code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(c->DropFunction({"d", "FN"}, false).ok());
  EXPECT_EQ(c->DropFunction({"d", "FN"}, false).code(), StatusCode::kNotFound);
}

TEST(MemoryCatalog, FactoryRejectsUnknownOptions) {
  table::Registry r;
  ASSERT_TRUE(Register_catalog_memory(r).ok());
  auto f = r.FindCatalog("generic_in_memory");
  ASSERT_TRUE(f.ok());
  auto c = (*f)->Create({"c", config::OptionSet({{"type", "generic_in_memory"}, {"default-databse", "x"}}), ""});
  EXPECT_EQ(c.status().message(), "Unsupported options found for 'generic_in_memory'.");
  c = (*f)->Create({"c", config::OptionSet({{"type", "generic_in_memory"}, {"default-database", "x"}}), ""});
  ASSERT_TRUE(c.ok());
  EXPECT_EQ((*c)->default_database(), "x");
}

}  // namespace
}  // namespace tarn::plug
