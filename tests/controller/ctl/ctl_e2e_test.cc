// Every command that needs a daemon, against a real one and the simulated clouds.
#include <unistd.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/ctl_cases.h"

namespace instanced::e2e {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CtlEndToEnd : public ::testing::Test {
 protected:
  CtlEndToEnd() : desk_(ConnectManifest("desk")) {
    site_.manifests().Write(desk_);
    site_.StartDaemon();
    ExpectSettled(site_, {desk_});
  }
  std::string Ctl(std::vector<std::string> arguments, int exit_code = 0) {
    const Ran ran = site_.Instancectl(std::move(arguments));
    EXPECT_EQ(ran.ending.exit_code, exit_code) << ran.output;
    return ran.output;
  }
  Json CtlJson(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-o", "json"});
    return Json::parse(Ctl(std::move(arguments)), nullptr, false);
  }
  std::string BoundId() {
    const Json object = CtlJson({"get", "cni/desk"});
    return object["status"].value("externalName", "");
  }
  std::vector<std::string> Persons() {
    std::vector<std::string> operations;
    const Json history = CtlJson({"history", "cni/desk"});
    for (const auto& entry : history["entries"]) {
      if (entry["kind"] != "Person") continue;
      EXPECT_THAT(entry.value("message", ""), HasSubstr("uid " + std::to_string(getuid())));
      operations.push_back(entry["operation"]);
    }
    return operations;
  }

