// The store's contract, on SQLite or on the database of TARN_TEST_STORE; what several processes on one database may rely on.
#include "metastore/store/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/clock.h"
#include "metastore/lock_manager.h"
#include "metastore/store/change_log.h"
#include "metastore/store/test_store.h"

namespace tarn::metastore {
namespace {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tarn-store-test-XXXXXX";
    dir_ = mkdtemp(name);
  }
  void TearDown() override { if (!dir_.empty()) std::filesystem::remove_all(dir_); }
  std::unique_ptr<Store> Open() {
    auto backend = MakeBackend(test_.address(), dir_);
    EXPECT_TRUE(backend.ok()) << backend.status().ToString();
    auto store = Store::Open(std::move(backend).value());
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    return std::move(store).value();
  }
  static Status Put(Store& store, const std::string& kind, const std::string& name, const std::string& doc) {
    auto write = TRY(store.Write());
    TRY(write->Run("INSERT INTO objects (kind, name, doc) VALUES (?, ?, ?)", {kind, name, SqlBlob{doc}}));
    return write.Commit();
  }
  TestStore test_;
  std::string dir_;
};

// What several processes on one database may rely on: SQLite has one process only.
class SharedStoreTest : public StoreTest {
 protected:
  void SetUp() override {
    if (!test_.shared()) GTEST_SKIP() << "TARN_TEST_STORE is not set: test/peer/metastore_stores.py runs this on PostgreSQL and MariaDB";
    StoreTest::SetUp();
  }
};

TEST_F(StoreTest, ValuesComeBackAsTheyWere) {
  auto store = Open();
  std::string bytes("\0\x01\xff\xfe tail", 9);
  ASSERT_TRUE(Put(*store, "k", "ключ 🌍", bytes).ok());
  ASSERT_TRUE(Put(*store, "k", "", "").ok());
  auto read = store->Read();
  ASSERT_TRUE(read.ok());
  auto doc = [&](const std::string& name) {
    std::string out = "absent";
    auto found = (*read)->One("SELECT doc FROM objects WHERE kind = 'k' AND name = ?", {name}, [&](const SqlRow& r) { out = r.String(0); });
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return out;
  };
  EXPECT_EQ(doc("ключ 🌍"), bytes);
  EXPECT_EQ(doc(""), "");
  auto n = (*read)->Int("SELECT MAX(next) FROM ids WHERE name = ?", {"nothing"}, -7);
  ASSERT_TRUE(n.ok());
  EXPECT_EQ(*n, -7);   // null
  auto write = store->Write();
  ASSERT_TRUE(write.ok());
  ASSERT_TRUE((*write)->Run("INSERT INTO ids (name, next) VALUES (?, ?)", {"big", INT64_MIN}).ok());
  EXPECT_EQ(*(*write)->Int("SELECT next FROM ids WHERE name = 'big'", {}, 0), INT64_MIN);
  auto same = (*write)->Run("UPDATE ids SET next = ? WHERE name = 'big'", {INT64_MIN});
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(*same, 1);   // matched, though nothing is new
}

TEST_F(StoreTest, TextsCompareByteByByte) {
  auto store = Open();
  for (const char* n : {"b", "B", "a", "ä", "_", "a%2Fb", "a/b", "Ä"}) ASSERT_TRUE(Put(*store, "order", n, "x").ok());
  std::vector<std::string> names;
  auto read = store->Read();
  ASSERT_TRUE(read.ok());
  ASSERT_TRUE((*read)->Each("SELECT name FROM objects WHERE kind = 'order' ORDER BY name", {}, [&](const SqlRow& r) { names.push_back(r.String(0)); return true; }).ok());
  EXPECT_EQ(names, (std::vector<std::string>{"B", "_", "a", "a%2Fb", "a/b", "b", "Ä", "ä"}));
}

