#include "metastore/object_store.h"

#include <dlfcn.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

namespace tarn::metastore {

ObjectLocation ObjectLocation::Parse(std::string_view location) {
  ObjectLocation out;
  size_t colon = location.find("://");
  if (colon == std::string_view::npos) return out;
  std::string scheme = ToLower(location.substr(0, colon));
  std::string_view rest = location.substr(colon + 3);
  size_t slash = rest.find('/');
  std::string authority(rest.substr(0, slash));
  std::string key(slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1));
  while (key.ends_with('/')) key.pop_back();
  if (scheme == "s3" || scheme == "s3a" || scheme == "s3n") {
    out.bucket = authority;
    out.store = "s3 " + authority;
  } else if (scheme == "abfs" || scheme == "abfss") {
    size_t at = authority.find('@');
    if (at == std::string::npos) return out;
    out.bucket = authority.substr(0, at);
    out.account = authority.substr(at + 1);
    out.store = "abfs " + out.account;
  } else {
    return out;
  }
  if (out.bucket.empty()) return {};
  out.path = key.empty() ? out.bucket : out.bucket + "/" + key;
  return out;
}

Status ObjectStores::Load() {
  char self[4096];
  ssize_t n = ::readlink("/proc/self/exe", self, sizeof(self) - 1);
  std::string dir(self, n > 0 ? static_cast<size_t>(n) : 0);
  dir.resize(dir.rfind('/') == std::string::npos ? 0 : dir.rfind('/'));
  std::string tried;
  for (const std::string& file : {dir + "/tarn-object-store.so", dir + "/lib/tarn-object-store.so", dir + "/../lib/tarn/tarn-object-store.so"}) {
    if (::access(file.c_str(), R_OK) != 0) continue;
    void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!module) return Status::NotSupported("object store locations: the module " + file + " can't be loaded").WithDetail(::dlerror());
    factory_ = reinterpret_cast<ObjectStoreFactory>(::dlsym(module, kObjectStoreFactory));
    if (!factory_) return Status::NotSupported("object store locations: " + file + " is no module of this program");
    LogInfo("object store module {} loaded", file);
    return Status::OK();
  }
  return Status::NotSupported("object store locations: tarn-object-store.so is not beside this program");
}

Result<std::shared_ptr<ObjectStore>> ObjectStores::Open(const ObjectLocation& location) {
  std::lock_guard lock(mutex_);
  std::shared_ptr<ObjectStore>& store = open_[location.store];
  if (store) return store;
  bool s3 = location.store.starts_with("s3 "), told = false;
  for (const auto& [key, value] : settings_) told |= s3 ? key.starts_with("fs.s3a.") || key.starts_with("fs.s3.") : key.starts_with("fs.azure.");
  if (!told) return Status::NotSupported(std::string("no ") + (s3 ? "fs.s3a" : "fs.azure") + ".* setting is given, so nothing is done in object stores");
  if (!factory_) TRY(Load());
  Status error;
  store.reset(factory_(location, settings_, &error));
  if (!store) return error;
  return store;
}

}  // namespace tarn::metastore
