// The main job as an operator: declared with kubectl, made true in the clouds, told in status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/e2e_kube/kube_site.h"

namespace instanced::e2e {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<Json> OneOfEach(const KubeSite& site) {
  return site.HereAll({ConnectManifest("desk"), SupplyChainManifest("stock"),
                       CallCenterManifest("calls"), OutboundBotManifest("robot")});
}

Waited Gone(const KubeSite& site, const Json& manifest) {
  return WaitUntil([&] { return site.Get(manifest).is_null(); }, 30);
}

Waited Shows(const KubeSite& site, const Json& manifest, const std::string& condition,
             const std::string& reason) {
  return WaitUntil(
      [&] {
        const auto object = site.Object(manifest);
        return object && object->ReasonOf(condition) == reason;
      },
      30);
}

// A ProviderConfig whose AWS credential comes from a Secret.
Json ConfigWithSecret(const KubeSite& site, const std::string& name, const std::string& secret) {
  auto config = site.Here(ProviderConfigManifest(name, site.url(), AwsOne(), AlibabaOne()));
  config["spec"].erase("alibaba");
  config["spec"]["aws"]["credentials"] = {{"secretRef", {{"name", secret}}}};
  return config;
}

Json Secret(const KubeSite& site, const std::string& name, const CloudAccount& account) {
  return site.Here(Json{
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"metadata", {{"name", name}}},
      {"stringData",
       {{"aws_access_key_id", account.access_key}, {"aws_secret_access_key", account.secret}}}});
}

// All that is in its namespaces but Secrets: objects with their status, Events, ConfigMaps, leases.
std::string WhatTheServerHolds(const KubeSite& site) {
  const auto resources =
      std::string(KubeSite::kKinds) + ",providerconfigs,events,configmaps,leases";
  std::string all;
  for (const auto& space : {site.space(), site.daemon_space()}) {
    all += site.Must({"get", resources, "-n", space, "-o", "json"});
  }
  return all;
}

TEST(Operator, AppliedInstancesAreMadeOnceUpdatedAndDeleted) {
  KubeSite site;
  auto manifests = OneOfEach(site);
  site.ApplyAll(manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  for (const char* condition : {"Ready", "Synced"}) {
    site.Must({"wait", KubeSite::kKinds, "--all", "-n", site.space(), "--timeout=10s",
               std::string("--for=condition=") + condition});
  }
  EXPECT_THAT(site.Effects(),
              UnorderedElementsAre("connect:CreateInstance", "scn:CreateInstance",
                                   "ccc:CreateInstance", "outboundbot:CreateInstance"));
  manifests[0]["spec"]["forProvider"]["outboundCallsEnabled"] = true;
  manifests[1]["spec"]["forProvider"]["instanceDescription"] = "second words";
  site.ApplyAll(manifests);
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("created"), 4u);

  site.Delete(manifests[3]);
  EXPECT_EQ(Gone(site, manifests[3]), Waited::kReached);
  manifests.pop_back();
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("deleted"), 1u);

  const auto table = site.Must({"get", "instanced", "-n", site.space()});
  EXPECT_THAT(table, HasSubstr("READY"));
  EXPECT_THAT(table, HasSubstr("EXTERNAL-NAME"));
  EXPECT_THAT(table, HasSubstr("ACTIVE"));
  const auto wide = site.Must({"get", "instanced", "-A", "-o", "wide"});
  for (const char* word : {"MESSAGE", "DELETION", "CONFIG", "NAMESPACE"}) {
    EXPECT_THAT(wide, HasSubstr(word));
  }
  for (const auto& [manifest, field] :
       {std::pair(manifests[1], "state"), std::pair(manifests[2], "status")}) {
    const auto state = site.Get(manifest)["status"]["atProvider"].value(field, "");
    ASSERT_FALSE(state.empty()) << field;
    EXPECT_THAT(wide, HasSubstr(state));
  }
  const auto described = site.Must({"describe", "cni", "desk", "-n", site.space()});
  EXPECT_THAT(described, HasSubstr("connect:CreateInstance succeeded"));
  EXPECT_THAT(described, HasSubstr("usable"));
}

TEST(Operator, DriftIsRepairedAndTold) {
  KubeSite site;
  const auto manifest = site.Here(SupplyChainManifest("stock"));
  site.Apply(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  ASSERT_TRUE(site.clouds().Drift({{"service", "scn"},
                                   {"id", site.Object(manifest)->external_name()},
                                   {"fields", {{"instanceDescription", "meddled"}}}}));
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.CountEffects("created"), 1u);
  EXPECT_THAT(site.Must({"describe", "scni", "stock", "-n", site.space()}),
              HasSubstr("scn:UpdateInstance succeeded"));
}

