#include "metastore/calls/stats_internal.h"

#include <algorithm>
#include <filesystem>

#include "base/clock.h"
#include "base/text.h"
#include "metastore/column_stats.h"
#include "metastore/events.h"

namespace tarn::metastore {

namespace {
constexpr char kDoNotUpdate[] = "DO_NOT_UPDATE_STATS";
constexpr char kFiles[] = "numFiles", kErasureCoded[] = "numFilesErasureCoded";
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

bool HasQuickStats(Call& call, const Parameters& p) { return p.contains(kFiles) && p.contains(kSize) && (!call.service.hive4() || p.contains(kErasureCoded)); }

bool SameQuickStats(Call& call, const Parameters& a, const Parameters& b) {
  for (const char* k : {kFiles, kSize, kErasureCoded}) {
    if (k == kErasureCoded && !call.service.hive4()) continue;
    const std::string* x = FindParameter(a, k);
    const std::string* y = FindParameter(b, k);
    if (!x || !y || *x != *y) return false;
  }
  return true;
}

Status UpdateQuickStats(Call& call, Parameters* parameters, const std::string& location, bool fresh, bool force, const Parameters& environment) {
  if (!call.service.options().stats_auto_gather || fresh || (!force && HasQuickStats(call, *parameters))) return Status::OK();
  if (!Warehouse::Governed(location)) return Status::OK();
  Warehouse::QuickStats q = TRY(call.service.warehouse().Measure(location));
  (*parameters)[kFiles] = std::to_string(q.files);
  (*parameters)[kSize] = std::to_string(q.bytes);
  if (call.service.hive4()) (*parameters)[kErasureCoded] = "0";   // local file systems and object stores have none
  MarkBasicStats(parameters, environment);
  return Status::OK();
}

std::string FilesThere(const wire::StorageDescriptor& sd) {
  std::string path = Warehouse::Governed(sd.location) ? Warehouse::LocalPath(sd.location) : "";
  Strings names;
  std::error_code ec;
  if (!path.empty()) {
    for (std::filesystem::directory_iterator it(path, ec), end; !ec && it != end; it.increment(ec)) {
      std::string name = it->path().filename().string();
      std::error_code e;
      if (!name.starts_with('_') && !name.starts_with('.') && it->is_regular_file(e)) names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  std::string out = "[";
  for (const std::string& n : names) out += (out.size() > 1 ? "," : "") + JsonQuote(Warehouse::Child(sd.location, n) + "###");
  return out + "]";
}

Status ForgetStaleStats(SqlConnection& c, int64_t table_id, const std::string& part, const std::vector<wire::FieldSchema>& before,
                        const std::vector<wire::FieldSchema>& after, bool renamed, Parameters* parameters) {
  auto among = [](const std::vector<wire::FieldSchema>& list, const wire::FieldSchema& f) {
    return std::any_of(list.begin(), list.end(), [&](const wire::FieldSchema& g) { return EqualsIgnoreCase(g.name, f.name) && EqualsIgnoreCase(g.type, f.type); });
  };
  if (!renamed && std::all_of(before.begin(), before.end(), [&](const wire::FieldSchema& f) { return among(after, f); })) return Status::OK();
  Strings kept, gone;
  for (const wire::FieldSchema& f : before) {
    if (!TRY(c.Int("SELECT COUNT(*) FROM col_stats WHERE tbl_id = ? AND part_name = ? AND col = ?", {table_id, part, f.name}, 0))) continue;
    (among(after, f) ? kept : gone).push_back(f.name);
    if (!among(after, f)) TRY(c.Run("DELETE FROM col_stats WHERE tbl_id = ? AND part_name = ? AND col = ?", {table_id, part, f.name}));
  }
  if (kept.empty() && gone.empty()) return Status::OK();
  if (!gone.empty()) RemoveColumnState(parameters, gone);
  AddColumnState(parameters, renamed ? kept : Strings());
  return Status::OK();
}

void MarkBasicStats(Parameters* parameters, const Parameters& environment) {
  const std::string* by = FindParameter(environment, "STATS_GENERATED");
  if (by && *by == "TASK") (*parameters)["COLUMN_STATS_ACCURATE"] = R"({"BASIC_STATS":"true"})";
  else parameters->erase("COLUMN_STATS_ACCURATE");
}

}  // namespace tarn::metastore
