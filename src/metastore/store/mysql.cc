// MySQL and MariaDB, through libmariadb.
//
// Texts are kept as bytes (VARBINARY, LONGBLOB): they compare byte by byte and no character set touches them. Statements are prepared
// once for each connection; long listings are read through a cursor at the server, so that other statements may run inside their loop.
// DDL commits by itself there: a migration that was interrupted is run again, and what is there already is no error.
#include <mysql.h>
#include <mysqld_error.h>
#include <errmsg.h>

#include <cstring>
#include <unordered_map>

#include "fmt/format.h"
#include "metastore/store/client_library.h"
#include "metastore/store/remote_backend.h"

namespace tarn::metastore {

namespace {

struct LibMysql {
  decltype(&::mysql_init) Init;
  decltype(&::mysql_close) Close;
  decltype(&::mysql_optionsv) Options;
  decltype(&::mysql_real_connect) Connect;
  decltype(&::mysql_errno) Errno;
  decltype(&::mysql_error) Error;
  decltype(&::mysql_real_query) Query;
  decltype(&::mysql_store_result) StoreResult;
  decltype(&::mysql_free_result) FreeResult;
  decltype(&::mysql_ssl_set) SslSet;
  decltype(&::mysql_stmt_init) StmtInit;
  decltype(&::mysql_stmt_prepare) StmtPrepare;
  decltype(&::mysql_stmt_bind_param) BindParam;
  decltype(&::mysql_stmt_bind_result) BindResult;
  decltype(&::mysql_stmt_execute) StmtExecute;
  decltype(&::mysql_stmt_store_result) StmtStore;
  decltype(&::mysql_stmt_fetch) StmtFetch;
  decltype(&::mysql_stmt_fetch_column) FetchColumn;
  decltype(&::mysql_stmt_free_result) StmtFree;
  decltype(&::mysql_stmt_close) StmtClose;
  decltype(&::mysql_stmt_affected_rows) Affected;
  decltype(&::mysql_stmt_attr_set) AttrSet;
  decltype(&::mysql_stmt_errno) StmtErrno;
  decltype(&::mysql_stmt_error) StmtError;
  decltype(&::mysql_stmt_field_count) FieldCount;
  decltype(&::mysql_stmt_result_metadata) Metadata;
  decltype(&::mysql_fetch_fields) Fields;
};

Result<const LibMysql*> Library() {
  static const Result<LibMysql> library = []() -> Result<LibMysql> {
    ClientLibrary l = TRY(ClientLibrary::Load("libmariadb.so.3", "libmariadb3"));
    LibMysql m;
    TRY(l.Bind("mysql_init", &m.Init));
    TRY(l.Bind("mysql_close", &m.Close));
    TRY(l.Bind("mysql_optionsv", &m.Options));
    TRY(l.Bind("mysql_real_connect", &m.Connect));
    TRY(l.Bind("mysql_errno", &m.Errno));
    TRY(l.Bind("mysql_error", &m.Error));
    TRY(l.Bind("mysql_real_query", &m.Query));
    TRY(l.Bind("mysql_store_result", &m.StoreResult));
    TRY(l.Bind("mysql_free_result", &m.FreeResult));
    TRY(l.Bind("mysql_ssl_set", &m.SslSet));
    TRY(l.Bind("mysql_stmt_init", &m.StmtInit));
    TRY(l.Bind("mysql_stmt_prepare", &m.StmtPrepare));
    TRY(l.Bind("mysql_stmt_bind_param", &m.BindParam));
    TRY(l.Bind("mysql_stmt_bind_result", &m.BindResult));
    TRY(l.Bind("mysql_stmt_execute", &m.StmtExecute));
    TRY(l.Bind("mysql_stmt_store_result", &m.StmtStore));
    TRY(l.Bind("mysql_stmt_fetch", &m.StmtFetch));
    TRY(l.Bind("mysql_stmt_fetch_column", &m.FetchColumn));
    TRY(l.Bind("mysql_stmt_free_result", &m.StmtFree));
    TRY(l.Bind("mysql_stmt_close", &m.StmtClose));
    TRY(l.Bind("mysql_stmt_affected_rows", &m.Affected));
    TRY(l.Bind("mysql_stmt_attr_set", &m.AttrSet));
    TRY(l.Bind("mysql_stmt_errno", &m.StmtErrno));
    TRY(l.Bind("mysql_stmt_error", &m.StmtError));
    TRY(l.Bind("mysql_stmt_field_count", &m.FieldCount));
    TRY(l.Bind("mysql_stmt_result_metadata", &m.Metadata));
    TRY(l.Bind("mysql_fetch_fields", &m.Fields));
    return m;
  }();
  if (!library.ok()) return library.status();
  return &library.value();
}

constexpr unsigned long kPrefetchRows = 1000;      // NOLINT: the library's type
constexpr size_t kInlineBytes = 1024;              // longer values are fetched on their own
constexpr char kSchemaLock[] = "'tarn_metastore_schema'";

bool LostConnection(unsigned code) {
  return code == CR_SERVER_GONE_ERROR || code == CR_SERVER_LOST || code == CR_CONNECTION_ERROR || code == CR_CONN_HOST_ERROR || code == ER_SERVER_SHUTDOWN ||
         code == CR_SERVER_LOST_EXTENDED || code == ER_CONNECTION_KILLED || code == ER_NEW_ABORTING_CONNECTION;
}
Status MysqlError(unsigned code, const char* message, const char* sql) {
  std::string text = fmt::format("mysql: {} ({})", message, code);
  if (code == ER_DUP_ENTRY || code == ER_DUP_ENTRY_WITH_KEY_NAME) return Status::Conflict(std::move(text));
  if (LostConnection(code) || code == ER_CON_COUNT_ERROR || code == CR_UNKNOWN_HOST) {
    return Status::Unavailable(std::move(text)).WithHint("the metastore's database is away; try again");
  }
  if (code == ER_LOCK_WAIT_TIMEOUT || code == ER_LOCK_DEADLOCK) return Status::Unavailable(std::move(text)).WithHint("try again");
  if (code == ER_DISK_FULL || code == ER_RECORD_FILE_FULL) return Status::Exhausted(std::move(text)).WithHint("free disk space for the metastore's database");
  if (code == ER_DATA_TOO_LONG) return Status::InvalidSql(std::move(text)).WithHint("names may have 767 bytes on MySQL");
  if (code == ER_TABLEACCESS_DENIED_ERROR || code == ER_DBACCESS_DENIED_ERROR || code == ER_OPTION_PREVENTS_STATEMENT) {
    return Status::Denied(std::move(text)).WithHint("the database user needs to create and write tables, on the primary server");
  }
  return Status::Internal(std::move(text)).WithDetail(sql);
}

// One prepared statement with room for one row of its result.
class MysqlStatement final : public SqlRow {
 public:
  MysqlStatement(const LibMysql& lib, MYSQL_STMT* s) : lib_(lib), s_(s) {}
  ~MysqlStatement() override { lib_.StmtClose(s_); }
  MysqlStatement(const MysqlStatement&) = delete;
  MysqlStatement& operator=(const MysqlStatement&) = delete;
  bool busy = false;

