#include "objectstore/arrow_store.h"

#include <arrow/filesystem/azurefs.h>
#include <arrow/filesystem/s3fs.h>

#include "base/log.h"
#include "base/secrets.h"
#include "base/text.h"

namespace tarn::objectstore {

namespace {
using metastore::ObjectLocation;
using metastore::ObjectStoreSettings;

Status FromArrow(const arrow::Status& s, const std::string& what) {
  if (s.ok()) return Status::OK();
  std::string text = HideSecrets(s.message());   // Azure's have the whole URL
  auto has = [&](const char* word) { return text.find(word) != std::string::npos; };
  if (has("ACCESS_DENIED") || has("AccessDenied") || has("403") || has("InvalidAccessKey") || has("SignatureDoesNotMatch")) {
    return Status::Denied(what + ": the object store refuses").WithDetail(text);
  }
  if (has("NETWORK_CONNECTION") || has("curlCode") || has("SERVICE_UNAVAILABLE")) return Status::Unavailable(what + ": the object store can't be reached").WithDetail(text);
  return Status::Internal(what + " failed in the object store").WithDetail(text);
}
#define TRY_ARROW(expression, what)                                              \
  ({                                                                             \
    auto arrow_result = (expression);                                            \
    if (!arrow_result.ok()) return FromArrow(arrow_result.status(), what);       \
    std::move(arrow_result).ValueUnsafe();                                       \
  })

class ArrowStore final : public metastore::ObjectStore {
 public:
  explicit ArrowStore(std::shared_ptr<arrow::fs::FileSystem> fs) : fs_(std::move(fs)) {}

  Result<bool> MakeDirectory(const std::string& path) override {
    if (TRY(Exists(path))) return false;
    if (auto s = fs_->CreateDir(path, true); !s.ok()) return FromArrow(s, "making directory " + path);
    return true;
  }
  Result<bool> Exists(const std::string& path) override {
    auto info = TRY_ARROW(fs_->GetFileInfo(path), "looking at " + path);
    return info.type() != arrow::fs::FileType::NotFound;
  }
  Result<bool> Empty(const std::string& path) override {
    auto info = TRY_ARROW(fs_->GetFileInfo(path), "looking at " + path);
    if (info.type() != arrow::fs::FileType::Directory) return false;
    return TRY(List(path, false)).empty();
  }
  Status Delete(const std::string& path) override {
    auto info = TRY_ARROW(fs_->GetFileInfo(path), "looking at " + path);
    if (info.type() == arrow::fs::FileType::NotFound) return Status::OK();
    return FromArrow(info.IsFile() ? fs_->DeleteFile(path) : fs_->DeleteDir(path), "deleting " + path);
  }
  Status Move(const std::string& from, const std::string& to) override {
    if (TRY(Exists(to))) return Status::AlreadyExists("new location " + to + " already exists");
    if (!TRY(Exists(from))) {
      TRY(MakeDirectory(to));
      return Status::OK();
    }
    if (auto s = fs_->CreateDir(to, true); !s.ok()) return FromArrow(s, "making directory " + to);
    int64_t files = 0;
    Status failed;
    for (const arrow::fs::FileInfo& f : TRY(List(from, true))) {
      std::string target = to + f.path().substr(from.size());
      arrow::Status s = f.IsDirectory() ? fs_->CreateDir(target, true) : fs_->CopyFile(f.path(), target);
      if (!s.ok()) {
        failed = FromArrow(s, "copying " + f.path() + " to " + target);
        break;
      }
      files += f.IsFile();
    }
    if (!failed.ok()) {   // what was copied goes; the source was not touched
      if (Status undo = Delete(to); !undo.ok()) LogWarn("half-copied directory {} stays: {}", to, undo.ToString());
      return failed;
    }
    LogInfo("{} copied to {}: {} files", from, to, files);
    return Delete(from);
  }
  Result<Size> Measure(const std::string& path) override {
    Size out;
    for (const arrow::fs::FileInfo& f : TRY(List(path, true))) {
      if (!f.IsFile()) continue;
      bool hidden = false;
      for (const std::string& part : Split(std::string_view(f.path()).substr(path.size()), '/')) hidden |= part.starts_with('_') || part.starts_with('.');
      if (hidden) continue;
      ++out.files;
      out.bytes += f.size();
    }
    return out;
  }

