#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::string Bot(const std::string& name) {
  return R"({"instanceName":")" + name + R"(","maxConcurrentConversation":4})";
}

struct Fleet {
  DaemonWorld world;
  std::vector<ObjectKey> keys;

  explicit Fleet(int size, const std::function<void(InstanceSpec&)>& change = {}) {
    for (int i = 0; i < size; ++i) {
      const auto name = "bot" + std::to_string(i);
      keys.push_back(world.Declare(Kind::kOutboundBotInstance, name, Bot(name), change));
    }
    world.Start();
    world.Run(minutes(30));
  }
};

TEST(Deletion, DeletedObjectTakesItsInstanceAndNothingElse) {
  Fleet fleet(10);
  fleet.world.store.Delete(fleet.keys[0]);
  fleet.world.Run(minutes(5));
  EXPECT_EQ(fleet.world.Object(fleet.keys[0]), nullptr);
  EXPECT_EQ(fleet.world.cloud.CountEffects("Delete"), 1);
  EXPECT_EQ(fleet.world.cloud.Live().size(), 9u);
}

TEST(Deletion, RetainLeavesInstanceAndMark) {
  Fleet fleet(3, [](InstanceSpec& spec) { spec.deletion_policy = DeletionPolicy::kRetain; });
  fleet.world.store.Delete(fleet.keys[0]);
  fleet.world.Run(minutes(5));
  EXPECT_EQ(fleet.world.Object(fleet.keys[0]), nullptr);
  EXPECT_EQ(fleet.world.cloud.Live().size(), 3u);
}

TEST(Deletion, PreventDestroyHoldsUntilItIsLifted) {
  Fleet fleet(4, [](InstanceSpec& spec) { spec.prevent_destroy = PreventDestroy::kYes; });
  fleet.world.store.Delete(fleet.keys[0]);
  fleet.world.Run(minutes(5));
  EXPECT_EQ(fleet.world.Condition(fleet.keys[0], ConditionType::kStalled), "True PreventDestroy");
  EXPECT_EQ(fleet.world.cloud.Live().size(), 4u);
}

TEST(Deletion, PauseHoldsEvenDeletion) {
  Fleet fleet(4);
  fleet.world.store.Annotate(fleet.keys[0], {{std::string(kPausedAnnotation), "true"}});
  fleet.world.store.Delete(fleet.keys[0]);
  fleet.world.Run(minutes(5));
  EXPECT_EQ(fleet.world.Condition(fleet.keys[0], ConditionType::kSynced), "False Paused");
  EXPECT_EQ(fleet.world.cloud.Live().size(), 4u);
  fleet.world.store.Annotate(fleet.keys[0], {{std::string(kPausedAnnotation), ""}});
  fleet.world.Run(minutes(5));
  EXPECT_EQ(fleet.world.cloud.Live().size(), 3u);
}

// A paused one is asked about when it is resumed, not before.
TEST(Deletion, WhatWasDeletedWhilePausedCountsFromWhenItIsResumed) {
  Fleet fleet(2);
  auto& store = fleet.world.store;
  store.Annotate(fleet.keys[0], {{std::string(kPausedAnnotation), "true"}});
  store.Delete(fleet.keys[0]);
  fleet.world.Run(minutes(20));
  store.Annotate(fleet.keys[0], {{std::string(kPausedAnnotation), ""}});
  store.Delete(fleet.keys[1]);
  fleet.world.Run(minutes(20));
  EXPECT_EQ(fleet.world.cloud.CountEffects("Delete"), 0) << "two of two";
  for (const auto& key : fleet.keys) {
    EXPECT_EQ(fleet.world.Condition(key, ConditionType::kStalled), "True AwaitingApproval");
  }
}

