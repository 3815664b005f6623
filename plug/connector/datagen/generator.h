// Values for one column, made from the number of the row: equal seed and row give an equal value, so a replay after a restart
// repeats exactly what was lost, and no state is needed beyond a row counter (only DATE, TIME and TIMESTAMP follow the clock).
//
// Threads: one reader owns its generators.
#pragma once

#include <arrow/array.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "config/options.h"
#include "types/logical_type.h"

namespace tarn::plug::datagen {

// Where a run of rows lies: rows first, first+1, ... of split `split` out of `splits`.
struct Rows {
  uint64_t first = 0;
  int64_t count = 0;
  int split = 0, splits = 1;
  int64_t now_ms = 0;
};

class Generator {
 public:
  virtual ~Generator() = default;
  virtual Result<std::shared_ptr<arrow::Array>> Make(const Rows& rows) const = 0;
  // Rows that a split has before the generator is exhausted; INT64_MAX: without end.
  virtual int64_t RowLimit(int /*split*/, int /*splits*/) const { return INT64_MAX; }
};

// The generator of field `name` (a dotted path for nested fields) from options "fields.<name>.*". Each key that was read is put
// into used. kInvalidSql: a bad option; kNotSupported: a type that can't be generated.
Result<std::unique_ptr<Generator>> MakeGenerator(const std::string& name, const types::LogicalType& type, const config::OptionSet& options,
                                                 uint64_t seed, std::set<std::string>* used);

// A well mixed 64-bit number for (seed, index): SplitMix64.
inline uint64_t Mix(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

}  // namespace tarn::plug::datagen