 private:
  Result<arrow::fs::FileInfoVector> List(const std::string& path, bool recursive) {
    arrow::fs::FileSelector selector;
    selector.base_dir = path;
    selector.allow_not_found = true;
    selector.recursive = recursive;
    return TRY_ARROW(fs_->GetFileInfo(selector), "listing " + path);
  }
  std::shared_ptr<arrow::fs::FileSystem> fs_;
};

// A bucket's own setting (fs.s3a.bucket.NAME.x) before the general one.
std::string S3Setting(const ObjectLocation& location, const ObjectStoreSettings& settings, const std::string& key) {
  for (const std::string& k : {"fs.s3a.bucket." + location.bucket + "." + key, "fs.s3a." + key, "fs.s3." + key}) {
    if (auto it = settings.find(k); it != settings.end()) return std::string(Trim(it->second));
  }
  return {};
}

Result<std::shared_ptr<arrow::fs::FileSystem>> OpenS3(const ObjectLocation& location, const ObjectStoreSettings& settings) {
  if (!arrow::fs::IsS3Initialized()) {
    arrow::fs::S3GlobalOptions global = arrow::fs::S3GlobalOptions::Defaults();
    global.log_level = arrow::fs::S3LogLevel::Off;
    if (auto s = arrow::fs::InitializeS3(global); !s.ok()) return FromArrow(s, "starting the S3 client");
  }
  auto get = [&](const char* key) { return S3Setting(location, settings, key); };
  arrow::fs::S3Options o;
  std::string access = get("access.key"), secret = get("secret.key"), token = get("session.token");
  if (!access.empty()) o = arrow::fs::S3Options::FromAccessKey(access, secret, token);
  else if (get("aws.credentials.provider").find("Anonymous") != std::string::npos) o = arrow::fs::S3Options::Anonymous();
  else o = arrow::fs::S3Options::Defaults();
  std::string endpoint = get("endpoint");
  if (size_t scheme = endpoint.find("://"); scheme != std::string::npos) {
    o.scheme = endpoint.substr(0, scheme);
    endpoint.erase(0, scheme + 3);
  } else if (EqualsIgnoreCase(get("connection.ssl.enabled"), "false")) {
    o.scheme = "http";
  }
  while (endpoint.ends_with('/')) endpoint.pop_back();
  o.endpoint_override = endpoint;
  o.region = get("endpoint.region");
  if (o.region.empty() && !endpoint.empty()) o.region = "us-east-1";
  o.force_virtual_addressing = !endpoint.empty() && EqualsIgnoreCase(get("path.style.access"), "false");
  o.connect_timeout = 10;
  o.request_timeout = 60;
  auto fs = TRY_ARROW(arrow::fs::S3FileSystem::Make(o), "opening bucket " + location.bucket);
  return std::shared_ptr<arrow::fs::FileSystem>(std::move(fs));
}

Result<std::shared_ptr<arrow::fs::FileSystem>> OpenAzure(const ObjectLocation& location, const ObjectStoreSettings& settings) {
  // An account's own setting (key.ACCOUNT.dfs.core.windows.net, key.ACCOUNT) before the general one.
  std::string account = location.account.substr(0, location.account.find('.'));
  auto get = [&](const std::string& key) -> std::string {
    for (const std::string& k : {key + "." + location.account, key + "." + account, key}) {
      if (auto it = settings.find(k); it != settings.end()) return std::string(Trim(it->second));
    }
    return {};
  };
  arrow::fs::AzureOptions o;
  o.account_name = account;
  if (size_t dfs = location.account.find(".dfs."); dfs != std::string::npos) {   // of another cloud
    o.dfs_storage_authority = location.account.substr(dfs);
    o.blob_storage_authority = ".blob." + location.account.substr(dfs + 5);
  }
  if (std::string endpoint = get("fs.azure.abfs.endpoint"); !endpoint.empty()) o.dfs_storage_authority = o.blob_storage_authority = endpoint;
  if (EqualsIgnoreCase(get("fs.azure.always.use.https"), "false")) o.dfs_storage_scheme = o.blob_storage_scheme = "http";
  arrow::Status s;
  if (std::string key = get("fs.azure.account.key"); !key.empty()) {
    s = o.ConfigureAccountKeyCredential(key);
  } else if (std::string token = get("fs.azure.sas.fixed.token"); !token.empty()) {
    s = o.ConfigureSASCredential(token);
  } else if (std::string client = get("fs.azure.account.oauth2.client.id"); !client.empty()) {
    std::vector<std::string> parts = Split(get("fs.azure.account.oauth2.client.endpoint"), '/');   // https://login.../TENANT/oauth2/token
    s = parts.size() > 3 ? o.ConfigureClientSecretCredential(parts[3], client, get("fs.azure.account.oauth2.client.secret"))
                         : arrow::Status::Invalid("fs.azure.account.oauth2.client.endpoint names no tenant");
  } else {
    s = o.ConfigureDefaultCredential();
  }
  if (!s.ok()) return FromArrow(s, "credentials of account " + account);
  auto fs = TRY_ARROW(arrow::fs::AzureFileSystem::Make(o), "opening account " + account);
  return std::shared_ptr<arrow::fs::FileSystem>(std::move(fs));
}
}  // namespace

Result<std::unique_ptr<metastore::ObjectStore>> Open(const ObjectLocation& location, const ObjectStoreSettings& settings) {
  auto fs = location.store.starts_with("s3 ") ? TRY(OpenS3(location, settings)) : TRY(OpenAzure(location, settings));
  return std::unique_ptr<metastore::ObjectStore>(std::make_unique<ArrowStore>(std::move(fs)));
}

}  // namespace tarn::objectstore