TEST(Deletion, WhatLeavesWithoutADeletionAtTheCloudIsNoMassDeletion) {
  const auto observed = [](InstanceSpec& spec) {
    spec.management_policies =
        ManagementPolicies(static_cast<std::uint8_t>(ManagementPolicy::kObserve));
  };
  const auto kept = [](InstanceSpec& spec) { spec.prevent_destroy = PreventDestroy::kYes; };
  Fleet fleet(20);
  for (int i = 0; i < 20; ++i) {
    const auto name = "bot" + std::to_string(i);
    if (i < 8) fleet.world.Declare(Kind::kOutboundBotInstance, name, Bot(name), observed);
    if (i >= 8 && i < 16) fleet.world.Declare(Kind::kOutboundBotInstance, name, Bot(name), kept);
  }
  fleet.world.Run(minutes(5));
  for (int i = 0; i < 17; ++i) fleet.world.store.Delete(fleet.keys[i]);
  fleet.world.Run(minutes(2));
  EXPECT_TRUE(fleet.world.daemon().brakes.List().empty());
  EXPECT_EQ(fleet.world.Object(fleet.keys[0]), nullptr);
  EXPECT_EQ(fleet.world.Condition(fleet.keys[8], ConditionType::kStalled), "True PreventDestroy");
  EXPECT_EQ(fleet.world.cloud.CountEffects("Delete"), 1);
}

TEST(Deletion, AllOfAKindAtOnceIsHeldAsAWholeUntilApproved) {
  Fleet fleet(3);
  for (const auto& key : fleet.keys) fleet.world.store.Delete(key);
  fleet.world.Run(minutes(20));
  EXPECT_EQ(fleet.world.cloud.CountEffects("Delete"), 0);
  for (const auto& key : fleet.keys) {
    EXPECT_EQ(fleet.world.Condition(key, ConditionType::kStalled), "True AwaitingApproval");
  }
  auto& daemon = fleet.world.daemon();
  const auto brakes = daemon.brakes.List();
  ASSERT_EQ(brakes.size(), 1u);
  const Instant at{fleet.world.executor.Now(), fleet.world.executor.clock().WallNow()};
  const auto approved = daemon.brakes.Approve(brakes[0].id, "a person", at);
  ASSERT_TRUE(approved);
  for (const auto& key : *approved) daemon.controller.Wake(key, Priority::kUrgent);
  fleet.world.Run(minutes(5));
  EXPECT_EQ(fleet.world.cloud.Live().size(), 0u);
  EXPECT_EQ(fleet.world.store.size(), 1u);
}

TEST(Deletion, ReleaseDropsTheFinalizerAndKeepsTheInstances) {
  Fleet fleet(3);
  for (const auto& key : fleet.keys) fleet.world.store.Delete(key);
  fleet.world.Run(minutes(1));
  auto& daemon = fleet.world.daemon();
  const Instant at{fleet.world.executor.Now(), fleet.world.executor.clock().WallNow()};
  const auto released = daemon.brakes.Release(daemon.brakes.List().at(0).id, "a person", at);
  ASSERT_TRUE(released);
  for (const auto& key : *released) daemon.controller.Wake(key, Priority::kUrgent);
  fleet.world.Run(minutes(1));
  EXPECT_EQ(fleet.world.cloud.Live().size(), 3u);
  EXPECT_EQ(fleet.world.store.size(), 1u);
  for (int i = 0; i < 3; ++i) {
    const auto name = "bot" + std::to_string(i);
    fleet.world.Declare(Kind::kOutboundBotInstance, name, Bot(name));
  }
  fleet.world.Run(minutes(30));
  EXPECT_EQ(fleet.world.cloud.CountEffects("Create"), 3) << "applied again, they are adopted";
  EXPECT_EQ(fleet.world.cloud.Live().size(), 3u);
}

