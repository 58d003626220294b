#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controller/source/manifest/manifest.h"

namespace instanced {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

InstanceSpec WithField(std::string_view name, const json& value) {
  InstanceSpec spec;
  spec.for_provider = json{{name, value}}.dump();
  return spec;
}

TEST(CheckImmutable, HoldsExactlyTheFieldsThatTheTablesCallUnchangeable) {
  for (const auto kind : InstanceKinds()) {
    const auto& traits = TraitsOf(kind);
    for (const auto& rule : traits.fields) {
      const auto old = WithField(rule.name, "a");
      auto now = WithField(rule.name, "b");
      const bool fixed =
          rule.mutability == Mutability::kImmutable || rule.mutability == Mutability::kCreateOnly;

      const auto problems = CheckImmutable(traits, old, now);

      ASSERT_THAT(problems, SizeIs(fixed ? 1 : 0)) << ToString(kind) << "." << rule.name;
      if (fixed) {
        EXPECT_EQ(problems[0].field_path, "spec.forProvider." + std::string(rule.name));
      }
      now.replace_policy = ReplacePolicy::kRecreate;
      EXPECT_THAT(CheckImmutable(traits, old, now), IsEmpty());
    }
  }
}

TEST(CheckImmutable, DeclaringOrNoLongerDeclaringAFieldIsNoChange) {
  const auto& traits = TraitsOf(Kind::kConnectInstance);
  EXPECT_THAT(CheckImmutable(traits, {}, WithField("instanceAlias", "a")), IsEmpty());
  EXPECT_THAT(CheckImmutable(traits, WithField("instanceAlias", "a"), {}), IsEmpty());
}

TEST(CheckImmutable, APluginInstanceKeepsItsPlugin) {
  InstanceSpec old;
  old.plugin = "acme";
  InstanceSpec now = old;
  now.plugin = "other";
  const auto problems = CheckImmutable(TraitsOf(Kind::kPluginInstance), old, now);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].field_path, "spec.plugin");
}

}  // namespace
}  // namespace instanced
