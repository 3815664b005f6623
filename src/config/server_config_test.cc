#include "config/server_config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace tarn::config {
namespace {

class File {
 public:
  explicit File(std::string_view text) {
    int fd = mkstemp(path_.data());
    EXPECT_GE(fd, 0);
    close(fd);
    std::ofstream(path_) << text;
  }
  ~File() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/tarn-config-XXXXXX";
};
const char* Nothing(const char*) { return nullptr; }

TEST(ServerConfig, FlagOverEnvironmentOverFileOverDefault) {
  File file("data: /a\nlog:\n  level: debug\n  format: json\ntarn.memory.limit: 2 gb\nhttp.allowed-hosts: [a, b]\nsession:\n  execution.runtime-mode: BATCH\n");
  auto environment = [](const char* name) -> const char* { return std::string_view(name) == "TARN_LOG_LEVEL" ? "warn" : std::string_view(name) == "TARN_HTTP_PORT" ? "1" : nullptr; };
  auto c = ServerConfig::Load(file.path(), {{"http-port", "2"}}, {{"k", "v"}}, environment);
  ASSERT_TRUE(c.ok()) << c.status().ToString();
  EXPECT_EQ(c->Text("data"), "/a");
  EXPECT_EQ(c->Text("log.level"), "warn");
  EXPECT_EQ(c->Source("log.level"), "environment");
  EXPECT_EQ(c->Text("log.format"), "json");
  EXPECT_EQ(c->Integer("http-port"), 2);
  EXPECT_EQ(c->Integer("gateway-port"), 8083);
  EXPECT_EQ(c->Bytes("memory.limit"), int64_t{2} << 30);
  EXPECT_EQ(c->List("http.allowed-hosts"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(c->session().at("execution.runtime-mode"), "BATCH");
  EXPECT_EQ(c->session().at("k"), "v");
  EXPECT_FALSE(c->IsSet("host"));
}

TEST(ServerConfig, WrongSettingsSayWhere) {
  File file("http_port: 1\n"), broken("a: [\n"), word("http-port: many\n");
  auto unknown = ServerConfig::Load(file.path(), {}, {}, Nothing);
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.status().hint().find("http-port"), std::string::npos) << unknown.status().ToString();
  EXPECT_FALSE(ServerConfig::Load(broken.path(), {}, {}, Nothing).ok());
  auto wrong = ServerConfig::Load(word.path(), {}, {}, Nothing);
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.status().message().find("http-port"), std::string::npos);
  EXPECT_FALSE(ServerConfig::Load("", {{"log.level", "loud"}}, {}, Nothing).ok());
  EXPECT_EQ(ServerConfig::Load("/nowhere/x.yaml", {}, {}, Nothing).status().code(), StatusCode::kNotFound);
}

TEST(ServerConfig, EveryDefaultFitsItsType) {
  auto c = ServerConfig::Load("", {}, {}, Nothing);
  ASSERT_TRUE(c.ok());
  for (const ConfigKey& k : ConfigKeys()) {
    if (*k.fallback == 0) continue;
    EXPECT_TRUE(ServerConfig::Load("", {{k.key, k.fallback}}, {}, Nothing).ok()) << k.key;
  }
  EXPECT_EQ(EnvironmentName("sql-gateway.session.idle-timeout"), "TARN_SQL_GATEWAY_SESSION_IDLE_TIMEOUT");
  EXPECT_EQ(FlagName("log.level"), "log-level");
}

}  // namespace
}  // namespace tarn::config
