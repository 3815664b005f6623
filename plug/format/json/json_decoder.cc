#include "plug/format/json/json_decoder.h"

#include <cstring>

#include "table/text_codec.h"
#include "types/arrow_try.h"

namespace tarn::plug::json {
namespace {
constexpr size_t kChunkBytes = 256 << 10;   // indexed at once: fits in the second-level cache together with its index
}

Result<std::unique_ptr<JsonDecoder>> JsonDecoder::Make(const RowType& type, const ReadOptions& options) {
  std::vector<std::unique_ptr<ValueReader>> readers;
  for (const auto& t : type.types) readers.push_back(TRY(MakeValueReader(t, options)));
  return std::unique_ptr<JsonDecoder>(new JsonDecoder(type, options, std::move(readers)));
}

JsonDecoder::JsonDecoder(const RowType& type, const ReadOptions& options, std::vector<std::unique_ptr<ValueReader>> readers)
    : type_(type), options_(options), readers_(std::move(readers)), names_(type.names), values_(type.size()), seen_(type.size()) {}

Status JsonDecoder::Reserve(int64_t rows) {
  for (auto& r : readers_) TRY(r->Reserve(rows, 0));
  return Status::OK();
}

JsonDecoder::Outcome JsonDecoder::Broken(std::string_view record, std::string detail, Status* error) {
  if (options_.ignore_parse_errors) {
    ++skipped_;
    return Outcome::kSkipped;
  }
  failed_ = true;
  *error = Status::Corrupt("Failed to deserialize JSON '" + table::Excerpt(record) + "'.").WithDetail(std::move(detail));
  return Outcome::kFailed;
}

JsonDecoder::Outcome JsonDecoder::Record(const Document& doc, uint32_t begin, uint32_t* index, Status* error) {
  const uint32_t limit = doc.limit;
  const uint32_t start = doc.at(*index);
  if (start == limit) return Outcome::kNone;   // white space only
  std::string_view record(doc.text + begin, limit - begin);
  uint32_t bad = start;
  bool sound = false;
  if (doc.text[start] == '{') {
    if (!seen_.empty()) std::memset(seen_.data(), 0, seen_.size());
    sound = WalkObject(doc, index, &names_, values_.data(), seen_.data(), &bad) && doc.at(*index) == limit;
    if (!sound && bad == start) bad = doc.at(*index);
  } else {
    Value value;
    sound = WalkValue(doc, index, &value, &bad) && doc.at(*index) == limit;
    if (sound && value.kind == ValueKind::kNull) return Outcome::kNone;
    if (sound) return Broken(record, "the record is not a JSON object", error);
  }
  if (!sound) {
    while (doc.at(*index) != limit) ++*index;
    return Broken(record, "not sound JSON at byte " + std::to_string(bad - begin) + " of the record", error);
  }
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (seen_[i]) {
      ReadError what;
      if (readers_[i]->Append(doc, values_[i], &what)) [[likely]] continue;
      const std::string field = type_.names[i] + (what.field.empty() ? "" : "." + what.field);
      failed_ = true;
      *error = Status::Corrupt("Failed to deserialize JSON '" + table::Excerpt(record) + "'.")
                   .WithDetail("Fail to deserialize at field: " + field + ". " + (what.why.empty() ? "The value can't be stored" : what.why));
      return Outcome::kFailed;
    }
    if (options_.fail_on_missing_field) {
      failed_ = true;
      *error = Status::Corrupt("Failed to deserialize JSON '" + table::Excerpt(record) + "'.").WithDetail("Could not find field with name '" + type_.names[i] + "'.");
      return Outcome::kFailed;
    }
    readers_[i]->AppendNull();
  }
  ++pending_;
  return Outcome::kRow;
}

JsonDecoder::Outcome JsonDecoder::Alone(std::string_view record, Status* error) {
  if (record.size() > kIndexBytesMax) return Broken(record, "the record is longer than " + std::to_string(kIndexBytesMax) + " bytes", error);
  if (!index_.Build(record)) return Broken(record, "not sound JSON: a string without end, a control character in a string or wrong UTF-8", error);
  Document doc{record.data(), index_.positions(), index_.count(), static_cast<uint32_t>(record.size())};
  uint32_t index = 0;
  return Record(doc, 0, &index, error);
}

