// The rules as a client sees them: a server on a free port, our own client, a fresh data directory.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "metastore/sasl.h"
#include "metastore/server.h"
#include "metastore/store/test_store.h"
#include "wire/hms_client.h"

namespace tarn::metastore {
namespace {

using namespace wire;
namespace fs = std::filesystem;

class ServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tarn-metastore-test-XXXXXX";
    dir_ = mkdtemp(name);
    Start(Compat::kHive3);
  }
  void TearDown() override {
    Stop();
    fs::remove_all(dir_);
  }
  void Start(Compat compat, const std::string& users = "") {
    MetastoreOptions o;
    o.users_file = users;
    o.data_dir = dir_;
    o.store = test_store_.address();
    o.port = 0;
    o.compat = compat;
    auto service = Service::Open(o);
    ASSERT_TRUE(service.ok()) << service.status().ToString();
    service_ = std::move(service).value();
    router_ = std::make_unique<Router>();
    AddAllCalls(*router_);
    server_ = std::make_unique<Server>(*service_, *router_);
    Status s = server_->Start();
    ASSERT_TRUE(s.ok()) << s.ToString();
    if (users.empty()) client_ = Connect({});
  }
  void Stop() {
    client_.reset();
    server_.reset();
    router_.reset();
    service_.reset();
  }
  std::unique_ptr<HmsClient> Connect(HmsClientOptions o) {
    auto c = HmsClient::Connect("thrift://127.0.0.1:" + std::to_string(server_->port()), std::move(o));
    EXPECT_TRUE(c.ok()) << c.status().ToString();
    return std::move(c).value();
  }
  static Table SomeTable(const std::string& db, const std::string& name, bool partitioned = false) {
    Table t;
    t.dbName = db;
    t.tableName = name;
    t.tableType = "MANAGED_TABLE";
    t.sd.Make().cols = {{.name = "Id", .type = "int"}, {.name = "v", .type = "string"}};
    if (partitioned) t.partitionKeys = {{.name = "dt", .type = "string"}, {.name = "h", .type = "int"}};
    return t;
  }
  Partition SomePartition(const Table& t, Strings values) {
    Partition p;
    p.dbName = t.dbName;
    p.tableName = t.tableName;
    p.set_values(std::move(values));
    p.sd = *t.sd;
    p.sd->clear_location();
    return p;
  }
  Table Make(const std::string& db, const std::string& name, bool partitioned = false) {
    Status s = client_->CreateTable(SomeTable(db, name, partitioned));
    EXPECT_TRUE(s.ok()) << s.ToString();
    auto t = client_->GetTable(db, name);
    EXPECT_TRUE(t.ok()) << t.status().ToString();
    return std::move(t).value();
  }
  std::string Path(const std::string& location) { return Warehouse::LocalPath(location); }

  TestStore test_store_;
  std::string dir_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HmsClient> client_;
};

TEST_F(ServiceTest, EveryCallHasAHandler) {
  for (const CallDesc* c : AllCalls()) EXPECT_NE(router_->depth(*c), Depth::kNone) << c->name;
}

TEST_F(ServiceTest, FreshStore) {
  EXPECT_EQ(*client_->GetVersion(), "3.0");
  EXPECT_EQ(*client_->GetAllDatabases(), Strings{"default"});
  auto db = client_->GetDatabase("default");
  ASSERT_TRUE(db.ok());
  EXPECT_EQ(db->ownerName, "public");
  EXPECT_EQ(db->ownerType, PrincipalType::ROLE);
  EXPECT_EQ(db->locationUri, "file:" + dir_ + "/warehouse");
}

