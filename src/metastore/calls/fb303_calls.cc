// fb303: the service's own health, options and counters.
#include <mutex>

#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

std::mutex options_mutex;
std::map<std::string, std::string> fb_options;

Result<std::string> GetName(Call&, getName_args&) { return std::string("new db based metaserver"); }
Result<std::string> GetVersion(Call& call, getVersion_args&) { return std::string(call.service.version()); }
Result<fb_status> GetStatus(Call&, getStatus_args&) { return fb_status::ALIVE; }
Result<std::string> GetStatusDetails(Call&, getStatusDetails_args&) { return std::string(); }
// How often each call was made. Hive counts those of its own interface, not fb303's, of which getVersion alone is its own.
int64_t Made(Call& call, const CallDesc& c) {
  bool fb303 = false;
  for (const char* name : {"getName", "getStatus", "getStatusDetails", "getCounters", "getCounter", "setOption", "getOption", "getOptions", "getCpuProfile", "aliveSince", "reinitialize", "shutdown"}) {
    fb303 = fb303 || c.name == std::string_view(name);
  }
  return fb303 || !call.router ? 0 : static_cast<int64_t>(call.router->counters(c).calls.load());
}
Result<std::map<std::string, int64_t>> GetCounters(Call& call, getCounters_args&) {
  std::map<std::string, int64_t> out;
  for (const CallDesc* c : AllCalls()) if (int64_t n = Made(call, *c)) out[std::string(c->name)] = n;
  return out;
}
Result<int64_t> GetCounter(Call& call, getCounter_args& a) {
  for (const CallDesc* c : AllCalls()) if (c->name == a.key) return Made(call, *c);
  return int64_t{0};
}
Status SetOption(Call&, setOption_args& a) {
  std::lock_guard lock(options_mutex);
  if (fb_options.size() < 1000) fb_options[a.key] = a.value;
  return Status::OK();
}
Result<std::string> GetOption(Call&, getOption_args& a) {
  std::lock_guard lock(options_mutex);
  auto it = fb_options.find(a.key);
  return it == fb_options.end() ? std::string() : it->second;
}
Result<std::map<std::string, std::string>> GetOptions(Call&, getOptions_args&) {
  std::lock_guard lock(options_mutex);
  return fb_options;
}
Result<std::string> GetCpuProfile(Call&, getCpuProfile_args&) { return std::string(); }
Result<int64_t> AliveSince(Call& call, aliveSince_args&) { return call.service.started_ms() / 1000; }
// These two are one-way: an answer would be taken for that to the next call.
Status Reinitialize(Call&, reinitialize_args&, Reply&) { return Status::OK(); }
// Clients say this when they close their connection; the server goes on, as Hive's does.
Status Shutdown(Call&, shutdown_args&, Reply&) { return Status::OK(); }
}  // namespace

void AddFb303Calls(Router& r) {
  r.Add<call::getName, GetName>();
  r.Add<call::getVersion, GetVersion>();
  r.Add<call::getStatus, GetStatus>();
  r.Add<call::getStatusDetails, GetStatusDetails>();
  r.Add<call::getCounters, GetCounters>();
  r.Add<call::getCounter, GetCounter>();
  r.Add<call::setOption, SetOption>();
  r.Add<call::getOption, GetOption>();
  r.Add<call::getOptions, GetOptions>();
  r.Add<call::getCpuProfile, GetCpuProfile>(Depth::kFixed);
  r.Add<call::aliveSince, AliveSince>();
  r.Add<call::reinitialize, Reinitialize>();
  r.Add<call::shutdown, Shutdown>(Depth::kFixed);
}

}  // namespace tarn::metastore
