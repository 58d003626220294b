#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

constexpr const char* kConnect =
    R"({"identityManagementType":"CONNECT_MANAGED","instanceAlias":"front-desk","inboundCallsEnabled":true,"outboundCallsEnabled":true,"tags":{"team":"a"}})";

struct Settled {
  DaemonWorld world;
  ObjectKey key;

  explicit Settled(const std::function<void(InstanceSpec&)>& change = {}) {
    key = world.Declare(Kind::kConnectInstance, "one", kConnect, change);
    world.Start();
    world.Run(minutes(5));
  }
  FakeInstance& instance() { return *world.cloud.Live().at(0); }
  void Redeclare(const char* for_provider, const std::function<void(InstanceSpec&)>& change = {}) {
    world.Declare(Kind::kConnectInstance, "one", for_provider, change);
  }
};

TEST(Drift, ChangedFieldAndTagAreRepaired) {
  Settled settled;
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.instance().fields["tags"] = {{"team", "b"}, {"stray", "x"}};
  settled.world.Run(minutes(30));
  EXPECT_EQ(settled.instance().fields["inboundCallsEnabled"], true);
  EXPECT_EQ(settled.instance().fields["tags"], nlohmann::json({{"team", "a"}}));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kReady), "True Available");
}

TEST(Drift, MarkThatWasStrippedIsPutBack) {
  Settled settled;
  const auto mark = settled.instance().mark;
  settled.instance().mark = {};
  settled.world.Run(minutes(30));
  EXPECT_EQ(settled.instance().mark, mark);
}

TEST(Drift, WithoutUpdateItIsReportedAndLeft) {
  Settled settled(
      [](InstanceSpec& spec) { spec.management_policies = ManagementPolicies(1 | 2 | 8); });
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.world.Run(minutes(30));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled),
            "True DriftNotRepairable");
  EXPECT_NE(settled.world.Message(settled.key, ConditionType::kStalled)
                .find("inboundCallsEnabled: true declared, false observed"),
            std::string::npos);
  EXPECT_EQ(settled.world.cloud.CountCalls("Update"), 0);
}

TEST(Drift, WhatNoCallRepairsIsSeenRepairedByAPersonWithinThePollOfASettledInstance) {
  Settled settled(
      [](InstanceSpec& spec) { spec.management_policies = ManagementPolicies(1 | 2 | 8); });
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.world.Run(hours(3));
  ASSERT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled),
            "True DriftNotRepairable");
  settled.instance().fields["inboundCallsEnabled"] = true;
  settled.world.Run(settled.world.options.drift_poll_max * 11 / 10 + minutes(1));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled), "-");
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kSynced), "True ReconcileSuccess");
}

TEST(Drift, WritesThatNeverSettleAreStopped) {
  Settled settled;
  settled.world.cloud.after_effect = [&](const FakeCall& call) {
    if (call.operation == "Update") settled.instance().fields["inboundCallsEnabled"] = false;
  };
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.world.Run(hours(2));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled), "True FlappingDiff");
  EXPECT_LE(settled.world.cloud.CountCalls("Update"), 6);
}

TEST(Drift, UpdateThatIsRefusedAgainAndAgainIsNoFlapping) {
  Settled settled;
  int refused = 0;
  settled.world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Update" || ++refused > 12) return Fate{};
    Error busy;
    busy.error_class = ErrorClass::kBusy;
    return Fate{CallFate::kRefused, busy};
  };
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.world.Run(hours(2));
  EXPECT_GT(refused, 12);
  EXPECT_EQ(settled.instance().fields["inboundCallsEnabled"], true);
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled), "-");
  EXPECT_TRUE(std::ranges::any_of(settled.world.observer.reports, [](const PassReport& report) {
    return report.result == PassResult::kError && report.error_class == ErrorClass::kBusy;
  })) << "a pass whose call failed is a failed pass";
}

