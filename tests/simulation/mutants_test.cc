// Every deliberate bug is found within a bounded number of seeds; the world without one breaks
// nothing.
#include "tests/simulation/mutants.h"

#include <optional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/simulation/simulation.h"

namespace instanced {
namespace {

constexpr std::uint64_t kSeeds = 60;

class EveryMutant : public testing::TestWithParam<Mutant> {};
INSTANTIATE_TEST_SUITE_P(Seams, EveryMutant, testing::ValuesIn(kMutants),
                         [](const auto& test_case) {
                           return std::string(NameOf(test_case.param));
                         });

TEST_P(EveryMutant, IsFoundByTheSimulation) {
  std::uint64_t seed = 1;
  std::string broken;
  for (; seed <= kSeeds && broken.empty(); ++seed) {
    broken = Simulate(seed, 1, Prepare(GetParam())).broken;
  }
  fmt::print("{:<22} {:>3} seeds: {}\n", NameOf(GetParam()), seed - 1, broken);
  EXPECT_FALSE(broken.empty());
}

TEST(Mutants, OneLieAboutADeletionIsSurvivedBecauseNoSingleAnswerEndsAnObject) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    EXPECT_EQ(Simulate(seed, 1, Prepare(Mutant::kLostDeleteMeansGone)).broken, "") << seed;
  }
}

TEST(Mutants, TheSeamsThemselvesBreakNothingAndChangeNothing) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const auto plain = Simulate(seed, 1);
    const auto wrapped = Simulate(seed, 1, Prepare(Mutant::kNoMutant));
    EXPECT_EQ(wrapped.broken, "");
    EXPECT_EQ(wrapped.creates, plain.creates);
  }
}

}  // namespace
}  // namespace instanced
