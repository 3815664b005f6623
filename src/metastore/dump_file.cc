// The dump file: docs/format/dump.md.
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>

#include "base/clock.h"
#include "fmt/format.h"
#include "metastore/dump.h"
#include "metastore/dump_json.h"
#include "metastore/search/segment.h"
#include "net/json_reader.h"
#include "wire/codec.h"
#include "wire/json_text.h"

namespace tarn::metastore {

using namespace wire;

namespace {
constexpr int kDumpVersion = 2;                // 1: no checksums on the way, fewer kinds
constexpr int64_t kLinesPerChecksum = 1000;
constexpr size_t kLineBytesMax = 256 << 20;

template <typename T> void AppendList(const char* key, const std::vector<T>& list, std::string* out) {
  if (list.empty()) return;
  *out += fmt::format(",\"{}\":[", key);
  for (size_t i = 0; i < list.size(); ++i) {
    if (i) *out += ',';
    AppendStructJson(T::desc(), &list[i], out);
  }
  *out += ']';
}
template <typename T> Status ReadList(std::string_view line, const char* key, std::vector<T>* out) {
  for (std::string_view e : net::JsonElements(net::JsonMember(line, key))) out->push_back(TRY(FromStructJson<T>(e)));
  return Status::OK();
}
void AppendMember(const char* key, const std::string& value, std::string* out) {
  if (value.empty()) return;
  *out += fmt::format(",\"{}\":", key);
  AppendJsonString(*out, value);
}
StorageDescriptor WithoutLocation(StorageDescriptor sd) {
  sd.clear_location();
  return sd;
}

// One line without its end; false at the end of the file.
Result<bool> ReadLine(std::FILE* in, std::string* line) {
  line->clear();
  char buffer[64 << 10];
  for (;;) {
    if (!std::fgets(buffer, sizeof(buffer), in)) {
      if (std::ferror(in)) return Status::Unavailable(fmt::format("the dump can't be read: {}", std::strerror(errno)));
      return !line->empty() ? Result<bool>(Status::Corrupt("the dump is cut short: its last line has no end").WithHint("dump again; what was loaded stays, and loading the whole file goes on from there")) : Result<bool>(false);
    }
    line->append(buffer);   // a NUL byte is no part of JSON text
    if (line->size() > kLineBytesMax) return Status::Exhausted("a line of the dump is longer than 256 MiB");
    if (line->ends_with('\n')) { line->pop_back(); return true; }
  }
}

int64_t Number(std::string_view json) { return std::atoll(std::string(json).c_str()); }

Status ReadRecord(std::string_view line, const StorageDescriptor* table_sd, const std::string& table_location, Record* r) {
  auto text = [&](const char* key) { return net::JsonText(net::JsonMember(line, key)); };
  std::string kind = text("kind");
  r->scope = {text("catalog"), text("db"), text("name"), text("partition")};
  std::string_view doc = net::JsonMember(line, "doc");
  if (kind == "catalog") r->value = TRY(FromStructJson<Catalog>(doc));
  else if (kind == "database") r->value = TRY(FromStructJson<Database>(doc));
  else if (kind == "table") r->value = TRY(FromStructJson<Table>(doc));
  else if (kind == "function") r->value = TRY(FromStructJson<Function>(doc));
  else if (kind == "role_grant") r->value = TRY(FromStructJson<RolePrincipalGrant>(doc));
  else if (kind == "privilege") r->value = TRY(FromStructJson<HiveObjectPrivilege>(doc));
  else if (kind == "role") r->value = RoleRecord{text("name")};
  else if (kind == "write_ids") r->value = TRY(FromStructJson<TableValidWriteIds>(doc));
  else if (kind == "compaction") r->value = TRY(FromStructJson<CompactionInfoStruct>(doc));
  else if (kind == "runtime_statistics") r->value = TRY(FromStructJson<RuntimeStat>(doc));
  else if (kind == "master_key") r->value = MasterKeyRecord{Number(net::JsonMember(line, "id")), text("key")};
  else if (kind == "delegation_token") r->value = TokenRecord{text("identifier"), text("token")};
  else if (kind == "notifications") r->value = NotificationsRecord{Number(net::JsonMember(line, "last"))};
  else if (kind == "transactions") r->value = TransactionsRecord{Number(net::JsonMember(line, "last"))};
  else if (kind == "object") {
    ObjectRecord o{text("object"), text("name"), ""};
    TRY(ReadTextJson(doc, &o.doc));
    r->value = std::move(o);
  }
  else if (kind == "partition") {
    Partition p = TRY(FromStructJson<Partition>(doc));
    std::string_view location = net::JsonMember(line, "location");
    if (!p.sd && !location.empty()) {
      if (!table_sd) return Status::Corrupt("a partition before its table");
      p.sd = *table_sd;
      p.sd->location = location == "true" ? table_location + "/" + r->scope.partition : net::JsonText(location);
    }
    r->value = std::move(p);
  } else if (kind == "statistics") {
    ColumnStatisticsRecord s;
    TRY(ReadList(line, "columns", &s.columns));
    r->value = std::move(s);
  } else if (kind == "constraints") {
    Constraints k;
    TRY(ReadList(line, "primary", &k.primary));
    TRY(ReadList(line, "foreign", &k.foreign));
    TRY(ReadList(line, "unique", &k.unique));
    TRY(ReadList(line, "not_null", &k.not_null));
    TRY(ReadList(line, "default", &k.defaults));
    TRY(ReadList(line, "check", &k.checks));
    r->value = std::move(k);
  } else {
    return Status::Corrupt(fmt::format("a record of kind \"{}\" is not known", kind));
  }
  return Status::OK();
}
}  // namespace

std::string CountsJson(const RecordCounts& counts) {
  std::string out = "{";
  for (size_t i = 0; i < counts.size(); ++i) out += fmt::format("{}\"{}\":{}", i ? "," : "", kRecordNames[i], counts[i]);
  return out + "}";
}

std::string LeftBehindJson(const std::vector<LeftBehind>& left) {
  std::string out = "[";
  for (const LeftBehind& l : left) {
    out += out.size() > 1 ? ",{\"what\":" : "{\"what\":";
    AppendJsonString(out, l.what);
    out += fmt::format(",\"count\":{}", l.count < 0 ? "null" : std::to_string(l.count));
    AppendMember("detail", l.detail, &out);
    AppendMember("hint", l.hint, &out);
    out += '}';
  }
  return out + "]";
}

// What the counts of the trailer say of each kind, one that is not there of none.
static bool SameCounts(std::string_view json, const RecordCounts& counts) {
  for (size_t i = 0; i < counts.size(); ++i) if (Number(net::JsonMember(json, kRecordNames[i])) != counts[i]) return false;
  return true;
}

Status DumpWriter::Line(const std::string& json) {
  checksum_ = search::Checksum(json, checksum_);
  if (std::fwrite(json.data(), 1, json.size(), out_) != json.size() || std::fputc('\n', out_) == EOF) return Status::Unavailable(fmt::format("the dump can't be written: {}", std::strerror(errno)));
  return Status::OK();
}

Status DumpWriter::Begin(const std::string& source) {
  std::time_t now = WallClockMs() / 1000;
  std::tm tm{};
  ::gmtime_r(&now, &tm);
  char when[32];
  std::strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
  std::string line = fmt::format("{{\"tarn_dump\":{},\"created\":\"{}\"", kDumpVersion, when);
  AppendMember("source", source, &line);
  return Line(line + "}");
}

Status DumpWriter::Write(const Record& r) {
  size_t index = r.value.index();
  std::string line = fmt::format("{{\"kind\":\"{}\"", kRecordNames[index]);
  AppendMember("catalog", r.scope.catalog, &line);
  AppendMember("db", r.scope.db, &line);
  const RoleRecord* role = std::get_if<RoleRecord>(&r.value);
  const ObjectRecord* object = std::get_if<ObjectRecord>(&r.value);
  AppendMember("name", role ? role->name : object ? object->name : r.scope.table, &line);
  AppendMember("partition", r.scope.partition, &line);
  auto doc = [&](const auto& value) {
    line += ",\"doc\":";
    AppendStructJson(std::decay_t<decltype(value)>::desc(), &value, &line);
  };
  if (const Partition* p = std::get_if<Partition>(&r.value)) {
    // A partition stored as its table is written without the descriptor; "location": true stands for <table>/<name>.
    bool same = p->sd && table_sd_ && Same(WithoutLocation(*p->sd), *table_sd_);
    if (same) {
      if (p->sd->location == table_location_ + "/" + r.scope.partition) line += ",\"location\":true";
      else { line += ",\"location\":"; AppendJsonString(line, p->sd->location); }
      Partition bare = *p;
      bare.sd.Clear();
      doc(bare);
    } else {
      doc(*p);
    }
  } else if (const Constraints* k = std::get_if<Constraints>(&r.value)) {
    AppendList("primary", k->primary, &line);
    AppendList("foreign", k->foreign, &line);
    AppendList("unique", k->unique, &line);
    AppendList("not_null", k->not_null, &line);
    AppendList("default", k->defaults, &line);
    AppendList("check", k->checks, &line);
  } else if (const ColumnStatisticsRecord* s = std::get_if<ColumnStatisticsRecord>(&r.value)) {
    AppendList("columns", s->columns, &line);
  } else if (object) {
    AppendMember("object", object->kind, &line);
    line += ",\"doc\":";
    AppendTextJson(object->doc, &line);
  } else if (const MasterKeyRecord* k = std::get_if<MasterKeyRecord>(&r.value)) {
    line += fmt::format(",\"id\":{}", k->id);
    AppendMember("key", k->key, &line);
  } else if (const TokenRecord* t = std::get_if<TokenRecord>(&r.value)) {
    AppendMember("identifier", t->identifier, &line);
    AppendMember("token", t->token, &line);
  } else if (const NotificationsRecord* n = std::get_if<NotificationsRecord>(&r.value)) {
    line += fmt::format(",\"last\":{}", n->last_event_id);
  } else if (const TransactionsRecord* n = std::get_if<TransactionsRecord>(&r.value)) {
    line += fmt::format(",\"last\":{}", n->high_water_mark);
  } else {
    std::visit([&](const auto& value) { if constexpr (requires { value.set_bits; }) doc(value); }, r.value);
  }
  if (const Table* t = std::get_if<Table>(&r.value)) {
    table_sd_.Clear();
    if (t->sd) table_sd_ = WithoutLocation(*t->sd);
    table_location_ = t->sd ? t->sd->location : "";
  }
  ++counts_[index];
  TRY(Line(line + "}"));
  // Now and then the checksum so far, so that damage is found near its place.
  if (++lines_ % kLinesPerChecksum != 0) return Status::OK();
  return Line(fmt::format("{{\"so_far\":\"{:016x}\"}}", checksum_));
}

Status DumpWriter::End(const std::vector<LeftBehind>& left) {
  std::string line = fmt::format("{{\"trailer\":{{\"counts\":{},\"left_behind\":{},\"checksum\":\"{:016x}\"}}}}\n", CountsJson(counts_), LeftBehindJson(left), checksum_);
  if (std::fwrite(line.data(), 1, line.size(), out_) != line.size() || std::fflush(out_) != 0) return Status::Unavailable(fmt::format("the dump can't be written: {}", std::strerror(errno)));
  return Status::OK();
}

Status ReadDump(std::FILE* in, const OnRecord& on_record, RecordCounts* counts, const std::function<void(int64_t)>& on_line) {
  constexpr char kAgain[] = "dump again; what was loaded stays, and loading a whole file goes on from there";
  *counts = {};
  std::string line;
  int64_t number = 1, bytes = 0, sound = 1;        // sound: the last line that a checksum has vouched for
  uint64_t checksum = 0;
  auto next = [&]() -> Result<bool> {
    bool more = TRY(ReadLine(in, &line));
    bytes += static_cast<int64_t>(line.size()) + 1;
    if (more && on_line) on_line(bytes);
    return more;
  };
  if (!TRY(next()) || net::JsonMember(line, "tarn_dump").empty()) {
    return Status::Corrupt("not a dump of a metastore: the first line has no \"tarn_dump\"").WithHint("tarn metastore dump makes one");
  }
  std::string version(net::JsonMember(line, "tarn_dump"));
  if (std::atoi(version.c_str()) > kDumpVersion || std::atoi(version.c_str()) < 1) {
    return Status::NotSupported(fmt::format("a dump of version {}; this program reads versions 1 to {}", version, kDumpVersion)).WithHint("use a newer tarn-metastore");
  }
  auto damaged = [&] {
    return Status::Corrupt(fmt::format("the dump was changed or damaged between line {} and line {}: its checksum is another", sound + 1, number)).WithHint(kAgain);
  };
  checksum = search::Checksum(line, checksum);
  Box<StorageDescriptor> table_sd;
  std::string table_location;
  while (TRY(next())) {
    ++number;
    auto at_line = [&](Status s) {
      bool bad = s.code() == StatusCode::kCorrupt;
      s = std::move(s).WithContext(fmt::format("line {} of the dump", number));
      return bad && s.hint().empty() ? std::move(s).WithHint(kAgain) : std::move(s);
    };
    if (std::string_view trailer = net::JsonMember(line, "trailer"); !trailer.empty()) {
      if (net::JsonText(net::JsonMember(trailer, "checksum")) != fmt::format("{:016x}", checksum)) return damaged();
      std::string_view expected = net::JsonMember(trailer, "counts");
      if (!SameCounts(expected, *counts)) return Status::Corrupt(fmt::format("the dump is not whole: it says {} and has {}", expected, CountsJson(*counts))).WithHint(kAgain);
      if (TRY(next())) return Status::Corrupt(fmt::format("the dump goes on after its trailer, line {}", number)).WithHint("one file holds one dump");
      return Status::OK();
    }
    if (std::string_view so_far = net::JsonMember(line, "so_far"); !so_far.empty()) {
      if (net::JsonText(so_far) != fmt::format("{:016x}", checksum)) return damaged();
      sound = number;
      checksum = search::Checksum(line, checksum);
      continue;
    }
    checksum = search::Checksum(line, checksum);
    Record r;
    if (Status s = ReadRecord(line, table_sd.get(), table_location, &r); !s.ok()) return at_line(std::move(s));
    if (const Table* t = std::get_if<Table>(&r.value)) {
      table_sd.Clear();
      if (t->sd) table_sd = WithoutLocation(*t->sd);
      table_location = t->sd ? t->sd->location : "";
    }
    ++(*counts)[r.value.index()];
    if (on_record) if (Status s = on_record(r); !s.ok()) return at_line(std::move(s));
  }
  return Status::Corrupt(fmt::format("the dump is cut short: no trailer after {} lines", number)).WithHint(kAgain);
}

}  // namespace tarn::metastore
