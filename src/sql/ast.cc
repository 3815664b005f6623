#include "sql/ast.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace tarn::sql {

#define TARN_SQL_VALUE(T)                        \
  T::T(const T&) = default;                      \
  T::T(T&&) noexcept = default;                  \
  T& T::operator=(const T&) = default;           \
  T& T::operator=(T&&) noexcept = default;       \
  T::~T() = default;

DataType::DataType() = default;
DataType::DataType(TypeKind k) : kind(k) {}
TARN_SQL_VALUE(DataType)
bool DataType::operator==(const DataType&) const = default;

Expr::Expr() = default;
Expr::Expr(Node n, Position p) : node(std::move(n)), position(p) {}
TARN_SQL_VALUE(Expr)
bool Expr::operator==(const Expr&) const = default;

Query::Query() = default;
Query::Query(Body b, Position p) : body(std::move(b)), position(p) {}
TARN_SQL_VALUE(Query)
bool Query::operator==(const Query&) const = default;

TableRef::TableRef() = default;
TableRef::TableRef(Node n, Position p) : node(std::move(n)), position(p) {}
TARN_SQL_VALUE(TableRef)
bool TableRef::operator==(const TableRef&) const = default;

Statement::Statement() : node(ClientCommand{ClientCommandKind::kQuit}) {}
Statement::Statement(Node n, Position p) : node(std::move(n)), position(p) {}
TARN_SQL_VALUE(Statement)
bool Statement::operator==(const Statement&) const = default;

#undef TARN_SQL_VALUE

std::vector<std::string> Name::Strings() const {
  std::vector<std::string> out;
  out.reserve(parts.size());
  for (const Identifier& part : parts) out.push_back(part.name);
  return out;
}

std::string Name::ToString() const {
  std::vector<std::string> strings = Strings();
  return Join(strings, ".");
}

Name Name::Of(std::vector<std::string> parts) {
  Name name;
  for (std::string& part : parts) name.parts.push_back({std::move(part), {}});
  return name;
}

namespace {
constexpr std::array<std::pair<TimeUnit, std::string_view>, 19> kTimeUnits = {{
    {TimeUnit::kYear, "YEAR"}, {TimeUnit::kQuarter, "QUARTER"}, {TimeUnit::kMonth, "MONTH"}, {TimeUnit::kWeek, "WEEK"},
    {TimeUnit::kDay, "DAY"}, {TimeUnit::kHour, "HOUR"}, {TimeUnit::kMinute, "MINUTE"}, {TimeUnit::kSecond, "SECOND"},
    {TimeUnit::kMillisecond, "MILLISECOND"}, {TimeUnit::kMicrosecond, "MICROSECOND"}, {TimeUnit::kNanosecond, "NANOSECOND"},
    {TimeUnit::kDow, "DOW"}, {TimeUnit::kIsodow, "ISODOW"}, {TimeUnit::kDoy, "DOY"}, {TimeUnit::kIsoyear, "ISOYEAR"},
    {TimeUnit::kEpoch, "EPOCH"}, {TimeUnit::kDecade, "DECADE"}, {TimeUnit::kCentury, "CENTURY"},
    {TimeUnit::kMillennium, "MILLENNIUM"},
}};
}  // namespace

std::string_view TimeUnitName(TimeUnit unit) {
  for (const auto& [u, name] : kTimeUnits) {
    if (u == unit) return name;
  }
  return "";
}

std::optional<TimeUnit> TimeUnitFromName(std::string_view name) {
  std::string upper = ToUpper(name);
  for (const auto& [u, n] : kTimeUnits) {
    if (upper == n) return u;
  }
  if (upper.size() > 1 && upper.back() == 'S') {   // DAYS, MINUTES
    upper.pop_back();
    for (const auto& [u, n] : kTimeUnits) {
      if (upper == n && u <= TimeUnit::kSecond) return u;
    }
  }
  return std::nullopt;
}

namespace {

std::string_view ObjectWord(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::kCatalog: return "CATALOG";
    case ObjectKind::kDatabase: return "DATABASE";
    case ObjectKind::kTable: return "TABLE";
    case ObjectKind::kView: return "VIEW";
    case ObjectKind::kFunction: return "FUNCTION";
    case ObjectKind::kMaterializedTable: return "MATERIALIZED TABLE";
    case ObjectKind::kModel: return "MODEL";
  }
  return "";
}

std::string_view ShowWord(ShowKind kind) {
  switch (kind) {
    case ShowKind::kCatalogs: return "CATALOGS";
    case ShowKind::kCurrentCatalog: return "CURRENT CATALOG";
    case ShowKind::kCreateCatalog: return "CREATE CATALOG";
    case ShowKind::kDatabases: return "DATABASES";
    case ShowKind::kCurrentDatabase: return "CURRENT DATABASE";
    case ShowKind::kTables: return "TABLES";
    case ShowKind::kViews: return "VIEWS";
    case ShowKind::kColumns: return "COLUMNS";
    case ShowKind::kPartitions: return "PARTITIONS";
    case ShowKind::kCreateTable: return "CREATE TABLE";
    case ShowKind::kCreateView: return "CREATE VIEW";
    case ShowKind::kFunctions: return "FUNCTIONS";
    case ShowKind::kUserFunctions: return "USER FUNCTIONS";
    case ShowKind::kProcedures: return "PROCEDURES";
    case ShowKind::kModules: return "MODULES";
    case ShowKind::kFullModules: return "FULL MODULES";
    case ShowKind::kJars: return "JARS";
    case ShowKind::kJobs: return "JOBS";
    case ShowKind::kMaterializedTables: return "MATERIALIZED TABLES";
    case ShowKind::kModels: return "MODELS";
    case ShowKind::kCreateDatabase: return "CREATE DATABASE";
    case ShowKind::kTableProperties: return "TBLPROPERTIES";
  }
  return "";
}

