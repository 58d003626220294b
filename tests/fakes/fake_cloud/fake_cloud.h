// FakeCloud: a cloud in memory behind the InstanceProvider seam, with behaviour instead of script.
//
// Instances take time to come up, names are unique where the kind says so, a token is answered
// with the instance it made, lists and describes may lag behind, and any call may be given a fate:
// refused before the effect, or the answer lost after it. It outlives the daemon of a test and
// records what happened, not what was expected.
// Threads: one; time is the executor's.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/provider/registry.h"
#include "controller/task/task_group.h"

namespace instanced {

// Whose everything there is.
inline constexpr char kFakeAccount[] = "123456789012";
inline constexpr char kFakeRegion[] = "us-east-1";

// What an instance was like until then.
struct FakePast {
  MonotonicTime until;
  nlohmann::json fields;
  ObservedMark mark;
};

struct FakeInstance {
  std::string id;
  Kind kind = Kind::kConnectInstance;
  nlohmann::json fields;
  ObservedMark mark;
  std::vector<FakePast> past{};  // oldest first; kept only where answers may be old
  std::string token;
  MonotonicTime created;
  MonotonicTime ready_at;
  MonotonicTime shown_at;                   // describe and list know of it from here on
  std::optional<MonotonicTime> deleted_at;  // when the deletion was accepted
  std::optional<MonotonicTime> gone_at;
  std::optional<MonotonicTime> expires_at;  // the cloud removes it by itself
  std::string made_by;                      // the token it was made with, or the uid in its mark
  Lifecycle ends_as = Lifecycle::kReady;    // or kCreateFailed
  bool keeps = false;                       // a deletion is accepted and fails
  std::string cloud_message;
  Adoptable adoptable = Adoptable::kYes;
};

struct FakeCall {
  std::string operation;  // "Create", "Observe", "Update", "Delete", "List"
  std::string id;
  std::string token;
  ObjectKey key;
  MonotonicTime at;
  std::string request;  // of a create
  enum class Effect { kNone, kDone } effect = Effect::kNone;
  int caller = 0;  // of a FakeCloudAccess
};

enum class CallFate {
  kNormal,
  kRefused,       // answered with the error, nothing happened
  kAnswerLost,    // it happened; the caller sees the error
  kLate,          // the caller sees the error, and it happens only after `late_by`
  kNoAnswer,      // nothing happens, and no answer ever comes
  kDoneNoAnswer,  // it happened, and no answer ever comes
  kLateNoAnswer,  // it happens after `late_by`, and no answer ever comes
};
struct Fate {
  CallFate fate = CallFate::kNormal;
  Error error;
  Duration late_by{};
};

// What of the parameters a create puts in place: all, or what its API takes (AtCreate).
enum class CreateTakes { kAll, kWhatIsSent };

struct FakeCloudOptions {
  Duration latency = std::chrono::milliseconds(5);
  Duration provision_time = std::chrono::seconds(20);
  Duration deletion_time = std::chrono::seconds(4);
  Duration visibility_lag{};  // of new instances in describe and list
  Duration list_lag{};        // of new instances in lists, beyond that
  // How long a token is answered with the instance it made.
  Duration token_retention = std::chrono::hours(1);
  std::size_t page_size = 10;
  // How many creates and deletes of a kind that counts them the account has in 30 days.
  std::optional<std::size_t> churn_limit{};
  CreateTakes create_takes = CreateTakes::kAll;
};

class FakeCloud final : public ProviderRegistry {
 public:
  explicit FakeCloud(const Clock& clock, FakeCloudOptions options = {});
  ~FakeCloud() override;

  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;

  // Whether lists show it; all when empty.
  std::function<bool(const FakeInstance&)> listed;
  // Decides each call's fate just before its effect; normal by default.
  std::function<Fate(const FakeCall&)> fate;
  // Told what became of each call.
  std::function<void(const FakeCall&, const Fate&)> fated;
  // How long each half of a call takes; options().latency when empty.
  std::function<Duration()> latency;
  // How old what a describe or a list shows is; it is new when empty.
  std::function<Duration()> answer_age;
  // Called when a mutating call leaves its caller; it may arrive after the caller is gone.
  std::function<void(const FakeCall&)> on_sending;
  // Called when its caller has the answer, whichever; never when the caller is gone.
  std::function<void(const FakeCall&)> on_answered;
  // Called around every effect: a crash test throws the daemon away here.
  std::function<void(const FakeCall&)> before_effect;
  std::function<void(const FakeCall&)> after_effect;
  AccountIdentity identity = AccountVerified{kFakeAccount};
  std::optional<Error> connect_error;
  // What only this cloud knows of forProvider, as a plugin does; null: nothing.
  std::shared_ptr<const ParameterRules> rules;
  // What a connection by this ProviderConfig alone is like.
  std::function<void(Connection&, const ProviderConfigObject&)> on_connect;
  // When set, every call passes its gate first, as an adapter's must.
  GateSource* gates = nullptr;
  // When set, what was sent goes on here, even when whoever sent it crashes or is stopped.
  TaskGroup* network = nullptr;
  Domain DomainOf(Kind kind) const;

  // The world's side.
  FakeInstance& Add(Kind kind, nlohmann::json fields, ObservedMark mark = {});
  FakeInstance* Find(const std::string& id);
  void Vanish(const std::string& id);
  // Somebody, be it an outsider, made or deleted one of a kind that counts.
  void CountChurn();
  bool IsChurnUsedUp();
  int CountExpired() const;
  // Late effects: when the next is due, and carrying out what is.
  std::optional<MonotonicTime> NextLate() const;
  void RunLate();
  std::vector<FakeInstance*> Live();
  std::vector<FakeInstance*> LiveOf(const Mark& mark);

  const std::vector<FakeCall>& calls() const { return calls_; }
  int CountEffects(std::string_view operation) const;
  int CountCalls(std::string_view operation) const;
  FakeCloudOptions& options() { return options_; }

  // How often an answer showed what was no longer so, hid what was new, and refused for the quota.
  int answers_old = 0;
  int answers_hiding = 0;
  int answers_quota = 0;

 private:
  friend class FakeCloudProvider;

  const Clock& clock_;
  FakeCloudOptions options_;
  std::map<Kind, std::shared_ptr<InstanceProvider>> providers_;
  std::map<std::string, FakeInstance> instances_;
  std::vector<FakeCall> calls_;
  std::deque<MonotonicTime> churn_;
  std::multimap<MonotonicTime, std::function<void()>> late_;
  int last_id_ = 0;
};

// One caller's way to the cloud, with its own gates. Outlives the caller's calls.
class FakeCloudAccess final : public ProviderRegistry {
 public:
  FakeCloudAccess(FakeCloud& cloud, int number);
  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;
  // The provider of one kind, whose calls enter the gates of that domain.
  std::shared_ptr<InstanceProvider> At(Kind kind, const Domain& domain);

  GateSource* gates = nullptr;
  const int caller;

 private:
  FakeCloud& cloud_;
  std::map<std::pair<Kind, Domain>, std::shared_ptr<InstanceProvider>> providers_;
};

// The provider of one kind, whose calls enter the gates of that domain; without an access the
// cloud's own.
std::shared_ptr<InstanceProvider> MakeFakeProvider(FakeCloud& cloud, Kind kind, Domain domain,
                                                   const FakeCloudAccess* access);

}  // namespace instanced
