#include "metastore/catalog_commands.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "config/hadoop_site.h"
#include "fmt/format.h"
#include "metastore/check.h"
#include "metastore/dump.h"
#include "wire/hms_client_settings.h"
#include "wire/json_text.h"

namespace tarn::metastore {

namespace {
constexpr int kFindingsLeft = 3;
constexpr int64_t kProgressMs = 2'000;

// What a catalog is read from: another metastore, or the store here.
struct Origin {
  std::unique_ptr<wire::HmsClient> client;
  std::unique_ptr<CatalogSource> source;
  std::string name;
};
Result<Origin> OpenOrigin(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  Origin o;
  if (c.from.empty()) {
    o.source = std::make_unique<CatalogSource>(*TRY(open()));
  } else {
    auto settings = c.from_settings;
    wire::AddUser(c.from_user, c.from_password_file, &settings);
    o.client = TRY(wire::HmsClient::Connect(c.from, TRY(wire::ClientOptions(settings))));
    o.source = std::make_unique<CatalogSource>(*o.client);
    o.name = o.client->connected_uri();
  }
  return o;
}

// Says every few seconds how far it is.
class Progress {
 public:
  explicit Progress(const char* what) : what_(what) {}
  void Step(const RecordCounts& counts) {
    if (++steps_ % 64) return;
    int64_t now = MonotonicMs();
    if (now - told_ < kProgressMs) return;
    told_ = now;
    LogInfo("{}: {} tables, {} partitions so far", what_, counts[2], counts[5]);
  }

 private:
  const char* what_;
  int64_t told_ = MonotonicMs(), steps_ = 0;
};

Status CannotWrite(const std::string& file) { return Status::Unavailable(fmt::format("{}: {}", file, std::strerror(errno))); }

Status Dump(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  Origin from = TRY(OpenOrigin(c, open));
  bool standard = c.file == "-";
  // Beside its place first: a file with the name that was asked for is a whole one.
  std::string part = c.file + ".part";
  std::FILE* out = standard ? stdout : std::fopen(part.c_str(), "we");
  if (!out) return CannotWrite(part);
  auto dump = [&]() -> Result<RecordCounts> {
    DumpWriter writer(out);
    Progress progress("dump");
    TRY(writer.Begin(from.name));
    TRY(from.source->Read([&](Record& r) { progress.Step(writer.counts()); return writer.Write(r); }));
    TRY(writer.End());
    return writer.counts();
  };
  auto counts = dump();
  if (!standard) {
    bool well = counts.ok() && ::fsync(fileno(out)) == 0;
    std::fclose(out);
    if (counts.ok() && (!well || std::rename(part.c_str(), c.file.c_str()) != 0)) { Status s = CannotWrite(c.file); ::unlink(part.c_str()); return s; }
    if (!counts.ok()) ::unlink(part.c_str());
  }
  TRY(std::move(counts));
  std::fprintf(stderr, "dumped %s\n", CountsJson(*counts).c_str());
  return Status::OK();
}

void SayLoaded(const char* what, const CatalogTarget& target) {
  std::string counts = CountsJson(target.added());
  counts.pop_back();
  std::printf("%s %s,\"kept\":%ld}\n", what, counts.c_str(), target.kept());
}

Status Load(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  std::FILE* in = c.file == "-" ? stdin : std::fopen(c.file.c_str(), "re");
  if (!in) return CannotWrite(c.file);
  auto load = [&]() -> Status {
    RecordCounts counts;
    struct stat st {};
    if (::fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode)) {
      TRY(ReadDump(in, nullptr, &counts));      // a file that is not whole changes nothing
      std::rewind(in);
    }
    CatalogTarget target(*TRY(open()));
    Progress progress("load");
    Status s = ReadDump(in, [&](Record& r) { progress.Step(target.added()); return target.Write(r); }, &counts);
    Status end = target.Finish();
    TRY(s);
    TRY(end);
    SayLoaded("loaded", target);
    return Status::OK();
  };
  Status s = load();
  if (in != stdin) std::fclose(in);
  return s;
}

Status Copy(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  Origin from = TRY(OpenOrigin(c, open));
  CatalogTarget target(*TRY(open()));
  Progress progress("copy");
  Status s = from.source->Read([&](Record& r) { progress.Step(target.added()); return target.Write(r); });
  Status end = target.Finish();
  TRY(s);
  TRY(end);
  SayLoaded("copied", target);
  return Status::OK();
}

Result<int> CheckDirectories(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  Origin from = TRY(OpenOrigin(c, open));
  CheckOptions options;
  options.repair = c.repair;
  uint32_t seen = 0;
  auto print = [&](const Finding& f) {
    const char* state = f.repaired ? "repaired" : f.repairable ? "repairable" : "left";
    if (c.json) {
      std::string line = fmt::format("{{\"problem\":\"{}\",\"object\":", ProblemName(f.problem));
      if (f.object.empty()) line += "null";
      else wire::AppendJsonString(line, f.object);
      line += ",\"path\":";
      wire::AppendJsonString(line, f.path);
      std::printf("%s,\"state\":\"%s\"}\n", line.c_str(), state);
      return;
    }
    std::printf("%-28s %s%s%s%s\n", ProblemName(f.problem), f.object.c_str(), f.object.empty() ? "" : "  ", f.path.c_str(), f.repaired ? "  (repaired)" : "");
    if (!(seen >> static_cast<int>(f.problem) & 1)) std::printf("    hint: %s\n", ProblemHint(f.problem));
    seen |= 1u << static_cast<int>(f.problem);
  };
  CheckCounts n = TRY(CheckCatalog(*from.source, options, print, [](const std::string& line) { LogInfo("check: {}", line); }));
  if (c.json) {
    std::printf("{\"summary\":{\"databases\":%ld,\"tables\":%ld,\"partitions\":%ld,\"not_local\":%ld,\"findings\":%ld,\"repaired\":%ld}}\n", n.databases, n.tables, n.partitions, n.not_local,
                n.findings, n.repaired);
  } else {
    std::printf("%ld databases, %ld tables, %ld partitions looked at", n.databases, n.tables, n.partitions);
    if (n.not_local) std::printf(" (%ld locations are not on this machine: not looked at)", n.not_local);
    std::printf(": %ld findings, %ld repaired\n", n.findings, n.repaired);
  }
  return n.findings > n.repaired ? kFindingsLeft : 0;
}
}  // namespace