TEST_F(ServiceTest, TableLife) {
  ASSERT_TRUE(client_->CreateDatabase({.name = "Sales"}).ok());
  Table t = Make("sales", "Orders");
  EXPECT_EQ(t.tableName, "orders");
  EXPECT_EQ(t.sd->cols[0].name, "id");
  EXPECT_EQ(t.sd->location, "file:" + dir_ + "/warehouse/sales.db/orders");
  EXPECT_TRUE(fs::is_directory(Path(t.sd->location)));
  EXPECT_TRUE(t.parameters.contains("transient_lastDdlTime"));
  EXPECT_EQ(FaultName(client_->CreateTable(SomeTable("sales", "orders"))), "AlreadyExistsException");
  EXPECT_EQ(client_->GetTable("sales", "nope").status().message(), "hive.sales.nope table not found");
  EXPECT_EQ(FaultName(client_->DropDatabase("sales", true, false)), "InvalidOperationException");

  t.parameters["a"] = "b";
  ASSERT_TRUE(client_->AlterTable("sales", "orders", t).ok());
  EXPECT_EQ(client_->GetTable("sales", "orders")->parameters.at("a"), "b");
  t.tableName = "renamed";
  ASSERT_TRUE(client_->AlterTable("sales", "orders", t).ok());
  EXPECT_FALSE(client_->GetTable("sales", "orders").ok());
  EXPECT_EQ(client_->GetTable("sales", "renamed")->sd->location, "file:" + dir_ + "/warehouse/sales.db/renamed");
  EXPECT_FALSE(fs::exists(dir_ + "/warehouse/sales.db/orders"));

  ASSERT_TRUE(client_->DropTable("sales", "renamed", true).ok());
  EXPECT_FALSE(fs::exists(dir_ + "/warehouse/sales.db/renamed"));
  ASSERT_TRUE(client_->DropDatabase("sales", true, true).ok());
  EXPECT_FALSE(fs::exists(dir_ + "/warehouse/sales.db"));
}

TEST_F(ServiceTest, FailedCreateLeavesNoDirectory) {
  Table t = SomeTable("default", "bad");
  t.sd->location = "file:" + dir_ + "/warehouse/bad_here";
  create_table_with_constraints_args a;
  a.tbl = t;
  a.tbl->sd->serdeInfo.Make();
  a.primaryKeys = {{.table_db = "default", .table_name = "bad", .column_name = "no_such_column"}};
  EXPECT_EQ(FaultName(client_->Call<call::create_table_with_constraints>(a)), "InvalidObjectException");
  EXPECT_FALSE(fs::exists(dir_ + "/warehouse/bad_here"));
  EXPECT_FALSE(client_->GetTable("default", "bad").ok());
}

TEST_F(ServiceTest, Partitions) {
  Table t = Make("default", "p", true);
  auto added = client_->AddPartitions("default", "p", {SomePartition(t, {"2026-01-01", "1"}), SomePartition(t, {"x/y=z", "2"})}, false);
  ASSERT_TRUE(added.ok()) << added.status().ToString();
  EXPECT_EQ(added->size(), 2u);
  EXPECT_EQ(*client_->GetPartitionNames("default", "p"), (Strings{"dt=2026-01-01/h=1", "dt=x%2Fy%3Dz/h=2"}));
  auto one = client_->GetPartition("default", "p", {"x/y=z", "2"});
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->values, (Strings{"x/y=z", "2"}));
  EXPECT_EQ(one->sd->location, t.sd->location + "/dt=x%2Fy%3Dz/h=2");
  EXPECT_TRUE(fs::is_directory(Path(one->sd->location)));
  // All or nothing.
  EXPECT_EQ(FaultName(client_->AddPartitions("default", "p", {SomePartition(t, {"n", "1"}), SomePartition(t, {"2026-01-01", "1"})}, false).status()),
            "AlreadyExistsException");
  EXPECT_FALSE(client_->GetPartition("default", "p", {"n", "1"}).ok());
  EXPECT_FALSE(fs::exists(Path(t.sd->location) + "/dt=n/h=1"));
  EXPECT_EQ(client_->AddPartitions("default", "p", {SomePartition(t, {"n", "1"}), SomePartition(t, {"2026-01-01", "1"})}, true)->size(), 1u);
  EXPECT_EQ(client_->GetPartitionsByFilter("default", "p", "h = 1")->size(), 2u);
  EXPECT_EQ(client_->GetPartitionsByFilter("default", "p", "h = 1 and dt = 'n'")->size(), 1u);
  EXPECT_EQ(FaultName(client_->GetPartitionsByFilter("default", "p", "h ==== 1").status()), "MetaException");
  EXPECT_EQ(*client_->GetPartitionNamesPs("default", "p", {"", "1"}), (Strings{"dt=2026-01-01/h=1", "dt=n/h=1"}));
  // The table moves: partitions keep their data.
  t.sd->location = "file:" + dir_ + "/elsewhere";
  ASSERT_TRUE(client_->AlterTable("default", "p", t).ok());
  EXPECT_EQ(client_->GetPartition("default", "p", {"n", "1"})->sd->location, "file:" + dir_ + "/warehouse/p/dt=n/h=1");
  ASSERT_TRUE(client_->DropPartition("default", "p", {"n", "1"}, true).ok());
  EXPECT_FALSE(fs::exists(dir_ + "/warehouse/p/dt=n"));
  EXPECT_EQ(FaultName(client_->DropPartition("default", "p", {"n", "1"}, true).status()), "NoSuchObjectException");
}

