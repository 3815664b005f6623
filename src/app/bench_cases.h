// The cases of tarn bench engine. Private to it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plan/physical.h"
#include "table/registry.h"

namespace tarn::app {

using Sum = std::shared_ptr<std::atomic<int64_t>>;

struct BenchCase {
  std::string name, schema;
  double bar_millions = 0;      // rows per CPU-second; 0: only shown
  int64_t rows = 0;
  bool streaming = true;
  // A job; `sum` must come to expected(rows) when it is over (expected empty: not checked).
  std::function<Result<plan::NodePtr>(int64_t rows, Sum sum)> plan;
  // Or a loop of its own, that handles `rows` rows.
  std::function<Status(int64_t rows)> loop;
  std::string duckdb;           // the same as SQL over t(k, v, ts), or ""
  int64_t keys = 0;             // of t
  std::function<int64_t(int64_t rows)> expected;
};

struct BenchSetting {
  int64_t batch_rows = 4096;
  std::string directory;                        // for files
  const table::Registry* registry = nullptr;
};
std::vector<BenchCase> EngineCases(BenchSetting setting);

}  // namespace tarn::app
