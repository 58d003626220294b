#include "controller/reconcile/standard_guards.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "controller/reconcile/deletion_reach.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr Duration kRecount = std::chrono::seconds(30);
// So much of brakes is saved at each change; more rests in between, a second for each megabyte.
constexpr std::size_t kSavedAtOnce = 16'000;
constexpr Duration kRestPerKilobyte = std::chrono::milliseconds(1);

BrakeFact FactOf(const BrakeVerdict& verdict) {
  struct Visit {
    BrakeFact operator()(const DeletionProceeds&) const { return BrakeOff{}; }
    BrakeFact operator()(const DeletionSettles& settles) const {
      return BrakeSettling{settles.until};
    }
    BrakeFact operator()(const DeletionHeld& held) const {
      return BrakeHeld{held.brake_id, held.message + "; see instancectl brakes"};
    }
    BrakeFact operator()(const DeletionReleased&) const { return BrakeReleased{}; }
  };
  return std::visit(Visit{}, verdict);
}

bool SameAnswer(const BrakeFact& before, const BrakeFact& now) {
  if (before.index() != now.index()) return false;
  const auto* held = std::get_if<BrakeHeld>(&now);
  return !held || held->brake_id == std::get<BrakeHeld>(before).brake_id;
}

}  // namespace

Slot StandardGuards::ReserveCalls(const Domain& domain,
                                  std::span<const std::string_view> operations,
                                  const ObjectKey& key, Priority priority) {
  const std::vector<std::string> names(operations.begin(), operations.end());
  const auto answer = deps_.budget.Reserve(domain, names, key, priority, deps_.clock.Now());
  return answer == Reservation::kGranted ? Slot::kGranted : Slot::kParked;
}

void StandardGuards::PassOver(const ObjectKey& key) {
  deps_.budget.Forget(key, deps_.clock.Now());
  // Instances come and go in passes; the brakes must know how many there were.
  if (deps_.clock.Now() - populations_[key.kind].counted >= kRecount) CountPopulation(key.kind);
}

ChurnVerdict StandardGuards::AskChurn(const Domain& domain, const std::string& identity,
                                      ChurnPurpose purpose) const {
  const auto now = deps_.clock.WallNow();
  if (IsProbeDue(domain)) return ChurnOpen{};
  const auto answer = deps_.churn.Ask(domain, identity, purpose, now);
  const auto* refused = std::get_if<ChurnRefused>(&answer);
  if (!refused) return ChurnOpen{};
  return ChurnClosed{
      "the account's creates and deletes within 30 days are used up as far as we may go; goes on "
      "after " +
      FormatRfc3339(refused->until)};
}

Task<Result<void>> StandardGuards::RecordChurn(Domain domain, std::string identity) {
  const auto now = deps_.clock.WallNow();
  const bool probes = IsProbeDue(domain);
  if (probes) {
    deps_.churn.BeginProbe(domain, now);
    probes_[domain] = Probe::kUnderWay;
  }
  auto recording = deps_.ledger.RecordChurn(deps_.churn.Record(domain, identity, now));
  auto recorded = co_await recording;
  if (probes && !recorded) probes_[domain] = Probe::kUnspent;
  co_return recorded;
}

Task<void> StandardGuards::WithdrawChurn(Domain domain, std::string identity) {
  auto withdrawing = deps_.ledger.WithdrawChurn(ChurnAccount(domain), identity);
  const auto withdrawn = co_await withdrawing;
  // Otherwise it counts on: too many is safe.
  if (withdrawn) deps_.churn.Withdraw(domain, identity);
}

bool StandardGuards::IsProbeDue(const Domain& domain) const {
  const auto probe = probes_.find(domain);
  if (probe != probes_.end() && probe->second == Probe::kUnspent) return true;
  return deps_.churn.ProbeDue(domain, deps_.clock.WallNow());
}

void StandardGuards::ChurnAnswered(const Domain& domain, ChurnPurpose purpose,
                                   const Result<void>& answer) {
  const auto now = deps_.clock.WallNow();
  if (answer) {
    deps_.churn.MarkAccepted(domain);
    probes_.erase(domain);
    return;
  }
  if (answer.error().error_class != ErrorClass::kQuota) {
    if (const auto probe = probes_.find(domain); probe != probes_.end()) {
      probe->second = Probe::kUnspent;
    }
    return;
  }
  probes_.erase(domain);
  const bool much_spent = deps_.churn.Remaining(domain, now) < deps_.churn.limit() / 2;
  if (purpose == ChurnPurpose::kCreate && !much_spent) return;
  deps_.churn.MarkExhausted(domain, now);
  SaveMarks(domain);
}

BrakeFact StandardGuards::AskBrake(const InstanceObject& object) {
  if (!DeletionReachesCloud(object)) {
    if (deps_.brakes.Bar(object.meta.key)) BrakesChanged();
    return BrakeOn(object.meta.key);
  }
  if (deps_.judge_after) {
    if (const auto until = deps_.judge_after(object)) return BrakeSettling{*until};
  }
  NoteShare(object);
  CountPopulation(object.meta.key.kind);
  DeleteRequest request{object.meta.key, object.status.external_name.empty()
                                             ? InstanceHeld::kUnknown
                                             : InstanceHeld::kExists};
  auto verdict = deps_.brakes.Ask(request, Moment());
  if (const auto* held = std::get_if<DeletionHeld>(&verdict)) {
    if (Obey(object, held->brake_id)) verdict = deps_.brakes.Ask(request, Moment());
  }
  auto fact = FactOf(verdict);
  const auto [it, first] = answered_.try_emplace(object.meta.key, fact);
  if (first || !SameAnswer(it->second, fact)) {
    it->second = fact;
    BrakesChanged();
  }
  return fact;
}

