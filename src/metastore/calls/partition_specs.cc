#include "metastore/calls/partition_specs.h"

#include <algorithm>
#include <optional>

#include "wire/codec.h"

namespace tarn::metastore {

namespace {
using namespace wire;

class Wanted {
 public:
  explicit Wanted(const Strings& fields) : fields_(fields) {}
  // The field itself, or something above or below it.
  bool Some(std::string_view f) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const std::string& x) { return Above(f, x) || Above(x, f) || x == f; });
  }
  // The field itself, or something above it.
  bool Whole(std::string_view f) const {
    return std::any_of(fields_.begin(), fields_.end(), [&](const std::string& x) { return x == f || Above(x, f); });
  }

 private:
  static bool Above(std::string_view a, std::string_view b) { return b.size() > a.size() && b.starts_with(a) && b[a.size()] == '.'; }
  const Strings& fields_;
};

SerDeInfo Projected(const SerDeInfo& from, const Wanted& w) {
  SerDeInfo to;
  if (w.Whole("sd.serdeInfo.name") && from.has_name()) to.set_name(from.name);
  if (w.Whole("sd.serdeInfo.serializationLib") && from.has_serializationLib()) to.set_serializationLib(from.serializationLib);
  if (w.Whole("sd.serdeInfo.parameters")) to.set_parameters(from.parameters);
  return to;
}

StorageDescriptor Projected(const StorageDescriptor& from, const Wanted& w) {
  StorageDescriptor to;
  if (w.Whole("sd.location") && from.has_location()) to.set_location(from.location);
  if (w.Whole("sd.inputFormat") && from.has_inputFormat()) to.set_inputFormat(from.inputFormat);
  if (w.Whole("sd.outputFormat") && from.has_outputFormat()) to.set_outputFormat(from.outputFormat);
  if (w.Whole("sd.compressed")) to.compressed = from.compressed;
  if (w.Whole("sd.numBuckets")) to.numBuckets = from.numBuckets;
  if (w.Whole("sd.parameters")) to.set_parameters(from.parameters);
  if (w.Whole("sd.bucketCols")) to.set_bucketCols(from.bucketCols);
  if (w.Whole("sd.sortCols")) to.set_sortCols(from.sortCols);
  if (w.Some("sd.skewedInfo") && from.skewedInfo) to.skewedInfo = from.skewedInfo;
  if (w.Some("sd.serdeInfo") && from.serdeInfo) to.serdeInfo.Make() = Projected(*from.serdeInfo, w);
  if (w.Some("sd.cols")) {
    std::vector<FieldSchema> cols;
    for (const FieldSchema& f : from.cols) {
      FieldSchema& c = cols.emplace_back();
      if (w.Whole("sd.cols.name") && f.has_name()) c.set_name(f.name);
      if (w.Whole("sd.cols.type") && f.has_type()) c.set_type(f.type);
      if (w.Whole("sd.cols.comment") && f.has_comment()) c.set_comment(f.comment);
    }
    to.set_cols(std::move(cols));
  }
  return to;
}

// % and _; one place to come back to, so that no pattern takes more than |text| x |pattern| steps.
bool Like(std::string_view text, std::string_view pattern) {
  size_t i = 0, j = 0, after_any = std::string_view::npos, taken = 0;
  while (j < text.size()) {
    if (i < pattern.size() && pattern[i] == '%') { after_any = ++i; taken = j; }
    else if (i < pattern.size() && (pattern[i] == '_' || pattern[i] == text[j])) { ++i; ++j; }
    else if (after_any != std::string_view::npos) { i = after_any; j = ++taken; }
    else return false;
  }
  while (i < pattern.size() && pattern[i] == '%') ++i;
  return i == pattern.size();
}

PartitionWithoutSD WithoutDescriptor(Partition& p, const std::string& table_path) {
  PartitionWithoutSD out;
  if (p.has_values()) out.set_values(std::move(p.values));
  out.createTime = p.createTime;
  out.lastAccessTime = p.lastAccessTime;
  if (p.sd && p.sd->has_location()) out.set_relativePath(p.sd->location.substr(table_path.size()));
  if (p.has_parameters()) out.set_parameters(std::move(p.parameters));
  return out;
}

// What partitions of a group have in common.
std::string GroupKey(const StorageDescriptor& sd) {
  StorageDescriptor key;
  key.set_inputFormat(sd.inputFormat);
  key.set_outputFormat(sd.outputFormat);
  key.set_cols(sd.cols);
  key.serdeInfo = sd.serdeInfo;
  return (sd.has_location() ? "in" : "nowhere") + Encode(key);
}

}  // namespace

Partition Projected(const Partition& from, const Strings& fields) {
  Wanted w(fields);
  Partition to;
  if (w.Whole("values")) to.set_values(from.values);
  if (w.Whole("parameters")) to.set_parameters(from.parameters);
  if (w.Whole("createTime")) to.createTime = from.createTime;
  if (w.Whole("lastAccessTime")) to.lastAccessTime = from.lastAccessTime;
  if (w.Whole("dbName")) to.set_dbName(from.dbName);
  if (w.Whole("tableName")) to.set_tableName(from.tableName);
  if (w.Whole("catName")) to.set_catName(from.catName);
  if (w.Some("sd") && from.sd) to.sd.Make() = Projected(*from.sd, w);
  return to;
}

void KeepParameters(const std::string& include, const std::string& exclude, Partition* p) {
  std::erase_if(p->parameters, [&](const auto& kv) {
    return (!include.empty() && !Like(kv.first, include)) || (!exclude.empty() && Like(kv.first, exclude));
  });
}

std::vector<PartitionSpec> GroupedByDescriptor(const Table& table, std::vector<Partition> partitions) {
  const std::string table_path = table.sd ? table.sd->location : "";
  std::vector<PartitionSpec> out;
  std::vector<std::string> keys;
  std::vector<Partition> elsewhere;
  auto spec = [&] {
    PartitionSpec s;
    s.set_catName(table.catName);
    s.set_dbName(table.dbName);
    s.set_tableName(table.tableName);
    return s;
  };
  std::optional<int32_t> buckets;
  for (Partition& p : partitions) {
    if (p.sd && !buckets) buckets = p.sd->numBuckets;
    bool placed = p.sd && p.sd->has_location();
    bool skewed = p.sd && p.sd->skewedInfo && !p.sd->skewedInfo->skewedColNames.empty();
    bool alone = p.sd && placed && (skewed || p.sd->numBuckets != *buckets || !p.sd->location.starts_with(table_path));
    if (alone) {
      elsewhere.push_back(std::move(p));
      continue;
    }
    std::string key = p.sd ? GroupKey(*p.sd) : "";
    auto at = std::find(keys.begin(), keys.end(), key);
    if (at == keys.end()) {
      PartitionSpec& s = out.emplace_back(spec());
      PartitionSpecWithSharedSD& shared = s.sharedSDPartitionSpec.Make();
      StorageDescriptor& sd = shared.sd.Make();
      if (p.sd) sd = *p.sd;
      if (placed) {
        sd.location = table_path;
        s.set_rootPath(table_path);
      }
      at = keys.insert(keys.end(), key);
    }
    out[static_cast<size_t>(at - keys.begin())].sharedSDPartitionSpec->partitions.push_back(WithoutDescriptor(p, table_path));
  }
  if (!elsewhere.empty()) {
    PartitionSpec& s = out.emplace_back(spec());
    s.partitionList.Make().set_partitions(std::move(elsewhere));
  }
  return out;
}

}  // namespace tarn::metastore