TEST(Drift, APermissionThatIsMissingHoldsOnlyWhoNeedsIt) {
  Settled settled;
  auto& world = settled.world;
  const auto other = world.Declare(Kind::kConnectInstance, "two",
                                   R"({"identityManagementType":"SAML","instanceAlias":"two"})");
  world.Run(minutes(5));
  ASSERT_EQ(world.Condition(other, ConditionType::kReady), "True Available");
  bool refuse = true;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Update" || !refuse) return Fate{};
    Error error;
    error.error_class = ErrorClass::kAuth;
    error.denial = Denial::kPermission;
    error.code = "AccessDeniedException";
    return Fate{CallFate::kRefused, error};
  };
  settled.instance().fields["inboundCallsEnabled"] = false;
  world.Run(minutes(20));
  EXPECT_EQ(world.Condition(settled.key, ConditionType::kStalled), "True AuthFailed");
  EXPECT_THAT(world.Message(settled.key, ConditionType::kStalled),
              HasSubstr("grant the permission"));
  EXPECT_EQ(world.Condition(other, ConditionType::kStalled), "-");
  EXPECT_EQ(world.Condition(other, ConditionType::kSynced), "True ReconcileSuccess");
  refuse = false;
  world.Run(minutes(10));
  EXPECT_EQ(settled.instance().fields["inboundCallsEnabled"], true);
}

TEST(Drift, NothingIsChangedOrDeletedThatCouldNotBeRecorded) {
  Settled settled;
  auto& world = settled.world;
  world.ledger.Break();
  settled.instance().fields["inboundCallsEnabled"] = false;
  world.Run(minutes(30));
  EXPECT_EQ(world.Condition(settled.key, ConditionType::kStalled), "True StoreUnavailable");
  EXPECT_EQ(world.cloud.CountCalls("Update"), 0);
  world.store.Delete(settled.key);
  world.Run(minutes(30));
  EXPECT_EQ(world.cloud.CountCalls("Delete"), 0);
  world.ledger.Heal();
  world.Run(minutes(30));
  EXPECT_TRUE(world.cloud.Live().empty());
}

TEST(Drift, ImmutableChangeIsHeldAndNamesTheWayOut) {
  Settled settled;
  settled.Redeclare(
      R"({"identityManagementType":"SAML","instanceAlias":"front-desk","inboundCallsEnabled":true,"outboundCallsEnabled":true})");
  settled.world.Run(minutes(10));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled), "True ImmutableField");
  EXPECT_NE(
      settled.world.Message(settled.key, ConditionType::kStalled).find("replacePolicy: Recreate"),
      std::string::npos);
  EXPECT_EQ(settled.world.cloud.CountEffects("Delete"), 0);
}

TEST(Drift, ImmutableChangeReplacesWhenAskedTo) {
  Settled settled;
  const auto old_id = settled.instance().id;
  settled.Redeclare(
      R"({"identityManagementType":"SAML","instanceAlias":"front-desk","inboundCallsEnabled":true,"outboundCallsEnabled":true})",
      [](InstanceSpec& spec) { spec.replace_policy = ReplacePolicy::kRecreate; });
  settled.world.Run(minutes(20));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kReady), "True Available");
  ASSERT_EQ(settled.world.cloud.Live().size(), 1u);
  EXPECT_NE(settled.instance().id, old_id);
  EXPECT_EQ(settled.instance().fields["identityManagementType"], "SAML");
  EXPECT_EQ(settled.world.cloud.CountEffects("Create"), 2);
}

