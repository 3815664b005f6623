// One user's session: its options, current catalog and temporary objects; statements in, result sets out. And the engine
// that a process has once: registry, own catalogs, jobs.
//
// Engine:    made once by app (server or embedded tarn sql), before any session; destroyed after all of them.
// Session:   Execute and Configure run one at a time (the session's lock); Interrupt, EffectiveConfig, Complete from any thread.
//            Close cancels the jobs of its queries (SELECT) and leaves its INSERT jobs running.
// ResultSet: one reader at a time. Cancel from any thread. Destroying it cancels a query's job, never an INSERT's.
// Errors:    Status with the codes of base/status.h; InvalidSql carries a position in the statement's text where there is one;
//            premature end of input says `Encountered "<EOF>"` in its message, as Flink does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "batch/batch.h"
#include "types/logical_type.h"

namespace tarn::table { class Registry; }
namespace tarn::job { class JobManager; }

namespace tarn::session {

struct ResultColumn {
  std::string name;
  types::LogicalType type;
  std::string comment;   // "" : none
};

// kSuccess: DDL, SET, USE: one column `result`, one row OK.
enum class ResultKind { kSuccess, kSuccessWithContent };

class ResultSet {
 public:
  virtual ~ResultSet() = default;
  virtual const std::vector<ResultColumn>& columns() const = 0;
  virtual ResultKind kind() const = 0;
  virtual bool is_query() const = 0;          // SELECT, VALUES, TABLE ...: rows that a job makes
  virtual bool is_streaming() const = 0;      // a query run in streaming mode: show the op column
  virtual std::string job_id() const = 0;     // 32 hex digits; "" where no job exists
  // Waits up to wait_ms for rows. An empty batch: nothing yet. nullopt: the end. A failed job: its Status, again on every call.
  virtual Result<std::optional<Batch>> Next(int64_t wait_ms) = 0;
  virtual void Cancel() = 0;                  // stops the query's job; a waiting Next returns soon with kCancelled or the end
};

struct EngineOptions {
  std::string data_dir;                       // "" : nothing is kept (checkpoints go to a scratch directory)
  std::string own_metastore_uri;              // thrift://127.0.0.1:port, or "" when there is none
  int64_t memory_limit_bytes = 0;             // tarn.memory.limit; 0: a share of the machine's
  std::map<std::string, std::string> session_defaults;   // options that every new session starts with
  std::function<Status(table::Registry&)> register_plugs;   // app hands in plug::RegisterAll
  bool recover_jobs = false;                  // bring back the jobs that ran when the last process ended
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> Start(EngineOptions options);
  virtual ~Engine() = default;
  virtual table::Registry& registry() = 0;
  virtual job::JobManager& jobs() = 0;
  virtual const EngineOptions& options() const = 0;
  // drain: running jobs take a last checkpoint, from which the next start brings them back. Afterwards nothing runs.
  virtual Status Shutdown(bool drain) = 0;
};

class Session {
 public:
  static Result<std::shared_ptr<Session>> Open(Engine& engine, const std::map<std::string, std::string>& properties);
  virtual ~Session() = default;
  // One statement, trailing ';' allowed. execution_config overlays the session's options for this statement.
  virtual Result<std::unique_ptr<ResultSet>> Execute(std::string_view statement, const std::map<std::string, std::string>& execution_config) = 0;
  // The statements that the gateway's configure-session takes; others: kInvalidSql.
  virtual Status Configure(std::string_view statement) = 0;
  virtual Result<std::vector<std::string>> Complete(std::string_view statement, int position) = 0;
  virtual std::map<std::string, std::string> EffectiveConfig() = 0;
  virtual std::string time_zone() = 0;        // an IANA id or GMT+hh:mm: how TIMESTAMP_LTZ is shown
  virtual void Interrupt() = 0;               // an Execute in progress (waiting for table.dml-sync, say) returns kCancelled soon
  virtual Status Close() = 0;
};

}  // namespace tarn::session
