// SQL-standard grants as clients meet them: users by set_ugi, one connection each.
#include "metastore/authorization.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "metastore/hive_site.h"
#include "metastore/server.h"
#include "wire/hms_client.h"

namespace tarn::metastore {
namespace {

using namespace wire;

class AuthorizationTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tarn-authorization-XXXXXX";
    dir_ = mkdtemp(name);
    Start(Compat::kHive3);
    ASSERT_TRUE(ann_->CreateDatabase({.name = "sales", .ownerName = "ann", .ownerType = PrincipalType::USER}).ok());
    ASSERT_TRUE(ann_->CreateTable(SomeTable("sales", "orders", "ann")).ok());
  }
  void Start(Compat compat) {
    MetastoreOptions o;
    o.data_dir = dir_;
    o.port = 0;
    o.compat = compat;
    ASSERT_TRUE(ApplyHiveSetting("hive.security.metastore.authorization.enabled", "true", &o).ok());
    ASSERT_TRUE(ApplyHiveSetting("hive.users.in.admin.role", "root, boss", &o).ok());
    service_ = Service::Open(o).value();
    router_ = std::make_unique<Router>();
    AddAllCalls(*router_);
    server_ = std::make_unique<Server>(*service_, *router_);
    ASSERT_TRUE(server_->Start().ok());
    root_ = As("root");
    ann_ = As("ann");
    bob_ = As("bob");
  }
  void TearDown() override {
    Stop();
    std::filesystem::remove_all(dir_);
  }
  void Stop() {
    root_.reset();
    ann_.reset();
    bob_.reset();
    server_.reset();
    router_.reset();
    service_.reset();
  }
  void Restart(Compat compat) {
    Stop();
    Start(compat);
  }
  std::unique_ptr<HmsClient> As(const std::string& user) {
    auto c = HmsClient::Connect("thrift://127.0.0.1:" + std::to_string(server_->port())).value();
    if (!user.empty()) {
      EXPECT_TRUE(c->Call<call::set_ugi>({.user_name = user, .group_names = {"admin"}}).ok());
    }
    return c;
  }
  static Table SomeTable(const std::string& db, const std::string& name, const std::string& owner) {
    Table t;
    t.dbName = db;
    t.tableName = name;
    t.owner = owner;
    t.tableType = "MANAGED_TABLE";
    t.sd.Make().cols = {{.name = "id", .type = "int"}};
    t.sd->serdeInfo.Make().serializationLib = "x";
    t.partitionKeys = {{.name = "dt", .type = "string"}};
    return t;
  }
  Partition SomePartition(const std::string& value) {
    Partition p;
    p.dbName = "sales";
    p.tableName = "orders";
    p.set_values({value});
    p.sd = *SomeTable("", "", "").sd;
    return p;
  }
  static PrivilegeBag Privilege(const std::string& user, const std::string& privilege, PrincipalType type = PrincipalType::USER, bool option = false,
                                const std::string& table = "orders") {
    PrivilegeBag bag;
    HiveObjectPrivilege p;
    HiveObjectRef& o = p.hiveObject.Make();
    o.objectType = table.empty() ? HiveObjectType::DATABASE : HiveObjectType::TABLE;
    o.dbName = "sales";
    o.objectName = table;
    p.principalName = user;
    p.principalType = type;
    PrivilegeGrantInfo& g = p.grantInfo.Make();
    g.privilege = privilege;
    g.grantOption = option;
    g.grantor = "ann";
    p.authorizer = "SQL";
    bag.privileges.push_back(std::move(p));
    return bag;
  }
  static Result<bool> GrantTo(HmsClient& c, PrivilegeBag bag) {
    grant_privileges_args a;
    a.privileges.Make() = std::move(bag);
    return c.Call<call::grant_privileges>(a);
  }
  static Result<bool> RevokeFrom(HmsClient& c, PrivilegeBag bag) {
    revoke_privileges_args a;
    a.privileges.Make() = std::move(bag);
    return c.Call<call::revoke_privileges>(a);
  }
  static void ExpectDenied(const Status& s, const std::string& part) {
    EXPECT_EQ(FaultName(s), "MetaException") << s.ToString();
    EXPECT_NE(s.message().find("Permission denied: "), std::string::npos) << s.message();
    EXPECT_NE(s.message().find(part), std::string::npos) << s.message();
  }

