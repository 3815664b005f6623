// Lets TRY take arrow::Status and arrow::Result too, so one habit serves both worlds.
#pragma once

#include <arrow/result.h>
#include <arrow/status.h>

#include "base/status.h"

namespace tarn {

// kInvalidSql for Arrow's Invalid/TypeError, kNotSupported for NotImplemented, kUnavailable for IOError, kExhausted for OutOfMemory.
Status FromArrow(const arrow::Status& status);

namespace internal {
inline Status ToStatus(arrow::Status&& s) { return FromArrow(s); }
inline Status ToStatus(const arrow::Status& s) { return FromArrow(s); }
template <typename T> Status ToStatus(arrow::Result<T>&& r) { return FromArrow(r.status()); }
inline void TakeValue(arrow::Status&&) {}
template <typename T> T TakeValue(arrow::Result<T>&& r) { return std::move(r).ValueUnsafe(); }
}  // namespace internal
}  // namespace tarn
