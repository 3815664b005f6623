#include "app/row_printer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "net/json_reader.h"
#include "net/json_writer.h"

namespace tarn::app {
namespace {
constexpr int kWidthMax = 30;   // table.display.max-column-width

// Next code point of a UTF-8 text; bytes that are none count as one each.
uint32_t NextCodePoint(std::string_view s, size_t* i) {
  auto c = static_cast<unsigned char>(s[(*i)++]);
  int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
  uint32_t code = more == 3 ? c & 7u : more == 2 ? c & 15u : more == 1 ? c & 31u : c;
  for (; more > 0 && *i < s.size() && (static_cast<unsigned char>(s[*i]) & 0xC0u) == 0x80u; --more) code = code << 6 | (static_cast<unsigned char>(s[(*i)++]) & 63u);
  return code;
}
int CodePointWidth(uint32_t c) {
  if ((c >= 0x300 && c <= 0x36F) || c == 0x200B || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F)) return 0;
  bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0xFE30 && c <= 0xFE6F) ||
              (c >= 0xFF00 && c <= 0xFF60) || (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::string_view ShortKind(std::string_view kind) {
  if (kind == "UPDATE_BEFORE") return "-U";
  if (kind == "UPDATE_AFTER") return "+U";
  if (kind == "DELETE") return "-D";
  return "+I";
}

class TablePrinter final : public RowSink {
 public:
  explicit TablePrinter(std::FILE* out) : out_(out) {}
  bool plain() const override { return true; }
  void OnHead(const ResultHead& head) override {
    head_ = head;
    rows_ = 0;
    kept_.clear();
    if (head_.success_only || head_.is_submission()) return;
    if (head_.is_query && head_.streaming) {
      widths_ = {2};
      std::vector<std::string> names = {"op"};
      for (const ClientColumn& c : head_.columns) {
        widths_.push_back(std::max(DisplayWidth(c.name), StreamingWidth(c.type)));
        names.push_back(c.name);
      }
      PrintHeader(names);
      std::fflush(out_);
    }
  }
  void OnRow(std::string_view kind, const std::vector<std::string_view>& cells) override {
    ++rows_;
    if (head_.success_only || head_.is_submission()) return;
    std::vector<std::string> texts;
    bool streaming = head_.is_query && head_.streaming;
    if (streaming) texts.emplace_back(ShortKind(kind));
    for (std::string_view c : cells) texts.push_back(net::IsJsonNull(c) ? (head_.is_query ? "<NULL>" : "") : net::JsonText(c));
    if (streaming) PrintRow(texts);
    else kept_.push_back(std::move(texts));
  }
  void OnPage() override { std::fflush(out_); }
  void OnEnd(bool interrupted, double seconds) override {
    if (interrupted && !head_.is_query) { Say("[INFO] Statement was cancelled."); return; }
    if (head_.success_only) { Say("[INFO] Execute statement succeeded."); return; }
    if (head_.is_submission()) {
      Say("[INFO] Submitting SQL update statement to the cluster...");
      if (head_.synchronous) { Say("[INFO] Execute statement in sync mode. Please wait for the execution finish...\n[INFO] Complete execution of the SQL update statement."); return; }
      Say("[INFO] SQL update statement has been successfully submitted to the cluster:");
      Say("Job ID: " + head_.job_id + "\n");
      return;
    }
    std::string rows = fmt::format("{} row{}", rows_, rows_ <= 1 ? "" : "s"), time = fmt::format(" ({:.2f} seconds)", seconds);
    if (head_.is_query && head_.streaming) {
      if (rows_ > 0) PrintRule();
      if (interrupted) Say("Query terminated, received a total of " + rows);
      else Say("Received a total of " + rows + time);   // "0 row" too: that is what Flink's client says
      return;
    }
    if (rows_ == 0) { Say("Empty set" + (head_.is_query ? time : "")); return; }
    PrintKept();
    Say(rows + " in set" + (head_.is_query ? time : ""));
  }

 private:
  void Say(const std::string& text) {
    std::fprintf(out_, "%s\n", text.c_str());
    std::fflush(out_);
  }
  void PrintRule() {
    std::string line = "+";
    for (int w : widths_) line += std::string(static_cast<size_t>(w) + 2, '-') + "+";
    std::fprintf(out_, "%s\n", line.c_str());
  }
  void PrintRow(const std::vector<std::string>& texts) {
    line_ = "|";
    for (size_t i = 0; i < texts.size() && i < widths_.size(); ++i) {
      std::string cut = head_.is_query ? CutToWidth(texts[i], std::max(widths_[i], 0)) : texts[i];
      line_ += " " + std::string(static_cast<size_t>(std::max(0, widths_[i] - DisplayWidth(cut))), ' ') + cut + " |";
    }
    line_ += "\n";
    std::fwrite(line_.data(), 1, line_.size(), out_);
  }
  void PrintHeader(const std::vector<std::string>& names) {
    PrintRule();
    PrintRow(names);
    PrintRule();
  }
  void PrintKept() {
    std::vector<std::string> names;
    widths_.clear();
    for (size_t i = 0; i < head_.columns.size(); ++i) {
      int width = 0;
      for (const auto& row : kept_) width = std::max(width, i < row.size() ? DisplayWidth(row[i]) : 0);
      if (head_.is_query) width = std::min(width, kWidthMax);
      names.push_back(head_.columns[i].name);
      widths_.push_back(std::max(width, DisplayWidth(names.back())));
    }
    PrintHeader(names);
    for (const auto& row : kept_) PrintRow(row);
    PrintRule();
  }
  std::FILE* out_;
  ResultHead head_;
  std::vector<int> widths_;
  std::vector<std::vector<std::string>> kept_;   // a result without op column is drawn at its end
  std::string line_;
  int64_t rows_ = 0;
};

// CSV and JSON: only rows of queries, of SHOW and its like, and job ids; what only says OK prints nothing.
class LinePrinter final : public RowSink {
 public:
  LinePrinter(bool json, std::FILE* out) : json_(json), out_(out) {}
  bool plain() const override { return !json_; }
  void OnHead(const ResultHead& head) override {
    head_ = head;
    if (head_.success_only || json_) return;
    std::string line;
    if (head_.streaming) line = "op";
    for (const ClientColumn& c : head_.columns) {
      if (!line.empty() || &c != &head_.columns.front()) line += ",";
      AppendCsv(c.name, &line);
    }
    Write(line);
  }
  void OnRow(std::string_view kind, const std::vector<std::string_view>& cells) override {
    if (head_.success_only) return;
    std::string line;
    if (json_) {
      net::JsonWriter w;
      w.BeginObject();
      if (head_.streaming) w.Field("op", ShortKind(kind));
      for (size_t i = 0; i < cells.size() && i < head_.columns.size(); ++i) w.Key(head_.columns[i].name).Raw(cells[i]);
      w.EndObject();
      line = w.Take();
    } else {
      if (head_.streaming) line = ShortKind(kind);
      for (size_t i = 0; i < cells.size(); ++i) {
        if (i > 0 || head_.streaming) line += ",";
        if (net::IsJsonNull(cells[i])) continue;
        std::string text = net::JsonText(cells[i]);
        if (text.empty()) line += "\"\"";   // not the same as NULL
        else AppendCsv(text, &line);
      }
    }
    Write(line);
  }
  void OnPage() override { std::fflush(out_); }
  void OnEnd(bool, double) override { std::fflush(out_); }

 private:
  static void AppendCsv(std::string_view text, std::string* out) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) { *out += text; return; }
    *out += '"';
    for (char c : text) { if (c == '"') *out += '"'; *out += c; }
    *out += '"';
  }
  void Write(std::string& line) {
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), out_);
  }
  const bool json_;
  std::FILE* out_;
  ResultHead head_;
};
}  // namespace

