// PostgreSQL, through libpq.
//
// Every statement is prepared once for each connection and run with binary results (integers in network order, bytes as they are).
// An INSERT of one row becomes INSERT ... ON CONFLICT DO NOTHING, and no row changed is kConflict: an error would end the transaction.
// Long listings are read through a cursor, so that they need no memory here and other statements may run inside their loop.
// A connection that is lost outside a transaction is made again once before the caller hears of it.
#include <arpa/inet.h>
#include <libpq-fe.h>

#include <cstring>
#include <unordered_map>

#include "fmt/format.h"
#include "metastore/store/client_library.h"
#include "metastore/store/remote_backend.h"

namespace tarn::metastore {

namespace {

struct LibPq {
  decltype(&::PQconnectdbParams) Connect;
  decltype(&::PQstatus) Status_;
  decltype(&::PQerrorMessage) ErrorMessage;
  decltype(&::PQfinish) Finish;
  decltype(&::PQprepare) Prepare;
  decltype(&::PQexecPrepared) ExecPrepared;
  decltype(&::PQsendQueryPrepared) SendPrepared;
  decltype(&::PQexecParams) ExecParams;
  decltype(&::PQexec) Exec;
  decltype(&::PQresultStatus) ResultStatus;
  decltype(&::PQresultErrorField) ErrorField;
  decltype(&::PQclear) Clear;
  decltype(&::PQntuples) Rows;
  decltype(&::PQgetvalue) Value;
  decltype(&::PQgetlength) Length;
  decltype(&::PQgetisnull) IsNull;
  decltype(&::PQcmdTuples) Changed;
  decltype(&::PQenterPipelineMode) EnterPipeline;
  decltype(&::PQexitPipelineMode) ExitPipeline;
  decltype(&::PQpipelineSync) PipelineSync;
  decltype(&::PQgetResult) GetResult;
  decltype(&::PQtransactionStatus) TransactionStatus;
  decltype(&::PQsetNoticeProcessor) SetNoticeProcessor;
  decltype(&::PQserverVersion) ServerVersion;
  decltype(&::PQcmdStatus) Command;
};

Result<const LibPq*> Library() {
  static const Result<LibPq> library = []() -> Result<LibPq> {
    ClientLibrary l = TRY(ClientLibrary::Load("libpq.so.5", "libpq5"));
    LibPq p;
    TRY(l.Bind("PQconnectdbParams", &p.Connect));
    TRY(l.Bind("PQstatus", &p.Status_));
    TRY(l.Bind("PQerrorMessage", &p.ErrorMessage));
    TRY(l.Bind("PQfinish", &p.Finish));
    TRY(l.Bind("PQprepare", &p.Prepare));
    TRY(l.Bind("PQexecPrepared", &p.ExecPrepared));
    TRY(l.Bind("PQsendQueryPrepared", &p.SendPrepared));
    TRY(l.Bind("PQexecParams", &p.ExecParams));
    TRY(l.Bind("PQexec", &p.Exec));
    TRY(l.Bind("PQresultStatus", &p.ResultStatus));
    TRY(l.Bind("PQresultErrorField", &p.ErrorField));
    TRY(l.Bind("PQclear", &p.Clear));
    TRY(l.Bind("PQntuples", &p.Rows));
    TRY(l.Bind("PQgetvalue", &p.Value));
    TRY(l.Bind("PQgetlength", &p.Length));
    TRY(l.Bind("PQgetisnull", &p.IsNull));
    TRY(l.Bind("PQcmdTuples", &p.Changed));
    TRY(l.Bind("PQenterPipelineMode", &p.EnterPipeline));
    TRY(l.Bind("PQexitPipelineMode", &p.ExitPipeline));
    TRY(l.Bind("PQpipelineSync", &p.PipelineSync));
    TRY(l.Bind("PQgetResult", &p.GetResult));
    TRY(l.Bind("PQtransactionStatus", &p.TransactionStatus));
    TRY(l.Bind("PQsetNoticeProcessor", &p.SetNoticeProcessor));
    TRY(l.Bind("PQserverVersion", &p.ServerVersion));
    TRY(l.Bind("PQcmdStatus", &p.Command));
    return p;
  }();
  if (!library.ok()) return library.status();
  return &library.value();
}

constexpr int kServerVersionMin = 110000;
constexpr int kFetchRows = 2000;             // of a cursor at once
constexpr size_t kPipelineRows = 200;        // statements sent before their answers are read; small answers, so neither side blocks
constexpr int64_t kSchemaLockKey = 0x7461726e6d7331;   // "tarnms1"

std::string OneLine(std::string s) {
  while (!s.empty() && (s.back() == '\n' || s.back() == ' ')) s.pop_back();
  for (char& c : s) if (c == '\n' || c == '\t') c = ' ';
  return s;
}

class PgResult {
 public:
  PgResult(const LibPq& pq, PGresult* r) : pq_(pq), r_(r) {}
  PgResult(PgResult&& o) noexcept : pq_(o.pq_), r_(o.r_) { o.r_ = nullptr; }
  ~PgResult() { if (r_) pq_.Clear(r_); }
  PGresult* get() const { return r_; }

