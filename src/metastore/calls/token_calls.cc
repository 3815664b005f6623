// Delegation tokens and master keys: the store that HiveServer2 and Hive's token manager keep theirs in. Kerberos itself is absent.
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

Result<bool> AddToken(Call& call, add_token_args& a) {
  auto write = TRY(call.service.store().Write());
  if (TRY(write->Int("SELECT COUNT(*) FROM tokens WHERE ident = ?", {a.token_identifier}, 0))) return false;
  TRY(write->Run("INSERT INTO tokens (ident, token) VALUES (?, ?)", {a.token_identifier, a.delegation_token}));
  TRY(write.Commit());
  return true;
}
Result<bool> RemoveToken(Call& call, remove_token_args& a) {
  auto write = TRY(call.service.store().Write());
  int64_t n = TRY(write->Run("DELETE FROM tokens WHERE ident = ?", {a.token_identifier}));
  TRY(write.Commit());
  return n > 0;
}
Result<std::string> GetToken(Call& call, get_token_args& a) {
  std::string out;
  auto read = TRY(call.service.store().Read());
  TRY(read->One("SELECT token FROM tokens WHERE ident = ?", {a.token_identifier}, [&](const SqlRow& row) { out = row.String(0); }));
  return out;
}
Result<Strings> GetIdentifiers(Call& call, get_all_token_identifiers_args&) {
  Strings out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT ident FROM tokens ORDER BY ident", {}, [&](const SqlRow& row) { out.push_back(row.String(0)); return true; }));
  return out;
}
Result<int32_t> AddMasterKey(Call& call, add_master_key_args& a) {
  auto write = TRY(call.service.store().Write());
  int64_t id = TRY(NextIds(*write, "master_key"));
  TRY(write->Run("INSERT INTO master_keys (key_id, master_key) VALUES (?, ?)", {id, a.key}));
  TRY(write.Commit());
  return static_cast<int32_t>(id);
}
Status UpdateMasterKey(Call& call, update_master_key_args& a) {
  auto write = TRY(call.service.store().Write());
  int64_t n = TRY(write->Run("UPDATE master_keys SET master_key = ? WHERE key_id = ?", {a.key, int64_t{a.seq_number}}));
  if (n == 0) return MetaError("NoSuchObjectException(message:No key found with keyId: " + std::to_string(a.seq_number) + ")");   // as Hive wraps it
  return write.Commit();
}
Result<bool> RemoveMasterKey(Call& call, remove_master_key_args& a) {
  auto write = TRY(call.service.store().Write());
  int64_t n = TRY(write->Run("DELETE FROM master_keys WHERE key_id = ?", {int64_t{a.key_seq}}));
  TRY(write.Commit());
  return n > 0;
}
Result<Strings> GetMasterKeys(Call& call, get_master_keys_args&) {
  Strings out;
  auto read = TRY(call.service.store().Read());
  TRY(read->Each("SELECT master_key FROM master_keys ORDER BY key_id", {}, [&](const SqlRow& row) { out.push_back(row.String(0)); return true; }));
  return out;
}
constexpr char kNoKerberos[] = "Delegation tokens are issued under Kerberos only, which this metastore does not support";
Result<std::string> GetDelegation(Call&, get_delegation_token_args&) { return MetaError(kNoKerberos); }
Result<int64_t> RenewDelegation(Call&, renew_delegation_token_args&) { return MetaError(kNoKerberos); }
Status CancelDelegation(Call&, cancel_delegation_token_args&) { return MetaError(kNoKerberos); }
}  // namespace

void AddTokenCalls(Router& r) {
  r.Add<call::add_token, AddToken>();
  r.Add<call::remove_token, RemoveToken>();
  r.Add<call::get_token, GetToken>();
  r.Add<call::get_all_token_identifiers, GetIdentifiers>();
  r.Add<call::add_master_key, AddMasterKey>();
  r.Add<call::update_master_key, UpdateMasterKey>();
  r.Add<call::remove_master_key, RemoveMasterKey>();
  r.Add<call::get_master_keys, GetMasterKeys>();
  r.Add<call::get_delegation_token, GetDelegation>(Depth::kFixed);
  r.Add<call::renew_delegation_token, RenewDelegation>(Depth::kFixed);
  r.Add<call::cancel_delegation_token, CancelDelegation>(Depth::kFixed);
}

}  // namespace tarn::metastore
