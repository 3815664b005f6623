#include "types/arrow_try.h"

namespace tarn {
Status FromArrow(const arrow::Status& s) {
  if (s.ok()) return Status::OK();
  std::string m = s.message();
  switch (s.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::KeyError:
    case arrow::StatusCode::IndexError: return Status::InvalidSql(std::move(m));
    case arrow::StatusCode::NotImplemented: return Status::NotSupported(std::move(m));
    case arrow::StatusCode::IOError: return Status::Unavailable(std::move(m));
    case arrow::StatusCode::OutOfMemory:
    case arrow::StatusCode::CapacityError: return Status::Exhausted(std::move(m));
    case arrow::StatusCode::Cancelled: return Status::Cancelled(std::move(m));
    case arrow::StatusCode::SerializationError: return Status::Corrupt(std::move(m));
    case arrow::StatusCode::AlreadyExists: return Status::AlreadyExists(std::move(m));
    default: return Status::Internal(std::move(m));
  }
}
}  // namespace tarn
