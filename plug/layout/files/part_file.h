// One file that a sink is writing: of a file format (its own writer) or of a record format (records and separators).
//
// Threads: one task thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "table/format.h"

namespace tarn::plug::files {

class PartFile {
 public:
  static Result<std::unique_ptr<PartFile>> Create(const table::Format& format, const RowType& type, const std::string& path, int64_t now_ms);
  // Goes on with a record file of a restored checkpoint: cut to `length` first.
  static Result<std::unique_ptr<PartFile>> Resume(const table::Format& format, const RowType& type, const std::string& path, int64_t length, int64_t rows, int64_t created_ms);
  ~PartFile();   // an unfinished file that no checkpoint knows is removed

  Status Write(const Batch& batch, int64_t now_ms);
  // Everything so far is on disk; returns the length. Record formats only.
  Result<int64_t> Sync();
  Status Finish();   // on disk and closed
  void Keep() { keep_ = true; }   // a checkpoint knows it

  // Rows in memory that a file format writes at the end of its group only, and writing them now.
  int64_t bytes_held() const { return writer_ ? writer_->bytes_held() : 0; }
  Status Release();

  int64_t bytes() const;
  int64_t rows() const { return rows_; }
  int64_t created_ms() const { return created_ms_; }
  int64_t written_ms() const { return written_ms_; }

 private:
  PartFile(std::string path, int64_t now_ms) : path_(std::move(path)), created_ms_(now_ms), written_ms_(now_ms) {}
  Status Flush();

  const std::string path_;
  int64_t created_ms_, written_ms_, rows_ = 0;
  std::unique_ptr<table::FileWriter> writer_;    // file format
  std::unique_ptr<table::Encoder> encoder_;      // record format
  int fd_ = -1;
  int64_t length_ = 0;                           // on its way to the disk
  std::string buffer_, scratch_;
  std::vector<size_t> ends_;
  bool finished_ = false, keep_ = false;
};

}  // namespace tarn::plug::files
