// Workload management: resource plans with their pools, triggers and mappings. Kept, checked and given back as Hive does; nothing is
// scheduled by them here. Messages are those of 3.1.3, with the namespace as 4.x says it.
#include <algorithm>
#include <cmath>

#include "fmt/format.h"
#include "metastore/calls/stored_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr char kPlan[] = "resource_plan";
std::string Ns(const std::string& ns) { return ns.empty() ? "default" : ns; }
std::string Key(const std::string& ns, const std::string& plan) { return Ns(ns) + "/" + LowerName(plan); }

Status NoPlan(Call& call, const std::string& ns, const std::string& plan) {
  return NoSuchObject("There is no resource plan named: " + plan + (call.service.hive4() ? " in " + Ns(ns) : ""));
}
Result<WMFullResourcePlan> Load(Call& call, SqlConnection& c, const std::string& ns, const std::string& plan) {
  if (!TRY(HasObject(c, kPlan, Key(ns, plan)))) return NoPlan(call, ns, LowerName(plan));
  return GetObject<WMFullResourcePlan>(c, kPlan, Key(ns, plan), "");
}
Status Save(SqlConnection& c, WMFullResourcePlan& p) {
  p.set_pools(std::move(p.pools));
  if (p.mappings.empty()) p.clear_mappings();   // Hive leaves out lists of nothing
  if (p.triggers.empty()) p.clear_triggers();
  if (p.poolTriggers.empty()) p.clear_poolTriggers();
  p.plan->set_status(p.plan->status);
  return PutObject(c, kPlan, Key(p.plan->ns, p.plan->name), p);
}
bool ValidPolicy(std::string policy) {
  policy = LowerName(policy);
  return policy.empty() || policy == "fair" || policy == "fifo" || policy == "default";
}

// Loads a plan that is not active, lets `change` at it, saves it.
template <typename F> Status Edit(Call& call, const std::string& ns, const std::string& plan, F change) {
  auto write = TRY(call.service.store().Write());
  WMFullResourcePlan p = TRY(Load(call, *write, ns, plan));
  if (p.plan->status != WMResourcePlanStatus::DISABLED) return MetaError("Resource plan must be disabled to edit it.");
  TRY(change(p));
  TRY(Save(*write, p));
  return write.Commit();
}

Result<WMCreateResourcePlanResponse> CreatePlan(Call& call, create_resource_plan_args& a) {
  if (!a.request || !a.request->resourcePlan) return InvalidObject("resource plan is null");
  WMResourcePlan plan = *a.request->resourcePlan;
  if (!ValidDatabaseName(plan.name)) return InvalidObject("Resource plan name cannot be empty.");
  if (plan.has_queryParallelism() && plan.queryParallelism <= 0) return InvalidObject("Query parallelism should be positive.");
  auto write = TRY(call.service.store().Write());
  if (TRY(HasObject(*write, kPlan, Key(plan.ns, plan.name)))) return ObjectExists("Resource plan already exists: ");
  WMFullResourcePlan full;
  if (!a.request->copyFrom.empty()) {
    full = TRY(Load(call, *write, plan.ns, a.request->copyFrom));
    plan.queryParallelism = full.plan->queryParallelism;
    plan.defaultPoolPath = full.plan->defaultPoolPath;
    for (WMPool& p : full.pools) p.resourcePlanName = LowerName(plan.name);
    for (WMTrigger& t : full.triggers) t.resourcePlanName = LowerName(plan.name);
    for (WMMapping& m : full.mappings) m.resourcePlanName = LowerName(plan.name);
  } else {
    plan.defaultPoolPath = "default";
    const int32_t parallelism = plan.has_queryParallelism() ? plan.queryParallelism : 4;   // metastore.wm.default.pool.size
    full.pools.push_back({.resourcePlanName = LowerName(plan.name), .poolPath = "default", .allocFraction = 1.0, .queryParallelism = parallelism, .ns = plan.ns});
  }
  plan.name = LowerName(plan.name);
  plan.status = WMResourcePlanStatus::DISABLED;
  full.plan = plan;
  TRY(Save(*write, full));
  TRY(write.Commit());
  return WMCreateResourcePlanResponse{};
}

