#include "metastore/store/store.h"

#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

namespace tarn::metastore {

Result<std::unique_ptr<Store>> Store::Open(std::unique_ptr<SqlBackend> backend) {
  std::unique_ptr<Store> store(new Store(std::move(backend)));
  store->writer_ = TRY(store->backend_->Open(true));
  TRY(store->Migrate());
  if (store->shared()) TRY(store->JoinInstances());
  return store;
}

Status Store::Migrate() {
  TRY(writer_->LockSchema());
  Status s = MigrateSteps();
  writer_->UnlockSchema();
  return s;
}

Status Store::MigrateSteps() {
  const SqlDialect& d = backend_->dialect();
  TRY(writer_->Script("CREATE TABLE IF NOT EXISTS meta (name " + d.key_text + " PRIMARY KEY, value " + d.text + ");"));
  int64_t version = 0;
  TRY(writer_->One("SELECT value FROM meta WHERE name = 'schema_version'", {}, [&](const SqlRow& r) { version = std::atoll(r.String(0).c_str()); }));
  if (version > kSchemaVersion) {
    return Status::NotSupported("metastore database has schema version " + std::to_string(version) + ", newer than this program's " +
                                std::to_string(kSchemaVersion)).WithHint("use a newer tarn-metastore");
  }
  for (int v = static_cast<int>(version); v < kSchemaVersion; ++v) {
    TRY(writer_->Begin(true));
    Status s = writer_->Script(MigrationScript(v, d));
    if (s.ok()) s = tarn::internal::ToStatus(writer_->Run("DELETE FROM meta WHERE name = 'schema_version'"));
    if (s.ok()) s = tarn::internal::ToStatus(writer_->Run("INSERT INTO meta (name, value) VALUES ('schema_version', ?)", {std::to_string(v + 1)}));
    if (s.ok() && v == 0) s = tarn::internal::ToStatus(writer_->Run("INSERT INTO meta (name, value) VALUES ('uuid', ?)", {RandomUuid()}));
    if (s.ok()) s = writer_->Commit();
    if (!s.ok()) {
      writer_->Rollback();
      return std::move(s).WithContext("migrating the metastore database to schema version " + std::to_string(v + 1));
    }
    LogDebug("metastore database is at schema version {}", v + 1);
  }
  TRY(writer_->One("SELECT value FROM meta WHERE name = 'uuid'", {}, [&](const SqlRow& r) { uuid_ = r.String(0); }));
  return Status::OK();
}

// A row of its own says how many commits of this process there are.
Status Store::JoinInstances() {
  instance_ = RandomUuid();
  auto write = TRY(Write());
  TRY(write->Run("DELETE FROM store_instances WHERE started < ?", {WallClockMs() - kInstanceKeptMs}));
  return write.Commit();
}

Result<Store::ReadLease> Store::Read() {
  {
    std::unique_lock lock(read_mutex_);
    auto free = [&] { return !readers_.empty() || readers_open_ < kReadersMax; };
    if (!free()) {
      readers_waiting_.fetch_add(1, std::memory_order_relaxed);
      bool got = read_free_.wait_for(lock, std::chrono::milliseconds(read_wait_ms_), free);
      readers_waiting_.fetch_sub(1, std::memory_order_relaxed);
      if (!got) {
        return Status::Unavailable("the metastore is too busy: all " + std::to_string(kReadersMax) + " reading connections of its store were in use for " +
                                   std::to_string(read_wait_ms_ / 1000) + " s").WithHint("try again later");
      }
    }
    if (!readers_.empty()) {
      auto c = std::move(readers_.back());
      readers_.pop_back();
      return ReadLease(this, std::move(c));
    }
    ++readers_open_;
  }
  auto c = backend_->Open(false);
  if (c.ok()) return ReadLease(this, std::move(c).value());
  std::lock_guard lock(read_mutex_);
  --readers_open_;
  read_free_.notify_one();
  return std::move(c).status();
}

void Store::GiveBack(std::unique_ptr<SqlConnection> c) {
  c->Rollback();
  std::lock_guard lock(read_mutex_);
  if (c->broken()) --readers_open_;
  else readers_.push_back(std::move(c));
  read_free_.notify_one();
}

Result<Store::WriteLease> Store::Write() {
  std::unique_lock lock(write_mutex_);
  TRY(writer_->Begin(true));
  writer_->touched_tables.clear();
  writer_->touched_parts.clear();
  if (shared()) {
    if (Status s = TakeTurn(); !s.ok()) {
      writer_->Rollback();
      return s;
    }
  }
  return WriteLease(this, std::move(lock));
}

Status Store::TakeTurn() {
  (void)TRY(writer_->Int("SELECT turns FROM store_writer WHERE id = 1 FOR UPDATE", {}, 0));
  ++commits_;
  // Held until the transaction ends, however it ends: who asks for the row then knows.
  int64_t there = TRY(writer_->Run("UPDATE store_instances SET commits = ? WHERE instance = ?", {commits_, instance_}));
  if (!there) TRY(writer_->Run("INSERT INTO store_instances (instance, commits, started) VALUES (?, ?, ?)", {instance_, commits_, WallClockMs()}));
  return Status::OK();
}

Result<bool> Store::Committed() {
  int64_t end = MonotonicMs() + kResolveMs;
  for (;;) {
    Status s = writer_->Begin(true);   // on a new connection
    if (s.ok()) {
      auto n = writer_->Int("SELECT commits FROM store_instances WHERE instance = ? FOR UPDATE", {instance_}, -1);
      writer_->Rollback();
      if (n.ok()) return *n == commits_;
      s = std::move(n).status();
    }
    if (s.code() != StatusCode::kUnavailable || MonotonicMs() > end) return s;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Status Store::WriteLease::WriteTouched() {
  SqlConnection& c = *store_->writer_;
  // One writer at a time, so the numbers have no gap and commit in order.
  static constexpr char kInsert[] = "INSERT INTO table_changes (epoch, tbl_id, kind, names) SELECT COALESCE(MAX(epoch), 0) + 1, ?, ?, ? FROM table_changes";
  for (int64_t id : c.touched_tables) TRY(c.Run(kInsert, {id, kTableChanged, nullptr}));
  for (const auto& [id, names] : c.touched_parts) {
    if (c.touched_tables.contains(id)) continue;   // says it for the partitions as well
    TRY(c.Run(kInsert, {id, kPartitionsChanged, names.size() <= kPartNamesBytesMax ? SqlArg(SqlBlob{names}) : SqlArg(nullptr)}));
  }
  int64_t before = store_->touches_;
  store_->touches_ += static_cast<int64_t>(c.touched_tables.size() + c.touched_parts.size());
  if (before / 1024 == store_->touches_ / 1024) return Status::OK();
  int64_t last = TRY(c.Int("SELECT MAX(epoch) FROM table_changes", {}, 0));
  TRY(c.Run("DELETE FROM table_changes WHERE epoch <= ?", {last - kChangesKept}));
  return Status::OK();
}

Status Store::WriteLease::Commit() {
  if (store_->shared()) TRY(WriteTouched());
  Status s = store_->writer_->Commit();
  if (!s.ok() && s.code() == StatusCode::kUnavailable && store_->shared()) {
    LogWarn("the metastore's database went away during a commit: {}", s.ToString());
    auto there = store_->Committed();
    if (!there.ok()) {
      done_ = true;   // undoing might take a directory from a table that is there
      LogError("whether the last change was committed is not known, nothing of it is undone: {}", there.status().ToString());
      return Status::Unavailable("the metastore's database went away while it committed; the change may have been made").WithHint("look before you try again");
    }
    if (*there) s = Status::OK();
    LogInfo("the commit that was interrupted {}", *there ? "had been made" : "had not been made");
  }
  TRY(std::move(s));
  done_ = true;
  for (auto& f : committed_) f();
  return Status::OK();
}

Store::WriteLease::~WriteLease() {
  if (!lock_.owns_lock()) return;   // moved from
  if (done_) return;
  // Before the rollback: the turn is still ours, nobody makes the same directory meanwhile.
  for (auto it = undo_.rbegin(); it != undo_.rend(); ++it) (*it)();
  store_->writer_->Rollback();
}

Result<int64_t> NextIds(SqlConnection& c, const char* name, int64_t n) {
  int64_t changed = TRY(c.Run("UPDATE ids SET next = next + ? WHERE name = ?", {n, name}));
  if (changed == 0) TRY(c.Run("INSERT INTO ids (name, next) VALUES (?, ?)", {name, n + 1}));
  int64_t next = TRY(c.Int("SELECT next FROM ids WHERE name = ?", {name}, 0));
  return next - n;
}

}  // namespace tarn::metastore
