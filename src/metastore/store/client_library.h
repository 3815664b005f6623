// A client library of a database that is loaded when it is first needed, so that a metastore on SQLite neither needs nor carries it
// (docs/decisions/0007). Its functions are called through a table of pointers with the types of its own header.
//
// Threads: Load from any; a loaded library stays for the life of the process.
#pragma once

#include <dlfcn.h>

#include <string>

#include "base/status.h"

namespace tarn::metastore {

class ClientLibrary {
 public:
  // `name`: its soname, found as the loader finds libraries (beside the program first). `package`: what brings it on Debian.
  static Result<ClientLibrary> Load(const char* name, const char* package) {
    void* handle = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle) return ClientLibrary(handle, name);
    const char* why = ::dlerror();
    return Status::NotFound(std::string("client library ") + name + " can't be loaded")
        .WithDetail(why ? why : "")
        .WithHint(std::string("it comes with Tarn's packages; otherwise install ") + package);
  }
  template <typename F> Status Bind(const char* function, F* pointer) const {
    *pointer = reinterpret_cast<F>(::dlsym(handle_, function));
    return *pointer ? Status::OK() : Status::NotSupported(std::string(name_) + " is too old: it has no " + function);
  }

 private:
  ClientLibrary(void* handle, const char* name) : handle_(handle), name_(name) {}
  void* handle_;
  const char* name_;
};

}  // namespace tarn::metastore
