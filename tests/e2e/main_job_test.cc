#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::IsSubsetOf;
using testing::UnorderedElementsAre;

std::vector<Json> OneOfEach() {
  return {ConnectManifest("desk"), SupplyChainManifest("stock"), CallCenterManifest("calls"),
          OutboundBotManifest("robot")};
}

void WriteAll(const Site& site, const std::vector<Json>& manifests) {
  for (const Json& manifest : manifests) site.manifests().Write(manifest);
}

TEST(MainJob, DeclaredInstancesAreMadeOnceAndLeftAlone) {
  Site site;
  const auto manifests = OneOfEach();
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  const auto settled_at = site.LastCall();
  ASSERT_EQ(WaitUntil([&] { return site.LastCall() > settled_at + 12; }, 20), Waited::kReached);
  EXPECT_THAT(site.Effects(),
              UnorderedElementsAre("connect:CreateInstance", "scn:CreateInstance",
                                   "ccc:CreateInstance", "outboundbot:CreateInstance"));
}

TEST(MainJob, EveryFieldTheCloudReportsReachesTheStatus) {
  Site site;
  const auto manifests = OneOfEach();
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  const auto desk = site.Object(manifests[0])->status["atProvider"];
  EXPECT_EQ(desk.value("instanceStatus", ""), "ACTIVE") << desk;
  EXPECT_TRUE(desk.contains("arn") && desk.contains("createdTime")) << desk;
  const auto stock = site.Object(manifests[1])->status["atProvider"];
  EXPECT_EQ(stock.value("state", ""), "Active") << stock;
  EXPECT_EQ(stock.value("awsAccountId", ""), AwsOne().account) << stock;
  const auto calls = site.Object(manifests[2])->status["atProvider"];
  EXPECT_EQ(calls.value("domainName", ""), "calls-domain") << calls;
  const auto robot = site.Object(manifests[3])->status["atProvider"];
  EXPECT_TRUE(robot.contains("creationTime")) << robot;
}

TEST(MainJob, DriftMadeBySomebodyElseIsRepaired) {
  Site site;
  const std::vector<Json> manifests{ConnectManifest("desk"), SupplyChainManifest("stock"),
                                    OutboundBotManifest("robot")};
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  const auto id = [&](int index) { return site.Object(manifests[index])->external_name(); };
  const auto clouds = site.clouds();
  ASSERT_TRUE(clouds.Drift({{"service", "connect"},
                            {"id", id(0)},
                            {"attributes", {{"INBOUND_CALLS", "false"}}},
                            {"tags", {{"team", "thieves"}, {"extra", "1"}}}}));
  ASSERT_TRUE(clouds.Drift(
      {{"service", "scn"}, {"id", id(1)}, {"fields", {{"instanceDescription", "meddled"}}}}));
  ASSERT_TRUE(clouds.Drift(
      {{"service", "outboundbot"}, {"id", id(2)}, {"fields", {{"MaxConcurrentConversation", 9}}}}));
  ASSERT_THAT(Differences(site, manifests), testing::SizeIs(3));
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("created"), 3u);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
}

TEST(MainJob, DriftThatNoCallRepairsIsReported) {
  Site site;
  const auto manifest = CallCenterManifest("calls");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  const auto before = site.LastCall();
  ASSERT_TRUE(site.clouds().Drift({{"service", "ccc"},
                                   {"id", site.Object(manifest)->external_name()},
                                   {"fields", {{"Name", "meddled"}}}}));
  ASSERT_EQ(
      WaitUntil([&] { return site.Object(manifest)->ReasonOf("Stalled") == "ImmutableField"; }, 20),
      Waited::kReached)
      << site.Object(manifest)->status;
  EXPECT_THAT(site.Effects(before), IsEmpty());
}

TEST(MainJob, EditedManifestsAreCarriedToTheClouds) {
  Site site;
  std::vector<Json> manifests{ConnectManifest("desk"), SupplyChainManifest("stock"),
                              OutboundBotManifest("robot")};
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  manifests[0]["spec"]["forProvider"]["outboundCallsEnabled"] = true;
  manifests[0]["spec"]["forProvider"]["tags"] = {{"team", "sales"}};
  manifests[1]["spec"]["forProvider"]["instanceDescription"] = "second words";
  manifests[2]["spec"]["forProvider"]["instanceDescription"] = "second words";
  WriteAll(site, manifests);
  ExpectSettled(site, manifests);
  EXPECT_EQ(site.CountEffects("created"), 3u);
  EXPECT_EQ(site.CountEffects("deleted"), 0u);
}

