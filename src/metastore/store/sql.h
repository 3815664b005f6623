// The store's contract: SQL connections that prepare each statement once, and a pool that hands them out.
//
// One SQL text for every back end: '?' parameters, no vendor functions; what differs is in Dialect.
// Threads: a Connection belongs to one lease at a time; Store is shared by all. A write lease holds the only open write transaction
// of this database (of all processes that share it) and commits or rolls back before it goes.
// Errors: kUnavailable (the database is away or busy: retry), kConflict (unique key; the transaction goes on), kInternal.
// Statements may run inside the loop of another one on the same connection.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace tarn::metastore {

// Marks a parameter as bytes instead of text.
struct SqlBlob { std::string_view bytes; };

class SqlArg {
 public:
  SqlArg(std::nullptr_t) {}                                              // NOLINT: implicit on purpose, here and below
  SqlArg(int64_t v) : kind_(kInt), int_(v) {}                            // NOLINT
  SqlArg(int v) : kind_(kInt), int_(v) {}                                // NOLINT
  SqlArg(bool v) : kind_(kInt), int_(v) {}                               // NOLINT
  SqlArg(std::string_view v) : kind_(kText), text_(v) {}                 // NOLINT
  SqlArg(const std::string& v) : kind_(kText), text_(v) {}               // NOLINT
  SqlArg(const char* v) : kind_(kText), text_(v) {}                      // NOLINT
  SqlArg(SqlBlob v) : kind_(kBlob), text_(v.bytes) {}                    // NOLINT
  enum Kind : uint8_t { kNull, kInt, kText, kBlob };
  Kind kind() const { return kind_; }
  int64_t int_value() const { return int_; }
  std::string_view text() const { return text_; }

 private:
  Kind kind_ = kNull;
  int64_t int_ = 0;
  std::string_view text_;
};
using SqlArgs = std::initializer_list<SqlArg>;

// One row of a result; valid during the callback only.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  virtual bool Null(int column) const = 0;
  virtual int64_t Int(int column) const = 0;
  virtual std::string_view Text(int column) const = 0;   // text or bytes
  std::string String(int column) const { return std::string(Text(column)); }
};
// Returns false to stop early.
using OnSqlRow = std::function<bool(const SqlRow&)>;

class SqlConnection {
 public:
  virtual ~SqlConnection() = default;
  // `sql` must be a literal (its address is the key of the statement cache). Gives the number of rows changed.
  virtual Result<int64_t> RunList(const char* sql, const SqlArg* args, size_t n) = 0;
  virtual Status EachList(const char* sql, const SqlArg* args, size_t n, const OnSqlRow& on_row) = 0;
  virtual Status Script(const std::string& sql) = 0;   // several statements, not cached
  // The same statement for many rows of arguments, which a remote database takes in one go. After an error the transaction must be
  // rolled back; for kConflict `*failed` is the row.
  virtual Status RunMany(const char* sql, const std::vector<std::vector<SqlArg>>& rows, size_t* failed);
  virtual Status Begin(bool write) = 0;
  // kUnavailable: nobody knows whether the database did it (see Store::WriteLease::Commit).
  virtual Status Commit() = 0;
  virtual void Rollback() = 0;
  // The connection is lost and is to be thrown away.
  virtual bool broken() const { return false; }
  // One process at a time makes or migrates the schema; the lock goes with the connection at the latest.
  virtual Status LockSchema() { return Status::OK(); }
  virtual void UnlockSchema() {}

  Result<int64_t> Run(const char* sql, SqlArgs args = {}) { return RunList(sql, args.begin(), args.size()); }
  Status Each(const char* sql, SqlArgs args, const OnSqlRow& on_row) { return EachList(sql, args.begin(), args.size(), on_row); }
  // True when there was a row.
  Result<bool> One(const char* sql, SqlArgs args, const std::function<void(const SqlRow&)>& on_row);
  // First column of the only row, or the fallback.
  Result<int64_t> Int(const char* sql, SqlArgs args, int64_t fallback);
  // `sql` is made at run time; prepared each time.
  virtual Status EachDynamic(const std::string& sql, const std::vector<SqlArg>& args, const OnSqlRow& on_row) = 0;
  virtual Result<int64_t> RunDynamic(const std::string& sql, const std::vector<SqlArg>& args) = 0;

  // What this transaction changes that other processes may have cached; Store writes it down with the commit.
  void TouchTable(int64_t tbl_id) { touched_tables.insert(tbl_id); }
  void TouchPartition(int64_t tbl_id, std::string_view name, bool added) { touched_parts[tbl_id].append(1, added ? '+' : '-').append(name).append(1, '\n'); }
  std::set<int64_t> touched_tables;
  std::map<int64_t, std::string> touched_parts;
};

// What one back end calls things.
struct SqlDialect {
  std::string name;
  std::string key_text = "TEXT";      // a text column that is part of a key, compared byte by byte
  std::string text = "TEXT";
  std::string blob = "BLOB";
  std::string table_tail;             // after a table whose primary key holds the row
  std::string privs_key;              // the key of `privs`, which is too wide for some; empty: as the schema says
};

class SqlBackend {
 public:
  virtual ~SqlBackend() = default;
  virtual Result<std::unique_ptr<SqlConnection>> Open(bool for_writing) = 0;
  virtual const SqlDialect& dialect() const = 0;
  // True when other processes may write the same database, so that caches must be checked.
  virtual bool shared() const = 0;
  // How often a lost connection was made again. The server at the other end may be another one since, with less in it.
  virtual uint64_t reconnects() const { return 0; }
};

Result<std::unique_ptr<SqlBackend>> MakeSqliteBackend(const std::string& file);
struct StoreUrl;
Result<std::unique_ptr<SqlBackend>> MakePostgresBackend(const StoreUrl& url);   // loads libpq
Result<std::unique_ptr<SqlBackend>> MakeMysqlBackend(const StoreUrl& url);      // loads libmariadb; for MySQL too
// `store`: "sqlite" (or empty), postgresql://..., mysql://...
Result<std::unique_ptr<SqlBackend>> MakeBackend(const std::string& store, const std::string& data_dir);

}  // namespace tarn::metastore
