// Which directories a change was about to make or delete, in case the process is killed between the disk and the database.
//
// A line is written (not synced: a killed process loses nothing) before a directory is made, and before the change commits that will
// delete one; another when that is over. After an unclean end the next start reads them in the background and logs every directory that
// is there and to which nothing refers: "orphan directory ...". Nothing is deleted: `tarn-metastore check` does that when told to.
// Threads: any. Limit: two files of kBytesMax; a single change that makes more directories than fit there is checked in part.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "metastore/store/store.h"

namespace tarn::metastore {

class DirectoryJournal {
 public:
  static constexpr int64_t kBytesMax = 16 << 20;
  // Takes the files that an earlier process left in `dir`.
  static Result<std::shared_ptr<DirectoryJournal>> Open(const std::string& dir);
  ~DirectoryJournal();

  void Making(std::string_view location) { Write('+', location); }
  void Deleting(std::string_view location) { Write('-', location); }
  void Gone(std::string_view location) { Write('~', location); }
  // Logs what the earlier process left half-done. `store` must live until this object goes.
  void StartCheck(Store& store);

 private:
  explicit DirectoryJournal(std::string file) : file_(std::move(file)) {}
  void Write(char what, std::string_view location);
  void Check(Store& store);

  const std::string file_;
  std::mutex mutex_;
  int fd_ = -1;
  int64_t bytes_ = 0, old_bytes_ = 0;   // of the file; of what was in it at the start
  bool rotated_ = false;
  std::vector<std::string> left_;       // locations that the earlier process may have left
  std::thread checker_;
  std::atomic<bool> stop_{false};
};

}  // namespace tarn::metastore
