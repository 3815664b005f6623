#include "net/tls.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "net/openssl_internal.h"

namespace tarn::net {
namespace {
struct SslDeleter {
  const OpenSsl* o;
  void operator()(SSL* s) const { o->SSL_free(s); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

std::shared_ptr<SSL_CTX> Own(const OpenSsl* o, SSL_CTX* c) {
  return std::shared_ptr<SSL_CTX>(c, [o](SSL_CTX* p) { o->SSL_CTX_free(p); });
}

class Session final : public TlsSession {
 public:
  Session(const OpenSsl* o, SslPtr ssl) : o_(o), ssl_(std::move(ssl)) {}
  ~Session() override {
    if (!broken_) (void)o_->SSL_shutdown(ssl_.get());   // a close_notify, so that truncation can be told from an end
    o_->ERR_clear_error();
  }
  long Read(char* out, size_t n) override {
    errno = 0;
    int k = o_->SSL_read(ssl_.get(), out, static_cast<int>(std::min<size_t>(n, INT_MAX)));
    if (k > 0) return k;
    int saved = errno;
    int error = o_->SSL_get_error(ssl_.get(), k);
    o_->ERR_clear_error();
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error != SSL_ERROR_WANT_READ) broken_ = true;
    errno = error == SSL_ERROR_WANT_READ || saved == EAGAIN ? EAGAIN : saved ? saved : ECONNRESET;
    return -1;
  }
  bool Write(const char* data, size_t n) override {
    while (n > 0) {
      int k = o_->SSL_write(ssl_.get(), data, static_cast<int>(std::min<size_t>(n, 1 << 20)));
      if (k <= 0) {
        broken_ = true;
        o_->ERR_clear_error();
        return false;
      }
      data += k;
      n -= static_cast<size_t>(k);
    }
    return true;
  }
  bool Pending() const override { return o_->SSL_pending(ssl_.get()) > 0; }

 private:
  const OpenSsl* o_;
  SslPtr ssl_;
  bool broken_ = false;
};

Result<std::string> ReadAll(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Status::InvalidSql("TLS file " + file + " can't be read");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Nothing below TLS 1.2; the peer can't make us renegotiate.
void Harden(const OpenSsl* o, SSL_CTX* c) {
  o->SSL_CTX_ctrl(c, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
  o->SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  o->SSL_CTX_ctrl(c, SSL_CTRL_MODE, SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS, nullptr);
}

Status UsePkcs12(const OpenSsl* o, SSL_CTX* c, const std::string& file, const std::string& bytes, const std::string& password) {
  BIO* bio = o->BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()));
  PKCS12* store = o->d2i_PKCS12_bio(bio, nullptr);
  o->BIO_free(bio);
  if (!store) {
    o->ERR_clear_error();
    return Status::InvalidSql("TLS keystore " + file + " is neither PEM nor PKCS12");
  }
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* chain = nullptr;
  int ok = o->PKCS12_parse(store, password.c_str(), &key, &leaf, &chain);
  o->PKCS12_free(store);
  Status s;
  if (!ok) {
    s = Status::InvalidSql("TLS keystore " + file + " can't be opened").WithDetail(o->LastError()).WithHint("is the password right? keystores of old tools need: openssl pkcs12 -legacy");
  } else if (!key || !leaf) {
    s = Status::InvalidSql("TLS keystore " + file + " holds no private key with a certificate");
  } else if (o->SSL_CTX_use_certificate(c, leaf) != 1 || o->SSL_CTX_use_PrivateKey(c, key) != 1) {
    s = Status::InvalidSql("TLS keystore " + file + " can't be used").WithDetail(o->LastError());
  }
  auto* stack = reinterpret_cast<OPENSSL_STACK*>(chain);
  for (int i = 0; chain && i < o->OPENSSL_sk_num(stack); ++i) {
    X509* x = static_cast<X509*>(o->OPENSSL_sk_value(stack, i));
    if (!s.ok() || o->SSL_CTX_ctrl(c, SSL_CTRL_CHAIN_CERT, 0, x) != 1) o->X509_free(x);   // else the context owns it
  }
  if (chain) o->OPENSSL_sk_free(stack);
  if (leaf) o->X509_free(leaf);
  if (key) o->EVP_PKEY_free(key);
  return s;
}

// 0 when the file is away.
int64_t ChangedAt(const std::string& file) {
  struct stat st;
  return file.empty() || ::stat(file.c_str(), &st) != 0 ? 0 : st.st_mtim.tv_sec * 1'000'000'000 + st.st_mtim.tv_nsec;
}

Result<std::shared_ptr<SSL_CTX>> MakeServerContext(const OpenSsl* o, const TlsIdentity& id) {
  std::string bytes = TRY(ReadAll(id.certificate_file));
  if (bytes.starts_with("\xfe\xed\xfe\xed")) {
    return Status::NotSupported("keystore " + id.certificate_file + " is a Java keystore in JKS form, which only Java reads")
        .WithHint("convert it: keytool -importkeystore -srckeystore " + id.certificate_file + " -destkeystore keystore.p12 -deststoretype PKCS12; or give PEM files");
  }
  auto c = Own(o, o->SSL_CTX_new(o->TLS_server_method()));
  if (!c) return Status::Internal("no TLS context").WithDetail(o->LastError());
  Harden(o, c.get());
  if (bytes.find("-----BEGIN ") == std::string::npos) {
    TRY(UsePkcs12(o, c.get(), id.certificate_file, bytes, id.password));
  } else {
    const std::string& key = id.key_file.empty() ? id.certificate_file : id.key_file;
    if (o->SSL_CTX_use_certificate_chain_file(c.get(), id.certificate_file.c_str()) != 1) {
      return Status::InvalidSql("TLS certificate " + id.certificate_file + " can't be used").WithDetail(o->LastError());
    }
    if (id.key_file.empty() && bytes.find("PRIVATE KEY-----") == std::string::npos) {
      return Status::InvalidSql("TLS certificate " + id.certificate_file + " is given without its private key").WithHint("--tls-key FILE, in PEM; or a file that holds both");
    }
    if (o->SSL_CTX_use_PrivateKey_file(c.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
      return Status::InvalidSql("TLS key " + key + " can't be used").WithDetail(o->LastError()).WithHint("a PEM file without pass phrase is needed");
    }
  }
  if (o->SSL_CTX_check_private_key(c.get()) != 1) return Status::InvalidSql("TLS key and certificate " + id.certificate_file + " don't belong together");
  return c;
}
}  // namespace

struct TlsServer::State {
  const OpenSsl* o = nullptr;
  TlsIdentity identity;
  std::mutex mutex;
  std::shared_ptr<SSL_CTX> context;
  int64_t certificate_changed = 0, key_changed = 0;

