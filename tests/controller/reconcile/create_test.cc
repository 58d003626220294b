#include <gtest/gtest.h>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kConnect =
    R"({"identityManagementType":"CONNECT_MANAGED","instanceAlias":"front-desk","inboundCallsEnabled":true,"outboundCallsEnabled":true})";
constexpr const char* kSupplyChain = R"({"instanceName":"chain"})";
constexpr const char* kCallCenter =
    R"({"name":"desk","domainName":"desk","storageMaxDays":30,"storageMaxSize":100})";
constexpr const char* kOutboundBot = R"({"instanceName":"bot","maxConcurrentConversation":4})";

struct KindCase {
  Kind kind;
  const char* for_provider;
};

class EveryKind : public ::testing::TestWithParam<KindCase> {};
INSTANTIATE_TEST_SUITE_P(Kinds, EveryKind,
                         ::testing::Values(KindCase{Kind::kConnectInstance, kConnect},
                                           KindCase{Kind::kSupplyChainInstance, kSupplyChain},
                                           KindCase{Kind::kCloudCallCenterInstance, kCallCenter},
                                           KindCase{Kind::kOutboundBotInstance, kOutboundBot}),
                         [](const auto& test_case) {
                           return std::string(ToString(test_case.param.kind));
                         });

Error Lost() {
  Error error;
  error.error_class = ErrorClass::kInDoubt;
  error.code = "ConnectionClosed";
  error.message = "the connection was closed before the answer";
  error.reach = Reach::kUnknown;
  return error;
}

Error Answer(ErrorClass error_class, std::string code) {
  Error error;
  error.error_class = error_class;
  error.code = std::move(code);
  error.message = "said the cloud";
  return error;
}

TEST_P(EveryKind, DeclaredInstanceIsCreatedOnceAndBecomesReady) {
  DaemonWorld world;
  const auto key = world.Declare(GetParam().kind, "one", GetParam().for_provider);
  world.Start();
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Condition(key, ConditionType::kSynced), "True ReconcileSuccess");
  EXPECT_EQ(world.Condition(key, ConditionType::kReconciling), "-");
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "-");
  EXPECT_EQ(world.cloud.CountEffects("Create"), 1);
  const auto object = world.Object(key);
  EXPECT_EQ(object->status.external_name, world.cloud.Live().at(0)->id);
  EXPECT_FALSE(object->status.intent);
  EXPECT_EQ(object->status.observed_generation, object->meta.generation);
  EXPECT_TRUE(object->meta.HasFinalizer(kFinalizerName));
}

TEST_P(EveryKind, StableInstanceWritesNothing) {
  DaemonWorld world;
  world.Declare(GetParam().kind, "one", GetParam().for_provider);
  world.Start();
  world.Run(minutes(10));
  const auto writes = world.store.writes().size();
  const auto history = world.ledger.history().size();
  world.Run(hours(10));
  EXPECT_EQ(world.store.writes().size(), writes);
  EXPECT_EQ(world.ledger.history().size(), history);
  EXPECT_GT(world.cloud.CountCalls("Observe") + world.cloud.CountCalls("List"), 20);
}

TEST_P(EveryKind, AnswerLostAfterTheEffectLeadsToTheSameInstance) {
  DaemonWorld world;
  int creates = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    const bool first = call.operation == "Create" && ++creates == 1;
    return first ? Fate{CallFate::kAnswerLost, Lost()} : Fate{};
  };
  const auto key = world.Declare(GetParam().kind, "one", GetParam().for_provider);
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.CountEffects("Create"), 1);
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

TEST_P(EveryKind, DoubtfulCallThatNeverArrivedIsMadeAnewAfterTheDoubtIsSettled) {
  DaemonWorld world;
  int creates = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    const bool first = call.operation == "Create" && ++creates == 1;
    return first ? Fate{CallFate::kRefused, Lost()} : Fate{};
  };
  const auto key = world.Declare(GetParam().kind, "one", GetParam().for_provider);
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

TEST_P(EveryKind, LaggingListAfterLostAnswerMakesNoSecondInstance) {
  FakeCloudOptions options;
  options.visibility_lag = seconds(20);
  DaemonWorld world(options);
  int creates = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    const bool first = call.operation == "Create" && ++creates == 1;
    return first ? Fate{CallFate::kAnswerLost, Lost()} : Fate{};
  };
  const auto key = world.Declare(GetParam().kind, "one", GetParam().for_provider);
  world.Start();
  world.Run(minutes(15));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

