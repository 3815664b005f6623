// Catalog objects as the DDL that makes them, in Flink's layout.
#include "session/ddl.h"
#include "sql/printer.h"

namespace tarn::session {
namespace {
std::string Options(const config::OptionSet& o) {
  std::string s = "WITH (\n";
  bool first = true;
  for (const auto& [k, v] : o.values()) {
    if (!first) s += ",\n";
    first = false;
    s += "  " + sql::QuoteString(k) + " = " + sql::QuoteString(v);
  }
  return s + "\n)\n";
}
std::string Names(const std::vector<std::string>& names) {
  std::string s;
  for (const std::string& n : names) s += (s.empty() ? "" : ", ") + sql::QuoteName(n);
  return s;
}
}  // namespace

std::string ShowCreateTable(const table::TablePath& path, const table::CatalogTable& t, bool temporary) {
  std::string s = temporary ? "CREATE TEMPORARY TABLE " : "CREATE TABLE ";
  s += path.Quoted() + " (\n";
  std::vector<std::string> lines;
  for (const types::Column& c : t.schema.columns) {
    std::string line = sql::QuoteName(c.name) + " ";
    switch (c.kind) {
      case types::Column::Kind::kPhysical: line += c.type.ToString(); break;
      case types::Column::Kind::kComputed: line += "AS " + c.expression; break;
      case types::Column::Kind::kMetadata:
        line += c.type.ToString() + " METADATA";
        if (c.metadata_key) line += " FROM " + sql::QuoteString(*c.metadata_key);
        if (c.is_virtual) line += " VIRTUAL";
        break;
    }
    if (!c.comment.empty()) line += " COMMENT " + sql::QuoteString(c.comment);
    lines.push_back(std::move(line));
  }
  if (t.schema.watermark) lines.push_back("WATERMARK FOR " + sql::QuoteName(t.schema.watermark->column) + " AS " + t.schema.watermark->expression);
  if (t.schema.primary_key)
    lines.push_back("CONSTRAINT " + sql::QuoteName(t.schema.primary_key->name) + " PRIMARY KEY (" + Names(t.schema.primary_key->columns) + ") NOT ENFORCED");
  for (size_t i = 0; i < lines.size(); ++i) s += "  " + lines[i] + (i + 1 < lines.size() ? ",\n" : "\n");
  s += ")";
  if (!t.comment.empty()) s += " COMMENT " + sql::QuoteString(t.comment);
  if (!t.partition_keys.empty()) s.append(t.comment.empty() ? " " : "\n").append("PARTITIONED BY (").append(Names(t.partition_keys)).append(")");
  bool newline = !t.comment.empty() || !t.partition_keys.empty();
  if (!t.options.values().empty()) s += (newline ? "\n" : " ") + Options(t.options);
  else s += "\n";
  return s;
}

std::string ShowCreateView(const table::TablePath& path, const table::CatalogTable& t, bool temporary) {
  std::string s = temporary ? "CREATE TEMPORARY VIEW " : "CREATE VIEW ";
  s += path.Quoted() + "(" + Names(t.schema.Names()) + ") as\n" + t.expanded_query;
  if (!t.comment.empty()) s += " COMMENT " + sql::QuoteString(t.comment);
  return s;
}

std::string ShowCreateCatalog(const std::string& name, const CatalogEntry& e) {
  std::string s = "CREATE CATALOG " + sql::QuoteName(name);
  if (!e.comment.empty()) s.append(" COMMENT ").append(sql::QuoteString(e.comment)).append("\n");
  else s += " ";
  return s + Options(e.options);
}

}  // namespace tarn::session
