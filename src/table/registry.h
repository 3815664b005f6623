// The registry of factories: what connectors, formats, catalogs and functions this program has. Filled once by plug::RegisterAll.
// Threads: filled at start, then read by any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "expr/function.h"
#include "table/catalog.h"
#include "table/format.h"
#include "table/sink.h"
#include "table/source.h"

namespace tarn::table {

class Registry;

// Everything a connector may want to know about the table it serves.
struct TableContext {
  TablePath path;
  CatalogTable table;                       // options already merged with OPTIONS hints
  std::vector<types::Column> metadata;      // the metadata columns in use
  RowType physical;                         // physical columns in schema order (for a source: what it must produce first, then metadata)
  config::OptionSet session;                // SET options
  std::shared_ptr<Catalog> catalog;         // the table's catalog (partition registration); may be null
  const Registry* registry = nullptr;
  bool streaming = true;
  std::string time_zone = "UTC";
};

class ConnectorFactory {
 public:
  virtual ~ConnectorFactory() = default;
  virtual std::string identifier() const = 0;                       // "filesystem"
  virtual std::vector<config::OptionSpec> options() const = 0;
  // Readable/writable metadata keys with their types.
  struct Metadata { std::string key; types::LogicalType type; bool readable = true, writable = false; };
  virtual std::vector<Metadata> metadata(const TableContext&) const { return {}; }
  virtual Result<std::unique_ptr<Source>> CreateSource(const TableContext&) const;   // kNotSupported with Flink's text by default
  virtual Result<std::unique_ptr<Sink>> CreateSink(const TableContext&) const;       // row: physical columns, then persisted metadata columns
  virtual bool can_read() const = 0;
  virtual bool can_write() const = 0;
};

class FormatFactory {
 public:
  virtual ~FormatFactory() = default;
  virtual std::string identifier() const = 0;
  virtual std::vector<config::OptionSpec> options() const = 0;
  // options: prefix removed ("ignore-parse-errors"). `time_zone`: session zone.
  virtual Result<std::unique_ptr<Format>> Create(const config::OptionSet& options, const std::string& time_zone) const = 0;
};

class CatalogFactory {
 public:
  virtual ~CatalogFactory() = default;
  virtual std::string identifier() const = 0;
  virtual std::vector<config::OptionSpec> options() const = 0;
  struct Context { std::string name; config::OptionSet options; std::string own_metastore_uri; /* thrift://127.0.0.1:port or "" */ };
  virtual Result<std::shared_ptr<Catalog>> Create(const Context& context) const = 0;
};

class Registry {
 public:
  Status Add(std::unique_ptr<ConnectorFactory> f);   // kAlreadyExists
  Status Add(std::unique_ptr<FormatFactory> f);
  Status Add(std::unique_ptr<CatalogFactory> f);
  expr::FunctionRegistry& functions() { return functions_; }
  const expr::FunctionRegistry& functions() const { return functions_; }

  // kInvalidSql with Flink's text "Could not find any factory for identifier 'x' that implements '...' in the classpath." and
  // the closest name as hint.
  Result<const ConnectorFactory*> FindConnector(const std::string& identifier) const;
  Result<const FormatFactory*> FindFormat(const std::string& identifier) const;
  Result<const CatalogFactory*> FindCatalog(const std::string& identifier) const;
  std::vector<const ConnectorFactory*> connectors() const;
  std::vector<const FormatFactory*> formats() const;
  std::vector<const CatalogFactory*> catalogs() const;

  // Finds the connector by options["connector"], checks all options (format options included), makes the source or sink.
  Result<std::unique_ptr<Source>> CreateSource(TableContext context) const;
  Result<std::unique_ptr<Sink>> CreateSink(TableContext context) const;
  // The format named by options[key] ("format", "value.format"), made with its own prefixed options.
  Result<std::unique_ptr<Format>> CreateFormat(const config::OptionSet& options, const std::string& key, const std::string& time_zone) const;

 private:
  std::map<std::string, std::unique_ptr<ConnectorFactory>> connectors_;
  std::map<std::string, std::unique_ptr<FormatFactory>> formats_;
  std::map<std::string, std::unique_ptr<CatalogFactory>> catalogs_;
  expr::FunctionRegistry functions_;
};

}  // namespace tarn::table
