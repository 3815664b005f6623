// The index over a store: what it follows, when it makes itself anew, what it never shows.
#include "metastore/search/search_index.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/clock.h"
#include "fmt/format.h"
#include "wire/codec.h"
#include "wire/json_text.h"

namespace tarn::metastore::search {
namespace {

class SearchIndexTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tarn-search-index-XXXXXX";
    dir_ = mkdtemp(name);
    store_ = std::move(Store::Open(std::move(MakeSqliteBackend(dir_ + "/metastore.db")).value())).value();
    Change([&](SqlConnection& c) {
      wire::Database db;
      db.name = "d";
      return tarn::internal::ToStatus(c.Run("INSERT INTO dbs (db_id, ctlg, name, doc) VALUES (1, 'hive', 'd', ?)", {SqlBlob{wire::Encode(db)}}));
    });
    Open();
  }
  void TearDown() override {
    index_.reset();
    store_.reset();
    std::filesystem::remove_all(dir_);
  }
  void Open() {
    index_.reset();
    index_ = std::make_unique<SearchIndex>(*store_, dir_ + "/search.idx");
  }
  void Change(const std::function<Status(SqlConnection&)>& change) {
    auto write = store_->Write();
    ASSERT_TRUE(write.ok());
    Status s = change(**write);
    ASSERT_TRUE(s.ok()) << s.ToString();
    s = write->Commit();
    ASSERT_TRUE(s.ok()) << s.ToString();
  }
  static wire::Table Table(const std::string& name, const std::string& comment) {
    wire::Table t;
    t.dbName = "d";
    t.tableName = name;
    t.parameters["comment"] = comment;
    t.sd.Make().cols = {{.name = "id", .type = "int"}};
    return t;
  }
  static Status Event(SqlConnection& c, const char* type, const std::string& table, const std::string& message = "{}") {
    int64_t id = TRY(NextIds(c, "notification"));
    TRY(c.Run("INSERT INTO notifications (event_id, event_time, event_type, ctlg, db, tbl, message, message_format) VALUES (?, ?, ?, 'hive', 'd', ?, ?, '')",
              {id, WallClockMs() / 1000, type, table, message}));
    return Status::OK();
  }
  void Create(int64_t id, const std::string& name, const std::string& comment = "", bool event = true) {
    Change([&](SqlConnection& c) -> Status {
      TRY(c.Run("INSERT INTO tbls (tbl_id, db_id, name, tbl_type, owner, doc) VALUES (?, 1, ?, 'MANAGED_TABLE', 'ann', ?)", {id, name, SqlBlob{wire::Encode(Table(name, comment))}}));
      return event ? Event(c, "CREATE_TABLE", name) : Status::OK();
    });
  }
  void Rename(int64_t id, const std::string& from, const std::string& to) {
    Change([&](SqlConnection& c) -> Status {
      TRY(c.Run("UPDATE tbls SET name = ?, doc = ? WHERE tbl_id = ?", {to, SqlBlob{wire::Encode(Table(to, ""))}, id}));
      std::string after;
      wire::AppendJsonString(after, wire::ThriftJson(Table(to, "")));
      return Event(c, "ALTER_TABLE", from, "{\"tableObjAfterJson\":" + after + "}");
    });
  }
  void Drop(int64_t id, const std::string& name) {
    Change([&](SqlConnection& c) -> Status {
      TRY(c.Run("DELETE FROM tbls WHERE tbl_id = ?", {id}));
      return Event(c, "DROP_TABLE", name);
    });
  }
  std::vector<std::string> Names(const std::string& text, size_t limit = 20) {
    auto a = index_->Search({text, limit, nullptr});
    EXPECT_TRUE(a.ok()) << a.status().ToString();
    std::vector<std::string> out;
    if (a.ok()) for (const Hit& h : a->hits) out.push_back(h.name);
    return out;
  }
  using Strings = std::vector<std::string>;
  std::string dir_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<SearchIndex> index_;
};

