// Words, queries, segments: what search finds and in which order, without a store.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "metastore/search/match.h"
#include "metastore/search/segment_builder.h"
#include "metastore/search/snippet.h"
#include "metastore/search/words.h"

namespace tarn::metastore::search {
namespace {

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> out;
  EachWord(text, [&](std::string_view w) { out.emplace_back(w); });
  return out;
}
using Strings = std::vector<std::string>;

TEST(Words, SnakeCamelAndDigits) {
  EXPECT_EQ(Words("dim_customer"), (Strings{"dim", "customer"}));
  EXPECT_EQ(Words("userOrders2"), (Strings{"userorders2", "user", "orders", "2"}));
  EXPECT_EQ(Words("HTTPServer s3a://b"), (Strings{"httpserver", "http", "server", "s3a", "s", "3", "a", "b"}));
  EXPECT_EQ(Words("größe"), (Strings{"größe"}));
  EXPECT_TRUE(Words("__ . ").empty());
  EXPECT_EQ(QueryWords("sales.userOrders2", true), (Strings{"sales", "user", "orders2"}));
  EXPECT_EQ(QueryWords("userOrders", false), (Strings{"userorders"}));
  EXPECT_EQ(CountWords("a_b_c"), 3);
}

TEST(Words, EditDistance) {
  EXPECT_EQ(EditDistance("customer", "customer", 2), 0);
  EXPECT_EQ(EditDistance("custmoer", "customer", 2), 1);   // a swap is one
  EXPECT_EQ(EditDistance("custmer", "customer", 2), 1);
  EXPECT_EQ(EditDistance("kustmer", "customer", 2), 2);
  EXPECT_EQ(EditDistance("abc", "xyz", 2), 3);
  EXPECT_EQ(EditDistance("abcdef", "a", 2), 3);
}

TEST(SearchQuery, Language) {
  auto q = ParseQuery("Customer db:Sales* -old owner:\"Jo Ann\" column:userId -format:orc");
  ASSERT_TRUE(q.ok()) << q.status().ToString();
  ASSERT_EQ(q->words.size(), 4u);
  EXPECT_EQ(q->words[0].text, "customer");
  EXPECT_TRUE(q->words[1].negative);
  EXPECT_EQ(q->words[2].text, "user");
  EXPECT_EQ(q->words[2].fields, 1 << static_cast<int>(Field::kColumn));
  ASSERT_EQ(q->labels.size(), 3u);
  EXPECT_TRUE(q->labels[0].prefix);
  EXPECT_EQ(q->labels[1].text, "jo ann");
  EXPECT_TRUE(q->labels[2].negative);
  EXPECT_EQ(ParseQuery("file:/x/y s3a://b")->words.size(), 5u);
  for (const char* bad : {"", "  ", "...", "nosuch:x", "db:", "a b c d e f g h i"}) EXPECT_FALSE(ParseQuery(bad).ok()) << bad;
  EXPECT_FALSE(ParseQuery(std::string(5000, 'a')).ok());
}

class SegmentTest : public testing::Test {
 protected:
  wire::Table& Table(const std::string& db, const std::string& name, Strings columns, const std::string& comment = "", const std::string& owner = "ann") {
    wire::Table& t = *tables_.emplace_back(std::make_unique<wire::Table>());
    t.dbName = db;
    t.tableName = name;
    t.owner = owner;
    t.tableType = "MANAGED_TABLE";
    for (const std::string& c : columns) t.sd.Make().cols.push_back({.name = c, .type = "string"});
    t.sd.Make().location = "file:/warehouse/" + db + ".db/" + name;
    t.sd->inputFormat = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
    if (!comment.empty()) t.parameters["comment"] = comment;
    return t;
  }
  void Build(const std::string& file = "", size_t run_bytes_max = SegmentBuilder::kRunBytesMax) {
    SegmentBuilder b(file, run_bytes_max);
    for (size_t i = 0; i < tables_.size(); ++i) {
      Status s = b.Add(DocumentOf(*tables_[i], static_cast<int64_t>(i + 1), "hive", tables_[i]->dbName));
      ASSERT_TRUE(s.ok()) << s.ToString();
    }
    auto segment = b.Finish({"uuid", 3, 17});
    ASSERT_TRUE(segment.ok()) << segment.status().ToString();
    segment_ = *segment;
  }
  Strings Find(const std::string& text, bool near = false, size_t limit = 10) {
    auto q = ParseQuery(text);
    EXPECT_TRUE(q.ok()) << q.status().ToString();
    Matches m = FindMatches(*segment_, dead_, *q, near, limit, &scratch_);
    total_ = m.total;
    Strings out;
    for (const Match& x : m.best) {
      const wire::Table& t = *tables_[segment_->record(x.document).id - 1];
      // What the index says, the document itself must say, too, with the same score.
      Document d = DocumentOf(t, 1, "hive", t.dbName);
      auto found = FindWords(d, *q, near);
      EXPECT_TRUE(found) << text << ": " << t.tableName;
      if (found) { EXPECT_EQ(found->score, x.score) << text << ": " << t.tableName; }
      out.push_back(t.tableName);
    }
    return out;
  }
  std::vector<std::unique_ptr<wire::Table>> tables_;
  std::shared_ptr<const Segment> segment_;
  std::vector<uint64_t> dead_;
  Scratch scratch_;
  int64_t total_ = 0;
};

TEST_F(SegmentTest, FieldsRankBeforeOneAnother) {
  Table("sales", "z_props", {"a"}).parameters["customer.note"] = "x";
  Table("sales", "y_comment", {"a"}, "of a customer");
  Table("customer", "x_db", {"a"});
  Table("sales", "w_column", {"customer_id"});
  Table("sales", "v_customers", {"a"});
  Table("sales", "dim_customer_daily", {"a"});
  Table("sales", "dim_customer", {"a"});
  Table("sales", "customer", {"a"});
  Table("sales", "other", {"a"});
  Build();
  EXPECT_EQ(Find("customer"), (Strings{"customer", "dim_customer", "dim_customer_daily", "v_customers", "w_column", "x_db", "y_comment", "z_props"}));
  EXPECT_EQ(total_, 8);
  EXPECT_EQ(Find("customer", false, 2), (Strings{"customer", "dim_customer"}));
  EXPECT_EQ(total_, 8);
  EXPECT_EQ(Find("cust daily"), (Strings{"dim_customer_daily"}));
  EXPECT_EQ(Find("comment:customer"), (Strings{"y_comment"}));
  EXPECT_EQ(Find("column:cust"), (Strings{"w_column"}));
  EXPECT_EQ(Find("customer -dim db:sales -customers"), (Strings{"customer", "w_column", "y_comment", "z_props"}));
  EXPECT_EQ(Find("db:cust*"), (Strings{"x_db"}));
  EXPECT_TRUE(Find("db:cust").empty());
  EXPECT_EQ(Find("customer.x_db").front(), "x_db");
  dead_ = {~uint64_t{0}};
  EXPECT_TRUE(Find("customer").empty());
}

TEST_F(SegmentTest, TyposByLength) {
  Table("d", "customer_orders", {"shipment_address"});
  Table("d", "flinkinvoices", {"id"});
  Table("d", "cat", {"id"});
  Build();
  EXPECT_EQ(Find("custmoer", true), (Strings{"customer_orders"}));
  EXPECT_EQ(Find("kustmer", true), (Strings{}));                 // seven letters: one edit
  EXPECT_EQ(Find("shipmnet adress", true), (Strings{"customer_orders"}));
  EXPECT_EQ(Find("shpimnet", true), (Strings{"customer_orders"}));   // eight: two
  EXPECT_EQ(Find("invoices", true), (Strings{"flinkinvoices"}));     // inside a word
  EXPECT_EQ(Find("cta", true), (Strings{}));                     // three letters: none
  EXPECT_EQ(Find("orders", false), (Strings{"customer_orders"}));
}

// Against a plain reading of every document: many documents, so that lists become bitmaps and prefixes get lists.
TEST_F(SegmentTest, AgreesWithAScan) {
  const Strings vocabulary = {"id", "customer", "custom", "order", "orders", "ordinal", "region", "amount", "created", "updated", "status", "name", "email", "phone"};
  uint32_t seed = 1;
  auto pick = [&] { seed = seed * 1664525 + 1013904223; return seed >> 8; };
  for (int i = 0; i < 3000; ++i) {
    Strings columns = {"id"};
    for (int k = 0; k < 5; ++k) columns.push_back(vocabulary[pick() % vocabulary.size()] + "_" + std::string(1, static_cast<char>('a' + pick() % 26)) + std::string(1, static_cast<char>('a' + pick() % 26)));
    Table("db" + std::to_string(pick() % 7), vocabulary[pick() % vocabulary.size()] + "_t" + std::to_string(i), columns, pick() % 3 ? "" : "the " + vocabulary[pick() % vocabulary.size()], pick() % 2 ? "ann" : "bob");
  }
  Build();
  for (const char* text : {"id", "cust", "order", "o", "or", "id name", "cust ord email", "customer owner:ann", "t1", "status -id", "name -order db:db3", "db:db1 the", "c", "pho db:db*", "id column:em a"}) {
    auto q = ParseQuery(text);
    std::vector<std::tuple<int, uint32_t, std::string>> expected;
    for (auto& t : tables_) {
      Document d = DocumentOf(*t, 1, "hive", t->dbName);
      bool ok = true;
      for (const QueryLabel& l : q->labels) {
        std::string v = LabelOf(d, l.label);
        ok = ok && (l.prefix ? v.starts_with(l.text) : v == l.text) != l.negative;
      }
      Query positive = *q;
      for (const QueryWord& w : q->words) {
        if (!w.negative) continue;
        Query one;
        one.words = {w};
        one.words[0].negative = false;
        if (FindWords(d, one, false)) ok = false;
      }
      auto found = FindWords(d, positive, false);
      if (ok && found) expected.emplace_back(found->score, 0, t->tableName);
    }
    Matches all = FindMatches(*segment_, {}, *q, false, 5000, &scratch_);
    EXPECT_EQ(all.total, static_cast<int64_t>(expected.size())) << text;
    ASSERT_EQ(all.best.size(), expected.size()) << text;
    std::multiset<int> a, b;
    for (auto& e : expected) a.insert(std::get<0>(e));
    for (auto& m : all.best) b.insert(m.score);
    EXPECT_EQ(a, b) << text;
    Matches few = FindMatches(*segment_, {}, *q, false, 20, &scratch_);
    for (size_t i = 0; i < few.best.size(); ++i) EXPECT_EQ(few.best[i].document, all.best[i].document) << text << " " << i;
  }
}

TEST_F(SegmentTest, FilesAreCheckedAndSpillsAgree) {
  char name[] = "/tmp/tarn-search-test-XXXXXX";
  std::string dir = mkdtemp(name), file = dir + "/search.idx";
  Table("d", "one", {"a"});
  Table("d", "two_one", {"b"});
  Build(file);
  EXPECT_EQ(segment_->origin().event_id, 17);
  EXPECT_EQ(segment_->origin().store_uuid, "uuid");
  EXPECT_EQ(Find("one"), (Strings{"one", "two_one"}));
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  // Any byte changed, any length cut: refused, never read.
  for (size_t i = 0; i < bytes.size(); i += 7) {
    std::string broken = bytes;
    broken[i] = static_cast<char>(broken[i] ^ 0x41);
    EXPECT_FALSE(Segment::OpenBytes(broken).ok()) << i;
    EXPECT_FALSE(Segment::OpenBytes(bytes.substr(0, i)).ok()) << i;
  }
  EXPECT_TRUE(Segment::OpenBytes(bytes).ok());
  // Made of many sorted runs, the file is the same byte for byte.
  for (int i = 0; i < 300; ++i) Table("d", "t_" + std::to_string(i), {"c" + std::to_string(i % 7), "email"});
  auto read = [&] { std::ifstream in(file, std::ios::binary); return std::string(std::istreambuf_iterator<char>(in), {}); };
  Build(file);
  std::string whole = read();
  Build(file, 2000);
  EXPECT_TRUE(whole == read());
  EXPECT_EQ(Find("email", false, 1000).size(), 300u);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace tarn::metastore::search
