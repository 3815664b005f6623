// Fuzzes the readers of what clients serialise themselves: predicates (and then the predicate over a partition), histograms (and then a
// merge). ./dev fuzz metastore
#include "metastore/expression.h"
#include "metastore/kll_sketch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::metastore::Expression;
  if (auto sketch = tarn::metastore::KllSketch::Read({reinterpret_cast<const char*>(data), size}); sketch.ok()) {
    tarn::metastore::KllSketch all;
    all.Merge(*sketch);
    all.Update(1);
    if (!tarn::metastore::KllSketch::Read(all.Write()).ok()) __builtin_trap();
  }
  auto e = Expression::Decode(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!e.ok()) return 0;
  (void)e->ToText();
  static const std::vector<tarn::wire::FieldSchema> keys = {
      {.name = "s", .type = "string"}, {.name = "i", .type = "int"}, {.name = "l", .type = "bigint"}, {.name = "d", .type = "date"}, {.name = "v", .type = "varchar(10)"}};
  if (e->Bind(keys).ok()) (void)e->Matches({"a", "1", "2", "2024-01-01", "x"});
  auto again = Expression::Decode(std::string_view(reinterpret_cast<const char*>(data), size));
  static const std::vector<tarn::wire::FieldSchema> numbers = {{.name = "n", .type = "decimal(10,2)"}, {.name = "t", .type = "timestamp"}, {.name = "d", .type = "date"},
                                                               {.name = "i", .type = "int"}, {.name = "s", .type = "string"}, {.name = "r", .type = "double"}};
  if (again.ok() && again->Bind(numbers).ok()) (void)again->Matches({"1.5", "2024-01-01 00:00:00.5", "2024-01-01", "1", "2", "1.5"});
  return 0;
}