TEST(Drift, APauseThatIsKnownBeforeTheDeletionIsSentGoesFirst) {
  Settled settled;
  auto& world = settled.world;
  bool paused = false;
  world.store.on_change = [&](std::int64_t, const WatchEvent&) {
    const auto object = world.store.Instance(settled.key);
    if (paused || !object->status.intent) return;
    paused = true;
    world.store.Annotate(settled.key, {{std::string(kPausedAnnotation), "true"}});
    world.daemon().cache.Put(world.store.Instance(settled.key));
  };
  settled.Redeclare(
      R"({"identityManagementType":"SAML","instanceAlias":"front-desk","inboundCallsEnabled":true,"outboundCallsEnabled":true})",
      [](InstanceSpec& spec) { spec.replace_policy = ReplacePolicy::kRecreate; });
  world.Run(minutes(20));
  EXPECT_TRUE(paused) << "the intent to replace was recorded";
  EXPECT_EQ(world.Condition(settled.key, ConditionType::kSynced), "False Paused");
  EXPECT_EQ(world.cloud.CountCalls("Delete"), 0);

  world.store.Annotate(settled.key, {{std::string(kPausedAnnotation), ""}});
  world.Run(minutes(20));
  EXPECT_EQ(world.Condition(settled.key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.CountEffects("Create"), 2);
}

constexpr const char* kOtherIdentity =
    R"({"identityManagementType":"SAML","instanceAlias":"front-desk","inboundCallsEnabled":true,"outboundCallsEnabled":true,"tags":{"team":"a"}})";

void Replaces(InstanceSpec& spec) { spec.replace_policy = ReplacePolicy::kRecreate; }

Fate RefusedAs(ErrorClass error_class, Reach reach = Reach::kAnswered) {
  Error error;
  error.error_class = error_class;
  error.reach = reach;
  return {CallFate::kRefused, error};
}

TEST(Drift, AReplacementThatTheCloudRefusedIsWithdrawnWithTheChange) {
  for (const Fate& refusal : {RefusedAs(ErrorClass::kQuota), RefusedAs(ErrorClass::kBusy),
                              RefusedAs(ErrorClass::kTransient, Reach::kNotSent)}) {
    Settled settled;
    auto& world = settled.world;
    const auto id = settled.instance().id;
    bool refuses = true;
    world.cloud.fate = [&](const FakeCall& call) {
      return call.operation == "Delete" && refuses ? refusal : Fate{};
    };
    settled.Redeclare(kOtherIdentity, Replaces);
    ASSERT_TRUE(world.RunUntil([&] { return world.cloud.CountCalls("Delete") > 0; }, minutes(5)));
    world.Run(std::chrono::milliseconds(100));
    EXPECT_FALSE(world.Object(settled.key)->status.intent) << "the attempt has ended";
    settled.Redeclare(kConnect, Replaces);
    refuses = false;
    world.Run(hours(3));
    EXPECT_EQ(world.cloud.CountEffects("Delete"), 0);
    ASSERT_EQ(world.cloud.Live().size(), 1u);
    EXPECT_EQ(settled.instance().id, id);
    EXPECT_EQ(world.Condition(settled.key, ConditionType::kReady), "True Available");
    EXPECT_FALSE(world.Object(settled.key)->status.intent);
  }
}

TEST(Drift, AReplacementThatTheCloudRefusedGoesOnWhileTheChangeStands) {
  Settled settled;
  auto& world = settled.world;
  int refused = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Delete" || ++refused > 5) return Fate{};
    return RefusedAs(refused % 2 == 0 ? ErrorClass::kThrottled : ErrorClass::kBusy);
  };
  settled.Redeclare(kOtherIdentity, Replaces);
  world.Run(hours(1));
  EXPECT_EQ(world.cloud.CountEffects("Create"), 2);
  EXPECT_EQ(settled.instance().fields["identityManagementType"], "SAML");
  EXPECT_EQ(world.Condition(settled.key, ConditionType::kReady), "True Available");
}

