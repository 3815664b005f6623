// What other families ask of transactions.
#pragma once

#include "metastore/service.h"

namespace tarn::metastore {

// NoSuchTxn for an unknown or committed one, TxnAborted for an aborted (or timed out) one.
Status CheckTxnOpen(Call& call, int64_t txn_id);
Status HeartbeatTxn(Call& call, int64_t txn_id);

// Aborts transactions whose clients are gone, when locks of theirs may stand in somebody's way.
Status FreeLocksOfDeadTxns(Call& call);

// What the locks of a transaction say it will write.
Status RecordTxnWrites(Call& call, const wire::LockRequest& request);

}  // namespace tarn::metastore
