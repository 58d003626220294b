#include <gtest/gtest.h>

#include <utility>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::string Connect(const std::string& alias) {
  return R"({"identityManagementType":"CONNECT_MANAGED","instanceAlias":")" + alias +
         R"(","inboundCallsEnabled":true,"outboundCallsEnabled":true})";
}

TEST(Adoption, LostJournalFindsItsInstancesAgain) {
  DaemonWorld first;
  const auto key = first.Declare(Kind::kConnectInstance, "one", Connect("front"));
  const auto other = first.Declare(Kind::kSupplyChainInstance, "chain", R"({"instanceName":"c"})");
  first.Start();
  first.Run(minutes(10));
  const auto id = first.Object(key)->status.external_name;
  const auto chain = first.Object(other)->status.external_name;
  auto marks = std::pair{first.cloud.Find(id)->mark, first.cloud.Find(chain)->mark};
  first.Crash();

  DaemonWorld second;
  second.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")), marks.first);
  second.cloud.Add(Kind::kSupplyChainInstance, {{"instanceName", "c"}}, marks.second);
  second.Declare(Kind::kConnectInstance, "one", Connect("front"));
  second.Declare(Kind::kSupplyChainInstance, "chain", R"({"instanceName":"c"})");
  second.Start();
  second.Run(minutes(10));
  EXPECT_EQ(second.cloud.CountCalls("Create"), 0);
  EXPECT_EQ(second.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(second.Condition(other, ConditionType::kReady), "True Available");
}

TEST(Adoption,
     InstanceNobodyWantsIsDeletedThoughTheJournalWasLostAndTheDaemonKilledBeforeItFoundIt) {
  DaemonWorld first;
  const auto key = first.Declare(Kind::kConnectInstance, "one", Connect("front"));
  first.Start();
  first.Run(minutes(10));
  const auto mark = first.cloud.Live().at(0)->mark;
  first.Crash();

  DaemonWorld second;
  second.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")), mark);
  second.Declare(Kind::kConnectInstance, "one", Connect("front"));
  second.Start();
  ASSERT_TRUE(second.RunUntil([&] { return second.Object(key)->meta.HasFinalizer(kFinalizerName); },
                              minutes(10)));
  EXPECT_EQ(second.cloud.CountCalls("List"), 0) << "before anything was looked for";
  second.Crash();
  second.store.Delete(key);
  second.Start();
  second.Run(minutes(10));
  EXPECT_EQ(second.Object(key), nullptr);
  EXPECT_TRUE(second.cloud.Live().empty());
}

TEST(Adoption, InstanceThatWasOnlyObservedIsDeletedWithItsObjectOnceItIsOurs) {
  DaemonWorld world;
  auto& found = world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")));
  const auto declare = [&](std::uint8_t policies) {
    return world.Declare(Kind::kConnectInstance, "one", Connect("front"), [&](InstanceSpec& spec) {
      spec.external_name = found.id;
      spec.management_policies = ManagementPolicies(policies);
    });
  };
  const auto key = declare(1);
  world.Start();
  world.Run(minutes(10));
  EXPECT_FALSE(world.Object(key)->meta.HasFinalizer(kFinalizerName));
  declare(1 | 2 | 4 | 8);
  world.Run(minutes(10));
  EXPECT_TRUE(world.Object(key)->meta.HasFinalizer(kFinalizerName));
  world.store.Delete(key);
  world.Run(minutes(10));
  EXPECT_TRUE(world.cloud.Live().empty());
}

TEST(Adoption, NameOfAnUnmarkedInstanceIsTakenUntilAskedToAdopt) {
  DaemonWorld world;
  auto& found = world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")));
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"));
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True NameTaken");
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0);
  world.Declare(Kind::kConnectInstance, "one", Connect("front"),
                [](InstanceSpec& spec) { spec.adoption_policy = AdoptionPolicy::kByNaturalKey; });
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Object(key)->status.external_name, found.id);
  EXPECT_EQ(found.mark.uid, world.Object(key)->meta.uid) << "adopted instances are marked";
}

TEST(Adoption, WhoTookTheAliasWhileOurCreateWasCutOffIsNotUs) {
  DaemonWorld world;
  bool cut_off = false;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Create" || std::exchange(cut_off, true)) return Fate{};
    // The request never arrived, and somebody else was quicker than the second try.
    world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")));
    Error lost;
    lost.error_class = ErrorClass::kInDoubt;
    return Fate{CallFate::kRefused, lost};
  };
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"));
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True Contradiction");
  EXPECT_TRUE(world.Object(key)->status.external_name.empty());
  world.store.Delete(key);
  world.Run(hours(1));
  EXPECT_EQ(world.Object(key), nullptr);
  EXPECT_EQ(world.cloud.Live().size(), 1u) << "what is not ours stays";
}

