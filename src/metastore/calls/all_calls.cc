#include "metastore/router.h"

namespace tarn::metastore {

void AddAllCalls(Router& r) {
  AddFb303Calls(r);
  AddSessionCalls(r);
  AddDatabaseCalls(r);
  AddTableCalls(r);
  AddTableListCalls(r);
  AddConstraintCalls(r);
  AddPartitionCalls(r);
  AddPartitionListCalls(r);
  AddPartitionChangeCalls(r);
  AddFunctionCalls(r);
  AddLockCalls(r);
  AddTxnCalls(r);
  AddStatisticsCalls(r);
  AddNotificationCalls(r);
  AddCatalogCalls(r);
  AddTokenCalls(r);
  AddPrivilegeCalls(r);
  AddStoredCalls(r);
  AddIndexCalls(r);
  AddWorkloadCalls(r);
  AddRegistryCalls(r);
  AddExtensionCalls(r);
  AddCompactionCalls(r);
  AddSearchCalls(r);
}

}  // namespace tarn::metastore