Status JsonDecoder::Decode(std::span<const std::string_view> records, std::vector<uint8_t>* rows_of, size_t* bad_record) {
  if (rows_of != nullptr) rows_of->assign(records.size(), 0);
  TRY(Reserve(static_cast<int64_t>(records.size())));
  for (size_t from = 0; from < records.size();) {
    // Joins as many records as fit into a chunk: one index for all.
    size_t to = from, bytes = 0;
    joined_.clear();
    for (; to < records.size() && (to == from || bytes + records[to].size() < kChunkBytes); ++to) {
      joined_.append(records[to]).push_back('\n');
      bytes = joined_.size();
    }
    const bool indexed = joined_.size() <= kIndexBytesMax && index_.Build(joined_);
    Document doc{joined_.data(), index_.positions(), index_.count(), 0};
    uint32_t index = 0, begin = 0;
    for (size_t i = from; i < to; ++i) {
      Status error;
      doc.limit = begin + static_cast<uint32_t>(records[i].size());
      const Outcome outcome = indexed ? Record(doc, begin, &index, &error) : Alone(records[i], &error);
      if (outcome == Outcome::kFailed) {
        if (bad_record != nullptr) *bad_record = i;
        return error;
      }
      if (outcome == Outcome::kRow && rows_of != nullptr) (*rows_of)[i] = 1;
      begin = doc.limit + 1;
    }
    from = to;
  }
  return Status::OK();
}

// The end of the line at `begin` without its newline; -1: the line isn't complete yet.
int64_t JsonDecoder::EndLine(std::string_view text, size_t begin, bool at_end) const {
  const void* newline = std::memchr(text.data() + begin, '\n', text.size() - begin);
  if (newline != nullptr) return static_cast<const char*>(newline) - text.data();
  return at_end && begin < text.size() ? static_cast<int64_t>(text.size()) : -1;
}

Result<size_t> JsonDecoder::DecodeText(std::string_view text, bool at_end, int64_t max_rows, size_t* bad_offset) {
  TRY(Reserve(max_rows));
  size_t done = 0;
  int64_t left = max_rows;
  while (left > 0 && done < text.size()) {
    // A chunk of whole lines, about as many as are still wanted.
    const size_t wanted = std::min(kChunkBytes, static_cast<size_t>(bytes_per_record_ * static_cast<double>(left)) + 64);
    size_t end = text.size();
    if (text.size() - done > wanted) {
      const void* newline = ::memrchr(text.data() + done, '\n', wanted);
      if (newline != nullptr) {
        end = static_cast<size_t>(static_cast<const char*>(newline) - text.data()) + 1;
      } else {
        const int64_t line_end = EndLine(text, done, at_end);   // one line longer than the chunk
        if (line_end < 0) return done;
        end = std::min(text.size(), static_cast<size_t>(line_end) + 1);
      }
    } else if (!at_end) {
      const void* newline = ::memrchr(text.data() + done, '\n', text.size() - done);
      if (newline == nullptr) return done;
      end = static_cast<size_t>(static_cast<const char*>(newline) - text.data()) + 1;
    }
    std::string_view chunk = text.substr(done, end - done);
    const bool indexed = chunk.size() <= kIndexBytesMax && index_.Build(chunk);
    Document doc{chunk.data(), index_.positions(), index_.count(), 0};
    uint32_t index = 0;
    size_t begin = 0;
    int64_t lines = 0;
    while (begin < chunk.size() && left > 0) {
      const size_t line_end = static_cast<size_t>(EndLine(chunk, begin, true));
      Status error;
      doc.limit = static_cast<uint32_t>(line_end);
      const Outcome outcome = indexed ? Record(doc, static_cast<uint32_t>(begin), &index, &error) : Alone(chunk.substr(begin, line_end - begin), &error);
      if (outcome == Outcome::kFailed) {
        if (bad_offset != nullptr) *bad_offset = done + begin;
        return error;
      }
      left -= outcome == Outcome::kRow;
      ++lines;
      begin = std::min(chunk.size(), line_end + 1);
    }
    bytes_per_record_ = static_cast<double>(begin) / static_cast<double>(std::max<int64_t>(lines, 1));
    done += begin;
  }
  return done;
}

Result<Batch> JsonDecoder::Finish() {
  if (failed_) return Status::Corrupt("the JSON decoder has failed before");
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (auto& r : readers_) columns.push_back(TRY(r->builder()->Finish()));
  const int64_t rows = pending_;
  pending_ = 0;
  return Batch(rows, std::move(columns));
}

}  // namespace tarn::plug::json
