// Contract of a catalog's procedures: what CALL catalog.database.name(...) runs. A catalog that has some derives from this as well.
//
// Threads: any; implementations lock. Errors: kNotFound names the procedure; kInvalidSql its arguments.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"

namespace tarn::table {

using ProcedureValue = std::variant<std::monostate, std::string, int64_t, double, bool>;   // monostate: NULL
struct ProcedureArgument {
  std::string name;            // of name => value; "" : by position
  ProcedureValue value;
};
struct ProcedureColumn {
  enum Type { kString, kDouble };
  std::string name;
  Type type = kString;
};
struct ProcedureResult {
  std::vector<ProcedureColumn> columns;
  std::vector<std::vector<ProcedureValue>> rows;
};

class Procedures {
 public:
  virtual ~Procedures() = default;
  // Names as CALL takes them after the catalog: "find" in the database that holds it, "sys.find" seen from another.
  virtual Result<std::vector<std::string>> ListProcedures(const std::string& database) = 0;
  virtual Result<ProcedureResult> CallProcedure(const std::string& database, const std::string& name, const std::vector<ProcedureArgument>& arguments) = 0;
};

}  // namespace tarn::table
