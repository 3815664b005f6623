// Roles and privileges, stored and listed as Hive does. Nothing is enforced here: authorisation is the client's, as with Hive's default.
#include <algorithm>
#include <optional>

#include "base/text.h"
#include "metastore/calls/partition_internal.h"
#include "metastore/calls/stats_internal.h"
#include "metastore/router.h"
#include "metastore/rows.h"

namespace tarn::metastore {

namespace {
using namespace wire;

// Hive's server passes these on as MetaExceptions, with the name of what they were.
Status Wrapped(const char* was, const std::string& text) { return MetaError(std::string("Got exception: org.apache.hadoop.hive.metastore.api.") + was + " " + text); }
Status NoRole(const std::string& role) { return Wrapped("NoSuchObjectException", role + " role can not be found."); }
Status NoGrantee(const std::string& role) { return Wrapped("NoSuchObjectException", "Role " + role + " does not exist"); }

int64_t Number(PrincipalType t) { return static_cast<int64_t>(t); }

// ---- roles ----

Result<bool> RoleExists(SqlConnection& c, const std::string& role) { return TRY(c.Int("SELECT COUNT(*) FROM roles WHERE name = ?", {role}, 0)) > 0; }

Result<bool> CreateRole(Call& call, create_role_args& a) {
  if (!a.role) return MetaError("role is null");
  std::string name = LowerName(a.role->roleName);
  if (name == "public") return MetaError("public role implicitly exists. It can't be created.");
  auto write = TRY(call.service.store().Write());
  if (TRY(RoleExists(*write, name))) return Wrapped("InvalidObjectException", "Role " + name + " already exists.");
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
  if (!TRY(RoleExists(*write, role))) return NoRole(role);
  if (type == PrincipalType::ROLE) {
    if (!TRY(RoleExists(*write, LowerName(principal)))) return NoGrantee(principal);
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
    return Wrapped("InvalidObjectException", "Principal " + principal + " already has the role " + role);
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
  if (n == 0 && !TRY(RoleExists(*write, role))) return NoRole(role);
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
  if (ref.objectType == HiveObjectType::DATABASE) return o;
  if (ref.objectType == HiveObjectType::DATACONNECTOR) {
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

Result<Object> ResolveRead(Call& call, const HiveObjectRef& ref) {   // these calls declare MetaException only
  auto o = Resolve(call, ref);
  return o.ok() || o.status().code() != StatusCode::kNotFound ? std::move(o) : Result<Object>(MetaError(o.status().message()));
}

bool IsGlobal(const Object& o) { return o.type == static_cast<int64_t>(HiveObjectType::GLOBAL); }
bool IsDatabase(const Object& o) {
  return o.type == static_cast<int64_t>(HiveObjectType::DATABASE) || o.type == static_cast<int64_t>(HiveObjectType::DATACONNECTOR);
}

// Whether there is something to grant on. Hive passes over a table or partition that is not there, and complains of a database.
Result<bool> Grantable(Call& call, SqlConnection& c, const HiveObjectRef& ref, const Object& o) {
  if (IsGlobal(o)) return true;
  if (IsDatabase(o)) {
    if (!TRY(FindDatabaseId(c, o.catalog, o.db))) return Wrapped("NoSuchObjectException", "There is no database " + (o.db.empty() ? (ref.catName.empty() ? kDefaultCatalog : ref.catName) + "." + ref.dbName : o.catalog + "." + o.db));
    return true;
  }
  auto table = LoadTable(call.service, {o.catalog, o.db, o.object});
  if (!table.ok() && table.status().code() == StatusCode::kNotFound) return false;
  TableRow row = TRY(std::move(table));
  if (o.part.empty()) return true;
  PartitionReader reader(c, row);
  return reader.Exists(o.part);
}

// " on table [db,t]" and the like, as Hive words it.
std::string Where(const HiveObjectRef& ref, const Object& o) {
  std::string part = o.part.empty() ? "" : "," + o.part, list = "[" + ref.dbName + "," + ref.objectName + part + "]";
  if (!o.column.empty()) return " on column " + ref.columnName + " " + list;
  if (!o.part.empty()) return " on partition " + list;
  if (IsGlobal(o)) return "";
  return IsDatabase(o) ? " on database " + ref.dbName : " on table " + list;
}
std::string NotGranted(const std::string& privilege, const HiveObjectRef& ref, const Object& o) {
  if (IsGlobal(o)) return "No user grant found for privileges " + privilege;
  if (IsDatabase(o)) return "No database grant found for privileges " + privilege + " on database " + ref.dbName;
  std::string text = "No grant (" + privilege + ") found  on table " + ref.objectName;
  if (!o.part.empty()) text += ", partition is " + o.part;
  if (!o.column.empty()) text += ", column name = " + ref.columnName;
  return text + ", database is " + ref.dbName;
}

Status Put(Call& call, const PrivilegeBag& bag) {
  std::vector<std::optional<Object>> objects;   // none: of a table that is not there
  for (const HiveObjectPrivilege& p : bag.privileges) {
    if (!p.hiveObject || !p.grantInfo) return MetaError("privilege without an object or a grant");
    auto o = Resolve(call, *p.hiveObject);
    if (!o.ok() && o.status().code() != StatusCode::kNotFound) return std::move(o).status();
    objects.push_back(o.ok() ? std::optional<Object>(std::move(*o)) : std::nullopt);
  }
  auto write = TRY(call.service.store().Write());
  for (size_t i = 0; i < bag.privileges.size(); ++i) {
    const HiveObjectPrivilege& p = bag.privileges[i];
    const PrivilegeGrantInfo& g = *p.grantInfo;
    if (p.principalType == PrincipalType::ROLE && !TRY(RoleExists(*write, LowerName(p.principalName)))) return NoGrantee(p.principalName);
    if (!objects[i] || !TRY(Grantable(call, *write, *p.hiveObject, *objects[i]))) continue;
    const Object& o = *objects[i];
    for (const std::string& priv : Split(g.privilege, ',')) {
      bool granted = false;   // by this grantor, whose name has no case here
      TRY(write->Each("SELECT grantor FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND col = ? AND principal = ? AND "
                      "principal_type = ? AND priv = ? AND authorizer = ?",
                      {o.type, o.catalog, o.db, o.object, o.part, o.column, p.principalName, Number(p.principalType), priv, p.authorizer}, [&](const SqlRow& row) {
                        granted = granted || EqualsIgnoreCase(row.Text(0), g.grantor);
                        return !granted;
                      }));
      if (granted) return Wrapped("InvalidObjectException", priv + " is already granted" + Where(*p.hiveObject, o) + " by " + g.grantor);
      TRY(write->Run("INSERT INTO privs (object_type, ctlg, db, object, part, col, principal, principal_type, priv, grantor, grantor_type, authorizer, grant_option, "
                     "create_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                     {o.type, o.catalog, o.db, o.object, o.part, o.column, p.principalName, Number(p.principalType), priv, g.grantor, Number(g.grantorType),
                      p.authorizer, g.grantOption, int64_t{g.createTime ? g.createTime : NowSeconds()}}));
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
    if (IsDatabase(o)) TRY(Grantable(call, *write, *p.hiveObject, o));
    bool any = false;   // Hive misses a privilege only as long as it has found none
    for (const std::string& priv : Split(p.grantInfo->privilege, ',')) {
      struct { std::string priv, grantor, authorizer; bool option = false, found = false; } one;
      TRY(write->Each("SELECT priv, grantor, authorizer, grant_option FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND col = ? AND "
                      "principal = ? AND principal_type = ? ORDER BY create_time, grantor", {o.type, o.catalog, o.db, o.object, o.part, o.column, p.principalName, Number(p.principalType)},
                      [&](const SqlRow& row) {
                        one = {row.String(0), row.String(1), row.String(2), row.Int(3) != 0, o.object.empty() ? row.Text(0) == priv : EqualsIgnoreCase(row.Text(0), priv)};
                        return !one.found;
                      }));
      any = any || one.found;
      if (!any) return Wrapped("InvalidObjectException", NotGranted(priv, *p.hiveObject, o));
      if (!one.found) continue;
      if (option_only && !one.option) return MetaError("User " + p.principalName + " does not have grant option with privilege " + priv);
      SqlArgs key = {o.type, o.catalog, o.db, o.object, o.part, o.column, p.principalName, Number(p.principalType), one.priv, one.grantor, one.authorizer};
      TRY(write->Run(option_only ? "UPDATE privs SET grant_option = 0 WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND col = ? AND "
                                   "principal = ? AND principal_type = ? AND priv = ? AND grantor = ? AND authorizer = ?"
                                 : "DELETE FROM privs WHERE object_type = ? AND ctlg = ? AND db = ? AND object = ? AND part = ? AND col = ? AND "
                                   "principal = ? AND principal_type = ? AND priv = ? AND grantor = ? AND authorizer = ?", key));
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
  Object o = TRY(ResolveRead(call, *a.hiveObject));
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
  if (o.type == static_cast<int64_t>(HiveObjectType::GLOBAL)) {   // to Hive only what was granted, and nothing of roles
    out = {};
    std::vector<PrivilegeGrantInfo> list;
    if (a.has_user_name()) TRY(fill(a.user_name, PrincipalType::USER, &list));
    if (!list.empty()) out.userPrivileges[a.user_name] = std::move(list);
    if (!a.group_names.empty()) out.set_groupPrivileges({});
    for (const std::string& g : a.group_names) {
      list.clear();
      TRY(fill(g, PrincipalType::GROUP, &list));
      if (!list.empty()) out.groupPrivileges[g] = std::move(list);
    }
    return out;
  }
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
  if (!any_object) o = TRY(ResolveRead(call, *a.hiveObject));
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
