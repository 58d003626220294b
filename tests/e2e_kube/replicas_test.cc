// More than one replica: who acts, who takes over, and that a create happens once all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "tests/e2e_kube/api_proxy.h"
#include "tests/e2e_kube/replica_crew.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using Election = KubeSiteOptions::Election;

KubeSiteOptions With(Election election) {
  KubeSiteOptions options;
  options.election = election;
  return options;
}

std::vector<Json> OneOfEach(const KubeSite& site) {
  return site.HereAll({ConnectManifest("desk"), SupplyChainManifest("stock"),
                       CallCenterManifest("calls"), OutboundBotManifest("robot")});
}

void Tell(const std::string& what, double since) {
  std::cout << "fail-over, " << what << ": " << SecondsNow() - since << " s\n";
}

std::string Other(const std::string& name) { return name == "one" ? "two" : "one"; }

// Two replicas, one of them acting.
class Pair {
 public:
  // Both reach the API server through the proxy, if there is one.
  explicit Pair(const ApiProxy* proxy = nullptr) : site(With(Election::kLeases)), crew(site) {
    if (proxy) {
      const auto authority = site.folder() / "proxy-authority.pem";
      std::ofstream(authority) << proxy->authority();
      site.ReachApiServerAt(proxy->url(), authority);
    }
    crew.Start("one");
    holder = crew.WaitForHolder(20);
    crew.Start("two");
    standby = Other(holder);
    WaitUntil([&] { return crew.Readiness("two") == "ok, standby"; }, 20);
  }
  KubeSite site;
  ReplicaCrew crew;
  std::string holder;
  std::string standby;
};

TEST(Replicas, OneActsTheOtherIsAWarmStandbyThatSaysSo) {
  Pair pair;
  ASSERT_FALSE(pair.holder.empty());
  const auto manifests = OneOfEach(pair.site);
  pair.site.ApplyAll(manifests);
  ExpectSettled(pair.site, manifests);
  EXPECT_EQ(pair.crew.Readiness(pair.holder), "ok");
  EXPECT_EQ(pair.crew.Readiness(pair.standby), "ok, standby");
  EXPECT_THAT(pair.crew.Log(pair.standby), HasSubstr("source is synced"));
  EXPECT_THAT(pair.crew.Log(pair.standby), testing::Not(HasSubstr("CreateInstance")));
  EXPECT_EQ(pair.site.CountEffects("created"), 4u);
}

TEST(Replicas, ACleanExitHandsOverAtOnce) {
  Pair pair;
  const auto manifests = OneOfEach(pair.site);
  pair.site.ApplyAll(manifests);
  ExpectSettled(pair.site, manifests);
  cloudsim::CallFilter filter;
  filter.since = pair.site.LastCall();
  const double asked = SecondsNow();
  pair.crew[pair.holder].Signal(SIGTERM);
  // Every object is looked at anew by who takes over: its first call is the first that comes.
  EXPECT_TRUE(pair.site.clouds().Wait(filter, 4000)) << "sooner than any lease could have run out";
  Tell("clean exit, from SIGTERM to the first call", asked);
  EXPECT_EQ(pair.crew.WaitUntilHeld(pair.standby, 1, 4), Waited::kReached);
  EXPECT_EQ(pair.crew[pair.holder].WaitForEnd(10), (Ending{0, 0}));
  pair.site.Delete(manifests[3]);
  EXPECT_EQ(WaitUntil([&] { return pair.site.Get(manifests[3]).is_null(); }, 20), Waited::kReached);
  EXPECT_EQ(pair.site.OwnInstances().size(), 3u);
  EXPECT_EQ(pair.site.CountEffects("created"), 4u);
}

