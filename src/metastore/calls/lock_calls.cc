// Locks.
#include "metastore/calls/txn_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

Result<LockResponse> TakeLock(Call& call, lock_args& a) {
  if (!a.rqst) return MetaError("request is null");
  if (a.rqst->txnid) {
    TRY(CheckTxnOpen(call, a.rqst->txnid));
    TRY(RecordTxnWrites(call, *a.rqst));
  }
  TRY(FreeLocksOfDeadTxns(call));
  return call.service.locks().Lock(*a.rqst);
}
Result<LockResponse> CheckLock(Call& call, check_lock_args& a) {
  if (!a.rqst) return MetaError("request is null");
  int64_t txn = TRY(call.service.locks().TxnOf(a.rqst->lockid));
  if (txn) TRY(HeartbeatTxn(call, txn));
  TRY(FreeLocksOfDeadTxns(call));
  return call.service.locks().Check(a.rqst->lockid);
}
Status ReleaseLock(Call& call, unlock_args& a) {
  if (!a.rqst) return MetaError("request is null");
  return call.service.locks().Unlock(a.rqst->lockid);
}
Status Heartbeat(Call& call, heartbeat_args& a) {
  if (!a.ids) return MetaError("request is null");
  if (a.ids->lockid) TRY(call.service.locks().Heartbeat(a.ids->lockid));
  if (a.ids->txnid) TRY(HeartbeatTxn(call, a.ids->txnid));
  return Status::OK();
}
Result<ShowLocksResponse> ShowLocks(Call& call, show_locks_args& a) {
  TRY(FreeLocksOfDeadTxns(call));
  ShowLocksRequest q;
  if (a.rqst) q = *a.rqst;
  ShowLocksResponse out;
  out.set_locks(TRY(call.service.locks().Show(q)));
  return out;
}
}  // namespace

void AddLockCalls(Router& r) {
  r.Add<call::lock, TakeLock>();
  r.Add<call::check_lock, CheckLock>();
  r.Add<call::unlock, ReleaseLock>();
  r.Add<call::heartbeat, Heartbeat>();
  r.Add<call::show_locks, ShowLocks>();
}

}  // namespace tarn::metastore
