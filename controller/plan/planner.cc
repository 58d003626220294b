#include "controller/plan/planner.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/provider/parameter_rules.h"

namespace instanced {
namespace {

// More than any course takes that leads somewhere.
constexpr int kPassesMax = 60;
constexpr int kFailuresMax = 2;
constexpr int kRoundsMax = 4;
constexpr std::uint64_t kSeed = 1;

nlohmann::json ParametersOf(const InstanceObject& object) {
  auto parameters = nlohmann::json::parse(object.spec.for_provider, nullptr, false);
  return parameters.is_object() ? parameters : nlohmann::json::object();
}

}  // namespace

class Planner::Unlimited final : public Guards {
 public:
  Unlimited(StandardGuards::Deps deps, std::set<ObjectKey>& concluded)
      : inner_(std::move(deps)), concluded_(concluded) {}

  Slot ReserveCalls(const Domain&, std::span<const std::string_view>, const ObjectKey&,
                    Priority) override {
    return Slot::kGranted;
  }
  void PassOver(const ObjectKey& key) override {
    inner_.PassOver(key);
    concluded_.insert(key);
  }
  ChurnVerdict AskChurn(const Domain& domain, const std::string& identity,
                        ChurnPurpose purpose) const override {
    return inner_.AskChurn(domain, identity, purpose);
  }
  Task<Result<void>> RecordChurn(Domain domain, std::string identity) override {
    return inner_.RecordChurn(std::move(domain), std::move(identity));
  }
  Task<void> WithdrawChurn(Domain domain, std::string identity) override {
    return inner_.WithdrawChurn(std::move(domain), std::move(identity));
  }
  void ChurnAnswered(const Domain& domain, ChurnPurpose purpose,
                     const Result<void>& answer) override {
    inner_.ChurnAnswered(domain, purpose, answer);
  }
  BrakeFact AskBrake(const InstanceObject& object) override { return inner_.AskBrake(object); }
  BrakeFact BrakeOn(const ObjectKey& key) const override { return inner_.BrakeOn(key); }
  BrakeFact HoldObject(BrakeCause cause, const InstanceObject& object) override {
    return inner_.HoldObject(cause, object);
  }
  void HoldOver(BrakeCause cause, const ObjectKey& key) override { inner_.HoldOver(cause, key); }
  void PersonAsked(const ObjectKey& key) override { inner_.PersonAsked(key); }
  void ObjectDeleted(const ObjectKey& key) override { inner_.ObjectDeleted(key); }
  void DeletionWithdrawn(const ObjectKey& key) override { inner_.DeletionWithdrawn(key); }

