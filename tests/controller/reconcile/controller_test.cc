#include "controller/reconcile/controller.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kBot = R"({"instanceName":"bot","maxConcurrentConversation":4})";

TEST(Controller, NoPassStartsBeforeTheFirstListIsComplete) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kOutboundBotInstance, "one", kBot);
  world.Start();
  auto& daemon = world.daemon();
  daemon.informer.Handle(InitStarted{});
  daemon.informer.Handle(InitApplied{world.Object(key)});
  daemon.controller.Wake(key, Priority::kUrgent);
  EXPECT_FALSE(daemon.controller.Step());
  daemon.informer.Handle(InitDone{});
  EXPECT_TRUE(daemon.controller.Step());
}

TEST(Controller, AKeyThatIsWokenWithoutEndIsInOnePassAtATime) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kOutboundBotInstance, "one", kBot);
  world.Start();
  std::size_t most = 0;
  int looks = 0;
  world.RunUntil(
      [&] {
        most = std::max(most, world.daemon().controller.in_flight());
        world.daemon().controller.Wake(key, Priority::kUrgent);
        return ++looks == 2000;
      },
      minutes(5));
  EXPECT_EQ(most, 1u);
  EXPECT_GE(world.observer.reports.size(), 2u) << "what is woken meanwhile runs again";
}

TEST(Controller, AWaveOfDueKeysIsStartedInParts) {
  DaemonWorld world;
  for (int i = 0; i < 100; ++i) {
    const auto name = "bot" + std::to_string(i);
    world.Declare(Kind::kOutboundBotInstance, name,
                  R"({"instanceName":")" + name + R"(","maxConcurrentConversation":4})");
  }
  world.Start();
  std::size_t most_at_once = 0;
  std::size_t before = 0;
  std::size_t most = 0;
  world.RunUntil(
      [&] {
        const auto now = world.daemon().controller.in_flight();
        if (now > before) most_at_once = std::max(most_at_once, now - before);
        before = now;
        most = std::max(most, now);
        return most > 16;
      },
      minutes(5));
  EXPECT_GT(most, 16u) << "parts follow each other";
  EXPECT_LE(most_at_once, 16u) << "what is ready meanwhile comes between two parts";
}

TEST(Controller, PassesInFlightStayBelowTheirLimitAndAllGetTheirTurn) {
  DaemonWorld world;
  world.options.passes_in_flight_max = 2;
  std::vector<ObjectKey> keys;
  for (int i = 0; i < 6; ++i) {
    const auto name = "bot" + std::to_string(i);
    keys.push_back(
        world.Declare(Kind::kOutboundBotInstance, name,
                      R"({"instanceName":")" + name + R"(","maxConcurrentConversation":4})"));
  }
  world.Start();
  std::size_t most = 0;
  const bool all_ready = world.RunUntil(
      [&] {
        most = std::max(most, world.daemon().controller.in_flight());
        return std::ranges::all_of(keys, [&](const ObjectKey& key) {
          return world.Condition(key, ConditionType::kReady) == "True Available";
        });
      },
      minutes(30));
  EXPECT_TRUE(all_ready);
  EXPECT_EQ(most, 2u);
}

TEST(Controller, OurOwnStatusWritesWakeNobody) {
  InstanceObject before;
  before.meta.uid = "u";
  InstanceObject now = before;
  now.meta.resource_version = "2";
  now.status.external_name = "i-1";
  now.status.observed_generation = 1;
  EXPECT_FALSE(SpecChanged(before, now));
}

TEST(Controller, WhateverAPersonMayChangeWakesTheKey) {
  InstanceObject before;
  before.meta.uid = "u";
  before.meta.resource_version = "10";
  const std::function<void(ObjectMeta&)> changes[] = {
      [](ObjectMeta& meta) { meta.resource_version = "9"; },  // the API server was restored
      [](ObjectMeta& meta) { meta.uid = "v"; },
      [](ObjectMeta& meta) { ++meta.generation; },
      [](ObjectMeta& meta) { meta.deletion_timestamp = "2026-01-01T00:00:00Z"; },
      [](ObjectMeta& meta) { meta.annotations = {{std::string(kPausedAnnotation), ""}}; },
      [](ObjectMeta& meta) { meta.finalizers = {"other"}; }};
  for (const auto& change : changes) {
    InstanceObject now = before;
    change(now.meta);
    EXPECT_TRUE(SpecChanged(before, now));
  }
}

// Their ProviderConfig is listed after them; that it is there is no news to anybody yet.
TEST(Controller, WhatWasInLineIsLookedAtInTurnAfterARestart) {
  DaemonWorld world;
  constexpr int kObjects = 40;
  for (int i = 0; i < kObjects; ++i) {
    const auto name = "bot" + std::to_string(i);
    world.Declare(Kind::kOutboundBotInstance, name,
                  R"({"instanceName":")" + name + R"(","maxConcurrentConversation":4})");
  }
  world.Start();
  ASSERT_TRUE(world.RunUntil([&] { return world.observer.became_ready == kObjects; }, minutes(30)));
  world.Run(minutes(1));
  world.Crash();
  world.observer.reports.clear();
  world.Start();
  const auto span = world.options.drift_poll_first;
  world.Run(span / 10);
  EXPECT_LE(world.observer.reports.size(), kObjects / 4U);
  world.Run(span);
  EXPECT_GE(world.observer.reports.size(), std::size_t{kObjects});
}

