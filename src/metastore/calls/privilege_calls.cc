// Roles and privileges, stored and listed as Hive does. Nothing is enforced here: authorisation is the client's, as with Hive's default.
#include <algorithm>

#include "base/text.h"
#include "metastore/calls/partition_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/router.h"
#include "metastore/rows.h"

namespace tarn::metastore {

namespace {
using namespace wire;

int64_t Number(PrincipalType t) { return static_cast<int64_t>(t); }

// ---- roles ----

Result<bool> RoleExists(SqlConnection& c, const std::string& role) { return TRY(c.Int("SELECT COUNT(*) FROM roles WHERE name = ?", {role}, 0)) > 0; }

Result<bool> CreateRole(Call& call, create_role_args& a) {
  if (!a.role) return MetaError("role is null");
  std::string name = LowerName(a.role->roleName);
  if (name == "public") return MetaError("public role implicitly exists. It can't be created.");
  auto write = TRY(call.service.store().Write());
  if (TRY(RoleExists(*write, name))) return MetaError("Role " + name + " already exists.");
  TRY(write->Run("INSERT INTO roles (name, owner, create_time) VALUES (?, ?, ?)", {name, a.role->ownerName, int64_t{NowSeconds()}}));
  TRY(write.Commit());
  return true;
}
Result<bool> DropRole(Call& call, drop_role_args& a) {
  std::string name = LowerName(a.role_name);
  if (name == "admin" || name == "public") return MetaError("public,admin roles can't be dropped.");
  auto write = TRY(call.service.store().Write());
  if (!TRY(RoleExists(*write, name))) return true;   // as Hive
  TRY(write->Run("DELETE FROM roles WHERE name = ?", {name}));
  TRY(write->Run("DELETE FROM role_grants WHERE role = ?", {name}));
  TRY(write->Run("DELETE FROM role_grants WHERE principal = ? AND principal_type = ?", {name, Number(PrincipalType::ROLE)}));
  TRY(write->Run("DELETE FROM privs WHERE principal = ? AND principal_type = ?", {name, Number(PrincipalType::ROLE)}));
  TRY(write.Commit());
  return true;
}
Result<Strings> RoleNames(Call& call, get_role_names_args&) {
  Strings out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT name FROM roles ORDER BY name", {}, [&](const SqlRow& row) { out.push_back(row.String(0)); return true; }));
  return out;
}

Status Grant(Call& call, const std::string& role_name, const std::string& principal, PrincipalType type, const std::string& grantor, PrincipalType grantor_type,
             bool option) {
  std::string role = LowerName(role_name);
  if (role == "public") return MetaError("No user can be added to public. Since all users implicitly belong to public role.");
  auto write = TRY(call.service.store().Write());
  if (!TRY(RoleExists(*write, role))) return MetaError("Role " + role + " does not exist");
  if (type == PrincipalType::ROLE) {
    if (!TRY(RoleExists(*write, LowerName(principal)))) return MetaError("Role " + principal + " does not exist");
    // A role must not contain itself, however far down.
    std::vector<std::string> open{role};
    for (size_t i = 0; i < open.size() && i < 10'000; ++i) {
      if (open[i] == LowerName(principal)) return MetaError("Cannot grant role " + principal + " to " + role + " as " + role + " already belongs to the role " + principal + ". (no cycles allowed)");
      TRY(write->Each("SELECT role FROM role_grants WHERE principal = ? AND principal_type = ?", {open[i], Number(PrincipalType::ROLE)}, [&](const SqlRow& row) {
        open.push_back(row.String(0));
        return true;
      }));
    }
  }
  if (TRY(write->Int("SELECT COUNT(*) FROM role_grants WHERE role = ? AND principal = ? AND principal_type = ?", {role, principal, Number(type)}, 0))) {
    return MetaError("Principal " + principal + " already has the role " + role);
  }
  TRY(write->Run("INSERT INTO role_grants (role, principal, principal_type, grant_option, grantor, grantor_type, grant_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
                 {role, principal, Number(type), option, grantor, Number(grantor_type), int64_t{NowSeconds()}}));
  return write.Commit();
}
Status Revoke(Call& call, const std::string& role_name, const std::string& principal, PrincipalType type, bool option_only) {
  std::string role = LowerName(role_name);
  if (role == "public") return MetaError("public role can't be revoked.");
  auto write = TRY(call.service.store().Write());
  int64_t n = option_only
      ? TRY(write->Run("UPDATE role_grants SET grant_option = 0 WHERE role = ? AND principal = ? AND principal_type = ?", {role, principal, Number(type)}))
      : TRY(write->Run("DELETE FROM role_grants WHERE role = ? AND principal = ? AND principal_type = ?", {role, principal, Number(type)}));
  if (n == 0 && !TRY(RoleExists(*write, role))) return MetaError("Got exception: org.apache.hadoop.hive.metastore.api.NoSuchObjectException " + role + " role can not be found.");
  return write.Commit();
}
Result<bool> GrantRole(Call& call, grant_role_args& a) {
  TRY(Grant(call, a.role_name, a.principal_name, a.principal_type, a.grantor, a.grantorType, a.grant_option));
  return true;
}
Result<bool> RevokeRole(Call& call, revoke_role_args& a) {
  TRY(Revoke(call, a.role_name, a.principal_name, a.principal_type, false));
  return true;
}
Result<GrantRevokeRoleResponse> GrantRevokeRole(Call& call, grant_revoke_role_args& a) {
  if (!a.request) return MetaError("request is null");
  GrantRevokeRoleRequest& q = *a.request;
  if (q.requestType == GrantRevokeType::GRANT) TRY(Grant(call, q.roleName, q.principalName, q.principalType, q.grantor, q.grantorType, q.grantOption));
  else TRY(Revoke(call, q.roleName, q.principalName, q.principalType, q.grantOption));
  GrantRevokeRoleResponse out;
  out.set_success(true);
  return out;
}

Result<std::vector<RolePrincipalGrant>> Grants(Call& call, const char* sql, SqlArgs args) {
  std::vector<RolePrincipalGrant> out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each(sql, args, [&](const SqlRow& row) {
    RolePrincipalGrant& g = out.emplace_back();
    g.roleName = row.String(0);
    g.principalName = row.String(1);
    g.principalType = static_cast<PrincipalType>(row.Int(2));
    g.grantOption = row.Int(3) != 0;
    if (!row.Null(4) && !row.Text(4).empty()) g.grantorName = row.String(4);
    g.grantorPrincipalType = static_cast<PrincipalType>(row.Int(5));
    g.grantTime = static_cast<int32_t>(row.Int(6));
    return true;
  }));
  return out;
}
RolePrincipalGrant PublicGrant(const std::string& principal, PrincipalType type) {
  RolePrincipalGrant g;
  g.roleName = "public";
  g.principalName = principal;
  g.principalType = type;
  return g;
}
Result<GetPrincipalsInRoleResponse> PrincipalsInRole(Call& call, get_principals_in_role_args& a) {
  if (!a.request) return MetaError("request is null");
  GetPrincipalsInRoleResponse out;
  out.set_principalGrants(TRY(Grants(call, "SELECT role, principal, principal_type, grant_option, grantor, grantor_type, grant_time FROM role_grants WHERE role = ? "
                                           "ORDER BY principal", {LowerName(a.request->roleName)})));
  return out;
}
Result<GetRoleGrantsForPrincipalResponse> GrantsForPrincipal(Call& call, get_role_grants_for_principal_args& a) {
  if (!a.request) return MetaError("request is null");
  GetRoleGrantsForPrincipalResponse out;
  out.set_principalGrants(TRY(Grants(call, "SELECT role, principal, principal_type, grant_option, grantor, grantor_type, grant_time FROM role_grants "
                                           "WHERE principal = ? AND principal_type = ? ORDER BY role", {a.request->principal_name, Number(a.request->principal_type)})));
  if (a.request->principal_type == PrincipalType::USER) out.principalGrants.push_back(PublicGrant(a.request->principal_name, PrincipalType::USER));
  return out;
}
Result<std::vector<Role>> ListRoles(Call& call, list_roles_args& a) {
  std::vector<Role> out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT r.name, r.create_time, r.owner FROM role_grants g JOIN roles r ON r.name = g.role WHERE g.principal = ? AND g.principal_type = ? ORDER BY r.name",
                 {a.principal_name, Number(a.principal_type)}, [&](const SqlRow& row) {
                   Role& r = out.emplace_back();
                   r.roleName = row.String(0);
                   r.createTime = static_cast<int32_t>(row.Int(1));
                   r.ownerName = row.String(2);
                   return true;
                 }));
  if (a.principal_type == PrincipalType::USER) {
    Role& r = out.emplace_back();
    r.roleName = "public";
    r.ownerName = "public";
  }
  return out;
}

