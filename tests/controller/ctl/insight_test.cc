#include <nlohmann/json.hpp>

#include "controller/ctl/show_insight.h"
#include "tests/controller/ctl/ctl_fixture.h"

namespace instanced::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

InstanceObject Held(Reason reason) {
  InstanceObject object = SampleInstance("desk");
  object.status.conditions.Mark({.type = ConditionType::kStalled,
                                 .status = ConditionStatus::kTrue,
                                 .reason = reason,
                                 .message = "said the daemon",
                                 .observed_generation = 2,
                                 .last_transition_time = {}},
                                "2026-01-15T12:02:00Z");
  return object;
}

TEST_F(CtlRun, ExplainNamesCauseEvidenceAndStep) {
  ObjectReport report = ReportOf(Held(Reason::kAwaitingApproval));
  report.decision = "Hold AwaitingApproval: said the daemon";
  backend_.Declare(report);
  ObjectFacts facts;
  facts.brake_id = "b-7";
  facts.brake_message = "two of two would be deleted";
  HistoryEntry failure;
  failure.operation = "connect:DeleteInstance";
  failure.result = "Transient";
  failure.request_id = "req-9";
  facts.last_failure = failure;
  backend_.Know(facts);
  const std::string text = Ctl({"explain", "cni/desk"}).output;
  EXPECT_THAT(text, HasSubstr("Stalled=True AwaitingApproval: a brake holds this"));
  EXPECT_THAT(text, HasSubstr("Next look:     2026-01-15T12:05:00Z: held; a slow probe"));
  EXPECT_THAT(text, HasSubstr("  - Brake: two of two would be deleted\n    brake b-7\n"));
  EXPECT_THAT(text, HasSubstr("    instancectl approve b-7\n"));
  EXPECT_THAT(text, HasSubstr("request req-9"));
  const auto json = nlohmann::json::parse(Ctl({"explain", "cni/desk", "-o", "json"}).output);
  EXPECT_EQ(json["nextSteps"][1]["command"], "instancectl release b-7");
  EXPECT_EQ(json["condition"]["reason"], "AwaitingApproval");
}

TEST_F(CtlRun, ExplainListsWhatTheReconcilerFoundToDiffer) {
  backend_.Declare(ReportOf(SampleInstance("desk")));
  ObjectFacts facts;
  facts.differences = {{"attributes", "CONTACT_LENS", "true", nullptr, Mutability::kMutable,
                        "connect:UpdateInstanceAttribute"},
                       {"instanceAlias", "", "a", "b", Mutability::kImmutable, ""}};
  backend_.Know(facts);
  EXPECT_THAT(Ctl({"explain", "cni/desk"}).output,
              HasSubstr("Declared and observed differ:\n"
                        "  - attributes.CONTACT_LENS: \"true\" declared, nothing observed\n"
                        "    changed by connect:UpdateInstanceAttribute\n"
                        "  - instanceAlias: \"a\" declared, \"b\" observed\n"
                        "    the API has no call to change it\n"));
  const auto json = nlohmann::json::parse(Ctl({"explain", "cni/desk", "-o", "json"}).output);
  EXPECT_EQ(json["differences"][1]["observed"], "\"b\"");
}

TEST_F(CtlRun, ExplainOfWhatIsWellSaysSo) {
  backend_.Declare(ReportOf(SampleInstance("desk")));
  EXPECT_THAT(Ctl({"explain", "cni/desk"}).output,
              AllOf(HasSubstr("Nothing is in its way."), HasSubstr("There is nothing to do.")));
  EXPECT_EQ(Ctl({"explain", "cni/nope"}).code, ExitCode::kFailed);
}

TEST_F(CtlRun, BudgetsShowRatesAndChurn) {
  EXPECT_EQ(Ctl({"budgets"}).output, "No account was called yet.\n");
  BudgetsReport budgets;
  budgets.lines.push_back({"connect", "1", "eu-central-1", "CreateInstance", "published", 0.5, 2, 5,
                           3, 7, std::chrono::milliseconds(250)});
  budgets.churn_remaining = {{"connect/1/eu-central-1", 41}};
  budgets.churn_limit = 60;
  backend_.Know(budgets);
  EXPECT_EQ(Ctl({"budgets"}).output,
            "ACCOUNT                 OPERATION       RATE/S  OF  NOW  WAITING  BLOCKED  LIMIT\n"
            "connect/1/eu-central-1  CreateInstance  0.5     2   3/5  7        250ms    published\n"
            "\n"
            "ACCOUNT                 CREATES LEFT IN 30 DAYS  LIMIT\n"
            "connect/1/eu-central-1  41                       60\n");
  const auto json = nlohmann::json::parse(Ctl({"budgets", "-o", "json"}).output);
  EXPECT_EQ(json["lines"][0]["parked"], 7);
}

