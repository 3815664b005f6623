// tarn bench NAME: the benchmarks this program carries. A new one: a file bench_<name>.cc and a row in bench.cc.
#pragma once

namespace tarn::app {

struct Bench {
  const char* name;
  const char* sentence;
  int (*run)(int argc, char** argv);
};

}  // namespace tarn::app
