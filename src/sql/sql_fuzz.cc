// Fuzz target: any bytes parse or fail cleanly, in both dialects; what parses prints to a text that parses to the same tree.
// Build with clang: clang++ -std=gnu++20 -fsanitize=fuzzer,address -Isrc src/sql/[!_]*.cc ... ; seeds: test/sql_parser.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "sql/parser.h"
#include "sql/printer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tarn::sql;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const ScriptPart& part : SplitScript(text)) TARN_CHECK(part.text.size() <= size, "a part is longer than its script");
  IsIncomplete(text);
  for (Dialect dialect : {Dialect::kFlink, Dialect::kHive}) {
    tarn::Result<Statement> tree = ParseStatement(text, {dialect});
    if (!tree.ok()) {
      TARN_CHECK(!tree.status().message().empty(), "an error without words");
      continue;
    }
    for (NameStyle style : {NameStyle::kCanonical, NameStyle::kReadable}) {
      tarn::Result<Statement> again = ParseStatement(Print(*tree, {style, dialect}), {dialect});
      // A tree near the limits may print more parentheses than the limits allow; everything else must come back.
      if (!again.ok() && again.status().code() == tarn::StatusCode::kExhausted) continue;
      TARN_CHECK(again.ok() && *again == *tree, "the printed text parses to another tree");
    }
  }
  return 0;
}
