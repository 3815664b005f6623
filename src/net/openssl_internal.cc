#include "net/openssl_internal.h"

#include <dlfcn.h>

namespace tarn::net {
namespace {
struct Loaded {
  OpenSsl functions;
  Status status;
};

Loaded Load() {
  Loaded out;
  // Versioned names: what the headers of this build describe.
  void* crypto = ::dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
  void* ssl = crypto ? ::dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (!ssl) {
    const char* why = ::dlerror();
    out.status = Status::Unavailable("OpenSSL 3 is not on this machine").WithDetail(why ? why : "").WithHint("install the package libssl3");
    return out;
  }
  const char* missing = nullptr;
#define TARN_RESOLVE_SSL(name) \
  if (!(out.functions.name = reinterpret_cast<decltype(out.functions.name)>(::dlsym(ssl, #name)))) missing = #name;
#define TARN_RESOLVE_CRYPTO(name) \
  if (!(out.functions.name = reinterpret_cast<decltype(out.functions.name)>(::dlsym(crypto, #name)))) missing = #name;
  TARN_LIBSSL_FUNCTIONS(TARN_RESOLVE_SSL)
  TARN_LIBCRYPTO_FUNCTIONS(TARN_RESOLVE_CRYPTO)
  if (missing) out.status = Status::Unavailable(std::string("OpenSSL on this machine has no ").append(missing));
  return out;
}
}  // namespace

Result<const OpenSsl*> LoadOpenSsl() {
  static const Loaded loaded = Load();
  if (!loaded.status.ok()) return loaded.status;
  return &loaded.functions;
}

std::string OpenSsl::LastError() const {
  unsigned long code = ERR_get_error();
  if (code == 0) return "unknown TLS error";
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  if (reason) return reason;
  char text[256];
  ERR_error_string_n(code, text, sizeof(text));
  return text;
}

}  // namespace tarn::net