TEST_F(ServiceTest, SurvivesRestart) {
  Table t = Make("default", "keep", true);
  ASSERT_TRUE(client_->AddPartition(SomePartition(t, {"a", "1"})).ok());
  Stop();
  Start(Compat::kHive3);
  EXPECT_TRUE(Same(*client_->GetTable("default", "keep"), t));
  EXPECT_EQ(client_->GetPartitionNames("default", "keep")->size(), 1u);
}

TEST_F(ServiceTest, ProtocolsAndTransports) {
  Make("default", "t");
  for (bool compact : {false, true}) {
    for (bool framed : {false, true}) {
      auto c = Connect({.user = "me", .catalog = "hive", .compact = compact, .framed = framed});
      EXPECT_TRUE(c->GetTable("default", "t").ok()) << compact << framed;
      EXPECT_EQ(FaultName(c->GetTable("default", "nope").status()), "NoSuchObjectException");
    }
  }
}

TEST_F(ServiceTest, Hive4MakesManagedTablesExternal) {
  Stop();
  Start(Compat::kHive4);
  EXPECT_EQ(*client_->GetVersion(), "4.0.1");
  Table t = Make("default", "m");
  EXPECT_EQ(t.tableType, "EXTERNAL_TABLE");
  EXPECT_EQ(t.parameters.at("EXTERNAL"), "TRUE");
  EXPECT_EQ(t.parameters.at("external.table.purge"), "TRUE");
  EXPECT_EQ(t.parameters.at("TRANSLATED_TO_EXTERNAL"), "TRUE");
}

TEST_F(ServiceTest, PathTraversalIsRefused) {
  Table t = SomeTable("default", "up");
  t.sd->location = "file:" + dir_ + "/warehouse/../../etc";
  EXPECT_EQ(FaultName(client_->CreateTable(t)), "MetaException");
  EXPECT_EQ(FaultName(client_->CreateTable(SomeTable("default", "../up"))), "InvalidObjectException");
  EXPECT_EQ(FaultName(client_->CreateDatabase({.name = "../x"})), "InvalidObjectException");
}

TEST_F(ServiceTest, SaslPlain) {
  Stop();
  std::string file = dir_ + "/users";
  std::ofstream(file) << "# people\nann:secret\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  Start(Compat::kHive3, file);
  auto message = [](uint8_t status, std::string_view payload) {
    std::string out(1, static_cast<char>(status));
    uint32_t n = __builtin_bswap32(static_cast<uint32_t>(payload.size()));
    out.append(reinterpret_cast<const char*>(&n), 4);
    return out.append(payload);
  };
  auto negotiate = [&](TcpConnection& c, std::string_view password) {
    std::string hello = message(1, "PLAIN") + message(5, std::string("\0ann\0", 5) + std::string(password));
    EXPECT_TRUE(c.OnBytes(hello.data(), hello.size()));
    char verdict[5] = {};
    c.Take(verdict, 5);
    return static_cast<int>(verdict[0]);
  };
  auto wrong = TcpConnection::Connect("127.0.0.1", server_->port(), 1000, 5000);
  ASSERT_TRUE(wrong.ok());
  EXPECT_EQ(negotiate(**wrong, "guess"), 3);
  auto right = TcpConnection::Connect("127.0.0.1", server_->port(), 1000, 5000);
  ASSERT_TRUE(right.ok());
  EXPECT_EQ(negotiate(**right, "secret"), 5);
  OutBuffer out;
  out.Grow(4);
  WriteMessageHead(Protocol::kBinary, out, {"getVersion", MessageType::kCall, 1, true});
  getVersion_args args;
  WriteStruct(Protocol::kBinary, out, getVersion_args::desc(), &args);
  uint32_t n = __builtin_bswap32(static_cast<uint32_t>(out.size() - 4));
  std::memcpy(out.data(), &n, 4);
  ASSERT_TRUE((*right)->OnBytes(out.view().data(), out.size()));
  FramedSource frames(**right, 1 << 20);
  ReadBudget budget{WireLimits{}};
  MessageHead head;
  ASSERT_TRUE(ReadMessageHead(Protocol::kBinary, frames, budget, &head).ok());
  std::string version;
  ASSERT_TRUE(ReadReply(Protocol::kBinary, frames, budget, call::getVersion::desc(), head.type, &version).ok());
  EXPECT_EQ(version, "3.0");
  // Without SASL nobody gets in.
  auto plain = HmsClient::Connect("thrift://127.0.0.1:" + std::to_string(server_->port()), {.call_timeout_ms = 5000});
  EXPECT_FALSE(plain.ok() && (*plain)->GetVersion().ok());
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(Users::Load(file).status().code(), StatusCode::kDenied);
}

