#include "plug/format/parquet/parquet_reader.h"

#include <arrow/array/util.h>
#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <numeric>

#include "batch/batch_size.h"
#include "plug/format/parquet/column_conversion.h"
#include "plug/format/parquet/row_group_filter.h"
#include "types/arrow_try.h"
#include "types/arrow_types.h"

namespace tarn::plug::parquet_format {
namespace {

using parquet::arrow::SchemaField;

int FinestTimestamp(const types::LogicalType& t) {
  using types::TypeRoot;
  switch (t.root()) {
    case TypeRoot::kTimestamp: case TypeRoot::kTimestampLtz: return t.precision();
    case TypeRoot::kArray: case TypeRoot::kMultiset: return FinestTimestamp(t.element());
    case TypeRoot::kMap: return std::max(FinestTimestamp(t.key()), FinestTimestamp(t.value()));
    case TypeRoot::kRow: {
      int p = 0;
      for (const auto& f : t.fields()) p = std::max(p, FinestTimestamp(f.type));
      return p;
    }
    default: return 0;
  }
}

void Leaves(const SchemaField& f, std::vector<int>* out) {
  if (f.is_leaf()) out->push_back(f.column_index);
  for (const auto& c : f.children) Leaves(c, out);
}

class Reader final : public table::FileReader {
 public:
  Reader(std::string path, RowType type) : path_(std::move(path)), type_(std::move(type)) {}

  Status Open(const table::FileRange& range, const std::vector<expr::ExprPtr>& filters, int64_t batch_rows, const types::TimeZone* zone) {
    return Guard([&]() -> Status {
      auto file = arrow::io::ReadableFile::Open(path_);
      if (!file.ok()) return Status::Unavailable("file '" + path_ + "' can't be opened").WithDetail(file.status().message());
      auto parquet_reader = parquet::ParquetFileReader::Open(*file);
      parquet::ArrowReaderProperties props(/*use_threads=*/false);
      props.set_pre_buffer(false);
      int precision = 0;
      for (const auto& t : type_.types) precision = std::max(precision, FinestTimestamp(t));
      // The coarsest unit that the table needs: nanoseconds hold the years 1677-2262 only.
      props.set_coerce_int96_timestamp_unit(precision <= 3 ? arrow::TimeUnit::MILLI : precision <= 6 ? arrow::TimeUnit::MICRO : arrow::TimeUnit::NANO);
      reader_ = TRY(parquet::arrow::FileReader::Make(arrow::default_memory_pool(), std::move(parquet_reader), props));
      const auto metadata = reader_->parquet_reader()->metadata();
      context_ = {metadata->schema(), zone};

      const auto& top = reader_->manifest().schema_fields;
      std::vector<int> leaves;
      for (const auto& name : type_.names) {
        fields_.push_back(FindField(top, name));
        if (fields_.back() != nullptr) Leaves(*fields_.back(), &leaves);
      }
      int64_t bytes = 0;
      for (int g = 0; g < metadata->num_row_groups(); ++g) {
        auto group = metadata->RowGroup(g);
        if (!range.whole() && !range.Contains(Middle(*group))) continue;
        if (!filters.empty() && !MayMatch(*group, type_, fields_, filters)) continue;
        groups_.push_back(g);
        group_rows_.push_back(group->num_rows());
        for (int leaf : leaves) bytes += group->ColumnChunk(leaf)->total_uncompressed_size();
      }
      BatchSize size(batch_rows);
      size.Saw(std::accumulate(group_rows_.begin(), group_rows_.end(), int64_t{0}), bytes);
      batch_rows_ = size.rows();
      reader_->set_batch_size(batch_rows_);
      leaves_ = std::move(leaves);
      return Status::OK();
    });
  }

