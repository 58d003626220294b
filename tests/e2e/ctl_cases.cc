#include "tests/e2e/ctl_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

namespace instanced::e2e {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Words = std::vector<std::string>;

std::string Socket(const Declaring& place) { return (place.site.folder() / "state.sock").string(); }

void Settle(const Declaring& place, const std::vector<Json>& manifests) {
  for (const Json& manifest : manifests) place.declare(manifest);
  place.site.StartDaemon();
  ExpectSettled(place.site, manifests);
}

// What people did, newest first.
std::vector<std::string> Persons(const Declaring& place, const Json& manifest) {
  std::vector<std::string> operations;
  const Json history = place.CtlJson({"history", KeyOf(manifest)});
  for (const auto& entry : history["entries"]) {
    if (entry["kind"] != "Person") continue;
    EXPECT_THAT(entry.value("message", ""), HasSubstr("uid " + std::to_string(getuid())));
    operations.push_back(entry["operation"]);
  }
  return operations;
}

// The only brake that holds; null while there is none.
Json HoldingBrake(const Declaring& place) {
  const Json answer = place.CtlJson({"brakes"});
  for (const auto& brake : answer["brakes"]) {
    if (brake["state"] == "BRAKE_STATE_HOLDING") return brake;
  }
  return nullptr;
}

std::string BrakeAfterRemoving(const Declaring& place, const std::vector<Json>& manifests) {
  for (const Json& manifest : manifests) place.remove(manifest);
  Json brake;
  EXPECT_EQ(WaitUntil(
                [&] {
                  brake = HoldingBrake(place);
                  return !brake.is_null() && brake["held"].size() == manifests.size();
                },
                30),
            Waited::kReached);
  return brake.is_null() ? "" : brake.value("id", "");
}

}  // namespace

std::string Declaring::Ctl(std::vector<std::string> arguments, int exit_code) const {
  std::string line;
  for (const auto& argument : arguments) line += argument + " ";
  const Ran ran = site.Instancectl(std::move(arguments));
  EXPECT_EQ(ran.ending.exit_code, exit_code) << line << "\n" << ran.output;
  return ran.output;
}

Json Declaring::CtlJson(std::vector<std::string> arguments) const {
  arguments.insert(arguments.end(), {"-o", "json"});
  return Json::parse(Ctl(std::move(arguments)), nullptr, false);
}

void GetDescribeExplainHistoryBudgetsVersion(const Declaring& place) {
  auto desk = place.Here(ConnectManifest("desk"));
  desk["metadata"]["labels"] = {{"team", "care"}};
  const auto robot = place.Here(OutboundBotManifest("robot"));
  Settle(place, {desk, robot});
  const auto& space = place.space;
  EXPECT_THAT(place.Ctl({"get", "-n", space}),
              AllOf(HasSubstr("connectinstance/desk"), HasSubstr("outboundbotinstance/robot")));
  EXPECT_THAT(place.Ctl({"get", "cni", "-A"}), AllOf(HasSubstr(space), Not(HasSubstr("robot"))));
  EXPECT_EQ(place.Ctl({"get", "-n", space, "-l", "team=care", "-o", "name"}),
            "connectinstance/desk\n");
  EXPECT_THAT(place.Ctl({"get", "-n", space, "-o", "wide"}), HasSubstr("AGE"));
  EXPECT_THAT(place.Ctl({"get", "cni/desk", "-n", space, "-o", "yaml"}),
              HasSubstr("instanceAlias: desk-alias"));
  const auto listed = place.CtlJson({"get", "-n", space});
  EXPECT_EQ(listed["kind"], "List");
  EXPECT_THAT(listed["items"], SizeIs(2));
  EXPECT_THAT(place.Ctl({"get", "cni/none", "-n", space}, 1), HasSubstr("instancectl get"));

  EXPECT_THAT(place.Ctl({"describe", "cni", "desk", "-n", space}),
              HasSubstr("instanceStatus: ACTIVE"));
  EXPECT_THAT(place.Ctl({"explain", KeyOf(desk)}), HasSubstr("Ready=True Available"));
  EXPECT_EQ(place.CtlJson({"explain", KeyOf(desk)})["condition"]["reason"], "Available");
  EXPECT_THAT(place.Ctl({"history", KeyOf(desk)}), HasSubstr("connect:CreateInstance"));
  std::vector<std::string> operations;
  const Json history = place.CtlJson({"history", KeyOf(desk)});
  for (const auto& entry : history["entries"]) {
    operations.push_back(entry["operation"]);
    if (operations.back() != "connect:CreateInstance") continue;
    EXPECT_NE(entry["requestId"], "");
  }
  EXPECT_THAT(operations, Contains("connect:CreateInstance"));
  EXPECT_THAT(place.Ctl({"budgets"}), AllOf(HasSubstr("CreateInstance"), HasSubstr("LIMIT")));
  const auto churn = place.CtlJson({"budgets"})["churn"];
  ASSERT_THAT(churn, SizeIs(1));
  EXPECT_EQ(churn[0]["remaining"], 94);
  EXPECT_EQ(churn[0]["limit"], 100);
  const auto version = place.CtlJson({"version"});
  EXPECT_EQ(version["daemon"]["ownerId"], "e2e-owner");
  EXPECT_EQ(version["daemon"]["version"], version["client"]["version"]);
}