std::unique_ptr<RowSink> MakePrinter(OutputFormat format, std::FILE* out) {
  if (format == OutputFormat::kTable) return std::make_unique<TablePrinter>(out);
  return std::make_unique<LinePrinter>(format == OutputFormat::kJson, out);
}

int DisplayWidth(std::string_view s) {
  int width = 0;
  for (size_t i = 0; i < s.size();) width += CodePointWidth(NextCodePoint(s, &i));
  return width;
}

std::string CutToWidth(std::string_view s, int width) {
  if (DisplayWidth(s) <= width) return std::string(s);
  int room = std::max(0, width - 3), used = 0;
  size_t end = 0;
  for (size_t i = 0; i < s.size();) {
    int w = CodePointWidth(NextCodePoint(s, &i));
    if (used + w > room) break;
    used += w;
    end = i;
  }
  return std::string(s.substr(0, end)) + "...";
}

int StreamingWidth(const types::LogicalType& type) {
  using types::TypeRoot;
  auto with_fraction = [&](int base) { return base + (type.precision() > 0 ? type.precision() + 1 : 0); };
  switch (type.root()) {
    case TypeRoot::kBoolean: return 6;
    case TypeRoot::kTinyInt:
    case TypeRoot::kSmallInt: return 6;
    case TypeRoot::kInteger: return 11;
    case TypeRoot::kBigInt: return 20;
    case TypeRoot::kDecimal: return type.precision() + 2;
    case TypeRoot::kDate: return 10;
    case TypeRoot::kTime: return with_fraction(8);
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: return with_fraction(19);
    default: return kWidthMax;
  }
}

}  // namespace tarn::app
