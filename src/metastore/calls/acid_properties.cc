#include "metastore/calls/acid_properties.h"

#include <optional>

#include "base/text.h"
#include "metastore/rows.h"
#include "wire/fault.h"

namespace tarn::metastore {

namespace {
using wire::MetaError;
constexpr char kTransactional[] = "transactional";
constexpr char kProperties[] = "transactional_properties";
constexpr char kDefault[] = "default";
constexpr char kInsertOnly[] = "insert_only";
using Parameters = std::map<std::string, std::string>;

// Keys have no case.
std::optional<std::string> Value(const Parameters& p, const char* key) {
  std::optional<std::string> out;
  for (const auto& [k, v] : p) if (EqualsIgnoreCase(k, key)) out = v;
  return out;
}
std::optional<std::string> Take(Parameters* p, const char* key) {
  std::optional<std::string> out = Value(*p, key);
  std::erase_if(*p, [&](const auto& kv) { return EqualsIgnoreCase(kv.first, key); });
  return out;
}
bool Is(const std::optional<std::string>& v, const char* text) { return v && EqualsIgnoreCase(*v, text); }

// ORC is the one format that Hive writes ACID tables in.
bool AcidFormat(const wire::Table& t) {
  return t.sd && t.sd->inputFormat == "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat" && t.sd->outputFormat == "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat";
}
bool FullAcid(const wire::Table& t) { return Is(Value(t.parameters, kTransactional), "true") && !Is(Value(t.parameters, kProperties), kInsertOnly); }

Status CheckProperties(const std::string& given, wire::Table* t) {
  std::optional<std::string> p = Take(&t->parameters, kProperties);
  if (!p) return Status::OK();
  *p = ToLower(*p);
  if (*p != kDefault && *p != kInsertOnly) {
    return MetaError("Invalid transactional properties specified for " + given + " with the error unknown value " + *p + " for transactional_properties");
  }
  t->parameters[kProperties] = *p;
  return Status::OK();
}
Status CheckSorted(const std::string& given, const wire::Table& t) {
  if (!t.sd || !FullAcid(t) || t.sd->sortCols.empty()) return Status::OK();
  return MetaError("Table " + given + " cannot support full ACID functionality since it is sorted.");
}
Status NotAcidFormat(const std::string& given) { return MetaError("The table must be stored using an ACID compliant format (such as ORC): " + given); }
Status NotExternal(const std::string& given) { return MetaError(given + " cannot be declared transactional because it's an external table"); }
}  // namespace

Status CheckAcidCreate(const std::string& given, wire::Table* t) {
  std::optional<std::string> transactional = Take(&t->parameters, kTransactional);
  if (!transactional || Is(transactional, "false")) return Status::OK();
  if (!Is(transactional, "true")) return MetaError("'transactional' property of TBLPROPERTIES may only have value 'true': " + given);
  std::optional<std::string> properties = Value(t->parameters, kProperties);
  if (!AcidFormat(*t) && !Is(properties, kInsertOnly)) return NotAcidFormat(given);
  if (IsExternal(*t)) return NotExternal(given);
  t->parameters[kTransactional] = "true";
  if (!properties) t->parameters[kProperties] = kDefault;
  TRY(CheckProperties(given, t));
  return CheckSorted(given, *t);
}

Status CheckAcidAlter(const std::string& given, const wire::Table& old_table, wire::Table* t) {
  if (t->parameters.empty()) return Status::OK();
  std::optional<std::string> now = Take(&t->parameters, kTransactional), before = Value(old_table.parameters, kTransactional);
  std::optional<std::string> properties = Value(t->parameters, kProperties), properties_before = Value(old_table.parameters, kProperties);
  if (Is(now, "false")) now.reset();
  if (now) t->parameters[kTransactional] = *now;
  bool valid = before ? now && EqualsIgnoreCase(*before, *now) : !now;
  if (Is(now, "true") && !Is(before, "true")) {
    if (!properties) properties = t->parameters[kProperties] = kDefault;
    if (!Is(properties, kInsertOnly) && !AcidFormat(*t)) return NotAcidFormat(given);
    if (t->tableType == "EXTERNAL_TABLE") return NotExternal(given);
    valid = true;
  }
  bool insert_only = Is(properties_before, kInsertOnly);
  if (!valid && !insert_only) return MetaError("TBLPROPERTIES with 'transactional'='true' cannot be unset: " + given);
  if (properties) {
    if (!before) TRY(CheckProperties(given, t));
    else if (!insert_only && (!properties_before || !EqualsIgnoreCase(*properties_before, *properties))) {
      return MetaError("TBLPROPERTIES with 'transactional_properties' cannot be altered after the table is created");
    }
  }
  return CheckSorted(given, *t);
}

}  // namespace tarn::metastore