void GetWatchesUntilItIsStopped(const Declaring& place) {
  const auto desk = place.Here(ConnectManifest("desk"));
  Settle(place, {desk});
  const auto output = place.site.folder() / "watched";
  Program watch({INSTANCECTL_PROGRAM,
                 {"get", "-w", "-o", "json", "-n", place.space, "--socket", Socket(place)},
                 {},
                 output,
                 {}});
  const auto told = [&](const std::string& type, const std::string& name) {
    return WaitUntil(
        [&] {
          std::istringstream lines(ReadText(output));
          for (std::string line; std::getline(lines, line);) {
            const auto event = Json::parse(line, nullptr, false);
            if (!event.is_object() || event.value("type", "") != type) continue;
            if (event["object"]["metadata"]["name"] == name) return true;
          }
          return false;
        },
        20);
  };
  EXPECT_EQ(told("ADDED", "desk"), Waited::kReached) << ReadText(output);
  const auto robot = place.Here(OutboundBotManifest("robot"));
  place.declare(robot);
  EXPECT_EQ(told("ADDED", "robot"), Waited::kReached) << ReadText(output);
  EXPECT_EQ(told("MODIFIED", "robot"), Waited::kReached) << ReadText(output);
  ExpectSettled(place.site, {desk, robot});
  place.remove(robot);
  EXPECT_EQ(told("DELETED", "robot"), Waited::kReached) << ReadText(output);
  EXPECT_TRUE(watch.Running());
  place.site.StopDaemon();
  EXPECT_EQ(watch.WaitForEnd(10), (Ending{3, 0})) << ReadText(output);
}

void PauseResumeReconcileAreRecordedWithWhoAsked(const Declaring& place) {
  // Only what is asked for is looked at.
  *std::ranges::find(place.site.flags(), "1500ms") = "10m";  // --poll-stable
  const auto desk = place.Here(ConnectManifest("desk"));
  Settle(place, {desk});
  place.Ctl({"pause", "cni/desk", "-n", place.space});
  EXPECT_EQ(WaitUntil([&] { return place.Ctl({"explain", KeyOf(desk)}).contains("Paused"); }, 20),
            Waited::kReached);
  const auto id = place.site.Object(desk)->external_name();
  const auto drift = [&](const char* team) {
    return place.site.clouds().Drift(
        {{"service", "connect"}, {"id", id}, {"tags", {{"team", team}}}});
  };
  ASSERT_TRUE(drift("thieves"));
  place.Ctl({"reconcile", "cni/desk", "-n", place.space});
  LetPass(1.5);
  EXPECT_THAT(Differences(place.site, {desk}), SizeIs(1)) << "it is paused";
  place.Ctl({"resume", "cni/desk", "-n", place.space});
  ExpectSettled(place.site, {desk});
  ASSERT_TRUE(drift("burglars"));
  place.Ctl({"reconcile", "cni/desk", "-n", place.space});
  ExpectSettled(place.site, {desk});
  EXPECT_THAT(Persons(place, desk), ElementsAre("Reconcile", "Resume", "Reconcile", "Pause"));
  EXPECT_THAT(place.Ctl({"reconcile", "cni/none", "-n", place.space}, 1), HasSubstr("none"));
}

