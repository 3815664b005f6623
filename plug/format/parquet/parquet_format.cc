// format 'parquet': options, and the way to reader and writer.
#include <arrow/compute/initialize.h>

#include <mutex>

#include "plug/format/parquet/parquet_reader.h"
#include "plug/format/parquet/parquet_writer.h"
#include "plug/format/parquet/timestamps.h"
#include "table/registry.h"
#include "types/arrow_try.h"

namespace tarn::plug {
namespace {

Status InitializeCompute() {
  static std::once_flag once;
  static arrow::Status status;
  std::call_once(once, [] { status = arrow::compute::Initialize(); });
  return FromArrow(status);
}

class ParquetFormat final : public table::Format {
 public:
  explicit ParquetFormat(parquet_format::WriteOptions options) : options_(std::move(options)) {}
  bool bulk() const override { return true; }
  Result<std::unique_ptr<table::FileReader>> OpenFile(const std::string& path, const RowType& type, const std::vector<expr::ExprPtr>& filters, int64_t batch_rows) const override {
    return OpenRange(path, {}, type, filters, batch_rows);
  }
  Result<std::unique_ptr<table::FileReader>> OpenRange(const std::string& path, const table::FileRange& range, const RowType& type,
                                                       const std::vector<expr::ExprPtr>& filters, int64_t batch_rows) const override {
    TRY(InitializeCompute());
    return parquet_format::OpenParquet(path, range, type, filters, batch_rows, options_.zone);
  }
  Result<std::unique_ptr<table::FileWriter>> CreateFile(const std::string& path, const RowType& type) const override {
    return parquet_format::MakeParquetWriter(path, type, options_);
  }

 private:
  const parquet_format::WriteOptions options_;
};

class Factory final : public table::FormatFactory {
 public:
  std::string identifier() const override { return "parquet"; }
  std::vector<config::OptionSpec> options() const override {
    return {{"utc-timezone", "boolean", "false", false, "true: INT96 timestamps are stored in UTC; false: wall clock of the machine's zone becomes an instant"},
            {"timestamp.time.unit", "enum", "micros", false, "unit of INT64 timestamps", {"millis", "micros", "nanos"}},
            {"write.int64.timestamp", "boolean", "false", false, "write timestamps as INT64, never converted, instead of INT96"},
            {"compression", "string", "SNAPPY", false, "UNCOMPRESSED, SNAPPY, GZIP, ZSTD, BROTLI, LZ4, LZ4_RAW"},
            {"block.size", "size", "128 mb", false, "size of a row group"},
            {"page.size", "size", "1 mb", false, "size of a page"},
            {"enable.dictionary", "boolean", "true", false, "dictionary encoding"},
            {"*", "string", "", false, "other settings of Hadoop's Parquet are accepted and have no effect"}};
  }
  Result<std::unique_ptr<table::Format>> Create(const config::OptionSet& o, const std::string&) const override {
    parquet_format::WriteOptions w;
    w.zone = TRY(TRY(o.GetBoolean("utc-timezone", false)) ? types::TimeZone::Find("UTC") : parquet_format::MachineZone());
    w.int64_timestamps = TRY(o.GetBoolean("write.int64.timestamp", false));
    const std::string unit = o.Get("timestamp.time.unit", "micros");
    w.timestamp_digits = unit == "millis" ? 3 : unit == "micros" ? 6 : unit == "nanos" ? 9 : 0;
    if (w.timestamp_digits == 0) return Status::InvalidSql("Unsupported time unit: " + unit).WithHint("'parquet.timestamp.time.unit' is millis, micros or nanos");
    w.compression = o.Get("compression", "SNAPPY");
    TRY(parquet_format::CheckCompression(w.compression));
    w.row_group_bytes = TRY(o.GetMemorySize("block.size", w.row_group_bytes));
    w.page_bytes = TRY(o.GetMemorySize("page.size", w.page_bytes));
    if (w.row_group_bytes < 1 || w.page_bytes < 1) return Status::InvalidSql("Invalid value for option 'parquet.block.size' or 'parquet.page.size'.").WithDetail("must be positive");
    w.dictionary = TRY(o.GetBoolean("enable.dictionary", true));
    return std::unique_ptr<table::Format>(new ParquetFormat(std::move(w)));
  }
};

}  // namespace

Status Register_format_parquet(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
