// tarn search: finds tables, columns, databases and functions in a metastore, by words.
#include "app/search.h"

#include <cstdio>
#include <cstdlib>

#include "app/data_directory.h"
#include "app/row_printer.h"
#include "app/verbs.h"
#include "config/hadoop_site.h"
#include "net/http_client.h"
#include "net/json_reader.h"
#include "net/json_writer.h"
#include "net/jwt.h"
#include "wire/hms_client_settings.h"

namespace tarn::app {

namespace {
constexpr int64_t kLimitDefault = 20, kLimitMax = 1000;

// Width in a terminal, about: characters of UTF-8.
size_t Width(const std::string& s) {
  size_t n = 0;
  for (char c : s) if ((c & 0xC0) != 0x80) ++n;
  return n;
}
std::string Shortened(std::string s, size_t max) {
  for (char& c : s) if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  if (Width(s) <= max) return s;
  size_t n = 0, at = 0;
  while (at < s.size() && n < max - 3) {
    ++at;
    while (at < s.size() && (s[at] & 0xC0) == 0x80) ++at;
    ++n;
  }
  return s.substr(0, at) + "...";
}

void PrintTable(std::string_view json) {
  const std::vector<std::string> heads = {"name", "kind", "found in", "text", "format", "owner"};
  constexpr size_t kMax[] = {60, 8, 8, 60, 12, 16};
  std::vector<std::vector<std::string>> rows = {heads};
  for (std::string_view hit : net::JsonElements(net::JsonMember(json, "hits"))) {
    auto text = [&](const char* key) { return net::JsonText(net::JsonMember(hit, key)); };
    std::string catalog = text("catalog"), name = text("kind") == "database" ? text("name") : text("database") + "." + text("name");
    if (catalog != "hive") name = catalog + "." + name;
    rows.push_back({name, text("kind"), text("field"), text("snippet"), text("format"), text("owner")});
  }
  size_t widths[6] = {};
  for (auto& row : rows) for (size_t c = 0; c < 6; ++c) { row[c] = Shortened(row[c], kMax[c]); widths[c] = std::max(widths[c], Width(row[c])); }
  if (rows.size() > 1) {
    for (auto& row : rows) {
      std::string line;
      for (size_t c = 0; c < 6; ++c) line += row[c] + std::string(c + 1 < 6 ? widths[c] - Width(row[c]) + 2 : 0, ' ');
      line.erase(line.find_last_not_of(' ') + 1);
      std::printf("%s\n", line.c_str());
    }
  }
  std::string_view total = net::JsonMember(json, "total");
  std::string of = total.empty() || net::IsJsonNull(total) ? "" : " of " + std::string(total);
  bool corrected = net::JsonMember(json, "corrected") == "true";
  std::printf("%zu%s found%s\n", rows.size() - 1, of.c_str(), corrected ? " (similar words, too)" : "");
}

Result<std::string> AskServer(const std::string& endpoint, const wire::HmsClientOptions& as, const std::string& query, int64_t limit) {
  auto client = TRY(net::HttpClient::Make(endpoint));
  if (as.auth == wire::HmsClientOptions::Auth::kPlain) client->SetHeader("Authorization", "Basic " + net::Base64Encode(as.user + ":" + as.secret));
  else if (as.auth == wire::HmsClientOptions::Auth::kBearer) client->SetHeader("Authorization", "Bearer " + as.secret);
  else if (!as.user.empty()) client->SetHeader("x-actor-username", as.user);
  net::HttpResponse r = TRY(client->Send("GET", "/api/v1/search?q=" + net::PercentEncode(query) + "&limit=" + std::to_string(limit)));
  if (r.status == 200) return std::move(r.body);
  std::string message = net::JsonText(net::JsonMember(r.body, "error"));
  if (message.empty()) return Status::Unavailable("the server at " + endpoint + " answered " + std::to_string(r.status)).WithHint("--endpoint is the address of a tarn server's http port");
  Status s = r.status == 400 ? Status::InvalidSql(message) : r.status == 401 || r.status == 403 ? Status::Denied(message) : Status::Unavailable(message);
  return std::move(s).WithHint(net::JsonText(net::JsonMember(r.body, "hint")));
}

// As whom and how, by the flags.
Result<wire::HmsClientOptions> ClientFrom(const Arguments& a) {
  std::map<std::string, std::string> settings;
  if (a.Has("hive-site")) for (auto& [k, v] : TRY(config::ReadHadoopSite(a.Get("hive-site")))) settings.emplace(k, v);
  wire::AddUser(a.Get("user"), a.Get("password-file"), &settings);
  return wire::ClientOptions(settings);
}

const std::vector<FlagSpec>& SearchFlags() {
  static const std::vector<FlagSpec> flags = {
      {"uri", 0, true, "thrift://HOST:PORT", "a metastore to ask; without it and --endpoint, the one of the server that runs on --data"},
      {"endpoint", 0, true, "http://HOST:PORT", "a tarn server's http port to ask"},
      {"user", 0, true, "NAME", "as whom (the process's user, or HADOOP_USER_NAME); what that user may not read is not shown"},
      {"password-file", 0, true, "FILE", "the password of --user, in a file of mode 600; else the environment's TARN_METASTORE_PASSWORD"},
      {"hive-site", 0, true, "FILE", "settings of a metastore's client: TLS, HTTP, JWT"},
      {"limit", 'n', true, "N", "how many at most (20)"},
      {"format", 0, true, "table|json", "how they are printed (table)"},
  };
  return flags;
}

Status Search(const Arguments& a) {
  TRY(SetUpLogFrom(a.config, LogLevel::kWarn));
  std::string query;
  for (const std::string& w : a.rest) query += (query.empty() ? "" : " ") + w;
  std::string format = a.Get("format", "table");
  if (format != "table" && format != "json") return Status::InvalidSql("--format \"" + format + "\" is none of table, json");
  int64_t limit = a.Has("limit") ? std::atoll(a.Get("limit").c_str()) : kLimitDefault;
  if (limit < 1 || limit > kLimitMax) return Status::InvalidSql("--limit must be between 1 and " + std::to_string(kLimitMax));
  std::string json, uri = a.Get("uri");
  wire::HmsClientOptions as = TRY(ClientFrom(a));
  if (a.Has("endpoint") && uri.empty()) {
    json = TRY(AskServer(a.Get("endpoint"), as, query, limit));
  } else {
    if (uri.empty()) uri = a.config.Text("metastore.uri");
    if (uri.empty()) {
      auto server = FindRunningServer(a.config.Text("data"));
      if (!server || !server->metastore) {
        return Status::Unavailable("no server runs on " + a.config.Text("data")).WithHint("give --uri thrift://HOST:PORT of a metastore, --endpoint of a server, or --data of one that runs here");
      }
      uri = "thrift://" + ConnectHost(server->host) + ":" + std::to_string(server->metastore);
    }
    json = TRY(SearchJson(uri, as, query, limit));
  }
  if (format == "json") std::printf("%s\n", json.c_str());
  else PrintTable(json);
  return Status::OK();
}
// What a metastore that refuses us wants, in the words of who searches.
template <typename T> Result<T> Hinted(Result<T> r) {
  if (r.ok() || r.status().code() != StatusCode::kDenied) return r;
  Status s = std::move(r).status();
  if (s.message().find("authentication required") != std::string::npos) return std::move(s).WithHint("say who asks: --user NAME --password-file FILE; by REST Authorization: Basic or Bearer");
  if (s.message().find("NOSASL") == std::string::npos) return s;
  return std::move(s).WithHint("this metastore checks no passwords: say who asks without one, --user NAME; by REST the header x-actor-username instead of Authorization");
}
}  // namespace

Result<std::string> SearchJson(const std::string& metastore_uri, const wire::HmsClientOptions& options, const std::string& query, int64_t limit) {
  auto client = TRY(Hinted(wire::HmsClient::Connect(metastore_uri, options)));
  wire::tarn_search_args args;
  args.request.Make().query = query;
  args.request->set_limit(static_cast<int32_t>(std::min(limit, kLimitMax)));
  auto reply = Hinted(client->Call<wire::call::tarn_search>(args));
  if (!reply.ok()) {
    if (reply.status().code() == StatusCode::kNotSupported) return Status::NotSupported("search: the metastore at " + metastore_uri + " is not Tarn's");
    if (reply.status().code() == StatusCode::kDenied && reply.status().message().starts_with("Permission denied: ")) return Status::Denied(reply.status().message()).WithHint("say who asks: --user NAME, or the header x-actor-username");
    return std::move(reply).status();
  }
  net::JsonWriter w;
  w.BeginObject().Field("query", query).Key("total");
  if (reply->has_total()) w.Int(reply->total);
  else w.Null();
  w.Field("corrected", reply->corrected).Key("hits").BeginArray();
  for (const wire::TarnSearchHit& h : reply->hits) {
    w.BeginObject();
    auto text = [&w](const char* key, const std::string& value) {
      w.Key(key);
      if (value.empty()) w.Null();
      else w.String(value);
    };
    text("catalog", h.catName);
    text("database", h.dbName);
    text("name", h.name);
    text("kind", h.kind);
    text("field", h.field);
    text("snippet", h.snippet);
    w.Key("score").Double(h.score);
    text("owner", h.owner);
    text("location", h.location);
    text("format", h.format);
    text("comment", h.comment);
    text("type", h.tableType);
    w.EndObject();
  }
  w.EndArray().EndObject();
  return w.Take();
}

// Takes out what is part of the search though it begins with a dash: -WORD, -db:tmp, and all that follows "--".
std::vector<std::string> TakeDashedWords(int argc, char** argv, std::vector<char*>* left) {
  std::vector<std::string> out;
  for (int i = 0; i < argc; ++i) {
    std::string_view w = argv[i];
    if (w == "--") {
      for (++i; i < argc; ++i) out.emplace_back(argv[i]);
      break;
    }
    bool own = w == "-n" || w == "-h" || w == "-D" || (w.starts_with("-n") && w.find_first_not_of("0123456789", 2) == std::string_view::npos) || (w.starts_with("-D") && w.find('=') != std::string_view::npos);
    if (w.size() > 1 && w[0] == '-' && w[1] != '-' && !own) out.emplace_back(w);
    else left->push_back(argv[i]);
  }
  return out;
}

int RunSearch(int argc, char** argv) {
  std::vector<char*> left;
  std::vector<std::string> dashed = TakeDashedWords(argc, argv, &left);
  auto a = ParseArguments(static_cast<int>(left.size()), left.data(), SearchFlags(), 64);
  if (a.ok()) a->rest.insert(a->rest.end(), dashed.begin(), dashed.end());
  if (!a.ok()) return Fail(a.status(), 2);
  if (a->help || a->rest.empty()) {
    std::fputs(HelpText("tarn search WORD... [--limit N] [--format table|json] [--uri thrift://HOST:PORT | --endpoint http://HOST:PORT] [--user NAME]\n\n"
                        "Finds tables, views, databases and functions whose names, columns, comments, owners, locations, formats or properties\n"
                        "have all the words; beginnings of words count, small typos are forgiven. name: column: comment: location: property:WORD\n"
                        "looks there only; db: owner: format: type: catalog:VALUE must be so (VALUE* begins so); -WORD must not be there.\n"
                        "After -- everything is a word of the search.",
                        SearchFlags(), {"data", "metastore.uri"}).c_str(), a->help ? stdout : stderr);
    return a->help ? 0 : 2;
  }
  Status s = Search(*a);
  return s.ok() ? 0 : Fail(s, s.code() == StatusCode::kInvalidSql ? 2 : 1);
}

}  // namespace tarn::app