Result<WMGetResourcePlanResponse> GetPlan(Call& call, get_resource_plan_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  WMGetResourcePlanResponse out;
  out.resourcePlan = TRY(Load(call, *read, a.request->ns, a.request->resourcePlanName));
  return out;
}
Result<std::vector<WMFullResourcePlan>> Plans(SqlConnection& c, const std::string& ns) { return ListObjects<WMFullResourcePlan>(c, kPlan, Ns(ns) + "/"); }
Result<WMGetAllResourcePlanResponse> GetPlans(Call& call, get_all_resource_plans_args& a) {
  auto read = TRY(call.service.store().Read());
  WMGetAllResourcePlanResponse out;
  out.set_resourcePlans({});
  for (WMFullResourcePlan& p : TRY(Plans(*read, a.request ? a.request->ns : ""))) out.resourcePlans.push_back(*p.plan);
  return out;
}
Result<WMGetActiveResourcePlanResponse> GetActive(Call& call, get_active_resource_plan_args& a) {
  auto read = TRY(call.service.store().Read());
  WMGetActiveResourcePlanResponse out;
  for (WMFullResourcePlan& p : TRY(Plans(*read, a.request ? a.request->ns : ""))) {
    if (p.plan->status == WMResourcePlanStatus::ACTIVE) out.resourcePlan = std::move(p);
  }
  return out;
}

void Rename(WMFullResourcePlan* p, const std::string& name) {
  p->plan->name = name;
  for (WMPool& x : p->pools) x.resourcePlanName = name;
  for (WMTrigger& x : p->triggers) x.resourcePlanName = name;
  for (WMMapping& x : p->mappings) x.resourcePlanName = name;
}

// What makes a plan unfit for use, in Hive's words and order; `warnings` may be null.
Strings Faults(const WMFullResourcePlan& p, Strings* warnings) {
  struct Pool { bool found = false, has_children = false; double children = 0; };
  Strings errors;
  std::map<std::string, Pool> pools;   // "" is the root
  int32_t parallelism = 0;
  if (p.plan->has_queryParallelism() && p.plan->queryParallelism < 1) {
    errors.push_back(fmt::format("Query parallelism should for resource plan be positive. Got: {}", p.plan->queryParallelism));
  }
  for (const WMPool& x : p.pools) {
    pools[x.poolPath].found = true;
    size_t dot = x.poolPath.rfind('.');
    Pool& parent = pools[dot == std::string::npos ? "" : x.poolPath.substr(0, dot)];
    parent.has_children = true;
    parent.children += x.allocFraction;
    if (x.has_queryParallelism() && x.queryParallelism < 1) errors.push_back(fmt::format("Invalid query parallelism for pool: {}", x.poolPath));
    else parallelism += x.queryParallelism;
    if (!ValidPolicy(x.schedulingPolicy)) errors.push_back(fmt::format("Invalid scheduling policy {} for pool: {}", x.schedulingPolicy, x.poolPath));
  }
  if (p.plan->has_queryParallelism()) {
    if (p.plan->queryParallelism < parallelism) {
      errors.push_back(fmt::format("Sum of all pools' query parallelism: {} exceeds resource plan query parallelism: {}", parallelism, p.plan->queryParallelism));
    } else if (p.plan->queryParallelism != parallelism && warnings) {
      warnings->push_back(fmt::format("Sum of all pools' query parallelism: {} is less than resource plan query parallelism: {}", parallelism, p.plan->queryParallelism));
    }
  }
  auto number = [](double v) { return v == std::floor(v) ? fmt::format("{:.1f}", v) : fmt::format("{}", v); };   // as Java writes it
  for (auto& [path, x] : pools) {
    if (path.empty()) {
      if (!x.has_children) errors.push_back("Root has no children");
      else if (std::abs(1.0 - x.children) > 0.00001) errors.push_back(fmt::format("Sum of root children pools' alloc fraction should be 1.0 got: {} for pool: {}", number(x.children), path));
      continue;
    }
    if (!x.found) errors.push_back("Pool does not exists but has children: " + path);
    if (x.has_children && x.children >= 1.0) errors.push_back(fmt::format("Sum of children pools' alloc fraction should be less than 1 got: {} for pool: {}", number(x.children), path));
  }
  return errors;
}

