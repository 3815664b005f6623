#include "metastore/calls/stats_internal.h"

#include "base/clock.h"

namespace tarn::metastore {

namespace {
constexpr char kDoNotUpdate[] = "DO_NOT_UPDATE_STATS";
constexpr char kFiles[] = "numFiles";
constexpr char kSize[] = "totalSize";
}  // namespace

int32_t NowSeconds() { return static_cast<int32_t>(WallClockMs() / 1000); }

void StampDdlTime(Parameters* parameters) { parameters->try_emplace(kDdlTime, std::to_string(NowSeconds())); }

bool TakeMayUpdateStats(Parameters* parameters) {
  bool off = ParameterIsTrue(*parameters, kDoNotUpdate);
  parameters->erase(kDoNotUpdate);
  return !off;
}
bool MayUpdateStats(const Parameters& environment) {
  const std::string* off = FindParameter(environment, kDoNotUpdate);
  return !off || *off != "true";
}

bool HasQuickStats(const Parameters& p) { return p.contains(kFiles) && p.contains(kSize); }

bool SameQuickStats(const Parameters& a, const Parameters& b) {
  for (const char* k : {kFiles, kSize}) {
    const std::string* x = FindParameter(a, k);
    const std::string* y = FindParameter(b, k);
    if (!x || !y || *x != *y) return false;
  }
  return true;
}

Status UpdateQuickStats(Call& call, Parameters* parameters, const std::string& location, bool fresh, bool force, const Parameters& environment) {
  if (!call.service.options().stats_auto_gather || fresh || (!force && HasQuickStats(*parameters))) return Status::OK();
  if (!Warehouse::Governed(location)) return Status::OK();
  Warehouse::QuickStats q = TRY(call.service.warehouse().Measure(location));
  (*parameters)[kFiles] = std::to_string(q.files);
  (*parameters)[kSize] = std::to_string(q.bytes);
  MarkBasicStats(parameters, environment);
  return Status::OK();
}

void MarkBasicStats(Parameters* parameters, const Parameters& environment) {
  const std::string* by = FindParameter(environment, "STATS_GENERATED");
  if (by && *by == "TASK") (*parameters)["COLUMN_STATS_ACCURATE"] = R"({"BASIC_STATS":"true"})";
  else parameters->erase("COLUMN_STATS_ACCURATE");
}

}  // namespace tarn::metastore
