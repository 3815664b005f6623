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

std::string Name::ToString() const { return Join(Strings(), "."); }

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

}  // namespace tarn::sql
