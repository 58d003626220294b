#include "controller/reconcile/pass.h"
#include "controller/reconcile/claims.h"
#include "controller/reconcile/deletion_reach.h"

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

// More than any lawful chain of steps (finalizer, adopt, observe, ...): a bound, not a budget.
constexpr int kStepsMax = 8;

struct NeedsCloudVisit {
  bool operator()(const AddFinalizer&) const { return false; }
  bool operator()(const RemoveFinalizer&) const { return false; }
  bool operator()(const Wait&) const { return false; }
  bool operator()(const Hold&) const { return false; }
  bool operator()(const Retry&) const { return false; }
  bool operator()(const Done&) const { return false; }
  template <class Step>
  bool operator()(const Step&) const {
    return true;
  }
};

}  // namespace

Pass::Pass(Reconciler& reconciler, InstancePtr object, Priority priority)
    : r_(reconciler),
      object_(std::move(object)),
      traits_(TraitsOf(object_->meta.key.kind)),
      track_(r_.tracks_.For(*object_)),
      priority_(priority),
      begun_(r_.deps_.clock.Now()),
      status_(object_->status) {}

Task<When> Pass::Run() {
  auto entering = Enter();
  if (!co_await entering) {
    // Whoever gets the right to act looks at every object anew.
    r_.deps_.guards.PassOver(object_->meta.key);
    if (!enter_again_) track_->failures = 0;
    When when{WhenChanged{}, Priority::kDrift};
    if (enter_again_) when.at = At{*enter_again_};
    Report(when, std::nullopt);
    co_return when;
  }
  auto resolving = Resolve();
  Decision decision = co_await resolving;
  auto concluding = Conclude(std::move(decision));
  co_return co_await concluding;
}

Task<Decision> Pass::Resolve() {
  for (int step = 0; step < kStepsMax; ++step) {
    Decision decision = Decide(*object_, observed_, Gather(), Now());
    if (!connection_ && std::visit(NeedsCloudVisit{}, decision)) {
      auto connecting = Connect();
      if (auto ended = co_await connecting) co_return *ended;
      continue;
    }
    RecordDecision(decision);
    auto acting = Act(std::move(decision));
    if (auto ended = co_await acting) co_return *ended;
  }
  co_return Wait{Reason::kProgressing, "goes on in the next pass", Now()};
}

// Carries a decision out. A decision comes back when the pass is over; nothing when decide() is to
// be asked again with what is now known.
Task<std::optional<Decision>> Pass::Act(Decision decision) {
  if (std::holds_alternative<Observe>(decision) || std::holds_alternative<LookUp>(decision)) {
    auto reading = std::holds_alternative<Observe>(decision) ? ObserveInstance() : LookUpInstance();
    auto read = co_await reading;
    if (!read) co_return std::move(read.error());
    observed_ = std::move(*read);
    co_return std::nullopt;
  }
  if (std::holds_alternative<AddFinalizer>(decision)) {
    auto writing = AddOurFinalizer();
    co_return co_await writing;
  }
  if (auto* adopt = std::get_if<Adopt>(&decision)) {
    auto binding = Bind(std::move(*adopt));
    co_return co_await binding;
  }
  if (std::holds_alternative<CloseIntent>(decision) || std::holds_alternative<Unbind>(decision)) {
    InstanceStatus changed = status_;
    changed.intent.reset();
    if (std::holds_alternative<Unbind>(decision)) {
      changed.external_name.clear();
      changed.claimed_at.clear();
      changed.bound_domain.clear();
      changed.accepted_mark.clear();
      changed.at_provider.clear();
      changed.sent.clear();
      track_->cooldown.reset();
      track_->bound_at.reset();
    }
    auto letting_go = LetGo(std::move(changed));
    co_return co_await letting_go;
  }
  if (auto* create = std::get_if<Create>(&decision)) {
    auto creating = CreateInstance(*create);
    co_return co_await creating;
  }
  if (auto* update = std::get_if<Update>(&decision)) {
    auto updating = ApplyUpdate(std::move(*update));
    co_return co_await updating;
  }
  if (auto* removal = std::get_if<Delete>(&decision)) {
    auto deleting = DeleteInstance(std::move(*removal));
    co_return co_await deleting;
  }
  if (auto* leave = std::get_if<RemoveFinalizer>(&decision)) {
    auto leaving = SetFinalizer(leave->exit, leave->why);
    if (auto failed = co_await leaving) co_return failed;
  }
  co_return decision;
}

