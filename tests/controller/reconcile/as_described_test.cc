#include "controller/reconcile/as_described.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

TEST(AsDescribed, AListChangesWhatTheDescribeCallSaysAndAddsAndTakesNothing) {
  const nlohmann::json listed{{"name", "new"}, {"isPreset", false}};
  EXPECT_EQ(AsDescribed(listed, R"({"name":"old","owner":"o"})"),
            (nlohmann::json{{"name", "new"}, {"owner", "o"}}));
}

TEST(AsDescribed, WhatWasNeverDescribedIsShownAsListed) {
  const nlohmann::json listed{{"name", "new"}};
  EXPECT_EQ(AsDescribed(listed, ""), listed);
  EXPECT_TRUE(AsDescribed(nullptr, R"({"name":"old"})").is_null());
}

}  // namespace
}  // namespace instanced
