#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "session/defaults.h"
#include "session/procedure_call.h"
#include "session/session_impl.h"
#include "sql/printer.h"
#include "types/time_zone.h"

namespace tarn::session {
namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

Status Lacks(const std::string& what, const sql::Statement& s) { return Status::NotSupported(what).WithPosition(s.position); }
}  // namespace

SessionImpl::SessionImpl(Engine& engine, std::map<std::string, std::string> properties) : engine_(engine), properties_(std::move(properties)) {}

Status SessionImpl::Init() {
  options_ = properties_;
  ShowOptions();
  catalogs_ = TRY(CatalogManager::Make(engine_.registry(), engine_.options().own_metastore_uri));
  return Status::OK();
}

Result<std::shared_ptr<Session>> Session::Open(Engine& engine, const std::map<std::string, std::string>& properties) {
  std::map<std::string, std::string> all = engine.options().session_defaults;
  for (const auto& [k, v] : properties) all[k] = v;
  auto s = std::make_shared<SessionImpl>(engine, std::move(all));
  TRY(s->Init());
  return std::shared_ptr<Session>(s);
}

// ------------------------------------------------------------------------------------------------------------------- options

config::OptionSet SessionImpl::Options() const {
  std::map<std::string, std::string> all = options_;
  for (const auto& [k, v] : overlay_) all[k] = v;
  return config::OptionSet(std::move(all));
}

bool SessionImpl::streaming() const { return !EqualsIgnoreCase(Options().Get("execution.runtime-mode", "STREAMING"), "BATCH"); }

std::string SessionImpl::time_zone() {
  std::string z = Options().Get("table.local-time-zone", "default");
  return z == "default" ? SystemTimeZone() : z;
}

std::map<std::string, std::string> SessionImpl::EffectiveConfig() {
  std::map<std::string, std::string> all = DefaultConfig();
  std::lock_guard lock(shown_mutex_);
  for (const auto& [k, v] : shown_options_) all[k] = v;
  return all;
}

void SessionImpl::ShowOptions() {
  std::lock_guard lock(shown_mutex_);
  shown_options_ = options_;
}

Result<ResultPtr> SessionImpl::Set(const sql::SetOption& s) {
  if (!s.key) {
    std::vector<TextRow> rows;
    std::map<std::string, std::string> all = DefaultConfig();
    for (const auto& [k, v] : options_) all[k] = v;
    for (const auto& [k, v] : all) rows.push_back({k, v});
    return TextResult({"key", "value"}, std::move(rows));
  }
  if (!s.value) return TextResult({"key", "value"}, {{*s.key, Options().Get(*s.key, "")}});
  TRY(CheckOption(*s.key, *s.value));
  options_[*s.key] = *s.value;
  ShowOptions();
  return OkResult();
}

plan::Planner SessionImpl::MakePlanner() {
  plan::Environment e;
  e.registry = &engine_.registry();
  e.tables = catalogs_.get();
  e.options = Options();
  e.streaming = streaming();
  e.time_zone = time_zone();
  e.current_database = catalogs_->current_database();
  Result<int64_t> p = e.options.GetInteger("parallelism.default", 1);
  if (Result<int64_t> t = e.options.GetInteger("table.exec.resource.default-parallelism", -1); t.ok() && *t > 0) p = t;
  e.parallelism = p.ok() ? static_cast<int>(std::clamp<int64_t>(*p, 1, 128)) : 1;
  return plan::Planner(std::move(e));
}

// ----------------------------------------------------------------------------------------------------------------------- jobs

Result<ResultPtr> SessionImpl::Select(const sql::Query& q) {
  plan::Planner planner = MakePlanner();
  auto buffer = std::make_shared<CollectBuffer>();
  RowType type;
  plan::JobPlan plan = TRY(planner.PlanQuery(q, MakeCollectSink(buffer), &type));
  // A query's rows go to one reader and can't be taken back, so it is not restarted either.
  plan.options.Erase("execution.checkpointing.interval");
  plan.options.Set("restart-strategy.type", "none");
  std::vector<ResultColumn> columns;
  for (size_t i = 0; i < type.size(); ++i) columns.push_back({type.names[i], type.types[i], ""});
  bool is_streaming = plan.streaming;
  job::JobSpec spec;
  spec.statement = sql::Print(q);
  job::JobManager& jobs = engine_.jobs();
  auto id_box = std::make_shared<std::string>();
  auto id_lock = std::make_shared<std::mutex>();
  buffer->abandoned = [&jobs, id_box, id_lock] {
    std::string id;
    { std::lock_guard lock(*id_lock); id = *id_box; }
    if (id.empty()) return false;
    Result<job::JobStatus> s = jobs.Get(id);
    return !s.ok() || s->state != job::JobState::kRunning;
  };
  std::string id = TRY(jobs.Submit(std::move(plan), std::move(spec)));
  { std::lock_guard lock(*id_lock); *id_box = id; }
  { std::lock_guard lock(queries_mutex_); query_jobs_.push_back(id); }
  return QueryResult(std::move(columns), std::move(buffer), jobs, id, is_streaming);
}