// ---- privileges ----

struct Object {
  int64_t type;
  std::string catalog, db, object, part, column;
};
Result<Object> Resolve(Call& call, const HiveObjectRef& ref) {
  Object o{static_cast<int64_t>(ref.objectType), "", "", "", "", ToLower(ref.columnName)};
  if (ref.objectType == HiveObjectType::GLOBAL) return o;
  DbName db = ParseDbName(ref.dbName, ref.catName);
  o.catalog = db.catalog;
  o.db = db.db;
  if (ref.objectType == HiveObjectType::DATABASE || ref.objectType == HiveObjectType::DATACONNECTOR) {
    if (o.db.empty()) o.db = LowerName(ref.objectName);
    return o;
  }
  o.object = LowerName(ref.objectName);
  if (!ref.partValues.empty()) {
    TableRow row = TRY(LoadTable(call.service, {o.catalog, o.db, o.object}));
    o.part = TRY(PartitionName(*row.table, ref.partValues));
  }
  return o;
}

Status CheckObject(Call& call, const Object& o) {
  if (o.object.empty() && o.db.empty()) return Status::OK();
  if (!o.object.empty()) return tarn::internal::ToStatus(LoadTable(call.service, {o.catalog, o.db, o.object}));
  auto read = TRY(call.service.store().Read());
  if (!TRY(FindDatabaseId(*read, o.catalog, o.db))) return NoSuchObject("There is no database " + o.catalog + "." + o.db);
  return Status::OK();
}