TEST_F(ServiceTest, EventsCarryTheObjects) {
  Table t = Make("default", "p", true);
  ASSERT_TRUE(client_->AddPartition(SomePartition(t, {"a\"b", "1"})).ok());
  auto events = client_->Call<call::get_next_notification>({.rqst = NotificationEventRequest{.lastEvent = 0}});
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->events.size(), 2u);
  EXPECT_EQ(events->events[0].eventType, "CREATE_TABLE");
  EXPECT_NE(events->events[0].message.find("\"tableObjJson\":\"{\\\"1\\\":{\\\"str\\\":\\\"p\\\"}"), std::string::npos) << events->events[0].message;
  EXPECT_NE(events->events[1].message.find("\"partitions\":[{\"dt\":\"a\\\"b\",\"h\":\"1\"}]"), std::string::npos) << events->events[1].message;
  EXPECT_NE(events->events[1].message.find("\"partitionListJson\":[\"{"), std::string::npos);
}

TEST_F(ServiceTest, Locks) {
  auto request = [](LockType type) {
    LockRequest q;
    q.component.push_back({.type = type, .level = LockLevel::TABLE, .dbname = "default", .tablename = "t"});
    q.user = "u";
    q.hostname = "h";
    return q;
  };
  auto a = client_->Lock(request(LockType::EXCLUSIVE));
  ASSERT_TRUE(a.ok()) << a.status().ToString();
  EXPECT_EQ(a->state, LockState::ACQUIRED);
  auto b = client_->Lock(request(LockType::SHARED_READ));
  EXPECT_EQ(b->state, LockState::WAITING);
  auto c = client_->Lock(request(LockType::EXCLUSIVE));
  EXPECT_EQ(c->state, LockState::WAITING);
  ASSERT_TRUE(client_->Unlock(a->lockid).ok());
  EXPECT_EQ(client_->CheckLock(c->lockid)->state, LockState::WAITING);   // b came first
  EXPECT_EQ(client_->CheckLock(b->lockid)->state, LockState::ACQUIRED);
  ASSERT_TRUE(client_->Unlock(b->lockid).ok());
  EXPECT_EQ(client_->CheckLock(c->lockid)->state, LockState::ACQUIRED);
  EXPECT_EQ(FaultName(client_->CheckLock(a->lockid).status()), "NoSuchLockException");
  EXPECT_TRUE(client_->Unlock(a->lockid).ok());   // again: no error, as in Hive
}

TEST_F(ServiceTest, LocksOfADatabaseAndOfWhatIsInIt) {
  auto take = [&](LockType type, const char* table) {
    LockRequest q;
    q.component.push_back({.type = type, .level = *table ? LockLevel::TABLE : LockLevel::DB, .dbname = "default"});
    if (*table) q.component[0].set_tablename(table);
    q.user = "u";
    q.hostname = "h";
    auto r = client_->Lock(q);
    EXPECT_TRUE(r.ok()) << r.status().ToString();
    return *r;
  };
  LockResponse exclusive = take(LockType::EXCLUSIVE, "t"), read = take(LockType::SHARED_READ, ""), write = take(LockType::SHARED_WRITE, "");
  EXPECT_EQ(exclusive.state, LockState::ACQUIRED);
  EXPECT_EQ(read.state, LockState::ACQUIRED);   // only keeps the database from being dropped
  EXPECT_EQ(write.state, LockState::WAITING);   // waits for what is written in it
  auto shown = service_->locks().Show({});
  ASSERT_EQ((*shown).size(), 3u);
  EXPECT_EQ((*shown)[0].lockid, read.lockid);   // those held first, the mildest first
  EXPECT_EQ((*shown)[1].lockid, exclusive.lockid);
  EXPECT_EQ((*shown)[2].blockedByExtId, exclusive.lockid);
  EXPECT_EQ((*shown)[2].blockedByIntId, 1);
  EXPECT_FALSE((*shown)[2].has_tablename());
}