  Status Prepare(std::string_view sql, bool cursor) {
    if (lib_.StmtPrepare(s_, sql.data(), sql.size())) return Fail(sql.data());
    if (cursor) {
      unsigned long type = CURSOR_TYPE_READ_ONLY, rows = kPrefetchRows;   // NOLINT
      lib_.AttrSet(s_, STMT_ATTR_CURSOR_TYPE, &type);
      lib_.AttrSet(s_, STMT_ATTR_PREFETCH_ROWS, &rows);
    }
    cursor_ = cursor;
    size_t n = lib_.FieldCount(s_);
    if (!n) return Status::OK();
    MYSQL_RES* metadata = lib_.Metadata(s_);
    if (!metadata) return Fail(sql.data());
    MYSQL_FIELD* fields = lib_.Fields(metadata);
    columns_ = std::vector<Column>(n);
    results_.resize(n);
    for (size_t i = 0; i < n; ++i) {
      Column& c = columns_[i];
      enum_field_types t = fields[i].type;
      c.number = t == MYSQL_TYPE_LONGLONG || t == MYSQL_TYPE_LONG || t == MYSQL_TYPE_SHORT || t == MYSQL_TYPE_TINY || t == MYSQL_TYPE_INT24 ||
                 t == MYSQL_TYPE_NEWDECIMAL || t == MYSQL_TYPE_DOUBLE;
      MYSQL_BIND& b = results_[i];
      std::memset(&b, 0, sizeof(b));
      b.buffer_type = c.number ? MYSQL_TYPE_LONGLONG : MYSQL_TYPE_LONG_BLOB;
      if (!c.number) c.bytes.resize(kInlineBytes);
      b.buffer = c.number ? static_cast<void*>(&c.value) : c.bytes.data();
      b.buffer_length = c.number ? sizeof(c.value) : c.bytes.size();
      b.length = &c.length;
      b.is_null = &c.null;
    }
    lib_.FreeResult(metadata);
    return Status::OK();
  }

