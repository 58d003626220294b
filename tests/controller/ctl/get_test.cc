#include <algorithm>
#include <thread>

#include <nlohmann/json.hpp>

#include "tests/controller/ctl/ctl_fixture.h"

namespace instanced::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

InstanceObject Stalled(std::string name, std::string namespace_) {
  InstanceObject object = SampleInstance(std::move(name), std::move(namespace_));
  object.status.external_name.clear();
  object.status.at_provider.clear();
  object.status.conditions.Mark({.type = ConditionType::kStalled,
                                 .status = ConditionStatus::kTrue,
                                 .reason = Reason::kNameTaken,
                                 .message = "The alias front-desk is taken.",
                                 .observed_generation = 2,
                                 .last_transition_time = {}},
                                "2026-01-15T12:02:00Z");
  return object;
}

TEST_F(CtlRun, GetIsATableOfTheNamespace) {
  backend_.Declare(ReportOf(SampleInstance("front-desk")));
  backend_.Declare(ReportOf(SampleInstance("elsewhere", "lab")));
  EXPECT_EQ(Ctl({"get"}).output,
            "NAME                        READY  SYNCED  EXTERNAL-NAME  STATE   AGE  REASON\n"
            "connectinstance/front-desk  True   True    i-1            ACTIVE  60m  Available\n");
  EXPECT_THAT(Ctl({"get", "-A"}).output, AllOf(StartsWith("NAMESPACE"), HasSubstr("\nlab  ")));
  EXPECT_EQ(Ctl({"get", "cni", "-n", "lab", "-o", "name"}).output, "connectinstance/elsewhere\n");
}

TEST_F(CtlRun, GetShowsWhatStallsAndFitsTheTerminal) {
  backend_.Declare(ReportOf(Stalled("front-desk", "default")));
  EXPECT_THAT(Ctl({"get"}).output, HasSubstr("-              -      60m  NameTaken"));
  EXPECT_THAT(Ctl({"get", "-o", "wide"}).output,
              AllOf(HasSubstr("2/2"), HasSubstr("The alias front-desk is taken.")));
  std::istringstream narrow(Ctl({"get"}, 60).output);
  for (std::string line; std::getline(narrow, line);) EXPECT_LE(line.size(), 60U) << line;
}

TEST_F(CtlRun, SelectorAndKindNarrow) {
  backend_.Declare(ReportOf(SampleInstance("front-desk")));
  EXPECT_THAT(Ctl({"get", "all", "-l", "team=care"}).output, HasSubstr("front-desk"));
  const Outcome none = Ctl({"get", "-l", "team!=care"});
  EXPECT_EQ(none.code, ExitCode::kDone);
  EXPECT_EQ(none.output, "");
  EXPECT_EQ(none.diagnostics, "Nothing is declared here; -A looks everywhere.\n");
  EXPECT_EQ(Ctl({"get", "scni"}).output, "");
  const Outcome unknown = Ctl({"get", "pods"});
  EXPECT_EQ(unknown.code, ExitCode::kFailed);
  EXPECT_THAT(unknown.diagnostics, HasSubstr("no kind \"pods\"; there are ConnectInstance (cni)"));
  EXPECT_EQ(Ctl({"get", "-l", "team in care"}).code, ExitCode::kFailed);
}

TEST_F(CtlRun, JsonIsKubernetesOwnForm) {
  backend_.Declare(ReportOf(SampleInstance("front-desk")));
  const auto list = nlohmann::json::parse(Ctl({"get", "-o", "json"}).output);
  EXPECT_EQ(list["kind"], "List");
  EXPECT_EQ(list["items"].size(), 1U);
  const auto one = nlohmann::json::parse(Ctl({"get", "cni/front-desk", "-o", "json"}).output);
  EXPECT_EQ(one["kind"], "ConnectInstance");
  EXPECT_EQ(one["status"]["externalName"], "i-1");
  EXPECT_EQ(one, list["items"][0]);
  EXPECT_THAT(Ctl({"get", "cni", "front-desk", "-o", "yaml"}).output, HasSubstr("metadata:\n  "));
  EXPECT_EQ(nlohmann::json::parse(Ctl({"get", "scni", "-o", "json"}).output)["items"].size(), 0U);
}

