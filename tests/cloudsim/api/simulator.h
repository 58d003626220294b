// The simulated clouds without a network: requests in, answers out, in three steps that a front
// can stretch, interrupt or abort.
//
//   Receive   reads: route, signature, rates, fault rules; logs `received`
//   Perform   carries the operation out and renders the answer; logs `effect`
//   Finish    says how the connection ended; logs `answered` when it was
//
// Handle does the three at once. Single-threaded; real time (ms since the epoch) is an argument.
// Every effect has gone through the Recorder before Perform returns.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/cloudsim/api/authenticate.h"
#include "tests/cloudsim/api/call_log.h"
#include "tests/cloudsim/api/faults.h"
#include "tests/cloudsim/api/message.h"
#include "tests/cloudsim/api/rates.h"
#include "tests/cloudsim/api/route.h"
#include "tests/cloudsim/world/virtual_clock.h"

namespace instanced::cloudsim {

struct SimulatorOptions {
  Settings settings;
  std::uint64_t seed = 1;
  double time_scale = 1;
  std::size_t log_limit = 200'000;
  std::vector<Credential> accounts = DefaultAccounts();
};

enum class HoldPoint { kReceived, kEffect };
enum class Ending { kAnswered, kReset, kSilent, kCut, kClosed };

class Simulator {
 public:
  Simulator(SimulatorOptions options, Recorder recorder, Millis real_now);

  std::int64_t Receive(Request request, Millis real_now);
  const FaultPlan& PlanOf(std::int64_t seq) const { return calls_.at(seq).plan; }
  Answer Perform(std::int64_t seq, Millis real_now);
  void Finish(std::int64_t seq, Ending ending, Millis real_now);
  Answer Handle(const Request& request, Millis real_now);

  // Parks a call until Release; `resume` is called once, from Release.
  void Hold(std::int64_t seq, HoldPoint point, std::function<void()> resume);
  // Resumes the call `seq`, or all held calls for 0. Returns how many.
  std::size_t Release(std::int64_t seq);
  // Calls `found` once, as soon as a call matches (at once when one already does). The returned
  // ticket cancels it.
  std::uint64_t Watch(CallFilter filter, std::function<void(const CallRecord&)> found);
  void Unwatch(std::uint64_t ticket);

  // Changes made by "someone else" or by the test itself. Sentences say what was wrong.
  std::expected<void, std::string> Drift(const Json& change, Millis real_now);
  std::expected<void, std::string> Vanish(const Json& which, Millis real_now);
  std::expected<std::string, std::string> CreateForeign(const Json& instance, Millis real_now);
  std::expected<void, std::string> SetClock(const Json& change, Millis real_now);
  std::expected<void, std::string> ExpireCredential(const Json& which, Millis real_now);
  std::expected<void, std::string> ChangeSettings(const Json& patch);
  void Reset(Millis real_now);
  Json Instances(const CallFilter& filter, Millis real_now);
  Json Statistics(Millis real_now) const;

  Millis VirtualNow(Millis real_now) const { return clock_.At(real_now); }
  // What this server believes the real time to be (the skew setting included).
  Millis Wall(Millis real_now) const { return real_now + world_.settings().skew_real_ms; }
  World& world() { return world_; }
  CallLog& log() { return log_; }
  FaultBook& faults() { return faults_; }
  CredentialBook& credentials() { return credentials_; }

  // Restoring and compacting stored state.
  void Apply(const Json& record);
  void Dump(const Recorder& out) const;
  // To be called once after the last Apply.
  void Begin(Millis real_now);

 private:
  struct ActiveCall {
    Request request;
    Route route;
    Caller caller;
    FaultPlan plan;
    std::optional<Refusal> refusal;
    std::function<void()> resume;
  };
  struct Watcher {
    std::uint64_t ticket = 0;
    CallFilter filter;
    std::function<void(const CallRecord&)> found;
  };

  std::optional<Refusal> Admit(ActiveCall& call, Millis real_now);
  Outcome Carry(const ActiveCall& call, Millis real_now);
  Answer Answered(const ActiveCall& call, const Outcome& outcome, const std::string& request_id);
  void Changed(const CallRecord& record);
  const Instance* Target(const Json& which, Millis real_now);
  std::string RequestId(std::int64_t seq) const;

  SimulatorOptions options_;
  Recorder recorder_;
  VirtualClock clock_;
  World world_;
  CredentialBook credentials_;
  AwsSigner signer_;
  FaultBook faults_;
  RateBook rates_;
  CallLog log_;
  std::unordered_map<std::int64_t, ActiveCall> calls_;
  std::list<Watcher> watchers_;
  std::uint64_t next_ticket_ = 1;
};

}  // namespace instanced::cloudsim