  Result<int64_t> Execute(const SqlArg* args, size_t n, const OnSqlRow* on_row, const char* sql) {
    std::vector<MYSQL_BIND> params(n);
    std::vector<int64_t> numbers(n);
    std::memset(params.data(), 0, n * sizeof(MYSQL_BIND));
    for (size_t i = 0; i < n; ++i) {
      MYSQL_BIND& b = params[i];
      switch (args[i].kind()) {
        case SqlArg::kNull: b.buffer_type = MYSQL_TYPE_NULL; break;
        case SqlArg::kInt:
          numbers[i] = args[i].int_value();
          b.buffer_type = MYSQL_TYPE_LONGLONG;
          b.buffer = &numbers[i];
          break;
        case SqlArg::kText:
        case SqlArg::kBlob:
          b.buffer_type = MYSQL_TYPE_LONG_BLOB;
          b.buffer = const_cast<char*>(args[i].text().data() ? args[i].text().data() : "");
          b.buffer_length = args[i].text().size();
          break;
      }
    }
    if (n && lib_.BindParam(s_, params.data())) return Fail(sql);
    if (lib_.StmtExecute(s_)) return Fail(sql);
    if (columns_.empty()) return static_cast<int64_t>(lib_.Affected(s_));
    if (lib_.BindResult(s_, results_.data())) return Fail(sql);
    // Without a cursor the whole result comes here at once, so that the connection is free for other statements.
    if (!cursor_ && lib_.StmtStore(s_)) return Fail(sql);
    Status status;
    for (;;) {
      int rc = lib_.StmtFetch(s_);
      if (rc == MYSQL_NO_DATA) break;
      if (rc == 1) { status = Fail(sql); break; }
      if (status = LongValues(sql); !status.ok()) break;
      if (on_row && !(*on_row)(*this)) break;
    }
    lib_.StmtFree(s_);
    TRY(std::move(status));
    return int64_t{0};
  }

  bool Null(int c) const override { return columns_[static_cast<size_t>(c)].null; }
  int64_t Int(int c) const override {
    const Column& x = columns_[static_cast<size_t>(c)];
    return x.null || !x.number ? 0 : x.value;
  }
  std::string_view Text(int c) const override {
    const Column& x = columns_[static_cast<size_t>(c)];
    if (x.null || x.number) return {};
    return {x.length > x.bytes.size() ? x.rest.data() : x.bytes.data(), x.length};
  }