TEST(Drift, AReplacementWhoseDeletionWasNotSentIsWithdrawnWithTheChange) {
  Settled settled;
  auto& world = settled.world;
  const auto id = settled.instance().id;
  bool reverted = false;
  world.store.on_change = [&](std::int64_t, const WatchEvent&) {
    const auto object = world.store.Instance(settled.key);
    if (reverted || !object->status.intent) return;
    reverted = true;
    settled.Redeclare(kConnect, Replaces);
    world.daemon().cache.Put(world.store.Instance(settled.key));
  };
  settled.Redeclare(kOtherIdentity, Replaces);
  world.Run(hours(1));
  EXPECT_TRUE(reverted) << "the intent to replace was recorded";
  EXPECT_EQ(world.cloud.CountCalls("Delete"), 0);
  EXPECT_EQ(settled.instance().id, id);
  EXPECT_FALSE(world.Object(settled.key)->status.intent);
  EXPECT_EQ(world.Condition(settled.key, ConditionType::kReady), "True Available");
}

TEST(Drift, AReplacementWhoseDeletionMayHaveArrivedGoesOn) {
  Settled settled;
  auto& world = settled.world;
  int lost = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Delete" || ++lost > 1) return Fate{};
    return RefusedAs(ErrorClass::kInDoubt, Reach::kUnknown);
  };
  settled.Redeclare(kOtherIdentity, Replaces);
  ASSERT_TRUE(world.RunUntil([&] { return world.cloud.CountCalls("Delete") > 0; }, minutes(5)));
  world.Run(std::chrono::milliseconds(100));
  ASSERT_TRUE(world.Object(settled.key)->status.intent);
  settled.Redeclare(kConnect, Replaces);
  world.Run(hours(1));
  EXPECT_EQ(world.cloud.CountEffects("Create"), 2);
  EXPECT_EQ(world.Condition(settled.key, ConditionType::kReady), "True Available");
}

constexpr const char* kBot =
    R"({"instanceName":"calls","instanceDescription":"a","maxConcurrentConversation":4,"callingNumbers":["1"],"resourceGroupId":"rg-1"})";
constexpr const char* kOtherBot =
    R"({"instanceName":"calls","instanceDescription":"b","maxConcurrentConversation":4,"callingNumbers":["2"],"resourceGroupId":"rg-2"})";

struct Bot {
  DaemonWorld world;
  ObjectKey key;

  Bot() {
    key = world.Declare(Kind::kOutboundBotInstance, "one", kBot);
    world.Start();
    world.Run(minutes(5));
  }
};

TEST(Drift, APauseThatIsKnownBeforeAStepOfAnUpdateIsSentGoesFirst) {
  Bot bot;
  auto& world = bot.world;
  world.cloud.after_effect = [&](const FakeCall& call) {
    if (call.operation != "Update" || world.cloud.CountEffects("Update") > 1) return;
    world.store.Annotate(bot.key, {{std::string(kPausedAnnotation), "true"}});
    world.daemon().cache.Put(world.store.Instance(bot.key));
  };
  world.Declare(Kind::kOutboundBotInstance, "one", kOtherBot);
  world.Run(minutes(30));
  EXPECT_EQ(world.cloud.CountCalls("Update"), 1) << "of two steps";
  EXPECT_EQ(world.Condition(bot.key, ConditionType::kSynced), "False Paused");

  world.store.Annotate(bot.key, {{std::string(kPausedAnnotation), ""}});
  world.Run(minutes(30));
  EXPECT_EQ(world.Condition(bot.key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.Live().at(0)->fields["resourceGroupId"], "rg-2");
}

TEST(Drift, TheStepsBeforeARefusedOneAreRecordedAndNotSentAgain) {
  Bot bot;
  auto& world = bot.world;
  world.cloud.fate = [&](const FakeCall& call) {
    const bool later_step = call.operation == "Update" && world.cloud.CountEffects("Update") > 0;
    return later_step ? RefusedAs(ErrorClass::kBusy) : Fate{};
  };
  world.Declare(
      Kind::kOutboundBotInstance, "one",
      R"({"instanceName":"calls","instanceDescription":"a","maxConcurrentConversation":4,"callingNumbers":["2"],"resourceGroupId":"rg-2"})");
  world.Run(hours(1));
  EXPECT_NE(world.Object(bot.key)->status.sent.find("\"2\""), std::string::npos);
  EXPECT_GT(world.cloud.CountCalls("Update"), 3);
  world.cloud.fate = nullptr;
  world.Run(hours(1));
  EXPECT_EQ(world.cloud.CountEffects("Update"), 2) << "one for each step";
  EXPECT_EQ(world.Condition(bot.key, ConditionType::kReady), "True Available");
}

TEST(Drift, VanishedInstanceAlertsByDefault) {
  Settled settled;
  settled.world.cloud.Vanish(settled.instance().id);
  settled.world.Run(hours(1));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled), "True Missing");
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kReady), "False NotFound");
  EXPECT_EQ(settled.world.cloud.CountEffects("Create"), 1);
}

