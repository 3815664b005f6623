// CSV records into batches: fields by place.
//
// Threads: one task thread.
#pragma once

#include <memory>
#include <vector>

#include "plug/format/csv/csv_row.h"
#include "plug/format/csv/csv_value.h"
#include "table/format.h"

namespace tarn::plug::csv {

class CsvDecoder final : public table::Decoder {
 public:
  static Result<std::unique_ptr<CsvDecoder>> Make(const RowType& type, const Options& options);
  Status Decode(std::span<const std::string_view> records, std::vector<uint8_t>* rows_of, size_t* bad_record) override;
  Result<size_t> DecodeText(std::string_view text, bool at_end, int64_t max_rows, size_t* bad_offset) override;
  int64_t pending_rows() const override { return pending_; }
  Result<Batch> Finish() override;
  int64_t skipped() const override { return skipped_; }

 private:
  CsvDecoder(const RowType& type, const Options& options, std::vector<std::unique_ptr<FieldReader>> readers)
      : type_(type), options_(options), cutter_(options), readers_(std::move(readers)) {}
  // The row just cut out of `record`. *made: 1 when it became a row.
  Status Row(std::string_view record, uint8_t* made);
  Status Broken(std::string_view record, std::string detail);
  const RowType type_;
  const Options options_;
  RowCutter cutter_;
  std::vector<std::unique_ptr<FieldReader>> readers_;
  int64_t pending_ = 0, skipped_ = 0;
  bool failed_ = false;
};

}  // namespace tarn::plug::csv
