#include "controller/plan/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/plan/manifest_input.h"
#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kDesk = R"({"identityManagementType":"CONNECT_MANAGED",
"inboundCallsEnabled":true,"instanceAlias":"desk","outboundCallsEnabled":true})";

std::string Manifest(const std::string& name, const std::string& alias, bool inbound) {
  return "apiVersion: instanced.dev/v1alpha1\nkind: ConnectInstance\nmetadata: {name: " + name +
         "}\nspec:\n  forProvider: {identityManagementType: CONNECT_MANAGED, instanceAlias: " +
         alias + ", inboundCallsEnabled: " + (inbound ? "true" : "false") +
         ", outboundCallsEnabled: true}\n";
}

class PlannerTest : public ::testing::Test {
 protected:
  // Declared, made and in line; then the daemon is gone.
  void Settle(const std::vector<std::string>& names) {
    for (const auto& name : names) {
      auto parameters = nlohmann::json::parse(kDesk);
      parameters["instanceAlias"] = name;
      keys_.push_back(world_.Declare(Kind::kConnectInstance, name, parameters.dump()));
    }
    world_.Start();
    world_.Run(std::chrono::minutes(5));
    StopAndRecord();
  }
  // The daemon is gone before it learns what became of its only create.
  void LoseTheAnswer(CallFate fate) {
    keys_.push_back(world_.Declare(Kind::kConnectInstance, "desk", kDesk));
    world_.cloud.fate = [fate](const FakeCall& call) {
      Error error;
      error.error_class = ErrorClass::kInDoubt;
      error.reach = Reach::kUnknown;
      return call.operation == "Create" ? Fate{fate, error, {}} : Fate{};
    };
    world_.Start();
    ASSERT_TRUE(world_.RunUntil([&] { return world_.cloud.CountCalls("Create") == 1; },
                                std::chrono::minutes(1)));
    world_.cloud.fate = {};
    StopAndRecord();
  }
  void StopAndRecord() {
    world_.Crash();
    for (const auto& key : keys_) {
      start_.instances.push_back(world_.Object(key));
    }
    start_.options = world_.options;
    // The environment's: these manifests declare none.
    auto config = std::make_shared<ProviderConfigObject>(
        *world_.store.Config({Kind::kProviderConfig, "default", "default"}));
    config->meta.resource_version = "0";
    start_.configs.push_back(std::move(config));
    recorded_ = start_.instances;
  }
  void Apply(const DirectorySnapshot& snapshot) {
    ApplyManifests(snapshot, ManifestMeaning::kAll, {},
                   {world_.executor.Now(), world_.executor.clock().WallNow()}, start_);
  }
  PlanReport Plan(ProviderRegistry* providers) {
    Planner planner({world_.executor.clock(), providers, recorded_, {}, MonotonicTime::max()},
                    start_);
    PlanReport report;
    TaskGroup group(world_.executor);
    const auto keep = [](Task<PlanReport> planning, PlanReport* kept) -> Task<void> {
      *kept = co_await planning;
    };
    group.Spawn(keep(planner.Run(), &report));
    world_.RunUntil([&] { return group.size() == 0; }, std::chrono::minutes(1));
    return report;
  }
  static const PlannedObject& Of(const PlanReport& report, const std::string& name) {
    static const PlannedObject kNone;
    for (const auto& object : report.objects) {
      if (object.key.name == name) return object;
    }
    return kNone;
  }

  DaemonWorld world_;
  PlanStart start_;
  std::vector<ObjectKey> keys_;
  std::vector<InstancePtr> recorded_;
};

TEST_F(PlannerTest, AnEditIsAnUpdateOfItsFieldAndTheRestIsInLine) {
  Settle({"desk", "help"});
  Apply(SnapshotOf(
      {{"a.yaml", Manifest("desk", "desk", false)}, {"b.yaml", Manifest("help", "help", true)}}));
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kUpdate);
  EXPECT_THAT(Of(report, "desk").why,
              HasSubstr("inboundCallsEnabled: false declared, true observed"));
  EXPECT_EQ(Of(report, "help").action, PlannedAction::kNothing);
  EXPECT_EQ(MutatingCalls(report), 1U);
  EXPECT_GT(report.reads, 0);
}

TEST_F(PlannerTest, AProviderConfigWhoseManifestIsGoneDoesNotGiveWayToTheEnvironments) {
  Settle({"desk"});
  start_.configs = {world_.store.Config({Kind::kProviderConfig, "default", "default"})};
  Apply(SnapshotOf({{"a.yaml", Manifest("desk", "desk", false)}}));
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(MutatingCalls(report), 0U);
  EXPECT_THAT(Of(report, "desk").why, HasSubstr("ProviderConfig default/default does not exist"));
}

