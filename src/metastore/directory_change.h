// The directories that one change moves, or takes away from a dropped object: they follow the outcome of its transaction.
//
//   DirectoryChange directories(warehouse);
//   { auto write = ...; rows ...; TRY(directories.SetAside(write, dropped)); TRY(write.Commit()); }
//   directories.Finish();
//
// A dropped directory is renamed, while the lease is held, to a hidden sibling (".tarn-dropped-..."), so that a new object of the same
// name never meets it, and is deleted (or goes to the trash) by Finish, without the lease. Without a commit everything moves back.
// A crash: every move is in the journal before it is made, and the transaction leaves a row "moved.<id>" in `meta`; the next start
// finds by it whether the change was committed, and moves back or deletes what is left, with a line in the log.
// What can't be renamed (object stores, mount points, no permission) is deleted by Finish where it lies.
// Threads: one at a time, as the lease. Errors: Move as Warehouse::Move; SetAside only the store's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "metastore/directory_journal.h"
#include "metastore/store/store.h"

namespace tarn::metastore {

class Warehouse;

struct DroppedDirectory {
  std::string location;
  bool purge = false;      // not to the trash
};

class DirectoryChange {
 public:
  using Moves = std::vector<std::pair<std::string, std::string>>;   // from, to
  explicit DirectoryChange(const Warehouse& warehouse);
  // In order, to the first that fails; `failed` is then its index.
  Status Move(Store::WriteLease& write, const Moves& moves, size_t* failed = nullptr);
  Status Move(Store::WriteLease& write, const std::string& from, const std::string& to) { return Move(write, Moves{{from, to}}); }
  // The last thing before the commit.
  Status SetAside(Store::WriteLease& write, const std::vector<DroppedDirectory>& dropped);
  // After the commit. Logs what it could not delete: the drop stands. What takes more than half a second goes on after the answer.
  void Finish();

 private:
  struct State;
  Status Begin(Store::WriteLease& write);
  std::shared_ptr<State> state_;
};

// What an earlier process left unsettled. Moves back what was not committed; the rest (deleting) is the function that it returns.
Result<std::function<void()>> SettleDirectories(const Warehouse& warehouse, DirectoryJournal& journal, Store& store);

}  // namespace tarn::metastore