  Site site_;
  Json desk_;
};

TEST_F(CtlEndToEnd, LookingTellsWhatTheDaemonKnows) {
  EXPECT_THAT(Ctl({"get"}), AllOf(HasSubstr("connectinstance/desk"), HasSubstr("ACTIVE")));
  EXPECT_THAT(Ctl({"describe", "cni/desk"}), HasSubstr("instanceStatus: ACTIVE"));
  EXPECT_THAT(Ctl({"explain", "cni/desk"}), HasSubstr("Ready=True Available"));
  EXPECT_THAT(Ctl({"budgets"}), HasSubstr("CreateInstance"));
  const Json budgets = CtlJson({"budgets"});
  ASSERT_FALSE(budgets["churn"].empty()) << budgets;
  bool created = false;
  const Json history = CtlJson({"history", "cni/desk"});
  for (const auto& entry : history["entries"]) {
    created = created || entry["operation"] == "connect:CreateInstance";
  }
  EXPECT_TRUE(created);
  EXPECT_THAT(Ctl({"get", "cni/nope"}, 1), HasSubstr("instancectl get -A lists"));
}

TEST_F(CtlEndToEnd, PauseHoldsUntilResumeAndHistorySaysWho) {
  Ctl({"pause", "cni/desk"});
  ASSERT_EQ(WaitUntil([&] { return Ctl({"explain", "cni/desk"}).contains("Paused"); }, 10),
            Waited::kReached);
  const std::string id = BoundId();
  ASSERT_TRUE(
      site_.clouds().Drift({{"service", "connect"}, {"id", id}, {"tags", {{"team", "x"}}}}));
  Ctl({"reconcile", "cni/desk"});
  LetPass(1);
  EXPECT_EQ(Differences(site_, {desk_}).size(), 1U);
  Ctl({"resume", "cni/desk"});
  ExpectSettled(site_, {desk_});
  EXPECT_THAT(Persons(), ::testing::ElementsAre("Resume", "Reconcile", "Pause"));
}

TEST_F(CtlEndToEnd, ReconcileRepairsDriftAtOnce) {
  ASSERT_TRUE(site_.clouds().Drift(
      {{"service", "connect"}, {"id", BoundId()}, {"tags", {{"team", "thieves"}}}}));
  Ctl({"reconcile", "cni/desk"});
  ExpectSettled(site_, {desk_}, 5);
  EXPECT_THAT(Persons(), ::testing::Contains("Reconcile"));
}

TEST_F(CtlEndToEnd, PlanReadsTheCloudsAndChangesNothing) {
  const auto proposed = site_.folder() / "proposed";
  std::filesystem::copy(site_.manifests().root(), proposed);
  const ManifestFolder folder(proposed);
  EXPECT_THAT(Ctl({"plan", proposed.string()}, 0), HasSubstr("1 in line"));
  Json edited = desk_;
  edited["spec"]["forProvider"]["tags"] = {{"team", "planned"}};
  folder.Write(edited);
  folder.Write(ConnectManifest("help"));
  const std::string text = Ctl({"plan", proposed.string()}, 2);
  EXPECT_THAT(text, AllOf(HasSubstr("~   ConnectInstance/default/desk"),
                          HasSubstr("+   ConnectInstance/default/help"), HasSubstr("tags.team")));
  EXPECT_THAT(
      Ctl({"plan", proposed.string(), "--offline", "--state", site_.state_file().string()}, 2),
      AllOf(HasSubstr("~   ConnectInstance/default/desk"),
            HasSubstr("+   ConnectInstance/default/help")));
  EXPECT_THAT(Ctl({"plan", (site_.folder() / "nowhere").string()}, 2),
              AllOf(HasSubstr("held"), HasSubstr("brake ManifestsVanished")));
  // Nothing of it happened.
  EXPECT_TRUE(Differences(site_, {desk_}).empty());
  EXPECT_THAT(Ctl({"plan"}, 0), HasSubstr("1 in line"));
}

TEST_F(CtlEndToEnd, WatchOfAStoppedDaemonSaysSo) {
  site_.StopDaemon();
  EXPECT_THAT(Ctl({"get", "-w"}, 3), HasSubstr("no daemon answers"));
}

TEST_F(CtlEndToEnd, ExportNamesTheInstanceAndABoundObjectKeepsIt) {
  const std::string id = BoundId();
  const Json exported = CtlJson({"export"});
  ASSERT_EQ(exported["items"].size(), 1U);
  EXPECT_EQ(exported["items"][0]["spec"]["externalName"], id);
  EXPECT_THAT(Ctl({"adopt", "cni/desk", "other-id"}, 1), HasSubstr("cannot change once bound"));
}

TEST_F(CtlEndToEnd, OrphansNameTheMarkedInstanceWithoutAnObject) {
  EXPECT_THAT(Ctl({"orphans", "cni"}), HasSubstr("No orphans among"));
  const std::string id = BoundId();
  Ctl({"pause", "cni/desk"});
  // The object leaves and its instance stays: a marked instance with no object.
  Json kept = desk_;
  kept["spec"]["deletionPolicy"] = "Retain";
  site_.manifests().Write(kept);
  Ctl({"resume", "cni/desk"});
  site_.manifests().Write(ConnectManifest("other"));
  ExpectSettled(site_, {kept, ConnectManifest("other")});
  site_.manifests().Remove(kept);
  ASSERT_EQ(WaitUntil([&] { return !Ctl({"get", "-o", "name"}).contains("/desk"); }, 20),
            Waited::kReached);
  const Json found = CtlJson({"orphans", "cni"});
  ASSERT_EQ(found["orphans"].size(), 1U) << found;
  EXPECT_EQ(found["orphans"][0]["externalName"], id);
  EXPECT_EQ(found["orphans"][0]["finding"], "FINDING_MARKED_WITHOUT_OBJECT");
  EXPECT_EQ(found["orphans"][0]["object"]["name"], "desk");
}

TEST_F(CtlEndToEnd, OrphansNameTheLookAlikeOfADeclaredObject) {
  const auto made = site_.clouds().CreateForeign({{"service", "connect"},
                                                  {"account", AwsOne().account},
                                                  {"fields", {{"InstanceAlias", "Twin-Alias"}}}});
  ASSERT_TRUE(made) << made.error();
  EXPECT_THAT(Ctl({"orphans", "cni"}), HasSubstr("No orphans among")) << "nobody wants it";
  const Json twin = ConnectManifest("twin");
  site_.manifests().Write(twin);
  ASSERT_EQ(WaitUntil(
                [&] {
                  const auto object = site_.Object(twin);
                  return object && object->ReasonOf("Stalled") == "NameTaken";
                },
                20),
            Waited::kReached);
  const Json found = CtlJson({"orphans", "cni"});
  ASSERT_EQ(found["orphans"].size(), 1U) << found;
  EXPECT_EQ(found["orphans"][0]["finding"], "FINDING_LOOK_ALIKE");
  EXPECT_EQ(found["orphans"][0]["externalName"], *made);
  EXPECT_EQ(found["orphans"][0]["object"]["name"], "twin");
  EXPECT_THAT(Ctl({"orphans", "cni"}), HasSubstr("LookAlike"));
}

TEST_F(CtlEndToEnd, OrphansNameTheObjectWhoseInstanceVanished) {
  const std::string id = BoundId();
  ASSERT_TRUE(site_.clouds().Vanish("connect", id));
  const Json found = CtlJson({"orphans", "cni"});
  ASSERT_EQ(found["orphans"].size(), 1U) << found;
  EXPECT_EQ(found["orphans"][0]["finding"], "FINDING_INSTANCE_VANISHED");
  EXPECT_EQ(found["orphans"][0]["externalName"], id);
  EXPECT_EQ(found["orphans"][0]["object"]["name"], "desk");
  EXPECT_THAT(site_.Effects(), ::testing::SizeIs(1)) << "it never deletes, nor makes";
}

// The cases that hold in a cluster as well (tests/e2e_kube/kube_ctl_test.cc).
class CtlInAFolder : public ::testing::Test {
 protected:
  Site site_;
  Declaring place_{site_, "default",
                   [this](const Json& manifest) { site_.manifests().Write(manifest); },
                   [this](const Json& manifest) { site_.manifests().Remove(manifest); }};
};
TEST_F(CtlInAFolder, Looking) { GetDescribeExplainHistoryBudgetsVersion(place_); }
TEST_F(CtlInAFolder, Watching) { GetWatchesUntilItIsStopped(place_); }
TEST_F(CtlInAFolder, Steering) { PauseResumeReconcileAreRecordedWithWhoAsked(place_); }
TEST_F(CtlInAFolder, Planning) { PlanOfTheDaemonAndOfAFolder(place_); }
TEST_F(CtlInAFolder, Leaving) { PlanAndOrphansEndWithTheirCaller(place_); }
TEST_F(CtlInAFolder, Moving) { ExportAndAdoptMoveAnInstance(place_); }
TEST_F(CtlInAFolder, Braking) { BrakesApproveRelease(place_); }
TEST_F(CtlInAFolder, Orphans) { OrphansAreFoundAndLeftAlone(place_); }
TEST_F(CtlInAFolder, Plugins) { PluginsAreToldHoweverTheyStand(place_); }
TEST_F(CtlInAFolder, Completing) { CompletionKnowsWhatIsDeclared(place_); }

// What nobody but root can try: to be somebody else.
TEST(CtlSocket, OtherUsersLookWhereTheyAreNamedAndChangeNothing) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may become another user";
  Site site;
  const Json desk = ConnectManifest("desk");
  site.manifests().Write(desk);
  site.flags().insert(site.flags().end(), {"--admin-socket-readers", "4711"});
  site.StartDaemon();
  ExpectSettled(site, {desk});
  std::filesystem::permissions(site.folder(), std::filesystem::perms(0711));
  const auto as = [&](const std::string& uid, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"--reuid", uid, "--regid", uid, "--clear-groups", INSTANCECTL_PROGRAM});
    arguments.insert(arguments.end(), {"--socket", (site.folder() / "state.sock").string()});
    return RunToEnd({"/usr/bin/setpriv", arguments, {}, site.folder() / "as", {}}, 20);
  };
  const auto looked = as("4711", {"get"});
  EXPECT_EQ(looked.ending.exit_code, 0) << looked.output;
  EXPECT_THAT(looked.output, HasSubstr("connectinstance/desk"));
  EXPECT_EQ(as("4711", {"plugins"}).ending.exit_code, 0);
  const auto paused = as("4711", {"pause", "cni/desk"});
  EXPECT_EQ(paused.ending.exit_code, 1);
  EXPECT_THAT(paused.output, AllOf(HasSubstr("uid 4711 has the role of a reader"),
                                   HasSubstr("only the daemon's own user and root may")));
  EXPECT_EQ(as("4712", {"get"}).ending.exit_code, 3) << "nobody named this one";
  EXPECT_EQ(site.Instancectl({"pause", "cni/desk"}).ending.exit_code, 0);
}

}  // namespace
}  // namespace instanced::e2e
