#include "controller/provider/plugin/plugin_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace instanced::plugin {
namespace {

using testing::HasSubstr;

SchemaText Text() {
  return {R"({"type": "object", "properties": {"name": {"type": "string"}, "size": {},
            "seed": {}}})",
          {"name"},
          {"seed"}};
}

FieldDiff Differs(const std::string& field, const std::string& key = "") {
  return {field, key, 1, 2, Mutability::kMutable, "Update"};
}

TEST(PluginSchema, FieldsNobodyCanChangeAreHeldAndThoseNeverShownAreNotCompared) {
  const auto schema = PluginSchema::Parse(Text(), Updates::kSupported).value();
  const auto diffs = schema->Refine({Differs("name"), Differs("size"), Differs("seed")});
  ASSERT_EQ(diffs.size(), 2U);
  EXPECT_EQ(diffs[0].mutability, Mutability::kImmutable);
  EXPECT_EQ(diffs[0].operation, "");
  EXPECT_EQ(diffs[1], Differs("size"));
}

TEST(PluginSchema, WithoutUpdateEveryFieldIsImmutableAndAMarkIsNoReasonToReplace) {
  const auto schema = PluginSchema::Parse(Text(), Updates::kNever).value();
  const auto diffs = schema->Refine({Differs("size"), Differs("tags", std::string(kUidTag))});
  EXPECT_EQ(diffs[0].mutability, Mutability::kImmutable);
  EXPECT_EQ(diffs[1].mutability, Mutability::kMutable);
  EXPECT_EQ(diffs[1].operation, "");
}

TEST(PluginSchema, TheSameRulesHaveTheSameDigestHoweverTheyAreWritten) {
  const auto digest = [](const SchemaText& text) {
    return PluginSchema::Parse(text, Updates::kSupported).value()->digest();
  };
  auto text = Text();
  text.immutable_fields = {"name", "size"};
  const auto before = digest(text);
  text.immutable_fields = {"size", "name"};
  text.json_schema += "\n";
  EXPECT_EQ(digest(text), before);
  text.immutable_fields = {"name"};
  EXPECT_NE(digest(text), before);
  EXPECT_NE(digest(Text()), digest({R"({"type": "object"})", {}, {}}));
}

TEST(PluginSchema, RulesForFieldsThatAreNotThereRefuseTheSchema) {
  auto text = Text();
  text.immutable_fields.emplace_back("nmae");
  const auto schema = PluginSchema::Parse(text, Updates::kSupported);
  EXPECT_THAT(schema.error().message, HasSubstr("immutable_fields names nmae"));
  EXPECT_EQ(schema.error().code, "BadSchema");
  EXPECT_FALSE(PluginSchema::Parse({"[", {}, {}}, Updates::kSupported));
}

TEST(PluginSchema, ProblemsBeginWithTheFieldsPath) {
  const auto schema = PluginSchema::Parse(Text(), Updates::kSupported).value();
  EXPECT_EQ(schema->Check({{"name", 1}}).at(0),
            "spec.forProvider.name: found integer 1, expected string");
}

}  // namespace
}  // namespace instanced::plugin
