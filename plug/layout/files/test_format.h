// Formats for tests of file layouts, without any plug: "a,b\n" lines as records, and the same in whole files.
#pragma once

#include <arrow/builder.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "table/format.h"
#include "types/arrow_try.h"
#include "types/text_value.h"

namespace tarn::plug::files {

class LineEncoder final : public table::Encoder {
 public:
  explicit LineEncoder(RowType type) : type_(std::move(type)) {}
  Status Encode(const Batch& batch, std::string* out, std::vector<size_t>* ends) override {
    for (int64_t r = 0; r < batch.num_rows(); ++r) {
      for (size_t c = 0; c < type_.size(); ++c) {
        if (c > 0) *out += ',';
        if (!batch.column(c)->IsNull(r)) types::AppendText(*batch.column(c), r, type_.types[c], types::TextStyle::kPlain, "UTC", out);
      }
      ends->push_back(out->size());
    }
    return Status::OK();
  }

 private:
  const RowType type_;
};

// Integers and text only; "bad" in the first field is an error.
class LineDecoder final : public table::Decoder {
 public:
  explicit LineDecoder(RowType type) : type_(std::move(type)) {}
  Status Decode(std::span<const std::string_view> records, std::vector<uint8_t>*, size_t* bad_record) override {
    for (size_t i = 0; i < records.size(); ++i) {
      if (records[i] == "bad") {
        if (bad_record) *bad_record = i;
        return Status::Corrupt("bad line");
      }
      rows_.emplace_back(records[i]);
    }
    return Status::OK();
  }
  int64_t pending_rows() const override { return static_cast<int64_t>(rows_.size()); }
  Result<Batch> Finish() override {
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (size_t c = 0; c < type_.size(); ++c) {
      arrow::StringBuilder text;
      arrow::Int64Builder number;
      const bool is_text = type_.types[c].is_character();
      for (const auto& row : rows_) {
        std::string field;
        std::stringstream in(row);
        for (size_t k = 0; k <= c; ++k) if (!std::getline(in, field, ',')) field.clear();
        if (is_text) TRY(text.Append(field));
        else TRY(number.Append(std::strtoll(field.c_str(), nullptr, 10)));
      }
      columns.push_back(is_text ? text.Finish().ValueOrDie() : number.Finish().ValueOrDie());
    }
    const auto n = static_cast<int64_t>(rows_.size());
    rows_.clear();
    return Batch(n, std::move(columns));
  }

 private:
  const RowType type_;
  std::vector<std::string> rows_;
};

class LineFormat : public table::Format {
 public:
  bool by_name() const override { return false; }
  Result<std::unique_ptr<table::Decoder>> CreateDecoder(const RowType& type) const override { return std::unique_ptr<table::Decoder>(new LineDecoder(type)); }
  Result<std::unique_ptr<table::Encoder>> CreateEncoder(const RowType& type) const override { return std::unique_ptr<table::Encoder>(new LineEncoder(type)); }
};

class WholeFileWriter final : public table::FileWriter {
 public:
  WholeFileWriter(const std::string& path, const RowType& type) : file_(std::fopen(path.c_str(), "wx")), encoder_(type) {}
  ~WholeFileWriter() override { if (file_) std::fclose(file_); }
  Status Write(const Batch& batch) override {
    std::string out;
    std::vector<size_t> ends;
    TRY(encoder_.Encode(batch, &out, &ends));
    size_t from = 0;
    for (size_t end : ends) {
      std::fprintf(file_, "%s\n", out.substr(from, end - from).c_str());
      from = end;
    }
    rows_ += batch.num_rows();
    bytes_ += static_cast<int64_t>(out.size());
    return Status::OK();
  }
  Status Finish() override {
    std::fputs("#footer\n", file_);
    std::fclose(file_);
    file_ = nullptr;
    return Status::OK();
  }
  int64_t bytes_written() const override { return bytes_; }
  int64_t rows_written() const override { return rows_; }

 private:
  FILE* file_;
  LineEncoder encoder_;
  int64_t rows_ = 0, bytes_ = 0;
};

class WholeFileReader final : public table::FileReader {
 public:
  WholeFileReader(const std::string& path, RowType type, const table::FileRange& range, int64_t batch_rows) : decoder_(std::move(type)), batch_rows_(batch_rows) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
      if (line[0] != '#' && range.Contains(at_)) lines_.push_back(line);
      at_ += static_cast<int64_t>(line.size()) + 1;
    }
  }
  Result<std::optional<Batch>> Next() override {
    if (next_ >= lines_.size()) return std::optional<Batch>();
    const size_t n = std::min(lines_.size() - next_, static_cast<size_t>(batch_rows_));
    std::vector<std::string_view> records(lines_.begin() + static_cast<long>(next_), lines_.begin() + static_cast<long>(next_ + n));
    next_ += n;
    TRY(decoder_.Decode(records, nullptr, nullptr));
    return std::optional<Batch>(TRY(decoder_.Finish()));
  }
  Status Skip(int64_t rows) override {
    next_ += static_cast<size_t>(rows);
    return Status::OK();
  }

 private:
  LineDecoder decoder_;
  std::vector<std::string> lines_;
  size_t next_ = 0;
  int64_t at_ = 0, batch_rows_;
};

class WholeFileFormat final : public LineFormat {
 public:
  bool bulk() const override { return true; }
  Result<std::unique_ptr<table::FileWriter>> CreateFile(const std::string& path, const RowType& type) const override { return std::unique_ptr<table::FileWriter>(new WholeFileWriter(path, type)); }
  Result<std::unique_ptr<table::FileReader>> OpenFile(const std::string& path, const RowType& type, const std::vector<expr::ExprPtr>& f, int64_t n) const override { return OpenRange(path, {}, type, f, n); }
  Result<std::unique_ptr<table::FileReader>> OpenRange(const std::string& path, const table::FileRange& range, const RowType& type, const std::vector<expr::ExprPtr>&, int64_t n) const override {
    return std::unique_ptr<table::FileReader>(new WholeFileReader(path, type, range, n));
  }
};

}  // namespace tarn::plug::files