TEST_F(CtlRun, ManyObjectsComeInPagesAndAllArrive) {
  for (int i = 0; i < 1203; ++i)
    backend_.Declare(ReportOf(SampleInstance("n" + std::to_string(i))));
  const std::string names = Ctl({"get", "-o", "name"}).output;
  EXPECT_EQ(std::ranges::count(names, '\n'), 1203);
}

TEST_F(CtlRun, MissingObjectFailsAndSaysHowToFindOne) {
  for (const std::string verb : {"get", "describe"}) {
    const Outcome outcome = Ctl({verb, "cni/nope"});
    EXPECT_EQ(outcome.code, ExitCode::kFailed);
    EXPECT_THAT(outcome.diagnostics, AllOf(HasSubstr("ConnectInstance/default/nope"),
                                           HasSubstr("instancectl get -A lists")));
  }
}

TEST_F(CtlRun, DescribeTellsEverything) {
  InstanceObject object = SampleInstance("front-desk");
  Intent intent;
  intent.attempt = 3;
  intent.token = "token-3";
  object.status.intent = intent;
  backend_.Declare(ReportOf(object));
  const std::string text = Ctl({"describe", "ConnectInstance/default/front-desk"}).output;
  EXPECT_THAT(text, HasSubstr("Kind:                ConnectInstance\n"));
  EXPECT_THAT(text, HasSubstr("Labels:              team=care\n"));
  EXPECT_THAT(text, HasSubstr("Generation:          2, acted upon 2\n"));
  EXPECT_THAT(text, HasSubstr("Open intent:         Create, attempt 3, token token-3\n"));
  EXPECT_THAT(text, HasSubstr("Last decision:       Done In line.\n"));
  EXPECT_THAT(text,
              HasSubstr("  Ready   True    Available         59m    The instance is ACTIVE."));
  EXPECT_THAT(text, HasSubstr("At the provider:\n  instanceStatus: ACTIVE\n"));
  const auto json = nlohmann::json::parse(Ctl({"describe", "cni/front-desk", "-o", "json"}).output);
  EXPECT_EQ(json["status"]["intent"]["attempt"], 3);
}

TEST_F(CtlRun, HostileTextCannotSteerTheTerminal) {
  InstanceObject object = SampleInstance("front-desk");
  object.status.at_provider = R"({"instanceStatus":"\u001b[2J"})";
  backend_.Declare(ReportOf(object));
  for (const std::string verb : {"get", "describe"}) {
    EXPECT_THAT(Ctl({verb, "cni/front-desk"}).output, Not(HasSubstr("\x1b")));
  }
}

TEST_F(CtlRun, WatchShowsWhatIsThereThenEachChange) {
  backend_.Declare(ReportOf(SampleInstance("a")));
  std::jthread life([this] {
    while (backend_.watchers() == 0) std::this_thread::yield();
    backend_.Declare(ReportOf(Stalled("a", "default")));
    backend_.Drop({Kind::kConnectInstance, "default", "a"});
    backend_.EndWatches();
  });
  const Outcome outcome = Ctl({"get", "-w"});
  EXPECT_EQ(outcome.output,
            "NAME               READY  SYNCED  EXTERNAL-NAME  STATE   AGE  REASON\n"
            "connectinstance/a  True   True    i-1            ACTIVE  60m  Available\n"
            "connectinstance/a  True   True    -              -       60m  NameTaken\n"
            "connectinstance/a  True   True    -              -       60m  (gone)\n");
  EXPECT_EQ(outcome.code, ExitCode::kUnreachable);
  EXPECT_THAT(outcome.diagnostics, HasSubstr("the daemon is stopping"));
}

TEST_F(CtlRun, WatchForProgramsIsADocumentALine) {
  backend_.Declare(ReportOf(SampleInstance("a")));
  backend_.EndWatches();
  const auto line = nlohmann::json::parse(Ctl({"get", "-w", "-o", "json"}).output);
  EXPECT_EQ(line["type"], "ADDED");
  EXPECT_EQ(line["object"]["metadata"]["name"], "a");
}

}  // namespace
}  // namespace instanced::ctl
