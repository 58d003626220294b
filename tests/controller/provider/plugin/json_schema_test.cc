#include "controller/provider/plugin/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controller/provider/plugin/document.h"

namespace instanced::plugin {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

JsonSchema SchemaOf(const char* text) { return JsonSchema::Parse(json::parse(text)).value(); }

std::string Refusal(const char* text) {
  const auto schema = JsonSchema::Parse(json::parse(text));
  return schema ? "" : schema.error().message;
}

TEST(JsonSchema, AKeywordThatNobodyChecksRefusesTheSchemaWithItsPlace) {
  EXPECT_EQ(Refusal(R"({"properties": {"a": {"items": {"oneOf": []}}}})"),
            "schema.a[]: the keyword oneOf is none that can be checked");
  EXPECT_EQ(Refusal(R"({"properties": {"a": {"minimum": "1"}}})"),
            "schema.a: minimum: want a number");
  EXPECT_THAT(Refusal(R"({"pattern": "("})"), HasSubstr("is no RE2 pattern"));
  EXPECT_THAT(Refusal(R"({"type": "string"})"), HasSubstr("not of type object"));
  EXPECT_THAT(Refusal(R"({"type": "objekt"})"), HasSubstr("want a type"));
  EXPECT_THAT(Refusal(R"({"additionalProperties": false, "required": ["a"]})"),
              HasSubstr("required names a"));
}

TEST(JsonSchema, EveryProblemOfAValueIsNamedWithItsPath) {
  const auto schema = SchemaOf(R"({
    "type": "object", "required": ["name", "size"], "additionalProperties": false,
    "properties": {
      "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 4},
      "size": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10},
      "mode": {"enum": ["r", "w"]},
      "list": {"type": "array", "items": {"type": "integer"}, "maxItems": 2, "uniqueItems": true}
    }})");
  EXPECT_THAT(schema.Check({{"name", "ab"}, {"size", 9}, {"list", {1, 2}}}, "p"), IsEmpty());
  EXPECT_THAT(schema.Check({{"name", "ab"}, {"size", 3.0}}, "p"), IsEmpty()) << "3.0 is whole";
  EXPECT_THAT(
      schema.Check({{"size", 0}, {"extra", 1}}, "p"),
      ElementsAre("p.name: found nothing, and it is required", "p.extra: is no field of the plugin",
                  "p.size: found 0, expected 1.0 or more"));
  EXPECT_THAT(schema.Check({{"name", "ABCDE"}, {"size", 10}}, "p"),
              ElementsAre("p.name: has 5 characters, expected 4 at most",
                          "p.name: \"ABCDE\" does not match ^[a-z]+$",
                          "p.size: found 10, expected less than 10.0"));
  EXPECT_THAT(schema.Check({{"name", 1}, {"size", "x"}}, "p"),
              ElementsAre("p.name: found integer 1, expected string",
                          "p.size: found string \"x\", expected integer"));
  EXPECT_THAT(schema.Check({{"name", "a"}, {"size", 1}, {"mode", "x"}, {"list", {1, 1, "a"}}}, "p"),
              ElementsAre("p.list: has 3 items, expected 2 at most", "p.list: names an item twice",
                          "p.list[2]: found string \"a\", expected integer",
                          "p.mode: found \"x\", expected one of \"r\", \"w\""));
}

TEST(JsonSchema, WhatWasObservedMayMissFieldsButNotBeWrong) {
  const auto schema = SchemaOf(
      R"({"required": ["a", "b"], "properties": {"a": {"type": "integer"}, "b": {"type": "null"}}})");
  EXPECT_THAT(schema.CheckPresent({{"a", 1}}, "o"), IsEmpty());
  EXPECT_THAT(schema.CheckPresent({{"a", nullptr}}, "o"), IsEmpty());
  EXPECT_THAT(schema.CheckPresent({{"a", "1"}}, "o"), testing::SizeIs(1));
}

TEST(JsonSchema, AListOfThousandProblemsIsCut) {
  const auto schema = SchemaOf(R"({"additionalProperties": false})");
  auto value = json::object();
  for (int i = 0; i < 1000; ++i) value["f" + std::to_string(i)] = i;
  EXPECT_LE(schema.Check(value, "p").size(), 20U);
}

TEST(ParseDocument, DepthSizeAndFormAreBounded) {
  EXPECT_EQ(ParseDocument("[1, 2]", "d")->size(), 2U);
  EXPECT_EQ(ParseDocument("[1, ", "d").error().message, "d is no JSON text");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(ParseDocument(deep, "d").error().message, "d is nested deeper than 64 levels");
  EXPECT_EQ(ParseDocument(std::string(2 << 20, ' '), "d").error().message,
            "d is larger than 1 MiB");
  EXPECT_EQ(ParseObject("[]", "d").error().message, "d is no JSON object");
  EXPECT_TRUE(ParseObject("", "d")->empty());
}

TEST(CleanText, KeepsTextAndReplacesWhatWouldForgeALine) {
  EXPECT_EQ(CleanText("gr\xC3\xBC\xC3\x9F"
                      "e\n\x1b[31m",
                      64),
            "gr\xC3\xBC\xC3\x9F"
            "e  [31m");
  EXPECT_EQ(CleanText("\xFF\xC3", 64), "??");
  EXPECT_EQ(CleanText("a\xC3\xBC", 2), "a") << "no character is cut in two";
}

}  // namespace
}  // namespace instanced::plugin