TEST(Replicas, AProviderConfigWhoseLastUserWentWhileNobodyActedIsLetGo) {
  Pair pair;
  pair.site.Apply(
      pair.site.Here(ProviderConfigManifest("spare", pair.site.url(), AwsOne(), AlibabaOne())));
  auto robot = pair.site.Here(OutboundBotManifest("robot"));
  robot["spec"]["providerConfigRef"] = "spare";
  pair.site.Apply(robot);
  ExpectSettled(pair.site, {robot});
  pair.crew[pair.holder].Kill();
  pair.site.Must({"delete", "providerconfig", "spare", "-n", pair.site.space(), "--wait=false"});
  robot["spec"]["providerConfigRef"] = "default";
  pair.site.Apply(robot);
  EXPECT_EQ(WaitUntil([&] { return pair.site.Get("providerconfig", "spare").is_null(); }, 30),
            Waited::kReached);
  ExpectSettled(pair.site, {robot});
  EXPECT_EQ(pair.site.CountEffects("created"), 1u);
}

// The acting replica is struck while its create is at the cloud, before or after the effect.
// Connect's calls carry a token; OutboundBot's do not, so that its name has to guard.
struct Strike {
  const char* phase;
  const char* kind;
};
class InACreate : public testing::TestWithParam<Strike> {
 protected:
  static Json ObjectOf(const Pair& pair) {
    const bool bot = std::string_view(GetParam().kind) == "OutboundBot";
    return pair.site.Here(bot ? OutboundBotManifest("desk") : ConnectManifest("desk"));
  }
  std::optional<cloudsim::CallRecord> HoldTheCreate(Pair& pair, const Json& manifest) {
    const auto since = pair.site.LastCall();
    const auto rule = pair.site.clouds().AddFault(
        {{"action", "hold"}, {"kind", "mutating"}, {"phase", GetParam().phase}, {"count", 1}});
    EXPECT_TRUE(rule);
    pair.site.Apply(manifest);
    cloudsim::CallFilter filter;
    filter.since = since;
    filter.phase = "held";
    auto held = pair.site.clouds().Wait(filter, 20000);
    if (rule) pair.site.clouds().RemoveFault(*rule);
    return held;
  }
};
INSTANTIATE_TEST_SUITE_P(Phases, InACreate,
                         testing::Values(Strike{"received", "Connect"}, Strike{"effect", "Connect"},
                                         Strike{"received", "OutboundBot"},
                                         Strike{"effect", "OutboundBot"}),
                         [](const auto& test_case) {
                           return std::string(test_case.param.phase) + test_case.param.kind;
                         });

TEST_P(InACreate, KilledItsCreateIsFinishedByTheOtherOnce) {
  Pair pair;
  const auto desk = ObjectOf(pair);
  const auto held = HoldTheCreate(pair, desk);
  ASSERT_TRUE(held);
  const double struck = SecondsNow();
  pair.crew[pair.holder].Kill();
  pair.site.clouds().Release(held->seq);
  EXPECT_EQ(pair.crew.WaitUntilHeld(pair.standby, 1, 30), Waited::kReached);
  Tell("SIGKILL, lease of 6 s", struck);
  ExpectSettled(pair.site, {desk}, 60);
  EXPECT_EQ(pair.site.CountEffects("created"), 1u);
  EXPECT_EQ(pair.site.OwnInstances().size(), 1u);
}

TEST_P(InACreate, StoppedAndWokenAfterTheOtherTookOverItEndsItselfAndNothingIsMadeTwice) {
  Pair pair;
  const auto desk = ObjectOf(pair);
  const auto held = HoldTheCreate(pair, desk);
  ASSERT_TRUE(held);
  const double struck = SecondsNow();
  pair.crew[pair.holder].Signal(SIGSTOP);
  EXPECT_EQ(pair.crew.WaitUntilHeld(pair.standby, 1, 30), Waited::kReached);
  Tell("SIGSTOP, lease of 6 s", struck);
  // The call that was held arrives only now, and its caller comes back after that.
  pair.site.clouds().Release(held->seq);
  pair.crew[pair.holder].Signal(SIGCONT);
  const auto ending = pair.crew[pair.holder].WaitForEnd(20);
  ASSERT_TRUE(ending) << "a replica that lost its lease went on";
  EXPECT_EQ(ending->exit_code, 1);
  EXPECT_THAT(pair.crew.Log(pair.holder), HasSubstr("could not be renewed in time"));
  ExpectSettled(pair.site, {desk}, 60);
  EXPECT_EQ(pair.site.CountEffects("created"), 1u);
  EXPECT_EQ(pair.site.OwnInstances().size(), 1u);
  // And it may come again, as a standby.
  pair.crew.Start(pair.holder);
  EXPECT_EQ(WaitUntil([&] { return pair.crew.Readiness(pair.holder) == "ok, standby"; }, 20),
            Waited::kReached);
}