Status Put(Call& call, const PrivilegeBag& bag) {
  std::vector<Object> objects;
  for (const HiveObjectPrivilege& p : bag.privileges) {
    if (!p.hiveObject || !p.grantInfo) return MetaError("privilege without an object or a grant");
    objects.push_back(TRY(Resolve(call, *p.hiveObject)));
    Status s = CheckObject(call, objects.back());
    if (!s.ok()) return MetaError(s.message());
  }
  auto write = TRY(call.service.store().Write());
  for (size_t i = 0; i < bag.privileges.size(); ++i) {
    const HiveObjectPrivilege& p = bag.privileges[i];
    const Object& o = objects[i];
    for (const std::string& priv : Split(p.grantInfo->privilege, ',')) {
      if (p.principalType == PrincipalType::ROLE && !TRY(RoleExists(*write, LowerName(p.principalName)))) return MetaError("Role " + p.principalName + " does not exist");
      auto done = write->Run("INSERT INTO privs (object_type, ctlg, db, object, part, col, principal, principal_type, priv, grantor, grantor_type, authorizer, grant_option, "
                             "create_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             {o.type, o.catalog, o.db, o.object, o.part, o.column, p.principalName, Number(p.principalType), priv, p.grantInfo->grantor,
                              Number(p.grantInfo->grantorType), p.authorizer, p.grantInfo->grantOption, int64_t{p.grantInfo->createTime ? p.grantInfo->createTime : NowSeconds()}});
      if (!done.ok() && done.status().code() == StatusCode::kConflict) return MetaError(priv + " is already granted by " + p.grantInfo->grantor);
      TRY(std::move(done));
    }
  }
  return write.Commit();
}

Status Take(Call& call, const PrivilegeBag& bag, bool option_only) {
  std::vector<Object> objects;
  for (const HiveObjectPrivilege& p : bag.privileges) {
    if (!p.hiveObject || !p.grantInfo) return MetaError("privilege without an object or a grant");
    objects.push_back(TRY(Resolve(call, *p.hiveObject)));
  }
  auto write = TRY(call.service.store().Write());
  for (size_t i = 0; i < bag.privileges.size(); ++i) {
    const HiveObjectPrivilege& p = bag.privileges[i];
    const Object& o = objects[i];
    for (const std::string& priv : Split(p.grantInfo->privilege, ',')) {
      SqlArgs key = {o.type, o.catalog, o.db, o.object, o.part, o.column, p.principalName, Number(p.principalType), priv};
      int64_t n = option_only ? TRY(write->Run("UPDATE privs SET grant_option = 0 WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND col = ? AND "
                                               "principal = ? AND principal_type = ? AND priv = ?", key))
                              : TRY(write->Run("DELETE FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND col = ? AND principal = ? AND "
                                               "principal_type = ? AND priv = ?", key));
      if (n == 0) return MetaError("No grant of " + priv + " to " + p.principalName + " found");
    }
  }
  return write.Commit();
}