Result<ResultPtr> SessionImpl::Submit(PlannedJob job, std::string last_statement) {
  if (plan_only_) {
    planned_ = std::move(job.plan);
    return OkResult();
  }
  job::JobSpec spec;
  spec.statement = std::move(job.statement);
  spec.resubmission = Resubmission(last_statement);
  job::JobManager& jobs = engine_.jobs();
  std::string id = TRY(jobs.Submit(std::move(job.plan), std::move(spec)));
  if (TRY(Options().GetBoolean("table.dml-sync", false))) {
    for (;;) {
      std::optional<Status> s = jobs.WaitFor(id, std::chrono::milliseconds(100));
      if (s) {
        TRY(Status(*s));
        break;
      }
      if (interrupted_.exchange(false)) {
        (void)jobs.Cancel(id).ok();
        return Status::Cancelled("the statement was cancelled while it waited for its job " + id);
      }
    }
  }
  return JobResult(id);
}

Result<ResultPtr> SessionImpl::Insert(const std::vector<const sql::Insert*>& inserts) {
  plan::Planner planner = MakePlanner();
  PlannedJob job;
  job.plan = TRY(planner.PlanInserts(inserts));
  std::string text;
  if (inserts.size() == 1) {
    text = sql::Print(sql::Statement(*inserts[0]));
  } else {
    sql::StatementSet set;
    for (const sql::Insert* i : inserts) set.inserts.push_back(*i);
    text = sql::Print(sql::Statement(set));
  }
  job.statement = text;
  return Submit(std::move(job), text);
}

Result<ResultPtr> SessionImpl::CreateAs(const sql::CreateTable& c) {
  if (c.replace || c.create_or_replace) return Status::NotSupported("REPLACE TABLE").WithPosition(c.name.position);
  plan::Planner types = MakePlanner();
  RowType type = TRY(types.TypeOf(*c.query));
  table::CatalogTable t = TRY(BuildTable(c, ddl(), &type));
  table::TablePath path = TRY(catalogs_->Qualify(c.name));
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs_->CatalogOf(path.catalog));
  if (c.if_not_exists && catalog->GetTable({path.database, path.name}).ok()) return OkResult();
  TRY(CreateInCatalog(path, t, false, false));
  sql::Insert insert;
  insert.table = sql::Name::Of({path.catalog, path.database, path.name});
  insert.source = *c.query;
  Result<ResultPtr> r = Insert({&insert});
  if (!r.ok()) (void)catalog->DropTable({path.database, path.name}, true).ok();   // nothing half made
  return r;
}

Result<ResultPtr> SessionImpl::Explain(const sql::Explain& e) {
  plan::Planner planner = MakePlanner();
  RowType type;
  plan::JobPlan plan = TRY(std::visit(Visitor{
      [&](const sql::Query& q) { return planner.PlanQuery(q, MakeCollectSink(std::make_shared<CollectBuffer>()), &type); },
      [&](const sql::Insert& i) { return planner.PlanInserts({&i}); },
      [&](const sql::StatementSet& s) {
        std::vector<const sql::Insert*> all;
        for (const sql::Insert& i : s.inserts) all.push_back(&i);
        return planner.PlanInserts(all);
      },
  }, e.body));
  return TextResult({"result"}, {{plan::Explain(plan, e.changelog_mode)}});
}

Result<ResultPtr> SessionImpl::Run(const sql::StopJob& s) {
  if (s.with_drain && !s.with_savepoint) return Status::InvalidSql("WITH DRAIN could only be used after WITH SAVEPOINT.");
  if (!s.with_savepoint) {
    TRY(engine_.jobs().Cancel(s.job_id));
    return OkResult();
  }
  std::string dir = Options().Get("execution.checkpointing.savepoint-dir", Options().Get("state.savepoints.dir", ""));
  std::string path = TRY(engine_.jobs().Stop(s.job_id, dir, s.with_drain));
  return TextResult({"savepoint path"}, {{path}});
}