void PlanOfTheDaemonAndOfAFolder(const Declaring& place) {
  const auto desk = place.Here(ConnectManifest("desk"));
  Settle(place, {desk});
  EXPECT_THAT(place.Ctl({"plan"}, 0), HasSubstr("1 in line"));
  const ManifestFolder proposed(place.site.folder() / "proposed");
  auto edited = desk;
  edited["spec"]["forProvider"]["tags"] = {{"team", "planned"}};
  proposed.Write(edited);
  proposed.Write(
      place.Here(ProviderConfigManifest("default", place.site.url(), AwsOne(), AlibabaOne())));
  proposed.Write(place.Here(ConnectManifest("help")));
  const auto folder = proposed.root().string();
  const auto text = place.Ctl({"plan", folder}, 2);
  EXPECT_THAT(text, AllOf(HasSubstr("~   " + KeyOf(desk)), HasSubstr("tags.team"),
                          HasSubstr("+   ConnectInstance/" + place.space + "/help")));
  EXPECT_THAT(place.Ctl({"plan", folder, "-o", "markdown"}, 2), HasSubstr("| "));
  const auto planned = Json::parse(place.Ctl({"plan", folder, "-o", "json"}, 2), nullptr, false);
  ASSERT_THAT(planned["churn"], SizeIs(1)) << planned;
  EXPECT_EQ(planned["churn"][0]["limit"], 100);
  EXPECT_EQ(planned["churn"][0]["planned"], 1);
  EXPECT_THAT(place.Ctl({"plan", folder, "--offline"}, 2), HasSubstr("help"));
  proposed.WriteFile("wrong.yaml", "kind: [");
  EXPECT_THAT(place.Ctl({"plan", folder}, 1), HasSubstr("wrong.yaml"));
  EXPECT_THAT(Differences(place.site, {desk}), SizeIs(0)) << "a plan changes nothing";
}

void PlanAndOrphansEndWithTheirCaller(const Declaring& place) {
  // Nothing but the plan and the sweep reads.
  *std::ranges::find(place.site.flags(), "1500ms") = "10m";  // --poll-stable
  std::vector<Json> desks;
  for (const char* name : {"one", "two", "three", "four"}) {
    desks.push_back(place.Here(ConnectManifest(name)));
  }
  Settle(place, desks);
  const auto slow = place.site.clouds().AddFault(
      {{"action", "latency"}, {"kind", "reading"}, {"milliseconds", 1500}});
  ASSERT_TRUE(slow) << slow.error();
  const auto reads = [&](std::int64_t since) {
    cloudsim::CallFilter filter;
    filter.since = since;
    filter.kind = "reading";
    return place.site.clouds().Calls(filter).size();
  };
  for (const Words& words : {Words{"plan"}, Words{"orphans", "-A"}}) {
    auto arguments = words;
    arguments.insert(arguments.end(), {"--socket", Socket(place)});
    const auto begun = place.site.LastCall();
    const auto output = place.site.folder() / words.front();
    Program asking({INSTANCECTL_PROGRAM, arguments, {}, output, {}});
    ASSERT_EQ(WaitUntil([&] { return reads(begun) > 0; }, 20), Waited::kReached)
        << ReadText(output);
    asking.Signal(SIGINT);
    EXPECT_EQ(asking.WaitForEnd(10), (Ending{-1, SIGINT}));
    // One may have set out meanwhile; each of the others would have taken a second and a half.
    LetPass(1);
    const auto left = place.site.LastCall();
    LetPass(4);
    EXPECT_EQ(reads(left), 0U) << words.front() << " goes on for nobody";
    const Json budgets = place.CtlJson({"budgets"});
    EXPECT_THAT(budgets["lines"], Not(IsEmpty()));
    for (const auto& line : budgets["lines"]) {
      EXPECT_EQ(line["parked"], 0) << line;
    }
  }
  ASSERT_TRUE(place.site.clouds().RemoveFault(*slow));
  EXPECT_THAT(place.Ctl({"plan"}), HasSubstr("4 in line")) << "and who stays is answered";
}

