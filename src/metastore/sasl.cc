#include "metastore/sasl.h"

#include <sys/stat.h>

#include <fstream>

#include "fmt/format.h"

namespace tarn::metastore {

namespace {
enum SaslStatus : uint8_t { kStart = 1, kOk = 2, kBad = 3, kError = 4, kComplete = 5 };
constexpr uint32_t kPayloadBytesMax = 64 << 10;

Status Receive(wire::TcpConnection& c, uint8_t* status, std::string* payload) {
  char head[5];
  if (!c.Take(head, 5)) return c.status();
  *status = static_cast<uint8_t>(head[0]);
  uint32_t n;
  std::memcpy(&n, head + 1, 4);
  n = __builtin_bswap32(n);
  if (n > kPayloadBytesMax) return Status::Exhausted("SASL message is longer than 64 KiB");
  payload->resize(n);
  return c.Take(payload->data(), n) ? Status::OK() : c.status();
}

void Send(wire::TcpConnection& c, uint8_t status, std::string_view payload) {
  std::string out(1, static_cast<char>(status));
  uint32_t n = __builtin_bswap32(static_cast<uint32_t>(payload.size()));
  out.append(reinterpret_cast<const char*>(&n), 4);
  out += payload;
  (void)c.OnBytes(out.data(), out.size());
}

Status Refuse(wire::TcpConnection& c, uint8_t status, std::string why) {
  Send(c, status, why);
  return Status::Denied(std::move(why));
}
}  // namespace

Result<Users> Users::Load(const std::string& file) {
  struct stat st;
  if (::stat(file.c_str(), &st) != 0) return Status::InvalidSql("users file " + file + " can't be read");
  if (st.st_mode & 077) return Status::Denied("users file " + file + " is readable by others").WithHint("chmod 600 " + file);
  Users out;
  std::ifstream in(file);
  std::string line;
  for (int n = 1; std::getline(in, line); ++n) {
    if (line.empty() || line[0] == '#') continue;
    size_t colon = line.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == line.size()) return Status::InvalidSql(fmt::format("users file {}, line {}: name:password expected", file, n));
    out.passwords_[line.substr(0, colon)] = line.substr(colon + 1);
  }
  if (out.passwords_.empty()) return Status::InvalidSql("users file " + file + " names nobody");
  return out;
}

bool SameSecret(std::string_view given, std::string_view expected) {
  unsigned difference = given.size() != expected.size() || expected.empty();
  for (size_t i = 0; i < given.size(); ++i) difference |= static_cast<unsigned char>(given[i] ^ (expected.empty() ? 0 : expected[i % expected.size()]));
  return difference == 0;
}

bool Users::Check(const std::string& name, const std::string& password) const {
  static const std::string kNobody(32, '\1');
  auto it = passwords_.find(name);
  bool same = SameSecret(password, it == passwords_.end() ? kNobody : it->second);
  return same && it != passwords_.end();
}

Result<std::string> NegotiatePlain(wire::TcpConnection& c, PasswordCheck* check, const std::string& why_not) {
  uint8_t status;
  std::string mechanism, response;
  TRY(Receive(c, &status, &mechanism));
  if (status != kStart) return Refuse(c, kError, "SASL START expected");
  if (mechanism == "GSSAPI" || mechanism == "GSS-SPNEGO") {
    return Refuse(c, kBad, "Kerberos (SASL GSSAPI) is not supported by this metastore: set hive.metastore.sasl.enabled=false; it can check passwords (SASL PLAIN, LDAP) and JWT");
  }
  if (mechanism == "DIGEST-MD5") return Refuse(c, kBad, "delegation tokens (SASL DIGEST-MD5) are not supported by this metastore: use SASL PLAIN or JWT");
  if (mechanism != "PLAIN") return Refuse(c, kBad, "SASL mechanism " + mechanism.substr(0, 40) + " is not supported, only PLAIN");
  if (!check) return Refuse(c, kBad, why_not);
  TRY(Receive(c, &status, &response));
  if (status != kOk && status != kComplete) return Refuse(c, kError, "SASL response expected");
  size_t first = response.find('\0'), second = first == std::string::npos ? first : response.find('\0', first + 1);
  if (second == std::string::npos) return Refuse(c, kBad, "SASL PLAIN response not understood");
  std::string name = response.substr(first + 1, second - first - 1);
  if (Status s = check->CheckPassword(name, response.substr(second + 1)); !s.ok()) {
    Send(c, kBad, s.code() == StatusCode::kDenied ? s.message() : "the directory that knows the passwords does not answer");
    return std::move(s).WithContext("user \"" + name.substr(0, 80) + "\"");
  }
  Send(c, kComplete, "");
  return name;
}

}  // namespace tarn::metastore
