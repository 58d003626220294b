// What a pass does, and does not do, without the right to act.
#include <functional>

#include <gtest/gtest.h>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kDesk =
    R"({"identityManagementType":"CONNECT_MANAGED","instanceAlias":"a","inboundCallsEnabled":true,
        "outboundCallsEnabled":true})";

// A right that the test gives and takes.
class GivenFence final : public Fence {
 public:
  Scope scope() const override { return reach; }
  const std::string& holder() const override { return name; }
  Tenure TenureOf(const Domain* domain) const override {
    if (domain) asked = *domain;
    if (!domain && reach == Scope::kSomeDomains) return {};
    return ending && ending() ? Tenure{seconds(5), tenure.epoch, tenure.number} : tenure;
  }
  void PassBegan(const Domain*) override { ++passes; }
  void PassEnded(const Domain*) override { --passes; }

  Scope reach = Scope::kEverything;
  Tenure tenure{hours(1), 1, 1};
  std::function<bool()> ending;  // whether little of it is left
  std::string name = "me";
  int passes = 0;
  mutable Domain asked;
};

class FenceTest : public testing::Test {
 protected:
  FenceTest() { world.fence = &fence; }
  ObjectKey DeclareDesk() { return world.Declare(Kind::kConnectInstance, "desk", kDesk); }
  int Calls() const { return static_cast<int>(world.cloud.calls().size()); }

  GivenFence fence;
  DaemonWorld world;
};

TEST_F(FenceTest, AStandbyAsksNobodyAnythingAndWritesNothing) {
  fence.reach = Scope::kNothing;
  fence.tenure = {};
  DeclareDesk();
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(Calls(), 0);
  EXPECT_TRUE(world.store.writes().empty());
  EXPECT_EQ(fence.passes, 0);
}

// Without a connection nobody knows the domain; found by the simulation, seed 9.
TEST_F(FenceTest, AReplicaOfSomeDomainsComesBackToWhatItCouldNotConnect) {
  fence.reach = Scope::kSomeDomains;
  bool refuse = false;
  world.cloud.fate = [&](const FakeCall&) {
    Error error;
    error.error_class = ErrorClass::kAuth;
    error.code = "Denied";
    return refuse ? Fate{CallFate::kRefused, error} : Fate{};
  };
  const auto key = DeclareDesk();
  world.Start();
  world.Run(minutes(5));
  ASSERT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  refuse = true;
  world.Run(hours(2));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True AuthFailed");
  refuse = false;
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "-");
}

// After a take-over every budget begins empty, so the first to ask whose credential it is waits for
// its turn: a moment, not the five minutes after which a replica asks again at the latest.
class DeferredFenceTest : public FenceTest {
 protected:
  DeferredFenceTest() {
    fence.reach = Scope::kSomeDomains;
    deferred.error_class = ErrorClass::kDeferred;
    deferred.retry_after = std::chrono::milliseconds(50);
    deferred.reach = Reach::kNotSent;
    DeclareDesk();
  }
  bool IsSeenToOnceAnswered() {
    world.Start();
    world.Run(std::chrono::milliseconds(40));
    world.cloud.connect_error.reset();
    world.cloud.identity = AccountVerified{"123456789012"};
    return world.RunUntil([&] { return world.cloud.CountCalls("Create") > 0; }, seconds(3));
  }
  Error deferred;
};

TEST_F(DeferredFenceTest, WhoWaitsItsTurnToAskWhoseItIsAsksWhenThatComes) {
  world.cloud.connect_error = deferred;
  EXPECT_TRUE(IsSeenToOnceAnswered());
}

TEST_F(DeferredFenceTest, TheSameForWhomTheQuestionIsPartOfTheAnswer) {
  world.cloud.identity = AccountUnverified{deferred};
  EXPECT_TRUE(IsSeenToOnceAnswered());
}

// Found by the simulation, seed 30265: it entered as who looks after what nobody has named.
TEST_F(FenceTest, WhoseAccountIsNamedDuringThePassIsLeftToWhoHoldsThatAccount) {
  struct Nameless final : Fence {
    Scope scope() const override { return Scope::kSomeDomains; }
    const std::string& holder() const override { return name; }
    Tenure TenureOf(const Domain* domain) const override {
      return domain ? Tenure{} : Tenure{hours(1), 1, 1};
    }
    void PassBegan(const Domain*) override { began(); }
    void PassEnded(const Domain*) override {}
    std::string name = "me";
    std::function<void()> began;
  } nameless;
  nameless.began = [this] { world.cloud.identity = AccountVerified{"123456789012"}; };
  world.fence = &nameless;
  Error away;
  away.error_class = ErrorClass::kTransient;
  world.cloud.identity = AccountUnverified{away};
  world.Declare(Kind::kConnectInstance, "desk", kDesk,
                [](InstanceSpec& spec) { spec.external_name = "i-1"; });
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(Calls(), 0);
}

// One ProviderConfig, two plugins: each has a domain of its own.
TEST_F(FenceTest, TheLastKnownDomainIsThePluginsOwn) {
  fence.reach = Scope::kSomeDomains;
  fence.tenure = {};
  std::string service;
  world.cloud.on_connect = [&](Connection& connection, const ProviderConfigObject&) {
    connection.domain.service = service;
  };
  world.Start();
  for (const std::string plugin : {"boxes", "crates"}) {
    service = plugin;
    world.Declare(Kind::kPluginInstance, plugin, "{}",
                  [&](InstanceSpec& spec) { spec.plugin = plugin; });
    world.Run(std::chrono::milliseconds(1));
    ASSERT_EQ(fence.asked.service, plugin);
  }
  Error away;
  away.error_class = ErrorClass::kTransient;
  world.cloud.identity = AccountUnverified{away};
  world.daemon().controller.Wake({Kind::kPluginInstance, "default", "boxes"},
                                 Priority::kTransition);
  world.Run(std::chrono::milliseconds(1));
  EXPECT_EQ(fence.asked.service, "boxes");
}

