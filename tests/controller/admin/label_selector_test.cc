#include "controller/admin/label_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace instanced {
namespace {

bool Selects(std::string_view text, const StringPairs& labels) {
  const auto selector = ParseLabelSelector(text);
  EXPECT_TRUE(selector) << text;
  return selector && selector->Matches(labels);
}

TEST(LabelSelector, EveryFormSelectsAsInKubernetes) {
  const StringPairs labels{{"team", "care"}, {"tier", ""}};
  for (const char* holds :
       {"", " ", "team=care", "team==care", "team = care", "team in (x, care)", "team", "!gone",
        "team!=x", "gone!=x", "team notin (x)", "gone notin (x,y)", "tier=", "team,tier"}) {
    EXPECT_TRUE(Selects(holds, labels)) << holds;
  }
  for (const char* fails : {"team=x", "team!=care", "gone", "!team", "team in (x,y)", "gone=x",
                            "team notin (care)", "team=care,gone", "tier=x"}) {
    EXPECT_FALSE(Selects(fails, labels)) << fails;
  }
}

TEST(LabelSelector, WhatCannotBeReadIsNamed) {
  for (const char* text : {"=x", "a=b c", "a in b", "a in (b", ",", "a,,b", "!", "a b", "a=(x)"}) {
    const auto selector = ParseLabelSelector(text);
    ASSERT_FALSE(selector) << text;
    EXPECT_EQ(selector.error().error_class, ErrorClass::kValidation);
  }
  EXPECT_THAT(ParseLabelSelector("a=b,c in d").error().message, ::testing::HasSubstr("\"c in d\""));
}

}  // namespace
}  // namespace instanced
