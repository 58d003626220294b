#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

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

// tests/golden/transitions.json; tests/cel asks the code of an API server the same.
class Transitions : public testing::Test {
 protected:
  static std::string ReadFile(const std::filesystem::path& path) {
    std::ifstream stream(path);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  }
  static json Base(const std::string& name) {
    const auto text = ReadFile(golden / "manifests" / (name + ".yaml"));
    const auto read = ReadYaml(name, text, {});
    return read.documents.size() == 1 ? ToJson(read.documents[0]) : json();
  }
  static json With(json object, const json& patch) {
    object.merge_patch(patch);
    return object;
  }
  static json InSpec(const std::string& field, const json& value) {
    if (field == "plugin") return {{"spec", {{field, value}}}};
    return {{"spec", {{"forProvider", {{field, value}}}}}};
  }
  // What is said to the change, both manifests read as any is.
  static std::string Said(const json& before, const json& after) {
    const auto old = ParseManifest("before", before.dump());
    const auto now = ParseManifest("after", after.dump());
    EXPECT_TRUE(old.ok()) << ToString(old.problems.front());
    if (!now.ok()) return ToString(now.problems.front());
    const auto problems = CheckImmutable(TraitsOf(now.objects.at(0).key.kind),
                                         std::get<InstanceSpec>(old.objects.at(0).spec),
                                         std::get<InstanceSpec>(now.objects.at(0).spec));
    return problems.empty() ? "" : problems[0].message;
  }
  static inline const std::filesystem::path golden =
      std::filesystem::path(INSTANCED_GOLDEN_MANIFESTS).parent_path();
  const json stated = json::parse(ReadFile(golden / "transitions.json"));
};

TEST_F(Transitions, FixedFieldsStayAsTheyAreUnlessTheInstanceIsCreatedAnew) {
  std::set<std::string> listed;
  for (const auto& fixed : stated.at("fixed")) {
    const std::string field = fixed.at("field");
    const auto before = Base(fixed.at("base"));
    const auto after = With(before, InSpec(field, fixed.at("other")));
    EXPECT_THAT(Said(before, after), testing::StartsWith(field + " cannot be changed")) << field;
    EXPECT_THAT(Said(after, before), testing::StartsWith(field + " cannot be changed")) << field;
    EXPECT_EQ(Said(before, before), "");
    EXPECT_EQ(Said(before, With(after, {{"spec", {{"replacePolicy", "Recreate"}}}})), "") << field;
    listed.insert(before.at("kind").get<std::string>() + "." + field);
  }
  for (const auto kind : InstanceKinds()) {
    for (const auto& rule : TraitsOf(kind).fields) {
      if (rule.mutability != Mutability::kImmutable && rule.mutability != Mutability::kCreateOnly) {
        continue;
      }
      const auto name = std::string(ToString(kind)) + "." + std::string(rule.name);
      EXPECT_TRUE(listed.contains(name)) << name << " is not in the list";
    }
  }
}

// What is bound is the server's to say; in files the reconciler holds it.
TEST_F(Transitions, PairsAreJudgedAsStated) {
  int judged = 0;
  for (const auto& pair : stated.at("pairs")) {
    if (pair.contains("bound")) continue;
    const auto base = Base(pair.at("base"));
    const auto said = Said(With(base, pair.value("before", json::object())),
                           With(base, pair.value("after", json::object())));
    const std::string refused = pair.value("refused", "");
    EXPECT_EQ(said.empty(), refused.empty()) << pair.at("name") << ": " << said;
    EXPECT_THAT(said, testing::HasSubstr(refused));
    ++judged;
  }
  EXPECT_GE(judged, 5);
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