Result<bool> GrantPrivileges(Call& call, grant_privileges_args& a) {
  if (!a.privileges) return MetaError("privileges are null");
  TRY(Put(call, *a.privileges));
  return true;
}
Result<bool> RevokePrivileges(Call& call, revoke_privileges_args& a) {
  if (!a.privileges) return MetaError("privileges are null");
  TRY(Take(call, *a.privileges, false));
  return true;
}
GrantRevokePrivilegeResponse Success() {
  GrantRevokePrivilegeResponse out;
  out.set_success(true);
  return out;
}
Result<GrantRevokePrivilegeResponse> GrantRevoke(Call& call, grant_revoke_privileges_args& a) {
  if (!a.request || !a.request->privileges) return MetaError("request is null");
  if (a.request->requestType == GrantRevokeType::GRANT) TRY(Put(call, *a.request->privileges));
  else TRY(Take(call, *a.request->privileges, a.request->revokeGrantOption));
  return Success();
}
Result<GrantRevokePrivilegeResponse> Refresh(Call& call, refresh_privileges_args& a) {
  if (!a.objToRefresh || !a.grantRequest) return MetaError("request is null");
  Object o = TRY(Resolve(call, *a.objToRefresh));
  {
    auto write = TRY(call.service.store().Write());
    TRY(write->Run("DELETE FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND authorizer = ?",
                   {o.type, o.catalog, o.db, o.object, o.part, a.authorizer}));
    TRY(write.Commit());
  }
  if (a.grantRequest->privileges) TRY(Put(call, *a.grantRequest->privileges));
  return Success();
}

PrivilegeGrantInfo GrantInfo(const SqlRow& row, int at) {   // priv, create_time, grantor, grantor_type, grant_option
  PrivilegeGrantInfo g;
  g.privilege = row.String(at);
  g.createTime = static_cast<int32_t>(row.Int(at + 1));
  g.grantor = row.String(at + 2);
  g.grantorType = static_cast<PrincipalType>(row.Int(at + 3));
  g.grantOption = row.Int(at + 4) != 0;
  return g;
}

// Of the user, of the groups, of the roles that either has; on the object itself.
Result<PrincipalPrivilegeSet> GetSet(Call& call, get_privilege_set_args& a) {
  if (!a.hiveObject) return MetaError("object is null");
  Object o = TRY(Resolve(call, *a.hiveObject));
  PrincipalPrivilegeSet out;
  out.set_userPrivileges({}).set_rolePrivileges({});
  if (!a.group_names.empty()) out.set_groupPrivileges({});
  auto read = TRY(call.service.store().Read());
  auto fill = [&](const std::string& principal, PrincipalType type, std::vector<PrivilegeGrantInfo>* list) {
    return read->Each("SELECT priv, create_time, grantor, grantor_type, grant_option FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND "
                      "principal = ? AND principal_type = ? ORDER BY priv", {o.type, o.catalog, o.db, o.object, o.part, principal, Number(type)}, [&](const SqlRow& row) {
                        list->push_back(GrantInfo(row, 0));
                        return true;
                      });
  };
  std::vector<std::string> roles;
  auto roles_of = [&](const std::string& principal, PrincipalType type) {
    return read->Each("SELECT role FROM role_grants WHERE principal = ? AND principal_type = ?", {principal, Number(type)}, [&](const SqlRow& row) {
      if (std::find(roles.begin(), roles.end(), row.Text(0)) == roles.end()) roles.push_back(row.String(0));
      return true;
    });
  };
  if (a.has_user_name()) {
    TRY(fill(a.user_name, PrincipalType::USER, &out.userPrivileges[a.user_name]));
    TRY(roles_of(a.user_name, PrincipalType::USER));
    roles.push_back("public");
  }
  for (const std::string& g : a.group_names) {
    TRY(fill(g, PrincipalType::GROUP, &out.groupPrivileges[g]));
    TRY(roles_of(g, PrincipalType::GROUP));
  }
  for (size_t i = 0; i < roles.size(); ++i) {
    std::string role = roles[i];
    TRY(roles_of(role, PrincipalType::ROLE));
    TRY(fill(role, PrincipalType::ROLE, &out.rolePrivileges[role]));
  }
  return out;
}