TEST(MainJob, EditOfAFieldThatCannotChangeIsHeldForEachKindUntilItIsTakenBack) {
  Site site;
  auto manifests = OneOfEach();
  manifests[3]["spec"]["forProvider"]["nluServiceType"] = "Managed";
  WriteAll(site, manifests);
  site.StartDaemon();
  ExpectSettled(site, manifests);
  auto edited = manifests;
  edited[0]["spec"]["forProvider"]["instanceAlias"] = "another-alias";
  edited[1]["spec"]["forProvider"]["webAppDnsDomain"] = "another-web";
  edited[2]["spec"]["forProvider"]["storageMaxDays"] = 17;
  edited[3]["spec"]["forProvider"]["nluServiceType"] = "Provided";
  const auto before = site.LastCall();
  WriteAll(site, edited);
  for (const Json& manifest : edited) {
    EXPECT_EQ(
        WaitUntil([&] { return site.Object(manifest)->ReasonOf("Stalled") == "ImmutableField"; },
                  20),
        Waited::kReached)
        << KeyOf(manifest) << " " << site.Object(manifest)->status;
    EXPECT_THAT(site.Object(manifest)->MessageOf("Stalled"),
                testing::HasSubstr("replacePolicy: Recreate"));
  }
  EXPECT_THAT(site.Effects(before), IsEmpty());
  WriteAll(site, manifests);
  ExpectSettled(site, manifests);
  EXPECT_THAT(site.Effects(before), IsEmpty());
}

TEST(MainJob, ImmutableFieldIsHeldOrReplacedAsThePolicySays) {
  Site site;
  auto manifest = ConnectManifest("desk");
  site.manifests().Write(manifest);
  site.StartDaemon();
  ExpectSettled(site, {manifest});
  manifest["spec"]["forProvider"]["instanceAlias"] = "another-alias";
  manifest["spec"]["replacePolicy"] = "Recreate";
  site.manifests().Write(manifest);
  ExpectSettled(site, {manifest});
  EXPECT_EQ(site.CountEffects("created"), 2u);
  EXPECT_EQ(site.CountEffects("deleted"), 1u);
}

TEST(MainJob, RemovedManifestRemovesItsInstanceAndNothingElse) {
  Site site;
  std::vector<Json> manifests = OneOfEach();
  const std::vector<Json> others{ConnectManifest("desk2"), SupplyChainManifest("stock2"),
                                 CallCenterManifest("calls2"), OutboundBotManifest("robot2")};
  WriteAll(site, manifests);
  WriteAll(site, others);
  const auto foreign = site.clouds().CreateForeign({{"service", "connect"},
                                                    {"account", AwsOne().account},
                                                    {"fields", {{"InstanceAlias", "theirs"}}}});
  ASSERT_TRUE(foreign) << foreign.error();
  auto all = manifests;
  all.insert(all.end(), others.begin(), others.end());
  site.StartDaemon();
  ExpectSettled(site, all);
  for (const Json& manifest : manifests) site.manifests().Remove(manifest);
  ExpectSettled(site, others);
  EXPECT_EQ(WaitUntil([&] { return !site.Object(manifests[0]) && !site.Object(manifests[1]); }, 20),
            Waited::kReached);
  EXPECT_EQ(site.CountEffects("deleted"), 4u);
  EXPECT_THAT(site.clouds().Instances("connect"),
              Contains(testing::ResultOf([](const Json& one) { return std::string(one.at("id")); },
                                         *foreign)));
}

TEST(MainJob, VanishedInstanceIsReportedAndMadeAnewOnlyWhenAsked) {
  Site site;
  const auto alert = SupplyChainManifest("stock");
  auto recreate = OutboundBotManifest("robot");
  recreate["spec"]["onMissing"] = "Recreate";
  WriteAll(site, {alert, recreate});
  site.StartDaemon();
  ExpectSettled(site, {alert, recreate});
  const auto vanish = [&](const char* service, const Json& manifest) {
    return site.clouds().Vanish(service, site.Object(manifest)->external_name());
  };
  ASSERT_TRUE(vanish("scn", alert));
  ASSERT_TRUE(vanish("outboundbot", recreate));
  EXPECT_EQ(WaitUntil([&] { return site.Object(alert)->ReasonOf("Stalled") == "Missing"; }, 20),
            Waited::kReached)
      << site.Object(alert)->status;
  EXPECT_EQ(WaitUntil([&] { return site.OwnInstances("outboundbot").size() == 1; }, 20),
            Waited::kReached);
  EXPECT_THAT(site.OwnInstances("scn"), IsEmpty());
}

}  // namespace
}  // namespace instanced::e2e
