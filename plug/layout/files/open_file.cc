#include "plug/layout/files/open_file.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "batch/batch_size.h"
#include "plug/layout/files/directory.h"
#include "types/arrow_try.h"

namespace tarn::plug::files {
namespace {

constexpr size_t kWindowBytes = 1 << 20;
constexpr size_t kRecordBytesMax = 64 << 20;   // a line without end in sight is an error, not a full memory

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual Result<size_t> Read(char* to, size_t bytes) = 0;   // 0: end
};

class PlainBytes final : public ByteStream {
 public:
  PlainBytes(int fd, std::string path, int64_t begin, int64_t end) : fd_(fd), path_(std::move(path)), at_(begin), end_(end) {
    (void)::posix_fadvise(fd_, at_, end_ - at_, POSIX_FADV_SEQUENTIAL);
  }
  ~PlainBytes() override { ::close(fd_); }
  Result<size_t> Read(char* to, size_t bytes) override {
    bytes = std::min(bytes, static_cast<size_t>(std::max<int64_t>(0, end_ - at_)));
    for (;;) {
      const ssize_t n = ::pread(fd_, to, bytes, at_);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return SystemError("can't read file", path_, errno);
      at_ += n;
      return static_cast<size_t>(n);
    }
  }

 private:
  const int fd_;
  const std::string path_;
  int64_t at_;
  const int64_t end_;
};

class CompressedBytes final : public ByteStream {
 public:
  CompressedBytes(std::shared_ptr<arrow::io::InputStream> in, std::string path) : in_(std::move(in)), path_(std::move(path)) {}
  Result<size_t> Read(char* to, size_t bytes) override {
    auto n = in_->Read(static_cast<int64_t>(bytes), to);
    if (!n.ok()) return Status::Corrupt("file '" + path_ + "' can't be decompressed").WithDetail(n.status().message());
    return static_cast<size_t>(*n);
  }