Result<std::vector<HiveObjectPrivilege>> List(Call& call, list_privileges_args& a) {
  std::vector<HiveObjectPrivilege> out;
  bool any_object = !a.hiveObject || a.hiveObject->objectType == HiveObjectType{};
  Object o{};
  if (!any_object) o = TRY(Resolve(call, *a.hiveObject));
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT object_type, ctlg, db, object, part, col, principal, principal_type, authorizer, priv, create_time, grantor, grantor_type, grant_option FROM privs "
                 "ORDER BY object_type, ctlg, db, object, part, col, principal, priv", {}, [&](const SqlRow& row) {
    if (!a.principal_name.empty() && (row.Text(6) != a.principal_name || (a.principal_type != PrincipalType{} && row.Int(7) != Number(a.principal_type)))) return true;
    if (!any_object && (row.Int(0) != o.type || row.Text(1) != o.catalog || row.Text(2) != o.db || row.Text(3) != o.object || row.Text(4) != o.part ||
                        (!o.column.empty() && row.Text(5) != o.column))) return true;
    HiveObjectPrivilege& p = out.emplace_back();
    HiveObjectRef& ref = p.hiveObject.Make();
    ref.objectType = static_cast<HiveObjectType>(row.Int(0));
    if (!row.Text(2).empty()) ref.dbName = row.String(2);
    if (!row.Text(3).empty()) ref.objectName = row.String(3);
    if (!row.Text(1).empty()) ref.catName = row.String(1);
    if (!row.Text(4).empty()) {
      auto parsed = ParsePartitionName(row.Text(4));
      if (parsed.ok()) for (auto& [k, v] : *parsed) ref.partValues.push_back(v);
    }
    if (!row.Text(5).empty()) ref.columnName = row.String(5);
    p.principalName = row.String(6);
    p.principalType = static_cast<PrincipalType>(row.Int(7));
    if (!row.Text(8).empty()) p.authorizer = row.String(8);
    p.grantInfo = GrantInfo(row, 9);
    return true;
  }));
  return out;
}
}  // namespace

Status AddPartitionPrivileges(Call& call, const TableRow& table, const std::string& user, const Strings& groups, Partition* p) {
  if (!ParameterIsTrue(table.table->parameters, "PARTITION_LEVEL_PRIVILEGE")) return Status::OK();
  get_privilege_set_args a;
  HiveObjectRef& ref = a.hiveObject.Make();
  ref.objectType = HiveObjectType::PARTITION;
  ref.catName = table.table->catName;
  ref.dbName = table.table->dbName;
  ref.objectName = table.table->tableName;
  ref.partValues = p->values;
  a.set_user_name(user);
  a.group_names = groups;
  p->privileges = TRY(GetSet(call, a));
  return Status::OK();
}

void AddPrivilegeCalls(Router& r) {
  r.Add<call::create_role, CreateRole>();
  r.Add<call::drop_role, DropRole>();
  r.Add<call::get_role_names, RoleNames>();
  r.Add<call::grant_role, GrantRole>();
  r.Add<call::revoke_role, RevokeRole>();
  r.Add<call::grant_revoke_role, GrantRevokeRole>();
  r.Add<call::get_principals_in_role, PrincipalsInRole>();
  r.Add<call::get_role_grants_for_principal, GrantsForPrincipal>();
  r.Add<call::list_roles, ListRoles>();
  r.Add<call::grant_privileges, GrantPrivileges>();
  r.Add<call::revoke_privileges, RevokePrivileges>();
  r.Add<call::grant_revoke_privileges, GrantRevoke>();
  r.Add<call::refresh_privileges, Refresh>();
  r.Add<call::get_privilege_set, GetSet>();
  r.Add<call::list_privileges, List>();
}

}  // namespace tarn::metastore
