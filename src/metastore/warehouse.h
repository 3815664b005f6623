// Directories of databases, tables and partitions: where they lie by default, making, moving, deleting, measuring them.
//
// Local paths ("file:/x", "file:///x", "/x") and object stores (object_store.h: s3, s3a, abfs) are acted on. Elsewhere (hdfs, ...)
// making a directory is nothing, and deleting or moving answers NotSupported (logged by the caller; metadata changes still happen).
// Object stores have no trash. Threads: any.
// Safety: a location with a ".." part is refused. The warehouses, the metastore's own directory and its files, and whatever lies above
// one of them are never deleted or moved, links looked through.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
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

  // A change that will commit next is going to delete it; says so in the journal (directory_journal.h).
  void WillDelete(const std::string& location) const { if (journal_) journal_->Deleting(location); }
  // From here on, changes are told to the journal in this directory; what an earlier process left half-done is logged.
  Status KeepJournal(const std::string& dir, Store& store);
  // Made: true when the directory was not there before.
  Result<bool> MakeDirectory(const std::string& location) const;
  // Removes what MakeDirectory made, if it is still empty.
  void UndoMakeDirectory(const std::string& location) const;
  // To the trash when there is one and not purge. Nothing there: fine.
  Status Delete(const std::string& location, bool purge) const;
  // False when it holds something, is not there or is not local.
  bool DeleteIfEmpty(const std::string& location) const;
  // kAlreadyExists: the target is there. A source that is not there is made at the target.
  Status Move(const std::string& from, const std::string& to) const;
  bool Exists(const std::string& location) const;

  struct QuickStats { int64_t files = 0, bytes = 0; };
  // Files below the location, without hidden ones (names that start with '_' or '.').
  Result<QuickStats> Measure(const std::string& location) const;

  // The path of a local location, or "" for any other.
  static std::string LocalPath(std::string_view location);
  // We can make, measure, move and delete directories there.
  static bool Governed(std::string_view location) { return !LocalPath(location).empty() || !ObjectLocation::Parse(location).store.empty(); }

 private:
  // kDenied: it is, holds or belongs to what is never deleted.
  Status MayRemove(const std::string& location) const;

  std::string root_, external_root_, trash_;
  std::string data_dir_;
  bool trash_on_ = false;
  std::shared_ptr<ObjectStores> stores_;
  std::shared_ptr<DirectoryJournal> journal_;
};

}  // namespace tarn::metastore
