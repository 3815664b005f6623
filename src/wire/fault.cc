#include "wire/fault.h"

namespace tarn::wire {

namespace {
struct Row {
  const char* name;
  StatusCode code;
};
constexpr Row kFaults[] = {
    {"AlreadyExistsException", StatusCode::kAlreadyExists},
    {"CompactionAbortedException", StatusCode::kCancelled},
    {"ConfigValSecurityException", StatusCode::kDenied},
    {"IndexAlreadyExistsException", StatusCode::kAlreadyExists},
    {"InvalidInputException", StatusCode::kInvalidSql},
    {"InvalidObjectException", StatusCode::kInvalidSql},
    {"InvalidOperationException", StatusCode::kConflict},
    {"InvalidPartitionException", StatusCode::kInvalidSql},
    {"MetaException", StatusCode::kInternal},
    {"NoSuchCompactionException", StatusCode::kNotFound},
    {"NoSuchLockException", StatusCode::kNotFound},
    {"NoSuchObjectException", StatusCode::kNotFound},
    {"NoSuchTxnException", StatusCode::kNotFound},
    {"TxnAbortedException", StatusCode::kCancelled},
    {"TxnOpenException", StatusCode::kConflict},
    {"UnknownDBException", StatusCode::kNotFound},
    {"UnknownPartitionException", StatusCode::kNotFound},
    {"UnknownTableException", StatusCode::kNotFound},
};
}  // namespace

std::string_view FaultName(const Status& status) {
  for (const Row& r : kFaults) {
    if (status.detail() == r.name) return r.name;
  }
  return {};
}

Status FaultFromName(std::string_view exception, std::string message) {
  for (const Row& r : kFaults) {
    if (exception == r.name) return Fault(r.code, r.name, std::move(message));
  }
  return Status::Internal(std::move(message)).WithDetail(std::string(exception));
}

}  // namespace tarn::wire