  std::string dir_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<HmsClient> root_, ann_, bob_;
};

TEST_F(AuthorizationTest, OwnersAndStrangers) {
  EXPECT_TRUE(ann_->GetTable("sales", "orders").ok());
  ExpectDenied(bob_->GetTable("sales", "orders").status(), "user bob does not have SELECT on table hive.sales.orders");
  ExpectDenied(bob_->DropTable("sales", "orders", true), "user bob is not the owner of table hive.sales.orders");
  ExpectDenied(bob_->CreateTable(SomeTable("sales", "mine", "bob")), "user bob does not have CREATE on database hive.sales");
  ExpectDenied(bob_->DropDatabase("sales", true, true), "user bob is not the owner of database hive.sales");
  EXPECT_TRUE(root_->GetTable("sales", "orders").ok());
  EXPECT_TRUE(bob_->GetAllDatabases().ok());
  // "default" belongs to the role public; what is there is its maker's.
  EXPECT_TRUE(bob_->CreateTable(SomeTable("default", "mine", "bob")).ok());
  EXPECT_TRUE(bob_->GetTable("default", "mine").ok());
  EXPECT_FALSE(ann_->GetTable("default", "mine").ok());
  EXPECT_EQ(FaultName(bob_->GetTable("default", "nope").status()), "NoSuchObjectException");
  EXPECT_TRUE(bob_->DropTable("default", "mine", true).ok());
}

TEST_F(AuthorizationTest, GrantsOnTables) {
  ASSERT_TRUE(GrantTo(*ann_, Privilege("bob", "SELECT")).ok());
  EXPECT_TRUE(bob_->GetTable("sales", "orders").ok());
  EXPECT_TRUE(bob_->GetTable("@hive#sales", "ORDERS").ok());
  ExpectDenied(bob_->Call<call::add_partitions>({.new_parts = {SomePartition("1")}}).status(), "INSERT");
  ExpectDenied(GrantTo(*bob_, Privilege("eve", "SELECT")).status(), "may not grant");
  ASSERT_TRUE(GrantTo(*ann_, Privilege("bob", "INSERT", PrincipalType::USER, true)).ok());
  EXPECT_TRUE(bob_->Call<call::add_partitions>({.new_parts = {SomePartition("1")}}).ok());
  ExpectDenied(bob_->Call<call::drop_partition>({.db_name = "sales", .tbl_name = "orders", .part_vals = {"1"}, .deleteData = true}).status(), "DELETE");
  EXPECT_TRUE(GrantTo(*bob_, Privilege("eve", "INSERT")).ok()) << "with grant option";
  EXPECT_TRUE(As("eve")->Call<call::add_partitions>({.new_parts = {SomePartition("2")}}).ok());
  ASSERT_TRUE(RevokeFrom(*ann_, Privilege("bob", "SELECT")).ok());
  EXPECT_FALSE(bob_->GetTable("sales", "orders").ok());
}

TEST_F(AuthorizationTest, EveryNamedTableCounts) {
  ASSERT_TRUE(GrantTo(*ann_, Privilege("bob", "INSERT")).ok());
  Partition other = SomePartition("1");
  other.tableName = "secret";
  ASSERT_TRUE(ann_->CreateTable(SomeTable("sales", "secret", "ann")).ok());
  {
    SCOPED_TRACE("two tables in one call");
    ExpectDenied(bob_->Call<call::add_partitions>({.new_parts = {SomePartition("1"), other}}).status(), "secret");
  }
  // Renaming into a database where one may not create.
  ASSERT_TRUE(bob_->CreateTable(SomeTable("default", "mine", "bob")).ok());
  Table t = bob_->GetTable("default", "mine").value();
  t.dbName = "sales";
  ExpectDenied(bob_->AlterTable("default", "mine", t), "CREATE on database hive.sales");
}