TEST_P(EveryKind, CrashBetweenEffectAndRecordIsResolvedAfterRestart) {
  DaemonWorld world;
  const auto key = world.Declare(GetParam().kind, "one", GetParam().for_provider);
  bool made = false;
  world.cloud.after_effect = [&](const FakeCall& call) {
    made = made || call.operation == "Create";
  };
  world.Start();
  world.RunUntil([&] { return made; }, minutes(5));
  ASSERT_TRUE(made);
  world.Crash();
  EXPECT_TRUE(world.Object(key)->status.intent);
  world.Start();
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

TEST_P(EveryKind, CreateRefusedAsInvalidStallsAndTriesAgainWhenTheSpecChanges) {
  DaemonWorld world;
  world.cloud.fate = [&](const FakeCall& call) {
    const bool refuse =
        call.operation == "Create" && world.executor.Now().time_since_epoch() < minutes(2);
    return refuse ? Fate{CallFate::kRefused, Answer(ErrorClass::kValidation, "ValidationException")}
                  : Fate{};
  };
  const auto key = world.Declare(GetParam().kind, "one", GetParam().for_provider);
  world.Start();
  world.Run(minutes(3));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True Invalid");
  EXPECT_NE(world.Message(key, ConditionType::kStalled).find("ValidationException"),
            std::string::npos);
  EXPECT_EQ(world.cloud.CountCalls("Create"), 1);
  world.Declare(GetParam().kind, "one", GetParam().for_provider,
                [](InstanceSpec& spec) { spec.on_missing = OnMissing::kRecreate; });
  world.Run(minutes(3));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
}

TEST_P(EveryKind, StoreThatCannotRecordTheIntentMeansNoCall) {
  DaemonWorld world;
  const auto key = world.Declare(GetParam().kind, "one", GetParam().for_provider);
  Error full = Answer(ErrorClass::kStore, "DiskFull");
  for (int i = 0; i < 4; ++i) world.store.FailNextWrite(full, WriteFate::kNotWritten);
  world.Start();
  world.Run(seconds(1));
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0);
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

TEST(Create, AStoreThatAsksForAPauseGetsItBeforeItIsToldWhy) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect);
  Error busy = Answer(ErrorClass::kStore, "TooManyRequests");
  busy.retry_after = seconds(20);
  world.store.FailNextWrite(busy, WriteFate::kNotWritten);
  world.Start();
  world.Run(seconds(19));
  EXPECT_TRUE(world.store.writes().empty());
  world.Run(minutes(3));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
}

// Token APIs only: nobody else sends a request again.
TEST(Create, RepeatedRequestThatIsRefusedForGoodIsLookedUpAtOnce) {
  for (const auto refusal : {ErrorClass::kValidation, ErrorClass::kTaken, ErrorClass::kBusy,
                             ErrorClass::kTerminal, ErrorClass::kQuota}) {
    DaemonWorld world;
    std::optional<MonotonicTime> refused_at;
    int creates = 0;
    world.cloud.fate = [&](const FakeCall& call) {
      if (call.operation != "Create") return Fate{};
      if (++creates == 1) return Fate{CallFate::kAnswerLost, Lost()};
      refused_at = world.executor.Now();
      return Fate{CallFate::kRefused, Answer(refusal, "Refused")};
    };
    const auto key = world.Declare(Kind::kSupplyChainInstance, "one", kSupplyChain);
    world.Start();
    world.RunUntil([&] { return refused_at.has_value(); }, minutes(5));
    ASSERT_TRUE(refused_at);
    world.Run(seconds(2));
    EXPECT_EQ(world.Object(key)->status.external_name, world.cloud.Live().at(0)->id)
        << ToString(refusal);
    EXPECT_EQ(world.cloud.CountEffects("Create"), 1);
  }
}

TEST(Create, ThrottlingDoesNotCountAsTheObjectsFailure) {
  DaemonWorld world;
  int creates = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Create" || ++creates > 3) return Fate{};
    return Fate{CallFate::kRefused, Answer(ErrorClass::kThrottled, "ThrottlingException")};
  };
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect);
  world.Start();
  world.Run(minutes(2));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

