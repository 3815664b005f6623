#include "plug/layout/files/file_source.h"

#include <algorithm>

#include "base/text.h"
#include "plug/layout/files/file_source_reader.h"

namespace tarn::plug::files {

std::vector<table::ConnectorFactory::Metadata> FileMetadata() {
  using types::LogicalType;
  return {{"file.path", LogicalType::String().NotNull(), true, false},
          {"file.name", LogicalType::String().NotNull(), true, false},
          {"file.size", LogicalType::BigInt().NotNull(), true, false},
          {"file.modification-time", LogicalType::TimestampLtz(3).NotNull(), true, false}};
}

FileSource::FileSource(FileSourceConfig config) : config_(std::move(config)) {
  full_ = config_.physical;
  for (size_t i = 0; i < config_.metadata.size(); ++i) full_.Add(config_.metadata[i].first, config_.metadata_types[i]);
  for (size_t i = 0; i < full_.size(); ++i) columns_.push_back(static_cast<int>(i));
  row_type_ = full_;
}

Result<std::unique_ptr<FileSource>> FileSource::Make(FileSourceConfig config) {
  for (const auto& key : config.partition_keys) {
    if (config.physical.IndexOf(key) < 0) return Status::InvalidSql("partition key '" + key + "' is not a column of the table");
  }
  const auto known = FileMetadata();
  for (const auto& [name, key] : config.metadata) {
    auto it = std::find_if(known.begin(), known.end(), [&k = key](const auto& m) { return m.key == k; });
    if (it == known.end()) return Status::InvalidSql("metadata key '" + key + "' of column '" + name + "' is unknown").WithDetail("known keys: file.path, file.name, file.size, file.modification-time");
    config.metadata_types.push_back(it->type);
  }
  return std::unique_ptr<FileSource>(new FileSource(std::move(config)));
}

types::ChangelogMode FileSource::changelog_mode() const { return config_.format ? config_.format->changelog_mode() : types::ChangelogMode::InsertOnly(); }

std::string FileSource::Describe() const {
  std::string out = config_.description;
  if (columns_.size() < full_.size()) out += ", project=[" + Join(row_type_.names, ", ") + "]";
  if (limit_ >= 0) out += ", limit=[" + std::to_string(limit_) + "]";
  return out;
}

Result<std::unique_ptr<table::SourceReader>> FileSource::CreateReader(const table::SubtaskContext& context) const {
  std::lock_guard lock(making_);
  if (!shared_) {
    shared_ = std::make_shared<Shared>();
    shared_->config = config_;
    shared_->columns = columns_;
    shared_->row_type = row_type_;
    shared_->partition_filters = partition_filters_;
    shared_->data_filters = data_filters_;
    shared_->limit = limit_;
  }
  return std::unique_ptr<table::SourceReader>(new FileSourceReader(shared_, context));
}

bool FileSource::ApplyProjection(const std::vector<int>& columns) {
  std::vector<int> chosen;
  RowType row_type;
  for (int c : columns) {
    chosen.push_back(columns_[static_cast<size_t>(c)]);
    row_type.Add(row_type_.names[static_cast<size_t>(c)], row_type_.types[static_cast<size_t>(c)]);
  }
  columns_ = std::move(chosen);
  row_type_ = std::move(row_type);
  return true;
}

bool FileSource::ApplyLimit(int64_t limit) {
  limit_ = limit;
  return true;
}

bool FileSource::IsPartitionColumn(int column) const {
  if (column >= static_cast<int>(config_.physical.size())) return false;
  const auto& keys = config_.partition_keys;
  return std::find(keys.begin(), keys.end(), config_.physical.names[static_cast<size_t>(column)]) != keys.end();
}

std::vector<expr::ExprPtr> FileSource::ApplyFilters(const std::vector<expr::ExprPtr>& filters) {
  std::vector<expr::ExprPtr> taken, replacement;
  for (size_t i = 0; i < columns_.size(); ++i) replacement.push_back(expr::MakeInputRef(columns_[i], row_type_.types[i]));
  for (const auto& f : filters) {
    const expr::ExprPtr full = expr::Substitute(f, replacement);
    const std::vector<int> inputs = expr::InputsOf({full});
    const bool partition = !inputs.empty() && expr::IsDeterministic(*full) && std::all_of(inputs.begin(), inputs.end(), [this](int i) { return IsPartitionColumn(i); });
    if (partition) {
      partition_filters_.push_back(full);
      taken.push_back(f);
    } else {
      data_filters_.push_back(full);
    }
  }
  return taken;
}

}  // namespace tarn::plug::files
