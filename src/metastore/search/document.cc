#include "metastore/search/document.h"

#include <algorithm>
#include <utility>

#include "base/secrets.h"
#include "base/text.h"

namespace tarn::metastore::search {

namespace {
constexpr size_t kPropertyBytesMax = 512;
constexpr size_t kCommentBytesMax = 16 << 10;

// Properties that a server or an engine keeps for itself: no one looks for them, and their numbers would swell the vocabulary.
constexpr std::string_view kNoise[] = {"COLUMN_STATS_ACCURATE", "EXTERNAL", "bucketing_version", "comment", "is_generic", "last_modified_by", "last_modified_time", "numFiles",
                                       "numFilesErasureCoded", "numPartitions", "numRows", "rawDataSize", "serialization.format", "totalSize", "transient_lastDdlTime"};
constexpr std::string_view kNoiseBegins[] = {"spark.sql.sources.schema", "spark.sql.statistics", "flink.schema.", "flink.comment", "metadata_location", "previous_metadata_location",
                                             "current-", "snapshot-", "spark.sql.create.version"};
bool IsNoise(std::string_view key) {
  if (std::binary_search(std::begin(kNoise), std::end(kNoise), key)) return true;
  return std::any_of(std::begin(kNoiseBegins), std::end(kNoiseBegins), [&](std::string_view b) { return key.starts_with(b); });
}

const std::string* Find(const std::map<std::string, std::string>& m, const std::string& key) {
  auto it = m.find(key);
  return it == m.end() ? nullptr : &it->second;
}

bool IsFlinkColumn(std::string_view key, std::string_view end) {   // flink.schema.12.name
  constexpr std::string_view kBegin = "flink.schema.";
  if (!key.starts_with(kBegin) || !key.ends_with(end)) return false;
  std::string_view number = key.substr(kBegin.size(), key.size() - kBegin.size() - end.size());
  return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
}

constexpr std::pair<std::string_view, const char*> kFormatWords[] = {
    {"parquet", "parquet"}, {"orc", "orc"}, {"avro", "avro"}, {"iceberg", "iceberg"}, {"hudi", "hudi"}, {"hoodie", "hudi"}, {"delta", "delta"}, {"kudu", "kudu"},
    {"hbase", "hbase"}, {"jdbc", "jdbc"}, {"druid", "druid"}, {"kafka", "kafka"}, {"json", "json"}, {"opencsv", "csv"}, {"rcfile", "rc"}, {"columnarserde", "rc"},
    {"sequencefile", "sequence"}, {"regexserde", "regex"}, {"textinputformat", "text"}, {"lazysimpleserde", "text"}};
}  // namespace

const char* KindName(Kind kind) {
  constexpr const char* kNames[] = {"table", "view", "database", "function"};
  return kNames[static_cast<int>(kind)];
}
const char* FieldName(Field field) {
  constexpr const char* kNames[] = {"name", "column", "database", "comment", "owner", "format", "location", "property"};
  return kNames[static_cast<int>(field)];
}

std::string FormatOf(const wire::Table& t) {
  if (const std::string* v = Find(t.parameters, "table_type")) return ToLower(*v);                    // Iceberg
  if (const std::string* v = Find(t.parameters, "flink.connector")) return ToLower(*v);
  if (const std::string* v = Find(t.parameters, "spark.sql.sources.provider"); v && *v != "hive") return ToLower(*v);
  if (!t.sd) return "";
  std::string classes = t.sd->serdeInfo ? ToLower(t.sd->serdeInfo->serializationLib) : "";
  classes += " " + ToLower(t.sd->inputFormat);
  if (const std::string* v = Find(t.parameters, "storage_handler")) classes = ToLower(*v) + " " + classes;
  for (auto& [word, name] : kFormatWords) if (classes.find(word) != std::string::npos) return name;
  return "";
}

Document DocumentOf(const wire::Table& t, int64_t id, std::string catalog, std::string database) {
  Document d;
  d.kind = t.tableType == "VIRTUAL_VIEW" || t.tableType == "MATERIALIZED_VIEW" ? Kind::kView : Kind::kTable;
  d.id = id;
  d.catalog = std::move(catalog);
  d.database = std::move(database);
  d.name = t.tableName;
  d.owner = t.owner;
  d.location = t.sd ? t.sd->location : "";
  d.format = d.kind == Kind::kView ? "" : FormatOf(t);
  d.type = t.tableType;
  if (const std::string* c = Find(t.parameters, "comment")) d.comment = *c;
  else if (const std::string* f = Find(t.parameters, "flink.comment")) d.comment = *f;
  d.table = &t;
  return d;
}

Document DocumentOf(const wire::Database& db, int64_t id, std::string catalog) {
  Document d;
  d.kind = Kind::kDatabase;
  d.id = id;
  d.catalog = std::move(catalog);
  d.database = d.name = db.name;
  d.owner = db.ownerName;
  d.location = db.locationUri;
  d.comment = db.description;
  d.type = "DATABASE";
  d.db = &db;
  return d;
}

Document DocumentOf(const wire::Function& f, std::string catalog, std::string database) {
  Document d;
  d.kind = Kind::kFunction;
  d.catalog = std::move(catalog);
  d.database = std::move(database);
  d.name = f.functionName;
  d.owner = f.ownerName;
  d.type = "FUNCTION";
  d.function = &f;
  return d;
}

void EachText(const Document& d, const OnText& on_text) {
  on_text(Field::kName, d.name, "");
  auto column = [&](const wire::FieldSchema& f) {
    std::string note = f.comment.empty() ? f.type : f.type + ": " + f.comment;
    on_text(Field::kColumn, f.name, note);
    if (!f.comment.empty()) on_text(Field::kComment, std::string_view(f.comment).substr(0, kCommentBytesMax), f.name);
  };
  const std::map<std::string, std::string>* properties = nullptr;
  if (d.table) {
    if (d.table->sd) for (const wire::FieldSchema& f : d.table->sd->cols) column(f);
    for (const wire::FieldSchema& f : d.table->partitionKeys) column(f);
    properties = &d.table->parameters;
    for (auto& [k, v] : *properties) {   // a Flink table keeps its columns here
      if (IsFlinkColumn(k, ".name")) {
        const std::string* type = Find(*properties, k.substr(0, k.size() - 4) + "data-type");
        on_text(Field::kColumn, v, type ? *type : "");
      } else if (IsFlinkColumn(k, ".comment")) {
        on_text(Field::kComment, v, "");
      }
    }
  }
  if (d.kind != Kind::kDatabase) on_text(Field::kDatabase, d.database, "");
  if (!d.comment.empty()) on_text(Field::kComment, std::string_view(d.comment).substr(0, kCommentBytesMax), "");
  if (!d.owner.empty()) on_text(Field::kOwner, d.owner, "");
  if (!d.format.empty()) on_text(Field::kFormat, d.format, "");
  if (!d.location.empty()) on_text(Field::kLocation, d.location, "");
  if (d.db) properties = &d.db->parameters;
  if (d.function) {
    on_text(Field::kProperty, d.function->className, "class");
    for (const wire::ResourceUri& r : d.function->resourceUris) on_text(Field::kLocation, r.uri, "");
  }
  if (properties) {
    for (auto& [k, v] : *properties) {
      if (IsNoise(k)) continue;
      if (NamesSecret(k)) {   // that there is one may be found, what it is not
        on_text(Field::kProperty, k, "");
        continue;
      }
      on_text(Field::kProperty, k, v);
      if (v.size() <= kPropertyBytesMax) on_text(Field::kProperty, v, k);
    }
  }
  if (d.table && !d.table->viewOriginalText.empty()) on_text(Field::kProperty, std::string_view(d.table->viewOriginalText).substr(0, kCommentBytesMax), "view text");
}

std::string LabelOf(const Document& d, Label label) {
  switch (label) {
    case Label::kCatalog: return ToLower(d.catalog);
    case Label::kDatabase: return ToLower(d.database);
    case Label::kOwner: return ToLower(d.owner);
    case Label::kFormat: return d.format;
    case Label::kKind: return KindName(d.kind);
  }
  return "";
}

}  // namespace tarn::metastore::search
