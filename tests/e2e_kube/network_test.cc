// The operator behind a network and an API server that are slow, refuse, forget and break off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/cloudsim/client.h"
#include "tests/e2e_kube/api_proxy.h"
#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

// A daemon that reaches the API server through the proxy; kubectl goes straight.
class OperatorNetwork : public ::testing::Test {
 protected:
  OperatorNetwork() {
    std::ofstream(authority_file()) << proxy_.authority();
    site_.ReachApiServerAt(proxy_.url(), authority_file());
  }
  std::filesystem::path authority_file() const { return site_.folder() / "proxy-authority.pem"; }
  std::vector<Json> OneOfEach() const {
    return site_.HereAll({ConnectManifest("desk"), SupplyChainManifest("stock"),
                          CallCenterManifest("calls"), OutboundBotManifest("robot")});
  }
  void ExpectNothingTwice(std::size_t objects) const {
    EXPECT_EQ(site_.CountEffects("created"), objects);
    EXPECT_EQ(site_.CountEffects("deleted"), 0u);
    EXPECT_EQ(site_.OwnInstances().size(), objects);
  }

  ApiProxy proxy_;
  KubeSite site_;
};

TEST_F(OperatorNetwork, WatchesThatBreakInTheMiddleOfAnEventLoseNothing) {
  auto manifests = OneOfEach();
  site_.ApplyAll(manifests);
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  for (const char* words : {"second words", "third words"}) {
    proxy_.BreakWatches();
    manifests[1]["spec"]["forProvider"]["instanceDescription"] = words;
    manifests[3]["spec"]["forProvider"]["instanceDescription"] = words;
    site_.ApplyAll(manifests);
    ExpectSettled(site_, manifests);
  }
  const auto calls = proxy_.calls();
  const auto watches =
      std::ranges::count_if(calls, [](const auto& call) { return call.IsWatch(); });
  EXPECT_GT(watches, 8) << "no watch was opened again";
  ExpectNothingTwice(4);
}

TEST_F(OperatorNetwork, ThrottledAndFailedCallsAreTriedAgainAndNothingIsMadeTwice) {
  const auto manifests = OneOfEach();
  // The intent's write, the record of the instance, finalizers, lists: whatever comes first.
  proxy_.Refuse({{"GET"}, "connectinstances", 500, 0, 2});
  proxy_.Refuse({{"PUT", "PATCH"}, "/status", 500, 0, 5});
  proxy_.Refuse({{"PATCH", "PUT"}, "instances/", 429, 1, 5});
  site_.StartDaemon();
  site_.ApplyAll(manifests);
  ExpectSettled(site_, manifests, 90);
  EXPECT_EQ(proxy_.refusals_left(), 0);
  ExpectNothingTwice(4);
}

// As with a right or a quota that is missing: Connect's creates are recorded in the ledger first.
TEST_F(OperatorNetwork, ALedgerThatCannotBeWrittenIsNotReady) {
  const auto desk = site_.Here(ConnectManifest("desk"));
  const Site& site = site_;
  const auto ready = [&site] { return site.Get(site.health_port(), "/readyz").has_value(); };
  const auto unwritable = [&site] {
    return site.Get(site.health_port(), "/readyz", 503) == "store not writable\n";
  };
  const auto told = [&site](const std::string& value) {
    const auto scrape = site.Get(site.metrics_port(), "/metrics").value_or("");
    return scrape.contains("instanced_journal_healthy " + value);
  };
  site_.StartDaemon();
  EXPECT_EQ(WaitUntil(ready, 20), Waited::kReached);
  proxy_.Refuse({{"POST", "PUT"}, "configmaps", 403, 0, 1'000'000});
  site_.Apply(desk);
  EXPECT_EQ(WaitUntil(unwritable, 30), Waited::kReached);
  EXPECT_TRUE(told("0"));
  EXPECT_EQ(site_.CountEffects("created"), 0u);
  proxy_.RefuseNoMore();
  ExpectSettled(site_, {desk}, 60);
  EXPECT_EQ(WaitUntil(ready, 30), Waited::kReached);
  EXPECT_TRUE(told("1"));
  ExpectNothingTwice(1);
}

