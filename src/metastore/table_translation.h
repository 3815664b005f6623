// Hive 4's table translation: what the transformer that 4.0.1 has on by default (metastore.metadata.transformer.class) does to tables,
// partitions and databases on their way in and out.
//
// A client names what it can do (processorCapabilities). From that, the table's type and its OBJCAPABILITIES parameter follow the access
// type that the client is told, the capabilities it would need to read and to write, and whether it sees the number of buckets. New
// managed tables without transactions become external and go to the external warehouse; so does the place of every database.
// Facts: Hive 4.0.1, MetastoreDefaultTransformer. Only with --compat hive4; only in the default catalog. Threads: any.
#pragma once

#include <string>

#include "metastore/service.h"

namespace tarn::metastore {

enum AccessType : int8_t { kAccessNone = 1, kAccessRead = 2, kAccessReadWrite = 8 };

// Whether a reader with these capabilities gets a translated table: one that names none gets it as it is stored.
bool Translates(const Service& service, const Strings& capabilities);

void TranslateForReader(const Strings& capabilities, wire::Table* t);
// `t` as it is stored.
void TranslateForReader(const Strings& capabilities, const wire::Table& t, wire::Partition* p);
// A database whose location lies in the managed warehouse is shown in the external one.
void TranslateForReader(const Service& service, const Strings& capabilities, wire::Database* db);

// A table about to be made; `db` as it is stored. A place for it, its type and parameters.
Status TranslateNew(const Service& service, const wire::Database& db, const Strings& capabilities, wire::Table* t);
// A table about to be altered: whether it may lie where it is to lie; where a translated one goes when it is renamed.
Status TranslateAltered(const Service& service, const wire::Database& old_db, const wire::Database& new_db, const wire::Table& old_table, wire::Table* t);
// Where the directory of a renamed table goes; "" when it stays. `t` has been translated.
std::string RenamedTablePath(const Service& service, const wire::Database& old_db, const wire::Database& new_db, const wire::Table& old_table, const wire::Table& t);

// Where a database's managed tables lie in Hive 4, beside its location.
std::string ManagedDatabasePath(const Warehouse& w, const wire::Database& db);
// Where Hive 4 puts a table that names no place: special characters in its name become numbers.
std::string DefaultTablePath(const Warehouse& w, const wire::Database& db, std::string_view table, bool external);

}  // namespace tarn::metastore