Circumstances Pass::Gather() const {
  Circumstances facts;
  facts.pause = IsPaused(object_->meta.annotations) ? Pause::kPaused : Pause::kRunning;
  facts.claim = r_.claims_.VerdictFor(*object_);
  if (!object_->meta.IsDeleting()) {
    facts.brake = r_.deps_.guards.BrakeOn(object_->meta.key);
  } else if (object_->meta.HasFinalizer(kFinalizerName)) {
    facts.brake = r_.deps_.guards.AskBrake(*object_);
  }
  if (connection_) {
    facts.identity = connection_->identity;
    facts.bound_domain = VerifiedDomain();
    facts.lease_left = CurrentTenure().left;
    if (traits_.churn_limited) {
      // Who deletes in order to create anew needs room for both.
      facts.churn = r_.deps_.guards.AskChurn(
          connection_->domain, ChurnIdentity(),
          object_->meta.IsDeleting() ? ChurnPurpose::kDelete : ChurnPurpose::kCreate);
    }
  }
  facts.cooldown = track_->cooldown.Copy();
  facts.doubt = GatherDoubt();
  facts.replacement = track_->replacement;
  facts.flap = track_->updates_equal >= r_.options_.flap_limit ? Flap::kFlapping : Flap::kSteady;
  const bool fresh = track_->bound_at && Now() - *track_->bound_at < r_.options_.consistency_window;
  facts.binding = fresh ? Binding::kFresh : Binding::kSettled;
  facts.call_deadline = r_.options_.call_deadline;
  return facts;
}

std::optional<Doubt> Pass::GatherDoubt() const {
  const auto& intent = object_->status.intent;
  if (!intent || intent->operation != kCreateOperation) return std::nullopt;
  if (!track_->doubt_since || track_->doubt_attempt != intent->attempt) {
    track_->doubt_since = Now();
    track_->doubt_attempt = intent->attempt;
    track_->replay = Replay::kOpen;
    track_->ForgetLookups();
  }
  Doubt doubt;
  doubt.settled_at = *track_->doubt_since + std::chrono::milliseconds(intent->deadline_ms) +
                     r_.options_.consistency_window;
  const auto written = ParseRfc3339(intent->not_before);
  const auto age = written ? r_.deps_.clock.WallNow() - *written : std::chrono::hours(1);
  const bool young = age < r_.options_.replay_window && age > -std::chrono::minutes(1);
  if (traits_.create_guard == CreateGuard::kToken && young) doubt.replay = track_->replay;
  return doubt;
}

// One try is one entry of the churn ledger, however often it is asked about or sent again.
std::string Pass::ChurnIdentity() const {
  const auto& status = object_->status;
  if (!status.external_name.empty()) return object_->meta.uid + "/delete/" + status.external_name;
  return CreateIdentity(status.attempts + 1);
}

std::string Pass::CreateIdentity(std::int64_t attempt) const {
  return object_->meta.uid + "/create/" + std::to_string(attempt);
}

bool Pass::Reserve(std::span<const std::string_view> operations) {
  const auto slot =
      r_.deps_.guards.ReserveCalls(connection_->domain, operations, object_->meta.key, priority_);
  parked_ = slot == Slot::kParked;
  return !parked_;
}

CallContext Pass::Context() const {
  CallContext context;
  context.key = object_->meta.key;
  context.priority = priority_;
  context.deadline = Now() + r_.options_.call_deadline;
  context.stop = r_.deps_.stop;
  trace_ = std::make_shared<CallTrace>();
  context.trace = trace_;
  return context;
}

// Empty while nobody could say whose credential it is: a guess must not be held against anybody.
std::string Pass::VerifiedDomain() const {
  if (!std::holds_alternative<AccountVerified>(connection_->identity)) return {};
  return connection_->domain.account + "/" + connection_->domain.region;
}

const std::string& Pass::ExternalName() const {
  const auto& bound = object_->status.external_name;
  return bound.empty() ? object_->spec.external_name : bound;
}

nlohmann::json Pass::Parameters() const {
  auto parameters = nlohmann::json::parse(object_->spec.for_provider, nullptr, false);
  return parameters.is_object() ? parameters : nlohmann::json::object();
}

const std::string& Pass::NaturalKey() const {
  if (!natural_key_) natural_key_ = NaturalKeyOf(traits_, object_->spec);
  return *natural_key_;
}

const Mark& Pass::OurMark() const {
  if (!mark_) mark_ = MakeMark(r_.options_.owner, object_->meta.key, object_->meta.uid);
  return *mark_;
}

Decision Pass::Parked() const {
  return Wait{Reason::kWaitingForBudget, "waits its turn in the account's rate", {}};
}

}  // namespace instanced
