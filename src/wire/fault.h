// Hive's exceptions as Status: the code says how a caller reacts, detail() holds the exception's Thrift name.
//
// A metastore rule returns one of these; the dispatcher writes it as the exception that the call declares (or MetaException).
// The client turns a received exception back into the same Status. Threads: values.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::wire {

inline Status Fault(StatusCode code, const char* exception, std::string message) { return Status(code, std::move(message)).WithDetail(exception); }

inline Status NoSuchObject(std::string m) { return Fault(StatusCode::kNotFound, "NoSuchObjectException", std::move(m)); }
inline Status UnknownTable(std::string m) { return Fault(StatusCode::kNotFound, "UnknownTableException", std::move(m)); }
inline Status UnknownDb(std::string m) { return Fault(StatusCode::kNotFound, "UnknownDBException", std::move(m)); }
inline Status ObjectExists(std::string m) { return Fault(StatusCode::kAlreadyExists, "AlreadyExistsException", std::move(m)); }
inline Status InvalidObject(std::string m) { return Fault(StatusCode::kInvalidSql, "InvalidObjectException", std::move(m)); }
inline Status InvalidInput(std::string m) { return Fault(StatusCode::kInvalidSql, "InvalidInputException", std::move(m)); }
inline Status InvalidOperation(std::string m) { return Fault(StatusCode::kConflict, "InvalidOperationException", std::move(m)); }
inline Status MetaError(std::string m) { return Fault(StatusCode::kInternal, "MetaException", std::move(m)); }
inline Status NoSuchTxn(std::string m) { return Fault(StatusCode::kNotFound, "NoSuchTxnException", std::move(m)); }
inline Status NoSuchLock(std::string m) { return Fault(StatusCode::kNotFound, "NoSuchLockException", std::move(m)); }
inline Status TxnAborted(std::string m) { return Fault(StatusCode::kCancelled, "TxnAbortedException", std::move(m)); }
inline Status TxnOpen(std::string m) { return Fault(StatusCode::kConflict, "TxnOpenException", std::move(m)); }
inline Status ConfigDenied(std::string m) { return Fault(StatusCode::kDenied, "ConfigValSecurityException", std::move(m)); }
inline Status NoSuchCompaction(std::string m) { return Fault(StatusCode::kNotFound, "NoSuchCompactionException", std::move(m)); }

// Hive's server meets a null here that it does not survive: it drops the connection without a reply, and clients' tests expect that.
inline constexpr char kHangUp[] = "hang up";
inline Status HangUp(std::string m) { return Status::Internal(std::move(m)).WithDetail(kHangUp); }

// "NoSuchObjectException" for a Fault, "" for any other Status.
std::string_view FaultName(const Status& status);
// The Status for a received exception. A name that we do not know becomes kInternal.
Status FaultFromName(std::string_view exception, std::string message);

}  // namespace tarn::wire
