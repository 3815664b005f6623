// Runs one operator from text, for tests: rows, watermarks and barriers in, changelog out.
//
//   +I 1 a 10      a row (kind, then a value a column; "null"; timestamps as milliseconds); rows gather into batches of batch_rows
//   ~              a batch ends here
//   W 1000         watermark          T 5000   tick of the wall clock
//   B              barrier: flush, snapshot, and go on in a new operator restored from it
// End of input (after a last watermark) is implied. The result is one line a row: "+I[1, 10]".
// Threads: none. Tests only.
#pragma once

#include <string>
#include <vector>

#include "flow/operators/make_operator.h"

namespace tarn::flow::testing {

struct ScriptOptions {
  bool streaming = true;
  int64_t batch_rows = 4096;
  int barrier_after = -1;     // also a barrier behind this row of the script
  bool end = true;            // EventTime::Max() and OnEnd
};

// A node over `input` with this operator; its changelog and the input's as given.
plan::Node MakeNode(decltype(plan::Node::op) op, const RowType& input, const RowType& output, bool input_changes = false, bool output_changes = true);

Result<std::vector<std::string>> RunScript(const plan::Node& node, const std::string& script, const ScriptOptions& options = {});
Result<std::vector<std::string>> RunLines(const plan::Node& node, const std::vector<std::string>& lines, const ScriptOptions& options = {});

// The table that a changelog makes: its rows, sorted. "" lines if a retraction met nothing ("?-D[...]").
std::vector<std::string> Fold(const std::vector<std::string>& changelog);

}  // namespace tarn::flow::testing
