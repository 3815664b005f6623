// Workload management: resource plans with their pools, triggers and mappings. Kept and given back; nothing is scheduled by them here.
#include <algorithm>

#include "metastore/calls/stored_internal.h"
#include "metastore/router.h"

namespace tarn::metastore {

namespace {
using namespace wire;

constexpr char kPlan[] = "resource_plan";
std::string Ns(const std::string& ns) { return ns.empty() ? "default" : ns; }
std::string Key(const std::string& ns, const std::string& plan) { return Ns(ns) + "/" + LowerName(plan); }

Result<WMFullResourcePlan> Load(SqlConnection& c, const std::string& ns, const std::string& plan) {
  return GetObject<WMFullResourcePlan>(c, kPlan, Key(ns, plan), "Resource plan not found: " + plan);
}
Status Save(SqlConnection& c, WMFullResourcePlan& p) {
  p.set_pools(std::move(p.pools));
  p.plan->set_status(p.plan->status);
  return PutObject(c, kPlan, Key(p.plan->ns, p.plan->name), p);
}

// Loads a plan that is not active, lets `change` at it, saves it.
template <typename F> Status Edit(Call& call, const std::string& ns, const std::string& plan, F change) {
  auto write = TRY(call.service.store().Write());
  WMFullResourcePlan p = TRY(Load(*write, ns, plan));
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
  if (TRY(HasObject(*write, kPlan, Key(plan.ns, plan.name)))) return ObjectExists("Resource plan already exists: " + plan.name);
  WMFullResourcePlan full;
  if (!a.request->copyFrom.empty()) {
    full = TRY(Load(*write, plan.ns, a.request->copyFrom));
    plan.queryParallelism = full.plan->queryParallelism;
    plan.defaultPoolPath = full.plan->defaultPoolPath;
    for (WMPool& p : full.pools) p.resourcePlanName = LowerName(plan.name);
    for (WMTrigger& t : full.triggers) t.resourcePlanName = LowerName(plan.name);
    for (WMMapping& m : full.mappings) m.resourcePlanName = LowerName(plan.name);
  } else {
    plan.defaultPoolPath = "default";
    full.pools.push_back({.resourcePlanName = LowerName(plan.name), .poolPath = "default", .allocFraction = 1.0, .queryParallelism = 4, .ns = plan.ns});
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
  out.resourcePlan = TRY(Load(*read, a.request->ns, a.request->resourcePlanName));
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

Result<WMAlterResourcePlanResponse> AlterPlan(Call& call, alter_resource_plan_args& a) {
  if (!a.request) return MetaError("request is null");
  WMAlterResourcePlanRequest& q = *a.request;
  auto write = TRY(call.service.store().Write());
  WMAlterResourcePlanResponse out;
  if (q.isForceDeactivate) {
    for (WMFullResourcePlan& p : TRY(Plans(*write, q.ns))) {
      if (p.plan->status != WMResourcePlanStatus::ACTIVE) continue;
      p.plan->status = WMResourcePlanStatus::ENABLED;
      TRY(Save(*write, p));
    }
    TRY(write.Commit());
    return out;
  }
  if (!q.resourcePlan) return InvalidOperation("nothing to alter");
  WMNullableResourcePlan& n = *q.resourcePlan;
  WMFullResourcePlan p = TRY(Load(*write, q.ns, q.resourcePlanName));
  bool changes = n.has_name() || n.isSetQueryParallelism || n.isSetDefaultPoolPath;
  if (changes && p.plan->status == WMResourcePlanStatus::ACTIVE) return InvalidOperation("Resource plan must be disabled to edit it.");
  if (n.has_name() && LowerName(n.name) != p.plan->name) {
    if (TRY(HasObject(*write, kPlan, Key(q.ns, n.name)))) return InvalidOperation("Resource plan name should be unique: ");
    TRY(DropObject(*write, kPlan, Key(q.ns, p.plan->name)));
    p.plan->name = LowerName(n.name);
    for (WMPool& x : p.pools) x.resourcePlanName = p.plan->name;
    for (WMTrigger& x : p.triggers) x.resourcePlanName = p.plan->name;
    for (WMMapping& x : p.mappings) x.resourcePlanName = p.plan->name;
  }
  if (n.isSetQueryParallelism) p.plan->queryParallelism = n.queryParallelism;
  if (n.isSetDefaultPoolPath) p.plan->defaultPoolPath = n.defaultPoolPath;
  if (n.status != WMResourcePlanStatus{}) {
    if (n.status == WMResourcePlanStatus::ACTIVE) {
      if (p.plan->status == WMResourcePlanStatus::DISABLED && !q.isEnableAndActivate) return InvalidOperation("Resource plan " + p.plan->name + " must be enabled first");
      for (WMFullResourcePlan& other : TRY(Plans(*write, q.ns))) {
        if (other.plan->status != WMResourcePlanStatus::ACTIVE || other.plan->name == p.plan->name) continue;
        other.plan->status = WMResourcePlanStatus::ENABLED;
        TRY(Save(*write, other));
      }
    } else if (p.plan->status == WMResourcePlanStatus::ACTIVE) {
      return InvalidOperation("Resource plan " + p.plan->name + " is active; activate another plan first, or disable workload management.");
    }
    p.plan->status = n.status;
  }
  TRY(Save(*write, p));
  TRY(write.Commit());
  if (p.plan->status == WMResourcePlanStatus::ACTIVE) out.fullResourcePlan = std::move(p);
  return out;
}

Result<WMDropResourcePlanResponse> DropPlan(Call& call, drop_resource_plan_args& a) {
  if (!a.request) return MetaError("request is null");
  auto write = TRY(call.service.store().Write());
  WMFullResourcePlan p = TRY(Load(*write, a.request->ns, a.request->resourcePlanName));
  if (p.plan->status == WMResourcePlanStatus::ACTIVE) return InvalidOperation("Cannot drop an active resource plan");
  TRY(DropObject(*write, kPlan, Key(a.request->ns, a.request->resourcePlanName)));
  TRY(write.Commit());
  return WMDropResourcePlanResponse{};
}
Result<WMValidateResourcePlanResponse> Validate(Call& call, validate_resource_plan_args& a) {
  if (!a.request) return MetaError("request is null");
  auto read = TRY(call.service.store().Read());
  WMFullResourcePlan p = TRY(Load(*read, a.request->ns, a.request->resourcePlanName));
  WMValidateResourcePlanResponse out;
  out.set_errors({}).set_warnings({});
  double total = 0;
  for (const WMPool& x : p.pools) if (x.poolPath.find('.') == std::string::npos) total += x.allocFraction;
  if (total > 1.00001) out.errors.push_back("Sum of all pools' alloc fraction should be less than 1 got: " + std::to_string(total));
  return out;
}

// ---- pools, triggers, mappings ----

template <typename L, typename M> auto Find(L& list, M match) { return std::find_if(list.begin(), list.end(), match); }

Result<WMCreatePoolResponse> CreatePool(Call& call, create_wm_pool_args& a) {
  if (!a.request || !a.request->pool) return InvalidObject("pool is null");
  const WMPool& pool = *a.request->pool;
  TRY(Edit(call, pool.ns, pool.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    if (Find(p.pools, [&](auto& x) { return x.poolPath == pool.poolPath; }) != p.pools.end()) return ObjectExists("Pool already exists: " + pool.poolPath);
    size_t dot = pool.poolPath.rfind('.');
    if (dot != std::string::npos && Find(p.pools, [&](auto& x) { return x.poolPath == pool.poolPath.substr(0, dot); }) == p.pools.end()) {
      return NoSuchObject("Pool path is invalid, the parent does not exist");
    }
    p.pools.push_back(pool);
    return Status::OK();
  }));
  return WMCreatePoolResponse{};
}
Result<WMAlterPoolResponse> AlterPool(Call& call, alter_wm_pool_args& a) {
  if (!a.request || !a.request->pool) return InvalidObject("pool is null");
  const WMNullablePool& n = *a.request->pool;
  TRY(Edit(call, n.ns, n.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    auto it = Find(p.pools, [&](auto& x) { return x.poolPath == a.request->poolPath; });
    if (it == p.pools.end()) return NoSuchObject("Cannot find pool: " + a.request->poolPath);
    if (n.has_allocFraction()) it->allocFraction = n.allocFraction;
    if (n.has_queryParallelism()) it->queryParallelism = n.queryParallelism;
    if (n.isSetSchedulingPolicy) it->schedulingPolicy = n.schedulingPolicy;
    if (!n.poolPath.empty()) it->poolPath = n.poolPath;
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
    if (Find(p.triggers, [&](auto& x) { return x.triggerName == t.triggerName; }) != p.triggers.end()) return ObjectExists("Trigger already exists, use alter: " + t.triggerName);
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
  out.set_triggers(TRY(Load(*read, a.request->ns, a.request->resourcePlanName)).triggers);
  return out;
}
Result<WMCreateOrUpdateMappingResponse> PutMapping(Call& call, create_or_update_wm_mapping_args& a) {
  if (!a.request || !a.request->mapping) return InvalidObject("mapping is null");
  const WMMapping& m = *a.request->mapping;
  TRY(Edit(call, m.ns, m.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    auto it = Find(p.mappings, [&](auto& x) { return x.entityType == m.entityType && x.entityName == m.entityName; });
    if (it != p.mappings.end() && !a.request->update) return ObjectExists("Mapping already exists: " + m.entityName);
    if (it == p.mappings.end() && a.request->update) return NoSuchObject("Cannot find mapping: " + m.entityName);
    if (it != p.mappings.end()) *it = m;
    else p.mappings.push_back(m);
    return Status::OK();
  }));
  return WMCreateOrUpdateMappingResponse{};
}
Result<WMDropMappingResponse> DropMapping(Call& call, drop_wm_mapping_args& a) {
  if (!a.request || !a.request->mapping) return MetaError("mapping is null");
  const WMMapping& m = *a.request->mapping;
  TRY(Edit(call, m.ns, m.resourcePlanName, [&](WMFullResourcePlan& p) -> Status {
    size_t n = std::erase_if(p.mappings, [&](auto& x) { return x.entityType == m.entityType && x.entityName == m.entityName; });
    return n ? Status::OK() : NoSuchObject("Cannot delete mapping: " + m.entityName);
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
    bool there = Find(p.poolTriggers, same) != p.poolTriggers.end();
    if (there && !q.drop) return ObjectExists("Pool trigger mapping already exists");
    if (!there && q.drop) return NoSuchObject("Pool trigger mapping does not exist");
    if (q.drop) std::erase_if(p.poolTriggers, same);
    else p.poolTriggers.push_back({.pool = q.poolPath, .trigger = q.triggerName, .ns = q.ns});
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