// A filter over properties tells nobody what the properties of other people's tables are.
TEST_F(AuthorizationTest, FiltersShowWhatMayBeRead) {
  get_table_names_by_filter_args q{.dbname = "sales", .max_tables = -1};
  q.set_filter("hive_filter_field_owner__ LIKE \"%\"");
  EXPECT_EQ(*ann_->Call<call::get_table_names_by_filter>(q), Strings{"orders"});
  EXPECT_EQ(*bob_->Call<call::get_table_names_by_filter>(q), Strings{});
}

TEST_F(AuthorizationTest, AFieldInTheNameOfATable) {
  Restart(Compat::kHive4);
  ExpectDenied(bob_->Call<call::get_fields>({.db_name = "sales", .table_name = "orders.x"}).status(), "SELECT");
  ExpectDenied(bob_->Call<call::get_schema>({.db_name = "sales", .table_name = "orders.x"}).status(), "SELECT");
  EXPECT_TRUE(ann_->Call<call::get_fields>({.db_name = "sales", .table_name = "orders.x"}).ok());
}

TEST_F(AuthorizationTest, GrantsOnDatabases) {
  ASSERT_TRUE(GrantTo(*ann_, Privilege("bob", "SELECT,CREATE", PrincipalType::USER, false, "")).ok());
  EXPECT_TRUE(bob_->GetTable("sales", "orders").ok());
  EXPECT_TRUE(bob_->CreateTable(SomeTable("sales", "mine", "bob")).ok());
  ExpectDenied(bob_->DropTable("sales", "orders", true), "owner");
  ExpectDenied(bob_->CreateDatabase({.name = "x", .locationUri = "file:" + dir_ + "/x"}), "only an admin");
  EXPECT_TRUE(root_->CreateDatabase({.name = "x", .locationUri = "file:" + dir_ + "/x"}).ok());
}

TEST_F(AuthorizationTest, RolesWithinRoles) {
  auto role = [&](HmsClient& c, const std::string& name) {
    create_role_args a;
    a.role.Make().roleName = name;
    return c.Call<call::create_role>(a).status();
  };
  ExpectDenied(role(*ann_, "clerks"), "admin");
  ASSERT_TRUE(role(*root_, "clerks").ok());
  ASSERT_TRUE(role(*root_, "staff").ok());
  auto give = [&](HmsClient& c, const std::string& what, const std::string& to, PrincipalType type, bool option = false) {
    return c.Call<call::grant_role>({.role_name = what, .principal_name = to, .principal_type = type, .grantor = "root", .grantorType = PrincipalType::USER, .grant_option = option}).status();
  };
  ASSERT_TRUE(give(*root_, "clerks", "staff", PrincipalType::ROLE).ok());
  ASSERT_TRUE(GrantTo(*ann_, Privilege("clerks", "SELECT", PrincipalType::ROLE)).ok());
  EXPECT_FALSE(bob_->GetTable("sales", "orders").ok());
  ExpectDenied(give(*bob_, "staff", "bob", PrincipalType::USER), "may not grant or revoke role staff");
  ASSERT_TRUE(give(*root_, "staff", "bob", PrincipalType::USER, true).ok());
  EXPECT_TRUE(bob_->GetTable("sales", "orders").ok()) << "staff has clerks, clerks may read";
  EXPECT_TRUE(give(*bob_, "staff", "eve", PrincipalType::USER).ok()) << "with admin option";
  EXPECT_TRUE(As("eve")->GetTable("sales", "orders").ok());
  ASSERT_TRUE(give(*root_, "admin", "eve", PrincipalType::USER).ok());
  EXPECT_TRUE(As("eve")->DropTable("sales", "orders", true).ok());
}