 private:
  const LibPq& pq_;
  PGresult* r_;
};

class PgRow final : public SqlRow {
 public:
  PgRow(const LibPq& pq, const PGresult* r) : pq_(pq), r_(r) {}
  bool Null(int c) const override { return pq_.IsNull(r_, row, c); }
  int64_t Int(int c) const override {
    const char* p = pq_.Value(r_, row, c);
    int n = pq_.Length(r_, row, c);
    if (n == 8) {
      uint32_t high, low;
      std::memcpy(&high, p, 4);
      std::memcpy(&low, p + 4, 4);
      return static_cast<int64_t>(static_cast<uint64_t>(ntohl(high)) << 32 | ntohl(low));
    }
    if (n != 4) return 0;   // null; the schema has no other integers, and INTEGER literals
    uint32_t v;
    std::memcpy(&v, p, 4);
    return static_cast<int32_t>(ntohl(v));
  }
  std::string_view Text(int c) const override { return {pq_.Value(r_, row, c), static_cast<size_t>(pq_.Length(r_, row, c))}; }
  int row = 0;

 private:
  const LibPq& pq_;
  const PGresult* r_;
};

// Arguments as libpq takes them: integers as text, bytes as bytes.
class PgArgs {
 public:
  PgArgs(const SqlArg* args, size_t n) {
    values_.resize(n);
    lengths_.resize(n);
    formats_.resize(n);
    texts_.reserve(n);   // so that c_str() stays
    for (size_t i = 0; i < n; ++i) {
      const SqlArg& a = args[i];
      switch (a.kind()) {
        case SqlArg::kNull: values_[i] = nullptr; break;
        case SqlArg::kInt: values_[i] = texts_.emplace_back(std::to_string(a.int_value())).c_str(); break;
        case SqlArg::kText: Bytes(i, a.text()); break;
        case SqlArg::kBlob: Bytes(i, a.text()); break;
      }
    }
  }
  int n() const { return static_cast<int>(values_.size()); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void Bytes(size_t i, std::string_view s) {   // text in binary form is its bytes too
    values_[i] = s.data() ? s.data() : "";
    lengths_[i] = static_cast<int>(s.size());
    formats_[i] = 1;
  }
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
  std::vector<std::string> texts_;
};

// "?" to "$1".
std::string Numbered(std::string_view sql) {
  std::string out;
  int n = 0;
  bool quoted = false;
  for (char c : sql) {
    if (c == '\'') quoted = !quoted;
    if (c == '?' && !quoted) out.append(1, '$').append(std::to_string(++n));
    else out += c;
  }
  return out;
}
bool InsertsOne(std::string_view sql) { return sql.starts_with("INSERT ") && sql.find(" VALUES ") != std::string_view::npos; }

class PgConnection final : public SqlConnection {
 public:
  PgConnection(const LibPq& pq, std::function<Result<PGconn*>()> connect, PGconn* c) : pq_(pq), connect_(std::move(connect)), c_(c) {}
  ~PgConnection() override { pq_.Finish(c_); }