// From one status to another; true: it became the active one.
Result<bool> SwitchStatus(SqlConnection& c, WMFullResourcePlan& p, const WMAlterResourcePlanRequest& q) {
  const WMResourcePlanStatus to = q.resourcePlan->status, from = p.plan->status;
  if (to == from) return false;
  if (from == WMResourcePlanStatus::ACTIVE && !q.isForceDeactivate) {
    return InvalidOperation("Resource plan " + p.plan->name + " is active; activate another plan first, or disable workload management.");
  }
  if (from == WMResourcePlanStatus::DISABLED) {
    if (to == WMResourcePlanStatus::ACTIVE && !q.isEnableAndActivate) {
      return InvalidOperation("Resource plan " + p.plan->name + " is disabled and should be enabled before activation (or in the same command)");
    }
    Strings errors = Faults(p, nullptr);
    if (!errors.empty()) return InvalidOperation(fmt::format("ResourcePlan: {} is invalid: [{}]", p.plan->name, fmt::join(errors, ", ")));
  }
  if (to == WMResourcePlanStatus::ACTIVE) {
    for (WMFullResourcePlan& other : TRY(Plans(c, q.ns))) {
      if (other.plan->status != WMResourcePlanStatus::ACTIVE) continue;
      other.plan->status = WMResourcePlanStatus::ENABLED;
      TRY(Save(c, other));
    }
  }
  p.plan->status = to;
  return to == WMResourcePlanStatus::ACTIVE;
}

Result<WMAlterResourcePlanResponse> AlterPlan(Call& call, alter_resource_plan_args& a) {
  if (!a.request) return MetaError("request is null");
  WMAlterResourcePlanRequest& q = *a.request;
  if (q.isEnableAndActivate + q.isForceDeactivate + q.isReplace > 1) return MetaError("Invalid request; multiple flags are set");
  if (!q.resourcePlan) return InvalidOperation("nothing to alter");
  auto write = TRY(call.service.store().Write());
  WMAlterResourcePlanResponse out;
  WMNullableResourcePlan& n = *q.resourcePlan;
  WMFullResourcePlan p;
  if (!q.has_resourcePlanName()) {   // whichever is active
    for (WMFullResourcePlan& x : TRY(Plans(*write, q.ns))) if (x.plan->status == WMResourcePlanStatus::ACTIVE) p = std::move(x);
    if (!p.plan) return InvalidOperation("No resource plan is active");
  } else {
    p = TRY(Load(call, *write, q.ns, q.resourcePlanName));
  }
  const std::string old_name = p.plan->name;
  bool renamed = n.has_name() && LowerName(n.name) != old_name;
  bool has_status = n.status != WMResourcePlanStatus{};
  if (q.isReplace) {   // this plan takes the place and the status of another one, or of the active one
    if (!q.has_resourcePlanName()) return InvalidOperation("Cannot replace without specifying the source plan");
    std::string target = renamed ? LowerName(n.name) : "";
    WMFullResourcePlan old_plan;
    for (WMFullResourcePlan& x : TRY(Plans(*write, q.ns))) if (target.empty() ? x.plan->status == WMResourcePlanStatus::ACTIVE : x.plan->name == target) old_plan = std::move(x);
    if (!old_plan.plan) return NoPlan(call, q.ns, target);
    Strings errors = Faults(p, nullptr);
    if (!errors.empty()) return InvalidOperation(fmt::format("ResourcePlan: {} is invalid: [{}]", p.plan->name, fmt::join(errors, ", ")));
    p.plan->status = old_plan.plan->status;
    target = old_plan.plan->name;
    TRY(DropObject(*write, kPlan, Key(q.ns, target)));
    std::string aside;   // the old one stays under another name, disabled
    for (int i = 0; aside.empty() || TRY(HasObject(*write, kPlan, Key(q.ns, aside))); ++i) aside = target + "_old_" + std::to_string(i);
    old_plan.plan->status = WMResourcePlanStatus::DISABLED;
    Rename(&old_plan, aside);
    TRY(Save(*write, old_plan));
    TRY(DropObject(*write, kPlan, Key(q.ns, old_name)));
    Rename(&p, target);
    TRY(Save(*write, p));
    TRY(write.Commit());
    if (p.plan->status == WMResourcePlanStatus::ACTIVE) out.fullResourcePlan = std::move(p);
    return out;
  }
  if (renamed || n.isSetQueryParallelism || n.isSetDefaultPoolPath) {
    if (has_status) return InvalidOperation("Cannot change values during status switch.");
    if (p.plan->status != WMResourcePlanStatus::DISABLED) return InvalidOperation("Resource plan must be disabled to edit it.");
  }
  if (renamed) {
    if (n.name.empty()) return InvalidOperation("Cannot rename to empty value.");
    if (TRY(HasObject(*write, kPlan, Key(q.ns, n.name)))) return InvalidOperation("Resource plan name should be unique: ");
    TRY(DropObject(*write, kPlan, Key(q.ns, old_name)));
    Rename(&p, LowerName(n.name));
  }
  if (n.isSetQueryParallelism) {
    if (n.has_queryParallelism()) p.plan->set_queryParallelism(n.queryParallelism);
    else p.plan->clear_queryParallelism();
  }
  if (n.isSetDefaultPoolPath) {
    bool there = std::any_of(p.pools.begin(), p.pools.end(), [&](const WMPool& x) { return x.poolPath == n.defaultPoolPath; });
    if (n.has_defaultPoolPath() && !there) return NoSuchObject("Cannot find pool: " + n.defaultPoolPath);
    if (n.has_defaultPoolPath()) p.plan->set_defaultPoolPath(n.defaultPoolPath);
    else p.plan->clear_defaultPoolPath();
  }
  bool activated = has_status && TRY(SwitchStatus(*write, p, q));
  TRY(Save(*write, p));
  TRY(write.Commit());
  if (activated) out.fullResourcePlan = std::move(p);
  return out;
}