  std::shared_ptr<SSL_CTX> Current() {
    std::lock_guard lock(mutex);
    int64_t a = ChangedAt(identity.certificate_file), b = ChangedAt(identity.key_file);
    if (a != certificate_changed || b != key_changed) {
      certificate_changed = a;
      key_changed = b;
      auto fresh = MakeServerContext(o, identity);
      if (fresh.ok()) {
        context = std::move(fresh).value();
        LogInfo("TLS certificate {} read again", identity.certificate_file);
      } else {
        LogWarn("TLS certificate {} changed, but the old one stays in use: {}", identity.certificate_file, fresh.status().ToString());
      }
    }
    return context;
  }
};

TlsServer::TlsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServer::~TlsServer() = default;

Result<std::unique_ptr<TlsServer>> TlsServer::Make(TlsIdentity identity) {
  auto s = std::make_unique<State>();
  s->o = TRY(LoadOpenSsl());
  s->certificate_changed = ChangedAt(identity.certificate_file);
  s->key_changed = ChangedAt(identity.key_file);
  s->context = TRY(MakeServerContext(s->o, identity));
  s->identity = std::move(identity);
  return std::unique_ptr<TlsServer>(new TlsServer(std::move(s)));
}

Result<std::unique_ptr<TlsSession>> TlsServer::Accept(int fd) {
  const OpenSsl* o = state_->o;
  auto context = state_->Current();
  SslPtr ssl(o->SSL_new(context.get()), SslDeleter{o});   // the session keeps the context
  if (!ssl || o->SSL_set_fd(ssl.get(), fd) != 1) return Status::Exhausted("no memory for a TLS session");
  if (o->SSL_accept(ssl.get()) != 1) return Status::Unavailable("TLS handshake failed").WithDetail(o->LastError());
  return std::unique_ptr<TlsSession>(new Session(o, std::move(ssl)));
}

struct TlsClient::State {
  const OpenSsl* o = nullptr;
  std::shared_ptr<SSL_CTX> context;
};

TlsClient::TlsClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsClient::~TlsClient() = default;

namespace {
// The certificates of a PKCS12 file, believed by this context.
Status TrustPkcs12(const OpenSsl* o, SSL_CTX* c, const std::string& file, const std::string& bytes, const std::string& password) {
  BIO* bio = o->BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size()));
  PKCS12* store = o->d2i_PKCS12_bio(bio, nullptr);
  o->BIO_free(bio);
  if (!store) {
    o->ERR_clear_error();
    return Status::InvalidSql("TLS truststore " + file + " is neither PEM nor PKCS12");
  }
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* chain = nullptr;
  int ok = o->PKCS12_parse(store, password.c_str(), &key, &leaf, &chain);
  o->PKCS12_free(store);
  if (!ok) return Status::InvalidSql("TLS truststore " + file + " can't be opened").WithDetail(o->LastError()).WithHint("is metastore.truststore.password right?");
  auto* stack = reinterpret_cast<OPENSSL_STACK*>(chain);
  int trusted = 0, n = chain ? o->OPENSSL_sk_num(stack) : 0;
  X509_STORE* into = o->SSL_CTX_get_cert_store(c);
  for (int i = 0; i < n; ++i) {
    X509* x = static_cast<X509*>(o->OPENSSL_sk_value(stack, i));
    trusted += o->X509_STORE_add_cert(into, x);
    o->X509_free(x);
  }
  if (leaf) trusted += o->X509_STORE_add_cert(into, leaf);
  o->ERR_clear_error();
  if (chain) o->OPENSSL_sk_free(stack);
  if (leaf) o->X509_free(leaf);
  if (key) o->EVP_PKEY_free(key);
  return trusted ? Status::OK() : Status::InvalidSql("TLS truststore " + file + " holds no certificate");
}
}  // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::Make(const std::string& ca_file, const std::string& password) {
  auto s = std::make_unique<State>();
  s->o = TRY(LoadOpenSsl());
  s->context = Own(s->o, s->o->SSL_CTX_new(s->o->TLS_client_method()));
  if (!s->context) return Status::Internal("no TLS context").WithDetail(s->o->LastError());
  Harden(s->o, s->context.get());
  s->o->SSL_CTX_set_verify(s->context.get(), SSL_VERIFY_PEER, nullptr);
  if (!ca_file.empty()) {
    std::string bytes = TRY(ReadAll(ca_file));
    if (bytes.starts_with("\xfe\xed\xfe\xed")) {
      return Status::NotSupported("truststore " + ca_file + " is a Java keystore in JKS form, which only Java reads")
          .WithHint("convert it: keytool -importkeystore -srckeystore " + ca_file + " -destkeystore truststore.p12 -deststoretype PKCS12; or give a PEM file");
    }
    if (bytes.find("-----BEGIN ") == std::string::npos) {
      TRY(TrustPkcs12(s->o, s->context.get(), ca_file, bytes, password));
      return std::unique_ptr<TlsClient>(new TlsClient(std::move(s)));
    }
  }
  int ok = ca_file.empty() ? s->o->SSL_CTX_set_default_verify_paths(s->context.get()) : s->o->SSL_CTX_load_verify_file(s->context.get(), ca_file.c_str());
  if (ok != 1) return Status::InvalidSql("TLS authorities " + ca_file + " can't be read").WithDetail(s->o->LastError());
  return std::unique_ptr<TlsClient>(new TlsClient(std::move(s)));
}