// The acting replica sleeps between its intent, which is on record, and the call, until another one
// holds the lease: it wakes to the answer that lets it go on.
class AfterAnIntent : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Kinds, AfterAnIntent, testing::Values("Connect", "OutboundBot"),
                         [](const auto& test_case) { return std::string(test_case.param); });

TEST_P(AfterAnIntent, StoppedAndWokenAfterTheOtherTookOverItSendsNothing) {
  ApiProxy proxy;
  Pair pair(&proxy);
  const bool bot = std::string_view(GetParam()) == "OutboundBot";
  const auto desk = pair.site.Here(bot ? OutboundBotManifest("desk") : ConnectManifest("desk"));
  cloudsim::CallFilter creates{.since = pair.site.LastCall(), .operation = "CreateInstance"};
  proxy.HoldAnswer("PUT", "\"intent\":{");
  pair.site.Apply(desk);
  ASSERT_EQ(WaitUntil([&] { return proxy.IsHolding(); }, 20), Waited::kReached);
  pair.crew[pair.holder].Signal(SIGSTOP);
  EXPECT_TRUE(pair.site.Get(desk).contains("/status/intent"_json_pointer));
  EXPECT_EQ(pair.crew.WaitUntilHeld(pair.standby, 1, 30), Waited::kReached);
  EXPECT_TRUE(pair.site.clouds().Calls(creates).empty());
  proxy.LetGo();
  LetPass(0.5);  // until the answer lies before it
  pair.crew[pair.holder].Signal(SIGCONT);
  const auto ending = pair.crew[pair.holder].WaitForEnd(20);
  ASSERT_TRUE(ending) << "a replica that lost its lease went on";
  EXPECT_EQ(ending->exit_code, 1);
  EXPECT_THAT(pair.crew.Log(pair.holder), testing::Not(HasSubstr(":CreateInstance")));
  ExpectSettled(pair.site, {desk}, 60);
  EXPECT_EQ(pair.site.clouds().Calls(creates).size(), 1u);
  EXPECT_EQ(pair.site.OwnInstances().size(), 1u);
}

TEST(Replicas, ShardedReplicasJoinAndLeaveAndEachObjectHasOneInstance) {
  KubeSite site(With(Election::kSharded));
  ReplicaCrew crew(site);
  auto manifests = OneOfEach(site);
  site.ApplyAll(manifests);
  crew.Start("one");
  ExpectSettled(site, manifests);
  // Four domains, and the work no domain is known for.
  EXPECT_EQ(crew.WaitUntilHeld("one", 5, 20), Waited::kReached);
  double since = SecondsNow();
  crew.Start("two");
  EXPECT_EQ(crew.WaitUntilShared({"one", "two"}, 5, 30), Waited::kReached);
  Tell("a replica joins, domains moved", since);
  for (const auto& more :
       site.HereAll({OutboundBotManifest("more"), CallCenterManifest("night")})) {
    manifests.push_back(more);
  }
  site.ApplyAll(manifests);
  ExpectSettled(site, manifests);
  since = SecondsNow();
  crew["one"].Signal(SIGTERM);
  EXPECT_EQ(crew.WaitUntilHeld("two", 5, 30), Waited::kReached);
  Tell("a replica leaves, all domains taken", since);
  crew.Start("three");
  EXPECT_EQ(crew.WaitUntilShared({"two", "three"}, 5, 30), Waited::kReached);
  since = SecondsNow();
  crew["two"].Kill();
  EXPECT_EQ(crew.WaitUntilHeld("three", 5, 40), Waited::kReached);
  Tell("a sharded replica is killed, lease of 6 s", since);
  site.Delete(manifests[0]);
  EXPECT_EQ(WaitUntil([&] { return site.Get(manifests[0]).is_null(); }, 20), Waited::kReached);
  manifests.erase(manifests.begin());
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("created"), 6u);
  EXPECT_EQ(site.CountEffects("deleted"), 1u);
}