TEST_F(StoreTest, AConflictLeavesTheTransactionAlive) {
  auto store = Open();
  ASSERT_TRUE(Put(*store, "k", "a", "1").ok());
  {
    auto write = store->Write();
    ASSERT_TRUE(write.ok());
    auto again = (*write)->Run("INSERT INTO objects (kind, name, doc) VALUES (?, ?, ?)", {"k", "a", SqlBlob{"2"}});
    EXPECT_EQ(again.status().code(), StatusCode::kConflict);
    ASSERT_TRUE((*write)->Run("INSERT INTO objects (kind, name, doc) VALUES (?, ?, ?)", {"k", "b", SqlBlob{"2"}}).ok());
    ASSERT_TRUE(write->Commit().ok());
  }
  auto read = store->Read();
  EXPECT_EQ(*(*read)->Int("SELECT COUNT(*) FROM objects WHERE kind = 'k'", {}, 0), 2);
}

TEST_F(StoreTest, ManyRowsAtOnce) {
  auto store = Open();
  std::vector<std::string> names;
  for (int i = 0; i < 1234; ++i) names.push_back("n" + std::to_string(i));
  std::vector<std::vector<SqlArg>> rows;
  for (const std::string& n : names) rows.push_back({"many", n, SqlBlob{"d"}});
  auto write = store->Write();
  ASSERT_TRUE(write.ok());
  size_t failed = 0;
  Status s = (*write)->RunMany("INSERT INTO objects (kind, name, doc) VALUES (?, ?, ?)", rows, &failed);
  ASSERT_TRUE(s.ok()) << s.ToString();
  EXPECT_EQ(*(*write)->Int("SELECT COUNT(*) FROM objects WHERE kind = 'many'", {}, 0), 1234);
  rows.erase(rows.begin() + 10, rows.end());
  rows.insert(rows.begin(), {"many", "new", SqlBlob{"d"}});
  s = (*write)->RunMany("INSERT INTO objects (kind, name, doc) VALUES (?, ?, ?)", rows, &failed);
  EXPECT_EQ(s.code(), StatusCode::kConflict) << s.ToString();
  EXPECT_EQ(failed, 1u);
}

TEST_F(StoreTest, AStatementWithinTheLoopOfALongOne) {
  auto store = Open();
  {
    auto write = store->Write();
    ASSERT_TRUE(write.ok());
    for (int i = 0; i < 5000; ++i) {
      ASSERT_TRUE((*write)->Run("INSERT INTO parts (tbl_id, name, sd_id, location, doc) VALUES (1, ?, 0, ?, ?)", {"p" + std::to_string(10000 + i), nullptr, SqlBlob{"d"}}).ok());
    }
    ASSERT_TRUE(write->Commit().ok());
  }
  auto read = store->Read();
  ASSERT_TRUE(read.ok());
  int n = 0;
  for (int round = 0; round < 2; ++round) {
    n = 0;
    Status s = (*read)->Each("SELECT name, location FROM parts WHERE tbl_id = ? ORDER BY name", {1}, [&](const SqlRow& row) {
      EXPECT_TRUE(row.Null(1));
      if (n % 1000 == 0) {
        int inner = 0;
        Status in = (*read)->Each("SELECT name, location FROM parts WHERE tbl_id = ? ORDER BY name", {1}, [&](const SqlRow&) { return ++inner < 3000; });
        EXPECT_TRUE(in.ok()) << in.ToString();
        EXPECT_EQ(inner, 3000);
        EXPECT_EQ(*(*read)->Int("SELECT COUNT(*) FROM parts WHERE tbl_id = ? AND name = ?", {1, row.Text(0)}, 0), 1);
      }
      return ++n < 4500;
    });
    ASSERT_TRUE(s.ok()) << s.ToString();
    EXPECT_EQ(n, 4500);
  }
  auto all = (*read)->Int("SELECT COUNT(*) FROM parts", {}, 0);
  ASSERT_TRUE(all.ok()) << all.status().ToString();
  EXPECT_EQ(*all, 5000);
}

