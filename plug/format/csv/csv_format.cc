// format 'csv': options, and the way to decoder and encoder.
#include "plug/format/csv/csv_decoder.h"
#include "plug/format/csv/csv_encoder.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {

class CsvFormat final : public table::Format {
 public:
  explicit CsvFormat(csv::Options options) : options_(std::move(options)) {}
  bool by_name() const override { return false; }
  bool splittable() const override { return false; }   // a quoted field may hold line ends
  Result<std::unique_ptr<table::Decoder>> CreateDecoder(const RowType& type) const override { return std::unique_ptr<table::Decoder>(TRY(csv::CsvDecoder::Make(type, options_))); }
  Result<std::unique_ptr<table::Encoder>> CreateEncoder(const RowType& type) const override { return csv::MakeCsvEncoder(type, options_); }

 private:
  const csv::Options options_;
};

// One character, as it is or as Java escapes it: "\t", "\u0001", "\\".
Result<char> OneCharacter(const std::string& key, const std::string& text) {
  std::string s = text;
  if (s.size() > 1 && s[0] == '\\') {
    if (s.size() == 6 && s[1] == 'u') {
      const long v = std::strtol(s.c_str() + 2, nullptr, 16);
      if (v < 0x80) s = std::string(1, static_cast<char>(v));
    } else if (s.size() == 2) {
      constexpr std::string_view kFrom = "tnrbf\\\"'", kTo = "\t\n\r\b\f\\\"'";
      if (const size_t at = kFrom.find(s[1]); at != std::string_view::npos) s = std::string(1, kTo[at]);
    }
  }
  if (s.size() != 1) return Status::InvalidSql("Option 'csv." + key + "' must be a string with single character, but was: " + text);
  return s[0];
}

class Factory final : public table::FormatFactory {
 public:
  std::string identifier() const override { return "csv"; }
  std::vector<config::OptionSpec> options() const override {
    return {{"field-delimiter", "string", ",", false, "character between fields"},
            {"disable-quote-character", "boolean", "false", false, "no character encloses fields"},
            {"quote-character", "string", "\"", false, "character that encloses fields"},
            {"allow-comments", "boolean", "false", false, "skip lines that begin with #"},
            {"ignore-parse-errors", "boolean", "false", false, "skip records and make fields NULL that can't be read"},
            {"array-element-delimiter", "string", ";", false, "text between elements of arrays and fields of rows"},
            {"escape-character", "string", "", false, "character that takes the next one literally"},
            {"null-literal", "string", "", false, "text that stands for NULL"},
            {"write-bigdecimal-in-scientific-notation", "boolean", "true", false, "write 100000 as 1E+5"}};
  }
  Result<std::unique_ptr<table::Format>> Create(const config::OptionSet& o, const std::string&) const override {
    csv::Options c;
    c.delimiter = TRY(OneCharacter("field-delimiter", o.Get("field-delimiter", ",")));
    if (TRY(o.GetBoolean("disable-quote-character", false))) {
      if (o.Has("quote-character")) return Status::InvalidSql("Format cannot define a quote character and disabled quote character at the same time.");
      c.quote.reset();
    } else {
      c.quote = TRY(OneCharacter("quote-character", o.Get("quote-character", "\"")));
    }
    if (auto e = o.Find("escape-character")) c.escape = TRY(OneCharacter("escape-character", *e));
    c.allow_comments = TRY(o.GetBoolean("allow-comments", false));
    c.ignore_parse_errors = TRY(o.GetBoolean("ignore-parse-errors", false));
    c.array_delimiter = o.Get("array-element-delimiter", ";");
    c.null_literal = o.Find("null-literal");
    c.scientific_decimals = TRY(o.GetBoolean("write-bigdecimal-in-scientific-notation", true));
    return std::unique_ptr<table::Format>(new CsvFormat(std::move(c)));
  }
};

}  // namespace

Status Register_format_csv(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
