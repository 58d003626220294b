// Replicas over one lease server, in virtual time.
#include "controller/lease/lease_keeper.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <gtest/gtest.h>

#include "tests/fakes/manual_executor.h"
#include "tests/fakes/memory_lease_store/memory_lease_store.h"

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Domain kEast{"connect", "1", "us-east-1"};
const Domain kWest{"connect", "1", "us-west-2"};
const Domain kAsia{"ccc", "2", "cn-shanghai"};

struct Cluster {
  ManualExecutor executor;
  MemoryLeases leases;
  SeededRandom random{5};
};

class Replica final : public LeaseListener {
 public:
  Replica(Cluster& cluster, std::string name, Sharding sharding = Sharding::kOff)
      : identity(std::move(name)),
        store(cluster.leases, cluster.executor.clock()),
        keeper({store, cluster.executor.clock(), cluster.random, cluster.executor, *this, alarm},
               {identity, "instanced", {}, sharding}) {
    tasks_ = std::make_unique<TaskGroup>(cluster.executor);
    tasks_->Spawn(keeper.Run(stop.token(), seconds(5)));
  }
  void LeaseTaken(const std::string& lease) override {
    taken.push_back(lease);
    if (prepares) keeper.BeginWork(lease, keeper.TenureNumber(lease));
  }
  void LeaseEnded(const std::string& lease) override { ended.push_back(lease); }
  void LeaseTrouble(const Error&) override { ++troubles; }
  void LeaseReadAgain(const std::string& lease) override { read_again.push_back(lease); }
  void LeaseRanOut() override { ++ran_out; }
  bool Acts(const Domain* domain = nullptr) const { return keeper.TenureOf(domain).Holds(); }
  bool running() const { return tasks_->size() > 0; }

  std::string identity;
  MemoryLeaseStore store;
  LeaseAlarm alarm;
  LeaseKeeper keeper;
  StopSource stop;
  bool prepares = true;
  std::vector<std::string> taken;
  std::vector<std::string> ended;
  std::vector<std::string> read_again;
  int troubles = 0;
  int ran_out = 0;

 private:
  std::unique_ptr<TaskGroup> tasks_;
};

class LeaseKeeperTest : public testing::Test {
 protected:
  Replica& Add(const std::string& name, Sharding sharding = Sharding::kOff) {
    return *replicas_.emplace_back(std::make_unique<Replica>(cluster_, name, sharding));
  }
  void Run(Duration by) { cluster_.executor.Advance(by); }
  void TearDown() override { cluster_.executor.DropAll(); }
  std::size_t Acting(const Domain* domain = nullptr) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        replicas_, [&](const auto& replica) { return replica->Acts(domain); }));
  }
  static void CutOff(Replica& replica) {
    replica.store.fate = [](const std::string&) { return LeaseCallFate::kRefused; };
  }
  // Every second of `span` at most one acts in each domain.
  void NeverTwo(Duration span) {
    for (Duration passed{}; passed < span; passed += seconds(1)) {
      Run(seconds(1));
      for (const auto* domain : {static_cast<const Domain*>(nullptr), &kEast, &kWest, &kAsia}) {
        ASSERT_LE(Acting(domain), 1u);
      }
    }
  }
  static void Meet(Replica& replica) {
    for (const auto& domain : {kEast, kWest, kAsia}) const Stay stay(replica.keeper, &domain);
  }

  Cluster cluster_;
  std::vector<std::unique_ptr<Replica>> replicas_;
};

TEST_F(LeaseKeeperTest, OneOfManyActsForEverything) {
  for (const auto* name : {"a", "b", "c"}) Add(name);
  Run(seconds(10));
  EXPECT_EQ(Acting(), 1u);
  EXPECT_EQ(Acting(&kEast), 1u);
  NeverTwo(minutes(5));
  EXPECT_EQ(Acting(), 1u);
}

TEST_F(LeaseKeeperTest, AStandbyKnowsThatItIsOne) {
  auto& a = Add("a");
  Run(seconds(1));
  auto& b = Add("b");
  EXPECT_FALSE(b.keeper.looked());
  Run(seconds(1));
  EXPECT_TRUE(b.keeper.looked());
  EXPECT_EQ(a.keeper.scope(), Scope::kEverything);
  EXPECT_EQ(b.keeper.scope(), Scope::kNothing);
  EXPECT_EQ(b.alarm.renew_by.load(), 0);
  EXPECT_NE(a.alarm.renew_by.load(), 0);
}

