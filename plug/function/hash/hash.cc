// MD5, SHA1, SHA2 ...: digests of UTF-8 bytes as lower-case hex.
#include <fmt/format.h>
#include <openssl/evp.h>

#include "expr/define.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;
using View = std::string_view;

bool AppendDigest(const EVP_MD* algorithm, View s, std::string* out) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int n = 0;
  if (!algorithm || EVP_Digest(s.data(), s.size(), bytes, &n, algorithm, nullptr) != 1) return false;
  for (unsigned int i = 0; i < n; ++i) *out += "0123456789abcdef"[bytes[i] >> 4], *out += "0123456789abcdef"[bytes[i] & 15];
  return true;
}

Status DefineDigest(FunctionRegistry& r, const char* name, const EVP_MD* (*algorithm)(), int digits, const char* example) {
  return Define(r, {name, Takes(name, {{Family::kText}}, LogicalType::Char(digits)),
                    [algorithm](const CallArgs& c) {
                      const EVP_MD* md = algorithm();
                      return MapText<View>(c, [md](std::string* out, View s) { return AppendDigest(md, s, out); });
                    },
                    fmt::format("The {} digest of a text, {} lower-case hexadecimal digits.", name, digits), example});
}
}  // namespace

Status Register_function_hash(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  TRY(DefineDigest(r, "MD5", EVP_md5, 32, "MD5('abc') -- '900150983cd24fb0d6963f7d28e17f72'"));
  TRY(DefineDigest(r, "SHA1", EVP_sha1, 40, "SHA1('abc') -- 'a9993e364706816aba3e25717850c26c9cd0d89d'"));
  TRY(DefineDigest(r, "SHA224", EVP_sha224, 56, "SHA224('abc') -- '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'"));
  TRY(DefineDigest(r, "SHA256", EVP_sha256, 64, "SHA256('abc') -- 'ba7816bf...'"));
  TRY(DefineDigest(r, "SHA384", EVP_sha384, 96, "SHA384('abc') -- 'cb00753f...'"));
  TRY(DefineDigest(r, "SHA512", EVP_sha512, 128, "SHA512('abc') -- 'ddaf35a1...'"));
  FunctionSpec sha2{"SHA2", Takes("SHA2", {{Family::kText, Family::kInt}}, LogicalType::VarChar(128)),
                    [](const CallArgs& c) {
                      return MapText<View, int32_t>(c, [](std::string* out, View s, int32_t bits) -> Status {
                        const EVP_MD* md = bits == 224 ? EVP_sha224() : bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : bits == 512 ? EVP_sha512() : nullptr;
                        if (!md) return Status::InvalidSql("Unsupported algorithm: SHA2 takes 224, 256, 384 or 512 bits");
                        AppendDigest(md, s, out);
                        return Status::OK();
                      });
                    },
                    "The SHA-2 digest of a text with 224, 256, 384 or 512 bits.", "SHA2('abc', 256) -- 'ba7816bf...'"};
  sha2.may_fail = [](const std::vector<ExprPtr>& args, const LogicalType&) { return !std::holds_alternative<Literal>(args[1]->node); };
  return Define(r, std::move(sha2));
}
}  // namespace tarn::plug
