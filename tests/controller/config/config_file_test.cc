#include "controller/config/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace instanced {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

const std::vector<std::string> kKnown = {"state", "drain-timeout"};

TEST(ConfigFile, ValuesCarryTheirPlace) {
  const auto values = ParseConfigFile("c.yaml", "# ours\nstate: a.db\ndrain-timeout: 5s\n", kKnown);
  ASSERT_TRUE(values);
  EXPECT_EQ(values->at("state").text, "a.db");
  EXPECT_EQ(values->at("drain-timeout").place, "c.yaml:3:16");
}

TEST(ConfigFile, EmptyFileIsAnEmptyMapping) {
  EXPECT_TRUE(ParseConfigFile("c.yaml", "", kKnown)->empty());
  EXPECT_TRUE(ParseConfigFile("c.yaml", "# nothing\n", kKnown)->empty());
}

TEST(ConfigFile, AllProblemsAreToldWithLineAndColumn) {
  const auto values = ParseConfigFile(
      "c.yaml", "stat: a\nstate: [1]\ndrain-timeout: 1s\ndrain-timeout: 2s\n", kKnown);
  ASSERT_FALSE(values);
  EXPECT_THAT(values.error(),
              ElementsAre("c.yaml:1:1: unknown key stat; did you mean state?",
                          "c.yaml:2:1: state: want one value, not a list or a mapping",
                          "c.yaml:4:1: drain-timeout is given twice"));
}

TEST(ConfigFile, WhatIsNotAMappingOrNotYamlIsRefusedWithItsPlace) {
  for (const auto& [text, problem] : std::vector<std::pair<std::string, std::string>>{
           {"- a\n", "c:1:1: want a mapping"},
           {"state: a\n---\nstate: b\n", "c:3:1: want one document"},
           {"state: a\n  drain-timeout: [\n", "c:2:"}}) {
    const auto values = ParseConfigFile("c", text, kKnown);
    ASSERT_FALSE(values) << text;
    EXPECT_THAT(values.error(), ElementsAre(StartsWith(problem)));
  }
}

}  // namespace
}  // namespace instanced
