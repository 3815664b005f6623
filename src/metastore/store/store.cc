#include "metastore/store/store.h"

#include "base/log.h"
#include "base/text.h"

namespace tarn::metastore {

Result<std::unique_ptr<Store>> Store::Open(std::unique_ptr<SqlBackend> backend) {
  std::unique_ptr<Store> store(new Store(std::move(backend)));
  store->writer_ = TRY(store->backend_->Open(true));
  TRY(store->Migrate());
  return store;
}

Status Store::Migrate() {
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

Result<Store::ReadLease> Store::Read() {
  {
    std::unique_lock lock(read_mutex_);
    read_free_.wait(lock, [&] { return !readers_.empty() || readers_open_ < kReadersMax; });
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
  readers_.push_back(std::move(c));
  read_free_.notify_one();
}

Result<Store::WriteLease> Store::Write() {
  std::unique_lock lock(write_mutex_);
  TRY(writer_->Begin(true));
  return WriteLease(this, std::move(lock));
}

Status Store::WriteLease::Commit() {
  TRY(store_->writer_->Commit());
  done_ = true;
  for (auto& f : committed_) f();
  return Status::OK();
}

Store::WriteLease::~WriteLease() {
  if (!lock_.owns_lock()) return;   // moved from
  if (done_) return;
  store_->writer_->Rollback();
  for (auto it = undo_.rbegin(); it != undo_.rend(); ++it) (*it)();
}

Result<int64_t> NextIds(SqlConnection& c, const char* name, int64_t n) {
  int64_t changed = TRY(c.Run("UPDATE ids SET next = next + ? WHERE name = ?", {n, name}));
  if (changed == 0) TRY(c.Run("INSERT INTO ids (name, next) VALUES (?, ?)", {name, n + 1}));
  int64_t next = TRY(c.Int("SELECT next FROM ids WHERE name = ?", {name}, 0));
  return next - n;
}

}  // namespace tarn::metastore