// One overload a node: the compiler names what is missing.
struct KindName {
  std::string operator()(const Query&) const { return "SELECT"; }
  std::string operator()(const Insert& s) const { return s.overwrite ? "INSERT OVERWRITE" : "INSERT INTO"; }
  std::string operator()(const StatementSet&) const { return "EXECUTE STATEMENT SET"; }
  std::string operator()(const BeginStatementSet&) const { return "BEGIN STATEMENT SET"; }
  std::string operator()(const EndStatementSet&) const { return "END"; }
  std::string operator()(const Explain&) const { return "EXPLAIN"; }
  std::string operator()(const Execute&) const { return "EXECUTE"; }
  std::string operator()(const CompilePlan& s) const { return s.and_execute ? "COMPILE AND EXECUTE PLAN" : "COMPILE PLAN"; }
  std::string operator()(const ExecutePlan&) const { return "EXECUTE PLAN"; }
  std::string operator()(const CreateTable& s) const {
    return s.create_or_replace ? "CREATE OR REPLACE TABLE" : s.replace ? "REPLACE TABLE" : "CREATE TABLE";
  }
  std::string operator()(const AlterTable&) const { return "ALTER TABLE"; }
  std::string operator()(const CreateCatalog&) const { return "CREATE CATALOG"; }
  std::string operator()(const AlterCatalog&) const { return "ALTER CATALOG"; }
  std::string operator()(const CreateDatabase&) const { return "CREATE DATABASE"; }
  std::string operator()(const AlterDatabase&) const { return "ALTER DATABASE"; }
  std::string operator()(const CreateView&) const { return "CREATE VIEW"; }
  std::string operator()(const AlterView&) const { return "ALTER VIEW"; }
  std::string operator()(const CreateFunction&) const { return "CREATE FUNCTION"; }
  std::string operator()(const AlterFunction&) const { return "ALTER FUNCTION"; }
  std::string operator()(const CreateMaterializedTable&) const { return "CREATE MATERIALIZED TABLE"; }
  std::string operator()(const AlterMaterializedTable&) const { return "ALTER MATERIALIZED TABLE"; }
  std::string operator()(const CreateModel&) const { return "CREATE MODEL"; }
  std::string operator()(const Drop& s) const { return "DROP " + std::string(ObjectWord(s.kind)); }
  std::string operator()(const LoadModule&) const { return "LOAD MODULE"; }
  std::string operator()(const UnloadModule&) const { return "UNLOAD MODULE"; }
  std::string operator()(const UseCatalog&) const { return "USE CATALOG"; }
  std::string operator()(const UseDatabase&) const { return "USE"; }
  std::string operator()(const UseModules&) const { return "USE MODULES"; }
  std::string operator()(const Show& s) const { return "SHOW " + std::string(ShowWord(s.kind)); }
  std::string operator()(const Describe& s) const {
    switch (s.kind) {
      case DescribeKind::kTable: return "DESCRIBE";
      case DescribeKind::kCatalog: return "DESCRIBE CATALOG";
      case DescribeKind::kJob: return "DESCRIBE JOB";
      case DescribeKind::kDatabase: return "DESCRIBE DATABASE";
      case DescribeKind::kFunction: return "DESCRIBE FUNCTION";
    }
    return "";
  }
  std::string operator()(const Update&) const { return "UPDATE"; }
  std::string operator()(const Delete&) const { return "DELETE"; }
  std::string operator()(const TruncateTable&) const { return "TRUNCATE TABLE"; }
  std::string operator()(const AnalyzeTable&) const { return "ANALYZE TABLE"; }
  std::string operator()(const StopJob&) const { return "STOP JOB"; }
  std::string operator()(const CallProcedure&) const { return "CALL"; }
  std::string operator()(const SetOption&) const { return "SET"; }
  std::string operator()(const ResetOption&) const { return "RESET"; }
  std::string operator()(const AddJar&) const { return "ADD JAR"; }
  std::string operator()(const RemoveJar&) const { return "REMOVE JAR"; }
  std::string operator()(const ClientCommand& s) const {
    switch (s.kind) {
      case ClientCommandKind::kHelp: return "HELP";
      case ClientCommandKind::kClear: return "CLEAR";
      case ClientCommandKind::kQuit: return "QUIT";
    }
    return "";
  }
};

}  // namespace

std::vector<TableConstraint> AllConstraints(const CreateTable& table) {
  std::vector<TableConstraint> all;
  for (const ColumnDefinition& column : table.columns) {
    const PhysicalColumn* physical = std::get_if<PhysicalColumn>(&column.kind);
    if (!physical || !physical->constraint) continue;
    all.push_back(*physical->constraint);
    all.back().columns = {column.name};
  }
  all.insert(all.end(), table.constraints.begin(), table.constraints.end());
  return all;
}

std::string StatementKindName(const Statement& statement) { return std::visit(KindName{}, statement.node); }

}  // namespace tarn::sql