 private:
  struct Column {
    bool number = false;
    int64_t value = 0;
    std::vector<char> bytes, rest;
    unsigned long length = 0;   // NOLINT: the library's type
    my_bool null = 0;
  };
  Status LongValues(const char* sql) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      Column& c = columns_[i];
      if (c.number || c.null || c.length <= c.bytes.size()) continue;
      c.rest.resize(c.length);
      MYSQL_BIND b;
      std::memset(&b, 0, sizeof(b));
      unsigned long length = 0;   // NOLINT
      my_bool null = 0;
      b.buffer_type = MYSQL_TYPE_LONG_BLOB;
      b.buffer = c.rest.data();
      b.buffer_length = c.rest.size();
      b.length = &length;
      b.is_null = &null;
      if (lib_.FetchColumn(s_, &b, static_cast<unsigned>(i), 0)) return Fail(sql);
    }
    return Status::OK();
  }
  Status Fail(const char* sql) const { return MysqlError(lib_.StmtErrno(s_), lib_.StmtError(s_), sql); }

  const LibMysql& lib_;
  MYSQL_STMT* s_;
  bool cursor_ = false;
  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> results_;
};

class MysqlConnection final : public SqlConnection {
 public:
  MysqlConnection(const LibMysql& lib, std::function<Result<MYSQL*>()> connect, MYSQL* c) : lib_(lib), connect_(std::move(connect)), c_(c) {}
  ~MysqlConnection() override {
    cache_.clear();
    lib_.Close(c_);
  }

  Result<int64_t> RunList(const char* sql, const SqlArg* args, size_t n) override { return Execute(sql, args, n, nullptr); }
  Status EachList(const char* sql, const SqlArg* args, size_t n, const OnSqlRow& on_row) override {
    return tarn::internal::ToStatus(Execute(sql, args, n, &on_row));
  }
  Status EachDynamic(const std::string& sql, const std::vector<SqlArg>& args, const OnSqlRow& on_row) override {
    return tarn::internal::ToStatus(ExecuteOnce(sql, args.data(), args.size(), &on_row));
  }
  Result<int64_t> RunDynamic(const std::string& sql, const std::vector<SqlArg>& args) override { return ExecuteOnce(sql, args.data(), args.size(), nullptr); }
  // What is there already is no error: a script that was interrupted is run again.
  Status Script(const std::string& sql) override {
    TRY(Revive());
    for (size_t from = 0; from < sql.size();) {
      size_t end = std::min(sql.find(';', from), sql.size());   // our scripts have no ';' in texts
      std::string_view one(sql.data() + from, end - from);
      from = end + 1;
      if (one.find_first_not_of(" \n") == std::string_view::npos) continue;
      Status s = Command(one);
      unsigned code = lib_.Errno(c_);
      if (!s.ok() && (code == ER_TABLE_EXISTS_ERROR || code == ER_DUP_FIELDNAME || code == ER_DUP_KEYNAME || code == ER_DUP_ENTRY)) continue;
      TRY(std::move(s));
    }
    return Status::OK();
  }
  Status Begin(bool) override {
    TRY(Revive());
    Status s = Command("START TRANSACTION");
    if (s.code() == StatusCode::kUnavailable && lost_) {
      TRY(Revive());
      s = Command("START TRANSACTION");
    }
    in_transaction_ = s.ok();
    return s;
  }
  Status Commit() override {
    in_transaction_ = false;
    return Command("COMMIT");
  }
  void Rollback() override {
    if (!in_transaction_) return;
    in_transaction_ = false;
    if (!lost_) (void)Command("ROLLBACK").ok();
  }
  bool broken() const override { return lost_; }
  Status LockSchema() override {
    int64_t got = 0;
    TRY(EachDynamic(std::string("SELECT GET_LOCK(") + kSchemaLock + ", 60)", {}, [&](const SqlRow& r) { got = r.Int(0); return true; }));
    return got == 1 ? Status::OK() : Status::Unavailable("another process has been making the metastore's schema for 60 s").WithHint("try again");
  }
  void UnlockSchema() override { (void)EachDynamic(std::string("SELECT RELEASE_LOCK(") + kSchemaLock + ")", {}, [](const SqlRow&) { return true; }).ok(); }

