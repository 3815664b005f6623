// blackhole: a sink that swallows every change. No options.
#include "table/registry.h"

namespace tarn::plug {
namespace {

class Writer final : public table::SinkWriter {
 public:
  Status Open(const std::optional<Restored>&) override { return Status::OK(); }
  Status Write(const Batch&) override { return Status::OK(); }
  Result<std::string> PrepareCommit(CheckpointId, bool) override { return std::string(); }
};

class BlackholeSink final : public table::Sink {
 public:
  types::ChangelogMode AcceptedMode(const types::ChangelogMode& offered) const override { return offered; }
  std::string Describe() const override { return "BlackHole"; }
  Result<std::unique_ptr<table::SinkWriter>> CreateWriter(const table::SubtaskContext&) const override { return std::unique_ptr<table::SinkWriter>(new Writer()); }
  Status ApplyStaticPartition(const std::map<std::string, std::string>&) override { return Status::OK(); }
};

class Factory final : public table::ConnectorFactory {
 public:
  std::string identifier() const override { return "blackhole"; }
  std::vector<config::OptionSpec> options() const override { return {}; }
  bool can_read() const override { return false; }
  bool can_write() const override { return true; }
  Result<std::unique_ptr<table::Sink>> CreateSink(const table::TableContext&) const override { return std::unique_ptr<table::Sink>(new BlackholeSink()); }
};

}  // namespace

Status Register_connector_blackhole(table::Registry& registry) { return registry.Add(std::make_unique<Factory>()); }

}  // namespace tarn::plug
