// Prints docs/functions.md out of the registry:  build/release/function_page > docs/functions.md
#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "table/registry.h"

namespace tarn::plug {
#define TARN_FAMILIES(F) F(comparison) F(logical) F(arithmetic) F(string) F(regex) F(temporal) F(conditional) F(collection) F(value) F(json) F(hash)
#define TARN_DECLARE(name) Status Register_function_##name(table::Registry& registry);
TARN_FAMILIES(TARN_DECLARE)
}  // namespace tarn::plug

int main() {
  using namespace tarn;
  struct Family { const char* title; Status (*add)(table::Registry&); };
#define TARN_ROW(name) {#name, plug::Register_function_##name},
  const Family families[] = {TARN_FAMILIES(TARN_ROW)};
  fmt::print("# Functions\n\nGenerated from the function registry by `function_page`; do not edit. Names are taken in any case. Aggregates and window functions are\nlisted with "
             "the queries. A NULL argument gives NULL unless a line says otherwise.\n");
  table::Registry registry;
  std::set<std::string> seen;
  auto escape = [](std::string s) {
    std::string out;
    for (char c : s) {
      if (c == '|') out += '\\';
      out += c;
    }
    return out;
  };
  for (const Family& f : families) {
    if (Status s = f.add(registry); !s.ok()) {
      fmt::print(stderr, "{}\n", s.ToString());
      return 1;
    }
    fmt::print("\n## {}\n\n| function | what it gives | example |\n|---|---|---|\n", f.title);
    for (const expr::ScalarFunction* fn : registry.functions().All()) {
      if (!seen.insert(fn->name()).second) continue;
      if (fn->name().find("CAST") != std::string::npos && std::string(f.title) != "comparison") continue;
      std::string names = "`" + escape(fn->name()) + "`";
      for (const std::string& a : registry.functions().AliasesOf(fn->name())) names += ", `" + a + "`";
      fmt::print("| {} | {} | `{}` |\n", names, escape(fn->doc()), escape(fn->example()));
    }
  }
  return 0;
}
