#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <unordered_map>

#include "fmt/format.h"
#include "metastore/store/sql.h"

namespace tarn::metastore {

namespace {

Status SqliteError(sqlite3* db, const char* sql) {
  int code = sqlite3_extended_errcode(db);
  std::string text = fmt::format("sqlite: {}", sqlite3_errmsg(db));
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT: return Status::Conflict(std::move(text));
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Status::Unavailable(std::move(text));
    case SQLITE_FULL: return Status::Exhausted(std::move(text)).WithHint("free disk space for the metastore's data directory");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Status::Corrupt(std::move(text));
    default: return Status::Internal(std::move(text)).WithDetail(sql ? sql : "");
  }
}

class SqliteRow final : public SqlRow {
 public:
  explicit SqliteRow(sqlite3_stmt* s) : s_(s) {}
  bool Null(int c) const override { return sqlite3_column_type(s_, c) == SQLITE_NULL; }
  int64_t Int(int c) const override { return sqlite3_column_int64(s_, c); }
  std::string_view Text(int c) const override {
    const void* p = sqlite3_column_blob(s_, c);
    return {static_cast<const char*>(p), static_cast<size_t>(sqlite3_column_bytes(s_, c))};
  }

 private:
  sqlite3_stmt* s_;
};

class SqliteConnection final : public SqlConnection {
 public:
  explicit SqliteConnection(sqlite3* db) : db_(db) {}
  ~SqliteConnection() override {
    for (auto& [k, s] : cache_) sqlite3_finalize(s);
    sqlite3_close(db_);
  }

  Result<int64_t> RunList(const char* sql, const SqlArg* args, size_t n) override {
    sqlite3_stmt* s = TRY(Prepare(sql));
    return Finish(s, sql, args, n, nullptr, false);
  }
  Status EachList(const char* sql, const SqlArg* args, size_t n, const OnSqlRow& on_row) override {
    sqlite3_stmt* s = TRY(Prepare(sql));
    if (sqlite3_stmt_busy(s)) return EachDynamic(sql, std::vector<SqlArg>(args, args + n), on_row);   // used again inside its own loop
    TRY(Finish(s, sql, args, n, &on_row, false));
    return Status::OK();
  }
  Status EachDynamic(const std::string& sql, const std::vector<SqlArg>& args, const OnSqlRow& on_row) override {
    sqlite3_stmt* s = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), static_cast<int>(sql.size()), &s, nullptr) != SQLITE_OK) return SqliteError(db_, sql.c_str());
    TRY(Finish(s, sql.c_str(), args.data(), args.size(), &on_row, true));
    return Status::OK();
  }
  Result<int64_t> RunDynamic(const std::string& sql, const std::vector<SqlArg>& args) override {
    sqlite3_stmt* s = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), static_cast<int>(sql.size()), &s, nullptr) != SQLITE_OK) return SqliteError(db_, sql.c_str());
    return Finish(s, sql.c_str(), args.data(), args.size(), nullptr, true);
  }
  Status Script(const std::string& sql) override {
    return sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK ? Status::OK() : SqliteError(db_, sql.c_str());
  }
  Status Begin(bool write) override {
    TRY(Run(write ? kBeginWrite : kBeginRead));
    return Status::OK();
  }
  Status Commit() override {
    TRY(Run(kCommit));
    return Status::OK();
  }
  void Rollback() override { if (!sqlite3_get_autocommit(db_)) (void)Run(kRollback).ok(); }

 private:
  static constexpr char kBeginWrite[] = "BEGIN IMMEDIATE";
  static constexpr char kBeginRead[] = "BEGIN";
  static constexpr char kCommit[] = "COMMIT";
  static constexpr char kRollback[] = "ROLLBACK";

  Result<sqlite3_stmt*> Prepare(const char* sql) {
    auto [it, fresh] = cache_.try_emplace(sql, nullptr);
    if (fresh && sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &it->second, nullptr) != SQLITE_OK) {
      cache_.erase(it);
      return SqliteError(db_, sql);
    }
    return it->second;
  }
  Result<int64_t> Finish(sqlite3_stmt* s, const char* sql, const SqlArg* args, size_t n, const OnSqlRow* on_row, bool finalize) {
    for (size_t i = 0; i < n; ++i) {
      int at = static_cast<int>(i) + 1;
      const SqlArg& a = args[i];
      switch (a.kind()) {
        case SqlArg::kNull: sqlite3_bind_null(s, at); break;
        case SqlArg::kInt: sqlite3_bind_int64(s, at, a.int_value()); break;
        case SqlArg::kText: sqlite3_bind_text(s, at, a.text().data() ? a.text().data() : "", static_cast<int>(a.text().size()), SQLITE_STATIC); break;
        case SqlArg::kBlob: sqlite3_bind_blob(s, at, a.text().data() ? a.text().data() : "", static_cast<int>(a.text().size()), SQLITE_STATIC); break;
      }
    }
    SqliteRow row(s);
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
      if (on_row && !(*on_row)(row)) { rc = SQLITE_DONE; break; }
    }
    Status status = rc == SQLITE_DONE ? Status::OK() : SqliteError(db_, sql);
    int64_t changes = sqlite3_changes64(db_);
    if (finalize) sqlite3_finalize(s);
    else sqlite3_reset(s);
    if (!status.ok()) return status;
    return changes;
  }

  sqlite3* db_;
  std::unordered_map<const void*, sqlite3_stmt*> cache_;
};

class SqliteBackend final : public SqlBackend {
 public:
  explicit SqliteBackend(std::string file) : file_(std::move(file)) {
    dialect_.name = "sqlite";
    dialect_.table_tail = " WITHOUT ROWID";
  }
  Result<std::unique_ptr<SqlConnection>> Open(bool for_writing) override {
    sqlite3* db = nullptr;
    // It may hold tokens, and passwords among properties: for its owner only. Its journal gets the same rights.
    // Only when it is new: closing a descriptor of an open database would drop its locks.
    if (int fd = ::open(file_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); fd >= 0) ::close(fd);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(file_.c_str(), &db, flags, nullptr) != SQLITE_OK) {
      Status s = SqliteError(db, "open");
      sqlite3_close(db);
      return std::move(s).WithContext(file_);
    }
    sqlite3_busy_timeout(db, 60'000);
    auto c = std::make_unique<SqliteConnection>(db);
    TRY(c->Script("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA temp_store=MEMORY;"
                  "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864;"));
    TRY(c->Script(for_writing ? "PRAGMA cache_size=-8000;" : "PRAGMA cache_size=-4000; PRAGMA query_only=1;"));
    return std::unique_ptr<SqlConnection>(std::move(c));
  }
  const SqlDialect& dialect() const override { return dialect_; }
  bool shared() const override { return false; }

 private:
  std::string file_;
  SqlDialect dialect_;
};

}  // namespace

Result<std::unique_ptr<SqlBackend>> MakeSqliteBackend(const std::string& file) { return std::unique_ptr<SqlBackend>(new SqliteBackend(file)); }

}  // namespace tarn::metastore
