#include "app/metastore_place.h"

#include <filesystem>
#include <fstream>

namespace tarn::app {
namespace fs = std::filesystem;

bool HoldsMetastore(const std::string& directory) {
  std::error_code error;
  return fs::exists(directory + "/metastore.format", error) || fs::exists(directory + "/metastore.db", error);
}

MetastorePlace FindMetastorePlace(const std::string& data_dir) {
  std::string word, inner = data_dir + "/metastore";
  std::ifstream(data_dir + "/format") >> word;
  if (word != "tarn-data" || (HoldsMetastore(data_dir) && !HoldsMetastore(inner))) return {data_dir, ""};
  std::error_code error;
  std::string path = fs::absolute(data_dir, error).lexically_normal();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return {inner, "file:" + path + "/warehouse"};
}

}  // namespace tarn::app
