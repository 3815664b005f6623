#include "wire/hms_client.h"

#include <algorithm>
#include <mutex>

#include "base/text.h"
#include "fmt/format.h"
#include "net/http_parser.h"
#include "net/jwt.h"
#include "net/tls.h"
#include "wire/codec.h"
#include "wire/tcp.h"

namespace tarn::wire {

namespace {
constexpr size_t kRefusalBytesMax = 400;       // of what a server says when it refuses
constexpr uint32_t kSaslBytesMax = 64 << 10;

struct Address {
  std::string text, host, path;
  int port = 9083;
  bool http = false, tls = false;
};

Result<Address> ParseAddress(std::string_view uri) {
  Address a;
  a.text = std::string(Trim(uri));
  std::string_view s = a.text;
  if (size_t p = s.find("://"); p != std::string_view::npos) {
    std::string_view scheme = s.substr(0, p);
    a.tls = scheme == "https";
    a.http = a.tls || scheme == "http";
    if (!a.http && scheme != "thrift") return Status::NotSupported(fmt::format("metastore URI scheme \"{}\"", scheme)).WithHint("use thrift://host:port or https://host:port/metastore");
    s.remove_prefix(p + 3);
  }
  if (s.find('@') != std::string_view::npos) {   // not repeated: what stands before it may be a password
    return Status::InvalidSql("a metastore URI has no user and password").WithHint("metastore.client.plain.username, and the password in a file or in TARN_METASTORE_PASSWORD");
  }
  if (size_t slash = s.find('/'); slash != std::string_view::npos) {
    a.path = std::string(s.substr(slash + 1));
    s = s.substr(0, slash);
  }
  if (size_t colon = s.rfind(':'); colon != std::string_view::npos) {
    a.port = std::atoi(std::string(s.substr(colon + 1)).c_str());
    s = s.substr(0, colon);
  }
  a.host = std::string(s);
  if (std::any_of(a.text.begin(), a.text.end(), [](unsigned char c) { return c <= 0x20 || c == 0x7f; })) {
    return Status::InvalidSql("a metastore URI has white space or control characters in it");
  }
  if (a.host.empty() || a.port <= 0 || a.port > 65535) {
    return Status::InvalidSql(fmt::format("metastore URI \"{}\" not understood", a.text)).WithHint("use thrift://host:port");
  }
  return a;
}

// Calls that change nothing may be sent twice.
bool OnlyReads(std::string_view name) {
  return name.starts_with("get_") || name.starts_with("getVersion") || name.starts_with("getStatus") || name.starts_with("show_") ||
         name.starts_with("list_") || name == "set_ugi" || name == "tarn_search" || name == "partition_name_to_vals" || name == "partition_name_to_spec";
}

// The lists and structs that servers insist on, also when the caller left them empty.
Table Complete(Table t) {
  StorageDescriptor& sd = t.sd.Make();
  sd.set_cols(std::move(sd.cols));
  SerDeInfo& serde = sd.serdeInfo.Make();
  serde.set_parameters(std::move(serde.parameters));
  t.set_partitionKeys(std::move(t.partitionKeys));
  t.set_parameters(std::move(t.parameters));
  return t;
}

// A "vector" of partitions that keeps the newest only: it is handed on when the next one begins, and at the end.
struct PartitionStream {
  const std::function<Status(Partition&&)>& visit;
  Partition newest;
  size_t begun = 0;
  Status status;