 private:
  Status Command(std::string_view sql) {
    if (lib_.Query(c_, sql.data(), sql.size()) == 0) {
      if (MYSQL_RES* r = lib_.StoreResult(c_)) lib_.FreeResult(r);
      return Status::OK();
    }
    return Noted(MysqlError(lib_.Errno(c_), lib_.Error(c_), std::string(sql).c_str()), lib_.Errno(c_));
  }
  Status Noted(Status s, unsigned code) {
    if (LostConnection(code)) lost_ = true;
    return s;
  }
  Status Revive() {
    if (!lost_) return Status::OK();
    if (in_transaction_) return LostInTransaction();
    MYSQL* fresh = TRY(connect_());
    cache_.clear();
    lib_.Close(c_);
    c_ = fresh;
    lost_ = false;
    return Status::OK();
  }
  Result<std::unique_ptr<MysqlStatement>> Prepare(std::string_view sql) {
    MYSQL_STMT* raw = lib_.StmtInit(c_);
    if (!raw) return Status::Exhausted("no memory for a statement");
    auto s = std::make_unique<MysqlStatement>(lib_, raw);
    TRY(s->Prepare(sql, ReadsMany(sql)));
    return s;
  }
  Result<int64_t> Execute(const char* sql, const SqlArg* args, size_t n, const OnSqlRow* on_row) {
    TRY(Revive());
    for (int attempt = 0;; ++attempt) {
      bool told = false;
      auto once = [&]() -> Result<int64_t> {
        auto it = cache_.find(sql);
        if (it == cache_.end()) it = cache_.emplace(sql, TRY(Prepare(sql))).first;
        if (it->second->busy) return ExecuteOnce(sql, args, n, on_row);   // used again inside its own loop
        MysqlStatement& s = *it->second;
        s.busy = true;
        OnSqlRow noting = [&](const SqlRow& r) { told = true; return (*on_row)(r); };
        auto done = s.Execute(args, n, on_row ? &noting : nullptr, sql);
        s.busy = false;
        return done;
      };
      auto done = once();
      if (done.ok()) return done;
      Status s = Checked(std::move(done).status());
      if (!lost_ || attempt > 0 || in_transaction_ || told) return s;
      TRY(Revive());
    }
  }
  Result<int64_t> ExecuteOnce(const std::string& sql, const SqlArg* args, size_t n, const OnSqlRow* on_row) {
    TRY(Revive());
    auto s = Prepare(sql);
    if (!s.ok()) return Checked(std::move(s).status());
    auto done = (*s)->Execute(args, n, on_row, sql.c_str());
    if (!done.ok()) return Checked(std::move(done).status());
    return done;
  }
  // A lost connection says so in the statement's error, not always in the connection's.
  Status Checked(Status s) {
    if (s.code() == StatusCode::kUnavailable && s.hint().starts_with("the metastore's database is away")) lost_ = true;
    return s;
  }

  const LibMysql& lib_;
  std::function<Result<MYSQL*>()> connect_;
  MYSQL* c_;
  bool in_transaction_ = false, lost_ = false;
  std::unordered_map<const void*, std::unique_ptr<MysqlStatement>> cache_;
};

class MysqlBackend final : public RemoteBackend<MYSQL> {
 public:
  MysqlBackend(const LibMysql& lib, StoreUrl url) : RemoteBackend(std::move(url)), lib_(lib) {
    dialect_.name = "mysql";
    dialect_.key_text = "VARBINARY(767)";   // as long as Hive's own schema has them
    dialect_.text = "LONGBLOB";
    dialect_.blob = "LONGBLOB";
    dialect_.table_tail = " ENGINE=InnoDB ROW_FORMAT=DYNAMIC";
    dialect_.privs_key =   // all of the key is longer than an index may be
        "key_hash BINARY(32) GENERATED ALWAYS AS (UNHEX(SHA2(CONCAT_WS(CHAR(0), object_type, ctlg, db, object, part, col, principal, principal_type, priv, grantor, "
        "authorizer), 256))) STORED, UNIQUE KEY privs_key (key_hash), KEY privs_object (object_type, ctlg, db, object)";
  }

