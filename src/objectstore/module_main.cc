// The one symbol that tarn-metastore looks up in tarn-object-store.so.
#include "objectstore/arrow_store.h"

extern "C" __attribute__((visibility("default"))) tarn::metastore::ObjectStore* tarn_open_object_store(
    const tarn::metastore::ObjectLocation& location, const tarn::metastore::ObjectStoreSettings& settings, tarn::Status* error) {
  auto store = tarn::objectstore::Open(location, settings);
  if (store.ok()) return std::move(store).value().release();
  *error = store.status();
  return nullptr;
}