TEST_F(LeaseKeeperTest, ACleanExitHandsOverWithinASecond) {
  auto& a = Add("a");
  Run(seconds(1));
  auto& b = Add("b");
  Run(seconds(10));
  a.stop.RequestStop();
  Run(milliseconds(900));
  EXPECT_TRUE(b.Acts());
  EXPECT_FALSE(a.running());
  EXPECT_EQ(b.taken, std::vector<std::string>{"instanced"});
  EXPECT_EQ(b.keeper.TenureOf(nullptr).epoch, 2);
}

TEST_F(LeaseKeeperTest, NothingIsActedUponBeforeWorkWasBegun) {
  auto& a = Add("a");
  a.prepares = false;
  Run(seconds(10));
  EXPECT_EQ(a.taken.size(), 1u);
  EXPECT_FALSE(a.Acts());
  EXPECT_EQ(a.keeper.scope(), Scope::kNothing);
  a.keeper.BeginWork("instanced", a.keeper.TenureNumber("instanced"));
  EXPECT_TRUE(a.Acts());
}

TEST_F(LeaseKeeperTest, WhatWasReadForOneTenureBeginsNoWorkInTheNext) {
  auto& a = Add("a", Sharding::kDomains);
  a.prepares = false;
  {
    Stay known(a.keeper, &kEast);
  }
  Run(seconds(10));
  auto& b = Add("b", Sharding::kDomains);
  Run(seconds(10));
  ASSERT_EQ(a.ended.size(), 1u) << "one of two leases is the other's now";
  const auto lease = a.ended.front();
  const auto first = a.keeper.TenureNumber(lease);
  b.stop.RequestStop();
  Run(seconds(10));
  const auto second = a.keeper.TenureNumber(lease);
  ASSERT_NE(first, second);
  const auto* domain = lease == "instanced" ? nullptr : &kEast;
  a.keeper.BeginWork(lease, first);
  EXPECT_FALSE(a.Acts(domain));
  a.keeper.BeginWork(lease, second);
  EXPECT_TRUE(a.Acts(domain));
}

TEST_F(LeaseKeeperTest, OneThatDividesTheWorkWaitsForOneThatDoesNotAndTheOtherWayRound) {
  auto& whole = Add("whole");
  Run(seconds(10));
  auto& part = Add("part", Sharding::kDomains);
  {
    Stay known(part.keeper, &kEast);
  }
  NeverTwo(minutes(3));
  EXPECT_TRUE(whole.Acts(&kEast));
  EXPECT_FALSE(part.Acts(&kEast));
  whole.stop.RequestStop();
  NeverTwo(seconds(10));
  EXPECT_TRUE(part.Acts(&kEast));

  auto& back = Add("back");
  NeverTwo(minutes(3));
  EXPECT_TRUE(part.Acts(&kEast));
  EXPECT_FALSE(back.Acts());
  part.stop.RequestStop();
  NeverTwo(seconds(10));
  EXPECT_TRUE(back.Acts(&kEast));
}

TEST_F(LeaseKeeperTest, WithoutAWatchTheHandOverTakesARetryTime) {
  auto& a = Add("a");
  Run(seconds(1));
  auto& b = Add("b");
  b.store.fate = [](const std::string& what) {
    return what == "watch" ? LeaseCallFate::kRefused : LeaseCallFate::kNormal;
  };
  Run(seconds(10));
  a.stop.RequestStop();
  Run(seconds(5));
  EXPECT_TRUE(b.Acts());
}

TEST_F(LeaseKeeperTest, ALeaseIsKeptUntilWhatIsUnderWayHasEnded) {
  auto& a = Add("a");
  Run(seconds(1));
  auto& b = Add("b");
  Run(seconds(10));
  auto stay = std::make_unique<Stay>(a.keeper, &kEast);
  a.stop.RequestStop();
  Run(seconds(2));
  EXPECT_FALSE(a.Acts()) << "nothing new begins";
  EXPECT_FALSE(b.Acts());
  stay.reset();
  Run(milliseconds(500));
  EXPECT_TRUE(b.Acts());
}

TEST_F(LeaseKeeperTest, WhoIsCutOffStopsBeforeTheNextBegins) {
  auto& a = Add("a");
  Run(seconds(1));
  auto& b = Add("b");
  Run(seconds(10));
  CutOff(a);
  NeverTwo(seconds(60));
  EXPECT_TRUE(b.Acts());
  EXPECT_EQ(a.ran_out, 1);
  EXPECT_FALSE(a.running()) << "it does not come back by itself";
  EXPECT_EQ(a.ended, std::vector<std::string>{"instanced"});
}

TEST_F(LeaseKeeperTest, ACrashedHolderIsReplacedAfterTheLeaseTime) {
  auto& a = Add("a");
  Run(seconds(1));
  auto& b = Add("b");
  Run(seconds(10));
  // It stands still as a killed process does: nothing is written any more.
  CutOff(a);
  Run(seconds(40));
  EXPECT_FALSE(b.Acts());
  Run(seconds(10));
  EXPECT_TRUE(b.Acts());
}