  Result<int64_t> RunList(const char* sql, const SqlArg* args, size_t n) override {
    bool insert = InsertsOne(sql);
    PgArgs a(args, n);
    PgResult r = TRY(Execute(sql, insert ? " ON CONFLICT DO NOTHING" : "", a));
    int64_t changed = std::atoll(pq_.Changed(r.get()));
    if (insert && changed == 0) return Status::Conflict("postgresql: the row is there already");
    return changed;
  }
  Status EachList(const char* sql, const SqlArg* args, size_t n, const OnSqlRow& on_row) override {
    PgArgs a(args, n);
    if (ReadsMany(sql)) return EachByCursor(sql, a, on_row);
    PgResult r = TRY(Execute(sql, "", a));
    (void)Rows(r, on_row);
    return Status::OK();
  }
  Status RunMany(const char* sql, const std::vector<std::vector<SqlArg>>& rows, size_t* failed) override {
    if (rows.empty()) return Status::OK();
    bool insert = InsertsOne(sql);
    const std::string* name = TRY(Prepared(sql, insert ? " ON CONFLICT DO NOTHING" : ""));
    for (size_t from = 0; from < rows.size(); from += kPipelineRows) {
      size_t to = std::min(rows.size(), from + kPipelineRows);
      if (!pq_.EnterPipeline(c_)) return Error("pipeline");
      Status status;
      size_t sent = from;
      for (; sent < to && status.ok(); ++sent) {
        PgArgs a(rows[sent].data(), rows[sent].size());
        if (!pq_.SendPrepared(c_, name->c_str(), a.n(), a.values(), a.lengths(), a.formats(), 1)) { status = Error(sql); break; }
      }
      if (!pq_.PipelineSync(c_) && status.ok()) status = Error(sql);
      for (size_t i = from; i < sent; ++i) {
        while (PGresult* raw = pq_.GetResult(c_)) {
          PgResult r(pq_, raw);
          ExecStatusType s = pq_.ResultStatus(raw);
          if (s == PGRES_PIPELINE_ABORTED) continue;   // after an error that is told already
          if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) { if (status.ok()) { status = Error(sql, raw); if (failed) *failed = i; } continue; }
          if (insert && status.ok() && std::atoll(pq_.Changed(raw)) == 0) {
            status = Status::Conflict("postgresql: the row is there already");
            if (failed) *failed = i;
          }
        }
        if (pq_.Status_(c_) == CONNECTION_BAD) { if (status.ok()) status = Error(sql); break; }
      }
      TRY(LeavePipeline());
      TRY(std::move(status));
    }
    return Status::OK();
  }
  Status Script(const std::string& sql) override {
    TRY(Revive());
    PgResult r(pq_, pq_.Exec(c_, sql.c_str()));
    return Check(r, "script");
  }
  Status Begin(bool write) override {
    TRY(Revive());
    for (int attempt = 0;; ++attempt) {
      PgResult r(pq_, pq_.Exec(c_, write ? "BEGIN" : "BEGIN READ ONLY"));
      Status s = Check(r, "BEGIN");
      if (s.ok()) break;
      if (attempt > 0 || pq_.Status_(c_) != CONNECTION_BAD) return s;
      TRY(Revive());
    }
    in_transaction_ = true;
    return Status::OK();
  }
  Status Commit() override {
    in_transaction_ = false;
    PgResult r(pq_, pq_.Exec(c_, "COMMIT"));
    TRY(Check(r, "COMMIT"));
    // A transaction with an error in it "commits" by rolling back.
    if (std::strcmp(pq_.Command(r.get()), "ROLLBACK") == 0) return Status::Internal("postgresql: the transaction had failed and was rolled back");
    return Status::OK();
  }
  void Rollback() override {
    in_transaction_ = false;
    if (broken() || pq_.TransactionStatus(c_) == PQTRANS_IDLE) return;
    PgResult r(pq_, pq_.Exec(c_, "ROLLBACK"));
  }
  Status EachDynamic(const std::string& sql, const std::vector<SqlArg>& args, const OnSqlRow& on_row) override {
    PgArgs a(args.data(), args.size());
    PgResult r = TRY(ExecuteOnce(Numbered(sql), a));
    (void)Rows(r, on_row);
    return Status::OK();
  }
  Result<int64_t> RunDynamic(const std::string& sql, const std::vector<SqlArg>& args) override {
    PgArgs a(args.data(), args.size());
    PgResult r = TRY(ExecuteOnce(Numbered(sql), a));
    return std::atoll(pq_.Changed(r.get()));
  }
  bool broken() const override { return lost_ || pq_.Status_(c_) != CONNECTION_OK; }
  Status LockSchema() override { return Script("SELECT pg_advisory_lock(" + std::to_string(kSchemaLockKey) + ")"); }
  void UnlockSchema() override { (void)Script("SELECT pg_advisory_unlock(" + std::to_string(kSchemaLockKey) + ")").ok(); }

