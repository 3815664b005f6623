// A client of the SQL Gateway protocol: one session, statements, pages of rows handed to a sink as they come.
// Speaks to Tarn and to Apache Flink alike. Threads: one; the interrupt flag may be set by a signal handler.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/sql_transport.h"
#include "base/status.h"
#include "types/logical_type.h"

namespace tarn::app {

struct ClientColumn {
  std::string name;
  types::LogicalType type;
};

struct ResultHead {
  std::vector<ClientColumn> columns;
  bool is_query = false;
  bool streaming = false;      // show what each row does
  bool success_only = false;   // one row OK
  bool synchronous = false;    // table.dml-sync: a submission answers when its job has ended
  std::string job_id;
  bool is_submission() const { return !is_query && columns.size() == 1 && columns[0].name == "job id" && !job_id.empty(); }
};

// What a statement's rows go to. Cells are JSON slices: strings in PLAIN_TEXT form when plain() is true, JSON values otherwise.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual bool plain() const = 0;
  virtual void OnHead(const ResultHead& head) = 0;
  virtual void OnRow(std::string_view kind, const std::vector<std::string_view>& cells) = 0;   // kind: "INSERT" ...
  virtual void OnPage() {}                               // rows so far may be shown
  virtual void OnEnd(bool interrupted, double seconds) = 0;
};

class SqlClient {
 public:
  static Result<std::unique_ptr<SqlClient>> Open(SqlTransport& transport, const std::map<std::string, std::string>& properties);
  ~SqlClient();
  // Runs one statement to its end, or until `interrupted` turns true: then the query is cancelled, and that is no error.
  Status Execute(std::string_view statement, RowSink& sink, const std::atomic<bool>& interrupted);
  Result<std::vector<std::string>> Complete(const std::string& statement, size_t position);
  Result<std::map<std::string, std::string>> Properties();
  std::string last_job_id() const { return last_job_id_; }

 private:
  SqlClient(SqlTransport& transport) : transport_(transport) {}
  Result<std::string> Call(const std::string& method, const std::string& target, const std::string& body, net::HttpResponse* whole = nullptr);
  void CloseOperation(const std::string& operation);
  SqlTransport& transport_;
  std::string session_, last_job_id_;
};

// Error answers of a gateway, Tarn's or Flink's, as a Status.
Status StatusOf(const net::HttpResponse& response);
types::LogicalType LogicalTypeFromJson(std::string_view json);

}  // namespace tarn::app
