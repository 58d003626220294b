#include "controller/reconcile/reconciler.h"

#include <algorithm>

#include "controller/provider/parameter_rules.h"
#include "controller/reconcile/pass.h"
#include "controller/reconcile/settled.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

// Bounds of one sweep: pages a cloud may hand out, and refusals in a row before it is given up.
constexpr int kPagesMax = 20'000;
constexpr int kRefusalsMax = 50;

bool MayWaitFor(const Error& error) {
  return error.error_class == ErrorClass::kDeferred || error.error_class == ErrorClass::kThrottled;
}

// The request for a pass a person left on the object, as instancectl reconcile writes it.
std::optional<std::string> RequestOf(const InstanceObject& object) {
  const auto* text = FindValue(object.meta.annotations, kReconcileRequestedAnnotation);
  return text && !text->empty() ? std::optional(*text) : std::nullopt;
}

}  // namespace

Reconciler::Reconciler(ReconcilerDeps deps, ReconcileOptions options)
    : deps_(std::move(deps)), options_(std::move(options)), breaker_(options_.auth_probe) {}

Task<When> Reconciler::Reconcile(ObjectKey key, Priority priority) {
  auto object = deps_.cache.FindInstance(key);
  if (!object) {
    tracks_.Forget(key);
    co_return When{WhenChanged{}, Priority::kDrift};
  }
  Pass pass(*this, std::move(object), priority);
  auto running = pass.Run();
  co_return co_await running;
}

void Reconciler::ObjectChanged(const InstanceObject* before, const InstanceObject& object) {
  if (before && before->meta.uid != object.meta.uid) {
    tracks_.Forget(object.meta.key);
    deps_.guards.ObjectDeleted(object.meta.key);
  }
  if (before && before->meta.IsDeleting() && !object.meta.IsDeleting()) {
    deps_.guards.DeletionWithdrawn(object.meta.key);
  }
  if (before && RequestOf(object) && RequestOf(*before) != RequestOf(object)) {
    deps_.guards.PersonAsked(object.meta.key);
    // Whoever asks has perhaps removed the cause: nothing holds the next try back.
    breaker_.ProbeNow();
    const auto track = tracks_.For(object);
    track->cooldown.reset();
    track->updates_equal = 0;
  }
  NoteClaims(object);
}

void Reconciler::NoteClaims(const InstanceObject& object) {
  for (const auto& key : claims_.Upsert(object)) deps_.wake(key, Priority::kTransition);
}

void Reconciler::ObjectDeleted(const ObjectKey& key) {
  for (const auto& sharer : claims_.Remove(key)) deps_.wake(sharer, Priority::kTransition);
  tracks_.Forget(key);
  deps_.guards.ObjectDeleted(key);
}

void Reconciler::CredentialsChanged() {
  breaker_.Reset();
  tracks_.ForgetCooldowns();
}

void Reconciler::DropOldLists() {
  const auto age_max = std::max(options_.consistency_window, ListAgeOfDriftPolls(options_));
  for (auto& [view, inventory] : inventories_) {
    inventory.DropOlderThan(deps_.clock.Now() - age_max);
  }
}

void Reconciler::WakeUsersOf(const ObjectKey& provider_config) {
  deps_.cache.ForEachInstance([&](const InstanceView& object) {
    const bool uses = object.meta.key.namespace_ == provider_config.namespace_ &&
                      object.spec.provider_config_ref == provider_config.name;
    if (!uses) return;
    const auto key = object.meta.key.Copy();
    tracks_.LookAnew(key, deps_.clock.Now());
    // Thousands may use it, and be in line: their looks take their turn behind what is under way.
    const bool waits =
        IsUnsettled(object) || object.status.conditions.Find(ConditionType::kStalled) != nullptr;
    deps_.wake(key, waits ? Priority::kTransition : Priority::kDrift);
  });
}

// An account nobody could name is no domain of its own.
bool Reconciler::MayAsk(const Connection& connection) const {
  const bool unnamed = std::holds_alternative<AccountUnverified>(connection.identity);
  return deps_.fence.TenureOf(unnamed ? nullptr : &connection.domain).Holds();
}

// Of the other kinds no entry of a list gets into a status.
Reconciler::Persons Reconciler::PersonsIn(Kind kind, const ProviderConfigObject& config) {
  const bool shown = TraitsOf(kind).list_is_complete && config.spec.expose_personal_data;
  return shown ? Persons::kShown : Persons::kHidden;
}

Inventory& Reconciler::InventoryFor(const Domain& domain, Persons persons) {
  auto& inventory = inventories_[{domain, persons}];
  inventory.EnterTenure(deps_.fence.TenureOf(&domain).number);
  return inventory;
}

