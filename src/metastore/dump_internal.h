// A store of this process as a source: its calls without a connection.
#pragma once

#include "metastore/dump.h"
#include "wire/codec.h"

namespace tarn::metastore {

struct CatalogSource::Here {
  explicit Here(Service& service) : call{service, caller} { AddAllCalls(router); }
  Caller caller;
  Router router;
  metastore::Call call;
  wire::OutBuffer in, out;
};

}  // namespace tarn::metastore