// --------------------------------------------------------------------------------------------------- what a restart needs to know

std::string SessionImpl::Resubmission(const std::string& last_statement) const {
  std::string script;
  auto add = [&](const std::string& s) { script += s + ";\n"; };
  config::OptionSet current = Options();
  for (const auto& [k, v] : current.values()) {
    if (k == "table.sql-dialect" || k == "execution.savepoint.path" || k == "execution.state-recovery.path") continue;
    add("SET " + sql::QuoteString(k) + " = " + sql::QuoteString(v));
  }
  for (const auto& [name, entry] : catalogs_->catalogs()) {
    if (name != "default_catalog") {
      std::string s = ShowCreateCatalog(name, entry);
      while (!s.empty() && s.back() == '\n') s.pop_back();
      add(s);
    }
    if (entry.catalog->type() != "generic_in_memory") continue;
    Result<std::vector<std::string>> dbs = entry.catalog->ListDatabases();
    if (!dbs.ok()) continue;
    std::vector<std::string> views;
    for (const std::string& db : *dbs) {
      add("CREATE DATABASE IF NOT EXISTS " + sql::QuoteName(name) + "." + sql::QuoteName(db));
      Result<std::vector<std::string>> tables = entry.catalog->ListTables(db);
      if (!tables.ok()) continue;
      for (const std::string& t : *tables) {
        Result<table::CatalogTable> table = entry.catalog->GetTable({db, t});
        if (!table.ok()) continue;
        if (table->is_view()) views.push_back(ShowCreateView({name, db, t}, *table, false));
        else add(std::string(Trim(ShowCreateTable({name, db, t}, *table, false))));
      }
    }
    for (const std::string& v : views) add(std::string(Trim(v)));
  }
  for (const auto& [path, t] : catalogs_->temporary())
    add(std::string(Trim(t.is_view() ? ShowCreateView(path, t, true) : ShowCreateTable(path, t, true))));
  add("USE CATALOG " + sql::QuoteName(catalogs_->current_catalog()));
  add("USE " + sql::QuoteName(catalogs_->current_database()));
  add(last_statement);
  return script;
}

Result<plan::JobPlan> SessionImpl::Replay(const std::string& script) {
  std::vector<sql::ScriptPart> parts = sql::SplitScript(script);
  if (parts.empty()) return Status::Corrupt("the job's record holds no statement");
  // A view may stand before the view that it reads: go round until nothing new succeeds.
  std::vector<std::string> waiting;
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    Result<ResultPtr> r = Execute(parts[i].text, {});
    if (r.ok() || r.status().code() == StatusCode::kAlreadyExists) continue;
    waiting.emplace_back(parts[i].text);
  }
  for (size_t round = 0; round < waiting.size() + 1 && !waiting.empty(); ++round) {
    std::vector<std::string> still;
    for (const std::string& w : waiting) if (!Execute(w, {}).ok()) still.push_back(w);
    if (still.size() == waiting.size()) break;
    waiting = std::move(still);
  }
  plan_only_ = true;
  Result<ResultPtr> r = Execute(parts.back().text, {});
  plan_only_ = false;
  if (!r.ok()) return std::move(r).status();
  if (!planned_) return Status::Corrupt("the job's record ends in a statement that makes no job");
  return std::move(*planned_);
}

// --------------------------------------------------------------------------------------------------------------------- entry

