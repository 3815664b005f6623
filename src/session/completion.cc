// Completion: the grammar's own candidates with the session's names.
#include "sql/complete.h"

#include <algorithm>

#include "session/defaults.h"
#include "session/session_impl.h"

namespace tarn::session {
namespace {

// Names of one session; whatever fails (a metastore that is away) gives none.
class SessionNames final : public sql::NameSource {
 public:
  SessionNames(CatalogManager& catalogs, const table::Registry& registry) : catalogs_(catalogs), registry_(registry) {}
  std::vector<std::string> Catalogs() override { return catalogs_.CatalogNames(); }
  std::vector<std::string> Databases(const std::string& catalog) override {
    auto c = catalogs_.CatalogOf(catalog.empty() ? catalogs_.current_catalog() : catalog);
    return c.ok() ? Some((*c)->ListDatabases()) : std::vector<std::string>{};
  }
  std::vector<std::string> Tables(const std::string& catalog, const std::string& database) override {
    const std::string& name = catalog.empty() ? catalogs_.current_catalog() : catalog;
    const std::string& db = database.empty() ? catalogs_.current_database() : database;
    std::vector<std::string> out;
    if (auto c = catalogs_.CatalogOf(name); c.ok()) out = Some((*c)->ListTables(db));
    for (const auto& [path, t] : catalogs_.temporary())
      if (path.catalog == name && path.database == db) out.push_back(path.name);
    return out;
  }
  std::vector<std::string> Columns(const std::vector<std::string>& path) override {
    if (path.empty() || path.size() > 3) return {};
    auto t = catalogs_.Resolve(sql::Name::Of(path));
    return t.ok() ? t->table.schema.Names() : std::vector<std::string>{};
  }
  std::vector<std::string> Functions() override { return registry_.functions().Names(); }
  std::vector<std::string> Modules() override { return {"core"}; }
  std::vector<std::string> OptionKeys() override {
    std::vector<std::string> keys;
    for (const auto& [k, v] : DefaultConfig()) keys.push_back(k);
    return keys;
  }

 private:
  static std::vector<std::string> Some(Result<std::vector<std::string>> r) { return r.ok() ? std::move(r).value() : std::vector<std::string>{}; }
  CatalogManager& catalogs_;
  const table::Registry& registry_;
};

}  // namespace

// position: in UTF-16 units, as Java's clients count.
Result<std::vector<std::string>> SessionImpl::Complete(std::string_view statement, int position) {
  std::lock_guard lock(mutex_);
  size_t byte = 0;
  for (int units = 0; byte < statement.size() && units < position;) {
    auto lead = static_cast<unsigned char>(statement[byte]);
    size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    units += length == 4 ? 2 : 1;
    byte = std::min(statement.size(), byte + length);
  }
  SessionNames names(*catalogs_, engine_.registry());
  sql::ParseOptions parse;
  if (Options().Get("table.sql-dialect", "default") == "hive") parse.dialect = sql::Dialect::kHive;
  return sql::CompleteStatement(statement, byte, names, parse).candidates;
}

}  // namespace tarn::session