TEST_F(SearchIndexTest, FollowsTheLog) {
  EXPECT_FALSE(index_->state().open);
  Create(1, "alpha", "of wolves");
  EXPECT_EQ(Names("wolves"), (Strings{"alpha"}));
  Create(2, "beta", "of wolves");
  EXPECT_EQ(Names("wolves"), (Strings{"beta", "alpha"}));      // the shorter name first
  Rename(2, "beta", "gamma_wolves");
  EXPECT_EQ(Names("wolves"), (Strings{"gamma_wolves", "alpha"}));
  EXPECT_EQ(Names("beta"), Strings());
  Drop(1, "alpha");
  EXPECT_EQ(Names("wolves"), (Strings{"gamma_wolves"}));
  // Made and renamed between two looks.
  Create(3, "delta");
  Rename(3, "delta", "epsilon");
  EXPECT_EQ(Names("epsilon"), (Strings{"epsilon"}));
  EXPECT_EQ(Names("name:delta"), Strings());
  // Dropped and made again under one name.
  Drop(3, "epsilon");
  Create(4, "epsilon", "anew");
  EXPECT_EQ(Names("epsilon"), (Strings{"epsilon"}));
  EXPECT_EQ(Names("anew"), (Strings{"epsilon"}));
  for (int i = 0; i < 100; ++i) Create(100 + i, fmt::format("many_{}", i));
  EXPECT_EQ(Names("many", 1000).size(), 100u);
  for (int i = 0; i < 100; i += 2) Drop(100 + i, fmt::format("many_{}", i));
  EXPECT_EQ(Names("many", 1000).size(), 50u);
  EXPECT_EQ(index_->state().built, 1);
}

TEST_F(SearchIndexTest, OpensItsFileAgain) {
  Create(1, "alpha");
  EXPECT_EQ(Names("alpha").size(), 1u);
  Create(2, "beta");
  Open();
  Create(3, "gamma");
  EXPECT_EQ(Names("alpha").size() + Names("beta").size() + Names("gamma").size(), 3u);
  EXPECT_EQ(index_->state().built, 0);        // the file and the log were enough
}

TEST_F(SearchIndexTest, IsMadeAnewWhenTheLogDoesNotGoOn) {
  Create(1, "alpha");
  EXPECT_EQ(Names("alpha").size(), 1u);
  index_.reset();
  Create(2, "beta");
  Create(3, "gamma");
  Change([](SqlConnection& c) { return tarn::internal::ToStatus(c.Run("DELETE FROM notifications WHERE event_id < 3")); });   // expired
  Open();
  int64_t end = MonotonicMs() + 20'000;
  while (Names("beta").empty() && MonotonicMs() < end) {}
  EXPECT_EQ(Names("beta").size(), 1u);
  EXPECT_EQ(index_->state().built, 1);
}

TEST_F(SearchIndexTest, IsMadeAnewAfterALoad) {
  Create(1, "alpha");
  EXPECT_EQ(Names("alpha").size(), 1u);
  Create(2, "beta", "", false);               // without an event, as load does
  Change([](SqlConnection& c) { return tarn::internal::ToStatus(c.Run("INSERT INTO meta (name, value) VALUES ('catalog_epoch', '5')")); });
  Open();
  EXPECT_EQ(Names("beta").size(), 1u);
  Create(3, "gamma", "", false);
  Change([](SqlConnection& c) { return tarn::internal::ToStatus(c.Run("UPDATE meta SET value = '6' WHERE name = 'catalog_epoch'")); });
  int64_t end = MonotonicMs() + 20'000;
  while (Names("gamma").empty() && MonotonicMs() < end) {}    // in the background this time
  EXPECT_EQ(Names("gamma").size(), 1u);
}

TEST_F(SearchIndexTest, ShowsOnlyWhatTheUserMaySee) {
  for (int i = 0; i < 200; ++i) Create(1 + i, fmt::format("secret_{}", i), "x");
  Create(500, "open_secret_door", "x");
  Request r{"secret", 5, [](SqlConnection&, const Document& d) { return Result<bool>(d.name.starts_with("open")); }};
  auto a = index_->Search(r);
  ASSERT_TRUE(a.ok());
  ASSERT_EQ(a->hits.size(), 1u);              // though 200 rank before it
  EXPECT_EQ(a->hits[0].name, "open_secret_door");
  EXPECT_EQ(a->total, -1);
  EXPECT_EQ(index_->Search({"secret", 5, nullptr})->total, 201);
  // Whether near words are looked for depends on what is seen, not on what is hidden.
  Create(501, "secert_box", "x");
  r.visible = [](SqlConnection&, const Document& d) { return Result<bool>(d.id >= 501); };
  a = index_->Search(r);
  ASSERT_TRUE(a.ok());
  EXPECT_TRUE(a->corrected);
  ASSERT_EQ(a->hits.size(), 1u);
  EXPECT_EQ(a->hits[0].name, "secert_box");
  r.visible = [](SqlConnection&, const Document&) { return Result<bool>(Status::Unavailable("the store is away")); };
  EXPECT_EQ(index_->Search(r).status().code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tarn::metastore::search