Result<ResultPtr> SessionImpl::Run(const sql::Statement& s, std::string_view) {
  if (in_statement_set_ && !s.As<sql::Insert>() && !s.As<sql::EndStatementSet>())
    return Status::InvalidSql("Only INSERT statement is allowed in Statement Set or use 'END' to end Statement Set.").WithPosition(s.position);
  return std::visit(Visitor{
      [&](const sql::Query& q) { return Select(q); },
      [&](const sql::Insert& i) -> Result<ResultPtr> {
        if (!in_statement_set_) return Insert({&i});
        statement_set_.push_back(i);
        return OkResult();
      },
      [&](const sql::StatementSet& set) -> Result<ResultPtr> {
        std::vector<const sql::Insert*> all;
        for (const sql::Insert& i : set.inserts) all.push_back(&i);
        if (all.empty()) return Status::InvalidSql("NO INSERT statement in Statement Set.").WithPosition(s.position);
        return Insert(all);
      },
      [&](const sql::BeginStatementSet&) -> Result<ResultPtr> {
        in_statement_set_ = true;
        statement_set_.clear();
        return OkResult();
      },
      [&](const sql::EndStatementSet&) -> Result<ResultPtr> {
        if (!in_statement_set_) return Status::InvalidSql("No Statement Set to submit. 'END' statement should be used after 'BEGIN STATEMENT SET'.").WithPosition(s.position);
        in_statement_set_ = false;
        if (statement_set_.empty()) return OkResult();
        std::vector<sql::Insert> set = std::move(statement_set_);
        statement_set_.clear();
        std::vector<const sql::Insert*> all;
        for (const sql::Insert& i : set) all.push_back(&i);
        return Insert(all);
      },
      [&](const sql::Explain& e) { return Explain(e); },
      [&](const sql::Execute& e) -> Result<ResultPtr> {
        if (const auto* q = std::get_if<sql::Query>(&e.body)) return Select(*q);
        return Insert({&std::get<sql::Insert>(e.body)});
      },
      [&](const sql::CompilePlan&) -> Result<ResultPtr> { return Lacks("COMPILE PLAN", s); },
      [&](const sql::ExecutePlan&) -> Result<ResultPtr> { return Lacks("EXECUTE PLAN", s); },
      [&](const sql::CreateTable& c) -> Result<ResultPtr> { return c.query ? CreateAs(c) : Create(c); },
      [&](const sql::AlterTable& a) { return Alter(a); },
      [&](const sql::CreateCatalog& c) -> Result<ResultPtr> {
        config::OptionSet o;
        for (const sql::Option& option : c.options) o.Set(option.key, option.value);
        TRY(catalogs_->CreateCatalog(c.name.name, o, c.comment.value_or(""), c.if_not_exists));
        return OkResult();
      },
      [&](const sql::AlterCatalog& a) { return Alter(a); },
      [&](const sql::CreateDatabase& c) { return Create(c); },
      [&](const sql::AlterDatabase& a) { return Alter(a); },
      [&](const sql::CreateView& c) { return Create(c); },
      [&](const sql::AlterView& a) { return Alter(a); },
      [&](const sql::CreateFunction& c) { return Create(c); },
      [&](const sql::AlterFunction& a) { return Alter(a); },
      [&](const sql::CreateMaterializedTable&) -> Result<ResultPtr> { return Lacks("materialized tables", s); },
      [&](const sql::AlterMaterializedTable&) -> Result<ResultPtr> { return Lacks("materialized tables", s); },
      [&](const sql::CreateModel&) -> Result<ResultPtr> { return Lacks("models", s); },
      [&](const sql::Drop& d) { return Run(d); },
      [&](const sql::LoadModule& m) -> Result<ResultPtr> { return Lacks("LOAD MODULE " + m.name.name, s); },
      [&](const sql::UnloadModule& m) -> Result<ResultPtr> {
        auto it = std::find_if(modules_.begin(), modules_.end(), [&](const auto& x) { return x.first == m.name.name; });
        if (it == modules_.end()) return Status::NotFound("No module with name '" + m.name.name + "' exists").WithPosition(m.name.position);
        return Lacks("UNLOAD MODULE " + m.name.name, s);
      },
      [&](const sql::UseCatalog& u) -> Result<ResultPtr> {
        TRY(catalogs_->UseCatalog(u.name.name));
        return OkResult();
      },
      [&](const sql::UseDatabase& u) -> Result<ResultPtr> {
        TRY(catalogs_->UseDatabase(u.name));
        return OkResult();
      },
      [&](const sql::UseModules& u) -> Result<ResultPtr> {
        for (const sql::Identifier& m : u.modules)
          if (std::none_of(modules_.begin(), modules_.end(), [&](const auto& x) { return x.first == m.name; }))
            return Status::NotFound("No module with name '" + m.name + "' exists").WithPosition(m.position);
        return OkResult();
      },
      [&](const sql::Show& x) { return Run(x); },
      [&](const sql::Describe& d) { return Run(d); },
      [&](const sql::Update&) -> Result<ResultPtr> {
        if (streaming()) return Status::InvalidSql("UPDATE statement is not supported for streaming mode now.").WithPosition(s.position);
        return Lacks("UPDATE", s);
      },
      [&](const sql::Delete&) -> Result<ResultPtr> {
        if (streaming()) return Status::InvalidSql("DELETE statement is not supported for streaming mode now.").WithPosition(s.position);
        return Lacks("DELETE", s);
      },
      [&](const sql::TruncateTable&) -> Result<ResultPtr> {
        if (streaming()) return Status::InvalidSql("TRUNCATE TABLE statement is not supported for streaming mode.").WithPosition(s.position);
        return Lacks("TRUNCATE TABLE", s);
      },
      [&](const sql::AnalyzeTable&) -> Result<ResultPtr> {
        if (streaming()) return Status::InvalidSql("ANALYZE TABLE is not supported for streaming mode now").WithPosition(s.position);
        return Lacks("ANALYZE TABLE", s);
      },
      [&](const sql::StopJob& j) { return Run(j); },
      [&](const sql::CallProcedure& c) -> Result<ResultPtr> { return CallProcedure(*catalogs_, c); },
      [&](const sql::SetOption& o) { return Set(o); },
      [&](const sql::ResetOption& r) -> Result<ResultPtr> {
        if (!r.key) {
          options_ = properties_;
        } else if (auto it = properties_.find(*r.key); it != properties_.end()) {
          options_[*r.key] = it->second;
        } else {
          options_.erase(*r.key);
        }
        ShowOptions();
        return OkResult();
      },
      [&](const sql::AddJar& j) -> Result<ResultPtr> { return Lacks("ADD JAR: Tarn runs no Java; " + j.path, s); },
      [&](const sql::RemoveJar&) -> Result<ResultPtr> { return Lacks("REMOVE JAR", s); },
      [&](const sql::ClientCommand&) -> Result<ResultPtr> { return Status::InvalidSql("this is a command of the interactive client").WithPosition(s.position); },
  }, s.node);
}