Result<std::unique_ptr<TlsSession>> TlsClient::Connect(int fd, const std::string& host) {
  const OpenSsl* o = state_->o;
  SslPtr ssl(o->SSL_new(state_->context.get()), SslDeleter{o});
  if (!ssl || o->SSL_set_fd(ssl.get(), fd) != 1) return Status::Exhausted("no memory for a TLS session");
  unsigned char address[16];
  bool numeric = ::inet_pton(AF_INET, host.c_str(), address) == 1 || ::inet_pton(AF_INET6, host.c_str(), address) == 1;
  if (!numeric) o->SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
  if (o->SSL_set1_host(ssl.get(), host.c_str()) != 1) return Status::InvalidSql("host \"" + host + "\" can't be checked against a certificate");
  if (o->SSL_connect(ssl.get()) != 1) {
    long verdict = o->SSL_get_verify_result(ssl.get());   // a certificate that is not believed
    std::string why = verdict == X509_V_OK ? o->LastError() : o->X509_verify_cert_error_string(verdict);
    o->ERR_clear_error();
    std::string what = "TLS handshake with " + host + " failed";
    return verdict == X509_V_OK ? Status::Unavailable(std::move(what)).WithDetail(why) : Status::Denied(std::move(what)).WithDetail(why);
  }
  return std::unique_ptr<TlsSession>(new Session(o, std::move(ssl)));
}

}  // namespace tarn::net