TEST(ShowBudgets, WideCutsNothing) {
  admin::v1::BudgetsResponse answer;
  auto& line = *answer.add_lines();
  line.set_service("outboundbot");
  line.set_account("1234567890123456");
  line.set_region("cn-shanghai-finance-1");
  line.set_operation("DescribeInstance");
  answer.add_churn()->set_account("outboundbot/1234567890123456/cn-shanghai-finance-1");
  ObjectView view;
  view.width = 60;
  const std::string whole = "outboundbot/1234567890123456/cn-shanghai-finance-1";
  EXPECT_THAT(ShowBudgets(answer, view), Not(HasSubstr(whole)));
  view.format = Format::kWide;
  const std::string wide = ShowBudgets(answer, view);
  EXPECT_THAT(wide, AllOf(HasSubstr(whole + "  DescribeInstance"), HasSubstr("\n" + whole)));
}

TEST_F(CtlRun, PluginsAreToldByState) {
  EXPECT_EQ(Ctl({"plugins"}).output, "No plugin is configured (instanced run --plugins FILE).\n");
  backend_.Know(SamplePlugins());
  EXPECT_EQ(Ctl({"plugins"}).output,
            "NAME   STATE       FOR  PID   RESTARTS  OBJECTS  MESSAGE\n"
            "boxes  Up          60m  4711  1         3        box-keeper 1.2.0\n"
            "far    Connecting  60m  -     0         0        Unavailable: connection "
            "refused\n"
            "off    BackingOff  60m  -     0         0        its program: exited with "
            "code 1\n"
            "wrong  Refused     60m  -     0         0        BrokenAnswer: Handshake: "
            "protocol_version is 7, and only 1 was offered\n");
  EXPECT_EQ(Ctl({"plugins", "-o", "name"}).output,
            "plugin/boxes\nplugin/far\nplugin/off\nplugin/wrong\n");
  EXPECT_THAT(
      Ctl({"plugins", "-o", "wide"}).output,
      AllOf(HasSubstr("/usr/lib/boxes (2 arguments)  unix:/run/plugins/boxes.sock"),
            HasSubstr("aaaaaaaaaaaa  2026-01-15T11:59:00Z its program: exited with code 3")));
  const auto json = nlohmann::json::parse(Ctl({"plugins", "-o", "json"}).output);
  EXPECT_EQ(json["plugins"][0]["protocolVersion"], 1);
  EXPECT_EQ(json["plugins"][0]["capabilities"], nlohmann::json::array({"UPDATE"}));
  EXPECT_EQ(json["plugins"][0]["kinds"], nlohmann::json::array({"PluginInstance"}));
  EXPECT_EQ(json["plugins"][3]["state"], "STATE_REFUSED");
  std::istringstream lines(Ctl({"plugins"}, 80).output);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST_F(CtlRun, OrphansAreToldByFindingAndWhatCouldNotBeReadIsSaid) {
  OrphansReport orphans;
  orphans.listed = 3;
  backend_.Know(orphans);
  EXPECT_EQ(Ctl({"orphans"}).output, "No orphans among 3 instances.\n");
  orphans.orphans.push_back({OrphanReport::Finding::kMarkedWithoutObject, Kind::kConnectInstance,
                             "connect/1/eu-central-1", "i-5", "desk", "ACTIVE",
                             ObjectKey{Kind::kConnectInstance, "default", "desk"}, "ours"});
  orphans.unread = {"ConnectInstance by ProviderConfig default/two: denied"};
  backend_.Know(orphans);
  EXPECT_THAT(Ctl({"orphans", "-A"}).output,
              AllOf(HasSubstr("MarkedWithoutObject  ConnectInstance  connect/1/eu-central-1  i-5"),
                    HasSubstr("Not read: ConnectInstance by ProviderConfig default/two: denied")));
  EXPECT_THAT(Ctl({"orphans", "scni"}).output, Not(HasSubstr("i-5")));
  const auto json = nlohmann::json::parse(Ctl({"orphans", "-o", "json"}).output);
  EXPECT_EQ(json["orphans"][0]["finding"], "FINDING_MARKED_WITHOUT_OBJECT");
}

}  // namespace
}  // namespace instanced::ctl
