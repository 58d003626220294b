#include "tests/simulation/checks.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "api/kinds/fields.h"
#include "controller/budget/rate_limits.h"
#include "tests/simulation/sim_replica.h"

namespace instanced {
namespace {

using std::chrono::seconds;

// How long a decision may be under way before a person's change must show; over a watch that has
// fallen silent a change may take as long as it takes to notice that, and to list again.
constexpr Duration kUnderWay = seconds(90);
constexpr Duration kTold = seconds(20);
constexpr Duration kSilence = std::chrono::minutes(5);
constexpr int kPassesAnHour = 2000;
// What was reserved before a throttled answer may still be used for so long.
constexpr Duration kReserved = BudgetOptions{}.hold;

// The ledger counts from the try on, the cloud from the effect.
constexpr Duration kMonth = std::chrono::hours(24 * 30) - std::chrono::minutes(5);

bool IsNamed(const Domain& domain) { return !domain.account.starts_with("unverified:"); }

bool IsThere(const FakeInstance& instance, MonotonicTime now) {
  return !instance.gone_at && !(instance.expires_at && *instance.expires_at <= now);
}

}  // namespace

Checks::Checks(SimWorld& world, People& people)
    : world_(world), people_(people), brakes_(world, people), replacements_(world, people) {
  world_.cloud.on_sending = [this](const FakeCall& call) { Sent(call); };
  world_.cloud.on_answered = [this](const FakeCall& call) { under_way_.erase(WhoseCall(call)); };
  world_.cloud.fated = [this](const FakeCall& call, const Fate& fate) {
    replacements_.Answered(call, fate);
  };
  world_.cloud.after_effect = [this](const FakeCall& call) {
    world_.Note("effect " + call.operation + " " + call.id + " for " + ToString(call.key));
    if (call.operation == "Create") Created(call);
    CountChurn(call);
  };
  for (const Kind kind : InstanceKinds()) {
    const auto& operations = TraitsOf(kind).operations;
    reads_.emplace(operations.list);
    reads_.insert(operations.observe.begin(), operations.observe.end());
  }
  world_.entered = [this](int replica, const Domain& domain, std::string_view operation) {
    Entered(replica, domain, operation);
    EnteredBy(replica, domain, operation);
  };
  world_.left = [this](int replica, const Domain& domain, std::string_view operation,
                       const CallOutcome& outcome) { Left(replica, domain, operation, outcome); };
  world_.said = [this](const std::string& text) { Secrets("a decision", text); };
  world_.told = [this](const std::string& where, const std::string& text) { Secrets(where, text); };
  world_.events.seen = [this](const std::string& text) { Secrets("an Event", text); };
  world_.store.sending = [this](int replica, const WriteTarget& target,
                                const InstanceStatus& status) { Sending(replica, target, status); };
  world_.store.written = [this](const std::string& what, const WriteTarget& target,
                                const InstancePtr& before) { Written(what, target, before); };
}

Duration Checks::ShownWithin() const {
  return world_.setup.hearing == Hearing::kKubernetes ? kUnderWay + kSilence : kUnderWay;
}

void Checks::Secrets(const std::string& where, const std::string& text) {
  const auto at = text.find(kSecretsBegin);
  if (at == std::string::npos) return;
  const bool planted = text.compare(at, kPlantedSecret.size(), kPlantedSecret) == 0;
  world_.Violate(where + " shows what only " +
                 (planted ? "an annotation of a person's held" : "a credential held"));
}

// A call is judged by what is durable as it leaves: on its way it may outlive its process, and what
// another one has settled meanwhile is judged where it has an effect.
void Checks::Sent(const FakeCall& call) {
  world_.Note("sends " + call.operation + " for " + ToString(call.key));
  SentOnce(call);
  Allowed(call);
  if (call.operation == "Create") CreateSent(call);
  if (call.operation == "Delete") DeleteSent(call);
}

std::string Checks::WhoseCall(const FakeCall& call) const {
  const auto replicas = world_.Replicas();
  const auto lives =
      call.caller > 0 ? replicas[static_cast<std::size_t>(call.caller - 1)]->lives : 0;
  return std::to_string(call.caller) + "/" + std::to_string(lives) + "/" + ToString(call.key);
}

// One process has one change of an object under way, and waits for its answer.
void Checks::SentOnce(const FakeCall& call) {
  const auto [other, alone] = under_way_.try_emplace(WhoseCall(call), call.operation);
  if (alone) return;
  world_.Violate("sends " + call.operation + " for " + ToString(call.key) + " while its own " +
                 other->second + " is under way");
}

void Checks::Allowed(const FakeCall& call) {
  const auto object = world_.objects.Instance(call.key);
  const auto policy = call.operation == "Create"   ? ManagementPolicy::kCreate
                      : call.operation == "Update" ? ManagementPolicy::kUpdate
                                                   : ManagementPolicy::kDelete;
  if (!object || object->spec.management_policies.Allows(policy)) return;
  const auto& withheld = people_.wishes().at(call.key).withheld_since;
  const auto since = withheld.find(policy);
  if (since == withheld.end() || world_.Now() - since->second <= ShownWithin()) return;
  world_.Violate(call.operation + " for " + ToString(call.key) +
                 ", which managementPolicies withhold");
}

void Checks::CreateSent(const FakeCall& call) {
  const auto object = world_.objects.Instance(call.key);
  if (!object) return world_.Violate("create for " + ToString(call.key) + ", which is gone");
  const auto& intent = object->status.intent;
  if (!intent || intent->operation != kCreateOperation || intent->token != call.token ||
      intent->request != call.request) {
    return world_.Violate("create for " + ToString(call.key) + " without a durable intent");
  }
  if (!object->meta.IsDeleting()) return;
  const auto since = ParseRfc3339(*object->meta.deletion_timestamp);
  if (since && world_.network.clock().WallNow() - *since > ShownWithin()) {
    world_.Violate("create for " + ToString(call.key) + ", which is being deleted");
  }
}

void Checks::DeleteSent(const FakeCall& call) {
  const auto object = world_.objects.Instance(call.key);
  if (!object) return world_.Violate("delete for " + ToString(call.key) + ", which is gone");
  const auto& wish = people_.wishes().at(call.key);
  const auto& status = object->status;
  if (status.external_name != call.id) {
    return world_.Violate("delete of " + call.id + ", which " + ToString(call.key) +
                          " does not hold");
  }
  const bool replaces = status.intent && status.intent->operation == kReplaceOperation;
  if (!object->meta.IsDeleting() && !(replaces && wish.replaceable)) {
    return world_.Violate("delete of " + call.id + ", which nobody asked for");
  }
  // Retain says what happens when the object goes; a replacement is another matter.
  const auto* paused = FindValue(object->meta.annotations, kPausedAnnotation);
  const bool forbidden = paused || object->spec.prevent_destroy == PreventDestroy::kYes ||
                         (object->spec.deletion_policy == DeletionPolicy::kRetain && !replaces) ||
                         !object->spec.management_policies.Allows(ManagementPolicy::kDelete);
  const bool long_ago =
      wish.forbidden_since && world_.Now() - *wish.forbidden_since > ShownWithin();
  if (forbidden && long_ago) world_.Violate("delete of " + call.id + ", which is forbidden");
  if (people_.foreign().contains(call.id) && !wish.may_adopt) {
    world_.Violate("delete of " + call.id + ", which is somebody else's");
  }
  if (!replaces) brakes_.DeleteSent(*object);
  if (replaces && !object->meta.IsDeleting()) {
    const bool told = world_.setup.hearing != Hearing::kKubernetes;
    replacements_.DeleteSent(call, *status.intent, told ? kTold : ShownWithin());
  }
}

void Checks::Created(const FakeCall& call) {
  const auto object = world_.objects.Instance(call.key);
  auto* instance = world_.cloud.Find(call.id);
  if (instance->made_by.empty() && object) instance->made_by = object->meta.uid;
  auto& made = made_[instance->made_by];
  made.insert(call.id);
  int there = 0;
  for (const auto& id : made) {
    const auto* other = world_.cloud.Find(id);
    if (other && IsThere(*other, world_.Now())) ++there;
  }
  if (there > 1) world_.Violate("two live instances for " + ToString(call.key));
}

// Creates and deletes that happened, however many tries they took. A create that is sent again
// counts once, also when an outsider removed what it had made: the ledger's count is a lower bound.
void Checks::CountChurn(const FakeCall& call) {
  if (!TraitsOf(call.key.kind).churn_limited || call.operation == "Update") return;
  std::erase_if(churned_, [&](const auto& done) { return world_.Now() - done.second > kMonth; });
  const auto& identity = call.operation == "Create" ? call.token : call.id;
  churned_.try_emplace(call.operation + identity, world_.Now());
  if (churned_.size() > static_cast<std::size_t>(world_.setup.churn.limit)) {
    world_.Violate("more creates and deletes of " + std::string(ToString(call.key.kind)) +
                   " than the account allows");
  }
}

std::string Checks::LimitOf(int replica, const Domain& domain, std::string_view operation) const {
  const auto* process = world_.Replicas()[static_cast<std::size_t>(replica - 1)];
  return std::to_string(replica) + "/" + std::to_string(process->lives) + "/" + domain.service +
         "/" + domain.account + ":" + std::string(operation);
}

// Whoever asks an account holds the right to, and nobody else thinks it does.
void Checks::EnteredBy(int replica, const Domain& domain, std::string_view operation) {
  const auto limit = blocked_.find(LimitOf(replica, domain, operation));
  if (limit != blocked_.end() && world_.Now() > limit->second.first + kReserved &&
      world_.Now() < limit->second.second) {
    world_.Violate("a call of " + std::string(operation) + " although the cloud asked to wait");
  }
  if (!IsNamed(domain)) {
    // Whoever does not know whose the credential is looks, and looks alone.
    const bool asks = domain.service == "sts" || reads_.contains(operation);
    if (!asks) world_.Violate(std::string(operation) + " in an account that nobody has named");
    return;
  }
  if (world_.setup.contention == Contention::kSole) return;
  for (auto* process : world_.Replicas()) {
    const bool holds = process->daemon && process->daemon->TenureOf(&domain).Holds();
    if (process->number == replica && !holds && !reads_.contains(operation)) {
      world_.Violate("replica " + std::to_string(replica) + " calls " + std::string(operation) +
                     " and knows that its lease has ended");
    }
    if (process->number != replica && holds && process->CanRun()) {
      world_.Violate("replica " + std::to_string(replica) + " calls " + std::string(operation) +
                     " while replica " + std::to_string(process->number) + " holds the lease");
    }
  }
}

void Checks::Left(int replica, const Domain& domain, std::string_view operation,
                  const CallOutcome& outcome) {
  if (outcome.error_class != ErrorClass::kThrottled || !outcome.retry_after) return;
  auto& [since, until] = blocked_[LimitOf(replica, domain, operation)];
  since = world_.Now();
  until = std::max(until, world_.Now() + *outcome.retry_after);
}

void Checks::Sending(int replica, const WriteTarget& target, const InstanceStatus& status) {
  Secrets("the status of " + ToString(target.key), ToJson(status).dump());
  const auto object = world_.objects.Instance(target.key);
  if (!status.intent || !object || object->status.intent == status.intent) return;
  // What was overtaken is refused: it records nothing.
  if (target.resource_version != object->meta.resource_version) return;
  replacements_.Recorded(replica, target.key, status);
  if (world_.setup.contention == Contention::kSole) return;
  const auto* process = world_.Replicas()[static_cast<std::size_t>(replica - 1)];
  const auto domain = world_.cloud.DomainOf(target.key.kind);
  if (!process->daemon || process->daemon->TenureOf(&domain).Holds()) return;
  world_.Violate("replica " + std::to_string(replica) + " writes an intent for " +
                 ToString(target.key) + " and knows that its lease has ended");
}

void Checks::Entered(int replica, const Domain& domain, std::string_view operation) {
  // A daemon that is restarted and alone begins with full buckets.
  const bool alone = world_.setup.contention == Contention::kSole;
  if (alone && crashes_seen_ != world_.crashes()) used_.clear();
  crashes_seen_ = world_.crashes();
  const auto limit = DefaultRateLimit(domain.service);
  // In an account that nobody has named yet, as in every identity call, each process has its own.
  const std::string whose = IsNamed(domain) ? domain.service + ":" + std::string(operation)
                                            : LimitOf(replica, domain, operation);
  auto& [level, at] = used_.try_emplace(whose, 0, world_.Now()).first->second;
  const std::chrono::duration<double> passed = world_.Now() - at;
  level = std::max(0.0, level - passed.count() * limit.per_second) + 1;
  at = world_.Now();
  if (level > limit.burst + 0.01) {
    world_.Violate("more calls of " + domain.service + ":" + std::string(operation) +
                   " than its rate allows");
  }
}

void Checks::Written(const std::string& what, const WriteTarget& target,
                     const InstancePtr& before) {
  const auto object = world_.objects.Instance(target.key);
  const bool ended = before && (!object || object->meta.uid != before->meta.uid);
  if (what == "finalizers" && before && ended) {
    const auto& spec = before->spec;
    const bool keeps = spec.deletion_policy == DeletionPolicy::kRetain ||
                       !spec.management_policies.Allows(ManagementPolicy::kDelete);
    world_.Note("finalizer leaves " + ToString(target.key));
    if (keeps) {
      const auto& status = before->status;
      kept_.insert(status.external_name);
      kept_.insert(before->meta.uid);
      if (!status.external_name.empty() || status.attempts > 0) keepers_.insert(target.key);
    }
  }
  brakes_.Written(before, ended ? nullptr : object);
  if (object && !ended) Conditions(*object);
}

void Checks::Conditions(const InstanceObject& object) {
  const auto& conditions = object.status.conditions;
  const auto name = ToString(object.meta.key);
  if (conditions.Find(ConditionType::kReconciling) && conditions.Find(ConditionType::kStalled)) {
    world_.Violate("Reconciling and Stalled at once on " + name);
  }
  if (object.status.observed_generation > object.meta.generation) {
    world_.Violate("observedGeneration is ahead on " + name);
  }
  if (!conditions.Find(ConditionType::kReady)) world_.Violate("no Ready on " + name);
  for (const auto& condition : conditions.all()) {
    if (condition.observed_generation > object.meta.generation) {
      world_.Violate("a condition's observedGeneration is ahead on " + name);
    }
    const bool standing =
        condition.type == ConditionType::kReconciling || condition.type == ConditionType::kStalled;
    if (standing && condition.status != ConditionStatus::kTrue) {
      world_.Violate("a standing condition that is not true on " + name);
    }
  }
}

void Checks::PassesOfTheHour() {
  for (const auto& [key, count] : world_.passes) {
    if (count > kPassesAnHour) {
      world_.Violate(std::to_string(count) + " passes in an hour for " + ToString(key));
    }
  }
  world_.passes.clear();
}

bool Checks::IsTakenByOutsider(Kind kind) const {
  return std::ranges::any_of(people_.foreign(), [&](const std::string& id) {
    const auto* instance = world_.cloud.Find(id);
    return instance && instance->kind == kind;
  });
}

bool Checks::IsExcused(const InstanceObject& object, Reason reason) const {
  const auto& spec = object.spec;
  switch (reason) {
    case Reason::kMissing:
      return spec.on_missing == OnMissing::kAlert;
    case Reason::kCreateFailed:
      return spec.on_create_failed == OnCreateFailed::kAlert;
    case Reason::kImmutableField:
      return spec.replace_policy == ReplacePolicy::kHold;
    case Reason::kChurnBudget:
      return world_.setup.churn.limit < ChurnOptions{}.limit && !quota_is_back_;
    case Reason::kQuotaExceeded:
      return world_.cloud.IsChurnUsedUp();
    case Reason::kDeleteFailed:
      // Of an instance whose deletion the cloud gave up, and which is wanted again: a person's
      // matter.
      return !object.meta.IsDeleting();
    case Reason::kNameTaken:
      return IsTakenByOutsider(object.meta.key.kind) || HasTwin(object.meta.key);
    case Reason::kAlreadyClaimed:
      return HasTwin(object.meta.key);
    case Reason::kNotFound:
      return !spec.external_name.empty();
    case Reason::kContradiction:
      // An outsider took the name while a create was in doubt, or an instance of an earlier life of
      // this key was kept while the cloud did not show it: a person has to say which it is.
      return IsTakenByOutsider(object.meta.key.kind) || HasTwin(object.meta.key) ||
             keepers_.contains(object.meta.key);
    default:
      return false;
  }
}

void Checks::Settled(const Wish& wish) {
  const auto object = world_.objects.Instance(wish.key);
  const auto name = ToString(wish.key);
  const auto* held = object ? object->status.conditions.Find(ConditionType::kStalled) : nullptr;
  // A deletion that the account's quota leaves no room for, whatever is declared after it.
  const bool full = held && held->reason == Reason::kChurnBudget && object->meta.IsDeleting() &&
                    IsExcused(*object, held->reason);
  if (full) return;
  if (!wish.declared) {
    if (object) world_.Violate("the finalizer never leaves " + name);
    return;
  }
  if (!object || object->meta.IsDeleting()) return world_.Violate(name + " is not there");
  const auto& status = object->status;
  if (status.observed_generation != object->meta.generation) {
    return world_.Violate(name + " was never looked at in its last form");
  }
  const auto* stalled = status.conditions.Find(ConditionType::kStalled);
  if (stalled) {
    if (!IsExcused(*object, stalled->reason)) {
      world_.Violate(name + " is stalled: " + std::string(ToString(stalled->reason)) + ": " +
                     stalled->message);
    }
    return;
  }
  if (const auto* reconciling = status.conditions.Find(ConditionType::kReconciling)) {
    return world_.Violate(name + " never settles: " + std::string(ToString(reconciling->reason)) +
                          ": " + reconciling->message);
  }
  const auto* ready = status.conditions.Find(ConditionType::kReady);
  if (ready->status != ConditionStatus::kTrue) return world_.Violate(name + " is not Ready");
  const auto* instance = world_.cloud.Find(status.external_name);
  if (!instance || !IsThere(*instance, world_.Now())) {
    return world_.Violate(name + " is Ready and has no instance");
  }
  const auto diffs = Diff(TraitsOf(wish.key.kind), nlohmann::json::parse(object->spec.for_provider),
                          instance->fields);
  if (!diffs.empty()) world_.Violate(name + " is Ready and differs: " + Describe(diffs.front()));
}

void Checks::Leaks() {
  std::set<std::string> held;
  for (const auto& [key, wish] : people_.wishes()) {
    const auto object = world_.objects.Instance(key);
    if (!object || object->status.external_name.empty()) continue;
    if (!held.insert(object->status.external_name).second) {
      world_.Violate("two objects hold " + object->status.external_name);
    }
  }
  for (const auto* instance : world_.cloud.Live()) {
    const bool known = held.contains(instance->id) || people_.foreign().contains(instance->id) ||
                       people_.claimed().contains(instance->id) || kept_.contains(instance->id) ||
                       kept_.contains(instance->made_by);
    if (!known) world_.Violate("instance " + instance->id + " is leaked");
  }
}

// What a replica believes is there is what is there.
void Checks::CachesAgree() {
  for (const auto* replica : world_.Replicas()) {
    if (!replica->daemon || !replica->CanRun()) continue;
    const auto& cache = replica->daemon->cache();
    const std::string whose = "the cache of replica " + std::to_string(replica->number);
    for (const auto& [key, wish] : people_.wishes()) {
      const auto object = world_.objects.Instance(key);
      const auto seen = cache.FindInstance(key);
      if (!object && seen) world_.Violate(whose + " still holds " + ToString(key));
      if (object && !seen) world_.Violate(whose + " lacks " + ToString(key));
      if (!object || !seen || object->meta.resource_version == seen->meta.resource_version)
        continue;
      world_.Violate(whose + " holds an old " + ToString(key));
    }
  }
}

bool Checks::WaitsForQuota() const {
  return std::ranges::any_of(world_.objects.Instances(), [](const InstancePtr& object) {
    const auto* held = object->status.conditions.Find(ConditionType::kStalled);
    return held && held->reason == Reason::kChurnBudget;
  });
}

void Checks::UnderWay(const Wish& wish) {
  const auto object = world_.objects.Instance(wish.key);
  const bool asked = object && (object->status.intent || !object->status.external_name.empty());
  if (!asked) world_.Violate(ToString(wish.key) + " is kept waiting although all is well");
}

void Checks::AtTheEnd() {
  for (const auto& entry : world_.objects.History()) {
    Secrets("the history", entry.message + entry.operation + entry.code);
  }
  CachesAgree();
  for (const auto& [key, wish] : people_.wishes()) Settled(wish);
  Leaks();
}

}  // namespace instanced