 private:
  // Makes a lost connection again, unless a transaction went with it.
  Status Revive() {
    if (!broken()) return Status::OK();
    if (in_transaction_) return LostInTransaction();
    PGconn* fresh = TRY(connect_());
    pq_.Finish(c_);
    c_ = fresh;
    lost_ = false;
    prepared_.clear();
    return Status::OK();
  }
  Status LeavePipeline() {
    for (bool end = false; !end;) {
      PGresult* raw = pq_.GetResult(c_);
      if (pq_.Status_(c_) == CONNECTION_BAD) {
        if (raw) pq_.Clear(raw);
        lost_ = true;
        return Error("pipeline");
      }
      if (!raw) continue;   // between two statements
      end = pq_.ResultStatus(raw) == PGRES_PIPELINE_SYNC;
      pq_.Clear(raw);
    }
    if (pq_.ExitPipeline(c_)) return Status::OK();
    lost_ = true;   // of no use for anything else
    return Error("pipeline");
  }
  Status Error(const char* sql, const PGresult* r = nullptr) const {
    const char* field = r ? pq_.ErrorField(r, PG_DIAG_SQLSTATE) : nullptr;
    const char* primary = r ? pq_.ErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : nullptr;
    std::string_view state = field ? field : "";
    std::string text = "postgresql: " + (primary ? std::string(primary) : OneLine(pq_.ErrorMessage(c_)));
    if (state == "23505") return Status::Conflict(std::move(text));
    if (state.empty() || state.starts_with("08") || state.starts_with("57P") || state == "53300" || pq_.Status_(c_) == CONNECTION_BAD) {
      return Status::Unavailable(std::move(text)).WithHint("the metastore's database is away; try again");
    }
    if (state.starts_with("40") || state == "55P03" || state == "25P03") return Status::Unavailable(std::move(text)).WithHint("try again");
    if (state == "53100") return Status::Exhausted(std::move(text)).WithHint("free disk space for the metastore's database");
    if (state.starts_with("22")) return Status::InvalidSql(std::move(text));   // not text in UTF-8, for example
    if (state == "42501" || state == "25006") return Status::Denied(std::move(text)).WithHint("the database user needs to create and write tables, on the primary server");
    return Status::Internal(std::move(text)).WithDetail(sql);
  }
  Status Check(const PgResult& r, const char* sql) const {
    ExecStatusType s = pq_.ResultStatus(r.get());
    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK ? Status::OK() : Error(sql, r.get());
  }
  bool Rows(const PgResult& r, const OnSqlRow& on_row) const {
    PgRow row(pq_, r.get());
    int n = pq_.Rows(r.get());
    for (; row.row < n; ++row.row) if (!on_row(row)) return false;
    return true;
  }
  // The name of the prepared statement.
  Result<const std::string*> Prepared(const char* sql, const char* tail, const char* head = "") {
    auto it = prepared_.find(sql);
    if (it != prepared_.end()) return &it->second;
    std::string name = "s" + std::to_string(prepared_.size()), text = head + Numbered(sql) + tail;
    PgResult r(pq_, pq_.Prepare(c_, name.c_str(), text.c_str(), 0, nullptr));
    TRY(Check(r, sql));
    return &(prepared_[sql] = std::move(name));
  }
  Result<PgResult> Execute(const char* sql, const char* tail, const PgArgs& a, const char* head = "") {
    TRY(Revive());
    for (int attempt = 0;; ++attempt) {
      auto name = Prepared(sql, tail, head);
      Status s;
      if (name.ok()) {
        PgResult r(pq_, pq_.ExecPrepared(c_, (*name)->c_str(), a.n(), a.values(), a.lengths(), a.formats(), 1));
        s = Check(r, sql);
        if (s.ok()) return r;
      } else {
        s = std::move(name).status();
      }
      // Nothing was given to the caller yet, and a lone statement that changes something is one that may be repeated.
      if (attempt > 0 || in_transaction_ || pq_.Status_(c_) != CONNECTION_BAD) return s;
      TRY(Revive());
    }
  }
  Result<PgResult> ExecuteOnce(const std::string& sql, const PgArgs& a) {
    TRY(Revive());
    PgResult r(pq_, pq_.ExecParams(c_, sql.c_str(), a.n(), nullptr, a.values(), a.lengths(), a.formats(), 1));
    TRY(Check(r, sql.c_str()));
    return r;
  }
  Status EachByCursor(const char* sql, const PgArgs& a, const OnSqlRow& on_row) {
    bool own = !in_transaction_;
    if (own) TRY(Begin(false));
    Status s = Fetch(sql, a, on_row);
    if (own && in_transaction_) {
      if (s.ok()) s = Commit();   // also closes the cursor
      else Rollback();
    }
    return s;
  }
  Status Fetch(const char* sql, const PgArgs& a, const OnSqlRow& on_row) {
    std::string cursor = "c" + std::to_string(cursors_open_);
    // The statement is known by its address and its cursor: one prepared text for each depth of nesting.
    const char* key = cursors_open_ == 0 ? sql : nullptr;
    std::string declare = "DECLARE " + cursor + " NO SCROLL CURSOR FOR ";
    if (key) (void)TRY(Execute(key, "", a, declare.c_str()));
    else (void)TRY(ExecuteOnce(declare + Numbered(sql), a));
    ++cursors_open_;
    std::string fetch = fmt::format("FETCH {} FROM {}", kFetchRows, cursor);
    Status status;
    PgArgs none(nullptr, 0);
    for (;;) {
      auto r = ExecuteOnce(fetch, none);
      if (!r.ok()) { status = std::move(r).status(); break; }
      if (!Rows(*r, on_row) || pq_.Rows(r->get()) < kFetchRows) break;
    }
    --cursors_open_;
    if (status.ok()) status = Script("CLOSE " + cursor);
    return status;
  }

