// Pass: the state of one run of the reconciler over one object. One file per phase:
//   pass.cc            the order of the phases, and the facts for decide()
//   phase_enter.cc     the right to act in the object's domain
//   phase_connect.cc   ProviderConfig and connection
//   phase_observe.cc   reading the instance by its id
//   phase_lookup.cc    finding an instance nobody has the id of
//   phase_create.cc    intent, then create
//   phase_change.cc    update, delete, adopt, unbind, finalizers
//   phase_record.cc    status, history, requeue
// Nobody outside this room includes it.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>

#include "controller/reconcile/decide.h"
#include "controller/reconcile/decide_parts.h"
#include "controller/reconcile/reconciler.h"

namespace instanced {

class Pass {
 public:
  Pass(Reconciler& reconciler, InstancePtr object, Priority priority);

  Task<When> Run();

 private:
  // A read either gives a fact or ends the pass with a decision (parked, refused, waiting).
  template <class T>
  using Read = std::expected<T, Decision>;

  Task<Decision> Resolve();
  Task<std::optional<Decision>> Act(Decision decision);
  Circumstances Gather() const;
  std::optional<Doubt> GatherDoubt() const;
  std::string ChurnIdentity() const;
  std::string CreateIdentity(std::int64_t attempt) const;

  // phase_enter.cc
  Task<bool> Enter();
  Task<void> FindDomain();
  Tenure CurrentTenure() const;
  // Right before a write or call that must not outlast the lease.
  std::optional<Decision> LeaseEnds(Reason shown) const;
  // Right before a change is sent: what people have said of the object meanwhile goes first.
  std::optional<Decision> Overtaken() const;
  Task<std::optional<Decision>> ConfirmRecord();
  // phase_connect.cc
  Task<std::optional<Decision>> Connect();
  // phase_observe.cc
  Task<Read<Observed>> ObserveInstance();
  Task<Read<Observation>> ReadInstance(std::string external_name);
  Read<std::optional<Observed>> ObserveByList(Duration staleness);
  bool HasAgreed(std::uint64_t digest) const;
  Observed SeePresent(Observation observation, std::uint64_t digest);
  Observed SeeAbsent();
  bool SeesNamespaceOf(const ObservedMark& mark) const;
  MarkMatch MatchOf(const Observation& observation) const;
  bool TakesOver(const ObservedMark& mark);
  // phase_lookup.cc
  Task<Read<Observed>> LookUpInstance();
  Inventory& Listed() const;
  Read<std::shared_ptr<const Snapshot>> FreshList(MonotonicTime begun_after, Duration age_max);
  Task<Read<std::vector<Candidate>>> FindCandidates(const Snapshot& snapshot);
  bool NeedsMark(const Observation& entry) const;
  Candidate CandidateFrom(const Observation& entry, const ObservedMark& mark);
  // phase_create.cc
  Task<Decision> CreateInstance(Create decision);
  Task<std::expected<std::string, Decision>> RecordIntent(Create decision);
  Task<std::optional<Decision>> TakeOverIntent();
  Decision CreateFailed(const Create& decision, Error error);
  // phase_change.cc
  Task<std::optional<Decision>> SetFinalizer(FinalizerExit exit, std::string why);
  Task<std::optional<Decision>> AddOurFinalizer();
  Task<std::optional<Decision>> Bind(Adopt decision);
  Task<std::optional<Decision>> LetGo(InstanceStatus changed);
  Task<Decision> ApplyUpdate(Update decision);
  Task<Decision> DeleteInstance(Delete decision);
  Task<std::optional<Decision>> RecordReplacement();
  Decision DeleteFailed(Error error);
  Decision DeleteAccepted(Reason shown);
  // phase_record.cc
  Task<Result<void>> WriteStatusNow(InstanceStatus status);
  Task<When> Conclude(Decision decision);
  // To the observer: each pass once, however it ended.
  void Report(const When& when, std::optional<ErrorClass> error);
  void EndHolds(const Decision& decision);
  void RecordDecision(const Decision& decision);
  void RecordCall(std::string_view operation, const Result<void>& result, MonotonicTime begun);
  std::string Credential() const;  // of our ProviderConfig, for our cloud
  void NoteFailure(const Error& error);
  void NoteSuccess();

  bool Reserve(std::span<const std::string_view> operations);
  CallContext Context() const;
  MonotonicTime Now() const { return r_.deps_.clock.Now(); }
  std::string WallNow() const { return FormatRfc3339(r_.deps_.clock.WallNow()); }
  std::string VerifiedDomain() const;
  // The bound id, or the declared one before it is bound.
  const std::string& ExternalName() const;
  nlohmann::json Parameters() const;
  const std::string& NaturalKey() const;
  const Mark& OurMark() const;
  Decision Parked() const;

  Reconciler& r_;
  InstancePtr object_;  // as last recorded; replaced after each own write
  const KindTraits& traits_;
  std::shared_ptr<Track> track_;
  const Priority priority_;
  const MonotonicTime begun_;
  ProviderConfigPtr config_;
  std::optional<Connection> connection_;
  std::optional<Domain> domain_;  // the right to act was asked for it; none where one is for all
  Stay stay_;
  Observed observed_ = NotObserved{};
  InstanceStatus status_;  // what the end of the pass will record
  mutable std::optional<std::string> natural_key_;
  mutable std::optional<Mark> mark_;
  mutable std::shared_ptr<CallTrace> trace_;  // of the last call
  // Of the churn ledger's entries, the one of a call that is proven to have done nothing: withdrawn
  // when the status says so.
  std::optional<std::string> unspent_;
  // When to ask again whose the object is, while nobody answers that.
  std::optional<MonotonicTime> enter_again_;
  std::optional<ErrorClass> failed_;  // of the last call that failed
  bool parked_ = false;               // the budget, or a sweep, queues the key again
};

}  // namespace instanced
