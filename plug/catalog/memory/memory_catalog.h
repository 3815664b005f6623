// Flink's GenericInMemoryCatalog: metadata that lives as long as the session. Names are case-sensitive.
//
// Errors carry Flink's texts. Threads: any; one mutex.
#pragma once

#include <memory>
#include <string>

#include "table/catalog.h"

namespace tarn::plug {

// The default database exists from the start.
std::shared_ptr<table::Catalog> MakeMemoryCatalog(std::string name, std::string default_database);

}  // namespace tarn::plug