Result<WMDropResourcePlanResponse> DropPlan(Call& call, drop_resource_plan_args& a) {
  if (!a.request) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  auto loaded = Load(call, *write, a.request->ns, a.request->resourcePlanName);
  if (call.service.hive4() && a.request->ns.empty() && FaultName(loaded.status()) == "NoSuchObjectException") {
    return NoSuchObject("There is no resource plan named: " + LowerName(a.request->resourcePlanName) + " in null");
  }
  WMFullResourcePlan p = TRY(std::move(loaded));
  if (p.plan->status == WMResourcePlanStatus::ACTIVE) return MetaError("Cannot drop an active resource plan");
  TRY(DropObject(*write, kPlan, Key(a.request->ns, a.request->resourcePlanName)));
  TRY(write.Commit());
  return WMDropResourcePlanResponse{};
}
Result<WMValidateResourcePlanResponse> Validate(Call& call, validate_resource_plan_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  auto loaded = Load(call, *read, a.request->ns, a.request->resourcePlanName);
  if (!call.service.hive4() && FaultName(loaded.status()) == "NoSuchObjectException") return NoSuchObject("Cannot find resourcePlan: " + a.request->resourcePlanName);
  if (call.service.hive4() && FaultName(loaded.status()) == "NoSuchObjectException") {
    return NoSuchObject("Cannot find resourcePlan: " + LowerName(a.request->resourcePlanName) + " in " + (a.request->ns.empty() ? "null" : a.request->ns));
  }
  WMFullResourcePlan p = TRY(std::move(loaded));
  WMValidateResourcePlanResponse out;
  Strings warnings;
  out.set_errors(Faults(p, &warnings));
  out.set_warnings(std::move(warnings));
  return out;
}

// ---- pools, triggers, mappings ----

template <typename L, typename M> auto Find(L& list, M match) { return std::find_if(list.begin(), list.end(), match); }