// What the ledger counts, as the next process would find it, and what this one leaves free.
struct Spent {
  std::size_t recorded = 0;
  int remaining = 0;
};

Spent ChurnOf(DaemonWorld& world) {
  std::vector<ChurnEntry> entries;
  TaskGroup reading(world.executor);
  reading.Spawn([](FakeLedger& ledger, std::vector<ChurnEntry>& into) -> Task<void> {
    auto loading = ledger.LoadChurn(WallTime{});
    auto loaded = co_await loading;
    into = std::move(*loaded);
  }(world.ledger, entries));
  world.executor.RunUntilIdle();
  const auto domain = world.cloud.DomainOf(Kind::kConnectInstance);
  return {entries.size(), world.daemon().churn.Remaining(domain, world.executor.clock().WallNow())};
}

TEST(Create, RefusedTriesLeaveTheChurnQuotaAsItWas) {
  DaemonWorld world;
  bool refuse = true;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Create" || !refuse) return Fate{};
    return Fate{CallFate::kRefused, Answer(ErrorClass::kValidation, "InvalidParameterException")};
  };
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect);
  world.Start();
  world.Run(hours(110));
  ASSERT_GE(world.cloud.CountCalls("Create"), 100);
  EXPECT_EQ(ChurnOf(world).recorded, 0U);
  EXPECT_EQ(ChurnOf(world).remaining, 95);
  refuse = false;
  world.Run(hours(2));
  ASSERT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(ChurnOf(world).recorded, 1U);
  world.store.Delete(key);
  world.Run(minutes(30));
  ASSERT_EQ(world.Object(key), nullptr);
  EXPECT_EQ(ChurnOf(world).recorded, 2U) << "one create, one deletion";
  EXPECT_EQ(ChurnOf(world).remaining, 93);
}

TEST(Create, ATryInDoubtStaysCountedAlsoWhenNothingCameOfIt) {
  DaemonWorld world;
  int creates = 0;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Create" || ++creates > 1) return Fate{};
    Error lost;
    lost.error_class = ErrorClass::kInDoubt;
    lost.reach = Reach::kUnknown;
    return Fate{CallFate::kRefused, lost};
  };
  world.options.replay_window = {};
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect);
  world.Start();
  world.Run(hours(1));
  ASSERT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  ASSERT_EQ(world.cloud.CountCalls("Create"), 2);
  EXPECT_EQ(ChurnOf(world).recorded, 2U);
}

TEST(Create, ARefusalThatCannotBeRecordedIsCountedOn) {
  DaemonWorld world;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Create") return Fate{};
    world.ledger.Break();
    return Fate{CallFate::kRefused, Answer(ErrorClass::kValidation, "InvalidParameterException")};
  };
  world.Declare(Kind::kConnectInstance, "one", kConnect);
  world.Start();
  world.Run(minutes(1));
  EXPECT_EQ(ChurnOf(world).recorded, 1U);
  EXPECT_EQ(ChurnOf(world).remaining, 94);
}

TEST(Create, RefusedCredentialIsProbedByOneObjectForAll) {
  DaemonWorld world;
  bool refuse = true;
  world.cloud.fate = [&](const FakeCall&) {
    return refuse ? Fate{CallFate::kRefused, Answer(ErrorClass::kAuth, "AccessDeniedException")}
                  : Fate{};
  };
  std::vector<ObjectKey> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back(world.Declare(
        Kind::kOutboundBotInstance, "bot" + std::to_string(i),
        R"({"instanceName":"bot)" + std::to_string(i) + R"(","maxConcurrentConversation":4})"));
  }
  world.Start();
  world.Run(minutes(15));
  EXPECT_LE(world.cloud.calls().size(), 10u);
  for (const auto& key : keys) {
    EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True AuthFailed");
  }
  refuse = false;
  world.Run(minutes(30));
  for (const auto& key : keys) {
    EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  }
}