TEST(Drift, VanishedInstanceIsMadeAnewWhenAskedTo) {
  Settled settled([](InstanceSpec& spec) { spec.on_missing = OnMissing::kRecreate; });
  settled.world.cloud.Vanish(settled.instance().id);
  settled.world.Run(hours(1));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kReady), "True Available");
  EXPECT_EQ(settled.world.cloud.CountEffects("Create"), 2);
}

TEST(Drift, OneFalseNotFoundIsNotBelieved) {
  Settled settled([](InstanceSpec& spec) { spec.on_missing = OnMissing::kRecreate; });
  int lies = 0;
  settled.world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Observe" || ++lies != 1) return Fate{};
    Error error;
    error.error_class = ErrorClass::kNotFound;
    return Fate{CallFate::kRefused, error};
  };
  settled.world.Run(hours(1));
  EXPECT_EQ(settled.world.cloud.CountEffects("Create"), 1);
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kReady), "True Available");
}

TEST(Drift, FailedListsAreInTheHistoryWithTheirRequestIds) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kOutboundBotInstance, "one",
                                 R"({"instanceName":"one","maxConcurrentConversation":4})");
  int failed = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "List" || ++failed > 2) return Fate{};
    Error error;
    error.error_class = failed == 1 ? ErrorClass::kThrottled : ErrorClass::kTransient;
    error.code = "Code" + std::to_string(failed);
    error.request_id = "req-" + std::to_string(failed);
    return Fate{CallFate::kRefused, error};
  };
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  std::vector<std::string> told;
  for (const auto& entry : world.ledger.history()) {
    if (entry.kind != HistoryKind::kFailure) continue;
    EXPECT_EQ(entry.key, key);
    EXPECT_EQ(entry.uid, world.Object(key)->meta.uid);
    told.push_back(entry.operation + " " + entry.result + " " + entry.code + " " +
                   entry.request_id);
  }
  EXPECT_THAT(told, testing::ElementsAre("outboundbot:ListInstances Throttled Code1 req-1",
                                         "outboundbot:ListInstances Transient Code2 req-2"));
}

// CCC lists the instances of a user: another user's, taken over by its id, is never among them.
struct OfAnotherUser {
  DaemonWorld world;
  ObjectKey key;
  std::string id;

  OfAnotherUser() {
    const auto parameters = nlohmann::json{{"domainName", "desk"}, {"description", "d"}};
    id = world.cloud.Add(Kind::kCloudCallCenterInstance, parameters).id;
    world.cloud.listed = [this](const FakeInstance& instance) { return instance.id != id; };
    key = world.Declare(Kind::kCloudCallCenterInstance, "one", parameters.dump(),
                        [this](InstanceSpec& spec) {
                          spec.external_name = id;
                          spec.on_missing = OnMissing::kRecreate;
                        });
    world.Start();
    world.Run(minutes(10));
  }
};

