// JSON records into batches. See ../json/README.md for the path a byte takes.
//
// Threads: one task thread.
#pragma once

#include <memory>

#include "plug/format/json/record_walker.h"
#include "plug/format/json/structural_index.h"
#include "plug/format/json/value_reader.h"
#include "table/format.h"

namespace tarn::plug::json {

class JsonDecoder final : public table::Decoder {
 public:
  static Result<std::unique_ptr<JsonDecoder>> Make(const RowType& type, const ReadOptions& options);

  Status Decode(std::span<const std::string_view> records, std::vector<uint8_t>* rows_of, size_t* bad_record) override;
  Result<size_t> DecodeText(std::string_view text, bool at_end, int64_t max_rows, size_t* bad_offset) override;
  int64_t pending_rows() const override { return pending_; }
  Result<Batch> Finish() override;
  int64_t skipped() const override { return skipped_; }

 private:
  enum class Outcome { kRow, kNone, kSkipped, kFailed };
  JsonDecoder(const RowType& type, const ReadOptions& options, std::vector<std::unique_ptr<ValueReader>> readers);
  Status Reserve(int64_t rows);
  // The record at text[begin, end) of a text whose index is built; *index is its first structure, then the first one behind it.
  Outcome Record(const Document& doc, uint32_t begin, uint32_t* index, Status* error);
  // A record with an index of its own.
  Outcome Alone(std::string_view record, Status* error);
  Outcome Broken(std::string_view record, std::string detail, Status* error);
  int64_t EndLine(std::string_view text, size_t begin, bool at_end) const;

  const RowType type_;
  const ReadOptions options_;
  std::vector<std::unique_ptr<ValueReader>> readers_;
  FieldNames names_;
  std::vector<Value> values_;
  std::vector<uint8_t> seen_;
  StructuralIndex index_;
  std::string joined_;
  int64_t pending_ = 0, skipped_ = 0;
  double bytes_per_record_ = 128;
  bool failed_ = false;
};

}  // namespace tarn::plug::json
