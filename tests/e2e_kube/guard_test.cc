// What holds deletions and survives the loss of pod and volume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::vector<Json> Bots(const KubeSite& site, int count) {
  std::vector<Json> bots;
  for (int i = 0; i < count; ++i) {
    bots.push_back(site.Here(OutboundBotManifest("robot-" + std::to_string(i))));
  }
  return bots;
}

std::optional<Json> TheBrake(const KubeSite& site) {
  const auto ran = site.Instancectl({"brakes", "-o", "json"});
  const auto list = Json::parse(ran.output, nullptr, false);
  const auto brakes = list.is_object() ? list.value("brakes", Json::array()) : list;
  if (!brakes.is_array() || brakes.empty()) return std::nullopt;
  return brakes[0];
}

// All wait for approval under a brake of this cause; its id.
std::string HeldBy(const KubeSite& site, const std::vector<Json>& manifests,
                   const std::string& cause) {
  std::string id;
  const auto held = [&] {
    const auto brake = TheBrake(site);
    if (!brake || brake->value("cause", "") != cause) return false;
    id = brake->value("id", "");
    for (const auto& manifest : manifests) {
      const auto object = site.Object(manifest);
      if (!object || object->ReasonOf("Stalled") != "AwaitingApproval") return false;
    }
    return true;
  };
  EXPECT_EQ(WaitUntil(held, 40), Waited::kReached) << cause;
  LetPass(1);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
  return id;
}

Waited AllGone(const KubeSite& site) {
  return WaitUntil([&] { return site.Objects().empty(); }, 40);
}

TEST(OperatorGuard, MassDeletionIsHeldAcrossTheLossOfPodAndVolumeUntilApproved) {
  KubeSite site;
  const auto bots = Bots(site, 3);
  site.ApplyAll(bots);
  site.StartDaemon();
  ExpectSettled(site, bots);
  site.DeleteAll(bots);
  const auto id = HeldBy(site, bots, "MassDeletion");
  site.KillDaemon();
  for (const char* end : {"", "-wal", "-shm"}) {
    std::filesystem::remove(site.state_file().string() + end);
  }
  site.StartDaemon();
  EXPECT_EQ(HeldBy(site, bots, "MassDeletion"), id);
  site.Annotate(bots[0], "instanced.dev/approve=no-such-brake");
  LetPass(1);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
  site.Annotate(bots[0], "instanced.dev/approve=" + id);
  EXPECT_EQ(AllGone(site), Waited::kReached);
  EXPECT_EQ(site.CountEffects("deleted"), 3u);
  EXPECT_EQ(site.CountEffects("created"), 3u);
}

TEST(OperatorGuard, ChurnIsCountedAcrossTheLossOfPodAndVolume) {
  KubeSite site;
  const auto desk = site.Here(ConnectManifest("desk"));
  site.Apply(desk);
  site.StartDaemon();
  ExpectSettled(site, {desk});
  const auto remaining = [&] {
    const auto budgets = site.Instancectl({"budgets", "-o", "json"}).output;
    const auto json = Json::parse(budgets, nullptr, false);
    return json.is_object() ? json.dump() : budgets;
  };
  const auto spent = site.Must({"get", "configmap", "instanced-ledger", "-n", site.daemon_space(),
                                "-o", "jsonpath={.data.churn}"});
  EXPECT_THAT(spent, HasSubstr("connect/" + AwsOne().account));
  EXPECT_THAT(spent, HasSubstr("/create/1"));
  EXPECT_THAT(remaining(), HasSubstr("94"));
  site.KillDaemon();
  for (const char* end : {"", "-wal", "-shm"}) {
    std::filesystem::remove(site.state_file().string() + end);
  }
  site.StartDaemon();
  EXPECT_EQ(WaitUntil([&] { return remaining().find("94") != std::string::npos; }, 20),
            Waited::kReached)
      << remaining();
}

// The namespace controller is played here: this server has none. It deletes every object of a
// namespace that has a deletionTimestamp.
TEST(OperatorGuard, NamespaceOnItsWayOutIsHeldUntilApproved) {
  KubeSite site({.site = {}, .scope = KubeSiteOptions::Scope::kAllNamespaces});
  const auto desk = site.Here(ConnectManifest("desk"));
  site.Apply(desk);
  site.StartDaemon();
  ExpectSettled(site, {desk});
  site.Must({"delete", "namespace", site.space(), "--wait=false"});
  site.Must({"delete", KubeSite::kKinds, "--all", "-n", site.space(), "--wait=false"});
  const auto id = HeldBy(site, {desk}, "NamespaceRemoved");
  const auto approved = site.Instancectl({"approve", id});
  EXPECT_EQ(approved.ending.exit_code, 0) << approved.output;
  EXPECT_EQ(AllGone(site), Waited::kReached);
  EXPECT_THAT(site.OwnInstances(), IsEmpty());
}

TEST(OperatorGuard, RemovedCrdIsHeldReleasedAndItsInstancesAdoptedAgain) {
  KubeSite site;
  const auto bots = Bots(site, 1);
  site.ApplyAll(bots);
  site.StartDaemon();
  ExpectSettled(site, bots);
  const std::string crd = "outboundbotinstances.instanced.dev";
  site.Must({"delete", "crd", crd, "--wait=false"});
  const auto id = HeldBy(site, bots, "CrdRemoved");
  EXPECT_EQ(site.Instancectl({"release", id}).ending.exit_code, 0);
  EXPECT_EQ(WaitUntil([&] { return site.Kubectl({"get", "crd", crd}).ending.exit_code != 0; }, 40),
            Waited::kReached);
  EXPECT_EQ(site.OwnInstances().size(), 1u);
  site.Must({"apply", "--validate=false", "-f", TheApiServer().crds.string()});
  site.Must({"wait", "--for=condition=established", "--timeout=30s", "crd/" + crd});
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto file = (site.folder() / "applied.json").string();
                  return site.Kubectl({"apply", "-f", file}).ending.exit_code == 0;
                },
                20),
            Waited::kReached);
  ExpectSettled(site, bots, 60);
  EXPECT_EQ(site.CountEffects("created"), 1u);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
}

TEST(OperatorGuard, CredentialOfAnotherAccountChangesNothing) {
  KubeSite site;
  site.environment()["AWS_ACCESS_KEY_ID"] = AwsTwo().access_key;
  site.environment()["AWS_SECRET_ACCESS_KEY"] = AwsTwo().secret;
  const auto desk = site.Here(ConnectManifest("desk"));
  site.Apply(desk);
  site.StartDaemon();
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = site.Object(desk);
                  return object && object->ReasonOf("Stalled") == "AccountMismatch";
                },
                30),
            Waited::kReached);
  EXPECT_THAT(site.Effects(), IsEmpty());
}

}  // namespace
}  // namespace instanced::e2e