BrakeFact StandardGuards::BrakeOn(const ObjectKey& key) const {
  const auto verdict = deps_.brakes.VerdictFor(key, deps_.clock.Now());
  return verdict ? FactOf(*verdict) : BrakeFact(BrakeOff{});
}

BrakeFact StandardGuards::HoldObject(BrakeCause cause, const InstanceObject& object) {
  const ObjectKey& key = object.meta.key;
  NoteShare(object);
  const bool known = deps_.brakes.Holds(cause, key);
  auto verdict = deps_.brakes.HoldObject(cause, key, Moment());
  if (const auto* held = std::get_if<DeletionHeld>(&verdict)) {
    if (Obey(object, held->brake_id)) verdict = deps_.brakes.HoldObject(cause, key, Moment());
  }
  if (known != deps_.brakes.Holds(cause, key)) BrakesChanged();
  return FactOf(verdict);
}

void StandardGuards::HoldOver(BrakeCause cause, const ObjectKey& key) {
  if (deps_.brakes.EndHold(cause, key)) BrakesChanged();
}

// An annotation counts only when it names exactly the brake that holds this object now.
bool StandardGuards::Obey(const InstanceObject& object, const std::string& brake_id) {
  const std::string who = "annotation of " + ToString(object.meta.key);
  const auto* approve = FindValue(object.meta.annotations, kApproveAnnotation);
  const auto* release = FindValue(object.meta.annotations, kReleaseAnnotation);
  if ((release && *release == brake_id) || (approve && *approve == brake_id)) {
    const auto keys = release && *release == brake_id
                          ? deps_.brakes.Release(brake_id, who, Moment())
                          : deps_.brakes.Approve(brake_id, who, Moment());
    if (!keys) return false;
    for (const auto& key : *keys) {
      if (deps_.wake && key != object.meta.key) deps_.wake(key);
    }
    return true;
  }
  const auto* other = approve ? approve : release;
  if (other && warned_[object.meta.key] != *other) {
    warned_[object.meta.key] = *other;
    deps_.warn(object.meta.key, "an annotation names brake " + *other + ", but brake " + brake_id +
                                    " holds this object; it is ignored");
  }
  return false;
}

void StandardGuards::CountPopulation(Kind kind) {
  auto& population = populations_[kind];
  const auto now = deps_.clock.Now();
  const bool fresh =
      population.with_instance > 0 && now - population.counted < std::chrono::milliseconds(500);
  if (!fresh) {
    population = {now, 0};
    if (deps_.shares) deps_.brakes.ObserveElsewhere(kind, DeletionsElsewhere(kind));
    deps_.cache.ForEachInstance([&](const InstanceView& object) {
      const bool counts = object.meta.key.kind == kind && !object.status.external_name.empty();
      if (counts) ++population.with_instance;
    });
  }
  deps_.brakes.ObservePopulation(kind, population.with_instance, now);
}

void StandardGuards::PersonAsked(const ObjectKey& key) {
  deps_.budget.PersonAsked(key, deps_.clock.Now());
}

void StandardGuards::ObjectDeleted(const ObjectKey& key) {
  deps_.brakes.Gone(key, deps_.clock.Now());
  deps_.budget.Forget(key, deps_.clock.Now());
  warned_.erase(key);
  if (answered_.erase(key) > 0) BrakesChanged();
}

void StandardGuards::DeletionWithdrawn(const ObjectKey& key) {
  deps_.brakes.Withdraw(key, deps_.clock.Now());
  warned_.erase(key);
  if (answered_.erase(key) > 0) BrakesChanged();
}

void StandardGuards::BrakesChanged() {
  if (saving_ != Saving::kAtOnce) {
    saving_ = Saving::kRestsAndIsAsked;
    return;
  }
  for (const auto& share : Shares()) SaveBrakes(share);
  std::size_t bytes = 0;
  for (const auto& [share, document] : saved_brakes_) bytes += document.size();
  if (bytes < kSavedAtOnce) return;
  saving_ = Saving::kRests;
  deps_.spawn(RestAfterSaving(kRestPerKilobyte * static_cast<std::int64_t>(bytes / 1000)));
}

void StandardGuards::SaveBrakes(const std::string& share) {
  auto document = deps_.brakes.Export(Moment(), PartOf(share)).dump();
  auto& saved = saved_brakes_[share];
  if (document == saved) return;
  saved = document;
  deps_.spawn(Save({ShareName(kBrakesDocument, share), std::move(document)}));
}

Task<void> StandardGuards::RestAfterSaving(Duration pause) {
  SleepUntil resting(deps_.clock.Now() + pause);
  co_await resting;
  if (std::exchange(saving_, Saving::kAtOnce) == Saving::kRestsAndIsAsked) BrakesChanged();
}

Task<void> StandardGuards::Save(LedgerDocument document) {
  auto saving = deps_.ledger.SaveDocument(std::move(document));
  // A store that cannot write is shown by health; the next change saves again.
  if (auto saved = co_await saving; !saved) saved_brakes_.clear();
}

}  // namespace instanced
