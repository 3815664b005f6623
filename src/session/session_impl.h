// The session behind session.h, split by kind of statement: session.cc (entry, SET, jobs), session_ddl.cc, session_show.cc.
// Threads: Execute holds mutex_ for a whole statement, the wait of table.dml-sync included; EffectiveConfig does not need it, so that a
// client can ask while a statement waits.
#pragma once

#include <atomic>
#include <mutex>

#include "session/catalog_manager.h"
#include "session/ddl.h"
#include "session/results.h"
#include "session/session.h"
#include "sql/parser.h"

namespace tarn::session {

using ResultPtr = std::unique_ptr<ResultSet>;

// What a statement that makes a job comes to, before it is submitted.
struct PlannedJob {
  plan::JobPlan plan;
  std::string statement;
};

class SessionImpl final : public Session {
 public:
  SessionImpl(Engine& engine, std::map<std::string, std::string> properties);
  Status Init();

  Result<ResultPtr> Execute(std::string_view statement, const std::map<std::string, std::string>& execution_config) override;
  Status Configure(std::string_view statement) override;
  Result<std::vector<std::string>> Complete(std::string_view statement, int position) override;
  std::map<std::string, std::string> EffectiveConfig() override;
  std::string time_zone() override;
  void Interrupt() override { interrupted_ = true; }
  Status Close() override;

  // For recovery: runs a script whose last statement is an INSERT or a statement set, and plans that one.
  Result<plan::JobPlan> Replay(const std::string& script);

 private:
  friend struct StatementRunner;
  Result<ResultPtr> Run(const sql::Statement& s, std::string_view text);

  // session_ddl.cc
  Result<ResultPtr> Create(const sql::CreateTable& c);
  Result<ResultPtr> Create(const sql::CreateView& c);
  Result<ResultPtr> Create(const sql::CreateDatabase& c);
  Result<ResultPtr> Create(const sql::CreateFunction& c);
  Result<ResultPtr> Alter(const sql::AlterTable& a);
  Result<ResultPtr> Alter(const sql::AlterView& a);
  Result<ResultPtr> Alter(const sql::AlterDatabase& a);
  Result<ResultPtr> Alter(const sql::AlterCatalog& a);
  Result<ResultPtr> Alter(const sql::AlterFunction& a);
  Result<ResultPtr> Run(const sql::Drop& d);
  Status CreateInCatalog(const table::TablePath& path, const table::CatalogTable& t, bool temporary, bool if_not_exists);

  // session_show.cc
  Result<ResultPtr> Run(const sql::Show& s);
  Result<ResultPtr> Run(const sql::Describe& d);
  Result<ResultPtr> DescribeTable(const plan::ResolvedTable& t);

  // session.cc
  Result<ResultPtr> Set(const sql::SetOption& s);
  Result<ResultPtr> Select(const sql::Query& q);
  Result<ResultPtr> Submit(PlannedJob job, std::string resubmission_tail);
  Result<ResultPtr> Insert(const std::vector<const sql::Insert*>& inserts);
  Result<ResultPtr> CreateAs(const sql::CreateTable& c);
  Result<ResultPtr> Explain(const sql::Explain& e);
  Result<ResultPtr> Run(const sql::StopJob& s);
  std::string Resubmission(const std::string& last_statement) const;

  config::OptionSet Options() const;      // session options and this statement's overlay
  void ShowOptions();                     // after every change of options_
  bool streaming() const;
  DdlContext ddl() { return {catalogs_.get(), &engine_.registry(), Options()}; }
  plan::Planner MakePlanner();

  Engine& engine_;
  std::mutex mutex_;
  std::map<std::string, std::string> properties_;   // as opened; RESET goes back to these
  std::map<std::string, std::string> options_;      // SET
  std::map<std::string, std::string> overlay_;      // execution_config of the running statement
  std::unique_ptr<CatalogManager> catalogs_;
  std::vector<sql::Insert> statement_set_;
  bool in_statement_set_ = false;
  bool plan_only_ = false;                          // Replay's last statement
  std::optional<plan::JobPlan> planned_;
  std::vector<std::string> jars_;
  std::vector<std::pair<std::string, bool>> modules_{{"core", true}};
  std::mutex shown_mutex_;
  std::map<std::string, std::string> shown_options_;   // what EffectiveConfig tells
  std::atomic<bool> interrupted_{false};
  std::mutex queries_mutex_;
  std::vector<std::string> query_jobs_;             // to cancel at Close
};

}  // namespace tarn::session
