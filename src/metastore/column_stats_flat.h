// Column statistics of any kind in one shape, so that merging and aggregating is written once.
// Threads: values.
#pragma once

#include <optional>
#include <string>

#include "wire/hms_types.h"

namespace tarn::metastore {

// The low or high end of a column's values: a number, days, seconds, or a decimal.
struct StatsEdge {
  int64_t whole = 0;                  // kLong, kDate, kTimestamp
  double real = 0;                    // kDouble
  wire::Decimal decimal;              // kDecimal
};

struct FlatStats {
  enum Kind : uint8_t { kNone, kBool, kLong, kDouble, kString, kBinary, kDecimal, kDate, kTimestamp } kind = kNone;
  std::optional<StatsEdge> low, high;
  int64_t nulls = 0, distinct = 0, trues = 0, falses = 0, longest = 0;
  double mean_length = 0;
  std::string bit_vectors, histogram;   // empty: none

  static FlatStats From(const wire::ColumnStatisticsData& data);
  wire::ColumnStatisticsData Data() const;
  bool has_edges() const { return kind == kLong || kind == kDouble || kind == kDecimal || kind == kDate || kind == kTimestamp; }
  bool whole() const { return kind == kLong || kind == kDate || kind == kTimestamp; }
  bool has_distinct() const { return has_edges() || kind == kString; }

  // Less than, equal to, greater than zero.
  int Compare(const StatsEdge& a, const StatsEdge& b) const;
  double Real(const StatsEdge& e) const;
  double Distance(const StatsEdge& low, const StatsEdge& high) const;   // exact for whole numbers before it becomes a double
  StatsEdge FromReal(double v) const;
};

// Big-endian two's complement with a scale, as a number, and the decimal that Java makes of a double's text.
double DecimalNumber(const wire::Decimal& d);
wire::Decimal DecimalFromReal(double v);

}  // namespace tarn::metastore
