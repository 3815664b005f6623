// format 'json': options, and the way to decoder and encoder.
#include "plug/format/json/json_decoder.h"
#include "plug/format/json/json_encoder.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {

class JsonFormat final : public table::Format {
 public:
  JsonFormat(json::ReadOptions read, json::WriteOptions write) : read_(read), write_(std::move(write)) {}
  Result<std::unique_ptr<table::Decoder>> CreateDecoder(const RowType& type) const override {
    return std::unique_ptr<table::Decoder>(TRY(json::JsonDecoder::Make(type, read_)));
  }
  Result<std::unique_ptr<table::Encoder>> CreateEncoder(const RowType& type) const override { return json::MakeJsonEncoder(type, write_); }

 private:
  const json::ReadOptions read_;
  const json::WriteOptions write_;
};

class Factory final : public table::FormatFactory {
 public:
  std::string identifier() const override { return "json"; }
  std::vector<config::OptionSpec> options() const override {
    return {{"fail-on-missing-field", "boolean", "false", false, "a record without one of the fields is an error instead of NULL"},
            {"ignore-parse-errors", "boolean", "false", false, "skip records and make fields NULL that can't be read"},
            {"timestamp-format.standard", "enum", "SQL", false, "how timestamps are written", {"SQL", "ISO-8601"}},
            {"map-null-key.mode", "enum", "FAIL", false, "what to do with a NULL key of a map", {"FAIL", "DROP", "LITERAL"}},
            {"map-null-key.literal", "string", "null", false, "the key that stands for NULL in mode LITERAL"},
            {"encode.decimal-as-plain-number", "boolean", "false", false, "write decimals without exponent"},
            {"encode.ignore-null-fields", "boolean", "false", false, "leave out fields that are NULL"}};
  }
  Result<std::unique_ptr<table::Format>> Create(const config::OptionSet& options, const std::string&) const override {
    json::ReadOptions read;
    json::WriteOptions write;
    read.fail_on_missing_field = TRY(options.GetBoolean("fail-on-missing-field", false));
    read.ignore_parse_errors = TRY(options.GetBoolean("ignore-parse-errors", false));
    if (read.fail_on_missing_field && read.ignore_parse_errors) return Status::InvalidSql("fail-on-missing-field and ignore-parse-errors shouldn't both be true.");
    const std::string standard = options.Get("timestamp-format.standard", "SQL");
    if (standard != "SQL" && standard != "ISO-8601") {
      return Status::InvalidSql("Unsupported value '" + standard + "' for timestamp-format.standard. Supported values are [SQL, ISO-8601].");
    }
    read.iso_timestamps = write.iso_timestamps = standard == "ISO-8601";
    const std::string mode = options.Get("map-null-key.mode", "FAIL");
    if (mode == "DROP") write.null_key = json::WriteOptions::NullKey::kDrop;
    else if (mode == "LITERAL") write.null_key = json::WriteOptions::NullKey::kLiteral;
    else if (mode != "FAIL") return Status::InvalidSql("Unsupported value '" + mode + "' for option map-null-key.mode. Supported values are [LITERAL, FAIL, DROP].");
    write.null_key_literal = options.Get("map-null-key.literal", "null");
    write.plain_decimals = TRY(options.GetBoolean("encode.decimal-as-plain-number", false));
    write.ignore_null_fields = TRY(options.GetBoolean("encode.ignore-null-fields", false));
    return std::unique_ptr<table::Format>(new JsonFormat(read, std::move(write)));
  }
};

}  // namespace

Status Register_format_json(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
