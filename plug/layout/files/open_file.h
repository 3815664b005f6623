// A file or a range of it while it is being read: batches out, and an exact position after each.
//
// Threads: one task thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "table/format.h"

namespace tarn::plug::files {

class OpenFile {
 public:
  virtual ~OpenFile() = default;
  virtual Result<std::optional<Batch>> Next() = 0;   // nullopt: end
  virtual int64_t position() const = 0;              // behind the last batch
  virtual int64_t skipped() const { return 0; }      // records that the format ignored
};

// position: what position() was in the checkpoint, 0 for a fresh start. filters: hints over `type`.
Result<std::unique_ptr<OpenFile>> OpenForReading(const table::Format& format, const std::string& path, const table::FileRange& range, const RowType& type,
                                                 const std::vector<expr::ExprPtr>& filters, int64_t position, int64_t batch_rows);
// Is the file compressed, by its name (.gz, .zst, .bz2)? Then it can't be cut into ranges.
bool IsCompressed(std::string_view path);

}  // namespace tarn::plug::files