void ExportAndAdoptMoveAnInstance(const Declaring& place) {
  auto desk = place.Here(ConnectManifest("desk"));
  desk["spec"]["deletionPolicy"] = "Retain";
  Settle(place, {desk});
  const auto id = place.site.Object(desk)->external_name();
  const auto exported = place.CtlJson({"export", "-n", place.space});
  ASSERT_THAT(exported["items"], SizeIs(1));
  EXPECT_EQ(exported["items"][0]["spec"]["externalName"], id);
  EXPECT_THAT(place.Ctl({"adopt", "cni/desk", "other", "-n", place.space}, 1),
              HasSubstr("cannot change once bound"));
  // The object leaves, its instance stays; one of another name takes it over by the lines told.
  place.remove(desk);
  EXPECT_EQ(WaitUntil([&] { return !place.site.Object(desk); }, 30), Waited::kReached);
  auto heir = place.Here(ConnectManifest("heir"));
  heir["spec"]["forProvider"]["instanceAlias"] = "desk-alias";
  heir["spec"]["adoptionPolicy"] = "Never";
  place.declare(heir);
  EXPECT_EQ(WaitUntil(
                [&] {
                  const auto object = place.site.Object(heir);
                  return object && object->ReasonOf("Stalled") == "NameTaken";
                },
                30),
            Waited::kReached);
  const auto lines = place.Ctl({"adopt", "cni/heir", id, "-n", place.space});
  EXPECT_THAT(lines, HasSubstr("externalName: \"" + id));
  EXPECT_EQ(place.site.CountEffects("created"), 1U) << "adopt changes nothing by itself";

  const auto before = place.site.LastCall();
  heir.merge_patch(place.CtlJson({"adopt", "cni/heir", id, "-n", place.space}));
  place.declare(heir);
  ExpectSettled(place.site, {heir});
  EXPECT_EQ(place.site.Object(heir)->external_name(), id);
  cloudsim::CallFilter after;
  after.since = before;
  for (const auto& call : place.site.clouds().Calls(after)) {
    EXPECT_NE(call.operation, "CreateInstance") << "the instance was there";
    EXPECT_NE(call.operation, "DeleteInstance");
  }
  EXPECT_THAT(place.site.OwnInstances("connect"), SizeIs(1));
  EXPECT_THAT(place.Ctl({"adopt", "cni/heir", id, "-n", place.space}), HasSubstr(id)) << "again";
}