bool Reconciler::HasAgreed(std::string_view service, std::string_view external_name,
                           std::uint64_t digest) const {
  const auto holder = claims_.HolderOf(service, external_name);
  const auto* track = holder ? tracks_.Find(*holder) : nullptr;
  return track != nullptr && track->agreed_digest == digest && track->observe_failures == 0;
}

void Reconciler::SweepIfWanted(const Connection& connection, Kind kind,
                               const ProviderConfigPtr& config) {
  auto& inventory = InventoryFor(connection.domain, PersonsIn(kind, *config));
  if (!inventory.SweepWanted()) return;
  inventory.Begin(deps_.clock.Now());
  deps_.spawn(Sweep(connection, kind, config));
}

// In the history of one of those who wait for it: a list is nobody's own.
void Reconciler::RecordFailedList(const Inventory& inventory, const KindTraits& traits,
                                  const Error& error, MonotonicTime begun) {
  const bool made =
      error.error_class != ErrorClass::kDeferred && error.error_class != ErrorClass::kCancelled;
  const auto* key = inventory.AnyWaiting();
  if (!made || key == nullptr) return;
  HistoryEntry entry;
  entry.at = deps_.clock.WallNow();
  entry.key = *key;
  if (const auto object = deps_.cache.FindInstance(*key)) entry.uid = object->meta.uid;
  entry.kind = HistoryKind::kFailure;
  entry.operation = error.operation;
  if (entry.operation.empty()) {
    entry.operation = std::string(traits.service) + ":" + std::string(traits.operations.list);
  }
  entry.duration_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(deps_.clock.Now() - begun).count();
  entry.result = ToString(error.error_class);
  entry.code = error.code;
  entry.request_id = error.request_id;
  entry.message = error.message;
  deps_.observer.CallRecorded(entry);
  deps_.ledger.Append(std::move(entry));
}

Task<void> Reconciler::Sweep(Connection connection, Kind kind, ProviderConfigPtr config) {
  auto& inventory = InventoryFor(connection.domain, PersonsIn(kind, *config));
  const auto credential =
      CredentialOf(config->meta.uid, CredentialScope(TraitsOf(kind), connection.domain.account));
  std::string page;
  int refusals = 0;
  std::vector<ObjectKey> ready;
  for (int pages = 0;;) {
    if (!MayAsk(connection)) {
      ready = inventory.Fail(
          Fail(ErrorClass::kCancelled, "LeaseEnded", "the right to ask this account ended").error(),
          credential);
      break;
    }
    CallContext context;
    context.key = ObjectKey{kind, "", ""};
    context.priority = Priority::kTransition;
    context.deadline = deps_.clock.Now() + options_.call_deadline;
    context.stop = deps_.stop;
    auto listing = connection.provider->List(context, page);
    const auto begun = deps_.clock.Now();
    auto listed = co_await listing;
    if (!listed) {
      RecordFailedList(inventory, TraitsOf(kind), listed.error(), begun);
      const bool wait = MayWaitFor(listed.error()) && ++refusals <= kRefusalsMax;
      if (!wait || deps_.stop.StopRequested()) {
        ready = inventory.Fail(std::move(listed.error()), credential);
        break;
      }
      const Duration pause = listed.error().retry_after ? Duration(*listed.error().retry_after)
                                                        : options_.backoff_base;
      SleepUntil sleeping(
          deps_.clock.Now() + std::max<Duration>(pause, std::chrono::milliseconds(1)), deps_.stop);
      co_await sleeping;
      continue;
    }
    refusals = 0;
    // The pass that asked was the credential's probe; its answer arrives here.
    if (breaker_.Accepted(credential)) WakeUsersOf(config->meta.key);
    inventory.AddPage(listed->entries, [&](const std::string& name, std::uint64_t digest) {
      return HasAgreed(connection.domain.service, name, digest);
    });
    page = std::move(listed->next_page);
    if (page.empty()) {
      ready = inventory.Finish(deps_.clock.Now());
      break;
    }
    if (++pages >= kPagesMax) {
      Error endless;
      endless.error_class = ErrorClass::kTerminal;
      endless.code = "EndlessList";
      endless.message = "the list did not end after " + std::to_string(kPagesMax) + " pages";
      ready = inventory.Fail(std::move(endless), credential);
      break;
    }
  }
  for (const auto& key : ready) deps_.wake(key, Priority::kTransition);
  if (!MayAsk(connection)) co_return;
  SweepIfWanted(connection, kind, config);
}

}  // namespace instanced
