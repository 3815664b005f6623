#include "metastore/catalog_commands.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
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
  void Step(int64_t bytes, int64_t of) {
    if (++steps_ % 64) return;
    int64_t now = MonotonicMs();
    if (now - told_ < kProgressMs) return;
    told_ = now;
    LogInfo("{}: {} of {} MB", what_, bytes >> 20, of >> 20);
  }

 private:
  const char* what_;
  int64_t told_ = MonotonicMs(), steps_ = 0;
};

// Ctrl-C and SIGTERM: the record at hand is the last one. A second signal ends the process at once.
std::atomic<int> g_signal{0};
void OnSignal(int signal) { g_signal = signal; }
void HearSignals() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);   // no restart: a read that waits ends
  for (int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}
Status NotInterrupted() { return g_signal == 0 ? Status::OK() : Status::Cancelled("interrupted"); }

Status CannotWrite(const std::string& file) { return Status::Unavailable(fmt::format("{}: {}", file, std::strerror(errno))); }

void SayLeftBehind(const std::vector<LeftBehind>& left) {
  for (const LeftBehind& l : left) {
    std::fprintf(stderr, "left behind: %s%s%s%s\n", l.count < 0 ? "" : fmt::format("{} ", l.count).c_str(), l.what.c_str(), l.detail.empty() ? "" : ": ", l.detail.c_str());
    if (!l.hint.empty()) std::fprintf(stderr, "    hint: %s\n", l.hint.c_str());
  }
}

Status Dump(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  Origin from = TRY(OpenOrigin(c, open));
  bool standard = c.file == "-";
  // Beside its place first: a file with the name that was asked for is a whole one.
  std::string part = c.file + ".part";
  // For its owner only: properties of tables may hold passwords, and --secrets does.
  int fd = standard ? -1 : ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (!standard && (fd < 0 || ::fchmod(fd, 0600) != 0)) {
    Status s = CannotWrite(part);
    if (fd >= 0) ::close(fd);
    return s;
  }
  std::FILE* out = standard ? stdout : ::fdopen(fd, "w");
  if (!out) return CannotWrite(part);
  auto dump = [&]() -> Result<RecordCounts> {
    DumpWriter writer(out);
    Progress progress("dump");
    TRY(writer.Begin(from.name));
    TRY(from.source->Read([&](Record& r) -> Status { progress.Step(writer.counts()); TRY(NotInterrupted()); return writer.Write(r); }, c.secrets));
    TRY(writer.End(from.source->left_behind()));
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
  SayLeftBehind(from.source->left_behind());
  return Status::OK();
}

void SayLoaded(const char* what, const CatalogTarget& target) {
  std::string counts = CountsJson(target.added());
  counts.pop_back();
  std::printf("%s %s,\"kept\":%ld}\n", what, counts.c_str(), target.kept());
}

// What a command that failed has done all the same: whole batches of records.
void SayHalf(const CatalogTarget& target) {
  int64_t n = 0;
  for (int64_t k : target.added()) n += k;
  if (n == 0) {
    if (g_signal != 0) std::fprintf(stderr, "nothing was added yet\n");
    return;
  }
  std::fprintf(stderr, "not whole: the target has got part of it, at most %s\n    hint: run the command again: what is there is kept, the rest is added\n", CountsJson(target.added()).c_str());
}

Status Load(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  std::FILE* in = c.file == "-" ? stdin : std::fopen(c.file.c_str(), "re");
  if (!in) return CannotWrite(c.file);
  auto load = [&]() -> Status {
    RecordCounts counts;
    struct stat st {};
    bool file = ::fstat(fileno(in), &st) == 0 && S_ISREG(st.st_mode);
    if (file) {                                 // one that is not whole changes nothing
      Progress checking("load: checking the file");
      Status sound = ReadDump(in, nullptr, &counts, [&](int64_t bytes) { checking.Step(bytes, st.st_size); });
      if (!sound.ok()) {
        bool again = sound.hint().starts_with("dump again");
        sound = std::move(sound).WithDetail("nothing was loaded");
        return again ? std::move(sound).WithHint("dump again, or bring the whole file") : std::move(sound);
      }
      if (Status s = NotInterrupted(); !s.ok()) return std::move(s).WithDetail("nothing was loaded");
      std::rewind(in);
    }
    CatalogTarget target(*TRY(open()));
    Progress progress("load");
    Status s = ReadDump(in, [&](Record& r) -> Status { progress.Step(target.added()); TRY(NotInterrupted()); return target.Write(r); }, &counts);
    Status end = target.Finish();
    if (s.ok() && end.ok()) SayLoaded("loaded", target);
    else SayHalf(target);
    TRY(s);
    return end;
  };
  Status s = load();
  if (in != stdin) std::fclose(in);
  return s;
}

Status Copy(const CatalogCommand& c, const std::function<Result<Service*>()>& open) {
  Origin from = TRY(OpenOrigin(c, open));
  CatalogTarget target(*TRY(open()));
  Progress progress("copy");
  Status s = from.source->Read([&](Record& r) -> Status { progress.Step(target.added()); TRY(NotInterrupted()); return target.Write(r); }, true);
  Status end = target.Finish();
  if (!s.ok() || !end.ok()) {
    SayHalf(target);
    TRY(s);
    return end;
  }
  SayLoaded("copied", target);
  SayLeftBehind(from.source->left_behind());
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
  if (verb == "dump" && flag == "secrets") return secrets = true;
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
  HearSignals();
  Status s = c.verb == "dump" ? Dump(c, open) : c.verb == "load" ? Load(c, open) : Copy(c, open);
  if (g_signal != 0 && !s.ok()) {
    std::fprintf(stderr, "%s: interrupted%s\n", c.verb.c_str(), s.detail() == "nothing was loaded" ? ", nothing was loaded" : "");
    return 128 + g_signal;
  }
  TRY(std::move(s));
  return 0;
}

}  // namespace tarn::metastore