TEST(Adoption, AliasInAnotherCaseIsTheSameName) {
  DaemonWorld world;
  world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("Front")));
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"));
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True NameTaken");
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0) << "the list shows who has the alias";
  world.Declare(Kind::kConnectInstance, "one", Connect("FRONT"),
                [](InstanceSpec& spec) { spec.adoption_policy = AdoptionPolicy::kByNaturalKey; });
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  const auto second = world.Declare(Kind::kConnectInstance, "two", Connect("fRoNt"));
  world.Run(minutes(1));
  EXPECT_EQ(world.Condition(second, ConditionType::kStalled), "True AlreadyClaimed");
}

TEST(Adoption, AnotherOwnersInstanceIsNeverTouchedNotEvenByExternalName) {
  DaemonWorld world;
  const ObservedMark foreign{"someone-else/ConnectInstance/default/one", "their-uid", ""};
  auto& found =
      world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")), foreign);
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"),
                                 [&](InstanceSpec& spec) { spec.external_name = found.id; });
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ForeignOwner");
  world.store.Delete(key);
  world.Run(hours(1));
  EXPECT_EQ(found.mark, foreign);
  EXPECT_EQ(world.cloud.Live().size(), 1u);
  EXPECT_EQ(world.cloud.CountCalls("Update") + world.cloud.CountCalls("Delete"), 0);
}

TEST(Adoption, ExternalNameThatDoesNotExistStalls) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"),
                                 [](InstanceSpec& spec) { spec.external_name = "i-nowhere"; });
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True NotFound");
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0);
}

TEST(Adoption, WithoutCreateAMissingInstanceStalls) {
  DaemonWorld world;
  const auto key = world.Declare(
      Kind::kConnectInstance, "one", Connect("front"),
      [](InstanceSpec& spec) { spec.management_policies = ManagementPolicies(1 | 4 | 8); });
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True NotFound");
}

TEST(Adoption, TwoObjectsOfOneAliasMakeOneInstance) {
  DaemonWorld world;
  const auto first = world.Declare(Kind::kConnectInstance, "a", Connect("front"));
  const auto second = world.Declare(Kind::kConnectInstance, "b", Connect("front"));
  world.Start();
  world.Run(minutes(30));
  EXPECT_EQ(world.cloud.Live().size(), 1u);
  const bool first_holds = world.Condition(first, ConditionType::kReady) == "True Available";
  const auto& loser = first_holds ? second : first;
  const auto& holder = first_holds ? first : second;
  EXPECT_EQ(world.Condition(loser, ConditionType::kStalled), "True AlreadyClaimed");
  EXPECT_NE(world.Message(loser, ConditionType::kStalled).find(ToString(holder)),
            std::string::npos);
  world.store.Delete(loser);
  world.Run(minutes(10));
  EXPECT_EQ(world.Object(loser), nullptr);
  EXPECT_EQ(world.cloud.CountCalls("Delete"), 0);
}

TEST(Adoption, AccountThatIsVerifiedLaterIsNoMismatch) {
  DaemonWorld world;
  auto& found = world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")));
  world.cloud.identity = AccountUnverified{};
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"),
                                 [&](InstanceSpec& spec) { spec.external_name = found.id; });
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(world.Object(key)->status.bound_domain, "");
  world.cloud.identity = AccountVerified{"123456789012"};
  world.Run(hours(1));
  EXPECT_EQ(world.Object(key)->status.bound_domain, "123456789012/us-east-1");
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "-");
}

TEST(Adoption, PresetInstanceOfTheCloudIsNeverTaken) {
  DaemonWorld world;
  auto& preset = world.cloud.Add(Kind::kOutboundBotInstance,
                                 {{"instanceName", "bot"}, {"maxConcurrentConversation", 4}});
  preset.adoptable = Adoptable::kPreset;
  const auto key = world.Declare(
      Kind::kOutboundBotInstance, "one", R"({"instanceName":"bot","maxConcurrentConversation":4})",
      [](InstanceSpec& spec) { spec.adoption_policy = AdoptionPolicy::kByNaturalKey; });
  world.Start();
  world.Run(minutes(30));
  EXPECT_EQ(world.Object(key)->status.external_name, "");
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True NameTaken");
}

// What another object of this installation left: its mark, and a uid that nobody here knows.
ObservedMark MarkOf(const DaemonWorld& world, const std::string& object) {
  return {world.options.owner + "/ConnectInstance/" + object, "uid-of-another-life", ""};
}

