#include "controller/reconcile/claims.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

InstanceObject Object(const std::string& name, const std::string& created) {
  InstanceObject object;
  object.meta.key = {Kind::kConnectInstance, "default", name};
  object.meta.uid = "uid-" + name;
  object.meta.creation_timestamp = created;
  object.spec.for_provider = R"({"instanceAlias":"front"})";
  return object;
}

TEST(ClaimIndex, OlderObjectHoldsWhenNobodyIsBound) {
  ClaimIndex claims;
  const auto old = Object("old", "2026-01-01T00:00:00Z");
  const auto young = Object("young", "2026-01-02T00:00:00Z");
  claims.Upsert(young);
  claims.Upsert(old);
  EXPECT_TRUE(std::holds_alternative<ClaimFree>(claims.VerdictFor(old)));
  const auto verdict = claims.VerdictFor(young);
  ASSERT_TRUE(std::holds_alternative<ClaimHeld>(verdict));
  EXPECT_EQ(std::get<ClaimHeld>(verdict).holder, old.meta.key);
}

TEST(ClaimIndex, BoundObjectHoldsHoweverYoung) {
  ClaimIndex claims;
  const auto old = Object("old", "2026-01-01T00:00:00Z");
  auto young = Object("young", "2026-01-02T00:00:00Z");
  young.status.external_name = "i-1";
  claims.Upsert(old);
  claims.Upsert(young);
  EXPECT_TRUE(std::holds_alternative<ClaimFree>(claims.VerdictFor(young)));
  EXPECT_TRUE(std::holds_alternative<ClaimHeld>(claims.VerdictFor(old)));
}

TEST(ClaimIndex, RemovalGivesTheSharersAndFreesTheClaim) {
  ClaimIndex claims;
  const auto old = Object("old", "2026-01-01T00:00:00Z");
  const auto young = Object("young", "2026-01-02T00:00:00Z");
  claims.Upsert(old);
  claims.Upsert(young);
  const auto sharers = claims.Remove(old.meta.key);
  ASSERT_EQ(sharers.size(), 1u);
  EXPECT_EQ(sharers[0], young.meta.key);
  EXPECT_TRUE(std::holds_alternative<ClaimFree>(claims.VerdictFor(young)));
}

TEST(ClaimIndex, NamesUnderDifferentProviderConfigsDoNotCollide) {
  ClaimIndex claims;
  const auto one = Object("one", "2026-01-01T00:00:00Z");
  auto two = Object("two", "2026-01-02T00:00:00Z");
  two.spec.provider_config_ref = "other";
  claims.Upsert(one);
  claims.Upsert(two);
  EXPECT_TRUE(std::holds_alternative<ClaimFree>(claims.VerdictFor(two)));
}

TEST(ClaimIndex, EqualIdsOfDifferentPluginsDoNotCollide) {
  ClaimIndex claims;
  auto one = Object("one", "2026-01-01T00:00:00Z");
  one.meta.key.kind = Kind::kPluginInstance;
  one.spec.plugin = "boxes";
  one.spec.external_name = "7";
  auto two = one;
  two.meta.key.name = "two";
  two.meta.uid = "uid-two";
  two.spec.plugin = "tapes";
  claims.Upsert(one);
  claims.Upsert(two);
  EXPECT_TRUE(std::holds_alternative<ClaimFree>(claims.VerdictFor(two)));
  EXPECT_EQ(claims.HolderOf("plugin/tapes", "7"), two.meta.key);
  two.spec.plugin = "boxes";
  claims.Upsert(two);
  EXPECT_TRUE(std::holds_alternative<ClaimHeld>(claims.VerdictFor(two)));
}

}  // namespace
}  // namespace instanced
