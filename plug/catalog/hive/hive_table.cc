#include "plug/catalog/hive/hive_table.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/text.h"
#include "base/utf8.h"
#include "types/hive_types.h"

namespace tarn::plug::hive {
using table::CatalogTable;
using types::Column;

namespace {
constexpr char kPrefix[] = "flink.";
constexpr char kIsGeneric[] = "is_generic";

struct FileFormat { const char *name, *input, *output, *serde; };
constexpr FileFormat kFormats[] = {
    {"textfile", "org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
    {"parquet", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    {"orc", "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcSerde"},
    {"sequencefile", "org.apache.hadoop.mapred.SequenceFileInputFormat", "org.apache.hadoop.mapred.SequenceFileOutputFormat", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
    {"rcfile", "org.apache.hadoop.hive.ql.io.RCFileInputFormat", "org.apache.hadoop.hive.ql.io.RCFileOutputFormat", "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe"},
    {"avro", "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat", "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat", "org.apache.hadoop.hive.serde2.avro.AvroSerDe"},
    {"jsonfile", "org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.apache.hadoop.hive.serde2.JsonSerDe"},
};

// Options that CREATE TABLE takes for the storage and does not keep.
constexpr char kSerdeProperty[] = "hive.serde.info.prop.";
bool IsStorageOption(const std::string& k) {
  return k == "connector" || k == "hive.is-external" || k == "hive.location-uri" || k == "hive.storage.file-format" || k == "hive.stored.as.input.format" ||
         k == "hive.stored.as.output.format" || k == "hive.serde.lib.class.name" || k.starts_with(kSerdeProperty) || k == "hive.pk.constraint.trait" ||
         k == "hive.not.null.constraint.traits" || k == "hive.not.null.cols";
}

// Flink's HiveCatalog keeps expressions as they are after a second validation: u&'gr\00fcn' has become _UTF16'grün' (seen of 1.20).
std::string ValidatedAgain(std::string_view text) {
  std::string out;
  auto unit = [&](size_t at) {   // of UTF-16, in four digits
    uint32_t value = 0;
    std::from_chars(text.data() + at, text.data() + std::min(at + 4, text.size()), value, 16);
    return value;
  };
  for (size_t i = 0; i < text.size();) {
    if (text[i] == '`' || text[i] == '\'') {
      size_t end = std::min(text.find(text[i], i + 1), text.size() - 1);
      out.append(text.substr(i, end + 1 - i));
      i = end + 1;
      continue;
    }
    if (!text.substr(i).starts_with("u&'")) {
      out += text[i++];
      continue;
    }
    out += "_UTF16'";
    for (i += 3; i < text.size(); ++i) {
      if (text[i] == '\'') {
        if (i + 1 >= text.size() || text[i + 1] != '\'') break;
        out += "''";
        ++i;
      } else if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '\\') {
        out += '\\';
        ++i;
      } else if (text[i] == '\\') {
        uint32_t code = unit(i + 1);
        i += 4;
        if (code >= 0xD800 && code < 0xDC00) {
          code = 0x10000 + ((code - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
          i += 5;
        }
        AppendUtf8(code, &out);
      } else {
        out += text[i];
      }
    }
    out += "'";
    ++i;
  }
  return out;
}

// The flat map of a generic table, without the prefix.
config::OptionSet Flatten(const CatalogTable& t) {
  config::OptionSet m;
  for (size_t i = 0; i < t.schema.columns.size(); ++i) {
    const Column& c = t.schema.columns[i];
    std::string at = "schema." + std::to_string(i) + ".";
    m.Set(at + "name", c.name);
    m.Set(at + "data-type", c.type.ToString());
    if (c.kind == Column::Kind::kComputed) m.Set(at + "expr", ValidatedAgain(c.expression));
    if (c.kind == Column::Kind::kMetadata) {
      m.Set(at + "metadata", c.metadata_name());
      m.Set(at + "virtual", c.is_virtual ? "true" : "false");
    }
    if (!c.comment.empty()) m.Set(at + "comment", c.comment);
  }
  if (t.schema.watermark) {
    m.Set("schema.watermark.0.rowtime", t.schema.watermark->column);
    m.Set("schema.watermark.0.strategy.expr", ValidatedAgain(t.schema.watermark->expression));
    m.Set("schema.watermark.0.strategy.data-type", t.schema.watermark->type.ToString());
  }
  if (t.schema.primary_key) {
    m.Set("schema.primary-key.name", t.schema.primary_key->name);
    m.Set("schema.primary-key.columns", Join(t.schema.primary_key->columns, ","));
  }
  for (size_t i = 0; i < t.partition_keys.size(); ++i) m.Set("partition.keys." + std::to_string(i) + ".name", t.partition_keys[i]);
  m.Set("comment", t.comment);
  for (const auto& [k, v] : t.options.values()) m.Set(k, v);
  return m;
}

bool IsMaterializedKey(const std::string& k) {
  static constexpr const char* kKeys[] = {"definition-query", "freshness-interval", "freshness-unit", "logical-refresh-mode", "refresh-mode", "refresh-status", "refresh-handler-desc", "refresh-handler-bytes"};
  return std::any_of(std::begin(kKeys), std::end(kKeys), [&](const char* x) { return k == x; });
}

Result<CatalogTable> Unflatten(const config::OptionSet& m) {
  CatalogTable t;
  std::string root = "schema";
  if (!m.Has("schema.0.name") && m.Has("generic.table.schema.0.name")) root = "generic.table.schema";   // written by Flink 1.10
  for (int i = 0;; ++i) {
    std::string at = root + "." + std::to_string(i) + ".";
    std::optional<std::string> name = m.Find(at + "name");
    if (!name) break;
    Column c;
    c.name = *name;
    Result<types::LogicalType> type = types::ParseType(m.Get(at + "data-type", m.Get(at + "type", "STRING")));
    if (!type.ok()) return Status(type.status()).WithContext("column \"" + c.name + "\"");
    c.type = *type;
    if (auto e = m.Find(at + "expr")) {
      c.kind = Column::Kind::kComputed;
      c.expression = *e;
    } else if (auto key = m.Find(at + "metadata")) {
      c.kind = Column::Kind::kMetadata;
      if (*key != c.name) c.metadata_key = *key;
      c.is_virtual = m.Get(at + "virtual", "false") == "true";
    }
    c.comment = m.Get(at + "comment", "");
    t.schema.columns.push_back(std::move(c));
  }
  if (auto rowtime = m.Find(root + ".watermark.0.rowtime")) {
    types::WatermarkSpec w;
    w.column = *rowtime;
    w.expression = m.Get(root + ".watermark.0.strategy.expr", "");
    w.type = TRY(types::ParseType(m.Get(root + ".watermark.0.strategy.data-type", "TIMESTAMP(3)")));
    t.schema.watermark = std::move(w);
  }
  if (auto columns = m.Find(root + ".primary-key.columns")) t.schema.primary_key = types::PrimaryKey{m.Get(root + ".primary-key.name", ""), Split(*columns, ',')};
  for (int i = 0;; ++i) {
    std::optional<std::string> k = m.Find("partition.keys." + std::to_string(i) + ".name");
    if (!k) break;
    t.partition_keys.push_back(*k);
  }
  t.comment = m.Get("comment", "");
  for (const auto& [k, v] : m.values())
    if (!k.starts_with(root + ".") && !k.starts_with("partition.keys.") && k != "comment" && k != "snapshot" && !IsMaterializedKey(k)) t.options.Set(k, v);
  return t;
}

wire::StorageDescriptor GenericStorage() {
  wire::StorageDescriptor sd;
  sd.set_cols({});
  sd.inputFormat = kFormats[0].input;
  sd.outputFormat = "org.apache.hadoop.hive.ql.io.IgnoreKeyTextOutputFormat";
  sd.numBuckets = -1;
  wire::SerDeInfo serde;
  serde.serializationLib = kFormats[0].serde;
  serde.parameters["serialization.format"] = "1";
  sd.serdeInfo = serde;
  return sd;
}

Status HiveStorage(const CatalogTable& t, wire::Table* out) {
  wire::StorageDescriptor& sd = *out->sd;
  std::string format = ToLower(t.options.Get("hive.storage.file-format", ""));
  if (!format.empty() || sd.inputFormat.empty()) {
    if (format.empty()) format = "textfile";
    const FileFormat* f = nullptr;
    std::vector<std::string> names;
    for (const FileFormat& k : kFormats) {
      names.push_back(k.name);
      if (format == k.name) f = &k;
    }
    if (!f) return Status::InvalidSql("Unsupported storage format \"" + format + "\"").WithHint("one of: " + Join(names, ", "));
    sd.inputFormat = f->input;
    sd.outputFormat = f->output;
    sd.serdeInfo->serializationLib = f->serde;
  }
  if (auto v = t.options.Find("hive.stored.as.input.format")) sd.inputFormat = *v;
  if (auto v = t.options.Find("hive.stored.as.output.format")) sd.outputFormat = *v;
  if (auto v = t.options.Find("hive.serde.lib.class.name")) sd.serdeInfo->serializationLib = *v;
  for (const auto& [k, v] : t.options.values())
    if (k.starts_with(kSerdeProperty)) sd.serdeInfo->parameters[k.substr(sizeof(kSerdeProperty) - 1)] = v;
  if (auto v = t.options.Find(std::string(kSerdeProperty) + "field.delim")) sd.serdeInfo->parameters["serialization.format"] = *v;   // as Hive does
  if (!sd.serdeInfo->parameters.count("serialization.format")) sd.serdeInfo->parameters["serialization.format"] = "1";
  if (auto v = t.options.Find("hive.location-uri")) sd.location = *v;
  return Status::OK();
}
}  // namespace

bool IsHiveTable(const CatalogTable& t) { return !t.is_view() && EqualsIgnoreCase(t.options.Get("connector", ""), "hive"); }

bool IsHiveTable(const wire::Table& t) {
  if (auto it = t.parameters.find(kIsGeneric); it != t.parameters.end()) return !EqualsIgnoreCase(it->second, "true");
  return !t.parameters.count("flink.connector") && !t.parameters.count("flink.connector.type");
}

Result<wire::Table> ToMetastore(const table::ObjectPath& path, const CatalogTable& t, const wire::Table* old) {
  wire::Table out;
  bool hive = IsHiveTable(t);
  if (old) {
    out = *old;
    if (hive != IsHiveTable(*old)) return Status::InvalidSql("Changing catalog table type is not allowed. Existing table type is '" + std::string(hive ? "generic" : "hive") + "', but new table type is '" + (hive ? "hive" : "generic") + "'");
  }
  out.dbName = path.database;
  out.tableName = path.name;
  if (!old) {
    out.createTime = static_cast<int32_t>(std::time(nullptr));
    out.set_partitionKeys({});
  }
  if (!hive) {
    wire::StorageDescriptor sd = GenericStorage();
    if (old && old->sd) sd.location = old->sd->location;
    out.sd = sd;
    out.partitionKeys.clear();
    std::map<std::string, std::string> kept;
    if (old)   // what others put there (statistics, times) stays
      for (const auto& [k, v] : old->parameters) if (!k.starts_with(kPrefix)) kept[k] = v;
    out.parameters = std::move(kept);
    config::OptionSet flat = Flatten(t);
    for (const auto& [k, v] : flat.values()) out.parameters[kPrefix + k] = v;
    if (t.is_view()) {
      out.parameters[kIsGeneric] = "true";
      out.tableType = "VIRTUAL_VIEW";
      out.viewOriginalText = t.original_query;
      out.viewExpandedText = t.expanded_query;
    } else {
      out.tableType = "MANAGED_TABLE";
      if (!t.options.Has("connector"))
        return Status::InvalidSql("Table options do not contain an option key 'connector' for discovering a connector.").WithHint("WITH ('connector' = ...); a Hive table is made with 'connector' = 'hive' or in the Hive dialect");
    }
    return out;
  }
  if (t.schema.watermark) return Status::NotSupported("a watermark on a Hive table").WithHint("declare it on a table of another connector");
  wire::StorageDescriptor sd;
  if (old && old->sd) sd = *old->sd;
  else {
    sd.numBuckets = -1;
    sd.serdeInfo = wire::SerDeInfo{};
  }
  if (!sd.serdeInfo) sd.serdeInfo = wire::SerDeInfo{};
  sd.cols.clear();
  std::vector<wire::FieldSchema> keys(t.partition_keys.size());
  for (const Column& c : t.schema.columns) {
    if (c.kind != Column::Kind::kPhysical) return Status::NotSupported("computed and metadata columns of a Hive table: \"" + c.name + "\"");
    wire::FieldSchema f;
    f.name = c.name;
    Result<std::string> type = types::ToHive(c.type);
    if (!type.ok()) return Status(type.status()).WithContext("column \"" + c.name + "\"");
    f.type = *type;
    if (!c.comment.empty()) f.comment = c.comment;
    auto key = std::find(t.partition_keys.begin(), t.partition_keys.end(), c.name);
    if (key == t.partition_keys.end()) sd.cols.push_back(std::move(f));
    else keys[static_cast<size_t>(key - t.partition_keys.begin())] = std::move(f);
  }
  sd.set_cols(sd.cols);
  out.sd = sd;
  out.set_partitionKeys(std::move(keys));
  TRY(HiveStorage(t, &out));
  std::map<std::string, std::string> parameters;
  if (old)   // options that ALTER took away go; what the metastore itself keeps stays
    for (const auto& [k, v] : old->parameters)
      if (k == "transient_lastDdlTime" || k == "EXTERNAL" || k == "numFiles" || k == "totalSize" || k == "numRows" || k == "rawDataSize" || k == "COLUMN_STATS_ACCURATE" || k == "bucketing_version") parameters[k] = v;
  if (!old) parameters["bucketing_version"] = "2";   // Hive's client, which Flink uses, puts it there
  for (const auto& [k, v] : t.options.values()) if (!IsStorageOption(k)) parameters[k] = v;
  parameters["comment"] = t.comment;
  bool external = EqualsIgnoreCase(t.options.Get("hive.is-external", ""), "true");
  if (external) parameters["EXTERNAL"] = "TRUE";
  out.parameters = std::move(parameters);
  if (!old || external) out.tableType = external ? "EXTERNAL_TABLE" : "MANAGED_TABLE";
  return out;
}

Result<CatalogTable> FromMetastore(const wire::Table& t, const Constraints& constraints) {
  bool view = t.tableType == "VIRTUAL_VIEW";
  if (!IsHiveTable(t)) {
    config::OptionSet flat;
    for (const auto& [k, v] : t.parameters) if (k.starts_with(kPrefix)) flat.Set(k.substr(sizeof(kPrefix) - 1), v);
    Result<CatalogTable> r = Unflatten(flat);
    if (!r.ok()) return Status(r.status()).WithContext("table \"" + t.dbName + "." + t.tableName + "\" in the metastore");
    CatalogTable out = std::move(r).value();
    if (view) {
      out.kind = CatalogTable::Kind::kView;
      out.original_query = t.viewOriginalText;
      out.expanded_query = t.viewExpandedText;
    }
    return out;
  }
  CatalogTable out;
  auto add = [&](const wire::FieldSchema& f) -> Status {
    Result<types::LogicalType> type = types::FromHive(f.type);
    if (!type.ok()) return Status(type.status()).WithContext("column \"" + f.name + "\" of \"" + t.dbName + "." + t.tableName + "\"");
    Column c;
    c.name = f.name;
    c.type = *type;   // comments stay in the metastore, for others: Flink shows none for Hive tables
    if (std::find(constraints.not_null.begin(), constraints.not_null.end(), f.name) != constraints.not_null.end() ||
        std::find(constraints.primary_key.begin(), constraints.primary_key.end(), f.name) != constraints.primary_key.end())
      c.type = c.type.NotNull();
    out.schema.columns.push_back(std::move(c));
    return Status::OK();
  };
  if (t.sd) for (const wire::FieldSchema& f : t.sd->cols) TRY(add(f));
  for (const wire::FieldSchema& f : t.partitionKeys) {
    TRY(add(f));
    out.partition_keys.push_back(f.name);
  }
  if (!constraints.primary_key.empty()) out.schema.primary_key = types::PrimaryKey{constraints.primary_key_name, constraints.primary_key};
  for (const auto& [k, v] : t.parameters) {
    if (k == "comment") out.comment = v;
    else if (k != kIsGeneric) out.options.Set(k, v);
  }
  if (view) {
    out.kind = CatalogTable::Kind::kView;
    out.original_query = t.viewOriginalText;
    out.expanded_query = t.viewExpandedText;
  } else {
    out.options.Set("connector", "hive");
  }
  return out;
}

config::OptionSet StorageOf(const wire::StorageDescriptor& sd) {
  config::OptionSet o;
  o.Set("location", sd.location);
  o.Set("input-format", sd.inputFormat);
  o.Set("output-format", sd.outputFormat);
  std::string serde = sd.serdeInfo ? sd.serdeInfo->serializationLib : "";
  o.Set("serde", serde);
  std::string in = ToLower(sd.inputFormat), lib = ToLower(serde);
  std::string format = in.find("parquet") != std::string::npos ? "parquet" : in.find("orc") != std::string::npos ? "orc" : in.find("avro") != std::string::npos ? "avro"
                       : in.find("sequencefile") != std::string::npos ? "sequence" : in.find("rcfile") != std::string::npos ? "rc"
                       : lib.find("json") != std::string::npos ? "json" : in.find("textinputformat") != std::string::npos ? "text" : "";
  o.Set("format", format);
  if (sd.serdeInfo) for (const auto& [k, v] : sd.serdeInfo->parameters) o.Set("serde." + k, v);
  return o;
}

}  // namespace tarn::plug::hive