TEST(Adoption, InstanceOfANamespaceThatIsNotWatchedIsNotAdoptedUnasked) {
  for (const bool by_name : {false, true}) {
    DaemonWorld world;
    world.options.scope = "default";
    const auto theirs = MarkOf(world, "team-b/one");
    auto& found =
        world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")), theirs);
    const auto key =
        world.Declare(Kind::kConnectInstance, "one", Connect("front"), [&](InstanceSpec& spec) {
          if (!by_name) spec.external_name = found.id;
          spec.adoption_policy = AdoptionPolicy::kByNaturalKey;
        });
    world.Start();
    world.Run(hours(1));
    EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ForeignOwner");
    world.store.Delete(key);
    world.Run(hours(1));
    EXPECT_EQ(found.mark, theirs);
    EXPECT_EQ(world.cloud.Live().size(), 1u);
  }
}

TEST(Adoption, InstanceThatADeletedObjectOfAWatchedNamespaceRetainedIsFree) {
  for (const std::string scope : {"default", ""}) {
    DaemonWorld world;
    world.options.scope = scope;
    auto& found = world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")),
                                  MarkOf(world, scope.empty() ? "team-b/two" : "default/two"));
    const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"),
                                   [&](InstanceSpec& spec) { spec.external_name = found.id; });
    world.Start();
    world.Run(minutes(10));
    EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
    EXPECT_EQ(found.mark.uid, world.Object(key)->meta.uid);
  }
}

TEST(Adoption, OwnerWhoseNameGoesOnAfterOursIsAnotherOwner) {
  DaemonWorld world;
  auto& found =
      world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")),
                      {world.options.owner + "/x/ConnectInstance/default/two", "uid", ""});
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"),
                                 [&](InstanceSpec& spec) { spec.external_name = found.id; });
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ForeignOwner");
}

// Approves the only brake there is.
void ApproveTheBrake(DaemonWorld& world, const ObjectKey& key) {
  auto& brakes = world.daemon().brakes;
  ASSERT_EQ(brakes.List().size(), 1u);
  EXPECT_EQ(brakes.List()[0].cause, BrakeCause::kForeignMark);
  const Instant at{world.executor.Now(), world.executor.clock().WallNow()};
  ASSERT_TRUE(brakes.Approve(brakes.List()[0].id, "alice", at));
  world.daemon().controller.Wake(key, Priority::kUrgent);
}

const ObservedMark kTheirMark{"someone-else/ConnectInstance/default/one", "their-uid", ""};

TEST(Adoption, ForeignInstanceNamedByItsIdIsTakenOverAndMarkedAnewWhenApproved) {
  DaemonWorld world;
  auto& found =
      world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")), kTheirMark);
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"),
                                 [&](InstanceSpec& spec) { spec.external_name = found.id; });
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ForeignOwner");
  EXPECT_EQ(found.mark, kTheirMark);
  ApproveTheBrake(world, key);
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "-");
  EXPECT_EQ(found.mark.uid, world.Object(key)->meta.uid);
  EXPECT_TRUE(world.Object(key)->status.accepted_mark.empty()) << "ours by now";
  EXPECT_TRUE(world.daemon().brakes.List().empty());
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0);
}

TEST(Adoption, ForeignHolderOfTheNameIsTakenOverWhenApproved) {
  DaemonWorld world;
  auto& found =
      world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")), kTheirMark);
  const auto key = world.Declare(Kind::kConnectInstance, "one", Connect("front"));
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ForeignOwner");
  ApproveTheBrake(world, key);
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Object(key)->status.external_name, found.id);
  EXPECT_EQ(found.mark.uid, world.Object(key)->meta.uid);
}

// CCC cannot change a mark, so the approval must outlast its day and a restart.
TEST(Adoption, TakenOverInstanceWhoseMarkCannotBeChangedStaysOurs) {
  DaemonWorld world;
  auto& found = world.cloud.Add(
      Kind::kCloudCallCenterInstance,
      {{"name", "desk"}, {"domainName", "desk"}, {"storageMaxDays", 30}, {"storageMaxSize", 100}},
      {"", "", "0123456789abcdef"});
  const auto key = world.Declare(
      Kind::kCloudCallCenterInstance, "one",
      R"({"name":"desk","domainName":"desk","storageMaxDays":30,"storageMaxSize":100})",
      [&](InstanceSpec& spec) { spec.external_name = found.id; });
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ForeignOwner");
  ApproveTheBrake(world, key);
  world.Run(hours(30));
  world.Crash();
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "-");
  EXPECT_EQ(world.Object(key)->status.accepted_mark, "0123456789abcdef");
  found.mark.suffix = "fedcba9876543210";
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ForeignOwner")
      << "another mark is another matter";
}

TEST(Adoption, ObservingWhatIsForeignAsksForNothing) {
  DaemonWorld world;
  auto& found =
      world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(Connect("front")), kTheirMark);
  world.Declare(Kind::kConnectInstance, "one", Connect("front"), [&](InstanceSpec& spec) {
    spec.external_name = found.id;
    spec.management_policies = ManagementPolicies(1);
  });
  world.Start();
  world.Run(hours(1));
  EXPECT_TRUE(world.daemon().brakes.List().empty());
}

}  // namespace
}  // namespace instanced