TEST(Deletion, ObjectDeletedWhileItsCreateIsInDoubtLeavesNothingBehind) {
  DaemonWorld world;
  world.cloud.fate = [&](const FakeCall& call) {
    Error lost;
    lost.error_class = ErrorClass::kInDoubt;
    lost.reach = Reach::kUnknown;
    return call.operation == "Create" ? Fate{CallFate::kAnswerLost, lost} : Fate{};
  };
  const auto key =
      world.Declare(Kind::kCloudCallCenterInstance, "one",
                    R"({"name":"a","domainName":"a","storageMaxDays":1,"storageMaxSize":1})");
  world.Start();
  world.RunUntil([&] { return world.cloud.CountEffects("Create") > 0; }, minutes(5));
  world.store.Delete(key);
  world.Run(minutes(30));
  EXPECT_EQ(world.Object(key), nullptr);
  EXPECT_EQ(world.cloud.Live().size(), 0u);
  EXPECT_EQ(world.cloud.CountEffects("Create"), 1) << "an object being deleted never creates";
}

TEST(Deletion, WhatTheCloudGaveUpDeletingIsShownAndTriedAgainMoreAndMoreRarely) {
  Fleet fleet(10);
  const auto& world = fleet.world;
  auto* stuck = fleet.world.cloud.Find(world.Object(fleet.keys[0])->status.external_name);
  stuck->keeps = true;
  stuck->cloud_message = "in use";
  fleet.world.store.Delete(fleet.keys[0]);
  fleet.world.Run(minutes(2));
  EXPECT_EQ(world.Condition(fleet.keys[0], ConditionType::kStalled), "True DeleteFailed");
  EXPECT_NE(world.Message(fleet.keys[0], ConditionType::kStalled).find("in use"),
            std::string::npos);
  fleet.world.Run(minutes(120));
  EXPECT_LE(world.cloud.CountCalls("Delete"), 120) << "every half minute would be 240";
  EXPECT_GE(world.cloud.CountCalls("Delete"), 20);
  stuck->keeps = false;
  fleet.world.Run(minutes(10));
  EXPECT_EQ(world.Object(fleet.keys[0]), nullptr);
  EXPECT_EQ(world.cloud.CountEffects("Delete"), world.cloud.CountCalls("Delete"));
  EXPECT_EQ(fleet.world.cloud.Live().size(), 9u);
}

TEST(Deletion, ItsEndIsToldOnceItIsWrittenAndCounted) {
  Fleet fleet(4, [](InstanceSpec& spec) { spec.deletion_policy = DeletionPolicy::kRetain; });
  auto& world = fleet.world;
  Error full;
  full.error_class = ErrorClass::kStore;
  for (int i = 0; i < 3; ++i) world.store.FailNextWrite(full, WriteFate::kNotWritten);
  world.observer.reports.clear();
  world.store.Delete(fleet.keys[0]);
  world.Run(minutes(5));
  ASSERT_EQ(world.Object(fleet.keys[0]), nullptr);
  const auto told = std::ranges::count_if(world.ledger.history(), [](const HistoryEntry& entry) {
    return entry.operation == "RemoveFinalizer" && entry.result == "LeftBehind";
  });
  EXPECT_EQ(told, 1);
  const auto is_its_end = [&](const PassReport& report) {
    return report.key == fleet.keys[0] && report.result == PassResult::kSuccess;
  };
  EXPECT_EQ(std::ranges::count_if(world.observer.reports, is_its_end), 1);
}

TEST(Deletion, FailedReadIsNeverBelievedToMeanGone) {
  Fleet fleet(4);
  fleet.world.cloud.fate = [&](const FakeCall& call) {
    Error broken;
    broken.error_class = ErrorClass::kTransient;
    broken.code = "InternalError";
    const bool reads = call.operation == "Observe" || call.operation == "List";
    return reads ? Fate{CallFate::kRefused, broken} : Fate{};
  };
  fleet.world.store.Delete(fleet.keys[0]);
  fleet.world.Run(minutes(30));
  ASSERT_NE(fleet.world.Object(fleet.keys[0]), nullptr);
  EXPECT_TRUE(fleet.world.Object(fleet.keys[0])->meta.HasFinalizer(kFinalizerName));
}

}  // namespace
}  // namespace instanced