  void HandOn() {
    if (begun > 0 && status.ok()) status = visit(std::move(newest));
    newest = Partition();
  }
};
const ListOps kPartitionStreamOps = {
    [](void*, size_t) {},
    [](void* l) -> void* {
      auto& stream = *static_cast<PartitionStream*>(l);
      stream.HandOn();
      ++stream.begun;
      return &stream.newest;
    },
    [](const void*) { return size_t{0}; },
    [](const void*, size_t) -> const void* { return nullptr; },
    0};   // its memory is used again

// Hive's servers (and ours) say much in MetaException that isn't anybody's mistake in programming: who is refused, what is full or away.
// The exception's name stays in the detail.
Status Named(Status s) {
  if (s.code() != StatusCode::kInternal) return s;
  const std::string& m = s.message();
  auto has = [&](const char* part) { return m.find(part) != std::string::npos; };
  auto as = [&](StatusCode code, const char* hint) { return Status(code, m).WithDetail(s.detail()).WithHint(s.hint().empty() ? hint : s.hint()); };
  if (has("Permission denied: ")) return as(StatusCode::kDenied, "an owner or an admin may grant it; who asks is metastore.client.plain.username, or the process's user");
  if (has("authentication required: ")) {
    return as(StatusCode::kDenied, "tarn search: --user NAME --password-file FILE; dump, copy, check: --from-user NAME --from-password-file FILE; a catalog: metastore.client.auth.mode=PLAIN, metastore.client.plain.username and .password-file");
  }
  if (has("database or disk is full") || has("No space left on device")) return as(StatusCode::kExhausted, "free disk space where the metastore keeps its data");
  if (has("metastore database ") && (has(" can't be reached") || has(" does not let us in"))) return as(StatusCode::kUnavailable, "the metastore's own database is away: see its log");
  if (has("the metastore's database went away")) return as(StatusCode::kUnavailable, "the metastore's own database is away: look before you try again");
  return s;
}

EnvironmentContext Context(const StringMap& environment) {
  EnvironmentContext c;
  c.set_properties(environment);
  return c;
}
}  // namespace

struct HmsClient::Impl {
  std::mutex mutex;
  HmsClientOptions options;
  std::vector<Address> addresses;
  size_t current = 0;
  std::unique_ptr<TcpConnection> connection;
  std::unique_ptr<FramedSource> frames;
  OutBuffer out;
  int32_t sequence = 0;

  bool fresh = false;               // opened, and not used since: what waits to be read is TLS's own
  std::unique_ptr<net::TlsClient> tls;
  bool http() const { return options.http || addresses[current].http; }
  bool framed() const { return !http() && (options.framed || options.auth == HmsClientOptions::Auth::kPlain); }   // SASL frames look the same

  Protocol protocol() const { return options.compact ? Protocol::kCompact : Protocol::kBinary; }

  // Another address may still answer; a refusal is not asked for twice.
  Status Open() {
    Status last = Status::Unavailable("no metastore URI");
    for (size_t i = 0; i < addresses.size(); ++i) {
      size_t at = (current + i) % addresses.size();
      auto c = TcpConnection::Connect(addresses[at].host, addresses[at].port, options.connect_timeout_ms, options.call_timeout_ms);
      if (!c.ok()) { last = std::move(c).status(); continue; }
      connection = std::move(c).value();
      current = at;
      Status s = Begin();
      if (s.ok()) { fresh = true; return s; }
      Close();
      s = std::move(s).WithContext(addresses[at].text);
      if (s.code() != StatusCode::kUnavailable) return s;
      last = std::move(s);
    }
    return std::move(last).WithContext("metastore not reachable");
  }

  // TLS, the password, and who we are.
  Status Begin() {
    const Address& a = addresses[current];
    if (options.tls || a.tls) {
      if (!tls) tls = TRY(net::TlsClient::Make(options.truststore, options.truststore_password));
      auto session = tls->Connect(connection->fd(), a.host);
      if (!session.ok()) {
        Status s = std::move(session).status();
        if (s.code() != StatusCode::kDenied) return s;
        return std::move(s).WithHint("metastore.truststore.path names whose certificates are believed; the certificate must be for the host of the URI");
      }
      connection->StartTls(std::move(session).value());
    }
    if (!http() && options.auth == HmsClientOptions::Auth::kPlain) TRY(Authenticate());
    if (!http() && options.auth == HmsClientOptions::Auth::kBearer) return Status::InvalidSql("a token travels over HTTP only").WithHint("metastore.client.thrift.transport.mode=http, or a URI http://...");
    frames = framed() ? std::make_unique<FramedSource>(*connection, uint64_t{2} << 30) : nullptr;
    if (http() || options.user.empty() || options.auth != HmsClientOptions::Auth::kNone) return Status::OK();
    set_ugi_args args;
    args.set_user_name(options.user).set_group_names(options.groups);
    std::vector<std::string> reply;
    bool sent = false;
    return Exchange(call::set_ugi::desc(), &args, &reply, &sent);
  }

