// Which directories a change was about to make, move or delete, in case the process is killed between the disk and the database.
// Format: docs/format/metastore-store.md.
//
// Lines are written before the disk is touched. Those about directories that are made are not synced (a killed process loses nothing);
// those of a change that moves directories are. After an unclean end the next start
//   - settles the changes that moved directories (directory_change.h), before it serves,
//   - then logs in the background every other directory that is there and to which nothing refers: "orphan directory ...". Nothing of
//     these is deleted: `tarn-metastore check` tells of them.
// Threads: any. Limit: two files of kBytesMax; a single change that makes more directories than fit there is checked in part. What is
// known of changes that are not settled is carried into each new file.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "metastore/store/store.h"

namespace tarn::metastore {

class DirectoryJournal {
 public:
  static constexpr int64_t kBytesMax = 16 << 20;
  static constexpr size_t kSpentMax = 64;

  enum class Kind : char { kMoved = 'm', kDropped = 'd', kPurged = 'p' };   // kDropped: to the trash, when there is one
  struct Move {
    Kind kind;
    std::string from, to;   // locations
  };
  enum class Outcome : char { kOpen = '>', kCommitted = '!', kUndone = '^' };
  struct Change {
    std::string id;
    Outcome outcome = Outcome::kOpen;
    std::vector<Move> moves;
  };

  // Takes the files that an earlier process left in `dir`.
  static Result<std::shared_ptr<DirectoryJournal>> Open(const std::string& dir);
  ~DirectoryJournal();

  void Making(std::string_view location) { Write(Line('+', location)); }
  void Deleting(std::string_view location) { Write(Line('-', location)); }
  void Gone(std::string_view location) { Write(Line('~', location)); }

  // Before the moves are made, which may be announced in several parts; on the disk when it returns.
  Status Announce(const std::string& id, const std::vector<Move>& moves);
  void Tell(const std::string& id, Outcome outcome);
  // Nothing more is to be done about it.
  void Settled(const std::string& id);
  // Rows of settled changes in the store that nobody needs any more; they are named until Forget.
  std::vector<std::string> Spent();
  void Forget(const std::vector<std::string>& spent);

  // The changes that the earlier process did not settle, oldest first.
  std::vector<Change> Unsettled() const;
  // Looked at by StartCheck like those that it found itself.
  void AlsoCheck(std::string location) { left_.push_back(std::move(location)); }
  // Runs `first`, then logs what else the earlier process left half-done. `store` must live until this object goes.
  void StartCheck(Store& store, std::function<void()> first);

 private:
  explicit DirectoryJournal(std::string file) : file_(std::move(file)) {}
  static std::string Line(char what, std::string_view text);
  static std::string Lines(const Change& change);
  void Read(const std::string& file, std::map<std::string, char>* last, std::set<std::string>* moves);
  bool Write(const std::string& lines, bool sync = false);
  bool WriteLocked(const std::string& lines);
  void Check(Store& store);

  const std::string file_;
  mutable std::mutex mutex_;
  int fd_ = -1;
  int64_t bytes_ = 0, carried_ = 0, old_bytes_ = 0;   // of the file; taken over from the one before it; of what was in it at the start
  bool rotated_ = false;
  std::map<std::string, Change> open_;                // by id, which rise
  std::vector<std::string> spent_;
  std::vector<std::string> left_;                     // locations that the earlier process may have left
  std::thread checker_;
  std::atomic<bool> stop_{false};
};

}  // namespace tarn::metastore
