// May this caller make this call? SQL-standard rules over the stored roles and grants; off unless
// hive.security.metastore.authorization.enabled is true. Every call goes through Authorize before its handler.
//
// Who asks: the authenticated user (SASL, HTTP), else what set_ugi said. What counts: ownership, grants to the user, to roles that the
// user has (roles may hold roles) and to "public". The role "admin", and the users of metastore.users.in.admin.role, may do everything.
// Every object that the arguments name anywhere is checked. A call that is in no rule is for admins. docs/operating/metastore.md has the table.
// Search shows a user the tables that the user may read, by the same rules.
// Where tables and partitions may lie: location_rules.h. Not governed here: groups, columns and single partitions.
// Threads: any. Errors: MetaException "Permission denied: ...".
#pragma once

#include <memory>
#include <string>

#include "metastore/service.h"
#include "wire/hms_calls.h"

namespace tarn::metastore {

enum class AccessRule : uint8_t { kAnonymous, kFree, kSelect, kInsert, kDelete, kOwn, kCreate, kCreateDatabase, kOwnDatabase, kGrantRole, kGrantPrivilege, kSelf, kAdmin };
AccessRule RuleOf(std::string_view call);

Status Authorize(Call& call, const wire::CallDesc& desc, const void* args);

// The tables that a user may read, asked one by one: everything when authorization (of reads) is off. Copies share what they have loaded.
class ReadableTables {
 public:
  ReadableTables(Service& service, std::string user);
  Result<bool> Has(SqlConnection& read, const TableName& name, const wire::Table& table);

 private:
  struct State;
  Service& service_;
  std::string user_;
  std::shared_ptr<State> state_;
};

// The hook of the search index, when authorization is on.
search::SearchIndex::MakeVisible SearchRules(Service& service);

}  // namespace tarn::metastore