TEST_F(StoreTest, AReaderTooManyIsToldSo) {
  auto store = Open();
  store->SetReadWait(50);
  std::vector<Store::ReadLease> leases;
  for (int i = 0; i < Store::kReadersMax; ++i) {
    auto lease = store->Read();
    ASSERT_TRUE(lease.ok());
    leases.push_back(std::move(lease).value());
  }
  EXPECT_FALSE(store->readers_wanted());
  EXPECT_EQ(store->Read().status().code(), StatusCode::kUnavailable);
  store->SetReadWait(10'000);
  std::thread waits([&] { EXPECT_TRUE(store->Read().ok()); });
  while (!store->readers_wanted()) std::this_thread::yield();
  leases.pop_back();
  waits.join();
  EXPECT_FALSE(store->readers_wanted());
}

TEST_F(StoreTest, ADroppedLeaseUndoes) {
  auto store = Open();
  std::vector<int> undone;
  {
    auto write = store->Write();
    ASSERT_TRUE(write.ok());
    ASSERT_TRUE((*write)->Run("INSERT INTO objects (kind, name, doc) VALUES ('k', 'x', ?)", {SqlBlob{"d"}}).ok());
    write->OnUndo([&] { undone.push_back(1); });
    write->OnUndo([&] { undone.push_back(2); });
  }
  EXPECT_EQ(undone, (std::vector<int>{2, 1}));
  auto read = store->Read();
  EXPECT_EQ(*(*read)->Int("SELECT COUNT(*) FROM objects WHERE kind = 'k'", {}, 0), 0);
}

TEST_F(SharedStoreTest, SchemaIsMadeOnceByMany) {
  std::vector<std::thread> threads;
  std::vector<std::string> uuids(8);
  for (size_t i = 0; i < uuids.size(); ++i) threads.emplace_back([&, i] { uuids[i] = Open()->uuid(); });
  for (auto& t : threads) t.join();
  for (const std::string& u : uuids) EXPECT_EQ(u, uuids[0]);
  EXPECT_FALSE(uuids[0].empty());
}

TEST_F(SharedStoreTest, NumbersHaveNoGapWithTwoStores) {
  auto a = Open(), b = Open();
  constexpr int kEach = 40;
  std::vector<std::vector<int64_t>> got(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < got.size(); ++i) {
    threads.emplace_back([&, i] {
      Store& s = i % 2 ? *a : *b;
      for (int n = 0; n < kEach; ++n) {
        auto write = s.Write();
        ASSERT_TRUE(write.ok()) << write.status().ToString();
        auto id = NextIds(**write, "event");
        ASSERT_TRUE(id.ok()) << id.status().ToString();
        if (n % 5 == 0) continue;   // rolls back
        ASSERT_TRUE(write->Commit().ok());
        got[i].push_back(*id);
      }
    });
  }
  for (auto& t : threads) t.join();
  std::vector<int64_t> all;
  for (auto& v : got) all.insert(all.end(), v.begin(), v.end());
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], static_cast<int64_t>(i) + 1);
}