 private:
  std::unique_ptr<SqlConnection> Wrap(MYSQL* c, Reconnect again) override { return std::make_unique<MysqlConnection>(lib_, std::move(again), c); }
  Result<MYSQL*> ConnectNow() override {
    MYSQL* c = lib_.Init(nullptr);
    if (!c) return Status::Exhausted("no memory for a database connection");
    unsigned timeout = 5;
    lib_.Options(c, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
    lib_.Options(c, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    std::string socket, ca, certificate, key;
    for (const auto& [k, v] : url_.options) {
      if (k == "socket") socket = v;
      else if (k == "ssl-ca") ca = v;
      else if (k == "ssl-cert") certificate = v;
      else if (k == "ssl-key") key = v;
      else if (k == "ssl-verify") { my_bool on = v == "true"; lib_.Options(c, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on); }
      else {
        lib_.Close(c);
        return Status::InvalidSql("metastore.store: option \"" + k + "\" is not known for MySQL").WithHint("socket, ssl-ca, ssl-cert, ssl-key, ssl-verify");
      }
    }
    auto text = [](const std::string& s) { return s.empty() ? nullptr : s.c_str(); };
    if (!ca.empty() || !certificate.empty()) lib_.SslSet(c, text(key), text(certificate), text(ca), nullptr, nullptr);
    // Rows matched, not rows that became different, are what an UPDATE counts.
    if (!lib_.Connect(c, text(url_.host), text(url_.user), text(url_.password), text(url_.database), static_cast<unsigned>(url_.port), text(socket), CLIENT_FOUND_ROWS)) {
      std::string why = lib_.Error(c);
      bool refused = why.find("Access denied") != std::string::npos || why.find("Unknown database") != std::string::npos;
      Status s = Status::Unavailable("metastore database " + url_.Shown() + (refused ? " does not let us in" : " can't be reached")).WithDetail(std::move(why));
      if (refused) s = std::move(s).WithHint("user, password and database are those of --store or TARN_METASTORE_STORE");
      lib_.Close(c);
      return s;
    }
    for (const char* sql : {"SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION'",
                            "SET SESSION transaction_isolation = 'READ-COMMITTED'", "SET SESSION innodb_lock_wait_timeout = 60", "SET SESSION wait_timeout = 28800",
                            "SET SESSION idle_transaction_timeout = 600"}) {
      std::string statement = sql;
      int rc = lib_.Query(c, statement.data(), statement.size());
      if (rc && lib_.Errno(c) == ER_UNKNOWN_SYSTEM_VARIABLE && statement.find("transaction_isolation") != std::string::npos) {
        statement = "SET SESSION tx_isolation = 'READ-COMMITTED'";   // MariaDB before 11.1
        rc = lib_.Query(c, statement.data(), statement.size());
      }
      if (rc && lib_.Errno(c) == ER_UNKNOWN_SYSTEM_VARIABLE && statement.find("idle_transaction") != std::string::npos) rc = 0;   // MySQL has none
      if (rc) {
        Status s = Status::Unavailable("metastore database " + url_.Shown() + " can't be used").WithDetail(lib_.Error(c));
        lib_.Close(c);
        return s;
      }
    }
    return c;
  }

  const LibMysql& lib_;
};

}  // namespace

Result<std::unique_ptr<SqlBackend>> MakeMysqlBackend(const StoreUrl& url) {
  const LibMysql* lib = TRY(Library());
  return std::unique_ptr<SqlBackend>(new MysqlBackend(*lib, url));
}

}  // namespace tarn::metastore