TEST_F(LeaseKeeperTest, ASlowServerIsNotALostLease) {
  auto& a = Add("a");
  a.store.latency = [] { return milliseconds(1500); };
  NeverTwo(minutes(3));
  EXPECT_TRUE(a.Acts());
  EXPECT_EQ(a.ran_out, 0);
}

TEST_F(LeaseKeeperTest, ALeaseSomebodyWroteOnIsReadBeforeItIsRenewed) {
  auto& a = Add("a");
  Run(seconds(10));
  EXPECT_TRUE(a.read_again.empty());
  ASSERT_TRUE(cluster_.leases.Write(cluster_.leases.leases().at("instanced")));
  Run(seconds(10));
  EXPECT_EQ(a.read_again, std::vector<std::string>{"instanced"});
  EXPECT_TRUE(a.Acts());
  EXPECT_EQ(a.troubles, 0);
}

TEST_F(LeaseKeeperTest, OneConflictIsLookedAtAtOnce) {
  auto& a = Add("a");
  Run(seconds(10));
  int lists = 0;
  a.store.fate = [&lists](const std::string& what) {
    if (what == "list") ++lists;
    return LeaseCallFate::kNormal;
  };
  ASSERT_TRUE(cluster_.leases.Write(cluster_.leases.leases().at("instanced")));
  while (a.read_again.empty()) ASSERT_TRUE(cluster_.executor.AdvanceToNextTimer());
  const auto met = cluster_.executor.Now();
  while (lists == 0) ASSERT_TRUE(cluster_.executor.AdvanceToNextTimer());
  EXPECT_EQ(cluster_.executor.Now(), met);
}

// Two domains are another's now and nothing is under way in them any more, but somebody wrote on
// their leases and the list does not show it: each release meets a conflict.
TEST_F(LeaseKeeperTest, AnOldListIsNotReadAgainAndAgainWithoutARest) {
  auto& a = Add("a", Sharding::kDomains);
  Meet(a);
  Run(minutes(1));
  std::vector<std::unique_ptr<Stay>> stays;
  for (const auto* domain : {static_cast<const Domain*>(nullptr), &kEast, &kWest, &kAsia}) {
    stays.push_back(std::make_unique<Stay>(a.keeper, domain));
  }
  auto& b = Add("b", Sharding::kDomains);
  Run(seconds(10));
  ASSERT_EQ(a.keeper.held().size(), 2u);
  a.store.old_list = cluster_.leases.List();
  for (const auto& [name, lease] : std::map(cluster_.leases.leases())) {
    ASSERT_TRUE(cluster_.leases.Write(lease));
  }
  int lists = 0;
  a.store.latency = [] { return milliseconds(1); };
  a.store.fate = [&lists](const std::string& what) {
    if (what == "list") ++lists;
    return LeaseCallFate::kNormal;
  };
  stays.clear();
  Run(milliseconds(20));
  EXPECT_GE(lists, 2) << "the first conflict is looked at at once";
  Run(seconds(10));
  EXPECT_LE(lists, 60);
  EXPECT_GE(lists, 10) << "and it does not stop trying";

  a.store.old_list.reset();
  Run(seconds(3));
  EXPECT_EQ(b.keeper.held().size(), 2u);
  EXPECT_EQ(a.ran_out, 0);
}

class LostRaces : public LeaseKeeperTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Moments, LostRaces, testing::Range(0, 16));

TEST_P(LostRaces, AStandbyThatLostThemStillTakesOverWithinASecond) {
  auto& a = Add("a");
  Run(seconds(1));
  auto& b = Add("b");
  Run(seconds(10));
  // The lease looks free to it, and is not.
  auto free = cluster_.leases.List();
  for (auto& lease : free.leases) lease.holder.clear();
  Run(seconds(5));
  b.store.old_list = free;
  int writes = 0;
  b.store.fate = [&writes](const std::string& what) {
    if (what == "write") ++writes;
    return LeaseCallFate::kNormal;
  };
  Run(seconds(20) + GetParam() * milliseconds(230));
  EXPECT_GE(writes, 5);
  EXPECT_LE(writes, 40);
  ASSERT_TRUE(a.Acts());
  b.store.old_list.reset();
  a.stop.RequestStop();
  Run(milliseconds(900));
  EXPECT_TRUE(b.Acts());
}

