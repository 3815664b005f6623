// What search sees of a table, database or function: its texts by field, and what a result shows of it.
//
// Threads: values. Left out on purpose: numbers that change by themselves (statistics, times) and very long property values.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "wire/hms_types.h"

namespace tarn::metastore::search {

enum class Kind : uint8_t { kTable, kView, kDatabase, kFunction };
const char* KindName(Kind kind);

// In the order of their weight.
enum class Field : uint8_t { kName, kColumn, kDatabase, kComment, kOwner, kFormat, kLocation, kProperty };
inline constexpr int kFields = 8;
const char* FieldName(Field field);

// The parts that filters compare whole.
enum class Label : uint8_t { kCatalog, kDatabase, kOwner, kFormat, kKind };
inline constexpr int kLabels = 5;

struct Document {
  Kind kind = Kind::kTable;
  int64_t id = 0;                                 // of a table or a database
  std::string catalog, database, name;            // a database's own name is `name`
  std::string owner, location, format, comment, type;
  const wire::Table* table = nullptr;             // borrowed: whose columns and properties these are
  const wire::Database* db = nullptr;
  const wire::Function* function = nullptr;
};

Document DocumentOf(const wire::Table& table, int64_t id, std::string catalog, std::string database);
Document DocumentOf(const wire::Database& db, int64_t id, std::string catalog);
Document DocumentOf(const wire::Function& function, std::string catalog, std::string database);

// Every text to be searched. `note` says more of it for a snippet: a column's type and comment, a property's value.
using OnText = std::function<void(Field field, std::string_view text, std::string_view note)>;
void EachText(const Document& d, const OnText& on_text);
std::string LabelOf(const Document& d, Label label);   // lower case

// "parquet", "orc", "text", "iceberg", "kafka" (a Flink table: its connector), ...; "" when it can't be told.
std::string FormatOf(const wire::Table& table);

}  // namespace tarn::metastore::search
