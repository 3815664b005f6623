// Named objects of a kind, as Thrift structs in one table: what a call stores and another gives back.
#pragma once

#include "metastore/rows.h"

namespace tarn::metastore {

template <typename T> Status PutObject(SqlConnection& c, const char* kind, const std::string& name, const T& object) {
  TRY(c.Run("DELETE FROM objects WHERE kind = ? AND name = ?", {kind, name}));
  TRY(c.Run("INSERT INTO objects (kind, name, doc) VALUES (?, ?, ?)", {kind, name, SqlBlob{wire::Encode(object)}}));
  return Status::OK();
}

inline Result<bool> HasObject(SqlConnection& c, const char* kind, const std::string& name) {
  return TRY(c.Int("SELECT COUNT(*) FROM objects WHERE kind = ? AND name = ?", {kind, name}, 0)) > 0;
}

inline Result<bool> DropObject(SqlConnection& c, const char* kind, const std::string& name) {
  return TRY(c.Run("DELETE FROM objects WHERE kind = ? AND name = ?", {kind, name})) > 0;
}

// NoSuchObjectException(missing) when it is not there.
template <typename T> Result<T> GetObject(SqlConnection& c, const char* kind, const std::string& name, const std::string& missing) {
  T out;
  Status decoded;
  bool found = TRY(c.One("SELECT doc FROM objects WHERE kind = ? AND name = ?", {kind, name}, [&](const SqlRow& row) {
    decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(0), T::desc(), &out);
  }));
  TRY(decoded);
  if (!found) return wire::NoSuchObject(missing);
  return out;
}

// Those whose name begins with `prefix`, by name.
template <typename T> Result<std::vector<T>> ListObjects(SqlConnection& c, const char* kind, const std::string& prefix = "") {
  std::vector<T> out;
  Status decoded;
  TRY(c.Each("SELECT name, doc FROM objects WHERE kind = ? ORDER BY name", {kind}, [&](const SqlRow& row) {
    if (!row.Text(0).starts_with(prefix)) return true;
    decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(1), T::desc(), &out.emplace_back());
    return decoded.ok();
  }));
  TRY(decoded);
  return out;
}

}  // namespace tarn::metastore