TEST_F(OperatorNetwork, RetryAfterIsHonoured) {
  const auto desk = site_.Here(ConnectManifest("desk"));
  site_.StartDaemon();
  EXPECT_EQ(
      WaitUntil([&] { return site_.Log().find("source is synced") != std::string::npos; }, 20),
      Waited::kReached);
  proxy_.Refuse({{"PATCH", "PUT"}, "connectinstances/desk", 429, 3, 2});
  site_.Apply(desk);
  ExpectSettled(site_, {desk}, 60);
  const auto calls = proxy_.calls();
  const ProxiedCall* refused = nullptr;
  bool waits_seen = false;
  for (const auto& call : calls) {
    if (call.target.find("connectinstances/desk") == std::string::npos || call.IsWatch()) continue;
    if (refused != nullptr) {
      const std::chrono::duration<double> waited = call.when - refused->when;
      EXPECT_GE(waited.count(), 2.9) << call.method << " " << call.target;
      waits_seen = true;
    }
    if (call.refused || refused == nullptr) refused = call.refused ? &call : nullptr;
  }
  EXPECT_TRUE(waits_seen);
  ExpectNothingTwice(1);
}

TEST_F(OperatorNetwork, ASlowServerIsWaitedFor) {
  proxy_.Delay(std::chrono::milliseconds(1200));
  const auto manifests = OneOfEach();
  site_.StartDaemon();
  site_.ApplyAll(manifests);
  ExpectSettled(site_, manifests, 120);
  ExpectNothingTwice(4);
}

// Compaction and a new watch cache: what the daemon last saw is no longer known to the server.
TEST_F(OperatorNetwork, ForgottenHistoryLeadsToANewListThatAlsoTellsWhatIsGone) {
  auto manifests = OneOfEach();
  manifests.pop_back();
  auto ghost = site_.Here(OutboundBotManifest("ghost"));
  ghost["metadata"]["annotations"] = {{"instanced.dev/paused", "true"}};
  site_.ApplyAll(manifests);
  site_.Apply(ghost);
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  const auto listed = [&](const std::string& name) {
    return site_.Instancectl({"get", "-n", site_.space()}).output.find(name) != std::string::npos;
  };
  EXPECT_TRUE(listed("ghost"));

  proxy_.GoAway();
  site_.Must({"patch", KubeSite::NameOf(ghost), "-n", site_.space(), "--type=merge", "-p",
              R"({"metadata":{"finalizers":null}})"});
  site_.Delete(ghost);
  manifests[1]["spec"]["forProvider"]["instanceDescription"] = "said while nobody listened";
  manifests.push_back(site_.Here(OutboundBotManifest("robot")));
  site_.ApplyAll(manifests);
  CompactEtcd();
  StopApiServer();
  StartApiServer();
  proxy_.ComeBack();

  ExpectSettled(site_, manifests, 90);
  EXPECT_GT(proxy_.gone(), 0) << "the server still knew the history";
  EXPECT_EQ(WaitUntil([&] { return !listed("ghost"); }, 20), Waited::kReached);
  ExpectNothingTwice(4);
}

// As when the cluster's authority is rotated: the file changes, the address stays.
TEST_F(OperatorNetwork, AnotherAuthorityIsTrustedOnceItsFileSaysSo) {
  std::vector<Json> manifests{site_.Here(ConnectManifest("desk"))};
  site_.ApplyAll(manifests);
  site_.StartDaemon();
  ExpectSettled(site_, manifests);
  proxy_.ChangeAuthority();
  manifests.push_back(site_.Here(SupplyChainManifest("stock")));
  site_.ApplyAll(manifests);
  LetPass(3);
  EXPECT_EQ(site_.CountEffects("created"), 1u) << "a stranger's certificate was taken";
  EXPECT_TRUE(site_.DaemonRuns());
  std::ofstream(authority_file()) << proxy_.authority();
  ExpectSettled(site_, manifests, 60);
  EXPECT_THAT(site_.Log(), HasSubstr("certificates for the API server have changed"));
  ExpectNothingTwice(2);
}

}  // namespace
}  // namespace instanced::e2e
