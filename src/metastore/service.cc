#include "metastore/service.h"

#include "base/clock.h"
#include "metastore/authorization.h"
#include "wire/codec.h"

namespace tarn::metastore {

Service::Service(MetastoreOptions options, std::unique_ptr<Store> store, Warehouse warehouse)
    : options_(std::move(options)), store_(std::move(store)), warehouse_(std::move(warehouse)), changes_(*store_),
      tables_(options_.table_cache_bytes_max, store_->shared() ? &changes_ : nullptr),
      locks_(*store_, options_.txn_timeout_seconds * 1000, options_.compat == Compat::kHive4), partition_indexes_(*store_, store_->shared() ? &changes_ : nullptr),
      search_(*store_, options_.data_dir + "/search.idx"), started_ms_(WallClockMs()) {
  changes_.SetListener({.all = [this] { tables_.ForgetAll(); partition_indexes_.ForgetAll(); },
                        .table = [this](int64_t id) { tables_.ForgetId(id); partition_indexes_.Forget(id); },
                        .partitions = [this](int64_t id, std::string_view names) { partition_indexes_.OnChange(id, names); }});
  if (options_.authorization && options_.authorization_reads) search_.SetAuthorization(SearchRules(*this));
}

namespace {
// Several processes on one database have one warehouse: the first one's, unless they are told. "": there is no catalog yet.
Result<std::string> FirstWarehouse(Store& store) {
  auto read = TRY(store.Read());
  wire::Catalog catalog;
  Status decoded;
  TRY(read->One("SELECT doc FROM ctlgs WHERE name = ?", {kDefaultCatalog}, [&](const SqlRow& row) {
    decoded = wire::DecodeStruct(wire::Protocol::kCompact, row.Text(0), wire::Catalog::desc(), &catalog);
  }));
  TRY(decoded);
  return catalog.locationUri;
}
}  // namespace

Result<std::unique_ptr<Service>> Service::Open(MetastoreOptions options) {
  auto backend = TRY(MakeBackend(options.store, options.data_dir));
  options.store.clear();   // its password is not needed any more
  auto store = TRY(Store::Open(std::move(backend)));
  bool adopts = store->shared() && options.warehouse.empty();
  if (adopts) options.warehouse = TRY(FirstWarehouse(*store));
  Warehouse warehouse = TRY(Warehouse::Make(options));
  std::unique_ptr<Service> service(new Service(std::move(options), std::move(store), std::move(warehouse)));
  TRY(service->MakeDefaults());
  if (adopts) {   // another process may have been the first while this one started
    std::string first = TRY(FirstWarehouse(*service->store_));
    if (first != service->warehouse_.root()) {
      service->options_.warehouse = first;
      service->warehouse_ = TRY(Warehouse::Make(service->options_));
    }
  }
  TRY(service->locks_.Load());
  TRY(service->warehouse_.KeepJournal(service->options_.data_dir, *service->store_));
  return service;
}

Status Service::MakeDefaults() {
  int64_t have = 0;
  {
    auto read = TRY(store_->Read());
    have = TRY(read->Int("SELECT COUNT(*) FROM ctlgs", {}, 0));
  }
  if (have) return Status::OK();
  auto write = TRY(store_->Write());
  if (TRY(write->Int("SELECT COUNT(*) FROM ctlgs", {}, 0))) return Status::OK();   // another process was quicker
  int64_t now = WallClockMs() / 1000;
  wire::Catalog catalog{.name = kDefaultCatalog, .description = "Default catalog for Hive", .locationUri = warehouse_.root()};
  TRY(write->Run("INSERT INTO ctlgs (name, doc) VALUES (?, ?)", {kDefaultCatalog, SqlBlob{wire::Encode(catalog)}}));
  wire::Database db;
  db.name = kDefaultDatabase;
  db.description = "Default Hive database";
  db.locationUri = warehouse_.root();
  db.set_parameters({});
  db.ownerName = "public";
  db.ownerType = wire::PrincipalType::ROLE;
  db.catalogName = kDefaultCatalog;
  if (hive4()) {
    db.type = wire::DatabaseType::NATIVE;
    db.createTime = static_cast<int32_t>(now);
  }
  int64_t id = TRY(NextIds(*write, "db"));
  TRY(write->Run("INSERT INTO dbs (db_id, ctlg, name, doc) VALUES (?, ?, ?, ?)", {id, kDefaultCatalog, kDefaultDatabase, SqlBlob{wire::Encode(db)}}));
  for (const char* role : {"admin", "public"}) {
    TRY(write->Run("INSERT INTO roles (name, owner, create_time) VALUES (?, ?, ?)", {role, role, now}));
  }
  TRY(warehouse_.MakeDirectory(warehouse_.root()));
  return write.Commit();
}

}  // namespace tarn::metastore
