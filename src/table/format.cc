#include "table/format.h"

#include <cstring>

namespace tarn::table {

Result<size_t> Decoder::DecodeText(std::string_view text, bool at_end, int64_t max_rows, size_t* bad_offset) {
  std::vector<std::string_view> lines;
  size_t at = 0;
  while (at < text.size() && static_cast<int64_t>(lines.size()) < max_rows) {
    const void* newline = std::memchr(text.data() + at, '\n', text.size() - at);
    if (newline == nullptr && !at_end) break;
    const size_t end = newline ? static_cast<size_t>(static_cast<const char*>(newline) - text.data()) : text.size();
    std::string_view line = text.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    at = newline ? end + 1 : end;
  }
  size_t bad_record = 0;
  Status status = Decode(lines, nullptr, &bad_record);
  if (!status.ok()) {
    if (bad_offset != nullptr && bad_record < lines.size()) *bad_offset = static_cast<size_t>(lines[bad_record].data() - text.data());
    return status;
  }
  return at;
}

}  // namespace tarn::table