TEST_F(SharedStoreTest, TheChangeLogTellsWhatTheOtherChanged) {
  auto a = Open(), b = Open();
  ChangeLog log(*b);
  int all = 0;
  std::vector<int64_t> tables;
  std::map<int64_t, std::string> parts;
  log.SetListener({.all = [&] { ++all; }, .table = [&](int64_t id) { tables.push_back(id); }, .partitions = [&](int64_t id, std::string_view n) { parts[id] += n; }});
  ASSERT_TRUE(log.CatchUp().ok());
  EXPECT_EQ(all, 1);
  auto change = [&](auto f) {
    auto write = a->Write();
    ASSERT_TRUE(write.ok());
    f(**write);
    Status s = write->Commit();
    ASSERT_TRUE(s.ok()) << s.ToString();
  };
  change([](SqlConnection& c) { c.TouchTable(7); c.TouchTable(8); c.TouchPartition(8, "x", true); });
  change([](SqlConnection& c) { c.TouchPartition(9, "dt=1", true); c.TouchPartition(9, "dt=2", false); });
  { auto write = a->Write(); (*write)->TouchTable(11); }   // rolled back
  ASSERT_TRUE(log.CatchUp().ok());
  EXPECT_EQ(all, 1);
  EXPECT_EQ(tables, (std::vector<int64_t>{7, 8}));
  EXPECT_EQ(parts[9], "+dt=1\n-dt=2\n");
  // A gap: what it missed is gone.
  change([](SqlConnection& c) { c.TouchTable(12); });
  change([](SqlConnection& c) { c.TouchTable(13); });
  change([](SqlConnection& c) { ASSERT_TRUE(c.Run("DELETE FROM table_changes WHERE tbl_id = 12").ok()); });
  ASSERT_TRUE(log.CatchUp().ok());
  EXPECT_EQ(all, 2);
}

wire::LockRequest Exclusive(const std::string& table) {
  wire::LockComponent c;
  c.type = wire::LockType::EXCLUSIVE;
  c.level = wire::LockLevel::TABLE;
  c.dbname = "d";
  c.set_tablename(table);
  wire::LockRequest q;
  q.component = {c};
  q.user = "u";
  q.hostname = "h";
  return q;
}

TEST_F(SharedStoreTest, LocksOfTwoStores) {
  auto sa = Open(), sb = Open();
  LockManager a(*sa, 300'000, false), b(*sb, 300'000, false);
  ASSERT_TRUE(a.Load().ok());
  ASSERT_TRUE(b.Load().ok());
  auto first = a.Lock(Exclusive("t"));
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_EQ(first->state, wire::LockState::ACQUIRED);
  auto second = b.Lock(Exclusive("t"));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->state, wire::LockState::WAITING);
  auto third = a.Lock(Exclusive("t"));
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(a.Check(second->lockid)->state, wire::LockState::WAITING);
  EXPECT_EQ(b.Show({})->size(), 3u);
  ASSERT_TRUE(b.Unlock(first->lockid).ok());   // by the other one
  EXPECT_EQ(a.Check(third->lockid)->state, wire::LockState::WAITING);
  EXPECT_EQ(a.Check(second->lockid)->state, wire::LockState::ACQUIRED);
  EXPECT_EQ(b.Check(second->lockid)->state, wire::LockState::ACQUIRED);
  ASSERT_TRUE(a.Unlock(second->lockid).ok());
  EXPECT_EQ(b.Check(third->lockid)->state, wire::LockState::ACQUIRED);
  EXPECT_FALSE(a.Check(second->lockid).ok());
}

TEST_F(SharedStoreTest, AHeartbeatThroughTheOtherStoreCounts) {
  auto sa = Open(), sb = Open();
  constexpr int64_t kTimeoutMs = 500;
  LockManager a(*sa, kTimeoutMs, false), b(*sb, kTimeoutMs, false);
  auto kept = a.Lock(Exclusive("kept")), left = a.Lock(Exclusive("left"));
  ASSERT_TRUE(kept.ok() && left.ok());
  bool gone = false;
  int64_t start = MonotonicMs();
  while (!gone && MonotonicMs() < start + 10'000) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));   // the time-out itself is the subject
    ASSERT_TRUE(b.Heartbeat(kept->lockid).ok());
    gone = a.Show({})->size() == 1;
  }
  EXPECT_TRUE(gone);
  EXPECT_GE(MonotonicMs() - start, kTimeoutMs - 50);
  EXPECT_TRUE(a.Check(kept->lockid).ok());
  EXPECT_FALSE(b.Check(left->lockid).ok());
}

}  // namespace
}  // namespace tarn::metastore