// The ids of the brakes that this replica keeps.
std::vector<std::string> BrakesOf(const ReplicaCrew& crew, const std::string& name) {
  const auto list =
      Json::parse(crew.Instancectl(name, {"brakes", "-o", "json"}).output, nullptr, false);
  std::vector<std::string> ids;
  for (const auto& brake : list.is_object() ? list.value("brakes", Json::array()) : list) {
    if (brake.is_object()) ids.push_back(brake.value("id", ""));
  }
  return ids;
}

std::size_t Held(const KubeSite& site) {
  const auto objects = site.Objects();
  return static_cast<std::size_t>(std::ranges::count_if(objects, [](const auto& object) {
    return object.ReasonOf("Stalled") == "AwaitingApproval";
  }));
}

TEST(Replicas, AStandbyAnswersForNoBrakeAndSaysWhoDoes) {
  Pair pair;
  const auto bots = pair.site.HereAll({OutboundBotManifest("a"), OutboundBotManifest("b")});
  pair.site.ApplyAll(bots);
  ExpectSettled(pair.site, bots);
  pair.site.DeleteAll(bots);
  EXPECT_EQ(WaitUntil([&] { return Held(pair.site) == 2; }, 30), Waited::kReached);
  const auto ids = BrakesOf(pair.crew, pair.holder);
  ASSERT_EQ(ids.size(), 1u);
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"brakes"}, {"approve", ids[0]}, {"release", ids[0]}}) {
    const auto refused = pair.crew.Instancectl(pair.standby, words);
    EXPECT_NE(refused.ending.exit_code, 0) << words[0];
    EXPECT_THAT(refused.output, HasSubstr("standby"));
    EXPECT_THAT(refused.output, HasSubstr("(lease instanced)"));
  }
  LetPass(1);
  EXPECT_EQ(pair.site.CountEffects("deleted"), 0u);
  EXPECT_EQ(pair.crew.Instancectl(pair.holder, {"approve", ids[0]}).ending.exit_code, 0);
  EXPECT_EQ(WaitUntil([&] { return pair.site.Objects().empty(); }, 30), Waited::kReached);
  EXPECT_EQ(pair.site.CountEffects("deleted"), 2u);
}

TEST(Replicas, ShardedReplicasRememberTheirBrakesApartAndTakeOverTheOthers) {
  KubeSite site(With(Election::kSharded));
  ReplicaCrew crew(site);
  std::vector<Json> manifests;
  for (int i = 0; i < 8; ++i) {
    manifests.push_back(site.Here(ManifestOf(i, "object-" + std::to_string(i))));
  }
  site.ApplyAll(manifests);
  crew.Start("one");
  ExpectSettled(site, manifests);
  crew.Start("two");
  EXPECT_EQ(crew.WaitUntilShared({"one", "two"}, 5, 30), Waited::kReached);
  site.DeleteAll(manifests);
  EXPECT_EQ(WaitUntil([&] { return Held(site) == 8; }, 40), Waited::kReached);
  EXPECT_EQ(BrakesOf(crew, "one").size() + BrakesOf(crew, "two").size(), 4u);
  LetPass(1);  // what is remembered is written beside the passes
  crew["one"].Kill();
  EXPECT_EQ(crew.WaitUntilHeld("two", 5, 40), Waited::kReached);
  EXPECT_EQ(WaitUntil([&] { return BrakesOf(crew, "two").size() == 4; }, 20), Waited::kReached)
      << site.Must(
             {"get", "configmap", "instanced-ledger", "-n", site.daemon_space(), "-o", "json"});
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
  for (const auto& id : BrakesOf(crew, "two")) {
    EXPECT_EQ(crew.Instancectl("two", {"approve", id}).ending.exit_code, 0);
  }
  EXPECT_EQ(WaitUntil([&] { return site.Objects().empty(); }, 40), Waited::kReached);
  EXPECT_EQ(site.CountEffects("deleted"), 8u);
}

}  // namespace
}  // namespace instanced::e2e
