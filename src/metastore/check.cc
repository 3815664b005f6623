#include "metastore/check.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <unordered_set>

#include "base/clock.h"
#include "fmt/format.h"
#include "metastore/search/segment.h"
#include "metastore/warehouse.h"
#include "wire/hms_client.h"

namespace tarn::metastore {

using namespace wire;
namespace fs = std::filesystem;

const char* ProblemName(Problem p) {
  constexpr const char* kNames[] = {"database-directory-missing", "table-directory-missing", "partition-directory-missing", "partition-not-registered",
                                    "directory-without-owner", "leftover-staging", "leftover-in-progress", "leftover-of-another-engine"};
  return kNames[static_cast<int>(p)];
}
const char* ProblemHint(Problem p) {
  constexpr const char* kHints[] = {"--repair makes it",
                                    "--repair makes it for a managed table; the data of an external one may be away (a mount?)",
                                    "readers fail or see nothing there; bring the data back, or drop the partition",
                                    "its rows are not seen; MSCK REPAIR TABLE or ALTER TABLE ... ADD PARTITION registers it",
                                    "no database, table or partition lies there; look who made it before removing it",
                                    "a batch job of Tarn's did not end; --repair removes it",
                                    "a streaming job's file; it is needed if that job comes back from a checkpoint, else remove it",
                                    "an interrupted job of Hive's or Spark's; remove it when that job is gone"};
  return kHints[static_cast<int>(p)];
}

namespace {
constexpr size_t kTablesPerRequest = 50, kPartitionsPerRequest = 500;
constexpr int kOwnerlessDepthMax = 8;

std::string Normal(std::string path) {
  path = fs::path(path).lexically_normal().string();
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}
bool IsDirectory(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
}
int64_t ModifiedMs(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0 ? static_cast<int64_t>(st.st_mtim.tv_sec) * 1000 : 0;
}
// The youngest thing below; of a directory that is written to, that is now.
int64_t NewestMs(const std::string& path) {
  int64_t newest = ModifiedMs(path);
  std::error_code ec;
  for (fs::recursive_directory_iterator it(path, fs::directory_options::skip_permission_denied, ec), end; !ec && it != end; it.increment(ec)) newest = std::max(newest, ModifiedMs(it->path()));
  return newest;
}

class Checker {
 public:
  Checker(CatalogSource& source, const CheckOptions& options, const std::function<void(const Finding&)>& on_finding, const OnProgress& progress)
      : source_(source), options_(options), on_finding_(on_finding), progress_(progress) {}

  Result<CheckCounts> Run() {
    for (const std::string& catalog : TRY(source_.Catalogs())) {
      get_catalog_args args;
      args.catName.Make().name = catalog;
      auto c = source_.Call<call::get_catalog>(args);
      if (c.ok() && c->catalog) AddRoot(c->catalog->locationUri);
      for (const std::string& db : TRY(source_.Databases(catalog))) TRY(CheckDatabase(catalog, db));
    }
    for (const std::string& root : roots_) LookForOwnerless(root, 0);
    return counts_;
  }

 private:
  void Tell(Finding f, const std::function<bool()>& repair = nullptr) {
    ++counts_.findings;
    f.repairable = repair != nullptr;
    if (repair && options_.repair) f.repaired = repair();
    counts_.repaired += f.repaired;
    on_finding_(f);
  }
  // "" when it is not of this machine.
  std::string Own(const std::string& location) {
    std::string path = Warehouse::LocalPath(location);
    if (path.empty()) { counts_.not_local += !location.empty(); return ""; }
    path = Normal(path);
    owned_.insert(search::Checksum(path));
    for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/', slash - 1)) {
      if (!above_.insert(search::Checksum(std::string_view(path).substr(0, slash))).second) break;
    }
    return path;
  }
  void AddRoot(const std::string& location) {
    std::string path = Warehouse::LocalPath(location);
    if (!path.empty() && IsDirectory(path)) roots_.push_back(Normal(path));
  }
  static bool MakeDirectory(const std::string& path) {
    std::error_code ec;
    fs::create_directories(path, ec);
    return !ec;
  }

  Status CheckDatabase(const std::string& catalog, const std::string& db) {
    auto found = source_.Call<call::get_database>({.name = CatalogSource::QualifiedDb(catalog, db)});
    if (!found.ok() && found.status().code() == StatusCode::kNotFound) return Status::OK();
    Database d = TRY(std::move(found));
    ++counts_.databases;
    for (const std::string& location : {d.locationUri, d.managedLocationUri}) {
      std::string path = Own(location);
      if (path.empty()) continue;
      if (IsDirectory(path)) roots_.push_back(path);
      else Tell({Problem::kDatabaseDirectoryMissing, catalog + "." + db, path}, [&] { return MakeDirectory(path); });
    }
    Strings names = TRY(source_.Call<call::get_all_tables>({.db_name = CatalogSource::QualifiedDb(catalog, db)}));
    for (size_t at = 0; at < names.size(); at += kTablesPerRequest) {
      Strings some(names.begin() + static_cast<long>(at), names.begin() + static_cast<long>(std::min(names.size(), at + kTablesPerRequest)));
      for (const Table& t : TRY(source_.Tables(catalog, db, some))) TRY(CheckTable(catalog, db, t));
      if (counts_.tables - told_ >= 10'000) {
        told_ = counts_.tables;
        progress_(fmt::format("{} tables, {} partitions, {} findings so far", counts_.tables, counts_.partitions, counts_.findings));
      }
    }
    return Status::OK();
  }

