// Cells as bytes and back: the form of keys and values in hash tables and snapshots. docs/format/state.md, "cell".
//
// A cell is one marker byte (0: NULL, 1: a value follows) and the value: fixed width little endian, text and bytes as u32 length and
// bytes, lists and maps as u32 count and cells, rows as cells. Equal values have equal bytes (doubles by their bits).
// Errors: kCorrupt when bytes end early; kNotSupported for a type that has no form. Threads: any; pure functions.
#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "types/arrow_try.h"

namespace tarn::flow {

// Reads what the writers below wrote; every Get answers false once the bytes have ended.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : p_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  template <typename T>
  bool Get(T* out) {
    if (static_cast<size_t>(end_ - p_) < sizeof(T)) return false;
    std::memcpy(out, p_, sizeof(T));
    p_ += sizeof(T);
    return true;
  }
  bool GetBytes(std::string_view* out) {   // u32 length first
    uint32_t n;
    if (!Get(&n) || static_cast<size_t>(end_ - p_) < n) return false;
    *out = {p_, n};
    p_ += n;
    return true;
  }
  bool Skip(size_t n) {
    if (static_cast<size_t>(end_ - p_) < n) return false;
    p_ += n;
    return true;
  }
  const char* position() const { return p_; }
  bool done() const { return p_ == end_; }

 private:
  const char* p_;
  const char* end_;
};

template <typename T>
void PutFixed(T value, std::string* out) { out->append(reinterpret_cast<const char*>(&value), sizeof(T)); }
inline void PutBytes(std::string_view bytes, std::string* out) {
  PutFixed(static_cast<uint32_t>(bytes.size()), out);
  out->append(bytes);
}
inline Status StateEndsEarly() { return Status::Corrupt("a piece of state ends early"); }

// Bytes a value of this type takes when fixed, 0 when not (text, nested).
int FixedWidth(const arrow::DataType& type);
// Does the codec know the type?
Status CheckCellType(const arrow::DataType& type);

void EncodeCell(const arrow::Array& array, int64_t row, std::string* out);
Status DecodeCell(ByteReader* in, arrow::ArrayBuilder* builder);
// The next cell of each reader, as one array: the type is looked at once, not once a row.
Result<std::shared_ptr<arrow::Array>> DecodeColumn(const std::shared_ptr<arrow::DataType>& type, std::vector<ByteReader>* rows);
// Passes over one cell of `type`.
Status SkipCell(ByteReader* in, const arrow::DataType& type);

// All cells of each row one after another: row i is bytes[offsets[i] .. offsets[i + 1]). Column by column, no call a row.
struct EncodedRows {
  std::vector<uint32_t> offsets;
  std::string bytes;
  std::string_view Row(int64_t i) const { return std::string_view(bytes).substr(offsets[i], offsets[i + 1] - offsets[i]); }
};
Status EncodeRows(const std::vector<const arrow::Array*>& columns, int64_t rows, EncodedRows* out);

}  // namespace tarn::flow