TEST_F(ServiceTest, AcidTablesAreAskedForOrc) {
  Table t = SomeTable("default", "acid");
  t.parameters["transactional"] = "true";
  EXPECT_EQ(client_->CreateTable(t).message(), "The table must be stored using an ACID compliant format (such as ORC): default.acid");
  t.parameters["transactional"] = "yes";
  EXPECT_EQ(client_->CreateTable(t).message(), "'transactional' property of TBLPROPERTIES may only have value 'true': default.acid");
  t.parameters["transactional"] = "false";
  ASSERT_TRUE(client_->CreateTable(t).ok());
  Table made = *client_->GetTable("default", "acid");
  EXPECT_FALSE(made.parameters.contains("transactional"));
  made.parameters["transactional"] = "true";
  EXPECT_EQ(FaultName(client_->AlterTable("default", "acid", made)), "MetaException");
  t.tableName = "orc";
  t.parameters["transactional"] = "true";
  t.sd->inputFormat = "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat";
  t.sd->outputFormat = "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat";
  ASSERT_TRUE(client_->CreateTable(t).ok());
  made = *client_->GetTable("default", "orc");
  EXPECT_EQ(made.parameters["transactional_properties"], "default");
  made.parameters.erase("transactional");
  EXPECT_EQ(client_->AlterTable("default", "orc", made).message(), "TBLPROPERTIES with 'transactional'='true' cannot be unset: default.orc");
}

TEST_F(ServiceTest, NotificationIdsHaveNoGap) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auto c = Connect({});
      for (int k = 0; k < 20; ++k) {
        std::string name = "t" + std::to_string(i) + "_" + std::to_string(k);
        EXPECT_TRUE(c->CreateTable(SomeTable("default", name)).ok());
        EXPECT_FALSE(c->CreateTable(SomeTable("default", name)).ok());
        EXPECT_TRUE(c->DropTable("default", name, true).ok());
      }
    });
  }
  for (auto& t : threads) t.join();
  auto events = client_->Call<call::get_next_notification>({.rqst = NotificationEventRequest{.lastEvent = 0}});
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events->events.size(), 160u);
  for (size_t i = 0; i < events->events.size(); ++i) EXPECT_EQ(events->events[i].eventId, static_cast<int64_t>(i) + 1);
}

TEST_F(ServiceTest, ReadsSeeWritesUnderLoad) {
  Make("default", "hot");
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    auto c = Connect({});
    while (!stop) EXPECT_TRUE(c->GetTable("default", "hot").ok());
  });
  auto c = Connect({});
  for (int i = 0; i < 100; ++i) {
    Table t = *c->GetTable("default", "hot");
    t.parameters["n"] = std::to_string(i);
    ASSERT_TRUE(client_->AlterTable("default", "hot", t).ok());
    EXPECT_EQ(c->GetTable("default", "hot")->parameters.at("n"), std::to_string(i));
  }
  stop = true;
  reader.join();
}

// Calls that only 4.1.0 has, whose server no registry holds: nothing could be recorded.
TEST_F(ServiceTest, DatabasesWithTheirContents) {
  ASSERT_TRUE(client_->CreateDatabase({.name = "sales", .description = "s", .parameters = {{"a", "b"}}}).ok());
  ASSERT_TRUE(client_->CreateDatabase({.name = "stock"}).ok());
  auto some = client_->Call<call::get_databases_req>({.request = GetDatabaseObjectsRequest{.catalogName = "hive", .pattern = "s*"}});
  ASSERT_TRUE(some.ok()) << some.status().ToString();
  ASSERT_EQ(some->databases.size(), 2u);
  EXPECT_EQ(some->databases[0].name, "sales");
  EXPECT_EQ(some->databases[0].parameters.at("a"), "b");
  EXPECT_EQ(client_->Call<call::get_databases_req>({.request = GetDatabaseObjectsRequest{.catalogName = "hive", .pattern = "gone"}})->databases.size(), 0u);
  EXPECT_EQ(client_->Call<call::get_databases_req>({.request = GetDatabaseObjectsRequest{}})->databases.size(), 3u);
}