  Result<std::optional<Batch>> Next() override {
    std::optional<Batch> out;
    TRY(Guard([&]() -> Status {
      if (leaves_.empty()) return NextEmpty(&out);
      for (;;) {
        if (!batches_) {
          if (groups_.empty()) return Status::OK();
          batches_ = TRY(reader_->GetRecordBatchReader(groups_, leaves_));
          const auto schema = batches_->schema();
          positions_.clear();
          for (const auto* f : fields_) positions_.push_back(f == nullptr ? -1 : schema->GetFieldIndex(f->field->name()));
        }
        std::shared_ptr<arrow::RecordBatch> batch;
        TRY(batches_->ReadNext(&batch));
        if (batch == nullptr) return Status::OK();
        if (skip_ >= batch->num_rows()) {
          skip_ -= batch->num_rows();
          continue;
        }
        if (skip_ > 0) {
          batch = batch->Slice(skip_);
          skip_ = 0;
        }
        if (batch->num_rows() == 0) continue;
        std::vector<std::shared_ptr<arrow::Array>> columns;
        for (size_t i = 0; i < type_.size(); ++i) {
          if (positions_[i] < 0) columns.push_back(TRY(arrow::MakeArrayOfNull(types::ToArrow(type_.types[i]), batch->num_rows())));
          else columns.push_back(TRY(Convert(context_, batch->column(positions_[i]), *fields_[i], type_.types[i])));
        }
        out = Batch(batch->num_rows(), std::move(columns));
        return Status::OK();
      }
    }));
    return out;
  }

  // Whole row groups are left out without reading them.
  Status Skip(int64_t rows) override {
    while (!groups_.empty() && !batches_ && rows >= group_rows_.front()) {
      rows -= group_rows_.front();
      groups_.erase(groups_.begin());
      group_rows_.erase(group_rows_.begin());
    }
    skip_ += rows;
    return Status::OK();
  }

 private:
  static int64_t Middle(const parquet::RowGroupMetaData& group) {
    if (group.num_columns() == 0) return 0;
    auto first = group.ColumnChunk(0);
    int64_t start = first->data_page_offset();
    if (first->has_dictionary_page() && first->dictionary_page_offset() > 0) start = std::min(start, first->dictionary_page_offset());
    int64_t bytes = 0;
    for (int c = 0; c < group.num_columns(); ++c) bytes += group.ColumnChunk(c)->total_compressed_size();
    return start + bytes / 2;
  }
  // No column is asked, or none of them exists: only the number of rows counts.
  Status NextEmpty(std::optional<Batch>* out) {
    while (!group_rows_.empty() && (skip_ >= group_rows_.front())) {
      skip_ -= group_rows_.front();
      group_rows_.erase(group_rows_.begin());
    }
    if (group_rows_.empty()) return Status::OK();
    const int64_t rows = std::min(batch_rows_, group_rows_.front() - skip_);
    skip_ += rows;
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (const auto& t : type_.types) columns.push_back(TRY(arrow::MakeArrayOfNull(types::ToArrow(t), rows)));
    *out = Batch(rows, std::move(columns));
    return Status::OK();
  }
  template <typename F>
  Status Guard(F f) const {
    Status s;
    try {
      s = f();
    } catch (const std::exception& e) {
      s = Status::Corrupt(e.what());
    }
    if (s.ok() || s.message().find(path_) != std::string::npos) return s;
    if (s.code() == StatusCode::kInvalidSql || s.code() == StatusCode::kNotSupported) return std::move(s).WithContext("file '" + path_ + "'");
    return Status(s.code() == StatusCode::kUnavailable || s.code() == StatusCode::kInternal ? StatusCode::kCorrupt : s.code(), "file '" + path_ + "' can't be read as Parquet")
        .WithDetail(s.message());
  }

  const std::string path_;
  const RowType type_;
  ReadContext context_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::unique_ptr<arrow::RecordBatchReader> batches_;
  std::vector<const SchemaField*> fields_;
  std::vector<int> leaves_, groups_, positions_;
  std::vector<int64_t> group_rows_;
  int64_t skip_ = 0, batch_rows_ = 4096;
};

}  // namespace

Result<std::unique_ptr<table::FileReader>> OpenParquet(const std::string& path, const table::FileRange& range, const RowType& type,
                                                       const std::vector<expr::ExprPtr>& filters, int64_t batch_rows, const types::TimeZone* zone) {
  auto reader = std::make_unique<Reader>(path, type);
  TRY(reader->Open(range, filters, batch_rows, zone));
  return std::unique_ptr<table::FileReader>(std::move(reader));
}

}  // namespace tarn::plug::parquet_format