TEST(Operator, RetainedInstanceIsAdoptedAgainByAnObjectThatNamesIt) {
  KubeSite site;
  auto manifest = site.Here(ConnectManifest("desk"));
  manifest["spec"]["deletionPolicy"] = "Retain";
  site.Apply(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  const auto id = site.Object(manifest)->external_name();
  site.Delete(manifest);
  EXPECT_EQ(Gone(site, manifest), Waited::kReached);
  EXPECT_EQ(site.OwnInstances().size(), 1u);
  manifest["spec"]["externalName"] = id;
  site.Apply(manifest);
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.Object(manifest)->external_name(), id);
  EXPECT_EQ(site.CountEffects("created"), 1u);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
}

TEST(Operator, AnnotationsAndInstancectlPauseResumeAndAskForAPass) {
  KubeSite site;
  *std::ranges::find(site.flags(), "1500ms") = "10m";  // --poll-stable: only what is asked for
  auto manifest = site.Here(OutboundBotManifest("robot"));
  site.Apply(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  site.Annotate(manifest, "instanced.dev/paused=true");
  EXPECT_EQ(Shows(site, manifest, "Synced", "Paused"), Waited::kReached);
  const auto before = site.LastCall();
  auto edited = manifest;
  edited["spec"]["forProvider"]["instanceDescription"] = "second words";
  site.Must({"patch", KubeSite::NameOf(manifest), "-n", site.space(), "--type=merge", "-p",
             R"({"spec":{"forProvider":{"instanceDescription":"second words"}}})"});
  LetPass(1);
  EXPECT_THAT(site.Effects(before), IsEmpty());
  const std::string object = "OutboundBotInstance/robot";
  const auto resumed = site.Instancectl({"resume", object, "-n", site.space()});
  EXPECT_EQ(resumed.ending.exit_code, 0) << resumed.output;
  ExpectSettled(site, {edited});
  EXPECT_FALSE(site.Get(manifest)["metadata"]["annotations"].contains("instanced.dev/paused"));

  ASSERT_TRUE(site.clouds().Drift({{"service", "outboundbot"},
                                   {"id", site.Object(manifest)->external_name()},
                                   {"fields", {{"MaxConcurrentConversation", 9}}}}));
  EXPECT_EQ(site.Instancectl({"reconcile", object, "-n", site.space()}).ending.exit_code, 0);
  ExpectSettled(site, {edited});
}

TEST(Operator, ImmutableChangeIsHeldUntilThePolicyAllowsIt) {
  KubeSite site;
  auto manifest = site.Here(ConnectManifest("desk"));
  site.Apply(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  manifest["spec"]["forProvider"]["instanceAlias"] = "another-alias";
  site.Apply(manifest);
  EXPECT_EQ(Shows(site, manifest, "Stalled", "ImmutableField"), Waited::kReached);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
  EXPECT_THAT(site.Must({"get", "events", "-n", site.space()}), HasSubstr("ImmutableField"));
  manifest["spec"]["replacePolicy"] = "Recreate";
  site.Apply(manifest);
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.CountEffects("created"), 2u);
  EXPECT_EQ(site.CountEffects("deleted"), 1u);
}

TEST(Operator, SecretIsWaitedForAndItsRotationPickedUp) {
  KubeSite site;
  site.environment().erase("AWS_ACCESS_KEY_ID");
  site.environment().erase("AWS_SECRET_ACCESS_KEY");
  site.Apply(ConfigWithSecret(site, "from-secret", "cloud-key"));
  auto manifest = site.Here(ConnectManifest("desk"));
  manifest["spec"]["providerConfigRef"] = "from-secret";
  site.Apply(manifest);
  site.StartDaemon();
  EXPECT_EQ(Shows(site, manifest, "Stalled", "AuthFailed"), Waited::kReached);
  auto wrong = AwsOne();
  wrong.secret = "not-the-right-one";
  site.Apply(Secret(site, "cloud-key", wrong));
  LetPass(1);
  EXPECT_THAT(site.Effects(), IsEmpty());
  site.Apply(Secret(site, "cloud-key", AwsOne()));
  ExpectSettled(site, {manifest});
  // The old key ends, a new one takes its place while the daemon runs.
  const CloudAccount next{AwsOne().account, "AKIAROTATED000000001", "the-next-secret"};
  site.Apply(Secret(site, "cloud-key", next));
  manifest["spec"]["forProvider"]["outboundCallsEnabled"] = true;
  site.Apply(manifest);
  EXPECT_EQ(Shows(site, manifest, "Stalled", "AuthFailed"), Waited::kReached);
  site.Apply(Secret(site, "cloud-key", AwsOne()));
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.CountEffects("created"), 1u);
  const auto told = site.Log() + WhatTheServerHolds(site);
  for (const char* part : {R"("kind": "ConnectInstance")", R"("kind": "Event")",
                           R"("kind": "ConfigMap")", "AuthFailed"}) {
    EXPECT_THAT(told, HasSubstr(part));
  }
  for (const auto& secret : {wrong.secret, next.secret, AwsOne().secret}) {
    EXPECT_THAT(told, testing::Not(HasSubstr(secret)));
  }
}

