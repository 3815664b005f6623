// Contract of a format: rows to bytes and back. Two kinds: message formats (json, csv, raw: one record, one row or none) and
// file formats (parquet: whole files). A format plug implements what it has.
// Threads: a factory's product is const and shared; decoders, encoders, file readers and writers belong to one task thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "batch/batch.h"
#include "config/options.h"
#include "expr/expr.h"

namespace tarn::table {

// Bytes to rows. Usage: Decode(records) any number of times, then Finish() gives the batch (row kinds set by CDC formats).
class Decoder {
 public:
  virtual ~Decoder() = default;
  // Each record: a Kafka value, a line of a file. A bad record: kCorrupt/kInvalidSql whose text names the column and shows the record
  // (cut), and *bad_record says which; or it is skipped and counted when the format ignores errors.
  // *rows_of (optional) gets, for every record, how many rows it made (0: skipped or null).
  virtual Status Decode(std::span<const std::string_view> records, std::vector<uint8_t>* rows_of, size_t* bad_record) = 0;
  virtual int64_t pending_rows() const = 0;
  virtual Result<Batch> Finish() = 0;
  virtual int64_t skipped() const { return 0; }   // records ignored so far
  // Lines of one buffer at once (JSON lines, csv): consumes whole records from text, returns bytes consumed; at_end: the last
  // record needs no newline. The default splits at '\n' and calls Decode. max_rows bounds the rows appended.
  virtual Result<size_t> DecodeText(std::string_view text, bool at_end, int64_t max_rows, size_t* bad_offset);
};

// Rows to bytes: appends each row's record to out and its end to ends. Only kinds that the format encodes are given.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual Status Encode(const Batch& batch, std::string* out, std::vector<size_t>* ends) = 0;
  // What stands between records in a file ("\n" for json and csv).
  virtual std::string_view separator() const { return "\n"; }
};

// A bounded part of one file (row groups). Columns: the asked row type, matched by name; a missing column is NULL.
class FileReader {
 public:
  virtual ~FileReader() = default;
  virtual Result<std::optional<Batch>> Next() = 0;          // nullopt: end
  virtual Status Skip(int64_t rows) = 0;                    // to a restored position
};

class FileWriter {
 public:
  virtual ~FileWriter() = default;
  virtual Status Write(const Batch& batch) = 0;
  virtual Status Finish() = 0;                              // footer written, file closed, synced
  virtual int64_t bytes_written() const = 0;
  virtual int64_t rows_written() const = 0;
  virtual int64_t bytes_held() const { return 0; }          // rows in memory that only Release or Finish writes
  virtual Status Release() { return Status::OK(); }         // writes them (Parquet: ends the row group)
};

// A part of a file by bytes. A file format reads the row groups whose middle lies in it, so that ranges that tile a file read
// every row once. length < 0: to the end.
struct FileRange {
  int64_t offset = 0, length = -1;
  bool whole() const { return offset == 0 && length < 0; }
  bool Contains(int64_t at) const { return at >= offset && (length < 0 || at < offset + length); }
};

class Format {
 public:
  virtual ~Format() = default;
  virtual types::ChangelogMode changelog_mode() const { return types::ChangelogMode::InsertOnly(); }
  virtual bool bulk() const { return false; }   // true: whole files (rolls at every checkpoint), false: records
  // Record formats: fields are found by name, so that a decoder may be made for some of the columns only; false: by place.
  virtual bool by_name() const { return true; }
  // Record formats: a record never spans lines, so that a file may be read in parts cut at line ends.
  virtual bool splittable() const { return true; }
  virtual Result<std::unique_ptr<Decoder>> CreateDecoder(const RowType& type) const { (void)type; return Status::NotSupported("this format can't decode records"); }
  virtual Result<std::unique_ptr<Encoder>> CreateEncoder(const RowType& type) const { (void)type; return Status::NotSupported("this format can't encode records"); }
  // Bytes of a local path. filters are hints (row-group pruning).
  virtual Result<std::unique_ptr<FileReader>> OpenFile(const std::string& path, const RowType& type, const std::vector<expr::ExprPtr>& filters,
                                                       int64_t batch_rows) const {
    (void)path; (void)type; (void)filters; (void)batch_rows;
    return Status::NotSupported("this format has no files of its own");
  }
  // Part of a file, for parallel reading; the default reads whole files only.
  virtual Result<std::unique_ptr<FileReader>> OpenRange(const std::string& path, const FileRange& range, const RowType& type,
                                                        const std::vector<expr::ExprPtr>& filters, int64_t batch_rows) const {
    if (range.whole()) return OpenFile(path, type, filters, batch_rows);
    return Status::NotSupported("this format can't read a part of a file");
  }
  virtual Result<std::unique_ptr<FileWriter>> CreateFile(const std::string& path, const RowType& type) const {
    (void)path; (void)type;
    return Status::NotSupported("this format has no files of its own");
  }
};

}  // namespace tarn::table