  const LibPq& pq_;
  std::function<Result<PGconn*>()> connect_;
  PGconn* c_;
  bool in_transaction_ = false, lost_ = false;
  int cursors_open_ = 0;
  std::unordered_map<const void*, std::string> prepared_;
};

class PgBackend final : public RemoteBackend<PGconn> {
 public:
  PgBackend(const LibPq& pq, StoreUrl url) : RemoteBackend(std::move(url)), pq_(pq) {
    dialect_.name = "postgresql";
    dialect_.key_text = "TEXT COLLATE \"C\"";
    dialect_.blob = "BYTEA";
  }

 private:
  std::unique_ptr<SqlConnection> Wrap(PGconn* c, Reconnect again) override { return std::make_unique<PgConnection>(pq_, std::move(again), c); }
  Result<PGconn*> ConnectNow() override {
    std::map<std::string, std::string> words = {{"connect_timeout", "5"}, {"application_name", "tarn-metastore"}, {"keepalives_idle", "20"},
                                                {"keepalives_interval", "5"}, {"keepalives_count", "4"}, {"tcp_user_timeout", "20000"}};
    for (const auto& [k, v] : url_.options) words[k] = v;
    if (!url_.host.empty()) words["host"] = url_.host;
    if (url_.port) words["port"] = std::to_string(url_.port);
    if (!url_.user.empty()) words["user"] = url_.user;
    if (!url_.password.empty()) words["password"] = url_.password;
    words["dbname"] = url_.database;
    words["client_encoding"] = "UTF8";
    std::vector<const char*> keys, values;
    for (const auto& [k, v] : words) { keys.push_back(k.c_str()); values.push_back(v.c_str()); }
    keys.push_back(nullptr);
    values.push_back(nullptr);
    PGconn* c = pq_.Connect(keys.data(), values.data(), 0);
    if (!c) return Status::Exhausted("no memory for a database connection");
    if (pq_.Status_(c) != CONNECTION_OK) {
      std::string why = OneLine(pq_.ErrorMessage(c));
      pq_.Finish(c);
      if (!url_.password.empty()) {   // libpq does not show it; a driver for authentication might
        for (size_t at; (at = why.find(url_.password)) != std::string::npos && url_.password.size() > 3;) why.replace(at, url_.password.size(), "***");
      }
      for (const char* refusal : {"authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry", "permission denied"}) {
        if (why.find(refusal) == std::string::npos) continue;
        return Status::Unavailable("metastore database " + url_.Shown() + " does not let us in").WithDetail(std::move(why)).WithHint("user, password and database are those of --store or TARN_METASTORE_STORE");
      }
      return Status::Unavailable("metastore database " + url_.Shown() + " can't be reached").WithDetail(std::move(why));
    }
    pq_.SetNoticeProcessor(c, [](void*, const char*) {}, nullptr);
    if (pq_.ServerVersion(c) < kServerVersionMin) {
      Status s = Status::NotSupported(fmt::format("PostgreSQL {} is too old", pq_.ServerVersion(c) / 10000)).WithHint("11 or newer is needed");
      pq_.Finish(c);
      return s;
    }
    // A writer that hangs must not keep the others waiting for ever: its transaction ends, and with it its lock.
    PgResult r(pq_, pq_.Exec(c, "SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = '10min'; SET default_transaction_isolation = 'read committed'; "
                                "SET standard_conforming_strings = on; SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4"));
    if (pq_.ResultStatus(r.get()) != PGRES_COMMAND_OK) {
      Status s = Status::Unavailable("metastore database " + url_.Shown() + " can't be used").WithDetail(OneLine(pq_.ErrorMessage(c)));
      pq_.Finish(c);
      return s;
    }
    return c;
  }

  const LibPq& pq_;
};

}  // namespace

Result<std::unique_ptr<SqlBackend>> MakePostgresBackend(const StoreUrl& url) {
  const LibPq* pq = TRY(Library());
  return std::unique_ptr<SqlBackend>(new PgBackend(*pq, url));
}

}  // namespace tarn::metastore