TEST_F(PlannerTest, OfflineSaysTheSameFromWhatIsRecorded) {
  Settle({"desk", "help"});
  Apply(SnapshotOf(
      {{"a.yaml", Manifest("desk", "desk", false)}, {"b.yaml", Manifest("help", "help", true)}}));
  const auto report = Plan(nullptr);
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kUpdate);
  EXPECT_EQ(Of(report, "help").action, PlannedAction::kNothing);
  EXPECT_EQ(report.reads, 0);
}

TEST_F(PlannerTest, AMassDeletionIsHeldAndNamesItsBrake) {
  Settle({"desk", "help", "north"});
  Apply(SnapshotOf({{"a.yaml",
                     "apiVersion: instanced.dev/v1alpha1\nkind: ProviderConfig\n"
                     "metadata: {name: default}\nspec: {}\n"}}));
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(CountOf(report, PlannedAction::kHeld), 3U);
  EXPECT_EQ(Of(report, "desk").brake_cause, "MassDeletion");
  EXPECT_EQ(Of(report, "desk").reason, "AwaitingApproval");
  EXPECT_EQ(MutatingCalls(report), 0U);
}

TEST_F(PlannerTest, AVanishedDirectoryIsHeldAndNamesItsBrake) {
  Settle({"desk"});
  Apply(SnapshotOf(DirectoryCondition::kVanished, "not there"));
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(report.directory, "Vanished");
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kHeld);
  EXPECT_EQ(Of(report, "desk").brake_cause, "ManifestsVanished");
}

TEST_F(PlannerTest, ARenameIsADeleteAndACreateAndSaysSo) {
  Settle({"desk", "help"});
  Apply(SnapshotOf({{"a.yaml", Manifest("reception", "desk", true)},
                    {"b.yaml", Manifest("help", "help", true)}}));
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kDelete);
  EXPECT_EQ(Of(report, "reception").action, PlannedAction::kCreate);
  EXPECT_THAT(Of(report, "reception").notes,
              Contains(HasSubstr("looks like ConnectInstance/default/desk renamed")));
  ASSERT_EQ(report.churn.size(), 1U);
  EXPECT_EQ(report.churn[0].planned, 2);
}

TEST_F(PlannerTest, TheQuotaShownIsTheConfiguredOne) {
  Settle({"desk"});
  start_.churn = ChurnLedger({.limit = 20});
  Apply(SnapshotOf(
      {{"a.yaml", Manifest("desk", "desk", true)}, {"b.yaml", Manifest("help", "help", true)}}));
  const auto report = Plan(&world_.cloud);
  ASSERT_EQ(report.churn.size(), 1U);
  EXPECT_EQ(report.churn[0].limit, 20);
  EXPECT_EQ(report.churn[0].planned, 1);
}

// Knows one field better than the kind's schema does, as a plugin may.
class NoNorth final : public ParameterRules {
 public:
  std::vector<std::string> Check(const nlohmann::json& parameters) const override {
    if (parameters.value("instanceAlias", "") != "north") return {};
    return {"spec.forProvider.instanceAlias: found north, expected south"};
  }
  std::vector<FieldDiff> Refine(std::vector<FieldDiff> diffs) const override { return diffs; }
};

TEST_F(PlannerTest, WhatOnlyTheCloudKnowsOfAManifestHoldsInAPlanToo) {
  Settle({"desk"});
  world_.cloud.rules = std::make_shared<NoNorth>();
  Apply(SnapshotOf(
      {{"a.yaml", Manifest("desk", "desk", true)}, {"b.yaml", Manifest("pole", "north", true)}}));
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "pole").action, PlannedAction::kHeld);
  EXPECT_EQ(Of(report, "pole").reason, "Invalid");
  EXPECT_THAT(Of(report, "pole").why, HasSubstr("found north, expected south"));
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kNothing);
}

TEST_F(PlannerTest, AProposedProviderConfigIsNeverConnectedWith) {
  Settle({"desk"});
  Apply(SnapshotOf({{"a.yaml", Manifest("desk", "desk", true)},
                    {"b.yaml",
                     "apiVersion: instanced.dev/v1alpha1\nkind: ProviderConfig\n"
                     "metadata: {name: default}\nspec: {aws: {region: us-east-1, endpoints: "
                     "{connect: 'http://evil.test'}}}\n"}}));
  const auto calls = world_.cloud.calls().size();
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(world_.cloud.calls().size(), calls);
  EXPECT_EQ(Of(report, "desk").certainty, Certainty::kMayDiffer);
}