TEST_F(ServiceTest, FunctionsAsNamesOrWhole) {
  for (const char* n : {"plus", "print"}) {
    Function f{.functionName = n, .dbName = "default", .className = std::string("a.b.") + n};
    f.set_functionType(FunctionType::JAVA).set_resourceUris({});
    f.set_ownerName("ann").set_ownerType(PrincipalType::USER);
    Status made = client_->Call<call::create_function>({.func = f});
    ASSERT_TRUE(made.ok()) << made.ToString();
  }
  GetFunctionsRequest q{.dbName = "default", .catalogName = "hive", .pattern = "p*"};
  q.set_returnNames(true);
  auto names = client_->Call<call::get_functions_req>({.request = q});
  ASSERT_TRUE(names.ok()) << names.status().ToString();
  EXPECT_EQ(names->function_names, (Strings{"plus", "print"}));
  EXPECT_TRUE(names->functions.empty());
  q.set_returnNames(false);
  q.pattern = "plus";
  auto whole = client_->Call<call::get_functions_req>({.request = q});
  ASSERT_EQ(whole->functions.size(), 1u);
  EXPECT_EQ(whole->functions[0].className, "a.b.plus");
  EXPECT_TRUE(whole->function_names.empty());
}

TEST_F(ServiceTest, StatisticsOfManyPartitionsAreDeletedAtOnce) {
  Table t = Make("default", "counted", true);
  auto put = [&](const std::string& part) {
    ColumnStatistics s;
    ColumnStatisticsDesc& d = s.statsDesc.Make();
    d.isTblLevel = part.empty();
    d.dbName = "default";
    d.tableName = "counted";
    if (!part.empty()) d.set_partName(part);
    for (const char* c : {"id", "v"}) {
      ColumnStatisticsObj o{.colName = c, .colType = "int"};
      LongColumnStatsData l{.numNulls = 1, .numDVs = 2};
      o.statsData.Make().longStats = l;
      s.statsObj.push_back(o);
    }
    Status put = part.empty() ? client_->Call<call::update_table_column_statistics>({.stats_obj = s}).status() : client_->Call<call::update_partition_column_statistics>({.stats_obj = s}).status();
    ASSERT_TRUE(put.ok()) << put.ToString();
  };
  for (const char* h : {"1", "2"}) ASSERT_TRUE(client_->Call<call::append_partition>({.db_name = "default", .tbl_name = "counted", .part_vals = {"x", h}}).ok());
  auto left = [&] {
    PartitionsStatsRequest q{.dbName = "default", .tblName = "counted", .colNames = {"id", "v"}, .partNames = {"dt=x/h=1", "dt=x/h=2"}};
    auto r = client_->Call<call::get_partitions_statistics_req>({.request = q});
    size_t n = 0;
    if (r.ok()) for (auto& [part, list] : r->partStats) n += list.size();
    return n;
  };
  put("");
  put("dt=x/h=1");
  put("dt=x/h=2");
  ASSERT_EQ(left(), 4u);
  DeleteColumnStatisticsRequest q{.db_name = "default", .tbl_name = "counted"};
  q.set_cat_name("hive");
  q.set_col_names({"v"});
  ASSERT_TRUE(client_->Call<call::delete_column_statistics_req>({.req = q}).ok());   // no partition named: all of them
  EXPECT_EQ(left(), 2u);
  q.set_part_names({"dt=x/h=1"});
  q.clear_col_names();
  ASSERT_TRUE(client_->Call<call::delete_column_statistics_req>({.req = q}).ok());
  EXPECT_EQ(left(), 1u);
  q.set_part_names({"dt=x/h=9"});
  EXPECT_EQ(FaultName(client_->Call<call::delete_column_statistics_req>({.req = q}).status()), "NoSuchObjectException");
  DeleteColumnStatisticsRequest table{.db_name = "default", .tbl_name = "counted"};
  table.set_tableLevel(true);
  ASSERT_TRUE(client_->Call<call::delete_column_statistics_req>({.req = table}).ok());
  EXPECT_EQ(FaultName(client_->Call<call::delete_column_statistics_req>({.req = table}).status()), "NoSuchObjectException");   // nothing is left
  EXPECT_EQ(left(), 1u);
}

