// The relational model, version by version. A migration is never edited once released: add the next one.
//
// Rows are keyed relationally (catalog, database, table, partition); what Hive spreads over columns and parameter tables is one
// `doc`: the Thrift struct in the compact protocol, whose field numbers are stable. See docs/format/metastore-store.md.
#include <iterator>

#include "base/check.h"
#include "metastore/store/store.h"

namespace tarn::metastore {

namespace {
std::string Replace(std::string s, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = s.find(what, at)) != std::string::npos; at += with.size()) s.replace(at, what.size(), with);
  return s;
}

constexpr char kVersion1[] = R"sql(
CREATE TABLE ids (name {key} PRIMARY KEY, next BIGINT NOT NULL);
CREATE TABLE ctlgs (name {key} PRIMARY KEY, doc {blob} NOT NULL);
CREATE TABLE dbs (db_id BIGINT PRIMARY KEY, ctlg {key} NOT NULL, name {key} NOT NULL, doc {blob} NOT NULL, UNIQUE (ctlg, name));
CREATE TABLE tbls (tbl_id BIGINT PRIMARY KEY, db_id BIGINT NOT NULL, name {key} NOT NULL, tbl_type {key} NOT NULL, owner {key},
  doc {blob} NOT NULL, UNIQUE (db_id, name));
CREATE TABLE sds (sd_id BIGINT PRIMARY KEY, tbl_id BIGINT NOT NULL, digest {key} NOT NULL, doc {blob} NOT NULL, UNIQUE (tbl_id, digest));
CREATE TABLE parts (tbl_id BIGINT NOT NULL, name {key} NOT NULL, sd_id BIGINT NOT NULL, location {text}, doc {blob} NOT NULL,
  PRIMARY KEY (tbl_id, name)){tail};
CREATE TABLE col_stats (tbl_id BIGINT NOT NULL, part_name {key} NOT NULL, engine {key} NOT NULL, col {key} NOT NULL,
  analyzed BIGINT NOT NULL, doc {blob} NOT NULL, PRIMARY KEY (tbl_id, part_name, engine, col)){tail};
CREATE TABLE key_constraints (tbl_id BIGINT NOT NULL, kind {key} NOT NULL, name {key} NOT NULL, position BIGINT NOT NULL,
  parent_id BIGINT NOT NULL, doc {blob} NOT NULL, PRIMARY KEY (tbl_id, kind, name, position)){tail};
CREATE INDEX key_constraints_parent ON key_constraints (parent_id);
CREATE TABLE funcs (db_id BIGINT NOT NULL, name {key} NOT NULL, doc {blob} NOT NULL, PRIMARY KEY (db_id, name)){tail};
CREATE TABLE roles (name {key} PRIMARY KEY, owner {text}, create_time BIGINT NOT NULL);
CREATE TABLE role_grants (role {key} NOT NULL, principal {key} NOT NULL, principal_type BIGINT NOT NULL, grant_option BIGINT NOT NULL,
  grantor {key}, grantor_type BIGINT, grant_time BIGINT NOT NULL, PRIMARY KEY (role, principal, principal_type)){tail};
CREATE TABLE privs (object_type BIGINT NOT NULL, ctlg {key} NOT NULL, db {key} NOT NULL, object {key} NOT NULL, part {key} NOT NULL,
  col {key} NOT NULL, principal {key} NOT NULL, principal_type BIGINT NOT NULL, priv {key} NOT NULL, grantor {key} NOT NULL,
  grantor_type BIGINT NOT NULL, authorizer {key} NOT NULL, grant_option BIGINT NOT NULL, create_time BIGINT NOT NULL,
  {privs_key}){tail};
CREATE TABLE notifications (event_id BIGINT PRIMARY KEY, event_time BIGINT NOT NULL, event_type {key} NOT NULL, ctlg {key},
  db {key}, tbl {key}, message {text}, message_format {key});
CREATE TABLE locks (lock_id BIGINT PRIMARY KEY, txn_id BIGINT NOT NULL, state BIGINT NOT NULL, heartbeat BIGINT NOT NULL,
  acquired BIGINT NOT NULL, doc {blob} NOT NULL);
