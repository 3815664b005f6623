#include "table/registry.h"

#include "base/text.h"

namespace tarn::table {
namespace {

template <typename F>
Status AddTo(std::map<std::string, std::unique_ptr<F>>& map, std::unique_ptr<F> factory, std::string_view kind) {
  std::string id = factory->identifier();
  if (!map.emplace(id, std::move(factory)).second) return Status::AlreadyExists(std::string(kind) + " '" + id + "' is registered twice");
  return Status::OK();
}

template <typename F>
Result<const F*> FindIn(const std::map<std::string, std::unique_ptr<F>>& map, const std::string& identifier, std::string_view java_class) {
  auto it = map.find(identifier);
  if (it != map.end()) return it->second.get();
  std::vector<std::string> names;
  for (const auto& [name, factory] : map) names.push_back(name);
  Status s = Status::InvalidSql("Could not find any factory for identifier '" + identifier + "' that implements '" + std::string(java_class) +
                                "' in the classpath.")
                 .WithDetail("Available factory identifiers are: " + Join(names, ", "));
  std::string closest = ClosestName(identifier, names);
  return closest.empty() ? s : std::move(s).WithHint("did you mean '" + closest + "'?");
}

template <typename F>
std::vector<const F*> List(const std::map<std::string, std::unique_ptr<F>>& map) {
  std::vector<const F*> out;
  for (const auto& [name, factory] : map) out.push_back(factory.get());
  return out;
}

// "format" -> "json.", "value.format" -> "value.json."
std::string FormatPrefix(std::string_view key, const std::string& identifier) {
  if (key == "format") return identifier + ".";
  return std::string(key.substr(0, key.size() - std::string_view("format").size())) + identifier + ".";
}

constexpr std::string_view kNoConnector =
    "Table options do not contain an option key 'connector' for discovering a connector. Therefore, Flink assumes a managed table. However, a "
    "managed table factory that implements org.apache.flink.table.factories.ManagedTableFactory is not in the classpath.";

std::vector<config::OptionSpec> WatermarkOptions() {
  return {
      {"scan.watermark.emit.strategy", "enum", "on-periodic", false, "when watermarks are emitted", {"on-periodic", "on-event"}},
      {"scan.watermark.emit.on-event.gap", "integer", "1", false, "rows between watermarks of on-event", {}},
      {"scan.watermark.idle-timeout", "duration", "", false, "a split without rows for so long holds no watermark back", {}},
  };
}

// All options of the table against the connector's and its formats' specs.
Status Check(const Registry& registry, const ConnectorFactory& connector, const config::OptionSet& options) {
  std::vector<config::OptionSpec> specs = connector.options();
  // Watermark options belong to every source; the planner reads them (Flink's FactoryUtil does the same).
  for (config::OptionSpec& w : WatermarkOptions()) {
    bool own_spec = false;
    for (const config::OptionSpec& spec : specs) own_spec = own_spec || spec.key == w.key;
    if (!own_spec) specs.push_back(std::move(w));
  }
  const size_t own = specs.size();
  for (size_t i = 0; i < own; ++i) {
    const std::string key = specs[i].key;
    if (key != "format" && !key.ends_with(".format")) continue;
    auto identifier = options.Find(key);
    if (!identifier) continue;
    const FormatFactory* format = TRY(registry.FindFormat(*identifier));
    const std::string prefix = FormatPrefix(key, *identifier);
    for (config::OptionSpec spec : format->options()) {
      spec.key = prefix + spec.key;
      specs.push_back(std::move(spec));
    }
  }
  return config::ValidateOptions(connector.identifier(), options, specs);
}

Result<const ConnectorFactory*> ConnectorOf(const Registry& registry, const TableContext& context) {
  auto identifier = context.table.options.Find("connector");
  if (!identifier) return Status::InvalidSql(std::string(kNoConnector));
  return registry.FindConnector(*identifier);
}

}  // namespace

Result<std::unique_ptr<Source>> ConnectorFactory::CreateSource(const TableContext&) const {
  return Status::NotSupported("Connector '" + identifier() + "' can only be used as a sink. It cannot be used as a source.");
}

Result<std::unique_ptr<Sink>> ConnectorFactory::CreateSink(const TableContext&) const {
  return Status::NotSupported("Connector '" + identifier() + "' can only be used as a source. It cannot be used as a sink.");
}

Status Registry::Add(std::unique_ptr<ConnectorFactory> f) { return AddTo(connectors_, std::move(f), "connector"); }
Status Registry::Add(std::unique_ptr<FormatFactory> f) { return AddTo(formats_, std::move(f), "format"); }
Status Registry::Add(std::unique_ptr<CatalogFactory> f) { return AddTo(catalogs_, std::move(f), "catalog"); }

Result<const ConnectorFactory*> Registry::FindConnector(const std::string& identifier) const {
  return FindIn(connectors_, identifier, "org.apache.flink.table.factories.DynamicTableFactory");
}
Result<const FormatFactory*> Registry::FindFormat(const std::string& identifier) const {
  return FindIn(formats_, identifier, "org.apache.flink.table.factories.DeserializationFormatFactory");
}
Result<const CatalogFactory*> Registry::FindCatalog(const std::string& identifier) const {
  return FindIn(catalogs_, identifier, "org.apache.flink.table.factories.CatalogFactory");
}

std::vector<const ConnectorFactory*> Registry::connectors() const { return List(connectors_); }
std::vector<const FormatFactory*> Registry::formats() const { return List(formats_); }
std::vector<const CatalogFactory*> Registry::catalogs() const { return List(catalogs_); }

Result<std::unique_ptr<Source>> Registry::CreateSource(TableContext context) const {
  const ConnectorFactory* connector = TRY(ConnectorOf(*this, context));
  if (connector->can_read()) TRY(Check(*this, *connector, context.table.options));
  context.registry = this;
  return connector->CreateSource(context);
}

Result<std::unique_ptr<Sink>> Registry::CreateSink(TableContext context) const {
  const ConnectorFactory* connector = TRY(ConnectorOf(*this, context));
  if (connector->can_write()) TRY(Check(*this, *connector, context.table.options));
  context.registry = this;
  return connector->CreateSink(context);
}

Result<std::unique_ptr<Format>> Registry::CreateFormat(const config::OptionSet& options, const std::string& key, const std::string& time_zone) const {
  const std::string identifier = TRY(options.Require(key));
  const FormatFactory* factory = TRY(FindFormat(identifier));
  const config::OptionSet own = options.WithPrefix(FormatPrefix(key, identifier));
  TRY(config::ValidateOptions(identifier, own, factory->options()));
  return factory->Create(own, time_zone);
}

}  // namespace tarn::table
