// Fuzzes the reader of serialised predicates: any bytes, and then the predicate over a partition. ./dev fuzz metastore
#include "metastore/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tarn::metastore::Expression;
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
