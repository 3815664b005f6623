// What the partition families share: reading a set of partitions into a reply, the limit on how many, adding and dropping.
#pragma once

#include <algorithm>
#include <set>

#include "metastore/calls/drop_internal.h"
#include "metastore/rows.h"
#include "metastore/router.h"

namespace tarn::metastore {

// Names of partitions in order, all those that fit `max` (-1: all).
template <typename N> void Limit(std::vector<N>* list, int64_t max) {
  if (max >= 0 && static_cast<int64_t>(list->size()) > max) list->resize(static_cast<size_t>(max));
}

// metastore.limit.partition.request: -1 means no limit.
Status CheckRequestLimit(Call& call, const TableName& name, int64_t count, int64_t asked);

// Writes the named partitions (names must be in order) as the reply list. Missing ones are an error. The lease's state of the store, or
// a newer one once the client was too slow for the others' patience.
Status ReplyPartitions(Call& call, Store::ReadLease lease, const TableRow& table, const Strings& names, Reply& reply);
// The named partitions as values.
Result<std::vector<wire::Partition>> ReadPartitions(SqlConnection& c, const TableRow& table, const Strings& names);
// As one PartitionSpec list: partitions below the table's directory share a descriptor, the others are listed in full.
std::vector<wire::PartitionSpec> MakeSpecs(const TableRow& table, std::vector<wire::Partition> partitions);

// Names whose values match `values`, where "" matches anything; fewer values than keys match by prefix.
Result<Strings> NamesLike(PartitionReader& reader, const Strings& values);

// The privileges of user and groups on the partition, when the table keeps them per partition.
Status AddPartitionPrivileges(Call& call, const TableRow& table, const std::string& user, const Strings& groups, wire::Partition* partition);

// Adds all or none; with if_not_exists leaves out those that are there. `added`: as stored. `no_table`: what to say when it is
// missing. `bare`: the places in the list of those that get no times and no statistics.
Status AddPartitions(Call& call, const TableName& name, std::vector<wire::Partition> partitions, bool if_not_exists,
                     const std::map<std::string, std::string>& environment, std::vector<wire::Partition>* added, const std::string& no_table = "",
                     const std::set<size_t>& bare = {});
// Drops the named partitions; missing ones are an error unless if_exists.
Status DropPartitions(Call& call, const TableName& name, const Strings& names, bool delete_data, bool purge, bool if_exists,
                      std::vector<wire::Partition>* dropped);
// The values that a name gives the table's keys; a key that it lacks is InvalidObject, one too many is ignored.
// Hive takes "key=value" out of each step of a name, the last '=' dividing, and passes over steps that are no such thing.
std::vector<std::pair<std::string, std::string>> PartitionSteps(std::string_view name);
Result<Strings> ValuesFromName(const wire::Table& table, const std::string& name);
Status NoSuchPartition(const Strings& values);
Status RecordPartitionAltered(Call& call, SqlConnection& c, const TableName& name, const wire::Table& table, const wire::Partition& before, const wire::Partition& after,
                              const char* truncated = "false", int64_t write_id = -1);

}  // namespace tarn::metastore