TEST_F(PlannerTest, ARequestSentAgainIsPlannedForTheInstanceItMade) {
  LoseTheAnswer(CallFate::kAnswerLost);
  auto& made = *world_.cloud.Live().at(0);
  made.fields["inboundCallsEnabled"] = false;
  const auto report = Plan(&world_.cloud);
  const auto& desk = Of(report, "desk");
  EXPECT_EQ(desk.action, PlannedAction::kCreate);
  EXPECT_THAT(desk.why, HasSubstr("the request is sent again, for the instance it made"));
  EXPECT_EQ(desk.external_name, made.id);
  EXPECT_EQ(desk.certainty, Certainty::kFirm);
  ASSERT_EQ(desk.calls.size(), 2U);
  EXPECT_EQ(desk.calls[0].operation, "connect:CreateInstance");
  EXPECT_EQ(desk.calls[1].external_name, made.id);
  ASSERT_EQ(desk.calls[1].diffs.size(), 1U);
  EXPECT_EQ(desk.calls[1].diffs[0].field, "inboundCallsEnabled");
}

TEST_F(PlannerTest, WhatARequestMadeAndNobodyCanTellIsNotPromised) {
  LoseTheAnswer(CallFate::kAnswerLost);
  world_.cloud.Live().at(0)->mark = {};
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kCreate);
  EXPECT_EQ(Of(report, "desk").certainty, Certainty::kMayDiffer);
  EXPECT_THAT(Of(report, "desk").notes, Contains(HasSubstr("without our mark")));
}

TEST_F(PlannerTest, ARequestThatMadeNothingIsPlannedAsACreateAmongStrangers) {
  LoseTheAnswer(CallFate::kRefused);
  auto other = nlohmann::json::parse(kDesk);
  other["instanceAlias"] = "help";
  world_.cloud.Add(Kind::kConnectInstance, other);
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kCreate);
  EXPECT_EQ(Of(report, "desk").certainty, Certainty::kFirm);
  EXPECT_EQ(MutatingCalls(report), 1U);
}

TEST_F(PlannerTest, AnInstanceThatIsFoundOnItsWayOutIsOneOfAllThatGo) {
  Settle({"desk"});
  InstanceObject desk = *start_.instances[0];
  desk.meta.deletion_timestamp = FormatRfc3339(world_.executor.clock().WallNow());
  InstanceObject help = desk;
  help.meta.key.name = "help";
  help.meta.uid = "uid-of-help";
  auto fields = nlohmann::json::parse(kDesk);
  fields["instanceAlias"] = "help";
  help.spec.for_provider = fields.dump();
  help.status = PendingStatus(*desk.meta.deletion_timestamp);
  start_.instances = {std::make_shared<const InstanceObject>(desk),
                      std::make_shared<const InstanceObject>(help)};
  const auto mark = MakeMark(start_.options.owner, help.meta.key, help.meta.uid);
  world_.cloud.Add(Kind::kConnectInstance, fields, {mark.owner_value, mark.uid, ""}).gone_at =
      world_.executor.Now() + std::chrono::hours(1);
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "help").why, "not found, twice") << "taken over, and gone by itself";
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kHeld) << Of(report, "desk").why;
}

TEST_F(PlannerTest, ThoseThatWereLetGoBeforeTheFirstDeletionWereThere) {
  Settle({"desk", "help", "south"});
  for (auto& instance : start_.instances) {
    InstanceObject leaving = *instance;
    leaving.meta.deletion_timestamp = FormatRfc3339(world_.executor.clock().WallNow());
    if (leaving.meta.key.name != "south") leaving.spec.deletion_policy = DeletionPolicy::kRetain;
    instance = std::make_shared<const InstanceObject>(leaving);
  }
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kLetGo);
  EXPECT_EQ(Of(report, "south").action, PlannedAction::kHeld) << Of(report, "south").why;
}

TEST_F(PlannerTest, ACloudThatCannotBeReadLeavesTheObjectUnknown) {
  Settle({"desk"});
  world_.cloud.fate = [](const FakeCall&) {
    Error error;
    error.error_class = ErrorClass::kTransient;
    error.code = "InternalServiceException";
    error.message = "try later";
    return Fate{CallFate::kRefused, error, {}};
  };
  const auto report = Plan(&world_.cloud);
  EXPECT_EQ(Of(report, "desk").action, PlannedAction::kUnknown);
  EXPECT_THAT(Of(report, "desk").why, HasSubstr("try later"));
}

}  // namespace
}  // namespace instanced