TEST(Drift, UsersListIsNoProofThatAnUnreadableInstanceIsGone) {
  OfAnotherUser other;
  other.world.Run(hours(1));
  ASSERT_EQ(other.world.Condition(other.key, ConditionType::kReady), "True Available");
  ASSERT_GT(other.world.cloud.CountCalls("List"), 0);
  other.world.cloud.fate = [](const FakeCall& call) {
    Error broken;
    broken.error_class = ErrorClass::kTransient;
    broken.code = "InternalError";
    return call.operation == "Observe" ? Fate{CallFate::kRefused, broken} : Fate{};
  };
  other.world.Run(hours(2));
  EXPECT_EQ(other.world.Object(other.key)->status.external_name, other.id);
  other.world.store.Delete(other.key);
  other.world.Run(hours(1));
  ASSERT_NE(other.world.Object(other.key), nullptr) << "its finalizer stays";
  other.world.cloud.fate = {};
  other.world.Run(minutes(10));
  EXPECT_EQ(other.world.Object(other.key), nullptr);
  EXPECT_EQ(other.world.cloud.CountEffects("Delete"), 1);
  EXPECT_EQ(other.world.cloud.CountEffects("Create"), 0);
}

TEST(Drift, PausedObjectIsNotLookedAt) {
  Settled settled;
  settled.world.store.Annotate(settled.key, {{std::string(kPausedAnnotation), "true"}});
  settled.world.Run(minutes(1));
  const auto calls = settled.world.cloud.calls().size();
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.world.Run(hours(2));
  EXPECT_EQ(settled.world.cloud.calls().size(), calls);
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kSynced), "False Paused");
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kReady), "True Available");
}

TEST(Drift, EditOfWhatOnlyTheCreateSendsIsHeldAsUnchangeable) {
  DaemonWorld world;
  const auto declare = [&](const char* numbers) {
    return world.Declare(Kind::kCloudCallCenterInstance, "one",
                         std::string(R"({"name":"desk","domainName":"desk","storageMaxDays":30,)") +
                             R"("storageMaxSize":100,"phoneNumbers":)" + numbers + "}");
  };
  const auto key = declare(R"(["1"])");
  world.Start();
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kSynced), "True ReconcileSuccess");
  declare(R"(["1","2"])");
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ImmutableField");
  EXPECT_NE(world.Message(key, ConditionType::kStalled).find("phoneNumbers"), std::string::npos);
  declare(R"(["1"])");
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "-");
  EXPECT_EQ(world.cloud.CountEffects("Create"), 1);
}

TEST(Drift, ReconcileRequestLooksAtOnce) {
  Settled settled;
  settled.world.Run(hours(5));
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.world.store.Annotate(
      settled.key, {{std::string(kReconcileRequestedAnnotation), "2026-01-01T05:06:00Z"}});
  settled.world.Run(std::chrono::seconds(1));
  EXPECT_EQ(settled.instance().fields["inboundCallsEnabled"], true);
}

TEST(Drift, ReconcileRequestTriesAgainWhatWasRefused) {
  Settled settled;
  bool refuse = true;
  settled.world.cloud.fate = [&](const FakeCall& call) {
    Error error;
    error.error_class = ErrorClass::kQuota;
    error.code = "ServiceQuotaExceededException";
    return refuse && call.operation == "Update" ? Fate{CallFate::kRefused, error} : Fate{};
  };
  settled.instance().fields["inboundCallsEnabled"] = false;
  settled.world.Run(minutes(30));
  EXPECT_EQ(settled.world.Condition(settled.key, ConditionType::kStalled), "True QuotaExceeded");
  refuse = false;
  settled.world.store.Annotate(
      settled.key, {{std::string(kReconcileRequestedAnnotation), "2026-01-01T05:06:00Z"}});
  settled.world.Run(std::chrono::seconds(1));
  EXPECT_EQ(settled.instance().fields["inboundCallsEnabled"], true);
}

