#include "tests/simulation/bug_seams.h"

#include <nlohmann/json.hpp>

#include "controller/task/sleep.h"
#include "tests/simulation/sim_accounts.h"

namespace instanced {
namespace {

constexpr Duration kOldList = std::chrono::seconds(40);
constexpr Duration kLateIntent = std::chrono::seconds(30);
constexpr auto kOutage = std::chrono::minutes(5);

Error As(Error error, ErrorClass error_class, Reach reach) {
  error.error_class = error_class;
  error.reach = reach;
  return error;
}

// What a careless message would show of an object.
void Quote(const InstancePtr& object, InstanceStatus& status) {
  const auto* stalled = status.conditions.Find(ConditionType::kStalled);
  if (!object || !stalled) return;
  Condition condition = *stalled;
  for (const auto& [name, value] : object->meta.annotations) condition.message += " " + value;
  status.conditions.Mark(std::move(condition), "2026-01-01T00:00:00Z");
}

Condition Standing(ConditionType type, ConditionStatus status) {
  Condition condition;
  condition.type = type;
  condition.status = status;
  condition.reason = Reason::kInDoubt;
  condition.message = "so it was";
  return condition;
}

// Conditions that kstatus does not allow.
void Spoil(Bug bug, const InstancePtr& object, InstanceStatus& status) {
  constexpr std::string_view kNow = "2026-01-01T00:00:00Z";
  auto& conditions = status.conditions;
  if (bug == Bug::kReadyForgotten) conditions.Remove(ConditionType::kReady);
  if (bug == Bug::kStandingConditionFalse) {
    const bool moves = conditions.Find(ConditionType::kReconciling) != nullptr;
    const auto type = moves ? ConditionType::kReconciling : ConditionType::kStalled;
    conditions.Mark(Standing(type, ConditionStatus::kFalse), kNow);
  }
  if (bug == Bug::kBothStanding) {
    conditions.Mark(Standing(ConditionType::kStalled, ConditionStatus::kTrue), kNow);
    conditions.Mark(Standing(ConditionType::kReconciling, ConditionStatus::kTrue), kNow);
  }
  const auto* ready = conditions.Find(ConditionType::kReady);
  if (bug == Bug::kConditionAhead && object && ready) {
    Condition ahead = *ready;
    ahead.observed_generation = object->meta.generation + 1;
    conditions.Mark(std::move(ahead), kNow);
  }
}

// Whose credential it is: nobody could be asked yet, because it was not their turn.
std::optional<Error> Deferred(const Result<Connection>& connected) {
  if (!connected) {
    const bool turn = connected.error().error_class == ErrorClass::kDeferred;
    return turn ? std::optional(connected.error()) : std::nullopt;
  }
  const auto* unverified = std::get_if<AccountUnverified>(&connected->identity);
  const bool turn = unverified && unverified->cause.error_class == ErrorClass::kDeferred;
  return turn ? std::optional(unverified->cause) : std::nullopt;
}

template <class T>
bool IsLost(const Result<T>& answer) {
  return !answer && answer.error().error_class == ErrorClass::kInDoubt;
}

}  // namespace

WriteTarget BugWriter::Aimed(WriteTarget target) const {
  const auto object = objects_.Instance(target.key);
  if (bugs_.Is(Bug::kConflictOverwritten) && object) {
    target.resource_version = object->meta.resource_version;
    target.uid = object->meta.uid;
  }
  return target;
}

Task<Result<std::string>> BugWriter::WriteStatus(WriteTarget target, InstanceStatus status) {
  const auto object = objects_.Instance(target.key);
  const bool opens = status.intent && status.intent->operation == kCreateOperation;
  if (bugs_.Is(Bug::kIntentNotWritten) && opens) co_return target.resource_version;
  if (bugs_.Is(Bug::kAnnotationQuoted)) Quote(object, status);
  Spoil(bugs_.on, object, status);
  if (bugs_.Is(Bug::kIntentAfterLease) && status.intent) {
    SleepUntil late(clock_.Now() + kLateIntent);
    co_await late;
  }
  const bool binds =
      object && object->status.external_name.empty() && !status.external_name.empty();
  if (bugs_.Is(Bug::kBindingNotWritten) && binds) co_return target.resource_version;
  if (bugs_.Is(Bug::kFinalizerLeavesEarly) && object && object->meta.IsDeleting()) {
    auto leaving = store_.WriteFinalizers(target, {});
    co_return co_await leaving;
  }
  auto writing = store_.WriteStatus(Aimed(std::move(target)), std::move(status));
  co_return co_await writing;
}

Task<Result<std::string>> BugWriter::WriteFinalizers(WriteTarget target,
                                                     std::vector<std::string> finalizers) {
  if (bugs_.Is(Bug::kFinalizerNotWritten) && !finalizers.empty()) co_return target.resource_version;
  auto writing = store_.WriteFinalizers(Aimed(std::move(target)), std::move(finalizers));
  co_return co_await writing;
}

Task<Result<std::string>> BugWriter::WriteAnnotations(WriteTarget target, StringPairs annotations) {
  auto writing = store_.WriteAnnotations(std::move(target), std::move(annotations));
  co_return co_await writing;
}

void BugLedger::Append(HistoryEntry entry) {
  const auto object = objects_.Instance(entry.key);
  if (bugs_.Is(Bug::kHistoryQuotes) && object) {
    for (const auto& [name, value] : object->meta.annotations) entry.message += " " + value;
  }
  inner_.Append(std::move(entry));
}

Result<std::string> BugProvider::EncodeCreate(const CreateInput& input) const {
  last_mark_ = input.mark;
  if (!bugs_.Is(Bug::kMarkForgotten)) return inner_->EncodeCreate(input);
  CreateInput bare = input;
  bare.mark = Mark{};
  return inner_->EncodeCreate(bare);
}

Task<void> BugProvider::CreateUnheard(CallContext context, std::string request) {
  auto creating = inner_->Create(std::move(context), std::move(request));
  co_await creating;
}

Task<Result<Created>> BugProvider::Create(CallContext context, std::string request) {
  auto json = nlohmann::json::parse(request);
  if (bugs_.Is(Bug::kTokenDropped)) json["token"] = "";
  if (bugs_.Is(Bug::kTokenAnew) && ++tries_ > 1) json["token"] = std::to_string(tries_);
  if (bugs_.Is(Bug::kSentTwice)) seams_.spawn(CreateUnheard(context, request));
  auto creating = inner_->Create(context, json.dump());
  auto created = co_await creating;
  if (bugs_.Is(Bug::kLostMeansNotSent) && IsLost(created)) {
    co_return std::unexpected(As(created.error(), ErrorClass::kTransient, Reach::kNotSent));
  }
  if (bugs_.Is(Bug::kCreateRepeatedBlindly) && IsLost(created)) {
    json["token"] = "again-" + std::to_string(++tries_);
    auto again = inner_->Create(std::move(context), json.dump());
    co_return co_await again;
  }
  co_return created;
}

void BugProvider::Claim(Observation& seen) const {
  const bool bare = !seen.mark || (seen.mark->uid.empty() && seen.mark->suffix.empty());
  if (!bugs_.Is(Bug::kEveryInstanceIsOurs) || !bare || !last_mark_) return;
  seen.mark = ObservedMark{last_mark_->owner_value, last_mark_->uid, last_mark_->suffix};
}

Task<Result<Observation>> BugProvider::Observe(CallContext context, std::string external_name) {
  auto observing = inner_->Observe(std::move(context), std::move(external_name));
  auto observed = co_await observing;
  if (observed) Claim(*observed);
  const bool failed = !observed && observed.error().error_class != ErrorClass::kDeferred;
  if (bugs_.Is(Bug::kFailedReadMeansGone) && failed) {
    co_return std::unexpected(As(observed.error(), ErrorClass::kNotFound, Reach::kAnswered));
  }
  co_return observed;
}

Task<Result<void>> BugProvider::Update(CallContext context, UpdateInput input) {
  if (bugs_.Is(Bug::kUpdateNotSent)) co_return Result<void>();
  auto updating = inner_->Update(std::move(context), std::move(input));
  co_return co_await updating;
}

Task<Result<void>> BugProvider::Delete(CallContext context, std::string external_name,
                                       std::string token) {
  if (bugs_.Is(Bug::kDeleteNotSent)) co_return Result<void>();
  auto deleting = inner_->Delete(std::move(context), std::move(external_name), std::move(token));
  auto deleted = co_await deleting;
  if (bugs_.Is(Bug::kLostDeleteMeansGone) && IsLost(deleted)) {
    co_return std::unexpected(As(deleted.error(), ErrorClass::kNotFound, Reach::kAnswered));
  }
  co_return deleted;
}

Task<Result<ListPage>> BugProvider::List(CallContext context, std::string page) {
  auto listing = inner_->List(std::move(context), std::move(page));
  auto listed = co_await listing;
  if (!listed) co_return listed;
  for (auto& entry : listed->entries) Claim(entry);
  if (bugs_.Is(Bug::kFirstPageOnly)) listed->next_page.clear();
  co_return listed;
}

Task<Result<Connection>> BugRegistry::Connect(CallContext context, Kind kind,
                                              ProviderConfigPtr config) {
  auto connecting = cloud_.Connect(std::move(context), kind, std::move(config));
  auto connection = co_await connecting;
  if (auto turn = Deferred(connection); turn && bugs_.Is(Bug::kTurnTakenForOutage)) {
    turn->retry_after = kOutage;
    co_return std::unexpected(As(*std::move(turn), ErrorClass::kTransient, Reach::kNotSent));
  }
  if (!connection) co_return connection;
  auto* unverified = std::get_if<AccountUnverified>(&connection->identity);
  if (unverified && bugs_.Is(Bug::kKeyQuoted)) {
    unverified->cause.message += " for " + std::string(kPlantedKeySecret);
  }
  if (unverified && bugs_.Is(Bug::kUnnamedAccountUsed)) {
    connection->identity = AccountVerified{kFakeAccount};
  }
  auto& mine = providers_[{kind, connection->domain}];
  if (!mine) mine = std::make_shared<BugProvider>(bugs_, seams_, connection->provider);
  connection->provider = mine;
  co_return connection;
}

ChurnVerdict BugGuards::AskChurn(const Domain& domain, const std::string& identity,
                                 ChurnPurpose purpose) const {
  if (bugs_.Is(Bug::kChurnForgotten)) return ChurnOpen{};
  return inner_.AskChurn(domain, identity, purpose);
}

Task<Result<void>> BugGuards::RecordChurn(Domain domain, std::string identity) {
  if (bugs_.Is(Bug::kChurnForgotten)) co_return Result<void>();
  auto recording = inner_.RecordChurn(std::move(domain), std::move(identity));
  co_return co_await recording;
}

BrakeFact BugGuards::AskBrake(const InstanceObject& object) {
  if (bugs_.Is(Bug::kBrakesForgotten)) return BrakeOff{};
  return inner_.AskBrake(object);
}

Scope BugFence::scope() const {
  return bugs_.Is(Bug::kLeaseForgotten) ? Scope::kEverything : inner_.scope();
}

const std::string& BugFence::holder() const {
  return bugs_.Is(Bug::kEpochForgotten) ? everybody_ : inner_.holder();
}

Tenure BugFence::TenureOf(const Domain* domain) const {
  auto tenure = inner_.TenureOf(domain);
  if (bugs_.Is(Bug::kLeaseForgotten)) tenure.left = Duration::max();
  if (bugs_.Is(Bug::kLeaseNotCheckedAgain) && passes_ > 0) tenure.left = Duration::max();
  if (bugs_.Is(Bug::kEpochForgotten)) {
    tenure.epoch = 1;
    tenure.number = 1;
  }
  return tenure;
}

void BugFence::PassBegan(const Domain* domain) {
  if (inner_.TenureOf(domain).Holds()) ++passes_;
  inner_.PassBegan(domain);
}

void BugFence::PassEnded(const Domain* domain) {
  if (passes_ > 0) --passes_;
  inner_.PassEnded(domain);
}

Task<Result<LeaseList>> BugLeaseStore::List(StopToken stop) {
  const auto now = clock_.Now();
  if (bugs_.Is(Bug::kLeaseListStale) && old_ && now - old_at_ < kOldList) co_return *old_;
  auto listing = inner_.List(std::move(stop));
  auto list = co_await listing;
  if (!list) co_return list;
  old_ = *list;
  old_at_ = now;
  if (bugs_.Is(Bug::kOthersClockBelieved)) {
    for (auto& lease : list->leases) {
      const auto over = std::chrono::floor<std::chrono::milliseconds>(lease.duration);
      if (lease.renewed + over < clock_.WallNow()) lease.holder.clear();
    }
  }
  co_return list;
}

Task<Result<LeaseRecord>> BugLeaseStore::Write(LeaseRecord lease, StopToken stop) {
  if (bugs_.Is(Bug::kLeaseCountedTooLong) && !lease.holder.empty()) {
    lease.duration = LeaseTiming{}.duration;
  }
  auto writing = inner_.Write(lease, stop);
  auto written = co_await writing;
  const bool refused = !written && written.error().error_class == ErrorClass::kWriteConflict;
  if (!bugs_.Is(Bug::kLeaseForced) || !refused) co_return written;
  auto listing = inner_.List(stop);
  const auto list = co_await listing;
  if (!list) co_return written;
  for (const auto& held : list->leases) {
    if (held.name == lease.name) lease.resource_version = held.resource_version;
  }
  auto forcing = inner_.Write(std::move(lease), std::move(stop));
  co_return co_await forcing;
}

Task<Result<void>> BugLeaseStore::Remove(LeaseRecord lease, StopToken stop) {
  auto removing = inner_.Remove(std::move(lease), std::move(stop));
  co_return co_await removing;
}

Task<Result<void>> BugLeaseStore::Watch(std::string resource_version, LeaseSink sink,
                                        StopToken stop) {
  auto watching = inner_.Watch(std::move(resource_version), std::move(sink), std::move(stop));
  co_return co_await watching;
}

}  // namespace instanced