bool CatalogCommand::TakeFlag(const std::string& flag) {
  if (verb != "check" || (flag != "json" && flag != "repair")) return false;
  (flag == "json" ? json : repair) = true;
  return true;
}
Result<bool> CatalogCommand::TakeValue(const std::string& key, const std::string& value) {
  if (!key.starts_with("from") || verb.empty() || verb == "load") return false;
  if (key == "from") from = value;
  else if (key == "from-user") from_user = value;
  else if (key == "from-password-file") from_password_file = value;
  else if (key == "from-hive-site") {
    for (auto& [k, v] : TRY(config::ReadHadoopSite(value))) from_settings.emplace(k, v);   // flags win
  } else if (key == "from-set") {
    size_t eq = value.find('=');
    std::string name = value.substr(0, eq);
    if (eq == std::string::npos || !wire::IsClientSetting(name)) {
      std::vector<std::string> known;
      for (const wire::ClientSetting& s : wire::ClientSettings()) known.push_back(s.key);
      std::string near = ClosestName(name, known);
      return Status::InvalidSql("--from-set \"" + name + "\" is no setting of a client").WithHint(near.empty() ? "KEY=VALUE: metastore.use.SSL=true, metastore.truststore.path=FILE, ..." : "did you mean " + near + "=...?");
    }
    if (name.ends_with("truststore.password")) return Status::InvalidSql("--from-set takes no password: every user of the machine sees it").WithHint("--from-hive-site FILE, or a truststore in PEM form");
    from_settings.erase(name.starts_with("hive.") ? name.substr(5) : "hive." + name);
    from_settings[name] = value.substr(eq + 1);
  } else {
    return false;
  }
  return true;
}
bool CatalogCommand::TakeWord(const std::string& word) {
  if ((verb != "dump" && verb != "load") || !file.empty()) return false;
  file = word;
  return true;
}
Status CatalogCommand::Check() const {
  if (from.empty() && (!from_settings.empty() || !from_user.empty() || !from_password_file.empty())) return Status::InvalidSql("--from-... without --from").WithHint("--from thrift://host:port");
  if (verb == "copy" && from.empty()) return Status::InvalidSql("copy needs --from thrift://host:port");
  if ((verb == "dump" || verb == "load") && file.empty()) return Status::InvalidSql(verb + " needs a file").WithHint(verb == "dump" ? "tarn-metastore dump FILE --data DIR, or --from thrift://host:port; - is standard output" : "tarn-metastore load FILE --data DIR; - is standard input");
  return Status::OK();
}

Result<int> RunCatalogCommand(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  if (c.verb == "check") return CheckDirectories(c, open);
  if (c.verb == "dump") TRY(Dump(c, open));
  else if (c.verb == "load") TRY(Load(c, open));
  else TRY(Copy(c, open));
  return 0;
}

}  // namespace tarn::metastore
