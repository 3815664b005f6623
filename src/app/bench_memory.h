// Tables of the engine's benchmarks: rows made once in memory and replayed, and a sink that only adds up. Private to tarn bench.
// Threads: as table/source.h and table/sink.h say; the rows are shared and immutable.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "table/registry.h"
#include "table/sink.h"
#include "table/source.h"

namespace tarn::app {

struct MemoryRows {
  RowType type;
  std::vector<Batch> batches;
  int64_t rows = 0;
  int time_column = -1;              // filled at replay: rows_per_ms rows a millisecond
  int64_t rows_per_ms = 1000;
};

// A random key of `keys` and a random value below 1,000: k BIGINT (kText: STRING), v BIGINT; kTimed: ts TIMESTAMP(3) behind them;
// kScattered: the keys lie all over the 64 bits.
// Numbers: a, b, c BIGINT below 1,000,000 and d DOUBLE. Seeded.
enum class KeyedShape { kPlain, kScattered, kTimed, kText };
std::shared_ptr<MemoryRows> MakeKeyedRows(int64_t rows, int64_t keys, int64_t batch_rows, KeyedShape shape);
std::shared_ptr<MemoryRows> MakeNumberRows(int64_t rows, int64_t batch_rows);

// Replays until `total` rows have come, shared among the subtasks. Rewinds to its position after a restore.
std::shared_ptr<const table::Source> MakeMemorySource(std::shared_ptr<const MemoryRows> rows, int64_t total);
// Reads a file of `file_rows` rows again and again, until `total` rows have come. Parallelism 1.
Result<std::shared_ptr<const table::Source>> MakeFileSource(const table::Registry& registry, const std::string& format, const std::string& path,
                                                            const RowType& type, int64_t file_rows, int64_t total, int64_t batch_rows);
// Adds up what comes: rows (sum_column -1), or a BIGINT column of the table that the changelog makes (+ for +I and +U, - for -U and -D).
std::shared_ptr<const table::Sink> MakeSummingSink(int sum_column, std::shared_ptr<std::atomic<int64_t>> sum);

}  // namespace tarn::app
