// OpenSSL's functions, loaded on first use: a process that speaks no TLS never maps the libraries (3 MB, 5 ms).
//
// Threads: any; loaded once. Ownership: the libraries stay until the process ends. Errors: kUnavailable names the missing library.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>

#include "base/status.h"

namespace tarn::net {

#define TARN_LIBSSL_FUNCTIONS(X)                                                                                                          \
  X(TLS_server_method) X(TLS_client_method) X(SSL_CTX_new) X(SSL_CTX_free) X(SSL_CTX_ctrl) X(SSL_CTX_use_certificate_chain_file)          \
  X(SSL_CTX_use_PrivateKey_file) X(SSL_CTX_use_certificate) X(SSL_CTX_use_PrivateKey) X(SSL_CTX_check_private_key)                        \
  X(SSL_CTX_set_default_verify_paths) X(SSL_CTX_load_verify_file) X(SSL_CTX_set_verify) X(SSL_CTX_set_options)                            \
  X(SSL_new) X(SSL_free) X(SSL_set_fd) X(SSL_accept) X(SSL_connect) X(SSL_read) X(SSL_write) X(SSL_pending) X(SSL_shutdown)               \
  X(SSL_get_error) X(SSL_ctrl) X(SSL_set1_host) X(SSL_get_verify_result) X(SSL_CTX_get_cert_store)
#define TARN_LIBCRYPTO_FUNCTIONS(X)                                                                                                       \
  X(ERR_get_error) X(ERR_peek_error) X(ERR_clear_error) X(ERR_error_string_n) X(ERR_reason_error_string) X(X509_verify_cert_error_string) \
  X(PEM_read_bio_PrivateKey) X(d2i_PKCS12_bio) X(PKCS12_parse) X(PKCS12_free) X(BIO_new_mem_buf) X(BIO_free) X(X509_free)                 \
  X(OPENSSL_sk_num) X(OPENSSL_sk_value) X(OPENSSL_sk_free) X(EVP_PKEY_free) X(EVP_PKEY_CTX_new_from_name) X(EVP_PKEY_CTX_free)            \
  X(EVP_PKEY_fromdata_init) X(EVP_PKEY_fromdata) X(EVP_MD_CTX_new) X(EVP_MD_CTX_free) X(EVP_DigestVerifyInit_ex) X(EVP_DigestVerify)      \
  X(EVP_PKEY_CTX_set_rsa_padding) X(EVP_PKEY_CTX_set_rsa_pss_saltlen) X(OSSL_PARAM_BLD_new) X(OSSL_PARAM_BLD_free)                        \
  X(OSSL_PARAM_BLD_push_BN) X(OSSL_PARAM_BLD_push_utf8_string) X(OSSL_PARAM_BLD_push_octet_string) X(OSSL_PARAM_BLD_to_param)             \
  X(X509_STORE_add_cert) X(OSSL_PARAM_free) X(BN_bin2bn) X(BN_free) X(EVP_PKEY_get_bits)

struct OpenSsl {
#define TARN_DECLARE(name) decltype(&::name) name = nullptr;
  TARN_LIBSSL_FUNCTIONS(TARN_DECLARE)
  TARN_LIBCRYPTO_FUNCTIONS(TARN_DECLARE)
#undef TARN_DECLARE
  std::string LastError() const;   // why the last call of this thread failed; clears the queue
};

Result<const OpenSsl*> LoadOpenSsl();

}  // namespace tarn::net
