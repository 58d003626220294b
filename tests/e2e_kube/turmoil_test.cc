// The operator while things around it break: always one instance per object.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/e2e_kube/bulk.h"
#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

using testing::IsEmpty;

TEST(OperatorTurmoil, ApiServerMayGoAndComeBack) {
  KubeSite site;
  std::vector<Json> manifests{site.Here(ConnectManifest("desk"))};
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  StopApiServer();
  LetPass(2);
  EXPECT_TRUE(site.DaemonRuns());
  StartApiServer();
  manifests.push_back(site.Here(SupplyChainManifest("stock")));
  site.ApplyAll(manifests);
  ExpectSettled(site, manifests, 60);
  EXPECT_EQ(site.CountEffects("created"), 2u);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
}

// The instance was asked for and nobody could write down that it is there.
TEST(OperatorTurmoil, ApiServerThatDiesDuringACreateCostsNoSecondInstance) {
  KubeSite site;
  const std::vector<Json> manifests{site.Here(SupplyChainManifest("stock")),
                                    site.Here(OutboundBotManifest("robot"))};
  ASSERT_TRUE(site.clouds().AddFault(
      {{"action", "hold"}, {"kind", "mutating"}, {"phase", "effect"}, {"count", 2}}));
  site.StartDaemon();
  site.ApplyAll(manifests);
  ASSERT_TRUE(site.clouds().Wait({.phase = "held"}, 20000));
  StopApiServer();
  site.clouds().Release();
  LetPass(3);
  StartApiServer();
  site.clouds().ClearFaults();
  site.clouds().Release();
  ExpectSettled(site, manifests, 60);
  EXPECT_EQ(site.CountEffects("created"), 2u);
  EXPECT_EQ(site.OwnInstances().size(), 2u);
}

TEST(OperatorTurmoil, DaemonKilledDuringEachCreateMakesNothingTwice) {
  KubeSite site;
  std::vector<Json> all;
  for (const std::string phase : {"received", "effect"}) {
    const auto manifests =
        site.HereAll({ConnectManifest("desk-" + phase), SupplyChainManifest("stock-" + phase),
                      CallCenterManifest("calls-" + phase), OutboundBotManifest("robot-" + phase)});
    for (const auto& manifest : manifests) {
      SCOPED_TRACE(KeyOf(manifest));
      ASSERT_TRUE(site.clouds().AddFault({{"action", "hold"},
                                          {"service", ServiceOf(manifest)},
                                          {"kind", "mutating"},
                                          {"phase", phase},
                                          {"count", 1}}));
      const auto since = site.LastCall();
      site.StartDaemon();
      site.Apply(manifest);
      const auto held = site.clouds().Wait(
          {.since = since, .phase = "held", .service = ServiceOf(manifest)}, 20000);
      site.KillDaemon();
      site.clouds().ClearFaults();
      site.clouds().Release();
      EXPECT_TRUE(held) << "nothing was called";
    }
    all.insert(all.end(), manifests.begin(), manifests.end());
    // What the next round holds is a create of its own.
    site.StartDaemon();
    ExpectSettled(site, all, 60);
    site.KillDaemon();
  }
  EXPECT_EQ(site.OwnInstances().size(), 8u);
}

// With the owner named, as docs/deploy.md says: the namespace that names it by default is another.
TEST(OperatorTurmoil, WhatIsDeclaredAnewAfterTheLossOfEtcdFindsItsInstances) {
  KubeSite site({.site = {.flags = {"--owner-id", "team-voice"}}});
  const auto manifests = site.HereAll({ConnectManifest("desk"), SupplyChainManifest("stock"),
                                       CallCenterManifest("calls"), OutboundBotManifest("robot")});
  const auto uid_of_cluster = [&] {
    return site.Must({"get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"});
  };
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  const auto cluster = uid_of_cluster();
  site.KillDaemon();
  LoseEtcd();
  EXPECT_NE(uid_of_cluster(), cluster) << "nothing was lost";
  ASSERT_THAT(site.Objects(), IsEmpty());
  const auto before = site.LastCall();
  site.Furnish();
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests, 60);
  EXPECT_EQ(site.CountEffects("created", before), 0u);
  EXPECT_EQ(site.CountEffects("deleted", before), 0u);
}

// MANY=N for another number.
TEST(OperatorTurmoil, ManyObjectsAtOnce) {
  const char* many = std::getenv("MANY");
  const int count = many ? std::atoi(many) : 2000;
  // Polls of those that are made are to leave room for those that are not.
  KubeSite site({.site = {.flags = {"--churn-limit", "1000000", "--poll-stable", "2m"}}});
  std::vector<Json> manifests;
  for (int i = 0; i < count; ++i) {
    manifests.push_back(site.Here(ManifestOf(i, "object-" + std::to_string(i))));
  }
  site.StartDaemon();
  const double begun = SecondsNow();
  CreateMany(TheApiServer().kubeconfig, manifests);
  const double declared = SecondsNow();
  ExpectSettled(site, manifests, 120 + count / 4);
  std::cout << count << " objects declared in " << declared - begun << " s, settled in "
            << SecondsNow() - begun << " s\n";
  EXPECT_EQ(site.CountEffects("created"), static_cast<std::size_t>(count));
}

}  // namespace
}  // namespace instanced::e2e
