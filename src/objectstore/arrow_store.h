// An object store through one of Arrow's file systems. Contract: metastore/object_store.h. Threads: any.
#pragma once

#include <memory>

#include "metastore/object_store.h"

namespace tarn::objectstore {

// By the location's scheme: S3 or Azure. Settings: README of docs/operating/metastore.md, "Object stores".
Result<std::unique_ptr<metastore::ObjectStore>> Open(const metastore::ObjectLocation& location, const metastore::ObjectStoreSettings& settings);

}  // namespace tarn::objectstore
