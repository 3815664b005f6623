// Listing partitions: all, by partial values, by names, by filter and expression; their names; the table filter.
#include <limits>
#include <memory>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "fmt/format.h"
#include "metastore/authorization.h"
#include "metastore/calls/partition_encoder.h"
#include "metastore/calls/partition_internal.h"
#include "metastore/calls/partition_specs.h"
#include "metastore/expression.h"
#include "metastore/filter.h"
#include "metastore/table_translation.h"

namespace tarn::metastore {

Status CheckRequestLimit(Call& call, const TableName& name, int64_t count, int64_t asked) {
  int64_t limit = call.service.options().partition_request_limit;
  if (limit < 0) return Status::OK();
  int64_t n = asked >= 0 ? asked : count;   // Hive looks at what was asked for, not at what is there
  if (n <= limit) return Status::OK();
  return wire::MetaError(fmt::format("Number of partitions scanned (={}) on table '{}' exceeds limit (={}). This is controlled on the metastore server "
                                     "by metastore.limit.partition.request.", n, name.name, limit));
}

Status ReplyPartitions(Call& call, Store::ReadLease first_lease, const TableRow& table, const Strings& names, Reply& reply) {
  constexpr int64_t kStallMs = 5'000, kWaitMs = 60'000;   // without a byte that leaves; in all (a byte now and then is no progress)
  constexpr size_t kFindMax = 64;   // more: one ordered walk instead of many look-ups
  Store& store = call.service.store();
  wire::OutBuffer& out = reply.out();
  std::optional<Store::ReadLease> lease(std::move(first_lease));
  reply.BeginList(names.size());
  // A client that does not take its reply may not keep from others what they need to be answered at all.
  int64_t before_ms = 0, waited_ms = 0;
  out.SetGiveUp([&](int64_t stalled_ms) {
    waited_ms += stalled_ms >= before_ms ? stalled_ms - before_ms : stalled_ms;
    before_ms = stalled_ms;
    return stalled_ms >= kStallMs || waited_ms >= kWaitMs || store.readers_wanted();
  });
  std::unique_ptr<wire::OutBuffer, void (*)(wire::OutBuffer*)> patient_again(&out, [](wire::OutBuffer* o) { o->SetGiveUp(nullptr); });
  for (size_t i = 0; i < names.size() && !out.failed();) {
    if (out.stuck()) {
      lease.reset();
      if (!out.DrainNow()) break;
      waited_ms = 0;
      lease.emplace(TRY(store.Read()));   // a newer state of the store: what has gone since ends the reply
      TRY((*lease)->Begin(false));
    }
    PartitionReader reader(**lease, table);
    if (names.size() > kFindMax) {
      PartitionEncoder encoder(reply.protocol(), reader);
      TRY(reader.EachBetween(names[i], names.back(), [&](std::string_view name, const SqlRow& row) -> Result<bool> {
        if (name != names[i]) return true;
        TRY(encoder.Append(row, out));
        return ++i < names.size() && !out.stuck() && !out.failed();
      }));
      if (i < names.size() && !out.stuck() && !out.failed()) return Status::Unavailable("partitions of the table changed while they were read");
    } else {
      for (; i < names.size() && !out.stuck(); ++i) {
        auto p = TRY(reader.Find(names[i]));
        if (!p) return Status::Unavailable("partitions of the table changed while they were read");
        reply.Element(*p);
      }
    }
  }
  reply.EndList();
  return Status::OK();
}

Result<std::vector<wire::Partition>> ReadPartitions(SqlConnection& c, const TableRow& table, const Strings& names) {
  PartitionReader reader(c, table);
  std::vector<wire::Partition> out;
  out.reserve(names.size());
  for (const std::string& n : names) {
    auto p = TRY(reader.Find(n));
    if (p) out.push_back(std::move(*p));
  }
  return out;
}

std::vector<wire::PartitionSpec> MakeSpecs(const TableRow& table, std::vector<wire::Partition> partitions) {
  const wire::Table& t = *table.table;
  if (!ParameterIsTrue(t.parameters, "hive.hcatalog.partition.spec.grouping.enabled")) {
    wire::PartitionSpec one;
    one.dbName = t.dbName;
    one.tableName = t.tableName;
    one.catName = t.catName;
    if (t.sd) one.rootPath = t.sd->location;
    one.partitionList.Make().set_partitions(std::move(partitions));
    std::vector<wire::PartitionSpec> out;
    out.push_back(std::move(one));
    return out;
  }
  std::string root = t.sd ? t.sd->location : "";
  std::string prefix = Warehouse::Child(root, "");
  wire::PartitionSpec shared, listed;
  for (wire::PartitionSpec* s : {&shared, &listed}) {
    s->dbName = t.dbName;
    s->tableName = t.tableName;
    s->catName = t.catName;
    s->rootPath = root;
  }
  wire::PartitionSpecWithSharedSD& with = shared.sharedSDPartitionSpec.Make();
  wire::PartitionListComposingSpec& list = listed.partitionList.Make();
  for (wire::Partition& p : partitions) {
    bool below = p.sd && p.sd->location.starts_with(prefix);
    if (below) {
      wire::StorageDescriptor sd = *p.sd;
      std::string location = std::exchange(sd.location, root);
      if (!with.sd) with.sd = sd;
      if (wire::Same(*with.sd, sd)) {
        wire::PartitionWithoutSD w;
        w.set_values(std::move(p.values));
        w.createTime = p.createTime;
        w.lastAccessTime = p.lastAccessTime;
        w.relativePath = location.substr(root.size());
        w.set_parameters(std::move(p.parameters));
        with.partitions.push_back(std::move(w));
        continue;
      }
    }
    list.partitions.push_back(std::move(p));
  }
  std::vector<wire::PartitionSpec> out;
  if (!with.partitions.empty()) out.push_back(std::move(shared));
  if (!list.partitions.empty()) out.push_back(std::move(listed));
  return out;
}

Result<Strings> NamesLike(PartitionReader& reader, const Strings& values) {
  const auto& keys = reader.table().table->partitionKeys;
  if (values.size() > keys.size()) {
    return wire::MetaError("Incorrect number of partition values. numPartKeys=" + std::to_string(keys.size()) + ", part_val=[" + Join(values, ", ") + "]");
  }
  if (values.empty()) return wire::MetaError("Invalid partition key & values; keys [], values []");
  std::string prefix;   // of the leading values that are given
  for (size_t i = 0; i < values.size() && !values[i].empty(); ++i) {
    prefix += wire::EscapePathName(ToLower(keys[i].name)) + "=" + wire::EscapePathName(values[i]) + (i + 1 < keys.size() ? "/" : "");
  }
  Strings out;
  for (std::string& n : TRY(reader.NamesWithPrefix(prefix))) {
    Strings have = reader.ValuesOf(n);
    bool match = have.size() >= values.size();
    for (size_t i = 0; match && i < values.size(); ++i) match = values[i].empty() || values[i] == have[i];
    if (match) out.push_back(std::move(n));
  }
  return out;
}

namespace {
using namespace wire;

// A table, a read lease on one snapshot, and the names that match.
struct Selection {
  TableName name;
  TableRow table;
  Store::ReadLease lease;
  Strings names;
};

Result<Selection> Open(Call& call, TableName name) {
  TableRow table = TRY(LoadTable(call.service, name));
  auto lease = TRY(call.service.store().Read());
  TRY(lease->Begin(false));
  return Selection{std::move(name), std::move(table), std::move(lease), {}};
}

Result<Selection> All(Call& call, TableName name, int64_t max, bool limited = true) {
  Selection s = TRY(Open(call, std::move(name)));
  PartitionReader reader(*s.lease, s.table);
  s.names = TRY(reader.Names());
  if (limited) TRY(CheckRequestLimit(call, s.name, static_cast<int64_t>(s.names.size()), max));
  Limit(&s.names, max);
  return s;
}

Result<Selection> Ps(Call& call, TableName name, const Strings& values, int64_t max, bool limited = true) {
  Selection s = TRY(Open(call, std::move(name)));
  PartitionReader reader(*s.lease, s.table);
  s.names = TRY(NamesLike(reader, values));
  if (limited) TRY(CheckRequestLimit(call, s.name, static_cast<int64_t>(s.names.size()), max));
  Limit(&s.names, max);
  return s;
}

Status Select(Call& call, Selection& s, Filter& filter) {
  TRY(filter.Bind(s.table.table->partitionKeys, call.service.hive4()));
  PartitionReader reader(*s.lease, s.table);
  if (auto names = call.service.partition_indexes().Select(s.table.id, filter)) {
    for (std::string& n : *names) if (TRY(reader.Exists(n))) s.names.push_back(std::move(n));
    return Status::OK();
  }
  std::string prefix;
  if (auto first = filter.FirstKeyEquals()) {
    const auto& keys = s.table.table->partitionKeys;
    prefix = EscapePathName(ToLower(keys[0].name)) + "=" + EscapePathName(*first) + (keys.size() > 1 ? "/" : "");
  }
  size_t scanned = 0;
  for (std::string& n : TRY(reader.NamesWithPrefix(prefix))) {
    ++scanned;
    if (filter.Matches(reader.ValuesOf(n))) s.names.push_back(std::move(n));
  }
  if (scanned >= PartitionIndexes::kPartitionsMin && !filter.all()) TRY(call.service.partition_indexes().Build(s.table.id, s.table.table->partitionKeys));
  return Status::OK();
}

Result<Selection> Filtered(Call& call, TableName name, std::string_view text, int64_t max) {
  auto opened = Open(call, name);
  if (call.service.hive4() && !opened.ok() && opened.status().code() == StatusCode::kNotFound) return NoSuchObject("Specified catalog.database.table does not exist : " + name.Full());
  Selection s = TRY(std::move(opened));
  Filter filter = TRY(Filter::Parse(text, call.service.hive4()));
  TRY(Select(call, s, filter));
  TRY(CheckRequestLimit(call, s.name, static_cast<int64_t>(s.names.size()), max));
  Limit(&s.names, max);
  return s;
}

Status Give(Call& call, Result<Selection> selection, Reply& reply) {
  Selection s = TRY(std::move(selection));
  return ReplyPartitions(call, std::move(s.lease), s.table, s.names, reply);
}
Result<std::vector<Partition>> Values(Selection& s) { return ReadPartitions(*s.lease, s.table, s.names); }
Result<Strings> NamesOf(Result<Selection> selection) {
  Selection s = TRY(std::move(selection));
  return std::move(s.names);
}
TableName Name(const std::string& db, const std::string& table) { return MakeTableName(ParseDbName(db), table); }
TableName Name(const std::string& catalog, const std::string& db, const std::string& table) { return MakeTableName(ParseDbName(db, catalog), table); }

// ---- all ----

// Hive 4 asks nobody whether the table is there.
bool NothingThere(Call& call, const Result<Selection>& s) { return call.service.hive4() && !s.ok() && s.status().code() == StatusCode::kNotFound; }

Status GetPartitions(Call& call, get_partitions_args& a, Reply& reply) {
  auto selected = All(call, Name(a.db_name, a.tbl_name), a.max_parts);
  if (!NothingThere(call, selected)) return Give(call, std::move(selected), reply);
  std::vector<Partition> none;
  reply.Value(&none);
  return Status::OK();
}
// With the privileges of the caller, when the table keeps them per partition.
Status GiveWithAuth(Call& call, Result<Selection> selection, const std::string& user, const Strings& groups, Reply& reply) {
  Selection s = TRY(std::move(selection));
  if (!ParameterIsTrue(s.table.table->parameters, "PARTITION_LEVEL_PRIVILEGE")) return ReplyPartitions(call, std::move(s.lease), s.table, s.names, reply);
  std::vector<Partition> list = TRY(Values(s));
  { Store::ReadLease done = std::move(s.lease); }   // what follows takes leases of its own, and waits for the client
  for (Partition& p : list) TRY(AddPartitionPrivileges(call, s.table, user, groups, &p));
  reply.Value(&list);
  return Status::OK();
}
Status GetPartitionsAuth(Call& call, get_partitions_with_auth_args& a, Reply& reply) {
  // Hive 3 asks nobody whether the table is there, and takes 0 for all.
  auto selected = All(call, Name(a.db_name, a.tbl_name), a.max_parts == 0 && !call.service.hive4() ? int16_t{-1} : a.max_parts);
  bool asks = call.service.hive4() || call.service.options().partition_request_limit >= 0;   // a limit has Hive 3 look at the table, too
  if (!asks && !selected.ok() && selected.status().code() == StatusCode::kNotFound) {
    std::vector<Partition> none;
    reply.Value(&none);
    return Status::OK();
  }
  return GiveWithAuth(call, std::move(selected), a.user_name, a.group_names, reply);
}
Result<PartitionsResponse> GetPartitionsReq(Call& call, get_partitions_req_args& a) {
  if (!a.req) return MetaError("request is null");
  int64_t max = a.req->has_maxParts() ? a.req->maxParts : -1;
  auto selected = All(call, Name(a.req->catName, a.req->dbName, a.req->tblName), max);
  PartitionsResponse out;
  out.set_partitions({});
  if (NothingThere(call, selected)) return out;
  Selection s = TRY(std::move(selected));
  out.set_partitions(TRY(Values(s)));
  return out;
}
Result<Strings> GetNames(Call& call, get_partition_names_args& a) {
  auto selected = All(call, Name(a.db_name, a.tbl_name), a.max_parts, false);
  return NothingThere(call, selected) ? Strings() : NamesOf(std::move(selected));
}
Result<Strings> FetchNames(Call& call, fetch_partition_names_req_args& a) {
  if (!a.partitionReq) return MetaError("request is null");
  int64_t max = a.partitionReq->has_maxParts() ? a.partitionReq->maxParts : -1;
  auto selected = All(call, Name(a.partitionReq->catName, a.partitionReq->dbName, a.partitionReq->tblName), max, false);
  return NothingThere(call, selected) ? Strings() : NamesOf(std::move(selected));
}

// ---- by partial values ----

// Hive gives all partitions, however many were asked for, when all values are empty, however many there are.
Result<Selection> AllOrPs(Call& call, TableName name, const Strings& values, int64_t max, bool limited = true) {
  bool all = !values.empty() && std::all_of(values.begin(), values.end(), [](const std::string& v) { return v.empty(); });
  if (values.empty() && call.service.hive4()) return All(call, std::move(name), max, limited);
  if (!all || call.service.hive4()) return Ps(call, std::move(name), values, max, limited);
  if (limited) TRY(tarn::internal::ToStatus(All(call, name, max)));   // metastore.limit.partition.request
  return All(call, std::move(name), -1, false);
}

Status GetPs(Call& call, get_partitions_ps_args& a, Reply& reply) {
  return Give(call, AllOrPs(call, Name(a.db_name, a.tbl_name), a.part_vals, a.max_parts), reply);
}
Status GetPsAuth(Call& call, get_partitions_ps_with_auth_args& a, Reply& reply) {
  return GiveWithAuth(call, AllOrPs(call, Name(a.db_name, a.tbl_name), a.part_vals, a.max_parts, false), a.user_name, a.group_names, reply);
}
Result<GetPartitionsPsWithAuthResponse> GetPsAuthReq(Call& call, get_partitions_ps_with_auth_req_args& a) {
  if (!a.req) return MetaError("request is null");
  int64_t max = a.req->has_maxParts() ? a.req->maxParts : -1;
  Selection s = a.req->has_partVals() && !a.req->partVals.empty() ? TRY(Ps(call, Name(a.req->catName, a.req->dbName, a.req->tblName), a.req->partVals, max))
                                      : TRY(All(call, Name(a.req->catName, a.req->dbName, a.req->tblName), max));
  if (a.req->has_partNames()) {
    s.names = a.req->partNames;
    std::sort(s.names.begin(), s.names.end());
  }
  GetPartitionsPsWithAuthResponse out;
  out.set_partitions(TRY(Values(s)));
  return out;
}
Result<Strings> GetNamesPs(Call& call, get_partition_names_ps_args& a) {
  return NamesOf(Ps(call, Name(a.db_name, a.tbl_name), a.part_vals, a.max_parts, false));
}
Result<GetPartitionNamesPsResponse> GetNamesPsReq(Call& call, get_partition_names_ps_req_args& a) {
  if (!a.req) return MetaError("request is null");
  GetPartitionNamesPsResponse out;
  out.set_names(TRY(NamesOf(Ps(call, Name(a.req->catName, a.req->dbName, a.req->tblName), a.req->partValues, a.req->has_maxParts() ? a.req->maxParts : -1, false))));
  return out;
}

// ---- by names ----

Result<Selection> ByNames(Call& call, TableName name, Strings names) {
  Selection s = TRY(Open(call, std::move(name)));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (std::string& n : names) {
    if (TRY(PartitionReader(*s.lease, s.table).Exists(n))) s.names.push_back(std::move(n));
  }
  return s;
}
// To Hive 4 the request is at fault when the table is not there.
Result<Selection> ByNamesOf(Call& call, const TableName& name, Strings names) {
  auto selected = ByNames(call, name, std::move(names));
  return NothingThere(call, selected) ? Result<Selection>(InvalidObject(selected.status().message())) : std::move(selected);
}
Status GetByNames(Call& call, get_partitions_by_names_args& a, Reply& reply) {
  return Give(call, ByNamesOf(call, Name(a.db_name, a.tbl_name), std::move(a.names)), reply);
}
Result<GetPartitionsByNamesResult> GetByNamesReq(Call& call, get_partitions_by_names_req_args& a) {
  if (!a.req) return MetaError("request is null");
  Selection s = TRY(ByNamesOf(call, Name(a.req->db_name, a.req->tbl_name), a.req->names));
  GetPartitionsByNamesResult out;
  out.set_partitions(TRY(Values(s)));
  if (Translates(call.service, a.req->processorCapabilities)) for (Partition& x : out.partitions) TranslateForReader(a.req->processorCapabilities, *s.table.table, &x);
  return out;
}

// ---- by filter ----

Status GetByFilter(Call& call, get_partitions_by_filter_args& a, Reply& reply) {
  return Give(call, Filtered(call, Name(a.db_name, a.tbl_name), a.filter, a.max_parts), reply);
}
Status GetByFilterReq(Call& call, get_partitions_by_filter_req_args& a, Reply& reply) {
  if (!a.req) return MetaError("request is null");
  return Give(call, Filtered(call, Name(a.req->catName, a.req->dbName, a.req->tblName), a.req->filter, a.req->has_maxParts() ? a.req->maxParts : -1), reply);
}
Result<int32_t> CountByFilter(Call& call, get_num_partitions_by_filter_args& a) {
  TRY(tarn::internal::ToStatus(Filter::Parse(a.filter, call.service.hive4())));   // its faults come first
  TableName name = Name(a.db_name, a.tbl_name);
  auto selected = Filtered(call, name, a.filter, -1);
  if (!selected.ok() && selected.status().code() == StatusCode::kNotFound) return NoSuchObject("Specified catalog.database.table does not exist : " + name.Full());
  Selection s = TRY(std::move(selected));
  return static_cast<int32_t>(s.names.size());
}
Result<std::vector<PartitionSpec>> SpecsByFilter(Call& call, get_part_specs_by_filter_args& a) {
  TRY(tarn::internal::ToStatus(LoadTable(call.service, Name(a.db_name, a.tbl_name))));
  Selection s = TRY(Filtered(call, Name(a.db_name, a.tbl_name), a.filter, a.max_parts));
  return MakeSpecs(s.table, TRY(Values(s)));
}
Result<std::vector<PartitionSpec>> GetPspec(Call& call, get_partitions_pspec_args& a) {
  Selection s = TRY(All(call, Name(a.db_name, a.tbl_name), a.max_parts));
  return MakeSpecs(s.table, TRY(Values(s)));
}

// ---- by expression ----

Result<Selection> Pruned(Call& call, TableName name, Expression& expression, int64_t max, bool* unknown) {
  Selection s = TRY(Open(call, std::move(name)));
  const auto& keys = s.table.table->partitionKeys;
  TRY(expression.Bind(keys));
  PartitionReader reader(*s.lease, s.table);
  std::string prefix;
  if (auto first = expression.FirstKeyEquals()) prefix = EscapePathName(ToLower(keys[0].name)) + "=" + EscapePathName(*first) + (keys.size() > 1 ? "/" : "");
  for (std::string& n : TRY(reader.NamesWithPrefix(prefix))) {
    Strings values = reader.ValuesOf(n);
    if (values.size() < keys.size()) continue;
    Expression::Answer answer = expression.Matches(values);
    if (answer == Expression::Answer::kDrop) continue;
    *unknown |= answer == Expression::Answer::kCannotTell;
    s.names.push_back(std::move(n));
  }
  TRY(CheckRequestLimit(call, s.name, static_cast<int64_t>(s.names.size()), max));
  Limit(&s.names, max);
  return s;
}

// Hive 4's clients may send filter text, all others a serialised expression. What is neither, or holds something that we don't
// understand, gives all partitions, to be pruned by the client.
Result<Selection> ByExpr(Call& call, PartitionsByExprRequest& q, bool* unknown) {
  TableName name = Name(q.catName, q.dbName, q.tblName);
  int64_t max = q.has_maxParts() ? q.maxParts : -1;
  *unknown = false;
  bool text = std::all_of(q.expr.begin(), q.expr.end(), [](unsigned char c) { return c >= 0x20 || c == '\t' || c == '\n'; });
  if (text) {
    auto filtered = Filtered(call, name, q.expr, max);
    if (filtered.ok() || filtered.status().code() == StatusCode::kNotFound) return filtered;
  }
  auto expression = Expression::Decode(q.expr);
  if (expression.ok()) {
    auto pruned = Pruned(call, name, *expression, max, unknown);
    if (pruned.ok() || pruned.status().code() != StatusCode::kNotSupported) return pruned;
    LogDebug("get_partitions_by_expr on {}: {}; all partitions are given", name.Full(), pruned.status().message());
  } else {
    LogDebug("get_partitions_by_expr on {}: {}; all partitions are given", name.Full(), expression.status().message());
  }
  *unknown = true;
  return All(call, name, max);
}
Result<PartitionsByExprResult> GetByExpr(Call& call, get_partitions_by_expr_args& a) {
  if (!a.req) return MetaError("request is null");
  PartitionsByExprResult out;
  Selection s = TRY(ByExpr(call, *a.req, &out.hasUnknownPartitions));
  out.set_partitions(TRY(Values(s)));
  return out;
}
Result<PartitionsSpecByExprResult> GetSpecByExpr(Call& call, get_partitions_spec_by_expr_args& a) {
  if (!a.req) return MetaError("request is null");
  PartitionsSpecByExprResult out;
  Selection s = TRY(ByExpr(call, *a.req, &out.hasUnknownPartitions));
  out.set_partitionsSpec(MakeSpecs(s.table, TRY(Values(s))));
  return out;
}
Result<Strings> GetNamesReq(Call& call, get_partition_names_req_args& a) {
  if (!a.req) return MetaError("request is null");
  bool unknown;
  return NamesOf(ByExpr(call, *a.req, &unknown));
}

// ---- with projection and filter specs (Hive 4) ----

Result<GetPartitionsResponse> WithSpecs(Call& call, get_partitions_with_specs_args& a) {
  if (!a.request) return MetaError("request is null");
  GetPartitionsRequest& q = *a.request;
  Selection s = TRY(Open(call, Name(q.catName, q.dbName, q.tblName)));
  PartitionReader reader(*s.lease, s.table);
  bool every_field = !q.projectionSpec || q.projectionSpec->fieldList.empty();
  bool has_filter = q.filterSpec && q.filterSpec->has_filterMode() && !every_field;   // Hive filters only where it projects, too
  const Strings none;
  const Strings& filters = q.filterSpec ? q.filterSpec->filters : none;
  if (!has_filter) {
    s.names = TRY(reader.Names());
  } else if (q.filterSpec->filterMode == PartitionFilterMode::BY_NAMES) {
    for (const std::string& n : filters) if (TRY(reader.Find(n))) s.names.push_back(n);
  } else if (q.filterSpec->filterMode == PartitionFilterMode::BY_VALUES) {
    s.names = TRY(NamesLike(reader, filters));
  } else if (filters.empty()) {
    return MetaError("Error parsing partition filter: lexer error: mismatched input '<EOF>'");
  } else {
    std::string all;
    for (const std::string& f : filters) all += (all.empty() ? "(" : " and (") + f + ")";
    Filter filter = TRY(Filter::Parse(all, call.service.hive4()));
    TRY(Select(call, s, filter));
  }
  std::sort(s.names.begin(), s.names.end());
  std::vector<Partition> list = TRY(Values(s));
  if (q.projectionSpec) {
    const GetProjectionsSpec& p = *q.projectionSpec;
    for (Partition& x : list) {
      if (p.fieldList.empty()) break;   // all there is
      x = Projected(x, p.fieldList);
      KeepParameters(p.includeParamKeyPattern, p.excludeParamKeyPattern, &x);
    }
  }
  if (Translates(call.service, q.processorCapabilities)) for (Partition& x : list) TranslateForReader(q.processorCapabilities, *s.table.table, &x);
  GetPartitionsResponse out;
  out.set_partitionSpec(GroupedByDescriptor(*s.table.table, std::move(list)));
  return out;
}

// ---- values ----

Result<PartitionValuesResponse> GetValues(Call& call, get_partition_values_args& a) {
  if (!a.request) return MetaError("request is null");
  PartitionValuesRequest& q = *a.request;
  if (q.partitionKeys.empty()) return HangUp("no partition key to list the values of");
  auto selected = Filtered(call, Name(q.catName, q.dbName, q.tblName), q.filter, q.has_maxParts() && (q.maxParts || !call.service.hive4()) ? q.maxParts : -1);
  if (!selected.ok() && selected.status().code() == StatusCode::kNotFound) return MetaError(selected.status().message());
  if (!selected.ok() && FaultName(selected.status()) == "MetaException") {
    return MetaError("Error retrieving partition values: MetaException(message:" + selected.status().message() + ")");
  }
  Selection s = TRY(std::move(selected));
  PartitionReader reader(*s.lease, s.table);
  std::vector<size_t> wanted;
  const auto& keys = s.table.table->partitionKeys;
  for (const FieldSchema& k : q.partitionKeys) {
    for (size_t i = 0; i < keys.size(); ++i) if (keys[i].name == ToLower(k.name)) wanted.push_back(i);
  }
  PartitionValuesResponse out;
  for (const std::string& n : s.names) {
    Strings values = reader.ValuesOf(n);
    PartitionValuesRow row;
    for (size_t i : wanted) row.row.push_back(i < values.size() ? values[i] : "");
    out.partitionValues.push_back(std::move(row));
  }
  if (q.applyDistinct || !q.has_applyDistinct()) {
    auto less = [](const PartitionValuesRow& x, const PartitionValuesRow& y) { return x.row < y.row; };
    std::sort(out.partitionValues.begin(), out.partitionValues.end(), less);
    auto same = [](const PartitionValuesRow& x, const PartitionValuesRow& y) { return x.row == y.row; };
    out.partitionValues.erase(std::unique(out.partitionValues.begin(), out.partitionValues.end(), same), out.partitionValues.end());
  }
  if (q.has_ascending() && !q.ascending) std::reverse(out.partitionValues.begin(), out.partitionValues.end());
  return out;
}

// ---- names as text ----

Result<Strings> NameToValues(Call&, partition_name_to_vals_args& a) {
  Strings out;
  for (auto& [k, v] : PartitionSteps(a.part_name)) out.push_back(std::move(v));
  return out;
}
Result<std::map<std::string, std::string>> NameToSpec(Call&, partition_name_to_spec_args& a) {
  std::map<std::string, std::string> out;
  for (auto& [k, v] : PartitionSteps(a.part_name)) out[k] = std::move(v);
  return out;
}
Result<bool> NameHasValidCharacters(Call&, partition_name_has_valid_characters_args& a) {
  for (const std::string& v : a.part_vals) {
    for (unsigned char c : v) if (c == ',' || c < 0x20) { if (a.throw_exception) return MetaError("Partition value '" + v + "' contains a character not matched by whitelist pattern ''.  (configure with metastore.partition.name.whitelist.pattern)"); return false; }
  }
  return true;
}

// ---- tables by filter (the same language) ----

Result<Strings> TablesByFilter(Call& call, get_table_names_by_filter_args& a) {
  DbName db = ParseDbName(a.dbname);
  if (!db.has_db || db.db.empty()) return UnknownDb("DB name is null or empty");
  if (!a.has_filter()) return InvalidOperation("cannot apply null filter");
  Filter filter = TRY(Filter::Parse(a.filter));
  TRY(filter.BindTableFields(!call.service.hive4()));
  auto read = TRY(call.service.store().Read());
  if (!TRY(CatalogExists(*read, db.catalog))) return UnknownDb("Could not find database " + db.catalog + "." + db.db);
  Strings out;
  if (a.max_tables == 0) return out;
  Status failed;
  ReadableTables readable(call.service, call.caller.user);   // a filter over properties would tell them
  TRY(read->Each("SELECT t.name, t.doc FROM dbs d JOIN tbls t ON t.db_id = d.db_id WHERE d.ctlg = ? AND d.name = ? ORDER BY t.name", {db.catalog, db.db},
                 [&](const SqlRow& row) {
                   Table t;
                   failed = DecodeStruct(Protocol::kCompact, row.Text(1), Table::desc(), &t);
                   if (!failed.ok() || !filter.MatchesTable(t)) return failed.ok();
                   Result<bool> may = readable.Has(*read, {db.catalog, db.db, row.String(0)}, t);
                   if (!may.ok()) failed = may.status();
                   else if (*may) out.push_back(row.String(0));
                   return failed.ok() && (a.max_tables < 0 || static_cast<int64_t>(out.size()) < a.max_tables);
                 }));
  TRY(failed);
  return out;
}
}  // namespace

void AddPartitionListCalls(Router& r) {
  r.Add<call::get_partitions, GetPartitions>();
  r.Add<call::get_partitions_with_auth, GetPartitionsAuth>();
  r.Add<call::get_partitions_req, GetPartitionsReq>();
  r.Add<call::get_partition_names, GetNames>();
  r.Add<call::fetch_partition_names_req, FetchNames>();
  r.Add<call::get_partitions_ps, GetPs>();
  r.Add<call::get_partitions_ps_with_auth, GetPsAuth>();
  r.Add<call::get_partitions_ps_with_auth_req, GetPsAuthReq>();
  r.Add<call::get_partition_names_ps, GetNamesPs>();
  r.Add<call::get_partition_names_ps_req, GetNamesPsReq>();
  r.Add<call::get_partitions_by_names, GetByNames>();
  r.Add<call::get_partitions_by_names_req, GetByNamesReq>();
  r.Add<call::get_partitions_by_filter, GetByFilter>();
  r.Add<call::get_partitions_by_filter_req, GetByFilterReq>();
  r.Add<call::get_num_partitions_by_filter, CountByFilter>();
  r.Add<call::get_part_specs_by_filter, SpecsByFilter>();
  r.Add<call::get_partitions_pspec, GetPspec>();
  r.Add<call::get_partitions_by_expr, GetByExpr>();
  r.Add<call::get_partitions_spec_by_expr, GetSpecByExpr>();
  r.Add<call::get_partition_names_req, GetNamesReq>();
  r.Add<call::get_partition_values, GetValues>();
  r.Add<call::get_partitions_with_specs, WithSpecs>();
  r.Add<call::partition_name_to_vals, NameToValues>();
  r.Add<call::partition_name_to_spec, NameToSpec>();
  r.Add<call::partition_name_has_valid_characters, NameHasValidCharacters>();
  r.Add<call::get_table_names_by_filter, TablesByFilter>();
}

}  // namespace tarn::metastore