 private:
  StandardGuards inner_;
  std::set<ObjectKey>& concluded_;
};

Planner::Planner(Deps deps, PlanStart start)
    : deps_(std::move(deps)),
      start_(std::move(start)),
      clock_(deps_.clock),
      random_(kSeed),
      churn_(start_.churn),
      fence_(start_.options.owner, 0),
      recorded_(deps_.recorded, start_.options.owner),
      cloud_({deps_.clock, deps_.providers ? *deps_.providers : recorded_, recorded_,
              [this](const ObjectKey& key) { return start_.proposed_configs.contains(key); },
              [this](const ObjectKey& key) {
                const auto object = cache_.FindInstance(key);
                const auto& intent = object->status.intent;
                return CreateInput{ParametersOf(*object),
                                   MakeMark(start_.options.owner, key, object->meta.uid),
                                   intent ? intent->token : std::string()};
              },
              [this](const ObjectKey& key, PlannedCall call) {
                courses_[key].calls.push_back(std::move(call));
              },
              [this](const ObjectKey& key, SentAgain outcome, const std::string& made) {
                courses_[key].sent_again = outcome;
                courses_[key].made_before = made;
              },
              [this](const ObjectKey& key, const std::string& external_name) {
                return IsBound(key, external_name);
              },
              start_.options.call_deadline, deps_.give_up_at, deps_.stop, deps_.budget}),
      store_(cache_, start_.next_lives, [this](const InstancePtr& before, const InstancePtr& now) {
        if (!now) {
          reconciler_->ObjectDeleted(before->meta.key);
          return;
        }
        reconciler_->ObjectChanged(before.get(), *now);
        if (!before) Wake(now->meta.key);
      }) {
  const auto beside = [this](Task<void> task) { beside_.push_back(std::move(task)); };
  guards_ = std::make_unique<Unlimited>(
      StandardGuards::Deps{clock_, budget_, churn_, start_.brakes, ledger_, cache_, beside,
                           [](const ObjectKey&, const std::string&) {}},
      concluded_);
  reconciler_ = std::make_unique<Reconciler>(
      ReconcilerDeps{clock_, random_, cache_, store_, cloud_, ledger_, *guards_, fence_, observer_,
                     [this](const ObjectKey& key, Priority) { Wake(key); }, beside, deps_.stop},
      start_.options);
}

Planner::~Planner() = default;

void Planner::Begin() {
  for (const auto& config : start_.configs) cache_.Put(config);
  for (const auto& object : start_.instances) {
    courses_[object->meta.key].external_name = object->status.external_name;
    store_.Add(*object);
  }
}

bool Planner::IsBound(const ObjectKey& asks, const std::string& external_name) const {
  const auto service_of = [](const InstanceObject& object) {
    return ServiceKeyOf(object.meta.key.kind, object.spec.plugin);
  };
  const auto asking = cache_.FindInstance(asks);
  return std::ranges::any_of(courses_, [&](const auto& entry) {
    const auto object = cache_.FindInstance(entry.first);
    return object && object->status.external_name == external_name &&
           service_of(*object) == service_of(*asking);
  });
}

void Planner::Wake(const ObjectKey& key) {
  if (!cache_.FindInstance(key)) return;
  Course& course = courses_[key];
  course.standing = Standing::kDue;
  course.due = clock_.Now();
}

std::optional<ObjectKey> Planner::NextDue() const {
  const std::pair<const ObjectKey, Course>* next = nullptr;
  for (const auto& entry : courses_) {
    if (entry.second.standing != Standing::kDue) continue;
    if (next == nullptr || entry.second.due < next->second.due) next = &entry;
  }
  if (next == nullptr) return std::nullopt;
  return next->first;
}

Task<PlanReport> Planner::Run() {
  Begin();
  for (int round = 0; round < kRoundsMax; ++round) {
    auto running = RunDue();
    co_await running;
    if (!LookAgain()) break;
  }
  GiveUp();
  co_return Report();
}

Task<void> Planner::RunDue() {
  while (const auto key = NextDue()) {
    if (deps_.stop.StopRequested() || deps_.clock.Now() >= deps_.give_up_at) co_return;
    auto stepping = Step(*key);
    co_await stepping;
  }
}

Task<void> Planner::Step(ObjectKey key) {
  Course& course = courses_[key];
  clock_.MoveTo(course.due);
  course.standing = Standing::kSettled;
  ++course.passes;
  concluded_.erase(key);
  auto reconciling = reconciler_->Reconcile(key, Priority::kUrgent);
  const When when = co_await reconciling;
  Judge(key, when);
  while (!beside_.empty()) {
    auto task = std::move(beside_.front());
    beside_.pop_front();
    co_await task;
  }
}

// Somebody may have woken the object meanwhile; that stands.
void Planner::Judge(const ObjectKey& key, const When& when) {
  Course& course = courses_[key];
  if (!cache_.FindInstance(key) || course.standing == Standing::kDue) return;
  if (course.passes >= kPassesMax) {
    course.unknown = "its course does not come to an end";
    return;
  }
  if (!concluded_.contains(key)) return;  // waits for a list, which wakes it
  const auto& result = observer_.results[key];
  const auto* decision = LastDecision(key);
  const bool failed = result.result == PassResult::kError;
  if (failed && ++course.failures > kFailuresMax) {
    course.unknown = decision != nullptr ? Explain(*decision) : "the cloud could not be read";
    return;
  }
  const bool settled = !failed && (decision == nullptr || std::holds_alternative<Done>(*decision) ||
                                   std::holds_alternative<Hold>(*decision));
  if (settled) {
    course.failures = 0;
    return;
  }
  course.standing = Standing::kDue;
  const auto* at = std::get_if<At>(&when.at);
  course.due = at ? at->when : clock_.Now();
}

bool Planner::LookAgain() {
  int changes = cloud_.transitions();
  for (const auto& [key, course] : courses_) changes += static_cast<int>(course.calls.size());
  if (changes == std::exchange(seen_changes_, changes)) return false;
  clock_.MoveTo(clock_.Now() + start_.options.hold_poll * 2);
  bool any = false;
  for (auto& [key, course] : courses_) {
    const auto* decision = LastDecision(key);
    if (decision == nullptr || !std::holds_alternative<Hold>(*decision)) continue;
    if (!course.unknown.empty()) continue;
    Wake(key);
    any = true;
  }
  return any;
}

void Planner::GiveUp() {
  for (auto& [key, course] : courses_) {
    if (course.standing == Standing::kDue && course.unknown.empty()) {
      course.unknown = "not read within the time of the plan";
    }
  }
}

const Decision* Planner::LastDecision(const ObjectKey& key) const {
  const auto found = observer_.decisions.find(key);
  return found == observer_.decisions.end() || found->second.empty() ? nullptr
                                                                     : &found->second.back();
}

}  // namespace instanced
