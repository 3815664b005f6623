// print: a sink that writes each change to standard output (or standard error), one line a row, as Flink's print connector:
// "[identifier[:subtask]> ]+I[1, Bob, null]". Lines of one batch are written with one call, so lines of subtasks don't mix.
#include <unistd.h>

#include <cerrno>

#include "table/registry.h"
#include "types/text_value.h"

namespace tarn::plug {
namespace {

constexpr size_t kFlushBytes = 64 << 10;

class Writer final : public table::SinkWriter {
 public:
  Writer(RowType type, std::string prefix, std::string zone, int fd) : type_(std::move(type)), prefix_(std::move(prefix)), zone_(std::move(zone)), fd_(fd) {}
  Status Open(const std::optional<Restored>&) override { return Status::OK(); }

  Status Write(const Batch& batch) override {
    std::string out;
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      out += prefix_;
      out += types::RowKindShort(batch.kind(row));
      out += '[';
      for (size_t c = 0; c < type_.size(); ++c) {
        if (c > 0) out += ", ";
        const arrow::Array& column = *batch.column(c);
        if (column.IsNull(row)) out += "null";
        else types::AppendText(column, row, type_.types[c], types::TextStyle::kPrint, zone_, &out);
      }
      out += "]\n";
      if (out.size() >= kFlushBytes) TRY(Flush(&out));
    }
    return Flush(&out);
  }
  Result<std::string> PrepareCommit(CheckpointId, bool) override { return std::string(); }

 private:
  Status Flush(std::string* out) {
    std::string_view rest = *out;
    while (!rest.empty()) {
      const ssize_t n = ::write(fd_, rest.data(), rest.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Status::Unavailable(std::string("print can't write to standard ") + (fd_ == 2 ? "error" : "output")).WithDetail(strerror(errno));
      rest.remove_prefix(static_cast<size_t>(n));
    }
    out->clear();
    return Status::OK();
  }
  const RowType type_;
  const std::string prefix_, zone_;
  const int fd_;
};

class PrintSink final : public table::Sink {
 public:
  PrintSink(const table::TableContext& c, bool to_stderr, int parallelism)
      : type_(c.physical), identifier_(c.table.options.Get("print-identifier", "")), zone_(c.time_zone), to_stderr_(to_stderr), parallelism_(parallelism) {}
  types::ChangelogMode AcceptedMode(const types::ChangelogMode& offered) const override { return offered; }
  std::string Describe() const override { return to_stderr_ ? "Print to System.err" : "Print to System.out"; }
  int wished_parallelism() const override { return parallelism_; }
  Status ApplyStaticPartition(const std::map<std::string, std::string>&) override { return Status::OK(); }
  Result<std::unique_ptr<table::SinkWriter>> CreateWriter(const table::SubtaskContext& context) const override {
    std::string prefix = identifier_;
    if (context.parallelism > 1) prefix += (prefix.empty() ? "" : ":") + std::to_string(context.subtask + 1);
    if (!prefix.empty()) prefix += "> ";
    return std::unique_ptr<table::SinkWriter>(new Writer(type_, std::move(prefix), zone_, to_stderr_ ? 2 : 1));
  }

 private:
  const RowType type_;
  const std::string identifier_, zone_;
  const bool to_stderr_;
  const int parallelism_;
};

class Factory final : public table::ConnectorFactory {
 public:
  std::string identifier() const override { return "print"; }
  std::vector<config::OptionSpec> options() const override {
    return {{"print-identifier", "string", "", false, "text before each line"},
            {"standard-error", "boolean", "false", false, "write to standard error instead of standard output"},
            {"sink.parallelism", "integer", "", false, "number of sink subtasks"}};
  }
  bool can_read() const override { return false; }
  bool can_write() const override { return true; }
  Result<std::unique_ptr<table::Sink>> CreateSink(const table::TableContext& context) const override {
    const bool to_stderr = TRY(context.table.options.GetBoolean("standard-error", false));
    const int64_t parallelism = TRY(context.table.options.GetInteger("sink.parallelism", -1));
    return std::unique_ptr<table::Sink>(new PrintSink(context, to_stderr, static_cast<int>(parallelism)));
  }
};

}  // namespace

Status Register_connector_print(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
