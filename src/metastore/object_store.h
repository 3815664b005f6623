// Directories in object stores, behind a module that is loaded when the first such location is met: the metastore itself stays small.
//
// Schemes: s3, s3a, s3n; abfs, abfss. A directory is an empty object "path/" (as Hadoop's connectors make it) or any key below it.
// Moving copies every object and then deletes the old ones: it is not atomic, and a crash leaves both. Settings are Hadoop's keys
// (fs.s3a.*, fs.azure.*); without one of them nothing is touched. Threads: any. Errors: kNotSupported without settings or module; kUnavailable, kDenied, kInternal from the store.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/status.h"

namespace tarn::metastore {

// One bucket, or one account. Paths are "bucket/key" or "container/path".
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  virtual Result<bool> MakeDirectory(const std::string& path) = 0;      // true: it was not there
  virtual Result<bool> Exists(const std::string& path) = 0;
  virtual Result<bool> Empty(const std::string& path) = 0;              // a directory, and nothing in it
  virtual Status Delete(const std::string& path) = 0;                   // with all below; nothing there: fine
  virtual Status Move(const std::string& from, const std::string& to) = 0;
  struct Size { int64_t files = 0, bytes = 0; };
  virtual Result<Size> Measure(const std::string& path) = 0;            // without names that begin with '_' or '.'
};

struct ObjectLocation {
  std::string store;      // "s3 BUCKET" or "abfs ACCOUNT-HOST"; "": not in an object store
  std::string bucket;     // bucket or container
  std::string account;    // host of an Azure account
  std::string path;       // bucket/key
  static ObjectLocation Parse(std::string_view location);
};

using ObjectStoreSettings = std::map<std::string, std::string>;

// What the module exports under this name.
inline constexpr char kObjectStoreFactory[] = "tarn_open_object_store";
using ObjectStoreFactory = ObjectStore* (*)(const ObjectLocation& location, const ObjectStoreSettings& settings, Status* error);

class ObjectStores {
 public:
  explicit ObjectStores(ObjectStoreSettings settings) : settings_(std::move(settings)) {}
  Result<std::shared_ptr<ObjectStore>> Open(const ObjectLocation& location);

 private:
  Status Load();
  const ObjectStoreSettings settings_;
  std::mutex mutex_;
  ObjectStoreFactory factory_ = nullptr;
  std::map<std::string, std::shared_ptr<ObjectStore>> open_;
};

}  // namespace tarn::metastore
