// A table's columns: physical, computed and metadata columns, watermark, primary key (Flink's ResolvedSchema).
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "types/logical_type.h"

namespace tarn::types {

struct Column {
  enum class Kind { kPhysical, kComputed, kMetadata };
  std::string name;
  LogicalType type;
  Kind kind = Kind::kPhysical;
  std::string comment;
  std::string expression;                    // kComputed: canonical text, "`price` * `qty`"
  std::optional<std::string> metadata_key;   // kMetadata: FROM 'key', absent: the column's own name
  bool is_virtual = false;                   // kMetadata: not written
  const std::string& metadata_name() const { return metadata_key ? *metadata_key : name; }
  bool operator==(const Column&) const = default;
};

struct WatermarkSpec {
  std::string column;       // rowtime column, top level
  std::string expression;   // canonical text, "`ts` - INTERVAL '5' SECOND"
  LogicalType type;         // type of the expression
  bool operator==(const WatermarkSpec&) const = default;
};

struct PrimaryKey {
  std::string name;
  std::vector<std::string> columns;
  bool operator==(const PrimaryKey&) const = default;
};

struct Schema {
  std::vector<Column> columns;
  std::optional<WatermarkSpec> watermark;
  std::optional<PrimaryKey> primary_key;
  int IndexOf(std::string_view name) const;   // -1: none
  std::vector<std::string> Names() const;
  bool operator==(const Schema&) const = default;
};

}  // namespace tarn::types