void BrakesApproveRelease(const Declaring& place) {
  std::vector<Json> robots;
  std::vector<Json> stocks;
  for (const char* name : {"one", "two"}) {
    robots.push_back(place.Here(OutboundBotManifest(name)));
    stocks.push_back(place.Here(SupplyChainManifest(name)));
  }
  const auto desk = place.Here(ConnectManifest("desk"));
  auto all = robots;
  all.insert(all.end(), stocks.begin(), stocks.end());
  all.push_back(desk);
  Settle(place, all);
  EXPECT_THAT(place.CtlJson({"brakes"})["brakes"], SizeIs(0));
  EXPECT_THAT(place.Ctl({"approve", "no-such-brake"}, 1), HasSubstr("no-such-brake"));

  const auto mass = BrakeAfterRemoving(place, robots);
  EXPECT_THAT(place.Ctl({"brakes"}), AllOf(HasSubstr(mass), HasSubstr("MassDeletion")));
  EXPECT_THAT(place.Ctl({"explain", KeyOf(robots[0])}), HasSubstr("instancectl approve " + mass));
  EXPECT_EQ(place.site.CountEffects("deleted"), 0U);
  place.Ctl({"approve", mass});
  ExpectSettled(place.site, {stocks[0], stocks[1], desk});
  EXPECT_EQ(place.site.CountEffects("deleted"), 2U);

  const auto kept = BrakeAfterRemoving(place, stocks);
  ASSERT_NE(kept, mass);
  place.Ctl({"release", kept});
  EXPECT_EQ(
      WaitUntil([&] { return !place.site.Object(stocks[0]) && !place.site.Object(stocks[1]); }, 30),
      Waited::kReached);
  EXPECT_THAT(place.site.OwnInstances("scn"), SizeIs(2)) << "released: their instances stay";
  EXPECT_EQ(place.site.CountEffects("deleted"), 2U);
  EXPECT_THAT(place.Ctl({"approve", kept}, 1), Not(HasSubstr("deletions go ahead")));
  std::vector<std::string> people;
  const Json history = place.CtlJson({"history"});
  for (const auto& entry : history["entries"]) {
    if (entry["kind"] == "Person") people.push_back(entry["operation"]);
  }
  EXPECT_THAT(people, AllOf(Contains(StartsWith("Approve")), Contains(StartsWith("Release"))));
}

void OrphansAreFoundAndLeftAlone(const Declaring& place) {
  auto desk = place.Here(ConnectManifest("desk"));
  desk["spec"]["deletionPolicy"] = "Retain";
  const auto other = place.Here(ConnectManifest("other"));
  Settle(place, {desk, other});
  EXPECT_THAT(place.Ctl({"orphans", "-A"}), HasSubstr("No orphans among"));
  const auto id = place.site.Object(desk)->external_name();
  place.remove(desk);
  EXPECT_EQ(WaitUntil([&] { return !place.site.Object(desk); }, 30), Waited::kReached);
  const auto found = place.CtlJson({"orphans", "cni", "-n", place.space})["orphans"];
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0]["externalName"], id);
  EXPECT_EQ(found[0]["finding"], "FINDING_MARKED_WITHOUT_OBJECT");
  EXPECT_EQ(place.site.CountEffects("deleted"), 0U);
}