TEST_F(AuthorizationTest, SearchShowsWhatMayBeRead) {
  auto names = [](HmsClient& c, const std::string& words) {
    tarn_search_args a;
    a.request.Make().query = words;
    auto r = c.Call<call::tarn_search>(a);
    EXPECT_TRUE(r.ok()) << r.status().ToString();
    std::string out;
    if (r.ok()) for (const TarnSearchHit& h : r->hits) out += (out.empty() ? "" : " ") + h.name;
    EXPECT_FALSE(r.ok() && r->has_total()) << "the number tells of what is hidden";
    return out;
  };
  ASSERT_TRUE(ann_->CreateTable(SomeTable("sales", "orders_secret", "ann")).ok());
  ASSERT_TRUE(bob_->CreateTable(SomeTable("default", "my_orders", "bob")).ok());
  EXPECT_EQ(names(*ann_, "orders"), "orders orders_secret");
  EXPECT_EQ(names(*bob_, "orders"), "my_orders");
  EXPECT_EQ(names(*root_, "orders"), "orders my_orders orders_secret");
  EXPECT_EQ(names(*bob_, "sales"), "sales") << "databases are listed, their tables not";
  EXPECT_EQ(names(*bob_, "column:dt"), "my_orders") << "nor found by their columns";
  ASSERT_TRUE(GrantTo(*ann_, Privilege("bob", "INSERT")).ok());
  EXPECT_EQ(names(*bob_, "orders"), "my_orders") << "who may write only can't read it elsewhere either";
  ASSERT_TRUE(GrantTo(*ann_, Privilege("bob", "SELECT")).ok());
  EXPECT_EQ(names(*bob_, "orders"), "orders my_orders");
  ASSERT_TRUE(GrantTo(*ann_, Privilege("bob", "SELECT", PrincipalType::USER, false, "")).ok());
  EXPECT_EQ(names(*bob_, "orders"), "orders my_orders orders_secret") << "by a grant on the database";
  ASSERT_TRUE(RevokeFrom(*ann_, Privilege("bob", "SELECT", PrincipalType::USER, false, "")).ok());
  ASSERT_TRUE(RevokeFrom(*ann_, Privilege("bob", "SELECT")).ok());
  EXPECT_EQ(names(*bob_, "orders"), "my_orders") << "at once";
  ASSERT_TRUE(GrantTo(*ann_, Privilege("public", "SELECT", PrincipalType::ROLE)).ok());
  EXPECT_EQ(names(*As("eve"), "orders"), "orders");
  tarn_search_args a;
  a.request.Make().query = "orders";
  ExpectDenied(As("")->Call<call::tarn_search>(a).status(), "asks for a user");
}

TEST_F(AuthorizationTest, WithoutAName) {
  auto nobody = As("");
  EXPECT_TRUE(nobody->GetVersion().ok());
  ExpectDenied(nobody->GetAllDatabases().status(), "asks for a user");
  ExpectDenied(nobody->GetTable("sales", "orders").status(), "asks for a user");
  ExpectDenied(bob_->Call<call::get_role_names>({}).status(), "for admins");
}

// A call whose rule is about tables must name them in fields that we know: else nothing would be checked.
bool NamesTable(const StructDesc& d, int depth) {
  if (depth > 6) return false;
  for (const FieldDesc& f : d.fields) {
    if (f.type->kind == Kind::kString || f.type->kind == Kind::kList) {
      std::string_view n = f.name;
      for (std::string_view t : {"tbl_name", "tblName", "tableName", "tablename", "table_name", "source_table_name", "tbl_names", "tblNames", "parent_tbl_name", "pktable_name", "table", "origTableName"}) {
        if (n == t) return true;
      }
      if (depth == 0 && n == "name") return true;   // drop_table
    }
    const TypeDesc* t = f.type->kind == Kind::kList ? f.type->element : f.type;
    if (t && t->kind == Kind::kStruct && std::string_view(f.name) != "environment_context" && NamesTable(*t->fields, depth + 1)) return true;
  }
  return false;
}
TEST(AuthorizationRulesTest, TableRulesSeeATable) {
  int seen[13] = {};
  for (const CallDesc* c : AllCalls()) {
    AccessRule rule = RuleOf(c->name);
    ++seen[static_cast<int>(rule)];
    bool tables = rule == AccessRule::kSelect || rule == AccessRule::kInsert || rule == AccessRule::kDelete || rule == AccessRule::kOwn;
    if (tables && std::string_view(c->name) != "update_transaction_statistics") {
      EXPECT_TRUE(NamesTable(*c->args, 0)) << c->name;
    }
  }
  for (int i = 0; i < 13; ++i) EXPECT_GT(seen[i], 0) << i;
}

}  // namespace
}  // namespace tarn::metastore
