// Where the catalog's store lies, given what --data names: a metastore's own directory, or a tarn server's, which holds one.
//
//   DIR/format "tarn-data N"   a tarn server's: the store is DIR/metastore, or DIR itself when a metastore was there first (DIR/metastore.format)
//   else                       DIR
// Threads: pure functions of the file system.
#pragma once

#include <string>

namespace tarn::app {

struct MetastorePlace {
  std::string directory;
  std::string warehouse;   // "": DIRECTORY/warehouse; else the URI of the server's
};
MetastorePlace FindMetastorePlace(const std::string& data_dir);
// A metastore has worked here.
bool HoldsMetastore(const std::string& directory);

}  // namespace tarn::app
