#include "plug/format/parquet/parquet_writer.h"

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/compression.h>
#include <arrow/util/io_util.h>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "plug/format/parquet/timestamps.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plug::parquet_format {
namespace {

using types::LogicalType;
using types::TypeRoot;

Status CheckType(const LogicalType& type) {
  switch (type.root()) {
    case TypeRoot::kIntervalDayTime: case TypeRoot::kIntervalYearMonth: case TypeRoot::kNull: case TypeRoot::kRaw:
      return Status::NotSupported("Unsupported type: " + type.ToSummaryString()).WithDetail("format 'parquet'");
    case TypeRoot::kArray: case TypeRoot::kMultiset: return CheckType(type.element());
    case TypeRoot::kMap: TRY(CheckType(type.key())); return CheckType(type.value());
    case TypeRoot::kRow:
      for (const auto& f : type.fields()) TRY(CheckType(f.type));
      return Status::OK();
    default: return Status::OK();
  }
}

Result<arrow::Compression::type> Codec(const std::string& name) {
  const std::string n = ToLower(name);
  if (n == "uncompressed" || n == "none") return arrow::Compression::UNCOMPRESSED;
  if (n == "lz4") return arrow::Compression::LZ4_HADOOP;      // what parquet-mr calls LZ4
  if (n == "lz4_raw") return arrow::Compression::LZ4;
  for (auto [word, type] : {std::pair{"snappy", arrow::Compression::SNAPPY}, {"gzip", arrow::Compression::GZIP}, {"zstd", arrow::Compression::ZSTD}, {"brotli", arrow::Compression::BROTLI}}) {
    if (n == word) return type;
  }
  return Status::InvalidSql("Invalid value for option 'parquet.compression'.").WithDetail("'" + name + "' is none of [UNCOMPRESSED, SNAPPY, GZIP, ZSTD, BROTLI, LZ4, LZ4_RAW]");
}

class Writer final : public table::FileWriter {
 public:
  Writer(std::string path, WriteOptions options, std::shared_ptr<arrow::Schema> schema, std::shared_ptr<arrow::io::FileOutputStream> out)
      : path_(std::move(path)), options_(std::move(options)), schema_(std::move(schema)), out_(std::move(out)) {}

  Status Start() {
    parquet::WriterProperties::Builder props;
    props.compression(TRY(Codec(options_.compression)))->data_pagesize(options_.page_bytes)->max_row_group_length(INT64_MAX)->created_by("tarn");
    if (!options_.dictionary) props.disable_dictionary();
    parquet::ArrowWriterProperties::Builder arrow_props;
    arrow_props.set_time_adjusted_to_utc(true);   // as the legacy TIME_MILLIS that Flink writes
    if (options_.int64_timestamps) {
      const auto unit = options_.timestamp_digits == 3 ? arrow::TimeUnit::MILLI : options_.timestamp_digits == 6 ? arrow::TimeUnit::MICRO : arrow::TimeUnit::NANO;
      arrow_props.coerce_timestamps(unit)->allow_truncated_timestamps();
    } else {
      arrow_props.enable_deprecated_int96_timestamps();
    }
    writer_ = TRY(Guard([&] { return parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), out_, props.build(), arrow_props.build()); }));
    return FromArrow(Guard([&] { return writer_->NewBufferedRowGroup(); }));
  }

  Status Write(const Batch& batch) override {
    std::vector<std::shared_ptr<arrow::Array>> columns = batch.columns();
    if (!options_.int64_timestamps) for (auto& c : columns) c = TRY(LocalToUtc(c, *options_.zone));
    auto record_batch = arrow::RecordBatch::Make(schema_, batch.num_rows(), std::move(columns));
    const int64_t bytes = arrow::util::ReferencedBufferSize(*record_batch).ValueOr(0);
    if (group_bytes_ > 0 && group_bytes_ + bytes > options_.row_group_bytes) {
      TRY(Release());
    }
    TRY(Guard([&] { return writer_->WriteRecordBatch(*record_batch); }));
    group_bytes_ += bytes;
    rows_ += batch.num_rows();
    return Status::OK();
  }

  Status Finish() override {
    TRY(Guard([&] { return writer_->Close(); }));
    if (::fsync(out_->file_descriptor()) != 0) return Status::Unavailable("file '" + path_ + "' can't be made durable").WithDetail(strerror(errno));
    written_ = out_->Tell().ValueOr(0);
    return FromArrow(Guard([&] { return out_->Close(); }));
  }
  // Of the open row group: its size in memory (its compressed size isn't known before it is closed).
  int64_t bytes_written() const override { return written_ > 0 ? written_ : out_->Tell().ValueOr(0) + group_bytes_; }
  int64_t rows_written() const override { return rows_; }
  int64_t bytes_held() const override { return group_bytes_; }
  Status Release() override {
    if (group_bytes_ == 0) return Status::OK();
    group_bytes_ = 0;
    return FromArrow(Guard([&] { return writer_->NewBufferedRowGroup(); }));
  }

 private:
  // Parquet throws; nothing leaves this door. Errors name the file.
  template <typename F>
  auto Guard(F f) -> decltype(f()) {
    try {
      auto r = f();
      if (r.ok()) return r;
      return Named(StatusOf(r));
    } catch (const std::exception& e) {
      return Named(arrow::Status::IOError(e.what()));
    }
  }
  static arrow::Status StatusOf(const arrow::Status& s) { return s; }
  template <typename T>
  static arrow::Status StatusOf(const arrow::Result<T>& r) { return r.status(); }
  arrow::Status Named(const arrow::Status& s) const {   // the detail holds errno's text: "No space left on device"
    if (arrow::internal::ErrnoFromStatus(s) == ENOSPC) return arrow::Status::CapacityError("file '", path_, "' can't be written: No space left on device");
    return s.WithMessage("file '", path_, "' can't be written: ", s.message(), s.detail() ? "; " + s.detail()->ToString() : "");
  }

  const std::string path_;
  const WriteOptions options_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::shared_ptr<arrow::io::FileOutputStream> out_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  int64_t group_bytes_ = 0, rows_ = 0, written_ = 0;
};

}  // namespace

Status CheckCompression(const std::string& name) {
  const auto codec = TRY(Codec(name));
  if (codec == arrow::Compression::UNCOMPRESSED || arrow::util::Codec::IsAvailable(codec)) return Status::OK();
  return Status::NotSupported("parquet.compression '" + name + "' isn't built in");
}

Result<std::unique_ptr<table::FileWriter>> MakeParquetWriter(const std::string& path, const RowType& type, const WriteOptions& options) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  for (size_t i = 0; i < type.size(); ++i) {
    TRY(CheckType(type.types[i]));
    fields.push_back(types::ToArrowField(type.names[i], type.types[i]));
  }
  auto opened = arrow::io::FileOutputStream::Open(path);
  if (!opened.ok()) return Status::Unavailable("file '" + path + "' can't be created").WithDetail(opened.status().message());
  auto writer = std::make_unique<Writer>(path, options, arrow::schema(std::move(fields)), std::move(*opened));
  TRY(writer->Start());
  return std::unique_ptr<table::FileWriter>(std::move(writer));
}

}  // namespace tarn::plug::parquet_format