TEST(Operator, ProviderConfigStaysUntilItsLastUserIsGone) {
  KubeSite site;
  const auto manifest = site.Here(ConnectManifest("desk"));
  site.Apply(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  site.Must({"delete", "providerconfig", "default", "-n", site.space(), "--wait=false"});
  LetPass(1);
  const auto held = site.Get("providerconfig", "default");
  ASSERT_FALSE(held.is_null());
  EXPECT_TRUE(held["metadata"].contains("deletionTimestamp"));
  site.Delete(manifest);
  EXPECT_EQ(Gone(site, manifest), Waited::kReached);
  EXPECT_EQ(WaitUntil([&] { return site.Get("providerconfig", "default").is_null(); }, 20),
            Waited::kReached);
  EXPECT_THAT(site.OwnInstances(), IsEmpty());
}

TEST(Operator, ProviderConfigThatComesLateWakesItsObjects) {
  KubeSite site;
  auto manifest = site.Here(ConnectManifest("desk"));
  manifest["spec"]["providerConfigRef"] = "late";
  site.Apply(manifest);
  site.StartDaemon();
  EXPECT_EQ(Shows(site, manifest, "Stalled", "ProviderConfigMissing"), Waited::kReached);
  site.Apply(site.Here(ProviderConfigManifest("late", site.url(), AwsOne(), AlibabaOne())));
  ExpectSettled(site, {manifest});
}

// The plan looks into the account of a ProviderConfig that nobody uses yet.
TEST(Operator, APlanChangesNothing) {
  KubeSite site;
  const auto desk = site.Here(ConnectManifest("desk"));
  site.Apply(desk);
  site.Apply(site.Here(ProviderConfigManifest("spare", site.url(), AwsOne(), AlibabaOne())));
  site.StartDaemon();
  ExpectSettled(site, {desk});
  auto robot = site.Here(OutboundBotManifest("robot"));
  robot["spec"]["providerConfigRef"] = "spare";
  site.manifests().Write(robot);
  site.manifests().Remove(ProviderConfigManifest("default", site.url(), AwsOne(), AlibabaOne()));
  const auto before = site.Get("providerconfig", "spare")["metadata"];
  const auto since = site.LastCall();
  const auto planned = site.Instancectl({"plan", site.manifests().root().string()});
  EXPECT_EQ(planned.ending.exit_code, 2) << planned.output;
  EXPECT_THAT(planned.output, HasSubstr("robot"));
  EXPECT_EQ(site.Get("providerconfig", "spare")["metadata"], before);
  EXPECT_THAT(site.Effects(since), IsEmpty());
}

// The manifests carry the namespace they will have in the cluster, as marks do.
TEST(Operator, ExportFromFilesMovesIntoTheClusterWithoutACreateOrADeletion) {
  KubeSite site;
  const auto manifests = OneOfEach(site);
  for (const auto& manifest : manifests) site.manifests().Write(manifest);
  site.manifests().Write(
      site.Here(ProviderConfigManifest("default", site.url(), AwsOne(), AlibabaOne())));
  const auto state = site.folder() / "files.db";
  auto flags = site.flags();
  flags.insert(flags.begin(),
               {"run", "--manifests", site.manifests().root().string(), "--state", state.string(),
                "--metrics-address", "off", "--health-address", "off"});
  Program files({INSTANCED_PROGRAM, flags, site.environment(), site.folder() / "files.log", {}});
  const auto ready = [&] {
    const auto objects = RecordedObjects(state);
    return std::ranges::count_if(objects, [](const auto& one) { return one.Is("Ready"); }) == 4;
  };
  ASSERT_EQ(WaitUntil(ready, 30), Waited::kReached) << ReadText(site.folder() / "files.log");
  const auto exported = RunToEnd({INSTANCECTL_PROGRAM,
                                  {"export", "all", "-n", site.space(), "-o", "yaml", "--socket",
                                   (site.folder() / "files.sock").string()},
                                  site.environment(),
                                  site.folder() / "exported.yaml",
                                  {}},
                                 20);
  ASSERT_EQ(exported.ending.exit_code, 0) << exported.output;
  files.Signal(15);
  files.WaitForEnd(20);
  const auto before = site.LastCall();
  site.Must({"apply", "-f", (site.folder() / "exported.yaml").string()});
  site.StartDaemon();
  ExpectSettled(site, manifests);
  LetPass(1);
  EXPECT_EQ(site.CountEffects("created", before), 0u);
  EXPECT_EQ(site.CountEffects("deleted", before), 0u);
}

}  // namespace
}  // namespace instanced::e2e
