#include "metastore/store/change_log.h"

namespace tarn::metastore {

Status ChangeLog::CatchUp() {
  std::unique_lock lock(mutex_);
  const uint64_t mine = begun_ + 1;   // a round that runs already may have asked before our caller's change was committed
  while (ended_ < mine) {
    if (running_) {
      finished_.wait(lock);
      continue;
    }
    running_ = true;
    ++begun_;
    lock.unlock();
    Status s = Round();
    lock.lock();
    running_ = false;
    ended_ = begun_;
    last_ = std::move(s);
    finished_.notify_all();
  }
  return last_;
}

// Everything is new: after the start, after a gap, and when the connection was lost (a stand-by that took over may lack changes).
Status ChangeLog::Restart() {
  uint64_t reconnects = store_.reconnects();
  epoch_ = TRY(connection_->Int("SELECT MAX(epoch) FROM table_changes", {}, 0));
  reconnects_ = reconnects;
  listener_.all();
  return Status::OK();
}

Status ChangeLog::Round() {
  rounds_.fetch_add(1, std::memory_order_relaxed);
  if (!connection_) connection_ = TRY(store_.Connect());
  if (epoch_ < 0) return Restart();
  bool gap = false;
  Status s = connection_->Each("SELECT epoch, tbl_id, kind, names FROM table_changes WHERE epoch > ? ORDER BY epoch", {epoch_}, [&](const SqlRow& row) {
    gap = row.Int(0) != epoch_ + 1;
    if (gap) return false;
    epoch_ = row.Int(0);
    if (row.Int(2) == Store::kTableChanged) listener_.table(row.Int(1));
    else listener_.partitions(row.Int(1), row.Text(3));
    return true;
  });
  if (!s.ok()) {
    epoch_ = -1;
    return s;
  }
  return gap || reconnects_ != store_.reconnects() ? Restart() : Status::OK();
}

}  // namespace tarn::metastore
