// How rows appear: as Flink's client draws them (table), as CSV (RFC 4180) or as one JSON object a line.
// Threads: one.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "app/sql_client.h"

namespace tarn::app {

enum class OutputFormat { kTable, kCsv, kJson };

// Writes to `out`; says notes ("[INFO] ...") there only in table form.
std::unique_ptr<RowSink> MakePrinter(OutputFormat format, std::FILE* out);

// Columns that a terminal needs for the text: wide East Asian characters count 2, combining ones 0.
int DisplayWidth(std::string_view utf8);
// Flink's width of a column of this type in a streaming result.
int StreamingWidth(const types::LogicalType& type);
// At most `width` columns, cut texts end in "...".
std::string CutToWidth(std::string_view utf8, int width);

}  // namespace tarn::app