TEST(Drift, ReconcileRequestNeedNotWaitWhereTheRateIsUsedUp) {
  Settled settled;
  auto& world = settled.world;
  world.Run(hours(5));
  const auto domain = world.cloud.DomainOf(Kind::kConnectInstance);
  const auto use_up = [&] {
    const ObjectKey other{Kind::kConnectInstance, "default", "other"};
    for (const auto operation : TraitsOf(Kind::kConnectInstance).operations.observe) {
      while (!world.daemon().budget.Spend(domain, operation, other, Priority::kUrgent,
                                          world.executor.Now())) {
      }
    }
  };
  const auto looks = [&] {
    return world.cloud.CountCalls("Observe") + world.cloud.CountCalls("List");
  };
  use_up();
  const auto before = looks();
  world.store.Annotate(settled.key,
                       {{std::string(kReconcileRequestedAnnotation), "2026-01-01T05:06:00Z"}});
  // A look reads two pages of attributes: one is kept free, the other is the next there is.
  world.Run(std::chrono::seconds(1));
  EXPECT_EQ(looks(), before + 1);
  use_up();
  world.store.Annotate(settled.key, {{"note", "no request"}});
  world.Run(std::chrono::milliseconds(500));
  EXPECT_EQ(looks(), before + 1) << "what nobody asked for waits";
}

TEST(Drift, PollIntervalAnnotationIsHonoured) {
  Settled settled;
  settled.world.store.Annotate(settled.key, {{std::string(kPollIntervalAnnotation), "10s"}});
  settled.world.Run(minutes(1));
  const auto before = settled.world.cloud.CountCalls("Observe");
  settled.world.Run(minutes(10));
  EXPECT_GE(settled.world.cloud.CountCalls("Observe") - before, 50);
}

TEST(Drift, ObserveOnlyNeverWrites) {
  DaemonWorld world;
  auto& found = world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(kConnect));
  const auto key = world.Declare(Kind::kConnectInstance, "one", R"({"inboundCallsEnabled":false})",
                                 [&](InstanceSpec& spec) {
                                   spec.external_name = found.id;
                                   spec.management_policies = ManagementPolicies(1);
                                 });
  world.Start();
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.CountCalls("Update"), 0);
  EXPECT_EQ(found.mark, ObservedMark{});
  EXPECT_EQ(world.Condition(key, ConditionType::kSynced), "True ObserveOnly");
  EXPECT_THAT(world.Message(key, ConditionType::kSynced), HasSubstr("inboundCallsEnabled"));
  EXPECT_FALSE(world.Object(key)->meta.HasFinalizer(kFinalizerName));
}

// What explain and the page show as differing is what the pass compared.
TEST(Drift, TheLastComparisonIsRememberedUntilTheNext) {
  DaemonWorld world;
  auto& found = world.cloud.Add(Kind::kConnectInstance, nlohmann::json::parse(kConnect));
  const auto key = world.Declare(Kind::kConnectInstance, "one", R"({"inboundCallsEnabled":false})",
                                 [&](InstanceSpec& spec) {
                                   spec.external_name = found.id;
                                   spec.management_policies = ManagementPolicies(1);
                                 });
  world.Start();
  world.Run(minutes(1));
  const auto track = [&] { return world.daemon().reconciler.tracks().Find(key); };
  ASSERT_TRUE(track()->differences);
  ASSERT_EQ(track()->differences->size(), 1U);
  EXPECT_EQ(track()->differences->front().field, "inboundCallsEnabled");
  EXPECT_EQ(track()->differences->front().observed, true);
  found.fields["inboundCallsEnabled"] = false;
  world.Run(hours(1));
  EXPECT_FALSE(track()->differences);
  EXPECT_EQ(track()->compared, Track::Compared::kYes);
  world.cloud.Vanish(found.id);
  world.Run(hours(1));
  EXPECT_EQ(track()->compared, Track::Compared::kNever);
}

}  // namespace
}  // namespace instanced