  // SASL PLAIN in Thrift's form (TSaslTransport): a status byte, a length, the payload.
  Status Authenticate() {
    enum : uint8_t { kStart = 1, kOk = 2, kComplete = 5 };
    auto message = [](uint8_t status, std::string_view payload) {
      std::string m(1, static_cast<char>(status));
      uint32_t n = __builtin_bswap32(static_cast<uint32_t>(payload.size()));
      m.append(reinterpret_cast<const char*>(&n), 4);
      return m.append(payload);
    };
    std::string proof = '\0' + options.user + '\0' + options.secret;
    std::string out = message(kStart, "PLAIN") + message(kOk, proof);
    if (!connection->OnBytes(out.data(), out.size())) return connection->status();
    char head[5];
    if (!connection->Take(head, 5)) {
      return Status::Unavailable("the metastore hung up on SASL PLAIN").WithDetail(connection->status().message()).WithHint("does it speak SASL (metastore.authentication), and TLS (metastore.use.SSL)?");
    }
    uint32_t n;
    std::memcpy(&n, head + 1, 4);
    n = __builtin_bswap32(n);
    uint8_t status = static_cast<uint8_t>(head[0]);
    if (n > kSaslBytesMax || status == 0 || status > kComplete) return Status::Unavailable("the metastore does not speak SASL").WithHint("leave metastore.client.auth.mode out");
    std::string text(n, '\0');
    if (!connection->Take(text.data(), n)) return connection->status();
    if (status == kComplete || status == kOk) return Status::OK();
    return Status::Denied(fmt::format("the metastore refused user \"{}\": {}", options.user, text.substr(0, kRefusalBytesMax)));
  }

  void Close() { frames.reset(); connection.reset(); }

  Status Exchange(const CallDesc& desc, const void* args, void* reply, bool* sent) {
    out.Clear();
    if (framed()) out.Grow(4);
    WriteMessageHead(protocol(), out, {desc.name, MessageType::kCall, ++sequence, true});
    WriteStruct(protocol(), out, *desc.args, args);
    if (framed()) {
      uint32_t n = __builtin_bswap32(static_cast<uint32_t>(out.size() - 4));
      std::memcpy(out.data(), &n, 4);
    }
    *sent = true;
    fresh = false;
    if (http()) return ExchangeHttp(desc, reply);
    if (!connection->OnBytes(out.view().data(), out.size())) { Status s = connection->status(); Close(); return s; }
    out.Trim(1 << 20);
    return ReadAnswer(frames ? static_cast<ByteSource&>(*frames) : *connection, desc, reply);
  }

  Status ReadAnswer(ByteSource& in, const CallDesc& desc, void* reply) {
    WireLimits limits;
    limits.message_bytes_max = uint64_t{2} << 30;   // we trust our metastore more than it trusts us
    limits.memory_bytes_max = uint64_t{16} << 30;
    ReadBudget budget(limits);
    MessageHead head;
    Status s = ReadMessageHead(protocol(), in, budget, &head);
    if (s.ok() && head.sequence != sequence) s = Status::Corrupt("metastore answered out of order");
    if (!s.ok()) { Close(); return s; }
    s = ReadReply(protocol(), in, budget, desc, head.type, reply);
    if (s.code() == StatusCode::kCorrupt || s.code() == StatusCode::kUnavailable || s.code() == StatusCode::kExhausted) Close();
    return s;
  }

