// tarn bench NAME: the benchmarks this program carries. A new one: a file bench_<name>.cc and a row in bench.cc.
#pragma once

namespace tarn::app {

struct Bench {
  const char* name;
  const char* sentence;
  int (*run)(int argc, char** argv);
};

int BenchEngine(int argc, char** argv);   // bench_engine.cc: exit code 1 when a bar is missed

}  // namespace tarn::app
