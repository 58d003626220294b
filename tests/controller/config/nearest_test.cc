#include "controller/config/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace instanced {
namespace {

const std::vector<std::string> kWords = {"manifests", "state", "log-level", "log-format", "brakes"};

TEST(NearestWord, SlipsOfTheHandAreFound) {
  EXPECT_EQ(NearestWord("manfests", kWords), "manifests");
  EXPECT_EQ(NearestWord("satte", kWords), "state");
  EXPECT_EQ(NearestWord("brake", kWords), "brakes");
  EXPECT_EQ(NearestWord("log-levels", kWords), "log-level");
}

TEST(NearestWord, BeginningOfOneWordIsEnoughOfTwoIsNot) {
  EXPECT_EQ(NearestWord("mani", kWords), "manifests");
  EXPECT_EQ(NearestWord("log", kWords), "");
}

TEST(NearestWord, FarWordsSuggestNothing) {
  EXPECT_EQ(NearestWord("kubernetes", kWords), "");
  EXPECT_EQ(NearestWord("", kWords), "");
}

}  // namespace
}  // namespace instanced