  Status CheckTable(const std::string& catalog, const std::string& db, const Table& t) {
    ++counts_.tables;
    std::string object = catalog + "." + db + "." + t.tableName;
    if (t.tableType == "VIRTUAL_VIEW" || !t.sd) return Status::OK();
    std::string path = Own(t.sd->location);
    bool there = !path.empty() && IsDirectory(path);
    if (!path.empty() && !there) {
      if (t.tableType == "MANAGED_TABLE") Tell({Problem::kTableDirectoryMissing, object, path}, [&] { return MakeDirectory(path); });
      else Tell({Problem::kTableDirectoryMissing, object, path});
    }
    std::unordered_set<uint64_t> registered;      // partitions below the table's directory
    if (!t.partitionKeys.empty()) TRY(CheckPartitions(catalog, db, t, object, path, &registered));
    if (there) LookInside(path, path, object, t.partitionKeys, 0, registered);
    return Status::OK();
  }

  Status CheckPartitions(const std::string& catalog, const std::string& db, const Table& t, const std::string& object, const std::string& table_path, std::unordered_set<uint64_t>* registered) {
    std::string qualified = CatalogSource::QualifiedDb(catalog, db);
    auto listed = source_.Call<call::get_partition_names>({.db_name = qualified, .tbl_name = t.tableName, .max_parts = -1});
    if (!listed.ok() && listed.status().code() == StatusCode::kNotFound) return Status::OK();
    Strings names = TRY(std::move(listed));
    for (size_t at = 0; at < names.size(); at += kPartitionsPerRequest) {
      get_partitions_by_names_args args;
      args.set_db_name(qualified).set_tbl_name(t.tableName);
      args.names.assign(names.begin() + static_cast<long>(at), names.begin() + static_cast<long>(std::min(names.size(), at + kPartitionsPerRequest)));
      for (const Partition& p : TRY(source_.Call<call::get_partitions_by_names>(args))) {
        ++counts_.partitions;
        if (!p.sd) continue;
        std::string path = Warehouse::LocalPath(p.sd->location);
        if (path.empty()) { counts_.not_local += !p.sd->location.empty(); continue; }
        path = Normal(path);
        if (!table_path.empty() && path.starts_with(table_path + "/")) registered->insert(search::Checksum(path));
        else Own(p.sd->location);
        if (!IsDirectory(path)) Tell({Problem::kPartitionDirectoryMissing, object + " " + MakePartitionName(t.partitionKeys, p.values), path});
      }
    }
    return Status::OK();
  }

  // Below a table: leftovers, and directories of the form key=value that are no partition.
  void LookInside(const std::string& path, const std::string& table, const std::string& object, const std::vector<FieldSchema>& keys, size_t depth, const std::unordered_set<uint64_t>& registered) {
    std::error_code ec;
    for (fs::directory_iterator it(path, fs::directory_options::skip_permission_denied, ec), end; !ec && it != end; it.increment(ec)) {
      std::string name = it->path().filename().string(), whole = it->path().string();
      bool directory = it->is_directory(ec) && !it->is_symlink(ec);
      if (directory && name.starts_with(".staging_")) {
        if (Old(NewestMs(whole))) Tell({Problem::kLeftoverStaging, object, whole}, [&] { return Old(NewestMs(whole)) && fs::remove_all(whole, ec) > 0 && !ec; });
      } else if (directory && (name.starts_with(".hive-staging") || name.starts_with(".spark-staging") || name == "_temporary" || name.starts_with("_scratch"))) {
        if (Old(NewestMs(whole))) Tell({Problem::kLeftoverForeign, object, whole});
      } else if (!directory && name.starts_with('.') && name.find(".inprogress.") != std::string::npos) {
        if (Old(ModifiedMs(whole))) Tell({Problem::kLeftoverInProgress, object, whole});
      } else if (directory && depth < keys.size() && name.starts_with(EscapePathName(keys[depth].name) + "=")) {
        if (depth + 1 == keys.size() && !registered.contains(search::Checksum(whole)) && !owned_.contains(search::Checksum(whole))) {
          Tell({Problem::kPartitionNotRegistered, object + " " + whole.substr(table.size() + 1), whole});
        }
        LookInside(whole, table, object, keys, depth + 1, registered);
      }
      ec.clear();
    }
  }
  bool Old(int64_t modified_ms) const { return modified_ms > 0 && WallClockMs() - modified_ms > options_.leftover_age_ms; }

  // Below the warehouse and each database: what nobody owns. Stops at what somebody does.
  void LookForOwnerless(const std::string& path, int depth) {
    if (!looked_.insert(search::Checksum(path)).second || depth > kOwnerlessDepthMax) return;
    std::error_code ec;
    for (fs::directory_iterator it(path, fs::directory_options::skip_permission_denied, ec), end; !ec && it != end; it.increment(ec)) {
      std::string name = it->path().filename().string(), whole = it->path().string();
      if (name.starts_with('.') || name.starts_with('_') || !it->is_directory(ec) || it->is_symlink(ec)) { ec.clear(); continue; }
      uint64_t key = search::Checksum(whole);
      if (owned_.contains(key)) continue;      // a table's, or a database's, which is a root itself
      if (above_.contains(key)) LookForOwnerless(whole, depth + 1);
      else Tell({Problem::kDirectoryWithoutOwner, "", whole});
    }
  }

  CatalogSource& source_;
  const CheckOptions& options_;
  const std::function<void(const Finding&)>& on_finding_;
  const OnProgress& progress_;
  CheckCounts counts_;
  int64_t told_ = 0;
  std::unordered_set<uint64_t> owned_, above_, looked_;    // of paths
  std::vector<std::string> roots_;
};
}  // namespace

Result<CheckCounts> CheckCatalog(CatalogSource& source, const CheckOptions& options, const std::function<void(const Finding&)>& on_finding, const OnProgress& progress) {
  return Checker(source, options, on_finding, progress).Run();
}

}  // namespace tarn::metastore