// The real servers' own query for this fails on each of their databases.
TEST_F(ServiceTest, SchemasByColumns) {
  ASSERT_TRUE(client_->Call<call::create_ischema>({.schema = ISchema{.schemaType = SchemaType::AVRO, .name = "clicks", .catName = "hive", .dbName = "default"}}).ok());
  for (int n : {1, 2}) {
    SchemaVersion v{.schema = ISchemaName{.catName = "hive", .dbName = "default", .schemaName = "clicks"}, .version = n};
    v.set_cols({{.name = "a", .type = "int"}, {.name = "b" + std::to_string(n), .type = "string", .comment = "web"}});
    ASSERT_TRUE(client_->Call<call::add_schema_version>({.schemaVersion = v}).ok());
  }
  auto find = [&](FindSchemasByColsRqst q) { return client_->Call<call::get_schemas_by_cols>({.rqst = q}); };
  FindSchemasByColsRqst q;
  q.set_colName("B2");
  ASSERT_EQ(find(q)->schemaVersions.size(), 1u);
  EXPECT_EQ(find(q)->schemaVersions[0].version, 2);
  q.set_type("int");
  EXPECT_TRUE(find(q)->schemaVersions.empty());
  EXPECT_EQ(find(FindSchemasByColsRqst{.type = "int"})->schemaVersions.size(), 2u);
  EXPECT_EQ(FaultName(find({}).status()), "MetaException");
}

// What is older than the time to live goes, events and what transactions wrote; what is younger stays.
TEST_F(ServiceTest, OldEventsExpire) {
  Make("default", "written");
  auto wrote = [&](int64_t txn, const char* file) {
    add_write_notification_log_args a;
    a.rqst.Make().set_txnId(txn).set_writeId(1).set_db("default").set_table("written");
    a.rqst->fileInfo.Make().set_filesAdded({file});
    EXPECT_TRUE(client_->Call<call::add_write_notification_log>(a).ok());
  };
  auto written = [&](int64_t txn) {
    get_all_write_event_info_args a;
    a.request.Make().set_txnId(txn);
    auto got = client_->Call<call::get_all_write_event_info>(a);
    EXPECT_TRUE(got.ok()) << got.status().ToString();
    return got.ok() ? *got : std::vector<WriteEventInfo>{};
  };
  wrote(7, "file:/a");
  wrote(7, "file:/b");
  wrote(71, "file:/c");
  ASSERT_EQ(written(7).size(), 1u);
  EXPECT_EQ(written(7)[0].files, "file:/b###]file:/a###");
  int64_t old = client_->Call<call::get_current_notificationEventId>({})->eventId;
  {
    auto write = service_->store().Write();
    ASSERT_TRUE(write.ok());
    ASSERT_TRUE((**write).Run("UPDATE notifications SET event_time = 1").ok());
    ASSERT_TRUE((**write).Run("UPDATE write_events SET made = 1 WHERE txn_id = 7").ok());
    ASSERT_TRUE(write->Commit().ok());
  }
  int64_t last = old;
  for (int i = 0; i < 256; ++i) {   // there is a look among any 256 events
    ASSERT_TRUE(client_->CreateDatabase({.name = "d" + std::to_string(i)}).ok());
    ++last;
  }
  auto events = client_->Call<call::get_next_notification>({.rqst = NotificationEventRequest{.lastEvent = 0}});
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->events.size(), 256u);
  EXPECT_EQ(events->events.front().eventId, old + 1);
  EXPECT_EQ(events->events.back().eventId, last);
  EXPECT_TRUE(written(7).empty());
  EXPECT_EQ(written(71).size(), 1u);
}