Result<ResultPtr> SessionImpl::Execute(std::string_view text, const std::map<std::string, std::string>& execution_config) {
  std::lock_guard lock(mutex_);
  interrupted_ = false;
  overlay_ = execution_config;
  sql::ParseOptions parse;
  if (EqualsIgnoreCase(Options().Get("table.sql-dialect", "default"), "hive")) parse.dialect = sql::Dialect::kHive;
  sql::Statement s = TRY(sql::ParseStatement(text, parse));
  Result<ResultPtr> r = Run(s, text);
  overlay_.clear();
  return r;
}

Status SessionImpl::Configure(std::string_view text) {
  sql::ParseOptions parse;
  if (EqualsIgnoreCase(Options().Get("table.sql-dialect", "default"), "hive")) parse.dialect = sql::Dialect::kHive;
  sql::Statement s = TRY(sql::ParseStatement(text, parse));
  bool fits = s.As<sql::CreateCatalog>() || s.As<sql::AlterCatalog>() || s.As<sql::CreateDatabase>() || s.As<sql::AlterDatabase>() || s.As<sql::AlterTable>() ||
              s.As<sql::CreateView>() || s.As<sql::AlterView>() || s.As<sql::CreateFunction>() || s.As<sql::AlterFunction>() || s.As<sql::Drop>() ||
              s.As<sql::UseCatalog>() || s.As<sql::UseDatabase>() || s.As<sql::UseModules>() || s.As<sql::LoadModule>() || s.As<sql::UnloadModule>() ||
              s.As<sql::SetOption>() || s.As<sql::ResetOption>() || s.As<sql::AddJar>();
  if (const auto* c = s.As<sql::CreateTable>()) fits = !c->query;
  if (!fits)
    return Status::InvalidSql("Unsupported statement for configuring session:" + std::string(text) + "\nThe configuration statement must be CREATE/DROP/ALTER, USE, SET, RESET, LOAD, UNLOAD or ADD JAR.");
  TRY(Execute(text, {}));
  return Status::OK();
}

Status SessionImpl::Close() {
  std::vector<std::string> queries;
  {
    std::lock_guard lock(queries_mutex_);
    queries.swap(query_jobs_);
  }
  for (const std::string& id : queries)
    if (!engine_.jobs().WaitFor(id, std::chrono::milliseconds(0))) (void)engine_.jobs().Cancel(id).ok();
  return Status::OK();
}

}  // namespace tarn::session