TEST_F(FenceTest, APassThatMayNotActIsCountedToo) {
  fence.reach = Scope::kNothing;
  const auto key = DeclareDesk();
  world.Start();
  world.Run(minutes(1));
  ASSERT_EQ(world.observer.reports.size(), 1U);
  EXPECT_EQ(world.observer.reports.front().key, key);
  EXPECT_EQ(world.observer.reports.front().result, PassResult::kSuccess);
}

// Who may not act counts only what keeps it from knowing that.
TEST_F(FenceTest, AReplicaThatCouldNotConnectDoesSoSoonOnceTheCloudAnswers) {
  fence.reach = Scope::kSomeDomains;
  fence.tenure = {};
  Error away;
  away.error_class = ErrorClass::kTransient;
  for (int outage = 0; outage < 20; ++outage) {
    world.cloud.connect_error = away;
    if (outage == 0) {
      DeclareDesk();
      world.Start();
    } else {
      world.daemon().controller.Wake({Kind::kConnectInstance, "default", "desk"},
                                     Priority::kTransition);
    }
    world.Run(std::chrono::milliseconds(1));
    world.cloud.connect_error.reset();
    fence.asked = {};
    world.Run(seconds(2));
    EXPECT_EQ(fence.asked, world.cloud.DomainOf(Kind::kConnectInstance)) << outage;
  }
}

TEST_F(FenceTest, WhoTakesOverLooksAtEveryObjectAtOnce) {
  fence.reach = Scope::kNothing;
  fence.tenure = {};
  const auto key = DeclareDesk();
  world.Start();
  world.Run(minutes(5));
  fence.reach = Scope::kEverything;
  fence.tenure = {hours(9), 2, 1};
  world.daemon().controller.TakeOver(world.daemon().cache);
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
}

TEST_F(FenceTest, InOneDomainOfManyThePassConnectsFirstAndAsksForThatDomain) {
  fence.reach = Scope::kSomeDomains;
  fence.tenure = {};
  DeclareDesk();
  world.Start();
  world.Run(minutes(5));
  EXPECT_EQ(Calls(), 0);
  EXPECT_TRUE(world.store.writes().empty());
  EXPECT_EQ(fence.asked, world.cloud.DomainOf(Kind::kConnectInstance));
}

TEST_F(FenceTest, NothingIsBegunThatMightOutlastTheLease) {
  fence.tenure.left = world.options.call_deadline;
  DeclareDesk();
  world.Start();
  world.Run(minutes(5));
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0);
  EXPECT_FALSE(world.Object({Kind::kConnectInstance, "default", "desk"})->status.intent);
}

TEST_F(FenceTest, AnIntentIsFollowedByNoCallWhenTheLeaseEndsInBetween) {
  const auto key = DeclareDesk();
  fence.ending = [&] { return world.Object(key)->status.intent.has_value(); };
  world.Start();
  world.Run(minutes(5));
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0);
  EXPECT_EQ(world.Object(key)->status.intent->holder, "me");
  // And whoever holds it next finishes the same attempt.
  fence.ending = nullptr;
  fence.name = "another";
  fence.tenure = {hours(1), 2, 2};
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Object(key)->status.attempts, 1);
  EXPECT_EQ(world.cloud.CountEffects("Create"), 1);
}

TEST_F(FenceTest, ANewTenureForgetsSinceWhenADoubtWasSeen) {
  // The answer is lost and the request refused for a while: the doubt is old when the tenure ends.
  int creates = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    Error lost;
    lost.error_class = call.operation == "List" ? ErrorClass::kTransient : ErrorClass::kInDoubt;
    lost.reach = Reach::kUnknown;
    if (call.operation == "Create" && ++creates > 0) return Fate{CallFate::kRefused, lost};
    return call.operation == "List" && creates > 0 ? Fate{CallFate::kRefused, lost} : Fate{};
  };
  const auto key = DeclareDesk();
  world.Start();
  world.Run(minutes(12));
  ASSERT_TRUE(world.Object(key)->status.intent);
  const auto* before = world.daemon().reconciler.tracks().Find(key);
  ASSERT_TRUE(before && before->doubt_since);
  const auto old = *before->doubt_since;
  fence.tenure = {hours(1), 3, 2};
  world.Run(minutes(10));
  const auto* after = world.daemon().reconciler.tracks().Find(key);
  ASSERT_TRUE(after && after->doubt_since);
  EXPECT_GT(*after->doubt_since, old);
  EXPECT_EQ(after->tenure, 2);
}

TEST_F(FenceTest, TheFirstChangeInATenureFollowsAConfirmedWrite) {
  const auto key = DeclareDesk();
  world.Start();
  world.Run(minutes(5));
  const auto writes = world.store.writes().size();
  // Another has had the lease; our cache may be older than what it wrote.
  fence.tenure = {hours(1), 3, 2};
  world.cloud.Live().at(0)->fields["outboundCallsEnabled"] = false;
  std::size_t writes_before_update = 0;
  world.cloud.before_effect = [&](const FakeCall& call) {
    if (call.operation == "Update") writes_before_update = world.store.writes().size();
  };
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.CountEffects("Update"), 1);
  EXPECT_GT(writes_before_update, writes);
}

}  // namespace
}  // namespace instanced