// It would wake all its users, and cut short what an API server that is busy asked them to wait.
TEST(Controller, TheFinalizerOnAProviderConfigInUseWakesNoUser) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kOutboundBotInstance, "one", kBot);
  world.Start();
  world.Run(minutes(5));
  ASSERT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  auto& daemon = world.daemon();
  const auto before = daemon.cache.FindProviderConfig("default", "default");
  ASSERT_TRUE(before);
  const auto passes_after = [&](const std::function<void(ObjectMeta&)>& change) {
    auto now = std::make_shared<ProviderConfigObject>(*before);
    change(now->meta);
    const auto passes = world.observer.reports.size();
    daemon.controller.OnChange({ChangeKind::kChanged, before, now});
    world.Run(std::chrono::milliseconds(100));
    return world.observer.reports.size() - passes;
  };
  EXPECT_EQ(passes_after([](ObjectMeta& meta) { meta.finalizers.emplace_back("held"); }), 0u);
  EXPECT_EQ(passes_after([](ObjectMeta& meta) { ++meta.generation; }), 1u);
  EXPECT_EQ(passes_after([](ObjectMeta&) {}), 1u) << "where it lies, say";
}

TEST(Controller, AProviderConfigThatChangesDuringALookIsLookedAtWithOnceMore) {
  DaemonWorld world;
  world.Declare(Kind::kOutboundBotInstance, "bot",
                R"({"instanceName":"bot","maxConcurrentConversation":4})");
  world.Start();
  ASSERT_TRUE(world.RunUntil([&] { return world.observer.became_ready == 1; }, minutes(5)));
  world.Run(minutes(20));
  const auto change = [&world] {
    auto& daemon = world.daemon();
    const auto before = daemon.cache.FindProviderConfig("default", "default");
    auto now = std::make_shared<ProviderConfigObject>(*before);
    ++now->meta.generation;
    daemon.controller.OnChange({ChangeKind::kChanged, before, now});
  };
  const int lists = world.cloud.CountCalls("List");
  ASSERT_TRUE(world.RunUntil([&] { return world.cloud.CountCalls("List") > lists; }, minutes(60)));
  world.Run(seconds(5));
  const int looks = world.cloud.CountCalls("Observe");
  change();
  ASSERT_TRUE(
      world.RunUntil([&] { return world.cloud.CountCalls("Observe") > looks; }, minutes(10)));
  change();
  world.Run(seconds(20));
  EXPECT_EQ(world.cloud.CountCalls("Observe"), looks + 2) << "a list may be older than the change";
}

// At 5 calls a second all their looks take a minute; an instance that is coming up takes 20 s.
TEST(Controller, UsersInLineOfAProviderConfigThatChangedKeepNobodyWaiting) {
  DaemonWorld world;
  constexpr int kUsers = 300;
  const auto declare = [&world](const std::string& name) {
    return world.Declare(Kind::kOutboundBotInstance, name,
                         R"({"instanceName":")" + name + R"(","maxConcurrentConversation":4})");
  };
  for (int i = 0; i < kUsers; ++i) declare("bot" + std::to_string(i));
  world.Start();
  ASSERT_TRUE(world.RunUntil([&] { return world.observer.became_ready == kUsers; }, minutes(60)));
  world.Run(minutes(2));
  const auto late = declare("late");
  ASSERT_TRUE(
      world.RunUntil([&] { return world.cloud.CountEffects("Create") == kUsers + 1; }, minutes(5)));

  auto& daemon = world.daemon();
  const auto before = daemon.cache.FindProviderConfig("default", "default");
  auto now = std::make_shared<ProviderConfigObject>(*before);
  ++now->meta.generation;
  const auto changed_at = world.executor.Now();
  const int looks = world.cloud.CountCalls("Observe");
  daemon.controller.OnChange({ChangeKind::kChanged, before, now});
  ASSERT_TRUE(world.RunUntil(
      [&] { return world.Condition(late, ConditionType::kReady) == "True Available"; },
      minutes(5)));
  EXPECT_LE(world.executor.Now() - changed_at, seconds(40));
  world.Run(minutes(3));
  EXPECT_GE(world.cloud.CountCalls("Observe") - looks, kUsers) << "each was looked at by itself";
}

TEST(Controller, AnObjectThatEndsIsForgottenByTheQueue) {
  DaemonWorld world;
  const auto key = world.Declare(Kind::kOutboundBotInstance, "one", kBot);
  world.Start();
  world.Run(minutes(5));
  ASSERT_EQ(world.Condition(key, ConditionType::kReady), "True Available");
  world.store.Delete(key);
  world.Run(minutes(10));
  ASSERT_FALSE(world.Object(key));
  EXPECT_FALSE(world.daemon().queue.NextDue(world.executor.Now()));
}

}  // namespace
}  // namespace instanced
