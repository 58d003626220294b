// Weather: the faults of one run: refused, lost, late and lying answers of clouds, store and
// leases, states that hang, crashes at effects and at random, stopped processes, broken watches.
// Ends when told to.
#pragma once

#include "tests/simulation/people.h"

namespace instanced {

Error ErrorOf(ErrorClass error_class, std::string code, Reach reach);

class Weather {
 public:
  Weather(SimWorld& world, const People& people);
  void Blow(MonotonicTime until);
  void Calm();
  // A cloud said that an account's quota is used up: believed for a day.
  bool quota_seen() const { return quota_seen_ || world_.cloud.answers_quota > 0; }
  // One that failed to be created goes by itself after a day.
  bool expires_later() const { return expires_later_; }

 private:
  bool IsWhole() const { return world_.setup.repertoire == Repertoire::kWhole; }
  // What the first repertoire had not: old answers, odd ones, a quota that the cloud counts.
  void Widen();
  Fate FateOf(const FakeCall& call);
  Fate DrawnFate(const FakeCall& call);
  Fate OddFate();
  Fate MutationFate();
  Fate ReadFate();
  WriteVerdict VerdictOf(int replica, const std::string& what, const WriteTarget& target);
  JournalVerdict JournalFateOf();
  LeaseCallFate LeaseFateOf(const std::string& what);
  void PauseAgain(MonotonicTime until);
  int SomeReplica();
  void CrashAgain(MonotonicTime until);
  void BreakWatchAgain(MonotonicTime until);
  void BreakApi(SimReplica& replica);
  // What a watch misses while it is silent can then be learnt from a list alone.
  void MissAgain(MonotonicTime until);
  void SetClimate();
  ApiFate ApiFateOf(int replica, const std::string& what);
  StsFate StsFateOf(int replica);
  // A cloud that answers nobody for a while, each in its own way.
  void OutageAgain(MonotonicTime until);
  std::optional<Fate> OutageFate(Kind kind, bool reads);
  // An instance the cloud does not get ready with for hours, or a deletion it accepts and gives up.
  void HangAgain(MonotonicTime until);
  void Hang(FakeInstance& instance, Duration span);
  // How long a crashed process stays away: now and then so long that clouds forget tokens.
  Duration DownFor(Duration usual);
  bool OneIn(std::uint64_t n) { return n > 0 && UniformBelow(world_.chance, n) == 0; }
  Duration UpTo(Duration span) { return UniformBelow(world_.chance, span); }
  std::uint64_t Later(std::uint64_t bound) { return UniformBelow(world_.later_chance, bound); }
  Duration LaterUpTo(Duration span) { return UniformBelow(world_.later_chance, span); }

  SimWorld& world_;
  const People& people_;
  std::uint64_t cloud_fault_in_ = 0;  // one call in so many; 0: none
  std::uint64_t store_fault_in_ = 0;
  std::uint64_t crash_in_ = 0;
  std::uint64_t failed_create_in_ = 0;
  std::uint64_t lease_fault_in_ = 0;
  std::uint64_t pause_in_ = 0;  // 0: nobody is stopped; 1: often; 2: now and then
  MonotonicTime leases_away_until_;
  std::map<Kind, std::pair<MonotonicTime, Error>> outages_;
  MonotonicTime until_;
  std::uint64_t outages_per_day_ = 0;
  std::uint64_t api_fault_in_ = 0;
  std::uint64_t hangs_per_day_ = 0;
  std::uint64_t sts_fault_in_ = 0;
  bool quota_seen_ = false;
  std::uint64_t odd_answer_in_ = 0;
  bool expires_later_ = false;
};

}  // namespace instanced
