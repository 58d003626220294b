#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/controller/ctl/ctl_fixture.h"

namespace instanced::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const ObjectKey kDesk{Kind::kConnectInstance, "default", "desk"};

HistoryEntry Refusal() {
  HistoryEntry entry;
  entry.at = WallTime(std::chrono::seconds(1'768'478'400));
  entry.key = kDesk;
  entry.kind = HistoryKind::kFailure;
  entry.operation = "connect:CreateInstance";
  entry.result = "Quota";
  entry.code = "ServiceQuotaExceededException";
  entry.request_id = "req-1";
  entry.duration_ms = 41;
  entry.message = "too many instances";
  return entry;
}

TEST_F(CtlRun, HistoryIsATableWithTheNewestLast) {
  backend_.Record(Refusal());
  HistoryEntry later = Refusal();
  later.at += std::chrono::minutes(50);
  later.kind = HistoryKind::kDecision;
  later.operation = "Create";
  later.result = later.code = later.request_id = "";
  later.duration_ms = 0;
  later.message = "Create attempt 2";
  backend_.Record(later);
  EXPECT_EQ(Ctl({"history", "cni/desk"}).output,
            "TIME                  WHAT      OPERATION               RESULT  CODE"
            "                           TOOK  MESSAGE\n"
            "2026-01-15T12:00:00Z  Failure   connect:CreateInstance  Quota   "
            "ServiceQuotaExceededException  41ms  too many instances\n"
            "2026-01-15T12:50:00Z  Decision  Create                  -       "
            "-                              -     Create attempt 2\n");
  EXPECT_THAT(Ctl({"history", "cni/desk"}, 100).output,
              AllOf(HasSubstr("AGE  WHAT "), HasSubstr("60m  Failure   connect:CreateInstance"),
                    Not(HasSubstr("2026-01-15T"))));
  EXPECT_THAT(Ctl({"history", "cni/desk", "-o", "wide"}).output, HasSubstr("req-1"));
  EXPECT_THAT(Ctl({"history", "--since", "15m"}).output,
              AllOf(HasSubstr("ConnectInstance/default/desk"), Not(HasSubstr("too many"))));
  EXPECT_THAT(Ctl({"history", "--limit", "1"}).output, Not(HasSubstr("too many")));
  EXPECT_EQ(Ctl({"history", "cni/other"}).output, "Nothing is recorded.\n");
  const auto json = nlohmann::json::parse(Ctl({"history", "-o", "json"}).output);
  EXPECT_EQ(json["entries"][1]["requestId"], "req-1");
  EXPECT_EQ(json["entries"][1]["at"], "2026-01-15T12:00:00Z");
}

TEST_F(CtlRun, HistoryFlagsThatCannotBeReadAreRefused) {
  EXPECT_THAT(Ctl({"history", "--since", "yesterday"}).diagnostics, HasSubstr("RFC 3339"));
  EXPECT_THAT(Ctl({"history", "--limit", "0"}).diagnostics, HasSubstr("from 1 to 10000"));
  EXPECT_THAT(Ctl({"history", "cni"}).diagnostics, HasSubstr("needs an object"));
}

TEST_F(CtlRun, SteeringReachesTheDaemonWithWhoTheKernelSaysItIs) {
  backend_.Declare(ReportOf(SampleInstance("desk")));
  const std::string who = "ada (uid " + std::to_string(getuid()) + ")";
  const std::vector<std::tuple<std::string, Steering, std::string>> cases{
      {"reconcile", Steering::kReconcile, "ConnectInstance/default/desk is looked at now.\n"},
      {"pause", Steering::kPause,
       "ConnectInstance/default/desk is paused; instancectl resume ends it.\n"},
      {"resume", Steering::kResume, "ConnectInstance/default/desk goes on.\n"}};
  for (const auto& [verb, steering, said] : cases) {
    EXPECT_EQ(Ctl({verb, "cni/desk"}).output, said);
    ASSERT_TRUE(backend_.steered());
    EXPECT_EQ(backend_.steered()->steering, steering);
    EXPECT_EQ(backend_.steered()->key, kDesk);
    EXPECT_EQ(backend_.steered()->who, who);
  }
  EXPECT_EQ(Ctl({"pause", "cni/nope"}).code, ExitCode::kFailed);
  EXPECT_THAT(Ctl({"pause", "providerconfig/default"}).diagnostics,
              HasSubstr("is not reconciled by itself"));
}

TEST_F(CtlRun, AdoptPrintsTheLinesOfTheManifestAndChangesNothing) {
  InstanceObject unbound = SampleInstance("desk");
  unbound.status.external_name.clear();
  backend_.Declare(ReportOf(unbound));
  backend_.Declare(ReportOf(SampleInstance("holder")));
  const Outcome outcome = Ctl({"adopt", "cni/desk", "i-77"});
  EXPECT_EQ(outcome.code, ExitCode::kDone);
  EXPECT_THAT(outcome.output, HasSubstr("the manifest of ConnectInstance/default/desk.\n"));
  EXPECT_THAT(outcome.output, HasSubstr("  name: desk\nspec:\n  externalName: i-77\n"));
  EXPECT_THAT(Ctl({"adopt", "cni", "desk", "i-1"}).diagnostics,
              HasSubstr("ConnectInstance/default/holder holds the instance i-1 already"));
  EXPECT_THAT(Ctl({"adopt", "cni/holder", "i-77"}).diagnostics,
              HasSubstr("spec.externalName cannot change once bound"));
  EXPECT_THAT(Ctl({"adopt", "cni/desk"}).diagnostics, HasSubstr("adopt KIND/NAME ID"));
  EXPECT_FALSE(backend_.steered());
}

TEST_F(CtlRun, ExportedManifestsCarryTheInstanceAndNothingOfThisInstallation) {
  InstanceObject object = SampleInstance("desk");
  object.meta.finalizers = {std::string(kFinalizerName)};
  object.meta.annotations = {{std::string(kReconcileRequestedAnnotation), "x"}, {"note", "kept"}};
  backend_.Declare(ReportOf(object));
  InstanceObject leaving = SampleInstance("leaving");
  leaving.meta.deletion_timestamp = "2026-01-15T12:30:00Z";
  backend_.Declare(ReportOf(leaving));
  const Outcome outcome = Ctl({"export", "-o", "json"});
  EXPECT_THAT(outcome.diagnostics, HasSubstr("default/leaving is being deleted and left out"));
  const auto list = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(list["items"].size(), 1U);
  const auto& manifest = list["items"][0];
  EXPECT_EQ(manifest["spec"]["externalName"], "i-1");
  EXPECT_EQ(manifest["metadata"], nlohmann::json::parse(R"({"name":"desk","namespace":"default",
      "labels":{"team":"care"},"annotations":{"note":"kept"}})"));
  EXPECT_FALSE(manifest.contains("status"));
  EXPECT_THAT(Ctl({"export"}).output, HasSubstr("apiVersion: instanced.dev/v1alpha1\nkind: "));
}

}  // namespace
}  // namespace instanced::ctl