TEST_F(LeaseKeeperTest, ALeaseSomebodyDeletedIsMadeAgain) {
  auto& a = Add("a");
  Run(seconds(10));
  cluster_.leases.Drop("instanced");
  Run(seconds(10));
  EXPECT_TRUE(a.Acts());
  EXPECT_EQ(cluster_.leases.HolderOf("instanced"), "a");
  EXPECT_EQ(a.keeper.TenureOf(nullptr).number, 2) << "somebody could have been in between";
}

TEST_F(LeaseKeeperTest, ShardedDomainsAreSharedOutEvenly) {
  for (const auto* name : {"a", "b"}) Meet(Add(name, Sharding::kDomains));
  NeverTwo(minutes(1));
  for (const auto& replica : replicas_) EXPECT_EQ(replica->keeper.held().size(), 2u);
  for (const auto& domain : {kEast, kWest, kAsia}) EXPECT_EQ(Acting(&domain), 1u);
  EXPECT_EQ(Acting(), 1u) << "one for work no domain is known for";
}

TEST_F(LeaseKeeperTest, WhatOneMetTheOthersLearn) {
  Meet(Add("a", Sharding::kDomains));
  Add("b", Sharding::kDomains);
  Run(minutes(1));
  EXPECT_EQ(replicas_[1]->keeper.held().size(), 2u);
}

TEST_F(LeaseKeeperTest, AReplicaThatJoinsGetsItsShareAndTwoNeverActInOneDomain) {
  Meet(Add("a", Sharding::kDomains));
  Run(minutes(1));
  EXPECT_EQ(replicas_[0]->keeper.held().size(), 4u);
  Meet(Add("b", Sharding::kDomains));
  NeverTwo(minutes(1));
  EXPECT_EQ(replicas_[0]->keeper.held().size(), 2u);
  EXPECT_EQ(replicas_[1]->keeper.held().size(), 2u);
}

TEST_F(LeaseKeeperTest, AReplicaThatLeavesGivesItsShareBackWithinASecondOrTwo) {
  for (const auto* name : {"a", "b"}) Meet(Add(name, Sharding::kDomains));
  Run(minutes(1));
  replicas_[0]->stop.RequestStop();
  Run(seconds(2));
  EXPECT_EQ(replicas_[1]->keeper.held().size(), 4u);
  EXPECT_FALSE(replicas_[0]->running());
}

TEST_F(LeaseKeeperTest, AReplicaThatDiesIsReplacedAndItsMemberLeaseSweptUp) {
  for (const auto* name : {"a", "b"}) Meet(Add(name, Sharding::kDomains));
  Run(minutes(1));
  CutOff(*replicas_[0]);
  NeverTwo(minutes(1));
  EXPECT_EQ(replicas_[1]->keeper.held().size(), 4u);
  EXPECT_TRUE(cluster_.leases.leases().contains("instanced-member-a"));
  Run(minutes(5));
  EXPECT_FALSE(cluster_.leases.leases().contains("instanced-member-a"));
}

// Faults, joins and leaves at random: the leases' own promise, over every schedule.
class Shuffled : public LeaseKeeperTest, public testing::WithParamInterface<int> {};
INSTANTIATE_TEST_SUITE_P(Seeds, Shuffled, testing::Range(1, 25));

TEST_P(Shuffled, AtMostOneActsInADomainAndInTheEndEveryDomainHasOne) {
  SeededRandom chance(static_cast<std::uint64_t>(GetParam()));
  const auto sharding = GetParam() % 2 == 0 ? Sharding::kDomains : Sharding::kOff;
  for (int step = 0; step < 60; ++step) {
    const auto dice = UniformBelow(chance, 10);
    if (dice == 0 || replicas_.empty()) {
      auto& replica = Add("r" + std::to_string(step), sharding);
      Meet(replica);
      auto* random = &cluster_.random;
      replica.store.fate = [random](const std::string&) {
        const auto how = UniformBelow(*random, 12);
        return how == 0   ? LeaseCallFate::kRefused
               : how == 1 ? LeaseCallFate::kAnswerLost
                          : LeaseCallFate::kNormal;
      };
      replica.store.latency = [random] { return UniformBelow(*random, Duration(seconds(1))); };
    } else if (dice == 1) {
      CutOff(*replicas_[UniformBelow(chance, replicas_.size())]);
    } else if (dice == 2) {
      replicas_[UniformBelow(chance, replicas_.size())]->stop.RequestStop();
    }
    NeverTwo(seconds(1 + static_cast<int>(UniformBelow(chance, 12))));
  }
  Meet(Add("last", sharding));
  NeverTwo(minutes(3));
  EXPECT_EQ(Acting(), 1u);
  if (sharding == Sharding::kDomains) {
    EXPECT_EQ(Acting(&kAsia), 1u);
  }
}

}  // namespace
}  // namespace instanced
