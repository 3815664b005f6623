#include "plug/layout/files/part_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "plug/layout/files/directory.h"

namespace tarn::plug::files {
namespace {
constexpr size_t kBufferBytes = 256 << 10;
}

Result<std::unique_ptr<PartFile>> PartFile::Create(const table::Format& format, const RowType& type, const std::string& path, int64_t now_ms) {
  std::unique_ptr<PartFile> file(new PartFile(path, now_ms));
  if (format.bulk()) {
    file->writer_ = TRY(format.CreateFile(path, type));
    return file;
  }
  file->encoder_ = TRY(format.CreateEncoder(type));
  file->fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file->fd_ < 0) return SystemError("can't create file", path, errno);
  return file;
}

Result<std::unique_ptr<PartFile>> PartFile::Resume(const table::Format& format, const RowType& type, const std::string& path, int64_t length, int64_t rows, int64_t created_ms) {
  std::unique_ptr<PartFile> file(new PartFile(path, created_ms));
  file->keep_ = true;
  file->encoder_ = TRY(format.CreateEncoder(type));
  file->fd_ = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file->fd_ < 0) return SystemError("can't go on with in-progress file", path, errno);
  struct stat st {};
  if (::fstat(file->fd_, &st) != 0) return SystemError("can't go on with in-progress file", path, errno);
  if (st.st_size < length) {
    return Status::Corrupt("in-progress file '" + path + "' is shorter than its checkpoint says").WithDetail(std::to_string(st.st_size) + " bytes instead of " + std::to_string(length));
  }
  if (::ftruncate(file->fd_, length) != 0 || ::lseek(file->fd_, length, SEEK_SET) < 0) return SystemError("can't cut in-progress file", path, errno);
  file->length_ = length;
  file->rows_ = rows;
  return file;
}

PartFile::~PartFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!finished_ && !keep_) (void)RemoveFile(path_);
}

Status PartFile::Flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError("can't write file", path_, errno);
    rest.remove_prefix(static_cast<size_t>(n));
  }
  length_ += static_cast<int64_t>(buffer_.size());
  buffer_.clear();
  return Status::OK();
}

Status PartFile::Write(const Batch& batch, int64_t now_ms) {
  written_ms_ = now_ms;
  rows_ += batch.num_rows();
  if (writer_) return FullDisk(writer_->Write(batch));
  scratch_.clear();
  ends_.clear();
  TRY(encoder_->Encode(batch, &scratch_, &ends_));
  const std::string_view separator = encoder_->separator();
  size_t from = 0;
  for (size_t end : ends_) {
    buffer_.append(scratch_, from, end - from).append(separator);
    from = end;
    if (buffer_.size() >= kBufferBytes) TRY(Flush());
  }
  return Status::OK();
}

Result<int64_t> PartFile::Sync() {
  TRY(Flush());
  if (::fsync(fd_) != 0) return SystemError("can't make durable file", path_, errno);
  return length_;
}

Status PartFile::Release() { return writer_ ? FullDisk(writer_->Release()) : Status::OK(); }

Status PartFile::Finish() {
  if (writer_) {
    TRY(FullDisk(writer_->Finish()));
    length_ = writer_->bytes_written();
    writer_.reset();
  } else {
    TRY(Sync());
    const int rc = ::close(fd_);
    fd_ = -1;
    if (rc != 0) return SystemError("can't close file", path_, errno);
  }
  finished_ = true;
  return Status::OK();
}

int64_t PartFile::bytes() const { return writer_ ? writer_->bytes_written() : length_ + static_cast<int64_t>(buffer_.size()); }

}  // namespace tarn::plug::files