  Status ExchangeHttp(const CallDesc& desc, void* reply) {
    const Address& a = addresses[current];
    std::string head = fmt::format("POST /{} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/x-thrift\r\nAccept: application/x-thrift\r\nContent-Length: {}\r\n",
                                   a.path.empty() ? options.http_path : a.path, a.host, a.port, out.size());
    if (options.auth == HmsClientOptions::Auth::kBearer) head += "Authorization: Bearer " + options.secret + "\r\n";
    else if (options.auth == HmsClientOptions::Auth::kPlain) head += "Authorization: Basic " + net::Base64Encode(options.user + ":" + options.secret) + "\r\n";
    if (!options.user.empty() && options.auth != HmsClientOptions::Auth::kBearer) head += "x-actor-username: " + options.user + "\r\n";   // Hive asks for it beside a password, too
    head += "\r\n";
    if (!connection->OnBytes(head.data(), head.size()) || !connection->OnBytes(out.view().data(), out.size())) { Status s = connection->status(); Close(); return s; }
    out.Trim(1 << 20);
    net::HttpLimits limits;
    limits.body_bytes = size_t{2} << 30;
    net::HttpParser parser(net::HttpParser::Kind::kResponse, limits);
    while (parser.state() == net::HttpParser::State::kMore) {
      if (!connection->Need(1)) {
        if (parser.FinishAtClose()) break;
        Status s = connection->status();
        Close();
        return s;
      }
      connection->cur += parser.Feed({reinterpret_cast<const char*>(connection->cur), connection->ready()});
    }
    if (parser.state() == net::HttpParser::State::kWrong) {
      Close();
      return Status::Unavailable("the metastore's answer is not HTTP").WithDetail(parser.error());
    }
    std::string body = std::move(parser.request().body);
    auto keep = parser.request().headers.Find("Connection");
    int status = parser.status();
    if (keep && EqualsIgnoreCase(*keep, "close")) Close();
    if (status != 200) {
      std::string said(Trim(std::string_view(body).substr(0, kRefusalBytesMax)));
      std::string text = fmt::format("the metastore at {} answered {}{}{}", a.text, status, said.empty() ? "" : ": ", said);
      if (status == 401 || status == 403) return Status::Denied(std::move(text));
      return status == 404 ? Status::InvalidSql(std::move(text)).WithHint("the path is /metastore unless metastore.client.thrift.http.path or the URI says another") : Status::Internal(std::move(text));
    }
    MemorySource in(body);
    return ReadAnswer(in, desc, reply);
  }
};

HmsClient::HmsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HmsClient::~HmsClient() = default;

Result<std::unique_ptr<HmsClient>> HmsClient::Connect(std::string_view uris, HmsClientOptions options) {
  auto impl = std::make_unique<Impl>();
  for (const std::string* text : {&options.user, &options.secret, &options.http_path}) {   // they become part of a header, or stand between NULs
    for (char c : *text) if (static_cast<unsigned char>(c) < 0x20) return Status::Denied("the name, password or token for the metastore has control characters in it");
  }
  impl->options = std::move(options);
  for (const std::string& uri : Split(uris, ',')) impl->addresses.push_back(TRY(ParseAddress(uri)));
  TRY(Named(impl->Open()));
  return std::unique_ptr<HmsClient>(new HmsClient(std::move(impl)));
}

Status HmsClient::CallRaw(const CallDesc& desc, const void* args, void* reply, const size_t* told) {
  std::lock_guard lock(impl_->mutex);
  for (int attempt = 0;; ++attempt) {
    if (impl_->connection && !impl_->fresh && !impl_->connection->Idle()) impl_->Close();   // the server went away between calls
    bool sent = false;
    Status s = impl_->connection ? Status::OK() : impl_->Open();
    if (s.ok()) s = impl_->Exchange(desc, args, reply, &sent);
    bool lost = s.code() == StatusCode::kUnavailable;
    if (!lost || attempt > 0 || (sent && !OnlyReads(desc.name)) || (told && *told > 0)) return Named(std::move(s));
    impl_->current = (impl_->current + 1) % impl_->addresses.size();
  }
}

const std::string& HmsClient::connected_uri() const { return impl_->addresses[impl_->current].text; }

std::string HmsClient::Db(const std::string& db) const {
  return impl_->options.catalog.empty() ? db : "@" + impl_->options.catalog + "#" + db;
}

Result<std::string> HmsClient::GetVersion() { return Call<call::getVersion>({}); }
Result<std::string> HmsClient::GetConfigValue(const std::string& key, const std::string& fallback) {
  return Call<call::get_config_value>({.name = key, .defaultValue = fallback});
}
Result<std::vector<std::string>> HmsClient::SetUgi(const std::string& user, const std::vector<std::string>& groups) {
  set_ugi_args args;
  args.set_user_name(user).set_group_names(groups);
  return Call<call::set_ugi>(args);
}

Result<std::vector<std::string>> HmsClient::GetAllDatabases() {
  if (impl_->options.catalog.empty()) return Call<call::get_all_databases>({});
  return GetDatabases("");
}
Result<std::vector<std::string>> HmsClient::GetDatabases(const std::string& pattern) { return Call<call::get_databases>({.pattern = Db(pattern)}); }
Result<Database> HmsClient::GetDatabase(const std::string& name) { return Call<call::get_database>({.name = Db(name)}); }
Status HmsClient::CreateDatabase(const Database& database) { return Call<call::create_database>({.database = database}); }
Status HmsClient::AlterDatabase(const std::string& name, const Database& database) {
  return Call<call::alter_database>({.dbname = Db(name), .db = database});
}
Status HmsClient::DropDatabase(const std::string& name, bool delete_data, bool cascade) {
  return Call<call::drop_database>({.name = Db(name), .deleteData = delete_data, .cascade = cascade});
}

Result<std::vector<std::string>> HmsClient::GetAllTables(const std::string& db) { return Call<call::get_all_tables>({.db_name = Db(db)}); }
Result<std::vector<std::string>> HmsClient::GetTables(const std::string& db, const std::string& pattern) {
  return Call<call::get_tables>({.db_name = Db(db), .pattern = pattern});
}
Result<std::vector<std::string>> HmsClient::GetTablesByType(const std::string& db, const std::string& pattern, const std::string& type) {
  return Call<call::get_tables_by_type>({.db_name = Db(db), .pattern = pattern, .tableType = type});
}
Result<Table> HmsClient::GetTable(const std::string& db, const std::string& name) {
  auto table = Call<call::get_table>({.dbname = Db(db), .tbl_name = name});
  if (table.ok() || table.status().code() != StatusCode::kNotSupported) return table;
  GetTableRequest request{.dbName = db, .tblName = name, .catName = impl_->options.catalog};
  GetTableResult result = TRY(Call<call::get_table_req>({.req = request}));
  return std::move(result.table.Make());
}
Result<std::vector<Table>> HmsClient::GetTableObjectsByName(const std::string& db, const std::vector<std::string>& names) {
  auto tables = Call<call::get_table_objects_by_name>({.dbname = Db(db), .tbl_names = names});
  if (tables.ok() || tables.status().code() != StatusCode::kNotSupported) return tables;
  GetTablesRequest request{.dbName = db, .tblNames = names, .catName = impl_->options.catalog};
  GetTablesResult result = TRY(Call<call::get_table_objects_by_name_req>({.req = request}));
  return std::move(result.tables);
}
Status HmsClient::CreateTable(const Table& table, const StringMap& environment) {
  if (environment.empty()) return Call<call::create_table>({.tbl = Complete(table)});
  return Call<call::create_table_with_environment_context>({.tbl = Complete(table), .environment_context = Context(environment)});
}
Status HmsClient::AlterTable(const std::string& db, const std::string& name, const Table& table, const StringMap& environment) {
  return Call<call::alter_table_with_environment_context>(
      {.dbname = Db(db), .tbl_name = name, .new_tbl = Complete(table), .environment_context = Context(environment)});
}
Status HmsClient::DropTable(const std::string& db, const std::string& name, bool delete_data, const StringMap& environment) {
  return Call<call::drop_table_with_environment_context>(
      {.dbname = Db(db), .name = name, .deleteData = delete_data, .environment_context = Context(environment)});
}
Status HmsClient::TruncateTable(const std::string& db, const std::string& name, const std::vector<std::string>& partition_names) {
  return Call<call::truncate_table>({.dbName = Db(db), .tableName = name, .partNames = partition_names});
}

Result<Partition> HmsClient::AddPartition(const Partition& partition) { return Call<call::add_partition>({.new_part = partition}); }
Result<std::vector<Partition>> HmsClient::AddPartitions(const std::string& db, const std::string& table, const std::vector<Partition>& partitions,
                                                        bool if_not_exists) {
  AddPartitionsRequest request;
  request.dbName = db;
  request.tblName = table;
  request.set_parts(partitions);
  request.ifNotExists = if_not_exists;
  request.set_needResult(true);
  if (!impl_->options.catalog.empty()) request.catName = impl_->options.catalog;
  AddPartitionsResult result = TRY(Call<call::add_partitions_req>({.request = request}));
  return std::move(result.partitions);
}
Result<Partition> HmsClient::GetPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values) {
  return Call<call::get_partition>({.db_name = Db(db), .tbl_name = table, .part_vals = values});
}
Status HmsClient::EachPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values,
                                const std::function<Status(Partition&&)>& visit) {
  PartitionStream stream{visit, {}, 0, {}};
  auto call = [&](const CallDesc& whole, const void* args) {
    TypeDesc list = *whole.reply;
    list.list = &kPartitionStreamOps;
    CallDesc desc = whole;
    desc.reply = &list;
    return CallRaw(desc, args, &stream, &stream.begun);
  };
  if (values.empty()) {
    get_partitions_args args{.db_name = Db(db), .tbl_name = table, .max_parts = -1};
    TRY(call(call::get_partitions::desc(), &args));
  } else {
    get_partitions_ps_args args{.db_name = Db(db), .tbl_name = table, .part_vals = values, .max_parts = -1};
    TRY(call(call::get_partitions_ps::desc(), &args));
  }
  stream.HandOn();
  return std::move(stream.status);
}
Result<std::vector<std::string>> HmsClient::GetPartitionNames(const std::string& db, const std::string& table, int max) {
  return Call<call::get_partition_names>({.db_name = Db(db), .tbl_name = table, .max_parts = static_cast<int16_t>(max)});
}
Result<std::vector<std::string>> HmsClient::GetPartitionNamesPs(const std::string& db, const std::string& table,
                                                                const std::vector<std::string>& values, int max) {
  return Call<call::get_partition_names_ps>({.db_name = Db(db), .tbl_name = table, .part_vals = values, .max_parts = static_cast<int16_t>(max)});
}
Result<std::vector<Partition>> HmsClient::GetPartitionsByNames(const std::string& db, const std::string& table,
                                                               const std::vector<std::string>& names) {
  return Call<call::get_partitions_by_names>({.db_name = Db(db), .tbl_name = table, .names = names});
}
Result<std::vector<Partition>> HmsClient::GetPartitionsByFilter(const std::string& db, const std::string& table, const std::string& filter, int max) {
  return Call<call::get_partitions_by_filter>({.db_name = Db(db), .tbl_name = table, .filter = filter, .max_parts = static_cast<int16_t>(max)});
}
Status HmsClient::AlterPartition(const std::string& db, const std::string& table, const Partition& partition, const StringMap& environment) {
  if (environment.empty()) return Call<call::alter_partition>({.db_name = Db(db), .tbl_name = table, .new_part = partition});
  return Call<call::alter_partition_with_environment_context>(
      {.db_name = Db(db), .tbl_name = table, .new_part = partition, .environment_context = Context(environment)});
}
Status HmsClient::AlterPartitions(const std::string& db, const std::string& table, const std::vector<Partition>& partitions,
                                  const StringMap& environment) {
  return Call<call::alter_partitions_with_environment_context>(
      {.db_name = Db(db), .tbl_name = table, .new_parts = partitions, .environment_context = Context(environment)});
}
Status HmsClient::RenamePartition(const std::string& db, const std::string& table, const std::vector<std::string>& values,
                                  const Partition& partition) {
  return Call<call::rename_partition>({.db_name = Db(db), .tbl_name = table, .part_vals = values, .new_part = partition});
}
Result<bool> HmsClient::DropPartition(const std::string& db, const std::string& table, const std::vector<std::string>& values, bool delete_data) {
  return Call<call::drop_partition>({.db_name = Db(db), .tbl_name = table, .part_vals = values, .deleteData = delete_data});
}