CREATE TABLE txns (txn_id BIGINT PRIMARY KEY, state BIGINT NOT NULL, started BIGINT NOT NULL, heartbeat BIGINT NOT NULL,
  txn_type BIGINT NOT NULL, doc {blob} NOT NULL);
CREATE INDEX txns_state ON txns (state);
CREATE TABLE write_ids (ctlg_db {key} NOT NULL, tbl {key} NOT NULL, write_id BIGINT NOT NULL, txn_id BIGINT NOT NULL,
  PRIMARY KEY (ctlg_db, tbl, write_id)){tail};
CREATE INDEX write_ids_txn ON write_ids (txn_id);
CREATE TABLE next_write_ids (ctlg_db {key} NOT NULL, tbl {key} NOT NULL, next BIGINT NOT NULL, PRIMARY KEY (ctlg_db, tbl)){tail};
CREATE TABLE txn_components (txn_id BIGINT NOT NULL, db {key} NOT NULL, tbl {key} NOT NULL, part {key} NOT NULL, write_id BIGINT NOT NULL,
  operation BIGINT NOT NULL, committed BIGINT NOT NULL, PRIMARY KEY (txn_id, db, tbl, part, operation)){tail};
CREATE INDEX txn_components_tbl ON txn_components (db, tbl);
CREATE TABLE compactions (id BIGINT PRIMARY KEY, state {key} NOT NULL, doc {blob} NOT NULL);
CREATE TABLE tokens (ident {key} PRIMARY KEY, token {text} NOT NULL);
CREATE TABLE master_keys (key_id BIGINT PRIMARY KEY, master_key {text} NOT NULL);
CREATE TABLE objects (kind {key} NOT NULL, name {key} NOT NULL, doc {blob} NOT NULL, PRIMARY KEY (kind, name)){tail};
)sql";

// The partitions of an ADD_PARTITION event, put into its message when it is read.
constexpr char kVersion2[] = "ALTER TABLE notifications ADD COLUMN parts {blob};";

// Several processes on one database: the row that a writing transaction locks, how many each process has committed, and what their
// caches must forget (docs/decisions/0007). On SQLite they stay as they are.
constexpr char kVersion3[] = R"sql(
CREATE TABLE store_writer (id BIGINT PRIMARY KEY, turns BIGINT NOT NULL);
INSERT INTO store_writer (id, turns) VALUES (1, 0);
CREATE TABLE store_instances (instance {key} PRIMARY KEY, commits BIGINT NOT NULL, started BIGINT NOT NULL);
CREATE TABLE table_changes (epoch BIGINT PRIMARY KEY, tbl_id BIGINT NOT NULL, kind BIGINT NOT NULL, names {blob});
CREATE TABLE lock_changes (epoch BIGINT PRIMARY KEY, lock_id BIGINT NOT NULL);
)sql";

// What a transaction wrote (add_write_notification_log), until it expires with the events; before they were objects, kept for ever.
constexpr char kVersion4[] = R"sql(
CREATE TABLE write_events (txn_id BIGINT NOT NULL, name {key} NOT NULL, made BIGINT NOT NULL, doc {blob} NOT NULL, PRIMARY KEY (txn_id, name)){tail};
CREATE INDEX write_events_made ON write_events (made);
DELETE FROM objects WHERE kind = 'write_event';
)sql";

constexpr char kPrivsKey[] = "PRIMARY KEY (object_type, ctlg, db, object, part, col, principal, principal_type, priv, grantor, authorizer)";

constexpr const char* kSteps[] = {kVersion1, kVersion2, kVersion3, kVersion4};
static_assert(std::size(kSteps) == Store::kSchemaVersion);
}  // namespace

std::string MigrationScript(int from, const SqlDialect& d) {
  TARN_CHECK(from >= 0 && from < Store::kSchemaVersion, "no migration from this version");
  std::string s = kSteps[from];
  s = Replace(std::move(s), "{key}", d.key_text);
  s = Replace(std::move(s), "{text}", d.text);
  s = Replace(std::move(s), "{privs_key}", d.privs_key.empty() ? kPrivsKey : d.privs_key);
  s = Replace(std::move(s), "{blob}", d.blob);
  return Replace(std::move(s), "{tail}", d.table_tail);
}

}  // namespace tarn::metastore