 private:
  std::shared_ptr<arrow::io::InputStream> in_;
  const std::string path_;
};

arrow::Compression::type CodecOf(std::string_view path) {
  if (path.ends_with(".gz") || path.ends_with(".gzip")) return arrow::Compression::GZIP;
  if (path.ends_with(".zst")) return arrow::Compression::ZSTD;
  if (path.ends_with(".bz2")) return arrow::Compression::BZ2;
  return arrow::Compression::UNCOMPRESSED;
}

// Where the first line that begins at or after `from` begins (from == 0: there).
Result<int64_t> LineStart(int fd, const std::string& path, int64_t from, int64_t size) {
  if (from == 0) return int64_t{0};
  char buffer[64 << 10];
  for (int64_t at = from - 1; at < size;) {
    const ssize_t n = ::pread(fd, buffer, sizeof(buffer), at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return SystemError("can't read file", path, errno);
    if (n == 0) break;
    if (const void* newline = std::memchr(buffer, '\n', static_cast<size_t>(n))) return at + (static_cast<const char*>(newline) - buffer) + 1;
    at += n;
  }
  return size;
}

// Records: a window over the text, decoded a batch at a time.
class TextFile final : public OpenFile {
 public:
  TextFile(std::string path, std::unique_ptr<table::Decoder> decoder, std::unique_ptr<ByteStream> bytes, int64_t position, int64_t batch_rows)
      : path_(std::move(path)), decoder_(std::move(decoder)), bytes_(std::move(bytes)), position_(position), batch_rows_(batch_rows) {}

  Status SkipTo(int64_t position) {   // compressed: there is no seeking
    std::string scratch(kWindowBytes, 0);
    for (int64_t left = position; left > 0;) {
      const size_t n = TRY(bytes_->Read(scratch.data(), std::min(scratch.size(), static_cast<size_t>(left))));
      if (n == 0) return Status::Corrupt("file '" + path_ + "' is shorter than its checkpoint says");
      left -= static_cast<int64_t>(n);
    }
    position_ = position;
    return Status::OK();
  }

  Result<std::optional<Batch>> Next() override {
    for (const int64_t from = position_; decoder_->pending_rows() < batch_rows_ && position_ - from < BatchSize::kBytesWished;) {
      if (end_ - begin_ < kWindowBytes / 8 && !at_end_) TRY(Fill());
      if (begin_ == end_ && at_end_) break;
      size_t bad = 0;
      auto used = decoder_->DecodeText(std::string_view(window_).substr(begin_, end_ - begin_), at_end_, batch_rows_ - decoder_->pending_rows(), &bad);
      if (!used.ok()) return At(used.status(), position_ + static_cast<int64_t>(bad));
      begin_ += *used;
      position_ += static_cast<int64_t>(*used);
      if (*used > 0) continue;
      if (at_end_) break;
      if (end_ - begin_ >= kRecordBytesMax) return At(Status::Exhausted("a record is longer than " + std::to_string(kRecordBytesMax) + " bytes"), position_);
      TRY(Fill());   // a record longer than the window
    }
    if (decoder_->pending_rows() == 0) return std::optional<Batch>();
    return std::optional<Batch>(TRY(decoder_->Finish()));
  }
  int64_t position() const override { return position_; }
  int64_t skipped() const override { return decoder_->skipped(); }

 private:
  Status At(const Status& s, int64_t offset) const {
    Status named = s;
    return std::move(named).WithContext("file '" + path_ + "', offset " + std::to_string(offset));
  }
  // Moves what is left to the front and reads on.
  Status Fill() {
    if (begin_ > 0) {
      std::memmove(window_.data(), window_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (window_.size() < end_ + kWindowBytes / 2) window_.resize(std::max(kWindowBytes, window_.size() * 2));
    while (end_ < window_.size()) {
      const size_t n = TRY(bytes_->Read(window_.data() + end_, window_.size() - end_));
      if (n == 0) {
        at_end_ = true;
        break;
      }
      end_ += n;
    }
    return Status::OK();
  }

  const std::string path_;
  std::unique_ptr<table::Decoder> decoder_;
  std::unique_ptr<ByteStream> bytes_;
  std::string window_;
  size_t begin_ = 0, end_ = 0;
  bool at_end_ = false;
  int64_t position_;
  const int64_t batch_rows_;
};

class BulkFile final : public OpenFile {
 public:
  BulkFile(std::unique_ptr<table::FileReader> reader, int64_t position) : reader_(std::move(reader)), position_(position) {}
  Result<std::optional<Batch>> Next() override {
    auto batch = TRY(reader_->Next());
    if (batch) position_ += batch->num_rows();
    return batch;
  }
  int64_t position() const override { return position_; }

 private:
  std::unique_ptr<table::FileReader> reader_;
  int64_t position_;
};

}  // namespace

bool IsCompressed(std::string_view path) { return CodecOf(path) != arrow::Compression::UNCOMPRESSED; }

Result<std::unique_ptr<OpenFile>> OpenForReading(const table::Format& format, const std::string& path, const table::FileRange& range, const RowType& type,
                                                 const std::vector<expr::ExprPtr>& filters, int64_t position, int64_t batch_rows) {
  if (format.bulk()) {
    auto reader = TRY(format.OpenRange(path, range, type, filters, batch_rows));
    TRY(reader->Skip(position));
    return std::unique_ptr<OpenFile>(new BulkFile(std::move(reader), position));
  }
  auto decoder = TRY(format.CreateDecoder(type));
  if (const auto codec = CodecOf(path); codec != arrow::Compression::UNCOMPRESSED) {
    auto raw = arrow::io::ReadableFile::Open(path);
    if (!raw.ok()) return Status::Unavailable("can't open file '" + path + "'").WithDetail(raw.status().message());
    auto c = TRY(arrow::util::Codec::Create(codec));
    std::shared_ptr<arrow::util::Codec> shared(std::move(c));
    std::shared_ptr<arrow::io::InputStream> stream = TRY(arrow::io::CompressedInputStream::Make(shared.get(), *raw));
    // The stream keeps no reference to its codec: they live together.
    struct Both { std::shared_ptr<arrow::util::Codec> codec; std::shared_ptr<arrow::io::InputStream> stream; };
    auto both = std::make_shared<Both>(Both{shared, stream});
    auto file = std::make_unique<TextFile>(path, std::move(decoder), std::make_unique<CompressedBytes>(std::shared_ptr<arrow::io::InputStream>(both, stream.get()), path), 0, batch_rows);
    TRY(file->SkipTo(position));
    return std::unique_ptr<OpenFile>(std::move(file));
  }
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return SystemError("can't open file", path, errno);
  struct stat st {};
  if (::fstat(fd, &st) != 0) {
    const int error = errno;
    ::close(fd);
    return SystemError("can't read file", path, error);
  }
  int64_t begin = position, end = st.st_size;
  if (range.length >= 0 && range.offset + range.length < end) {
    auto e = LineStart(fd, path, range.offset + range.length, st.st_size);
    if (!e.ok()) { ::close(fd); return e.status(); }
    end = *e;
  }
  if (position == 0 && range.offset > 0) {
    auto b = LineStart(fd, path, range.offset, st.st_size);
    if (!b.ok()) { ::close(fd); return b.status(); }
    begin = *b;
  }
  if (position > st.st_size) {
    ::close(fd);
    return Status::Corrupt("file '" + path + "' is shorter than its checkpoint says").WithDetail(std::to_string(st.st_size) + " bytes, position " + std::to_string(position));
  }
  return std::unique_ptr<OpenFile>(new TextFile(path, std::move(decoder), std::make_unique<PlainBytes>(fd, path, begin, end), begin, batch_rows));
}

}  // namespace tarn::plug::files