Result<std::vector<std::string>> HmsClient::GetFunctions(const std::string& db, const std::string& pattern) {
  return Call<call::get_functions>({.dbName = Db(db), .pattern = pattern});
}
Result<Function> HmsClient::GetFunction(const std::string& db, const std::string& name) {
  return Call<call::get_function>({.dbName = Db(db), .funcName = name});
}
Status HmsClient::CreateFunction(const Function& function) { return Call<call::create_function>({.func = function}); }
Status HmsClient::AlterFunction(const std::string& db, const std::string& name, const Function& function) {
  return Call<call::alter_function>({.dbName = Db(db), .funcName = name, .newFunc = function});
}
Status HmsClient::DropFunction(const std::string& db, const std::string& name) { return Call<call::drop_function>({.dbName = Db(db), .funcName = name}); }

Result<std::vector<SQLPrimaryKey>> HmsClient::GetPrimaryKeys(const std::string& db, const std::string& table) {
  PrimaryKeysRequest request{.db_name = db, .tbl_name = table, .catName = impl_->options.catalog};
  PrimaryKeysResponse r = TRY(Call<call::get_primary_keys>({.request = request}));
  return std::move(r.primaryKeys);
}
Result<std::vector<SQLNotNullConstraint>> HmsClient::GetNotNullConstraints(const std::string& db, const std::string& table) {
  NotNullConstraintsRequest request{.catName = impl_->options.catalog.empty() ? "hive" : impl_->options.catalog, .db_name = db, .tbl_name = table};
  NotNullConstraintsResponse r = TRY(Call<call::get_not_null_constraints>({.request = request}));
  return std::move(r.notNullConstraints);
}

Result<LockResponse> HmsClient::Lock(const LockRequest& request) { return Call<call::lock>({.rqst = request}); }
Result<LockResponse> HmsClient::CheckLock(int64_t lock_id) { return Call<call::check_lock>({.rqst = CheckLockRequest{.lockid = lock_id}}); }
Status HmsClient::Unlock(int64_t lock_id) { return Call<call::unlock>({.rqst = UnlockRequest{.lockid = lock_id}}); }
Status HmsClient::Heartbeat(int64_t lock_id, int64_t txn_id) {
  return Call<call::heartbeat>({.ids = HeartbeatRequest{.lockid = lock_id, .txnid = txn_id}});
}

}  // namespace tarn::wire