Result<WMCreatePoolResponse> CreatePool(Call& call, create_wm_pool_args& a) {
  if (!a.request || !a.request->pool) return InvalidObject("pool is null");
  const WMPool& pool = *a.request->pool;
  if (!ValidPolicy(pool.schedulingPolicy)) return InvalidObject("Invalid scheduling policy " + pool.schedulingPolicy);
  TRY(Edit(call, pool.ns, pool.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    if (Find(p.pools, [&](auto& x) { return x.poolPath == pool.poolPath; }) != p.pools.end()) return ObjectExists("Pool already exists: ");
    size_t dot = pool.poolPath.rfind('.');
    if (dot != std::string::npos && Find(p.pools, [&](auto& x) { return x.poolPath == pool.poolPath.substr(0, dot); }) == p.pools.end()) {
      return NoSuchObject("Pool path is invalid, the parent does not exist");
    }
    p.pools.push_back(pool);
    return Status::OK();
  }));
  return WMCreatePoolResponse{};
}
// A pool's new path is also that of the pools below it, and of what is mapped to them.
Status MovePool(WMFullResourcePlan& p, const std::string from, const std::string& to) {
  if (Find(p.pools, [&](auto& x) { return x.poolPath == to; }) != p.pools.end()) return ObjectExists("Pool already exists: ");
  auto move = [&](std::string& path) {
    if (path == from || path.starts_with(from + ".")) path = to + path.substr(from.size());
  };
  for (WMPool& x : p.pools) move(x.poolPath);
  for (WMPoolTrigger& x : p.poolTriggers) move(x.pool);
  for (WMMapping& x : p.mappings) move(x.poolPath);
  move(p.plan->defaultPoolPath);
  return Status::OK();
}
Result<WMAlterPoolResponse> AlterPool(Call& call, alter_wm_pool_args& a) {
  if (!a.request || !a.request->pool) return InvalidObject("pool is null");
  const WMNullablePool& n = *a.request->pool;
  TRY(Edit(call, n.ns, n.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    auto it = Find(p.pools, [&](auto& x) { return x.poolPath == a.request->poolPath; });
    if (it == p.pools.end()) return NoSuchObject("Cannot find pool: " + a.request->poolPath);
    if (n.has_allocFraction()) it->allocFraction = n.allocFraction;
    if (n.has_queryParallelism()) it->queryParallelism = n.queryParallelism;
    if (n.isSetSchedulingPolicy) {
      if (!ValidPolicy(n.schedulingPolicy)) return InvalidObject("Invalid scheduling policy " + n.schedulingPolicy);
      if (n.has_schedulingPolicy()) it->set_schedulingPolicy(n.schedulingPolicy);
      else it->clear_schedulingPolicy();
    }
    if (!n.poolPath.empty() && n.poolPath != it->poolPath) return MovePool(p, it->poolPath, n.poolPath);
    return Status::OK();
  }));
  return WMAlterPoolResponse{};
}
Result<WMDropPoolResponse> DropPool(Call& call, drop_wm_pool_args& a) {
  if (!a.request) return MetaError("request is null");
  TRY(Edit(call, a.request->ns, a.request->resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    if (p.plan->defaultPoolPath == a.request->poolPath) return InvalidOperation("Cannot drop default pool of a resource plan");
    size_t n = std::erase_if(p.pools, [&](auto& x) { return x.poolPath == a.request->poolPath || x.poolPath.starts_with(a.request->poolPath + "."); });
    if (!n) return NoSuchObject("Cannot delete pool: " + a.request->poolPath);
    std::erase_if(p.poolTriggers, [&](auto& x) { return x.pool == a.request->poolPath; });
    return Status::OK();
  }));
  return WMDropPoolResponse{};
}
Result<WMCreateTriggerResponse> CreateTrigger(Call& call, create_wm_trigger_args& a) {
  if (!a.request || !a.request->trigger) return InvalidObject("trigger is null");
  const WMTrigger& t = *a.request->trigger;
  TRY(Edit(call, t.ns, t.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    if (Find(p.triggers, [&](auto& x) { return x.triggerName == t.triggerName; }) != p.triggers.end()) return ObjectExists("Trigger already exists, use alter: ");
    p.triggers.push_back(t);
    return Status::OK();
  }));
  return WMCreateTriggerResponse{};
}
Result<WMAlterTriggerResponse> AlterTrigger(Call& call, alter_wm_trigger_args& a) {
  if (!a.request || !a.request->trigger) return InvalidObject("trigger is null");
  const WMTrigger& t = *a.request->trigger;
  TRY(Edit(call, t.ns, t.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    auto it = Find(p.triggers, [&](auto& x) { return x.triggerName == t.triggerName; });
    if (it == p.triggers.end()) return NoSuchObject("Cannot find trigger with name: " + t.triggerName);
    if (t.has_triggerExpression()) it->triggerExpression = t.triggerExpression;
    if (t.has_actionExpression()) it->actionExpression = t.actionExpression;
    it->isInUnmanaged = t.isInUnmanaged;
    return Status::OK();
  }));
  return WMAlterTriggerResponse{};
}
Result<WMDropTriggerResponse> DropTrigger(Call& call, drop_wm_trigger_args& a) {
  if (!a.request) return MetaError("request is null");
  TRY(Edit(call, a.request->ns, a.request->resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    if (!std::erase_if(p.triggers, [&](auto& x) { return x.triggerName == a.request->triggerName; })) return NoSuchObject("Cannot delete trigger: " + a.request->triggerName);
    std::erase_if(p.poolTriggers, [&](auto& x) { return x.trigger == a.request->triggerName; });
    return Status::OK();
  }));
  return WMDropTriggerResponse{};
}
Result<WMGetTriggersForResourePlanResponse> GetTriggers(Call& call, get_triggers_for_resourceplan_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  WMGetTriggersForResourePlanResponse out;
  out.set_triggers(TRY(Load(call, *read, a.request->ns, a.request->resourcePlanName)).triggers);
  return out;
}
Result<WMCreateOrUpdateMappingResponse> PutMapping(Call& call, create_or_update_wm_mapping_args& a) {
  if (!a.request || !a.request->mapping) return InvalidObject("mapping is null");
  const WMMapping& m = *a.request->mapping;
  TRY(Edit(call, m.ns, m.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    auto it = Find(p.mappings, [&](auto& x) { return x.entityType == m.entityType && x.entityName == m.entityName; });
    if (it != p.mappings.end() && !a.request->update) return ObjectExists("Mapping already exists: " + m.entityName);
    if (it == p.mappings.end() && a.request->update) return NoSuchObject("Cannot find mapping: " + m.entityName);
    if (it == p.mappings.end()) p.mappings.push_back(m);
    else if (m.has_poolPath()) it->set_poolPath(m.poolPath);   // nothing else changes
    else it->clear_poolPath();
    return Status::OK();
  }));
  return WMCreateOrUpdateMappingResponse{};
}
Result<WMDropMappingResponse> DropMapping(Call& call, drop_wm_mapping_args& a) {
  if (!a.request || !a.request->mapping) return MetaError("mapping is null");
  const WMMapping& m = *a.request->mapping;
  TRY(Edit(call, m.ns, m.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    size_t n = std::erase_if(p.mappings, [&](auto& x) { return x.entityType == m.entityType && x.entityName == m.entityName; });
    return n ? Status::OK() : NoSuchObject("Cannot delete mapping.");
  }));
  return WMDropMappingResponse{};
}
Result<WMCreateOrDropTriggerToPoolMappingResponse> PutPoolTrigger(Call& call, create_or_drop_wm_trigger_to_pool_mapping_args& a) {
  if (!a.request) return MetaError("request is null");
  const auto& q = *a.request;
  TRY(Edit(call, q.ns, q.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    if (Find(p.pools, [&](auto& x) { return x.poolPath == q.poolPath; }) == p.pools.end()) return NoSuchObject("Cannot find pool: " + q.poolPath);
    if (Find(p.triggers, [&](auto& x) { return x.triggerName == q.triggerName; }) == p.triggers.end()) return NoSuchObject("Cannot find trigger with name: " + q.triggerName);
    auto same = [&](const WMPoolTrigger& x) { return x.pool == q.poolPath && x.trigger == q.triggerName; };
    std::erase_if(p.poolTriggers, same);
    if (!q.drop) p.poolTriggers.push_back({.pool = q.poolPath, .trigger = q.triggerName});
    return Status::OK();
  }));
  return WMCreateOrDropTriggerToPoolMappingResponse{};
}
}  // namespace

