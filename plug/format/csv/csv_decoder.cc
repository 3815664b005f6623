#include "plug/format/csv/csv_decoder.h"

#include "table/text_codec.h"
#include "types/arrow_try.h"

namespace tarn::plug::csv {

Result<std::unique_ptr<CsvDecoder>> CsvDecoder::Make(const RowType& type, const Options& options) {
  std::vector<std::unique_ptr<FieldReader>> readers;
  for (const auto& t : type.types) readers.push_back(TRY(MakeFieldReader(t, options)));
  return std::unique_ptr<CsvDecoder>(new CsvDecoder(type, options, std::move(readers)));
}

Status CsvDecoder::Broken(std::string_view record, std::string detail) {
  if (options_.ignore_parse_errors) {
    ++skipped_;
    return Status::OK();
  }
  failed_ = true;
  while (record.ends_with('\n') || record.ends_with('\r')) record.remove_suffix(1);
  return Status::Corrupt("Failed to deserialize CSV row '" + table::Excerpt(record) + "'.").WithDetail(std::move(detail));
}

Status CsvDecoder::Row(std::string_view record, uint8_t* made) {
  const auto& fields = cutter_.fields();
  if (fields.size() > readers_.size()) {
    return Broken(record, "Too many entries: expected at most " + std::to_string(readers_.size()) + " but was " + std::to_string(fields.size()) + ".");
  }
  if (fields.size() < readers_.size() && !options_.ignore_parse_errors) {
    return Broken(record, "Row length mismatch. " + std::to_string(readers_.size()) + " fields expected but was " + std::to_string(fields.size()) + ".");
  }
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (i >= fields.size()) {
      TRY(readers_[i]->builder()->AppendNull());
      continue;
    }
    if (readers_[i]->Append(fields[i])) [[likely]] continue;
    if (options_.ignore_parse_errors) {
      TRY(readers_[i]->builder()->AppendNull());
      continue;
    }
    return Broken(record, "Fail to deserialize at field: " + type_.names[i] + ". '" + table::Excerpt(fields[i], 60) + "' is not a value of " + type_.types[i].ToSummaryString(false));
  }
  ++pending_;
  *made = 1;
  return Status::OK();
}

Status CsvDecoder::Decode(std::span<const std::string_view> records, std::vector<uint8_t>* rows_of, size_t* bad_record) {
  if (rows_of != nullptr) rows_of->assign(records.size(), 0);
  for (size_t i = 0; i < records.size(); ++i) {
    std::string_view record = records[i];
    if (record.empty() || (options_.allow_comments && record[0] == '#')) continue;
    size_t at = 0;
    uint8_t made = 0;
    Status s = cutter_.Cut(record, true, &at) == RowCutter::Outcome::kRow ? Row(record, &made) : Broken(record, cutter_.problem());
    if (rows_of != nullptr) (*rows_of)[i] = made;
    if (s.ok()) continue;
    if (bad_record != nullptr) *bad_record = i;
    return s;
  }
  return Status::OK();
}

Result<size_t> CsvDecoder::DecodeText(std::string_view text, bool at_end, int64_t max_rows, size_t* bad_offset) {
  size_t at = 0;
  for (int64_t left = max_rows; left > 0 && at < text.size();) {
    if (options_.allow_comments && text[at] == '#') {
      const size_t newline = text.find('\n', at);
      if (newline == std::string_view::npos && !at_end) return at;
      at = newline == std::string_view::npos ? text.size() : newline + 1;
      continue;
    }
    size_t next = at;
    const auto outcome = cutter_.Cut(text, at_end, &next);
    if (outcome == RowCutter::Outcome::kIncomplete) return at;
    const std::string_view record = text.substr(at, next - at);
    uint8_t made = 0;
    Status s = outcome == RowCutter::Outcome::kRow ? Row(record, &made) : Broken(record, cutter_.problem());
    if (!s.ok()) {
      if (bad_offset != nullptr) *bad_offset = at;
      return s;
    }
    left -= made;
    at = next;
  }
  return at;
}

Result<Batch> CsvDecoder::Finish() {
  if (failed_) return Status::Corrupt("the CSV decoder has failed before");
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (auto& r : readers_) columns.push_back(TRY(r->builder()->Finish()));
  const int64_t rows = pending_;
  pending_ = 0;
  return Batch(rows, std::move(columns));
}

}  // namespace tarn::plug::csv