// The last of several replays came true after the first one's time had run out.
TEST(Create, AReplayThatComesTrueLateIsFoundBeforeAnotherTokenIsUsed) {
  DaemonWorld world;
  world.options.backoff_max = seconds(4);
  std::optional<MonotonicTime> first;
  world.cloud.fate = [&](const FakeCall& call) {
    if (call.operation != "Create") return Fate{};
    const auto now = world.executor.clock().Now();
    if (!first) first = now;
    const bool last = now - *first > minutes(9) + seconds(54);
    return last ? Fate{CallFate::kLate, Lost(), seconds(58)} : Fate{CallFate::kRefused, Lost(), {}};
  };
  world.Declare(Kind::kSupplyChainInstance, "one", kSupplyChain);
  world.Start();
  for (int second = 0; second < 1200; ++second) {
    world.Run(seconds(1));
    world.cloud.RunLate();
  }
  EXPECT_EQ(world.cloud.CountEffects("Create"), 1);
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

TEST(Create, CloudThatGivesUpAlertsUntilToldToRecreate) {
  DaemonWorld world;
  bool fail = true;
  world.cloud.after_effect = [&](const FakeCall& call) {
    if (call.operation != "Create" || !fail) return;
    world.cloud.Find(call.id)->ends_as = Lifecycle::kCreateFailed;
    world.cloud.Find(call.id)->cloud_message = "no bucket";
  };
  const auto key = world.Declare(Kind::kSupplyChainInstance, "one", kSupplyChain);
  world.Start();
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True CreateFailed");
  EXPECT_NE(world.Message(key, ConditionType::kStalled).find("no bucket"), std::string::npos);
  fail = false;
  world.Declare(Kind::kSupplyChainInstance, "one", kSupplyChain,
                [](InstanceSpec& spec) { spec.on_create_failed = OnCreateFailed::kRecreate; });
  world.Run(minutes(10));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.cloud.CountEffects("Create"), 2);
  EXPECT_EQ(world.cloud.Live().size(), 1u);
}

TEST(Create, MissingProviderConfigHoldsAndWakesWhenItAppears) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect,
                                 [](InstanceSpec& spec) { spec.provider_config_ref = "other"; });
  world.Start();
  world.Run(minutes(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True ProviderConfigMissing");
  world.store.Declare(ObjectKey{Kind::kProviderConfig, "default", "other"}, ProviderConfigSpec{});
  world.Run(minutes(1));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
}

TEST(Create, WrongAccountTouchesNothing) {
  DaemonWorld world;
  world.cloud.identity = AccountMismatch{"111111111111", "222222222222"};
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect);
  world.Start();
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True AccountMismatch");
  EXPECT_EQ(world.cloud.CountCalls("Create"), 0);
}

TEST(Create, WrongAccountIsABrakeThatMayBeApprovedAndEndsWhenTheAccountAgrees) {
  DaemonWorld world;
  world.cloud.identity = AccountMismatch{"111111111111", "123456789012"};
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect);
  const auto other = world.Declare(Kind::kSupplyChainInstance, "two", kSupplyChain);
  world.Start();
  world.Run(minutes(5));
  auto& brakes = world.daemon().brakes;
  ASSERT_EQ(brakes.List().size(), 2u);
  for (const auto& brake : brakes.List()) {
    EXPECT_EQ(brake.cause, BrakeCause::kAccountMismatch);
    if (brake.keys != std::vector{key}) continue;
    const Instant at{world.executor.Now(), world.executor.clock().WallNow()};
    ASSERT_TRUE(brakes.Approve(brake.id, "alice", at));
  }
  world.daemon().controller.Wake(key, Priority::kUrgent);
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  EXPECT_EQ(world.Condition(other, ConditionType::kStalled), "True AccountMismatch");
  world.cloud.identity = AccountVerified{"123456789012"};
  world.Run(hours(1));
  EXPECT_EQ(world.Condition(other, ConditionType::kReady), "True Available");
  EXPECT_TRUE(brakes.List().empty());
}

TEST(Create, ApprovalOfAWrongAccountEndsAfterADay) {
  DaemonWorld world;
  world.cloud.identity = AccountMismatch{"111111111111", "123456789012"};
  const auto key = world.Declare(Kind::kConnectInstance, "one", kConnect);
  world.Start();
  world.Run(minutes(5));
  auto& brakes = world.daemon().brakes;
  ASSERT_EQ(brakes.List().size(), 1u);
  world.store.Annotate(key, {{std::string(kApproveAnnotation), brakes.List()[0].id}});
  world.Run(minutes(5));
  EXPECT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  world.Run(hours(25));
  EXPECT_EQ(world.Condition(key, ConditionType::kStalled), "True AccountMismatch");
  EXPECT_EQ(world.cloud.CountEffects("Create"), 1);
}

}  // namespace
}  // namespace instanced
