// Directories of databases, tables and partitions: where they lie by default, making, moving, deleting, measuring them.
//
// Local paths ("file:/x", "file:///x", "/x") and object stores (object_store.h: s3, s3a, abfs) are acted on. Elsewhere (hdfs, ...)
// making a directory is nothing, and deleting or moving answers NotSupported (logged by the caller; metadata changes still happen).
// Object stores have no trash. Nobody empties the trash. Threads: any.
// Safety: a location with a ".." part is refused. The warehouses, the metastore's own directory and its files, and whatever lies above
// one of them are never deleted or moved, links looked through.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "metastore/deleter.h"
#include "metastore/directory_journal.h"
#include "metastore/object_store.h"
#include "metastore/options.h"

namespace tarn::metastore {

class Warehouse {
 public:
  static Result<Warehouse> Make(const MetastoreOptions& options);

  const std::string& root() const { return root_; }
  const std::string& external_root() const { return external_root_; }
  std::string DatabaseLocation(std::string_view catalog_location, std::string_view db) const;          // managed
  std::string ExternalDatabaseLocation(std::string_view db) const;
  static std::string Child(std::string_view location, std::string_view name);

  // Gives the location a scheme ("file:/x"), drops a trailing slash; refuses "..", NUL and relative paths.
  Result<std::string> Qualify(std::string_view location) const;

  // From here on, changes are told to the journal in this directory; what an earlier process left half-done is settled and logged.
  // This object must stay where it is.
  Status KeepJournal(const std::string& dir, Store& store);
  DirectoryJournal* journal() const { return journal_.get(); }   // null: none is kept
  // Made: true when the directory was not there before.
  Result<bool> MakeDirectory(const std::string& location) const;
  // Removes what MakeDirectory made, if it is still empty.
  void UndoMakeDirectory(const std::string& location) const;
  // To the trash when there is one and not purge, under another file system by copying; what can't go there stays. Nothing there: fine.
  // Of what a transaction drops, directory_change.h takes care.
  Status Delete(const std::string& location, bool purge) const;
  // The same with what was at the location and now is at this local path. False: `stop`, asked at every file that it deletes, said so.
  Result<bool> Discard(const std::string& path, const std::string& location, bool purge, const Deleter::Stop& stop = {}) const;
  Deleter& deleter() const { return *deleter_; }
  // kDenied: it is, holds or belongs to what is never deleted. `parent`: of the location asked about before, and what it is without links.
  Status MayRemove(const std::string& location, std::pair<std::string, std::string>* parent = nullptr) const;
  // False when it holds something, is not there or is not local.
  bool DeleteIfEmpty(const std::string& location) const;
  // Within an object store. kAlreadyExists: the target is there. A source that is not there is made at the target.
  Status MoveObjects(const std::string& from, const std::string& to) const;
  bool Exists(const std::string& location) const;

  struct QuickStats { int64_t files = 0, bytes = 0; };
  // Files below the location, without hidden ones (names that start with '_' or '.').
  Result<QuickStats> Measure(const std::string& location) const;

  // The path of a local location, or "" for any other.
  static std::string LocalPath(std::string_view location);
  // We can make, measure, move and delete directories there.
  static bool Governed(std::string_view location) { return !LocalPath(location).empty() || !ObjectLocation::Parse(location).store.empty(); }

 private:
  std::string root_, external_root_, trash_;
  std::vector<std::string> kept_;   // paths that are never deleted, as written and without links
  bool trash_on_ = false;
  std::shared_ptr<ObjectStores> stores_;
  std::shared_ptr<DirectoryJournal> journal_;
  std::shared_ptr<Deleter> deleter_ = std::make_shared<Deleter>();   // the last: its thread uses the others
};

}  // namespace tarn::metastore
