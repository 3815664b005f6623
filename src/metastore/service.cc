#include "metastore/service.h"

#include "base/clock.h"
#include "wire/codec.h"

namespace tarn::metastore {

Service::Service(MetastoreOptions options, std::unique_ptr<Store> store, Warehouse warehouse)
    : options_(std::move(options)), store_(std::move(store)), warehouse_(std::move(warehouse)), tables_(options_.table_cache_bytes_max),
      locks_(*store_, options_.txn_timeout_seconds * 1000, options_.compat == Compat::kHive4), partition_indexes_(*store_),
      started_ms_(WallClockMs()) {}

Result<std::unique_ptr<Service>> Service::Open(MetastoreOptions options) {
  Warehouse warehouse = TRY(Warehouse::Make(options));
  auto backend = TRY(MakeSqliteBackend(options.data_dir + "/metastore.db"));
  auto store = TRY(Store::Open(std::move(backend)));
  std::unique_ptr<Service> service(new Service(std::move(options), std::move(store), std::move(warehouse)));
  TRY(service->MakeDefaults());
  TRY(service->locks_.Load());
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
  int64_t id = TRY(NextIds(*write, "db"));
  TRY(write->Run("INSERT INTO dbs (db_id, ctlg, name, doc) VALUES (?, ?, ?, ?)", {id, kDefaultCatalog, kDefaultDatabase, SqlBlob{wire::Encode(db)}}));
  for (const char* role : {"admin", "public"}) {
    TRY(write->Run("INSERT INTO roles (name, owner, create_time) VALUES (?, ?, ?)", {role, role, now}));
  }
  TRY(warehouse_.MakeDirectory(warehouse_.root()));
  return write.Commit();
}

}  // namespace tarn::metastore