// Requests that a client without manners may send: each is refused or answered, and the server lives.
TEST_F(ServiceTest, HostileRequests) {
  Partition p = SomePartition(Make("default", "parts", true), {"2026-01-01", "1"});
  p.parameters = {{std::string(60, 'a'), "x"}};
  Status added = client_->AddPartition(p).status();
  ASSERT_TRUE(added.ok()) << added.ToString();
  std::string slow;
  for (int i = 0; i < 20; ++i) slow += "%a";
  for (const std::string& pattern : {std::string(1'000'000, '%'), slow + "%b"}) {
    GetPartitionsRequest q{.dbName = "default", .tblName = "parts"};
    q.projectionSpec.Make().set_fieldList({"parameters"});
    q.projectionSpec->set_includeParamKeyPattern(pattern);
    auto got = client_->Call<call::get_partitions_with_specs>({.request = q});
    ASSERT_TRUE(got.ok()) << got.status().ToString();
  }

  // Chains of terms go through every call that takes a filter: each runs on the small stack of a connection's thread.
  std::string filter = "h = 1", table_filter = "hive_filter_field_owner__ = 'x'", deep;
  for (int i = 0; i < 60'000; ++i) { filter += " or h = 2"; table_filter += " and hive_filter_field_owner__ = 'x'"; deep += "(h = 1 and "; }
  for (const std::string& text : {filter, "(" + filter + ")", deep}) {
    bool good = text != deep;
    auto parts = client_->Call<call::get_partitions_by_filter>({.db_name = "default", .tbl_name = "parts", .filter = text, .max_parts = -1});
    EXPECT_EQ(parts.ok(), good) << parts.status().ToString();
    EXPECT_TRUE(!good || parts->size() == 1u);
    EXPECT_EQ((client_->Call<call::get_num_partitions_by_filter>({.db_name = "default", .tbl_name = "parts", .filter = text}).ok()), good);
    PartitionsByExprRequest by_expr{.dbName = "default", .tblName = "parts", .expr = text};
    EXPECT_TRUE((client_->Call<call::get_partitions_by_expr>({.req = by_expr}).ok()));   // not understood: all of them
    DropPartitionsRequest drop{.dbName = "default", .tblName = "parts"};
    drop.parts.Make().set_exprs({{.expr = "(" + text + ") and h = 3"}});
    drop.set_ifExists(true);
    (void)client_->Call<call::drop_partitions_req>({.req = drop}).ok();
  }
  EXPECT_TRUE((client_->Call<call::get_table_names_by_filter>({.dbname = "default", .filter = table_filter, .max_tables = -1}).ok()));
  EXPECT_TRUE(client_->GetAllDatabases().ok());

  Table acid = SomeTable("default", "acid");
  acid.sd->inputFormat = "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat";
  acid.sd->outputFormat = "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat";
  acid.parameters["transactional"] = "true";
  ASSERT_TRUE(client_->CreateTable(acid).ok());
  alter_table_args bare{.dbname = "default", .tbl_name = "acid"};
  bare.new_tbl.Make().set_tableName("acid").set_dbName("default").set_parameters({{"transactional", "true"}});
  EXPECT_FALSE(client_->Call<call::alter_table>(bare).ok());

  // Numbers that the next one can't follow.
  seed_write_id_args seed;
  seed.rqst.Make().set_dbName("default").set_tableName("parts").set_seedWriteId(INT64_MAX);
  EXPECT_FALSE(client_->Call<call::seed_write_id>(seed).ok());
  seed_txn_id_args seed_txn;
  seed_txn.rqst.Make().set_seedTxnId(INT64_MAX);
  EXPECT_FALSE(client_->Call<call::seed_txn_id>(seed_txn).ok());
  repl_tbl_writeid_state_args state;
  state.rqst.Make().set_dbName("default").set_tableName("parts").set_validWriteIdlist("default.parts:9223372036854775807:9223372036854775807::");
  EXPECT_FALSE(client_->Call<call::repl_tbl_writeid_state>(state).ok());

  // An index that claims another's table takes nothing with it.
  ASSERT_TRUE(client_->CreateTable(SomeTable("default", "victim")).ok());
  add_index_args index;
  index.new_index.Make().set_indexName("i").set_dbName("default").set_origTableName("parts").set_indexTableName("victim");
  (void)client_->Call<call::add_index>(index).ok();
  (void)client_->Call<call::drop_index_by_name>({.db_name = "default", .tbl_name = "parts", .index_name = "i", .deleteData = true}).ok();
  EXPECT_TRUE(client_->GetTable("default", "victim").ok());
  (void)client_->Call<call::add_index>(index).ok();
  EXPECT_TRUE(client_->DropTable("default", "parts", true).ok());
  EXPECT_TRUE(client_->GetTable("default", "victim").ok());
  EXPECT_TRUE(client_->DropTable("default", "victim", true).ok());
}

}  // namespace
}  // namespace tarn::metastore