void AddWorkloadCalls(Router& r) {
  r.Add<call::create_resource_plan, CreatePlan>(Depth::kStored);
  r.Add<call::get_resource_plan, GetPlan>(Depth::kStored);
  r.Add<call::get_all_resource_plans, GetPlans>(Depth::kStored);
  r.Add<call::get_active_resource_plan, GetActive>(Depth::kStored);
  r.Add<call::alter_resource_plan, AlterPlan>(Depth::kStored);
  r.Add<call::drop_resource_plan, DropPlan>(Depth::kStored);
  r.Add<call::validate_resource_plan, Validate>(Depth::kStored);
  r.Add<call::create_wm_pool, CreatePool>(Depth::kStored);
  r.Add<call::alter_wm_pool, AlterPool>(Depth::kStored);
  r.Add<call::drop_wm_pool, DropPool>(Depth::kStored);
  r.Add<call::create_wm_trigger, CreateTrigger>(Depth::kStored);
  r.Add<call::alter_wm_trigger, AlterTrigger>(Depth::kStored);
  r.Add<call::drop_wm_trigger, DropTrigger>(Depth::kStored);
  r.Add<call::get_triggers_for_resourceplan, GetTriggers>(Depth::kStored);
  r.Add<call::create_or_update_wm_mapping, PutMapping>(Depth::kStored);
  r.Add<call::drop_wm_mapping, DropMapping>(Depth::kStored);
  r.Add<call::create_or_drop_wm_trigger_to_pool_mapping, PutPoolTrigger>(Depth::kStored);
}

}  // namespace tarn::metastore
