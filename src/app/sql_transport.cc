#include "app/sql_transport.h"

#include <filesystem>

#include "app/data_directory.h"
#include "app/metastore_place.h"
#include "app/metastore_process.h"
#include "app/verbs.h"
#include "gateway/job_rest.h"
#include "gateway/sql_gateway.h"
#include "net/http_client.h"

namespace tarn::app {
namespace {

class RemoteTransport final : public SqlTransport {
 public:
  RemoteTransport(std::unique_ptr<net::HttpClient> client, std::string url) : client_(std::move(client)), url_(std::move(url)) {}
  Result<net::HttpResponse> Send(const std::string& method, const std::string& target, const std::string& body) override {
    auto answer = client_->Send(method, target, body);
    if (!answer.ok() && answer.status().code() == StatusCode::kUnavailable)
      return Status(answer.status()).WithContext("SQL gateway " + url_).WithHint("is the server running? tarn server starts one");
    return answer;
  }
  bool embedded() const override { return false; }
  std::string name() const override { return url_; }

 private:
  std::unique_ptr<net::HttpClient> client_;
  std::string url_;
};

class EmbeddedTransport final : public SqlTransport {
 public:
  ~EmbeddedTransport() override {
    rest_.reset();
    gateway_.reset();
    store_.reset();
    if (engine_) (void)engine_->Shutdown(!data_ ? false : true).ok();
    engine_.reset();
    if (metastore_) metastore_->Stop();
  }
  Status Open(const Arguments& a, bool with_data) {
    std::string uri = a.config.Text("metastore.uri"), path;
    if (with_data) {
      data_ = TRY(DataDirectory::Open(a.config.Text("data"), "tarn sql"));
      path = data_->path();
      if (uri.empty() && a.config.Boolean("metastore.enabled")) {
        MetastoreOptions o;
        o.program = SiblingProgram("tarn-metastore");
        o.data_dir = FindMetastorePlace(path).directory;
        o.warehouse = TRY(WarehouseOf(a.config, path));
        o.compat = a.config.Text("metastore.compat");
        o.hive_site = a.config.Text("metastore.hive-site");
        o.log_level = "warn";
        metastore_ = MetastoreProcess::Start(o);
        TRY(metastore_->WaitReady(60'000));
        uri = "thrift://127.0.0.1:" + std::to_string(metastore_->port());
      }
    }
    engine_ = TRY(StartEngine(a.config, path, uri, false));
    gateway::SessionStoreOptions options;
    options.idle_timeout_ms = 0;
    store_ = std::make_unique<gateway::SessionStore>([this](const std::map<std::string, std::string>& p) { return session::Session::Open(*engine_, p); }, options);
    gateway_ = std::make_unique<gateway::SqlGateway>(*store_);
    rest_ = std::make_unique<gateway::JobRest>(engine_->jobs());
    return Status::OK();
  }
  Result<net::HttpResponse> Send(const std::string& method, const std::string& target, const std::string& body) override {
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    if (!net::ParseTarget(target, &request.path, &request.query)) return Status::Internal("not a request target: " + target);
    return rest_->Knows(request) ? rest_->Serve(request) : gateway_->Serve(request);
  }
  bool embedded() const override { return true; }
  std::string name() const override { return "this process"; }

 private:
  std::unique_ptr<DataDirectory> data_;
  std::unique_ptr<MetastoreProcess> metastore_;
  std::unique_ptr<session::Engine> engine_;
  std::unique_ptr<gateway::SessionStore> store_;
  std::unique_ptr<gateway::SqlGateway> gateway_;
  std::unique_ptr<gateway::JobRest> rest_;
};
}  // namespace

Result<std::unique_ptr<SqlTransport>> ConnectOrEmbed(const Arguments& a) {
  std::string endpoint = a.config.Text("endpoint");
  bool with_data = a.config.IsSet("data");
  if (endpoint.empty() && with_data) {
    if (auto server = FindRunningServer(a.config.Text("data"))) endpoint = server->gateway_url();
  }
  if (!endpoint.empty()) {
    auto client = TRY(net::HttpClient::Make(endpoint));
    return std::unique_ptr<SqlTransport>(new RemoteTransport(std::move(client), endpoint));
  }
  auto embedded = std::make_unique<EmbeddedTransport>();
  TRY(embedded->Open(a, with_data));
  return std::unique_ptr<SqlTransport>(std::move(embedded));
}

}  // namespace tarn::app