void PluginsAreToldHoweverTheyStand(const Declaring& place) {
  const auto list = place.site.folder() / "plugins.yaml";
  const auto boxes = place.site.folder() / "t0ps3cret.json";
  std::ofstream(list) << "plugins:\n"
                         "  - name: boxes\n    command: ["
                      << TEST_PLUGIN_PROGRAM << ", --state, " << boxes.string()
                      << "]\n    environment: {BOX_TOKEN: t0ps3cret}\n"
                         "  - name: far\n    address: unix:/nowhere/far.sock\n"
                         "  - name: odd\n    command: ["
                      << TEST_PLUGIN_PROGRAM
                      << ", --defect, handshake-version]\n"
                         "  - name: off\n    command: [/bin/false]\n";
  place.site.flags().insert(place.site.flags().end(), {"--plugins", list.string()});
  Json box = {{"apiVersion", "instanced.dev/v1alpha1"},
              {"kind", "PluginInstance"},
              {"metadata", {{"name", "one"}}},
              {"spec", {{"plugin", "boxes"}, {"forProvider", {{"name", "one"}, {"size", 3}}}}}};
  box = place.Here(box);
  place.declare(box);
  place.site.StartDaemon();
  ASSERT_EQ(WaitUntil([&] { return place.site.AllReady({box}); }, 30), Waited::kReached);
  const auto plugins = [&] {
    std::map<std::string, Json> by_name;
    const Json answer = place.CtlJson({"plugins"});
    for (const auto& plugin : answer["plugins"]) {
      by_name[plugin["name"]] = plugin;
    }
    return by_name;
  };
  const auto becomes = [&](const char* name, const std::string& state) {
    return WaitUntil([&] { return plugins()[name]["state"] == state; }, 20);
  };
  EXPECT_EQ(becomes("far", "STATE_CONNECTING"), Waited::kReached);
  EXPECT_EQ(becomes("odd", "STATE_REFUSED"), Waited::kReached);
  EXPECT_EQ(becomes("off", "STATE_BACKING_OFF"), Waited::kReached);
  EXPECT_THAT(plugins()["odd"]["lastError"], HasSubstr("protocol_version is"));
  const auto up = plugins()["boxes"];
  EXPECT_EQ(up["state"], "STATE_UP");
  EXPECT_EQ(up["program"], TEST_PLUGIN_PROGRAM);
  EXPECT_EQ(up["arguments"], 2);
  EXPECT_EQ(up["objects"], 1);
  EXPECT_EQ(up["protocolVersion"], 1);
  EXPECT_EQ(up["capabilities"], Json::array({"UPDATE"}));
  EXPECT_EQ(up["kinds"], Json::array({"PluginInstance"}));
  EXPECT_THAT(up["schemaSha256"].get<std::string>(), SizeIs(64));
  EXPECT_EQ(up["restarts"], 0);
  ASSERT_GT(up["pid"].get<int>(), 1);
  ASSERT_EQ(kill(up["pid"].get<int>(), SIGKILL), 0);
  ASSERT_EQ(WaitUntil([&] { return plugins()["boxes"]["restarts"] == 1; }, 20), Waited::kReached);
  EXPECT_EQ(becomes("boxes", "STATE_UP"), Waited::kReached);
  EXPECT_NE(plugins()["boxes"]["pid"], up["pid"]);
  EXPECT_EQ(plugins()["boxes"]["lastError"], "its program: was killed by signal 9");

  EXPECT_THAT(place.Ctl({"plugins"}),
              AllOf(HasSubstr("NAME   STATE"), HasSubstr("boxes  Up"), HasSubstr("odd    Refused"),
                    HasSubstr("off    BackingOff"), HasSubstr("far    Connecting")));
  EXPECT_EQ(place.Ctl({"plugins", "-o", "name"}),
            "plugin/boxes\nplugin/far\nplugin/odd\nplugin/off\n");
  for (const char* format : {"table", "wide", "json", "yaml"}) {
    EXPECT_THAT(place.Ctl({"plugins", "-o", format}), Not(HasSubstr("t0ps3cret"))) << format;
  }
}

void CompletionKnowsWhatIsDeclared(const Declaring& place) {
  const auto desk = place.Here(ConnectManifest("front-desk"));
  Settle(place, {desk});
  const auto script = place.site.folder() / "complete.bash";
  // As a shell does: the script is sourced, the words are put in place, the function is asked.
  const std::string asks =
      "PATH='" + std::filesystem::path(INSTANCECTL_PROGRAM).parent_path().string() +
      "':$PATH; export INSTANCED_ADMIN_SOCKET='" + Socket(place) +
      "'; source <(instancectl completion bash); COMP_WORDS=(instancectl describe -n " +
      place.space +
      " cni/f); COMP_CWORD=4; $(complete -p instancectl | sed 's/.*-F \\([^ ]*\\).*/\\1/'); echo "
      "\"${COMPREPLY[@]}\"";
  const auto ran =
      RunToEnd({"/bin/bash", {"-c", asks}, {{"PATH", "/usr/bin:/bin"}}, script, {}}, 20);
  EXPECT_EQ(ran.ending.exit_code, 0);
  EXPECT_THAT(ran.output, HasSubstr("front-desk")) << ran.output;
  for (const char* shell : {"zsh", "fish"}) {
    EXPECT_THAT(place.Ctl({"completion", shell}), HasSubstr("instancectl"));
  }
}

}  // namespace instanced::e2e
