#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/controller/ctl/ctl_fixture.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kDesk = R"(apiVersion: instanced.dev/v1alpha1
kind: ConnectInstance
metadata:
  name: desk
spec:
  forProvider:
    identityManagementType: CONNECT_MANAGED
    instanceAlias: front-desk
    inboundCallsEnabled: true
    outboundCallsEnabled: false
)";

class CtlPlan : public CtlRun {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(std::filesystem::path(manifests_.path()) / name) << text;
  }
  Outcome Plan(std::vector<std::string> flags, std::size_t width = 0) {
    flags.insert(flags.begin(), {"plan", manifests_.path()});
    return Ctl(std::move(flags), width);
  }
  TempDirectory manifests_;
};

PlannedObject Planned(PlannedAction action, std::string why) {
  PlannedObject object;
  object.key = {Kind::kConnectInstance, "default", "desk"};
  object.action = action;
  object.why = std::move(why);
  return object;
}

TEST_F(CtlPlan, OfflineANewManifestIsACreateWithItsFields) {
  Write("desk.yaml", kDesk);
  const Outcome outcome = Plan({"--offline"});
  EXPECT_EQ(outcome.code, ExitCode::kChangesDue) << outcome.diagnostics;
  EXPECT_THAT(
      outcome.output,
      AllOf(HasSubstr("+   ConnectInstance/default/desk  create"),
            HasSubstr("connect:CreateInstance"), HasSubstr("instanceAlias: \"front-desk\""),
            HasSubstr("Plan: 1 create. 1 call changes something at a cloud; planned offline"),
            HasSubstr("1 of its 100 creates and deletes in 30 days (1 %)"),
            HasSubstr("may exist already")));
}

TEST_F(CtlPlan, ManifestProblemsAreToldWithTheirPlaceAndFail) {
  Write("desk.yaml", kDesk);
  Write("broken.yaml", "apiVersion: instanced.dev/v1alpha1\nkind: ConnectInstance\nspec: {}\n");
  const Outcome outcome = Plan({"--offline"});
  EXPECT_EQ(outcome.code, ExitCode::kFailed);
  EXPECT_THAT(outcome.output, HasSubstr("problem: broken.yaml:"));
}

TEST_F(CtlPlan, AMissingDirectoryWithNothingToHoldIsAMistake) {
  const Outcome outcome = Ctl({"plan", "/nonexistent/dir", "--offline"});
  EXPECT_EQ(outcome.code, ExitCode::kFailed);
  EXPECT_THAT(outcome.diagnostics, HasSubstr("there is no directory /nonexistent/dir"));
}

TEST_F(CtlPlan, TheDaemonIsGivenTheFilesByTheirRelativeNames) {
  std::filesystem::create_directory(std::filesystem::path(manifests_.path()) / "sub");
  Write("sub/desk.yaml", kDesk);
  EXPECT_EQ(Plan({}).code, ExitCode::kDone);
  ASSERT_TRUE(backend_.planned());
  EXPECT_EQ(backend_.planned()->directory, PlanQuery::Directory::kRead);
  ASSERT_EQ(backend_.planned()->files.size(), 1U);
  EXPECT_EQ(backend_.planned()->files[0].first, "sub/desk.yaml");
  EXPECT_EQ(Ctl({"plan"}).code, ExitCode::kDone);
  EXPECT_EQ(backend_.planned()->directory, PlanQuery::Directory::kNone);
}

TEST_F(CtlPlan, ExitCodesSayWhatIsDue) {
  const auto code_of = [&](PlannedAction action, std::string brake) {
    PlanReport report;
    report.objects.push_back(Planned(action, "because"));
    report.objects[0].brake_cause = std::move(brake);
    backend_.Know(report);
    return Ctl({"plan"}).code;
  };
  EXPECT_EQ(code_of(PlannedAction::kNothing, ""), ExitCode::kDone);
  EXPECT_EQ(code_of(PlannedAction::kHeld, ""), ExitCode::kDone);
  EXPECT_EQ(code_of(PlannedAction::kHeld, "MassDeletion"), ExitCode::kChangesDue);
  EXPECT_EQ(code_of(PlannedAction::kDelete, ""), ExitCode::kChangesDue);
  EXPECT_EQ(code_of(PlannedAction::kUnknown, ""), ExitCode::kFailed);
}

TEST_F(CtlPlan, TextFitsTheTerminal) {
  PlanReport report;
  report.objects.push_back(
      Planned(PlannedAction::kHeld, std::string(300, 'x') + " and more words"));
  report.objects[0].reason = "AwaitingApproval";
  report.objects[0].brake_cause = "MassDeletion";
  backend_.Know(report);
  const Outcome outcome = Ctl({"plan"}, 40);
  const auto unwrapped = std::regex_replace(outcome.output, std::regex("\\s+"), " ");
  EXPECT_THAT(unwrapped, HasSubstr("brake MassDeletion"));
  std::istringstream lines(outcome.output);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 40U) << line;
}

TEST_F(CtlPlan, MarkdownEscapesWhatAnObjectSays) {
  PlanReport report;
  report.objects.push_back(Planned(PlannedAction::kDelete, "a|b <script>alert(1)</script> `x`"));
  backend_.Know(report);
  const std::string text = Ctl({"plan", "-o", "markdown"}).output;
  EXPECT_THAT(text, AllOf(HasSubstr("### instanced plan: 1 delete"), HasSubstr("a\\|b &lt;script>"),
                          HasSubstr("\\`x\\`"), Not(HasSubstr("<script"))));
}

TEST_F(CtlPlan, JsonIsTheWholePlan) {
  PlanReport report;
  report.objects.push_back(Planned(PlannedAction::kDelete, "gone"));
  report.objects[0].calls.push_back({"connect:DeleteInstance", "i-1", {}});
  backend_.Know(report);
  const auto json = nlohmann::json::parse(Ctl({"plan", "-o", "json"}).output);
  EXPECT_EQ(json["objects"][0]["calls"][0]["operation"], "connect:DeleteInstance");
  EXPECT_EQ(json["mutatingCalls"], 1);
}

TEST(CtlColours, AreForATerminalThatDoesNotRefuseThem) {
  EXPECT_EQ(ColoursFor(80, {{"TERM", "xterm"}}), Colours::kOn);
  EXPECT_EQ(ColoursFor(0, {{"TERM", "xterm"}}), Colours::kOff);
  EXPECT_EQ(ColoursFor(80, {{"NO_COLOR", "1"}}), Colours::kOff);
  EXPECT_EQ(ColoursFor(80, {{"TERM", "dumb"}}), Colours::kOff);
}

}  // namespace
}  // namespace instanced::ctl
