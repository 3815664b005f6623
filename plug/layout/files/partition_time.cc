#include "plug/layout/files/partition_time.h"

#include <algorithm>

#include "types/text_value.h"

namespace tarn::plug::files {
namespace {

Status Unreadable(const std::string& text, const std::string& how) {
  return Status::InvalidSql("partition time '" + text + "' can't be read as " + how)
      .WithHint("set 'partition.time-extractor.timestamp-pattern' (and 'partition.time-extractor.timestamp-formatter') to match the partition values");
}

bool TakeDigits(std::string_view text, size_t* at, size_t most, int64_t* value) {
  size_t n = 0;
  *value = 0;
  while (*at < text.size() && n < most && text[*at] >= '0' && text[*at] <= '9') {
    *value = *value * 10 + (text[*at] - '0');
    ++*at;
    ++n;
  }
  return n > 0;
}

// The letters of DateTimeFormatter that name parts of a local date and time; quoted text is literal.
Result<int64_t> ParseWithFormatter(const std::string& text, const std::string& formatter) {
  int64_t year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0, value = 0;
  size_t at = 0;
  for (size_t i = 0; i < formatter.size();) {
    const char c = formatter[i];
    size_t run = 1;
    while (i + run < formatter.size() && formatter[i + run] == c) ++run;
    if (c == '\'') {
      const size_t close = formatter.find('\'', i + 1);
      if (close == std::string::npos) return Status::InvalidSql("timestamp formatter '" + formatter + "' has a quote without end");
      const std::string literal = close == i + 1 ? "'" : formatter.substr(i + 1, close - i - 1);
      if (text.compare(at, literal.size(), literal) != 0) return Unreadable(text, "'" + formatter + "'");
      at += literal.size();
      i = close + 1;
      continue;
    }
    if (std::string_view("yuMdHmsS").find(c) == std::string_view::npos) {
      if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Status::NotSupported("letter '" + std::string(1, c) + "' in 'partition.time-extractor.timestamp-formatter'");
      if (at >= text.size() || text[at] != c) return Unreadable(text, "'" + formatter + "'");
      ++at;
      ++i;
      continue;
    }
    // Adjacent fields have a fixed width, as in DateTimeFormatter.
    const size_t width = run > 1 ? run : 19;
    const size_t before = at;
    if (!TakeDigits(text, &at, width, &value) || (run > 1 && at - before != run)) return Unreadable(text, "'" + formatter + "'");
    switch (c) {
      case 'y': case 'u': year = run == 2 ? 2000 + value : value; break;
      case 'M': month = value; break;
      case 'd': day = value; break;
      case 'H': hour = value; break;
      case 'm': minute = value; break;
      case 's': second = value; break;
      default:
        ms = value;
        for (size_t d = at - before; d > 3; --d) ms /= 10;
        for (size_t d = at - before; d < 3; ++d) ms *= 10;
    }
    i += run;
  }
  if (at != text.size() || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return Unreadable(text, "'" + formatter + "'");
  return (types::DaysFromCivil(year, static_cast<int>(month), static_cast<int>(day)) * 86400 + hour * 3600 + minute * 60 + second) * 1000 + ms;
}

}  // namespace

Result<int64_t> PartitionTimeExtractor::Extract(const PartitionValues& values) const {
  if (values.empty()) return Status::InvalidSql("a table without partitions has no partition time");
  std::string text = pattern;
  if (text.empty()) {
    text = values[0].second;
  } else {
    // Longer names first: "$day" must not eat the start of "$day_of_week".
    PartitionValues by_length = values;
    std::stable_sort(by_length.begin(), by_length.end(), [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    for (const auto& [key, value] : by_length) {
      const std::string name = "$" + key;
      for (size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size()) text.replace(at, name.size(), value);
    }
  }
  if (!formatter.empty()) return ParseWithFormatter(text, formatter);
  int64_t seconds = 0;
  int32_t nanos = 0, days = 0;
  if (types::ParseTimestamp(text, false, &seconds, &nanos)) return seconds * 1000 + nanos / 1'000'000;
  if (text.size() == 8 && text.find_first_not_of("0123456789") == std::string::npos) return ParseWithFormatter(text, "yyyyMMdd");
  if (types::ParseDate(text, &days)) return static_cast<int64_t>(days) * 86'400'000;
  return Unreadable(text, "yyyy-MM-dd HH:mm:ss, yyyy-MM-dd or yyyyMMdd");
}

}  // namespace tarn::plug::files
